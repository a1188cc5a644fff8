/* What did not come: silence, and failures of servers, networks and this machine. */
#include "lib/base/must.h"
#include "lib/engine/tell.h"

/* SPEC I2: servers that drop minimised names are asked the whole one, as if it were the first.
 * True: from now on another question is asked. */
static bool silent_when_minimised(struct fetch *fetch)
{
    struct walk *walk = fetch->walk;

    if (qmin_is_full(&walk->qmin) || ++walk->minimised_timeouts < MINIMISED_TIMEOUTS)
        return false;
    walk->minimised_timeouts = 0;
    qmin_give_up(&walk->qmin);
    for (unsigned i = 0; i < walk->selection.count; i++) {
        walk->selection.list[i].timeouts = 0;
        walk->selection.list[i].flags &= (uint8_t)~CANDIDATE_TCP_DEAD;
    }
    return true;
}

/* RFC 9520 §3.1 allows a third question over UDP: one forwarder among others gets none once it was
 * silent over both, or whether any of them lives would not be known within the client's time. */
static bool has_had_its_tries(const struct walk *walk)
{
    const struct exchange *now = &walk->now;

    return now->via == VIA_TCP && walk->cut.source == FROM_FORWARD && walk->selection.count > 1 &&
           walk->selection.list[now->candidate].timeouts > 0;
}

/* Over UDP it goes on receiving (RULINGS A22), while what it asks is still asked. */
static void timed_out(struct engine *engine, struct fetch *fetch)
{
    struct walk *walk = fetch->walk;
    struct selection_desk desk = engine_selection_desk(engine);

    metrics_add(&engine->metrics->upstream_timeouts, 1);
    load_leave_server(engine, &walk->now);
    tell_server(engine, fetch, &walk->now, TRAIL_SILENT, NULL);
    walk->sent_away = true;
    selection_timed_out(&walk->selection, &walk->now, &desk);
    if (has_had_its_tries(walk))
        walk->selection.list[walk->now.candidate].flags |= CANDIDATE_USELESS;
    if (silent_when_minimised(fetch)) {
        ask_close(engine, fetch, &walk->late);
        ask_close(engine, fetch, &walk->now);
    } else if (walk->now.via == VIA_UDP) {
        ask_close(engine, fetch, &walk->late);
        walk->late = walk->now;
        walk->now.active = false;
    } else {
        ask_close(engine, fetch, &walk->now);
    }
}

void fetch_timer(struct engine *engine, struct fetch *fetch)
{
    struct walk *walk = fetch->walk;

    if (!must(fetch->state == FETCH_SENT))
        return;
    if (walk->now.active)
        timed_out(engine, fetch);
    else
        ask_close(engine, fetch, &walk->late);
    fetch->state = FETCH_ASK;
    fetch_ready(engine, fetch);
}

static const char *failure_text(enum send_failure failure)
{
    switch (failure) {
    case SEND_LOCAL: return "this machine has no route or socket";
    case SEND_NO_PORT: return "the port is taken: another is drawn";
    case SEND_REFUSED: return "refused";
    case SEND_CUT: return "the connection ended within an answer";
    case SEND_LOST: break;
    }
    return "the connection ended";
}

static void count_own_fault(struct metrics *metrics, const struct exchange *exchange)
{
    metrics_add(&metrics->upstream_local_errors, 1);
    metrics_add(&metrics->upstream_tcp_local_errors, exchange->via == VIA_TCP);
}

/* RULINGS A23: a failure of this machine is no server's fault, an ICMP error no server's state. */
void fetch_failed(struct engine *engine, struct fetch *fetch, const struct failed *failed)
{
    struct walk *walk = fetch->walk;
    bool is_late = walk->late.active && walk->late.socket == failed->socket;
    struct exchange *exchange = is_late ? &walk->late : &walk->now;
    struct candidate *candidate = &walk->selection.list[exchange->candidate];
    uint8_t *tries;

    if (!exchange->active || exchange->socket != failed->socket)
        return;
    ask_close(engine, fetch, exchange);
    if (is_late)
        return;
    tell_server(engine, fetch, exchange, TRAIL_UNSENT, failure_text(failed->failure));
    switch (failed->failure) {
    case SEND_NO_PORT:
        count_own_fault(engine->metrics, exchange);
        ask_unsent(fetch, exchange);
        if (candidate->udp_tries > 0 && walk->ports_drawn++ < PORTS_DRAWN_MAX)
            candidate->udp_tries--;
        break;
    case SEND_LOCAL: /* its family rests for 5 s: that bounds the tries that are given back */
        tries = exchange->via == VIA_TCP ? &candidate->tcp_tries : &candidate->udp_tries;
        *tries = (uint8_t)(*tries - (*tries > 0));
        count_own_fault(engine->metrics, exchange);
        ask_unsent(fetch, exchange);
        engine->family_down_until[exchange->server.family == 6] = instant_after_s(engine->now, 5);
        break;
    case SEND_REFUSED:
    case SEND_CUT:
    case SEND_LOST:
        walk->sent_away = true;
        if (exchange->via == VIA_TCP)
            candidate->flags |= CANDIDATE_TCP_DEAD;
        else
            candidate->flags |= CANDIDATE_USELESS;
        break;
    }
    fetch->state = FETCH_ASK;
    fetch_ready(engine, fetch);
}

/* RFC 7766 §6.2.4: a server may end a connection that has served at any time, and who waits there
 * asks once more, on another. It says nothing of the server. False: it happened too often. */
static bool ask_elsewhere(struct engine *engine, struct fetch *fetch)
{
    struct walk *walk = fetch->walk;
    struct candidate *candidate = &walk->selection.list[walk->now.candidate];

    if (walk->streams_ended >= STREAMS_ENDED_MAX)
        return false;
    walk->streams_ended++;
    walk->sent_away = true;
    candidate->tcp_tries = (uint8_t)(candidate->tcp_tries - (candidate->tcp_tries > 0));
    tell_server(engine, fetch, &walk->now, TRAIL_UNSENT, "the connection had ended: another");
    ask_close(engine, fetch, &walk->now);
    fetch->state = FETCH_ASK;
    fetch_ready(engine, fetch);
    return true;
}

void fetch_stream_failed(struct engine *engine, const struct failed *failed)
{
    bool had_served = streams_has_answered(engine->streams, failed->socket) &&
                      (failed->failure == SEND_REFUSED || failed->failure == SEND_LOST);
    struct fetch *fetch;

    while ((fetch = streams_end(engine->streams, failed->socket)))
        if (!had_served || !ask_elsewhere(engine, fetch))
            fetch_failed(engine, fetch, failed);
}
