#include "tests/scenario/player/stage.h"

#include <stdio.h>

#include "lib/base/memory.h"
#include "lib/base/pool.h"

enum {
    POOL_OCTETS = 16 * 1024 * 1024,
    CACHE_OCTETS = 4 * 1024 * 1024,
    ROOM_OCTETS = 256 * 1024,
    START_S = 1000,
    CLIENT_PORT = 5353
};

/* ---- beginning and end ---- */

static bool make_engine(struct stage *stage)
{
    const struct policy *policy = stage->head->options->policy;
    struct engine_setup setup = {
        .policy = policy, .keyring = stage->keyring, .pool = stage->pool, .metrics = &stage->metrics
    };
    struct caches_setup caches = {
        .octets = CACHE_OCTETS,
        .workers = 1,
        .aggressive = policy->aggressive,
        .limits = &policy->limits,
        .caps = { .negative_max_s = policy->negative_ttl_max_s,
                  .max_s = policy->ttl_max_s,
                  .min_s = policy->ttl_min_s,
                  .bogus_s = policy->limits.ttl_bogus_s },
    };

    prng_seed_number(&setup.prng, 1);
    stage->caches = caches_create(&caches);
    setup.caches = stage->caches;
    stage->engine = stage->caches ? engine_create(&setup) : NULL;
    return stage->engine != NULL;
}

struct stage *stage_create(const struct head *head, enum loudness loudness)
{
    struct stage *stage = memory_new(sizeof *stage);

    if (!stage)
        return NULL;
    stage->head = head;
    stage->loudness = loudness;
    stage->now = stage->began = instant_after_s((struct instant){ 0 }, START_S);
    stage->wall_at_start = head->keys.wall;
    stage->pool = pool_create(POOL_OCTETS);
    stage->room = stage->pool ? arena_create(stage->pool, ROOM_OCTETS) : NULL;
    stage->keyring = keyring_create(head->crypto, KEYRING_KEYS);
    if (stage->room && stage->keyring && make_engine(stage))
        return stage;
    stage_destroy(stage);
    return NULL;
}

static void forget(struct bytes *message)
{
    void *octets;

    memcpy(&octets, &message->at, sizeof octets);
    memory_free(octets);
    *message = (struct bytes){ NULL, 0 };
}

void stage_destroy(struct stage *stage)
{
    if (!stage)
        return;
    for (unsigned i = 0; i < ASKED_MAX; i++)
        forget(&stage->asked[i].message);
    for (unsigned i = 0; i < DUE_MAX; i++)
        forget(&stage->due[i].message);
    for (unsigned i = 0; i < ANSWERS_MAX; i++)
        forget(&stage->answers[i].message);
    engine_destroy(stage->engine);
    caches_destroy(stage->caches);
    keyring_destroy(stage->keyring);
    arena_destroy(stage->room);
    pool_destroy(stage->pool);
    memory_free(stage);
}

/* ---- actions ---- */

static void broken(struct stage *stage, const char *what)
{
    if (!stage->broken[0])
        snprintf(stage->broken, sizeof stage->broken, "%s", what);
}

static struct bytes keep(struct stage *stage, struct bytes octets)
{
    uint8_t *copy = memory_new(octets.len + 1);

    if (!copy) {
        broken(stage, "no memory");
        return (struct bytes){ NULL, 0 };
    }
    if (octets.len > 0)
        memcpy(copy, octets.at, octets.len);
    return (struct bytes){ copy, octets.len };
}

static void say(const struct stage *stage, const char *what, struct bytes message,
                const struct endpoint *to)
{
    struct pool *pool = stage->loudness == PLAY_ALOUD ? pool_create(1 << 20) : NULL;
    struct arena *arena = pool ? arena_create(pool, 1 << 19) : NULL;
    struct message read;
    char question[300], address[ENDPOINT_TEXT];

    if (arena && message_parse(message, arena, &read) == ST_OK)
        printf("%9.3f %s %s%s%s (%04x, %u %u %u)\n",
               (double)(stage->now.ns - stage->began.ns) / 1e9, what,
               match_question_text(&read.question, question, sizeof question), to ? " to " : "",
               to ? endpoint_text(to, address) : "", read.header.flags, read.header.counts[1],
               read.header.counts[2], read.header.counts[3]);
    arena_destroy(arena);
    pool_destroy(pool);
}

/* A socket's earlier question is over when it asks another; on a connection, once answered. */
static void on_send(struct stage *stage, const struct send *send)
{
    struct asked *free_slot = NULL;

    say(stage, "asks", send->message, &send->to);
    for (unsigned i = 0; i < ASKED_MAX; i++) {
        struct asked *asked = &stage->asked[i];
        if (asked->open && asked->socket == send->socket &&
            (send->via == VIA_UDP || asked->answered))
            asked->open = false;
        if (!asked->open && !free_slot)
            free_slot = asked;
    }
    if (!free_slot) {
        broken(stage, "too many questions wait for a reply");
        return;
    }
    forget(&free_slot->message);
    *free_slot = (struct asked){ .open = true,
                                 .socket = send->socket,
                                 .turn = ++stage->turn,
                                 .to = send->to,
                                 .via = send->via,
                                 .message = keep(stage, send->message) };
}

static void on_close(struct stage *stage, uint32_t socket)
{
    for (unsigned i = 0; i < ASKED_MAX; i++)
        if (stage->asked[i].socket == socket)
            stage->asked[i].open = false;
}

static void on_answer(struct stage *stage, const struct answer *answer)
{
    struct stage_answer *slot = &stage->answers[answer->client % ANSWERS_MAX];

    say(stage, "answers", answer->message, NULL);
    forget(&slot->message);
    slot->open = true;
    slot->client = answer->client;
    slot->verdict = answer->verdict;
    slot->cause = answer->cause;
    slot->message = keep(stage, answer->message);
}

static void drain(struct stage *stage)
{
    struct action action;

    stage->again = false;
    while (engine_next(stage->engine, &action)) {
        switch (action.kind) {
        case ACTION_SEND: on_send(stage, &action.send); break;
        case ACTION_CLOSE: on_close(stage, action.socket); break;
        case ACTION_ANSWER: on_answer(stage, &action.answer); break;
        case ACTION_DROP: on_answer(stage, &(struct answer){ .client = action.client }); break;
        case ACTION_AGAIN: stage->again = true; break;
        }
    }
}

struct unixtime stage_wall(const struct stage *stage)
{
    return (struct unixtime){ stage->wall_at_start +
                              (int64_t)((stage->now.ns - stage->began.ns) / NS_PER_S) };
}

static void handle(struct stage *stage, struct event *event)
{
    event->now = stage->now;
    event->wall = stage_wall(stage);
    if (++stage->events_at_once > AT_ONCE_MAX) {
        broken(stage, "the clock stands still and events do not end");
        return;
    }
    engine_handle(stage->engine, event);
    drain(stage);
}

/* ---- clients and servers ---- */

uint64_t stage_ask(struct stage *stage, struct bytes message, const struct endpoint *from,
                   enum transport via)
{
    uint64_t client = ++stage->clients;
    struct event event = { .kind = EVENT_QUERY,
                           .query = {
                               .client = client, .from = *from, .via = via, .message = message } };

    arena_reset(stage->room);
    event.query.from.port = CLIENT_PORT;
    event.query.room =
        (struct room){ arena_alloc(stage->room, MESSAGE_OCTETS_MAX), MESSAGE_OCTETS_MAX };
    stage->answers[client % ANSWERS_MAX].open = false;
    stage->answers[client % ANSWERS_MAX].via = via;
    if (client == 1 && stage->head->options->policy->priming) { /* beside the first question */
        engine_prime(stage->engine, stage->now, stage_wall(stage));
        drain(stage);
    }
    if (!event.query.room.at)
        broken(stage, "no memory");
    else
        handle(stage, &event);
    return client;
}

static void make_due(struct stage *stage, const struct due *due)
{
    for (unsigned i = 0; i < DUE_MAX; i++) {
        if (stage->due[i].used)
            continue;
        stage->due[i] = *due;
        stage->due[i].used = true;
        stage->due[i].turn = ++stage->turn;
        return;
    }
    broken(stage, "too many replies are under way");
}

void stage_reply(struct stage *stage, struct asked *asked, struct bytes message, uint64_t ms)
{
    asked->answered = true;
    make_due(stage, &(struct due){ .kind = DUE_REPLY,
                                   .at = instant_after_ms(stage->now, ms),
                                   .socket = asked->socket,
                                   .message = keep(stage, message) });
}

void stage_refuse(struct stage *stage, struct asked *asked)
{
    asked->answered = true;
    make_due(stage,
             &(struct due){ .kind = DUE_FAILURE, .at = stage->now, .socket = asked->socket });
}

/* ---- time ---- */

static struct due *first_due(struct stage *stage)
{
    struct due *first = NULL;
    for (unsigned i = 0; i < DUE_MAX; i++) {
        struct due *due = &stage->due[i];
        if (due->used && (!first || due->at.ns < first->at.ns ||
                          (due->at.ns == first->at.ns && due->turn < first->turn)))
            first = due;
    }
    return first;
}

static bool socket_is_open(const struct stage *stage, uint32_t socket)
{
    for (unsigned i = 0; i < ASKED_MAX; i++)
        if (stage->asked[i].open && stage->asked[i].socket == socket)
            return true;
    return false;
}

static void deliver(struct stage *stage, struct due *due)
{
    struct event event = { .kind = EVENT_REPLY, .reply = { due->socket, due->message, false } };

    due->used = false;
    if (due->kind == DUE_FAILURE)
        event = (struct event){ .kind = EVENT_FAILED, .failed = { due->socket, SEND_REFUSED } };
    if (socket_is_open(stage, due->socket)) {
        if (due->kind == DUE_REPLY)
            say(stage, "  gets", due->message, NULL);
        handle(stage, &event);
    }
    forget(&due->message);
}

static void move_clock(struct stage *stage, struct instant to)
{
    if (instant_before(stage->now, to)) {
        stage->now = to;
        stage->events_at_once = 0;
    }
}

bool stage_step(struct stage *stage, struct instant until)
{
    struct due *due = first_due(stage);
    struct instant wants = stage->again ? stage->now : engine_deadline(stage->engine);
    struct instant next = due ? instant_earlier(due->at, wants) : wants;
    struct event tick = { .kind = EVENT_TIME };

    if (stage->broken[0] || next.ns == INSTANT_NEVER.ns || instant_before(until, next))
        return false;
    move_clock(stage, next);
    if (due && !instant_before(wants, due->at))
        deliver(stage, due);
    else
        handle(stage, &tick);
    return true;
}

bool stage_control(struct stage *stage, const struct policy *policy)
{
    struct event event = { .kind = EVENT_CONTROL, .policy = policy };

    handle(stage, &event);
    return true;
}

void stage_pass(struct stage *stage, uint64_t ms)
{
    move_clock(stage, instant_after_ms(stage->now, ms));
}

bool stage_quiet(const struct stage *stage)
{
    for (unsigned i = 0; i < DUE_MAX; i++)
        if (stage->due[i].used)
            return false;
    return engine_figures(stage->engine).jobs == 0;
}
