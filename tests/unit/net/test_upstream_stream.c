#include "tests/unit/net/server_test.h"

/* Each question is answered with TC over UDP, so that the engine comes over TCP (RFC 7766 §5). */

static struct {
    bool over;
    uint8_t octets[MESSAGE_OCTETS_MAX];
    size_t len;
} got;

static void on_answer(void *context, const struct answer *answer)
{
    (void)context;
    got.over = true;
    got.len = answer->message.len;
    memcpy(got.octets, answer->message.at, got.len);
}

static void on_drop(void *context, uint64_t client)
{
    (void)context;
    (void)client;
    ck_abort_msg("dropped");
}

static void set_up(void)
{
    struct loop_clients clients = { on_answer, on_drop, NULL, NULL };
    server_up();
    bench_policy("127.0.0.1");
    bench_start(&clients);
    got.over = false;
}

static void tear_down(void)
{
    bench_end();
    server_down();
}

static void ask(uint16_t type)
{
    static uint8_t message[512], room[MESSAGE_OCTETS_MAX];
    static const uint8_t loopback[4] = { 127, 0, 0, 1 };
    struct event event = {
        .kind = EVENT_QUERY,
        .query = { .client = 1, .from = endpoint_v4(loopback, 5353), .via = VIA_TCP },
    };
    event.query.message =
        (struct bytes){ message, question_for(message, sizeof message, 7, "www.test.", type) };
    event.query.room = (struct room){ room, sizeof room };
    loop_event(bench.loop, &event);
}

static unsigned rcode(void)
{
    return got.octets[3] & 15;
}

static unsigned answers(void)
{
    return (unsigned)(got.octets[6] << 8 | got.octets[7]);
}

/* ---- the server's end of the connection ---- */

static uint8_t query[SERVER_OCTETS], reply[SERVER_OCTETS];

/* Accepts, and reads the question: its prefix says how long it is. */
static int accepted(void)
{
    until_readable(server.tcp);
    int fd = accept(server.tcp, NULL, NULL);
    ck_assert_int_ge(fd, 0);
    read_whole(fd, query, 2);
    size_t len = (size_t)query[0] << 8 | query[1];
    read_whole(fd, query, len);
    ck_assert_uint_ge(len, question_end(query));
    ck_assert(!readable(fd)); /* and no octet more */
    return fd;
}

static int asked_over_tcp(uint16_t type)
{
    ask(type);
    serve_udp(REPLY_TC, 0);
    return accepted();
}

/* A reply with its prefix; returns the length of both. */
static size_t framed(unsigned count)
{
    size_t len = make_reply(query, reply + 2, REPLY_WHOLE, count);
    reply[0] = (uint8_t)(len >> 8);
    reply[1] = (uint8_t)len;
    return len + 2;
}

static void send_part(int fd, const uint8_t *octets, size_t len)
{
    ck_assert_int_eq(send(fd, octets, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* Turns until the client has its answer. Whoever asks on is sent away: with TC over UDP, with a
 * closed connection over TCP. */
static void until_over(void)
{
    for (unsigned turns = 0; !got.over; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        if (readable(server.udp))
            serve_udp(REPLY_TC, 0);
        else if (readable(server.tcp))
            close(accept(server.tcp, NULL, NULL));
        else
            loop_once(bench.loop);
    }
}

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

enum ending { CLOSED, RESET };

static void break_off(int fd, enum ending how)
{
    struct linger linger = { 1, 0 };
    if (how == RESET)
        ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
    close(fd);
}

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
