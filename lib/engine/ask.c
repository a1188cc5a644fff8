/* Choosing a server and sending: the part of a fetch that costs packets. */
#include "lib/base/must.h"
#include "lib/engine/route.h"
#include "lib/engine/tell.h"

enum { TCP_DEAD_MAX = 2, SILENCES_THEN_HINTS = 2 };

struct selection_desk engine_selection_desk(struct engine *engine)
{
    return (struct selection_desk){
        .infra = engine->caches->infra,
        .policy = engine->policy,
        .prng = &engine->prng,
        .window = &engine->window,
        .families = &engine->families,
        .family_down = { instant_before(engine->now, engine->family_down_until[0]),
                         instant_before(engine->now, engine->family_down_until[1]) },
        .now = engine->now,
    };
}

/* There is room for every socket that can be open, so a close is never lost. */
void engine_closing(struct engine *engine, uint32_t socket)
{
    if (must(engine->closing_count < engine->closing_room))
        engine->closing[engine->closing_count++] = socket;
}

void engine_close_socket(struct engine *engine, uint32_t socket)
{
    if (!sockets_exists(engine->sockets, socket))
        return;
    sockets_forget(engine->sockets, socket);
    engine_closing(engine, socket);
}

void ask_close(struct engine *engine, struct fetch *fetch, struct exchange *exchange)
{
    bool unsent; /* its SEND has not been drawn: whoever carries actions out knows of no socket */

    if (!exchange->active)
        return;
    exchange->active = false;
    load_leave_server(engine, exchange);
    unsent = exchange == &fetch->walk->now && !list_empty(&fetch->sending) &&
             exchange->grant.use == SOCKET_NEW;
    if (exchange == &fetch->walk->now) {
        list_remove(&fetch->sending);
        heap_remove(&engine->timers, &fetch->timer);
    }
    if (exchange->via == VIA_TCP)
        streams_give_up(engine->streams, exchange->socket, exchange->id, engine->now);
    else if (unsent)
        sockets_forget(engine->sockets, exchange->socket);
    else
        engine_close_socket(engine, exchange->socket);
}

/* RULINGS A22, B10: a socket that timed out has had its late answer and is not used again. */
void ask_answered(struct engine *engine, struct fetch *fetch, struct exchange *exchange)
{
    exchange->active = false;
    load_leave_server(engine, exchange);
    if (exchange->via == VIA_TCP)
        streams_answered(engine->streams, exchange->socket, exchange->id, engine->now);
    else if (exchange == &fetch->walk->late ||
             !sockets_answered(engine->sockets, exchange->socket, engine->now))
        engine_close_socket(engine, exchange->socket);
}

/* The next question of this walk; a changed one begins the count of resends anew (RULINGS A7). */
static void turn_to_question(struct fetch *fetch, const struct selection_desk *desk)
{
    struct walk *walk = fetch->walk;
    struct asked next = { .zone = walk->cut.zone,
                          .of_forwarder = walk->cut.source == FROM_FORWARD };
    qmin_question(&walk->qmin, &walk->at, fetch->type, &next.name, &next.type);
    if (walk->questions_at_cut > 0 && next.type == walk->asked.type &&
        name_equal(&next.name, &walk->asked.name))
        return;
    walk->asked = next;
    walk->questions_at_cut++;
    walk->empties = walk->empty_nxdomains = 0;
    walk->streams_ended = 0;
    walk->unasked = true;
    selection_ask(&walk->selection, &walk->asked.name, walk->asked.type, desk);
}

static bool pay_for_question(struct engine *engine, struct fetch *fetch)
{
    struct walk *walk = fetch->walk;
    bool question = walk->unasked && !walk->question_paid, packet = !walk->packet_paid;

    walk->question_paid = walk->question_paid && !walk->unasked;
    walk->unasked = walk->packet_paid = false;
    metrics_add(&engine->metrics->upstream_questions, question);
    return (!question || payers_charge(engine, fetch, SPEND_QUESTION, 1)) &&
           (!packet || payers_charge(engine, fetch, SPEND_PACKET, 1));
}

void ask_unsent(struct fetch *fetch, const struct exchange *exchange)
{
    struct walk *walk = fetch->walk;

    walk->packet_paid = true;
    walk->question_paid = walk->question_paid || exchange->first;
    walk->unasked = walk->unasked || exchange->first;
}

/* Over TCP on a connection that is open, but for who was just on one that ended: a server that ends
 * each after an answer would end the next too. A retransmission over UDP has its own socket. */
static enum status take_socket(struct engine *engine, struct fetch *fetch,
                               struct exchange *exchange)
{
    const struct walk *walk = fetch->walk;
    bool alone = exchange->via == VIA_TCP ? walk->streams_ended > 0
                                          : walk->selection.list[exchange->candidate].udp_tries > 1;
    enum socket_use use = alone ? SOCKET_NEW : SOCKET_AGAIN;
    struct socket_wish socket = { &exchange->server, exchange->via, use, engine->now };
    struct stream_wish stream = { &exchange->server, use, engine->now };

    if (exchange->via == VIA_TCP)
        return streams_take(engine->streams, &stream, &engine->prng, &exchange->grant);
    return sockets_take(engine->sockets, &socket, &engine->prng, fetch, &exchange->grant);
}

static enum ask_result send_to(struct engine *engine, struct fetch *fetch, int pick,
                               struct selection_desk *desk)
{
    struct exchange *exchange = &fetch->walk->now;
    struct candidate *candidate = &fetch->walk->selection.list[pick];
    enum status taken;
    bool first;

    if (load_server_is_full(engine, fetch, candidate)) {
        metrics_add(&engine->metrics->servers_full, 1);
        candidate->full = true;
        return ASK_OTHER;
    }
    first = fetch->walk->unasked;
    if (!pay_for_question(engine, fetch))
        return ASK_SPENT;
    selection_prepare(&fetch->walk->selection, pick, exchange, desk);
    exchange->first = first;
    route_prepare(engine, fetch, exchange);
    taken = take_socket(engine, fetch, exchange);
    if (taken == ST_BUSY) { /* its connections are all stuck: as if it had no TCP */
        ask_unsent(fetch, exchange);
        candidate->flags |= CANDIDATE_TCP_DEAD;
        return ASK_OTHER;
    }
    if (taken != ST_OK)
        return ASK_UNABLE;
    exchange_draw(exchange, &fetch->walk->asked.name, fetch->walk->asked.type, &engine->prng);
    exchange->active = true;
    exchange->sent_at = engine->now;
    exchange->socket = exchange->grant.socket;
    if (exchange->via == VIA_TCP)
        exchange->id = streams_ask(engine->streams, exchange->socket, fetch, exchange->id);
    if (heap_set(&engine->timers, &fetch->timer, exchange->deadline) != ST_OK) {
        ask_close(engine, fetch, exchange);
        return ASK_UNABLE;
    }
    load_enter_server(engine, fetch, exchange);
    list_push(&engine->sending, &fetch->sending);
    tell_asked(engine, fetch);
    metrics_add(&engine->metrics->upstream_packets, 1);
    metrics_add(&engine->metrics->upstream_tcp, exchange->via == VIA_TCP);
    metrics_add(&engine->metrics->upstream_streams,
                exchange->via == VIA_TCP && exchange->grant.use == SOCKET_NEW);
    metrics_add(&engine->metrics->upstream_reused, exchange->grant.use == SOCKET_AGAIN);
    return ASK_SENT;
}

static unsigned count_tcp_dead(const struct selection *selection)
{
    unsigned dead = 0;
    for (unsigned i = 0; i < selection->count; i++)
        dead += (selection->list[i].flags & CANDIDATE_TCP_DEAD) != 0;
    return dead;
}

/* RULINGS A35: over TCP, be it to the second server; where two have none the network has none. */
static void call_to_tcp(struct selection *selection, int pick)
{
    if (count_tcp_dead(selection) < TCP_DEAD_MAX)
        selection->list[pick].flags |= CANDIDATE_TCP;
}

static int without_tcp(const struct selection *selection)
{
    for (unsigned i = 0; i < selection->count; i++)
        if (selection->list[i].flags & CANDIDATE_TCP_DEAD)
            return (int)i;
    return -1;
}

static int candidate_at(const struct selection *selection, const struct endpoint *server)
{
    for (unsigned i = 0; i < selection->count; i++)
        if (endpoint_equal(&selection->list[i].server, server))
            return (int)i;
    return -1;
}

/* RULINGS A29: a zone's keys are asked for at another address than the question that they are
 * fetched beside, which waits for them through its FOR_KEYS. Only at first: a retry goes where it
 * does best. -1: nobody is to be avoided. */
static int address_to_avoid(const struct fetch *fetch)
{
    if (fetch->by_tcp)
        return without_tcp(&fetch->walk->selection);
    if (fetch->purpose != FOR_RECORDS || !fetch->walk->unasked)
        return -1;
    LIST_EACH(edge, &fetch->waiters) {
        struct fetch *keys = LIST_OF(edge, struct wait, of_waited)->waiter;
        if (!keys)
            continue;
        LIST_EACH(beside, &keys->waiters) {
            const struct fetch *asker = LIST_OF(beside, struct wait, of_waited)->waiter;
            if (asker && asker->walk && asker->walk->now.active)
                return candidate_at(&fetch->walk->selection, &asker->walk->now.server);
        }
    }
    return -1;
}

enum ask_result ask_next(struct engine *engine, struct fetch *fetch)
{
    struct walk *walk = fetch->walk;
    struct selection_desk desk = engine_selection_desk(engine);
    unsigned lookups = 0;
    int pick = -1;

    turn_to_question(fetch, &desk);
    if (selection_others(&walk->selection, -1, &desk) < 2) /* RULINGS A7 */
        lookups = servers_look_up(engine, fetch);
    if (walk->cut.source == FROM_PRIMING && (selection_usable(&walk->selection, &desk) == 0 ||
                                             walk->selection.silences >= SILENCES_THEN_HINTS))
        servers_add_hints(engine, fetch);
    if (walk->selection.count > 0)
        pick = selection_pick(&walk->selection, address_to_avoid(fetch), &desk);
    /* RULINGS A10: who is lame, or failed at this, is asked when there is no other server: first
     * those are waited for whose addresses are being looked up. */
    if (pick >= 0 && lookups && selection_comes_last(&walk->selection, pick, &desk))
        return ASK_NEED_ADDRESSES;
    if (pick >= 0 && fetch->by_tcp)
        call_to_tcp(&walk->selection, pick);
    if (pick >= 0)
        return send_to(engine, fetch, pick, &desk);
    if (lookups)
        return ASK_NEED_ADDRESSES;
    return walk->lookups_cut_short ? ASK_UNABLE : ASK_NO_SERVER; /* RULINGS A2 */
}

size_t ask_render(struct engine *engine, struct fetch *fetch, struct send *send)
{
    struct exchange *exchange = &fetch->walk->now;
    size_t len = exchange_write(exchange, engine->out);
    *send = (struct send){
        .socket = exchange->socket,
        .use = exchange->via == VIA_TCP
                   ? streams_send(engine->streams, exchange->socket, exchange->id)
                   : exchange->grant.use,
        .via = exchange->via,
        .port = exchange->grant.port,
        .to = exchange->server,
        .message = { engine->out, len },
    };
    return len;
}
