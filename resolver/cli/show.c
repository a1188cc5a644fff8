#include "resolver/cli/show.h"

#include <stdio.h>

#include "lib/base/pool.h"
#include "lib/explain/picture.h"
#include "lib/wire/text.h"
#include "lib/wire/type.h"

enum { PRINT_OCTETS = 256 * 1024, PARSE_OCTETS = 1024 * 1024, WHY_TEXT = 2 * CAUSE_OCTETS };

/* ---- both forms ---- */

const char *show_verdict(const struct show *show)
{
    bool unchecked = show->unchecked && show->answer->verdict == SEC_UNCHECKED &&
                     show->answer->cause.why == WHY_NOT_VALIDATED;
    return unchecked ? "not validated" : trail_security_text((enum security)show->answer->verdict);
}

/* NULL: said why. */
static struct arena *read_back(const struct show *show, struct message *message)
{
    struct arena *arena = arena_create(show->pool, PARSE_OCTETS);

    if (arena && message_parse(show->answer->message, arena, message) == ST_OK)
        return arena;
    fprintf(stderr, "catena: the answer cannot be read back\n");
    arena_destroy(arena);
    return NULL;
}

/* The rdata's presentation form, until the next call; NULL: its octets are not of their form. */
static const char *rdata_text(const struct message *message, const struct record *record)
{
    static char text[PRINT_OCTETS];
    static uint8_t plain[MESSAGE_OCTETS_MAX];
    struct reader r = reader_over(message->octets);
    struct writer w;

    (void)reader_take(&r, record->rdata_at);
    struct reader part = reader_part(&r, record->rdata_len);
    writer_init(&w, plain, sizeof plain);
    if (rdata_read(&part, record->type, &w) != ST_OK)
        return NULL;
    return text_rdata(record->type, (struct bytes){ plain, w.len }, text, sizeof text);
}

/* ---- in dig's form ---- */

static void print_section(const struct message *message, enum section section, const char *title)
{
    char owner[NAME_TEXT], type[TYPE_TEXT];

    if (message->first[section] == message->first[section + 1])
        return;
    printf("\n;; %s SECTION:\n", title);
    for (unsigned i = message->first[section]; i < message->first[section + 1]; i++) {
        const struct record *record = &message->records[i];
        const char *rdata = rdata_text(message, record);
        if (rdata)
            printf("%s\t%u\tIN\t%s\t%s\n", name_text(record->owner, owner, sizeof owner),
                   record->ttl, type_text(record->type, type), rdata);
    }
}

static void print_message(const struct show *show)
{
    struct message message;
    struct arena *arena = read_back(show, &message);
    char name[NAME_TEXT], type[TYPE_TEXT];

    if (!arena)
        return;
    printf(";; status: %s%s%s\n", rcode_text(message_rcode(&message)),
           message.header.flags & FLAG_AD ? ", ad" : "",
           message.header.flags & FLAG_CD ? ", cd" : "");
    printf(";; QUESTION: %s IN %s\n", name_text(&message.question.name, name, sizeof name),
           type_text(message.question.type, type));
    print_section(&message, SECTION_ANSWER, "ANSWER");
    print_section(&message, SECTION_AUTHORITY, "AUTHORITY");
    arena_destroy(arena);
}

static void print_trail(const struct trail *trail)
{
    static char line[PICTURE_LINE];
    struct picture picture = picture_begin(trail);

    while (picture_line(&picture, line))
        printf(";; %s\n", line);
    printf("\n");
}

void show_text(const struct show *show)
{
    const struct answer *answer = show->answer;
    char why[WHY_TEXT];

    if (answer->trail)
        print_trail(answer->trail);
    print_message(show);
    if (answer->cause.why == WHY_NOT_VALIDATED && show->unchecked)
        printf("\n;; not validated: --cd asked for what the servers say\n");
    else
        printf("\n;; %s: %s\n", show_verdict(show), cause_text(&answer->cause, why, sizeof why));
    printf(";; %llu questions in %llu packets to servers\n",
           (unsigned long long)show->metrics->upstream_questions,
           (unsigned long long)show->metrics->upstream_packets);
}

/* ---- as JSON ---- */

static void json_member(const char *key, const char *value)
{
    static char room[2 * PRINT_OCTETS];
    printf("\"%s\":%s", key, picture_quoted(value, room, sizeof room));
}

static void json_set(const struct name *name, uint16_t type)
{
    char owner[NAME_TEXT], text[TYPE_TEXT];
    json_member("name", name_text(name, owner, sizeof owner));
    printf(",");
    json_member("type", type_text(type, text));
}

static void json_section(const struct message *message, enum section section, const char *key)
{
    const char *comma = "";

    printf(",\"%s\":[", key);
    for (unsigned i = message->first[section]; i < message->first[section + 1]; i++) {
        const struct record *record = &message->records[i];
        const char *rdata = rdata_text(message, record);
        if (!rdata)
            continue;
        printf("%s{", comma);
        json_set(record->owner, record->type);
        printf(",\"ttl\":%u,", record->ttl);
        json_member("data", rdata);
        printf("}");
        comma = ",";
    }
    printf("]");
}

static void json_message(const struct show *show)
{
    struct message message;
    struct arena *arena = read_back(show, &message);

    if (!arena)
        return;
    printf(",");
    json_member("status", rcode_text(message_rcode(&message)));
    printf(",\"ad\":%s", message.header.flags & FLAG_AD ? "true" : "false");
    json_section(&message, SECTION_ANSWER, "answer");
    json_section(&message, SECTION_AUTHORITY, "authority");
    arena_destroy(arena);
}

static void json_reason(const struct cause *cause)
{
    const struct why_row *row = why_row((enum why)cause->why);

    printf(",\"reason\":{");
    json_member("code", row->name);
    printf(",");
    json_member("sentence", row->sentence);
    printf(",");
    json_member("detail", cause->text);
    printf(",");
    json_member("class", outcome_class_text((enum outcome_class)row->class));
    if (row->ede >= 0)
        printf(",\"ede\":%d", row->ede);
    printf("}");
}

static void json_trail(const struct trail *trail)
{
    static char line[PICTURE_LINE];
    const char *comma = "";

    printf(",\"trace\":[");
    LIST_EACH(at, &trail->steps) {
        picture_json(LIST_OF(at, struct trail_step, of_trail), line);
        printf("%s%s", comma, line);
        comma = ",";
    }
    printf("],\"lost\":%u", (unsigned)trail->lost);
}

void show_json(const struct show *show)
{
    const struct answer *answer = show->answer;

    printf("{");
    json_set(&show->question->name, show->question->type);
    json_message(show);
    printf(",");
    json_member("verdict", show_verdict(show));
    json_reason(&answer->cause);
    if (answer->trail)
        json_trail(answer->trail);
    printf(",\"questions\":%llu,\"packets\":%llu}\n",
           (unsigned long long)show->metrics->upstream_questions,
           (unsigned long long)show->metrics->upstream_packets);
}
