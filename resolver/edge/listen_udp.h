/* listen_udp - datagrams of clients: in batches to the engine, answers in batches back.
 *
 * Shape    one bound socket; recvmmsg takes up to UDP_BATCH datagrams into receive slots, each goes
 *          to the engine with a send slot as its room. An answer of the same call stands in that
 *          slot already; a later one is copied to one. Slots leave with sendmmsg when they are full
 *          or the turn ends (RULINGS B12, B14). Client numbers are index and generation of a
 *          waiting place.
 * Owns     its slots and waiting places; the fd is taken, and closed at the end or when there is no
 *          memory.
 * Threads  the loop's.
 * Spec     RFC 1035 §4.2.1; LIMITS 4.2: every datagram to a client leaves through one function
 *          here, past udp_gate.
 */
#ifndef CATENA_EDGE_LISTEN_UDP_H
#define CATENA_EDGE_LISTEN_UDP_H

#include "lib/net/loop.h"
#include "resolver/edge/udp_gate.h"

enum { UDP_BATCH = 64 };

struct listen_udp;

struct listen_udp_setup {
    struct loop *loop;
    struct udp_gate *gate; /* of the worker, outlives it */
    int fd;                /* bound, non-blocking */
    bool wildcard;         /* bound to all addresses: answers leave from the one that was asked */
    uint8_t index;         /* of this listener: part of its client numbers */
    size_t waiting_max;
};

struct listen_udp *listen_udp_create(const struct listen_udp_setup *setup);
void listen_udp_destroy(struct listen_udp *listener);
void listen_udp_stop(struct listen_udp *listener); /* reads no more; answers still leave */

void listen_udp_answer(struct listen_udp *listener, const struct answer *answer);
void listen_udp_drop(struct listen_udp *listener, uint64_t client);
void listen_udp_flush(struct listen_udp *listener);

/* Which listener a client number belongs to. */
static inline uint8_t listen_udp_index(uint64_t client)
{
    return (uint8_t)(client >> 48);
}

#endif
