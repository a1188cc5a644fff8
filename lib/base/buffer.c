#include "lib/base/buffer.h"

#include <assert.h>

enum status buffer_grow(struct buffer *buffer, struct pool *pool, size_t needed, size_t most)
{
    size_t room = 2 * buffer->room < most ? 2 * buffer->room : most;
    struct buffer grown = { .len = buffer->len };

    if (needed <= buffer->room)
        return ST_OK;
    room = room < needed ? needed : room;
    grown.room = (room + POOL_CHUNK - 1) / POOL_CHUNK * POOL_CHUNK;
    grown.at = pool_take(pool, grown.room);
    if (grown.at == NULL)
        return ST_NOMEM;
    if (buffer->len > 0)
        memcpy(grown.at, buffer->at, buffer->len);
    buffer_free(buffer, pool);
    *buffer = grown;
    return ST_OK;
}

enum status buffer_append(struct buffer *buffer, struct pool *pool, struct bytes octets,
                          size_t most)
{
    if (octets.len == 0)
        return ST_OK;
    if (octets.len > most || buffer->len > most - octets.len)
        return ST_LIMIT;
    TRY(buffer_grow(buffer, pool, buffer->len + octets.len, most));
    memcpy(buffer->at + buffer->len, octets.at, octets.len);
    buffer->len += octets.len;
    return ST_OK;
}

void buffer_leave(struct buffer *buffer, struct pool *pool, size_t octets)
{
    assert(octets <= buffer->len);
    buffer->len -= octets;
    if (buffer->len == 0)
        buffer_free(buffer, pool);
    else if (octets > 0)
        memmove(buffer->at, buffer->at + octets, buffer->len);
}

void buffer_free(struct buffer *buffer, struct pool *pool)
{
    pool_give(pool, buffer->at, buffer->room);
    *buffer = (struct buffer){ .at = NULL };
}
