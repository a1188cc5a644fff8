#include "resolver/edge/udp_gate.h"

#include <string.h>

#include "lib/base/log.h"
#include "lib/wire/message.h"
#include "tests/unit/suites.h"

enum { QUERY = 40, ANSWER = 1000, EXCESS = ANSWER - QUERY, QUESTION_END = 12 + 8 + 4 };

static const struct siphash_key hash_key = { 1, 2 };

static struct policy *policy;
static struct metrics metrics;
static struct udp_gate gate;
static uint8_t message[ANSWER];
static struct endpoint client;

static void set_up(void)
{
    static const uint8_t address[4] = { 192, 0, 2, 1 };
    policy = policy_create();
    metrics = (struct metrics){ 0 };
    gate = (struct udp_gate){
        .ratelimit = ratelimit_create(RATELIMIT_PAIRS_SMALL, &hash_key),
        .policy = policy,
        .metrics = &metrics,
    };
    ck_assert(policy && gate.ratelimit);
    prng_seed_number(&gate.prng, 3);
    client = endpoint_v4(address, 53);
    log_level_set(LOG_ERROR);
}

static void tear_down(void)
{
    ratelimit_destroy(gate.ratelimit);
    policy_destroy(policy);
}

/* A reply of `octets` about x.test. */
static size_t pass(uint8_t rcode, size_t octets)
{
    static const uint8_t head[] = "\x12\x34\x81\x80\0\1\0\0\0\0\0\0\1x\4test\0\0\1\0\1";
    struct udp_gate_reply reply = {
        .to = &client,
        .query_octets = QUERY,
        .message = message,
        .octets = octets,
        .now = { NS_PER_S },
    };
    memcpy(message, head, QUESTION_END);
    message[3] |= rcode;
    return udp_gate_pass(&gate, &reply);
}

static void spend(unsigned octets)
{
    for (unsigned spent = 0; spent < octets; spent += EXCESS)
        (void)pass(0, ANSWER);
}

START_TEST(what_has_room_goes_out_whole)
{
    for (unsigned i = 0; i < RATELIMIT_BURST / EXCESS; i++)
        ck_assert_uint_eq(pass(0, ANSWER), ANSWER);
    ck_assert_uint_eq(metrics.limited_tc_v4_32, 0);
}
END_TEST

START_TEST(what_has_none_is_shortened_to_no_more_than_its_query) /* LIMITS 4.2 */
{
    spend(RATELIMIT_BURST);
    ck_assert_uint_eq(pass(0, ANSWER), QUESTION_END);
    ck_assert_uint_ne(message[2] & FLAG_TC >> 8, 0);
    ck_assert_uint_ge(metrics.limited_tc_v4_32, 1);
    ck_assert_uint_eq(pass(0, QUERY), QUERY);
}
END_TEST

START_TEST(a_servfail_loses_its_ede_and_says_no_tc)
{
    spend(RATELIMIT_BURST);
    ck_assert_uint_eq(pass(RCODE_SERVFAIL, 100), QUESTION_END);
    ck_assert_uint_eq(message[2] & FLAG_TC >> 8, 0);
    ck_assert_uint_eq(message[3] & 15, RCODE_SERVFAIL);
}
END_TEST

START_TEST(half_of_a_lasting_flood_is_dropped)
{
    unsigned dropped = 0;
    spend(RATELIMIT_BURST + RATELIMIT_PENALTY);
    uint64_t before = metrics.limited_drop_v4_32;
    for (unsigned i = 0; i < 1000; i++)
        dropped += pass(0, ANSWER) == 0;
    ck_assert_uint_ge(dropped, 400);
    ck_assert_uint_le(dropped, 600);
    ck_assert_uint_eq(metrics.limited_drop_v4_32 - before, dropped);
}
END_TEST

START_TEST(the_network_that_had_no_room_is_counted)
{
    uint8_t address[16] = { 0x20, 1, 0x0d, 0xb8 };
    for (unsigned host = 0; host < 8; host++) {
        address[7] = (uint8_t)host;
        client = endpoint_v6(address, 53);
        spend(RATELIMIT_BURST - 2 * EXCESS);
    }
    ck_assert_uint_gt(metrics.limited_tc_v6_56, 0);
    ck_assert_uint_eq(metrics.limited_tc_v6_64 + metrics.limited_tc_v4_24, 0);
}
END_TEST

START_TEST(log_only_counts_what_it_lets_go)
{
    policy->rate.mode = RATELIMIT_LOG_ONLY;
    spend(RATELIMIT_BURST);
    ck_assert_uint_eq(pass(0, ANSWER), ANSWER);
    ck_assert_uint_ge(metrics.limited_not, 1);
    ck_assert_uint_eq(metrics.limited_tc_v4_32, 0);
}
END_TEST

START_TEST(loopback_is_not_limited_unless_enforced) /* RULINGS A21 */
{
    static const uint8_t address[4] = { 127, 0, 0, 1 };
    client = endpoint_v4(address, 53);
    spend(1 << 22);
    ck_assert_uint_eq(pass(0, ANSWER), ANSWER);
    policy->rate.mode = RATELIMIT_ENFORCE;
    spend(1 << 22);
    ck_assert_uint_ne(pass(0, ANSWER), ANSWER);
}
END_TEST

START_TEST(what_was_found_before_is_what_would_be_found)
{
    struct ratelimit_keys keys;
    spend(RATELIMIT_BURST);
    udp_gate_expect(&gate, &client, &keys);
    struct udp_gate_reply reply = {
        .to = &client,
        .keys = &keys,
        .query_octets = QUERY,
        .message = message,
        .octets = ANSWER,
        .now = { NS_PER_S },
    };
    ck_assert_uint_eq(udp_gate_pass(&gate, &reply), QUESTION_END);
}
END_TEST

Suite *resolver_udp_gate_suite(void)
{
    Suite *suite = suite_create("resolver/udp_gate");
    TCase *tcase = tcase_create("udp_gate");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_has_room_goes_out_whole);
    tcase_add_test(tcase, what_has_none_is_shortened_to_no_more_than_its_query);
    tcase_add_test(tcase, a_servfail_loses_its_ede_and_says_no_tc);
    tcase_add_test(tcase, half_of_a_lasting_flood_is_dropped);
    tcase_add_test(tcase, the_network_that_had_no_room_is_counted);
    tcase_add_test(tcase, log_only_counts_what_it_lets_go);
    tcase_add_test(tcase, loopback_is_not_limited_unless_enforced);
    tcase_add_test(tcase, what_was_found_before_is_what_would_be_found);
    suite_add_tcase(suite, tcase);
    return suite;
}
