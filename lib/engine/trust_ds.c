/* What a zone's DS is worth: the one that a referral showed, or one asked for (RULINGS A1, A13). */
#include "lib/base/must.h"
#include "lib/engine/appeal.h"
#include "lib/engine/clockwatch.h"
#include "lib/engine/trust.h"
#include "lib/wire/type.h"

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
        trust_end(engine, fetch, ZONE_SPENT, cause_of(WHY_NO_MEMORY));
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
    if (trust_ask(engine, fetch, TYPE_DS, &fetch->trust->ds_records))
        fetch->trust->stage = TRUST_DS;
}

void trust_use_ds(struct engine *engine, struct fetch *fetch, const struct rrset *ds)
{
    enum why why;
    struct budget tab;
    struct proof_desk desk = engine_proof_desk(engine, fetch->arena, &tab);

    fetch->trust->ds = ds;
    if (fetch->trust->anchor_keys == NULL && ds && !ds_set_usable(ds, &desk, &why)) {
        fetch->trust->result.ttl_s =
            ds->ttl; /* RFC 4035 §5.2: as if unsigned; no DNSKEY is asked */
        trust_end(engine, fetch, ZONE_INSECURE, cause_of(why));
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
bool trust_parent_came(struct engine *engine, struct fetch *fetch)
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
        trust_end(engine, fetch, ZONE_INSECURE, keys->cause);
        return true;
    }
    if (known && !keys && !trust->parent_asked && fetch_begin(engine, &wish, &cause)) {
        trust->parent_asked = true;
        return false;
    }
    ask_ds(engine, fetch);
    return true;
}

void trust_from_cut(struct engine *engine, struct fetch *fetch)
{
    struct trust *trust = fetch->trust;

    switch (trust->has_cut ? (enum ds_state)trust->cut.ds_state : DS_UNKNOWN) {
    case DS_SECURE: trust_use_ds(engine, fetch, trust->cut.ds_sets[0]); break;
    case DS_ABSENT:
    case DS_OVER_ITERATED:
        trust->result.ttl_s = instant_s_between(engine->now, trust->cut.ds_until);
        trust_end(engine, fetch, ZONE_INSECURE, cause_of((enum why)trust->cut.why));
        break;
    case DS_UNPROVEN:
        /* RULINGS A29: the DNSKEY set is asked for now, while the DS is being proven. */
        if (referral_promises_keys(engine, fetch) &&
            !trust_ask(engine, fetch, TYPE_DNSKEY, &trust->key_records))
            break;
        begin_ds_check(engine, fetch, link_of_referral(fetch), &trust->cut.parent);
        break;
    case DS_UNKNOWN: trust->stage = TRUST_PARENT; break;
    case DS_BOGUS: /* known to be, until its time is over or somebody wants it asked anew */
        if (fetch->skip_cache)
            ask_ds(engine, fetch);
        else
            trust_end(engine, fetch, ZONE_BOGUS, cause_of((enum why)trust->cut.why));
        break;
    }
}

void trust_ds_came(struct engine *engine, struct fetch *fetch)
{
    struct fetch_records *records = &fetch->trust->ds_records;

    if (!records->there)
        return;
    if (records->outcome != OUTCOME_ANSWERED)
        trust_end_without(engine, fetch, records, WHY_DS_UNREACHABLE);
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
    case DENIAL_NO_NAME: trust_end(engine, fetch, ZONE_NO_CUT, cause_of(WHY_NONE)); return;
    case DENIAL_PROVEN_INSECURE:
        keep_ds_state(engine, fetch, verdict, DS_OVER_ITERATED);
        trust_end(engine, fetch, ZONE_INSECURE, cause);
        return;
    default:
        cause = cause_of(WHY_NO_DS);
        keep_ds_state(engine, fetch, verdict, DS_ABSENT);
        trust_end(engine, fetch, ZONE_INSECURE, cause);
    }
}

/* SPEC V14: another server may have the good set. Whoever gave this one comes behind the others. */
static bool turn_to_others(struct engine *engine, struct fetch *fetch,
                           const struct fetch_records *from)
{
    uint16_t type = from == &fetch->trust->ds_records ? TYPE_DS : TYPE_DNSKEY;
    struct infra_task task = { &from->server, &fetch->name, type };

    if (!from->there || !from->others || from->server.family == 0)
        return false;
    infra_cache_failed(engine->caches->infra, &task, engine->now);
    return true;
}

/* Both are asked anew the first time (RULINGS A13), then what others may have better. */
static void ask_anew(struct engine *engine, struct fetch *fetch, const struct fetch_records *from)
{
    struct trust *trust = fetch->trust;
    bool anchored = trust->anchor_keys != NULL ||
                    (trust->ds && trust->ds_link == NULL && trust->cut.ds_state != DS_SECURE);
    bool keys_alone = trust->fresh && from == &trust->key_records;

    trust->fresh = true;
    memset(&trust->link, 0, sizeof trust->link);
    trust->key_records = (struct fetch_records){ .asked = false };
    if (anchored || keys_alone)
        trust->stage = TRUST_KEYS;
    else
        ask_ds(engine, fetch);
}

/* A bogus DS is kept as such for a time of its own (RULINGS A13). */
static void end_bogus(struct engine *engine, struct fetch *fetch, const struct cause *cause,
                      const struct fetch_records *from)
{
    struct verdict kept = { .cause = *cause, .ttl_s = trust_bogus_ttl(engine, cause) };

    if (from == &fetch->trust->ds_records)
        keep_ds_state(engine, fetch, &kept, DS_BOGUS);
    trust_end(engine, fetch, ZONE_BOGUS, *cause);
}

void trust_bogus_unless_fresh(struct engine *engine, struct fetch *fetch, struct cause cause,
                              const struct fetch_records *from)
{
    struct trust *trust = fetch->trust;
    bool others;

    if (cause.why == WHY_VALIDATION_LIMIT) { /* A2: cut short is not bogus */
        trust_end(engine, fetch, ZONE_SPENT, cause);
        return;
    }
    others = trust->retries < BOGUS_RETRIES && turn_to_others(engine, fetch, from);
    if (trust->fresh && !others) {
        end_bogus(engine, fetch, &cause, from);
        return;
    }
    trust->retries += others;
    ask_anew(engine, fetch, from);
}

/* RULINGS A13: the parent may have rolled its keys as well: once, the DS is judged by its new ones.
 * True: they are under way. */
static bool renew_parent(struct engine *engine, struct fetch *fetch, const struct verdict *verdict)
{
    struct trust *trust = fetch->trust;
    struct name zone = trust->ds_zone;

    if (verdict->security != SEC_BOGUS || trust->parent_renewed ||
        !appeal_renew_keys(engine, fetch, trust->ds_link, verdict))
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
    clock_root_link(engine, fetch, fetch->trust->ds_link, &verdict->cause);
    trust_bogus_unless_fresh(engine, fetch, verdict->cause, &fetch->trust->ds_records);
}

static void judge_ds(struct engine *engine, struct fetch *fetch, const struct verdict *verdict)
{
    struct trust *trust = fetch->trust;

    switch (verdict->security) {
    case SEC_UNCHECKED: trust_end(engine, fetch, ZONE_SPENT, verdict->cause); break;
    case SEC_BOGUS: judge_bogus_ds(engine, fetch, verdict); break;
    case SEC_INSECURE:
    case SEC_INDETERMINATE:
        trust->result.ttl_s = verdict->ttl_s;
        if (verdict->denial != DENIAL_UNPROVEN) /* proven, by way of an opt-out span */
            ds_absent(engine, fetch, verdict);
        else
            trust_end(engine, fetch, ZONE_INSECURE, verdict->cause);
        break;
    case SEC_SECURE:
        if (trust->ds_link->kind == REPLY_POSITIVE && must(trust->ds_link->answer_count > 0)) {
            trust->ds = trust->ds_link->answer[0];
            keep_ds_state(engine, fetch, verdict, DS_SECURE);
            trust_use_ds(engine, fetch, trust->ds);
        } else if (trust->ds_link->kind == REPLY_ALIAS || trust->ds_link->kind == REPLY_DNAME) {
            trust->result.ttl_s = verdict->ttl_s;
            trust_end(engine, fetch, ZONE_NO_CUT,
                      cause_of(WHY_NONE)); /* an alias is no cut: RFC 2181 §10.1 */
        } else {
            ds_absent(engine, fetch, verdict);
        }
        break;
    }
}

bool trust_check_ds(struct engine *engine, struct fetch *fetch)
{
    const struct verdict *verdict = validator_verdict(fetch->trust->validator);

    switch (check_run(engine, fetch, fetch->trust->validator)) {
    case CHECK_WAIT: return false;
    case CHECK_REST: engine_rest(engine, fetch); return false;
    case CHECK_SPENT: trust_end(engine, fetch, ZONE_SPENT, fetch->cause); return false;
    case CHECK_DONE:
        if (renew_parent(engine, fetch, verdict))
            return false;
        judge_ds(engine, fetch, verdict);
        return true;
    }
    return false;
}
