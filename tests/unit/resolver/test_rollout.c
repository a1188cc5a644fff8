#include "resolver/rollout.h"

#include "tests/unit/resolver/worker_test.h"

/* Real threads, which are asked a question where a test must wait for them. */

enum { QUESTIONS_MAX = 10000 };

static struct rollout *rollout;

static void set_up(void)
{
    server_up();
    bench_policy("127.0.0.1");
    bench.policy->limits.refused_per_s = 1000 * 1000; /* each question here is refused */
    workers_up();
    rollout = rollout_create(bench.policy, workers, WORKERS);
    ck_assert_ptr_nonnull(rollout);
}

static void tear_down(void)
{
    rollout_destroy(rollout);
    workers_down();
}

static unsigned ask(void)
{
    int client = client_of(SOCK_DGRAM);
    unsigned rcode = client_ask(client, SOCK_DGRAM, 7);
    close(client);
    return rcode;
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
    workers_start();
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
    workers_start(); /* now they read their letters */
    until_settled();
    ck_assert_int_eq(rollout_release(rollout, draft), ST_OK);
    until_settled();
    stop();
}
END_TEST

START_TEST(many_in_a_row_all_come_through)
{
    workers_start();
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
