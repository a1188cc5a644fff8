/* listen_stream - clients over TCP: framing, pipelining out of order, bounds on all of it.
 *
 * Shape    a listening socket and its connections; limits.tcp_clients of them share the process by
 *          way of `connections`. A message is complete within STREAM_MESSAGE_MS of its first octet;
 *          limits.tcp_in_flight questions wait at most, then reading stops; STREAM_UNSENT_MAX
 *          octets unsent close the connection; idle ones go after limits.tcp_idle_ms, sooner when
 *          many are open (LIMITS F9). Accepting pauses when file descriptors run out, reading when
 *          working memory does: buffers draw on its pool (RULINGS B17).
 * Owns     its connections; the fd is taken, and closed at the end or when there is no memory.
 * Threads  the loop's; `connections` is counted by atomics.
 * Spec     RFC 7766 §6.2, §7, §8; RFC 9210.
 */
#ifndef CATENA_EDGE_LISTEN_STREAM_H
#define CATENA_EDGE_LISTEN_STREAM_H

#include <stdatomic.h>

#include "lib/net/loop.h"

enum { STREAM_MESSAGE_MS = 5000, STREAM_UNSENT_MAX = 131072, STREAM_ACCEPTS = 16 };

struct listen_stream;

struct listen_stream_setup {
    struct loop *loop;
    const struct limits *limits;
    atomic_uint *connections; /* of the process */
    int fd;                   /* listening, non-blocking */
    uint8_t index;            /* of this listener: part of its client numbers */
};

struct listen_stream *listen_stream_create(const struct listen_stream_setup *setup);
void listen_stream_destroy(struct listen_stream *listener);
void listen_stream_stop(struct listen_stream *listener); /* accepts no more */

void listen_stream_answer(struct listen_stream *listener, const struct answer *answer);
void listen_stream_drop(struct listen_stream *listener, uint64_t client);
void listen_stream_turn(struct listen_stream *listener); /* at each turn's end */
void listen_stream_tick(struct listen_stream *listener); /* each second or so: what is over goes */

#endif
