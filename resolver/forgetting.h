/* forgetting - what workers knew under an older policy is taken out of their caches.
 *
 * Shape    begun when a policy is released that knows better. Swept once all workers have it, and
 *          again when every question begun before must have ended, for that may have put something
 *          there once more. Where a key is trusted no longer, nothing that is known has a proof:
 *          what it vouched for cannot be told from the rest, and the caches begin anew. Where more
 *          is trusted than before the keys of the anchors' own zones go. What was not validated
 *          below a negative anchor goes with that.
 * Owns     nothing.
 * Time     given.
 * Threads  the main thread alone; the caches are everyone's.
 * Spec     RULINGS A43, RFC 5011 §2.1, RFC 7646 §4.
 */
#ifndef CATENA_RESOLVER_FORGETTING_H
#define CATENA_RESOLVER_FORGETTING_H

#include "lib/cache/caches.h"
#include "lib/policy/policy.h"
#include "resolver/negative_keeper.h"

struct forgetting {
    struct caches *caches;            /* the workers' */
    const struct policy *policy;      /* as configured: whose zones have anchors, and its limits */
    struct negative_keeper *negative; /* NULL: none */
    bool all;
    unsigned sweeps; /* still to be made */
    struct instant sweep_at;
};

enum forget_what { FORGET_KEYS, FORGET_ALL };

void forgetting_begin(struct forgetting *forgetting, enum forget_what what, struct instant now);
/* When all workers have the newest policy, now and then. */
void forgetting_go_on(struct forgetting *forgetting, struct instant now);

#endif
