#include "resolver/edge/udp_gate.h"

#include <string.h>

#include "lib/base/log.h"
#include "lib/wire/message.h"
#include "tests/unit/base/log_lines.h"
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

/* Hosts around each of which there is room, and their networks: all together have none. */
static const struct crowded {
    unsigned networks, hosts; /* in each; v6: of each a /56 has `per_56` */
    unsigned per_56;          /* 0: IPv4 */
    size_t counter;
} crowded[] = {
    { 1, 20, 0, offsetof(struct metrics, limited_tc_v4_24) },
    { 7, 12, 0, offsetof(struct metrics, limited_tc_v4_20) },
    { 1, 8, 8, offsetof(struct metrics, limited_tc_v6_56) },
    { 1, 21, 3, offsetof(struct metrics, limited_tc_v6_48) },
    { 22, 13, 3, offsetof(struct metrics, limited_tc_v6_32) },
};

static struct endpoint crowded_host(const struct crowded *row, unsigned network, unsigned host)
{
    uint8_t v4[4] = { 192, 0, (uint8_t)network, (uint8_t)host };
    uint8_t v6[16] = { 0x20, 1, 0x0d, 0xb8, 0, (uint8_t)network };

    if (row->per_56 == 0)
        return endpoint_v4(v4, 53);
    v6[6] = (uint8_t)(host / row->per_56);
    v6[7] = (uint8_t)(host % row->per_56);
    return endpoint_v6(v6, 53);
}

static uint64_t counted(size_t first, size_t last, size_t but)
{
    uint64_t sum = 0, one;

    for (size_t at = first; at <= last; at += sizeof one) {
        memcpy(&one, (const char *)&metrics + at, sizeof one);
        sum += at == but ? 0 : one;
    }
    return sum;
}

START_TEST(the_network_that_had_no_room_is_counted) /* LIMITS 4.2 */
{
    const struct crowded *row = &crowded[_i];
    for (unsigned network = 0; network < row->networks; network++)
        for (unsigned host = 0; host < row->hosts; host++) {
            client = crowded_host(row, network, host);
            spend(RATELIMIT_BURST - 2 * EXCESS);
        }
    ck_assert_uint_gt(counted(row->counter, row->counter, 0), 0);
    ck_assert_uint_eq(counted(offsetof(struct metrics, limited_tc_v4_32),
                              offsetof(struct metrics, limited_drop_v6_32), row->counter),
                      0);
}
END_TEST

START_TEST(one_line_in_30_s_tells_of_it) /* LIMITS H6 */
{
    log_lines_begin((struct instant){ NS_PER_S });
    spend(2 * RATELIMIT_BURST);
    policy->rate.mode = RATELIMIT_LOG_ONLY;
    spend(2 * RATELIMIT_BURST);
    ck_assert_uint_eq(log_lines_end("rate limit: "), 1);
}
END_TEST

START_TEST(nobody_is_told_of_what_has_room)
{
    log_lines_begin((struct instant){ NS_PER_S });
    spend(RATELIMIT_BURST - EXCESS);
    ck_assert_uint_eq(log_lines_end("rate limit: "), 0);
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
    struct endpoint other = endpoint_v4((const uint8_t[]){ 198, 51, 100, 1 }, 53);
    reply.to = &other; /* it is not looked for again */
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
    tcase_add_loop_test(tcase, the_network_that_had_no_room_is_counted, 0,
                        sizeof crowded / sizeof *crowded);
    tcase_add_test(tcase, one_line_in_30_s_tells_of_it);
    tcase_add_test(tcase, nobody_is_told_of_what_has_room);
    tcase_add_test(tcase, log_only_counts_what_it_lets_go);
    tcase_add_test(tcase, loopback_is_not_limited_unless_enforced);
    tcase_add_test(tcase, what_was_found_before_is_what_would_be_found);
    suite_add_tcase(suite, tcase);
    return suite;
}
