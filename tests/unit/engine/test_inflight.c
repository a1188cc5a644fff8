#include <stdio.h>

#include "lib/engine/state.h"
#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

/* An engine whose fetches are begun and joined but never stepped, and jobs that wait for them. */
enum { JOBS = 8, POOL_OCTETS = 8 << 20 };

static struct engine *engine;
static struct engine_setup setup;
static struct policy *policy;
static struct metrics metrics;
static struct job jobs[JOBS];
static struct cause cause;

static void job_set_up(struct job *job)
{
    memset(job, 0, sizeof *job);
    budget_init(&job->budget, &policy->limits);
    job->deadline = HEAP_NODE_OUT;
    list_init(&job->answering);
    list_init(&job->over);
    list_init(&job->all);
}

static void set_up(void)
{
    struct caches_setup caches = { .octets = 4 << 20, .workers = 1 };

    policy = policy_create();
    ck_assert_ptr_nonnull(policy);
    caches.limits = &policy->limits;
    setup = (struct engine_setup){ .policy = policy,
                                   .caches = caches_create(&caches),
                                   .pool = pool_create(POOL_OCTETS),
                                   .metrics = &metrics };
    prng_seed_number(&setup.prng, 1);
    engine = engine_create(&setup);
    ck_assert_ptr_nonnull(engine);
    for (unsigned i = 0; i < JOBS; i++)
        job_set_up(&jobs[i]);
}

static void tear_down(void)
{
    for (unsigned i = 0; i < JOBS; i++) {
        wait_lift(&jobs[i].wait);
        list_remove(&jobs[i].answering);
        list_remove(&jobs[i].over);
    }
    engine_destroy(engine);
    caches_destroy(setup.caches);
    pool_destroy(setup.pool);
    policy_destroy(policy);
}

static struct fetch *begin(enum purpose purpose, const char *text, struct fetch *waiter,
                           struct job *job)
{
    struct name name = name_of(text);
    struct fetch_wish wish = { .key = { purpose, DATA_CHECKED, &name, TYPE_A },
                               .waiter = waiter,
                               .job = job,
                               .job_wait = job ? &job->wait : NULL };
    return fetch_begin(engine, &wish, &cause);
}

static struct fetch *answer_for(unsigned job, const char *text)
{
    struct fetch *fetch = begin(FOR_ANSWER, text, NULL, &jobs[job]);
    ck_assert_ptr_nonnull(fetch);
    return fetch;
}

static struct fetch *keys_for(struct fetch *waiter, const char *text)
{
    return begin(FOR_KEYS, text, waiter, NULL);
}

/* ---- found and joined ---- */

START_TEST(a_fetch_is_found_by_all_of_its_key)
{
    struct fetch *fetch = answer_for(0, "www.example.");
    struct name name = name_of("WWW.example."), other = name_of("w.example.");
    struct fetch_key key = { FOR_ANSWER, DATA_CHECKED, &name, TYPE_A };

    ck_assert_ptr_eq(inflight_find(engine, &key), fetch); /* RFC 4343 */
    key.purpose = FOR_ADDRESS;                            /* RULINGS A4 */
    ck_assert_ptr_null(inflight_find(engine, &key));
    key = (struct fetch_key){ FOR_ANSWER, DATA_UNCHECKED, &name, TYPE_A };
    ck_assert_ptr_null(inflight_find(engine, &key));
    key = (struct fetch_key){ FOR_ANSWER, DATA_CHECKED, &name, TYPE_AAAA };
    ck_assert_ptr_null(inflight_find(engine, &key));
    key = (struct fetch_key){ FOR_ANSWER, DATA_CHECKED, &other, TYPE_A };
    ck_assert_ptr_null(inflight_find(engine, &key));
}
END_TEST

START_TEST(one_question_is_fetched_once_for_all) /* LIMITS A3, RFC 5452 §5 */
{
    struct fetch *fetch = answer_for(0, "www.example.");

    for (unsigned i = 1; i < JOBS; i++)
        ck_assert_ptr_eq(answer_for(i, "Www.Example."), fetch);
    ck_assert_uint_eq(engine->fetch_count, 1);
    ck_assert(fetch->is_ready);
}
END_TEST

/* RULINGS A13: what was begun before may have read what is no longer believed. Those who want it
 * anew at the same moment share it (LIMITS E7), and so do all who come then. */
START_TEST(what_is_asked_anew_joins_only_what_is_asked_anew)
{
    struct name name = name_of("www.example.");
    struct fetch *fetch = answer_for(0, "www.example.");
    struct fetch_wish wish = { .key = { FOR_ANSWER, DATA_CHECKED, &name, TYPE_A },
                               .job = &jobs[1],
                               .job_wait = &jobs[1].wait,
                               .skip_cache = true };

    struct fetch *anew = fetch_begin(engine, &wish, &cause);
    ck_assert_ptr_nonnull(anew);
    ck_assert_ptr_ne(anew, fetch);
    for (unsigned i = 2; i < JOBS; i++) {
        wish.job = &jobs[i];
        wish.job_wait = &jobs[i].wait;
        wish.skip_cache = i % 2;
        ck_assert(fetch_begin(engine, &wish, &cause) == anew || !wish.skip_cache);
    }
    ck_assert_uint_eq(engine->fetch_count, 2);
}
END_TEST

START_TEST(a_cut_that_is_given_outlives_its_giver)
{
    struct server *servers = memory_array(2, sizeof *servers);
    struct name zone = name_of("example.");
    struct delegation cut = { .zone = zone, .servers = servers, .server_count = 2 };
    struct fetch *waiter = answer_for(0, "www.example.");
    struct fetch_wish wish = { .key = { FOR_RECORDS, DATA_CHECKED, &zone, TYPE_DNSKEY },
                               .waiter = waiter,
                               .cut = &cut };

    servers[1].name = name_of("ns.example.");
    struct fetch *fetch = fetch_begin(engine, &wish, &cause);
    memory_free(servers);
    ck_assert_ptr_nonnull(fetch);
    ck_assert(fetch->walk->has_cut);
    assert_name(&fetch->walk->cut.servers[1].name, "ns.example.");
    assert_name(&fetch->walk->at, "example.");
}
END_TEST

/* ---- circles (RULINGS A3, LIMITS E4) ---- */

START_TEST(nobody_waits_for_himself)
{
    struct fetch *a = answer_for(0, "a."), *b = keys_for(a, "b."), *c = keys_for(b, "c.");

    ck_assert_ptr_null(keys_for(c, "b."));
    ck_assert_int_eq(cause.why, WHY_CYCLE);
    ck_assert_ptr_null(keys_for(c, "c.")); /* not even directly */
    ck_assert_int_eq(cause.why, WHY_CYCLE);
    ck_assert(inflight_reaches(engine, a, c));
    ck_assert(!inflight_reaches(engine, c, a));
    ck_assert_ptr_eq(keys_for(a, "c."), c); /* two ways to one place are no circle */
}
END_TEST

START_TEST(two_jobs_cannot_close_a_circle_together)
{
    struct fetch *one = answer_for(0, "one."), *two = answer_for(1, "two.");
    struct fetch *x = keys_for(one, "x."), *y = keys_for(two, "y.");

    ck_assert_ptr_eq(keys_for(x, "y."), y);
    ck_assert_ptr_null(keys_for(y, "x."));
    ck_assert_int_eq(cause.why, WHY_CYCLE);
}
END_TEST

START_TEST(a_lifted_edge_leads_nowhere)
{
    struct fetch *a = answer_for(0, "a."), *b = keys_for(a, "b."), *c = keys_for(b, "c.");
    struct wait *wait = LIST_OF(b->needs.next, struct wait, of_waiter);

    ck_assert_ptr_eq(wait->waited, c);
    wait_lift(wait);
    wait_lift(wait); /* again: nothing happens */
    ck_assert(!inflight_reaches(engine, a, c));
    ck_assert(list_empty(&c->waiters) && list_empty(&b->needs));
    ck_assert_ptr_eq(keys_for(c, "b."), b);
}
END_TEST

/* Forty fetches, edges at random: what may be joined is what Warshall's closure allows. */
START_TEST(random_edges_agree_with_the_model)
{
    enum { NODES = 40 };
    static bool reaches[NODES][NODES];
    struct fetch *nodes[NODES];
    char text[8];

    for (unsigned i = 0; i < NODES; i++) {
        snprintf(text, sizeof text, "n%u.", i);
        nodes[i] = begin(FOR_KEYS, text, NULL, &jobs[0]);
        wait_lift(&jobs[0].wait);
        reaches[i][i] = true;
    }
    for (unsigned step = 0; step < 400; step++) {
        unsigned from = prng_below(&setup.prng, NODES), to = prng_below(&setup.prng, NODES);
        snprintf(text, sizeof text, "n%u.", to);
        ck_assert((keys_for(nodes[from], text) != NULL) == !reaches[to][from]);
        for (unsigned i = 0; i < NODES && !reaches[to][from]; i++)
            for (unsigned j = 0; j < NODES; j++)
                reaches[i][j] = reaches[i][j] || (reaches[i][from] && reaches[to][j]);
    }
    for (unsigned i = 0; i < NODES; i++)
        for (unsigned j = 0; j < NODES; j++)
            ck_assert(inflight_reaches(engine, nodes[i], nodes[j]) == reaches[i][j]);
}
END_TEST

START_TEST(lookups_nest_so_deep_and_no_deeper) /* LIMITS 0.1 */
{
    struct fetch *deepest = answer_for(0, "www.example.");
    char text[8];

    for (unsigned depth = 1; depth <= policy->limits.depth; depth++) {
        snprintf(text, sizeof text, "ns%u.", depth);
        deepest = begin(FOR_ADDRESS, text, deepest, NULL);
        ck_assert_ptr_nonnull(deepest);
        ck_assert_uint_eq(deepest->depth, depth);
        deepest = begin(FOR_KEYS, text, deepest, NULL); /* keys are no deeper */
        ck_assert_uint_eq(deepest->depth, depth);
    }
    ck_assert_ptr_null(begin(FOR_ADDRESS, "ns.", deepest, NULL));
    ck_assert_int_eq(cause.why, WHY_DEPTH_LIMIT);
}
END_TEST

START_TEST(without_memory_nothing_begins)
{
    struct fetch *fetch = answer_for(0, "www.example."), *begun;
    char text[16];
    unsigned count = 0;

    do {
        snprintf(text, sizeof text, "n%u.", count++);
        wait_lift(&jobs[1].wait);
        begun = begin(FOR_KEYS, text, NULL, &jobs[1]);
    } while (begun && count < 100000);
    ck_assert_ptr_null(begun);
    ck_assert_int_eq(cause.why, WHY_NO_MEMORY);
    ck_assert_uint_eq(engine->fetch_count, count);          /* one more before, one less now */
    ck_assert_ptr_eq(answer_for(2, "www.example."), fetch); /* joining costs nothing */
}
END_TEST

/* ---- who pays (RULINGS A3) ---- */

START_TEST(each_job_that_waits_pays_once)
{
    struct fetch *one = answer_for(0, "one."), *two = answer_for(1, "two.");
    struct fetch *left = keys_for(one, "left."), *right = keys_for(one, "right.");
    struct fetch *shared = keys_for(left, "shared.");

    ck_assert_ptr_eq(keys_for(right, "shared."), shared); /* two ways to job 0 */
    ck_assert_ptr_eq(keys_for(two, "shared."), shared);
    answer_for(2, "elsewhere.");
    ck_assert(payers_charge(engine, shared, SPEND_QUESTION, 3));
    ck_assert_uint_eq(jobs[0].budget.spent[SPEND_QUESTION], 3);
    ck_assert_uint_eq(jobs[1].budget.spent[SPEND_QUESTION], 3);
    ck_assert_uint_eq(jobs[2].budget.spent[SPEND_QUESTION], 0);
    ck_assert(payers_charge(engine, right, SPEND_PACKET, 1));
    ck_assert_uint_eq(jobs[0].budget.spent[SPEND_PACKET], 1);
    ck_assert_uint_eq(jobs[1].budget.spent[SPEND_PACKET], 0);
    ck_assert(list_empty(&engine->over));
}
END_TEST

static unsigned over_count(void)
{
    unsigned count = 0;
    LIST_EACH(node, &engine->over)
        count++;
    return count;
}

START_TEST(work_goes_on_while_one_can_pay)
{
    struct fetch *fetch = answer_for(0, "www.example.");
    uint32_t all = policy->limits.questions;

    ck_assert(payers_charge(engine, fetch, SPEND_QUESTION, all));
    answer_for(1, "www.example."); /* it pays from its joining on */
    ck_assert(payers_charge(engine, fetch, SPEND_QUESTION, 1));
    ck_assert(budget_is_over(&jobs[0].budget) && !budget_is_over(&jobs[1].budget));
    ck_assert_uint_eq(over_count(), 1);
    ck_assert(payers_charge(engine, fetch, SPEND_PACKET, 1));
    ck_assert_uint_eq(over_count(), 1); /* said once */
    ck_assert(!payers_charge(engine, fetch, SPEND_QUESTION, all));
    ck_assert_uint_eq(over_count(), 2);
    ck_assert(!payers_charge(engine, fetch, SPEND_PACKET, 1));
}
END_TEST

START_TEST(it_does_not_matter_which_of_them_can_pay)
{
    struct fetch *fetch = answer_for(0, "www.example.");
    struct budget before, after;

    answer_for(1, "www.example.");
    (void)budget_spend(&jobs[_i].budget, SPEND_QUESTION, UINT32_MAX);
    ck_assert(payers_charge(engine, fetch, SPEND_PACKET, 1));
    ck_assert_uint_eq(over_count(), 1);
    ck_assert(payers_tab(engine, fetch, &before));
    after = before;
    ck_assert(budget_spend(&after, SPEND_GOOD_UNITS, 1));
    ck_assert(payers_settle(engine, fetch, &before, &after));
}
END_TEST

START_TEST(for_nobody_nothing_is_done)
{
    struct fetch *fetch = answer_for(0, "www.example.");
    struct budget tab;

    wait_lift(&jobs[0].wait);
    ck_assert(!payers_charge(engine, fetch, SPEND_PACKET, 1));
    ck_assert(!payers_tab(engine, fetch, &tab));
    ck_assert(!payers_are_later(engine, fetch));
}
END_TEST

START_TEST(the_tab_is_as_good_as_the_best_of_all)
{
    struct fetch *fetch = answer_for(0, "www.example.");
    struct budget tab;

    answer_for(1, "www.example.");
    answer_for(2, "www.example.");
    ck_assert(budget_spend(&jobs[0].budget, SPEND_GOOD_CHECK, 5));
    ck_assert(budget_spend(&jobs[1].budget, SPEND_GOOD_UNITS, 7));
    ck_assert(budget_spend(&jobs[1].budget, SPEND_GOOD_CHECK, 2));
    ck_assert(budget_spend(&jobs[0].budget, SPEND_GOOD_UNITS, 9));
    (void)budget_spend(&jobs[2].budget, SPEND_FAILED_CHECK, UINT32_MAX); /* over: does not count */
    ck_assert(payers_tab(engine, fetch, &tab));
    ck_assert_uint_eq(tab.spent[SPEND_GOOD_CHECK], 2);
    ck_assert_uint_eq(tab.spent[SPEND_GOOD_UNITS], 7);
    ck_assert(!budget_is_over(&tab));
}
END_TEST

START_TEST(what_was_added_to_the_tab_is_paid_by_all)
{
    struct fetch *fetch = answer_for(0, "www.example.");
    struct budget before, after;

    answer_for(1, "www.example.");
    ck_assert(budget_spend(&jobs[0].budget, SPEND_FAILED_CHECK, policy->limits.failed_checks - 1));
    ck_assert(payers_tab(engine, fetch, &before));
    after = before;
    ck_assert(budget_spend(&after, SPEND_FAILED_CHECK, 2));
    ck_assert(budget_spend(&after, SPEND_FAILED_UNITS, 6));
    ck_assert(payers_settle(engine, fetch, &before, &after));
    ck_assert_uint_eq(jobs[1].budget.spent[SPEND_FAILED_CHECK], 2);
    ck_assert_uint_eq(jobs[1].budget.spent[SPEND_FAILED_UNITS], 6);
    ck_assert_uint_eq(jobs[1].budget.spent[SPEND_GOOD_CHECK], 0);
    ck_assert(budget_is_over(&jobs[0].budget));
    ck_assert_uint_eq(over_count(), 1);
    before = after;
    ck_assert(budget_spend(&after, SPEND_FAILED_CHECK, policy->limits.failed_checks - 2));
    ck_assert(payers_settle(engine, fetch, &before, &after)); /* to the last one */
    before = after;
    after.spent[SPEND_FAILED_CHECK]++;
    ck_assert(!payers_settle(engine, fetch, &before, &after));
}
END_TEST

/* ---- the end ---- */

START_TEST(the_end_reaches_all_who_wait)
{
    struct fetch *fetch = answer_for(0, "www.example.");
    struct name name = name_of("www.example.");
    struct fetch_key key = { FOR_ANSWER, DATA_CHECKED, &name, TYPE_A };

    answer_for(1, "www.example.");
    fetch_end(engine, fetch, OUTCOME_ANSWERED, cause_of(WHY_NONE));
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_ptr_eq(jobs[i].fetch, fetch);
        ck_assert_ptr_null(jobs[i].wait.waited);
        ck_assert(!list_empty(&jobs[i].answering));
    }
    ck_assert_ptr_null(inflight_find(engine, &key));
    ck_assert(!fetch->is_ready && list_empty(&engine->ready));
    fetch_end(engine, fetch, OUTCOME_FAILED, cause_of(WHY_INTERNAL)); /* once is enough */
    ck_assert_int_eq(fetch->outcome, OUTCOME_ANSWERED);
    fetch_ready(engine, fetch);
    ck_assert(list_empty(&engine->ready));
}
END_TEST

START_TEST(what_nobody_needs_any_more_ends_all_the_way_down)
{
    struct fetch *one = answer_for(0, "one."), *two = answer_for(1, "two.");
    struct fetch *own = keys_for(one, "own."), *below = keys_for(own, "below.");
    struct fetch *shared = keys_for(below, "shared.");

    ck_assert_ptr_eq(keys_for(two, "shared."), shared);
    fetch_abandon(engine, one); /* a job waits: nothing happens */
    ck_assert_int_ne(one->state, FETCH_DONE);
    wait_lift(&jobs[0].wait);
    fetch_abandon(engine, one);
    ck_assert_int_eq(one->state, FETCH_DONE);
    ck_assert_int_eq(one->outcome, OUTCOME_SPENT); /* RULINGS A2: no fact about anything */
    ck_assert_int_eq(own->state, FETCH_DONE);
    ck_assert_int_eq(below->state, FETCH_DONE);
    ck_assert_int_ne(shared->state, FETCH_DONE);
    ck_assert_int_ne(two->state, FETCH_DONE);
    ck_assert(payers_charge(engine, shared, SPEND_PACKET, 1)); /* job 1 alone */
    ck_assert_uint_eq(jobs[0].budget.spent[SPEND_PACKET], 0);
}
END_TEST

START_TEST(an_end_wakes_the_waiter)
{
    struct fetch *one = answer_for(0, "one."), *keys = keys_for(one, "example.");
    struct list *node;

    while ((node = list_pop(&engine->ready)))
        LIST_OF(node, struct fetch, ready)->is_ready = false;
    keys->trust->result.zone = name_of("example.");
    fetch_end(engine, keys, OUTCOME_SPENT, cause_of(WHY_WORK_LIMIT));
    ck_assert(one->is_ready);
    ck_assert(list_empty(&one->needs));
    ck_assert_int_ne(one->state, FETCH_DONE);
}
END_TEST

static void add_joining_tests(TCase *joining)
{
    tcase_add_checked_fixture(joining, set_up, tear_down);
    tcase_add_test(joining, a_fetch_is_found_by_all_of_its_key);
    tcase_add_test(joining, one_question_is_fetched_once_for_all);
    tcase_add_test(joining, what_is_asked_anew_joins_only_what_is_asked_anew);
    tcase_add_test(joining, a_cut_that_is_given_outlives_its_giver);
    tcase_add_test(joining, nobody_waits_for_himself);
    tcase_add_test(joining, two_jobs_cannot_close_a_circle_together);
    tcase_add_test(joining, a_lifted_edge_leads_nowhere);
    tcase_add_test(joining, random_edges_agree_with_the_model);
    tcase_add_test(joining, lookups_nest_so_deep_and_no_deeper);
    tcase_add_test(joining, without_memory_nothing_begins);
}

Suite *engine_inflight_suite(void)
{
    Suite *suite = suite_create("engine/inflight");
    TCase *joining = tcase_create("joining"), *paying = tcase_create("paying");
    TCase *ending = tcase_create("ending");
    add_joining_tests(joining);
    suite_add_tcase(suite, joining);
    tcase_add_checked_fixture(paying, set_up, tear_down);
    tcase_add_test(paying, each_job_that_waits_pays_once);
    tcase_add_test(paying, work_goes_on_while_one_can_pay);
    tcase_add_loop_test(paying, it_does_not_matter_which_of_them_can_pay, 0, 2);
    tcase_add_test(paying, for_nobody_nothing_is_done);
    tcase_add_test(paying, the_tab_is_as_good_as_the_best_of_all);
    tcase_add_test(paying, what_was_added_to_the_tab_is_paid_by_all);
    suite_add_tcase(suite, paying);
    tcase_add_checked_fixture(ending, set_up, tear_down);
    tcase_add_test(ending, the_end_reaches_all_who_wait);
    tcase_add_test(ending, what_nobody_needs_any_more_ends_all_the_way_down);
    tcase_add_test(ending, an_end_wakes_the_waiter);
    suite_add_tcase(suite, ending);
    return suite;
}
