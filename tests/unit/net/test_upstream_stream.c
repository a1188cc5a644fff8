#include "tests/unit/net/stream_test.h"

/* ---- good ones ---- */

START_TEST(an_answer_over_tcp_comes_back_to_the_engine)
{
    int fd = asked_over_tcp(TYPE_A);
    send_part(fd, reply, framed(3));
    until_over();
    ck_assert_uint_eq(rcode(), RCODE_NOERROR);
    ck_assert_uint_eq(answers(), 3);
    ck_assert_uint_eq(bench.metrics.upstream_tcp, 1);
    close(fd);
}
END_TEST

START_TEST(an_answer_may_come_octet_by_octet)
{
    int fd = asked_over_tcp(TYPE_A);
    size_t len = framed(3);
    for (size_t i = 0; i < len; i++) {
        ck_assert(!got.over);
        send_part(fd, reply + i, 1);
        loop_once(bench.loop);
    }
    until_over();
    ck_assert_uint_eq(answers(), 3);
    close(fd);
}
END_TEST

START_TEST(an_answer_may_be_split_anywhere)
{
    int fd = asked_over_tcp(TYPE_A);
    size_t len = framed(2), cut = (size_t)_i < len ? (size_t)_i : len - 1;
    send_part(fd, reply, cut);
    loop_once(bench.loop);
    ck_assert(!got.over);
    send_part(fd, reply + cut, len - cut);
    until_over();
    ck_assert_uint_eq(answers(), 2);
    close(fd);
}
END_TEST

START_TEST(a_long_answer_finds_its_room) /* RFC 7766 §8 */
{
    int fd = asked_over_tcp(TYPE_TXT);
    size_t len = framed(200);
    ck_assert_uint_gt(len, 40000);
    for (size_t at = 0; at < len; at += 1000) {
        send_part(fd, reply + at, len - at < 1000 ? len - at : 1000);
        loop_once(bench.loop);
    }
    until_over();
    ck_assert_uint_eq(rcode(), RCODE_NOERROR);
    ck_assert_uint_eq(answers(), 200);
    close(fd);
}
END_TEST

START_TEST(octets_behind_the_answer_do_no_harm)
{
    int fd = asked_over_tcp(TYPE_A);
    size_t len = framed(1);
    memset(reply + len, 0xff, 1000);
    send_part(fd, reply, len + 1000);
    until_over();
    ck_assert_uint_eq(answers(), 1);
    close(fd);
}
END_TEST

/* ---- bad ones: the job goes on, and ends with SERVFAIL when there is nowhere to go ---- */

static const struct {
    const char *what;
    uint8_t octets[4];
    size_t len;
} broken[] = {
    { "nothing", { 0 }, 0 },           { "half a prefix", { 0 }, 1 },
    { "a prefix", { 0, 40 }, 2 },      { "the beginning", { 0, 40, 1, 2 }, 4 },
    { "length 0", { 0, 0 }, 2 },       { "no header", { 0, 1, 9 }, 3 },
    { "a lot", { 0xff, 0xff, 1 }, 3 },
};

static void assert_gives_up(unsigned row, enum ending how)
{
    int fd = asked_over_tcp(TYPE_A);
    send_part(fd, broken[row].octets, broken[row].len);
    loop_once(bench.loop);
    break_off(fd, how);
    until_over();
    ck_assert_msg(rcode() == RCODE_SERVFAIL, "%s: rcode %u", broken[row].what, rcode());
    ck_assert_uint_eq(bench.metrics.upstream_timeouts, 0);
    ck_assert_uint_eq(bench.metrics.upstream_local_errors, 0);
}

START_TEST(a_server_that_hangs_up_is_done_with)
{
    assert_gives_up((unsigned)_i, CLOSED);
}
END_TEST

START_TEST(a_server_that_resets_is_done_with)
{
    assert_gives_up((unsigned)_i, RESET);
}
END_TEST

START_TEST(a_server_without_tcp_is_done_with)
{
    close(server.tcp);
    server.tcp = -1;
    ask(TYPE_A);
    serve_udp(REPLY_TC, 0);
    for (unsigned turns = 0; !got.over; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        if (readable(server.udp))
            serve_udp(REPLY_TC, 0);
        else
            loop_once(bench.loop);
    }
    ck_assert_uint_eq(rcode(), RCODE_SERVFAIL);
    ck_assert_uint_eq(bench.metrics.upstream_local_errors, 0);
}
END_TEST

START_TEST(a_client_gone_and_the_end_leave_nothing_open)
{
    struct event event = { .kind = EVENT_CANCEL_CLIENT, .client = 1 };
    uint8_t octet;
    int fd = asked_over_tcp(TYPE_A);
    loop_event(bench.loop, &event);
    until_readable(fd);
    ck_assert_int_eq(recv(fd, &octet, 1, 0), 0); /* it was closed from there */
    ck_assert_uint_eq(engine_figures(bench.engine).jobs, 0);
    close(fd);
    fd = asked_over_tcp(TYPE_TXT); /* the fixture ends all in the middle of this one */
    close(fd);
}
END_TEST

/* ---- working memory: RULINGS B17 ---- */

START_TEST(an_answer_that_comes_is_working_memory)
{
    int fd = asked_over_tcp(TYPE_TXT);
    size_t before = pool_used(bench.pool), len = framed(100);
    send_part(fd, reply, 12000);
    for (unsigned turns = 0; pool_used(bench.pool) < before + 3 * POOL_CHUNK; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        loop_once(bench.loop);
    }
    send_part(fd, reply + 12000, len - 12000);
    until_over();
    ck_assert_uint_eq(answers(), 100);
    close(fd);
}
END_TEST

START_TEST(without_working_memory_it_is_no_servers_fault)
{
    int fd = asked_over_tcp(TYPE_A);
    size_t taken = ((size_t)8 << 20) - pool_used(bench.pool);
    void *block = pool_take(bench.pool, taken);
    ck_assert_ptr_nonnull(block);
    send_part(fd, reply, framed(3));
    for (unsigned turns = 0; bench.metrics.upstream_local_errors == 0; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        loop_once(bench.loop);
    }
    pool_give(bench.pool, block, taken);
    until_over();
    ck_assert_uint_eq(rcode(), RCODE_SERVFAIL);
    ck_assert_uint_eq(bench.metrics.upstream_tcp_local_errors, bench.metrics.upstream_local_errors);
    close(fd);
}
END_TEST

Suite *net_upstream_stream_suite(void)
{
    Suite *suite = suite_create("net/upstream_stream");
    TCase *good = tcase_create("good"), *bad = tcase_create("bad");
    TCase *memory = tcase_create("memory");

    tcase_add_checked_fixture(good, set_up, tear_down);
    tcase_add_test(good, an_answer_over_tcp_comes_back_to_the_engine);
    tcase_add_test(good, an_answer_may_come_octet_by_octet);
    tcase_add_loop_test(good, an_answer_may_be_split_anywhere, 1, 60);
    tcase_add_test(good, a_long_answer_finds_its_room);
    tcase_add_test(good, octets_behind_the_answer_do_no_harm);
    suite_add_tcase(suite, good);
    tcase_add_checked_fixture(bad, set_up, tear_down);
    tcase_add_loop_test(bad, a_server_that_hangs_up_is_done_with, 0,
                        sizeof broken / sizeof *broken);
    tcase_add_loop_test(bad, a_server_that_resets_is_done_with, 0, sizeof broken / sizeof *broken);
    tcase_add_test(bad, a_server_without_tcp_is_done_with);
    tcase_add_test(bad, a_client_gone_and_the_end_leave_nothing_open);
    suite_add_tcase(suite, bad);
    tcase_add_checked_fixture(memory, set_up, tear_down);
    tcase_add_test(memory, an_answer_that_comes_is_working_memory);
    tcase_add_test(memory, without_working_memory_it_is_no_servers_fault);
    suite_add_tcase(suite, memory);
    return suite;
}
