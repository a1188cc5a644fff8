/* LIMITS 4.2, the second limiter: whose processor time is too much, beside exact buckets. */
#include "lib/policy/cputime.h"

#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/prng.h"
#include "tests/unit/policy/cputime_test.h"

enum {
    KEYS = 512,
    OPERATIONS = 300000,
    HOT = 4,
    LATER_BURST = CPUTIME_HELD_MS * CPUTIME_LATER_LEAK,
    REFUSE_BURST = CPUTIME_HELD_MS * CPUTIME_REFUSE_LEAK,
    LATER_MOST = LATER_BURST + CPUTIME_PENALTY_MS * CPUTIME_LATER_LEAK,
    REFUSE_MOST = REFUSE_BURST + CPUTIME_PENALTY_MS * CPUTIME_REFUSE_LEAK,
    START_MS = 1000 * 1000
};

static struct ratelimit_rules rules;
static uint64_t now_ms;

static void set_up(void)
{
    cputime_up(&rules);
    rules = (struct ratelimit_rules){ .mode = RATELIMIT_AUTO };
    now_ms = START_MS;
}

static void tear_down(void)
{
    cputime_destroy(cputime);
    networks_clear(&rules.networks);
}

static struct instant at_ms(uint64_t ms)
{
    return (struct instant){ ms * NS_PER_MS };
}

static enum cputime_verdict verdict_of(const char *address)
{
    struct cputime_key key = key_of(address);
    return cputime_judge(cputime, &key, at_ms(now_ms)).verdict;
}

/* `percent` of a core, for so long. */
static void takes(const char *address, unsigned percent, unsigned ms)
{
    struct cputime_key key = key_of(address);
    for (unsigned i = 0; i < ms; i++)
        cputime_charge(cputime, &key, percent * 10, at_ms(++now_ms));
}

/* ---- beside exact buckets ---- */

struct exact {
    uint64_t time_ms;
    uint32_t later, refuse;
};

static uint32_t leaked(uint32_t level, uint64_t fall)
{
    return level > fall ? level - (uint32_t)fall : 0;
}

static uint32_t more(uint32_t level, uint32_t us, uint32_t most)
{
    return level + us < most ? level + us : most;
}

static void exact_charge(struct exact *exact, uint32_t us)
{
    uint64_t ms = now_ms - exact->time_ms;
    exact->later = more(leaked(exact->later, ms * CPUTIME_LATER_LEAK), us, LATER_MOST);
    exact->refuse = more(leaked(exact->refuse, ms * CPUTIME_REFUSE_LEAK), us, REFUSE_MOST);
    exact->time_ms = now_ms;
}

static enum cputime_verdict exact_verdict(struct exact *exact)
{
    exact_charge(exact, 0);
    if (exact->later <= LATER_BURST)
        return CPUTIME_AT_ONCE;
    if (exact->refuse <= REFUSE_BURST)
        return CPUTIME_LATER;
    return exact->refuse <= (REFUSE_BURST + REFUSE_MOST) / 2 ? CPUTIME_REFUSE : CPUTIME_CLOSE;
}

static struct endpoint numbered(uint32_t number)
{
    struct endpoint client = { .family = 4, .octets = { 45 } };
    client.octets[2] = (uint8_t)(number >> 8);
    client.octets[3] = (uint8_t)number;
    return client;
}

START_TEST(no_network_is_judged_milder_than_by_exact_buckets)
{
    static struct exact exact[KEYS];
    unsigned seen[CPUTIME_CLOSE + 1] = { 0 };
    struct prng prng;

    memset(exact, 0, sizeof exact);
    prng_seed_number(&prng, (uint64_t)_i + 1);
    cputime_destroy(cputime);
    cputime = cputime_create(UINT32_C(1) << _i, &cputime_hash_key);
    for (unsigned i = 0; i < OPERATIONS; i++) {
        uint32_t number = prng_below(&prng, prng_below(&prng, 2) ? HOT : KEYS);
        struct endpoint client = numbered(number);
        struct cputime_key key;
        now_ms += prng_below(&prng, 8) == 0;
        now_ms += prng_below(&prng, 20000) == 0 ? 5000 : 0;
        cputime_find(cputime, &rules, &client, &key);
        uint32_t us = prng_below(&prng, 200 * (1 + i / 20000 % 10)); /* a tenth of a core, ... */
        cputime_charge(cputime, &key, us, at_ms(now_ms));
        exact_charge(&exact[number], us);
        enum cputime_verdict verdict = cputime_judge(cputime, &key, at_ms(now_ms)).verdict;
        seen[verdict]++;
        if (verdict < exact_verdict(&exact[number])) /* Check's own asserts cost a system call */
            ck_abort_msg("operation %u: client %u is judged too mildly", i, number);
    }
    for (unsigned i = 0; i <= CPUTIME_CLOSE && _i >= 10; i++) /* few lines are shared */
        ck_assert_uint_gt(seen[i], 0);
}
END_TEST

START_TEST(one_that_is_alone_is_judged_exactly)
{
    struct cputime_key key = key_of("45.0.0.1");
    struct exact exact = { 0, 0, 0 };
    unsigned seen[CPUTIME_CLOSE + 1] = { 0 };
    struct prng prng;

    prng_seed_number(&prng, 7);
    for (unsigned i = 0; i < OPERATIONS; i++) {
        unsigned speed = 1 + i / 20000 % 10; /* from a tenth of a core to all of it, and again */
        uint32_t us = prng_below(&prng, 200 * speed);
        now_ms++;
        cputime_charge(cputime, &key, us, at_ms(now_ms));
        exact_charge(&exact, us);
        enum cputime_verdict verdict = cputime_judge(cputime, &key, at_ms(now_ms)).verdict;
        seen[verdict]++;
        if (verdict != exact_verdict(&exact))
            ck_abort_msg("operation %u: %u, but %u", i, verdict, exact_verdict(&exact));
    }
    for (unsigned i = 0; i <= CPUTIME_CLOSE; i++)
        ck_assert_uint_gt(seen[i], 0);
}
END_TEST

/* ---- the numbers of LIMITS 4.2 ---- */

START_TEST(a_fifth_of_a_core_is_served_at_once_for_ever)
{
    takes("45.0.0.1", 20, 20000);
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_AT_ONCE);
}
END_TEST

START_TEST(twice_that_is_served_later_after_a_second)
{
    takes("45.0.0.1", 40, 999);
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_AT_ONCE);
    takes("45.0.0.1", 40, 10);
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_LATER);
    takes("45.0.0.1", 60, 20000);
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_LATER);
}
END_TEST

START_TEST(more_than_three_fifths_is_refused)
{
    takes("45.0.0.1", 100, 1490);
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_LATER);
    takes("45.0.0.1", 100, 20);
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_REFUSE);
}
END_TEST

START_TEST(what_a_second_holds_is_not_over_it)
{
    struct cputime_key key = key_of("45.0.0.1");
    cputime_charge(cputime, &key, LATER_BURST, at_ms(now_ms));
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_AT_ONCE);
    cputime_charge(cputime, &key, REFUSE_BURST - LATER_BURST, at_ms(now_ms));
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_LATER);
    cputime_charge(cputime, &key, 1, at_ms(now_ms));
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_REFUSE);
}
END_TEST

START_TEST(who_takes_as_much_when_refused_is_sent_away)
{
    takes("45.0.0.1", 100, 2260);
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_CLOSE);
}
END_TEST

START_TEST(who_takes_nothing_is_served_again)
{
    takes("45.0.0.1", 400, 10000);
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_CLOSE);
    now_ms += CPUTIME_PENALTY_MS / 2;
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_REFUSE);
    now_ms += CPUTIME_PENALTY_MS / 2;
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_AT_ONCE);
}
END_TEST

START_TEST(a_clock_that_jumped_is_not_paid_by_one_charge)
{
    static const uint32_t jumps[] = { CPUTIME_US_MAX, 1 << 24, UINT32_MAX };
    for (unsigned i = 0; i < 3; i++) {
        struct cputime_key key = key_of("45.0.0.1");
        cputime_charge(cputime, &key, jumps[i], at_ms(now_ms));
        ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_CLOSE);
        now_ms += (CPUTIME_US_MAX - REFUSE_BURST) / CPUTIME_REFUSE_LEAK;
        ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_REFUSE);
        now_ms++;
        ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_LATER);
        now_ms += 2 * CPUTIME_PENALTY_MS;
        ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_AT_ONCE);
    }
}
END_TEST

/* What a line of buckets keeps of the time comes round in 2^32 ms: nobody is found there by then,
 * though others were served all the time. */
START_TEST(what_was_taken_49_days_ago_is_forgotten_in_both_tables)
{
    cputime_destroy(cputime);
    cputime = cputime_create(CPUTIME_PAIRS_SMALL, &cputime_hash_key);
    struct cputime_key key = key_of("45.0.0.1"), other = key_of("45.0.0.2");
    takes("45.0.0.1", 400, 10000);
    for (unsigned tenth = 0; tenth < 10; tenth++) {
        now_ms += (UINT64_C(1) << 32) / 10;
        cputime_charge(cputime, &other, 1, at_ms(now_ms));
        for (unsigned i = 0; i < 2 * CPUTIME_PAIRS_SMALL / BUCKET_SWEEP_LINES; i++)
            cputime_sweep(cputime, at_ms(now_ms));
    }
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_AT_ONCE);
    cputime_charge(cputime, &key, LATER_BURST + 1, at_ms(now_ms));
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_LATER);
}
END_TEST

/* ---- who counts as one ---- */

START_TEST(an_ipv4_address_counts_alone_and_an_ipv6_56_as_one)
{
    takes("45.0.0.1", 100, 3000);
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_CLOSE);
    ck_assert_int_eq(verdict_of("45.0.0.2"), CPUTIME_AT_ONCE);
    takes("[2001:db8:0:1100::1]", 100, 3000);
    ck_assert_int_eq(verdict_of("[2001:db8:0:11ff::9]"), CPUTIME_CLOSE);
    ck_assert_int_eq(verdict_of("[2001:db8:0:1200::1]"), CPUTIME_AT_ONCE);
    struct endpoint six = endpoint_of("[2001:db8:0:11ff::9]"), four = endpoint_of("45.0.0.1");
    ck_assert_uint_eq(cputime_network(&six).bits, 56);
    ck_assert_uint_eq(cputime_network(&four).bits, 32);
}
END_TEST

START_TEST(a_network_with_room_is_refused_when_it_takes_as_much_more_but_stands_back_before)
{
    struct prefix known;
    ck_assert_int_eq(prefix_parse("45.0.0.0/24", &known), ST_OK);
    ck_assert_int_eq(networks_add(&rules.networks, &known, 2), ST_OK);
    takes("45.0.0.1", 110, 20000);
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_LATER);
    takes("10.0.0.1", 900, 3000); /* private: 16 times the room */
    ck_assert_int_eq(verdict_of("10.0.0.1"), CPUTIME_LATER);
    takes("45.0.0.1", 400, 3000);
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_CLOSE);
}
END_TEST

/* The burst to its last part, and then what comes to a hundredth of a part: LIMITS 4.3. */
START_TEST(what_is_less_than_a_part_of_a_wide_room_is_charged_too)
{
    struct prefix known;
    ck_assert_int_eq(prefix_parse("45.0.0.0/24", &known), ST_OK);
    ck_assert_int_eq(networks_add(&rules.networks, &known, NETWORK_FACTOR_MAX), ST_OK);
    struct cputime_key key = key_of("45.0.0.1");
    for (unsigned i = 0; i < REFUSE_BURST / (CPUTIME_US_MAX / NETWORK_FACTOR_MAX); i++)
        cputime_charge(cputime, &key, CPUTIME_US_MAX, at_ms(now_ms));
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_LATER);
    cputime_charge(cputime, &key, 1, at_ms(now_ms));
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_REFUSE);
}
END_TEST

START_TEST(modes_say_who_is_counted_and_whether_it_matters) /* RULINGS A21 */
{
    takes("127.0.0.1", 100, 3000);
    ck_assert_uint_eq(key_of("127.0.0.1").room, 0);
    rules.mode = RATELIMIT_ENFORCE;
    takes("127.0.0.1", 100, 3000);
    ck_assert_int_ne(verdict_of("127.0.0.1"), CPUTIME_AT_ONCE);
    takes("45.0.0.1", 100, 3000);
    rules.mode = RATELIMIT_LOG_ONLY;
    struct cputime_key key = key_of("45.0.0.1");
    struct cputime_judgement judgement = cputime_judge(cputime, &key, at_ms(now_ms));
    ck_assert_int_eq(judgement.verdict, CPUTIME_AT_ONCE);
    ck_assert_int_eq(judgement.found, CPUTIME_CLOSE);
    rules.mode = RATELIMIT_OFF;
    ck_assert_uint_eq(key_of("45.0.0.1").room, 0);
    ck_assert_int_eq(verdict_of("45.0.0.1"), CPUTIME_AT_ONCE);
}
END_TEST

START_TEST(of_each_verdict_a_line_each_half_minute)
{
    ck_assert(cputime_may_tell(cputime, CPUTIME_LATER, at_ms(now_ms)));
    ck_assert(!cputime_may_tell(cputime, CPUTIME_LATER, at_ms(now_ms + 29999)));
    ck_assert(cputime_may_tell(cputime, CPUTIME_REFUSE, at_ms(now_ms)));
    ck_assert(cputime_may_tell(cputime, CPUTIME_LATER, at_ms(now_ms + 30000)));
}
END_TEST

START_TEST(nothing_is_left_where_there_is_no_memory)
{
    struct cputime *made = NULL;
    for (uint64_t succeed = 0; !made; succeed++) {
        memory_fail_after(succeed);
        made = cputime_create(1, &cputime_hash_key);
        ck_assert(memory_fail_stop() == (made == NULL));
    }
    cputime_sweep(made, at_ms(now_ms));
    cputime_destroy(made);
    cputime_destroy(NULL);
}
END_TEST

Suite *policy_cputime_suite(void)
{
    Suite *suite = suite_create("policy/cputime");
    TCase *tcase = tcase_create("judged");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, no_network_is_judged_milder_than_by_exact_buckets, 0, 13);
    tcase_add_test(tcase, one_that_is_alone_is_judged_exactly);
    tcase_add_test(tcase, a_fifth_of_a_core_is_served_at_once_for_ever);
    tcase_add_test(tcase, twice_that_is_served_later_after_a_second);
    tcase_add_test(tcase, more_than_three_fifths_is_refused);
    tcase_add_test(tcase, what_a_second_holds_is_not_over_it);
    tcase_add_test(tcase, who_takes_as_much_when_refused_is_sent_away);
    tcase_add_test(tcase, who_takes_nothing_is_served_again);
    tcase_add_test(tcase, a_clock_that_jumped_is_not_paid_by_one_charge);
    tcase_add_test(tcase, what_was_taken_49_days_ago_is_forgotten_in_both_tables);
    tcase_add_test(tcase, an_ipv4_address_counts_alone_and_an_ipv6_56_as_one);
    tcase_add_test(
        tcase, a_network_with_room_is_refused_when_it_takes_as_much_more_but_stands_back_before);
    tcase_add_test(tcase, what_is_less_than_a_part_of_a_wide_room_is_charged_too);
    tcase_add_test(tcase, modes_say_who_is_counted_and_whether_it_matters);
    tcase_add_test(tcase, of_each_verdict_a_line_each_half_minute);
    tcase_add_test(tcase, nothing_is_left_where_there_is_no_memory);
    suite_add_tcase(suite, tcase);
    return suite;
}
