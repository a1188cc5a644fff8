/* Clients that wait: how many of one network, who yields a slot, whose answer comes too late. */
#include "lib/engine/waiting.h"

#include "lib/engine/state.h"
#include "lib/policy/networks.h"
#include "tests/unit/engine/crowd_test.h"

/* The least that the rows allow, so that few clients are many. */
enum { WAITING_MAX = 16, PROVEN_MAX = 20, SLOTS = 16, LATE_MS = 1900, LATE_WAITING = 8 };

static const char near_one[] = "192.0.2.1", near_two[] = "192.0.2.2", private[] = "10.0.0.1";

/* So many from there, each for a name of its own. */
static void many_ask(unsigned count, const char *from)
{
    static unsigned number;
    char name[32];

    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "n%u.", number++);
        asks(100 + number, from, name);
    }
}

static void give_up(uint64_t client)
{
    happens((struct event){ .kind = EVENT_CANCEL_CLIENT, .client = client });
}

static void set_up(void)
{
    crowd_up();
    ck_assert_int_eq(acl_add_text(&net.policy->allow, "0.0.0.0/0"), ST_OK);
    net.policy->limits.waiting = WAITING_MAX;
    net.policy->limits.waiting_proven = PROVEN_MAX;
    net.policy->limits.server_in_flight = 800; /* another matter: load.h */
    net.policy->limits.late_ms = LATE_MS;
    net.policy->limits.late_waiting = LATE_WAITING;
}

static void set_up_few_slots(void)
{
    set_up();
    net.policy->limits.jobs = SLOTS;
}

/* ---- of one network (LIMITS 0.1, RULINGS A20, B23) ---- */

START_TEST(of_one_network_so_many_wait_and_the_next_is_told_so)
{
    many_ask(WAITING_MAX, near_one);
    ck_assert_uint_eq(crowd.answers, 0);
    asks(1, near_one, "one.more.");
    ck_assert_uint_eq(crowd.failures, 1);
    ck_assert_uint_eq(crowd.why, WHY_CROWD);
    ck_assert_uint_eq(net.metrics.client_crowded, 1);
    asks(2, near_two, "another.network.");
    ck_assert_uint_eq(crowd.answers, 1);
}
END_TEST

START_TEST(who_leaves_takes_nobody_along) /* LIMITS D5 */
{
    enum { CLIENTS = 100 };
    net.policy->limits.waiting = CLIENTS;
    for (uint64_t i = 0; i < CLIENTS; i++)
        asks(i, near_one, "same.");
    for (uint64_t i = 0; i < CLIENTS; i += 2)
        give_up(i);
    give_up(2);       /* nobody any more */
    give_up(CLIENTS); /* nobody ever */
    ck_assert_uint_eq(engine_figures(net.engine).jobs, CLIENTS / 2);
    asks(2, near_one, "same."); /* the number may be another's by then */
    ck_assert_uint_eq(engine_figures(net.engine).jobs, CLIENTS / 2 + 1);
    give_up(2);
    time_passes(net.policy->limits.resolution_ms);
    ck_assert_uint_eq(crowd.answers + crowd.drops, CLIENTS / 2);
    ck_assert_uint_eq(crowd.last_client % 2, 1);
    ck_assert_uint_eq(engine_figures(net.engine).jobs, 0);
}
END_TEST

START_TEST(who_leaves_makes_room_for_another)
{
    asks(1, near_one, "first.");
    many_ask(WAITING_MAX - 1, near_one);
    give_up(1);
    asks(2, near_one, "second.");
    ck_assert_uint_eq(crowd.answers, 0);
    asks(3, near_one, "third.");
    ck_assert_uint_eq(crowd.failures, 1);
    time_passes(net.policy->limits.resolution_ms); /* all are over, and leave */
    ck_assert_uint_eq(crowd.answers + crowd.drops, 1 + WAITING_MAX);
    struct endpoint client;
    ck_assert_int_eq(endpoint_parse(near_one, 1, &client), ST_OK);
    ck_assert_uint_eq(
        quota_count(crowd.quota, quota_find_client(crowd.quota, QUOTA_WAITING, &client)), 0);
}
END_TEST

START_TEST(a_private_network_has_room_for_sixteen)
{
    many_ask(WAITING_MAX * NETWORK_PRIVATE_FACTOR, private);
    ck_assert_uint_eq(crowd.answers, 0);
    asks(1, private, "one.more.");
    ck_assert_uint_eq(crowd.failures, 1);
}
END_TEST

START_TEST(a_network_that_is_written_has_room_by_its_factor)
{
    struct prefix prefix;

    ck_assert_int_eq(prefix_parse("192.0.2.0/24", &prefix), ST_OK);
    ck_assert_int_eq(networks_add(&net.policy->rate.networks, &prefix, 2), ST_OK);
    many_ask(2 * WAITING_MAX, near_one);
    ck_assert_uint_eq(crowd.answers, 0);
    asks(1, near_one, "one.more.");
    ck_assert_uint_eq(crowd.failures, 1);
}
END_TEST

START_TEST(who_has_proven_its_address_has_more_room)
{
    crowd.via = VIA_TCP;
    many_ask(PROVEN_MAX, near_one);
    ck_assert_uint_eq(crowd.answers, 0);
    asks(1, near_one, "one.more.");
    ck_assert_uint_eq(crowd.failures, 1);
    many_ask(WAITING_MAX * NETWORK_PRIVATE_FACTOR, private); /* and not less than others */
    ck_assert_uint_eq(crowd.answers, 1);
}
END_TEST

START_TEST(this_machine_may_take_all_slots)
{
    many_ask(6 * WAITING_MAX, "127.0.0.1");
    ck_assert_uint_eq(crowd.answers, 0);
}
END_TEST

/* ---- slots (LIMITS F2) ---- */

START_TEST(while_all_are_young_nobody_is_pushed_out)
{
    many_ask(SLOTS, private);
    time_passes(KEPT_MS - 1);
    asks(1, private, "late.");
    ck_assert_uint_eq(crowd.failures, 1);
    ck_assert_uint_eq(crowd.last_client, 1);
    ck_assert_uint_eq(crowd.why, WHY_OVERLOAD);
    ck_assert_uint_eq(net.metrics.jobs_pushed_out, 0);
}
END_TEST

START_TEST(the_oldest_that_may_be_pushed_out_yields)
{
    many_ask(SLOTS / 2, private);
    asks(1, private, "eldest.");
    time_passes(1);
    many_ask(SLOTS / 2 - 1, private);
    time_passes(KEPT_MS - 1);
    asks(2, private, "newcomer.");
    ck_assert_uint_eq(crowd.failures, 1);
    ck_assert_uint_eq(crowd.last_client, 1);
    ck_assert_uint_eq(crowd.why, WHY_OVERLOAD);
    ck_assert_uint_eq(net.metrics.jobs_pushed_out, 1);
    asks(3, private, "next."); /* those left are a millisecond younger */
    ck_assert_uint_eq(crowd.last_client, 3);
    ck_assert_uint_eq(net.metrics.jobs_pushed_out, 1);
}
END_TEST

/* LIMITS F2: a quota a network before anybody is pushed out. */
START_TEST(who_has_more_than_a_plain_network_may_have_pushes_out_only_its_own)
{
    net.policy->limits.waiting = SLOTS / 4;
    many_ask(SLOTS / 2, private);
    asks(1, near_one, "of.another.");
    time_passes(1);
    many_ask(SLOTS / 2 - 1, private);
    time_passes(KEPT_MS);
    asks(2, private, "one.more.");
    ck_assert_uint_eq(crowd.last_client, 2);
    ck_assert_uint_eq(crowd.why, WHY_OVERLOAD);
    asks(3, near_two, "first."); /* the oldest is near_one's: plain networks yield to each other */
    ck_assert_uint_eq(crowd.last_client, 1);
    asks(4, near_one, "second.");
    ck_assert_uint_gt(crowd.last_client, 4); /* and a private one's to them */
    asks(5, private, "its.own.");
    ck_assert_uint_gt(crowd.last_client, 5);
    ck_assert_uint_eq(net.metrics.jobs_pushed_out, 3);
}
END_TEST

START_TEST(half_of_the_slots_are_never_taken_away)
{
    for (unsigned i = 1; i <= SLOTS / 2; i++) {
        char name[16];
        snprintf(name, sizeof name, "kept%u.", i);
        asks(i, private, name);
    }
    many_ask(SLOTS / 2, private);
    for (unsigned i = 0; i < 3 * SLOTS; i++) {
        time_passes(KEPT_MS / 4);
        many_ask(1, private);
        ck_assert(crowd.answers == 0 || crowd.last_client > SLOTS / 2);
    }
    ck_assert_uint_gt(net.metrics.jobs_pushed_out, SLOTS / 2);
    ck_assert_uint_eq(net.engine->kept_jobs, SLOTS / 2);
    give_up(1);
    asks(SLOTS + 1, private, "heir."); /* who comes next is kept in its place */
    ck_assert_uint_eq(net.engine->kept_jobs, SLOTS / 2);
}
END_TEST

/* CVE-2026-42534: who asks again and again keeps nothing. */
START_TEST(a_question_asked_again_is_as_old_as_the_first_time)
{
    many_ask(SLOTS / 2, private);
    asks(1, private, "slow.");
    time_passes(KEPT_MS - 10);
    asks(2, private, "slow.");
    give_up(1);
    many_ask(SLOTS / 2 - 1, private);
    time_passes(10);
    asks(3, private, "newcomer.");
    ck_assert_uint_eq(crowd.failures, 1);
    ck_assert_uint_eq(crowd.last_client, 2);
}
END_TEST

/* RULINGS A2: that there were too many says nothing about the name. */
START_TEST(who_was_pushed_out_may_ask_at_once)
{
    many_ask(SLOTS / 2, private);
    asks(1, private, "slow.");
    many_ask(SLOTS / 2 - 1, private);
    time_passes(KEPT_MS);
    asks(2, private, "newcomer.");
    ck_assert_uint_eq(crowd.last_client, 1);
    asks(3, private, "slow.");
    ck_assert_uint_ne(crowd.last_client, 3);
    ck_assert_uint_eq(net.metrics.hits_failure_cache, 0);
}
END_TEST

/* RULINGS B17: the same with memory: half is never taken away while there is another. */
START_TEST(where_memory_is_used_up_the_oldest_that_may_be_pushed_out_ends)
{
    asks(1, private, "kept.");
    many_ask(SLOTS / 2 - 1, private);
    asks(2, private, "yields.");
    time_passes(KEPT_MS);
    size_t all = (size_t)POOL_OCTETS - pool_used(net.pool);
    size_t taken = (all - net.policy->limits.job_octets) / POOL_CHUNK * POOL_CHUNK + POOL_CHUNK;
    void *block = pool_take(net.pool, taken);
    ck_assert_ptr_nonnull(block);
    asks(3, private, "newcomer.");
    ck_assert_uint_eq(crowd.last_client, 2);
    ck_assert_uint_eq(crowd.why, WHY_NO_MEMORY);
    pool_give(net.pool, block, taken);
}
END_TEST

/* ---- answers that come late (LIMITS F3, RULINGS A9) ---- */

/* `count` wait from there until their time is over; how many of them heard of it. */
static unsigned heard_of(unsigned count, const char *from)
{
    many_ask(count, from);
    time_passes(net.policy->limits.resolution_ms);
    ck_assert_uint_eq(crowd.answers + crowd.drops, count);
    return crowd.answers;
}

START_TEST(late_answers_to_an_address_that_may_be_forged_are_few)
{
    ck_assert_uint_eq(heard_of(WAITING_MAX, near_one), LATE_WAITING);
    ck_assert_uint_eq(net.metrics.answers_late, WAITING_MAX - LATE_WAITING);
}
END_TEST

START_TEST(where_few_wait_they_hear_however_late)
{
    ck_assert_uint_eq(heard_of(LATE_WAITING, near_one), LATE_WAITING);
}
END_TEST

START_TEST(in_a_private_network_all_hear)
{
    ck_assert_uint_eq(heard_of(4 * LATE_WAITING, private), 4 * LATE_WAITING);
}
END_TEST

START_TEST(who_has_proven_its_address_hears)
{
    crowd.via = VIA_TCP;
    ck_assert_uint_eq(heard_of(PROVEN_MAX, near_one), PROVEN_MAX);
}
END_TEST

START_TEST(on_this_machine_all_hear)
{
    ck_assert_uint_eq(heard_of(4 * LATE_WAITING, "127.0.0.1"), 4 * LATE_WAITING);
}
END_TEST

START_TEST(who_asks_once_more_joins_and_hears_in_time)
{
    many_ask(LATE_WAITING, near_one);
    asks(1, near_one, "slow.");
    time_passes(LATE_MS + 1);
    asks(2, near_one, "slow.");
    net.policy->limits.late_ms = (uint32_t)net.policy->limits.resolution_ms - LATE_MS - 1;
    time_passes(net.policy->limits.resolution_ms - LATE_MS - 1); /* the first's time is over */
    ck_assert_uint_eq(net.metrics.jobs_joined, 1);
    ck_assert_uint_eq(crowd.drops, 2); /* of ten that wait, until eight are left */
    ck_assert_uint_eq(crowd.failures, LATE_WAITING - 1);
}
END_TEST

Suite *engine_waiting_suite(void)
{
    Suite *suite = suite_create("engine/waiting");
    TCase *network = tcase_create("network"), *slots = tcase_create("slots");
    TCase *late = tcase_create("late");

    tcase_add_checked_fixture(network, set_up, crowd_down);
    tcase_add_test(network, of_one_network_so_many_wait_and_the_next_is_told_so);
    tcase_add_test(network, who_leaves_makes_room_for_another);
    tcase_add_test(network, who_leaves_takes_nobody_along);
    tcase_add_test(network, a_private_network_has_room_for_sixteen);
    tcase_add_test(network, a_network_that_is_written_has_room_by_its_factor);
    tcase_add_test(network, who_has_proven_its_address_has_more_room);
    tcase_add_test(network, this_machine_may_take_all_slots);
    suite_add_tcase(suite, network);
    tcase_add_checked_fixture(slots, set_up_few_slots, crowd_down);
    tcase_add_test(slots, while_all_are_young_nobody_is_pushed_out);
    tcase_add_test(slots, the_oldest_that_may_be_pushed_out_yields);
    tcase_add_test(slots, who_has_more_than_a_plain_network_may_have_pushes_out_only_its_own);
    tcase_add_test(slots, half_of_the_slots_are_never_taken_away);
    tcase_add_test(slots, a_question_asked_again_is_as_old_as_the_first_time);
    tcase_add_test(slots, who_was_pushed_out_may_ask_at_once);
    tcase_add_test(slots, where_memory_is_used_up_the_oldest_that_may_be_pushed_out_ends);
    suite_add_tcase(suite, slots);
    tcase_add_checked_fixture(late, set_up, crowd_down);
    tcase_add_test(late, late_answers_to_an_address_that_may_be_forged_are_few);
    tcase_add_test(late, where_few_wait_they_hear_however_late);
    tcase_add_test(late, in_a_private_network_all_hear);
    tcase_add_test(late, who_has_proven_its_address_hears);
    tcase_add_test(late, on_this_machine_all_hear);
    tcase_add_test(late, who_asks_once_more_joins_and_hears_in_time);
    suite_add_tcase(suite, late);
    return suite;
}
