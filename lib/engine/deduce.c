#include "lib/engine/deduce.h"

#include "lib/cache/synthesis.h"
#include "lib/engine/rebind.h"
#include "lib/engine/route.h"
#include "lib/wire/type.h"

/* As check.c has it: what would not be validated is not deduced either. */
static bool is_to_be_proven(const struct engine *engine, const struct link_key *key)
{
    const struct policy *policy = engine->policy;
    struct name place = route_name(key->name, key->type);
    bool repairs = !policy->clock_fixed && clockcheck_repairs(&engine->clock, engine->now) &&
                   time_repair_covers(&policy->time_repair, key->name);

    return policy_mode(policy, &place) == DNSSEC_VALIDATE &&
           !policy_is_negative(policy, &place, engine->now) &&
           !policy_is_written_insecure(policy, &place) && !repairs;
}

/* LIMITS B7, C2, C4: no zone denies what lies below a cut that is known, below a zone of the
 * configuration or below an anchor. */
static bool may_speak(struct engine *engine, const struct name *zone, const struct name *place)
{
    const struct zones_entry *entry = zones_closest(&engine->policy->zones, place);
    struct arena_mark mark = arena_mark(engine->scratch);
    struct delegation cut;
    struct name anchor;
    bool below = entry != NULL && name_strictly_under(&entry->name, zone);

    below = below || (anchor_closest(engine->policy->anchors, place, &anchor) &&
                      name_strictly_under(&anchor, zone));
    below = below || (delegation_cache_deepest(engine->caches->delegations, place, engine->now,
                                               engine->scratch, &cut) == ST_OK &&
                      name_strictly_under(&cut.zone, zone));
    arena_release(engine->scratch, &mark);
    return !below;
}

/* The deepest zone at or above the place of which ranges are kept. */
static bool find_zone(struct engine *engine, const struct name *place, struct name *zone)
{
    struct denial_chains chains;

    for (unsigned labels = place->labels + 1u; labels > 0; labels--) {
        *zone = name_suffix(place, labels - 1);
        if (denial_cache_chains(engine->caches->denials, zone, &chains) == ST_OK)
            return true;
    }
    return false;
}

/* A desk of its own, with little to spend: whoever asks next finds the whole budget. */
struct bench {
    struct limits limits;
    struct budget budget;
    struct proof_desk desk;
};

static void bench_begin(struct bench *bench, struct engine *engine, struct arena *arena)
{
    bench->limits = engine->policy->limits;
    if (bench->limits.nsec3_blocks > DEDUCE_BLOCKS_MAX)
        bench->limits.nsec3_blocks = DEDUCE_BLOCKS_MAX;
    budget_init(&bench->budget, &bench->limits);
    bench->desk = engine_proof_desk(engine, arena, &bench->budget);
}

static enum status find_by_ranges(struct engine *engine, const struct link_key *key,
                                  const struct name *place, struct arena *arena, struct link *link)
{
    struct synthesis_query query = { .name = key->name, .type = key->type };
    struct name zone;
    struct bench bench;

    if (engine->caches->denials == NULL || !find_zone(engine, place, &zone) ||
        !may_speak(engine, &zone, place))
        return ST_NOTFOUND;
    query.zone = &zone;
    query.soa =
        rrset_cache_known(engine->caches->rrsets, &zone, TYPE_SOA, engine->now, engine->scratch);
    bench_begin(&bench, engine, arena);
    return synthesis_find(engine->caches->denials, &query, engine->now, &bench.desk, link);
}

static const struct rrset *soa_of(const struct link *link)
{
    for (size_t i = 0; i < link->authority_count; i++)
        if (link->authority[i]->type == TYPE_SOA && link->authority[i]->security == SEC_SECURE)
            return link->authority[i];
    return NULL;
}

/* RFC 8020 §2: the nearest name above that was proven not to exist. */
static enum status find_below(struct engine *engine, const struct link_key *key,
                              const struct name *place, struct arena *arena, struct link *link)
{
    struct synthesis_query query = { .name = key->name, .type = key->type };
    struct name above = *key->name, zone;
    struct bench bench;

    for (unsigned i = 0; i < DEDUCE_ABOVE_MAX && above.labels > 1; i++) {
        above = name_parent(&above);
        struct link_key wanted = { &above, key->type, DATA_CHECKED };
        struct link found;
        if (rrset_cache_find(engine->caches->rrsets, &wanted, engine->now, arena, &found) !=
                ST_OK ||
            found.kind != REPLY_NXDOMAIN)
            continue;
        query.soa = soa_of(&found);
        if (query.soa == NULL)
            return ST_NOTFOUND;
        zone = rrset_owner(query.soa);
        query.zone = &zone;
        if (!name_under(place, &zone) || !may_speak(engine, &zone, place))
            return ST_NOTFOUND;
        bench_begin(&bench, engine, arena);
        return synthesis_below(&found, &query, &bench.desk, link);
    }
    return ST_NOTFOUND;
}

/* A client's question that reception had no answer for comes again at once, by its fetch. Were two
 * taken for one, somebody would be asked. */
static uint64_t mark_of(const struct engine *engine, const struct link_key *key)
{
    return (name_hash(key->name, &engine->hash_key) ^ engine->now.ns) + key->type;
}

enum status deduce_find(struct engine *engine, const struct link_key *key, struct arena *arena,
                        struct link *link)
{
    struct name place = route_name(key->name, key->type);
    struct arena_mark mark = arena_mark(arena);
    struct link found;

    if (engine->in_vain == mark_of(engine, key) || !is_to_be_proven(engine, key))
        return ST_NOTFOUND;
    enum status status = find_by_ranges(engine, key, &place, arena, &found);
    if (status == ST_NOTFOUND)
        status = find_below(engine, key, &place, arena, &found);
    if (status != ST_OK || rebind_would(engine, &found)) {
        arena_release(arena, &mark);
        engine->in_vain = mark_of(engine, key);
        return ST_NOTFOUND;
    }
    metrics_add(&engine->metrics->hits_denial_cache, 1);
    *link = found;
    return ST_OK;
}

void deduce_learn(struct engine *engine, const struct link *link, const struct name *zone)
{
    struct link kept = *link;

    engine->in_vain = 0;
    if (engine->caches->denials == NULL || zone->len == 0)
        return;
    if (kept.ttl_s > engine->policy->negative_ttl_max_s)
        kept.ttl_s = engine->policy->negative_ttl_max_s; /* RFC 8198 §5.4 */
    synthesis_learn(engine->caches->denials, &kept, zone, engine->now, engine->scratch);
}
