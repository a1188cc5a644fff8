#include "resolver/config/tree.h"

#include <string.h>
#include <yaml.h>

struct builder {
    yaml_parser_t parser;
    struct bytes text;
    const char *source;
    struct arena *arena;
    char *why;
    struct node *open[TREE_DEPTH_MAX]; /* containers we are in, outermost first */
    struct node *last[TREE_DEPTH_MAX]; /* the child added last to each */
    const char *key[TREE_DEPTH_MAX];   /* it waits for its value; NULL: a key comes next */
    yaml_mark_t key_mark[TREE_DEPTH_MAX];
    unsigned depth, events;
    struct node *root;
};

/* ---- errors ---- */

static enum status complain(struct builder *b, yaml_mark_t mark, enum status status,
                            const char *what)
{
    words_say(b->why, "%.300s:%zu:%zu: %s", b->source, mark.line + 1, mark.column + 1, what);
    return status;
}

static enum status too_large(struct builder *b, yaml_mark_t mark)
{
    return complain(b, mark, ST_LIMIT, "the text is too large");
}

/* libyaml tells the offset alone of octets that are no text. */
static yaml_mark_t problem_mark(const struct builder *b)
{
    yaml_mark_t mark = { 0, 0, 0 };

    if (b->parser.error != YAML_READER_ERROR)
        return b->parser.problem_mark;
    for (size_t i = 0; i < b->parser.problem_offset && i < b->text.len; i++) {
        mark.line += b->text.at[i] == '\n';
        mark.column = b->text.at[i] == '\n' ? 0 : mark.column + 1;
    }
    return mark;
}

static enum status not_yaml(struct builder *b)
{
    yaml_mark_t mark = problem_mark(b);

    if (b->parser.error == YAML_MEMORY_ERROR)
        return complain(b, mark, ST_NOMEM, "out of memory");
    words_say(b->why, "%.300s:%zu:%zu: not YAML: %.200s", b->source, mark.line + 1, mark.column + 1,
              b->parser.problem ? b->parser.problem : "it cannot be read");
    return ST_MALFORMED;
}

/* ---- placing a node ---- */

static const char *keep_text(struct builder *b, const yaml_event_t *event)
{
    return arena_copy(b->arena, event->data.scalar.value, event->data.scalar.length + 1);
}

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

static void place(struct builder *b, struct node *node)
{
    if (b->depth == 0) {
        b->root = node;
        return;
    }
    unsigned top = b->depth - 1;
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
}

static bool expects_key(const struct builder *b)
{
    return b->depth > 0 && b->open[b->depth - 1]->kind == NODE_MAPPING && !b->key[b->depth - 1];
}

/* ---- events ---- */

static enum status twice(struct builder *b, yaml_mark_t mark, const struct node *before)
{
    words_say(
        b->why,
        "%.300s:%zu:%zu: the key \"%.100s\" stands here a second time, after line %u: keep one",
        b->source, mark.line + 1, mark.column + 1, before->key, before->key_line);
    return ST_MALFORMED;
}

static enum status take_key(struct builder *b, const yaml_event_t *event)
{
    unsigned top = b->depth - 1, keys = 0;
    const char *key = keep_text(b, event);

    if (!key)
        return too_large(b, event->start_mark);
    for (const struct node *child = b->open[top]->first; child; child = child->next) {
        if (strcmp(child->key, key) == 0)
            return twice(b, event->start_mark, child);
        if (++keys == TREE_KEYS_MAX)
            return complain(b, event->start_mark, ST_LIMIT, "more than 1,000 keys in one place");
    }
    b->key[top] = key;
    b->key_mark[top] = event->start_mark;
    return ST_OK;
}

static enum status plain_only(struct builder *b, const yaml_event_t *event, const void *anchor,
                              const void *tag)
{
    if (anchor)
        return complain(b, event->start_mark, ST_MALFORMED,
                        "YAML anchors (&name) are not used here");
    if (tag)
        return complain(b, event->start_mark, ST_MALFORMED, "YAML tags (!tag) are not used here");
    return ST_OK;
}

static enum status take_scalar(struct builder *b, const yaml_event_t *event)
{
    struct node *node;

    TRY(plain_only(b, event, event->data.scalar.anchor, event->data.scalar.tag));
    if (strlen((const char *)event->data.scalar.value) != event->data.scalar.length)
        return complain(b, event->start_mark, ST_MALFORMED, "a NUL character has no place here");
    if (expects_key(b))
        return take_key(b, event);
    node = new_node(b, NODE_SCALAR, event->start_mark);
    if (!node || !(node->text = keep_text(b, event)))
        return too_large(b, event->start_mark);
    place(b, node);
    return ST_OK;
}

static enum status open_container(struct builder *b, enum node_kind kind, const yaml_event_t *event)
{
    struct node *node;

    if (b->depth == TREE_DEPTH_MAX)
        return complain(b, event->start_mark, ST_LIMIT, "nested deeper than 8 levels");
    if (expects_key(b))
        return complain(b, event->start_mark, ST_MALFORMED, "a key is a plain word");
    node = new_node(b, kind, event->start_mark);
    if (!node)
        return too_large(b, event->start_mark);
    place(b, node);
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
    case YAML_SCALAR_EVENT: return take_scalar(b, event);
    case YAML_SEQUENCE_START_EVENT:
        TRY(plain_only(b, event, event->data.sequence_start.anchor,
                       event->data.sequence_start.tag));
        return open_container(b, NODE_SEQUENCE, event);
    case YAML_MAPPING_START_EVENT:
        TRY(plain_only(b, event, event->data.mapping_start.anchor, event->data.mapping_start.tag));
        return open_container(b, NODE_MAPPING, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: b->depth--; return ST_OK;
    case YAML_ALIAS_EVENT:
        return complain(b, event->start_mark, ST_MALFORMED,
                        "YAML aliases (*name) are not used here");
    case YAML_DOCUMENT_START_EVENT:
        if (b->root)
            return complain(b, event->start_mark, ST_MALFORMED, "a second document begins here");
        return ST_OK;
    default: return ST_OK;
    }
}

/* ---- all of it ---- */

static enum status build(struct builder *b)
{
    bool at_end = false;

    while (!at_end) {
        yaml_event_t event;
        if (!yaml_parser_parse(&b->parser, &event))
            return not_yaml(b);
        enum status status = take_event(b, &event);
        at_end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        if (status != ST_OK)
            return status;
    }
    if (b->root)
        return ST_OK;
    b->root = new_node(b, NODE_SCALAR, (yaml_mark_t){ 0, 0, 0 });
    if (!b->root)
        return too_large(b, (yaml_mark_t){ 0, 0, 0 });
    b->root->text = "";
    return ST_OK;
}

enum status tree_read(struct bytes text, const char *source, struct arena *arena,
                      struct node **root, char why[CONFIG_WHY])
{
    struct builder b = { .text = text, .source = source, .arena = arena, .why = why };
    enum status status;

    if (text.len > TREE_OCTETS_MAX) {
        words_say(why, "%.300s: longer than 1 MiB", source);
        return ST_LIMIT;
    }
    if (!yaml_parser_initialize(&b.parser)) {
        words_say(why, "%.300s: out of memory", source);
        return ST_NOMEM;
    }
    yaml_parser_set_input_string(&b.parser, text.at, text.len);
    status = build(&b);
    yaml_parser_delete(&b.parser);
    if (status == ST_OK)
        *root = b.root;
    return status;
}
