#include "resolver/rollout.h"

#include "tests/unit/net/server_test.h"

/* Real threads, which are asked a question where a test must wait for them. */

enum { WORKERS = 2, WAIT_MS = 20000, QUESTIONS_MAX = 10000 };

static struct doors doors;
static struct worker *workers[WORKERS];
static struct rollout *rollout;
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
    bench.policy->limits.refused_per_s = 1000 * 1000; /* each question here is refused */
    bench_start(&nobody);                             /* for caches, pool and crypto */
    ck_assert_int_eq(endpoint_parse("127.0.0.1", server.port, &address), ST_OK);
    server_down();
    log_level_set(LOG_ERROR);
    ck_assert_int_eq(doors_open(&doors, &address, 1, WORKERS, LISTEN_WRITTEN), ST_OK);
    for (unsigned i = 0; i < WORKERS; i++) {
        workers[i] = make(i);
        ck_assert_ptr_nonnull(workers[i]);
    }
    rollout = rollout_create(bench.policy, workers, WORKERS);
    ck_assert_ptr_nonnull(rollout);
}

static void tear_down(void)
{
    rollout_destroy(rollout);
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

/* A question that the gate answers by itself: a type that is no data. The RCODE of the answer. */
static unsigned ask(void)
{
    uint8_t message[512] = { 0 };
    int client = client_of(SOCK_DGRAM);
    size_t len = question_for(message, sizeof message, 7, "x.test.", 254);
    ck_assert_int_eq(send(client, message, len, 0), (ssize_t)len);
    wait_for(client);
    ck_assert_int_ge(recv(client, message, sizeof message, 0), 12);
    close(client);
    return message[3] & 15;
}

static void start(void)
{
    for (unsigned i = 0; i < WORKERS; i++)
        ck_assert_int_eq(worker_start(workers[i]), ST_OK);
}

static void stop(void)
{
    for (unsigned i = 0; i < WORKERS; i++) {
        worker_stop(workers[i], 0);
        worker_join(workers[i]);
    }
}

/* Each question is answered by a thread that has work to do; some time all letters are read. */
static void until_settled(void)
{
    for (unsigned asked = 0; !rollout_settle(rollout); asked++) {
        ck_assert_uint_lt(asked, QUESTIONS_MAX);
        (void)ask();
    }
}

/* Nobody may ask any more. */
static struct policy *closed_door(void)
{
    struct policy *draft = rollout_draft(rollout);
    ck_assert_ptr_nonnull(draft);
    acl_clear(&draft->allow);
    return draft;
}

START_TEST(what_is_released_is_in_force_in_every_worker) /* RULINGS B22 */
{
    ck_assert_ptr_eq(rollout_newest(rollout), bench.policy);
    ck_assert(rollout_settle(rollout));
    start();
    ck_assert_uint_eq(ask(), RCODE_NOTIMP);
    struct policy *draft = closed_door();
    ck_assert_int_eq(rollout_release(rollout, draft), ST_OK);
    ck_assert_ptr_eq(rollout_newest(rollout), draft);
    until_settled();
    for (unsigned i = 0; i < 20; i++) /* the system spreads clients over workers */
        ck_assert_uint_eq(ask(), RCODE_REFUSED);
    stop();
}
END_TEST

START_TEST(an_older_one_stays_while_a_worker_may_look_at_it)
{
    struct policy *draft;
    for (unsigned i = 1; i < ROLLOUT_MAX; i++) {
        draft = rollout_draft(rollout);
        ck_assert_int_eq(rollout_release(rollout, draft), ST_OK);
        ck_assert(!rollout_settle(rollout));
    }
    draft = rollout_draft(rollout);
    ck_assert_int_eq(rollout_release(rollout, draft), ST_BUSY);
    start(); /* now they read their letters */
    until_settled();
    ck_assert_int_eq(rollout_release(rollout, draft), ST_OK);
    until_settled();
    stop();
}
END_TEST

START_TEST(many_in_a_row_all_come_through)
{
    start();
    for (unsigned i = 0; i < 100; i++) {
        ck_assert_int_eq(rollout_release(rollout, rollout_draft(rollout)), ST_OK);
        until_settled();
    }
    stop();
}
END_TEST

Suite *resolver_rollout_suite(void)
{
    Suite *suite = suite_create("resolver/rollout");
    TCase *tcase = tcase_create("rollout");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_is_released_is_in_force_in_every_worker);
    tcase_add_test(tcase, an_older_one_stays_while_a_worker_may_look_at_it);
    tcase_add_test(tcase, many_in_a_row_all_come_through);
    suite_add_tcase(suite, tcase);
    return suite;
}
