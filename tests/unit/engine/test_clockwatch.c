/* What is told of a wall clock that is wrong, and what follows when it is right again. */
#include "lib/engine/clockwatch.h"

#include "lib/engine/state.h"
#include "tests/unit/base/log_lines.h"
#include "tests/unit/wire/wire_test.h"

enum { BUILT = 1790000000, HOUR_S = 3600, WORKERS = 2 };

static struct policy *policy;
static struct caches *caches;
static struct engine engines[WORKERS]; /* of one process */

static void set_up(void)
{
    struct caches_setup setup = { .octets = CACHES_OCTETS_MIN, .workers = WORKERS };
    struct clock_floor floor = { { BUILT }, FLOOR_BUILD };
    struct instant now = { 1000 * NS_PER_S };

    policy = policy_create();
    ck_assert_ptr_nonnull(policy);
    policy->rules.inception_skew_s = HOUR_S;
    setup.limits = &policy->limits;
    setup.caps = (struct ttl_caps){ 0, 86400, 3600, 60 };
    caches = caches_create(&setup);
    ck_assert_ptr_nonnull(caches);
    for (unsigned i = 0; i < WORKERS; i++) {
        engines[i] = (struct engine){ .policy = policy, .caches = caches, .now = now };
        clockcheck_begin(&engines[i].clock, floor, 0);
    }
    log_lines_begin(now);
}

static void tear_down(void)
{
    caches_destroy(caches);
    policy_destroy(policy);
}

static void watch(int64_t wall_s)
{
    for (unsigned i = 0; i < WORKERS; i++) {
        engines[i].wall.s = wall_s;
        clock_watch(&engines[i]);
    }
}

START_TEST(a_clock_that_is_behind_is_told_once_and_what_to_do) /* SPEC section 3 item 5 */
{
    for (unsigned i = 0; i < WORKERS && _i == 1; i++)
        engines[i].clock.repair_over = true;
    watch(60);
    watch(61);
    ck_assert_uint_eq(log_lines_end(_i == 0
                                        ? "seem not yet valid; the names of dnssec.time-repair are"
                                        : "seem not yet valid; set it"),
                      1);
}
END_TEST

/* Old data may have passed for valid. */
START_TEST(a_clock_that_is_right_again_begins_with_empty_caches) /* RULINGS A16 */
{
    struct zone_keys keys = { .zone = name_root, .state = ZONE_INSECURE, .ttl_s = HOUR_S }, found;
    struct pool *pool = pool_create((size_t)1 << 20);
    struct arena *arena = arena_create(pool, 1 << 16);

    watch(60);
    key_cache_put(caches->keys, &keys, engines[0].now);
    watch(BUILT);
    ck_assert_int_eq(key_cache_get(caches->keys, &name_root, engines[0].now, arena, &found),
                     ST_NOTFOUND);
    ck_assert_uint_eq(log_lines_end("plausible again; the cache begins anew"), 1);
    arena_destroy(arena);
    pool_destroy(pool);
}
END_TEST

START_TEST(a_time_that_is_written_down_is_believed)
{
    policy->clock_fixed = true;
    watch(60);
    ck_assert(!engines[0].clock.behind);
    ck_assert_uint_eq(log_lines_end("clock"), 0);
}
END_TEST

START_TEST(the_slack_is_that_of_the_policy_in_force) /* LIMITS H1 */
{
    watch(BUILT - HOUR_S);
    ck_assert(!engines[0].clock.behind);
    policy->rules.inception_skew_s = HOUR_S - 1;
    watch(BUILT - HOUR_S);
    ck_assert(engines[0].clock.behind);
}
END_TEST

START_TEST(a_signature_not_yet_valid_is_the_clocks_fault_where_that_is_behind)
{
    struct cause early = cause_of(WHY_SIGNATURE_NOT_YET), late = cause_of(WHY_SIGNATURE_EXPIRED);

    watch(BUILT);
    ck_assert_uint_eq(clock_cause(&engines[0], &early).why, WHY_SIGNATURE_NOT_YET);
    watch(60);
    ck_assert_uint_eq(clock_cause(&engines[0], &late).why, WHY_SIGNATURE_EXPIRED);
    struct cause wrong = clock_cause(&engines[0], &early);
    ck_assert_uint_eq(wrong.why, WHY_CLOCK_WRONG);
    ck_assert_ptr_nonnull(strstr(wrong.text, "it says 1970-01-01T00:01:00Z, at least"));
}
END_TEST

Suite *engine_clockwatch_suite(void)
{
    Suite *suite = suite_create("engine/clockwatch");
    TCase *tcase = tcase_create("watch");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_clock_that_is_behind_is_told_once_and_what_to_do, 0, 2);
    tcase_add_test(tcase, a_clock_that_is_right_again_begins_with_empty_caches);
    tcase_add_test(tcase, a_time_that_is_written_down_is_believed);
    tcase_add_test(tcase, the_slack_is_that_of_the_policy_in_force);
    tcase_add_test(tcase, a_signature_not_yet_valid_is_the_clocks_fault_where_that_is_behind);
    suite_add_tcase(suite, tcase);
    return suite;
}
