#include "resolver/worker.h"

#include "tests/unit/net/server_test.h"

/* Real threads, each with a clock of its own: the questions are such as need no server. */

enum { WORKERS = 2, WAIT_MS = 20000 };

static struct doors doors;
static struct worker *workers[WORKERS];
static atomic_uint connections;

static struct worker *make(unsigned index)
{
    struct worker_setup setup = {
        .policy = bench.policy,
        .caches = bench.caches,
        .crypto = bench.crypto,
        .pool = bench.pool,
        .connections = &connections,
        .doors = doors.list + (size_t)index * doors.addresses,
        .door_count = doors.addresses,
    };
    return worker_create(&setup);
}

static void set_up(void)
{
    struct loop_clients nobody = { .context = NULL };
    struct endpoint address;

    server_up();
    bench_policy("127.0.0.1");
    bench_start(&nobody); /* for caches, pool and crypto */
    ck_assert_int_eq(endpoint_parse("127.0.0.1", server.port, &address), ST_OK);
    server_down();
    log_level_set(LOG_ERROR);
    ck_assert_int_eq(doors_open(&doors, &address, 1, WORKERS, LISTEN_WRITTEN), ST_OK);
    for (unsigned i = 0; i < WORKERS; i++) {
        workers[i] = make(i);
        ck_assert_ptr_nonnull(workers[i]);
    }
}

static void tear_down(void)
{
    for (unsigned i = 0; i < WORKERS; i++)
        worker_destroy(workers[i]);
    doors_close(&doors);
    bench_end();
}

static int client_of(int type)
{
    struct sockaddr_in address = address_v4("127.0.0.1", server.port);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void wait_for(int fd)
{
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
    ck_assert_int_eq(poll(&poll_fd, 1, WAIT_MS), 1);
}

/* A question that the gate answers by itself: a type that is no data. */
static void ask(int client, int type, uint16_t id)
{
    uint8_t message[512] = { 0 };
    size_t prefix = type == SOCK_STREAM ? 2 : 0;
    size_t len = question_for(message + prefix, 500, id, "x.test.", 254);
    message[prefix ? 1 : sizeof message - 1] = (uint8_t)len;
    ck_assert_int_eq(send(client, message, prefix + len, 0), (ssize_t)(prefix + len));
    wait_for(client);
    ck_assert_int_ge(recv(client, message, prefix + 12, MSG_WAITALL), 12);
    ck_assert_uint_eq((unsigned)(message[prefix] << 8 | message[prefix + 1]), id);
    ck_assert_uint_ne(message[prefix + 2] & 0x80, 0);
}

START_TEST(workers_answer_until_they_are_stopped)
{
    uint64_t questions = 0;
    for (unsigned i = 0; i < WORKERS; i++)
        ck_assert_int_eq(worker_start(workers[i]), ST_OK);
    for (uint16_t id = 0; id < 20; id++) { /* the system spreads clients over workers */
        int type = id % 2 ? SOCK_STREAM : SOCK_DGRAM, client = client_of(type);
        ask(client, type, id);
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
    for (unsigned i = 0; i < WORKERS; i++)
        ck_assert_int_eq(worker_start(workers[i]), ST_OK);
    ask(client, SOCK_STREAM, 1);
    for (unsigned i = 0; i < WORKERS; i++) {
        worker_stop(workers[i], 0);
        worker_join(workers[i]);
        worker_destroy(workers[i]);
        workers[i] = NULL;
    }
    while (recv(client, &octet, 1, 0) > 0) {
    }
    ck_assert_uint_eq(atomic_load(&connections), 0);
    close(client);
}
END_TEST

Suite *resolver_worker_suite(void)
{
    Suite *suite = suite_create("resolver/worker");
    TCase *tcase = tcase_create("worker");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, workers_answer_until_they_are_stopped);
    tcase_add_test(tcase, a_worker_that_was_never_started_can_be_destroyed);
    tcase_add_test(tcase, open_connections_end_with_their_worker);
    suite_add_tcase(suite, tcase);
    return suite;
}
