/* What a check of an RRset may cost, and how it is continued: LIMITS 0.1, D1, D5. */
#include "lib/dnssec/rrsig.h"
#include "lib/wire/type.h"
#include "tests/unit/dnssec/proof_test.h"

enum { COST = 5 }; /* of Ed25519 */

static struct sign_key zsk;
static struct reply_work work;

static void set_up(void)
{
    proof_up("example.");
    zsk = sign_key(signer, 15, 0, SIGN_ZSK);
    work = (struct reply_work){ 0, 0 };
}

static struct rrset *plain_set(void)
{
    return sign_text("www.example. 300 IN A 192.0.2.1\n", bench.arena);
}

/* `count` RRSIGs by the key, from `first` on all wrong; they differ in expiration. */
static struct rrset *signed_set(size_t count, size_t first_wrong)
{
    struct sign_with with[RRSIGS_PER_RRSET_MAX];
    for (size_t i = 0; i < count; i++)
        with[i] = (struct sign_with){ .key = &zsk,
                                      .zone = &zone,
                                      .inception = window[0],
                                      .expiration = window[1] + (uint32_t)i,
                                      .odd = i < first_wrong ? 0 : SIGN_ODD_SIGNATURE };
    return sign_set(plain_set(), with, count, bench.arena);
}

/* The zone's key set: `fakes` keys with the tag of the true one, which stands among them. Two equal
 * and opposite changes of 16 bits leave the sum, hence the tag, as it is (RFC 4034 §B). */
enum true_key { TRUE_KEY_FIRST, TRUE_KEY_LAST };

static struct rrset *colliding_keys(size_t fakes, enum true_key place)
{
    struct bytes rdatas[40], whole = sign_dnskey(&zsk, bench.arena);
    struct rrset *set;
    rdatas[0] = whole;
    for (size_t i = 1; i <= fakes; i++) {
        uint8_t *copy = arena_copy(bench.arena, whole.at, whole.len);
        int change = place == TRUE_KEY_LAST ? -(int)i : (int)i;
        unsigned a = (unsigned)(copy[4] << 8 | copy[5]) + (unsigned)change;
        unsigned b = (unsigned)(copy[8] << 8 | copy[9]) - (unsigned)change;
        copy[4] = (uint8_t)(a >> 8);
        copy[5] = (uint8_t)a;
        copy[8] = (uint8_t)(b >> 8);
        copy[9] = (uint8_t)b;
        rdatas[i] = (struct bytes){ copy, whole.len };
        ck_assert_uint_eq(dnskey_tag(rdatas[i]), sign_tag(&zsk));
    }
    struct rrset_parts parts = {
        .owner = &zone, .type = TYPE_DNSKEY, .ttl = 3600, .rdatas = rdatas, .rr_count = fakes + 1
    };
    ck_assert(rrset_pack(&parts, bench.arena, &set) == ST_OK);
    return set;
}

static enum proof prove(const struct rrset *set, const struct rrset *keys,
                        struct rrsig_check *check)
{
    *check = (struct rrsig_check){ .sig = 0 };
    return rrsig_prove(check, set, keys, &work, &bench.desk);
}

START_TEST(two_keys_of_one_tag_are_tried_and_no_more) /* LIMITS 0.1 */
{
    struct rrset *set = signed_set(1, 1);
    struct rrsig_check check;
    ck_assert(prove(set, colliding_keys(1, TRUE_KEY_LAST), &check) == PROOF_GOOD);
    ck_assert_uint_eq(bench.metrics.verifications_bad, 1);
    ck_assert(prove(set, colliding_keys(5, TRUE_KEY_LAST), &check) == PROOF_FAILED);
    ck_assert_uint_eq(check.cause.why, WHY_SIGNATURE_WRONG);
    ck_assert_uint_eq(bench.metrics.verifications_bad, 1 + 2);
    ck_assert(prove(set, colliding_keys(5, TRUE_KEY_FIRST), &check) == PROOF_GOOD);
}
END_TEST

START_TEST(four_signatures_are_tried_and_no_more) /* LIMITS 0.1 */
{
    struct rrset *keys = colliding_keys(0, TRUE_KEY_FIRST);
    struct rrsig_check check;
    bench.limits.failed_per_reply = 16;
    ck_assert(prove(signed_set(8, 0), keys, &check) == PROOF_FAILED);
    ck_assert_uint_eq(check.cause.why, WHY_SIGNATURE_WRONG);
    ck_assert_uint_eq(check.sigs_tried, 4);
    ck_assert_uint_eq(bench.metrics.verifications_bad, 4);
}
END_TEST

START_TEST(colliding_keys_times_signatures_stop_at_the_limit_of_a_reply) /* CVE-2023-50387 */
{
    struct rrset *keys = colliding_keys(30, TRUE_KEY_FIRST);
    struct rrsig_check check;
    for (unsigned i = 0; i < 3; i++) {
        ck_assert(prove(signed_set(8, 0), keys, &check) == PROOF_FAILED);
        ck_assert_uint_eq(check.cause.why, WHY_VALIDATION_LIMIT);
    }
    ck_assert_uint_eq(work.failed, 4);
    ck_assert_uint_eq(bench.metrics.verifications_bad, 4);
    ck_assert_uint_eq(bench.budget.spent[SPEND_FAILED_CHECK], 4);
    ck_assert_uint_eq(bench.budget.spent[SPEND_FAILED_UNITS], 4 * COST);
    ck_assert(!budget_is_over(&bench.budget));
}
END_TEST

START_TEST(good_checks_of_a_reply_have_a_limit_too) /* LIMITS 0.1 */
{
    struct rrset *set = signed_set(1, 1), *keys = colliding_keys(0, TRUE_KEY_FIRST);
    struct rrsig_check check;
    for (unsigned i = 0; i < bench.limits.good_per_reply; i++)
        ck_assert(prove(set, keys, &check) == PROOF_GOOD);
    ck_assert(prove(set, keys, &check) == PROOF_FAILED);
    ck_assert_uint_eq(check.cause.why, WHY_VALIDATION_LIMIT);
    ck_assert_uint_eq(bench.metrics.verifications_good, bench.limits.good_per_reply);
}
END_TEST

/* The rows of the budget, each the first to end: limit, and how many checks it lets run. */
static const struct {
    enum spend kind;
    uint32_t limit, checks;
    enum proof each;
} budget_rows[] = {
    { SPEND_FAILED_CHECK, 3, 3, PROOF_FAILED },
    { SPEND_FAILED_UNITS, 3 * COST, 3, PROOF_FAILED },
    { SPEND_FAILED_UNITS, 4 * COST - 1, 3, PROOF_FAILED },
    { SPEND_GOOD_CHECK, 3, 3, PROOF_GOOD },
    { SPEND_GOOD_UNITS, 3 * COST, 3, PROOF_GOOD },
    { SPEND_GOOD_UNITS, 4 * COST - 1, 3, PROOF_GOOD },
};

START_TEST(a_budget_that_is_used_up_spends_the_job) /* RULINGS A2, A8 */
{
    struct rrset *keys = colliding_keys(0, TRUE_KEY_FIRST);
    struct rrset *set = signed_set(1, budget_rows[_i].each == PROOF_GOOD);
    uint32_t *limits[SPEND_KINDS] = {
        [SPEND_FAILED_CHECK] = &bench.limits.failed_checks,
        [SPEND_FAILED_UNITS] = &bench.limits.failed_units,
        [SPEND_GOOD_CHECK] = &bench.limits.good_checks,
        [SPEND_GOOD_UNITS] = &bench.limits.good_units,
    };
    struct rrsig_check check;
    *limits[budget_rows[_i].kind] = budget_rows[_i].limit;
    for (unsigned i = 0; i < budget_rows[_i].checks; i++) {
        work = (struct reply_work){ 0, 0 };
        ck_assert(prove(set, keys, &check) == budget_rows[_i].each);
    }
    work = (struct reply_work){ 0, 0 };
    uint64_t before = keyring_checks(bench.keyring);
    ck_assert(prove(set, keys, &check) == PROOF_SPENT);
    ck_assert_uint_eq(check.cause.why, WHY_VALIDATION_LIMIT);
    ck_assert(budget_is_over(&bench.budget));
    ck_assert_uint_eq(keyring_checks(bench.keyring), before);
    ck_assert_uint_eq(before, budget_rows[_i].checks);
}
END_TEST

START_TEST(a_turn_that_is_used_up_stops_and_goes_on_where_it_was) /* RULINGS A12, B16 */
{
    struct rrset *set = signed_set(3, 0), *keys = colliding_keys(1, TRUE_KEY_LAST);
    struct rrsig_check check = { .sig = 0 };
    unsigned turns = 0;
    enum proof proof;
    bench.limits.failed_per_reply = 16;
    bench.turn_units = 0;
    while ((proof = rrsig_prove(&check, set, keys, &work, &bench.desk)) == PROOF_CONTINUE) {
        ck_assert_uint_eq(keyring_checks(bench.keyring), turns);
        turns++;
        bench.turn_units = 1; /* enough to begin one check */
    }
    ck_assert(proof == PROOF_FAILED);
    ck_assert_uint_eq(turns, 3 * 2);
    ck_assert_uint_eq(keyring_checks(bench.keyring), 3 * 2);
    ck_assert_uint_eq(check.sigs_tried, 3);
    ck_assert_int_eq(bench.turn_units, 1 - COST);
}
END_TEST

START_TEST(every_length_of_turn_gives_the_same_verdict) /* RULINGS A12 */
{
    for (unsigned wrong = 0; wrong < 2; wrong++)
        for (int64_t units = 1; units < 40; units++) {
            struct rrsig_check check = { .sig = 0 };
            enum proof proof = PROOF_CONTINUE;
            proof_bench_job(&bench);
            struct rrset *set = signed_set(3, wrong ? 0 : 1);
            struct rrset *keys = colliding_keys(1, TRUE_KEY_LAST);
            work = (struct reply_work){ 0, 0 };
            bench.limits.failed_per_reply = 16;
            for (unsigned turn = 0; proof == PROOF_CONTINUE && turn < 20; turn++) {
                bench.turn_units = units;
                proof = rrsig_prove(&check, set, keys, &work, &bench.desk);
            }
            ck_assert(proof == (wrong ? PROOF_FAILED : PROOF_GOOD));
            ck_assert_uint_eq(work.good, !wrong);
        }
}
END_TEST

START_TEST(what_is_refused_before_crypto_costs_nothing) /* RULINGS A8 */
{
    struct sign_with with[] = {
        { .key = &zsk, .zone = &zone, .inception = 1, .expiration = 2 },
        { .key = &zsk,
          .zone = &zone,
          .inception = window[0],
          .expiration = window[1],
          .odd = SIGN_ODD_TAG,
          .tag = (uint16_t)(sign_tag(&zsk) + 1) },
        { .key = &zsk,
          .zone = &zone,
          .inception = window[0],
          .expiration = window[1],
          .odd = SIGN_ODD_ALGORITHM,
          .algorithm = 200 },
        { .key = &zsk,
          .zone = &zone,
          .inception = window[0],
          .expiration = window[1],
          .odd = SIGN_ODD_LABELS,
          .labels = 9 },
    };
    struct rrset *set = sign_set(plain_set(), with, 4, bench.arena);
    struct rrsig_check check;
    bench.turn_units = 0;
    ck_assert(prove(set, colliding_keys(0, TRUE_KEY_FIRST), &check) == PROOF_FAILED);
    ck_assert_uint_eq(check.sigs_tried, 0);
    ck_assert_uint_eq(keyring_checks(bench.keyring), 0);
    for (unsigned kind = 0; kind < SPEND_KINDS; kind++)
        ck_assert_uint_eq(bench.budget.spent[kind], 0);
}
END_TEST

START_TEST(a_key_that_cannot_be_decoded_counts_as_a_failure) /* LIMITS D5, CVE-2025-8677 */
{
    uint8_t rdata[4 + 64] = { 1, 0, 3, 13, 9 }; /* no point of P-256 */
    struct bytes key = { rdata, sizeof rdata };
    struct rrset_parts parts = {
        .owner = &zone, .type = TYPE_DNSKEY, .ttl = 60, .rdatas = &key, .rr_count = 1
    };
    struct sign_key pair = sign_key(signer, 13, 0, SIGN_ZSK);
    struct sign_with with = { .key = &pair,
                              .zone = &zone,
                              .inception = window[0],
                              .expiration = window[1],
                              .odd = SIGN_ODD_TAG,
                              .tag = dnskey_tag(key) };
    struct rrset *keys;
    struct rrsig_check check;
    ck_assert(rrset_pack(&parts, bench.arena, &keys) == ST_OK);
    ck_assert(prove(sign_set(plain_set(), &with, 1, bench.arena), keys, &check) == PROOF_FAILED);
    ck_assert_uint_eq(check.cause.why, WHY_KEY_UNUSABLE);
    ck_assert_uint_eq(work.failed, 1);
    ck_assert_uint_eq(bench.budget.spent[SPEND_FAILED_UNITS], 3);
}
END_TEST

START_TEST(a_key_out_of_range_is_no_failure_of_a_signature) /* RULINGS A44 */
{
    struct sign_key small = sign_key(signer, 8, 13, SIGN_ZSK); /* RSA with 512 bits */
    struct rrset *set = sign_plain(plain_set(), &small, &zone, window, bench.arena);
    struct rrsig_check check;
    ck_assert(prove(set, sign_dnskey_set(&zone, &small, 1, bench.arena), &check) == PROOF_FAILED);
    ck_assert_uint_eq(check.cause.why, WHY_KEY_UNUSABLE);
    ck_assert_uint_eq(work.failed, 0);
    ck_assert_uint_eq(check.sigs_tried, 0);
    ck_assert_uint_eq(keyring_checks(bench.keyring), 0);
}
END_TEST

START_TEST(an_arena_that_is_full_spends_the_job) /* RULINGS A2 */
{
    struct rrset *set = signed_set(1, 1), *keys = colliding_keys(0, TRUE_KEY_FIRST);
    struct rrsig_check check;
    bench.desk.arena = arena_create(bench.pool, 16);
    ck_assert(prove(set, keys, &check) == PROOF_SPENT);
    ck_assert_uint_eq(check.cause.why, WHY_NO_MEMORY);
    arena_destroy(bench.desk.arena);
}
END_TEST

/* 200 keys of 400 octets: walking through them for each signature is paid for. */
START_TEST(a_huge_key_set_costs_units_before_any_check)
{
    struct bytes rdatas[200];
    struct rrset *keys;
    struct rrsig_check check;
    for (unsigned i = 0; i < 200; i++) {
        uint8_t *rdata = arena_zero(bench.arena, 400);
        memcpy(rdata, "\1\0\3\17", 4);
        rdata[5] = (uint8_t)i;
        rdatas[i] = (struct bytes){ rdata, 400 };
    }
    struct rrset_parts parts = {
        .owner = &zone, .type = TYPE_DNSKEY, .ttl = 60, .rdatas = rdatas, .rr_count = 200
    };
    ck_assert(rrset_pack(&parts, bench.arena, &keys) == ST_OK);
    bench.turn_units = 100;
    ck_assert(prove(signed_set(8, 0), keys, &check) == PROOF_FAILED);
    ck_assert_uint_eq(check.cause.why, WHY_KEY_MISSING);
    ck_assert_int_eq(bench.turn_units, 100 - 8 * 2);
    ck_assert_uint_eq(bench.budget.spent[SPEND_GOOD_UNITS], 8 * 2);
    bench.turn_units = 0;
    ck_assert(prove(signed_set(8, 0), keys, &check) == PROOF_CONTINUE);
}
END_TEST

Suite *dnssec_rrsig_limits_suite(void)
{
    Suite *suite = suite_create("dnssec/rrsig_limits");
    TCase *tcase = tcase_create("limits");
    tcase_add_checked_fixture(tcase, set_up, proof_down);
    tcase_add_test(tcase, two_keys_of_one_tag_are_tried_and_no_more);
    tcase_add_test(tcase, four_signatures_are_tried_and_no_more);
    tcase_add_test(tcase, colliding_keys_times_signatures_stop_at_the_limit_of_a_reply);
    tcase_add_test(tcase, good_checks_of_a_reply_have_a_limit_too);
    tcase_add_loop_test(tcase, a_budget_that_is_used_up_spends_the_job, 0, ROWS(budget_rows));
    tcase_add_test(tcase, a_turn_that_is_used_up_stops_and_goes_on_where_it_was);
    tcase_add_test(tcase, every_length_of_turn_gives_the_same_verdict);
    tcase_add_test(tcase, what_is_refused_before_crypto_costs_nothing);
    tcase_add_test(tcase, a_key_that_cannot_be_decoded_counts_as_a_failure);
    tcase_add_test(tcase, a_key_out_of_range_is_no_failure_of_a_signature);
    tcase_add_test(tcase, an_arena_that_is_full_spends_the_job);
    tcase_add_test(tcase, a_huge_key_set_costs_units_before_any_check);
    suite_add_tcase(suite, tcase);
    return suite;
}
