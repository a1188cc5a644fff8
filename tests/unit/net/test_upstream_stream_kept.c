#include <stdio.h>

#include "tests/unit/net/stream_test.h"

/* Connections that are kept and pipelined: SPEC I9, RFC 7766 §6.2. */

static void until_answers(unsigned count)
{
    for (unsigned turns = 0; got.answers < count; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        loop_once(bench.loop);
    }
    ck_assert_uint_eq(rcode(), RCODE_NOERROR);
}

static void answer_on(int fd, unsigned count)
{
    send_part(fd, reply, framed(count));
}

/* The next question, sent to TCP, comes on `fd`. */
static void asked_on(int fd, const char *name)
{
    ask_for(name, TYPE_A);
    serve_udp(REPLY_TC, 0);
    read_query(fd);
}

static void assert_closed(int fd)
{
    uint8_t octet;
    until_readable(fd);
    ck_assert_int_eq(recv(fd, &octet, 1, 0), 0);
    close(fd);
}

START_TEST(the_next_question_comes_on_the_same_connection) /* RFC 7766 §6.2.1 */
{
    int fd = asked_over_tcp(TYPE_A);
    for (unsigned i = 0; i < 5; i++) {
        char name[] = "n0.test.";
        answer_on(fd, 1);
        until_answers(i + 1);
        name[1] = (char)('0' + i);
        asked_on(fd, name);
    }
    ck_assert(!readable(server.tcp));
    answer_on(fd, 1);
    until_answers(6);
    time_passes_ms(bench.policy->limits.stream_idle_ms + 1);
    assert_closed(fd); /* RFC 7766 §6.2.3 */
}
END_TEST

START_TEST(answers_come_in_any_order) /* RFC 7766 §7 */
{
    static uint8_t first[SERVER_OCTETS];
    int fd = asked_over_tcp(TYPE_A);

    memcpy(first, query, sizeof first);
    asked_on(fd, "other.test.");
    answer_on(fd, 2);
    until_answers(1);
    ck_assert_uint_eq(answers(), 2);
    memcpy(query, first, sizeof first);
    answer_on(fd, 3);
    until_answers(2);
    ck_assert_uint_eq(answers(), 3);
    ck_assert(!readable(server.tcp));
    close(fd);
}
END_TEST

/* Asked before the connection stands; answered by what may be one read. */
START_TEST(many_questions_wait_for_one_handshake)
{
    enum { MANY = 60 };
    static uint8_t all[MANY * 512];
    size_t len = 0;

    for (unsigned i = 0; i < MANY; i++) {
        char name[32];
        snprintf(name, sizeof name, "n%u.test.", i);
        ask_for(name, TYPE_A);
        serve_udp(REPLY_TC, 0);
    }
    until_readable(server.tcp);
    int fd = accept(server.tcp, NULL, NULL);
    for (unsigned i = 0; i < MANY; i++) {
        read_query(fd);
        size_t framed_len = framed(1);
        memcpy(all + len, reply, framed_len);
        len += framed_len;
    }
    ck_assert(!readable(server.tcp));
    send_part(fd, all, len);
    until_answers(MANY);
    close(fd);
}
END_TEST

START_TEST(a_server_may_end_an_idle_connection) /* RFC 7766 §6.2.4 */
{
    int fd = asked_over_tcp(TYPE_A);
    answer_on(fd, 1);
    until_answers(1);
    break_off(fd, _i ? RESET : CLOSED);
    for (unsigned turns = 0; engine_figures(bench.engine).sockets > 1; turns++) { /* 1: UDP */
        ck_assert_uint_lt(turns, TURNS_MAX);
        loop_once(bench.loop);
    }
    ask_for("other.test.", TYPE_A);
    serve_udp(REPLY_TC, 0);
    fd = accepted();
    answer_on(fd, 1);
    until_answers(2);
    close(fd);
}
END_TEST

/* The question had gone out when the end was heard: it goes out again at once, without blame. */
START_TEST(who_waits_when_a_connection_ends_asks_on_another)
{
    int fd = asked_over_tcp(TYPE_A);
    answer_on(fd, 1);
    until_answers(1);
    asked_on(fd, "other.test.");
    break_off(fd, _i ? RESET : CLOSED);
    fd = accepted();
    answer_on(fd, 1);
    until_answers(2);
    ck_assert_uint_eq(bench.metrics.upstream_timeouts, 0);
    ck_assert_uint_eq(bench.metrics.upstream_tcp, 3);
    close(fd);
}
END_TEST

/* What was said before the end is heard, though the next question could not be written. */
START_TEST(an_answer_before_the_end_is_heard)
{
    int fd = asked_over_tcp(TYPE_A);
    answer_on(fd, 1);
    close(fd);
    ask_for("other.test.", TYPE_A);
    serve_udp(REPLY_TC, 0);
    fd = accepted();
    ck_assert_uint_eq(got.answers, 1);
    answer_on(fd, 1);
    until_answers(2);
    close(fd);
}
END_TEST

/* Not the id; the id, and another question (RFC 7766 §7); a second answer. */
START_TEST(an_answer_to_nothing_asked_ends_the_connection) /* RULINGS A6 */
{
    int fd = asked_over_tcp(TYPE_A);
    answer_on(fd, 1);
    until_answers(1);
    asked_on(fd, "other.test.");
    size_t len = framed(1);
    reply[2] ^= _i == 0 ? 0x55 : 0;
    reply[15] ^= _i == 1 ? 1 : 0;
    if (_i == 2) {
        send_part(fd, reply, len);
        until_answers(2);
    }
    send_part(fd, reply, len);
    assert_closed(fd);
    ck_assert_uint_eq(bench.metrics.upstream_mismatches, 1);
    if (_i < 2) {
        fd = accepted();
        answer_on(fd, 1);
        until_answers(2);
        close(fd);
    }
}
END_TEST

START_TEST(then_all_who_wait_there_ask_on_another)
{
    int fd = asked_over_tcp(TYPE_A);
    asked_on(fd, "other.test.");
    size_t len = framed(1);
    reply[15] ^= 1; /* its question */
    send_part(fd, reply, len);
    assert_closed(fd);
    until_readable(server.tcp);
    fd = accept(server.tcp, NULL, NULL);
    read_query(fd);
    answer_on(fd, 1);
    until_answers(1);
    read_query(fd);
    answer_on(fd, 1);
    until_answers(2);
    close(fd);
}
END_TEST

START_TEST(an_end_within_an_answer_is_a_failure)
{
    int fd = asked_over_tcp(TYPE_A);
    answer_on(fd, 1);
    until_answers(1);
    asked_on(fd, "other.test.");
    send_part(fd, reply, framed(1) - 1);
    loop_once(bench.loop);
    break_off(fd, CLOSED);
    until_over();
    ck_assert_uint_eq(rcode(), RCODE_SERVFAIL);
    ck_assert_uint_eq(bench.metrics.upstream_tcp, 2);
}
END_TEST

Suite *net_upstream_stream_kept_suite(void)
{
    Suite *suite = suite_create("net/upstream_stream_kept");
    TCase *kept = tcase_create("kept");

    tcase_add_checked_fixture(kept, set_up, tear_down);
    tcase_add_test(kept, the_next_question_comes_on_the_same_connection);
    tcase_add_test(kept, answers_come_in_any_order);
    tcase_add_test(kept, many_questions_wait_for_one_handshake);
    tcase_add_loop_test(kept, a_server_may_end_an_idle_connection, 0, 2);
    tcase_add_loop_test(kept, who_waits_when_a_connection_ends_asks_on_another, 0, 2);
    tcase_add_test(kept, an_answer_before_the_end_is_heard);
    tcase_add_loop_test(kept, an_answer_to_nothing_asked_ends_the_connection, 0, 3);
    tcase_add_test(kept, then_all_who_wait_there_ask_on_another);
    tcase_add_test(kept, an_end_within_an_answer_is_a_failure);
    suite_add_tcase(suite, kept);
    return suite;
}
