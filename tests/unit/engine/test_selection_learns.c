#include "tests/unit/engine/selection_test.h"

/* ---- selection_prepare: how long (SPEC I8, RULINGS A22) ---- */

static const struct {
    const char *why;
    uint32_t srtt_us, rttvar_us;
    uint8_t timeouts;
    struct rtt_window window;
    uint64_t ms;
} patience[] = {
    { "unknown", 0, 0, 0, { 0, 0 }, 400 },
    { "unknown, the world is near", 0, 0, 0, { 20 * MS, 32 }, 400 },
    { "unknown, the world is far", 0, 0, 0, { 600 * MS, 32 }, 900 },
    { "unknown, the world is very far", 0, 0, 0, { 2000 * MS, 32 }, 1500 },
    { "unknown, a window without samples", 0, 0, 0, { 600 * MS, 0 }, 400 },
    { "unknown, silent once", 0, 0, 1, { 0, 0 }, 800 },
    { "known", 100 * MS, 20 * MS, 0, { 0, 0 }, 180 },
    { "known, near", 1 * MS, 1 * MS, 0, { 600 * MS, 32 }, 50 },
    { "known, silent once", 100 * MS, 20 * MS, 1, { 0, 0 }, 360 },
    { "known, silent thrice, without TCP", 100 * MS, 20 * MS, 3, { 0, 0 }, 1440 },
    { "known, silent so often that it would overflow", 100 * MS, 20 * MS, 255, { 0, 0 }, 10000 },
    { "known to be farther than anything", UINT32_MAX, UINT32_MAX, 0, { 0, 0 }, 10000 },
};

START_TEST(a_server_is_waited_for_as_long_as_it_takes)
{
    struct candidate *candidate = server(patience[_i].srtt_us);

    candidate->infra.rttvar_us = patience[_i].rttvar_us;
    candidate->timeouts = patience[_i].timeouts;
    candidate->flags = CANDIDATE_TCP_DEAD;
    window = patience[_i].window;
    uint64_t ms = ask(0);
    ck_assert_msg(ms == patience[_i].ms, "%s: %u ms", patience[_i].why, (unsigned)ms);
    ck_assert_uint_eq(candidate->udp_tries, 1);
}
END_TEST

START_TEST(the_limits_move_the_first_timeout)
{
    policy.limits.first_timeout_ms = 200;
    policy.limits.timeout_cap_ms = 500;
    server(0);
    ck_assert_uint_eq(ask(0), 200);
    window = (struct rtt_window){ 1000 * MS, 1 };
    ck_assert_uint_eq(ask(0), 500);
}
END_TEST

START_TEST(when_nobody_answers_the_world_may_be_far) /* RULINGS A22 */
{
    static const uint64_t expected[] = { 400, 400, 800, 800, 1500, 1500, 1500 };

    struct infra infra = { .srtt_us = 100 * MS, .rttvar_us = 20 * MS };

    server(0);
    server(0)->infra = infra;
    infra_cache_put(desk.infra, &selection.list[1].server, &infra, desk.now);
    selection.list[1].flags = CANDIDATE_USELESS; /* else asking the other were exploring */
    for (unsigned i = 0; i < COUNT(expected); i++) {
        ck_assert_uint_eq(ask(0), expected[i]);
        selection.list[0].timeouts = 0; /* as if each silence were another server's */
        ck_assert_uint_eq(ask(1), 180); /* what is known stays known */
        selection_timed_out(&selection, &exchange, &desk);
        selection.list[1].timeouts = 0;
    }
    exchange.sent_at = desk.now;
    answer_after(1);
    ck_assert_uint_eq(ask(0), 400);
    selection.silences = UINT8_MAX;
    selection_timed_out(&selection, &exchange, &desk);
    ck_assert_uint_eq(selection.silences, UINT8_MAX);
}
END_TEST

START_TEST(exploring_costs_twice_the_best_at_most) /* SPEC I6 */
{
    struct candidate *best;

    server(0);
    best = server(100 * MS);
    ck_assert_uint_eq(ask(0), 200);
    best->udp_tries = 1; /* it was asked: this is no exploring */
    ck_assert_uint_eq(ask(0), 400);
    best->udp_tries = 0;
    best->timeouts = 1;
    ck_assert_uint_eq(ask(0), 400);
    best->timeouts = 0;
    best->flags = CANDIDATE_USELESS;
    ck_assert_uint_eq(ask(0), 400);
    best->flags = CANDIDATE_LAST;
    ck_assert_uint_eq(ask(0), 400);
    best->flags = CANDIDATE_TCP;
    ck_assert_uint_eq(ask(0), 400);
    best->flags = 0;
    best->infra.timeouts = INFRA_TIMEOUTS_DEAD;
    best->infra.probe_at = instant_after_ms(desk.now, 1);
    ck_assert_uint_eq(ask(0), 400);
    best->infra.timeouts = 0;
    best->infra.srtt_us = 300 * MS; /* no better than what it would be anyway */
    ck_assert_uint_eq(ask(0), 400);
    ck_assert_uint_eq(ask(1), 300);
}
END_TEST

/* ---- selection_prepare: how ---- */

static const struct {
    uint8_t flags, timeouts;
    enum transport via;
    enum exchange_edns edns;
    bool mixed_case;
} ways[] = {
    { 0, 0, VIA_UDP, EDNS_NORMAL, true },
    { 0, 1, VIA_UDP, EDNS_NORMAL, true },
    { 0, 2, VIA_TCP, EDNS_NORMAL, false }, /* SPEC I9 */
    { CANDIDATE_TCP, 0, VIA_TCP, EDNS_NORMAL, false },
    { CANDIDATE_TCP | CANDIDATE_TCP_DEAD, 0, VIA_UDP, EDNS_NORMAL, true },
    { CANDIDATE_TCP_DEAD, 2, VIA_UDP, EDNS_NORMAL, true },
    { CANDIDATE_NO_EDNS, 0, VIA_UDP, EDNS_NONE, true },
    { CANDIDATE_SMALL, 0, VIA_UDP, EDNS_SMALL, true },
    { CANDIDATE_SMALL | CANDIDATE_NO_EDNS, 0, VIA_UDP, EDNS_NONE, true },
    { CANDIDATE_FOLDS, 0, VIA_UDP, EDNS_NORMAL, false },
    { CANDIDATE_TCP | CANDIDATE_CASE_SEEN, 0, VIA_TCP, EDNS_NORMAL, true }, /* LIMITS A5 */
    { CANDIDATE_TCP | CANDIDATE_CASE_SEEN | CANDIDATE_FOLDS, 0, VIA_TCP, EDNS_NORMAL, false },
};

START_TEST(flags_say_how_a_server_is_asked)
{
    struct candidate *candidate = server(0);

    candidate->flags = ways[_i].flags;
    candidate->timeouts = ways[_i].timeouts;
    uint64_t ms = ask(0);
    ck_assert_int_eq(exchange.via, ways[_i].via);
    ck_assert_int_eq(exchange.edns, ways[_i].edns);
    ck_assert(exchange.mixed_case == ways[_i].mixed_case);
    ck_assert(!exchange.active && !exchange.recursion_desired && !exchange.folded);
    ck_assert(endpoint_equal(&exchange.server, &candidate->server));
    ck_assert_uint_eq(candidate->udp_tries, ways[_i].via == VIA_UDP);
    ck_assert_uint_eq(candidate->tcp_tries, ways[_i].via == VIA_TCP);
    ck_assert(ways[_i].via == VIA_UDP || ms == policy.limits.tcp_answer_ms);
    policy.mixed_case = false;
    ask(0);
    ck_assert(!exchange.mixed_case);
}
END_TEST

/* ---- selection_answered ---- */

START_TEST(round_trips_are_smoothed) /* RFC 6298 §2 */
{
    server(0);
    ask(0);
    answer_after(80);
    ck_assert_uint_eq(known(0).srtt_us, 80 * MS + 1);
    ck_assert_uint_eq(known(0).rttvar_us, 40 * MS);
    ask(0);
    answer_after(160);
    ck_assert(known(0).srtt_us > 89 * MS && known(0).srtt_us < 91 * MS);
    ck_assert(known(0).rttvar_us > 49 * MS && known(0).rttvar_us < 51 * MS);
    ask(0);
    exchange.sent_at = instant_after_ms(desk.now, 1000); /* a clock that went back: no harm */
    answer_after(0);
    ck_assert(known(0).srtt_us > 0 && known(0).srtt_us < 90 * MS);
    ask(0);
    answer_after(899 * 1000); /* as long as it is kept: ten seconds at the most */
    ck_assert_uint_lt(known(0).srtt_us, 2000 * MS);
    ask(0);
    answer_after(901 * 1000); /* no longer kept: as if unknown */
    ck_assert_uint_eq(known(0).srtt_us, 10000 * MS);
}
END_TEST

START_TEST(the_world_is_as_far_as_the_last_answers) /* RULINGS A22 */
{
    server(0);
    for (unsigned i = 1; i <= 40; i++) {
        ask(0);
        answer_after(700);
        ck_assert_uint_eq(window.samples, i < RTT_WINDOW ? i : RTT_WINDOW);
    }
    ck_assert(window.smoothed_us > 695 * MS && window.smoothed_us <= 701 * MS);
    for (unsigned i = 0; i < 100; i++) {
        ask(0);
        answer_after(10);
    }
    ck_assert(window.smoothed_us > 10 * MS && window.smoothed_us < 60 * MS);
}
END_TEST

START_TEST(tcp_measures_nothing)
{
    server(10 * MS)->flags = CANDIDATE_TCP;
    ask(0);
    answer_after(900);
    ck_assert_uint_eq(known(0).srtt_us, 0);
    ck_assert_uint_eq(window.samples, 0);
}
END_TEST

START_TEST(an_answer_ends_the_silence)
{
    server(10 * MS)->flags = CANDIDATE_TCP_DEAD;
    for (unsigned i = 0; i < INFRA_TIMEOUTS_DEAD; i++) {
        ask(0);
        selection_timed_out(&selection, &exchange, &desk);
    }
    ck_assert_uint_eq(known(0).timeouts, INFRA_TIMEOUTS_DEAD);
    ck_assert_uint_eq(selection_usable(&selection, &desk), 0);
    answer_after(2000); /* the late one */
    ck_assert_uint_eq(known(0).timeouts, 0);
    ck_assert_uint_eq(selection.list[0].timeouts, 0);
    ck_assert(known(0).srtt_us >= 2000 * MS); /* and teaches */
}
END_TEST

static const struct {
    const char *why;
    uint8_t flags;
    bool folded, kept;
} cases[] = {
    { "nothing was ever odd", CANDIDATE_TCP, true, false },
    { "TCP kept the case: that reply was forged", CANDIDATE_TCP | CANDIDATE_CASE_SEEN, false,
      false },
    { "TCP folds it too", CANDIDATE_TCP | CANDIDATE_CASE_SEEN, true, true },
    { "TCP is dead, one reply", CANDIDATE_TCP_DEAD | CANDIDATE_CASE_SEEN, false, false },
    { "TCP is dead, a second socket", CANDIDATE_TCP_DEAD | CANDIDATE_CASE_SEEN | CANDIDATE_FOLDS,
      false, true },
    { "known from before", CANDIDATE_FOLDS, false, false },
};

START_TEST(a_server_that_folds_the_case_is_remembered_when_confirmed) /* LIMITS A5, RULINGS A6 */
{
    server(10 * MS)->flags = cases[_i].flags;
    ask(0);
    exchange.folded = cases[_i].folded;
    answer_after(10);
    ck_assert_msg(known(0).folds_case_until.ns ==
                      (cases[_i].kept ? instant_after_s(desk.now, 900).ns : 0),
                  "%s", cases[_i].why);
}
END_TEST

START_TEST(what_others_learnt_meanwhile_stays)
{
    struct infra infra = { .srtt_us = 400 * MS, .rttvar_us = 8 * MS };

    server(0);
    ask(0);
    infra_cache_put(desk.infra, &selection.list[0].server, &infra, desk.now);
    answer_after(400);
    ck_assert(known(0).srtt_us >= 399 * MS && known(0).rttvar_us < 8 * MS);
}
END_TEST

/* ---- selection_timed_out ---- */

START_TEST(four_timeouts_in_a_row_are_death_and_one_probe_a_second) /* SPEC I6 */
{
    server(10 * MS)->flags = CANDIDATE_TCP_DEAD;
    for (unsigned i = 1; i <= INFRA_TIMEOUTS_DEAD; i++) {
        ck_assert_uint_eq(selection_usable(&selection, &desk), 1);
        selection.list[0].udp_tries = 0;
        ask(0);
        selection_timed_out(&selection, &exchange, &desk);
        ck_assert_uint_eq(known(0).timeouts, i);
    }
    selection.list[0].udp_tries = 0;
    ck_assert_uint_eq(selection_usable(&selection, &desk), 0);
    wait_ms(999);
    ck_assert_uint_eq(selection_usable(&selection, &desk), 0);
    wait_ms(1);
    ck_assert_uint_eq(selection_usable(&selection, &desk), 1);
    ask(0); /* this is the probe: whoever comes now waits a second more */
    ck_assert_int_eq(selection_begin(&selection, memory.arena), ST_OK);
    add(v4(1));
    ck_assert_uint_eq(selection_usable(&selection, &desk), 0);
    wait_ms(1000);
    ck_assert_uint_eq(selection_usable(&selection, &desk), 1);
}
END_TEST

START_TEST(a_probe_does_not_bury_who_lives_again)
{
    struct candidate *candidate = server(10 * MS);
    struct infra alive = { .srtt_us = 20 * MS };

    candidate->infra.timeouts = INFRA_TIMEOUTS_DEAD; /* what this fetch still believes */
    infra_cache_put(desk.infra, &candidate->server, &alive, desk.now);
    ask(0);
    ck_assert_uint_eq(known(0).timeouts, 0);
    ck_assert_uint_eq(known(0).probe_at.ns, 0);
    ck_assert_uint_eq(candidate->infra.timeouts, 0);
}
END_TEST

START_TEST(a_silent_tcp_says_nothing_about_udp)
{
    server(10 * MS)->flags = CANDIDATE_TCP;
    ask(0);
    selection_timed_out(&selection, &exchange, &desk);
    ck_assert_uint_eq(known(0).timeouts, 0);
    ck_assert_uint_eq(selection.list[0].timeouts, 0);
    ask(0);
    ck_assert_int_eq(exchange.via, VIA_UDP);
}
END_TEST

START_TEST(counts_of_timeouts_do_not_run_over)
{
    server(10 * MS)->flags = CANDIDATE_TCP_DEAD;
    ask(0);
    for (unsigned i = 0; i < 600; i++)
        selection_timed_out(&selection, &exchange, &desk);
    ck_assert_uint_eq(known(0).timeouts, UINT8_MAX);
    ck_assert_uint_eq(selection.list[0].timeouts, UINT8_MAX);
}
END_TEST

Suite *engine_selection_learns_suite(void)
{
    Suite *suite = suite_create("engine/selection_learns");
    TCase *prepare = tcase_create("selection_prepare"),
          *learn = tcase_create("answers_and_silence");
    tcase_add_checked_fixture(prepare, set_up, tear_down);
    tcase_add_loop_test(prepare, a_server_is_waited_for_as_long_as_it_takes, 0, COUNT(patience));
    tcase_add_test(prepare, the_limits_move_the_first_timeout);
    tcase_add_test(prepare, when_nobody_answers_the_world_may_be_far);
    tcase_add_test(prepare, exploring_costs_twice_the_best_at_most);
    tcase_add_loop_test(prepare, flags_say_how_a_server_is_asked, 0, COUNT(ways));
    suite_add_tcase(suite, prepare);
    tcase_add_checked_fixture(learn, set_up, tear_down);
    tcase_add_test(learn, round_trips_are_smoothed);
    tcase_add_test(learn, the_world_is_as_far_as_the_last_answers);
    tcase_add_test(learn, tcp_measures_nothing);
    tcase_add_test(learn, an_answer_ends_the_silence);
    tcase_add_loop_test(learn, a_server_that_folds_the_case_is_remembered_when_confirmed, 0,
                        COUNT(cases));
    tcase_add_test(learn, what_others_learnt_meanwhile_stays);
    tcase_add_test(learn, four_timeouts_in_a_row_are_death_and_one_probe_a_second);
    tcase_add_test(learn, a_probe_does_not_bury_who_lives_again);
    tcase_add_test(learn, a_silent_tcp_says_nothing_about_udp);
    tcase_add_test(learn, counts_of_timeouts_do_not_run_over);
    suite_add_tcase(suite, learn);
    return suite;
}
