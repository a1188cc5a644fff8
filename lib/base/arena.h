/* arena - memory of one job, freed whole.
 *
 * Shape    chunks from the pool; the sum of what was handed out stays under the cap set at birth.
 * Owns     everything allocated from it; nothing in it needs a destructor.
 * Threads  one at a time.
 * Errors   NULL: cap or pool reached. The job is then spent (ST_LIMIT), never aborted.
 */
#ifndef CATENA_BASE_ARENA_H
#define CATENA_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/bytes.h"

struct arena;
struct pool;

struct arena *arena_create(struct pool *pool, size_t cap_octets); /* first chunk taken here */
void arena_destroy(struct arena *arena);                          /* NULL is fine */
/* All that was handed out is gone; the first chunk stays, so this never fails. */
void arena_reset(struct arena *arena);

/* What was handed out since the mark was taken is gone; marks taken since then are void. */
struct arena_mark {
    void *piece;
    uint8_t *at, *end;
    size_t used;
};
struct arena_mark arena_mark(const struct arena *arena);
void arena_release(struct arena *arena, const struct arena_mark *mark);

/* Aligned for any type; not cleared. size 0 yields a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_zero(struct arena *arena, size_t size);                /* cleared */
void *arena_array(struct arena *arena, size_t count, size_t size); /* cleared; NULL on overflow */
void *arena_copy(struct arena *arena, const void *from, size_t size);

size_t arena_used(const struct arena *arena);

#define ARENA_NEW(arena, type)          ((type *)arena_zero((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_array((arena), (count), sizeof(type)))

#endif
