/* streams - connections to servers over TCP: which one a question goes to, and who waits on it.
 *
 * Shape    a connection is known by its number in `sockets`, a question on it by its id, which no
 *          other has that is outstanding there (RFC 7766 §6.2.1). With nobody waiting it is idle,
 *          and kept for limits.stream_idle_ms. It takes limits.stream_questions in its life, none
 *          after its end was told, and none when somebody gave up on it and nothing had come since
 *          he asked; then it closes with the last who waits. A question that is given up keeps its
 *          id until its answer comes, which is nobody's.
 *          One server address has limits.server_streams at most. limits.streams are kept: when more
 *          are open, whoever is idle longest closes. That refuses no question: a hundred servers
 *          that say nothing must not take TCP from the others.
 * Owns     its connections, and their numbers in `sockets`, which must live longer.
 * Threads  one.
 * Spec     RFC 7766 §6.2, §7, RFC 9210 §4; SPEC I9.
 */
#ifndef CATENA_ENGINE_STREAMS_H
#define CATENA_ENGINE_STREAMS_H

#include "lib/base/pool.h"
#include "lib/engine/sockets.h"

struct streams;

/* NULL: no memory. While `pool` is low (RULINGS B17) no connection is kept idle: what a server sent
 * unasked may be held for it. `key` hashes server addresses, which zones choose (LIMITS G9). */
struct streams *streams_create(const struct limits *limits, struct sockets *sockets,
                               const struct pool *pool, const struct siphash_key *key);
void streams_destroy(struct streams *streams);

/* A connection with room for a question. SOCKET_AGAIN: one that is open, the one with the fewest
 * waiting; SOCKET_NEW: one of its own, unless the server has as many as it may. ST_BUSY: it has,
 * and none has room; ST_LIMIT: no socket, or no memory. */
struct stream_wish {
    const struct endpoint *server;
    enum socket_use use;
    struct instant now;
};
enum status streams_take(struct streams *streams, const struct stream_wish *wish, struct prng *prng,
                         struct socket_grant *grant) MUST_USE;
/* The question is asked on a connection just taken: by `id`, or by the next that is free there,
 * which is returned. */
uint16_t streams_ask(struct streams *streams, uint32_t socket, struct fetch *fetch, uint16_t id);
/* It goes out now: SOCKET_NEW for the first on its connection. */
enum socket_use streams_send(struct streams *streams, uint32_t socket, uint16_t id);

bool streams_has(const struct streams *streams, uint32_t socket);
bool streams_has_answered(const struct streams *streams, uint32_t socket); /* anything, ever */
/* False: nothing with this id is outstanding there. `*fetch` NULL: it was given up. */
bool streams_find(const struct streams *streams, uint32_t socket, uint16_t id,
                  struct fetch **fetch);

void streams_answered(struct streams *streams, uint32_t socket, uint16_t id, struct instant now);
void streams_give_up(struct streams *streams, uint32_t socket, uint16_t id, struct instant now);
/* The connection is at its end: one of those who wait there, who does so no more; NULL: nobody. */
struct fetch *streams_end(struct streams *streams, uint32_t socket);

/* The next connection to be closed, now gone; false: none. And when that will be. */
bool streams_expire(struct streams *streams, struct instant now, uint32_t *socket);
struct instant streams_deadline(const struct streams *streams);

#endif
