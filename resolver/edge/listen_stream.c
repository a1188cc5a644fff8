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
#include "lib/wire/message.h"
#include "resolver/edge/doorman.h"
#include "resolver/edge/inbox.h"
#include "resolver/edge/numbers.h"
#include "resolver/edge/outbox.h"

struct connection {
    struct watcher watcher;
    struct guest guest;
    struct list gone;  /* until the next tick */
    struct list again; /* messages wait that no event will announce */
    struct listen_stream *listener;
    struct stream_gate_client client;
    uint64_t number;
    bool half_closed; /* the client sends no more */
    bool has_asked;
    uint32_t watched; /* epoll events */
    struct instant message_since;
    struct instant stuck_since; /* nothing of what is unsent has gone */
    struct buffer in, unsent;   /* what is not read to its end, what is not sent */
    struct guest_question questions[];
};

struct listen_stream {
    struct doorman doorman;
    struct listen_stream_setup setup;
    struct list gone, again;
    struct numbers numbers;
    uint8_t *room; /* for an answer of the same call */
    bool dry;      /* reading rests: working memory runs low */
};

static struct pool *pool_of(const struct listen_stream *listener)
{
    return loop_pool(listener->setup.loop);
}

static const struct limits *limits_of(const struct listen_stream *listener)
{
    return listener->setup.company->limits;
}

static struct connection *connection_at(struct list *guest)
{
    return LIST_OF(guest, struct connection, guest.node);
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
    numbers_give_back(&listener->numbers, c->number);
    company_leave(listener->setup.company, &c->guest);
    list_remove(&c->again);
    list_push(&listener->gone, &c->gone);
}

/* Not at once: a connection may close within the engine's event that its answer came from. */
static void free_gone(struct listen_stream *listener)
{
    struct list *node;
    while ((node = list_pop(&listener->gone))) {
        struct connection *c = LIST_OF(node, struct connection, gone);
        for (unsigned i = 0; i < limits_of(listener)->tcp_in_flight; i++) {
            struct event event = { .kind = EVENT_CANCEL_CLIENT,
                                   .client = numbers_of_question(c->number, i) };
            if (c->questions[i].waits) /* nobody waits for the answer: LIMITS D5 */
                loop_event(listener->setup.loop, &event);
        }
        buffer_free(&c->in, pool_of(listener));
        buffer_free(&c->unsent, pool_of(listener));
        memory_free(c);
    }
}

/* ---- what comes next for a connection ---- */

/* Who has asked enough for now, or does not read what it asked for (LIMITS F9). */
static bool is_full(const struct connection *c)
{
    return c->guest.in_flight >= limits_of(c->listener)->tcp_in_flight ||
           c->unsent.len >= OUTBOX_EASY;
}

/* A half-closed client still gets its answers, and with the last of them the end. */
static void settle(struct connection *c)
{
    struct bytes next;
    bool done = c->half_closed && c->guest.in_flight == 0 && c->unsent.len == 0 &&
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
    list_push(&c->listener->again, &c->again);
    c->message_since = loop_now(c->listener->setup.loop);
}

static void write_unsent(struct connection *c)
{
    size_t before = c->unsent.len;
    bool was_full = is_full(c);
    if (outbox_write(&c->unsent, pool_of(c->listener), c->watcher.fd) != ST_OK) {
        close_connection(c);
        return;
    }
    if (c->unsent.len < before)
        c->stuck_since = loop_now(c->listener->setup.loop);
    if (was_full)
        read_on(c);
}

/* Whose question has ended; NULL: he is not here any more. */
static struct connection *end_question(struct listen_stream *listener, uint64_t client)
{
    struct connection *c = numbers_find(&listener->numbers, client);
    struct instant now = loop_now(listener->setup.loop);
    bool was_full = c && is_full(c);

    if (!c || !company_ends(listener->setup.company, &c->guest, numbers_question(client), now))
        return NULL;
    if (was_full)
        read_on(c);
    return c;
}

void listen_stream_answer(struct listen_stream *listener, const struct answer *answer)
{
    struct connection *c = end_question(listener, answer->client);

    if (!c)
        return;
    if (c->unsent.len == 0)
        c->stuck_since = loop_now(listener->setup.loop);
    if (outbox_send(&c->unsent, pool_of(listener), c->watcher.fd, answer->message) != ST_OK)
        close_connection(c);
    else
        settle(c);
}

/* A question that gets no answer is no reason to end the others. */
void listen_stream_drop(struct listen_stream *listener, uint64_t client)
{
    struct connection *c = end_question(listener, client);
    if (c)
        settle(c);
}

/* ---- reading ---- */

/* LIMITS F8: what no answer may ever come to. Framing is not to be trusted either. */
static bool is_query(struct bytes message)
{
    struct header header;
    return header_read(message, &header) && (header.flags & FLAG_QR) == 0;
}

static void one_query(struct connection *c, struct bytes message)
{
    struct listen_stream *listener = c->listener;
    struct company *company = listener->setup.company;
    struct instant now = loop_now(listener->setup.loop);
    struct event event = {
        .kind = EVENT_QUERY,
        .query = {
            .client = numbers_of_question(c->number, company_asks(company, &c->guest, now)),
            .from = c->client.from,
            .via = VIA_TCP,
            .idle_ms = (uint32_t)crowd_patience_ms(company->crowd, company->limits),
            .message = message,
            .room = { listener->room, MESSAGE_OCTETS_MAX },
        },
    };
    c->has_asked = true;
    loop_event(listener->setup.loop, &event);
    if (!is_query(message))
        close_connection(c);
}

/* Whole messages leave the front of the buffer, as many as may be in flight, and no more at a time
 * than the others can wait for. */
static void take_messages(struct connection *c)
{
    size_t at = 0;
    unsigned taken = 0;
    struct bytes message;
    enum inbox_state state = INBOX_WHOLE;

    while (c->watcher.fd >= 0 && !is_full(c) &&
           (state = inbox_look(&c->in, at, &message)) == INBOX_WHOLE) {
        if (taken++ == STREAM_MESSAGES) {
            read_on(c);
            break;
        }
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

/* False: it has closed, or stands in the other queue now. */
static bool keeps_its_queue(struct connection *c)
{
    struct loop *loop = c->listener->setup.loop;
    enum cputime_verdict verdict =
        stream_gate_judge(c->listener->setup.gate, &c->client, loop_now(loop));
    enum watched whose = verdict == CPUTIME_AT_ONCE ? WATCHES_CONNECTIONS : WATCHES_LATER;

    if (verdict != CPUTIME_CLOSE && whose == c->watcher.whose)
        return true;
    if (verdict == CPUTIME_CLOSE || loop_move(loop, &c->watcher, whose, c->watched) != ST_OK)
        close_connection(c);
    return false;
}

static void on_ready(struct watcher *watcher, uint32_t events)
{
    struct connection *c = LIST_OF(watcher, struct connection, watcher);

    if (events & (EPOLLHUP | EPOLLERR)) { /* reset: nothing can be sent either */
        close_connection(c);
        return;
    }
    if (!keeps_its_queue(c))
        return;
    if (events & EPOLLOUT)
        write_unsent(c);
    if (c->watcher.fd >= 0 && events & EPOLLIN)
        read_some(c);
    settle(c);
}

/* What was read before reading stopped is in no socket any more: no event tells of it. */
void listen_stream_turn(struct listen_stream *listener)
{
    struct company *company = listener->setup.company;
    struct guest *pays = company_pays(company, loop_now(listener->setup.loop));
    struct list *node;

    if (pays) {
        metrics_add(&company->metrics->tcp_yielded, 1);
        close_connection(connection_at(&pays->node));
    }
    for (unsigned i = 0; i < STREAM_AGAIN && (node = list_pop(&listener->again)); i++) {
        struct connection *c = LIST_OF(node, struct connection, again);
        take_messages(c);
        settle(c);
    }
    if (!list_empty(&listener->again))
        loop_again(listener->setup.loop);
}

/* ---- accepting ---- */

/* NULL: no memory, or no slot; the descriptor is closed. */
static struct connection *add_connection(struct listen_stream *listener, int fd)
{
    struct connection *c =
        memory_new(sizeof *c + limits_of(listener)->tcp_in_flight * sizeof(struct guest_question));
    int one = 1;

    if (!c || !numbers_take(&listener->numbers, c, &c->number)) {
        memory_free(c);
        close(fd);
        return NULL;
    }
    c->listener = listener;
    c->watcher = (struct watcher){ on_ready, fd, WATCHES_CONNECTIONS };
    c->message_since = loop_now(listener->setup.loop);
    c->watched = EPOLLIN;
    c->guest.questions = c->questions;
    list_init(&c->gone);
    list_init(&c->again);
    (void)!setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (loop_watch(listener->setup.loop, &c->watcher, EPOLLIN) != ST_OK) {
        numbers_give_back(&listener->numbers, c->number);
        memory_free(c);
        close(fd);
        return NULL;
    }
    return c;
}

static struct listen_stream *listener_of(struct doorman *doorman)
{
    return LIST_OF(doorman, struct listen_stream, doorman);
}

static void let_in(struct doorman *doorman, const struct newcomer *newcomer)
{
    struct company *company = doorman->company;
    struct connection *c = add_connection(listener_of(doorman), newcomer->fd);

    if (!c) {
        crowd_goes(company->crowd, &company->part, &newcomer->client);
        return;
    }
    c->client.from = newcomer->from;
    c->guest.client = newcomer->client;
    company_enter(company, &c->guest, loop_now(doorman->loop));
    stream_gate_enter(c->listener->setup.gate, &c->client, loop_meter(doorman->loop),
                      loop_now(doorman->loop));
    if (!keeps_its_queue(c))
        return;
    read_some(c); /* what came with it: unheard, it would be the first to yield */
    settle(c);
}

static void send_away(struct doorman *doorman, struct guest *guest)
{
    (void)doorman;
    close_connection(connection_at(&guest->node));
}

/* ---- time ---- */

/* For each connection of this listener; `act` may close it. */
static void each(struct listen_stream *listener, void (*act)(struct connection *c))
{
    struct company *company = listener->setup.company;
    struct list *const all[] = { &company->busy, &company->resting };

    for (unsigned i = 0; i < 2; i++)
        LIST_EACH(at, all[i])
            if (connection_at(at)->listener == listener)
                act(connection_at(at));
}

/* Reading goes on, and the clocks of all begin anew. */
static void read_again(struct connection *c)
{
    c->message_since = c->guest.idle_since = loop_now(c->listener->setup.loop);
    settle(c);
}

/* Answers that are not read while memory is low, a message that does not end, a question that does
 * not come, nothing at all: RFC 7766 §6.2.3. */
static bool is_over(const struct connection *c)
{
    const struct company *company = c->listener->setup.company;
    struct instant now = loop_now(c->listener->setup.loop);
    uint64_t patience = crowd_patience_ms(company->crowd, company->limits);

    if (c->listener->dry && c->unsent.len > 0 && /* LIMITS F9: the slowest go first */
        instant_ms_between(c->stuck_since, now) >= STREAM_STUCK_MS)
        return true;
    if (c->in.len > 0 && !is_full(c) && !c->listener->dry &&
        instant_ms_between(c->message_since, now) > STREAM_MESSAGE_MS)
        return true;
    if (!c->has_asked && c->in.len == 0 && !c->listener->dry && patience > STREAM_FIRST_MS)
        patience = STREAM_FIRST_MS;
    return c->guest.in_flight == 0 && instant_ms_between(c->guest.idle_since, now) > patience;
}

static void end_if_over(struct connection *c)
{
    if (!is_over(c))
        return;
    metrics_add(&c->listener->setup.company->metrics->tcp_timed_out, 1);
    close_connection(c);
}

void listen_stream_tick(struct listen_stream *listener)
{
    free_gone(listener);
    if (listener->dry && !pool_low(pool_of(listener))) {
        listener->dry = false;
        each(listener, read_again);
    }
    each(listener, end_if_over);
    doorman_tick(&listener->doorman);
}

bool listen_stream_is_paused(const struct listen_stream *listener)
{
    return listener->doorman.paused;
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
    listener->doorman = (struct doorman){
        .loop = setup->loop,
        .company = setup->company,
        .fd = setup->fd,
        .lets_in = let_in,
        .sends_away = send_away,
        .watcher = { .fd = -1 },
    };
    list_init(&listener->gone);
    list_init(&listener->again);
    listener->room = memory_new(MESSAGE_OCTETS_MAX);
    if (!numbers_init(&listener->numbers, setup->index) || !listener->room ||
        doorman_begin(&listener->doorman) != ST_OK) {
        listen_stream_destroy(listener);
        return NULL;
    }
    return listener;
}

void listen_stream_stop(struct listen_stream *listener)
{
    doorman_stop(&listener->doorman);
}

void listen_stream_destroy(struct listen_stream *listener)
{
    if (!listener)
        return;
    each(listener, close_connection);
    free_gone(listener);
    listen_stream_stop(listener);
    close(listener->setup.fd);
    numbers_clear(&listener->numbers);
    memory_free(listener->room);
    memory_free(listener);
}
