/* From a YAML tree to options: each key finds its row, or an error that names the nearest one. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "resolver/config/table.h"

enum { ARENA_OCTETS = 8 * 1024 * 1024, SHOWN = 128 };

struct parsing {
    struct options *options;
    const char *source; /* names the text in errors */
    const char
        *assigned; /* the key that the whole text is the value of; NULL: keys are in the text */
    char *why;
};

/* ---- errors ---- */

static enum status unknown_key(const struct parsing *p, const char *path, const struct node *node)
{
    struct nearest nearest = nearest_begin(path);

    for (unsigned i = 0; i < option_row_count; i++)
        nearest_offer(&nearest, option_rows[i].path);
    if (nearest.best)
        words_say(p->why, "%.300s:%u:%u: there is no key \"%.127s\"; did you mean \"%s\"?",
                  p->source, node->key_line, node->key_column, path, nearest.best);
    else
        words_say(p->why,
                  "%.300s:%u:%u: there is no key \"%.127s\"; `catena check --sample` lists all",
                  p->source, node->key_line, node->key_column, path);
    return ST_MALFORMED;
}

static const char *show(const struct node *node, char text[SHOWN])
{
    if (node->kind == NODE_SCALAR)
        snprintf(text, SHOWN, strlen(node->text) < 100 ? "\"%s\"" : "\"%.97s...\"", node->text);
    else
        snprintf(text, SHOWN, node->kind == NODE_MAPPING ? "a mapping" : "a list");
    return text;
}

static enum status wrong_value(const struct parsing *p, const struct option_row *row,
                               const struct node *node, const struct complaint *complaint)
{
    const struct node *at = complaint->node ? complaint->node : node;
    const char *detail = complaint->text;
    bool below = at->key && at != node;
    char found[SHOWN];

    if (complaint->about_key)
        words_say(p->why, "%.300s:%u:%u: %s", p->source, at->key_line, at->key_column, detail);
    else
        words_say(p->why, "%.300s:%u:%u: %s%s%.60s: found %s; right would be %s%s%s%s", p->source,
                  at->line, at->column, row->path, below ? "." : "", below ? at->key : "",
                  show(at, found), row->expected, *detail ? " (" : "", detail, *detail ? ")" : "");
    return ST_MALFORMED;
}

static enum status no_section(const struct parsing *p, const char *path, const struct node *node)
{
    words_say(p->why, "%.300s:%u:%u: %s: right would be keys below it, as in %s: {KEY: VALUE}",
              p->source, node->line, node->column, path, path);
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
    words_say(p->why, "%.300s: out of memory", p->source);
    return status;
}

static bool is_empty(const struct node *node)
{
    return node->kind == NODE_SCALAR && node->text[0] == '\0';
}

static enum status apply_key(const struct parsing *p, const char *section, const struct node *node)
{
    char path[2 * SHOWN];
    const struct option_row *row;

    snprintf(path, sizeof path, "%s%s%s", section, *section ? "." : "", node->key);
    row = find_row(path);
    if (row)
        return apply_row(p, row, node);
    if (*section || !is_section(path))
        return unknown_key(p, path, node);
    if (is_empty(node))
        return ST_OK; /* a section with nothing in it */
    if (node->kind != NODE_MAPPING)
        return no_section(p, path, node);
    for (const struct node *at = node->first; at; at = at->next)
        TRY(apply_key(p, path, at));
    return ST_OK;
}

static enum status apply_root(const struct parsing *p, const struct node *root)
{
    if (is_empty(root))
        return ST_OK;
    if (root->kind != NODE_MAPPING) {
        words_say(p->why, "%.300s:%u:%u: right would be keys with values, such as `workers: 2`",
                  p->source, root->line, root->column);
        return ST_MALFORMED;
    }
    for (const struct node *at = root->first; at; at = at->next)
        TRY(apply_key(p, "", at));
    return ST_OK;
}

/* Keys stand below a section, and below a row whose value is a mapping. */
static bool has_keys(const char *section)
{
    const struct option_row *row = find_row(section);
    return row ? row->normal[0] == '{' : is_section(section);
}

/* "a.b=value" is what {a: {b: value}} is in a file. */
static enum status apply_assigned(const struct parsing *p, const struct node *value)
{
    char section[SHOWN];
    const char *dot = strchr(p->assigned, '.');
    struct node inner = *value, outer = { .kind = NODE_MAPPING, .line = 1, .column = 1 };

    inner.key = dot ? dot + 1 : p->assigned;
    inner.key_line = inner.key_column = 1;
    if (!dot)
        return apply_key(p, "", &inner);
    snprintf(section, sizeof section, "%.*s", (int)(dot - p->assigned), p->assigned);
    if (!has_keys(section))
        return unknown_key(p, p->assigned, &inner);
    outer.key = section;
    outer.key_line = outer.key_column = 1;
    outer.first = &inner;
    return apply_key(p, "", &outer);
}

/* ---- texts ---- */

/* The tree lives as long as the options are being read from it. */
static enum status read_text(const struct parsing *p, struct bytes text)
{
    struct pool *pool = pool_create(ARENA_OCTETS);
    struct arena *arena = pool ? arena_create(pool, ARENA_OCTETS) : NULL;
    struct node *root = NULL;
    enum status status = ST_NOMEM;

    words_say(p->why, "%.300s: out of memory", p->source);
    if (arena)
        status = tree_read(text, p->source, arena, &root, p->why);
    if (status == ST_OK)
        status = p->assigned ? apply_assigned(p, root) : apply_root(p, root);
    arena_destroy(arena);
    pool_destroy(pool);
    return status;
}

enum status options_read_text(struct options *options, struct bytes text, const char *source,
                              char why[CONFIG_WHY])
{
    struct parsing p = { options, source, NULL, why };
    return read_text(&p, text);
}

/* Into `room`, which holds TREE_OCTETS_MAX + 1: one octet more shows what is too long. */
static enum status read_all(FILE *file, const char *path, uint8_t *room, struct bytes *text,
                            char why[CONFIG_WHY])
{
    if (!room) {
        words_say(why, "%.300s: out of memory", path);
        return ST_NOMEM;
    }
    *text = (struct bytes){ room, fread(room, 1, TREE_OCTETS_MAX + 1, file) };
    if (!ferror(file))
        return ST_OK;
    words_say(why, "%.300s: %s", path, strerror(errno));
    return ST_IO;
}

enum status options_read_file(struct options *options, const char *path, char why[CONFIG_WHY])
{
    struct bytes text;
    uint8_t *room;
    FILE *file = fopen(path, "re");
    enum status status;

    if (!file) {
        words_say(why, "%.300s: %s; name a readable file with -c", path, strerror(errno));
        return ST_IO;
    }
    room = memory_new(TREE_OCTETS_MAX + 1);
    status = read_all(file, path, room, &text, why);
    fclose(file);
    if (status == ST_OK)
        status = options_read_text(options, text, path, why);
    memory_free(room);
    return status;
}

enum status options_read_assignment(struct options *options, const char *assignment,
                                    char why[CONFIG_WHY])
{
    const char *equals = strchr(assignment, '=');
    size_t len = equals ? (size_t)(equals - assignment) : 0;
    char key[SHOWN], source[SHOWN + 4];
    struct parsing p = { options, source, key, why };

    if (len == 0 || len >= sizeof key) {
        words_say(why, "-o %.100s: right would be KEY=VALUE, such as workers=2", assignment);
        return ST_MALFORMED;
    }
    snprintf(key, sizeof key, "%.*s", (int)len, assignment);
    snprintf(source, sizeof source, "-o %s", key);
    return read_text(&p, (struct bytes){ (const uint8_t *)equals + 1, strlen(equals + 1) });
}

enum status option_defaults(struct options *options, char why[CONFIG_WHY])
{
    for (unsigned i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        struct parsing p = { options, "default", row->path, why };
        TRY(read_text(&p, (struct bytes){ (const uint8_t *)row->normal, strlen(row->normal) }));
    }
    return ST_OK;
}
