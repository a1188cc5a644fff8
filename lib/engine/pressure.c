/* What ends when working memory is used up (RULINGS B17, LIMITS F2, G4). */
#include "lib/base/pool.h"
#include "lib/engine/state.h"

/* Of those that may be pushed out, if there are such; of few that take much, any. NULL: none. */
static struct job *oldest_to_end(struct engine *engine, struct instant *since)
{
    struct heap_node *first = heap_first(&engine->yielding);

    if (first) {
        *since = first->at;
        return LIST_OF(first, struct job, seat.yields);
    }
    LIST_EACH(at, &engine->jobs) {
        struct job *job = LIST_OF(at, struct job, all);
        *since = job->since;
        if (!job->internal && list_empty(&job->answering))
            return job;
    }
    return NULL;
}

/* Used up is less than one question may take, so that the one at hand can still go on. One question
 * ends for each event that needs memory, the oldest, with SERVFAIL; where all are young, none, and
 * the newcomer goes without. */
void pressure_relieve(struct engine *engine)
{
    struct instant since;
    struct job *job;

    if (pool_has(engine->pool, engine->limits->job_octets))
        return;
    job = oldest_to_end(engine, &since);
    if (job && instant_ms_between(since, engine->now) >= KEPT_MS)
        job_end_spent(engine, job, cause_of(WHY_NO_MEMORY));
}
