/* What a zone's keys are worth: anchor or proven DS, then DNSKEY (DESIGN 5; RULINGS A1, A13, A29).
 *
 * A FOR_KEYS fetch asks nobody itself. It waits for raw records (FOR_RECORDS: DS at the parent,
 * DNSKEY at the zone) and for the parent's keys (FOR_KEYS), which the validator of the DS asks for.
 * */
#include "lib/base/must.h"
#include "lib/engine/state.h"
#include "lib/wire/type.h"

static uint32_t bogus_ttl(const struct engine *engine, const struct cause *cause)
{
    return remember_briefly(cause) ? engine->policy->limits.ttl_failure_s
                                   : engine->policy->limits.ttl_bogus_s;
}

static void end(struct engine *engine, struct fetch *fetch, enum zone_state state,
                struct cause cause)
{
    struct zone_keys *result = &fetch->trust->result;

    result->zone = fetch->name;
    result->state = state;
    result->cause = cause;
    if (state == ZONE_UNREACHABLE)
        result->ttl_s = engine->policy->limits.ttl_failure_s;
    else if (state == ZONE_BOGUS)
        result->ttl_s = bogus_ttl(engine, &cause);
    if (state != ZONE_SPENT) /* RULINGS A2 */
        key_cache_put(engine->caches->keys, result, engine->now);
    fetch_end(engine, fetch, state == ZONE_SPENT ? OUTCOME_SPENT : OUTCOME_ANSWERED, cause);
}

static bool ask_records(struct engine *engine, struct fetch *fetch, uint16_t type,
                        struct fetch_records *records)
{
    struct trust *trust = fetch->trust;
    struct cause cause;
    struct fetch_wish wish = {
        .key = { FOR_RECORDS, DATA_CHECKED, &fetch->name, type },
        .waiter = fetch,
        .cut = type == TYPE_DNSKEY && trust->has_cut ? &trust->cut : NULL,
        .skip_cache = trust->fresh,
    };

    *records = (struct fetch_records){ .asked = true };
    if (fetch_begin(engine, &wish, &cause))
        return true;
    end(engine, fetch, cause.why == WHY_CYCLE ? ZONE_UNREACHABLE : ZONE_SPENT, cause);
    return false;
}

void trust_records_came(struct engine *engine, struct fetch *fetch, const struct fetch *from)
{
    struct fetch_records *records =
        from->type == TYPE_DS ? &fetch->trust->ds_records : &fetch->trust->key_records;
    const struct link *link = from->link_count ? from->links[0] : NULL;

    (void)engine;
    records->there = true;
    records->outcome = (enum outcome)from->outcome;
    records->cause = from->cause;
    records->zone = from->walk->cut.zone;
    if (!link || from->outcome != OUTCOME_ANSWERED)
        return;
    records->link = *link;
    if (link_copy_sets(fetch->arena, &records->link) != ST_OK) {
        records->outcome = OUTCOME_SPENT;
        records->cause = cause_of(WHY_NO_MEMORY);
    }
}

/* ---- the DS: from the referral, or asked for ---- */

static void begin_ds_check(struct engine *engine, struct fetch *fetch, struct link *link,
                           const struct name *zone)
{
    struct trust *trust = fetch->trust;
    trust->ds_link = link;
    trust->ds_zone = *zone;
    trust->validator = link ? check_validator(engine, fetch, link, zone) : NULL;
    trust->stage = TRUST_DS_CHECK;
    if (!trust->validator)
        end(engine, fetch, ZONE_SPENT, cause_of(WHY_NO_MEMORY));
}

/* The referral's raw records as the link they stand for: (zone, DS), positive or denied. */
static struct link *link_of_referral(struct fetch *fetch)
{
    struct delegation *cut = &fetch->trust->cut;
    struct link *link = ARENA_NEW(fetch->arena, struct link);

    if (!link)
        return NULL;
    link->name = fetch->name;
    link->type = TYPE_DS;
    link->kind = REPLY_NODATA;
    link->ttl_s = UINT32_MAX;
    link->authority = cut->ds_sets;
    link->authority_count = cut->ds_count;
    for (unsigned i = 0; i < cut->ds_count; i++) {
        if (cut->ds_sets[i]->type != TYPE_DS)
            continue;
        link->kind = REPLY_POSITIVE;
        link->answer = &cut->ds_sets[i];
        link->answer_count = 1;
        link->authority_count = 0;
    }
    return link;
}

static void ask_ds(struct engine *engine, struct fetch *fetch)
{
    if (ask_records(engine, fetch, TYPE_DS, &fetch->trust->ds_records))
        fetch->trust->stage = TRUST_DS;
}

static void use_ds(struct engine *engine, struct fetch *fetch, const struct rrset *ds)
{
    enum why why;
    struct budget tab;
    struct proof_desk desk = engine_proof_desk(engine, fetch->arena, &tab);

    fetch->trust->ds = ds;
    if (fetch->trust->anchor_keys == NULL && ds && !ds_set_usable(ds, &desk, &why)) {
        fetch->trust->result.ttl_s =
            ds->ttl; /* RFC 4035 §5.2: as if unsigned; no DNSKEY is asked */
        end(engine, fetch, ZONE_INSECURE, cause_of(why));
        return;
    }
    fetch->trust->stage = TRUST_KEYS;
}

/* A DS that can be used if it is proven: then the DNSKEY set will be needed (RULINGS A29). */
static bool referral_promises_keys(struct engine *engine, struct fetch *fetch)
{
    const struct delegation *cut = &fetch->trust->cut;
    struct budget tab;
    struct proof_desk desk = engine_proof_desk(engine, fetch->arena, &tab);
    enum why why;

    for (unsigned i = 0; i < cut->ds_count; i++)
        if (cut->ds_sets[i]->type == TYPE_DS && ds_set_usable(cut->ds_sets[i], &desk, &why))
            return true;
    return false;
}

/* A referral with neither DS nor denial. Below a zone that is proven insecure there is nothing else
 * to be had (RFC 4035 §4.3), so the parent's keys come first; where the chain reaches it, its
 * servers are asked for the DS. False: the keys are on their way. */
static bool parent_came(struct engine *engine, struct fetch *fetch)
{
    struct trust *trust = fetch->trust;
    const struct name *parent = &trust->cut.parent;
    bool known = trust->has_cut && parent->len > 0 && name_strictly_under(&fetch->name, parent);
    const struct zone_keys *keys = known ? check_keys(engine, fetch, parent) : NULL;
    struct fetch_wish wish = { .key = { FOR_KEYS, DATA_CHECKED, parent, TYPE_DNSKEY },
                               .waiter = fetch };
    struct name anchor;
    struct cause cause;

    /* An anchor between the two would be the zone's own chain (SPEC A7). */
    known = known && anchor_closest(engine->policy->anchors, &fetch->name, &anchor) &&
            name_under(parent, &anchor);
    if (known && keys && keys->state == ZONE_INSECURE) {
        trust->result.ttl_s = keys->ttl_s;
        end(engine, fetch, ZONE_INSECURE, keys->cause);
        return true;
    }
    if (known && !keys && !trust->parent_asked && fetch_begin(engine, &wish, &cause)) {
        trust->parent_asked = true;
        return false;
    }
    ask_ds(engine, fetch);
    return true;
}

static void from_cut(struct engine *engine, struct fetch *fetch)
{
    struct trust *trust = fetch->trust;

    switch (trust->has_cut ? (enum ds_state)trust->cut.ds_state : DS_UNKNOWN) {
    case DS_SECURE: use_ds(engine, fetch, trust->cut.ds_sets[0]); break;
    case DS_ABSENT:
    case DS_OVER_ITERATED:
        trust->result.ttl_s = instant_s_between(engine->now, trust->cut.ds_until);
        end(engine, fetch, ZONE_INSECURE, cause_of((enum why)trust->cut.why));
        break;
    case DS_UNPROVEN:
        /* RULINGS A29: the DNSKEY set is asked for now, while the DS is being proven. */
        if (referral_promises_keys(engine, fetch) &&
            !ask_records(engine, fetch, TYPE_DNSKEY, &trust->key_records))
            break;
        begin_ds_check(engine, fetch, link_of_referral(fetch), &trust->cut.parent);
        break;
    case DS_UNKNOWN: trust->stage = TRUST_PARENT; break;
    case DS_BOGUS: /* known to be, until its time is over or somebody wants it asked anew */
        if (fetch->skip_cache)
            ask_ds(engine, fetch);
        else
            end(engine, fetch, ZONE_BOGUS, cause_of((enum why)trust->cut.why));
        break;
    }
}

static void begin(struct engine *engine, struct fetch *fetch)
{
    struct trust *trust = fetch->trust;
    struct name anchor;

    if (!fetch->skip_cache && key_cache_get(engine->caches->keys, &fetch->name, engine->now,
                                            fetch->arena, &trust->result) == ST_OK) {
        fetch_end(engine, fetch, OUTCOME_ANSWERED, trust->result.cause);
        return;
    }
    if (!anchor_closest(engine->policy->anchors, &fetch->name, &anchor)) {
        trust->result.ttl_s = engine->policy->ttl_max_s;
        end(engine, fetch, ZONE_INDETERMINATE, cause_of(WHY_NO_ANCHOR));
        return;
    }
    if (!trust->has_cut)
        trust->has_cut = delegation_cache_get(engine->caches->delegations, &fetch->name,
                                              engine->now, fetch->arena, &trust->cut) == ST_OK;
    if (!name_equal(&anchor, &fetch->name))
        from_cut(engine, fetch);
    else if (anchor_copy(engine->policy->anchors, &anchor, fetch->arena, &trust->ds,
                         &trust->anchor_keys) == ST_OK) /* another policy may come meanwhile */
        use_ds(engine, fetch, trust->ds);
    else
        end(engine, fetch, ZONE_SPENT, cause_of(WHY_NO_MEMORY));
}

/* Records that did not come: the servers' failure, or none of theirs (RULINGS A2, A23, A45). */
static void end_without(struct engine *engine, struct fetch *fetch,
                        const struct fetch_records *records, enum why why)
{
    bool ours = records->outcome == OUTCOME_SPENT || records->cause.why == WHY_NETWORK_ERROR;
    end(engine, fetch, ours ? ZONE_SPENT : ZONE_UNREACHABLE, ours ? records->cause : cause_of(why));
}

static void ds_came(struct engine *engine, struct fetch *fetch)
{
    struct fetch_records *records = &fetch->trust->ds_records;

    if (!records->there)
        return;
    if (records->outcome != OUTCOME_ANSWERED)
        end_without(engine, fetch, records, WHY_DS_UNREACHABLE);
    else
        begin_ds_check(engine, fetch, &records->link, &records->zone);
}

/* What was learnt of the DS is kept with the delegation, on its own clock (RULINGS A13). */
static void keep_ds_state(struct engine *engine, struct fetch *fetch, const struct verdict *verdict,
                          enum ds_state state)
{
    struct trust *trust = fetch->trust;
    struct delegation kept = { .zone = fetch->name, .ds_state = (uint8_t)state };
    struct rrset *ds = (struct rrset *)trust->ds;

    kept.why = verdict->cause.why;
    kept.ds_until = instant_after_s(engine->now, verdict->ttl_s);
    kept.ds_sets = &ds;
    kept.ds_count = state == DS_SECURE;
    delegation_cache_put_ds(engine->caches->delegations, &kept, engine->now);
}

static void ds_absent(struct engine *engine, struct fetch *fetch, const struct verdict *verdict)
{
    struct cause cause = verdict->cause;

    fetch->trust->result.ttl_s = verdict->ttl_s;
    switch (verdict->denial) {
    case DENIAL_NO_CUT:
    case DENIAL_NO_NAME: end(engine, fetch, ZONE_NO_CUT, cause_of(WHY_NONE)); return;
    case DENIAL_PROVEN_INSECURE:
        keep_ds_state(engine, fetch, verdict, DS_OVER_ITERATED);
        end(engine, fetch, ZONE_INSECURE, cause);
        return;
    default:
        cause = cause_of(WHY_NO_DS);
        keep_ds_state(engine, fetch, verdict, DS_ABSENT);
        end(engine, fetch, ZONE_INSECURE, cause);
    }
}

/* The DS is bogus, and it was asked for anew: kept as such for a time of its own (RULINGS A13). */
static void ds_bogus(struct engine *engine, struct fetch *fetch, const struct verdict *verdict)
{
    struct verdict kept = *verdict;

    kept.ttl_s = bogus_ttl(engine, &verdict->cause);
    keep_ds_state(engine, fetch, &kept, DS_BOGUS);
    end(engine, fetch, ZONE_BOGUS, verdict->cause);
}

/* RULINGS A13: before a zone is bogus its DS and DNSKEY are asked anew, once. */
static void bogus_unless_fresh(struct engine *engine, struct fetch *fetch, struct cause cause)
{
    struct trust *trust = fetch->trust;
    bool anchored = trust->anchor_keys != NULL ||
                    (trust->ds && trust->ds_link == NULL && trust->cut.ds_state != DS_SECURE);

    if (trust->fresh || cause.why == WHY_VALIDATION_LIMIT) { /* A2: cut short is not bogus */
        end(engine, fetch, cause.why == WHY_VALIDATION_LIMIT ? ZONE_SPENT : ZONE_BOGUS, cause);
        return;
    }
    trust->fresh = true;
    memset(&trust->link, 0, sizeof trust->link);
    trust->key_records = (struct fetch_records){ .asked = false };
    if (anchored)
        trust->stage = TRUST_KEYS;
    else
        ask_ds(engine, fetch);
}

/* RULINGS A13: the parent may have rolled its keys as well: once, the DS is judged by its new ones.
 * True: they are under way. */
static bool renew_parent(struct engine *engine, struct fetch *fetch, const struct verdict *verdict)
{
    struct trust *trust = fetch->trust;
    struct name zone = trust->ds_zone;

    if (verdict->security != SEC_BOGUS || trust->parent_renewed ||
        !check_renew_keys(engine, fetch, trust->ds_link, verdict))
        return false;
    trust->parent_renewed = true;
    begin_ds_check(engine, fetch, trust->ds_link, &zone);
    return true;
}

/* The servers of a zone that is none answered for the DS; nobody goes there again, and the zone
 * above is asked instead (RFC 4035 §5.2: who is no zone delegates none). */
static void leave_parents_that_are_none(struct engine *engine, struct fetch *fetch)
{
    for (const struct known_keys *at = fetch->known; at; at = at->next)
        if (at->keys.state == ZONE_NO_CUT)
            delegation_cache_remove(engine->caches->delegations, &at->keys.zone);
}

static void judge_bogus_ds(struct engine *engine, struct fetch *fetch,
                           const struct verdict *verdict)
{
    leave_parents_that_are_none(engine, fetch);
    if (fetch->trust->fresh && verdict->cause.why != WHY_VALIDATION_LIMIT)
        ds_bogus(engine, fetch, verdict);
    else
        bogus_unless_fresh(engine, fetch, verdict->cause);
}

static void judge_ds(struct engine *engine, struct fetch *fetch, const struct verdict *verdict)
{
    struct trust *trust = fetch->trust;

    switch (verdict->security) {
    case SEC_UNCHECKED: end(engine, fetch, ZONE_SPENT, verdict->cause); break;
    case SEC_BOGUS: judge_bogus_ds(engine, fetch, verdict); break;
    case SEC_INSECURE:
    case SEC_INDETERMINATE:
        trust->result.ttl_s = verdict->ttl_s;
        if (verdict->denial != DENIAL_UNPROVEN) /* proven, by way of an opt-out span */
            ds_absent(engine, fetch, verdict);
        else
            end(engine, fetch, ZONE_INSECURE, verdict->cause);
        break;
    case SEC_SECURE:
        if (trust->ds_link->kind == REPLY_POSITIVE && must(trust->ds_link->answer_count > 0)) {
            trust->ds = trust->ds_link->answer[0];
            keep_ds_state(engine, fetch, verdict, DS_SECURE);
            use_ds(engine, fetch, trust->ds);
        } else if (trust->ds_link->kind == REPLY_ALIAS || trust->ds_link->kind == REPLY_DNAME) {
            trust->result.ttl_s = verdict->ttl_s;
            end(engine, fetch, ZONE_NO_CUT,
                cause_of(WHY_NONE)); /* an alias is no cut: RFC 2181 §10.1 */
        } else {
            ds_absent(engine, fetch, verdict);
        }
        break;
    }
}

static bool check_ds(struct engine *engine, struct fetch *fetch)
{
    const struct verdict *verdict = validator_verdict(fetch->trust->validator);

    switch (check_run(engine, fetch, fetch->trust->validator)) {
    case CHECK_WAIT: return false;
    case CHECK_REST: engine_rest(engine, fetch); return false;
    case CHECK_SPENT: end(engine, fetch, ZONE_SPENT, cause_of(WHY_VALIDATION_LIMIT)); return false;
    case CHECK_DONE:
        if (renew_parent(engine, fetch, verdict))
            return false;
        judge_ds(engine, fetch, verdict);
        return true;
    }
    return false;
}

/* ---- the keys ---- */

static bool keys_came(struct engine *engine, struct fetch *fetch)
{
    struct trust *trust = fetch->trust;

    if (!trust->key_records.asked && !ask_records(engine, fetch, TYPE_DNSKEY, &trust->key_records))
        return false;
    if (!trust->key_records.there)
        return false;
    if (trust->key_records.outcome != OUTCOME_ANSWERED)
        end_without(engine, fetch, &trust->key_records, WHY_DNSKEY_UNREACHABLE);
    else
        trust->stage = TRUST_LINK;
    return true;
}

static void judge_keys(struct engine *engine, struct fetch *fetch)
{
    struct zone_keys *result = &fetch->trust->result;

    if (result->state == ZONE_BOGUS)
        bogus_unless_fresh(engine, fetch, result->cause);
    else
        end(engine, fetch, result->state, result->cause);
}

static bool prove_keys(struct engine *engine, struct fetch *fetch)
{
    struct trust *trust = fetch->trust;
    struct link *link = &trust->key_records.link;
    struct budget tab, before;
    struct chain_input input = {
        .zone = &fetch->name,
        .ds = trust->ds,
        .anchors = trust->anchor_keys,
        .dnskeys = link->kind == REPLY_POSITIVE && link->answer_count ? link->answer[0] : NULL,
    };

    if (!inflight_tab(engine, fetch, &tab)) {
        end(engine, fetch, ZONE_SPENT, cause_of(WHY_VALIDATION_LIMIT));
        return false;
    }
    before = tab;
    struct proof_desk desk = engine_proof_desk(engine, fetch->arena, &tab);
    enum proof proof = chain_keys(&trust->link, &input, &desk, &trust->result);
    if (!inflight_settle(engine, fetch, &before, &tab) || proof == PROOF_SPENT) {
        end(engine, fetch, ZONE_SPENT, cause_of(WHY_VALIDATION_LIMIT));
        return false;
    }
    if (proof == PROOF_CONTINUE) {
        engine_rest(engine, fetch);
        return false;
    }
    judge_keys(engine, fetch);
    return true;
}

/* Every stage on one screen. A stage that must wait leaves; the fetch is stepped again when what it
 * waits for has come. The stages only go forward, but for one fresh start (A13): hence the bound.
 * */
void trust_step(struct engine *engine, struct fetch *fetch)
{
    for (unsigned turns = 0; turns < 16 && fetch->state != FETCH_DONE; turns++) {
        switch (fetch->trust->stage) {
        case TRUST_BEGIN: begin(engine, fetch); break;
        case TRUST_PARENT:
            if (!parent_came(engine, fetch))
                return;
            break;
        case TRUST_DS:
            if (!fetch->trust->ds_records.there)
                return;
            ds_came(engine, fetch);
            break;
        case TRUST_DS_CHECK:
            if (!check_ds(engine, fetch))
                return;
            break;
        case TRUST_KEYS:
            if (!keys_came(engine, fetch))
                return;
            break;
        case TRUST_LINK:
            if (!prove_keys(engine, fetch))
                return;
            break;
        }
    }
}
