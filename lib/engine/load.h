/* load - how much of a zone and to a server is in flight, in the whole process.
 *
 * Shape    A fetch is of the zone at whose cut it is. Once it was there for YOUNG_MS it counts,
 *          until it ends or goes on; of those that count limits.zone_in_flight remain, of the root
 *          and zones of one label limits.top_in_flight. Whoever would be one more ends as he comes
 *          of age, and while so many count nobody new comes in: SERVFAIL for those who wait, and no
 *          fact about a name. A server has limits.server_in_flight questions at once, half as many
 *          for each time that over 30 % of LOAD_WINDOW results were silence, twice as many again
 *          once under 10 % are; he who has as many is passed over. What is in a cache is answered
 *          before any of this. Priming counts nowhere, nor what a forwarder is asked: whoever wrote
 *          it down meant it to get all.
 * Owns     nothing: the counts are the process's, a fetch and an exchange know where they count.
 * Threads  shared counts: of two workers at once one more may come in than there is room for.
 * Spec     LIMITS F1, 0.1 (rows of concurrency); SPEC R3; RULINGS A20, B23.
 */
#ifndef CATENA_ENGINE_LOAD_H
#define CATENA_ENGINE_LOAD_H

#include "lib/base/list.h"
#include "lib/engine/selection.h"

enum {
    YOUNG_MS = 500,
    LOAD_WINDOW = 100,
    LOAD_HALVINGS_MAX = 4 /* so that whoever comes back is asked often enough to be seen */
};

struct fetch;

/* A fetch at its cut. */
struct load {
    struct list young; /* in engine->young while it does not count yet */
    struct instant since;
    struct quota_place zone;
    bool counted;
};

/* False: so many of its zone are in flight that it may not come in. */
bool load_enter_zone(struct engine *engine, struct fetch *fetch);
void load_leave_zone(struct engine *engine, struct fetch *fetch); /* once more does no harm */
void load_age(struct engine *engine);                             /* those come of age count */
struct instant load_deadline(const struct engine *engine);
struct cause load_cause(const struct fetch *fetch, enum why why);

bool load_server_is_full(const struct engine *engine, const struct fetch *fetch,
                         const struct candidate *candidate);
void load_enter_server(struct engine *engine, const struct fetch *fetch, struct exchange *exchange);
void load_leave_server(struct engine *engine, struct exchange *exchange); /* the same */

/* What came of a question. */
void load_answered(struct infra *infra);
void load_timed_out(struct infra *infra);

#endif
