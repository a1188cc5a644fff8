#include "lib/base/heap.h"

#include "lib/base/memory.h"

enum { ROOM_AT_FIRST = 16 };

void heap_init(struct heap *heap, size_t max)
{
    *heap = (struct heap){ .max = max };
}

void heap_clear(struct heap *heap)
{
    for (size_t i = 0; i < heap->count; i++)
        heap->nodes[i]->slot = HEAP_OUT;
    memory_free(heap->nodes);
    heap_init(heap, heap->max);
}

/* Also true to a node of zeros, which nobody marked out. */
static bool is_in(const struct heap *heap, const struct heap_node *node)
{
    return node->slot < heap->count && heap->nodes[node->slot] == node;
}

static bool comes_first(const struct heap_node *a, const struct heap_node *b)
{
    return a->at.ns != b->at.ns ? a->at.ns < b->at.ns : a->turn < b->turn;
}

static void place(struct heap *heap, size_t slot, struct heap_node *node)
{
    heap->nodes[slot] = node;
    node->slot = slot;
}

/* Moves `node`, whose place is `slot`, up past all that come after it. */
static void rise(struct heap *heap, size_t slot, struct heap_node *node)
{
    while (slot > 0 && comes_first(node, heap->nodes[(slot - 1) / 2])) {
        place(heap, slot, heap->nodes[(slot - 1) / 2]);
        slot = (slot - 1) / 2;
    }
    place(heap, slot, node);
}

static void sink(struct heap *heap, size_t slot, struct heap_node *node)
{
    for (size_t child; (child = 2 * slot + 1) < heap->count; slot = child) {
        if (child + 1 < heap->count && comes_first(heap->nodes[child + 1], heap->nodes[child]))
            child++;
        if (!comes_first(heap->nodes[child], node))
            break;
        place(heap, slot, heap->nodes[child]);
    }
    place(heap, slot, node);
}

static void settle(struct heap *heap, size_t slot, struct heap_node *node)
{
    if (slot > 0 && comes_first(node, heap->nodes[(slot - 1) / 2]))
        rise(heap, slot, node);
    else
        sink(heap, slot, node);
}

static enum status make_room(struct heap *heap)
{
    if (heap->count >= heap->max)
        return ST_LIMIT;
    if (heap->count < heap->room)
        return ST_OK;
    size_t room = heap->room == 0 ? ROOM_AT_FIRST : 2 * heap->room;
    struct heap_node **nodes = memory_resize(heap->nodes, room, sizeof(struct heap_node *));
    if (nodes == NULL)
        return ST_NOMEM;
    heap->nodes = nodes;
    heap->room = room;
    return ST_OK;
}

enum status heap_set(struct heap *heap, struct heap_node *node, struct instant at)
{
    size_t slot = node->slot;
    if (!is_in(heap, node)) {
        TRY(make_room(heap));
        slot = heap->count++;
    }
    node->at = at;
    node->turn = heap->turn++;
    settle(heap, slot, node);
    return ST_OK;
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    if (is_in(heap, node)) {
        struct heap_node *last = heap->nodes[--heap->count];
        if (last != node)
            settle(heap, node->slot, last);
    }
    node->slot = HEAP_OUT;
}

struct heap_node *heap_first(const struct heap *heap)
{
    return heap->count > 0 ? heap->nodes[0] : NULL;
}
