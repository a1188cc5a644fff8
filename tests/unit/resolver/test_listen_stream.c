#include "resolver/edge/listen_stream.h"

#include "tests/unit/resolver/stream_test.h"

/* ---- questions and answers ---- */

START_TEST(a_known_name_is_answered_at_once)
{
    int client = client_new();
    ask(client, 7, "known.test.");
    ck_assert_uint_eq(answered(client), 7);
    ck_assert_uint_eq(bench.metrics.client_tcp_queries, 2); /* one made it known */
    assert_open(client);
    close(client);
    until_connections(0);
}
END_TEST

/* Where places are few, whoever has been let in but not heard yet would yield first. */
START_TEST(what_came_with_a_connection_is_read_as_it_is_let_in) /* LIMITS F9 */
{
    int client = client_new();
    uint64_t before = bench.metrics.client_tcp_queries;
    ask(client, 7, "known.test.");
    loop_once(bench.loop);
    ck_assert_uint_eq(bench.metrics.client_tcp_queries, before + 1);
    ck_assert_uint_eq(answered(client), 7);
    close(client);
}
END_TEST

START_TEST(a_question_may_come_octet_by_octet)
{
    uint8_t message[512];
    int client = client_new();
    size_t len = framed_question(message, 8, "known.test.", TYPE_A);
    for (size_t i = 0; i < len; i++) {
        assert_open(client);
        send_octets(client, message + i, 1);
        loop_once(bench.loop);
    }
    ck_assert_uint_eq(answered(client), 8);
    close(client);
}
END_TEST

START_TEST(two_questions_may_be_cut_anywhere)
{
    uint8_t message[1024];
    int client = client_new();
    size_t len = framed_question(message, 9, "known.test.", TYPE_A);
    len += framed_question(message + len, 10, "known.test.", TYPE_A);
    size_t cut = (size_t)_i < len ? (size_t)_i : len;
    send_octets(client, message, cut);
    loop_once(bench.loop);
    loop_once(bench.loop);
    send_octets(client, message + cut, len - cut);
    ck_assert_uint_eq(answered(client), 9);
    ck_assert_uint_eq(answered(client), 10);
    close(client);
}
END_TEST

START_TEST(answers_do_not_wait_for_one_another) /* RFC 7766 §6.2.1.1 */
{
    int client = client_new();
    ask(client, 11, "new.test.");
    ask(client, 12, "known.test.");
    ck_assert_uint_eq(answered(client), 12);
    serve_udp(REPLY_WHOLE, 1);
    ck_assert_uint_eq(answered(client), 11);
    close(client);
}
END_TEST

START_TEST(answers_find_the_client_that_asked)
{
    int one = client_new(), other = client_new();
    ask(one, 13, "new.test.");
    until_jobs(1);
    ask(other, 14, "new.test."); /* joins */
    until_jobs(2);
    serve_udp(REPLY_WHOLE, 1);
    ck_assert_uint_eq(answered(one), 13);
    ck_assert_uint_eq(answered(other), 14);
    close(one);
    close(other);
}
END_TEST

/* ---- how many at once ---- */

START_TEST(so_many_wait_and_then_reading_stops) /* RFC 7766 §6.2.1.1, LIMITS F9 */
{
    int client = client_new();
    ask_new(client, 0, IN_FLIGHT + 1);
    until_jobs(IN_FLIGHT);
    loop_once(bench.loop);
    loop_once(bench.loop);
    ck_assert_uint_eq(jobs(), IN_FLIGHT);
    serve_udp(REPLY_WHOLE, 1);
    (void)answered(client);
    until_jobs(IN_FLIGHT); /* the next one has moved up */
    close(client);
}
END_TEST

START_TEST(what_was_sent_in_one_piece_is_answered_to_the_last)
{
    enum { QUESTIONS = 60 * IN_FLIGHT + 1 }; /* more than is read at a time */
    int client = client_new();
    ask_new(client, 0, QUESTIONS);
    until_jobs(IN_FLIGHT);
    turns(5); /* nothing more is read: there would be no room for it */
    for (unsigned i = 0; i < QUESTIONS; i++) {
        serve_udp(REPLY_WHOLE, 1);
        ck_assert_uint_lt(answered(client), QUESTIONS);
    }
    ck_assert_uint_eq(jobs(), 0);
    assert_open(client);
    close(client);
}
END_TEST

START_TEST(known_names_in_one_piece_are_answered_in_one_turn)
{
    static uint8_t all[128 * 64];
    size_t len = 0;
    int client = client_new();
    for (uint16_t id = 0; id < 100; id++)
        len += framed_question(all + len, id, "known.test.", TYPE_A);
    send_octets(client, all, len);
    for (unsigned id = 0; id < 100; id++)
        ck_assert_uint_eq(answered(client), id);
    close(client);
}
END_TEST

/* ---- ends ---- */

START_TEST(a_client_that_sends_no_more_gets_its_answers) /* RFC 7766 §6.2.4 */
{
    enum { QUESTIONS = 3 * IN_FLIGHT };
    int client = client_new();
    ask_new(client, 0, QUESTIONS);
    ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
    for (unsigned i = 0; i < QUESTIONS; i++) {
        serve_udp(REPLY_WHOLE, 1);
        (void)answered(client);
    }
    assert_ended(client);
    close(client);
    until_connections(0);
}
END_TEST

START_TEST(a_client_that_sends_nothing_and_no_more_is_let_go)
{
    int client = client_new();
    ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
    assert_ended(client);
    close(client);
}
END_TEST

START_TEST(questions_of_a_client_that_reset_are_cancelled) /* LIMITS D5 */
{
    int client = client_new();
    ask_new(client, 0, 3);
    until_jobs(3);
    reset(client);
    until_connections(0);
    listen_stream_tick(edge.stream);
    ck_assert_uint_eq(jobs(), 0);
}
END_TEST

START_TEST(a_half_closed_client_that_resets_costs_no_turns)
{
    int client = client_new();
    ask_new(client, 0, 2);
    ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
    until_jobs(2);
    loop_once(bench.loop);
    reset(client);
    until_connections(0);
    listen_stream_tick(edge.stream);
    ck_assert_uint_eq(jobs(), 0);
}
END_TEST

START_TEST(an_answer_for_one_who_left_is_dropped)
{
    int client = client_new(), other = client_new();
    ask(client, 15, "new.test.");
    until_jobs(1);
    reset(client);
    until_connections(1);
    serve_udp(REPLY_WHOLE, 1); /* before the tick has cancelled it */
    ask(other, 16, "known.test.");
    ck_assert_uint_eq(answered(other), 16);
    until_jobs(0);
    listen_stream_tick(edge.stream);
    close(other);
}
END_TEST

static const struct {
    const char *what;
    uint8_t octets[16];
    size_t len;
} wrong[] = {
    { "4097 octets announced", { 0x10, 0x01 }, 2 },
    { "65535 octets announced", { 0xff, 0xff }, 2 },
    { "an empty message", { 0, 0 }, 2 },
    { "no header", { 0, 3, 1, 2, 3 }, 5 },
    { "an answer", { 0, 12, 0, 1, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 14 },
};

START_TEST(what_no_query_is_ends_the_connection) /* LIMITS F8 */
{
    int client = client_new();
    send_octets(client, wrong[_i].octets, wrong[_i].len);
    assert_ended(client);
    close(client);
    until_connections(0);
    listen_stream_tick(edge.stream);
}
END_TEST

/* RFC 7766 §6.2.1.1: questions of one connection have nothing to do with one another. */
START_TEST(a_question_that_gets_no_answer_ends_no_other)
{
    int client = client_new();
    bench.policy->limits.same_question = 1;
    ask(client, 1, "new.test.");
    ask(client, 2, "new.test."); /* one too many: LIMITS 0.1 */
    ask(client, 3, "known.test.");
    ck_assert_uint_eq(answered(client), 3);
    ck_assert_uint_eq(bench.metrics.same_question_dropped, 1);
    serve_udp(REPLY_WHOLE, 1);
    ck_assert_uint_eq(answered(client), 1);
    ck_assert_uint_eq(jobs(), 0);
    tick_after_ms(10001); /* and none is in flight: it rests, and goes in time */
    assert_ended(client);
    close(client);
}
END_TEST

START_TEST(dropped_questions_make_room_for_the_next)
{
    int client = client_new();
    bench.policy->limits.same_question = 1;
    ask(client, 0, "new.test.");
    for (unsigned i = 1; i <= 3 * IN_FLIGHT; i++)
        ask(client, (uint16_t)i, "new.test.");
    ask(client, 99, "known.test.");
    ck_assert_uint_eq(answered(client), 99);
    ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
    serve_udp(REPLY_WHOLE, 1);
    ck_assert_uint_eq(answered(client), 0);
    assert_ended(client);
    close(client);
}
END_TEST

START_TEST(numbers_that_nobody_has_any_more_do_nothing)
{
    static const uint64_t numbers[] = { 0, 1, 4096, UINT32_MAX, UINT64_C(7) << 32 };
    uint8_t octets[12] = { 0 };
    int client = client_new();
    ask(client, 17, "known.test.");
    (void)answered(client);
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        uint64_t number = numbers[i] | (uint64_t)STREAM_INDEX << 48;
        struct answer answer = { .client = number, .message = { octets, sizeof octets } };
        listen_stream_answer(edge.stream, &answer);
        listen_stream_drop(edge.stream, number);
    }
    assert_open(client);
    close(client);
}
END_TEST

START_TEST(one_who_stops_accepts_no_more_and_answers_the_others)
{
    int client = client_new();
    ask(client, 18, "new.test.");
    until_jobs(1);
    listen_stream_stop(edge.stream);
    listen_stream_stop(edge.stream);
    int late = client_new();
    serve_udp(REPLY_WHOLE, 1);
    ck_assert_uint_eq(answered(client), 18);
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), 1);
    close(late);
    close(client);
}
END_TEST

START_TEST(the_end_cancels_what_is_open)
{
    int client = client_new();
    ask_new(client, 0, 3);
    until_jobs(3);
    listen_stream_destroy(edge.stream);
    edge.stream = NULL;
    ck_assert_uint_eq(jobs(), 0);
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), 0);
    assert_ended(client);
    close(client);
}
END_TEST

Suite *resolver_listen_stream_suite(void)
{
    Suite *suite = suite_create("resolver/listen_stream");
    TCase *asked = tcase_create("asked"), *ends = tcase_create("ends");

    tcase_add_checked_fixture(asked, stream_set_up, edge_end);
    tcase_add_test(asked, a_known_name_is_answered_at_once);
    tcase_add_test(asked, a_question_may_come_octet_by_octet);
    tcase_add_test(asked, what_came_with_a_connection_is_read_as_it_is_let_in);
    tcase_add_loop_test(asked, two_questions_may_be_cut_anywhere, 1, 60);
    tcase_add_test(asked, answers_do_not_wait_for_one_another);
    tcase_add_test(asked, answers_find_the_client_that_asked);
    tcase_add_test(asked, so_many_wait_and_then_reading_stops);
    tcase_add_test(asked, what_was_sent_in_one_piece_is_answered_to_the_last);
    tcase_add_test(asked, known_names_in_one_piece_are_answered_in_one_turn);
    suite_add_tcase(suite, asked);
    tcase_add_checked_fixture(ends, stream_set_up, edge_end);
    tcase_add_test(ends, a_client_that_sends_no_more_gets_its_answers);
    tcase_add_test(ends, a_client_that_sends_nothing_and_no_more_is_let_go);
    tcase_add_test(ends, questions_of_a_client_that_reset_are_cancelled);
    tcase_add_test(ends, a_half_closed_client_that_resets_costs_no_turns);
    tcase_add_test(ends, an_answer_for_one_who_left_is_dropped);
    tcase_add_loop_test(ends, what_no_query_is_ends_the_connection, 0,
                        sizeof wrong / sizeof *wrong);
    tcase_add_test(ends, a_question_that_gets_no_answer_ends_no_other);
    tcase_add_test(ends, dropped_questions_make_room_for_the_next);
    tcase_add_test(ends, numbers_that_nobody_has_any_more_do_nothing);
    tcase_add_test(ends, one_who_stops_accepts_no_more_and_answers_the_others);
    tcase_add_test(ends, the_end_cancels_what_is_open);
    suite_add_tcase(suite, ends);
    return suite;
}
