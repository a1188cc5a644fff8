/* Clients over TCP whose octets come, or answers leave, in parts: what waits, and for how long. */
#include <stdlib.h>

#include "tests/unit/resolver/stream_test.h"

enum { MANY = 100, DEAF_ROOM = 4096, MOST_MEMORY = 6 << 20 /* of the bench's eight */ };

static unsigned ticks;

static void on_tick(void *context)
{
    (void)context;
    ticks++;
}

/* In one piece. */
static void ask_known(int client)
{
    static uint8_t all[64 * MANY];
    size_t len = 0;

    for (unsigned id = 0; id < MANY; id++)
        len += framed_question(all + len, (uint16_t)id, "known.test.", TYPE_A);
    send_octets(client, all, len);
}

static void ask_text(int client, unsigned count)
{
    uint8_t message[512];
    size_t len = framed_question(message, 1, "known.text.test.", TYPE_TXT);

    for (unsigned i = 0; i < count; i++)
        send_octets(client, message, len);
}

/* One whose answers of 12 kB each do not fit into what the system keeps for it, and leave in parts:
 * its window is small from the beginning. */
static int deaf_client(void)
{
    struct sockaddr_in to = address_v4("127.0.0.1", edge.port);
    int small = DEAF_ROOM, client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    know("known.text.test.", TYPE_TXT, KNOWN_TXT);
    ck_assert_int_ge(client, 0);
    ck_assert_int_eq(setsockopt(client, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    ck_assert_int_eq(connect(client, (struct sockaddr *)&to, sizeof to), 0);
    return client;
}

/* Each turn waits for a tick, but for a few that end what had begun. */
static void assert_turns_wait(void)
{
    ticks = 0;
    loop_every(bench.loop, TURN_MS, on_tick, NULL);
    turns(20);
    ck_assert_uint_ge(ticks, 10);
}

/* Without a tick, which would be a turn too. */
static void until_asked(uint64_t count)
{
    loop_every(bench.loop, 0, on_tick, NULL);
    while (bench.metrics.client_tcp_queries < count)
        loop_once(bench.loop);
}

/* ---- what was read already ---- */

/* RFC 7766 §6.2.4: also where the end is seen while questions wait that no event announces. */
START_TEST(known_names_and_an_end_in_one_piece_are_answered_to_the_last)
{
    enum { CLIENTS = 2 * STREAM_AGAIN }; /* so that some wait when their end is seen */
    int clients[CLIENTS];
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = client_new();
        ask_known(clients[i]);
        ck_assert_int_eq(shutdown(clients[i], SHUT_WR), 0);
    }
    for (unsigned i = 0; i < CLIENTS; i++) {
        for (unsigned id = 0; id < MANY; id++)
            ck_assert_uint_eq(answered(clients[i]), id);
        assert_ended(clients[i]);
        close(clients[i]);
    }
    until_connections(0);
    listen_stream_tick(edge.stream);
    assert_turns_wait();
}
END_TEST

START_TEST(what_waits_is_answered_though_nothing_else_happens)
{
    enum { CLIENTS = 2 * STREAM_AGAIN };
    uint64_t before = bench.metrics.client_tcp_queries;
    int clients[CLIENTS], wide = 1 << 18; /* no answer waits: its leaving would be an event */
    ck_assert_int_eq(setsockopt(edge.door, SOL_SOCKET, SO_SNDBUF, &wide, sizeof wide), 0);
    for (unsigned i = 0; i < CLIENTS; i++)
        clients[i] = client_new();
    until_connections(CLIENTS);
    for (unsigned i = 0; i < CLIENTS; i++)
        ask_known(clients[i]);
    until_asked(before + (uint64_t)CLIENTS * MANY);
    for (unsigned i = 0; i < CLIENTS; i++)
        close(clients[i]);
}
END_TEST

START_TEST(who_leaves_while_questions_wait_leaves_nothing_behind)
{
    enum { CLIENTS = 8 * STREAM_AGAIN };
    uint64_t before = bench.metrics.client_tcp_queries;
    int clients[CLIENTS];
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = client_new();
        ask_known(clients[i]);
    }
    until_asked(before + (uint64_t)CLIENTS * STREAM_MESSAGES); /* by half of them, in some turns */
    for (unsigned i = 0; i < CLIENTS; i++)
        reset(clients[i]);
    until_connections(0);
    listen_stream_tick(edge.stream);
    assert_turns_wait();
}
END_TEST

START_TEST(one_connection_has_no_more_of_a_turn_than_its_part)
{
    uint64_t before = bench.metrics.client_tcp_queries;
    int client = client_new();
    ask_known(client);
    until_asked(before + 1);
    ck_assert_uint_le(bench.metrics.client_tcp_queries - before,
                      (1 + STREAM_AGAIN) * STREAM_MESSAGES);
    close(client);
}
END_TEST

START_TEST(so_many_connections_a_turn_go_on_with_what_was_read)
{
    enum { CLIENTS = STREAM_AGAIN + 4 };
    int clients[CLIENTS];
    for (unsigned i = 0; i < CLIENTS; i++)
        clients[i] = client_new();
    until_connections(CLIENTS);
    uint64_t before = bench.metrics.client_tcp_queries;
    for (unsigned i = 0; i < CLIENTS; i++)
        ask_known(clients[i]);
    until_asked(before + 1);
    ck_assert_uint_le(bench.metrics.client_tcp_queries - before,
                      (CLIENTS + STREAM_AGAIN) * STREAM_MESSAGES);
    for (unsigned i = 0; i < CLIENTS; i++)
        close(clients[i]);
}
END_TEST

/* LIMITS F9: more than is kept of what is not read, and more answers than are kept unsent. */
START_TEST(reading_stops_and_goes_on_as_answers_leave)
{
    enum { ANSWERS = 20 };
    int client = deaf_client();
    ask_text(client, ANSWERS);
    if (_i == 1)
        ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
    turns(20);
    for (unsigned i = 0; i < ANSWERS; i++)
        ck_assert_uint_eq(answered(client), 1);
    if (_i == 1)
        assert_ended(client);
    else
        assert_open(client);
    close(client);
}
END_TEST

/* With what EPOLLIN would tell each turn: an end, and octets that there is no memory for. */
START_TEST(who_is_not_to_be_read_costs_no_turns)
{
    int client = client_new();
    void *block = NULL;
    until_connections(1);
    if (_i == 0) {
        ask(client, 1, "new.test.");
        ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
        until_jobs(1);
    } else {
        block = pool_take(bench.pool, MOST_MEMORY);
        ck_assert(block && pool_low(bench.pool));
        ask(client, 1, "known.test.");
    }
    turns(3);
    assert_turns_wait();
    if (block)
        pool_give(bench.pool, block, MOST_MEMORY);
    close(client);
}
END_TEST

/* ---- clocks: LIMITS F9 ---- */

START_TEST(the_clock_of_a_message_begins_with_its_first_octet)
{
    static const uint8_t part[] = { 0, 40 };
    int client = client_new();
    until_connections(1);
    time_passes_ms(2900);
    send_octets(client, part, 2);
    turns(3);
    tick_after_ms(STREAM_MESSAGE_MS);
    assert_open(client);
    tick_after_ms(1);
    assert_ended(client);
    close(client);
}
END_TEST

START_TEST(each_message_has_five_seconds_of_its_own)
{
    uint8_t message[1024];
    int client = client_new();
    size_t len = framed_question(message, 1, "known.test.", TYPE_A);
    (void)framed_question(message + len, 2, "known.test.", TYPE_A);
    send_octets(client, message, 3);
    until_connections(1);
    turns(3);
    time_passes_ms(4000);
    send_octets(client, message + 3, len); /* to its end, and three octets of the next */
    ck_assert_uint_eq(answered(client), 1);
    tick_after_ms(STREAM_MESSAGE_MS);
    assert_open(client);
    tick_after_ms(1);
    assert_ended(client);
    close(client);
}
END_TEST

/* ---- memory: RULINGS B17, LIMITS F9 ---- */

START_TEST(all_clocks_begin_anew_when_there_is_memory_again)
{
    static const uint8_t part[] = { 0, 40 };
    int slow = client_new(), other = client_new();
    until_connections(2);
    send_octets(slow, part, 2);
    turns(3);
    void *block = pool_take(bench.pool, MOST_MEMORY);
    ck_assert(block && pool_low(bench.pool));
    ask(other, 1, "known.test.");
    turns(3);
    tick_after_ms(STREAM_MESSAGE_MS - 1);
    pool_give(bench.pool, block, MOST_MEMORY);
    listen_stream_tick(edge.stream);
    ck_assert_uint_eq(answered(other), 1);
    tick_after_ms(STREAM_MESSAGE_MS);
    assert_open(slow);
    tick_after_ms(1);
    assert_ended(slow);
    close(slow);
    close(other);
}
END_TEST

START_TEST(who_does_not_read_is_left_alone_while_there_is_memory)
{
    int deaf = deaf_client();
    ask_text(deaf, 30);
    turns(20);
    tick_after_ms(10 * STREAM_STUCK_MS);
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), 1);
    close(deaf);
}
END_TEST

static size_t read_octets(int client, size_t most)
{
    static uint8_t octets[DEAF_ROOM];
    size_t len = 0;

    for (unsigned i = 0; i < TURNS_MAX && len < most; i++) {
        ssize_t got = recv(client, octets, sizeof octets, MSG_DONTWAIT);
        len += got > 0 ? (size_t)got : 0;
        loop_once(bench.loop);
    }
    return len;
}

START_TEST(who_reads_slowly_is_not_stuck)
{
    int slow = deaf_client(), other = client_new();
    ask_text(slow, 30);
    until_connections(2);
    turns(20);
    void *block = pool_take(bench.pool, MOST_MEMORY);
    ck_assert(block && pool_low(bench.pool));
    ask(other, 2, "known.test.");
    turns(3);
    tick_after_ms(STREAM_STUCK_MS - 1);
    ck_assert_uint_ge(read_octets(slow, 5 * DEAF_ROOM), 5 * DEAF_ROOM);
    tick_after_ms(STREAM_STUCK_MS - 1);
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), 2);
    tick_after_ms(1);
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), 1);
    pool_give(bench.pool, block, MOST_MEMORY);
    close(slow);
    close(other);
}
END_TEST

/* ---- other workers: RULINGS B34 ---- */

START_TEST(a_place_that_is_owed_to_another_worker_is_given)
{
    int rests = client_new(), other = client_new();
    until_connections(2);
    bench.policy->limits.tcp_clients = 1;
    atomic_store(&edge.company.part.owes, true);
    turns(2);
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), 2); /* both have just come */
    time_passes_ms(COMPANY_REST_MS);
    assert_ended(rests);
    turns(3);
    assert_open(other);
    ck_assert_uint_eq(bench.metrics.tcp_yielded, 1);
    ck_assert_uint_eq(bench.metrics.tcp_timed_out, 0);
    close(rests);
    close(other);
}
END_TEST

Suite *resolver_listen_stream_turns_suite(void)
{
    Suite *suite = suite_create("resolver/listen_stream_turns");
    TCase *tcase = tcase_create("turns");

    tcase_add_checked_fixture(tcase, stream_set_up, edge_end);
    tcase_add_test(tcase, known_names_and_an_end_in_one_piece_are_answered_to_the_last);
    tcase_add_test(tcase, what_waits_is_answered_though_nothing_else_happens);
    tcase_add_test(tcase, who_leaves_while_questions_wait_leaves_nothing_behind);
    tcase_add_test(tcase, one_connection_has_no_more_of_a_turn_than_its_part);
    tcase_add_test(tcase, so_many_connections_a_turn_go_on_with_what_was_read);
    tcase_add_loop_test(tcase, reading_stops_and_goes_on_as_answers_leave, 0, 2);
    tcase_add_loop_test(tcase, who_is_not_to_be_read_costs_no_turns, 0, 2);
    tcase_add_test(tcase, the_clock_of_a_message_begins_with_its_first_octet);
    tcase_add_test(tcase, each_message_has_five_seconds_of_its_own);
    tcase_add_test(tcase, all_clocks_begin_anew_when_there_is_memory_again);
    tcase_add_test(tcase, who_does_not_read_is_left_alone_while_there_is_memory);
    tcase_add_test(tcase, who_reads_slowly_is_not_stuck);
    tcase_add_test(tcase, a_place_that_is_owed_to_another_worker_is_given);
    suite_add_tcase(suite, tcase);
    return suite;
}
