/* Names answered here: {name: NAME, type: ..., reason: ...}, records, and what is opened. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "resolver/config/value.h"

/* The index of a word is the value of the enum. */
static const char *const kind_words[] = { "static", "transparent", "redirect", "nxdomain",
                                          "nodata", "refuse",      "drop",     NULL };
static const char *const key_words[] = { "name", "type", "reason", NULL };
static const char *const reason_words[] = { "blocked", "censored", "filtered", NULL };
static const enum why reasons[] = { WHY_LOCAL_BLOCKED, WHY_LOCAL_CENSORED, WHY_LOCAL_FILTERED };

static const char *nearest_of(const char *asked, const char *const *words)
{
    struct nearest nearest = nearest_begin(asked);

    for (unsigned i = 0; words[i]; i++)
        nearest_offer(&nearest, words[i]);
    return nearest.best;
}

static enum status no_such_word(const struct node *node, const char *const *words,
                                struct complaint *complaint)
{
    const char *best = node->kind == NODE_SCALAR ? nearest_of(node->text, words) : NULL;
    char text[128] = "";

    if (best)
        snprintf(text, sizeof text, "did you mean \"%s\"?", best);
    return value_wrong(node, complaint, text);
}

static enum status no_such_key(const struct node *node, struct complaint *complaint)
{
    const char *best = nearest_of(node->key, key_words);

    complaint->node = node;
    complaint->about_key = true;
    snprintf(complaint->text, sizeof complaint->text,
             "a local zone has no key \"%.100s\"; did you mean \"%s\"?", node->key,
             best ? best : "type");
    return ST_MALFORMED;
}

struct entry {
    struct name name;
    unsigned kind, reason;
    bool has_kind, has_reason;
};

static enum status read_key(const struct node *at, struct entry *entry, struct complaint *complaint)
{
    if (strcmp(at->key, "name") == 0) {
        bool is_name = at->kind == NODE_SCALAR && name_from_text(at->text, &entry->name) == ST_OK;
        return is_name ? ST_OK : value_wrong(at, complaint, "no domain name");
    }
    if (strcmp(at->key, "type") == 0) {
        entry->has_kind = value_is_one_of(at, kind_words, &entry->kind);
        return entry->has_kind ? ST_OK : no_such_word(at, kind_words, complaint);
    }
    if (strcmp(at->key, "reason") == 0) {
        entry->has_reason = value_is_one_of(at, reason_words, &entry->reason);
        return entry->has_reason ? ST_OK : no_such_word(at, reason_words, complaint);
    }
    return no_such_key(at, complaint);
}

static enum status add_zone(struct local_tree *tree, const struct node *node,
                            struct complaint *complaint)
{
    struct entry entry = { .name = { .len = 0 } };

    for (const struct node *at = node->kind == NODE_MAPPING ? node->first : NULL; at; at = at->next)
        TRY(read_key(at, &entry, complaint));
    if (entry.name.len == 0 || !entry.has_kind)
        return value_wrong(node, complaint, "name and type are both needed");
    if (entry.has_reason && entry.kind < LOCAL_NXDOMAIN)
        return value_wrong(node, complaint,
                           "a reason is for nxdomain, nodata, refuse and drop alone");
    enum status status =
        localname_add_zone(tree, &entry.name, (enum local_kind)entry.kind, reasons[entry.reason]);
    if (status == ST_MALFORMED)
        return value_wrong(node, complaint, "this zone is there already");
    return status == ST_LIMIT ? value_wrong(node, complaint, "at most 65536 names") : status;
}

enum status value_local_zones(const struct option_row *row, void *field, const struct node *node,
                              struct complaint *complaint)
{
    struct policy *policy = field;

    (void)row;
    local_tree_clear(policy->local, LOCAL_ZONED);
    if (node->kind != NODE_SEQUENCE)
        return ST_MALFORMED;
    for (const struct node *at = node->first; at; at = at->next)
        TRY(add_zone(policy->local, at, complaint));
    return ST_OK;
}

enum status value_local_records(const struct option_row *row, void *field, const struct node *node,
                                struct complaint *complaint)
{
    struct policy *policy = field;
    char why[TEXT_WHY];

    (void)row;
    local_tree_clear(policy->local, LOCAL_WRITTEN);
    if (node->kind != NODE_SEQUENCE)
        return ST_MALFORMED;
    for (const struct node *at = node->first; at; at = at->next) {
        if (at->kind != NODE_SCALAR)
            return value_wrong(at, complaint, "");
        enum status status = localname_add_line(policy->local, LOCAL_WRITTEN, at->text, why);
        if (status != ST_OK)
            return status == ST_NOMEM ? status : value_wrong(at, complaint, why);
    }
    return ST_OK;
}

/* errno says why not; what can be opened may be a directory. */
static bool file_can_be_read(const char *path)
{
    FILE *file = fopen(path, "re");
    bool can = file && (getc(file) != EOF || !ferror(file));
    int error = errno;

    if (file)
        fclose(file);
    errno = error;
    return can;
}

/* Read at the start, once all else is known; but one that cannot be read is told of at once. */
enum status value_hosts(const struct option_row *row, void *field, const struct node *node,
                        struct complaint *complaint)
{
    static const char *const words[] = { "off", "false", "no", "own", NULL };
    struct options *options = field;
    unsigned word;

    if (value_is_one_of(node, words, &word)) {
        options->hosts = word < 3 ? HOSTS_OFF : HOSTS_OWN;
        return ST_OK;
    }
    TRY(value_path(row, options->hosts_file, node, complaint));
    if (!file_can_be_read(options->hosts_file))
        return value_wrong(node, complaint, strerror(errno));
    options->hosts = HOSTS_NAMED;
    return ST_OK;
}

enum status value_hide_private(const struct option_row *row, void *field, const struct node *node,
                               struct complaint *complaint)
{
    static const char *const words[] = { "false", "off", "no", "true", "on", "yes", NULL };
    unsigned word;

    if (!value_is_one_of(node, words, &word))
        return value_acl(row, field, node, complaint);
    acl_clear(field);
    return word < 3 ? ST_OK : acl_add_never_asked(field);
}

enum status value_local_open(const struct option_row *row, void *field, const struct node *node,
                             struct complaint *complaint)
{
    struct policy *policy = field;

    (void)row;
    local_tree_clear(policy->local, LOCAL_OPENED);
    if (node->kind != NODE_SEQUENCE)
        return ST_MALFORMED;
    for (const struct node *at = node->first; at; at = at->next) {
        struct name name;
        if (at->kind != NODE_SCALAR || name_from_text(at->text, &name) != ST_OK)
            return value_wrong(at, complaint, "no domain name");
        if (!localname_has_special(policy->local, &name))
            return value_wrong(at, complaint, "no special-use name is at, above or below it");
        enum status status = localname_open(policy->local, &name);
        if (status == ST_MALFORMED)
            return value_wrong(at, complaint, "this name is there already");
        TRY(status);
    }
    return ST_OK;
}
