#include "tests/scenario/player/script_read.h"

#include <limits.h>
#include <string.h>

enum { FILE_LINES_MAX = 4000 };

#define STEP_MAX (ULONG_MAX - 1) /* steps may be dates; ULONG_MAX is what strtoul cannot read */

const char *const step_names[STEP_KINDS] = {
    [STEP_NOTHING] = "NOTHING",
    [STEP_QUERY] = "QUERY",
    [STEP_CHECK_ANSWER] = "CHECK_ANSWER",
    [STEP_CHECK_OUT_QUERY] = "CHECK_OUT_QUERY",
    [STEP_REPLY] = "REPLY",
    [STEP_TIMEOUT] = "TIMEOUT",
    [STEP_ERROR] = "ERROR",
    [STEP_TIME_PASSES] = "TIME_PASSES",
    [STEP_TRAFFIC] = "TRAFFIC",
    [STEP_ASSIGN] = "ASSIGN",
    [STEP_INFRA_RTT] = "INFRA_RTT",
    [STEP_CHECK_AUTOTRUST] = "CHECK_AUTOTRUST",
    [STEP_CHECK_TEMPFILE] = "CHECK_TEMPFILE",
    [STEP_FLUSH_MESSAGE] = "FLUSH_MESSAGE",
    [STEP_EXPIRE_MESSAGE] = "EXPIRE_MESSAGE",
};

struct script_reading {
    struct entry_reading entries;
    struct lines *lines;
    struct script *script;
    struct script_range *last_range;
    struct script_step *last_step;
};

static bool next_words(struct lines *lines, const struct line **line, struct words *words)
{
    while ((*line = lines_next(lines))) {
        if (!words_split(lines, (*line)->text, ";", words))
            return false;
        if (words->count > 0)
            return true;
    }
    return false;
}

static bool read_address(struct lines *lines, const char *word, struct endpoint *address)
{
    char text[64];
    size_t len = strcspn(word, "@");

    if (len >= sizeof text)
        return lines_wrong(lines, "%s is no address", word);
    memcpy(text, word, len);
    text[len] = '\0';
    return endpoint_parse(text, 53, address) == ST_OK ||
           lines_wrong(lines, "%s is no address", word);
}

/* ---- files in the script ---- */

bool script_read_file(struct lines *lines, const char *name, const char *end,
                      struct script_file **file)
{
    struct script_file *read = ARENA_NEW(lines->arena, struct script_file);
    const struct line *line;
    struct words words;

    if (read)
        read->lines = ARENA_ARRAY(lines->arena, const char *, FILE_LINES_MAX);
    if (!read || !read->lines)
        return lines_wrong(lines, "the file is too large");
    read->name = name;
    while ((line = lines_next(lines))) {
        if (!words_split(lines, line->text, "", &words))
            return false;
        if (word_is(&words, 0, end)) {
            *file = read;
            return true;
        }
        if (read->count == FILE_LINES_MAX)
            return lines_wrong(lines, "more than %d lines", (int)FILE_LINES_MAX);
        read->lines[read->count++] = line->text;
    }
    return lines_wrong(lines, "%s is missing", end);
}

/* ---- ranges ---- */

static bool range_head(struct lines *lines, const struct words *words, struct script_range *range)
{
    if (words->count < 3 || words->count > 4 ||
        !word_number(words->at[1], STEP_MAX, &range->first) ||
        !word_number(words->at[2], STEP_MAX, &range->last))
        return lines_wrong(lines, "RANGE_BEGIN wants the first and the last step");
    range->address_count = words->count - 3; /* the address may stand here */
    return range->address_count == 0 || read_address(lines, words->at[3], range->addresses);
}

static bool range_address(struct lines *lines, const struct words *words,
                          struct script_range *range)
{
    unsigned most = sizeof range->addresses / sizeof *range->addresses;

    if (words->count != 2 || range->address_count == most)
        return lines_wrong(lines, "ADDRESS wants one address, and there are at most %u", most);
    return read_address(lines, words->at[1], &range->addresses[range->address_count++]);
}

static bool read_range(struct script_reading *reading, const struct words *head)
{
    struct lines *lines = reading->lines;
    struct script_range *range = ARENA_NEW(lines->arena, struct script_range);
    struct script_entry **end = range ? &range->entries : NULL;
    const struct line *line;
    struct words words;
    bool is;

    if (!range || !range_head(lines, head, range))
        return lines_wrong(lines, "the file is too large");
    if (reading->last_range)
        reading->last_range->next = range;
    else
        reading->script->ranges = range;
    reading->last_range = range;
    while (next_words(lines, &line, &words) && !word_is(&words, 0, "RANGE_END")) {
        if (!entry_directive(&reading->entries, &words, &is))
            return false;
        if (is)
            continue;
        if (word_is(&words, 0, "ADDRESS")) {
            if (!range_address(lines, &words, range))
                return false;
        } else if (!word_is(&words, 0, "ENTRY_BEGIN")) {
            return lines_cannot(lines, "%s in a range", words.at[0]);
        } else if (!(*end = entry_read(&reading->entries))) {
            return false;
        } else {
            end = &(*end)->next;
        }
    }
    return line || lines_wrong(lines, "RANGE_END is missing");
}

/* ---- steps ---- */

static bool step_kind(const char *word, enum step_kind *kind)
{
    for (*kind = 0; *kind < STEP_KINDS; (*kind)++)
        if (strcmp(step_names[*kind], word) == 0)
            return true;
    return false;
}

enum follows { FOLLOWS_NOTHING, FOLLOWS_ENTRY, FOLLOWS_FILE };

static enum follows what_follows(enum step_kind kind)
{
    switch (kind) {
    case STEP_QUERY:
    case STEP_CHECK_ANSWER:
    case STEP_CHECK_OUT_QUERY:
    case STEP_REPLY: return FOLLOWS_ENTRY;
    case STEP_CHECK_AUTOTRUST:
    case STEP_CHECK_TEMPFILE: return FOLLOWS_FILE;
    default: return FOLLOWS_NOTHING;
    }
}

static bool read_body(struct script_reading *reading, struct script_step *step)
{
    struct lines *lines = reading->lines;
    enum follows follows = what_follows(step->kind);
    const struct line *line;
    struct words words;
    bool is = true;

    if (follows == FOLLOWS_NOTHING)
        return true;
    while (is) {
        if (!next_words(lines, &line, &words))
            return lines_wrong(lines, "the file ends inside a step");
        if (!entry_directive(&reading->entries, &words, &is))
            return false;
    }
    if (follows == FOLLOWS_FILE)
        return word_is(&words, 0, "FILE_BEGIN")
                   ? script_read_file(lines, step->rest, "FILE_END", &step->file)
                   : lines_wrong(lines, "FILE_BEGIN is missing");
    if (!word_is(&words, 0, "ENTRY_BEGIN"))
        return lines_wrong(lines, "ENTRY_BEGIN is missing");
    step->entry = entry_read(&reading->entries);
    return step->entry != NULL;
}

static bool read_step(struct script_reading *reading, const struct line *line,
                      const struct words *words)
{
    struct lines *lines = reading->lines;
    struct script_step *step = ARENA_NEW(lines->arena, struct script_step);
    unsigned at = 3;

    if (!step)
        return lines_wrong(lines, "the file is too large");
    if (words->count < 3 || !word_number(words->at[1], STEP_MAX, &step->number))
        return lines_wrong(lines, "STEP wants its number and what happens");
    if (!step_kind(words->at[2], &step->kind))
        return lines_cannot(lines, "STEP %s", words->at[2]);
    if (reading->last_step && step->number < reading->last_step->number)
        return lines_wrong(lines, "step %lu comes after step %lu", step->number,
                           reading->last_step->number);
    step->line = line->number;
    if (word_is(words, at, "ADDRESS")) {
        if (at + 1 >= words->count || !read_address(lines, words->at[at + 1], &step->address))
            return lines_wrong(lines, "ADDRESS wants an address");
        at += 2;
    }
    step->rest = words_after(lines, line->text, at);
    if (reading->last_step)
        reading->last_step->next = step;
    else
        reading->script->steps = step;
    reading->last_step = step;
    return step->rest && read_body(reading, step);
}

/* ---- the whole ---- */

static bool read_part(struct script_reading *reading, const struct line *line,
                      const struct words *words)
{
    bool is;

    if (!entry_directive(&reading->entries, words, &is) || is)
        return reading->lines->flaw.kind == FLAW_NONE;
    if (word_is(words, 0, "RANGE_BEGIN"))
        return read_range(reading, words);
    if (word_is(words, 0, "STEP"))
        return read_step(reading, line, words);
    if (word_is(words, 0, "RANGE_END"))
        return true; /* one too many says nothing */
    return lines_cannot(reading->lines, "%s", words->at[0]);
}

bool script_read(struct lines *lines, const struct script_keys *keys, struct script *script)
{
    struct script_reading reading = { .lines = lines, .script = script };
    const struct line *line;
    struct words words;

    *script = (struct script){ .title = "" };
    entry_reading_begin(&reading.entries, lines, keys);
    if (!next_words(lines, &line, &words) || !word_is(&words, 0, "SCENARIO_BEGIN"))
        return lines_wrong(lines, "SCENARIO_BEGIN is missing behind CONFIG_END");
    script->title = words_after(lines, line->text, 1);
    while (next_words(lines, &line, &words)) {
        if (word_is(&words, 0, "SCENARIO_END"))
            return script->title != NULL;
        if (!read_part(&reading, line, &words))
            return false;
    }
    return lines_wrong(lines, "SCENARIO_END is missing");
}
