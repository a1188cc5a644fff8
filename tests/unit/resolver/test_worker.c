#include "tests/unit/resolver/worker_test.h"

/* Real threads, each with a clock of its own: the questions are such as need no server. */

static void set_up(void)
{
    server_up();
    bench_policy("127.0.0.1");
    workers_up();
}

START_TEST(workers_answer_until_they_are_stopped)
{
    uint64_t questions = 0;
    workers_start();
    for (uint16_t id = 0; id < 20; id++) { /* the system spreads clients over workers */
        int type = id % 2 ? SOCK_STREAM : SOCK_DGRAM, client = client_of(type);
        client_ask(client, type, id);
        close(client);
    }
    for (unsigned i = 0; i < WORKERS; i++)
        worker_stop(workers[i], 1000);
    for (unsigned i = 0; i < WORKERS; i++) {
        worker_join(workers[i]);
        questions += worker_metrics(workers[i])->client_udp_queries +
                     worker_metrics(workers[i])->client_tcp_queries;
    }
    ck_assert_uint_eq(questions, 20);
}
END_TEST

START_TEST(a_worker_that_was_never_started_can_be_destroyed)
{
    worker_destroy(workers[1]);
    workers[1] = NULL;
    worker_destroy(NULL);
}
END_TEST

START_TEST(open_connections_end_with_their_worker)
{
    uint8_t octet;
    int client = client_of(SOCK_STREAM);
    workers_start();
    client_ask(client, SOCK_STREAM, 1);
    for (unsigned i = 0; i < WORKERS; i++) {
        worker_stop(workers[i], 0);
        worker_join(workers[i]);
        worker_destroy(workers[i]);
        workers[i] = NULL;
    }
    while (recv(client, &octet, 1, 0) > 0) {
    }
    ck_assert_uint_eq(atomic_load(&crowd.count), 0);
    close(client);
}
END_TEST

Suite *resolver_worker_suite(void)
{
    Suite *suite = suite_create("resolver/worker");
    TCase *tcase = tcase_create("worker");

    tcase_add_checked_fixture(tcase, set_up, workers_down);
    tcase_add_test(tcase, workers_answer_until_they_are_stopped);
    tcase_add_test(tcase, a_worker_that_was_never_started_can_be_destroyed);
    tcase_add_test(tcase, open_connections_end_with_their_worker);
    suite_add_tcase(suite, tcase);
    return suite;
}
