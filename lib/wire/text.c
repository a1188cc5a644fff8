#include "lib/wire/text.h"

#include <errno.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <strings.h>

#include "lib/base/memory.h"
#include "lib/wire/field.h"
#include "lib/wire/text_field.h"
#include "lib/wire/text_line.h"
#include "lib/wire/text_number.h"
#include "lib/wire/text_out.h"
#include "lib/wire/text_svcb.h"
#include "lib/wire/type.h"

enum { WORD_SHOWN = 48 };

/* A reading in progress. The record points into the room: it lasts until the next line. */
struct reading {
    struct name origin, owner; /* owner.len 0: none yet, so a line may not lack it */
    uint32_t ttl;              /* for records that state none */
    struct text_line line;
    struct writer rdata;
    char why[TEXT_WHY];
    char line_room[TEXT_LINE_MAX];
    uint8_t rdata_room[RDATA_OCTETS_MAX];
};

/* ---- why not ---- */

/* The words of a file may hold anything: they are shown escaped, and not more than fits. */
static enum status refuse(struct reading *reading, const char *word, const char *sentence)
{
    char shown[WORD_SHOWN];
    struct text_out out = text_out(shown, sizeof(shown));

    if (word) {
        out_escaped(&out, (struct bytes){ (const uint8_t *)word, strlen(word) }, "");
        snprintf(reading->why, TEXT_WHY, "'%s' %s", shown, sentence);
    } else {
        snprintf(reading->why, TEXT_WHY, "%s", sentence);
    }
    return ST_MALFORMED;
}

static enum status refuse_field(struct reading *reading, const struct field_text *text)
{
    char sentence[TEXT_WHY - WORD_SHOWN];

    snprintf(sentence, sizeof(sentence), "%s %s", text->word ? "is not" : "the rdata lacks",
             text->wanted);
    return refuse(reading, text->word, sentence);
}

static enum status refuse_line(struct reading *reading, enum line_event event)
{
    if (event == LINE_TOO_LONG)
        return refuse(reading, NULL, "the line is longer than any record");
    return refuse(reading, NULL, "a quote, parenthesis or escape lacks its other half");
}

/* ---- rdata ---- */

/* What ldns reads for us, by letter. */
static bool read_by_ldns(struct field_text *text, ldns_rdf_type type, char *words)
{
    ldns_rdf *read = ldns_rdf_new_frm_str(type, words);

    text->word = words;
    if (!read)
        return false;
    writer_octets(text->into, (struct bytes){ ldns_rdf_data(read), ldns_rdf_size(read) });
    ldns_rdf_deep_free(read);
    return true;
}

static bool read_location(struct field_text *text)
{
    char *rest = text->at;

    text->wanted = "a location";
    text->at += strlen(rest);
    return read_by_ldns(text, LDNS_RDF_TYPE_LOC, rest);
}

static bool read_prefixes(struct field_text *text)
{
    for (char *word = line_word(&text->at); word; word = line_word(&text->at)) {
        text->wanted = "an address prefix such as 1:192.0.2.0/24";
        if (!read_by_ldns(text, LDNS_RDF_TYPE_APL, word))
            return false;
    }
    return true;
}

static bool read_field(struct field_text *text, char letter)
{
    switch (letter) {
    case 'P': return parameters_read(text);
    case 'l': return read_location(text);
    case 'A': return read_prefixes(text);
    default: return field_read(text, letter);
    }
}

static bool takes_generic(struct field_text *text)
{
    if (strncmp(text->at, "\\# ", 3) != 0)
        return false;
    line_word(&text->at);
    return true;
}

static bool read_fields(struct field_text *text, uint16_t type)
{
    const struct type_row *row = type_find(type);

    if (takes_generic(text))
        return field_read_generic(text);
    for (const char *letter = row ? row->layout : "R"; *letter; letter++) {
        if (!read_field(text, *letter))
            return false;
    }
    return true;
}

static enum status read_rdata(struct reading *reading, uint16_t type, char *at)
{
    struct field_text text = { .at = at, .origin = &reading->origin, .into = &reading->rdata };

    writer_init(&reading->rdata, reading->rdata_room, sizeof(reading->rdata_room));
    bool read = read_fields(&text, type);
    if (reading->rdata.failed)
        return refuse(reading, NULL, "the rdata is longer than 65535 octets");
    if (!read)
        return refuse_field(reading, &text);
    if (*text.at != '\0')
        return refuse(reading, line_word(&text.at), "is more than the type's rdata holds");
    if (rdata_check(type, (struct bytes){ reading->rdata_room, reading->rdata.len }) != ST_OK)
        return refuse(reading, NULL, "the rdata is not of its type's form");
    return ST_OK;
}

/* ---- a record ---- */

static bool class_read(const char *word, uint16_t *class)
{
    static const struct {
        const char *word;
        uint16_t number;
    } classes[] = { { "IN", CLASS_IN }, { "CH", CLASS_CH }, { "HS", 4 } };
    uint64_t number;

    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (strcasecmp(word, classes[i].word) == 0) {
            *class = classes[i].number;
            return true;
        }
    }
    if (strncasecmp(word, "CLASS", 5) != 0 || !number_read(word + 5, UINT16_MAX, &number))
        return false;
    *class = (uint16_t)number;
    return true;
}

static enum status read_owner(struct reading *reading, char **at)
{
    if (**at == ' ') {
        (*at)++;
        return reading->owner.len ? ST_OK : refuse(reading, NULL, "no owner was named yet");
    }
    char *word = line_word(at);
    if (!name_read(word, &reading->origin, &reading->owner))
        return refuse(reading, word, "is not a domain name");
    return ST_OK;
}

/* RFC 1035 §5.1: TTL and class in either order, each may be absent; then the type. */
static enum status read_head(struct reading *reading, char **at, struct text_record *record)
{
    bool has_ttl = false, has_class = false;

    *record = (struct text_record){ .ttl = reading->ttl, .class = CLASS_IN };
    for (char *word = line_word(at); word; word = line_word(at)) {
        if (!has_class && class_read(word, &record->class))
            has_class = true;
        else if (!has_ttl && interval_read(word, &record->ttl))
            has_ttl = true;
        else if (!type_from_text(word, &record->type))
            return refuse(reading, word, "is neither a TTL, a class nor an RR type");
        else if (type_is_meta(record->type))
            return refuse(reading, word, "is never data in a zone");
        else
            return ST_OK;
    }
    return refuse(reading, NULL, "the record has no type");
}

static enum status read_line(struct reading *reading, struct text_record *record)
{
    char *at = reading->line.text;

    TRY(read_owner(reading, &at));
    TRY(read_head(reading, &at, record));
    TRY(read_rdata(reading, record->type, at));
    record->owner = reading->owner;
    record->rdata = (struct bytes){ reading->rdata_room, reading->rdata.len };
    return ST_OK;
}

static struct reading *reading_create(const struct name *origin, uint32_t ttl)
{
    struct reading *reading = memory_new(sizeof(*reading));

    if (!reading)
        return NULL;
    reading->origin = origin ? *origin : name_root;
    reading->ttl = ttl;
    reading->line = text_line(reading->line_room, sizeof(reading->line_room));
    return reading;
}

static enum status read_text(struct reading *reading, const char *text, struct text_record *record)
{
    enum line_event event = LINE_MORE;

    for (; *text && event == LINE_MORE; text++)
        event = line_feed(&reading->line, (unsigned char)*text);
    if (event == LINE_MORE)
        event = line_feed(&reading->line, EOF);
    if (event != LINE_READY)
        return refuse_line(reading, event);
    if (*text)
        return refuse(reading, NULL, "more than one line");
    if (reading->line.len == 0)
        return refuse(reading, NULL, "the line is empty");
    return read_line(reading, record);
}

enum status text_read_record_with(const char *line, uint32_t ttl, struct arena *arena,
                                  struct text_record *record, char why[TEXT_WHY])
{
    struct text_record read;
    struct reading *reading = reading_create(NULL, ttl);

    if (!reading) {
        snprintf(why, TEXT_WHY, "no memory");
        return ST_NOMEM;
    }
    enum status status = read_text(reading, line, &read);
    if (status == ST_OK) {
        read.rdata.at = arena_copy(arena, read.rdata.at, read.rdata.len);
        status = read.rdata.at ? ST_OK : ST_LIMIT;
    }
    if (status == ST_OK)
        *record = read;
    else
        snprintf(why, TEXT_WHY, "%s", status == ST_LIMIT ? "no room for the rdata" : reading->why);
    memory_free(reading);
    return status;
}

enum status text_read_record(const char *line, struct arena *arena, struct text_record *record,
                             char why[TEXT_WHY])
{
    return text_read_record_with(line, 0, arena, record, why);
}

/* ---- a file ---- */

/* RFC 1035 §5.1, RFC 2308 §4. $INCLUDE is refused: a file read at start must not name others. */
static enum status read_directive(struct reading *reading)
{
    char *at = reading->line.text, *directive = line_word(&at), *value = line_word(&at);

    if (!value || *at)
        return refuse(reading, directive, "takes one word");
    if (strcasecmp(directive, "$ORIGIN") == 0) {
        if (!name_read(value, &reading->origin, &reading->origin))
            return refuse(reading, value, "is not a domain name");
        return ST_OK;
    }
    if (strcasecmp(directive, "$TTL") != 0)
        return refuse(reading, directive, "is not a directive that is read here");
    if (!interval_read(value, &reading->ttl))
        return refuse(reading, value, "is not an interval in seconds");
    return ST_OK;
}

struct taker {
    bool (*take)(void *context, const struct text_record *record);
    void *context;
    bool enough;
};

static enum status take_line(struct reading *reading, struct taker *taker)
{
    struct text_record record;

    if (reading->line.len == 0)
        return ST_OK;
    if (reading->line.text[0] == '$')
        return read_directive(reading);
    TRY(read_line(reading, &record));
    taker->enough = !taker->take(taker->context, &record);
    return ST_OK;
}

static enum status read_lines(struct reading *reading, FILE *file, struct taker *taker, size_t *at)
{
    size_t line = 1;
    int character;

    *at = 1;
    do {
        character = getc(file);
        if (ferror(file))
            return ST_IO;
        enum line_event event = line_feed(&reading->line, character);
        line += character == '\n';
        if (event == LINE_MORE)
            continue;
        enum status status =
            event == LINE_READY ? take_line(reading, taker) : refuse_line(reading, event);
        if (status != ST_OK)
            return status;
        line_next(&reading->line);
        *at = line;
    } while (character != EOF && !taker->enough);
    return ST_OK;
}

static void explain_file(enum status status, const struct reading *reading, size_t line,
                         char why[TEXT_WHY])
{
    struct text_out out = text_out(why, TEXT_WHY);

    if (status == ST_IO)
        out_text(&out, strerror(errno));
    else if (status == ST_NOMEM)
        out_text(&out, "no memory");
    else if (status != ST_OK)
        out_format(&out, "line %zu: %s", line, reading->why);
}

enum status text_read_file(const struct text_source *source,
                           bool (*take)(void *context, const struct text_record *record),
                           void *context, char why[TEXT_WHY])
{
    struct taker taker = { .take = take, .context = context };
    size_t line = 0;
    FILE *file = fopen(source->path, "re");
    struct reading *reading = file ? reading_create(source->origin, source->ttl) : NULL;
    enum status status = ST_IO;

    if (file)
        status = reading ? read_lines(reading, file, &taker, &line) : ST_NOMEM;
    explain_file(status, reading, line, why);
    memory_free(reading);
    if (file)
        fclose(file);
    return status;
}
