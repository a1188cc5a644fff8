/* tree - a YAML text as a bounded tree with a line and column at every node.
 *
 * Shape    scalars, sequences, mappings; keys in order. At most TREE_OCTETS_MAX of text,
 *          TREE_DEPTH_MAX levels, TREE_EVENTS_MAX events, TREE_KEYS_MAX keys in one mapping.
 *          Aliases, anchors, tags, second documents and doubled keys are errors: the event API sees
 *          them, and the depth is checked at each (RULINGS B25).
 * Owns     its nodes, all in one arena.
 * Errors   ST_MALFORMED, ST_LIMIT, ST_NOMEM with one sentence in `why`.
 */
#ifndef CATENA_CONFIG_TREE_H
#define CATENA_CONFIG_TREE_H

#include "lib/base/arena.h"
#include "lib/base/status.h"
#include "resolver/config/words.h"

enum {
    TREE_OCTETS_MAX = 1024 * 1024,
    TREE_DEPTH_MAX = 8,
    TREE_EVENTS_MAX = 20000,
    TREE_KEYS_MAX = 1000 /* each is held against those before it */
};

enum node_kind { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING };

struct node {
    enum node_kind kind;
    unsigned line, column; /* from 1 */
    const char *key;       /* in a mapping */
    unsigned key_line, key_column;
    const char *text;          /* a scalar's, with its NUL */
    struct node *first, *next; /* children in order */
};

/* `source` names the text in errors: a path, or "-o KEY". An empty text is an empty scalar. */
enum status tree_read(struct bytes text, const char *source, struct arena *arena,
                      struct node **root, char why[CONFIG_WHY]) MUST_USE;

#endif
