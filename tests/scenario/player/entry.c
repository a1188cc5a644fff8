#include "tests/scenario/player/entry.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/wire/type.h"

enum { TTL_S = 3600, HEX_OCTETS_MAX = 65535, LINE_TEXT = 32768 };

/* Where the lines of an entry go. */
enum place { PLACE_HEAD, PLACE_QUESTION, PLACE_RECORDS };

struct entry_draft {
    struct script_entry *entry;
    struct script_packet *packet;
    enum place place;
    enum section section;
    struct script_section sections[SECTIONS];
};

struct word_bits {
    const char *word;
    unsigned bits;
};

void entry_reading_begin(struct entry_reading *reading, struct lines *lines,
                         const struct script_keys *keys)
{
    *reading = (struct entry_reading){ .lines = lines, .keys = keys, .ttl = TTL_S };
}

bool entry_directive(struct entry_reading *reading, const struct words *words, bool *is)
{
    unsigned long ttl;
    struct name name;

    *is = word_is(words, 0, "$ORIGIN") || word_is(words, 0, "$TTL");
    if (!*is)
        return true;
    if (words->count != 2)
        return lines_wrong(reading->lines, "%s wants one word", words->at[0]);
    if (word_is(words, 0, "$ORIGIN")) {
        if (name_from_text(words->at[1], &name) != ST_OK)
            return lines_wrong(reading->lines, "%s is no name", words->at[1]);
        name_text(&name, reading->origin, sizeof reading->origin);
        return true;
    }
    if (!word_number(words->at[1], INT32_MAX, &ttl))
        return lines_wrong(reading->lines, "%s is no TTL", words->at[1]);
    reading->ttl = (uint32_t)ttl;
    return true;
}

/* ---- MATCH, ADJUST, REPLY ---- */

static bool find_bits(const struct word_bits *table, const char *word, unsigned *bits)
{
    for (; table->word; table++)
        if (strcasecmp(table->word, word) == 0) {
            *bits = table->bits;
            return true;
        }
    return false;
}

static const struct word_bits match_words[] = {
    { "opcode", MATCH_OPCODE },
    { "qtype", MATCH_QTYPE },
    { "qname", MATCH_QNAME },
    { "qcase", MATCH_QCASE },
    { "subdomain", MATCH_SUBDOMAIN },
    { "rcode", MATCH_RCODE },
    { "question", MATCH_QUESTION },
    { "answer", MATCH_ANSWER },
    { "authority", MATCH_AUTHORITY },
    { "additional", MATCH_ADDITIONAL },
    { "flags", MATCH_FLAGS },
    { "all", MATCH_ALL },
    { "all_noedns", MATCH_ALL_NOEDNS },
    { "ttl", MATCH_TTL },
    { "DO", MATCH_DO },
    { "noedns", MATCH_NOEDNS },
    { "CD", MATCH_CD },
    { "AD", MATCH_AD },
    { "UDP", MATCH_UDP },
    { "TCP", MATCH_TCP },
    { "client_cookie", MATCH_CLIENT_COOKIE },
    { "server_cookie", MATCH_SERVER_COOKIE },
    { "ednsdata", MATCH_EDNSDATA },
    { "ede=any", MATCH_EDE_ANY },
    { NULL, 0 },
};

static bool read_match(struct lines *lines, const struct words *words, struct script_entry *entry)
{
    for (unsigned i = 1; i < words->count; i++) {
        const char *word = words->at[i], *value;
        unsigned bits = 0;
        unsigned long number = 0;
        if (find_bits(match_words, word, &bits)) {
            entry->match |= bits;
        } else if ((value = word_value(word, "serial")) &&
                   word_number(value, UINT32_MAX, &number)) {
            entry->match |= MATCH_SERIAL;
            entry->serial = (uint32_t)number;
        } else if ((value = word_value(word, "ede")) && word_number(value, UINT16_MAX, &number)) {
            entry->match |= MATCH_EDE;
            entry->ede = (uint16_t)number;
        } else {
            return lines_cannot(lines, "MATCH %s", word);
        }
    }
    return true;
}

static const struct word_bits adjust_words[] = {
    { "copy_id", ADJUST_COPY_ID },
    { "copy_query", ADJUST_COPY_QUERY },
    { "copy_ednsdata_assume_clientsubnet", ADJUST_COPY_SUBNET },
    { "increment_ecs_scope", ADJUST_INCREMENT_SCOPE },
    { "server_cookie", ADJUST_SERVER_COOKIE },
    { "do_not_answer", ADJUST_NO_ANSWER },
    { "raw_id", ADJUST_COPY_ID },
    { NULL, 0 },
};

static bool read_adjust(struct lines *lines, const struct words *words, struct entry_draft *draft)
{
    for (unsigned i = 1; i < words->count; i++) {
        const char *word = words->at[i], *value;
        unsigned bits = 0;
        unsigned long number = 0;
        if (find_bits(adjust_words, word, &bits))
            draft->entry->adjust |= bits;
        else if ((value = word_value(word, "sleep")) && word_number(value, 86400, &number))
            draft->entry->sleep_s = (unsigned)number;
        else if ((value = word_value(word, "packet_sleep")) && word_number(value, 86400, &number))
            draft->packet->sleep_s = (unsigned)number;
        else
            return lines_cannot(lines, "ADJUST %s", word);
    }
    return true;
}

enum { REPLY_DO = 1 << 16, OPCODE_SHIFT = 11 };

static const struct word_bits reply_words[] = {
    { "QR", FLAG_QR },
    { "AA", FLAG_AA },
    { "TC", FLAG_TC },
    { "RD", FLAG_RD },
    { "RA", FLAG_RA },
    { "AD", FLAG_AD },
    { "CD", FLAG_CD },
    { "DO", REPLY_DO },
    { "QUERY", 0 },
    { "IQUERY", 1 << OPCODE_SHIFT },
    { "STATUS", 2 << OPCODE_SHIFT },
    { "NOTIFY", 4 << OPCODE_SHIFT },
    { "UPDATE", 5 << OPCODE_SHIFT },
    { "NOERROR", 0 },
    { "FORMERR", 1 },
    { "SERVFAIL", 2 },
    { "NXDOMAIN", 3 },
    { "NOTIMPL", 4 },
    { "NOTIMP", 4 },
    { "REFUSED", 5 },
    { "YXDOMAIN", 6 },
    { "YXRRSET", 7 },
    { "NXRRSET", 8 },
    { "NOTAUTH", 9 },
    { "NOTZONE", 10 },
    { NULL, 0 },
};

static bool read_reply(struct lines *lines, const struct words *words, struct script_packet *packet)
{
    for (unsigned i = 1; i < words->count; i++) {
        unsigned bits = 0;
        if (!find_bits(reply_words, words->at[i], &bits))
            return lines_wrong(lines, "REPLY does not know %s", words->at[i]);
        packet->flags |= (uint16_t)bits;
        packet->dnssec_ok |= (bits & REPLY_DO) != 0;
    }
    return true;
}

/* ---- sections ---- */

static bool read_section(struct lines *lines, const struct words *words, struct entry_draft *draft)
{
    static const char *const names[SECTIONS] = { "ANSWER", "AUTHORITY", "ADDITIONAL" };

    draft->place = PLACE_QUESTION;
    if (word_is(words, 1, "QUESTION") || word_is(words, 1, "QUERY"))
        return true;
    draft->place = PLACE_RECORDS;
    for (draft->section = 0; draft->section < SECTIONS; draft->section++)
        if (word_is(words, 1, names[draft->section]))
            return true;
    return lines_wrong(lines, "SECTION wants QUESTION, ANSWER, AUTHORITY or ADDITIONAL");
}

static bool class_from_text(const char *word, uint16_t *class)
{
    static const struct word_bits classes[] = { { "IN", 1 },    { "CH", 3 },     { "HS", 4 },
                                                { "ANY", 255 }, { "CLASS1", 1 }, { NULL, 0 } };
    unsigned bits = 0;
    bool known = find_bits(classes, word, &bits);
    if (known)
        *class = (uint16_t)bits;
    return known;
}

/* "@", and what does not end in a dot, is below the origin. */
static bool read_owner(const struct entry_reading *reading, const char *word, struct name *name)
{
    char text[2 * NAME_TEXT];
    size_t len = strlen(word);
    bool relative = reading->origin[0] && (len == 0 || word[len - 1] != '.');

    if (strcmp(word, "@") == 0)
        snprintf(text, sizeof text, "%s", reading->origin[0] ? reading->origin : ".");
    else
        snprintf(text, sizeof text, "%.1024s%s%s", word, relative ? "." : "",
                 relative && strcmp(reading->origin, ".") != 0 ? reading->origin : "");
    return name_from_text(text, name) == ST_OK ||
           lines_wrong(reading->lines, "%s is no name", word);
}

static bool read_question(struct entry_reading *reading, const struct words *words,
                          struct script_packet *packet)
{
    struct question *question = &packet->question;
    unsigned long ttl;
    unsigned at = 1;

    question->class = CLASS_IN;
    if (at < words->count && word_number(words->at[at], UINT32_MAX, &ttl))
        at++; /* some write one, though a question has none */
    if (at < words->count && class_from_text(words->at[at], &question->class) &&
        words->count > at + 1)
        at++;
    if (words->count != at + 1 || packet->has_question)
        return lines_wrong(reading->lines, "a question is name, class, type, and there is one");
    if (!read_owner(reading, words->at[0], &question->name))
        return false;
    packet->has_question = true;
    if (strcasecmp(words->at[at], "ANY") == 0)
        question->type = TYPE_ANY;
    else if (!type_from_text(words->at[at], &question->type))
        return lines_wrong(reading->lines, "%s is no type", words->at[at]);
    return true;
}

/* A key or a signature that is none at all, hence no use for sure: one octet stands for it. */
static bool read_bad_signature(struct lines *lines, char *line, const struct words *words,
                               struct text_record *record)
{
    const char *last = words->at[words->count - 1];
    size_t len = strlen(last), behind = strcspn(line, "\r\n");
    char why[TEXT_WHY];

    while (behind > 0 && (line[behind - 1] == ' ' || line[behind - 1] == '\t'))
        behind--;
    if (last[len - 1] != '.') /* the signer's name is no signature */
        behind = behind > len ? behind - len : 0;
    snprintf(line + behind, LINE_TEXT - behind, " AA==");
    return text_read_record(line, lines->arena, record, why) == ST_OK &&
           (record->type == TYPE_RRSIG || record->type == TYPE_DNSKEY);
}

/* owner [ttl] [class] [ttl] type rdata: the shared format leaves TTL and class away at will. */
static bool read_record(struct entry_reading *reading, const char *text, const struct words *words,
                        struct entry_draft *draft)
{
    struct lines *lines = reading->lines;
    char why[TEXT_WHY], owner[NAME_TEXT], line[LINE_TEXT];
    struct text_record record;
    unsigned long ttl = reading->ttl;
    uint16_t class = CLASS_IN;
    struct name name;
    unsigned at = 1;

    if (!read_owner(reading, words->at[0], &name))
        return false;
    while (at < words->count &&
           (word_number(words->at[at], UINT32_MAX, &ttl) || class_from_text(words->at[at], &class)))
        at++;
    const char *rest = words_after(lines, text, at);
    if (!rest)
        return lines_wrong(lines, "the file is too large");
    int len =
        snprintf(line, LINE_TEXT, "%s %lu IN %s", name_text(&name, owner, sizeof owner), ttl, rest);
    if (len >= LINE_TEXT)
        return lines_wrong(lines, "the record is too long");
    if (text_read_record(line, lines->arena, &record, why) != ST_OK &&
        !read_bad_signature(lines, line, words, &record))
        return lines_wrong(lines, "no record: %s", why);
    record.class = class;
    return section_append(&draft->sections[draft->section], lines, &record);
}

static bool read_in_section(struct entry_reading *reading, const char *text,
                            const struct words *words, struct entry_draft *draft)
{
    struct lines *lines = reading->lines;

    if (draft->place == PLACE_HEAD)
        return lines_cannot(lines, "%s", words->at[0]);
    if (draft->place == PLACE_QUESTION)
        return read_question(reading, words, draft->packet);
    if (words->at[0][0] == '@' && words->at[0][1] != '\0')
        return keys_records(reading->keys, lines, words, &draft->sections[draft->section]);
    return read_record(reading, text, words, draft);
}

/* ---- octets in hex ---- */

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static bool hex_line(struct lines *lines, const struct words *words, uint8_t *room, size_t *len)
{
    for (unsigned i = 0; i < words->count; i++) {
        const char *word = words->at[i];
        for (; *word; word += 2) {
            int high = hex_digit(word[0]), low = word[1] ? hex_digit(word[1]) : -1;
            if (high < 0 || low < 0 || *len == HEX_OCTETS_MAX)
                return lines_wrong(lines, "%s is no octets in hex", words->at[i]);
            room[(*len)++] = (uint8_t)(high << 4 | low);
        }
    }
    return true;
}

/* RAW: one line of octets. */
static bool read_raw(struct lines *lines, struct script_packet *packet)
{
    const struct line *line = lines_next(lines);
    uint8_t *room = line ? arena_alloc(lines->arena, strlen(line->text) / 2 + 1) : NULL;
    struct words words;
    size_t len = 0;

    if (!room)
        return lines_wrong(lines, "the octets of RAW are missing");
    if (!words_split(lines, line->text, ";", &words) || !hex_line(lines, &words, room, &len))
        return false;
    packet->is_hex = true;
    packet->hex = (struct bytes){ room, len };
    return true;
}

static bool read_hex(struct lines *lines, const char *end, struct bytes *octets)
{
    uint8_t *room = arena_alloc(lines->arena, HEX_OCTETS_MAX);
    const struct line *line;
    struct words words;
    size_t len = 0;

    while (room && (line = lines_next(lines))) {
        if (!words_split(lines, line->text, ";", &words))
            return false;
        if (word_is(&words, 0, end)) {
            *octets = (struct bytes){ room, len };
            return true;
        }
        if (!hex_line(lines, &words, room, &len))
            return false;
    }
    return lines_wrong(lines, "%s is missing", end);
}

/* ---- the whole ---- */

static bool end_packet(struct entry_draft *draft)
{
    for (unsigned i = 0; i < SECTIONS; i++) {
        draft->packet->sections[i] = draft->sections[i].first;
        draft->sections[i] = (struct script_section){ NULL, NULL };
    }
    return true;
}

static bool extra_packet(struct lines *lines, struct entry_draft *draft)
{
    struct script_packet *packet = ARENA_NEW(lines->arena, struct script_packet);

    if (!packet)
        return lines_wrong(lines, "the file is too large");
    (void)end_packet(draft);
    draft->packet->next = packet;
    draft->packet = packet;
    draft->place = PLACE_HEAD;
    return true;
}

static bool read_line(struct entry_reading *reading, const char *text, const struct words *words,
                      struct entry_draft *draft)
{
    struct lines *lines = reading->lines;
    bool is;

    if (!entry_directive(reading, words, &is) || is)
        return is && lines->flaw.kind == FLAW_NONE;
    if (word_is(words, 0, "MATCH"))
        return read_match(lines, words, draft->entry);
    if (word_is(words, 0, "ADJUST"))
        return read_adjust(lines, words, draft);
    if (word_is(words, 0, "MANDATORY"))
        return draft->entry->mandatory = true;
    if (word_is(words, 0, "REPLY") || word_is(words, 0, "FLAGS"))
        return read_reply(lines, words, draft->packet);
    if (word_is(words, 0, "SECTION"))
        return read_section(lines, words, draft);
    if (word_is(words, 0, "EXTRA_PACKET"))
        return extra_packet(lines, draft);
    if (word_is(words, 0, "RAW"))
        return read_raw(lines, draft->packet);
    if (word_is(words, 0, "HEX_ANSWER_BEGIN")) {
        draft->packet->is_hex = true;
        return read_hex(lines, "HEX_ANSWER_END", &draft->packet->hex);
    }
    if (word_is(words, 0, "HEX_EDNSDATA_BEGIN") || word_is(words, 0, "HEX_EDNS_BEGIN")) {
        draft->packet->has_options = true;
        return read_hex(lines,
                        word_is(words, 0, "HEX_EDNS_BEGIN") ? "HEX_EDNS_END" : "HEX_EDNSDATA_END",
                        &draft->packet->options);
    }
    return read_in_section(reading, text, words, draft);
}

struct script_entry *entry_read(struct entry_reading *reading)
{
    struct lines *lines = reading->lines;
    struct script_entry *entry = ARENA_NEW(lines->arena, struct script_entry);
    struct entry_draft draft = { .entry = entry, .packet = entry ? &entry->packet : NULL };
    const struct line *line;
    struct words words;

    if (entry && lines->next > 0)
        entry->line = lines->at[lines->next - 1].number;
    while (entry && (line = lines_next(lines))) {
        if (!words_split(lines, line->text, ";", &words))
            return NULL;
        if (words.count == 0)
            continue;
        if (word_is(&words, 0, "ENTRY_END"))
            return end_packet(&draft) ? entry : NULL;
        if (!read_line(reading, line->text, &words, &draft))
            return NULL;
    }
    lines_wrong(lines, "ENTRY_END is missing");
    return NULL;
}
