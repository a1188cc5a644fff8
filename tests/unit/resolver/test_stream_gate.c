/* TCP clients of a network that takes too much processor time (LIMITS 4.2, SPEC R5). */
#include "resolver/edge/stream_gate.h"

#include "tests/unit/base/log_lines.h"
#include "tests/unit/policy/cputime_test.h"
#include "tests/unit/resolver/stream_test.h"

static const char us[] = "127.0.0.1";

/* Here all clients are on this machine. */
static void set_up(void)
{
    stream_set_up();
    cputime_up(&bench.policy->rate);
    bench.policy->rate.mode = RATELIMIT_ENFORCE;
    edge.stream_gate = (struct stream_gate){ cputime, bench.policy, &bench.metrics };
}

static void tear_down(void)
{
    edge_end();
    cputime_destroy(cputime);
}

START_TEST(who_stands_back_is_answered_all_the_same_and_comes_to_the_front_again)
{
    int client = client_new();
    ask(client, 1, "known.test.");
    ck_assert_uint_eq(answered(client), 1);
    takes_until(us, CPUTIME_LATER, bench.now);
    ask(client, 2, "known.test.");
    ck_assert_uint_eq(answered(client), 2);
    time_passes_ms(2 * CPUTIME_PENALTY_MS);
    ask(client, 3, "known.test.");
    ck_assert_uint_eq(answered(client), 3);
    close(client);
}
END_TEST

/* What the server was asked first, of n1.test. and n2.test., which come in this order. */
static unsigned asked_first(int one, int two)
{
    static uint8_t query[SERVER_OCTETS];
    ask(one, 1, "n1.test.");
    ask(two, 2, "n2.test.");
    until_jobs(2);
    (void)read_question(query);
    return (unsigned)(query[HEADER_OCTETS + 2] - '0');
}

START_TEST(who_takes_too_much_comes_after_the_others_until_he_has_rested)
{
    int burner = client_new(), other = client_from("127.0.0.2");
    until_connections(2);
    loop_once(bench.loop);
    if (_i > 0)
        takes_until(us, CPUTIME_LATER, bench.now);
    if (_i > 1)
        time_passes_ms(2 * CPUTIME_PENALTY_MS);
    ck_assert_uint_eq(asked_first(burner, other), _i == 1 ? 2 : 1);
    close(burner);
    close(other);
}
END_TEST

START_TEST(what_is_known_is_told_where_work_is_refused)
{
    takes_until(us, CPUTIME_REFUSE, bench.now);
    int client = client_new();
    ask(client, 1, "known.test.");
    ck_assert_uint_eq(answered(client), 1);
    ck_assert_uint_eq(bench.metrics.cpu_closed, 0);
    close(client);
}
END_TEST

START_TEST(log_only_ends_no_connection) /* RULINGS A21 */
{
    struct stream_gate_client client = { .from = endpoint_of("45.0.0.1") };
    struct meter meter;

    meter_init(&meter);
    takes_until("45.0.0.1", CPUTIME_CLOSE, bench.now);
    bench.policy->rate.mode = RATELIMIT_LOG_ONLY;
    stream_gate_enter(&edge.stream_gate, &client, &meter, bench.now);
    ck_assert_uint_gt(client.key.room, 0);
    ck_assert_int_eq(stream_gate_judge(&edge.stream_gate, &client, bench.now), CPUTIME_AT_ONCE);
    ck_assert_uint_eq(bench.metrics.cpu_closed, 0);
}
END_TEST

START_TEST(of_those_who_are_sent_away_one_line_tells_in_30_s) /* LIMITS H6 */
{
    log_lines_begin(bench.now);
    ck_assert(cputime_may_tell(cputime, CPUTIME_REFUSE, bench.now)); /* another one */
    takes_until(us, CPUTIME_CLOSE, bench.now);
    for (unsigned i = 0; i < 3; i++) {
        int client = client_new();
        assert_ended(client);
        close(client);
    }
    ck_assert_uint_eq(bench.metrics.cpu_closed, 3);
    ck_assert_uint_eq(log_lines_end("its connections are ended"), 1);
}
END_TEST

START_TEST(who_goes_on_when_he_is_refused_is_sent_away)
{
    int client = client_new();
    ask(client, 1, "known.test.");
    ck_assert_uint_eq(answered(client), 1);
    takes_until(us, CPUTIME_CLOSE, bench.now);
    ask(client, 2, "known.test.");
    assert_ended(client);
    ck_assert_uint_eq(bench.metrics.cpu_closed, 1);
    close(client);
}
END_TEST

START_TEST(and_is_not_let_in_until_he_has_rested)
{
    takes_until(us, CPUTIME_CLOSE, bench.now);
    int client = client_new();
    assert_ended(client);
    close(client);
    ck_assert_uint_eq(bench.metrics.cpu_closed, 1);
    time_passes_ms(CPUTIME_PENALTY_MS);
    client = client_new();
    ask(client, 1, "known.test.");
    ck_assert_uint_eq(answered(client), 1);
    close(client);
}
END_TEST

START_TEST(to_connect_and_to_leave_is_charged_too)
{
    struct stream_gate_client client = { .from = endpoint_of("45.0.0.1") };
    struct meter meter;
    unsigned connections = 0;

    meter_init(&meter);
    while (stream_gate_judge(&edge.stream_gate, &client, bench.now) == CPUTIME_AT_ONCE ||
           connections == 0) {
        stream_gate_enter(&edge.stream_gate, &client, &meter, bench.now);
        connections++;
    }
    ck_assert_uint_eq(connections,
                      CPUTIME_HELD_MS * CPUTIME_LATER_LEAK / (METER_CONNECTION / 1000) + 1);
    ck_assert_uint_eq(meter.weighed_ns, (uint64_t)connections * METER_CONNECTION);
}
END_TEST

START_TEST(nobody_is_counted_where_there_is_no_limiter)
{
    struct stream_gate none = { NULL, bench.policy, &bench.metrics };
    struct stream_gate_client client = { .from = endpoint_of(us) };
    struct meter meter;

    meter_init(&meter);
    takes_until(us, CPUTIME_CLOSE, bench.now);
    stream_gate_enter(&none, &client, &meter, bench.now);
    ck_assert_int_eq(stream_gate_judge(&none, &client, bench.now), CPUTIME_AT_ONCE);
}
END_TEST

Suite *resolver_stream_gate_suite(void)
{
    Suite *suite = suite_create("resolver/stream_gate");
    TCase *tcase = tcase_create("gate");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, who_stands_back_is_answered_all_the_same_and_comes_to_the_front_again);
    tcase_add_loop_test(tcase, who_takes_too_much_comes_after_the_others_until_he_has_rested, 0, 3);
    tcase_add_test(tcase, what_is_known_is_told_where_work_is_refused);
    tcase_add_test(tcase, log_only_ends_no_connection);
    tcase_add_test(tcase, of_those_who_are_sent_away_one_line_tells_in_30_s);
    tcase_add_test(tcase, who_goes_on_when_he_is_refused_is_sent_away);
    tcase_add_test(tcase, and_is_not_let_in_until_he_has_rested);
    tcase_add_test(tcase, to_connect_and_to_leave_is_charged_too);
    tcase_add_test(tcase, nobody_is_counted_where_there_is_no_limiter);
    suite_add_tcase(suite, tcase);
    return suite;
}
