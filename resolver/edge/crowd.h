/* crowd - how many clients are connected over TCP, and how long one may do nothing.
 *
 * Shape    limits.tcp_clients connections for the process, limits.tcp_clients_prefix of them for
 *          one IPv4 address or IPv6 /56, times what its network counts for (networks.h), but no
 *          more than a quarter of all. The more there are, the shorter the patience. Each worker
 *          has a part of them: where a newcomer finds nobody beside it who could give up a place,
 *          he is let in for one that the fullest other part owes from then on. So there are never
 *          more too many than there are parts.
 * Owns     nothing: the quota is the process's, the parts are their workers'.
 * Threads  any; crowd_join and crowd_leave from the main thread, while no worker runs.
 * Spec     LIMITS F9, SPEC R9; RFC 7766 §6.1, §6.2.3; RULINGS A20, B34.
 */
#ifndef CATENA_EDGE_CROWD_H
#define CATENA_EDGE_CROWD_H

#include <stdatomic.h>

#include "lib/base/limits.h"
#include "lib/policy/policy.h"
#include "lib/policy/quota.h"

struct crowd_part {
    struct crowd_part *next;
    atomic_uint held;
    atomic_bool owes; /* a place, to one who was let in elsewhere */
};

struct crowd {
    struct quota *quota; /* borrowed */
    atomic_uint count;
    struct crowd_part *parts;
};

enum crowd_answer {
    CROWD_IN,
    CROWD_FULL, /* all places are taken: somebody else would have to go */
    CROWD_OWN   /* this client has all that one may have */
};

/* Who is counted as one client, and for how many. */
struct crowd_client {
    struct quota_place place;
    uint32_t factor;
};

void crowd_join(struct crowd *crowd, struct crowd_part *part);
void crowd_leave(struct crowd *crowd, struct crowd_part *part);

struct crowd_client crowd_client(const struct crowd *crowd, const struct policy *policy,
                                 const struct endpoint *from);
/* How many places it has and will have, CROWD_SHARE each, by what its network counts for. */
enum { CROWD_SHARE = 1 << 20 };
uint64_t crowd_share(const struct crowd *crowd, const struct crowd_client *client, unsigned more);

/* CROWD_IN: crowd_goes with the same `client` is owed. */
enum crowd_answer crowd_comes(struct crowd *crowd, struct crowd_part *part,
                              const struct limits *limits, const struct crowd_client *client);
bool crowd_is_full(const struct crowd *crowd, const struct limits *limits);
/* The fullest other part that owes no place yet; NULL: there is none. */
struct crowd_part *crowd_lender(const struct crowd *crowd, const struct crowd_part *part);
/* After CROWD_FULL: the lender owes a place now. False: there is none. */
bool crowd_borrow(const struct crowd *crowd, const struct crowd_part *part);
/* He is in, for one who is about to go. */
void crowd_comes_instead(struct crowd *crowd, struct crowd_part *part,
                         const struct crowd_client *client);
void crowd_goes(struct crowd *crowd, struct crowd_part *part, const struct crowd_client *client);

/* Whether this part still owes a place; not where there is room for all by now. */
bool crowd_owes(const struct crowd *crowd, struct crowd_part *part, const struct limits *limits);
void crowd_pays(struct crowd_part *part);

/* For how long a connection is kept on which nothing happens. */
uint64_t crowd_patience_ms(const struct crowd *crowd, const struct limits *limits);

#endif
