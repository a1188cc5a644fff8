#include "resolver/edge/listen_udp.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>

#include "lib/base/memory.h"
#include "tests/unit/resolver/edge_test.h"

enum { WAITING = 4 };
enum bind_to { ONE_ADDRESS, ALL_ADDRESSES };

static void listen_on(enum bind_to where)
{
    int fd = bound(SOCK_DGRAM, where == ALL_ADDRESSES ? "0.0.0.0" : "127.0.0.1", 0), one = 1;
    struct listen_udp_setup setup = { .loop = bench.loop,
                                      .gate = &edge.gate,
                                      .fd = fd,
                                      .wildcard = where == ALL_ADDRESSES,
                                      .waiting_max = WAITING };
    if (where == ALL_ADDRESSES)
        ck_assert_int_eq(setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one), 0);
    edge.port = port_of(fd);
    edge.udp = listen_udp_create(&setup);
    ck_assert_ptr_nonnull(edge.udp);
}

static void set_up(void)
{
    edge_bench();
    listen_on(ONE_ADDRESS);
}

static void ask(int client, uint16_t id, const char *name)
{
    uint8_t message[512];
    size_t len = question_for(message, sizeof message, id, name, TYPE_A);
    ck_assert_int_eq(send(client, message, len, 0), (ssize_t)len);
}

/* The id of the next answer. */
static unsigned answered(int client)
{
    uint8_t message[1500];
    until_readable(client);
    ssize_t len = recv(client, message, sizeof message, 0);
    ck_assert_int_ge(len, 12);
    ck_assert_uint_ne(message[2] & 0x80, 0);
    return (unsigned)(message[0] << 8 | message[1]);
}

/* A question that is answered at once shows that those before it have been read. */
static void all_read(int client)
{
    ask(client, 9999, "known.test.");
    ck_assert_uint_eq(answered(client), 9999);
}

START_TEST(a_known_name_is_answered_at_once)
{
    int client = client_to(SOCK_DGRAM, "127.0.0.1");
    ask(client, 77, "known.test.");
    ck_assert_uint_eq(answered(client), 77);
    ck_assert_uint_eq(bench.metrics.client_udp_queries, 1);
    close(client);
}
END_TEST

START_TEST(an_unknown_name_is_answered_when_its_server_has)
{
    int client = client_to(SOCK_DGRAM, "127.0.0.1");
    ask(client, 78, "new.test.");
    serve_udp(REPLY_WHOLE, 1);
    ck_assert_uint_eq(answered(client), 78);
    ck_assert_uint_eq(jobs(), 0);
    close(client);
}
END_TEST

START_TEST(more_than_a_batch_is_answered_to_the_last) /* RULINGS B12, B16 */
{
    enum { QUESTIONS = 3 * UDP_BATCH + 1 };
    bool seen[QUESTIONS] = { false };
    int client = client_to(SOCK_DGRAM, "127.0.0.1");
    for (unsigned id = 0; id < QUESTIONS; id++)
        ask(client, (uint16_t)id, "known.test.");
    for (unsigned i = 0; i < QUESTIONS; i++) {
        unsigned id = answered(client);
        ck_assert_uint_lt(id, QUESTIONS);
        ck_assert(!seen[id]);
        seen[id] = true;
    }
    close(client);
}
END_TEST

START_TEST(clients_take_no_more_places_than_there_are)
{
    int client = client_to(SOCK_DGRAM, "127.0.0.1");
    for (unsigned i = 0; i < 2 * WAITING; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%u.test.", i);
        ask(client, (uint16_t)i, name);
    }
    until_jobs(WAITING);
    ask(client, 500, "known.test."); /* lost: there is no place to answer it from */
    for (unsigned i = 0; i < WAITING; i++)
        serve_udp(REPLY_WHOLE, 1);
    for (unsigned i = 0; i < WAITING; i++)
        ck_assert_uint_lt(answered(client), WAITING);
    all_read(client);
    ck_assert(!readable(client));
    ck_assert_uint_eq(jobs(), 0);
    ck_assert_uint_eq(bench.metrics.client_no_place, WAITING + 1);
    close(client);
}
END_TEST

START_TEST(places_are_used_again)
{
    int client = client_to(SOCK_DGRAM, "127.0.0.1");
    for (unsigned id = 0; id < 10 * WAITING; id++) {
        ask(client, (uint16_t)id, "known.test.");
        ck_assert_uint_eq(answered(client), id);
    }
    close(client);
}
END_TEST

START_TEST(numbers_that_nobody_has_any_more_do_nothing)
{
    static const uint64_t numbers[] = { 0, 1, UINT32_MAX, UINT64_C(2) << 32, UINT64_C(9) << 48 };
    int client = client_to(SOCK_DGRAM, "127.0.0.1");
    uint8_t octets[12] = { 0 };
    all_read(client); /* place 0 had generation 1 */
    ask(client, 79, "new.test.");
    until_jobs(1); /* place 0 waits in generation 2 */
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct answer answer = { .client = numbers[i], .message = { octets, sizeof octets } };
        if (numbers[i] >> 32 == 2)
            continue;
        listen_udp_answer(edge.udp, &answer);
        listen_udp_drop(edge.udp, numbers[i]);
    }
    listen_udp_flush(edge.udp);
    ck_assert(!readable(client));
    serve_udp(REPLY_WHOLE, 1);
    ck_assert_uint_eq(answered(client), 79);
    close(client);
}
END_TEST

/* Octets of the next answer. */
static size_t answer_octets(int client)
{
    uint8_t message[1500];
    until_readable(client);
    ssize_t len = recv(client, message, sizeof message, 0);
    ck_assert_int_ge(len, 12);
    return (size_t)len;
}

enum { QUERY_OCTETS = 12 + 12 + 4, ANSWER_OCTETS = QUERY_OCTETS + KNOWN_A * 16, FLOOD = 3000 };

/* Loopback is as any other network. */
static void enforce(void)
{
    struct prefix loopback;
    ck_assert_int_eq(prefix_parse("127.0.0.0/8", &loopback), ST_OK);
    ck_assert_int_eq(networks_add(&bench.policy->rate.networks, &loopback, 1), ST_OK);
    bench.policy->rate.mode = RATELIMIT_ENFORCE;
}

START_TEST(a_flood_gets_no_more_than_it_sent_and_the_burst) /* LIMITS 4.3 */
{
    unsigned whole = RATELIMIT_BURST / (ANSWER_OCTETS - QUERY_OCTETS);
    int client = client_to(SOCK_DGRAM, "127.0.0.1");

    enforce();
    for (unsigned i = 0; i < FLOOD; i++) {
        ask(client, (uint16_t)i, "known.test.");
        ck_assert_uint_eq(answer_octets(client), i < whole ? ANSWER_OCTETS : QUERY_OCTETS);
    }
    ck_assert_uint_eq(bench.metrics.limited_tc_v4_32, FLOOD - whole);
    close(client);
}
END_TEST

START_TEST(a_late_answer_has_the_price_of_its_own_query)
{
    int client = client_to(SOCK_DGRAM, "127.0.0.1");

    enforce();
    for (unsigned i = 0; i * (ANSWER_OCTETS - QUERY_OCTETS) < RATELIMIT_BURST; i++) {
        ask(client, (uint16_t)i, "known.test.");
        (void)answer_octets(client);
    }
    ask(client, 80, "new.test.");
    serve_udp(REPLY_WHOLE, 1);
    ck_assert_uint_eq(answer_octets(client), QUERY_OCTETS - 2);
    close(client);
}
END_TEST

START_TEST(batches_are_limited_as_single_questions_are) /* RULINGS B18 */
{
    int client = client_to(SOCK_DGRAM, "127.0.0.1");
    unsigned whole = 0;

    enforce();
    for (unsigned round = 0; round * UDP_BATCH < FLOOD; round++) {
        for (unsigned i = 0; i < UDP_BATCH; i++)
            ask(client, (uint16_t)i, "known.test.");
        for (unsigned i = 0; i < UDP_BATCH; i++)
            whole += answer_octets(client) == ANSWER_OCTETS;
    }
    ck_assert_uint_eq(whole, RATELIMIT_BURST / (ANSWER_OCTETS - QUERY_OCTETS));
    close(client);
}
END_TEST

START_TEST(what_no_query_is_gets_no_answer) /* LIMITS F6, F8 */
{
    static const size_t lengths[] = { 0, 1, 11, 4097, 9000 };
    uint8_t message[9000] = { 0, 1, 1, 0, 0, 1 };
    int client = client_to(SOCK_DGRAM, "127.0.0.1");
    for (unsigned i = 0; i < 5; i++)
        ck_assert_int_eq(send(client, message, lengths[i], 0), (ssize_t)lengths[i]);
    message[2] = 0x80; /* an answer */
    ck_assert_int_eq(send(client, message, 12, 0), 12);
    all_read(client);
    ck_assert(!readable(client));
    ck_assert_uint_eq(bench.metrics.client_dropped, 6);
    close(client);
}
END_TEST

static const char *const local_addresses[] = { "127.0.0.1", "127.0.0.3", "127.1.2.3" };

START_TEST(an_answer_leaves_from_the_address_that_was_asked)
{
    listen_udp_destroy(edge.udp);
    listen_on(ALL_ADDRESSES);
    int client = client_to(SOCK_DGRAM, local_addresses[_i]); /* takes answers from there alone */
    ask(client, 80, "known.test.");
    ck_assert_uint_eq(answered(client), 80);
    ask(client, 81, "new.test.");
    serve_udp(REPLY_WHOLE, 1);
    ck_assert_uint_eq(answered(client), 81);
    close(client);
}
END_TEST

START_TEST(one_who_stops_still_answers_those_who_wait)
{
    int client = client_to(SOCK_DGRAM, "127.0.0.1");
    ask(client, 82, "new.test.");
    until_jobs(1);
    listen_udp_stop(edge.udp);
    listen_udp_stop(edge.udp);
    ask(client, 83, "known.test."); /* not read */
    serve_udp(REPLY_WHOLE, 1);
    ck_assert_uint_eq(answered(client), 82);
    loop_once(bench.loop);
    ck_assert(!readable(client));
    close(client);
}
END_TEST

START_TEST(a_client_that_is_gone_does_no_harm)
{
    int client = client_to(SOCK_DGRAM, "127.0.0.1"), other = client_to(SOCK_DGRAM, "127.0.0.1");
    ask(client, 84, "new.test.");
    until_jobs(1);
    close(client);
    serve_udp(REPLY_WHOLE, 1);
    until_jobs(0);
    all_read(other);
    close(other);
}
END_TEST

START_TEST(what_was_taken_is_given_back_where_memory_ends) /* LIMITS G5 */
{
    struct listen_udp_setup setup = { .loop = bench.loop,
                                      .gate = &edge.gate,
                                      .waiting_max = WAITING };
    struct listen_udp *made = NULL;
    for (uint64_t succeed = 0; made == NULL; succeed++) {
        setup.fd = bound(SOCK_DGRAM, "127.0.0.1", 0);
        memory_fail_after(succeed);
        made = listen_udp_create(&setup);
        ck_assert(memory_fail_stop() == (made == NULL));
        ck_assert(made != NULL || fcntl(setup.fd, F_GETFD) < 0); /* closed */
    }
    listen_udp_destroy(made);
    listen_udp_destroy(NULL);
}
END_TEST

Suite *resolver_listen_udp_suite(void)
{
    Suite *suite = suite_create("resolver/listen_udp");
    TCase *tcase = tcase_create("listen_udp");

    tcase_add_checked_fixture(tcase, set_up, edge_end);
    tcase_add_test(tcase, a_known_name_is_answered_at_once);
    tcase_add_test(tcase, an_unknown_name_is_answered_when_its_server_has);
    tcase_add_test(tcase, more_than_a_batch_is_answered_to_the_last);
    tcase_add_test(tcase, clients_take_no_more_places_than_there_are);
    tcase_add_test(tcase, places_are_used_again);
    tcase_add_test(tcase, numbers_that_nobody_has_any_more_do_nothing);
    tcase_add_test(tcase, a_flood_gets_no_more_than_it_sent_and_the_burst);
    tcase_add_test(tcase, a_late_answer_has_the_price_of_its_own_query);
    tcase_add_test(tcase, batches_are_limited_as_single_questions_are);
    tcase_add_test(tcase, what_no_query_is_gets_no_answer);
    tcase_add_loop_test(tcase, an_answer_leaves_from_the_address_that_was_asked, 0,
                        sizeof local_addresses / sizeof *local_addresses);
    tcase_add_test(tcase, one_who_stops_still_answers_those_who_wait);
    tcase_add_test(tcase, a_client_that_is_gone_does_no_harm);
    tcase_add_test(tcase, what_was_taken_is_given_back_where_memory_ends);
    suite_add_tcase(suite, tcase);
    return suite;
}
