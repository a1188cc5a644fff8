#include "lib/net/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "lib/base/memory.h"
#include "lib/base/must.h"
#include "lib/engine/expect.h"
#include "lib/net/upstream.h"

enum {
    READY_MAX = 256,   /* sockets looked at in a turn */
    QUEUE_READY = 4,   /* connections, before what is left of the turn is looked at again */
    QUEUE_ROUNDS = 64, /* of that, in one part of a turn */
    QUEUES = 2
};

/* Connections in an epoll fd of their own: its door is in the loop's. */
struct queue {
    struct watcher door;
    struct loop *loop;
};

struct loop {
    uv_loop_t uv;
    uv_poll_t poll;
    uv_timer_t timer, every;
    struct instant timer_for; /* what `timer` is set for, while it is active */
    uv_async_t wake;
    uv_idle_t again;
    int epoll_fd;
    struct queue queues[QUEUES]; /* connections, later ones */
    bool working;                /* an event is with the engine: another must wait */
    bool pretended;              /* tests: `now` stands still */
    unsigned left;               /* messages that this part of the turn may still take */
    uint64_t part_ends_ns;       /* by the engine's meter: no more is taken then either */
    uint64_t spent_us;           /* of this thread, when the engine was told last */
    unsigned turn;
    struct instant now;
    struct unixtime wall;
    struct engine *engine;
    struct upstream *upstream;
    struct loop_clients clients;
    void (*on_wake)(void *context);
    void *wake_context;
    void (*on_every)(void *context);
    void *every_context;
};

/* ---- time ---- */

static void read_clocks(struct loop *loop)
{
    if (loop->pretended)
        return;
    loop->now = instant_read();
    loop->wall = unixtime_read();
}

#ifdef CATENA_TESTING
void loop_pretend(struct loop *loop, struct instant now)
{
    loop->now = now;
    loop->pretended = true;
    loop->timer_for = (struct instant){ 0 };
}
#endif

struct instant loop_now(const struct loop *loop)
{
    return loop->now;
}

struct unixtime loop_wall(const struct loop *loop)
{
    return loop->wall;
}

/* ---- the engine ---- */

static void on_again(uv_idle_t *idle);

static void carry_out(struct loop *loop, const struct action *action)
{
    switch (action->kind) {
    case ACTION_SEND: upstream_send(loop->upstream, &action->send); break;
    case ACTION_CLOSE: upstream_close(loop->upstream, action->socket); break;
    case ACTION_ANSWER: loop->clients.answer(loop->clients.context, &action->answer); break;
    case ACTION_DROP: loop->clients.drop(loop->clients.context, action->client); break;
    case ACTION_AGAIN: /* an idle handle runs once a turn, after what clients sent */
        uv_idle_start(&loop->again, on_again);
        break;
    }
}

static void drain(struct loop *loop)
{
    struct action action;
    while (engine_next(loop->engine, &action))
        carry_out(loop, &action);
}

void loop_event(struct loop *loop, struct event *event)
{
    if (!must(!loop->working))
        return;
    loop->working = true;
    if (loop->left > 0 && (event->kind == EVENT_QUERY || event->kind == EVENT_REPLY))
        loop->left--;
    event->now = loop->now;
    event->wall = loop->wall;
    engine_handle(loop->engine, event);
    drain(loop);
    loop->working = false;
    upstream_tell_failures(loop->upstream);
}

uint64_t loop_expect(const struct loop *loop, struct bytes message)
{
    return engine_expect(loop->engine, message);
}

void loop_expect_entry(const struct loop *loop, uint64_t expected)
{
    engine_expect_entry(loop->engine, expected);
}

static void on_timer(uv_timer_t *timer);

/* uv counts whole milliseconds and may fire up to one early (RULINGS B21). A timer that stands for
 * the same instant is left alone: most turns answer from the cache and move no deadline. */
static void set_timer(struct loop *loop)
{
    struct instant deadline = engine_deadline(loop->engine);

    if (deadline.ns == loop->timer_for.ns && uv_is_active((uv_handle_t *)&loop->timer))
        return;
    loop->timer_for = deadline;
    uv_update_time(&loop->uv);
    if (deadline.ns == INSTANT_NEVER.ns)
        uv_timer_stop(&loop->timer);
    else
        uv_timer_start(&loop->timer, on_timer, instant_ms_between(loop->now, deadline) + 1, 0);
}

static uint64_t read_spent_us(void)
{
    struct timespec spent;

    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent) != 0)
        return 0;
    return ((uint64_t)spent.tv_sec * NS_PER_S + (uint64_t)spent.tv_nsec) / 1000;
}

static void tell_spent(struct loop *loop)
{
    struct event event = { .kind = EVENT_SPENT };

    if (!meter_is_due(loop_meter(loop)) || loop->pretended)
        return;
    uint64_t us = read_spent_us();
    event.spent_us = us > loop->spent_us ? us - loop->spent_us : 0;
    loop->spent_us = us;
    loop_event(loop, &event);
}

static void turn_ends(struct loop *loop)
{
    if (loop->clients.turn_ends)
        loop->clients.turn_ends(loop->clients.context);
    tell_spent(loop);
    set_timer(loop);
}

static void time_event(struct loop *loop)
{
    struct event event = { .kind = EVENT_TIME };
    uv_update_time(&loop->uv);
    read_clocks(loop);
    loop_event(loop, &event);
    turn_ends(loop);
}

static void on_timer(uv_timer_t *timer)
{
    time_event(timer->data);
}

static void on_again(uv_idle_t *idle)
{
    uv_idle_stop(idle);
    time_event(idle->data);
}

void loop_again(struct loop *loop)
{
    uv_idle_start(&loop->again, on_again);
}

struct pool *loop_pool(const struct loop *loop)
{
    return engine_pool(loop->engine);
}

struct meter *loop_meter(const struct loop *loop)
{
    return engine_meter(loop->engine);
}

/* ---- sockets ---- */

unsigned loop_left(const struct loop *loop)
{
    bool over = loop_meter(loop)->weighed_ns >= loop->part_ends_ns;
    return over ? 0 : loop->left;
}

static void begin_part(struct loop *loop)
{
    loop->left = TURN_MESSAGES;
    loop->part_ends_ns = loop_meter(loop)->weighed_ns + TURN_NS;
}

/* Each turn begins with another one, or else the first of several busy ones would be the only one
 * that is ever served. */
static void serve(struct loop *loop, enum watched whose, const struct epoll_event *ready,
                  unsigned count)
{
    begin_part(loop);
    for (unsigned i = 0; i < count && loop->left > 0; i++) {
        const struct epoll_event *event = &ready[(loop->turn + i) % count];
        struct watcher *watcher = event->data.ptr;
        if (watcher->fd >= 0 && watcher->whose == whose)
            watcher->ready(watcher, event->events);
    }
}

/* SPEC R5: datagrams and connections take turns; RULINGS B16: what is known already is never behind
 * the rest. */
static void serve_all(struct loop *loop, const struct epoll_event *ready, unsigned count)
{
    serve(loop, WATCHES_CLIENTS, ready, count);
    bool more = loop_left(loop) == 0;
    uint64_t before_ns = loop_meter(loop)->weighed_ns;
    serve(loop, WATCHES_NEWCOMERS, ready, count);
    serve(loop, WATCHES_CONNECTIONS, ready, count);
    bool crowded = more || loop_left(loop) == 0;
    if (more && loop_meter(loop)->weighed_ns != before_ns)
        serve(loop, WATCHES_CLIENTS, ready, count);
    if (!crowded || loop->turn % LATER_TURNS == 0)
        serve(loop, WATCHES_LATER, ready, count);
    serve(loop, WATCHES_SERVER, ready, count);
}

/* A few at a time: whoever was looked at stands last in the kernel's queue, served or not. */
static void on_queue(struct watcher *door, uint32_t events)
{
    struct queue *queue = LIST_OF(door, struct queue, door);
    struct epoll_event ready[QUEUE_READY];
    int count = QUEUE_READY;

    (void)events;
    for (unsigned round = 0;
         round < QUEUE_ROUNDS && count == QUEUE_READY && loop_left(queue->loop) > 0; round++) {
        count = epoll_wait(door->fd, ready, QUEUE_READY, 0);
        for (int i = 0; i < count; i++) {
            struct watcher *watcher = ready[i].data.ptr;
            if (watcher->fd >= 0)
                watcher->ready(watcher, ready[i].events);
        }
    }
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct loop *loop = poll->data;
    struct epoll_event ready[READY_MAX];
    int count;

    (void)status;
    (void)events;
    read_clocks(loop);
    count = epoll_wait(loop->epoll_fd, ready, READY_MAX, 0);
    if (count > 0) {
        serve_all(loop, ready, (unsigned)count);
        loop->turn++;
    }
    turn_ends(loop);
}

static int epoll_of(const struct loop *loop, enum watched whose)
{
    switch (whose) {
    case WATCHES_CONNECTIONS: return loop->queues[0].door.fd;
    case WATCHES_LATER: return loop->queues[1].door.fd;
    default: return loop->epoll_fd;
    }
}

static enum status control(struct loop *loop, int what, struct watcher *watcher, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watcher };
    return epoll_ctl(epoll_of(loop, watcher->whose), what, watcher->fd, &event) == 0 ? ST_OK
                                                                                     : ST_IO;
}

enum status loop_watch(struct loop *loop, struct watcher *watcher, uint32_t events)
{
    return control(loop, EPOLL_CTL_ADD, watcher, events);
}

enum status loop_change(struct loop *loop, struct watcher *watcher, uint32_t events)
{
    return control(loop, EPOLL_CTL_MOD, watcher, events);
}

enum status loop_move(struct loop *loop, struct watcher *watcher, enum watched whose,
                      uint32_t events)
{
    (void)!control(loop, EPOLL_CTL_DEL, watcher, 0);
    watcher->whose = whose;
    return control(loop, EPOLL_CTL_ADD, watcher, events);
}

void loop_unwatch(struct loop *loop, struct watcher *watcher)
{
    if (watcher->fd >= 0)
        (void)!control(loop, EPOLL_CTL_DEL, watcher, 0);
    watcher->fd = -1;
}

/* ---- life ---- */

static void on_wake(uv_async_t *async)
{
    struct loop *loop = async->data;
    read_clocks(loop);
    if (loop->on_wake)
        loop->on_wake(loop->wake_context);
    turn_ends(loop);
}

static void on_every(uv_timer_t *timer)
{
    struct loop *loop = timer->data;
    read_clocks(loop);
    loop->on_every(loop->every_context);
    turn_ends(loop);
}

static bool open_queues(struct loop *loop)
{
    bool open = true;

    for (unsigned i = 0; i < QUEUES; i++) {
        struct queue *queue = &loop->queues[i];
        queue->loop = loop;
        queue->door = (struct watcher){ on_queue, epoll_create1(EPOLL_CLOEXEC),
                                        i == 0 ? WATCHES_CONNECTIONS : WATCHES_LATER };
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = &queue->door };
        open = queue->door.fd >= 0 &&
               epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, queue->door.fd, &event) == 0 && open;
    }
    return open;
}

static void close_queues(struct loop *loop)
{
    for (unsigned i = 0; i < QUEUES; i++)
        if (loop->queues[i].door.fd >= 0)
            close(loop->queues[i].door.fd);
}

static bool begin_handles(struct loop *loop)
{
    loop->poll.data = loop->timer.data = loop->every.data = loop->wake.data = loop->again.data =
        loop;
    return uv_timer_init(&loop->uv, &loop->timer) == 0 &&
           uv_timer_init(&loop->uv, &loop->every) == 0 &&
           uv_idle_init(&loop->uv, &loop->again) == 0 &&
           uv_async_init(&loop->uv, &loop->wake, on_wake) == 0 &&
           uv_poll_init(&loop->uv, &loop->poll, loop->epoll_fd) == 0 &&
           uv_poll_start(&loop->poll, UV_READABLE, on_ready) == 0;
}

struct loop *loop_create(struct engine *engine, const struct loop_clients *clients)
{
    struct loop *loop = memory_new(sizeof *loop);

    if (!loop)
        return NULL;
    loop->engine = engine;
    loop->clients = *clients;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0 || uv_loop_init(&loop->uv) != 0) {
        if (loop->epoll_fd >= 0)
            close(loop->epoll_fd);
        memory_free(loop);
        return NULL;
    }
    read_clocks(loop);
    bool open = open_queues(loop);
    loop->upstream = upstream_create(loop);
    if (!begin_handles(loop) || !loop->upstream || !open) {
        loop_destroy(loop);
        return NULL;
    }
    return loop;
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void loop_destroy(struct loop *loop)
{
    if (!loop)
        return;
    upstream_destroy(loop->upstream);
    uv_walk(&loop->uv, close_handle, NULL);
    while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0) {
    }
    (void)!uv_loop_close(&loop->uv);
    close_queues(loop);
    close(loop->epoll_fd);
    memory_free(loop);
}

void loop_prime(struct loop *loop)
{
    read_clocks(loop);
    engine_prime(loop->engine, loop->now, loop->wall);
    drain(loop);
    upstream_tell_failures(loop->upstream);
}

void loop_run(struct loop *loop)
{
    time_event(loop);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void loop_once(struct loop *loop)
{
    set_timer(loop);
    uv_run(&loop->uv, UV_RUN_ONCE);
}

void loop_stop(struct loop *loop)
{
    uv_stop(&loop->uv);
}

void loop_on_wake(struct loop *loop, void (*called)(void *context), void *context)
{
    loop->on_wake = called;
    loop->wake_context = context;
}

void loop_wake(struct loop *loop)
{
    uv_async_send(&loop->wake);
}

void loop_every(struct loop *loop, uint64_t ms, void (*called)(void *context), void *context)
{
    loop->on_every = called;
    loop->every_context = context;
    if (ms == 0)
        uv_timer_stop(&loop->every);
    else
        uv_timer_start(&loop->every, on_every, ms, ms);
}
