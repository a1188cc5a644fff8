/* checkers - the rules that hold in every run, whatever the network does.
 *
 * Shape    the world calls them; a broken one ends the run with world_fail.
 */
#ifndef CATENA_TESTS_SIM_CHECKERS_H
#define CATENA_TESTS_SIM_CHECKERS_H

#include "tests/sim/world.h"

/* Each query ends once, by its deadline; secure only with a chain; the data is the zone's own. */
void checkers_answer(struct world *world, const struct answer *answer);
void checkers_drop(struct world *world, uint64_t of);
void checkers_all_answered(struct world *world);
/* After each event: what is in flight, sent and open stays within its bounds. */
void checkers_event(struct world *world);
/* Idle means empty: at first but for idle sockets, then altogether. */
void checkers_idle(struct world *world);
void checkers_empty(struct world *world);
/* The client's answer is proven: for innocent jobs beside an attack (RULINGS A2, LIMITS E11). */
void checkers_innocent(struct world *world, size_t number);

#endif
