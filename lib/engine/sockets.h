/* sockets - the engine's numbers for upstream sockets, and which may be used once more.
 *
 * Shape    a number is slot and generation, so an old number names nothing. States: asked (one
 *          outstanding question), late (timed out, only receives), idle (may serve the same server
 *          address again: limits.socket_uses, limits.socket_ms; RULINGS B10). Ports are drawn from
 *          1024 to 65535 less 4791, 11211 and those that are closed: reserved on this machine, or
 *          our own doors (SPEC I4). The last eighth of the table is kept free
 *          of idle ones: while it is touched, the oldest idle sockets are due at once.
 * Owns     its table; limits.upstream_sockets of them at most.
 * Threads  one.
 */
#ifndef CATENA_ENGINE_SOCKETS_H
#define CATENA_ENGINE_SOCKETS_H

#include "lib/engine/exchange.h"

struct fetch;
struct sockets;
struct stream;

/* At least so many ports are drawn from, whatever is closed (LIMITS A1). */
enum { SOCKET_PORTS_MIN = 32768 };

/* NULL: no memory. `closed` leaves SOCKET_PORTS_MIN open; borrowed. `key` hashes server addresses,
 * which zones choose (LIMITS G9). */
struct sockets *sockets_create(const struct limits *limits, const struct ports *closed,
                               const struct siphash_key *key);
void sockets_destroy(struct sockets *sockets);
size_t sockets_open(const struct sockets *sockets);

/* A socket for one question to `server`: an idle UDP one of that server where there is one (`use` =
 * SOCKET_AGAIN), else a new number with a drawn port. ST_LIMIT: too many are open. */
struct socket_wish {
    const struct endpoint *server;
    enum transport via;
    enum socket_use use; /* SOCKET_NEW: a retransmission, never on a used socket */
    struct instant now;
};
enum status sockets_take(struct sockets *sockets, const struct socket_wish *wish, struct prng *prng,
                         struct fetch *fetch, struct socket_grant *grant) MUST_USE;

/* A connection's number names it, and no fetch: its questions are told apart by id (streams.h). */
void sockets_carry(struct sockets *sockets, uint32_t socket, struct stream *stream);
struct stream *sockets_stream(const struct sockets *sockets, uint32_t socket); /* NULL: none */

/* Whose question is outstanding there; NULL: none (old number, idle). */
struct fetch *sockets_fetch(const struct sockets *sockets, uint32_t socket);
bool sockets_exists(const struct sockets *sockets, uint32_t socket);

/* The question was answered: true: kept idle; false: it has served, forget and close it. */
bool sockets_answered(struct sockets *sockets, uint32_t socket, struct instant now);
void sockets_forget(struct sockets *sockets, uint32_t socket); /* the number is gone, close it */

/* RULINGS B10: a second copy of the answer accepted last on this socket is no mismatch. */
void sockets_accepted(struct sockets *sockets, uint32_t socket, struct bytes message);
bool sockets_is_copy(const struct sockets *sockets, uint32_t socket, struct bytes message);

bool sockets_crowded(const struct sockets *sockets); /* what is idle should go */
/* The next idle socket whose time is over, now gone; false: none. And when that will be. */
bool sockets_expire(struct sockets *sockets, struct instant now, uint32_t *socket);
struct instant sockets_deadline(const struct sockets *sockets);

#endif
