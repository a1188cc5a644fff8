/* time_repair - names that may be looked up unvalidated while the clock is behind: time servers'.
 *
 * Shape    a list of names, each for itself; "*.name" is for all that lie below the name.
 * Threads  any, read only once the policy is in force.
 * Errors   ST_NOMEM.
 * Spec     RULINGS A16, LIMITS H1.
 */
#ifndef CATENA_POLICY_TIME_REPAIR_H
#define CATENA_POLICY_TIME_REPAIR_H

#include "lib/policy/subtree.h"

enum status time_repair_add_builtin(struct subtrees *names) MUST_USE;
bool time_repair_covers(const struct subtrees *names, const struct name *name);

#endif
