/* What a zone's keys are worth: anchor or proven DS, then DNSKEY (DESIGN 5; RULINGS A1, A13, A29).
 *
 * A FOR_KEYS fetch asks nobody itself. It waits for raw records (FOR_RECORDS: DS at the parent,
 * DNSKEY at the zone) and for the parent's keys (FOR_KEYS), which the validator of the DS asks for.
 * */
#include "lib/engine/trust.h"

#include "lib/engine/clockwatch.h"
#include "lib/engine/remember.h"
#include "lib/engine/route.h"
#include "lib/engine/tell.h"
#include "lib/wire/type.h"

uint32_t trust_bogus_ttl(const struct engine *engine, const struct cause *cause)
{
    return remember_briefly(cause) ? engine->policy->limits.ttl_failure_s
                                   : engine->policy->limits.ttl_bogus_s;
}

void trust_end(struct engine *engine, struct fetch *fetch, enum zone_state state,
               struct cause cause)
{
    struct zone_keys *result = &fetch->trust->result;

    result->zone = fetch->name;
    result->state = state;
    result->cause = cause;
    route_judge_keys(engine, fetch, result);
    state = result->state;
    cause = result->cause;
    if (state == ZONE_UNREACHABLE)
        result->ttl_s = engine->policy->limits.ttl_failure_s;
    else if (state == ZONE_BOGUS)
        result->ttl_s = trust_bogus_ttl(engine, &cause);
    tell_trust(engine, fetch);
    if (state != ZONE_SPENT) /* RULINGS A2 */
        key_cache_put(engine->caches->keys, result, engine->now);
    fetch_end(engine, fetch, state == ZONE_SPENT ? OUTCOME_SPENT : OUTCOME_ANSWERED, result->cause);
}

bool trust_ask(struct engine *engine, struct fetch *fetch, uint16_t type,
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
    trust_end(engine, fetch, cause.why == WHY_CYCLE ? ZONE_UNREACHABLE : ZONE_SPENT, cause);
    return false;
}

void trust_records_came(struct engine *engine, struct fetch *fetch, const struct fetch *from)
{
    struct fetch_records *records =
        from->type == TYPE_DS ? &fetch->trust->ds_records : &fetch->trust->key_records;
    const struct link *link = from->link_count ? from->links[0] : NULL;

    struct selection_desk desk = engine_selection_desk(engine);

    records->there = true;
    records->outcome = (enum outcome)from->outcome;
    records->cause = from->cause;
    records->zone = from->walk->cut.zone;
    records->forwarded = from->walk->cut.source == FROM_FORWARD;
    records->server = *tell_last(from);
    records->others =
        selection_others(&from->walk->selection, (int)from->walk->judged.candidate, &desk) > 0 ||
        servers_to_come(engine, from);
    if (!link || from->outcome != OUTCOME_ANSWERED)
        return;
    records->link = *link;
    if (link_copy_sets(fetch->arena, &records->link) != ST_OK) {
        records->outcome = OUTCOME_SPENT;
        records->cause = cause_of(WHY_NO_MEMORY);
    }
}

static void begin(struct engine *engine, struct fetch *fetch)
{
    struct trust *trust = fetch->trust;
    struct name anchor;

    if (!fetch->skip_cache && key_cache_get(engine->caches->keys, &fetch->name, engine->now,
                                            fetch->arena, &trust->result) == ST_OK) {
        tell_zone(engine, fetch, &trust->result);
        fetch_end(engine, fetch, OUTCOME_ANSWERED, trust->result.cause);
        return;
    }
    if (!anchor_closest(engine->policy->anchors, &fetch->name, &anchor)) {
        trust->result.ttl_s = engine->policy->ttl_max_s;
        trust_end(engine, fetch, ZONE_INDETERMINATE, cause_of(WHY_NO_ANCHOR));
        return;
    }
    if (policy_is_written_insecure(engine->policy, &fetch->name)) {
        trust->result.ttl_s = engine->policy->ttl_max_s;
        trust_end(engine, fetch, ZONE_INSECURE, cause_of(WHY_ZONE_INSECURE));
        return;
    }
    if (!trust->has_cut && route_may_use_kept(engine, fetch))
        trust->has_cut = delegation_cache_get(engine->caches->delegations, &fetch->name,
                                              engine->now, fetch->arena, &trust->cut) == ST_OK;
    if (name_equal(&anchor, &fetch->name))
        tell_anchor(engine, fetch);
    if (!name_equal(&anchor, &fetch->name))
        trust_from_cut(engine, fetch);
    else if (anchor_copy(engine->policy->anchors, &anchor, fetch->arena, &trust->ds,
                         &trust->anchor_keys) == ST_OK) /* another policy may come meanwhile */
        trust_use_ds(engine, fetch, trust->ds);
    else
        trust_end(engine, fetch, ZONE_SPENT, cause_of(WHY_NO_MEMORY));
}

/* RULINGS A29: the zone's keys are fetched beside the next question, so that no round trip is
 * spent on validation alone; and so is the DS where nothing is known of it any more (A13). */
void trust_ahead(struct engine *engine, struct fetch *fetch)
{
    const struct delegation *cut = &fetch->walk->cut;
    bool wanted =
        cut->zone.labels == 0 || cut->ds_state == DS_SECURE || cut->ds_state == DS_UNKNOWN;
    struct zone_keys known;
    struct cause cause;

    for (unsigned i = 0; i < cut->ds_count; i++)
        wanted = wanted || cut->ds_sets[i]->type == TYPE_DS;
    if (!wanted || check_spared(engine, fetch) != WHY_NONE ||
        check_mode(engine, fetch) != DNSSEC_VALIDATE ||
        key_cache_get(engine->caches->keys, &cut->zone, engine->now, engine->scratch, &known) ==
            ST_OK)
        return;
    struct fetch_wish wish = {
        .key = { FOR_KEYS, DATA_CHECKED, &cut->zone, TYPE_DNSKEY },
        .waiter = fetch,
        .cut = cut,
    };
    (void)fetch_begin(engine, &wish, &cause);
}

/* Records that did not come: the servers' failure, or none of theirs (RULINGS A2, A23, A45). */
void trust_end_without(struct engine *engine, struct fetch *fetch,
                       const struct fetch_records *records, enum why why)
{
    bool ours = records->outcome == OUTCOME_SPENT || records->cause.why == WHY_NETWORK_ERROR;
    trust_end(engine, fetch, ours ? ZONE_SPENT : ZONE_UNREACHABLE,
              ours ? records->cause : cause_of(why));
}

/* ---- the keys ---- */

static bool keys_came(struct engine *engine, struct fetch *fetch)
{
    struct trust *trust = fetch->trust;

    if (!trust->key_records.asked && !trust_ask(engine, fetch, TYPE_DNSKEY, &trust->key_records))
        return false;
    if (!trust->key_records.there)
        return false;
    if (trust->key_records.outcome != OUTCOME_ANSWERED)
        trust_end_without(engine, fetch, &trust->key_records, WHY_DNSKEY_UNREACHABLE);
    else
        trust->stage = TRUST_LINK;
    return true;
}

static void judge_keys(struct engine *engine, struct fetch *fetch)
{
    struct zone_keys *result = &fetch->trust->result;

    if (result->state == ZONE_BOGUS)
        trust_bogus_unless_fresh(engine, fetch, result->cause, &fetch->trust->key_records);
    else
        trust_end(engine, fetch, result->state, result->cause);
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

    if (toll_waits(engine, fetch)) {
        engine_rest(engine, fetch);
        return false;
    }
    if (!payers_tab(engine, fetch, &tab)) {
        trust_end(engine, fetch, ZONE_SPENT, cause_of(WHY_VALIDATION_LIMIT));
        return false;
    }
    before = tab;
    struct proof_desk desk = engine_proof_desk(engine, fetch->arena, &tab);
    desk.trail = tell_proofs(engine, fetch);
    enum proof proof = chain_keys(&trust->link, &input, &desk, &trust->result);
    if (!payers_settle(engine, fetch, &before, &tab) || proof == PROOF_SPENT) {
        trust_end(engine, fetch, ZONE_SPENT,
                  budget_is_over(&tab) ? job_cause_of_budget(&tab)
                                       : cause_of(WHY_VALIDATION_LIMIT));
        return false;
    }
    if (proof == PROOF_CONTINUE) {
        engine_rest(engine, fetch);
        return false;
    }
    clock_root_keys(engine, fetch, &input, &trust->result);
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
            if (!trust_parent_came(engine, fetch))
                return;
            break;
        case TRUST_DS:
            if (!fetch->trust->ds_records.there)
                return;
            trust_ds_came(engine, fetch);
            break;
        case TRUST_DS_CHECK:
            if (!trust_check_ds(engine, fetch))
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
