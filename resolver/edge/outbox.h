/* outbox - answers over TCP that the system would not take at once.
 *
 * Shape    messages go out whole and in order, each behind its length (RFC 1035 §4.2.2). What the
 *          system takes at once needs no memory of ours; OUTBOX_MAX octets may wait (LIMITS F9).
 * Owns     nothing: the buffer is the connection's, its memory the pool's.
 * Errors   ST_IO: the connection is dead. ST_LIMIT, ST_NOMEM: it has to go.
 */
#ifndef CATENA_EDGE_OUTBOX_H
#define CATENA_EDGE_OUTBOX_H

#include "lib/base/buffer.h"

enum {
    OUTBOX_EASY = 16384, /* beyond it nothing more is asked */
    OUTBOX_MAX = 131072,
    OUTBOX_FAREWELL_MS = 2000 /* what the system has taken reaches the client by then, or never */
};

enum status outbox_send(struct buffer *unsent, struct pool *pool, int fd, struct bytes message)
    MUST_USE;
/* Closes `fd`. With octets unsent the stream is cut anyway: the system keeps none either (F9). Else
 * it goes on sending what it has, as it would to one who never reads for a quarter of an hour. */
void outbox_close(const struct buffer *unsent, int fd);
enum status outbox_write(struct buffer *unsent, struct pool *pool, int fd) MUST_USE;

#endif
