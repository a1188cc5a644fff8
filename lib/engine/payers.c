#include "lib/engine/payers.h"

#include "lib/engine/state.h"

/* The jobs that wait for a fetch, directly or through other fetches; each once, as it waits for one
 * fetch. It is always walked to its end, since fetches are linked into it meanwhile. */
struct walk_up {
    struct engine *engine;
    struct list frontier;
    struct fetch *at;
    struct list *edge; /* of at->waiters: the next one */
};

static void walk_begin(struct walk_up *up, struct engine *engine, struct fetch *fetch)
{
    up->engine = engine;
    up->at = NULL;
    list_init(&up->frontier);
    engine->mark++;
    inflight_visit(engine, &up->frontier, fetch);
}

/* The next waiter of the present fetch, or the first of the next one. NULL: there is none left. */
static struct wait *walk_edge(struct walk_up *up)
{
    while (!up->at || up->edge == &up->at->waiters) {
        struct list *node = list_pop(&up->frontier);
        if (!node)
            return NULL;
        up->at = LIST_OF(node, struct fetch, traversal);
        up->edge = up->at->waiters.next;
    }
    struct wait *wait = LIST_OF(up->edge, struct wait, of_waited);
    up->edge = up->edge->next;
    return wait;
}

static struct job *walk_next(struct walk_up *up)
{
    struct engine *engine = up->engine;
    struct wait *wait;

    while ((wait = walk_edge(up))) {
        if (!wait->waiter)
            return wait->job;
        inflight_visit(engine, &up->frontier, wait->waiter);
    }
    return NULL;
}

/* ---- paying ---- */

/* A job that can pay no more is answered by the engine once the present step has ended. */
static bool still_pays(struct engine *engine, struct job *job)
{
    if (!budget_is_over(&job->budget))
        return true;
    if (list_empty(&job->over))
        list_push(&engine->over, &job->over);
    return false;
}

bool payers_are_later(struct engine *engine, struct fetch *fetch)
{
    struct walk_up up;
    struct job *job;
    unsigned jobs = 0, later = 0;

    walk_begin(&up, engine, fetch);
    for (; (job = walk_next(&up)); jobs++)
        later += job->toll.later;
    return jobs > 0 && later == jobs;
}

/* Who waits with others pays his share of the processor's time (toll.h). */
static void share_toll(struct engine *engine, struct fetch *fetch, uint64_t ns)
{
    struct walk_up up;
    struct job *job;
    uint32_t jobs = 0;

    meter_weigh(&engine->meter, ns);
    if (engine->paying_jobs == 0 || ns == 0)
        return;
    walk_begin(&up, engine, fetch);
    while (walk_next(&up))
        jobs++;
    walk_begin(&up, engine, fetch);
    while ((job = walk_next(&up)))
        toll_owe(engine, &job->toll, (uint32_t)(ns / jobs));
}

bool payers_charge(struct engine *engine, struct fetch *fetch, enum spend kind, uint32_t amount)
{
    struct walk_up up;
    struct job *job;
    bool paid = false;

    share_toll(engine, fetch, toll_weight(kind, amount));
    walk_begin(&up, engine, fetch);
    while ((job = walk_next(&up))) {
        (void)!budget_spend(&job->budget, kind, amount);
        paid = still_pays(engine, job) || paid;
    }
    return paid;
}

static void pay_tab(struct job *job, const struct budget *before, const struct budget *after)
{
    for (int kind = 0; kind < SPEND_KINDS && !budget_is_over(&job->budget); kind++) {
        uint32_t more = after->spent[kind] - before->spent[kind];
        if (more > 0)
            (void)!budget_spend(&job->budget, (enum spend)kind, more);
    }
}

static uint64_t tab_weight(const struct budget *before, const struct budget *after)
{
    uint64_t ns = 0;

    for (int kind = 0; kind < SPEND_KINDS; kind++)
        ns += toll_weight((enum spend)kind, after->spent[kind] - before->spent[kind]);
    return ns;
}

bool payers_settle(struct engine *engine, struct fetch *fetch, const struct budget *before,
                   const struct budget *after)
{
    struct walk_up up;
    struct job *job;
    bool paid = false;

    share_toll(engine, fetch, tab_weight(before, after));
    walk_begin(&up, engine, fetch);
    while ((job = walk_next(&up))) {
        pay_tab(job, before, after);
        paid = still_pays(engine, job) || paid;
    }
    return paid;
}

/* For each kind the most that any waiting job has left: work goes on while someone can pay it. */
bool payers_tab(struct engine *engine, struct fetch *fetch, struct budget *tab)
{
    struct walk_up up;
    struct job *job;
    bool found = false;

    walk_begin(&up, engine, fetch);
    while ((job = walk_next(&up))) {
        if (budget_is_over(&job->budget))
            continue;
        if (!found)
            *tab = job->budget;
        for (int kind = 0; kind < SPEND_KINDS; kind++)
            if (job->budget.spent[kind] < tab->spent[kind])
                tab->spent[kind] = job->budget.spent[kind];
        found = true;
    }
    return found;
}
