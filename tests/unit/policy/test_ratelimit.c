#include "lib/policy/ratelimit.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/wire/wire_test.h"

enum { QUERY = 60, ANSWER = 1060, EXCESS = ANSWER - QUERY };

static const struct siphash_key hash_key = { 5, 6 };

static struct ratelimit *ratelimit;
static struct ratelimit_rules rules;

static void set_up_ratelimit(void)
{
    ratelimit = ratelimit_create(RATELIMIT_PAIRS_SMALL, &hash_key);
    rules = (struct ratelimit_rules){ .mode = RATELIMIT_AUTO };
    ck_assert_ptr_nonnull(ratelimit);
}

static void tear_down_ratelimit(void)
{
    ratelimit_destroy(ratelimit);
    networks_clear(&rules.networks);
}

static struct ratelimit_judgement judge(const char *to, struct ratelimit_reply reply)
{
    struct ratelimit_keys keys;

    struct endpoint client = endpoint_of(to);
    reply.now.ns *= NS_PER_MS;
    ratelimit_find(ratelimit, &rules, &client, &keys);
    return ratelimit_judge(ratelimit, &keys, &reply);
}

static struct ratelimit_judgement answer(const char *to, uint64_t ms, uint32_t random)
{
    return judge(to, (struct ratelimit_reply){ QUERY, ANSWER, { ms }, random });
}

/* How many of `count` go out whole. */
static unsigned whole(const char *to, unsigned count, uint64_t ms)
{
    unsigned sent = 0;
    while (count-- > 0)
        sent += answer(to, ms, 0).verdict == RATELIMIT_WHOLE;
    return sent;
}

START_TEST(the_excess_of_a_burst_goes_out_and_no_more) /* LIMITS 4.2 */
{
    ck_assert_uint_eq(whole("192.0.2.1", 100, 1000), RATELIMIT_BURST / EXCESS);
    ck_assert_uint_eq(whole("2001:db8::1", 100, 1000), RATELIMIT_BURST / EXCESS);
}
END_TEST

START_TEST(a_reply_no_longer_than_its_query_is_free_and_always_goes_out)
{
    whole("192.0.2.1", 1000, 1000);
    for (size_t octets = 12; octets <= QUERY; octets++)
        ck_assert_int_eq(
            judge("192.0.2.1", (struct ratelimit_reply){ QUERY, octets, { 1000 }, 1 }).verdict,
            RATELIMIT_WHOLE);
}
END_TEST

START_TEST(who_asks_slower_than_the_leak_is_never_limited)
{
    for (uint64_t ms = 1000; ms < 200000; ms += EXCESS / RATELIMIT_LEAK + 1)
        ck_assert_int_eq(answer("192.0.2.1", ms, 1).verdict, RATELIMIT_WHOLE);
}
END_TEST

START_TEST(while_a_flood_lasts_nothing_more_goes_out_whole) /* LIMITS 4.3, the penalty */
{
    unsigned sent = 0;
    for (uint64_t ms = 0; ms < 120000; ms += 10)
        sent += whole("192.0.2.1", 1, 1000 + ms);
    /* B * A / (A - r): the attempted excess A is 100 octets a ms */
    ck_assert_uint_le(sent * EXCESS, RATELIMIT_BURST * 100 / (100 - RATELIMIT_LEAK));
    ck_assert_uint_eq(whole("192.0.2.1", 1, 1000 + 120000 + 9000), 0);
    ck_assert_uint_eq(whole("192.0.2.1", 1, 1000 + 120000 + 10200), 1);
}
END_TEST

START_TEST(a_limited_reply_is_tc_at_first_and_dropped_every_other_time_later)
{
    unsigned tc = 0, dropped = 0;
    whole("192.0.2.1", RATELIMIT_BURST / EXCESS, 1000);
    for (uint32_t i = 0; i < RATELIMIT_PENALTY / 2 / EXCESS; i++)
        ck_assert_int_eq(answer("192.0.2.1", 1000, i).verdict, RATELIMIT_TC);
    whole("192.0.2.1", 2, 1000);
    for (uint32_t i = 0; i < 100; i++) {
        enum ratelimit_verdict verdict = answer("192.0.2.1", 1000, i).verdict;
        tc += verdict == RATELIMIT_TC;
        dropped += verdict == RATELIMIT_DROP;
    }
    ck_assert_uint_eq(tc, 50);
    ck_assert_uint_eq(dropped, 50);
}
END_TEST

/* Narrowest first; the first without room ends it (LIMITS 4.2). */
START_TEST(a_flood_on_one_address_leaves_its_network_open)
{
    for (unsigned i = 0; i < 100; i++)
        whole("192.0.2.1", 100, 1000 + i);
    ck_assert_uint_eq(answer("192.0.2.1", 1100, 0).network, 0);
    ck_assert_uint_eq(whole("192.0.2.2", 65, 1100), 65);
    ck_assert_uint_eq(whole("192.0.3.1", 65, 1100), 65);
}
END_TEST

START_TEST(a_flood_over_a_network_has_the_room_of_the_network)
{
    unsigned sent = 0, by_network[NETWORK_WIDTHS] = { 0 };
    char to[ENDPOINT_TEXT];

    for (unsigned i = 0; i < 256 * 20; i++) {
        (void)snprintf(to, sizeof to, "192.0.2.%u", i % 256);
        struct ratelimit_judgement judgement = answer(to, 1000, 0);
        sent += judgement.verdict == RATELIMIT_WHOLE;
        by_network[judgement.network] += judgement.verdict != RATELIMIT_WHOLE;
    }
    /* 1,000 octets are 63 for a room of 16: rounded up */
    ck_assert_uint_eq(sent, RATELIMIT_BURST / 63);
    ck_assert_uint_eq(by_network[1], 256 * 20 - sent);
}
END_TEST

START_TEST(random_host_bits_of_ipv6_are_one_client)
{
    unsigned sent = 0;
    char to[ENDPOINT_TEXT];
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(to, sizeof to, "2001:db8::%x:%x", i * 7919 % 65536, i);
        sent += whole(to, 1, 1000);
    }
    ck_assert_uint_eq(sent, RATELIMIT_BURST / EXCESS);
}
END_TEST

START_TEST(a_factor_multiplies_burst_and_leak)
{
    ck_assert_uint_eq(whole("192.168.1.1", 3000, 1000), RATELIMIT_BURST / 63);
    ck_assert_uint_eq(whole("192.168.1.2", 1000, 1000), 1000);
}
END_TEST

START_TEST(loopback_is_limited_in_mode_enforce_alone) /* RULINGS A21 */
{
    ck_assert_uint_eq(whole("127.0.0.1", 5000, 1000), 5000);
    ck_assert_uint_eq(whole("::1", 5000, 1000), 5000);
    rules.mode = RATELIMIT_ENFORCE;
    ck_assert_uint_lt(whole("127.0.0.1", 5000, 1000), 5000);
    ck_assert_uint_lt(whole("::1", 5000, 1000), 5000);
}
END_TEST

START_TEST(log_only_finds_what_it_would_limit_and_lets_it_go)
{
    rules.mode = RATELIMIT_LOG_ONLY;
    ck_assert_uint_eq(whole("192.0.2.1", 100, 1000), 100);
    struct ratelimit_judgement judgement = answer("192.0.2.1", 1000, 0);
    ck_assert_int_eq(judgement.verdict, RATELIMIT_WHOLE);
    ck_assert_int_eq(judgement.found, RATELIMIT_TC);
}
END_TEST

START_TEST(off_limits_nobody)
{
    rules.mode = RATELIMIT_OFF;
    ck_assert_uint_eq(whole("192.0.2.1", 1000, 1000), 1000);
    ck_assert_int_eq(answer("192.0.2.1", 1000, 0).found, RATELIMIT_WHOLE);
}
END_TEST

START_TEST(one_line_each_thirty_seconds_may_be_told)
{
    ck_assert(ratelimit_may_tell(ratelimit, (struct instant){ 5 * NS_PER_S }));
    ck_assert(!ratelimit_may_tell(ratelimit, (struct instant){ 34 * NS_PER_S }));
    ck_assert(ratelimit_may_tell(ratelimit, (struct instant){ 35 * NS_PER_S }));
    ck_assert(!ratelimit_may_tell(ratelimit, (struct instant){ 35 * NS_PER_S }));
}
END_TEST

Suite *policy_ratelimit_suite(void)
{
    Suite *suite = suite_create("policy/ratelimit");
    TCase *price = tcase_create("price"), *networks = tcase_create("networks");
    TCase *modes = tcase_create("modes");
    tcase_add_checked_fixture(price, set_up_ratelimit, tear_down_ratelimit);
    tcase_add_checked_fixture(networks, set_up_ratelimit, tear_down_ratelimit);
    tcase_add_checked_fixture(modes, set_up_ratelimit, tear_down_ratelimit);
    tcase_add_test(price, the_excess_of_a_burst_goes_out_and_no_more);
    tcase_add_test(price, a_reply_no_longer_than_its_query_is_free_and_always_goes_out);
    tcase_add_test(price, who_asks_slower_than_the_leak_is_never_limited);
    tcase_add_test(price, while_a_flood_lasts_nothing_more_goes_out_whole);
    tcase_add_test(price, a_limited_reply_is_tc_at_first_and_dropped_every_other_time_later);
    tcase_add_test(networks, a_flood_on_one_address_leaves_its_network_open);
    tcase_add_test(networks, a_flood_over_a_network_has_the_room_of_the_network);
    tcase_add_test(networks, random_host_bits_of_ipv6_are_one_client);
    tcase_add_test(networks, a_factor_multiplies_burst_and_leak);
    tcase_add_test(modes, loopback_is_limited_in_mode_enforce_alone);
    tcase_add_test(modes, log_only_finds_what_it_would_limit_and_lets_it_go);
    tcase_add_test(modes, off_limits_nobody);
    tcase_add_test(modes, one_line_each_thirty_seconds_may_be_told);
    suite_add_tcase(suite, price);
    suite_add_tcase(suite, networks);
    suite_add_tcase(suite, modes);
    return suite;
}
