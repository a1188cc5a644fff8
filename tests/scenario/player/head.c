#include "tests/scenario/player/head.h"

#include <stdio.h>
#include <string.h>

#include "tests/scenario/player/head_common.h"
#include "tests/scenario/player/head_plain.h"

enum { HEAD_TEXT = 65536 };

struct head_reading {
    struct lines *lines;
    struct head *head;
    char *text; /* of the configuration itself, HEAD_TEXT of them */
    size_t len;
    unsigned hints;
    size_t anchors[64], anchor_count; /* their lines: keys may stand behind them */
};

/* ---- the policy to begin with ---- */

static bool set_acl(struct acl *acl)
{
    acl_clear(acl);
    return acl_add_text(acl, "0.0.0.0/0") == ST_OK && acl_add_text(acl, "::/0") == ST_OK;
}

static bool begin(struct head *head)
{
    head->crypto = crypto_create();
    head->keys.keyring = head->crypto ? keyring_create(head->crypto, 64) : NULL;
    head->keys.signer = signer_create();
    head->options = options_create();
    if (!head->keys.keyring || !head->options)
        return false;
    struct policy *policy = head->options->policy;
    anchor_set_destroy(policy->anchors);
    policy->anchors = anchor_set_create();
    acl_clear(&policy->refuse_addresses);
    policy->mixed_case = false;
    policy->priming = false;
    return policy->anchors && set_acl(&policy->allow) && set_acl(&policy->snoop);
}

void head_clear(struct head *head)
{
    options_destroy(head->options);
    keyring_destroy(head->keys.keyring);
    crypto_destroy(head->crypto);
    signer_destroy(head->keys.signer);
    *head = (struct head){ .options = NULL };
}

/* ---- for both forms ---- */

bool head_assign(struct head *head, struct lines *lines, const char *assignment, const char *word)
{
    char why[CONFIG_WHY];

    if (options_read_assignment(head->options, assignment, why) == ST_OK)
        return true;
    return strstr(why, "there is no key") ? lines_cannot(lines, "%s", word)
                                          : lines_wrong(lines, "%s: %s", word, why);
}

bool head_hint(struct head *head, struct lines *lines, const char *name, const char *address)
{
    struct policy *policy = head->options->policy;
    struct hint hint = { .v4.family = 0 };
    struct endpoint endpoint;

    if (name_from_text(name, &hint.name) != ST_OK ||
        endpoint_parse(address, 53, &endpoint) != ST_OK)
        return lines_wrong(lines, "a hint wants a name and an address");
    for (unsigned i = 0; i < policy->hint_count; i++)
        if (name_equal(&policy->hints[i].name, &hint.name)) {
            *(endpoint.family == 4 ? &policy->hints[i].v4 : &policy->hints[i].v6) = endpoint;
            return true;
        }
    if (policy->hint_count == HINTS_MAX)
        return lines_wrong(lines, "more than %d hints", (int)HINTS_MAX);
    *(endpoint.family == 4 ? &hint.v4 : &hint.v6) = endpoint;
    policy->hints[policy->hint_count++] = hint;
    return true;
}

/* ---- words of our own ---- */

static bool add_hint(struct head_reading *reading, const struct words *words)
{
    if (reading->hints++ == 0)
        reading->head->options->policy->hint_count = 0;
    return words->count == 3 ? head_hint(reading->head, reading->lines, words->at[1], words->at[2])
                             : lines_wrong(reading->lines, "HINT wants a name and an address");
}

static bool add_file(struct head_reading *reading, const struct words *words, const char *end,
                     struct script_file **files)
{
    struct script_file *file;

    if (words->count < 2)
        return lines_wrong(reading->lines, "%s wants a name", words->at[0]);
    if (!script_read_file(reading->lines, words->at[1], end, &file))
        return false;
    file->next = *files;
    *files = file;
    return true;
}

/* `is`: the line is one of ours. */
static bool own_line(struct head_reading *reading, const struct words *words, bool *is)
{
    struct lines *lines = reading->lines;
    struct head *head = reading->head;

    *is = true;
    if (word_is(words, 0, "KEY"))
        return keys_add(&head->keys, lines, words);
    if (word_is(words, 0, "HINT"))
        return add_hint(reading, words);
    if (word_is(words, 0, "AUTOTRUST_FILE"))
        return add_file(reading, words, "AUTOTRUST_END", &head->trust_files);
    if (word_is(words, 0, "TEMPFILE_CONTENTS"))
        return add_file(reading, words, "TEMPFILE_END", &head->temp_files);
    if (word_is(words, 0, "TEMPFILE_NAME"))
        return true; /* that there is a file; its contents come under their own word */
    if (word_is(words, 0, "COMMANDLINE"))
        return lines_cannot(lines, "COMMANDLINE");
    if (word_is(words, 0, "ANCHOR")) {
        if (reading->anchor_count == sizeof reading->anchors / sizeof *reading->anchors)
            return lines_wrong(lines, "too many anchors");
        reading->anchors[reading->anchor_count++] = lines->next;
        return true;
    }
    *is = false;
    return true;
}

static bool add_text(struct head_reading *reading, const char *text)
{
    size_t len = strlen(text);

    if (reading->len + len + 2 > HEAD_TEXT)
        return lines_wrong(reading->lines, "the head is too long");
    memcpy(reading->text + reading->len, text, len);
    reading->len += len;
    reading->text[reading->len++] = '\n';
    reading->text[reading->len] = '\0';
    return true;
}

static bool add_anchors(struct head_reading *reading)
{
    struct lines *lines = reading->lines;
    struct head *head = reading->head;
    size_t behind = lines->next;
    struct words words;
    char why[TEXT_WHY];

    for (size_t i = 0; i < reading->anchor_count; i++) {
        lines->next = reading->anchors[i]; /* flaws speak of that line */
        if (!words_split(lines, lines->at[lines->next - 1].text, ";", &words))
            return false;
        const char *line = keys_anchor(&head->keys, lines, &words);
        if (!line)
            return false;
        if (anchor_add_line(head->options->policy->anchors, line, why) != ST_OK)
            return lines_wrong(lines, "no anchor: %s", why);
    }
    lines->next = behind;
    return true;
}

/* ---- the whole ---- */

static bool apply(struct head_reading *reading)
{
    struct head *head = reading->head;
    struct bytes text = { (const uint8_t *)reading->text, reading->len };
    char why[CONFIG_WHY];

    const char *common = reading->text;
    head->common = head_common_is(common);
    head->plain = !head->common && head_plain_is(common);
    if (head->plain && !(common = head_plain_to_common(reading->lines, common)))
        return false;
    head->common |= head->plain;
    head->optional = head->common ? OPTIONAL_MAY_LACK : OPTIONAL_WANTED;
    if (head->common && !head_common_read(head, reading->lines, common))
        return false;
    if (!head->common && options_read_text(head->options, text, "head", why) != ST_OK)
        return strstr(why, "there is no key") ? lines_cannot(reading->lines, "%s", why)
                                              : lines_wrong(reading->lines, "%s", why);
    const struct policy *policy = head->options->policy;
    head->keys.wall = policy->clock_fixed ? policy->clock.s : head->common ? 0 : SCENARIO_WALL;
    return add_anchors(reading);
}

static bool read_lines(struct head_reading *reading)
{
    struct lines *lines = reading->lines;
    const struct line *line;
    struct words words;
    bool is;

    while ((line = lines_next(lines))) {
        if (!words_split(lines, line->text, ";", &words))
            return false;
        if (word_is(&words, 0, "CONFIG_END"))
            return apply(reading);
        if (words.count == 0)
            continue;
        if (!own_line(reading, &words, &is) || (!is && !add_text(reading, line->text)))
            return false;
    }
    return lines_wrong(lines, "CONFIG_END is missing");
}

bool head_read(struct lines *lines, struct head *head)
{
    struct head_reading *reading = ARENA_NEW(lines->arena, struct head_reading);
    char *text = arena_zero(lines->arena, HEAD_TEXT);

    *head = (struct head){ .options = NULL };
    if (!reading || !text || !begin(head))
        return lines_wrong(lines, "no memory");
    *reading = (struct head_reading){ .lines = lines, .head = head, .text = text };
    return read_lines(reading);
}
