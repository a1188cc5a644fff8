#include "lib/engine/inflight.h"

#include "lib/base/must.h"
#include "lib/engine/state.h"

/* ---- edges ---- */

void wait_lay(struct wait *wait, struct fetch *waited, struct fetch *waiter, struct job *job)
{
    list_init(&wait->of_waited);
    list_init(&wait->of_waiter);
    wait->waited = waited;
    wait->waiter = waiter;
    wait->job = job;
    list_push(&waited->waiters, &wait->of_waited);
    if (waiter)
        list_push(&waiter->needs, &wait->of_waiter);
}

void wait_lift(struct wait *wait)
{
    if (!wait->waited)
        return;
    list_remove(&wait->of_waited);
    list_remove(&wait->of_waiter);
    wait->waited = NULL;
}

static uint64_t key_hash(const struct engine *engine, const struct fetch_key *key)
{
    uint64_t hash = name_hash(key->name, &engine->hash_key);
    uint64_t rest = (uint64_t)key->type << 16 | (uint64_t)key->purpose << 8 | (uint64_t)key->class;
    return hash ^ rest * UINT64_C(0x9E3779B97F4A7C15);
}

struct fetch *inflight_find(struct engine *engine, const struct fetch_key *key)
{
    struct table_node *node = table_first(&engine->inflight, key_hash(engine, key));
    for (; node; node = table_next(node)) {
        struct fetch *fetch = LIST_OF(node, struct fetch, by_key);
        if (fetch->purpose == key->purpose && fetch->class == key->class &&
            fetch->type == key->type && name_equal(&fetch->name, key->name))
            return fetch;
    }
    return NULL;
}

enum status inflight_insert(struct engine *engine, struct fetch *fetch)
{
    struct fetch_key key = { fetch->purpose, fetch->class, &fetch->name, fetch->type };
    return table_insert(&engine->inflight, &fetch->by_key, key_hash(engine, &key));
}

/* ---- following edges: each fetch once, by mark, breadth first; no recursion (LIMITS G9) ---- */

static void visit(struct engine *engine, struct list *frontier, struct fetch *fetch)
{
    if (fetch->mark == engine->mark)
        return;
    fetch->mark = engine->mark;
    list_push(frontier, &fetch->traversal);
}

bool inflight_reaches(struct engine *engine, struct fetch *from, const struct fetch *target)
{
    struct list frontier;
    struct list *node;
    bool found = false;

    list_init(&frontier);
    engine->mark++;
    visit(engine, &frontier, from);
    while ((node = list_pop(&frontier))) {
        struct fetch *fetch = LIST_OF(node, struct fetch, traversal);
        found = found || fetch == target;
        LIST_EACH(edge, &fetch->needs) {
            visit(engine, &frontier, LIST_OF(edge, struct wait, of_waiter)->waited);
        }
    }
    return found;
}

/* Calls `each` for every job that waits for `fetch`, directly or through other fetches. */
static void each_payer(struct engine *engine, struct fetch *fetch,
                       void (*each)(void *context, struct job *job), void *context)
{
    struct list frontier;
    struct list *node;

    list_init(&frontier);
    engine->mark++;
    visit(engine, &frontier, fetch);
    while ((node = list_pop(&frontier))) {
        struct fetch *at = LIST_OF(node, struct fetch, traversal);
        LIST_EACH(edge, &at->waiters) {
            struct wait *wait = LIST_OF(edge, struct wait, of_waited);
            if (wait->waiter)
                visit(engine, &frontier, wait->waiter);
            else if (wait->job->mark != engine->mark) {
                wait->job->mark = engine->mark;
                each(context, wait->job);
            }
        }
    }
}

/* ---- paying ---- */

struct charge {
    struct engine *engine;
    const struct budget *before, *after; /* of a tab */
    enum spend kind;                     /* or one amount of one kind */
    uint32_t amount;
    unsigned payers;
};

/* A job that can pay no more is answered by the engine once the present step has ended. */
static void settled(struct charge *charge, struct job *job, bool paid)
{
    charge->payers += paid;
    if (!paid && list_empty(&job->over))
        list_push(&charge->engine->over, &job->over);
}

static void pay_one(void *context, struct job *job)
{
    struct charge *charge = context;
    settled(charge, job, !budget_is_over(&job->budget) &&
                             budget_spend(&job->budget, charge->kind, charge->amount));
}

bool inflight_charge(struct engine *engine, struct fetch *fetch, enum spend kind, uint32_t amount)
{
    struct charge charge = { .engine = engine, .kind = kind, .amount = amount };
    each_payer(engine, fetch, pay_one, &charge);
    return charge.payers > 0;
}

static void pay_tab(void *context, struct job *job)
{
    struct charge *charge = context;
    bool paid = !budget_is_over(&job->budget);
    for (int kind = 0; kind < SPEND_KINDS && paid; kind++) {
        uint32_t more = charge->after->spent[kind] - charge->before->spent[kind];
        paid = more == 0 || budget_spend(&job->budget, (enum spend)kind, more);
    }
    settled(charge, job, paid);
}

bool inflight_settle(struct engine *engine, struct fetch *fetch, const struct budget *before,
                     const struct budget *after)
{
    struct charge charge = { .engine = engine, .before = before, .after = after };
    each_payer(engine, fetch, pay_tab, &charge);
    return charge.payers > 0;
}

struct richest {
    struct budget *tab;
    bool found;
};

/* For each kind the most that any waiting job has left: work goes on while someone can pay it. */
static void richer(void *context, struct job *job)
{
    struct richest *richest = context;
    if (budget_is_over(&job->budget))
        return;
    if (!richest->found)
        *richest->tab = job->budget;
    for (int kind = 0; kind < SPEND_KINDS; kind++)
        if (job->budget.spent[kind] < richest->tab->spent[kind])
            richest->tab->spent[kind] = job->budget.spent[kind];
    richest->found = true;
}

bool inflight_tab(struct engine *engine, struct fetch *fetch, struct budget *tab)
{
    struct richest richest = { .tab = tab };
    each_payer(engine, fetch, richer, &richest);
    return richest.found;
}
