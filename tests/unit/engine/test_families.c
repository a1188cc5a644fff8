#include "lib/engine/families.h"

#include "tests/unit/engine/selection_test.h"

static struct endpoint in_network(unsigned family, unsigned network, unsigned host)
{
    uint8_t octets[16] = { 0x20, 0x01, 0x0D, 0xB8, 0, (uint8_t)network, [15] = (uint8_t)host };
    const uint8_t short_ones[4] = { 198, 51, (uint8_t)network, (uint8_t)host };
    return family == 6 ? endpoint_v6(octets, 53) : endpoint_v4(short_ones, 53);
}

static void silent(unsigned family, unsigned networks)
{
    for (unsigned i = 0; i < networks; i++) {
        struct endpoint server = in_network(family, i, 1);
        families_timed_out(&families, &server, desk.now);
    }
}

static enum family_trust trust(unsigned family)
{
    struct endpoint server = in_network(family, 99, 1);
    return families_trust(&families, &server, desk.now);
}

START_TEST(six_silent_networks_put_a_family_in_doubt_until_it_answers) /* SPEC I7 */
{
    unsigned family = _i ? 6 : 4;
    struct endpoint server = in_network(family, 7, 1);

    silent(family, FAMILY_NETWORKS - 1);
    for (unsigned host = 2; host < 100; host++) { /* of a network that is silent already */
        struct endpoint sibling = in_network(family, 0, host);
        families_timed_out(&families, &sibling, desk.now);
    }
    ck_assert_int_eq(trust(family), FAMILY_TRUSTED);
    families_timed_out(&families, &server, desk.now);
    families_timed_out(&families, &server, desk.now);
    ck_assert_int_eq(trust(family), FAMILY_DOUBTED);
    ck_assert_int_eq(trust(family == 6 ? 4 : 6), FAMILY_TRUSTED);
    families_answered(&families, &server);
    ck_assert_int_eq(trust(family), FAMILY_TRUSTED);
}
END_TEST

START_TEST(when_both_are_silent_neither_is_preferred)
{
    silent(6, FAMILY_NETWORKS);
    silent(4, FAMILY_NETWORKS);
    ck_assert_int_eq(trust(6), FAMILY_TRUSTED);
    ck_assert_int_eq(trust(4), FAMILY_TRUSTED);
}
END_TEST

START_TEST(a_family_in_doubt_comes_behind_the_other_and_is_probed_once_a_minute)
{
    silent(6, FAMILY_NETWORKS);
    server(900 * MS);
    add(v6(1))->infra.srtt_us = 1 * MS;
    ck_assert_uint_eq(picked(-1)[0], 10000);
    wait_ms(FAMILY_PROBE_S * 1000);
    ck_assert_uint_gt(picked(-1)[1], 9000);
    ask(1);
    selection.list[1].udp_tries = 0;
    ck_assert_uint_eq(picked(-1)[0], 10000);
    answer_after(10);
    ck_assert_uint_gt(picked(-1)[1], 9000);
}
END_TEST

START_TEST(a_family_in_doubt_is_asked_where_there_is_no_other)
{
    silent(6, FAMILY_NETWORKS);
    add(v6(1));
    ck_assert_int_eq(pick(), 0);
    server(10 * MS)->flags = CANDIDATE_USELESS;
    ck_assert_int_eq(pick(), 0);
}
END_TEST

START_TEST(timeouts_and_answers_tell_of_the_family)
{
    for (unsigned i = 0; i < FAMILY_NETWORKS; i++) {
        add(in_network(6, i, 1));
        ask((int)i);
        selection_timed_out(&selection, &exchange, &desk);
    }
    ck_assert_int_eq(trust(6), FAMILY_DOUBTED);
    answer_after(1);
    ck_assert_int_eq(trust(6), FAMILY_TRUSTED);
}
END_TEST

Suite *engine_families_suite(void)
{
    Suite *suite = suite_create("engine/families");
    TCase *tcase = tcase_create("doubt");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, six_silent_networks_put_a_family_in_doubt_until_it_answers, 0, 2);
    tcase_add_test(tcase, when_both_are_silent_neither_is_preferred);
    tcase_add_test(tcase, a_family_in_doubt_comes_behind_the_other_and_is_probed_once_a_minute);
    tcase_add_test(tcase, a_family_in_doubt_is_asked_where_there_is_no_other);
    tcase_add_test(tcase, timeouts_and_answers_tell_of_the_family);
    suite_add_tcase(suite, tcase);
    return suite;
}
