#include "lib/base/memory.h"
#include "tests/unit/resolver/keeper_test.h"

static uint32_t due_in_s(void)
{
    struct name zone;
    struct instant due;
    ck_assert(keeper_next(keeper, &zone, &due));
    ck_assert(name_equal(&zone, &name_root));
    return instant_s_between(now.at, due);
}

/* ---- following the zone ---- */

START_TEST(a_new_key_becomes_an_anchor_after_its_hold_down) /* RFC 5011 §2.2, §2.4.1 */
{
    start();
    uint64_t version = keeper_version(keeper);
    for (unsigned day = 0; day < 30; day++) {
        see(BOTH, SIGNS_OLD, 0);
        ck_assert_int_eq(trusted(), SIGNS_OLD);
        pass_s(DAY_S);
    }
    ck_assert_uint_eq(keeper_version(keeper), version);
    see(BOTH, SIGNS_OLD, 0);
    ck_assert_int_eq(trusted(), BOTH);
    ck_assert_uint_gt(keeper_version(keeper), version);
}
END_TEST

START_TEST(what_was_learned_outlives_a_restart)
{
    start();
    for (unsigned day = 0; day <= 30; day++) {
        see(BOTH, SIGNS_OLD, 0);
        pass_s(DAY_S);
        start(); /* each day */
    }
    ck_assert_int_eq(trusted(), BOTH);
    see(BOTH, BOTH, SIGNS_OLD);
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
    start();
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
}
END_TEST

START_TEST(a_revoked_key_stays_out_though_it_is_configured) /* RULINGS A43 */
{
    configure(BOTH);
    start();
    ck_assert_int_eq(trusted(), BOTH);
    see(BOTH, SIGNS_OLD, SIGNS_OLD);
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
    start();
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
    see(BOTH, BOTH, 0); /* as if nothing had been */
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
}
END_TEST

/* RULINGS A43: what was proven before is in doubt, or it is not. */
START_TEST(trust_shrinks_when_a_key_is_trusted_no_longer_and_not_when_one_is_added)
{
    start();
    uint64_t shrunk = keeper_shrunk(keeper), version = keeper_version(keeper);
    for (unsigned day = 0; day <= 30; day++) {
        see(BOTH, SIGNS_OLD, 0);
        pass_s(DAY_S);
    }
    ck_assert_int_eq(trusted(), BOTH);
    ck_assert_uint_eq(keeper_version(keeper), version + 1);
    ck_assert_uint_eq(keeper_shrunk(keeper), shrunk);
    see(BOTH, BOTH, SIGNS_OLD);
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
    ck_assert_uint_eq(keeper_version(keeper), version + 2);
    ck_assert_uint_eq(keeper_shrunk(keeper), shrunk + 1);
}
END_TEST

START_TEST(a_zone_that_is_configured_by_a_key_is_followed_like_one_by_its_ds) /* SPEC A6 */
{
    struct keeper_row row;
    start();
    ck_assert(keeper_row(keeper, 0, now, &row)); /* of the DS alone as yet */
    ck_assert_uint_eq(row.algorithm, 13);
    anchor_set_destroy(policy->anchors);
    policy->anchors = anchor_set_create();
    ck_assert_int_eq(
        anchor_add(policy->anchors, &name_root, TYPE_DNSKEY, sign_dnskey(&ours[OLD], bench.arena)),
        ST_OK);
    forget_state();
    start();
    for (unsigned day = 0; day <= 30; day++) {
        see(BOTH, SIGNS_OLD, 0);
        pass_s(DAY_S);
    }
    start();
    ck_assert_int_eq(trusted(), BOTH);
}
END_TEST

/* RULINGS A2: a look that ran out of its budget is no fact about the zone. */
START_TEST(what_could_not_be_judged_changes_nothing)
{
    struct keeper_row row;
    start();
    see(BOTH, SIGNS_OLD, 0);
    policy->limits.good_checks = 0;
    pass_s(DAY_S);
    see(SIGNS_OLD, SIGNS_OLD, 0);
    ck_assert_uint_eq(due_in_s(), HOUR_S);
    policy->limits.good_checks = 100;
    ck_assert(keeper_row(keeper, 1, now, &row));
    ck_assert_int_eq(row.state, ROLL_PENDING);
    ck_assert_int_eq(row.checked.s, now.wall.s - DAY_S);
}
END_TEST

START_TEST(when_all_keys_are_revoked_the_anchor_is_nobodys) /* SPEC A2 */
{
    start();
    see(SIGNS_OLD, SIGNS_OLD, SIGNS_OLD);
    ck_assert_int_eq(trusted(), -1);
    start();
    ck_assert_int_eq(trusted(), -1);
    configure(BOTH); /* a new release, or the operator, brings another */
    start();
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
}
END_TEST

START_TEST(a_zone_that_is_configured_no_more_is_forgotten)
{
    struct name zone;
    struct instant due;
    start();
    see(SIGNS_OLD, SIGNS_OLD, 0);
    anchor_set_destroy(policy->anchors);
    policy->anchors = anchor_set_create();
    start();
    ck_assert(!keeper_next(keeper, &zone, &due));
    struct anchor_set *set = keeper_anchors(keeper);
    ck_assert(!anchor_zone(set, 0, &zone));
    anchor_set_destroy(set);
}
END_TEST

START_TEST(zones_beyond_those_that_are_followed_keep_their_anchors)
{
    char line[128], why[TEXT_WHY];
    struct name zone;
    unsigned zones = 0;
    for (unsigned i = 0; i < ANCHOR_POINTS_MAX + 4; i++) {
        snprintf(line, sizeof line,
                 "z%u.example. IN DS 1 8 2 "
                 "0101010101010101010101010101010101010101010101010101010101010101",
                 i);
        ck_assert_int_eq(anchor_add_line(policy->anchors, line, why), ST_OK);
    }
    start();
    struct anchor_set *set = keeper_anchors(keeper);
    while (anchor_zone(set, zones, &zone))
        zones++;
    ck_assert_uint_eq(zones, 1 + ANCHOR_POINTS_MAX + 4);
    anchor_set_destroy(set);
}
END_TEST

START_TEST(anchors_that_cannot_be_used_here_stay_as_they_are) /* RFC 4035 §5.2 */
{
    char why[TEXT_WHY];
    const struct rrset *ds, *keys;
    anchor_set_destroy(policy->anchors);
    policy->anchors = anchor_set_create();
    ck_assert_int_eq(anchor_add_line(policy->anchors, ". IN DS 1 253 2 01", why), ST_OK);
    start();
    struct anchor_set *set = keeper_anchors(keeper);
    anchor_find(set, &name_root, &ds, &keys);
    ck_assert_ptr_nonnull(ds);
    ck_assert(!bytes_equal(rrset_rdata(ds, 0), rfc5011_nobody()));
    anchor_set_destroy(set);
}
END_TEST

/* ---- when ---- */

START_TEST(the_first_question_is_due_at_once_and_the_next_by_the_rules) /* RFC 5011 §2.3 */
{
    start();
    ck_assert_uint_eq(due_in_s(), 0);
    see(SIGNS_OLD, SIGNS_OLD, 0); /* TTL 3600: half of it is under the least */
    ck_assert_uint_eq(due_in_s(), HOUR_S);
}
END_TEST

START_TEST(after_a_failure_it_is_asked_again_within_the_hour) /* RFC 5011 §2.3 */
{
    start();
    keeper_saw(keeper, &name_root, NULL, now);
    ck_assert_uint_eq(due_in_s(), HOUR_S);
    pass_s(HOUR_S);
    see(SIGNS_NEXT, SIGNS_NEXT, 0); /* signed by a stranger */
    ck_assert_uint_eq(due_in_s(), HOUR_S);
    ck_assert_int_eq(trusted(), SIGNS_OLD);
}
END_TEST

START_TEST(a_set_that_came_is_asked_for_again_later_than_one_that_did_not) /* RFC 5011 §2.3 */
{
    start();
    ttl_s = 2 * DAY_S;
    see(SIGNS_OLD, SIGNS_OLD, 0);
    ck_assert_uint_eq(due_in_s(), DAY_S); /* half of its TTL */
    see(SIGNS_NEXT, SIGNS_NEXT, 0);
    ck_assert_uint_eq(due_in_s(), 2 * DAY_S / 10); /* a tenth of what was seen before */
}
END_TEST

START_TEST(each_zone_has_a_time_of_its_own_and_the_first_comes_first)
{
    char why[TEXT_WHY];
    struct name zone, other = name_root;
    struct instant due;

    ck_assert_int_eq(anchor_add_line(policy->anchors,
                                     "example. IN DS 1 8 2 "
                                     "01010101010101010101010101010101"
                                     "01010101010101010101010101010101",
                                     why),
                     ST_OK);
    start();
    for (unsigned i = 0; i < 2; i++) {
        ck_assert(keeper_next(keeper, &zone, &due));
        ck_assert_uint_eq(due.ns, now.at.ns);
        ck_assert(i == 0 || !name_equal(&zone, &other));
        other = zone;
        keeper_saw(keeper, &zone, NULL, now);
        pass_s(i == 0 ? 0 : 60);
    }
    ck_assert(keeper_next(keeper, &zone, &due));
    ck_assert_uint_eq(instant_s_between(now.at, due), HOUR_S - 60);
}
END_TEST

START_TEST(a_wall_clock_that_jumps_makes_no_anchor) /* LIMITS H3 */
{
    start();
    see(BOTH, SIGNS_OLD, 0);
    now.wall.s += 40 * DAY_S;
    see(BOTH, SIGNS_OLD, 0);
    ck_assert_int_eq(trusted(), SIGNS_OLD);
    now.wall.s -= 80 * DAY_S;
    see(BOTH, SIGNS_OLD, 0);
    ck_assert_int_eq(trusted(), SIGNS_OLD);
}
END_TEST

START_TEST(no_memory_makes_no_keeper_and_leaves_nothing) /* LIMITS G5 */
{
    struct keeper_setup setup = { .policy = policy,
                                  .crypto = bench.crypto,
                                  .pool = bench.pool,
                                  .disk = &bad.disk,
                                  .directory = directory };
    bool struck = true;
    for (uint64_t succeed = 0; struck; succeed++) {
        memory_fail_after(succeed);
        keeper = keeper_create(&setup, now);
        struck = memory_fail_stop();
        if (keeper) /* it may do without what failed */
            ck_assert_int_eq(trusted(), SIGNS_OLD);
        keeper_destroy(keeper);
        keeper = NULL;
    }
}
END_TEST

/* ---- for people ---- */

START_TEST(every_key_is_told_with_its_state) /* SPEC A6 */
{
    struct keeper_row row;
    start();
    see(BOTH, SIGNS_OLD, 0);
    pass_s(600);
    ck_assert(keeper_row(keeper, 0, now, &row));
    ck_assert(row.trusted && row.configured);
    ck_assert_int_eq(row.state, ROLL_VALID);
    ck_assert_uint_eq(row.tag, sign_tag(&ours[OLD]));
    ck_assert_uint_eq(row.algorithm, 13);
    ck_assert_uint_eq(row.next_s, HOUR_S - 600);
    ck_assert_int_eq(row.checked.s, now.wall.s - 600);
    ck_assert(keeper_row(keeper, 1, now, &row));
    ck_assert(!row.trusted && !row.configured);
    ck_assert_int_eq(row.state, ROLL_PENDING);
    ck_assert_uint_eq(row.tag, sign_tag(&ours[NEXT]));
    ck_assert_int_eq(row.hold_end.s, now.wall.s + ROLL_ADD_S);
    ck_assert(!keeper_row(keeper, 2, now, &row));
}
END_TEST

Suite *resolver_anchor_keeper_suite(void)
{
    Suite *suite = suite_create("resolver/anchor_keeper");
    TCase *tcase = tcase_create("keeper");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_new_key_becomes_an_anchor_after_its_hold_down);
    tcase_add_test(tcase, what_was_learned_outlives_a_restart);
    tcase_add_test(tcase, a_revoked_key_stays_out_though_it_is_configured);
    tcase_add_test(tcase, when_all_keys_are_revoked_the_anchor_is_nobodys);
    tcase_add_test(tcase, a_zone_that_is_configured_no_more_is_forgotten);
    tcase_add_test(tcase, zones_beyond_those_that_are_followed_keep_their_anchors);
    tcase_add_test(tcase, anchors_that_cannot_be_used_here_stay_as_they_are);
    tcase_add_test(tcase, the_first_question_is_due_at_once_and_the_next_by_the_rules);
    tcase_add_test(tcase, after_a_failure_it_is_asked_again_within_the_hour);
    tcase_add_test(tcase, a_wall_clock_that_jumps_makes_no_anchor);
    tcase_add_test(tcase, no_memory_makes_no_keeper_and_leaves_nothing);
    tcase_add_test(tcase, every_key_is_told_with_its_state);
    tcase_add_test(tcase, trust_shrinks_when_a_key_is_trusted_no_longer_and_not_when_one_is_added);
    tcase_add_test(tcase, a_zone_that_is_configured_by_a_key_is_followed_like_one_by_its_ds);
    tcase_add_test(tcase, what_could_not_be_judged_changes_nothing);
    tcase_add_test(tcase, a_set_that_came_is_asked_for_again_later_than_one_that_did_not);
    tcase_add_test(tcase, each_zone_has_a_time_of_its_own_and_the_first_comes_first);
    suite_add_tcase(suite, tcase);
    return suite;
}
