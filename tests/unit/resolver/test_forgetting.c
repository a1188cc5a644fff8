/* What is taken out of the workers' caches when another policy is in force (RULINGS A43). */
#include "resolver/forgetting.h"

#include "lib/base/pool.h"
#include "lib/wire/text.h"
#include "tests/unit/wire/wire_test.h"

enum { PATIENCE_MS = 10000, TTL_S = 3600 };

static struct policy *policy;
static struct caches *caches;
static struct forgetting forgetting;
static struct instant now;
static struct name ours, second, other; /* the first two have anchors */

#define DIGEST "0101010101010101010101010101010101010101010101010101010101010101"
static const char *const anchors[] = { "ours. IN DS 1 8 2 " DIGEST, "second. IN DS 1 8 2 " DIGEST };

static void set_up(void)
{
    struct caches_setup setup = { .octets = CACHES_OCTETS_MIN, .workers = 1 };
    char why[TEXT_WHY];

    policy = policy_create();
    ck_assert_ptr_nonnull(policy);
    policy->limits.resolution_ms = PATIENCE_MS;
    anchor_set_destroy(policy->anchors);
    policy->anchors = anchor_set_create();
    for (unsigned i = 0; i < 2; i++)
        ck_assert_int_eq(anchor_add_line(policy->anchors, anchors[i], why), ST_OK);
    setup.limits = &policy->limits;
    setup.caps = (struct ttl_caps){ 0, 86400, 3600, 60 };
    caches = caches_create(&setup);
    ck_assert_ptr_nonnull(caches);
    forgetting = (struct forgetting){ .caches = caches, .policy = policy };
    now = (struct instant){ 1000 * NS_PER_S };
    ours = name_of("ours.");
    second = name_of("second.");
    other = name_of("other.");
}

static void tear_down(void)
{
    caches_destroy(caches);
    policy_destroy(policy);
}

static void know(void)
{
    struct zone_keys keys = { .zone = ours, .state = ZONE_INSECURE, .ttl_s = TTL_S };
    key_cache_put(caches->keys, &keys, now);
    keys.zone = second;
    key_cache_put(caches->keys, &keys, now);
    keys.zone = other;
    key_cache_put(caches->keys, &keys, now);
}

static bool knows(const struct name *zone)
{
    struct pool *pool = pool_create((size_t)1 << 20);
    struct arena *arena = arena_create(pool, 1 << 16);
    struct zone_keys found;
    bool known = key_cache_get(caches->keys, zone, now, arena, &found) == ST_OK;

    arena_destroy(arena);
    pool_destroy(pool);
    return known;
}

static void sweep_after_ms(uint64_t ms)
{
    now = instant_after_ms(now, ms);
    know();
    forgetting_go_on(&forgetting, now);
}

/* What a question that was begun before may put there once more is gone as well. */
START_TEST(what_is_forgotten_is_so_again_when_all_that_was_begun_before_has_ended)
{
    forgetting_begin(&forgetting, FORGET_KEYS, now);
    sweep_after_ms(0);
    ck_assert(!knows(&ours));
    sweep_after_ms(PATIENCE_MS - 1);
    ck_assert(knows(&ours));
    sweep_after_ms(1);
    ck_assert(!knows(&ours));
    sweep_after_ms(PATIENCE_MS);
    ck_assert(knows(&ours)); /* and that was all */
}
END_TEST

START_TEST(what_is_begun_while_another_waits_is_done_at_once)
{
    forgetting_begin(&forgetting, FORGET_KEYS, now);
    sweep_after_ms(0);
    forgetting_begin(&forgetting, FORGET_KEYS, now);
    sweep_after_ms(1);
    ck_assert(!knows(&ours));
}
END_TEST

START_TEST(where_more_is_trusted_the_keys_of_the_anchors_own_zones_go)
{
    forgetting_begin(&forgetting, FORGET_KEYS, now);
    sweep_after_ms(0);
    ck_assert(!knows(&ours) && !knows(&second));
    ck_assert(knows(&other));
}
END_TEST

START_TEST(where_a_key_is_trusted_no_longer_all_goes) /* RFC 5011 §2.1 */
{
    forgetting_begin(&forgetting, FORGET_ALL, now);
    sweep_after_ms(0);
    ck_assert(!knows(&ours) && !knows(&other));
    sweep_after_ms(PATIENCE_MS);
    ck_assert(!knows(&ours) && !knows(&other));
    sweep_after_ms(PATIENCE_MS);
    ck_assert(knows(&ours) && knows(&other));
}
END_TEST

START_TEST(what_is_less_does_not_end_what_is_more)
{
    forgetting_begin(&forgetting, FORGET_ALL, now);
    sweep_after_ms(0);
    forgetting_begin(&forgetting, FORGET_KEYS, now); /* while all is still to go once more */
    for (unsigned i = 0; i < 2; i++) {
        sweep_after_ms(PATIENCE_MS);
        ck_assert(!knows(&ours) && !knows(&other));
    }
    forgetting_begin(&forgetting, FORGET_KEYS, now); /* all has gone */
    sweep_after_ms(PATIENCE_MS);
    ck_assert(!knows(&ours) && knows(&other));
}
END_TEST

Suite *resolver_forgetting_suite(void)
{
    Suite *suite = suite_create("resolver/forgetting");
    TCase *tcase = tcase_create("forgetting");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_is_forgotten_is_so_again_when_all_that_was_begun_before_has_ended);
    tcase_add_test(tcase, what_is_begun_while_another_waits_is_done_at_once);
    tcase_add_test(tcase, where_more_is_trusted_the_keys_of_the_anchors_own_zones_go);
    tcase_add_test(tcase, where_a_key_is_trusted_no_longer_all_goes);
    tcase_add_test(tcase, what_is_less_does_not_end_what_is_more);
    suite_add_tcase(suite, tcase);
    return suite;
}
