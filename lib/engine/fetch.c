#include "lib/engine/fetch.h"

#include "lib/base/must.h"
#include "lib/engine/appeal.h"
#include "lib/engine/blame.h"
#include "lib/engine/deduce.h"
#include "lib/engine/doubt.h"
#include "lib/engine/local.h"
#include "lib/engine/route.h"
#include "lib/engine/tell.h"
#include "lib/wire/type.h"

/* ---- looking: the caches, then the cut ---- */

/* Raw records are for their own cut to show: nothing is deduced for it. */
static bool is_known(struct engine *engine, struct fetch *fetch, const struct link_key *key,
                     struct link *link)
{
    struct caches *caches = engine->caches;

    if (rrset_cache_find(caches->rrsets, key, engine->now, fetch->arena, link) == ST_OK)
        return true;
    return fetch->purpose != FOR_RECORDS && deduce_find(engine, key, fetch->arena, link) == ST_OK;
}

static bool look_in_cache(struct engine *engine, struct fetch *fetch)
{
    struct link_key key = { &fetch->walk->at, fetch->type, fetch->class };
    struct link *link = ARENA_NEW(fetch->arena, struct link);
    struct failure failure;

    if (!link) {
        fetch_end(engine, fetch, OUTCOME_SPENT, cause_of(WHY_NO_MEMORY));
        return true;
    }
    if (!fetch->skip_cache && is_known(engine, fetch, &key, link)) {
        tell_cached(engine, fetch, WHY_NONE);
        fetch_take_link(engine, fetch, link);
        return true;
    }
    if (fetch->purpose == FOR_ANSWER && !fetch->skip_cache &&
        failure_cache_get(engine->caches->failures, &key, engine->now, &failure) == ST_OK) {
        fetch->from_failure_cache = true;
        tell_cached(engine, fetch, (enum why)failure.cause.why);
        fetch_end(engine, fetch, OUTCOME_FAILED, failure.cause);
        return true;
    }
    return false;
}

static void enter_cut(struct engine *engine, struct fetch *fetch)
{
    struct walk *walk = fetch->walk;
    if (!load_enter_zone(engine, fetch)) {
        metrics_add(&engine->metrics->zone_crowded, 1);
        fetch_end(engine, fetch, OUTCOME_SPENT, load_cause(fetch, WHY_ZONE_BUSY));
        return;
    }
    walk->has_cut = true;
    walk->questions_at_cut = 0;
    walk->minimised_timeouts = 0;
    walk->servers_spoke = walk->sent_away = false;
    walk->last_class = 0;
    walk->bogus = cause_of(WHY_NONE); /* of who else may be asked now, nothing is known */
    ask_close(engine, fetch, &walk->late);
    qmin_at_cut(&walk->qmin, walk->cut.zone.labels, engine->policy);
    if (walk->cut.source == FROM_FORWARD ||
        (fetch->purpose == FOR_RECORDS && fetch->type == TYPE_DNSKEY))
        qmin_give_up(&walk->qmin); /* a forwarder needs all of it; keys are at the cut itself */
    if (servers_at_cut(engine, fetch) != ST_OK) {
        fetch_end(engine, fetch, OUTCOME_SPENT, cause_of(WHY_NO_MEMORY));
        return;
    }
    tell_cut(engine, fetch);
    trust_ahead(engine, fetch);
    fetch->state = FETCH_ASK;
}

static bool find_cut(struct engine *engine, struct fetch *fetch)
{
    struct walk *walk = fetch->walk;

    walk->has_cut = walk->has_cut || route_find_cut(engine, fetch);
    if (!walk->has_cut)
        fetch_end(engine, fetch, OUTCOME_SPENT, cause_of(WHY_NO_MEMORY));
    return walk->has_cut;
}

static void look(struct engine *engine, struct fetch *fetch)
{
    bool raw = fetch->purpose == FOR_RECORDS;

    if (local_fetch(engine, fetch))
        return;
    /* Raw records are judged by their cut, wherever they come from. */
    if (raw && !find_cut(engine, fetch))
        return;
    if (!(raw && fetch->type == TYPE_DNSKEY) && look_in_cache(engine, fetch))
        return;
    qmin_begin(&fetch->walk->qmin, &fetch->walk->at);
    if (find_cut(engine, fetch))
        enter_cut(engine, fetch);
}

/* ---- asking ---- */

/* Its answer may still come, for as long as that of a server we do not know: RULINGS A22. */
static bool wait_for_late(struct engine *engine, struct fetch *fetch)
{
    struct walk *walk = fetch->walk;
    struct instant until =
        instant_after_ms(walk->late.deadline, engine->policy->limits.timeout_cap_ms);

    if (!walk->late.active || !instant_before(engine->now, until) ||
        heap_set(&engine->timers, &fetch->timer, until) != ST_OK)
        return false;
    fetch->state = FETCH_SENT;
    walk->out_of_servers = true;
    return true;
}

static void no_server(struct engine *engine, struct fetch *fetch)
{
    struct walk *walk = fetch->walk;
    if (route_fall_back(engine, fetch) || wait_for_late(engine, fetch))
        return;
    if (selection_is_full(&walk->selection)) /* RULINGS A2: nothing is known of it */
        fetch_end(engine, fetch, OUTCOME_SPENT, load_cause(fetch, WHY_SERVERS_BUSY));
    else if (walk->bogus.why != WHY_NONE)
        appeal_lost(engine, fetch);
    else if (walk->empties > 0 && fetch->purpose == FOR_ANSWER)
        check_begin(engine, fetch, NULL, IS_EMPTY);
    else
        fetch_end(engine, fetch, OUTCOME_FAILED, blame_servers(engine, fetch));
}

static void ask(struct engine *engine, struct fetch *fetch)
{
    if (route_is_silent(engine, fetch) && route_fall_back(engine, fetch))
        return;
    switch (ask_next(engine, fetch)) {
    case ASK_SENT: fetch->state = FETCH_SENT; break;
    case ASK_OTHER: fetch->state = FETCH_ASK; break;
    case ASK_NEED_ADDRESSES: fetch->state = FETCH_SERVERS; break;
    case ASK_NO_SERVER: no_server(engine, fetch); break;
    case ASK_SPENT: fetch_end(engine, fetch, OUTCOME_SPENT, cause_of(WHY_WORK_LIMIT)); break;
    case ASK_UNABLE: fetch_end(engine, fetch, OUTCOME_SPENT, cause_of(WHY_OVERLOAD)); break;
    }
}

/* ---- judging a reply: what was asked, who answered, what it is ---- */

/* The server is of no use for this question; another may be. */
static void next_server(struct engine *engine, struct fetch *fetch, const struct exchange *from)
{
    fetch->walk->selection.list[from->candidate].flags |= CANDIDATE_USELESS;
    if (!from->bare)
        servers_failed(engine, from, &fetch->walk->asked.name, fetch->walk->asked.type);
    metrics_add(&engine->metrics->upstream_useless, 1);
    fetch->state = FETCH_ASK;
}

static void again(struct fetch *fetch, const struct exchange *from, unsigned flags)
{
    fetch->walk->selection.list[from->candidate].flags |= (uint8_t)flags;
    fetch->state = FETCH_ASK;
}

/* RULINGS A5: FORMERR or NOTIMP without OPT: once without EDNS, unless the zone has a DS. */
static void without_edns(struct engine *engine, struct fetch *fetch, const struct exchange *from)
{
    if (from->edns == EDNS_NONE || servers_sign(engine, fetch) == SIGNS)
        next_server(engine, fetch, from);
    else
        again(fetch, from, CANDIDATE_NO_EDNS);
}

/* That there is no memory to read it in is no fault of who sent it (RULINGS A2). */
static bool lacks_memory(struct engine *engine, struct fetch *fetch, enum status status)
{
    if (status == ST_LIMIT)
        fetch_end(engine, fetch, OUTCOME_SPENT, cause_of(WHY_NO_MEMORY));
    return status == ST_LIMIT;
}

static void referred(struct engine *engine, struct fetch *fetch, const struct scrubbed *reply)
{
    struct walk *walk = fetch->walk;
    struct referral_input input = { reply, &walk->asked, engine->policy, &engine->prng,
                                    engine->now };
    struct delegation next;
    enum status status;

    walk->reply_kept = true;
    status = delegation_from_referral(&input, fetch->arena, &next);
    if (status != ST_OK) {
        if (!lacks_memory(engine, fetch, status))
            next_server(engine, fetch, &walk->judged);
        return;
    }
    /* LIMITS B8: a cut that was taken back takes with it all that were learnt of below it. */
    next.servers_until = instant_earlier(next.servers_until, walk->cut.servers_until);
    (void)!delegation_cache_put(engine->caches->delegations, &next, engine->now);
    walk->cut = next;
    enter_cut(engine, fetch);
}

/* A reply to a minimised question only tells where to ask next (RFC 9156 §2.3, RULINGS A10). */
static bool judge_minimised(struct engine *engine, struct fetch *fetch,
                            const struct scrubbed *reply, enum reply_class class)
{
    struct walk *walk = fetch->walk;
    bool strict = engine->policy->qmin == QMIN_STRICT; /* then the whole name is no way out */

    if (strict && (class == IS_NXDOMAIN || class == IS_ERROR || class == IS_EMPTY))
        return false;
    switch (class) {
    case IS_REFERRAL:
    case IS_DNAME:
    case IS_RECURSION_LAME:
    case IS_LAME: return false; /* judged like any other */
    case IS_ANSWER:
    case IS_NODATA: qmin_advance(&walk->qmin, engine->policy); break;
    case IS_NXDOMAIN: /* believed for what lies below only when it is proven (RFC 8020) */
        if (check_spared(engine, fetch) == WHY_NONE && servers_sign(engine, fetch) != SIGNS_NOT) {
            walk->minimised_nxdomain = true;
            check_begin(engine, fetch, reply, class);
            return true;
        }
        qmin_give_up(&walk->qmin);
        break;
    default: qmin_give_up(&walk->qmin); break;
    }
    fetch->state = FETCH_ASK;
    return true;
}

/* RFC 4035 §3.1.4.1: a DS is the parent's to tell. Who speaks for a zone further up may
 * give the child's word for it, or nothing: once, the way down is looked for. */
static bool seek_parent(struct engine *engine, struct fetch *fetch, enum reply_class class)
{
    struct walk *walk = fetch->walk;

    if (walk->asked.type != TYPE_DS || (class != IS_EMPTY && class != IS_ALIAS) ||
        walk->parent_sought || walk->cut.source == FROM_FORWARD ||
        walk->cut.zone.labels + 1u >= walk->at.labels)
        return false;
    walk->parent_sought = true;
    qmin_seek(&walk->qmin, walk->cut.zone.labels, engine->policy);
    fetch->state = FETCH_ASK;
    return true;
}

static bool is_second_like_it(struct walk *walk, unsigned rcode)
{
    bool denies = rcode == RCODE_NXDOMAIN;

    walk->empty_rcode = (uint8_t)rcode;
    walk->empties++;
    walk->empty_nxdomains = (uint8_t)(walk->empty_nxdomains + denies);
    return (denies ? walk->empty_nxdomains : walk->empties - walk->empty_nxdomains) >= 2;
}

static void judge(struct engine *engine, struct fetch *fetch, const struct scrubbed *reply,
                  enum reply_class class)
{
    struct walk *walk = fetch->walk;

    tell_reply(engine, fetch, reply, class);
    if (!qmin_is_full(&walk->qmin) && judge_minimised(engine, fetch, reply, class))
        return;
    if (seek_parent(engine, fetch, class))
        return;
    switch (class) {
    case IS_ANSWER:
    case IS_ALIAS:
    case IS_DNAME:
    case IS_NODATA:
    case IS_NXDOMAIN:
        walk->minimised_nxdomain = false;
        check_begin(engine, fetch, reply, class);
        break;
    case IS_REFERRAL: referred(engine, fetch, reply); break;
    case IS_EMPTY: /* RULINGS A10: the next server once; a second like it is believed for 5 s */
        if (is_second_like_it(walk, reply->rcode))
            check_begin(engine, fetch, NULL, IS_EMPTY);
        else
            next_server(engine, fetch, &walk->judged);
        break;
    case IS_RECURSION_LAME: again(fetch, &walk->judged, CANDIDATE_LAST); break;
    case IS_TOO_LONG: /* believed of a DNAME that is (RFC 6672 §2.2): it is checked like any */
        check_begin(engine, fetch, reply, IS_DNAME);
        break;
    case IS_LAME:
    case IS_ERROR: next_server(engine, fetch, &walk->judged); break;
    }
}

/* RULINGS A10: nobody did better, so what a resolver answers is taken as it is; never its NS. */
static enum reply_class class_of_last(struct scrubbed *reply, const struct asked *asked)
{
    reply->recursion_available = false;
    enum reply_class class = classify(reply, asked);
    return class == IS_REFERRAL ? IS_LAME : class;
}

static bool is_read(struct engine *engine, struct fetch *fetch, enum status status,
                    const char *fault)
{
    const struct exchange *from = &fetch->walk->judged;

    if (status == ST_OK || lacks_memory(engine, fetch, status))
        return status == ST_OK;
    metrics_add(&engine->metrics->upstream_malformed, 1);
    tell_server(engine, fetch, from, TRAIL_USELESS, fault);
    next_server(engine, fetch, from);
    return false;
}

/* A whole message that answers our question. */
static void read_reply(struct engine *engine, struct fetch *fetch, struct bytes octets)
{
    struct walk *walk = fetch->walk;
    const struct exchange *from = &walk->judged;
    struct message message;
    struct scrubbed reply;
    struct arena_mark before = arena_mark(fetch->arena);
    enum reply_class class;
    enum status status;
    unsigned rcode;

    if (!is_read(engine, fetch, message_parse(octets, engine->scratch, &message),
                 "not a DNS message"))
        return;
    rcode = message_rcode(&message);
    if ((rcode == RCODE_FORMERR || rcode == RCODE_NOTIMP) && !message.edns.present) {
        tell_server(engine, fetch, from, TRAIL_USELESS, rcode_text(rcode));
        without_edns(engine, fetch, from);
        return;
    }
    status = scrub(&message, &walk->asked, &engine->hash_key, fetch->arena, &reply);
    if (status != ST_OK)
        arena_release(fetch->arena, &before);
    if (!is_read(engine, fetch, status, "a malformed record"))
        return;
    /* RULINGS A5: remembered only when the plain question gave something. */
    if (from->edns == EDNS_NONE && (rcode == RCODE_NOERROR || rcode == RCODE_NXDOMAIN) &&
        servers_sign(engine, fetch) == SIGNS_NOT &&
        !infra_cache_lacks_edns(engine->caches->infra, &from->server, &walk->cut.zone, engine->now))
        infra_cache_put_no_edns(engine->caches->infra, &from->server, &walk->cut.zone, engine->now);
    class = classify(&reply, &walk->asked);
    if (class == IS_RECURSION_LAME && walk->selection.list[from->candidate].flags & CANDIDATE_LAST)
        class = class_of_last(&reply, &walk->asked);
    if (doubt_class(fetch, class))
        return;
    servers_judged(engine, fetch, &reply, class);
    walk->last_class = (uint8_t)(class + 1);
    metrics_add(&engine->metrics->upstream_scrubbed, reply.foreign);
    walk->reply_kept = false;
    judge(engine, fetch, &reply, class);
    if (!walk->reply_kept) /* a long way down costs no memory (LIMITS G4) */
        arena_release(fetch->arena, &before);
}

/* Ours: the server spoke, its round trip is known, the socket rests or closes. */
static void accept_reply(struct engine *engine, struct fetch *fetch, struct exchange *exchange)
{
    struct selection_desk desk = engine_selection_desk(engine);
    struct walk *walk = fetch->walk;

    walk->judged = *exchange;
    walk->servers_spoke = true;
    walk->out_of_servers = false;
    metrics_add(&engine->metrics->upstream_replies, 1);
    engine->root_answered = engine->root_answered || walk->cut.zone.labels == 0;
    if (!exchange->bare && !walk->on_trial) /* RULINGS A5, LIMITS A9 */
        selection_answered(&walk->selection, exchange, &desk);
    ask_answered(engine, fetch, exchange);
    ask_close(engine, fetch, exchange == &walk->now ? &walk->late : &walk->now);
    list_remove(&fetch->sending);
    heap_remove(&engine->timers, &fetch->timer);
}

/* RULINGS A5: without its question a reply acts on this exchange only, and by few rcodes. */
static void read_bare(struct engine *engine, struct fetch *fetch, struct bytes octets)
{
    const struct exchange *from = &fetch->walk->judged;
    struct header header;
    bool is_read = header_read(octets, &header);
    unsigned rcode = is_read ? header_rcode(&header) : RCODE_SERVFAIL;

    if (rcode == RCODE_FORMERR || rcode == RCODE_NOTIMP)
        without_edns(engine, fetch, from);
    else
        next_server(engine, fetch, from);
}

/* A reply whose data are not looked at: TCP has the whole; without TCP nobody has. */
static void truncated(struct engine *engine, struct fetch *fetch)
{
    const struct exchange *from = &fetch->walk->judged;
    unsigned flags = fetch->walk->selection.list[from->candidate].flags;

    if (from->via == VIA_UDP && !(flags & CANDIDATE_TCP_DEAD))
        again(fetch, from, CANDIDATE_TCP);
    else
        next_server(engine, fetch, from);
}

/* What is to be thought of it: ours, ours in another case that is believed all the same, or not. */
static enum match match_reply(struct engine *engine, struct fetch *fetch, struct exchange *exchange,
                              const struct reply *reply)
{
    enum match match = exchange_match(exchange, reply->message);
    struct header header;

    fetch->walk->on_trial = false;
    if (reply->reassembled || match != MATCH_CASE || !header_read(reply->message, &header) ||
        !doubt_case(engine, fetch, exchange, reply->message))
        return match;
    return header.flags & FLAG_TC ? MATCH_TRUNCATED : MATCH_ANSWER;
}

void fetch_reply(struct engine *engine, struct fetch *fetch, const struct reply *reply)
{
    struct walk *walk = fetch->walk;
    struct exchange *exchange =
        walk->late.active && walk->late.socket == reply->socket ? &walk->late : &walk->now;
    enum match match;

    if (!must(exchange->active && exchange->socket == reply->socket))
        return;
    match = match_reply(engine, fetch, exchange, reply);
    if (!payers_charge(engine, fetch, SPEND_OCTETS, (uint32_t)reply->message.len)) {
        fetch_end(engine, fetch, OUTCOME_SPENT, cause_of(WHY_WORK_LIMIT));
        return;
    }
    if (match == MATCH_WRONG && sockets_is_copy(engine->sockets, reply->socket, reply->message))
        return; /* RULINGS B10: a second copy of the last answer is no mismatch */
    if (reply->reassembled || match == MATCH_WRONG || match == MATCH_CASE) {
        metrics_add(&engine->metrics->upstream_mismatches, 1);
        doubt_reply(engine, fetch, exchange,
                    reply->reassembled    ? CANDIDATE_SMALL
                    : match == MATCH_CASE ? CANDIDATE_CASE_SEEN
                                          : 0);
        fetch_ready(engine, fetch);
        return;
    }
    sockets_accepted(engine->sockets, reply->socket, reply->message);
    accept_reply(engine, fetch, exchange);
    if (match == MATCH_TRUNCATED || match == MATCH_BARE)
        tell_server(engine, fetch, &walk->judged, TRAIL_USELESS,
                    match == MATCH_BARE ? "an error without the question" : "cut short (TC)");
    if (match == MATCH_TRUNCATED)
        truncated(engine, fetch);
    else if (match == MATCH_BARE)
        read_bare(engine, fetch, reply->message);
    else
        read_reply(engine, fetch, reply->message);
    fetch_ready(engine, fetch);
}

/* Every state on one screen; a step with nothing to do does nothing. */
void fetch_step(struct engine *engine, struct fetch *fetch)
{
    if (fetch->purpose == FOR_KEYS) {
        if (fetch->state != FETCH_DONE)
            trust_step(engine, fetch);
        return;
    }
    /* Each turn of this loop changes the state or leaves: LOOK, ASK and CHECK follow each other. */
    for (unsigned turns = 0; turns < 4; turns++) {
        switch ((enum fetch_state)fetch->state) {
        case FETCH_LOOK: look(engine, fetch); break;
        case FETCH_ASK:
        case FETCH_SERVERS: ask(engine, fetch); break;
        case FETCH_CHECK: check_step(engine, fetch); break;
        case FETCH_SENT:
        case FETCH_DONE: return;
        }
        if (fetch->state == FETCH_SERVERS || fetch->state == FETCH_CHECK)
            return; /* waits for another fetch, or rests until the next turn */
    }
    fetch_ready(engine, fetch);
}
