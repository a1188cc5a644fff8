/* What a hostile denial costs, counted where hashes and checks are done: LIMITS D3, D4, RULINGS A8
 * and A14. After each attack an honest question is secure. */
#include <stdio.h>

#include "tests/unit/dnssec/validator_test.h"

enum { PADDING = 200, CONSIDERED = 8, LONG_LABELS = 120 };

static const char denied_zone[] = "example. SOA NS\nns1.example. A\n";

/* Of the last judgment. */
static uint64_t checks, rounds;

static const struct verdict *judge_counted(void)
{
    uint64_t checks_before = keyring_checks(bench.keyring);
    uint64_t rounds_before = keyring_nsec3_rounds(bench.keyring);
    const struct verdict *verdict = judge();
    checks = keyring_checks(bench.keyring) - checks_before;
    rounds = keyring_nsec3_rounds(bench.keyring) - rounds_before;
    return verdict;
}

static void expect_counted(enum security security, enum why why)
{
    const struct verdict *verdict = judge_counted();
    ck_assert_msg(verdict->security == security && verdict->cause.why == why,
                  "security %d, not %d; %s, not %s", verdict->security, security,
                  why_row(verdict->cause.why)->name, why_row(why)->name);
}

/* Another client's question, with a budget of its own. */
static void honest_is_secure(void)
{
    begin(REPLY_NXDOMAIN, "m.example.", TYPE_A, "example.");
    put_soa("example.");
    put_chain(denied_zone, 0, 50);
    expect_counted(SEC_SECURE, WHY_SECURE);
}

/* ---- iterations: D3, A14 ---- */

static void ask_iterated(uint16_t iterations)
{
    struct denial_chain chain = { bench.keyring, "", iterations, 0 };
    struct denial_span span = { .types = "A" };
    struct name zone = name_of("example.");

    begin(REPLY_NXDOMAIN, "m.example.", TYPE_A, "example.");
    put_authority(denial_nsec3(&chain, &zone, &span, bench.arena));
}

static const uint16_t iterations[] = { 51, 150, 65535 };

START_TEST(iterations_over_the_limit_cost_one_check_and_no_hash) /* RFC 9276 §3.2, A14 */
{
    ask_iterated(iterations[_i]);
    authority[0] = signed_by(authority[0], "example.");
    expect_counted(SEC_INSECURE, WHY_NSEC3_ITERATIONS);
    ck_assert_uint_eq(checks, 1); /* its signature first: without it the name would be bogus */
    ck_assert_uint_eq(rounds, 0);
    honest_is_secure();
}
END_TEST

START_TEST(iterations_over_the_limit_are_bogus_unless_signed_well) /* A14 */
{
    ask_iterated(iterations[_i]);
    authority[0] = signed_wrong(authority[0], "example.");
    expect_counted(SEC_BOGUS, WHY_SIGNATURE_WRONG);
    ck_assert_uint_eq(checks, 1);
    ck_assert_uint_eq(rounds, 0);

    ask_iterated(iterations[_i]);
    expect_counted(SEC_BOGUS, WHY_RRSIG_MISSING);
    ck_assert_uint_eq(checks, 0);
    ck_assert_uint_eq(rounds, 0);
    honest_is_secure();
}
END_TEST

/* ---- the longest names: D3, CVE-2023-50868 ---- */

/* Eight records of a chain, each as narrow as can be: nothing matches and nothing is covered, so
 * that every ancestor of the name has to be hashed. */
static void ask_longest(const char *salt, uint16_t rounds_more)
{
    struct denial_chain chain = { bench.keyring, salt, rounds_more, 0 };
    struct name zone = name_of("example."), longer;

    begin(REPLY_NXDOMAIN, "x.example.", TYPE_A, "example.");
    while (name_prepend((struct bytes){ (const uint8_t *)"x", 1 }, &question.qname, &longer) ==
           ST_OK)
        question.qname = longer;
    ck_assert_uint_ge(question.qname.labels, LONG_LABELS);
    for (unsigned i = 0; i < CONSIDERED; i++) {
        struct denial_span span = { .from = { (uint8_t)i },
                                    .to = { (uint8_t)i, 0, 1 },
                                    .types = "A" };
        put_authority(signed_by(denial_nsec3(&chain, &zone, &span, bench.arena), "example."));
    }
}

START_TEST(the_longest_name_and_eight_records_stay_within_the_blocks)
{
    ask_longest("", 50);
    expect_counted(SEC_UNCHECKED, WHY_VALIDATION_LIMIT);
    ck_assert_uint_eq(checks, CONSIDERED);
    ck_assert_uint_le(rounds, bench.limits.nsec3_blocks);
    honest_is_secure();
}
END_TEST

START_TEST(the_longest_name_costs_no_hash_over_the_price) /* A14: salt counts too */
{
    static char salt[2 * 255 + 1];
    memset(salt, 'a', sizeof salt - 1);
    ask_longest(salt, 50);
    expect_counted(SEC_INSECURE, WHY_NSEC3_ITERATIONS);
    ck_assert_uint_eq(rounds, 0);
    ask_longest("", 51);
    expect_counted(SEC_INSECURE, WHY_NSEC3_ITERATIONS);
    ck_assert_uint_eq(rounds, 0);
}
END_TEST

/* 24 iterations: within the blocks, so there is an answer; with exactly as many blocks as it takes
 * there still is, with one less there is none. */
START_TEST(at_exactly_the_blocks_there_is_an_answer_and_one_above_is_spent) /* A2, A8 */
{
    ask_longest("", 24);
    expect_counted(SEC_BOGUS, WHY_DENIAL_WRONG);
    uint32_t blocks = bench.budget.spent[SPEND_NSEC3_BLOCKS];
    ck_assert_uint_le(blocks, bench.limits.nsec3_blocks);
    ck_assert_uint_le(rounds, blocks);

    ask_longest("", 24);
    bench.limits.nsec3_blocks = blocks;
    expect_counted(SEC_BOGUS, WHY_DENIAL_WRONG);
    ask_longest("", 24);
    bench.limits.nsec3_blocks = blocks - 1;
    expect_counted(SEC_UNCHECKED, WHY_VALIDATION_LIMIT);
    honest_is_secure();
}
END_TEST

/* ---- padding: D4, CVE-2026-11605 ---- */

static void ask_padded(size_t padding)
{
    begin(REPLY_NXDOMAIN, "zz.example.", TYPE_A, "example.");
    for (size_t i = 0; i < padding; i++) {
        char owner[32];
        snprintf(owner, sizeof owner, "n%zu.example.", i);
        put_authority(signed_by(denial_nsec(owner, "z.example.", "A", bench.arena), "example."));
    }
    put_authority(
        signed_by(denial_nsec("example.", "a.example.", "SOA NS", bench.arena), "example."));
    put_authority(signed_by(denial_nsec("z.example.", "example.", "A", bench.arena), "example."));
}

START_TEST(two_hundred_padded_records_cost_eight_checks)
{
    ask_padded(PADDING);
    expect_counted(SEC_BOGUS, WHY_DENIAL_WRONG);
    ck_assert_uint_eq(checks, CONSIDERED);
    honest_is_secure();
}
END_TEST

START_TEST(a_proof_that_ends_at_the_eighth_record_is_seen_and_at_the_ninth_is_not)
{
    ask_padded(CONSIDERED - 2);
    expect_counted(SEC_SECURE, WHY_SECURE);
    ck_assert_uint_eq(checks, CONSIDERED);
    ask_padded(CONSIDERED - 1);
    expect_counted(SEC_BOGUS, WHY_DENIAL_WRONG);
    ck_assert_uint_eq(checks, CONSIDERED);
}
END_TEST

Suite *dnssec_validator_costs_suite(void)
{
    Suite *suite = suite_create("dnssec/validator_costs");
    TCase *tcase = tcase_create("costs");
    tcase_add_unchecked_fixture(tcase, world_up, world_down);
    tcase_add_loop_test(tcase, iterations_over_the_limit_cost_one_check_and_no_hash, 0,
                        ROWS(iterations));
    tcase_add_loop_test(tcase, iterations_over_the_limit_are_bogus_unless_signed_well, 0,
                        ROWS(iterations));
    tcase_add_test(tcase, the_longest_name_and_eight_records_stay_within_the_blocks);
    tcase_add_test(tcase, the_longest_name_costs_no_hash_over_the_price);
    tcase_add_test(tcase, at_exactly_the_blocks_there_is_an_answer_and_one_above_is_spent);
    tcase_add_test(tcase, two_hundred_padded_records_cost_eight_checks);
    tcase_add_test(tcase, a_proof_that_ends_at_the_eighth_record_is_seen_and_at_the_ninth_is_not);
    suite_add_tcase(suite, tcase);
    return suite;
}
