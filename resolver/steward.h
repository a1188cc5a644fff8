/* steward - the main thread's own small engine: what this process asks for itself (RULINGS B22).
 *
 * Shape    a loop, an engine with caches of its own that are emptied before each question, so that
 *          every set comes from its servers, and the keeper's questions one after the other. When
 *          the keeper trusts other keys than before, a policy with them is released; what workers
 *          knew of the zones' keys is taken out of their cache once all of them have it, and again
 *          when every question begun before must have ended.
 * Owns     keeper, loop, and its engine with caches and policy. Borrows the setup, which lives on.
 * Time     the loop's, or dnssec.clock where that is fixed.
 * Threads  the main thread alone.
 * Errors   NULL: no memory, or no randomness. Later failures are tried again.
 * Spec     RFC 5011 §2.3, RFC 8145 §5 (which keys are trusted, told once a day), SPEC A2, A4.
 */
#ifndef CATENA_RESOLVER_STEWARD_H
#define CATENA_RESOLVER_STEWARD_H

#include "lib/net/loop.h"
#include "resolver/anchor_keeper.h"
#include "resolver/rollout.h"

struct steward;

struct steward_setup {
    const struct policy *policy; /* as configured */
    const struct crypto *crypto;
    struct pool *pool;
    struct caches *caches; /* the workers' */
    const struct state_disk *disk;
    const char *directory; /* of the state; NULL: anchors stay as they are configured */
};

struct steward *steward_create(const struct steward_setup *setup);
void steward_destroy(struct steward *steward); /* NULL is fine */

/* The policy to begin with, the configured one with the keys that are trusted by now: the caller's.
 * What follows goes to `rollout`, whose first policy it is. NULL: no memory. */
struct policy *steward_first_policy(const struct steward *steward);
void steward_begin(struct steward *steward, struct rollout *rollout);

struct loop *steward_loop(struct steward *steward);
/* What is due now: a question, a policy, a file to be written. A few times a second. */
void steward_tick(struct steward *steward);

const struct anchor_keeper *steward_keeper(const struct steward *steward); /* NULL: none */

#endif
