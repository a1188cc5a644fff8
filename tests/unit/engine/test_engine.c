#include "lib/engine/engine.h"

#include "lib/engine/state.h"
#include "tests/unit/engine/crowd_test.h"

enum { CLIENTS = 1000 /* limits.same_question */, WAITING = 8 };

static const char here[] = "127.0.0.1";
static void *memory_block;
static size_t memory_taken;

/* The server that was asked last gives one address. */
static void server_answers(void)
{
    static const uint8_t address[4] = { 192, 0, 2, 1 };
    struct message query;
    uint8_t octets[512];
    struct writer w;

    ck_assert_int_eq(message_parse(crowd.last.message, net.arena, &query), ST_OK);
    struct header header = { .id = query.header.id,
                             .flags = FLAG_QR | FLAG_AA,
                             .counts = { 1, 1, 0, 0 } };
    writer_init(&w, octets, sizeof octets);
    header_write(&w, &header);
    question_write(&w, &query.question);
    writer_name(&w, &query.question.name);
    writer_u16(&w, TYPE_A);
    writer_u16(&w, CLASS_IN);
    writer_u32(&w, 60);
    writer_u16(&w, sizeof address);
    writer_octets(&w, (struct bytes){ address, sizeof address });
    happens(
        (struct event){ .kind = EVENT_REPLY,
                        .reply = { .socket = crowd.last.socket, .message = { octets, w.len } } });
}

static void sending_fails(enum send_failure failure)
{
    happens((struct event){ .kind = EVENT_FAILED, .failed = { crowd.last.socket, failure } });
}

static bool failure_is_kept(const char *text)
{
    struct name name;
    struct link_key key = { &name, TYPE_A, DATA_CHECKED };
    struct failure failure;

    name = name_of(text);
    return failure_cache_get(net.caches->failures, &key, net.now, &failure) == ST_OK;
}

/* ---- many who wait for one ---- */

/* LIMITS 0.1, RULINGS A20: all who may wait get the answer; who comes beyond that hears nothing. */
START_TEST(all_who_may_wait_for_one_question_are_answered_and_no_more)
{
    ck_assert_uint_eq(net.policy->limits.same_question, CLIENTS);
    for (unsigned i = 0; i <= CLIENTS; i++)
        asks(i, here, "www.");
    ck_assert_uint_eq(crowd.sends, 1);
    ck_assert_uint_eq(crowd.drops, 1);
    ck_assert_uint_eq(net.metrics.client_dropped, 1);
    asks(CLIENTS + 1, here, "other."); /* it does not wait for the same */
    ck_assert_uint_eq(crowd.drops, 1);
    ck_assert_uint_eq(crowd.sends, 2);
    server_answers();
    ck_assert_uint_eq(crowd.resolved, 1);
}
END_TEST

START_TEST(however_many_wait_each_gets_the_answer_and_not_a_failure)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        asks(i, here, "www.");
    server_answers();
    ck_assert_uint_eq(crowd.resolved, CLIENTS);
}
END_TEST

/* RFC 9520 §3.2: the pause grows with the failures, not with those who heard of one. */
START_TEST(a_failure_is_one_failure_however_many_waited)
{
    for (unsigned i = 0; i < WAITING; i++)
        asks(i, here, "www.");
    sending_fails(SEND_REFUSED);
    ck_assert_uint_eq(crowd.failures, WAITING);
    ck_assert_uint_eq(crowd.why, WHY_NO_ROOT);
    ck_assert(failure_is_kept("www."));
    time_passes(net.policy->limits.ttl_failure_s * UINT64_C(1000));
    ck_assert(!failure_is_kept("www."));
}
END_TEST

/* ---- turns ---- */

/* RULINGS B16: what a turn may spend is for all its events, and time begins the next. */
START_TEST(verification_is_paid_by_the_turn_and_not_by_the_event)
{
    net.engine->turn_units = 0;
    asks(1, here, "www.");
    server_answers();
    ck_assert_int_eq(net.engine->turn_units, 0);
    time_passes(0);
    ck_assert_int_eq(net.engine->turn_units, net.policy->limits.turn_units);
}
END_TEST

/* ---- whose fault it is ---- */

/* RULINGS A23, A45: what never left this machine failed no server, and is not kept. */
START_TEST(a_network_that_is_not_there_is_no_failure_of_a_name)
{
    asks(1, here, "www.");
    sending_fails(SEND_LOCAL);
    ck_assert_uint_eq(crowd.failures, 1);
    ck_assert_uint_eq(crowd.why, WHY_NETWORK_ERROR);
    ck_assert(!failure_is_kept("www."));
    asks(2, here, "other."); /* while IPv4 counts as down */
    ck_assert_uint_eq(crowd.failures, 2);
    ck_assert_uint_eq(crowd.why, WHY_NETWORK_ERROR);
    ck_assert(!failure_is_kept("other."));
}
END_TEST

START_TEST(servers_that_were_asked_in_vain_are_at_fault_though_another_send_failed_here)
{
    net.policy->ipv6 = FAMILY_AUTO;
    net.policy->hints[0].v6 = endpoint_of("[2001:db8::1]");
    asks(1, here, "www.");
    for (unsigned i = 0; i < 2; i++)
        sending_fails(crowd.last.to.family == 6 ? SEND_LOCAL : SEND_REFUSED);
    ck_assert_uint_eq(crowd.why, WHY_NO_ROOT);
    ck_assert(failure_is_kept("www."));
}
END_TEST

/* ---- working memory ---- */

/* All but `rest` octets; given back at the end. */
static void take_memory_but(size_t rest)
{
    memory_taken = ((size_t)POOL_OCTETS - pool_used(net.pool) - rest) / POOL_CHUNK * POOL_CHUNK;
    memory_block = pool_take(net.pool, memory_taken);
    ck_assert_ptr_nonnull(memory_block);
}

static void give_memory_back(void)
{
    pool_give(net.pool, memory_block, memory_taken);
}

/* RULINGS B17, LIMITS F2: less than one question may take is left. */
START_TEST(where_working_memory_is_used_up_the_oldest_question_ends)
{
    size_t one = net.policy->limits.job_octets;

    asks(1, here, "first.");
    time_passes(100);
    asks(2, here, "second.");
    take_memory_but(one - POOL_CHUNK);
    time_passes(99);
    asks(3, here, "third."); /* all are young: none is pushed out */
    ck_assert_uint_eq(crowd.failures, 0);
    time_passes(1);
    asks(4, here, "fourth.");
    ck_assert_uint_eq(crowd.failures, 1);
    ck_assert_uint_eq(crowd.last_client, 1);
    ck_assert_uint_eq(crowd.why, WHY_NO_MEMORY);
    ck_assert_uint_eq(engine_figures(net.engine).jobs, 3);
    give_memory_back();
}
END_TEST

START_TEST(while_one_question_fits_none_is_pushed_out)
{
    asks(1, here, "first.");
    time_passes(300);
    take_memory_but(net.policy->limits.job_octets + 2 * POOL_CHUNK);
    asks(2, here, "second.");
    ck_assert_uint_eq(crowd.failures, 0);
    ck_assert_uint_eq(engine_figures(net.engine).jobs, 2);
    give_memory_back();
}
END_TEST

/* RULINGS A23: what could not be sent is no try, no packet and no question: none is missing once
 * the network is back. */
START_TEST(what_never_left_this_machine_spends_nothing)
{
    unsigned tries = 0;

    net.policy->ipv6 = FAMILY_AUTO;
    net.policy->hints[0].v6 = endpoint_of("[2001:db8::1]");
    asks(1, here, "www.");
    sending_fails(SEND_LOCAL);
    ck_assert_uint_eq(crowd.sends, 2);
    const struct fetch *fetch = LIST_OF(net.engine->fetches.next, struct fetch, all);
    const struct selection *selection = &fetch->walk->selection;
    for (unsigned i = 0; i < selection->count; i++)
        tries += selection->list[i].udp_tries;
    ck_assert_uint_eq(tries, 1);
    const struct job *job = LIST_OF(net.engine->jobs.next, struct job, all);
    ck_assert_uint_eq(job->budget.spent[SPEND_PACKET], 1);
    ck_assert_uint_eq(job->budget.spent[SPEND_QUESTION], 1);
    ck_assert_uint_eq(net.metrics.upstream_questions, 1);
}
END_TEST

Suite *engine_engine_suite(void)
{
    Suite *suite = suite_create("engine/engine");
    TCase *waiting = tcase_create("waiting"), *turns = tcase_create("turns");
    TCase *faults = tcase_create("faults"), *memory = tcase_create("memory");

    tcase_add_checked_fixture(waiting, crowd_up, crowd_down);
    tcase_add_checked_fixture(turns, crowd_up, crowd_down);
    tcase_add_checked_fixture(faults, crowd_up, crowd_down);
    tcase_add_test(waiting, all_who_may_wait_for_one_question_are_answered_and_no_more);
    tcase_add_test(waiting, however_many_wait_each_gets_the_answer_and_not_a_failure);
    tcase_add_test(waiting, a_failure_is_one_failure_however_many_waited);
    tcase_add_test(turns, verification_is_paid_by_the_turn_and_not_by_the_event);
    tcase_add_test(faults, a_network_that_is_not_there_is_no_failure_of_a_name);
    tcase_add_test(faults,
                   servers_that_were_asked_in_vain_are_at_fault_though_another_send_failed_here);
    suite_add_tcase(suite, waiting);
    suite_add_tcase(suite, turns);
    tcase_add_test(faults, what_never_left_this_machine_spends_nothing);
    suite_add_tcase(suite, faults);
    tcase_add_checked_fixture(memory, crowd_up, crowd_down);
    tcase_add_test(memory, where_working_memory_is_used_up_the_oldest_question_ends);
    tcase_add_test(memory, while_one_question_fits_none_is_pushed_out);
    suite_add_tcase(suite, memory);
    return suite;
}
