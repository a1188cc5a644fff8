#include "lib/engine/servers.h"

#include "lib/base/must.h"
#include "lib/engine/check.h"
#include "lib/engine/state.h"
#include "lib/wire/type.h"

/* What is kept of one family of a server's addresses. */
enum kept { KEPT_NOTHING, KEPT_NONE /* known to have none */, KEPT_SOME };

static enum kept add_kept(struct engine *engine, struct walk *walk, const struct name *name,
                          uint8_t family)
{
    struct selection_desk desk = engine_selection_desk(engine);
    struct server_addresses kept;

    if (delegation_cache_get_addresses(engine->caches->delegations, name, family, engine->now,
                                       &kept) != ST_OK)
        return KEPT_NOTHING;
    for (unsigned i = 0; i < kept.count; i++)
        selection_add(&walk->selection, &kept.addresses[i], &walk->cut.zone, &desk);
    return kept.count > 0 ? KEPT_SOME : KEPT_NONE;
}

static bool is_used(const struct engine *engine, uint8_t family)
{
    return (family == 4 ? engine->policy->ipv4 : engine->policy->ipv6) != FAMILY_OFF;
}

/* One family may be kept for longer than the other: that it has no address, or one that leads
 * nowhere, is no reason not to look for the other. */
static void add_known(struct engine *engine, struct fetch *fetch, unsigned index)
{
    struct walk *walk = fetch->walk;
    const struct name *name = &walk->cut.servers[index].name;
    bool all = true;

    if (name->len == 0)
        return;
    for (uint8_t family = 4; family <= 6; family += 2)
        if (is_used(engine, family) && add_kept(engine, walk, name, family) == KEPT_NOTHING)
            all = false;
    if (all)
        walk->names_tried |= (uint16_t)(1u << index);
}

/* ---- is what lies at a cut signed? (RULINGS A5, LIMITS A9) ---- */

static enum signing told_by_keys(struct engine *engine, const struct name *zone)
{
    struct arena_mark mark = arena_mark(engine->scratch);
    struct zone_keys known = { .state = ZONE_UNKNOWN };

    if (key_cache_get(engine->caches->keys, zone, engine->now, engine->scratch, &known) != ST_OK)
        known.state = ZONE_UNKNOWN;
    arena_release(engine->scratch, &mark);
    return known.state == ZONE_SECURE     ? SIGNS
           : known.state == ZONE_INSECURE ? SIGNS_NOT
                                          : SIGNS_PERHAPS;
}

static enum signing told_by_cut(const struct delegation *cut)
{
    if (cut->zone.labels == 0 || cut->ds_state == DS_SECURE || cut->ds_state == DS_BOGUS)
        return SIGNS;
    for (unsigned i = 0; i < cut->ds_count; i++)
        if (cut->ds_sets[i]->type == TYPE_DS)
            return SIGNS;
    return cut->ds_state == DS_UNKNOWN ? SIGNS_PERHAPS : SIGNS_NOT;
}

/* Of a cut that nobody showed a DS of, or whose DS is over, its keys may be known; and below a zone
 * that is not signed there is no DS (RFC 4035 §4.3). */
static enum signing told_from_above(struct engine *engine, const struct name *zone)
{
    struct name at = *zone, anchor;
    enum signing told = told_by_keys(engine, &at);

    if (!anchor_closest(engine->policy->anchors, zone, &anchor))
        return SIGNS_NOT;
    while (told == SIGNS_PERHAPS && at.labels > anchor.labels) {
        struct arena_mark mark = arena_mark(engine->scratch);
        struct delegation above;
        if (delegation_cache_get(engine->caches->delegations, &at, engine->now, engine->scratch,
                                 &above) == ST_OK)
            told = told_by_cut(&above);
        arena_release(engine->scratch, &mark);
        if (told == SIGNS_PERHAPS) {
            at = name_parent(&at);
            told = told_by_keys(engine, &at);
        }
    }
    return told == SIGNS && !name_equal(&at, zone) ? SIGNS_PERHAPS : told;
}

/* Raw records are there to prove something; where nothing is to be proven nothing has to be signed,
 * unless the cut says so itself. */
enum signing servers_sign(struct engine *engine, const struct fetch *fetch)
{
    const struct delegation *cut = &fetch->walk->cut;
    bool raw = fetch->purpose == FOR_RECORDS, forwarded = cut->source == FROM_FORWARD;
    enum signing told = forwarded ? SIGNS_PERHAPS : told_by_cut(cut);
    struct name anchor;

    if (!forwarded && anchor_closest(engine->policy->anchors, &cut->zone, &anchor) &&
        name_equal(&anchor, &cut->zone))
        return SIGNS; /* SPEC A7 */
    if (told == SIGNS_PERHAPS && !raw && check_spared(engine, fetch) != WHY_NONE)
        return SIGNS_NOT;
    if (told == SIGNS_PERHAPS && !forwarded)
        told = told_from_above(engine, &cut->zone);
    else if (told == SIGNS_PERHAPS && !raw)
        told = told_by_keys(engine, &cut->zone);
    return told == SIGNS_PERHAPS && raw ? SIGNS : told;
}

/* ---- the servers of a cut ---- */

/* What is still looked up for the cut before is no server of this one: by then an alias may have
 * led to somebody else's zone, for which nobody but its own servers may speak (RFC 2181 §5.4.1). */
static void leave_lookups(struct engine *engine, struct fetch *fetch)
{
    LIST_EACH(edge, &fetch->needs) {
        struct wait *wait = LIST_OF(edge, struct wait, of_waiter);
        struct fetch *address = wait->waited;
        if (address->purpose != FOR_ADDRESS)
            continue;
        wait_lift(wait);
        fetch_abandon(engine, address);
    }
    fetch->walk->lookups = 0;
}

enum status servers_at_cut(struct engine *engine, struct fetch *fetch)
{
    struct walk *walk = fetch->walk;
    struct selection_desk desk = engine_selection_desk(engine);

    leave_lookups(engine, fetch);
    TRY(selection_begin(&walk->selection, fetch->arena));
    walk->selection.needs_edns = servers_sign(engine, fetch) != SIGNS_NOT;
    walk->names_tried = walk->names_told = 0;
    walk->failed_names = 0;
    walk->lookups_cut_short = false;
    for (unsigned s = 0; s < walk->cut.server_count; s++) {
        const struct server *server = &walk->cut.servers[s];
        for (unsigned i = 0; i < server->address_count; i++)
            selection_add(&walk->selection, &server->addresses[i], &walk->cut.zone, &desk);
        if (server->address_count == 0)
            add_known(engine, fetch, s);
        else if (server->name.len == 0 || name_under(&server->name, &walk->cut.zone))
            walk->names_tried |= (uint16_t)(1u << s);
        else
            walk->names_told |= (uint16_t)(1u << s);
    }
    return ST_OK;
}

/* RULINGS A35: what priming was told does no good; the hints are still there, also for those who
 * come after this fetch. */
void servers_add_hints(struct engine *engine, struct fetch *fetch)
{
    struct walk *walk = fetch->walk;
    struct selection_desk desk = engine_selection_desk(engine);
    struct delegation hints;

    walk->cut.source = FROM_HINTS; /* once a walk */
    prime_forget(engine);
    if (delegation_from_hints(engine->policy, fetch->arena, &hints) != ST_OK)
        return;
    for (unsigned s = 0; s < hints.server_count; s++)
        for (unsigned i = 0; i < hints.servers[s].address_count; i++)
            selection_add(&walk->selection, &hints.servers[s].addresses[i], &walk->cut.zone, &desk);
}

/* One family of one server name. True: a lookup is under way. */
static bool look_up(struct engine *engine, struct fetch *fetch, const struct name *name,
                    uint16_t type)
{
    struct cause cause;
    struct fetch_wish wish = {
        .key = { FOR_ADDRESS, DATA_CHECKED, name, type },
        .waiter = fetch,
    };
    if (fetch_begin(engine, &wish, &cause))
        return true;
    fetch->walk->lookups_cut_short |= cause.why == WHY_NO_MEMORY;
    return false;
}

static bool name_failed(struct engine *engine, struct fetch *fetch)
{
    const struct limits *limits = &engine->policy->limits;
    struct walk *walk = fetch->walk;
    walk->failed_names++;
    walk->lookups_cut_short |= !payers_charge(engine, fetch, SPEND_NS_FAILED, 1);
    return !walk->lookups_cut_short && walk->failed_names < limits->ns_failed_zone;
}

/* What is not known of a server's addresses. False: there are none, nor will there be. */
static bool look_for(struct engine *engine, struct fetch *fetch, const struct name *name)
{
    struct walk *walk = fetch->walk;
    unsigned begun = 0;
    bool has = false;

    for (uint8_t family = 4; family <= 6; family += 2) {
        enum kept kept = KEPT_NONE;
        if (is_used(engine, family))
            kept = add_kept(engine, walk, name, family);
        if (kept == KEPT_NOTHING)
            begun += look_up(engine, fetch, name, family == 4 ? TYPE_A : TYPE_AAAA);
        has = has || kept == KEPT_SOME;
    }
    walk->lookups = (uint8_t)(walk->lookups + begun);
    return has || begun > 0;
}

/* Of a server of another zone a referral may tell one family alone (RFC 9471 §3.2): the other is
 * looked up once somebody was silent, or where this machine cannot send to that family. */
static void doubt_what_was_told(struct engine *engine, struct walk *walk)
{
    struct selection_desk desk = engine_selection_desk(engine);
    bool leads_nowhere = true;

    for (unsigned i = 0; i < walk->selection.count; i++)
        if (!desk.family_down[walk->selection.list[i].server.family == 6])
            leads_nowhere = false;
    if (walk->selection.silences > 0 || leads_nowhere)
        walk->names_told = 0;
}

static bool is_done(const struct walk *walk, unsigned server)
{
    return (walk->names_tried | walk->names_told) >> server & 1 ||
           walk->cut.servers[server].name.len == 0;
}

/* How many server names are being looked up; begins as many as LIMITS 0.1 allows at once. */
unsigned servers_look_up(struct engine *engine, struct fetch *fetch)
{
    struct walk *walk = fetch->walk;
    const struct limits *limits = &engine->policy->limits;
    unsigned families = is_used(engine, 4) + is_used(engine, 6);
    unsigned at_once = families * (fetch->depth == 0 ? limits->ns_lookups : 1);

    if (walk->failed_names >= limits->ns_failed_zone)
        return walk->lookups;
    doubt_what_was_told(engine, walk);
    for (unsigned s = 0; s < walk->cut.server_count && walk->lookups < at_once; s++) {
        if (is_done(walk, s))
            continue;
        walk->names_tried |= (uint16_t)(1u << s);
        if (!look_for(engine, fetch, &walk->cut.servers[s].name) &&
            (walk->lookups_cut_short || !name_failed(engine, fetch)))
            break; /* or else a cycle, or nested too deep */
    }
    return walk->lookups;
}

bool servers_to_come(const struct engine *engine, const struct fetch *fetch)
{
    const struct walk *walk = fetch->walk;
    bool allowed = walk->failed_names < engine->policy->limits.ns_failed_zone;
    bool more = walk->lookups > 0;

    for (unsigned s = 0; s < walk->cut.server_count; s++)
        more = more || (allowed && !is_done(walk, s));
    return more;
}

/* RULINGS A11: a name has failed when it does not exist, or when both families ended without one.
 * */
void servers_found(struct engine *engine, struct fetch *fetch, const struct fetch *address)
{
    struct walk *walk = fetch->walk;
    struct selection_desk desk = engine_selection_desk(engine);
    struct fetch_key other = { FOR_ADDRESS, DATA_CHECKED, &address->name,
                               address->type == TYPE_A ? TYPE_AAAA : TYPE_A };
    struct server_addresses sibling = { .count = 0 };

    if (!must(walk->lookups > 0))
        return;
    walk->lookups--;
    walk->lookups_cut_short |= address->outcome == OUTCOME_SPENT;
    for (unsigned i = 0; i < address->found.count; i++)
        selection_add(&walk->selection, &address->found.addresses[i], &walk->cut.zone, &desk);
    if (address->found.count > 0 || inflight_find(engine, &other))
        return;
    uint8_t other_family = address->type == TYPE_A ? 6 : 4;
    if (delegation_cache_get_addresses(engine->caches->delegations, &address->name, other_family,
                                       engine->now, &sibling) != ST_OK ||
        sibling.count == 0)
        (void)name_failed(engine, fetch);
}

/* ---- what replies say of a server (RFC 9520, SPEC I18, RULINGS A10) ---- */

/* Only what the server said itself comes here: neither silence nor what went wrong on this machine,
 * nor what a job could not pay for (RULINGS A2, A23). */
void servers_failed(struct engine *engine, const struct exchange *from, const struct name *name,
                    uint16_t type)
{
    struct infra_task task = { &from->server, name, type };
    infra_cache_failed(engine->caches->infra, &task, engine->now);
}

static void worked(struct engine *engine, struct fetch *fetch)
{
    const struct walk *walk = fetch->walk;
    struct infra_task question = { &walk->judged.server, &walk->asked.name, walk->asked.type };
    struct infra_task zone = { &walk->judged.server, &walk->cut.zone, 0 };

    if (!instant_before(engine->now,
                        walk->selection.list[walk->judged.candidate].infra.fails_until))
        return;
    infra_cache_worked(engine->caches->infra, &question);
    infra_cache_worked(engine->caches->infra, &zone);
}

/* Who refuses a minimised name may know the whole one. */
static bool is_lame(const struct walk *walk, const struct scrubbed *reply, enum reply_class class)
{
    bool refused = reply->rcode == RCODE_REFUSED || reply->rcode == RCODE_NOTAUTH;
    return class == IS_LAME || class == IS_RECURSION_LAME ||
           (class == IS_ERROR && refused && qmin_is_full(&walk->qmin));
}

void servers_judged(struct engine *engine, struct fetch *fetch, const struct scrubbed *reply,
                    enum reply_class class)
{
    const struct walk *walk = fetch->walk;
    bool last = walk->selection.list[walk->judged.candidate].flags & CANDIDATE_LAST;

    if (is_lame(walk, reply, class))
        servers_failed(engine, &walk->judged, &walk->cut.zone, 0);
    else if (class != IS_ERROR && class != IS_EMPTY && (reply->authoritative || !last))
        worked(engine, fetch); /* a lame server's answer that was taken does not make it sound */
}
