/* crowd - how many clients are connected over TCP, and how long one may do nothing.
 *
 * Shape    limits.tcp_clients connections for the process, limits.tcp_clients_prefix of them for
 *          one IPv4 address or IPv6 /56. The more there are, the shorter the patience.
 * Owns     nothing: the quota is the process's.
 * Threads  any; all listeners share one.
 * Spec     LIMITS F9, SPEC R9; RFC 7766 §6.1, §6.2.3; RULINGS B34.
 */
#ifndef CATENA_EDGE_CROWD_H
#define CATENA_EDGE_CROWD_H

#include <stdatomic.h>

#include "lib/base/limits.h"
#include "lib/policy/quota.h"

struct crowd {
    struct quota *quota; /* borrowed */
    atomic_uint count;
};

enum crowd_answer {
    CROWD_IN,
    CROWD_FULL, /* all places are taken: somebody else would have to go */
    CROWD_OWN   /* this client has all that one may have */
};

/* CROWD_IN: crowd_leave with the same `place` is owed. */
enum crowd_answer crowd_enter(struct crowd *crowd, const struct limits *limits,
                              const struct endpoint *client, struct quota_place *place);
void crowd_leave(struct crowd *crowd, struct quota_place place);

/* For how long a connection is kept on which nothing happens. */
uint64_t crowd_patience_ms(const struct crowd *crowd, const struct limits *limits);

#endif
