#include "tests/scenario/player/head_plain.h"

#include <stdio.h>
#include <string.h>

enum { COMMON_TEXT = 131072, VALUE_TEXT = 4096, KEY_TEXT = 40 };

/* Where a plain key goes. NULL: nowhere, it changes no answer that is compared. */
struct plain_key {
    const char *key, *clause, *common;
};

static const struct plain_key plain_keys[] = {
    { "do-ip4", "server", "do-ip4" },
    { "do-ip6", "server", "do-ip6" },
    { "do-not-query-localhost", NULL, NULL },
    { "domain-insecure", "server", "domain-insecure" },
    { "forward-addr", "forward-zone", "forward-addr" },
    { "harden-glue", NULL, NULL },
    { "name", NULL, NULL }, /* of the zone of stub-addr */
    { "query-minimization", "server", "qname-minimisation" },
    { "stub-addr", "stub-zone", "stub-addr" },
    { "stub-name", NULL, NULL }, /* the name of that server */
    { "target-fetch-policy", NULL, NULL },
    { "trust-anchor", "server", "trust-anchor" },
    { "val-override-date", "server", "val-override-date" },
    { "val-override-timestamp", "server", "val-override-date" },
};

static const struct plain_key *find_key(const char *key)
{
    for (size_t i = 0; i < sizeof plain_keys / sizeof *plain_keys; i++)
        if (strcmp(plain_keys[i].key, key) == 0)
            return &plain_keys[i];
    return NULL;
}

/* Of what a file asks of its own program in words of its own, these are known here too. */
static const struct plain_key features[] = {
    { "max_ttl", "server", "cache-max-ttl" },
    { "min_ttl", "server", "cache-min-ttl" },
};

/* "features: name = value"; NULL: another one. */
static const struct plain_key *find_feature(const char *key, char value[VALUE_TEXT])
{
    char name[KEY_TEXT];
    int begin = 0;

    if (strcmp(key, "features") != 0 || sscanf(value, "%39[a-z_] = %n", name, &begin) != 1 ||
        begin == 0)
        return NULL;
    for (size_t i = 0; i < sizeof features / sizeof *features; i++)
        if (strcmp(features[i].key, name) == 0) {
            memmove(value, value + begin, strlen(value + begin) + 1);
            return &features[i];
        }
    return NULL;
}

/* "key: value" of a line, without comment and quotes; false: none stands there. */
static bool split(const char *line, char key[KEY_TEXT], char value[VALUE_TEXT])
{
    int begin = 0;

    if (sscanf(line, " %39[a-z0-9-] : %n", key, &begin) != 1 || begin == 0)
        return false;
    line += begin;
    size_t quoted = *line == '"' ? 1 : 0;
    size_t len = strcspn(line + quoted, quoted ? "\"\n" : "#;\r\n");
    while (!quoted && len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
        len--;
    snprintf(value, VALUE_TEXT, "%.*s", (int)len, line + quoted);
    return true;
}

static const char *next_line(const char *text)
{
    const char *end = strchr(text, '\n');
    return end ? end + 1 : text + strlen(text);
}

bool head_plain_is(const char *text)
{
    char key[KEY_TEXT], value[VALUE_TEXT];

    for (; *text; text = next_line(text))
        if (split(text, key, value) && (find_key(key) || strncmp(key, "feature", 7) == 0))
            return true;
    return false;
}

static bool yes(const char *value)
{
    return strcmp(value, "yes") == 0 || strcmp(value, "on") == 0 || strcmp(value, "true") == 0;
}

/* The common form says yes and no; who minimises names says nothing. */
static void add(char *common, size_t *len, const struct plain_key *row, const char *value)
{
    bool flag = strncmp(row->key, "do-ip", 5) == 0 || strncmp(row->key, "query-", 6) == 0;
    bool zone = strcmp(row->clause, "server") != 0;

    *len += (size_t)snprintf(common + *len, COMMON_TEXT - *len, "%s:%s %s: \"%s\"\n", row->clause,
                             zone ? " name: \".\"" : "", row->common,
                             !flag        ? value
                             : yes(value) ? "yes"
                                          : "no");
}

const char *head_plain_to_common(struct lines *lines, const char *text)
{
    char *common = arena_alloc(lines->arena, COMMON_TEXT), key[KEY_TEXT], value[VALUE_TEXT];
    size_t len = 0;

    if (!common)
        return lines_wrong(lines, "the head is too long"), NULL;
    add(common, &len, find_key("query-minimization"), "on");
    for (; *text; text = next_line(text)) {
        if (!split(text, key, value))
            continue;
        const struct plain_key *row = find_key(key);
        if (!row)
            row = find_feature(key, value);
        if (!row)
            return lines_cannot(lines, "%s %.60s", key, value), NULL;
        if (len + strlen(value) + 128 > COMMON_TEXT)
            return lines_wrong(lines, "the head is too long"), NULL;
        if (row->clause)
            add(common, &len, row, value);
    }
    return common;
}

/* EDNS goes with each question, and with its reply as it came. */
void head_plain_apply(struct head *head, struct script *script)
{
    head->options->policy->clock_fixed = false;
    for (struct script_range *range = script->ranges; range; range = range->next)
        for (struct script_entry *entry = range->entries; entry; entry = entry->next)
            entry->adjust |= ADJUST_COPY_EDNS;
    for (struct script_step *step = script->steps; step; step = step->next)
        if (step->kind == STEP_QUERY)
            step->entry->packet.has_options = true;
}
