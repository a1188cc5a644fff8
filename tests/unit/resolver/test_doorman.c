#include "resolver/edge/doorman.h"

#include "tests/unit/base/log_lines.h"
#include "tests/unit/resolver/stream_test.h"

/* ---- who is turned away ---- */

START_TEST(strangers_take_no_place) /* LIMITS F5, F9 */
{
    acl_clear(&bench.policy->allow);
    ck_assert_int_eq(acl_add_text(&bench.policy->allow, "127.0.0.1/32"), ST_OK);
    bench.policy->limits.tcp_clients = 1;
    int stranger = client_from("127.0.0.2"), friend = client_new();
    assert_ended(stranger);
    ask(friend, 1, "known.test.");
    ck_assert_uint_eq(answered(friend), 1);
    ck_assert_uint_eq(bench.metrics.tcp_strangers, 1);
    ck_assert_uint_eq(bench.metrics.tcp_yielded, 0);
    close(stranger);
    close(friend);
}
END_TEST

START_TEST(who_finds_no_place_waits_until_somebody_yields)
{
    bench.policy->limits.tcp_clients = 1;
    int first = client_new(), second = client_new();
    until_connections(1);
    loop_once(bench.loop);
    assert_open(second);
    tick_after_ms(COMPANY_REST_MS);
    assert_ended(first);
    ck_assert_uint_eq(bench.metrics.tcp_yielded, 1);
    ck_assert_uint_eq(bench.metrics.tcp_timed_out, 0);
    tick_after_ms(10001);
    assert_ended(second);
    ck_assert_uint_eq(bench.metrics.tcp_timed_out, 1);
    close(first);
    close(second);
}
END_TEST

START_TEST(who_would_have_more_than_those_who_might_yield_is_counted)
{
    enum { PLACES = COMPANY_FEW + 1 };
    int own[PLACES], other = client_from("127.0.0.2");
    struct prefix all;
    ck_assert_int_eq(prefix_parse("127.0.0.0/8", &all), ST_OK);
    ck_assert_int_eq(networks_add(&bench.policy->rate.networks, &all, 1), ST_OK);
    bench.policy->limits.tcp_clients = PLACES;
    ask(other, 1, "n1.test.");
    until_jobs(1);
    time_passes_ms(COMPANY_KEPT_MS);
    for (unsigned i = 0; i < PLACES; i++) { /* the last of them is one too many */
        own[i] = client_new();
        ask(own[i], 2, "n2.test.");
        if (i < COMPANY_FEW)
            until_jobs(2 + i);
    }
    assert_ended(own[PLACES - 1]);
    ck_assert_uint_eq(bench.metrics.tcp_surplus, 1);
    ck_assert_uint_eq(bench.metrics.tcp_crowded, 0);
    for (unsigned i = 0; i < PLACES; i++)
        close(own[i]);
    close(other);
}
END_TEST

START_TEST(who_has_all_its_places_is_counted)
{
    struct prefix own;
    ck_assert_int_eq(prefix_parse("127.0.0.0/8", &own), ST_OK);
    ck_assert_int_eq(networks_add(&bench.policy->rate.networks, &own, 1), ST_OK);
    bench.policy->limits.tcp_clients_prefix = 1;
    int first = client_new(), second = client_new(), other = client_from("127.0.0.2");
    assert_ended(second);
    until_connections(2);
    ck_assert_uint_eq(bench.metrics.tcp_crowded, 1);
    ck_assert_uint_eq(bench.metrics.tcp_surplus, 0);
    close(first);
    close(second);
    close(other);
}
END_TEST

START_TEST(of_each_kind_one_line_tells_in_30_s) /* LIMITS H6 */
{
    struct prefix own;
    ck_assert_int_eq(prefix_parse("127.0.0.0/8", &own), ST_OK);
    ck_assert_int_eq(networks_add(&bench.policy->rate.networks, &own, 1), ST_OK);
    acl_clear(&bench.policy->allow);
    ck_assert_int_eq(acl_add_text(&bench.policy->allow, "127.0.0.1/32"), ST_OK);
    bench.policy->limits.tcp_clients_prefix = 1;
    int first = client_new();
    until_connections(1);
    log_lines_begin(bench.now);
    for (unsigned i = 0; i < 6; i++) {
        int client = client_from(i % 2 ? "127.0.0.1" : "127.0.0.2");
        assert_ended(client);
        close(client);
    }
    ck_assert_uint_eq(bench.metrics.tcp_strangers, 3);
    ck_assert_uint_eq(bench.metrics.tcp_crowded, 3);
    ck_assert_uint_eq(log_lines_end("was closed at once"), 2);
    close(first);
}
END_TEST

/* ---- how many, and how long ---- */

START_TEST(so_many_are_let_in_at_a_time_and_the_rest_after_the_others)
{
    enum { NEWCOMERS = DOORMAN_ACCEPTS + 4 };
    int clients[NEWCOMERS];
    for (unsigned i = 0; i < NEWCOMERS; i++)
        clients[i] = client_new();
    while (atomic_load(&edge.crowd.count) == 0)
        loop_once(bench.loop);
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), DOORMAN_ACCEPTS);
    until_connections(NEWCOMERS);
    for (unsigned i = 0; i < NEWCOMERS; i++)
        close(clients[i]);
}
END_TEST

START_TEST(who_stops_while_somebody_waits_lets_nobody_in)
{
    bench.policy->limits.tcp_clients = 1;
    int first = client_new(), second = client_new();
    until_connections(1);
    while (!listen_stream_is_paused(edge.stream))
        loop_once(bench.loop);
    listen_stream_stop(edge.stream);
    ck_assert(!listen_stream_is_paused(edge.stream));
    close(first);
    until_connections(0);
    listen_stream_tick(edge.stream);
    for (unsigned i = 0; i < 5; i++)
        loop_once(bench.loop);
    ck_assert_uint_eq(atomic_load(&edge.crowd.count), 0);
    close(second);
}
END_TEST

/* ---- what clients are told of it ---- */

/* Asks with an OPT that wants the keepalive; what comes back, in 100 ms. */
static unsigned keepalive_told(int client)
{
    static const uint8_t opt[] = { 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 4, 0, 11, 0, 0 };
    uint8_t message[512], answer[512];
    size_t len = framed_question(message, 1, "known.test.", TYPE_A);

    message[1] = (uint8_t)(message[1] + sizeof opt);
    message[2 + 11] = 1;
    memcpy(message + len, opt, sizeof opt);
    send_octets(client, message, len + sizeof opt);
    read_whole(client, answer, 2);
    len = (size_t)answer[0] << 8 | answer[1];
    ck_assert_uint_le(len, sizeof answer);
    read_whole(client, answer, len);
    const uint8_t *option = memmem(answer, len, "\0\13\0\2", 4);
    ck_assert_ptr_nonnull(option);
    return (unsigned)(option[4] << 8 | option[5]);
}

START_TEST(a_client_is_told_how_long_it_will_be_kept) /* RFC 7828 §3.3.2, LIMITS F9 */
{
    bench.policy->limits.tcp_clients = 5;
    int clients[5];
    static const unsigned told[5] = { 100, 100, 20, 20, 2 };
    for (unsigned i = 0; i < 5; i++) {
        clients[i] = client_new();
        ck_assert_uint_eq(keepalive_told(clients[i]), told[i]);
    }
    for (unsigned i = 0; i < 5; i++)
        close(clients[i]);
}
END_TEST

Suite *resolver_doorman_suite(void)
{
    Suite *suite = suite_create("resolver/doorman");
    TCase *away = tcase_create("away"), *keepalive = tcase_create("keepalive");

    tcase_add_checked_fixture(away, stream_set_up, edge_end);
    tcase_add_test(away, strangers_take_no_place);
    tcase_add_test(away, who_finds_no_place_waits_until_somebody_yields);
    tcase_add_test(away, who_would_have_more_than_those_who_might_yield_is_counted);
    tcase_add_test(away, who_has_all_its_places_is_counted);
    tcase_add_test(away, of_each_kind_one_line_tells_in_30_s);
    tcase_add_test(away, so_many_are_let_in_at_a_time_and_the_rest_after_the_others);
    tcase_add_test(away, who_stops_while_somebody_waits_lets_nobody_in);
    suite_add_tcase(suite, away);
    tcase_add_checked_fixture(keepalive, stream_set_up, edge_end);
    tcase_add_test(keepalive, a_client_is_told_how_long_it_will_be_kept);
    suite_add_tcase(suite, keepalive);
    return suite;
}
