#include "lib/engine/route.h"

#include "lib/base/log.h"
#include "lib/engine/local.h"
#include "lib/engine/state.h"
#include "lib/wire/type.h"

enum { FORWARD_TIMEOUTS = 2 /* in a row of each forwarder: order first passes them by */ };

/* A DS lives at the parent's side of the cut (RFC 4035 §3.1.4.1). */
struct name route_name(const struct name *name, uint16_t type)
{
    return type == TYPE_DS ? name_parent(name) : *name;
}

const struct name *route_inherited(const struct fetch *waiter, const struct name *name,
                                   uint16_t type)
{
    struct name place = route_name(name, type);
    const struct name *around = waiter ? waiter->around : NULL;

    return around && name_under(&place, around) ? around : NULL;
}

/* No cut that is kept leads past a forwarder, nor above a stub; below a stub its own word counts
 * (LIMITS B6, RULINGS A13). */
static bool find_cut_above(struct engine *engine, struct fetch *fetch, const struct name *name)
{
    struct walk *walk = fetch->walk;
    const struct zones_entry *entry = zones_route(&engine->policy->zones, name, fetch->around);
    bool kept = (!entry || entry->kind == ZONES_STUB) &&
                delegation_cache_deepest(engine->caches->delegations, name, engine->now,
                                         fetch->arena, &walk->cut) == ST_OK;

    if (entry && !(kept && name_strictly_under(&walk->cut.zone, &entry->name)))
        return delegation_from_zones(entry, fetch->arena, &walk->cut) == ST_OK;
    return kept || delegation_from_hints(engine->policy, fetch->arena, &walk->cut) == ST_OK;
}

static bool has_address(struct engine *engine, const struct server *server)
{
    struct server_addresses kept = { .count = 0 };
    bool has = server->address_count > 0;

    for (uint8_t family = 4; family <= 6 && !has; family += 2)
        has = delegation_cache_get_addresses(engine->caches->delegations, &server->name, family,
                                             engine->now, &kept) == ST_OK &&
              kept.count > 0;
    return has;
}

/* All its servers have names in itself, and no address of any is known: nobody can ask there. */
static bool is_closed(struct engine *engine, const struct delegation *cut)
{
    for (unsigned i = 0; i < cut->server_count; i++)
        if (!name_under(&cut->servers[i].name, &cut->zone) || has_address(engine, &cut->servers[i]))
            return false;
    return cut->server_count > 0;
}

/* Where its servers are a closed zone cannot say, but the zone above might, whose referral lacked
 * the glue (RFC 9471 §3.1): it is asked once, for the whole name, since a part of it would bring
 * the same referral. */
bool route_find_cut(struct engine *engine, struct fetch *fetch)
{
    struct walk *walk = fetch->walk;
    struct name name = route_name(&walk->at, fetch->type);

    if (!find_cut_above(engine, fetch, &name))
        return false;
    if (fetch->purpose != FOR_ADDRESS || walk->cut.zone.labels == 0 ||
        !is_closed(engine, &walk->cut))
        return true;
    qmin_give_up(&walk->qmin);
    name = name_parent(&walk->cut.zone);
    return find_cut_above(engine, fetch, &name);
}

bool route_may_use_kept(const struct engine *engine, const struct fetch *fetch)
{
    const struct zones_entry *entry =
        zones_route(&engine->policy->zones, &fetch->name, fetch->around);

    return !entry || (entry->kind == ZONES_STUB && !name_equal(&entry->name, &fetch->name));
}

/* LIMITS H9: from the root nobody is asked for a special-use name, whoever else is silent; where it
 * would go next is another zone of the configuration, or nowhere. */
static bool would_leak(struct engine *engine, const struct fetch *fetch)
{
    const struct walk *walk = fetch->walk;
    struct name place = route_name(&walk->at, fetch->type);
    const struct zones_entry *next = zones_route(&engine->policy->zones, &place, &walk->cut.zone);
    struct zones left = { .count = next != NULL };
    struct zones_entry entry;

    if (next) {
        entry = *next;
        left.list = &entry;
    }
    return local_is_special(engine, &(struct local_question){ &walk->at, fetch->type, &left });
}

static const struct zones_entry *forward_first(struct engine *engine, const struct fetch *fetch)
{
    const struct delegation *cut = &fetch->walk->cut;
    const struct zones_entry *entry =
        cut->source == FROM_FORWARD ? zones_at(&engine->policy->zones, &cut->zone) : NULL;

    return entry && entry->order == ZONES_FIRST && !would_leak(engine, fetch) ? entry : NULL;
}

bool route_is_silent(struct engine *engine, const struct fetch *fetch)
{
    struct selection_desk desk = engine_selection_desk(engine);

    return forward_first(engine, fetch) != NULL &&
           selection_is_silent(&fetch->walk->selection, FORWARD_TIMEOUTS, &desk);
}

/* Each time what is passed by lies higher, so this ends. */
bool route_fall_back(struct engine *engine, struct fetch *fetch)
{
    struct walk *walk = fetch->walk;
    const struct name *around;

    if (!forward_first(engine, fetch) || walk->empties > 0 ||
        !(around = arena_copy(fetch->arena, &walk->cut.zone, sizeof walk->cut.zone)))
        return false;
    ask_close(engine, fetch, &walk->now);
    ask_close(engine, fetch, &walk->late);
    fetch->around = around;
    walk->has_cut = false;
    fetch->state = FETCH_LOOK;
    metrics_add(&engine->metrics->forward_fallbacks, 1);
    return true;
}

/* What is proven here is asked for unproven: the forwarder's own verdict would hide the data that
 * say why (RFC 6840 §5.9). Where nothing is proven here, its verdict is all there is. */
static bool wants_unchecked(const struct engine *engine, const struct fetch *fetch)
{
    struct name name = route_name(&fetch->walk->at, fetch->type);

    if (fetch->class == DATA_UNCHECKED || fetch->purpose == FOR_RECORDS)
        return true;
    return fetch->purpose == FOR_ANSWER && policy_mode(engine->policy, &name) != DNSSEC_OFF &&
           !policy_is_negative(engine->policy, &name, engine->now) &&
           !policy_is_written_insecure(engine->policy, &name);
}

/* SPEC I3: forwarders need not keep the case of a name. */
void route_prepare(const struct engine *engine, const struct fetch *fetch,
                   struct exchange *exchange)
{
    if (fetch->walk->cut.source != FROM_FORWARD)
        return;
    exchange->recursion_desired = true;
    exchange->checking_disabled = wants_unchecked(engine, fetch);
    exchange->mixed_case = false;
}

static bool sent_as(const struct fetch *fetch, const struct query *query, uint16_t id)
{
    const struct exchange *now = fetch && fetch->walk ? &fetch->walk->now : NULL;

    return now && now->active && now->id == id && endpoint_same_address(&now->server, &query->from);
}

/* RULINGS A25: own addresses may be written in zones:. What was sent there comes back with its id
 * from the address that it went to; elsewhere a loop ends with the tries of one fetch, since all
 * further rounds join that one. */
bool route_is_loop(struct engine *engine, const struct query *query,
                   const struct client_question *question)
{
    static const enum purpose purposes[] = { FOR_ANSWER, FOR_ADDRESS, FOR_RECORDS };
    struct fetch_key key = { .name = &question->question.name, .type = question->question.type };
    bool is_loop = false;

    if (engine->policy->zones.count == 0)
        return false;
    for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++)
        for (unsigned class = 0; class <= DATA_UNCHECKED; class ++) {
            key.purpose = purposes[i];
            key.class = (enum data_class) class;
            is_loop = is_loop || sent_as(inflight_find(engine, &key), query, question->header.id);
        }
    if (is_loop && log_may_repeat(LOG_WARNING, WHY_FORWARDER_IS_US, engine->now))
        log_line(LOG_WARNING, "a question came back from where zones: sends it: %s",
                 why_row(WHY_FORWARDER_IS_US)->sentence);
    return is_loop;
}

/* ---- whose fault it is (SPEC section 3 item 4) ---- */

/* Without signatures nothing can be proven; who took them away is the one who was asked. */
struct cause route_blame(const struct delegation *cut, const struct cause *cause)
{
    struct cause blamed = *cause;

    if (cut->source == FROM_FORWARD && cause->why == WHY_RRSIG_MISSING)
        blamed.why = WHY_FORWARDER_STRIPS;
    return blamed;
}

static bool has_signature(const struct link *link)
{
    bool has = false;

    for (unsigned i = 0; i < link->answer_count; i++)
        has = has || link->answer[i]->sig_count > 0;
    for (unsigned i = 0; i < link->authority_count; i++)
        has = has || link->authority[i]->sig_count > 0;
    return has;
}

/* SPEC U1: a forwarder that takes the signatures away shows it in the DNSKEY or DS set. */
static enum why fault_of_forwarder(const struct trust *trust)
{
    const struct fetch_records *keys = &trust->key_records, *ds = &trust->ds_records;

    if (keys->there && keys->forwarded && keys->outcome == OUTCOME_ANSWERED &&
        !has_signature(&keys->link))
        return keys->link.kind == REPLY_POSITIVE ? WHY_FORWARDER_STRIPS : WHY_FORWARDER_NO_DNSKEY;
    if (!keys->there && ds->there && ds->forwarded && ds->outcome == OUTCOME_ANSWERED &&
        !has_signature(&ds->link))
        return WHY_FORWARDER_STRIPS;
    return WHY_NONE;
}

static void tell_fault(struct engine *engine, const struct fetch *fetch, struct zone_keys *keys,
                       enum why why)
{
    char zone[LOG_NAME];
    const struct zones_entry *entry = zones_closest(&engine->policy->zones, &fetch->name);
    struct name name = entry ? entry->name : fetch->name;

    keys->cause.why = (uint16_t)why;
    if (log_may_repeat(LOG_WARNING, name_hash(&name, &engine->hash_key) + why, engine->now))
        log_line(LOG_WARNING,
                 "%s (zones: %s): what lies there cannot be proven; another forwarder, or "
                 "dnssec: insecure for that zone, would help",
                 why_row(why)->sentence, name_text(&name, zone, sizeof zone));
}

/* RULINGS A25: a zone of the configuration that the parent chain proves not to be is insecure; one
 * that is required to be signed is never less than secure. */
void route_judge_keys(struct engine *engine, const struct fetch *fetch, struct zone_keys *keys)
{
    const struct zones_entry *entry = zones_at(&engine->policy->zones, &fetch->name);
    enum why fault = keys->state == ZONE_BOGUS ? fault_of_forwarder(fetch->trust) : WHY_NONE;

    if (fault != WHY_NONE)
        tell_fault(engine, fetch, keys, fault);
    if (entry && keys->state == ZONE_NO_CUT) {
        keys->state = ZONE_INSECURE;
        keys->cause = cause_of(WHY_ZONE_PRIVATE);
    }
    if (entry && entry->dnssec == ZONES_REQUIRE &&
        (keys->state == ZONE_INSECURE || keys->state == ZONE_INDETERMINATE)) {
        keys->state = ZONE_BOGUS;
        keys->cause = cause_of(WHY_ZONE_REQUIRED);
    }
}
