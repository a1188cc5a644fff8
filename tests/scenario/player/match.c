#include "tests/scenario/player/match.h"

#include <stdio.h>

#include "lib/wire/type.h"
#include "tests/scenario/player/packet.h"

enum { NAMES_OCTETS = 1024, RECORD_TEXT = 400, HEADER_TEXT = 120, RRSIG_COVERED = 2 };

/* ---- reading ---- */

static bool take_record(const struct message *message, const struct record *record,
                        struct arena *arena, struct script_record **into)
{
    struct script_record *taken = ARENA_NEW(arena, struct script_record);
    size_t octets = record->rdata_len + NAMES_OCTETS;
    uint8_t *room = arena_alloc(arena, octets);
    struct reader whole = reader_over(message->octets), part;
    struct writer w;

    if (!taken || !room || !reader_take(&whole, record->rdata_at))
        return false;
    part = reader_part(&whole, record->rdata_len);
    writer_init(&w, room, octets);
    if (rdata_read(&part, record->type, &w) != ST_OK)
        return false;
    taken->record = (struct text_record){ .owner = *record->owner,
                                          .type = record->type,
                                          .class = record->class,
                                          .ttl = record->ttl,
                                          .rdata = { room, w.len } };
    *into = taken;
    return true;
}

bool match_read(struct bytes octets, enum transport via, struct arena *arena, struct seen *seen)
{
    struct message *message = &seen->message;
    struct script_record **end;

    *seen = (struct seen){ .via = via, .options = packet_options(octets) };
    if (message_parse(octets, arena, message) != ST_OK)
        return false;
    for (unsigned section = 0; section < SECTIONS; section++) {
        end = &seen->sections[section];
        for (unsigned i = message->first[section]; i < message->first[section + 1]; i++) {
            if (!take_record(message, &message->records[i], arena, end))
                return false;
            end = &(*end)->next;
        }
    }
    return true;
}

/* ---- texts ---- */

const char *match_question_text(const struct question *question, char *text, size_t size)
{
    char name[NAME_TEXT], type[TYPE_TEXT];
    snprintf(text, size, "%.200s %s", name_text(&question->name, name, sizeof name),
             type_text(question->type, type));
    return text;
}

static const char *record_text(const struct text_record *record, char text[RECORD_TEXT])
{
    char name[NAME_TEXT], type[TYPE_TEXT], rdata[TEXT_RDATA];
    snprintf(text, RECORD_TEXT, "%.200s %lu %s %.150s",
             name_text(&record->owner, name, sizeof name), (unsigned long)record->ttl,
             type_text(record->type, type),
             text_rdata(record->type, record->rdata, rdata, sizeof rdata));
    return text;
}

static const char *header_text(uint16_t flags, char text[HEADER_TEXT])
{
    static const struct {
        uint16_t flag;
        const char *word;
    } names[] = {
        { FLAG_QR, "QR " }, { FLAG_AA, "AA " }, { FLAG_TC, "TC " }, { FLAG_RD, "RD " },
        { FLAG_RA, "RA " }, { FLAG_AD, "AD " }, { FLAG_CD, "CD " },
    };
    static const char *const rcodes[16] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                            "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET" };
    size_t len = 0;

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (flags & names[i].flag)
            len += (size_t)snprintf(text + len, HEADER_TEXT - len, "%s", names[i].word);
    if (flags >> 11 & 15)
        len += (size_t)snprintf(text + len, HEADER_TEXT - len, "opcode %u ", flags >> 11 & 15u);
    snprintf(text + len, HEADER_TEXT - len, "%s",
             rcodes[flags & 15] ? rcodes[flags & 15] : "another rcode");
    return text;
}

/* ---- header and question ---- */

static bool match_header(const struct script_entry *entry, const struct seen *seen,
                         char difference[DIFFERENCE_TEXT])
{
    static const struct {
        unsigned match;
        uint16_t bits;
    } parts[] = { { MATCH_OPCODE, 15 << 11 },
                  { MATCH_RCODE, 15 },
                  { MATCH_FLAGS,
                    FLAG_QR | FLAG_AA | FLAG_TC | FLAG_RD | FLAG_RA | FLAG_AD | FLAG_CD } };
    uint16_t flags = seen->message.header.flags, mask = 0;
    char expected[HEADER_TEXT], got[HEADER_TEXT];

    for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
        if (entry->match & parts[i].match)
            mask |= parts[i].bits;
    if ((flags & mask) == (entry->packet.flags & mask))
        return true;
    snprintf(difference, DIFFERENCE_TEXT, "expected %s, got %s",
             header_text(entry->packet.flags, expected), header_text(flags, got));
    return false;
}

static bool match_names(const struct script_entry *entry, const struct seen *seen)
{
    const struct question *wanted = &entry->packet.question, *asked = &seen->message.question;
    unsigned match = entry->match;

    if (match & MATCH_QTYPE && wanted->type != asked->type)
        return false;
    if (match & MATCH_QNAME && !name_equal(&wanted->name, &asked->name))
        return false;
    if (match & MATCH_QCASE && !name_identical(&wanted->name, &asked->name))
        return false;
    if (match & MATCH_SUBDOMAIN && !name_under(&asked->name, &wanted->name))
        return false;
    return !(match & MATCH_QUESTION) ||
           (wanted->type == asked->type && wanted->class == asked->class &&
            name_equal(&wanted->name, &asked->name));
}

static bool match_question(const struct script_entry *entry, const struct seen *seen,
                           char difference[DIFFERENCE_TEXT])
{
    enum {
        QUESTION_BITS = MATCH_QTYPE | MATCH_QNAME | MATCH_QCASE | MATCH_SUBDOMAIN | MATCH_QUESTION
    };
    char expected[RECORD_TEXT], got[RECORD_TEXT];
    bool has = seen->message.has_question, wanted = entry->packet.has_question;

    if (!(entry->match & QUESTION_BITS) || (!has && !wanted) ||
        (has && wanted && match_names(entry, seen)))
        return true;
    snprintf(difference, DIFFERENCE_TEXT, "expected the question %s, got %s",
             wanted ? match_question_text(&entry->packet.question, expected, sizeof expected)
                    : "none",
             has ? match_question_text(&seen->message.question, got, sizeof got) : "none");
    return false;
}

/* ---- sections ---- */

static bool same_record(const struct text_record *a, const struct text_record *b, unsigned match)
{
    return a->type == b->type && a->class == b->class && name_equal(&a->owner, &b->owner) &&
           (!(match & MATCH_TTL) || a->ttl == b->ttl) &&
           rdata_compare(a->type, a->rdata, b->rdata) == 0;
}

static bool may_lack(const struct text_record *record, enum section section,
                     enum optional_records optional)
{
    uint16_t type = record->type;

    if (optional == OPTIONAL_WANTED || section == SECTION_ANSWER)
        return false;
    if (type == TYPE_RRSIG && record->rdata.len >= RRSIG_COVERED)
        type = (uint16_t)(record->rdata.at[0] << 8 | record->rdata.at[1]);
    return section == SECTION_ADDITIONAL || type == TYPE_NS;
}

static const struct script_record *find(const struct script_record *in,
                                        const struct text_record *record, unsigned match)
{
    while (in && !same_record(&in->record, record, match))
        in = in->next;
    return in;
}

static unsigned count(const struct script_record *in, const struct text_record *record,
                      unsigned match)
{
    unsigned found = 0;
    for (; (in = find(in, record, match)); in = in->next)
        found++;
    return found;
}

static bool match_section(const struct script_entry *entry, const struct seen *seen,
                          enum section section, enum optional_records optional,
                          char difference[DIFFERENCE_TEXT])
{
    static const char *const names[SECTIONS] = { "answer", "authority", "additional" };
    const struct script_record *wanted = entry->packet.sections[section];
    const struct script_record *got = seen->sections[section];
    char text[RECORD_TEXT];

    for (const struct script_record *at = wanted; at; at = at->next) {
        if (find(got, &at->record, entry->match) || may_lack(&at->record, section, optional))
            continue;
        snprintf(difference, DIFFERENCE_TEXT, "expected in the %s section, got not: %s",
                 names[section], record_text(&at->record, text));
        return false;
    }
    for (const struct script_record *at = got; at; at = at->next) {
        if (count(got, &at->record, entry->match) == 1 && find(wanted, &at->record, entry->match))
            continue;
        snprintf(difference, DIFFERENCE_TEXT, "got in the %s section, expected not%s: %s",
                 names[section], find(wanted, &at->record, entry->match) ? " twice" : "",
                 record_text(&at->record, text));
        return false;
    }
    return true;
}

static bool match_sections(const struct script_entry *entry, const struct seen *seen,
                           enum optional_records optional, char difference[DIFFERENCE_TEXT])
{
    static const unsigned bits[SECTIONS] = { MATCH_ANSWER, MATCH_AUTHORITY, MATCH_ADDITIONAL };

    for (unsigned i = 0; i < SECTIONS; i++)
        if (entry->match & bits[i] &&
            !match_section(entry, seen, (enum section)i, optional, difference))
            return false;
    return true;
}

/* ---- EDNS ---- */

/* An IXFR question tells its serial in the SOA of its authority section (RFC 1995 §3). */
static bool match_serial(const struct script_entry *entry, const struct seen *seen)
{
    const struct script_record *at = seen->sections[SECTION_AUTHORITY];

    for (; at; at = at->next) {
        const struct bytes *rdata = &at->record.rdata;
        if (at->record.type != TYPE_SOA || rdata->len < 20)
            continue;
        const uint8_t *serial = rdata->at + rdata->len - 20;
        return ((uint32_t)serial[0] << 24 | (uint32_t)serial[1] << 16 | (uint32_t)serial[2] << 8 |
                serial[3]) == entry->serial;
    }
    return false;
}

static bool has_ede(const struct seen *seen, const struct script_entry *entry)
{
    struct reader r = reader_over(seen->options);

    while (reader_left(&r) >= 4) {
        uint16_t code = reader_u16(&r), len = reader_u16(&r);
        const uint8_t *at = reader_take(&r, len);
        if (at && code == OPTION_EDE && len >= 2 &&
            (entry->match & MATCH_EDE_ANY || (at[0] << 8 | at[1]) == entry->ede))
            return true;
    }
    return false;
}

static size_t cookie_octets(const struct seen *seen)
{
    struct bytes cookie;
    return packet_option(seen->options, OPTION_COOKIE, &cookie) ? cookie.len : 0;
}

struct demand {
    unsigned match;
    bool holds;
    const char *what;
};

static bool match_edns(const struct script_entry *entry, const struct seen *seen,
                       char difference[DIFFERENCE_TEXT])
{
    const struct edns *edns = &seen->message.edns;
    uint16_t flags = seen->message.header.flags;
    bool expects_do = entry->packet.dnssec_ok;
    const struct demand demands[] = {
        { MATCH_DO, edns->present && edns->dnssec_ok, "DO" },
        { MATCH_EDNS, !expects_do || (edns->present && edns->dnssec_ok), "DO" },
        { MATCH_NOEDNS, !edns->present, "no OPT" },
        { MATCH_CD, (flags & FLAG_CD) != 0, "CD" },
        { MATCH_AD, (flags & FLAG_AD) != 0, "AD" },
        { MATCH_UDP, seen->via == VIA_UDP, "UDP" },
        { MATCH_TCP, seen->via == VIA_TCP, "TCP" },
        { MATCH_SERIAL, match_serial(entry, seen), "that serial" },
        { MATCH_CLIENT_COOKIE, cookie_octets(seen) == 8, "a client cookie" },
        { MATCH_SERVER_COOKIE, cookie_octets(seen) >= 16, "a server cookie" },
        { MATCH_EDNSDATA, bytes_equal(seen->options, entry->packet.options), "those options" },
        { MATCH_EDE | MATCH_EDE_ANY, has_ede(seen, entry), "that EDE" },
    };

    for (unsigned i = 0; i < sizeof demands / sizeof *demands; i++) {
        if (!(entry->match & demands[i].match) || demands[i].holds)
            continue;
        int len = snprintf(difference, DIFFERENCE_TEXT, "expected %s", demands[i].what);
        if (demands[i].match & MATCH_EDE)
            snprintf(difference + len, (size_t)(DIFFERENCE_TEXT - len), " (%u), got %d", entry->ede,
                     edns->has_ede ? edns->ede_code : -1);
        return false;
    }
    return true;
}

bool match_entry(const struct script_entry *entry, const struct seen *seen,
                 enum optional_records optional, char difference[DIFFERENCE_TEXT])
{
    return match_header(entry, seen, difference) && match_question(entry, seen, difference) &&
           match_sections(entry, seen, optional, difference) && match_edns(entry, seen, difference);
}
