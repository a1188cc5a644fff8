/* udp_gate - every datagram to a client passes here on its way out: whole, shortened or not at all.
 *
 * Shape    asks policy/ratelimit, does what it says, counts, and tells the log once each 30 s. A
 *          client whose address is proven does not come here (LIMITS 4.2).
 * Owns     its randomness. Limiter, policy and counters outlive it; the limiter is shared by all
 *          workers.
 * Time     that of the turn: the caller gives it.
 * Threads  one a worker.
 * Spec     LIMITS 4.2; DESIGN 5.
 */
#ifndef CATENA_EDGE_UDP_GATE_H
#define CATENA_EDGE_UDP_GATE_H

#include "lib/base/metrics.h"
#include "lib/base/prng.h"
#include "lib/policy/policy.h"

struct udp_gate {
    struct ratelimit *ratelimit;
    const struct policy *policy; /* the one in force (RULINGS B22) */
    struct metrics *metrics;
    struct prng prng; /* seeded */
};

struct udp_gate_reply {
    const struct endpoint *to;
    const struct ratelimit_keys *keys; /* what udp_gate_expect found, or NULL */
    size_t query_octets;
    uint8_t *message;
    size_t octets;
    struct instant now;
};

/* Before a batch, for each client: a hint, and what the replies to them will need. */
void udp_gate_expect(const struct udp_gate *gate, const struct endpoint *client,
                     struct ratelimit_keys *keys);

/* How many octets of the message, which may be shortened in place, go out; 0: none. */
size_t udp_gate_pass(struct udp_gate *gate, const struct udp_gate_reply *reply);

#endif
