/* A world's beginning and end. */
#include "lib/base/list.h"
#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "lib/policy/quota.h"
#include "tests/sim/net.h"

enum {
    POOL_OCTETS = 16 * 1024 * 1024,
    CACHE_OCTETS = 4 * 1024 * 1024,
    PARCELS_MAX = 100000,
    START_S = 1000
};

static void set_variant(struct policy *policy, unsigned variant)
{
    if (variant & VARIANT_NO_IPV6)
        policy->ipv6 = FAMILY_OFF;
    if (variant & (VARIANT_QMIN_STRICT | VARIANT_QMIN_OFF))
        policy->qmin = variant & VARIANT_QMIN_OFF ? QMIN_OFF : QMIN_STRICT;
    if (variant & VARIANT_NOT_AGGRESSIVE)
        policy->aggressive = false;
    if (variant & VARIANT_PLAIN_CASE)
        policy->mixed_case = false;
    if (variant & VARIANT_SHORT_TURNS)
        policy->limits.turn_units = limits_find("turn_units")->minimum;
    if (variant & VARIANT_FEW_JOBS) {
        policy->limits.jobs = limits_find("jobs")->minimum;
        policy->limits.same_question = limits_find("same_question")->minimum;
    }
}

static void set_policy(struct world *world)
{
    char why[TEXT_WHY];

    world->policy = policy_create();
    if (!world->policy)
        zone_fail("no memory", "policy");
    anchor_set_destroy(world->policy->anchors);
    world->policy->anchors = anchor_set_create();
    if (!world->policy->anchors ||
        anchor_add_line(world->policy->anchors, world->internet->anchor, why) != ST_OK)
        zone_fail("no anchor", world->internet->anchor);
    set_variant(world->policy, world->variant);
    world->measure = world->policy->limits;
    if (world->fault == FAULT_LIMITS_RAISED)
        for (size_t i = 0; i < limits_row_count; i++)
            (void)limits_set(&world->policy->limits, &limits_rows[i], limits_rows[i].maximum);
}

static void make_engine(struct world *world)
{
    struct engine_setup setup = { .policy = world->policy,
                                  .keyring = world->keyring,
                                  .pool = world->pool,
                                  .quota = world->quota,
                                  .cputime = world->cputime,
                                  .metrics = &world->metrics };
    struct caches_setup caches = {
        .octets = CACHE_OCTETS,
        .workers = 1,
        .aggressive = world->policy->aggressive,
        .limits = &world->policy->limits,
        .caps = { .negative_max_s = world->policy->negative_ttl_max_s,
                  .max_s = world->policy->ttl_max_s,
                  .min_s = world->policy->ttl_min_s,
                  .bogus_s = world->policy->limits.ttl_bogus_s },
    };

    if (world->variant & VARIANT_CLOCK_FLOOR)
        setup.clock_floor = (struct clock_floor){ world->internet->wall, FLOOR_BUILD };
    prng_fill(&world->chance, &caches.hash_key, sizeof caches.hash_key);
    prng_seed_number(&setup.prng, prng_u64(&world->chance));
    world->caches = caches_create(&caches);
    setup.caches = world->caches;
    world->engine = world->caches ? engine_create(&setup) : NULL;
    if (!world->engine)
        zone_fail("no memory", "engine");
    world->pool_level = pool_used(world->pool);
    if (world->fault == FAULT_POOL_KEPT)
        world->kept_chunk = pool_take(world->pool, POOL_CHUNK);
}

struct world *world_create(const struct world_setup *setup)
{
    static const struct siphash_key quota_key = { 1, 2 };
    struct world *world = memory_new(sizeof *world);

    if (!world || !(world->quota = quota_create(&quota_key)) ||
        !(world->cputime = cputime_create(CPUTIME_PAIRS_SMALL, &quota_key)) ||
        !(world->pool = pool_create(POOL_OCTETS)) ||
        !(world->own_pool = pool_create(POOL_OCTETS)) ||
        !(world->scratch = arena_create(world->own_pool, SCRATCH_OCTETS)) ||
        !(world->keyring = keyring_create(setup->internet->crypto, KEYRING_KEYS)))
        zone_fail("no memory", "world");
    world->internet = setup->internet;
    world->link = setup->link;
    world->fault = setup->fault;
    world->variant = setup->variant;
    world->verbose = setup->verbose;
    world->quiet = true;
    world->log_hash = LOG_HASH_BASIS;
    world->now = world->began = instant_after_s((struct instant){ 0 }, START_S);
    world->wall_at_start = setup->internet->wall.s;
    prng_seed_number(&world->chance, setup->seed);
    heap_init(&world->under_way, PARCELS_MAX);
    set_policy(world);
    make_engine(world);
    return world;
}

void world_destroy(struct world *world)
{
    struct heap_node *node;

    if (!world)
        return;
    while ((node = heap_first(&world->under_way))) {
        heap_remove(&world->under_way, node);
        memory_free(LIST_OF(node, struct parcel, due));
    }
    heap_clear(&world->under_way);
    engine_destroy(world->engine);
    quota_destroy(world->quota);
    cputime_destroy(world->cputime);
    caches_destroy(world->caches);
    keyring_destroy(world->keyring);
    policy_destroy(world->policy);
    arena_destroy(world->scratch);
    if (world->fault == FAULT_POOL_KEPT)
        pool_give(world->pool, world->kept_chunk, POOL_CHUNK);
    pool_destroy(world->pool);
    pool_destroy(world->own_pool);
    memory_free(world);
}
