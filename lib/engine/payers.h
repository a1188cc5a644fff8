/* payers - the jobs that a fetch works for, and what they pay for it.
 *
 * Shape    A fetch charges every job that is reached through its waiters (inflight.h), each once:
 *          its budget for all of it, and its share of the processor's time (toll.h).
 * Spec     LIMITS 0.1, E3, 4.2 (second limiter); RULINGS A3.
 */
#ifndef CATENA_ENGINE_PAYERS_H
#define CATENA_ENGINE_PAYERS_H

#include "lib/base/budget.h"
#include "lib/engine/inflight.h"

/* Charges all jobs that wait for `fetch`. False: none of them can pay any more. */
bool payers_charge(struct engine *engine, struct fetch *fetch, enum spend kind, uint32_t amount);

/* The budget of the waiting job that has most left; a tab for validation. False: no job waits. */
bool payers_tab(struct engine *engine, struct fetch *fetch, struct budget *tab);
/* Charges every waiting job what was added to the tab since `before`. False: as payers_charge. */
bool payers_settle(struct engine *engine, struct fetch *fetch, const struct budget *before,
                   const struct budget *after);

/* All jobs that wait for it come after others (toll.h); false where none waits. */
bool payers_are_later(struct engine *engine, struct fetch *fetch);

#endif
