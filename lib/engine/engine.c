#include "lib/engine/engine.h"

#include "lib/base/must.h"
#include "lib/engine/clockwatch.h"
#include "lib/engine/doubt.h"
#include "lib/engine/tell.h"
#include "lib/wire/type.h"

enum { SCRATCH_OCTETS_MAX = 1024 * 1024 };

/* ---- life ---- */

static enum status make_tables(struct engine *engine)
{
    const struct limits *limits = engine->limits;
    size_t fetches = (size_t)limits->jobs * FETCHES_PER_JOB;

    heap_init(&engine->timers, fetches);
    heap_init(&engine->deadlines, (size_t)limits->jobs + 16);
    heap_init(&engine->yielding, limits->jobs);
    engine->sockets = sockets_create(limits, &engine->policy->closed_ports, &engine->hash_key);
    if (engine->sockets)
        engine->streams = streams_create(limits, engine->sockets, engine->pool, &engine->hash_key);
    engine->out = memory_new(MESSAGE_OCTETS_MAX);
    engine->closing_room = limits->upstream_sockets;
    engine->closing = memory_array(engine->closing_room, sizeof *engine->closing);
    engine->scratch = arena_create(engine->pool, SCRATCH_OCTETS_MAX);
    if (!engine->streams || !engine->out || !engine->closing || !engine->scratch)
        return ST_NOMEM;
    TRY(table_init(&engine->inflight, fetches));
    return table_init(&engine->clients, (size_t)limits->jobs * 2); /* half may be over already */
}

struct engine *engine_create(const struct engine_setup *setup)
{
    struct engine *engine = memory_new(sizeof *engine);
    if (!engine)
        return NULL;
    engine->policy = setup->policy;
    engine->limits = &setup->policy->limits;
    engine->caches = setup->caches;
    engine->keyring = setup->keyring;
    engine->pool = setup->pool;
    engine->quota = setup->quota;
    engine->cputime = setup->cputime;
    meter_init(&engine->meter);
    engine->metrics = setup->metrics;
    engine->prng = setup->prng;
    engine->prime_at = INSTANT_NEVER;
    clockcheck_begin(&engine->clock, setup->clock_floor, setup->policy->rules.inception_skew_s);
    prng_fill(&engine->prng, &engine->hash_key, sizeof engine->hash_key);
    list_init(&engine->ready);
    list_init(&engine->resting);
    list_init(&engine->later);
    list_init(&engine->ended);
    list_init(&engine->fetches);
    list_init(&engine->jobs);
    list_init(&engine->sending);
    list_init(&engine->young);
    list_init(&engine->answering);
    list_init(&engine->over);
    if (make_tables(engine) != ST_OK) {
        engine_destroy(engine);
        return NULL;
    }
    return engine;
}

static void sweep_ended(struct engine *engine)
{
    struct list *node;
    while (list_empty(&engine->answering) && (node = list_pop(&engine->ended)))
        fetch_destroy(engine, LIST_OF(node, struct fetch, all));
}

void engine_destroy(struct engine *engine)
{
    if (!engine)
        return;
    while (!list_empty(&engine->jobs))
        job_destroy(engine, LIST_OF(engine->jobs.next, struct job, all));
    while (!list_empty(&engine->fetches))
        fetch_destroy(engine, LIST_OF(engine->fetches.next, struct fetch, all));
    sweep_ended(engine);
    tell_forget(engine);
    heap_clear(&engine->timers);
    heap_clear(&engine->deadlines);
    heap_clear(&engine->yielding);
    table_clear(&engine->inflight);
    table_clear(&engine->clients);
    streams_destroy(engine->streams);
    sockets_destroy(engine->sockets);
    arena_destroy(engine->scratch);
    memory_free(engine->closing);
    memory_free(engine->out);
    memory_free(engine);
}

enum status engine_reseed(struct engine *engine)
{
    return prng_seed_os(&engine->prng);
}

/* ---- one event ---- */

void engine_rest(struct engine *engine, struct fetch *fetch)
{
    if (fetch->is_ready || fetch->state == FETCH_DONE)
        return;
    fetch->is_ready = true;
    fetch->is_later = engine->later_jobs > 0 && payers_are_later(engine, fetch);
    list_push(fetch->is_later ? &engine->later : &engine->resting, &fetch->ready);
}

void engine_hurry(struct engine *engine, struct fetch *fetch)
{
    if (!fetch->is_ready || !fetch->is_later)
        return;
    fetch->is_later = false;
    list_remove(&fetch->ready);
    list_push(&engine->resting, &fetch->ready);
}

static void end_those_over(struct engine *engine)
{
    struct list *node;
    while ((node = list_pop(&engine->over)))
        job_spent(engine, LIST_OF(node, struct job, over));
}

/* Steps what is ready until nothing is. Every step leads forward (a state, a server, a label, a
 * unit of some budget), so this ends; a broken promise would show in `must`, not in a hang. */
static void run(struct engine *engine)
{
    uint64_t steps_left = 64 * (engine->fetch_count + 64);
    struct list *node;

    while ((node = list_pop(&engine->ready))) {
        struct fetch *fetch = LIST_OF(node, struct fetch, ready);
        fetch->is_ready = false;
        fetch_step(engine, fetch);
        end_those_over(engine);
        if (must(steps_left > 0))
            steps_left--;
        else
            fetch_end(engine, fetch, OUTCOME_SPENT, cause_of(WHY_INTERNAL));
    }
    end_those_over(engine);
}

/* RFC 7766 §7: the id tells whose answer it is, then the question must be his. */
static void stream_reply(struct engine *engine, const struct reply *reply)
{
    struct fetch *fetch = NULL;
    struct header header;
    bool known = header_read(reply->message, &header) &&
                 streams_find(engine->streams, reply->socket, header.id, &fetch);

    if (known && !fetch)
        streams_answered(engine->streams, reply->socket, header.id, engine->now);
    else if (known && exchange_match(&fetch->walk->now, reply->message) != MATCH_WRONG)
        fetch_reply(engine, fetch, reply);
    else
        doubt_stream(engine, reply);
}

static void reply(struct engine *engine, const struct reply *reply)
{
    pressure_relieve(engine);
    struct fetch *fetch = sockets_fetch(engine->sockets, reply->socket);
    if (streams_has(engine->streams, reply->socket))
        stream_reply(engine, reply);
    else if (fetch)
        fetch_reply(engine, fetch, reply);
    else if (sockets_is_copy(engine->sockets, reply->socket, reply->message))
        return;
    else if (sockets_exists(engine->sockets,
                            reply->socket)) { /* RULINGS B10: nothing was asked there */
        metrics_add(&engine->metrics->upstream_mismatches, 1);
        engine_close_socket(engine, reply->socket);
    }
}

static void failed(struct engine *engine, const struct failed *failed)
{
    struct fetch *fetch = sockets_fetch(engine->sockets, failed->socket);
    if (streams_has(engine->streams, failed->socket))
        fetch_stream_failed(engine, failed);
    else if (fetch)
        fetch_failed(engine, fetch, failed);
    else
        engine_close_socket(engine, failed->socket);
}

static void time_passes(struct engine *engine)
{
    struct heap_node *due;
    uint32_t socket;

    while ((due = heap_first(&engine->deadlines)) && !instant_before(engine->now, due->at)) {
        heap_remove(&engine->deadlines, due);
        job_deadline(engine, LIST_OF(due, struct job, deadline));
    }
    while ((due = heap_first(&engine->timers)) && !instant_before(engine->now, due->at)) {
        heap_remove(&engine->timers, due);
        fetch_timer(engine, LIST_OF(due, struct fetch, timer));
    }
    while (sockets_expire(engine->sockets, engine->now, &socket))
        engine_closing(engine, socket);
    prime_when_due(engine);
}

/* RULINGS B16: a loop turn ends with an event of time, whatever came before it; then verification
 * may cost as much again, and who rested for that goes on. */
static void begin_turn(struct engine *engine)
{
    struct list *node;

    engine->turn_units = engine->policy->limits.turn_units;
    while ((node = list_pop(&engine->resting))) {
        struct fetch *fetch = LIST_OF(node, struct fetch, ready);
        fetch->is_ready = false;
        fetch_ready(engine, fetch);
    }
}

/* One after the other, while there is verification left; what began before others came may have
 * left none. */
static void serve_later(struct engine *engine)
{
    size_t most = engine->fetch_count;
    struct list *node;

    engine->serves_later = true;
    if (engine->turn_units < TOLL_UNITS)
        engine->turn_units = TOLL_UNITS;
    for (; most > 0 && engine->turn_units > 0 && (node = list_pop(&engine->later)); most--) {
        struct fetch *fetch = LIST_OF(node, struct fetch, ready);
        fetch->is_ready = fetch->is_later = false;
        fetch_ready(engine, fetch);
        run(engine);
    }
    engine->serves_later = false;
}

/* RULINGS A19, B22: what was rendered under the policy before is rendered anew. */
static void control(struct engine *engine, const struct policy *policy)
{
    engine->policy = policy;
    answer_cache_raise_epoch(engine->caches->answers);
}

static void begin_event(struct engine *engine, const struct event *event)
{
    engine->now = event->now;
    engine->wall = event->wall;
    sweep_ended(engine);
    tell_forget(engine);
    arena_reset(engine->scratch);
    clock_watch(engine);
    load_age(engine);
    if (event->kind == EVENT_TIME)
        begin_turn(engine);
}

void engine_handle(struct engine *engine, const struct event *event)
{
    begin_event(engine, event);
    switch (event->kind) {
    case EVENT_QUERY: job_query(engine, &event->query); break;
    case EVENT_REPLY: reply(engine, &event->reply); break;
    case EVENT_FAILED: failed(engine, &event->failed); break;
    case EVENT_CANCEL_CLIENT: job_cancel_client(engine, event->client); break;
    case EVENT_TIME: time_passes(engine); break;
    case EVENT_SPENT: meter_read(&engine->meter, event->spent_us); break;
    case EVENT_CONTROL: control(engine, event->policy); break;
    }
    run(engine);
    if (event->kind == EVENT_TIME && !list_empty(&engine->later))
        serve_later(engine);
}

/* ---- actions ---- */

static bool next_close(struct engine *engine, struct action *action)
{
    uint32_t socket;

    if (engine->closing_count > 0)
        socket = engine->closing[--engine->closing_count];
    else if (!streams_expire(engine->streams, engine->now, &socket))
        return false;
    *action = (struct action){ .kind = ACTION_CLOSE, .socket = socket };
    return true;
}

static bool next_send(struct engine *engine, struct action *action)
{
    struct list *node = list_pop(&engine->sending);
    if (!node)
        return false;
    action->kind = ACTION_SEND;
    (void)ask_render(engine, LIST_OF(node, struct fetch, sending), &action->send);
    return true;
}

/* LIMITS F3. */
static bool answer_is_late(struct engine *engine, const struct job *job)
{
    bool late = waiting_is_late(engine, &job->seat, job->since);
    metrics_add(&engine->metrics->answers_late, late);
    return late;
}

static bool next_answer(struct engine *engine, struct action *action)
{
    struct list *node;

    while ((node = list_pop(&engine->answering))) {
        struct job *job = LIST_OF(node, struct job, answering);
        bool internal = job->internal;
        size_t len = 0;
        if (!internal) {
            action->kind = ACTION_ANSWER;
            if (!answer_is_late(engine, job))
                len = job_render(engine, job, &action->answer);
            action->answer.trail = job->trail;
            action->answer.proven = job->question.proven;
            action->answer.message = (struct bytes){ engine->out, len };
            if (len == 0) { /* LIMITS F6: or it is one who gets no errors */
                *action = (struct action){ .kind = ACTION_DROP, .client = job->client };
                metrics_add(&engine->metrics->client_dropped, 1);
            }
        } else {
            prime_ended(engine, job);
        }
        job_destroy(engine, job);
        if (!internal)
            return true;
    }
    return false;
}

bool engine_next(struct engine *engine, struct action *action)
{
    if (engine->has_answer) {
        engine->has_answer = false;
        *action = engine->answer;
        return true;
    }
    if (next_close(engine, action) || next_send(engine, action) || next_answer(engine, action))
        return true;
    bool rests = !list_empty(&engine->resting) || !list_empty(&engine->later);
    if (!rests || engine->said_again) {
        engine->said_again = false;
        return false;
    }
    engine->said_again = true;
    action->kind = ACTION_AGAIN;
    return true;
}

struct instant engine_deadline(const struct engine *engine)
{
    const struct heap_node *timer = heap_first(&engine->timers);
    const struct heap_node *job = heap_first(&engine->deadlines);
    struct instant earliest =
        instant_earlier(sockets_deadline(engine->sockets), streams_deadline(engine->streams));

    if (timer)
        earliest = instant_earlier(earliest, timer->at);
    if (job)
        earliest = instant_earlier(earliest, job->at);
    return instant_earlier(instant_earlier(earliest, load_deadline(engine)), engine->prime_at);
}

struct pool *engine_pool(const struct engine *engine)
{
    return engine->pool;
}

struct meter *engine_meter(struct engine *engine)
{
    return &engine->meter;
}

struct engine_figures engine_figures(const struct engine *engine)
{
    return (struct engine_figures){
        .jobs = engine->job_count,
        .fetches = engine->fetch_count,
        .sockets = sockets_open(engine->sockets),
        .root_answered = engine->root_answered,
    };
}
