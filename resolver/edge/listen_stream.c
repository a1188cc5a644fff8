#include "resolver/edge/listen_stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/base/list.h"
#include "lib/base/memory.h"
#include "resolver/edge/inbox.h"
#include "resolver/edge/outbox.h"

enum { GENERATION_SHIFT = 32, INDEX_SHIFT = 48, CONNECTIONS_MAX = 4096 };

struct connection {
    struct watcher watcher;
    struct list node;  /* in `busy` or `resting`, or in `gone` until the next tick */
    struct list again; /* messages wait that no event will announce */
    struct listen_stream *listener;
    struct endpoint from;
    struct quota_place place; /* in the crowd */
    uint16_t slot, generation, in_flight;
    bool half_closed; /* the client sends no more */
    bool has_asked;
    uint32_t watched; /* epoll events */
    struct instant idle_since, message_since;
    struct instant stuck_since; /* nothing of what is unsent has gone */
    struct buffer in, unsent;   /* what is not read to its end, what is not sent */
};

struct listen_stream {
    struct watcher watcher;
    struct listen_stream_setup setup;
    struct list busy, resting; /* resting: no question in flight, the longest first */
    struct list gone, again;
    struct connection **slots; /* CONNECTIONS_MAX */
    uint16_t generation, next_slot;
    unsigned count;
    uint8_t *room; /* for an answer of the same call */
    bool paused;   /* accepting */
    bool dry;      /* reading: working memory runs low */
    int fd;
};

static struct pool *pool_of(const struct listen_stream *listener)
{
    return loop_pool(listener->setup.loop);
}

/* ---- client numbers ---- */

static uint64_t number_of(const struct connection *c)
{
    return c->slot | (uint64_t)c->generation << GENERATION_SHIFT |
           (uint64_t)c->listener->setup.index << INDEX_SHIFT;
}

static struct connection *connection_of(struct listen_stream *listener, uint64_t client)
{
    uint32_t slot = (uint32_t)client;
    struct connection *c = slot < CONNECTIONS_MAX ? listener->slots[slot] : NULL;
    return c && c->generation == (uint16_t)(client >> GENERATION_SHIFT) ? c : NULL;
}

/* ---- closing: at once for the socket, at the turn's end for the memory ---- */

static void close_connection(struct connection *c)
{
    struct listen_stream *listener = c->listener;
    int fd = c->watcher.fd;

    if (fd < 0)
        return;
    loop_unwatch(listener->setup.loop, &c->watcher);
    outbox_close(&c->unsent, fd);
    listener->slots[c->slot] = NULL;
    listener->count--;
    crowd_leave(listener->setup.crowd, c->place);
    list_remove(&c->again);
    list_remove(&c->node);
    list_push(&listener->gone, &c->node);
}

/* Not at once: a connection may close within the engine's event that its answer came from. */
static void free_gone(struct listen_stream *listener)
{
    struct list *node;
    while ((node = list_pop(&listener->gone))) {
        struct connection *c = LIST_OF(node, struct connection, node);
        struct event event = { .kind = EVENT_CANCEL_CLIENT, .client = number_of(c) };
        for (unsigned i = 0; i < c->in_flight; i++) /* nobody waits for these: LIMITS D5 */
            loop_event(listener->setup.loop, &event);
        buffer_free(&c->in, pool_of(listener));
        buffer_free(&c->unsent, pool_of(listener));
        memory_free(c);
    }
}

/* ---- what comes next for a connection ---- */

/* Who has asked enough for now, or does not read what it asked for (LIMITS F9). */
static bool is_full(const struct connection *c)
{
    return c->in_flight >= c->listener->setup.limits->tcp_in_flight || c->unsent.len >= OUTBOX_EASY;
}

/* A half-closed client still gets its answers, and with the last of them the end. */
static void settle(struct connection *c)
{
    struct bytes next;
    bool done = c->half_closed && c->in_flight == 0 && c->unsent.len == 0 &&
                inbox_look(&c->in, 0, &next) != INBOX_WHOLE;
    bool rests = c->half_closed || is_full(c) || c->listener->dry;
    uint32_t reads = rests ? 0 : (uint32_t)EPOLLIN;
    uint32_t events = reads | (c->unsent.len ? (uint32_t)EPOLLOUT : 0);

    if (c->watcher.fd < 0 || (events == c->watched && !done))
        return;
    if (done || loop_change(c->listener->setup.loop, &c->watcher, events) != ST_OK)
        close_connection(c);
    c->watched = events;
}

/* ---- writing ---- */

/* With what is here already, and its clock begins anew. */
static void read_on(struct connection *c)
{
    list_remove(&c->again);
    if (c->watcher.fd >= 0)
        list_push(&c->listener->again, &c->again);
    c->message_since = loop_now(c->listener->setup.loop);
}

static void write_unsent(struct connection *c)
{
    size_t before = c->unsent.len;
    bool was_full = is_full(c);
    if (outbox_write(&c->unsent, pool_of(c->listener), c->watcher.fd) != ST_OK)
        close_connection(c);
    else if (c->unsent.len < before)
        c->stuck_since = loop_now(c->listener->setup.loop);
    if (was_full)
        read_on(c);
}

/* The last answer is out, or on its way. */
static void rest(struct connection *c)
{
    c->idle_since = loop_now(c->listener->setup.loop);
    list_remove(&c->node);
    list_push(&c->listener->resting, &c->node);
}

void listen_stream_answer(struct listen_stream *listener, const struct answer *answer)
{
    struct connection *c = connection_of(listener, answer->client);

    if (!c)
        return;
    if (is_full(c))
        read_on(c);
    if (--c->in_flight == 0)
        rest(c);
    if (c->unsent.len == 0)
        c->stuck_since = loop_now(listener->setup.loop);
    if (outbox_send(&c->unsent, pool_of(listener), c->watcher.fd, answer->message) != ST_OK)
        close_connection(c);
    else
        settle(c);
}

/* A message that gets no answer: over TCP the connection ends, so that nobody waits. */
void listen_stream_drop(struct listen_stream *listener, uint64_t client)
{
    struct connection *c = connection_of(listener, client);
    if (c)
        close_connection(c);
}

/* ---- reading ---- */

static void one_query(struct connection *c, struct bytes message)
{
    struct listen_stream *listener = c->listener;
    struct event event = {
        .kind = EVENT_QUERY,
        .query = {
            .client = number_of(c),
            .from = c->from,
            .via = VIA_TCP,
            .message = message,
            .room = { listener->room, MESSAGE_OCTETS_MAX },
        },
    };
    if (c->in_flight++ == 0) {
        list_remove(&c->node);
        list_push(&listener->busy, &c->node);
    }
    c->has_asked = true;
    loop_event(listener->setup.loop, &event);
}

/* Whole messages leave the front of the buffer, as many as may be in flight. */
static void take_messages(struct connection *c)
{
    size_t at = 0;

    struct bytes message;
    enum inbox_state state = INBOX_WHOLE;

    while (c->watcher.fd >= 0 && !is_full(c) &&
           (state = inbox_look(&c->in, at, &message)) == INBOX_WHOLE) {
        one_query(c, message);
        at += PREFIX_OCTETS + message.len;
    }
    if (state == INBOX_TOO_LONG) { /* LIMITS F8 */
        close_connection(c);
        return;
    }
    buffer_leave(&c->in, pool_of(c->listener), at);
    if (at > 0)
        c->message_since = loop_now(c->listener->setup.loop);
}

/* RULINGS B17: under a quarter of working memory free, clients over TCP are read no more until a
 * tick finds that there is more of it: jobs that are under way need what is left. */
static bool has_room(struct connection *c)
{
    struct pool *pool = pool_of(c->listener);

    if (pool_low(pool) || buffer_grow(&c->in, pool, inbox_needed(&c->in), INBOX_MAX) != ST_OK)
        c->listener->dry = true;
    return !c->listener->dry;
}

static void read_some(struct connection *c)
{
    ssize_t got;

    if (!has_room(c))
        return;
    got = recv(c->watcher.fd, c->in.at + c->in.len, c->in.room - c->in.len, MSG_DONTWAIT);
    if (got < 0 && errno != EAGAIN && errno != EINTR)
        close_connection(c);
    if (got > 0 && c->in.len == 0)
        c->message_since = loop_now(c->listener->setup.loop);
    if (got == 0)
        c->half_closed = true;
    if (got > 0)
        c->in.len += (size_t)got;
    if (c->watcher.fd >= 0)
        take_messages(c);
}

static void on_ready(struct watcher *watcher, uint32_t events)
{
    struct connection *c = LIST_OF(watcher, struct connection, watcher);

    if (events & (EPOLLHUP | EPOLLERR)) { /* reset: nothing can be sent either */
        close_connection(c);
        return;
    }
    if (events & EPOLLOUT && c->unsent.len > 0)
        write_unsent(c);
    if (c->watcher.fd >= 0 && events & EPOLLIN)
        read_some(c);
    settle(c);
}

/* What was read before reading stopped is in no socket any more: no event tells of it. */
void listen_stream_turn(struct listen_stream *listener)
{
    struct list *node;

    while ((node = list_pop(&listener->again))) {
        struct connection *c = LIST_OF(node, struct connection, again);
        take_messages(c);
        settle(c);
    }
}

/* ---- accepting ---- */

static int free_slot(struct listen_stream *listener)
{
    for (unsigned tried = 0; tried < CONNECTIONS_MAX; tried++) {
        uint16_t slot = listener->next_slot;
        listener->next_slot = (uint16_t)((slot + 1) % CONNECTIONS_MAX);
        if (!listener->slots[slot])
            return slot;
    }
    return -1;
}

/* NULL: no memory, or no slot; the descriptor is closed. */
static struct connection *add_connection(struct listen_stream *listener, int fd)
{
    struct connection *c = memory_new(sizeof *c);
    int slot = free_slot(listener);
    int one = 1;

    if (!c || slot < 0) {
        memory_free(c);
        close(fd);
        return NULL;
    }
    c->listener = listener;
    c->watcher = (struct watcher){ .ready = on_ready, .fd = fd };
    c->slot = (uint16_t)slot;
    c->generation = ++listener->generation;
    c->idle_since = c->message_since = loop_now(listener->setup.loop);
    c->watched = EPOLLIN;
    list_init(&c->again);
    (void)!setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (loop_watch(listener->setup.loop, &c->watcher, EPOLLIN) != ST_OK) {
        memory_free(c);
        close(fd);
        return NULL;
    }
    listener->slots[slot] = c;
    listener->count++;
    list_push(&listener->resting, &c->node);
    return c;
}

/* LIMITS F9: where all places are taken, who has rested longest gives his to who comes, if it was
 * long enough to ask something. */
static bool make_place(struct listen_stream *listener)
{
    struct instant now = loop_now(listener->setup.loop);
    if (list_empty(&listener->resting))
        return false;
    struct connection *c = LIST_OF(listener->resting.next, struct connection, node);
    if (instant_ms_between(c->idle_since, now) < STREAM_PLACE_MS)
        return false;
    close_connection(c);
    return true;
}

/* SPEC R9: surplus is accepted and closed. */
static void accept_one(struct listen_stream *listener, int fd, const struct sockaddr *address)
{
    struct crowd *crowd = listener->setup.crowd;
    const struct limits *limits = listener->setup.limits;
    struct endpoint from;
    struct quota_place place;
    enum crowd_answer answer = CROWD_OWN;

    if (endpoint_from_sockaddr(address, &from))
        answer = crowd_enter(crowd, limits, &from, &place);
    if (answer == CROWD_FULL && make_place(listener))
        answer = crowd_enter(crowd, limits, &from, &place);
    if (answer != CROWD_IN) {
        close(fd);
        return;
    }
    struct connection *c = add_connection(listener, fd);
    if (!c) {
        crowd_leave(crowd, place);
        return;
    }
    c->from = from;
    c->place = place;
}

static void on_accept(struct watcher *watcher, uint32_t events)
{
    struct listen_stream *listener = LIST_OF(watcher, struct listen_stream, watcher);

    (void)events;
    for (unsigned i = 0; i < STREAM_ACCEPTS; i++) {
        struct sockaddr_storage address;
        socklen_t len = sizeof address;
        int fd =
            accept4(listener->fd, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            accept_one(listener, fd, (struct sockaddr *)&address);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            loop_unwatch(listener->setup.loop, &listener->watcher); /* until the next tick (G6) */
            listener->paused = true;
        }
        return;
    }
}

/* ---- time ---- */

/* Reading goes on, and the clocks of all begin anew. */
static void read_again(struct list *connections)
{
    LIST_EACH(at, connections) {
        struct connection *c = LIST_OF(at, struct connection, node);
        c->message_since = c->idle_since = loop_now(c->listener->setup.loop);
        settle(c);
    }
}

/* Answers that are not read while memory is low, a message that does not end, a question that does
 * not come, nothing at all: RFC 7766 §6.2.3. */
static bool is_over(const struct connection *c)
{
    const struct listen_stream_setup *setup = &c->listener->setup;
    struct instant now = loop_now(setup->loop);
    uint64_t patience = crowd_patience_ms(setup->crowd, setup->limits);

    if (c->listener->dry && c->unsent.len > 0 && /* LIMITS F9: the slowest go first */
        instant_ms_between(c->stuck_since, now) >= STREAM_STUCK_MS)
        return true;
    if (c->in.len > 0 && !is_full(c) && !c->listener->dry &&
        instant_ms_between(c->message_since, now) > STREAM_MESSAGE_MS)
        return true;
    if (!c->has_asked && c->in.len == 0 && !c->listener->dry && patience > STREAM_FIRST_MS)
        patience = STREAM_FIRST_MS;
    return c->in_flight == 0 && instant_ms_between(c->idle_since, now) > patience;
}

static void end_what_is_over(struct list *connections)
{
    LIST_EACH(at, connections) {
        struct connection *c = LIST_OF(at, struct connection, node);
        if (is_over(c))
            close_connection(c);
    }
}

void listen_stream_tick(struct listen_stream *listener)
{
    free_gone(listener);
    if (listener->dry && !pool_low(pool_of(listener))) {
        listener->dry = false;
        read_again(&listener->busy);
        read_again(&listener->resting);
    }
    end_what_is_over(&listener->busy);
    end_what_is_over(&listener->resting);
    if (listener->paused) {
        listener->paused = false;
        listener->watcher.fd = listener->fd;
        (void)!loop_watch(listener->setup.loop, &listener->watcher, EPOLLIN);
    }
}

/* ---- life ---- */

struct listen_stream *listen_stream_create(const struct listen_stream_setup *setup)
{
    struct listen_stream *listener = memory_new(sizeof *listener);
    if (!listener) {
        close(setup->fd);
        return NULL;
    }
    listener->setup = *setup;
    listener->fd = setup->fd;
    listener->watcher = (struct watcher){ .ready = on_accept, .fd = setup->fd };
    list_init(&listener->busy);
    list_init(&listener->resting);
    list_init(&listener->gone);
    list_init(&listener->again);
    listener->slots = memory_array(CONNECTIONS_MAX, sizeof *listener->slots);
    listener->room = memory_new(MESSAGE_OCTETS_MAX);
    if (!listener->slots || !listener->room ||
        loop_watch(setup->loop, &listener->watcher, EPOLLIN) != ST_OK) {
        listener->watcher.fd = -1;
        listen_stream_destroy(listener);
        return NULL;
    }
    return listener;
}

void listen_stream_stop(struct listen_stream *listener)
{
    listener->paused = false;
    loop_unwatch(listener->setup.loop, &listener->watcher);
}

static void close_all(struct list *connections)
{
    while (!list_empty(connections))
        close_connection(LIST_OF(connections->next, struct connection, node));
}

void listen_stream_destroy(struct listen_stream *listener)
{
    if (!listener)
        return;
    close_all(&listener->busy);
    close_all(&listener->resting);
    free_gone(listener);
    listen_stream_stop(listener);
    close(listener->fd);
    memory_free(listener->slots);
    memory_free(listener->room);
    memory_free(listener);
}
