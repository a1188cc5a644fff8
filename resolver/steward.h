/* steward - the main thread's own small engine: what this process asks for itself (RULINGS B22).
 *
 * Shape    a loop, an engine with caches of its own, and the keepers' questions one after the
 *          other. Before each its caches keep no more than the way to the zone that is asked about,
 *          so that every set of it comes from its servers. When other keys are trusted than before,
 *          or a negative anchor has ended, a policy that says so is released; what workers knew
 *          under the older one is taken out of their caches (forgetting.h). Other secrets of
 *          cookies are a policy of their own too (cookie_keeper.h). The zone of a
 *          negative anchor validates again when the one answer and the one absence that are asked
 *          for do, in an engine that knows no negative anchor with an end, and no mode but to
 *          validate.
 * Owns     keepers, loop, and its engine with caches and policy. Borrows the setup, which lives on.
 * Time     the loop's, or dnssec.clock where that is fixed.
 * Threads  the main thread alone.
 * Errors   NULL: no memory, or no randomness. Later failures are tried again.
 * Spec     RFC 5011 §2.3, RFC 7646 §4, RFC 8145 §5 (which keys are trusted, told once a day), SPEC
 *          A2, A4, V15.
 */
#ifndef CATENA_RESOLVER_STEWARD_H
#define CATENA_RESOLVER_STEWARD_H

#include "lib/net/loop.h"
#include "resolver/anchor_keeper.h"
#include "resolver/negative_keeper.h"
#include "resolver/rollout.h"

struct steward;

struct steward_setup {
    const struct policy *policy; /* as configured */
    const struct crypto *crypto;
    struct pool *pool;
    struct caches *caches; /* the workers' */
    struct clock_floor clock_floor;
    const struct state_disk *disk;
    const char *directory;   /* of the state; NULL: none is read or kept */
    const char *cookie_file; /* whose secrets policy->cookie_secrets are; NULL: drawn */
    bool auto_update;        /* or else trust anchors stay as they are configured */
};

struct steward *steward_create(const struct steward_setup *setup);
void steward_destroy(struct steward *steward); /* NULL is fine */

/* The policy to begin with, the configured one with the keys that are trusted by now and the
 * negative anchors that have not ended: the caller's. What follows goes to `rollout`, whose first
 * policy it is. NULL: no memory. */
struct policy *steward_first_policy(const struct steward *steward);
void steward_begin(struct steward *steward, struct rollout *rollout);

struct loop *steward_loop(struct steward *steward);
/* sum += what its own engine sent and got, which went by on the wire too. It has no clients. */
void steward_add_up(const struct steward *steward, struct metrics *sum);
/* What is due now: a question, a policy, a file to be written. A few times a second once it has
 * begun. */
void steward_tick(struct steward *steward);

const struct anchor_keeper *steward_keeper(const struct steward *steward);     /* NULL: none */
const struct negative_keeper *steward_negative(const struct steward *steward); /* NULL: none */

#endif
