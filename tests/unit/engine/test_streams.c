#include "lib/engine/streams.h"

#include "lib/base/memory.h"
#include "tests/unit/wire/wire_test.h"

enum { MANY = 600 };

static const struct siphash_key key = { 1, 2 };
static struct limits limits;
static struct ports closed;
static struct sockets *sockets;
static struct streams *streams;
static struct pool *pool;
static struct prng prng;
static struct instant now;

/* Fetches are told apart by their address alone. */
static uint64_t fetches[MANY];

static struct fetch *fetch(unsigned number)
{
    return (struct fetch *)(void *)&fetches[number];
}

static void set_up(void)
{
    limits_defaults(&limits);
    prng_seed_number(&prng, 1);
    now = (struct instant){ 5 * NS_PER_S };
    pool = pool_create(16 * POOL_CHUNK);
    sockets = sockets_create(&limits, &closed, &key);
    streams = streams_create(&limits, sockets, pool, &key);
    ck_assert(sockets && streams);
}

static void tear_down(void)
{
    streams_destroy(streams);
    ck_assert_uint_eq(sockets_open(sockets), 0);
    sockets_destroy(sockets);
    pool_destroy(pool);
}

static void of_sockets(uint32_t count)
{
    streams_destroy(streams);
    sockets_destroy(sockets);
    limits.upstream_sockets = count;
    sockets = sockets_create(&limits, &closed, &key);
    streams = streams_create(&limits, sockets, pool, &key);
}

static struct endpoint server(unsigned number)
{
    const uint8_t address[] = { 192, 0, 2, (uint8_t)number };
    return endpoint_v4(address, (uint16_t)(53 + number / 256));
}

static enum status try_take(unsigned of_server, enum socket_use use, struct socket_grant *grant)
{
    struct endpoint to = server(of_server);
    struct stream_wish wish = { &to, use, now };
    return streams_take(streams, &wish, &prng, grant);
}

static uint32_t take(unsigned of_server, enum socket_use use)
{
    struct socket_grant grant;
    ck_assert_int_eq(try_take(of_server, use, &grant), ST_OK);
    ck_assert(streams_has(streams, grant.socket));
    return grant.socket;
}

/* Fetch `number` asks `of_server` by the id `number`, on a connection that is open or a new one. */
static uint32_t ask(unsigned of_server, enum socket_use use, unsigned number)
{
    uint32_t socket = take(of_server, use);
    uint16_t id = streams_ask(streams, socket, fetch(number), (uint16_t)number);
    ck_assert_uint_eq(id, number);
    (void)streams_send(streams, socket, id);
    return socket;
}

static void answered(uint32_t socket, unsigned number)
{
    streams_answered(streams, socket, (uint16_t)number, now);
}

static void given_up(uint32_t socket, unsigned number)
{
    streams_give_up(streams, socket, (uint16_t)number, now);
}

static bool waits(uint32_t socket, unsigned number)
{
    struct fetch *who;
    return streams_find(streams, socket, (uint16_t)number, &who) && who == fetch(number);
}

/* The one that is to be closed now; 0: none. */
static uint32_t expired(void)
{
    uint32_t socket;
    if (!streams_expire(streams, now, &socket))
        return 0;
    ck_assert(!streams_has(streams, socket));
    return socket;
}

static void wait_ms(uint64_t ms)
{
    now = instant_after_ms(now, ms);
}

static void end_all(void)
{
    limits.stream_idle_ms = 0;
    while (expired()) {
    }
}

/* ---- pipelining ---- */

START_TEST(questions_to_one_server_share_a_connection) /* RFC 7766 §6.2.1.1 */
{
    uint32_t first = take(1, SOCKET_AGAIN);
    ck_assert_uint_eq(streams_ask(streams, first, fetch(1), 1), 1);
    ck_assert_uint_eq(take(1, SOCKET_AGAIN), first);
    ck_assert_uint_eq(streams_ask(streams, first, fetch(2), 2), 2);
    ck_assert_uint_ne(take(2, SOCKET_AGAIN), first);
    ck_assert_int_eq(streams_send(streams, first, 1), SOCKET_NEW);
    ck_assert_int_eq(streams_send(streams, first, 2), SOCKET_AGAIN);
    answered(first, 2); /* in another order: RFC 7766 §7 */
    ck_assert(waits(first, 1) && !waits(first, 2));
    answered(first, 1);
    ck_assert(!waits(first, 1));
}
END_TEST

START_TEST(whoever_is_sent_first_opens_the_connection)
{
    uint32_t socket = take(1, SOCKET_AGAIN);
    (void)streams_ask(streams, socket, fetch(1), 1);
    (void)streams_ask(streams, socket, fetch(2), 2);
    given_up(socket, 1); /* before it went out: nobody will ever answer it */
    ck_assert_int_eq(streams_send(streams, socket, 2), SOCKET_NEW);
    answered(socket, 2);
    ck_assert_uint_eq(take(1, SOCKET_AGAIN), socket);
}
END_TEST

START_TEST(an_id_is_outstanding_once_a_connection) /* RFC 7766 §6.2.1 */
{
    uint32_t socket = ask(1, SOCKET_AGAIN, 7);
    ck_assert_uint_eq(streams_ask(streams, socket, fetch(1), 7), 8);
    ck_assert_uint_eq(streams_ask(streams, socket, fetch(2), 7), 9);
    ck_assert_uint_eq(streams_ask(streams, socket, fetch(3), 65535), 65535);
    ck_assert_uint_eq(streams_ask(streams, socket, fetch(4), 65535), 0);
    answered(socket, 8);
    ck_assert_uint_eq(streams_ask(streams, socket, fetch(5), 7), 8);
    (void)streams_send(streams, socket, 9);
    given_up(socket, 9); /* its answer may still come */
    ck_assert_uint_eq(streams_ask(streams, socket, fetch(6), 9), 10);
}
END_TEST

START_TEST(the_one_with_the_fewest_waiting_is_taken)
{
    uint32_t busy = ask(1, SOCKET_AGAIN, 1), other = ask(1, SOCKET_NEW, 2);
    ck_assert_uint_ne(busy, other);
    (void)streams_ask(streams, busy, fetch(3), 3);
    ck_assert_uint_eq(take(1, SOCKET_AGAIN), other);
    for (unsigned number = 4; number < 7; number++)
        (void)streams_ask(streams, other, fetch(number), (uint16_t)number);
    ck_assert_uint_eq(take(1, SOCKET_AGAIN), busy);
}
END_TEST

/* ---- caps (SPEC I9) ---- */

START_TEST(a_server_has_so_many_connections_and_no_more) /* RFC 7766 §6.2.2 */
{
    uint32_t sockets_of[MANY] = { 0 };
    struct socket_grant grant;

    for (unsigned i = 0; i < limits.server_streams; i++)
        sockets_of[i] = ask(1, SOCKET_NEW, i);
    ck_assert_uint_eq(sockets_open(sockets), 10);
    ck_assert_int_eq(try_take(1, SOCKET_NEW, &grant), ST_OK);
    ck_assert_int_eq(grant.use, SOCKET_AGAIN); /* one of those there are */
    (void)take(2, SOCKET_NEW);                 /* another server has its own */
    for (unsigned i = 0; i < limits.server_streams; i++)
        given_up(sockets_of[i], i); /* not a word from any of them */
    ck_assert_int_eq(try_take(1, SOCKET_NEW, &grant), ST_BUSY);
    ck_assert_int_eq(try_take(1, SOCKET_AGAIN, &grant), ST_BUSY);
    end_all();
    (void)take(1, SOCKET_AGAIN);
}
END_TEST

START_TEST(a_connection_takes_so_many_questions_and_no_more)
{
    uint32_t socket = 0;

    for (unsigned i = 0; i < limits.stream_questions; i++) {
        ck_assert(i == 0 || take(1, SOCKET_AGAIN) == socket);
        socket = ask(1, SOCKET_AGAIN, i);
        if (i % 2)
            answered(socket, i);
    }
    ck_assert_uint_eq(limits.stream_questions, 200);
    uint32_t next = ask(1, SOCKET_AGAIN, 500);
    ck_assert_uint_ne(next, socket);
    ck_assert_uint_eq(expired(), 0); /* half of them wait */
    for (unsigned i = 0; i < limits.stream_questions; i += 2) {
        ck_assert(waits(socket, i));
        answered(socket, i);
    }
    ck_assert_uint_eq(expired(), socket);
    ck_assert_uint_eq(expired(), 0);
    answered(next, 500);
}
END_TEST

START_TEST(so_many_are_kept_and_the_oldest_idle_one_goes)
{
    uint32_t oldest = ask(0, SOCKET_AGAIN, 0), second = ask(1, SOCKET_AGAIN, 1);

    answered(second, 1);
    wait_ms(1);
    answered(oldest, 0);
    (void)ask(0, SOCKET_AGAIN, 0); /* in use again: not the one to go */
    for (unsigned i = 2; i < limits.streams; i++)
        (void)ask(i, SOCKET_AGAIN, i);
    ck_assert_uint_eq(limits.streams, 100);
    ck_assert_uint_eq(expired(), 0);
    (void)ask(limits.streams, SOCKET_AGAIN, limits.streams);
    ck_assert_uint_eq(streams_deadline(streams).ns, 0);
    ck_assert_uint_eq(expired(), second);
    ck_assert_uint_eq(expired(), 0);
    ck_assert_uint_eq(sockets_open(sockets), 100);
}
END_TEST

/* A hundred servers that say nothing cannot keep the others from TCP. */
START_TEST(nobody_is_refused_while_all_are_busy)
{
    uint32_t mute[MANY] = { 0 }, more;

    for (unsigned i = 0; i < limits.streams; i++)
        mute[i] = ask(i, SOCKET_AGAIN, i);
    more = ask(400, SOCKET_AGAIN, 400);
    ck_assert_uint_eq(sockets_open(sockets), 101);
    answered(more, 400);
    ck_assert_uint_eq(expired(), more); /* and nobody's is kept beyond the hundred */
    for (unsigned i = 0; i < limits.streams; i++)
        answered(mute[i], i);
    ck_assert_uint_eq(expired(), 0);
}
END_TEST

START_TEST(without_a_socket_there_is_no_connection)
{
    struct socket_grant grant;

    of_sockets(2);
    uint32_t socket = ask(1, SOCKET_NEW, 1);
    (void)ask(2, SOCKET_NEW, 2);
    ck_assert_int_eq(try_take(3, SOCKET_AGAIN, &grant), ST_LIMIT);
    ck_assert_int_eq(try_take(1, SOCKET_NEW, &grant), ST_OK); /* shared, then */
    ck_assert_uint_eq(grant.socket, socket);
    memory_fail_after(0);
    ck_assert_int_eq(try_take(3, SOCKET_AGAIN, &grant), ST_LIMIT);
    ck_assert(memory_fail_stop());
}
END_TEST

/* ---- idle ---- */

START_TEST(an_idle_connection_is_kept_so_long) /* RFC 7766 §6.2.3 */
{
    uint32_t socket = ask(1, SOCKET_AGAIN, 1);

    ck_assert_uint_eq(streams_deadline(streams).ns, INSTANT_NEVER.ns);
    wait_ms(60000);
    answered(socket, 1);
    ck_assert_uint_eq(instant_ms_between(now, streams_deadline(streams)), 10000);
    wait_ms(9999);
    ck_assert_uint_eq(expired(), 0);
    ck_assert_uint_eq(ask(1, SOCKET_AGAIN, 2), socket);
    answered(socket, 2); /* from now on anew */
    wait_ms(9999);
    ck_assert_uint_eq(expired(), 0);
    wait_ms(1);
    ck_assert_uint_eq(expired(), socket);
    ck_assert_uint_eq(sockets_open(sockets), 0);
}
END_TEST

START_TEST(while_memory_is_low_none_is_kept) /* RULINGS B17 */
{
    uint32_t idle = ask(1, SOCKET_AGAIN, 1), busy = ask(2, SOCKET_AGAIN, 2);
    void *block = pool_take(pool, 13 * POOL_CHUNK);

    answered(idle, 1);
    ck_assert_uint_eq(expired(), idle);
    pool_give(pool, block, 13 * POOL_CHUNK);
    answered(busy, 2);
    ck_assert_uint_eq(expired(), 0);
}
END_TEST

START_TEST(while_sockets_are_few_none_is_kept)
{
    of_sockets(8);
    uint32_t idle = ask(0, SOCKET_AGAIN, 0);
    for (unsigned i = 1; i < 7; i++)
        (void)ask(i, SOCKET_AGAIN, i);
    answered(idle, 0);
    ck_assert_uint_eq(expired(), 0);
    (void)ask(7, SOCKET_AGAIN, 7);
    ck_assert_uint_eq(expired(), idle);
}
END_TEST

/* ---- what is given up ---- */

START_TEST(an_answer_that_nobody_waits_for_is_no_stranger)
{
    uint32_t socket = ask(1, SOCKET_AGAIN, 1);
    struct fetch *who = fetch(0);

    (void)ask(1, SOCKET_AGAIN, 2);
    answered(socket, 2);
    given_up(socket, 1);
    ck_assert(streams_find(streams, socket, 1, &who));
    ck_assert_ptr_null(who);
    ck_assert_uint_eq(expired(), 0); /* it spoke meanwhile: one question was stalled */
    ck_assert_uint_eq(take(1, SOCKET_AGAIN), socket);
    answered(socket, 1);
    ck_assert(!streams_find(streams, socket, 1, &who));
    ck_assert(!streams_find(streams, socket, 3, &who));
}
END_TEST

START_TEST(where_nothing_came_nobody_asks_again)
{
    uint32_t socket = ask(1, SOCKET_AGAIN, 1);

    (void)ask(1, SOCKET_AGAIN, 2);
    given_up(socket, 1);
    ck_assert_uint_ne(ask(1, SOCKET_AGAIN, 3), socket);
    ck_assert_uint_eq(expired(), 0);
    ck_assert(waits(socket, 2));
    given_up(socket, 2);
    ck_assert_uint_eq(expired(), socket);
}
END_TEST

START_TEST(what_never_went_out_leaves_nothing_behind)
{
    uint32_t socket = take(1, SOCKET_AGAIN), next;

    (void)streams_ask(streams, socket, fetch(1), 1);
    given_up(socket, 1);
    ck_assert_uint_eq(streams_deadline(streams).ns, 0);
    ck_assert(!streams_expire(streams, now, &next)); /* gone, and nobody is told */
    ck_assert(!streams_has(streams, socket));
    given_up(socket, 1);
    answered(socket, 1);
    ck_assert_ptr_null(streams_end(streams, socket));
}
END_TEST

/* ---- the end of a connection ---- */

START_TEST(at_its_end_all_who_wait_are_told_once)
{
    uint32_t socket = ask(1, SOCKET_AGAIN, 1);
    bool told[4] = { false };
    struct fetch *who;

    (void)ask(1, SOCKET_AGAIN, 2);
    (void)ask(1, SOCKET_AGAIN, 3);
    ck_assert(!streams_has_answered(streams, socket));
    answered(socket, 2);
    ck_assert(streams_has_answered(streams, socket));
    while ((who = streams_end(streams, socket))) {
        unsigned number = (unsigned)((uint64_t *)(void *)who - fetches);
        ck_assert(!told[number]);
        told[number] = true;
        ck_assert_uint_ne(take(1, SOCKET_AGAIN), socket);
        given_up(socket, number);
    }
    ck_assert(told[1] && !told[2] && told[3]);
    ck_assert_uint_eq(expired(), socket);
}
END_TEST

START_TEST(an_idle_one_at_its_end_goes_before_its_time)
{
    uint32_t idle = ask(1, SOCKET_AGAIN, 1), ended = ask(2, SOCKET_AGAIN, 2);

    answered(idle, 1);
    answered(ended, 2);
    ck_assert_ptr_null(streams_end(streams, ended));
    ck_assert_uint_eq(expired(), ended);
    ck_assert_uint_eq(expired(), 0);
}
END_TEST

Suite *engine_streams_suite(void)
{
    Suite *suite = suite_create("engine/streams");
    TCase *pipelining = tcase_create("pipelining"), *caps = tcase_create("caps");
    TCase *ends = tcase_create("ends");

    tcase_add_checked_fixture(pipelining, set_up, tear_down);
    tcase_add_test(pipelining, questions_to_one_server_share_a_connection);
    tcase_add_test(pipelining, whoever_is_sent_first_opens_the_connection);
    tcase_add_test(pipelining, an_id_is_outstanding_once_a_connection);
    tcase_add_test(pipelining, the_one_with_the_fewest_waiting_is_taken);
    suite_add_tcase(suite, pipelining);
    tcase_add_checked_fixture(caps, set_up, tear_down);
    tcase_add_test(caps, a_server_has_so_many_connections_and_no_more);
    tcase_add_test(caps, a_connection_takes_so_many_questions_and_no_more);
    tcase_add_test(caps, so_many_are_kept_and_the_oldest_idle_one_goes);
    tcase_add_test(caps, nobody_is_refused_while_all_are_busy);
    tcase_add_test(caps, without_a_socket_there_is_no_connection);
    suite_add_tcase(suite, caps);
    tcase_add_checked_fixture(ends, set_up, tear_down);
    tcase_add_test(ends, an_idle_connection_is_kept_so_long);
    tcase_add_test(ends, while_memory_is_low_none_is_kept);
    tcase_add_test(ends, while_sockets_are_few_none_is_kept);
    tcase_add_test(ends, an_answer_that_nobody_waits_for_is_no_stranger);
    tcase_add_test(ends, where_nothing_came_nobody_asks_again);
    tcase_add_test(ends, what_never_went_out_leaves_nothing_behind);
    tcase_add_test(ends, at_its_end_all_who_wait_are_told_once);
    tcase_add_test(ends, an_idle_one_at_its_end_goes_before_its_time);
    suite_add_tcase(suite, ends);
    return suite;
}
