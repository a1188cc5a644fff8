/* listen_stream - clients over TCP: framing, pipelining out of order, bounds on all of it.
 *
 * Shape    a listening socket and its connections, which are guests of the worker (company.h).
 *          The first question begins within STREAM_FIRST_MS, a message is complete within
 *          STREAM_MESSAGE_MS of its first octet. Reading stops while limits.tcp_in_flight of them
 *          wait, or OUTBOX_EASY octets are unsent; OUTBOX_MAX close it, and so does what is no
 *          query. Who has no question in flight goes when the crowd's patience is over (LIMITS F9).
 *          Reading pauses when working memory runs out: buffers draw on its pool (RULINGS
 *          B17); then who does not read goes first.
 *          Whose network takes much of the processor stands in the loop's later queue (SPEC R5).
 * Owns     its connections; the fd is taken, and closed at the end or when there is no memory.
 * Threads  the loop's; the crowd is shared.
 * Spec     RFC 7766 §6.2, §7, §8; RFC 9210.
 */
#ifndef CATENA_EDGE_LISTEN_STREAM_H
#define CATENA_EDGE_LISTEN_STREAM_H

#include "lib/net/loop.h"
#include "resolver/edge/company.h"
#include "resolver/edge/stream_gate.h"

enum {
    STREAM_FIRST_MS = 3000, /* SPEC R9 */
    STREAM_MESSAGE_MS = 5000,
    STREAM_STUCK_MS = 200, /* nothing is read, while working memory is low */
    STREAM_MESSAGES = 16,  /* of one connection, before others have their turn */
    STREAM_AGAIN = 4       /* connections a turn whose messages were read before */
};

struct listen_stream;

struct listen_stream_setup {
    struct loop *loop;
    struct company *company;        /* of the worker */
    const struct stream_gate *gate; /* likewise; both outlive it */
    int fd;                         /* listening, non-blocking */
    uint8_t index;                  /* of this listener: part of its client numbers */
};

struct listen_stream *listen_stream_create(const struct listen_stream_setup *setup);
void listen_stream_destroy(struct listen_stream *listener);
void listen_stream_stop(struct listen_stream *listener); /* accepts no more */
/* Accepting rests (doorman.h): a tick is wanted within DOORMAN_PAUSE_MS. */
bool listen_stream_is_paused(const struct listen_stream *listener);

void listen_stream_answer(struct listen_stream *listener, const struct answer *answer);
void listen_stream_drop(struct listen_stream *listener, uint64_t client);
void listen_stream_turn(struct listen_stream *listener); /* at each turn's end */
void listen_stream_tick(struct listen_stream *listener); /* each second or so: what is over goes */

#endif
