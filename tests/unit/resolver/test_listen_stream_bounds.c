#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "lib/base/memory.h"
#include "tests/unit/resolver/stream_test.h"

/* ---- time: LIMITS F9 ---- */

START_TEST(a_message_is_whole_within_five_seconds_of_its_first_octet)
{
    static const uint8_t part[] = { 0, 40, 1 };
    int client = client_new();
    send_octets(client, part, 2);
    until_connections(1);
    loop_once(bench.loop);
    time_passes_ms(3000);
    send_octets(client, part + 2, 1); /* octets do not begin its clock anew */
    loop_once(bench.loop);
    tick_after_ms(2000);
    assert_open(client);
    tick_after_ms(1);
    assert_ended(client);
    close(client);
}
END_TEST

START_TEST(the_clock_of_a_message_stands_while_reading_does)
{
    static const uint8_t part[] = { 0, 40 };
    int client = client_new();
    ask_new(client, 0, IN_FLIGHT);
    send_octets(client, part, 2);
    until_jobs(IN_FLIGHT);
    loop_once(bench.loop);
    tick_after_ms(STREAM_MESSAGE_MS + 1000);
    assert_open(client);
    serve_udp(REPLY_WHOLE, 1);
    (void)answered(client);
    tick_after_ms(STREAM_MESSAGE_MS); /* from now on it counts */
    assert_open(client);
    tick_after_ms(1);
    assert_ended(client);
    close(client);
}
END_TEST

START_TEST(an_idle_connection_goes_after_ten_seconds) /* RFC 7766 §6.2.3 */
{
    int client = client_new();
    ask(client, 1, "known.test.");
    (void)answered(client);
    tick_after_ms(10000);
    assert_open(client);
    tick_after_ms(1);
    assert_ended(client);
    close(client);
}
END_TEST

START_TEST(the_first_question_comes_within_three_seconds) /* SPEC R9 */
{
    int client = client_new();
    until_connections(1);
    tick_after_ms(3000);
    assert_open(client);
    tick_after_ms(1);
    assert_ended(client);
    close(client);
}
END_TEST

START_TEST(one_who_waits_for_an_answer_is_not_idle)
{
    int client = client_new();
    ask(client, 1, "new.test.");
    until_jobs(1);
    tick_after_ms(9000);
    tick_after_ms(9000);
    assert_open(client);
    serve_udp(REPLY_WHOLE, 1);
    ck_assert_uint_eq(answered(client), 1);
    close(client);
}
END_TEST

static const struct {
    unsigned open;
    uint64_t patience_ms;
} crowds[] = { { 8, 10000 }, { 9, 2000 }, { 12, 2000 }, { 13, 200 }, { 16, 200 } };

START_TEST(the_more_there_are_the_sooner_the_idle_go)
{
    int clients[16] = { 0 };
    bench.policy->limits.tcp_clients = 16;
    for (unsigned i = 0; i < crowds[_i].open; i++)
        clients[i] = client_new();
    until_connections(crowds[_i].open);
    for (unsigned i = 0; i < crowds[_i].open; i++) {
        ask(clients[i], 1, "known.test.");
        (void)answered(clients[i]);
    }
    tick_after_ms(crowds[_i].patience_ms);
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), crowds[_i].open);
    tick_after_ms(1);
    ck_assert_uint_lt(atomic_load(&edge.crowd.count), crowds[_i].open);
    for (unsigned i = 0; i < crowds[_i].open; i++)
        close(clients[i]);
}
END_TEST

/* ---- number and size ---- */

/* What stays in use once an event of its own has swept what the last question left. */
static size_t memory_in_use(int client)
{
    ask(client, 9, "known.test.");
    ck_assert_uint_eq(answered(client), 9);
    return pool_used(bench.pool);
}

START_TEST(surplus_connections_wait_for_a_place) /* SPEC R9 */
{
    bench.policy->limits.tcp_clients = 2;
    int first = client_new(), second = client_new(), third = client_new();
    until_connections(2);
    ask(first, 1, "known.test.");
    ck_assert_uint_eq(answered(first), 1);
    ask(third, 2, "known.test.");
    loop_once(bench.loop);
    assert_open(third);
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), 2);
    close(first);
    until_connections(1);
    listen_stream_tick(edge.stream);
    ck_assert_uint_eq(answered(third), 2);
    close(second);
    close(third);
}
END_TEST

START_TEST(one_client_has_no_more_than_its_own_places) /* LIMITS F9 */
{
    struct prefix own;
    ck_assert_int_eq(prefix_parse("127.0.0.0/8", &own), ST_OK);
    ck_assert_int_eq(networks_add(&bench.policy->rate.networks, &own, 1), ST_OK);
    bench.policy->limits.tcp_clients_prefix = 2;
    int first = client_new(), second = client_new(), third = client_new();
    assert_ended(third);
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), 2);
    close(second);
    until_connections(1);
    int fourth = client_new();
    ask(fourth, 2, "known.test.");
    ck_assert_uint_eq(answered(fourth), 2);
    close(first);
    close(third);
    close(fourth);
}
END_TEST

/* Not in front of who asks now, and not sooner than anybody may then rest. */
START_TEST(where_all_places_are_taken_who_rested_longest_goes)
{
    bench.policy->limits.tcp_clients = 3;
    int waits = client_new(), rests = client_new(), partly = client_new();
    ask(waits, 1, "new.test.");
    ask(rests, 2, "known.test.");
    ck_assert_uint_eq(answered(rests), 2);
    until_connections(3);
    time_passes_ms(COMPANY_REST_MS - 4);
    ask(partly, 3, "known.test.");
    ck_assert_uint_eq(answered(partly), 3);
    send_octets(partly, "", 1); /* half a length: it rests all the same */
    int late = client_new();    /* waits at the door */
    ask(late, 4, "known.test.");
    loop_once(bench.loop);
    ck_assert(listen_stream_is_paused(edge.stream) && !readable(late));
    tick_after_ms(4);
    assert_ended(rests);
    ck_assert_uint_eq(answered(late), 4);
    assert_open(partly);
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), 3);
    serve_udp(REPLY_WHOLE, 1);
    ck_assert_uint_eq(answered(waits), 1);
    for (int fd = waits; fd <= late; fd++)
        close(fd);
}
END_TEST

START_TEST(who_asks_slow_questions_for_ever_keeps_no_place) /* LIMITS F9, F2 */
{
    int greedy[3], modest = client_from("127.0.0.3");
    bench.policy->limits.tcp_clients = 4;
    ask(modest, 1, "new.test.");
    until_jobs(1);
    for (uint16_t i = 0; i < 3; i++) {
        greedy[i] = client_from("127.0.0.2");
        ask(greedy[i], i, "new.test.");
        until_jobs(i + 2u);
        time_passes_ms(1);
    }
    time_passes_ms(COMPANY_KEPT_MS);
    int newcomer = client_from("127.0.0.4");
    ask(newcomer, 4, "known.test.");
    ck_assert_uint_eq(answered(newcomer), 4);
    assert_ended(greedy[0]);
    assert_open(greedy[1]);
    serve_udp(REPLY_WHOLE, 1);
    ck_assert_uint_eq(answered(modest), 1);
    for (unsigned i = 0; i < 3; i++)
        close(greedy[i]);
    close(modest);
    close(newcomer);
}
END_TEST

START_TEST(who_rests_at_another_address_yields_too)
{
    struct listen_stream_setup setup = {
        .loop = bench.loop,
        .company = &edge.company,
        .gate = &edge.stream_gate,
        .fd = bound(SOCK_STREAM, "127.0.0.1", 0),
        .index = STREAM_INDEX + 1,
    };
    uint16_t port = edge.port, other_port = port_of(setup.fd);
    struct listen_stream *other = listen_stream_create(&setup);
    bench.policy->limits.tcp_clients = 1;
    edge.port = other_port;
    int rests = client_new();
    until_connections(1);
    time_passes_ms(COMPANY_REST_MS);
    edge.port = port;
    int comes = client_new();
    ask(comes, 1, "known.test.");
    ck_assert_uint_eq(answered(comes), 1);
    assert_ended(rests);
    listen_stream_destroy(other);
    assert_open(comes);
    close(rests);
    close(comes);
}
END_TEST

/* LIMITS F9: what it asks for costs little, and it rests like any other. */
START_TEST(a_client_that_never_reads_is_read_no_more_and_goes)
{
    uint8_t message[512];
    int small = 4096, deaf = client_new(), other = client_new();
    know("known.text.test.", TYPE_TXT, KNOWN_TXT);
    ck_assert_int_eq(setsockopt(deaf, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    size_t before = memory_in_use(other);
    size_t len = framed_question(message, 1, "known.text.test.", TYPE_TXT);
    for (unsigned asked = 0; asked < 400; asked++) /* of 12 kB each */
        (void)!send(deaf, message, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    for (uint16_t turns = 0; turns < 50; turns++) { /* it has as many to be read */
        ask(other, turns, "known.test.");
        ck_assert_uint_eq(answered(other), turns);
    }
    ck_assert_uint_le(pool_used(bench.pool), before + 12 * POOL_CHUNK);
    tick_after_ms(10001);
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), 0);
    close(deaf);
    close(other);
}
END_TEST

START_TEST(answers_longer_than_the_buffers_arrive_whole)
{
    uint8_t message[512];
    int client = client_new();
    know("known.text.test.", TYPE_TXT, KNOWN_TXT);
    size_t len = framed_question(message, 1, "known.text.test.", TYPE_TXT);
    for (unsigned i = 0; i < 6; i++)
        send_octets(client, message, len);
    for (unsigned i = 0; i < 20; i++)
        loop_once(bench.loop);
    for (unsigned i = 0; i < 6; i++)
        ck_assert_uint_eq(answered(client), 1);
    assert_open(client);
    close(client);
}
END_TEST

/* For a while nothing that could be watched stands behind the listener's descriptor. */
static int set_aside;

static void spoil_door(void)
{
    int file = open("/", O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(file, 0);
    set_aside = dup(edge.door);
    ck_assert_int_ge(set_aside, 0);
    ck_assert_int_eq(dup2(file, edge.door), edge.door);
    close(file);
}

static void mend_door(void)
{
    ck_assert_int_eq(dup2(set_aside, edge.door), edge.door);
    close(set_aside);
}

START_TEST(accepting_rests_while_descriptors_are_out) /* LIMITS G6 */
{
    struct rlimit limit, none;
    if (getenv("CATENA_UNDER_VALGRIND")) /* it accepts what is over the limit, and closes it */
        return;
    int client = client_new();
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){ 3, limit.rlim_max };
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (unsigned i = 0; i < 5; i++)
        loop_once(bench.loop);
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ask(client, 3, "known.test.");
    loop_once(bench.loop);
    loop_once(bench.loop);
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), 0); /* it is not looked at */
    ck_assert(listen_stream_is_paused(edge.stream));
    spoil_door();
    listen_stream_tick(edge.stream); /* and cannot be yet */
    ck_assert(listen_stream_is_paused(edge.stream));
    mend_door();
    listen_stream_tick(edge.stream);
    ck_assert(!listen_stream_is_paused(edge.stream));
    ck_assert_uint_eq(answered(client), 3);
    close(client);
}
END_TEST

START_TEST(what_was_taken_is_given_back_where_memory_ends) /* LIMITS G5 */
{
    struct listen_stream_setup setup = {
        .loop = bench.loop,
        .company = &edge.company,
        .gate = &edge.stream_gate,
        .index = STREAM_INDEX,
    };
    struct listen_stream *made = NULL;
    for (uint64_t succeed = 0; made == NULL; succeed++) {
        setup.fd = bound(SOCK_STREAM, "127.0.0.1", 0);
        memory_fail_after(succeed);
        made = listen_stream_create(&setup);
        ck_assert(memory_fail_stop() == (made == NULL));
        ck_assert(made != NULL || fcntl(setup.fd, F_GETFD) < 0); /* closed */
    }
    listen_stream_destroy(made);
    listen_stream_destroy(NULL);
}
END_TEST

START_TEST(a_connection_without_memory_is_closed)
{
    int client = client_new();
    memory_fail_after(0);
    assert_ended(client);
    ck_assert(memory_fail_stop());
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), 0);
    close(client);
}
END_TEST

/* ---- working memory: RULINGS B17 ---- */

START_TEST(connections_hold_working_memory_only_while_octets_wait)
{
    uint8_t message[512];
    int client = client_new();
    size_t before = memory_in_use(client);
    size_t len = framed_question(message, 1, "known.test.", TYPE_A);
    send_octets(client, message, len - 1);
    for (unsigned turns = 0; pool_used(bench.pool) == before; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        loop_once(bench.loop);
    }
    ck_assert_uint_eq(pool_used(bench.pool), before + POOL_CHUNK);
    send_octets(client, message + len - 1, 1);
    ck_assert_uint_eq(answered(client), 1);
    ck_assert_uint_eq(pool_used(bench.pool), before);
    close(client);
}
END_TEST

START_TEST(answers_that_are_not_read_are_working_memory)
{
    uint8_t message[512];
    int small = 4096, client = client_new();
    know("known.text.test.", TYPE_TXT, KNOWN_TXT);
    ck_assert_int_eq(setsockopt(client, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    size_t before = memory_in_use(client);
    size_t len = framed_question(message, 1, "known.text.test.", TYPE_TXT);
    for (unsigned turns = 0; pool_used(bench.pool) < before + 2 * POOL_CHUNK; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        (void)!send(client, message, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        loop_once(bench.loop);
    }
    close(client);
    until_connections(0);
    listen_stream_tick(edge.stream);
    client = client_new();
    ck_assert_uint_eq(memory_in_use(client), before);
    close(client);
}
END_TEST

/* LIMITS F9: never reading. */
START_TEST(who_does_not_read_goes_first_when_working_memory_is_low)
{
    uint8_t message[512];
    size_t taken = (size_t)6 << 20;
    int small = 4096, deaf = client_new(), other = client_new();
    know("known.text.test.", TYPE_TXT, KNOWN_TXT);
    ck_assert_int_eq(setsockopt(deaf, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    size_t before = memory_in_use(other);
    size_t len = framed_question(message, 1, "known.text.test.", TYPE_TXT);
    for (unsigned turns = 0; pool_used(bench.pool) < before + 4 * POOL_CHUNK; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        (void)!send(deaf, message, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        loop_once(bench.loop);
    }
    void *block = pool_take(bench.pool, taken);
    ck_assert(block && pool_low(bench.pool));
    ask(other, 2, "known.test.");
    loop_once(bench.loop);
    loop_once(bench.loop);
    tick_after_ms(STREAM_STUCK_MS - 1);
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), 2);
    tick_after_ms(1);
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), 1);
    pool_give(bench.pool, block, taken);
    listen_stream_tick(edge.stream);
    ck_assert_uint_eq(answered(other), 2);
    close(deaf);
    close(other);
}
END_TEST

START_TEST(under_a_quarter_of_working_memory_nobody_is_read_over_tcp)
{
    static const uint8_t part[] = { 0, 40 };
    size_t taken = (size_t)6 << 20; /* of eight: what is left is a chunk less than a quarter */
    int client = client_new(), slow = client_new();
    until_connections(2);
    send_octets(slow, part, 2);
    for (unsigned i = 0; i < 3; i++)
        loop_once(bench.loop);
    void *block = pool_take(bench.pool, taken);
    ck_assert(block && pool_low(bench.pool));
    ask(client, 1, "known.test.");
    for (unsigned i = 0; i < 10; i++)
        loop_once(bench.loop);
    assert_open(client);                  /* nothing came */
    tick_after_ms(STREAM_MESSAGE_MS + 1); /* and nobody is late who is not read */
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), 2);
    pool_give(bench.pool, block, taken);
    listen_stream_tick(edge.stream);
    ck_assert_uint_eq(answered(client), 1);
    close(client);
    close(slow);
}
END_TEST

Suite *resolver_listen_stream_bounds_suite(void)
{
    Suite *suite = suite_create("resolver/listen_stream_bounds");
    TCase *clock = tcase_create("time"), *size = tcase_create("size");
    TCase *memory = tcase_create("memory");

    tcase_add_checked_fixture(clock, stream_set_up, edge_end);
    tcase_add_test(clock, a_message_is_whole_within_five_seconds_of_its_first_octet);
    tcase_add_test(clock, the_clock_of_a_message_stands_while_reading_does);
    tcase_add_test(clock, an_idle_connection_goes_after_ten_seconds);
    tcase_add_test(clock, the_first_question_comes_within_three_seconds);
    tcase_add_test(clock, one_who_waits_for_an_answer_is_not_idle);
    tcase_add_loop_test(clock, the_more_there_are_the_sooner_the_idle_go, 0,
                        sizeof crowds / sizeof *crowds);
    suite_add_tcase(suite, clock);
    tcase_add_checked_fixture(size, stream_set_up, edge_end);
    tcase_add_test(size, surplus_connections_wait_for_a_place);
    tcase_add_test(size, one_client_has_no_more_than_its_own_places);
    tcase_add_test(size, where_all_places_are_taken_who_rested_longest_goes);
    tcase_add_test(size, who_asks_slow_questions_for_ever_keeps_no_place);
    tcase_add_test(size, who_rests_at_another_address_yields_too);
    tcase_add_test(size, a_client_that_never_reads_is_read_no_more_and_goes);
    tcase_add_test(size, answers_longer_than_the_buffers_arrive_whole);
    tcase_add_test(size, accepting_rests_while_descriptors_are_out);
    tcase_add_test(size, what_was_taken_is_given_back_where_memory_ends);
    tcase_add_test(size, a_connection_without_memory_is_closed);
    suite_add_tcase(suite, size);
    tcase_add_checked_fixture(memory, stream_set_up, edge_end);
    tcase_add_test(memory, connections_hold_working_memory_only_while_octets_wait);
    tcase_add_test(memory, answers_that_are_not_read_are_working_memory);
    tcase_add_test(memory, who_does_not_read_goes_first_when_working_memory_is_low);
    tcase_add_test(memory, under_a_quarter_of_working_memory_nobody_is_read_over_tcp);
    suite_add_tcase(suite, memory);
    return suite;
}
