#include "resolver/config/tree.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

struct builder {
    yaml_parser_t parser;
    const char *source;
    struct arena *arena;
    char *why;
    struct node *open[TREE_DEPTH_MAX];   /* containers we are in, outermost first */
    struct node *last[TREE_DEPTH_MAX];   /* the child added last to each */
    const char *key[TREE_DEPTH_MAX];     /* the key that waits for its value; NULL: a key comes next */
    yaml_mark_t key_mark[TREE_DEPTH_MAX];
    unsigned depth, events;
    struct node *root;
};

static enum status complain(struct builder *b, yaml_mark_t mark, enum status status, const char *what)
{
    snprintf(b->why, TREE_WHY, "%s:%zu:%zu: %s", b->source, mark.line + 1, mark.column + 1, what);
    return status;
}

static const char *keep_text(struct builder *b, const yaml_event_t *event)
{
    return arena_copy(b->arena, event->data.scalar.value, event->data.scalar.length + 1);
}

/* ---- placing a node ---- */

static struct node *new_node(struct builder *b, enum node_kind kind, yaml_mark_t mark)
{
    struct node *node = ARENA_NEW(b->arena, struct node);
    if (!node)
        return NULL;
    node->kind = kind;
    node->line = (unsigned)mark.line + 1;
    node->column = (unsigned)mark.column + 1;
    return node;
}

static enum status place(struct builder *b, struct node *node)
{
    unsigned top = b->depth - 1;

    if (b->depth == 0) {
        b->root = node;
        return ST_OK;
    }
    if (b->open[top]->kind == NODE_MAPPING) {
        node->key = b->key[top];
        node->key_line = (unsigned)b->key_mark[top].line + 1;
        node->key_column = (unsigned)b->key_mark[top].column + 1;
        b->key[top] = NULL;
    }
    if (b->last[top])
        b->last[top]->next = node;
    else
        b->open[top]->first = node;
    b->last[top] = node;
    return ST_OK;
}

static bool expects_key(const struct builder *b)
{
    return b->depth > 0 && b->open[b->depth - 1]->kind == NODE_MAPPING && !b->key[b->depth - 1];
}

static enum status take_key(struct builder *b, const yaml_event_t *event)
{
    unsigned top = b->depth - 1;
    const char *key = keep_text(b, event);

    if (!key)
        return complain(b, event->start_mark, ST_LIMIT, "the text is too large");
    for (const struct node *child = b->open[top]->first; child; child = child->next)
        if (strcmp(child->key, key) == 0) {
            snprintf(b->why, TREE_WHY, "%s:%zu:%zu: the key \"%s\" stands here a second time, after line "
                     "%u: keep one", b->source, event->start_mark.line + 1,
                     event->start_mark.column + 1, key, child->key_line);
            return ST_MALFORMED;
        }
    b->key[top] = key;
    b->key_mark[top] = event->start_mark;
    return ST_OK;
}

static enum status take_scalar(struct builder *b, const yaml_event_t *event)
{
    struct node *node;

    if (event->data.scalar.anchor)
        return complain(b, event->start_mark, ST_MALFORMED, "YAML anchors (&name) are not used here");
    if (event->data.scalar.tag)
        return complain(b, event->start_mark, ST_MALFORMED, "YAML tags (!tag) are not used here");
    if (strlen((const char *)event->data.scalar.value) != event->data.scalar.length)
        return complain(b, event->start_mark, ST_MALFORMED, "a NUL character has no place here");
    if (expects_key(b))
        return take_key(b, event);
    node = new_node(b, NODE_SCALAR, event->start_mark);
    if (!node || !(node->text = keep_text(b, event)))
        return complain(b, event->start_mark, ST_LIMIT, "the text is too large");
    return place(b, node);
}

static enum status open_container(struct builder *b, enum node_kind kind, const yaml_event_t *event)
{
    struct node *node;
    const void *anchor = kind == NODE_MAPPING ? event->data.mapping_start.anchor
                                              : event->data.sequence_start.anchor;
    if (anchor)
        return complain(b, event->start_mark, ST_MALFORMED, "YAML anchors (&name) are not used here");
    if (b->depth == TREE_DEPTH_MAX)
        return complain(b, event->start_mark, ST_LIMIT, "nested deeper than 8 levels");
    if (expects_key(b))
        return complain(b, event->start_mark, ST_MALFORMED, "a key is a plain word");
    node = new_node(b, kind, event->start_mark);
    if (!node)
        return complain(b, event->start_mark, ST_LIMIT, "the text is too large");
    (void)place(b, node) ;
    b->open[b->depth] = node;
    b->last[b->depth] = NULL;
    b->key[b->depth] = NULL;
    b->depth++;
    return ST_OK;
}

static enum status take_event(struct builder *b, const yaml_event_t *event)
{
    if (++b->events > TREE_EVENTS_MAX)
        return complain(b, event->start_mark, ST_LIMIT, "more than 20,000 parts");
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return take_scalar(b, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_container(b, NODE_SEQUENCE, event);
    case YAML_MAPPING_START_EVENT:
        return open_container(b, NODE_MAPPING, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        b->depth--;
        return ST_OK;
    case YAML_ALIAS_EVENT:
        return complain(b, event->start_mark, ST_MALFORMED, "YAML aliases (*name) are not used here");
    case YAML_DOCUMENT_START_EVENT:
        if (b->root)
            return complain(b, event->start_mark, ST_MALFORMED, "a second document begins here");
        return ST_OK;
    default:
        return ST_OK;
    }
}

/* ---- all events ---- */

static enum status build(struct builder *b)
{
    bool at_end = false;

    while (!at_end) {
        yaml_event_t event;
        if (!yaml_parser_parse(&b->parser, &event)) {
            char what[200];
            snprintf(what, sizeof what, "not YAML: %s",
                     b->parser.problem ? b->parser.problem : "it cannot be read");
            return complain(b, b->parser.problem_mark, ST_MALFORMED, what);
        }
        enum status status = take_event(b, &event);
        at_end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        if (status != ST_OK)
            return status;
    }
    if (!b->root)
        b->root = new_node(b, NODE_MAPPING, (yaml_mark_t){ 0, 0, 0 });
    return b->root ? ST_OK : ST_LIMIT;
}

enum status tree_read(struct bytes text, const char *source, struct arena *arena, struct node **root,
                      char why[TREE_WHY])
{
    struct builder b = { .source = source, .arena = arena, .why = why };
    enum status status;

    if (text.len > TREE_OCTETS_MAX) {
        snprintf(why, TREE_WHY, "%s: longer than 1 MiB", source);
        return ST_LIMIT;
    }
    if (!yaml_parser_initialize(&b.parser)) {
        snprintf(why, TREE_WHY, "%s: out of memory", source);
        return ST_NOMEM;
    }
    yaml_parser_set_input_string(&b.parser, text.at, text.len);
    status = build(&b);
    yaml_parser_delete(&b.parser);
    if (status == ST_OK)
        *root = b.root;
    return status;
}
