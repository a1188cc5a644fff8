#include "lib/engine/check.h"

#include "lib/base/must.h"
#include "lib/engine/appeal.h"
#include "lib/engine/clockwatch.h"
#include "lib/engine/deduce.h"
#include "lib/engine/doubt.h"
#include "lib/engine/rebind.h"
#include "lib/engine/remember.h"
#include "lib/engine/route.h"
#include "lib/engine/tell.h"
#include "lib/wire/type.h"

struct proof_desk engine_proof_desk(struct engine *engine, struct arena *arena, struct budget *tab)
{
    return (struct proof_desk){
        .rules = &engine->policy->rules,
        .keyring = engine->keyring,
        .budget = tab,
        .turn_units = &engine->turn_units,
        .metrics = engine->metrics,
        .arena = arena,
        .wall = engine->policy->clock_fixed ? engine->policy->clock : engine->wall,
    };
}

enum { HIDDEN_CUT_S = 3600 /* kept: a zone may be given servers of its own */ };

/* ---- keys for the validator ---- */

const struct zone_keys *check_keys(struct engine *engine, struct fetch *fetch,
                                   const struct name *zone)
{
    struct known_keys *kept;

    for (kept = fetch->known; kept; kept = kept->next)
        if (name_equal(&kept->keys.zone, zone))
            return &kept->keys;
    kept = ARENA_NEW(fetch->arena, struct known_keys);
    if (!kept || fetch->skip_cache ||
        key_cache_get(engine->caches->keys, zone, engine->now, fetch->arena, &kept->keys) != ST_OK)
        return NULL;
    kept->next = fetch->known;
    fetch->known = kept;
    tell_zone(engine, fetch, &kept->keys);
    return &kept->keys;
}

void check_keys_came(struct engine *engine, struct fetch *fetch, const struct zone_keys *keys)
{
    struct known_keys *kept = ARENA_NEW(fetch->arena, struct known_keys);
    struct rrset *copy = NULL;

    (void)engine;
    if (!kept || (keys->keys && rrset_copy(keys->keys, fetch->arena, &copy) != ST_OK))
        return; /* the validator asks again and finds the arena full */
    kept->keys = *keys;
    kept->keys.keys = copy;
    kept->next = fetch->known;
    fetch->known = kept;
}

static void give_failure(struct validator *validator, const struct name *zone, struct cause cause)
{
    struct zone_keys none = { .zone = *zone, .state = ZONE_SPENT, .cause = cause };
    validator_give(validator, &none);
}

/* A zone that no referral showed has the servers of the cut above it (RULINGS A1). */
static bool begin_keys(struct engine *engine, struct fetch *fetch, const struct name *zone,
                       struct cause *cause)
{
    const struct delegation *cut = fetch->walk && fetch->walk->has_cut ? &fetch->walk->cut : NULL;
    struct fetch_wish wish = {
        .key = { FOR_KEYS, DATA_CHECKED, zone, TYPE_DNSKEY },
        .waiter = fetch,
        .cut = cut && name_equal(&cut->zone, zone) ? cut : NULL,
    };
    return fetch_begin(engine, &wish, cause) != NULL;
}

/* Steps the validator until it has a verdict, waits for keys, rests, or nobody can pay. */
enum check_result check_run(struct engine *engine, struct fetch *fetch, struct validator *validator)
{
    struct budget tab, before;
    struct name zone;
    struct cause cause;

    if (toll_waits(engine, fetch))
        return CHECK_REST;
    fetch->cause = cause_of(WHY_VALIDATION_LIMIT);
    if (!payers_tab(engine, fetch, &tab))
        return CHECK_SPENT;
    before = tab;
    struct proof_desk desk = engine_proof_desk(engine, fetch->arena, &tab);
    desk.trail = tell_proofs(engine, fetch);
    for (unsigned turns = 0; turns <= 4 * NAME_LABELS_MAX; turns++) {
        enum validator_step step = validator_step(validator, &desk, &zone);
        if (!payers_settle(engine, fetch, &before, &tab)) {
            fetch->cause = budget_is_over(&tab) ? job_cause_of_budget(&tab) : fetch->cause;
            return CHECK_SPENT;
        }
        before = tab;
        if (step != VALIDATOR_NEED_KEYS)
            return step == VALIDATOR_DONE ? CHECK_DONE : CHECK_REST;
        const struct zone_keys *keys = check_keys(engine, fetch, &zone);
        if (keys)
            validator_give(validator, keys);
        else if (begin_keys(engine, fetch, &zone, &cause))
            return CHECK_WAIT;
        else
            give_failure(validator, &zone, cause);
    }
    (void)must(!"a validator that asks without end");
    return CHECK_SPENT;
}

/* RULINGS B9: octets equal to a secure cached set are not verified again, while a signature runs.
 * */
static void recall_proofs(struct engine *engine, struct fetch *fetch, struct rrset **sets,
                          unsigned count)
{
    int64_t wall = engine->policy->clock_fixed ? engine->policy->clock.s : engine->wall.s;
    struct rrsig rrsig;

    for (unsigned i = 0; i < count; i++) {
        const struct rrset *known;
        struct name owner = rrset_owner(sets[i]);
        struct rrset_walk sigs = rrset_signatures(sets[i]);
        struct bytes rdata;
        bool running = false;

        if (sets[i]->sig_count == 0)
            continue;
        known = rrset_cache_known(engine->caches->rrsets, &owner, sets[i]->type, engine->now,
                                  engine->scratch);
        if (!known || !rrset_same_octets(known, sets[i]))
            continue;
        while (rrset_next(&sigs, &rdata))
            running = running || (rrsig_parse(rdata, &rrsig) &&
                                  (int32_t)(rrsig.expiration - (uint32_t)wall) > 0);
        if (running) {
            sets[i]->security = SEC_SECURE;
            metrics_add(&engine->metrics->verifications_saved, 1);
        }
    }
    (void)fetch;
}

struct validator *check_validator(struct engine *engine, struct fetch *fetch, struct link *link,
                                  const struct name *zone)
{
    struct validator_input *input = ARENA_NEW(fetch->arena, struct validator_input);
    struct name anchor;

    if (!input)
        return NULL;
    input->qname = link->name;
    input->qtype = link->type;
    input->kind = (enum reply_kind)link->kind;
    input->zone = *zone;
    /* The deepest anchor wins: below it nothing depends on what stands above (SPEC A7). */
    struct name from = link->type == TYPE_DS ? name_parent(&link->name) : link->name;
    if (anchor_closest(engine->policy->anchors, &from, &anchor) &&
        name_strictly_under(&anchor, zone))
        input->zone = anchor;
    input->answer = link->answer;
    input->answer_count = link->answer_count;
    input->hashes = &fetch->hashes;
    input->authority = link->authority;
    input->authority_count = link->authority_count;
    recall_proofs(engine, fetch, link->answer, link->answer_count);
    recall_proofs(engine, fetch, link->authority, link->authority_count);
    return validator_create(input, fetch->arena);
}

/* ---- the verdict ---- */

static void raise_ttls(struct rrset **sets, unsigned count, uint32_t least)
{
    for (unsigned i = 0; i < count; i++)
        if (sets[i]->ttl < least)
            sets[i]->ttl = least;
}

/* The floor is for unsigned data alone: a secure TTL ends with its signature (RFC 4035 §5.3.3). */
static void raise_ttl(const struct policy *policy, struct link *link)
{
    if (link->security == SEC_SECURE || link->ttl_s >= policy->ttl_min_s)
        return;
    link->ttl_s = policy->ttl_min_s;
    raise_ttls(link->answer, link->answer_count, policy->ttl_min_s);
    raise_ttls(link->authority, link->authority_count, policy->ttl_min_s);
}

/* What a client sees is what is kept: TTLs within the caps (RULINGS A36). */
static void cap_ttl(const struct policy *policy, struct link *link)
{
    uint32_t most = link->kind == REPLY_NODATA || link->kind == REPLY_NXDOMAIN
                        ? policy->negative_ttl_max_s
                        : policy->ttl_max_s;
    if (link->ttl_s > most)
        link->ttl_s = most;
}

/* That a configured zone's name does not exist is said of its DS by the zone above, and would hide
 * what its own servers say (LIMITS B7). A name that grows too long is not kept (LIMITS B5). */
static bool may_keep(const struct policy *policy, const struct link *link)
{
    if (link->rcode == RCODE_YXDOMAIN)
        return false;
    return link->kind != REPLY_NXDOMAIN || !zones_at(&policy->zones, &link->name);
}

void check_keep(struct engine *engine, struct fetch *fetch, struct link *link)
{
    enum data_class class = link->security == SEC_UNCHECKED ? DATA_UNCHECKED : DATA_CHECKED;

    if (link->kind == REPLY_DNAME && link_add_cname(fetch, link) != ST_OK) {
        fetch_end(engine, fetch, OUTCOME_SPENT, cause_of(WHY_NO_MEMORY)); /* RULINGS A2 */
        return;
    }
    rebind_link(engine, fetch, link);
    raise_ttl(engine->policy, link);
    cap_ttl(engine->policy, link);
    if (link->why == WHY_CLOCK_REPAIR)
        link->ttl_s = 0; /* RULINGS A16: kept by nobody, here or beyond */
    else if (may_keep(engine->policy, link))
        (void)!rrset_cache_put(engine->caches->rrsets, link, class, engine->now);
    if (link->security == SEC_SECURE)
        rrset_cache_put_proofs(engine->caches->rrsets, link, engine->now);
    fetch_take_link(engine, fetch, link);
}

enum dnssec_mode check_mode(const struct engine *engine, const struct fetch *fetch)
{
    struct name place = route_name(&fetch->walk->at, fetch->type);
    return policy_mode(engine->policy, &place);
}

/* A DS at the very name of a negative anchor is its parent's, and proven (RFC 4035 §3.1.4.1). */
enum why check_spared(const struct engine *engine, const struct fetch *fetch)
{
    const struct policy *policy = engine->policy;
    struct name place = route_name(&fetch->walk->at, fetch->type);

    if (fetch->purpose != FOR_ANSWER || fetch->class == DATA_UNCHECKED ||
        policy_mode(policy, &place) == DNSSEC_OFF)
        return WHY_NOT_VALIDATED;
    if (policy_is_negative(policy, &place, engine->now))
        return WHY_NEGATIVE_ANCHOR; /* RFC 7646 §2 */
    if (policy_is_written_insecure(policy, &place))
        return WHY_ZONE_INSECURE;
    return clock_repairs(engine, fetch) ? WHY_CLOCK_REPAIR : WHY_NONE;
}

/* Then the link says so; what a negative anchor lets through is kept no longer than it holds. */
static bool to_be_proven(struct engine *engine, struct fetch *fetch, struct link *link)
{
    enum why why = check_spared(engine, fetch);
    bool checked = fetch->class != DATA_UNCHECKED;

    link->why = (uint16_t)why;
    link->security = why != WHY_NONE && checked ? SEC_INSECURE : SEC_UNCHECKED;
    if (why == WHY_NEGATIVE_ANCHOR) {
        struct name place = route_name(&link->name, fetch->type);
        struct instant until = policy_negative_until(engine->policy, &place, engine->now);
        uint32_t left_s = instant_s_between(engine->now, until);
        link->ttl_s = link->ttl_s < left_s ? link->ttl_s : left_s;
    }
    return why == WHY_NONE;
}

void check_begin(struct engine *engine, struct fetch *fetch, const struct scrubbed *reply,
                 enum reply_class class)
{
    struct walk *walk = fetch->walk;
    struct link *link = link_from(fetch, reply, class);
    bool to_prove = link && fetch->purpose == FOR_ANSWER && to_be_proven(engine, fetch, link);

    walk->reply_kept = true;
    walk->pending = link;
    walk->validator = NULL;
    fetch->state = FETCH_CHECK;
    if (to_prove)
        walk->validator = check_validator(engine, fetch, link, &walk->cut.zone);
    if (!link || (to_prove && !walk->validator))
        fetch_end(engine, fetch, OUTCOME_SPENT, cause_of(WHY_NO_MEMORY));
    else if (to_prove)
        fetch_ready(engine, fetch);
    else if (fetch->purpose == FOR_ANSWER)
        check_keep(engine, fetch, link);
    else
        fetch_take_link(engine, fetch, link);
}

/* RULINGS A1: a cut that no referral showed has the servers of the cut above it; kept, it spares
 * the next name below it a question. */
static void keep_hidden_cut(struct engine *engine, const struct walk *walk,
                            const struct verdict *verdict)
{
    struct delegation hidden;

    if (verdict->security != SEC_SECURE || verdict->zone.len == 0 ||
        walk->cut.source == FROM_FORWARD || /* what it answers shows no cuts */
        !name_strictly_under(&verdict->zone, &walk->cut.zone))
        return;
    hidden = delegation_hidden(&walk->cut, &verdict->zone);
    hidden.servers_until =
        instant_earlier(hidden.servers_until, instant_after_s(engine->now, HIDDEN_CUT_S));
    hidden.ds_until = hidden.servers_until;
    (void)!delegation_cache_put(engine->caches->delegations, &hidden, engine->now);
}

static void judge_link(struct engine *engine, struct fetch *fetch, const struct verdict *verdict)
{
    struct walk *walk = fetch->walk;
    struct link *link = walk->pending;

    tell_judged(engine, fetch, verdict->security, &verdict->cause);
    if (doubt_verdict(engine, fetch, verdict))
        return;
    if (walk->minimised_nxdomain && verdict->security != SEC_SECURE) {
        walk->minimised_nxdomain = false; /* not proven: ask the whole name (RULINGS A10) */
        qmin_give_up(&walk->qmin);
        fetch->state = FETCH_ASK;
        fetch_ready(engine, fetch);
    } else if (verdict->security == SEC_UNCHECKED) {
        appeal_cut_short(engine, fetch, &verdict->cause);
    } else if (verdict->security == SEC_BOGUS) {
        appeal_bogus(engine, fetch, verdict);
    } else {
        keep_hidden_cut(engine, walk, verdict);
        remember_ends(engine, fetch);
        link->security = (uint8_t)verdict->security;
        link->why = verdict->cause.why;
        link->opt_out = verdict->opt_out;
        link->wildcard = verdict->wildcard;
        if (verdict->security == SEC_SECURE)
            link->rank = RANK_VALIDATED;
        if (verdict->ttl_s < link->ttl_s)
            link->ttl_s = verdict->ttl_s;
        deduce_learn(engine, link, &verdict->zone);
        check_keep(engine, fetch, link);
    }
}

void check_step(struct engine *engine, struct fetch *fetch)
{
    struct walk *walk = fetch->walk;

    if (!walk->validator)
        return;
    switch (check_run(engine, fetch, walk->validator)) {
    case CHECK_WAIT: break;
    case CHECK_REST: engine_rest(engine, fetch); break;
    case CHECK_SPENT: fetch_end(engine, fetch, OUTCOME_SPENT, fetch->cause); break;
    case CHECK_DONE: judge_link(engine, fetch, validator_verdict(walk->validator)); break;
    }
}
