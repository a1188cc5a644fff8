/* memory - long-lived objects: the only door to the heap outside arenas, pool and store.
 *
 * Threads  any.
 * Errors   NULL: no memory (callers fail their operation, never the process).
 */
#ifndef CATENA_BASE_MEMORY_H
#define CATENA_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memory_new(size_t size);                 /* zeroed */
void *memory_array(size_t count, size_t size); /* zeroed; NULL when count * size overflows */
void *memory_resize(void *block, size_t count, size_t size); /* as realloc; the old stays on NULL */
char *memory_text(const char *text);                         /* a copy with its NUL */
void memory_free(void *block);                               /* NULL is fine */

#ifdef CATENA_TESTING
/* Fault injection (LIMITS G5): of the allocations from now on `succeed` go well and the one after
 * them fails, once; pool and arenas draw on the same door. */
void memory_fail_after(uint64_t succeed);
bool memory_fail_stop(void); /* ends it; true: the failure has struck */
#endif

#endif
