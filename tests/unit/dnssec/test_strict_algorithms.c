/* Signature completeness, a test mode (RFC 6840 §5.11, SPEC V5): every algorithm that the DS set
 * signals has to prove the keys, and then every set of the zone. By default one suffices. */
#include <stdio.h>

#include "lib/crypto/algorithm.h"
#include "lib/dnssec/chain.h"
#include "lib/wire/type.h"
#include "tests/unit/dnssec/proof_test.h"

enum { EDDSA, ECDSA, RSA, KEYS };

static struct sign_key keys[KEYS];
static struct zone_keys found;

static void set_up(void)
{
    proof_up("example.");
    bench.rules.strict_algorithms = true;
    keys[EDDSA] = sign_key(signer, 15, 0, SIGN_KSK);
    keys[ECDSA] = sign_key(signer, 13, 0, SIGN_KSK);
    keys[RSA] = sign_key(signer, 8, 0, SIGN_KSK);
}

/* `set`, signed by each key whose bit is in `by`; those in `odd` sign wrongly. */
static struct rrset *signed_by(struct rrset *set, unsigned by, unsigned odd)
{
    struct sign_with with[KEYS];
    size_t count = 0;
    for (unsigned i = 0; i < KEYS; i++)
        if ((by >> i & 1) == 1)
            with[count++] = (struct sign_with){ .key = &keys[i],
                                                .zone = &zone,
                                                .inception = window[0],
                                                .expiration = window[1] - i,
                                                .odd = (odd >> i & 1) * SIGN_ODD_SIGNATURE };
    return sign_set(set, with, count, bench.arena);
}

/* The DS set names the first `named` keys; the DNSKEY set has `count`. */
static enum zone_state judge(size_t named, size_t count, unsigned by, unsigned odd)
{
    struct rrset *dnskeys = sign_dnskey_set(&zone, keys, count, bench.arena);
    struct chain_input input = { .zone = &zone,
                                 .ds = sign_ds_set(&zone, keys, named, bench.arena),
                                 .dnskeys = signed_by(dnskeys, by, odd) };
    struct chain_link link = { .at = 0 };
    ck_assert(chain_keys(&link, &input, &bench.desk, &found) == PROOF_GOOD);
    return found.state;
}

#define BIT(key) (1u << (key))

START_TEST(by_default_one_algorithm_proves_the_keys) /* RFC 6840 §5.11 */
{
    bench.rules.strict_algorithms = false;
    for (unsigned by = 1; by < BIT(RSA); by++) {
        ck_assert_int_eq(judge(2, 2, by, 0), ZONE_SECURE);
        ck_assert_uint_eq(found.algorithms, 0);
    }
}
END_TEST

START_TEST(strict_rules_want_every_algorithm_of_the_ds_set) /* RFC 6840 §5.11 */
{
    ck_assert_int_eq(judge(2, 2, BIT(EDDSA) | BIT(ECDSA), 0), ZONE_SECURE);
    ck_assert_uint_eq(found.algorithms, algorithm_bit(13) | algorithm_bit(15));
    ck_assert_int_eq(found.first_end.at.s, window[1] - ECDSA); /* of the two the first to end */
    ck_assert_uint_eq(found.ttl_s, 1000 - ECDSA);
    ck_assert_int_eq(judge(2, 2, BIT(EDDSA), 0), ZONE_BOGUS);
    ck_assert_uint_eq(found.cause.why, WHY_DNSKEY_UNSIGNED);
    ck_assert_uint_eq(found.cause.algorithm, 13);
    ck_assert_int_eq(judge(2, 2, BIT(EDDSA) | BIT(ECDSA), BIT(EDDSA)), ZONE_BOGUS);
    ck_assert_uint_eq(found.cause.why, WHY_SIGNATURE_WRONG);
    ck_assert_int_eq(judge(2, 1, BIT(EDDSA), 0), ZONE_BOGUS);
    ck_assert_uint_eq(found.cause.why, WHY_DNSKEY_MISSING);
}
END_TEST

START_TEST(strict_rules_insist_on_no_algorithm_of_the_keys_alone) /* RFC 6840 §5.11: MUST NOT */
{
    ck_assert_int_eq(judge(2, 3, BIT(EDDSA) | BIT(ECDSA), 0), ZONE_SECURE);
    ck_assert_uint_eq(found.algorithms, algorithm_bit(13) | algorithm_bit(15));
}
END_TEST

START_TEST(strict_rules_want_one_key_of_an_algorithm_and_not_each) /* a roll of keys */
{
    keys[ECDSA] = sign_key(signer, 15, 1, SIGN_KSK);
    ck_assert_int_eq(judge(2, 2, BIT(EDDSA), 0), ZONE_SECURE);
    ck_assert_int_eq(judge(2, 2, BIT(ECDSA), 0), ZONE_SECURE);
    ck_assert_int_eq(judge(2, 2, 0, 0), ZONE_BOGUS);
}
END_TEST

START_TEST(strict_rules_pass_over_what_is_unsupported) /* RFC 4035 §5.2 */
{
    bench.rules.algorithms_off[13 / 8] |= 1 << 13 % 8;
    ck_assert_int_eq(judge(2, 2, BIT(EDDSA), 0), ZONE_SECURE);
    ck_assert_uint_eq(found.algorithms, algorithm_bit(15));
    keys[ECDSA] = sign_key(signer, 8, 13, SIGN_KSK); /* RSA with 512 bits: RULINGS A44 */
    ck_assert_int_eq(judge(2, 2, BIT(EDDSA), 0), ZONE_SECURE);
    ck_assert_uint_eq(found.algorithms, algorithm_bit(15));
}
END_TEST

START_TEST(strict_rules_go_on_where_the_turn_ended)
{
    struct rrset *dnskeys = sign_dnskey_set(&zone, keys, KEYS, bench.arena);
    struct chain_input input = { .zone = &zone,
                                 .ds = sign_ds_set(&zone, keys, KEYS, bench.arena),
                                 .dnskeys = signed_by(dnskeys, 7, 0) };
    struct chain_link link = { .at = 0 };
    enum proof proof = PROOF_CONTINUE;
    for (unsigned turns = 0; proof == PROOF_CONTINUE && turns < 10; turns++) {
        bench.turn_units = 1;
        proof = chain_keys(&link, &input, &bench.desk, &found);
    }
    ck_assert_int_eq(found.state, ZONE_SECURE);
    ck_assert_uint_eq(keyring_checks(bench.keyring), KEYS);
}
END_TEST

/* ---- a set of the zone ---- */

static enum proof prove(unsigned by, unsigned odd, uint32_t wanted, struct rrsig_check *check)
{
    struct reply_work work = { 0, 0 };
    struct rrset *dnskeys = sign_dnskey_set(&zone, keys, KEYS, bench.arena);
    struct rrset *set = sign_text("www.example. 300 IN A 192.0.2.1\n", bench.arena);
    *check = (struct rrsig_check){ .wanted = wanted };
    return rrsig_prove(check, signed_by(set, by, odd), dnskeys, &work, &bench.desk);
}

START_TEST(a_set_needs_every_algorithm_that_is_wanted)
{
    struct rrsig_check check;
    uint32_t both = algorithm_bit(13) | algorithm_bit(15);
    ck_assert(prove(BIT(EDDSA) | BIT(ECDSA), 0, both, &check) == PROOF_GOOD);
    ck_assert_int_eq(check.expires.s, window[1] - ECDSA);
    ck_assert_uint_eq(check.key_tag, sign_tag(&keys[ECDSA]));
    ck_assert(prove(BIT(EDDSA) | BIT(RSA), 0, both, &check) == PROOF_FAILED);
    ck_assert_uint_eq(check.cause.why, WHY_RRSIG_MISSING);
    ck_assert_str_eq(check.cause.text, "www.example. A, none of ECDSAP256SHA256");
    ck_assert(prove(BIT(EDDSA) | BIT(ECDSA), BIT(ECDSA), both, &check) == PROOF_FAILED);
    ck_assert_uint_eq(check.cause.why, WHY_SIGNATURE_WRONG);
}
END_TEST

START_TEST(a_set_of_which_nothing_is_wanted_needs_one)
{
    struct rrsig_check check;
    for (unsigned by = 1; by < BIT(KEYS); by++)
        ck_assert(prove(by, 0, 0, &check) == PROOF_GOOD);
    ck_assert_uint_eq(keyring_checks(bench.keyring), BIT(KEYS) - 1);
    ck_assert(prove(7, 3, 0, &check) == PROOF_GOOD);
    ck_assert(prove(7, 7, 0, &check) == PROOF_FAILED);
}
END_TEST

Suite *dnssec_strict_algorithms_suite(void)
{
    Suite *suite = suite_create("dnssec/strict_algorithms");
    TCase *tcase = tcase_create("strict");
    tcase_add_checked_fixture(tcase, set_up, proof_down);
    tcase_add_test(tcase, by_default_one_algorithm_proves_the_keys);
    tcase_add_test(tcase, strict_rules_want_every_algorithm_of_the_ds_set);
    tcase_add_test(tcase, strict_rules_insist_on_no_algorithm_of_the_keys_alone);
    tcase_add_test(tcase, strict_rules_want_one_key_of_an_algorithm_and_not_each);
    tcase_add_test(tcase, strict_rules_pass_over_what_is_unsupported);
    tcase_add_test(tcase, strict_rules_go_on_where_the_turn_ended);
    tcase_add_test(tcase, a_set_needs_every_algorithm_that_is_wanted);
    tcase_add_test(tcase, a_set_of_which_nothing_is_wanted_needs_one);
    suite_add_tcase(suite, tcase);
    return suite;
}
