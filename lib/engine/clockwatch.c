/* The wall clock as the engine meets it: held against the floors at every event and against the
 * root's signatures whenever these are judged (SPEC section 3 item 5, LIMITS H1, RULINGS A16). */
#include "lib/base/log.h"
#include "lib/engine/clockwatch.h"
#include "lib/engine/state.h"
#include "lib/wire/type.h"

enum { LOG_BEHIND = 0xC10C0001, LOG_RIGHT, LOG_AHEAD }; /* keys: once for all workers */

static void say_behind(struct engine *engine)
{
    char text[CLOCK_TEXT];
    bool repairs = clockcheck_repairs(&engine->clock, engine->now);

    if (log_may_repeat(LOG_WARNING, LOG_BEHIND, engine->now))
        log_line(LOG_WARNING, "the system clock %s: signatures will seem not yet valid%s",
                 clockcheck_text(&engine->clock, engine->wall, text),
                 repairs ? "; the names of dnssec.time-repair are answered unvalidated for at most "
                           "10 minutes so that it can be set"
                         : "; set it");
}

/* What was judged by a wrong clock is judged anew: old data may have passed for valid. */
static void came_right(struct engine *engine)
{
    caches_flush(engine->caches);
    if (log_may_repeat(LOG_NOTICE, LOG_RIGHT, engine->now))
        log_line(LOG_NOTICE, "the system clock is plausible again; the cache begins anew");
}

void clock_watch(struct engine *engine)
{
    if (engine->policy->clock_fixed) /* a time that is written there is believed */
        return;
    engine->clock.slack_s = engine->policy->rules.inception_skew_s; /* the policy may change */
    switch (clockcheck_look(&engine->clock, engine->now, engine->wall)) {
    case CLOCK_NO_NEWS: break;
    case CLOCK_FELL_BEHIND: say_behind(engine); break;
    case CLOCK_CAME_RIGHT: came_right(engine); break;
    }
}

bool clock_repairs(const struct engine *engine, const struct fetch *fetch)
{
    return (fetch->type == TYPE_A || fetch->type == TYPE_AAAA) && fetch->purpose == FOR_ANSWER &&
           !engine->policy->clock_fixed && clockcheck_repairs(&engine->clock, engine->now) &&
           time_repair_covers(&engine->policy->time_repair, &fetch->name);
}

struct cause clock_cause(const struct engine *engine, const struct cause *cause)
{
    struct cause wrong = cause_of(WHY_CLOCK_WRONG);
    char text[CLOCK_TEXT];

    if (!engine->clock.behind || cause->why != WHY_SIGNATURE_NOT_YET)
        return *cause;
    cause_detail(&wrong, "it %s", clockcheck_text(&engine->clock, engine->wall, text));
    return wrong;
}

/* ---- the root's signatures ---- */

/* A set that the root signs, with what proves it. Its DNSKEY set is signed by the KSK up to months
 * before it is of use, so that window says nothing of the present time; what the ZSK signs is
 * signed when it is published. */
struct evidence {
    struct engine *engine;
    struct fetch *fetch;
    const struct rrset *set;
    const struct chain_input *chain; /* of the root's DNSKEY set, or NULL: */
    const struct rrset *keys;        /* proven ones of the root */
    int64_t units;                   /* of verification that is left for it: one turn's */
};

static bool is_about_time(const struct cause *cause)
{
    return cause->why == WHY_SIGNATURE_NOT_YET || cause->why == WHY_SIGNATURE_EXPIRED;
}

/* Serial numbers stand for the time that is nearest to the latest of what is known to have passed:
 * a clock at 1970 is no measure of them. */
static struct unixtime time_of(const struct engine *engine, uint32_t serial)
{
    int64_t about = engine->wall.s;

    if (engine->clock.floor.kind != FLOOR_NONE && engine->clock.floor.at.s > about)
        about = engine->clock.floor.at.s;
    return (struct unixtime){ about + (int32_t)(serial - (uint32_t)about) };
}

/* Would the set be proven if it were `at`? It never rests: it has units of its own. */
static bool proven_at(struct evidence *evidence, struct unixtime at)
{
    struct engine *engine = evidence->engine;
    struct rrsig_check check = { .sig = 0 };
    struct chain_link link = { .at = 0 };
    struct reply_work work = { 0, 0 };
    struct zone_keys result;
    struct budget tab, before;
    bool proven;

    if (!payers_tab(engine, evidence->fetch, &tab))
        return false;
    before = tab;
    struct proof_desk desk = engine_proof_desk(engine, evidence->fetch->arena, &tab);
    desk.wall = at;
    desk.turn_units = &evidence->units;
    if (evidence->chain)
        proven = chain_keys(&link, evidence->chain, &desk, &result) == PROOF_GOOD &&
                 result.state == ZONE_SECURE;
    else
        proven = rrsig_prove(&check, evidence->set, evidence->keys, &work, &desk) == PROOF_GOOD;
    return payers_settle(engine, evidence->fetch, &before, &tab) && proven;
}

struct window {
    struct unixtime begins, ends;
};

/* The widest window of the signatures that run at `at`: the one that proves the set is among them,
 * so that it begins no earlier and ends no later, whatever others were added on the way. */
static struct window window_at(const struct evidence *evidence, struct unixtime at)
{
    struct window window = { at, at };
    struct rrset_walk sigs = rrset_signatures(evidence->set);
    struct rrsig rrsig;
    struct bytes rdata;

    while (rrset_next(&sigs, &rdata)) {
        if (!rrsig_parse(rdata, &rrsig))
            continue;
        struct unixtime begins = time_of(evidence->engine, rrsig.inception);
        struct unixtime ends = time_of(evidence->engine, rrsig.expiration);
        if (begins.s > at.s || ends.s < at.s)
            continue;
        window.begins.s = begins.s < window.begins.s ? begins.s : window.begins.s;
        window.ends.s = ends.s > window.ends.s ? ends.s : window.ends.s;
    }
    return window;
}

static void say_ahead(struct engine *engine, struct unixtime ended)
{
    char says[CLOCK_TEXT], apart[32];

    if (engine->clock.ahead_said)
        return;
    engine->clock.ahead_said = true;
    unixtime_text(engine->wall, says, sizeof says);
    if (log_may_repeat(LOG_WARNING, LOG_AHEAD, engine->now))
        log_line(LOG_WARNING,
                 "the system clock says %s, and genuine signatures of the root ended %s before: it "
                 "is ahead, or this network gives old data",
                 says, clock_distance(ended, engine->wall, apart, sizeof apart));
}

/* The set does not hold at the present time. If it holds at a time that one of its signatures
 * names, it is genuine, and it is the clock that is wrong. At most RRSIGS_PER_RRSET_MAX times. */
static void judge_clock(struct evidence *evidence)
{
    struct engine *engine = evidence->engine;
    struct rrset_walk sigs = rrset_signatures(evidence->set);
    struct rrsig rrsig;
    struct bytes rdata;

    evidence->units = engine->policy->limits.turn_units;
    while (rrset_next(&sigs, &rdata)) {
        if (!rrsig_parse(rdata, &rrsig) || rrsig.signer.labels != 0)
            continue;
        struct unixtime at = time_of(engine, rrsig.inception);
        if (!proven_at(evidence, at))
            continue;
        struct window window = window_at(evidence, at);
        if (window.begins.s > engine->wall.s && evidence->chain)
            (void)!rrset_cache_put(engine->caches->rrsets,
                                   &evidence->fetch->trust->key_records.link, DATA_UNCHECKED,
                                   engine->now); /* for root_keys */
        else if (window.begins.s > engine->wall.s)
            clockcheck_raise(&engine->clock, window.begins);
        else if (window.ends.s < engine->wall.s)
            say_ahead(engine, window.ends);
        clock_watch(engine);
        return;
    }
}

void clock_root_keys(struct engine *engine, struct fetch *fetch, const struct chain_input *chain,
                     const struct zone_keys *result)
{
    struct evidence evidence = { engine, fetch, chain->dnskeys, chain, NULL, 0 };

    if (chain->zone->labels != 0 || engine->policy->clock_fixed || !chain->dnskeys)
        return;
    if (result->state == ZONE_SECURE) {
        clockcheck_raise(&engine->clock, window_at(&evidence, engine->wall).begins);
        clockcheck_proved(&engine->clock);
        engine->clock.ahead_said = false;
    } else if (result->state == ZONE_BOGUS && is_about_time(&result->cause)) {
        judge_clock(&evidence);
    }
}

/* The root's DNSKEY set that is kept, genuine though it does not hold at present; NULL: none. */
static const struct rrset *keys_of_another_time(struct engine *engine, struct fetch *fetch)
{
    struct link_key key = { &name_root, TYPE_DNSKEY, DATA_UNCHECKED };
    struct chain_input chain = { .zone = &name_root };
    struct link link;
    struct rrset_walk sigs;
    struct rrsig rrsig;
    struct bytes rdata;

    if (rrset_cache_find(engine->caches->rrsets, &key, engine->now, fetch->arena, &link) != ST_OK ||
        link.kind != REPLY_POSITIVE || link.answer_count == 0 ||
        anchor_copy(engine->policy->anchors, &name_root, fetch->arena, &chain.ds, &chain.anchors) !=
            ST_OK)
        return NULL;
    chain.dnskeys = link.answer[0];
    struct evidence evidence = { engine, fetch, chain.dnskeys,
                                 &chain, NULL,  engine->policy->limits.turn_units };
    sigs = rrset_signatures(chain.dnskeys);
    while (rrset_next(&sigs, &rdata))
        if (rrsig_parse(rdata, &rrsig) && rrsig.signer.labels == 0 &&
            proven_at(&evidence, time_of(engine, rrsig.inception)))
            return chain.dnskeys;
    return NULL;
}

static const struct rrset *root_keys(struct engine *engine, struct fetch *fetch)
{
    const struct zone_keys *root = check_keys(engine, fetch, &name_root);

    if (root && root->state == ZONE_SECURE)
        return root->keys;
    if (root && root->state == ZONE_BOGUS && is_about_time(&root->cause))
        return keys_of_another_time(engine, fetch);
    return NULL;
}

void clock_root_link(struct engine *engine, struct fetch *fetch, const struct link *link,
                     const struct cause *cause)
{
    const struct rrset *keys;

    if (engine->policy->clock_fixed || !is_about_time(cause))
        return;
    keys = root_keys(engine, fetch);
    if (!keys)
        return;
    for (unsigned i = 0; i < link->answer_count + (unsigned)link->authority_count; i++) {
        const struct rrset *set =
            i < link->answer_count ? link->answer[i] : link->authority[i - link->answer_count];
        struct name signer;
        if (set->type != TYPE_RRSIG && set->type != TYPE_DNSKEY && set->sig_count > 0 &&
            rrsig_signer(set, &name_root, &signer) && signer.labels == 0) {
            judge_clock(&(struct evidence){ engine, fetch, set, NULL, keys, 0 });
            return;
        }
    }
}
