/* rollout - the policy in force, and when an older one may go.
 *
 * Shape    policies are numbered from 0, the first one's number. To change something: draft a copy
 *          of the newest, change it, release it: it is posted to every worker, and each that is
 *          older is freed once all workers have reached a higher number (RULINGS B22).
 * Owns     every policy that was released; the first belongs to the caller and outlives the
 *          workers, whose limits it holds.
 * Threads  the main thread alone.
 * Errors   ST_BUSY: ROLLOUT_MAX policies are still looked at by some worker; the draft stays with
 *          the caller, who tries again later.
 */
#ifndef CATENA_ROLLOUT_H
#define CATENA_ROLLOUT_H

#include "resolver/worker.h"

enum { ROLLOUT_MAX = 8 };

struct rollout;

/* `workers` is a list of `count` that are there when something is released; NULL: no memory. */
struct rollout *rollout_create(const struct policy *first, struct worker *const *workers,
                               unsigned count);
void rollout_destroy(struct rollout *rollout); /* when no worker runs any more */

const struct policy *rollout_newest(const struct rollout *rollout);
struct policy *rollout_draft(const struct rollout *rollout); /* the caller's; NULL: no memory */
enum status rollout_release(struct rollout *rollout, struct policy *draft) MUST_USE; /* takes */

/* Posts again where a mailbox was full, frees what nobody looks at. True: every worker has the
 * newest, so that what it knew under an older one may be taken out of the caches. */
bool rollout_settle(struct rollout *rollout);

#endif
