/* heap - deadlines in order: an intrusive binary heap over a growing array of pointers.
 *
 * Shape    heap[0] has the earliest instant; equal instants come out in order of insertion, so that
 *          runs repeat. A node knows its place; `slot` is HEAP_OUT when it is in no heap.
 * Owns     its array; nodes belong to the caller and live on while they are in.
 * Errors   ST_LIMIT: `max` nodes are in; ST_NOMEM.
 */
#ifndef CATENA_BASE_HEAP_H
#define CATENA_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/instant.h"
#include "lib/base/status.h"

#define HEAP_OUT SIZE_MAX

struct heap_node {
    struct instant at;
    uint64_t turn; /* order of insertion, the heap's own */
    size_t slot;
};

struct heap {
    struct heap_node **nodes;
    size_t count, room, max;
    uint64_t turn;
};

#define HEAP_NODE_OUT ((struct heap_node){ .slot = HEAP_OUT })

void heap_init(struct heap *heap, size_t max);
void heap_clear(struct heap *heap); /* frees the array; the nodes are marked out */

/* Inserts, or moves when it is already in. */
enum status heap_set(struct heap *heap, struct heap_node *node, struct instant at) MUST_USE;
void heap_remove(struct heap *heap, struct heap_node *node); /* fine when it is out */
struct heap_node *heap_first(const struct heap *heap);       /* NULL when empty */

#endif
