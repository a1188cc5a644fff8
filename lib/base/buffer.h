/* buffer - octets that come and go on a stream, in room from the working-memory pool (RULINGS B17).
 *
 * Shape    len <= room; room is whole chunks of the pool, 0 where there is nothing to hold. All
 *          zero is an empty buffer.
 * Owns     its room until buffer_free, or until the last octet has left.
 * Errors   ST_NOMEM: the pool gives no more; what is held stays.
 */
#ifndef CATENA_BASE_BUFFER_H
#define CATENA_BASE_BUFFER_H

#include "lib/base/bytes.h"
#include "lib/base/pool.h"
#include "lib/base/status.h"

struct buffer {
    uint8_t *at;
    size_t len, room;
};

/* Room for `needed` octets in all; twice as much as there was where that is within `most`, so that
 * what grows by little moves seldom. */
enum status buffer_grow(struct buffer *buffer, struct pool *pool, size_t needed, size_t most)
    MUST_USE;
/* ST_LIMIT: then more than `most` would be held. */
enum status buffer_append(struct buffer *buffer, struct pool *pool, struct bytes octets,
                          size_t most) MUST_USE;
void buffer_leave(struct buffer *buffer, struct pool *pool, size_t octets); /* the first so many */
void buffer_free(struct buffer *buffer, struct pool *pool);

#endif
