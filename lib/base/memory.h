/* memory - long-lived objects: the only door to the heap outside arenas, pool and store.
 *
 * Errors   NULL: no memory (callers fail their operation, never the process).
 */
#ifndef CATENA_BASE_MEMORY_H
#define CATENA_BASE_MEMORY_H

#include <stddef.h>

void *memory_new(size_t size);                  /* zeroed */
void *memory_array(size_t count, size_t size);  /* zeroed; NULL when count * size overflows */
void *memory_resize(void *block, size_t count, size_t size); /* as realloc; the old stays on NULL */
char *memory_text(const char *text);            /* a copy with its NUL */
void memory_free(void *block);                  /* NULL is fine */

#endif
