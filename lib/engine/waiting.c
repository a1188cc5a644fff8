#include "lib/engine/waiting.h"

#include "lib/engine/state.h"

/* RULINGS A20. Who has proven its address takes nobody else's place, but for its neighbours'. */
static uint64_t room_for(const struct limits *limits, uint32_t factor,
                         const struct client_question *question)
{
    uint64_t room = (uint64_t)limits->waiting * factor;
    return question->proven && room < limits->waiting_proven ? limits->waiting_proven : room;
}

bool waiting_enter(struct engine *engine, const struct query *query,
                   const struct client_question *question, struct seat *seat)
{
    *seat = (struct seat){ .yields = HEAP_NODE_OUT };
    if (!engine->quota || network_is_loopback(&query->from))
        return true;
    uint32_t factor = networks_factor(&engine->policy->rate.networks, &query->from);
    seat->network = quota_find_client(engine->quota, QUOTA_WAITING, &query->from);
    if (quota_enter(engine->quota, seat->network) >
        room_for(&engine->policy->limits, factor, question)) {
        quota_leave(engine->quota, seat->network);
        return false;
    }
    seat->counted = true;
    seat->may_be_late = !question->proven && factor == 1;
    return true;
}

void waiting_leave(struct engine *engine, struct seat *seat)
{
    waiting_give_slot(engine, seat);
    if (seat->counted)
        quota_leave(engine->quota, seat->network);
    seat->counted = false;
}

/* LIMITS F2: a network that holds more than a plain one may, by its factor or because it has proven
 * itself, does so at nobody else's cost. */
static bool may_push_out(const struct engine *engine, const struct seat *newcomer,
                         const struct seat *seat)
{
    const struct quota_place *mine = &newcomer->network, *its = &seat->network;

    return !newcomer->counted ||
           quota_count(engine->quota, *mine) <= engine->policy->limits.waiting ||
           (seat->counted && mine->at[0] == its->at[0] && mine->at[1] == its->at[1]);
}

bool waiting_has_slot(struct engine *engine, const struct seat *newcomer)
{
    struct heap_node *oldest = heap_first(&engine->yielding);

    if (engine->deadlines.count < engine->policy->limits.jobs)
        return true;
    if (!oldest || instant_ms_between(oldest->at, engine->now) < KEPT_MS)
        return false;
    struct job *job = LIST_OF(oldest, struct job, seat.yields);
    if (!may_push_out(engine, newcomer, &job->seat))
        return false;
    metrics_add(&engine->metrics->jobs_pushed_out, 1);
    job_yield(engine, job, WHY_OVERLOAD);
    return engine->deadlines.count < engine->policy->limits.jobs;
}

bool waiting_take_slot(struct engine *engine, struct seat *seat, struct instant since)
{
    if (engine->kept_jobs >= engine->policy->limits.jobs / 2)
        return heap_set(&engine->yielding, &seat->yields, since) == ST_OK;
    seat->kept = true;
    engine->kept_jobs++;
    return true;
}

void waiting_give_slot(struct engine *engine, struct seat *seat)
{
    heap_remove(&engine->yielding, &seat->yields);
    engine->kept_jobs -= seat->kept;
    seat->kept = false;
}

bool waiting_is_late(const struct engine *engine, const struct seat *seat, struct instant since)
{
    const struct limits *limits = &engine->policy->limits;
    return seat->may_be_late && instant_ms_between(since, engine->now) > limits->late_ms &&
           quota_count(engine->quota, seat->network) > limits->late_waiting;
}
