/* The state table of RFC 5011 §4, arc by arc. */
#include "tests/unit/dnssec/rfc5011_test.h"

/* ---- the arcs of the table ---- */

START_TEST(a_new_key_waits) /* RFC 5011 §4.1: NewKey */
{
    roll_begin();
    roll_see(PLAIN);
    ck_assert(report.proven);
    ck_assert_int_eq(roll_state(1), ROLL_PENDING);
    ck_assert_uint_eq(rfc5011_trusted(&point), 1);
    ck_assert_uint_eq(report.entered, 2);
    ck_assert_int_eq(roll_slot(1)->since.s, ROLL_T0);
    ck_assert_int_eq(rfc5011_hold_end(roll_slot(1), now.wall).s, ROLL_T0 + ROLL_ADD_S);
}
END_TEST

START_TEST(
    a_key_is_trusted_after_thirty_days_and_not_a_second_before) /* RFC 5011 §2.4.1: AddTime */
{
    roll_begin();
    roll_see(PLAIN);
    roll_pass_s(ROLL_ADD_S - 1);
    roll_see(PLAIN);
    ck_assert_int_eq(roll_state(1), ROLL_PENDING);
    roll_pass_s(1);
    ck_assert_int_eq(roll_state(1), ROLL_PENDING); /* §2.2: only by a set that is seen then */
    roll_see(PLAIN);
    ck_assert_int_eq(roll_state(1), ROLL_VALID);
    ck_assert_uint_eq(rfc5011_trusted(&point), 3);
}
END_TEST

START_TEST(a_long_ttl_makes_the_hold_down_longer) /* RFC 5011 §2.4.1 */
{
    roll_begin();
    sight.ttl_s = ROLL_ADD_S + 1000;
    roll_see(PLAIN);
    roll_pass_s(ROLL_ADD_S + 999);
    roll_see(PLAIN);
    ck_assert_int_eq(roll_state(1), ROLL_PENDING);
    roll_pass_s(1);
    roll_see(PLAIN);
    ck_assert_int_eq(roll_state(1), ROLL_VALID);
}
END_TEST

START_TEST(a_waiting_key_that_leaves_begins_anew) /* RFC 5011 §4.1: AddPend, KeyRem */
{
    roll_begin();
    roll_see(PLAIN);
    roll_pass_days(29);
    roll_see_without();
    ck_assert_int_eq(roll_state(1), ROLL_START);
    roll_pass_days(1);
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

START_TEST(a_waiting_key_that_comes_revoked_has_left) /* RFC 5011 §4.1: AddPend, no RevBit */
{
    roll_begin();
    roll_see(PLAIN);
    roll_see(REVOKED_SIGNS);
    ck_assert_int_eq(roll_state(1), ROLL_START);
    ck_assert_uint_eq(rfc5011_trusted(&point), 1);
}
END_TEST

START_TEST(a_waiting_key_falls_with_all_that_vouched_for_it) /* RFC 5011 §2.2 */
{
    roll_begin_with_two();
    roll_show(0, SIGNS);
    roll_show(1, PLAIN);
    roll_show(2, PLAIN); /* key 0 alone vouches */
    roll_step();
    roll_pass_days(20);
    roll_show(0, REVOKED_SIGNS);
    roll_show(1, SIGNS);
    roll_show(2, PLAIN);
    roll_step();
    ck_assert_int_eq(roll_state(0), ROLL_REVOKED);
    ck_assert_int_eq(roll_state(2), ROLL_PENDING); /* as new, vouched for by key 1 */
    ck_assert_uint_eq(roll_slot(2)->counted_s, 0);
    roll_pass_days(29);
    roll_show(1, SIGNS);
    roll_show(2, PLAIN);
    roll_step();
    ck_assert_int_eq(roll_state(2), ROLL_PENDING);
}
END_TEST

START_TEST(a_waiting_key_stays_with_one_that_vouched_for_it) /* RFC 5011 §2.2 */
{
    roll_begin_with_two();
    roll_show(0, SIGNS);
    roll_show(1, SIGNS);
    roll_show(2, PLAIN);
    roll_step();
    roll_pass_days(20);
    roll_show(0, REVOKED_SIGNS);
    roll_show(1, SIGNS);
    roll_show(2, PLAIN);
    roll_step();
    roll_pass_days(10);
    roll_show(1, SIGNS);
    roll_show(2, PLAIN);
    roll_step();
    ck_assert_int_eq(roll_state(2), ROLL_VALID);
}
END_TEST

START_TEST(
    a_trusted_key_that_is_not_there_is_missing_and_comes_back) /* RFC 5011 §4: KeyRem, KeyPres */
{
    roll_begin_with_two();
    roll_see_without();
    ck_assert_int_eq(roll_state(1), ROLL_MISSING);
    ck_assert_uint_eq(rfc5011_trusted(&point), 3);
    roll_pass_days(365);
    roll_see(PLAIN);
    ck_assert_int_eq(roll_state(1), ROLL_VALID);
}
END_TEST

START_TEST(a_missing_key_can_prove_the_set_it_comes_back_in)
{
    roll_begin_with_two();
    roll_see_without();
    roll_show(1, SIGNS);
    roll_step();
    ck_assert(report.proven);
    ck_assert_int_eq(roll_state(1), ROLL_VALID);
    ck_assert_int_eq(roll_state(0), ROLL_MISSING);
}
END_TEST

START_TEST(a_missing_key_is_kept_for_366_days) /* SPEC A2 */
{
    roll_begin_with_two();
    roll_see_without();
    roll_pass_days(366);
    now.wall.s--;
    roll_see_without();
    ck_assert_int_eq(roll_state(1), ROLL_MISSING);
    roll_pass_s(1);
    now.wall.s++;
    roll_see_without();
    ck_assert_int_eq(roll_state(1), ROLL_START);
    roll_see(PLAIN); /* and is as new as any */
    ck_assert_int_eq(roll_state(1), ROLL_PENDING);
}
END_TEST

START_TEST(a_revoked_key_is_dropped_at_once) /* RFC 5011 §2.1, §4: Valid, RevBit */
{
    roll_begin_with_two();
    roll_see(REVOKED_SIGNS);
    ck_assert_int_eq(roll_state(1), ROLL_REVOKED);
    ck_assert_uint_eq(rfc5011_trusted(&point), 1);
    roll_see(PLAIN); /* permanent */
    ck_assert_int_eq(roll_state(1), ROLL_REVOKED);
}
END_TEST

START_TEST(a_missing_key_is_revoked_too) /* RFC 5011 §4: Missing, RevBit */
{
    roll_begin_with_two();
    roll_see_without();
    roll_see(REVOKED_SIGNS);
    ck_assert_int_eq(roll_state(1), ROLL_REVOKED);
}
END_TEST

START_TEST(revoke_without_its_own_signature_revokes_nothing) /* RFC 5011 §2.1 */
{
    roll_begin_with_two();
    roll_see(REVOKED);
    ck_assert_int_eq(roll_state(1), ROLL_MISSING);
    ck_assert_uint_eq(rfc5011_trusted(&point), 3);
}
END_TEST

START_TEST(a_key_revokes_itself_in_a_set_that_nobody_else_signs) /* RULINGS A43 */
{
    roll_begin_with_two();
    roll_show(1, REVOKED_SIGNS);
    roll_show(2, PLAIN);
    roll_step();
    ck_assert(!report.proven);
    ck_assert_int_eq(roll_state(1), ROLL_REVOKED);
    ck_assert_int_eq(roll_state(2), ROLL_START);
    ck_assert_int_eq(roll_state(0), ROLL_VALID); /* nor is anything else concluded */
}
END_TEST

START_TEST(a_revoked_key_is_removed_when_it_was_gone_for_thirty_days) /* RFC 5011 §4: RemTime */
{
    roll_begin_with_two();
    roll_see(REVOKED_SIGNS);
    for (unsigned i = 0; i < 5; i++) {
        roll_pass_days(10);
        roll_see(REVOKED); /* still there: the wait has not begun */
    }
    ck_assert_int_eq(roll_state(1), ROLL_REVOKED);
    roll_pass_s(ROLL_REMOVE_S - 1);
    roll_see_without();
    ck_assert_int_eq(roll_state(1), ROLL_REVOKED);
    roll_pass_s(1);
    roll_see_without();
    ck_assert_int_eq(roll_state(1), ROLL_REMOVED);
    roll_pass_days(4000);
    roll_see(PLAIN); /* bad practice, RFC 5011 §4.2 */
    ck_assert_int_eq(roll_state(1), ROLL_REMOVED);
    roll_pass_days(31);
    roll_see(PLAIN);
    ck_assert_int_eq(roll_state(1), ROLL_REMOVED);
}
END_TEST

/* ---- what proves ---- */

START_TEST(a_set_that_no_trusted_key_signs_changes_nothing)
{
    roll_begin_with_two();
    struct rfc5011_point before = point;
    roll_pass_days(40);
    roll_show(0, PLAIN);
    roll_show(2, SIGNS);
    roll_step();
    ck_assert(!report.proven);
    ck_assert_uint_eq(report.entered, 0);
    ck_assert_mem_eq(&before, &point, sizeof point);
}
END_TEST

START_TEST(a_waiting_key_proves_nothing) /* RFC 5011 §2.2 */
{
    roll_begin();
    roll_see(PLAIN);
    roll_pass_days(31);
    roll_show(1, SIGNS);
    roll_step();
    ck_assert(!report.proven);
    ck_assert_int_eq(roll_state(1), ROLL_PENDING);
}
END_TEST

START_TEST(a_key_revoked_in_the_set_proves_nothing_in_it) /* RFC 5011 §2.1 */
{
    roll_begin_with_two();
    roll_show(0, REVOKED_SIGNS);
    roll_show(0, SIGNS); /* the same key, unrevoked beside */
    roll_show(2, PLAIN);
    roll_step();
    ck_assert(!report.proven);
    ck_assert_int_eq(roll_state(2), ROLL_START);
}
END_TEST

static void add_table(TCase *tcase)
{
    tcase_add_test(tcase, a_new_key_waits);
    tcase_add_test(tcase, a_key_is_trusted_after_thirty_days_and_not_a_second_before);
    tcase_add_test(tcase, a_long_ttl_makes_the_hold_down_longer);
    tcase_add_test(tcase, a_waiting_key_that_leaves_begins_anew);
    tcase_add_test(tcase, a_waiting_key_that_comes_revoked_has_left);
    tcase_add_test(tcase, a_waiting_key_falls_with_all_that_vouched_for_it);
    tcase_add_test(tcase, a_waiting_key_stays_with_one_that_vouched_for_it);
    tcase_add_test(tcase, a_trusted_key_that_is_not_there_is_missing_and_comes_back);
    tcase_add_test(tcase, a_missing_key_can_prove_the_set_it_comes_back_in);
    tcase_add_test(tcase, a_missing_key_is_kept_for_366_days);
    tcase_add_test(tcase, a_revoked_key_is_dropped_at_once);
    tcase_add_test(tcase, a_missing_key_is_revoked_too);
    tcase_add_test(tcase, revoke_without_its_own_signature_revokes_nothing);
    tcase_add_test(tcase, a_key_revokes_itself_in_a_set_that_nobody_else_signs);
    tcase_add_test(tcase, a_revoked_key_is_removed_when_it_was_gone_for_thirty_days);
    tcase_add_test(tcase, a_set_that_no_trusted_key_signs_changes_nothing);
    tcase_add_test(tcase, a_waiting_key_proves_nothing);
    tcase_add_test(tcase, a_key_revoked_in_the_set_proves_nothing_in_it);
}

Suite *dnssec_rfc5011_suite(void)
{
    Suite *suite = suite_create("dnssec/rfc5011");
    add_table(roll_tcase(suite, "rfc5011_step"));
    return suite;
}
