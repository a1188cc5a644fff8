#include "lib/engine/selection.h"

#include "lib/engine/load.h"

enum {
    EXPLORE_ONE_IN = 20,        /* SPEC I6 */
    UNKNOWN_US_MAX = 50 * 1000, /* what a server never measured is taken for, at random */
    TIMEOUT_US_MIN = 50 * 1000,
    BACKOFF_US_MAX = 10 * 1000 * 1000,
    DOUBLINGS_MAX = 8,
    TCP_TRIES_MAX = 2,         /* LIMITS E8 */
    UDP_TIMEOUTS_THEN_TCP = 2, /* SPEC I9 */
    PROBE_EVERY_MS = 1000,     /* SPEC I6: a dead server gets one question a second */
    FOLDS_KEPT_S = 900         /* SPEC I3 */
};

enum status selection_begin(struct selection *selection, struct arena *arena)
{
    if (!selection->list) /* one list serves all cuts of a walk */
        selection->list = ARENA_ARRAY(arena, struct candidate, CANDIDATES_MAX);
    selection->count = 0;
    selection->silences = 0;
    selection->asked = NULL;
    selection->needs_edns = false;
    return selection->list ? ST_OK : ST_LIMIT;
}

static bool family_off(const struct endpoint *server, const struct selection_desk *desk)
{
    enum family_use use = server->family == 6 ? desk->policy->ipv6 : desk->policy->ipv4;
    return use == FAMILY_OFF;
}

/* SPEC I18. Who has not failed lately costs no look into the cache. */
static bool fails_at(const struct candidate *candidate, const struct name *name, uint16_t type,
                     const struct selection_desk *desk)
{
    struct infra_task task = { &candidate->server, name, type };
    return instant_before(desk->now, candidate->infra.fails_until) &&
           infra_cache_fails(desk->infra, &task, desk->now);
}

void selection_add(struct selection *selection, const struct endpoint *server,
                   const struct name *zone, struct selection_desk *desk)
{
    struct candidate *candidate = &selection->list[selection->count];

    if (selection->count == CANDIDATES_MAX || family_off(server, desk) ||
        (policy_never_asks(desk->policy, server) &&
         !zones_lists(&desk->policy->zones, zone, server))) /* RULINGS A25 */
        return;
    for (unsigned i = 0; i < selection->count; i++)
        if (endpoint_equal(&selection->list[i].server, server))
            return;
    *candidate = (struct candidate){ .server = *server };
    infra_cache_get(desk->infra, server, desk->now, &candidate->infra);
    if (!selection->needs_edns && infra_cache_lacks_edns(desk->infra, server, zone, desk->now))
        candidate->flags |= CANDIDATE_NO_EDNS;
    if (instant_before(desk->now, candidate->infra.folds_case_until))
        candidate->flags |= CANDIDATE_FOLDS;
    if (fails_at(candidate, zone, 0, desk))
        candidate->flags |= CANDIDATE_LAST;
    candidate->fails = selection->asked != NULL &&
                       fails_at(candidate, selection->asked, selection->asked_type, desk);
    selection->count++;
}

void selection_ask(struct selection *selection, const struct name *name, uint16_t type,
                   const struct selection_desk *desk)
{
    selection->asked = name;
    selection->asked_type = type;
    for (unsigned i = 0; i < selection->count; i++) {
        struct candidate *candidate = &selection->list[i];
        candidate->udp_tries = candidate->tcp_tries = 0;
        candidate->heard = 0;
        candidate->full = false;
        /* What called for these was that question. */
        candidate->flags &= (uint8_t) ~(CANDIDATE_TCP | CANDIDATE_SMALL);
        candidate->fails = fails_at(candidate, name, type, desk);
    }
}

/* ---- choosing ---- */

static bool tcp_next(const struct candidate *candidate)
{
    bool wanted = candidate->flags & CANDIDATE_TCP || candidate->timeouts >= UDP_TIMEOUTS_THEN_TCP;
    return wanted && !(candidate->flags & CANDIDATE_TCP_DEAD);
}

static bool may_ask(const struct candidate *candidate, const struct selection_desk *desk)
{
    if (candidate->flags & CANDIDATE_USELESS || candidate->full ||
        desk->family_down[candidate->server.family == 6])
        return false;
    if (tcp_next(candidate))
        return candidate->tcp_tries < TCP_TRIES_MAX;
    return candidate->udp_tries < desk->policy->limits.resends; /* RFC 9520 §3.1 */
}

static bool resting(const struct candidate *candidate, const struct selection_desk *desk)
{
    return candidate->infra.timeouts >= INFRA_TIMEOUTS_DEAD &&
           instant_before(desk->now, candidate->infra.probe_at);
}

unsigned selection_usable(const struct selection *selection, const struct selection_desk *desk)
{
    unsigned usable = 0;
    for (unsigned i = 0; i < selection->count; i++)
        usable += may_ask(&selection->list[i], desk) && !resting(&selection->list[i], desk);
    return usable;
}

unsigned selection_left(const struct selection *selection, const struct selection_desk *desk)
{
    unsigned left = 0;
    for (unsigned i = 0; i < selection->count; i++)
        left += may_ask(&selection->list[i], desk);
    return left;
}

static bool comes_last(const struct candidate *candidate)
{
    return candidate->flags & CANDIDATE_LAST || candidate->fails;
}

bool selection_comes_last(const struct selection *selection, int index,
                          const struct selection_desk *desk)
{
    return comes_last(&selection->list[index]) || resting(&selection->list[index], desk);
}

unsigned selection_others(const struct selection *selection, int but,
                          const struct selection_desk *desk)
{
    unsigned others = 0;
    for (unsigned i = 0; i < selection->count; i++)
        others += (int)i != but && may_ask(&selection->list[i], desk) &&
                  !selection_comes_last(selection, (int)i, desk);
    return others;
}

bool selection_is_full(const struct selection *selection)
{
    for (unsigned i = 0; i < selection->count; i++)
        if (selection->list[i].full)
            return true;
    return false;
}

bool selection_is_silent(const struct selection *selection, unsigned timeouts,
                         const struct selection_desk *desk)
{
    for (unsigned i = 0; i < selection->count; i++) {
        const struct candidate *candidate = &selection->list[i];
        bool silent = candidate->timeouts > 0 && candidate->infra.timeouts >= timeouts;
        if (may_ask(candidate, desk) && !resting(candidate, desk) && !silent)
            return false;
    }
    return true;
}

/* Its own reply (truncated, or not to be believed) sends the question to its TCP, not elsewhere. */
static bool called_to_tcp(const struct candidate *candidate)
{
    return candidate->flags & CANDIDATE_TCP && tcp_next(candidate) && candidate->tcp_tries == 0;
}

static enum family_trust trust_in(const struct candidate *candidate,
                                  const struct selection_desk *desk)
{
    return families_trust(desk->families, &candidate->server, desk->now);
}

/* SPEC I7: whose family is in doubt gets one question a minute, if it might answer. */
static bool is_family_probe(const struct candidate *candidate, const struct selection_desk *desk)
{
    return trust_in(candidate, desk) == FAMILY_PROBE_DUE && candidate->udp_tries == 0 &&
           !resting(candidate, desk) && !comes_last(candidate);
}

/* Lower is better. The tiers come first: those that others must be tried before. */
static uint64_t score(const struct selection *selection, unsigned index, int avoid,
                      const struct selection_desk *desk)
{
    const struct candidate *candidate = &selection->list[index];
    uint64_t tier = (uint64_t)resting(candidate, desk) << 11 |
                    (uint64_t)comes_last(candidate) << 10 |
                    (uint64_t)(trust_in(candidate, desk) != FAMILY_TRUSTED) << 9 |
                    (uint64_t)((int)index == avoid) << 8 | candidate->timeouts;
    uint32_t rtt_us = candidate->infra.srtt_us;

    if (called_to_tcp(candidate))
        return 0;
    if (is_family_probe(candidate, desk))
        return 1;
    if (rtt_us == 0) /* worth a try before a slow one: at random among themselves */
        rtt_us = 1 + prng_below(desk->prng, UNKNOWN_US_MAX);
    return tier << 32 | rtt_us;
}

static bool may_explore(const struct selection *selection, unsigned index, int avoid,
                        const struct selection_desk *desk)
{
    const struct candidate *candidate = &selection->list[index];
    return may_ask(candidate, desk) && !resting(candidate, desk) && candidate->timeouts == 0 &&
           !comes_last(candidate) && trust_in(candidate, desk) == FAMILY_TRUSTED &&
           (int)index != avoid;
}

/* Any of those worth exploring, each as likely; -1: none. */
static int pick_any(const struct selection *selection, int avoid, const struct selection_desk *desk)
{
    unsigned worth = 0;
    int pick = -1;

    for (unsigned i = 0; i < selection->count; i++)
        if (may_explore(selection, i, avoid, desk) && prng_below(desk->prng, ++worth) == 0)
            pick = (int)i;
    return pick;
}

int selection_pick(const struct selection *selection, int avoid, struct selection_desk *desk)
{
    bool first_try = true;
    uint64_t best_score = UINT64_MAX;
    int best = -1, any;

    for (unsigned i = 0; i < selection->count; i++) {
        const struct candidate *candidate = &selection->list[i];
        first_try = first_try && candidate->udp_tries == 0 && candidate->tcp_tries == 0;
        if (!may_ask(candidate, desk))
            continue;
        uint64_t own = score(selection, i, avoid, desk);
        if (own < best_score) {
            best_score = own;
            best = (int)i;
        }
    }
    if (best >= 0 && first_try && prng_below(desk->prng, EXPLORE_ONE_IN) == 0 &&
        (any = pick_any(selection, avoid, desk)) >= 0)
        return any;
    return best;
}

/* ---- preparing ---- */

static uint64_t doubled(uint64_t us, unsigned times)
{
    return us << (times < DOUBLINGS_MAX ? times : DOUBLINGS_MAX);
}

/* RULINGS A22: an unknown server may be as far as the others are. While nobody has answered, the
 * whole world may be further than that: with two sockets receiving, every second silence doubles,
 * up to the cap. */
static uint64_t unknown_patience_us(const struct selection *selection,
                                    const struct candidate *candidate,
                                    const struct selection_desk *desk)
{
    const struct limits *limits = &desk->policy->limits;
    uint64_t cap = limits->timeout_cap_ms * UINT64_C(1000);
    uint64_t world = desk->window->samples ? desk->window->smoothed_us * UINT64_C(3) / 2 : 0;
    uint64_t first = limits->first_timeout_ms * UINT64_C(1000), far;

    first = world > first ? world : first;
    first = first > cap ? cap : first;
    far = doubled(first, selection->silences / 2);
    far = far > cap ? cap : far;
    first = doubled(first, candidate->timeouts);
    return first > far ? first : far;
}

/* SPEC I8. Doubled for every timeout of this fetch at this server. */
static uint64_t udp_patience_us(const struct selection *selection,
                                const struct candidate *candidate,
                                const struct selection_desk *desk)
{
    uint64_t us = candidate->infra.srtt_us + 4 * (uint64_t)candidate->infra.rttvar_us;

    us = doubled(us < TIMEOUT_US_MIN ? TIMEOUT_US_MIN : us, candidate->timeouts);
    if (candidate->infra.srtt_us == 0)
        us = unknown_patience_us(selection, candidate, desk);
    return us > BACKOFF_US_MAX ? BACKOFF_US_MAX : us;
}

/* SPEC I6: whoever explores loses little: twice the time of the best that was not asked yet. */
static uint64_t exploring_patience_us(const struct selection *selection, unsigned index,
                                      const struct selection_desk *desk)
{
    uint64_t us = udp_patience_us(selection, &selection->list[index], desk);

    for (unsigned i = 0; i < selection->count; i++) {
        const struct candidate *other = &selection->list[i];
        if (i == index || other->infra.srtt_us == 0 || other->udp_tries > 0 ||
            other->timeouts > 0 || tcp_next(other) || comes_last(other) || !may_ask(other, desk) ||
            resting(other, desk))
            continue;
        uint64_t most = 2 * udp_patience_us(selection, other, desk);
        us = most < us ? most : us;
    }
    return us;
}

/* SPEC I6: of all questions to a dead server one a second goes out, whoever asks it. */
static void probe(struct candidate *candidate, struct selection_desk *desk)
{
    struct infra *infra = &candidate->infra;

    if (infra->timeouts < INFRA_TIMEOUTS_DEAD)
        return;
    infra_cache_get(desk->infra, &candidate->server, desk->now, infra);
    if (infra->timeouts < INFRA_TIMEOUTS_DEAD) /* it lives, as others have found */
        return;
    infra->probe_at = instant_after_ms(desk->now, PROBE_EVERY_MS);
    infra_cache_put(desk->infra, &candidate->server, infra, desk->now);
}

static enum exchange_edns edns_for(const struct candidate *candidate)
{
    if (candidate->flags & CANDIDATE_NO_EDNS)
        return EDNS_NONE;
    return candidate->flags & CANDIDATE_SMALL && !tcp_next(candidate) ? EDNS_SMALL : EDNS_NORMAL;
}

void selection_prepare(struct selection *selection, int index, struct exchange *exchange,
                       struct selection_desk *desk)
{
    struct candidate *candidate = &selection->list[index];
    uint64_t tcp_ms = desk->policy->limits.tcp_answer_ms;

    *exchange = (struct exchange){
        .candidate = (uint16_t)index,
        .server = candidate->server,
        .edns = edns_for(candidate),
        .via = tcp_next(candidate) ? VIA_TCP : VIA_UDP,
    };
    /* Over TCP a letter's case protects nothing: it is mixed there to see whether the server folds
     * it, once a reply over UDP looked like that (LIMITS A5). */
    exchange->mixed_case = desk->policy->mixed_case && !(candidate->flags & CANDIDATE_FOLDS) &&
                           (exchange->via == VIA_UDP || candidate->flags & CANDIDATE_CASE_SEEN);
    if (exchange->via == VIA_TCP) {
        candidate->tcp_tries++;
        exchange->deadline = instant_after_ms(desk->now, tcp_ms);
    } else {
        uint64_t patience_us = exploring_patience_us(selection, (unsigned)index, desk);
        candidate->udp_tries++;
        exchange->deadline = instant_after_ms(desk->now, patience_us / 1000);
    }
    probe(candidate, desk);
    families_asked(desk->families, &candidate->server, desk->now);
}

/* ---- learning: only from a matched reply, or from our own timeout (LIMITS A9) ---- */

static void smooth(uint32_t *srtt_us, uint32_t *rttvar_us, uint32_t rtt_us)
{
    uint32_t off = *srtt_us > rtt_us ? *srtt_us - rtt_us : rtt_us - *srtt_us;
    bool first = *srtt_us == 0;

    *rttvar_us = first ? rtt_us / 2 : *rttvar_us - *rttvar_us / 4 + off / 4; /* RFC 6298 §2 */
    *srtt_us = first ? rtt_us : *srtt_us - *srtt_us / 8 + rtt_us / 8;
    if (*srtt_us == 0)
        *srtt_us = 1;
}

static void window_take(struct rtt_window *window, uint32_t rtt_us)
{
    int64_t off = (int64_t)rtt_us - window->smoothed_us;

    if (window->samples < RTT_WINDOW)
        window->samples++;
    window->smoothed_us += (uint32_t)(off / (int64_t)window->samples);
}

static uint32_t rtt_of(const struct exchange *exchange, struct instant now)
{
    uint64_t us = now.ns > exchange->sent_at.ns ? (now.ns - exchange->sent_at.ns) / 1000 : 0;
    return us > BACKOFF_US_MAX ? BACKOFF_US_MAX : (uint32_t)us + 1;
}

void selection_answered(struct selection *selection, const struct exchange *exchange,
                        struct selection_desk *desk)
{
    struct candidate *candidate = &selection->list[exchange->candidate];
    struct infra *infra = &candidate->infra;
    uint32_t rtt_us = rtt_of(exchange, desk->now);

    infra_cache_get(desk->infra, &candidate->server, desk->now, infra); /* others learn too */
    infra->timeouts = 0;
    load_answered(infra);
    candidate->timeouts = 0;
    families_answered(desk->families, &candidate->server);
    selection->silences = 0;
    if (exchange->via == VIA_UDP) {
        smooth(&infra->srtt_us, &infra->rttvar_us, rtt_us);
        window_take(desk->window, rtt_us);
    }
    /* RULINGS A6: TCP, or a second socket where TCP is dead, has confirmed it. */
    if (candidate->flags & CANDIDATE_CASE_SEEN &&
        (exchange->via == VIA_TCP ? exchange->folded : (candidate->flags & CANDIDATE_FOLDS) != 0)) {
        infra->folds_case_until = instant_after_s(desk->now, FOLDS_KEPT_S);
        candidate->flags |= CANDIDATE_FOLDS;
    }
    infra_cache_put(desk->infra, &candidate->server, infra, desk->now);
}

void selection_folds(struct selection *selection, unsigned index, struct selection_desk *desk)
{
    struct candidate *candidate = &selection->list[index];
    struct infra *infra = &candidate->infra;

    candidate->flags |= CANDIDATE_FOLDS;
    infra_cache_get(desk->infra, &candidate->server, desk->now, infra);
    infra->folds_case_until = instant_after_s(desk->now, FOLDS_KEPT_S);
    infra_cache_put(desk->infra, &candidate->server, infra, desk->now);
}

void selection_timed_out(struct selection *selection, const struct exchange *exchange,
                         struct selection_desk *desk)
{
    struct candidate *candidate = &selection->list[exchange->candidate];
    struct infra *infra = &candidate->infra;

    if (exchange->via == VIA_TCP) { /* says nothing about UDP */
        candidate->flags |= CANDIDATE_TCP_DEAD;
        return;
    }
    infra_cache_get(desk->infra, &candidate->server, desk->now, infra);
    families_timed_out(desk->families, &candidate->server, desk->now);
    if (selection->silences < UINT8_MAX)
        selection->silences++;
    if (candidate->timeouts < UINT8_MAX)
        candidate->timeouts++;
    if (infra->timeouts < UINT8_MAX)
        infra->timeouts++;
    load_timed_out(infra);
    if (infra->timeouts >= INFRA_TIMEOUTS_DEAD)
        infra->probe_at = instant_after_ms(desk->now, PROBE_EVERY_MS);
    infra_cache_put(desk->infra, &candidate->server, infra, desk->now);
}
