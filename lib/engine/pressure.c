/* What ends when working memory is used up (RULINGS B17, LIMITS F2, G4). */
#include "lib/base/pool.h"
#include "lib/engine/state.h"

enum { KEPT_MS = 200 /* LIMITS F2: a question may not be pushed out sooner */ };

/* Used up is less than one question may take, so that the one at hand can still go on. One question
 * ends for each event that needs memory, the oldest, with SERVFAIL; where all are young, none, and
 * the newcomer goes without. */
void pressure_relieve(struct engine *engine)
{
    if (pool_has(engine->pool, engine->limits->job_octets))
        return;
    LIST_EACH(at, &engine->jobs) {
        struct job *job = LIST_OF(at, struct job, all);
        if (job->internal || !list_empty(&job->answering))
            continue;
        if (instant_ms_between(job->since, engine->now) >= KEPT_MS)
            job_end_spent(engine, job, cause_of(WHY_NO_MEMORY));
        return;
    }
}
