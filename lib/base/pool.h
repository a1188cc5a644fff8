/* pool - the process's one working-memory pool (RULINGS B17): arenas, receive and stream buffers
 * and unsent answers draw on it.
 *
 * Shape    counts in POOL_CHUNK octets; 0 <= used <= limit. Free single chunks are kept for reuse.
 * Owns     the chunks; whoever took one gives it back with the size it took.
 * Threads  any: counted by atomics, the free list is behind a lock of its own.
 * Errors   NULL: the limit is reached or the system has no memory.
 */
#ifndef CATENA_BASE_POOL_H
#define CATENA_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>

#define POOL_CHUNK ((size_t)4096)

struct pool;

struct pool *pool_create(size_t limit_octets); /* NULL: no memory */
void pool_destroy(struct pool *pool);          /* NULL is fine; all chunks must be back */

/* At least `octets`, rounded up to whole chunks; not cleared. */
void *pool_take(struct pool *pool, size_t octets);
void pool_give(struct pool *pool, void *chunk, size_t octets); /* NULL chunk is fine */

size_t pool_used(const struct pool *pool);
bool pool_has(const struct pool *pool, size_t octets); /* so much is free */
bool pool_low(const struct pool *pool);                /* less than a quarter is free */

#endif
