#include "resolver/worker.h"

#include <pthread.h>
#include <signal.h>

#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/net/mailbox.h"
#include "resolver/edge/doorman.h"
#include "resolver/edge/listen_stream.h"
#include "resolver/edge/listen_udp.h"

enum {
    TICK_MS = 200,
    RESEED_S = 60,           /* RULINGS B28 */
    FIRST_STREAM = DOORS_MAX /* listener indexes from here on are TCP */
};

struct worker {
    struct worker_setup setup;
    pthread_t thread;
    struct loop *loop;
    struct mailbox *mailbox;
    struct engine *engine;
    struct keyring *keyring;
    struct metrics metrics;
    struct udp_gate gate;
    struct stream_gate stream_gate;
    struct company company;
    struct listen_udp *udp[DOORS_MAX];
    struct listen_stream *streams[DOORS_MAX];
    atomic_bool asked_to_stop;
    atomic_uint patience_ms; /* set by worker_stop, before it asks */
    atomic_uint_fast64_t policy_number;
    struct instant stop_at, reseed_at;
    unsigned tick_ms;
    bool stopping;
};

/* ---- answers find their listener by the client's number ---- */

static void on_answer(void *context, const struct answer *answer)
{
    struct worker *worker = context;
    unsigned index = listen_udp_index(answer->client);
    if (index < FIRST_STREAM)
        listen_udp_answer(worker->udp[index], answer);
    else if (worker->streams[index - FIRST_STREAM]) /* it may be on its way out */
        listen_stream_answer(worker->streams[index - FIRST_STREAM], answer);
}

static void on_drop(void *context, uint64_t client)
{
    struct worker *worker = context;
    unsigned index = listen_udp_index(client);
    if (index < FIRST_STREAM)
        listen_udp_drop(worker->udp[index], client);
    else if (worker->streams[index - FIRST_STREAM])
        listen_stream_drop(worker->streams[index - FIRST_STREAM], client);
}

static void on_tick(void *context);

/* LIMITS F9: accepting rests for 50 ms, not for a whole tick. */
static void set_tick(struct worker *worker)
{
    unsigned ms = TICK_MS;

    for (unsigned i = 0; i < worker->setup.door_count; i++)
        if (worker->streams[i] && listen_stream_is_paused(worker->streams[i]))
            ms = DOORMAN_PAUSE_MS;
    if (ms != worker->tick_ms)
        loop_every(worker->loop, ms, on_tick, worker);
    worker->tick_ms = ms;
}

static void on_turn_ends(void *context)
{
    struct worker *worker = context;
    for (unsigned i = 0; i < worker->setup.door_count; i++)
        if (worker->streams[i])
            listen_stream_turn(worker->streams[i]); /* what it takes may answer others too */
    for (unsigned i = 0; i < worker->setup.door_count; i++)
        if (worker->udp[i])
            listen_udp_flush(worker->udp[i]);
    set_tick(worker);
}

/* ---- time and the end ---- */

static void stop_listening(struct worker *worker)
{
    unsigned patience_ms = atomic_load(&worker->patience_ms);

    worker->stopping = true;
    worker->stop_at = instant_after_ms(loop_now(worker->loop), patience_ms);
    for (unsigned i = 0; i < worker->setup.door_count; i++) {
        if (worker->udp[i])
            listen_udp_stop(worker->udp[i]);
        if (worker->streams[i])
            listen_stream_stop(worker->streams[i]);
    }
}

static void end_when_done(struct worker *worker)
{
    bool late = !instant_before(loop_now(worker->loop), worker->stop_at);
    if (worker->stopping && (late || engine_figures(worker->engine).jobs == 0))
        loop_stop(worker->loop);
}

static void reseed_when_due(struct worker *worker)
{
    struct instant now = loop_now(worker->loop);

    if (instant_before(now, worker->reseed_at))
        return;
    if (engine_reseed(worker->engine) != ST_OK)
        log_line(LOG_WARNING, "the system gives no new randomness: going on with the old");
    worker->reseed_at = instant_after_s(now, RESEED_S);
}

static void on_tick(void *context)
{
    struct worker *worker = context;
    for (unsigned i = 0; i < worker->setup.door_count; i++)
        if (worker->streams[i])
            listen_stream_tick(worker->streams[i]);
    reseed_when_due(worker);
    end_when_done(worker);
}

/* ---- letters ---- */

static void open_letter(struct worker *worker, const struct letter *letter)
{
    struct event event = { .kind = EVENT_CONTROL, .policy = letter->body };

    if (letter->kind != LETTER_POLICY)
        return;
    loop_event(worker->loop, &event);
    worker->gate.policy = worker->company.policy = letter->body;
    worker->stream_gate.policy = letter->body;
    atomic_store(&worker->policy_number, letter->number); /* nothing looks at an older one now */
}

static void on_wake(void *context)
{
    struct worker *worker = context;
    struct letter letter;

    while (mailbox_take(worker->mailbox, &letter))
        open_letter(worker, &letter);
    if (atomic_load(&worker->asked_to_stop) && !worker->stopping)
        stop_listening(worker);
    end_when_done(worker);
}

enum status worker_post_policy(struct worker *worker, const struct policy *policy, uint64_t number)
{
    struct letter letter = { LETTER_POLICY, policy, number };
    return mailbox_post(worker->mailbox, &letter);
}

uint64_t worker_policy(const struct worker *worker)
{
    return atomic_load(&worker->policy_number);
}

/* ---- life ---- */

static enum status open_doors(struct worker *worker)
{
    struct worker_setup *setup = &worker->setup;

    for (unsigned i = 0; i < setup->door_count; i++) {
        struct door *door = &setup->doors[i];
        if (door->udp < 0)
            continue;
        struct listen_udp_setup udp = {
            .loop = worker->loop,
            .gate = &worker->gate,
            .fd = door->udp,
            .wildcard = door->wildcard,
            .index = (uint8_t)i,
            .waiting_max = setup->policy->limits.jobs + UDP_BATCH,
        };
        struct listen_stream_setup stream = {
            .loop = worker->loop,
            .fd = door->tcp,
            .index = (uint8_t)(FIRST_STREAM + i),
            .company = &worker->company,
            .gate = &worker->stream_gate,
        };
        worker->udp[i] = listen_udp_create(&udp);
        door->udp = -1;
        worker->streams[i] = listen_stream_create(&stream);
        door->tcp = -1;
        if (!worker->udp[i] || !worker->streams[i])
            return ST_NOMEM;
    }
    return ST_OK;
}

static struct engine *make_engine(struct worker *worker)
{
    struct engine_setup setup = {
        .policy = worker->setup.policy,
        .caches = worker->setup.caches,
        .keyring = worker->keyring,
        .pool = worker->setup.pool,
        .quota = worker->setup.crowd->quota,
        .cputime = worker->setup.cputime,
        .metrics = &worker->metrics,
        .clock_floor = worker->setup.clock_floor,
    };
    if (prng_seed_os(&setup.prng) != ST_OK)
        return NULL;
    return engine_create(&setup);
}

static enum status make_gates(struct worker *worker)
{
    worker->gate = (struct udp_gate){
        .ratelimit = worker->setup.ratelimit,
        .policy = worker->setup.policy,
        .metrics = &worker->metrics,
    };
    worker->stream_gate = (struct stream_gate){
        .cputime = worker->setup.cputime,
        .policy = worker->setup.policy,
        .metrics = &worker->metrics,
    };
    return prng_seed_os(&worker->gate.prng);
}

struct worker *worker_create(const struct worker_setup *setup)
{
    struct worker *worker = memory_new(sizeof *worker);
    struct loop_clients clients = { on_answer, on_drop, on_turn_ends, worker };

    if (!worker)
        return NULL;
    worker->setup = *setup;
    worker->company = (struct company){
        .crowd = setup->crowd,
        .policy = setup->policy,
        .limits = &setup->policy->limits,
        .metrics = &worker->metrics,
    };
    company_init(&worker->company);
    worker->keyring = keyring_create(setup->crypto, KEYRING_KEYS);
    bool gated = worker->keyring && make_gates(worker) == ST_OK;
    worker->engine = gated ? make_engine(worker) : NULL;
    worker->loop = worker->engine ? loop_create(worker->engine, &clients) : NULL;
    worker->mailbox = worker->loop ? mailbox_create(worker->loop) : NULL;
    if (!worker->mailbox || open_doors(worker) != ST_OK) {
        worker_destroy(worker);
        return NULL;
    }
    worker->reseed_at = instant_after_s(loop_now(worker->loop), RESEED_S);
    set_tick(worker);
    loop_on_wake(worker->loop, on_wake, worker);
    return worker;
}

static void *run(void *context)
{
    struct worker *worker = context;
    sigset_t all;

    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    loop_prime(worker->loop);
    loop_run(worker->loop);
    return NULL;
}

enum status worker_start(struct worker *worker)
{
    return pthread_create(&worker->thread, NULL, run, worker) == 0 ? ST_OK : ST_NOMEM;
}

void worker_stop(struct worker *worker, unsigned patience_ms)
{
    atomic_store(&worker->patience_ms, patience_ms);
    atomic_store(&worker->asked_to_stop, true);
    loop_wake(worker->loop);
}

void worker_join(struct worker *worker)
{
    pthread_join(worker->thread, NULL);
}

void worker_destroy(struct worker *worker)
{
    if (!worker)
        return;
    for (unsigned i = 0; i < worker->setup.door_count; i++) {
        listen_stream_destroy(worker->streams[i]); /* its clients' questions end: others' may too */
        worker->streams[i] = NULL;
    }
    for (unsigned i = 0; i < worker->setup.door_count; i++)
        listen_udp_destroy(worker->udp[i]);
    mailbox_destroy(worker->mailbox);
    loop_destroy(worker->loop);
    engine_destroy(worker->engine);
    keyring_destroy(worker->keyring);
    company_end(&worker->company);
    memory_free(worker);
}

const struct metrics *worker_metrics(const struct worker *worker)
{
    return &worker->metrics;
}
