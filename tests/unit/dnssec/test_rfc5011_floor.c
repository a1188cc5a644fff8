/* Clocks, built-in keys, bounds and intervals of the trust point. */
#include "lib/dnssec/rrsig.h"
#include "tests/unit/dnssec/rfc5011_test.h"

/* ---- clocks ---- */

START_TEST(a_wall_clock_that_jumps_ends_no_hold_down) /* LIMITS H3 */
{
    roll_begin();
    roll_see(PLAIN);
    now.wall.s += 3650 * (int64_t)ROLL_DAY_S;
    roll_pass_s(60);
    roll_see(PLAIN);
    ck_assert_int_eq(roll_state(1), ROLL_PENDING);
    roll_pass_days(29);
    roll_see(PLAIN);
    ck_assert_int_eq(roll_state(1), ROLL_PENDING);
    roll_pass_days(1);
    roll_see(PLAIN);
    ck_assert_int_eq(roll_state(1), ROLL_VALID);
}
END_TEST

START_TEST(a_monotonic_clock_alone_ends_no_hold_down) /* LIMITS H3 */
{
    roll_begin();
    roll_see(PLAIN);
    now.at.ns += (uint64_t)400 * ROLL_DAY_S * NS_PER_S;
    now.wall.s += 60;
    roll_see(PLAIN);
    ck_assert_int_eq(roll_state(1), ROLL_PENDING);
}
END_TEST

START_TEST(a_time_that_lies_ahead_does_not_wait_for_ever)
{
    roll_begin();
    now.wall.s += 3650 * (int64_t)ROLL_DAY_S;
    roll_see(PLAIN); /* first seen under a wrong clock */
    now.wall.s -= 3650 * (int64_t)ROLL_DAY_S;
    roll_pass_s(60);
    roll_see(PLAIN);
    roll_pass_s(ROLL_ADD_S - 1);
    roll_see(PLAIN);
    ck_assert_int_eq(roll_state(1), ROLL_PENDING);
    roll_pass_s(1);
    roll_see(PLAIN);
    ck_assert_int_eq(roll_state(1), ROLL_VALID);
}
END_TEST

START_TEST(over_a_restart_at_most_fifteen_days_are_counted) /* LIMITS H3 */
{
    roll_begin();
    roll_see(PLAIN);
    roll_pass_days(1);
    roll_see(PLAIN);
    point.same_run = false; /* as resolver/anchor_state reads it */
    now.at.ns = 5;
    now.wall.s += 200 * (int64_t)ROLL_DAY_S;
    roll_see(PLAIN);
    ck_assert_int_eq(roll_state(1), ROLL_PENDING);
    ck_assert_uint_eq(roll_slot(1)->counted_s, 16 * ROLL_DAY_S);
    roll_pass_days(14);
    roll_see(PLAIN);
    ck_assert_int_eq(roll_state(1), ROLL_VALID);
}
END_TEST

/* ---- built-in keys ---- */

static void build_in(unsigned n)
{
    ck_assert(rfc5011_add(&point, ROLL_AS_KEY, roll_key(n), now.wall));
}

START_TEST(a_built_in_key_never_comes_back_once_revoked) /* RULINGS A43 */
{
    build_in(0);
    build_in(1);
    roll_see(REVOKED_SIGNS);
    roll_pass_days(31);
    roll_see_without();
    ck_assert_int_eq(roll_state(1), ROLL_REMOVED);
    rfc5011_adopt(roll_slot(1), now.wall); /* as at the next start */
    ck_assert_int_eq(roll_state(1), ROLL_REMOVED);
    roll_see(SIGNS);
    roll_pass_days(31);
    roll_see(SIGNS);
    ck_assert_int_eq(roll_state(1), ROLL_REMOVED);
    ck_assert_uint_eq(rfc5011_trusted(&point), 1);
}
END_TEST

START_TEST(a_built_in_key_that_was_never_seen_does_not_go_missing)
{
    static const uint8_t ds[36] = { 1, 2, 8, 2 };
    build_in(0);
    ck_assert(rfc5011_add(&point, ROLL_AS_DS, (struct bytes){ ds, sizeof ds }, now.wall));
    for (unsigned i = 0; i < 40; i++) {
        roll_pass_days(100);
        roll_see_without();
    }
    ck_assert_int_eq(point.keys[1].state, ROLL_VALID);
    ck_assert_uint_eq(rfc5011_tag(&point.keys[1]), 0x0102);
    ck_assert_uint_eq(rfc5011_trusted(&point), 3);
}
END_TEST

START_TEST(a_built_in_ds_becomes_the_key_that_is_seen)
{
    static const uint8_t ds[36] = { 1, 2, 8, 2 };
    ck_assert(rfc5011_add(&point, ROLL_AS_DS, (struct bytes){ ds, sizeof ds }, now.wall));
    roll_show(0, SIGNS);
    sight.keys[0].slot = 0;
    roll_step();
    ck_assert(report.proven);
    ck_assert_int_eq(point.keys[0].form, ROLL_AS_KEY);
    ck_assert_int_eq(roll_state(0), ROLL_VALID);
    ck_assert_uint_eq(rfc5011_tag(&point.keys[0]), dnskey_tag(roll_key(0)));
}
END_TEST

START_TEST(two_ds_of_one_key_become_one_slot)
{
    static const uint8_t ds[2][52] = { { 1, 2, 8, 2 }, { 1, 2, 8, 4 } };
    ck_assert(rfc5011_add(&point, ROLL_AS_DS, (struct bytes){ ds[0], 36 }, now.wall));
    ck_assert(rfc5011_add(&point, ROLL_AS_DS, (struct bytes){ ds[1], 52 }, now.wall));
    for (uint8_t slot = 0; slot < 2; slot++) {
        roll_show(0, REVOKED_SIGNS);
        sight.keys[slot].slot = slot;
    }
    roll_step();
    ck_assert_int_eq(point.keys[0].state, ROLL_REVOKED);
    ck_assert_int_eq(point.keys[1].state, ROLL_START);
    ck_assert_uint_eq(rfc5011_trusted(&point), 0);
}
END_TEST

START_TEST(a_built_in_key_that_went_missing_is_called_back_when_all_else_is_revoked) /* SPEC A2 */
{
    build_in(1);
    roll_begin(); /* key 0 */
    roll_see(PLAIN);
    roll_see_without();
    roll_pass_days(367);
    roll_see_without();
    ck_assert_int_eq(roll_state(1), ROLL_REMOVED);
    ck_assert_uint_eq(rfc5011_trusted(&point), 2);
    roll_show(0, REVOKED_SIGNS);
    roll_step();
    ck_assert_int_eq(roll_state(1), ROLL_VALID);
    ck_assert_uint_eq(report.recalled, 1);
    ck_assert_uint_eq(rfc5011_trusted(&point), 1);
}
END_TEST

START_TEST(a_built_in_key_that_comes_back_after_a_year_waits_like_a_new_one)
{
    build_in(1);
    roll_begin();
    roll_see(PLAIN);
    roll_see_without();
    roll_pass_days(367);
    roll_see_without();
    roll_see(PLAIN);
    ck_assert_int_eq(roll_state(1), ROLL_PENDING);
    roll_see_without();
    ck_assert_int_eq(roll_state(1), ROLL_REMOVED);
    roll_see(PLAIN);
    roll_pass_days(30);
    roll_see(PLAIN);
    ck_assert_int_eq(roll_state(1), ROLL_VALID);
    ck_assert(roll_slot(1)->builtin);
}
END_TEST

START_TEST(when_every_key_is_revoked_nobody_is_trusted) /* RFC 5011 §5, SPEC A2 */
{
    build_in(0);
    build_in(1);
    roll_show(0, REVOKED_SIGNS);
    roll_show(1, REVOKED_SIGNS);
    roll_step();
    ck_assert_uint_eq(rfc5011_trusted(&point), 0);
    ck_assert_uint_eq(report.recalled, 0);
    roll_see(SIGNS);
    ck_assert(!report.proven);
    ck_assert_uint_eq(rfc5011_nobody().len, 36);
}
END_TEST

START_TEST(a_key_learned_before_is_trusted_when_it_is_built_in)
{
    roll_begin();
    roll_see(PLAIN);
    rfc5011_adopt(roll_slot(1), now.wall);
    ck_assert_int_eq(roll_state(1), ROLL_VALID);
}
END_TEST

/* ---- bounds ---- */

START_TEST(a_flood_of_keys_takes_no_slot_from_a_trusted_one)
{
    roll_begin_with_two();
    roll_show(0, SIGNS);
    roll_show(1, PLAIN);
    for (unsigned n = 2; n < ROLL_KEYS_MADE; n++)
        roll_show(n, PLAIN);
    roll_step();
    ck_assert(report.full);
    ck_assert_uint_eq(rfc5011_trusted(&point), 3);
    ck_assert_int_eq(roll_state(ROLL_KEYS - 1), ROLL_PENDING);
    ck_assert_int_eq(roll_state(ROLL_KEYS), ROLL_START);
    ck_assert(
        rfc5011_add(&point, ROLL_AS_KEY, roll_key(39), now.wall)); /* a built-in key finds room */
    ck_assert_uint_eq(rfc5011_trusted(&point), 7);
}
END_TEST

START_TEST(the_longest_removed_key_makes_room)
{
    roll_begin();
    for (unsigned n = 1; n < 60; n++) { /* a key a quarter for fifteen years */
        unsigned key = 1 + n % 35;
        roll_show(0, SIGNS);
        roll_show(key, PLAIN);
        roll_step();
        roll_pass_days(30);
        roll_show(0, SIGNS);
        roll_show(key, PLAIN);
        roll_step();
        ck_assert_msg(roll_state(key) == ROLL_VALID || n >= 35, "round %u", n);
        roll_show(0, SIGNS);
        roll_show(key, REVOKED_SIGNS);
        roll_step();
        roll_pass_days(31);
        roll_show(0, SIGNS);
        roll_step();
        ck_assert_int_eq(roll_state(key), ROLL_REMOVED);
        ck_assert(!report.full);
    }
    ck_assert_uint_eq(rfc5011_trusted(&point), 1);
}
END_TEST

/* ---- intervals ---- */

static const struct {
    uint32_t ttl_s;
    int64_t left_s;
    uint32_t query_s, retry_s;
} intervals[] = {
    /* RFC 5011 §2.3 */
    { 0, 0, 3600, 3600 },
    { 172800, 21 * ROLL_DAY_S, 86400, 17280 },
    { 172800, 100000, 50000, 10000 },
    { 7000, 21 * ROLL_DAY_S, 3600, 3600 },
    { 90 * ROLL_DAY_S, 90 * ROLL_DAY_S, 15 * ROLL_DAY_S, ROLL_DAY_S },
    { 172800, -100000, 3600, 3600 },
    { 172800, -(INT64_C(1) << 40), 3600, 3600 },
    { UINT32_MAX, INT64_C(1) << 40, 15 * ROLL_DAY_S, ROLL_DAY_S },
};

START_TEST(the_next_query_comes_by_ttl_and_signature)
{
    point.ttl_s = intervals[_i].ttl_s;
    point.expires.s = ROLL_T0 + intervals[_i].left_s;
    ck_assert_uint_eq(rfc5011_query_s(&point, now.wall), intervals[_i].query_s);
    ck_assert_uint_eq(rfc5011_retry_s(&point, now.wall), intervals[_i].retry_s);
}
END_TEST

START_TEST(every_state_has_a_name)
{
    static const char *const names[] = { "start",   "pending", "valid",  "missing",
                                         "revoked", "removed", "unknown" };
    for (unsigned i = 0; i <= ROLL_STATES; i++)
        ck_assert_str_eq(rfc5011_state_name((enum rfc5011_state)i), names[i]);
}
END_TEST

static void add_builtin(TCase *tcase)
{
    tcase_add_test(tcase, a_built_in_key_never_comes_back_once_revoked);
    tcase_add_test(tcase, a_built_in_key_that_was_never_seen_does_not_go_missing);
    tcase_add_test(tcase, a_built_in_ds_becomes_the_key_that_is_seen);
    tcase_add_test(tcase, two_ds_of_one_key_become_one_slot);
    tcase_add_test(tcase, a_built_in_key_that_went_missing_is_called_back_when_all_else_is_revoked);
    tcase_add_test(tcase, a_built_in_key_that_comes_back_after_a_year_waits_like_a_new_one);
    tcase_add_test(tcase, when_every_key_is_revoked_nobody_is_trusted);
    tcase_add_test(tcase, a_key_learned_before_is_trusted_when_it_is_built_in);
}

Suite *dnssec_rfc5011_floor_suite(void)
{
    Suite *suite = suite_create("dnssec/rfc5011_floor");
    add_builtin(roll_tcase(suite, "built-in keys"));
    TCase *clocks = roll_tcase(suite, "clocks");
    tcase_add_test(clocks, a_wall_clock_that_jumps_ends_no_hold_down);
    tcase_add_test(clocks, a_monotonic_clock_alone_ends_no_hold_down);
    tcase_add_test(clocks, a_time_that_lies_ahead_does_not_wait_for_ever);
    tcase_add_test(clocks, over_a_restart_at_most_fifteen_days_are_counted);
    TCase *bounds = roll_tcase(suite, "bounds and intervals");
    tcase_add_test(bounds, a_flood_of_keys_takes_no_slot_from_a_trusted_one);
    tcase_add_test(bounds, the_longest_removed_key_makes_room);
    tcase_add_test(bounds, every_state_has_a_name);
    tcase_add_loop_test(bounds, the_next_query_comes_by_ttl_and_signature, 0,
                        sizeof intervals / sizeof *intervals);
    return suite;
}
