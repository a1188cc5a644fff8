#include "tests/unit/engine/selection_test.h"

/* ---- selection_add ---- */

START_TEST(each_address_is_there_once) /* LIMITS E7 */
{
    add(v4(1));
    add(v4(2));
    add(v4(2));
    add(v4(1));
    add(v6(1));
    ck_assert_uint_eq(selection.count, 3);
    for (unsigned i = 0; i < 2 * CANDIDATES_MAX; i++)
        add(v4(i));
    ck_assert_uint_eq(selection.count, CANDIDATES_MAX);
}
END_TEST

START_TEST(some_addresses_are_never_asked) /* LIMITS A11 */
{
    struct prefix never = { .base = v4(64), .bits = 26 };

    never.base.port = 0;
    policy.refuse_addresses = (struct acl){ .prefixes = &never, .count = 1 };
    add(v4(65));
    ck_assert_uint_eq(selection.count, 0);
    add(v4(63));
    ck_assert_uint_eq(selection.count, 1);
}
END_TEST

START_TEST(we_do_not_ask_ourselves) /* SPEC I21 */
{
    struct endpoint own = v4(1), other_port = v4(1);

    other_port.port = 5353;
    ck_assert_int_eq(policy_add_own(&policy, &own), ST_OK);
    add(own);
    ck_assert_uint_eq(selection.count, 0);
    add(other_port); /* another program's */
    ck_assert_uint_eq(selection.count, 1);
}
END_TEST

START_TEST(an_address_written_for_a_zone_is_asked_there_and_nowhere_else) /* RULINGS A25 */
{
    struct prefix never = { .base = v4(64), .bits = 26 };
    struct zones_entry entry = { .name = name_of("lan."),
                                 .servers = { v4(65) },
                                 .server_count = 1 };
    struct endpoint other_port = v4(65);

    never.base.port = 0;
    policy.refuse_addresses = (struct acl){ .prefixes = &never, .count = 1 };
    policy.zones = (struct zones){ .list = &entry, .count = 1 };
    add(v4(65));
    ck_assert_uint_eq(selection.count, 0);
    zone = name_of("below.lan.");
    add(v4(66));
    other_port.port = 5300;
    add(other_port);
    ck_assert_uint_eq(selection.count, 0);
    add(v4(65));
    ck_assert_uint_eq(selection.count, 1);
    policy.zones.count = 0;
}
END_TEST

START_TEST(servers_are_silent_when_each_was_and_had_been_before) /* SPEC U1 */
{
    server(10 * MS);
    server(20 * MS);
    for (unsigned i = 0; i < 2; i++) {
        selection.list[i].infra.timeouts = 2;
        ck_assert(!selection_is_silent(&selection, 2, &desk));
        selection.list[i].timeouts = 1;
    }
    ck_assert(selection_is_silent(&selection, 2, &desk));
    ck_assert(!selection_is_silent(&selection, 3, &desk));
    selection.list[0].timeouts = 0;
    ck_assert(!selection_is_silent(&selection, 2, &desk));
    selection.list[0].flags = CANDIDATE_USELESS;
    ck_assert(selection_is_silent(&selection, 2, &desk));
}
END_TEST

START_TEST(a_family_that_is_off_is_not_used)
{
    policy.ipv6 = FAMILY_OFF;
    add(v6(1));
    ck_assert_uint_eq(selection.count, 0);
    policy.ipv6 = FAMILY_AUTO;
    policy.ipv4 = FAMILY_OFF;
    add(v6(1));
    add(v4(1));
    ck_assert_uint_eq(selection.count, 1);
    ck_assert_uint_eq(selection.list[0].server.family, 6);
}
END_TEST

START_TEST(what_is_known_of_a_server_comes_along) /* RULINGS A5, SPEC I3 */
{
    struct endpoint plain = v4(1), folding = v4(2), folded = v4(3);
    struct infra infra = { .srtt_us = 7, .folds_case_until = instant_after_ms(desk.now, 1) };
    struct infra over = { .folds_case_until = desk.now };

    infra_cache_put_no_edns(desk.infra, &plain, &zone, desk.now);
    infra_cache_put(desk.infra, &folding, &infra, desk.now);
    infra_cache_put(desk.infra, &folded, &over, desk.now);
    ck_assert_uint_eq(add(plain)->flags, CANDIDATE_NO_EDNS);
    ck_assert_uint_eq(add(folding)->flags, CANDIDATE_FOLDS);
    ck_assert_uint_eq(selection.list[1].infra.srtt_us, 7);
    ck_assert_uint_eq(add(folded)->flags, 0);
    selection.count = 0;
    selection.needs_edns = true; /* LIMITS A9: its signatures would be missed */
    ck_assert_uint_eq(add(plain)->flags, 0);
    zone = name_of("elsewhere."); /* no EDNS is by address and zone */
    ck_assert_int_eq(selection_begin(&selection, memory.arena), ST_OK);
    ck_assert_uint_eq(add(plain)->flags, 0);
}
END_TEST

/* ---- selection_pick ---- */

START_TEST(the_nearest_is_asked_and_one_in_twenty_explores) /* SPEC I6 */
{
    server(30 * MS);
    server(10 * MS);
    server(20 * MS);
    server(9000 * MS);
    const unsigned *found = picked(-1);
    /* 10,000 / 20 = 500 explore, each of four as likely: 125, standard deviation 11. */
    ck_assert(found[1] > 9500);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_msg(i == 1 || (found[i] > 85 && found[i] < 165), "%u: %u", i, found[i]);
}
END_TEST

START_TEST(a_retry_does_not_explore)
{
    server(30 * MS);
    server(10 * MS);
    selection.list[0].udp_tries = 1;
    ck_assert_uint_eq(picked(-1)[1], 10000);
    selection.list[0].udp_tries = 0;
    selection.list[0].tcp_tries = 1;
    ck_assert_uint_eq(picked(-1)[1], 10000);
    selection.list[0].tcp_tries = 0;
    selection.list[0].flags = CANDIDATE_FOLDS; /* from the cache: no retry */
    ck_assert_uint_lt(picked(-1)[1], 10000);
}
END_TEST

START_TEST(unknown_servers_have_equal_chances)
{
    for (unsigned i = 0; i < 4; i++)
        server(0);
    const unsigned *found = picked(-1);
    for (unsigned i = 0; i < 4; i++) /* 2,500, standard deviation 43 */
        ck_assert_msg(found[i] > 2200 && found[i] < 2800, "%u: %u", i, found[i]);
}
END_TEST

START_TEST(an_unknown_server_is_tried_before_a_slow_one)
{
    server(100 * MS);
    server(0);
    ck_assert_uint_gt(picked(-1)[1], 9500);
    selection.list[0].infra.srtt_us = 25 * MS; /* as likely faster as not */
    const unsigned *found = picked(-1);
    ck_assert(found[0] > 4500 && found[0] < 5500);
}
END_TEST

/* Each row: the nearest server with this against it, and another far away. */
static const struct {
    const char *why;
    uint8_t flags, timeouts;
    bool avoided, resting;
} behind[] = {
    { "timed out once", 0, 1, false, false },
    { "recursion-lame (RULINGS A10)", CANDIDATE_LAST, 0, false, false },
    { "to be avoided (RULINGS A29)", 0, 0, true, false },
    { "dead and not due (SPEC I6)", 0, 0, false, true },
};

/* Returns whom to avoid. */
static int against(unsigned row)
{
    struct candidate *nearest = &selection.list[0];

    nearest->flags |= behind[row].flags;
    nearest->timeouts += behind[row].timeouts;
    nearest->infra.timeouts = behind[row].resting ? INFRA_TIMEOUTS_DEAD : 0;
    nearest->infra.probe_at = instant_after_ms(desk.now, 1);
    return behind[row].avoided ? 0 : -1;
}

START_TEST(whom_others_must_be_tried_before)
{
    server(1 * MS);
    server(900 * MS);
    int avoid = against((unsigned)_i);
    ck_assert_msg(picked(avoid)[1] == 10000, "%s", behind[_i].why);
    selection.list[1].flags = CANDIDATE_USELESS; /* but not for ever */
    ck_assert_msg(picked(avoid)[0] == 10000, "%s", behind[_i].why);
}
END_TEST

START_TEST(the_order_of_those_at_the_end)
{
    struct candidate *rests = server(1), *lame = server(1), *avoided = server(1), *late = server(1);

    rests->infra.timeouts = INFRA_TIMEOUTS_DEAD;
    rests->infra.probe_at = instant_after_ms(desk.now, 1);
    lame->flags = CANDIDATE_LAST;
    late->timeouts = UINT8_MAX;
    late->flags = CANDIDATE_TCP_DEAD;
    ck_assert_int_eq(selection_pick(&selection, 2, &desk), 3);
    late->flags = CANDIDATE_USELESS;
    ck_assert_int_eq(selection_pick(&selection, 2, &desk), 2);
    avoided->flags = CANDIDATE_USELESS;
    ck_assert_int_eq(selection_pick(&selection, 2, &desk), 1);
    lame->flags = CANDIDATE_USELESS;
    ck_assert_int_eq(selection_pick(&selection, 2, &desk), 0);
    rests->flags = CANDIDATE_USELESS;
    ck_assert_int_eq(selection_pick(&selection, 2, &desk), -1);
}
END_TEST

START_TEST(nobody_explores_where_nothing_is_to_be_had)
{
    server(10 * MS);
    server(20 * MS)->flags = CANDIDATE_LAST;
    server(30 * MS)->infra = (struct infra){ .timeouts = INFRA_TIMEOUTS_DEAD,
                                             .probe_at = instant_after_ms(desk.now, 1) };
    server(40 * MS);
    ck_assert_uint_eq(picked(3)[0], 10000);
}
END_TEST

START_TEST(a_family_that_is_down_is_not_asked) /* RULINGS A23 */
{
    add(v4(1));
    add(v6(1));
    desk.family_down[0] = true;
    ck_assert_uint_eq(picked(-1)[1], 10000);
    ck_assert_uint_eq(selection_usable(&selection, &desk), 1);
    desk.family_down[1] = true;
    ck_assert_int_eq(pick(), -1);
    ck_assert_uint_eq(selection_usable(&selection, &desk), 0);
    desk.family_down[0] = false;
    ck_assert_int_eq(pick(), 0);
}
END_TEST

START_TEST(a_reply_that_calls_for_tcp_is_followed) /* RFC 7766 §5, LIMITS A4 */
{
    struct candidate *far;

    server(1 * MS);
    far = server(900 * MS);
    far->udp_tries = 1;
    far->timeouts = 1;
    far->flags = CANDIDATE_TCP;
    ck_assert_uint_eq(picked(-1)[1], 10000);
    far->flags |= CANDIDATE_TCP_DEAD;
    ck_assert_uint_eq(picked(-1)[0], 10000);
    far->flags = CANDIDATE_TCP;
    far->tcp_tries = 1; /* it was followed */
    ck_assert_uint_eq(picked(-1)[0], 10000);
}
END_TEST

START_TEST(without_servers_there_is_nothing_to_pick)
{
    ck_assert_int_eq(pick(), -1);
    ck_assert_uint_eq(selection_usable(&selection, &desk), 0);
}
END_TEST

/* ---- how often (RFC 9520 §3.1, SPEC I9) ---- */

/* Asks until nobody is left, nobody answers; "UUT": over what. */
static const char *silence(void)
{
    static char text[64];
    size_t len = 0;

    for (int at = pick(); at >= 0 && len < sizeof text - 1; at = pick()) {
        wait_ms(ask(at));
        text[len++] = exchange.via == VIA_TCP ? 'T' : 'U';
        selection_timed_out(&selection, &exchange, &desk);
    }
    text[len] = '\0';
    return text;
}

START_TEST(a_silent_server_is_asked_three_times_over_udp_and_once_over_tcp)
{
    server(10 * MS);
    ck_assert_str_eq(silence(), "UUTU");
    ck_assert_uint_eq(selection_usable(&selection, &desk), 0);
}
END_TEST

START_TEST(resends_are_bounded_whatever_the_limit)
{
    policy.limits.resends = 1;
    server(10 * MS);
    ck_assert_str_eq(silence(), "U");
    policy.limits.resends = 12;
    server(10 * MS);
    selection.list[0].flags = CANDIDATE_USELESS;
    ck_assert_str_eq(silence(), "UUTUUUUUUUUUU");
}
END_TEST

START_TEST(tcp_is_tried_twice_when_it_speaks_but_does_not_help) /* LIMITS E8 */
{
    server(10 * MS)->flags = CANDIDATE_TCP;
    for (unsigned i = 0; i < 2; i++) {
        ask(pick());
        ck_assert_int_eq(exchange.via, VIA_TCP);
        answer_after(10);
    }
    ck_assert_int_eq(pick(), -1);
}
END_TEST

Suite *engine_selection_suite(void)
{
    Suite *suite = suite_create("engine/selection");
    TCase *add_case = tcase_create("selection_add"), *pick_case = tcase_create("selection_pick");
    tcase_add_checked_fixture(add_case, set_up, tear_down);
    tcase_add_test(add_case, each_address_is_there_once);
    tcase_add_test(add_case, some_addresses_are_never_asked);
    tcase_add_test(add_case, we_do_not_ask_ourselves);
    tcase_add_test(add_case, an_address_written_for_a_zone_is_asked_there_and_nowhere_else);
    tcase_add_test(add_case, servers_are_silent_when_each_was_and_had_been_before);
    tcase_add_test(add_case, a_family_that_is_off_is_not_used);
    tcase_add_test(add_case, what_is_known_of_a_server_comes_along);
    suite_add_tcase(suite, add_case);
    tcase_add_checked_fixture(pick_case, set_up, tear_down);
    tcase_add_test(pick_case, the_nearest_is_asked_and_one_in_twenty_explores);
    tcase_add_test(pick_case, a_retry_does_not_explore);
    tcase_add_test(pick_case, unknown_servers_have_equal_chances);
    tcase_add_test(pick_case, an_unknown_server_is_tried_before_a_slow_one);
    tcase_add_loop_test(pick_case, whom_others_must_be_tried_before, 0, COUNT(behind));
    tcase_add_test(pick_case, the_order_of_those_at_the_end);
    tcase_add_test(pick_case, nobody_explores_where_nothing_is_to_be_had);
    tcase_add_test(pick_case, a_family_that_is_down_is_not_asked);
    tcase_add_test(pick_case, a_reply_that_calls_for_tcp_is_followed);
    tcase_add_test(pick_case, without_servers_there_is_nothing_to_pick);
    tcase_add_test(pick_case, a_silent_server_is_asked_three_times_over_udp_and_once_over_tcp);
    tcase_add_test(pick_case, resends_are_bounded_whatever_the_limit);
    tcase_add_test(pick_case, tcp_is_tried_twice_when_it_speaks_but_does_not_help);
    suite_add_tcase(suite, pick_case);
    return suite;
}
