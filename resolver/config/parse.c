/* From a YAML tree to options: each key finds its row, or an error that names the nearest one. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "resolver/config/table.h"

enum { PATH_OCTETS = 128, ARENA_OCTETS = 8 * 1024 * 1024, SUGGEST_DISTANCE = 4 };

struct parsing {
    struct options *options;
    const char *source;
    char *why;
};

/* ---- the nearest key ---- */

static unsigned least_of(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;
    return least < c ? least : c;
}

/* Edit distance (Levenshtein); both texts are under PATH_OCTETS. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[PATH_OCTETS + 1];
    size_t len = strlen(b);

    for (unsigned j = 0; j <= len; j++)
        row[j] = j;
    for (unsigned i = 1; a[i - 1]; i++) {
        unsigned before = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= len; j++) {
            unsigned above = row[j];
            row[j] = least_of(row[j] + 1, row[j - 1] + 1, before + (a[i - 1] != b[j - 1]));
            before = above;
        }
    }
    return row[len];
}

static const char *nearest(const char *path)
{
    const char *best = NULL;
    unsigned best_distance = SUGGEST_DISTANCE + 1;

    for (unsigned i = 0; i < option_row_count && strlen(path) < PATH_OCTETS; i++) {
        const char *dot = strrchr(option_rows[i].path, '.');
        unsigned whole = distance(path, option_rows[i].path);
        unsigned last = dot ? distance(path, dot + 1) : whole; /* a key without its section */
        unsigned own = whole < last ? whole : last;
        if (own < best_distance) {
            best_distance = own;
            best = option_rows[i].path;
        }
    }
    return best;
}

/* ---- errors ---- */

static enum status unknown_key(const struct parsing *p, const char *path, const struct node *node)
{
    const char *near = nearest(path);
    char shown[PATH_OCTETS];

    log_escape(shown, sizeof shown, path, strlen(path));
    if (near)
        snprintf(p->why, CONFIG_WHY, "%s:%u:%u: there is no key \"%s\"; did you mean \"%s\"?", p->source,
                 node->key_line, node->key_column, shown, near);
    else
        snprintf(p->why, CONFIG_WHY, "%s:%u:%u: there is no key \"%s\"; `catena check --sample` lists all",
                 p->source, node->key_line, node->key_column, shown);
    return ST_MALFORMED;
}

static enum status wrong_value(const struct parsing *p, const struct option_row *row,
                               const struct node *node, const struct complaint *complaint)
{
    const struct node *at = complaint->node ? complaint->node : node;
    const char *detail = complaint->text;
    char found[PATH_OCTETS] = "a list";

    if (at->kind == NODE_SCALAR)
        log_escape(found, sizeof found, at->text, strlen(at->text));
    else if (at->kind == NODE_MAPPING)
        snprintf(found, sizeof found, "a mapping");
    snprintf(p->why, CONFIG_WHY, "%s:%u:%u: %s%s%s: found %s%s%s; right would be %s%s%s%s", p->source,
             at->line, at->column, row->path, at->key && at != node ? "." : "",
             at->key && at != node ? at->key : "", at->kind == NODE_SCALAR ? "\"" : "", found,
             at->kind == NODE_SCALAR ? "\"" : "", row->expected, *detail ? " (" : "", detail,
             *detail ? ")" : "");
    return ST_MALFORMED;
}

/* ---- applying ---- */

static const struct option_row *find_row(const char *path)
{
    for (unsigned i = 0; i < option_row_count; i++)
        if (strcmp(option_rows[i].path, path) == 0)
            return &option_rows[i];
    return NULL;
}

static bool is_section(const char *path)
{
    size_t len = strlen(path);
    for (unsigned i = 0; i < option_row_count; i++)
        if (strncmp(option_rows[i].path, path, len) == 0 && option_rows[i].path[len] == '.')
            return true;
    return false;
}

static enum status apply_row(const struct parsing *p, const struct option_row *row,
                             const struct node *node)
{
    struct complaint complaint = { .node = NULL };
    enum status status = row->set(row, row->field(p->options), node, &complaint);
    if (status == ST_OK)
        return ST_OK;
    if (status != ST_NOMEM)
        return wrong_value(p, row, node, &complaint);
    snprintf(p->why, CONFIG_WHY, "%s: out of memory", p->source);
    return status;
}

static enum status apply_key(const struct parsing *p, const char *section, const struct node *node)
{
    char path[2 * PATH_OCTETS];
    const struct option_row *row;

    snprintf(path, sizeof path, "%s%s%s", section, *section ? "." : "", node->key);
    row = find_row(path);
    if (row)
        return apply_row(p, row, node);
    if (*section || !is_section(path))
        return unknown_key(p, path, node);
    if (node->kind == NODE_SCALAR && node->text[0] == '\0')
        return ST_OK; /* a section with nothing in it */
    if (node->kind != NODE_MAPPING) {
        snprintf(p->why, CONFIG_WHY, "%s:%u:%u: %.60s: right would be keys below it, as in %.60s: {KEY: VALUE}",
                 p->source, node->line, node->column, path, path);
        return ST_MALFORMED;
    }
    for (const struct node *at = node->first; at; at = at->next)
        TRY(apply_key(p, path, at));
    return ST_OK;
}

static enum status apply_root(const struct parsing *p, const struct node *root)
{
    if (root->kind == NODE_SCALAR && root->text[0] == '\0')
        return ST_OK;
    if (root->kind != NODE_MAPPING) {
        snprintf(p->why, CONFIG_WHY, "%s:%u:%u: right would be keys with values, such as `workers: 2`",
                 p->source, root->line, root->column);
        return ST_MALFORMED;
    }
    for (const struct node *at = root->first; at; at = at->next)
        TRY(apply_key(p, "", at));
    return ST_OK;
}

/* ---- texts ---- */

/* A tree lives as long as the options are being read from it: `use` gets its root. */
static enum status with_tree(const struct parsing *p, struct bytes text,
                             enum status (*use)(const struct parsing *p, const struct node *root))
{
    struct pool *pool = pool_create(ARENA_OCTETS);
    struct arena *arena = pool ? arena_create(pool, ARENA_OCTETS) : NULL;
    struct node *root;
    enum status status = ST_NOMEM;

    snprintf(p->why, CONFIG_WHY, "%s: out of memory", p->source);
    if (arena)
        status = tree_read(text, p->source, arena, &root, p->why);
    if (status == ST_OK)
        status = use(p, root);
    arena_destroy(arena);
    pool_destroy(pool);
    return status;
}

static enum status read_all(FILE *file, const char *path, struct bytes *text, char why[CONFIG_WHY])
{
    uint8_t *room = memory_new(TREE_OCTETS_MAX + 1);

    if (!room) {
        snprintf(why, CONFIG_WHY, "%s: out of memory", path);
        return ST_NOMEM;
    }
    text->at = room;
    text->len = fread(room, 1, TREE_OCTETS_MAX + 1, file);
    if (!ferror(file))
        return ST_OK;
    snprintf(why, CONFIG_WHY, "%s: %s", path, strerror(errno));
    memory_free(room);
    return ST_IO;
}

enum status options_read_file(struct options *options, const char *path, char why[CONFIG_WHY])
{
    struct parsing p = { options, path, why };
    struct bytes text;
    FILE *file = fopen(path, "re");
    enum status status;

    if (!file) {
        snprintf(why, CONFIG_WHY, "%s: %s; name a readable file with -c", path, strerror(errno));
        return ST_IO;
    }
    status = read_all(file, path, &text, why);
    fclose(file);
    if (status != ST_OK)
        return status;
    status = with_tree(&p, text, apply_root);
    memory_free((void *)(uintptr_t)text.at);
    return status;
}

/* "a.b=value": the value is read as YAML and applied at a.b. */
static enum status apply_assigned(const struct parsing *p, const struct node *root)
{
    struct node value = *root;
    const struct option_row *row = find_row(p->source);

    value.key = p->source;
    value.key_line = value.key_column = 1;
    return row ? apply_row(p, row, &value) : unknown_key(p, p->source, &value);
}

enum status options_read_assignment(struct options *options, const char *assignment,
                                    char why[CONFIG_WHY])
{
    const char *equals = strchr(assignment, '=');
    char path[PATH_OCTETS];
    struct parsing p = { options, path, why };

    if (!equals || equals == assignment || (size_t)(equals - assignment) >= sizeof path) {
        snprintf(why, CONFIG_WHY, "-o %.100s: right would be KEY=VALUE, such as workers=2", assignment);
        return ST_MALFORMED;
    }
    memcpy(path, assignment, (size_t)(equals - assignment));
    path[equals - assignment] = '\0';
    struct bytes text = { (const uint8_t *)equals + 1, strlen(equals + 1) };
    return with_tree(&p, text, apply_assigned);
}

enum status option_defaults(struct options *options, char why[CONFIG_WHY])
{
    for (unsigned i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        struct parsing p = { options, row->path, why };
        struct bytes text = { (const uint8_t *)row->normal, strlen(row->normal) };
        TRY(with_tree(&p, text, apply_assigned));
    }
    return ST_OK;
}

/* ---- the sample ---- */

void options_print_sample(FILE *into)
{
    char section[PATH_OCTETS] = "";

    fprintf(into, "# catena.yaml: every key with its default. No file is needed at all.\n");
    for (unsigned i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        const char *dot = strchr(row->path, '.');
        size_t len = dot ? (size_t)(dot - row->path) : 0;
        if (dot && (strncmp(section, row->path, len) != 0 || section[len] != '\0')) {
            snprintf(section, sizeof section, "%.*s", (int)len, row->path);
            fprintf(into, "%s:\n", section);
        }
        fprintf(into, "%s# %s: %s\n", dot ? "  " : "", row->help, row->expected);
        fprintf(into, "%s%s: %s\n", dot ? "  " : "", dot ? dot + 1 : row->path, row->normal);
    }
}
