/* toll - what a proven client's questions take of the processor, charged to its network.
 *
 * Shape    All work is weighed (meter.h). What one message takes is charged to who sent it; what
 *          a fetch takes is shared evenly by all jobs that wait for it, directly or not: those
 *          whose address is proven pay their share, those of the others and our own are nobody's.
 *          A job pays at its end, or when it owes TOLL_OWED_NS. Whose network takes too much when
 *          he asks for work is refused it, or gets it after the others: what only such jobs wait
 *          for is verified at the end of each turn, with what verification that left (RULINGS B16),
 *          and never less than TOLL_UNITS. What is known already is told to all alike.
 * Owns     nothing: tolls are part of jobs; cputime outlives the engine.
 * Time     engine->now; processor time comes as EVENT_SPENT.
 * Spec     LIMITS 4.2 (second limiter), SPEC R5.
 */
#ifndef CATENA_ENGINE_TOLL_H
#define CATENA_ENGINE_TOLL_H

#include "lib/base/budget.h"
#include "lib/engine/gate.h"

enum { TOLL_OWED_NS = 100 * 1000, TOLL_UNITS = 5 };

/* A job's. */
struct toll {
    struct cputime_key key; /* room 0: nothing is charged */
    uint32_t owed_ns;       /* by weight */
    bool later, counted;
};

struct fetch;

/* The message is dealt with but for the work it may ask for. */
void toll_message(struct engine *engine, const struct query *query,
                  const struct client_question *question);
/* False: no work is done for this client now. Else toll_leave is owed. */
bool toll_enter(struct engine *engine, const struct query *query,
                const struct client_question *question, struct toll *toll);
void toll_leave(struct engine *engine, struct toll *toll); /* once more does no harm */

/* What an amount of this kind weighs. */
uint64_t toll_weight(enum spend kind, uint32_t amount);
void toll_owe(struct engine *engine, struct toll *toll, uint32_t ns);

/* The fetch has to wait for the end of the turn: it is for those alone who come after all. */
bool toll_waits(struct engine *engine, struct fetch *fetch);

#endif
