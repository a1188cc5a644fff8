/* rrsig_prove_with_key and rrsig_signer. */
#include "lib/dnssec/rrsig.h"
#include "lib/wire/type.h"
#include "tests/unit/dnssec/proof_test.h"

static struct reply_work work;

static void set_up(void)
{
    proof_up("example.");
    work = (struct reply_work){ 0, 0 };
}

/* ---- rrsig_prove_with_key ---- */

static enum proof prove_with(const struct rrset *set, const struct sign_key *pair,
                             struct rrsig_check *check)
{
    struct dnskey key;
    *check = (struct rrsig_check){ .sig = 0 };
    ck_assert(dnskey_parse(sign_dnskey(pair, bench.arena), &key));
    return rrsig_prove_with_key(check, set, &key, &work, &bench.desk);
}

/* The set of two keys, signed by the second alone. */
static struct rrset *key_set(const struct sign_key keys[2])
{
    struct rrset *set = sign_dnskey_set(&zone, keys, 2, bench.arena);
    return sign_plain(set, &keys[1], &zone, window, bench.arena);
}

START_TEST(a_key_proves_what_it_signed_and_nothing_else)
{
    struct sign_key keys[2] = { sign_key(signer, 15, 0, SIGN_ZSK),
                                sign_key(signer, 15, 1, SIGN_KSK) };
    struct rrsig_check check;
    ck_assert(prove_with(key_set(keys), &keys[1], &check) == PROOF_GOOD);
    ck_assert_uint_eq(check.ttl_max, 1000);
    ck_assert(prove_with(key_set(keys), &keys[0], &check) == PROOF_FAILED);
    ck_assert_uint_eq(check.cause.why, WHY_RRSIG_MISSING);
    ck_assert_uint_eq(bench.metrics.verifications_bad, 0);
}
END_TEST

START_TEST(a_revoked_key_may_sign_its_own_revocation) /* RFC 5011 §2.1 */
{
    struct sign_key keys[2] = { sign_key(signer, 15, 0, SIGN_ZSK),
                                sign_key(signer, 15, 1, SIGN_KSK_REVOKED) };
    struct rrsig_check check;
    ck_assert(prove_with(key_set(keys), &keys[1], &check) == PROOF_GOOD);
}
END_TEST

START_TEST(a_key_that_is_no_zone_key_proves_nothing) /* RFC 4034 §2.1.1, §2.1.2 */
{
    struct sign_key keys[2] = { sign_key(signer, 15, 0, SIGN_ZSK), sign_key(signer, 15, 1, 1) };
    struct rrsig_check check;
    ck_assert(prove_with(key_set(keys), &keys[1], &check) == PROOF_FAILED);
    ck_assert_uint_eq(check.cause.why, WHY_KEY_NOT_ZONE);
    keys[1].flags = SIGN_KSK;
    keys[1].protocol = 2;
    ck_assert(prove_with(key_set(keys), &keys[1], &check) == PROOF_FAILED);
    ck_assert_uint_eq(check.cause.why, WHY_KEY_NOT_ZONE);
}
END_TEST

START_TEST(the_signer_must_be_the_owner_of_the_set) /* RFC 4035 §5.3.1 */
{
    struct sign_key key = sign_key(signer, 15, 0, SIGN_KSK);
    struct rrset *set = sign_dnskey_set(&zone, &key, 1, bench.arena);
    struct name root = name_root;
    struct rrsig_check check;
    set = sign_plain(set, &key, &root, window, bench.arena);
    ck_assert(prove_with(set, &key, &check) == PROOF_FAILED);
    ck_assert_uint_eq(check.cause.why, WHY_SIGNER_WRONG);
}
END_TEST

START_TEST(a_key_with_another_algorithm_octet_is_another_key)
{
    struct sign_key key = sign_key(signer, 8, 0, SIGN_KSK), other = key;
    struct rrsig_check check;
    other.algorithm = 10;
    struct rrset *set = sign_dnskey_set(&zone, &key, 1, bench.arena);
    set = sign_plain(set, &key, &zone, window, bench.arena);
    ck_assert(prove_with(set, &other, &check) == PROOF_FAILED);
    ck_assert(prove_with(set, &key, &check) == PROOF_GOOD);
}
END_TEST

START_TEST(with_one_key_a_turn_can_end_too) /* RULINGS B16 */
{
    struct sign_key keys[2] = { sign_key(signer, 15, 0, SIGN_ZSK),
                                sign_key(signer, 15, 1, SIGN_KSK) };
    struct rrset *set = key_set(keys);
    struct rrsig_check check = { .sig = 0 };
    struct dnskey key;
    ck_assert(dnskey_parse(sign_dnskey(&keys[1], bench.arena), &key));
    bench.turn_units = 0;
    ck_assert(rrsig_prove_with_key(&check, set, &key, &work, &bench.desk) == PROOF_CONTINUE);
    bench.turn_units = 1;
    ck_assert(rrsig_prove_with_key(&check, set, &key, &work, &bench.desk) == PROOF_GOOD);
    ck_assert_uint_eq(work.good, 1);
}
END_TEST

/* ---- rrsig_signer ---- */

static const struct {
    const char *why, *zone, *lines, *signers[3], *expected;
} signer_rows[] = {
    { "the zone itself",
      "example.",
      "www.example. 1 IN A 192.0.2.1\n",
      { "example." },
      "example." },
    { "a cut that no referral showed",
      "example.",
      "www.sub.example. 1 IN A 192.0.2.1\n",
      { "sub.example." },
      "sub.example." },
    { "the deepest of several",
      "example.",
      "www.a.b.example. 1 IN A 192.0.2.1\n",
      { "b.example.", "a.b.example.", "example." },
      "a.b.example." },
    { "the owner may sign itself",
      "example.",
      "sub.example. 1 IN A 192.0.2.1\n",
      { "sub.example." },
      "sub.example." },
    { "above the zone", "example.", "www.example. 1 IN A 192.0.2.1\n", { "." }, NULL },
    { "beside the owner", "example.", "www.example. 1 IN A 192.0.2.1\n", { "a.example." }, NULL },
    { "below the owner", "example.", "a.example. 1 IN A 192.0.2.1\n", { "b.a.example." }, NULL },
    { "a DS: strictly above its owner",
      "example.",
      "sub.example. 1 IN DS 1 8 2 00\n",
      { "sub.example.", "example." },
      "example." },
    { "a DS that signs itself",
      "example.",
      "sub.example. 1 IN DS 1 8 2 00\n",
      { "sub.example." },
      NULL },
    { "no signature", "example.", "www.example. 1 IN A 192.0.2.1\n", { NULL }, NULL },
};

/* A set with RRSIGs that name these signers; nothing here looks at the signatures. */
static struct rrset *set_signed_by(const char *lines, const char *const signers[3])
{
    struct sign_key key = sign_key(signer, 15, 0, SIGN_ZSK);
    struct rrset *set = sign_text(lines, bench.arena);
    for (unsigned i = 0; i < 3 && signers[i] != NULL; i++) {
        struct name by = name_of(signers[i]);
        set = sign_plain(set, &key, &by, window, bench.arena);
    }
    return set;
}

START_TEST(rrsig_signer_finds_the_cut_that_signs) /* RULINGS A1 */
{
    struct name from = name_of(signer_rows[_i].zone), found = name_of("untouched.");
    struct rrset *set = set_signed_by(signer_rows[_i].lines, signer_rows[_i].signers);
    bool any = rrsig_signer(set, &from, &found);
    struct name expected =
        name_of(signer_rows[_i].expected != NULL ? signer_rows[_i].expected : "untouched.");
    ck_assert_msg(any == (signer_rows[_i].expected != NULL), "%s", signer_rows[_i].why);
    ck_assert_msg(name_equal(&found, &expected), "%s", signer_rows[_i].why);
}
END_TEST

START_TEST(rrsig_signer_passes_over_what_is_malformed)
{
    struct bytes rdatas[] = { { (const uint8_t *)"\300\0\2\1", 4 } };
    struct bytes sigs[] = { { (const uint8_t *)"\0\1\10\1", 4 } };
    struct rrset_parts parts = { .owner = &zone,
                                 .type = TYPE_A,
                                 .ttl = 1,
                                 .rdatas = rdatas,
                                 .rr_count = 1,
                                 .sigs = sigs,
                                 .sig_count = 1 };
    struct name found;
    struct rrset *set;
    ck_assert(rrset_pack(&parts, bench.arena, &set) == ST_OK);
    ck_assert(!rrsig_signer(set, &name_root, &found));
    struct sign_key key = sign_key(signer, 15, 0, SIGN_ZSK);
    set = sign_plain(set, &key, &zone, window, bench.arena);
    ck_assert(rrsig_signer(set, &name_root, &found));
}
END_TEST

Suite *dnssec_rrsig_signer_suite(void)
{
    Suite *suite = suite_create("dnssec/rrsig_signer");
    TCase *tcase = tcase_create("signer");
    tcase_add_checked_fixture(tcase, set_up, proof_down);
    tcase_add_test(tcase, a_key_proves_what_it_signed_and_nothing_else);
    tcase_add_test(tcase, a_revoked_key_may_sign_its_own_revocation);
    tcase_add_test(tcase, a_key_that_is_no_zone_key_proves_nothing);
    tcase_add_test(tcase, the_signer_must_be_the_owner_of_the_set);
    tcase_add_test(tcase, a_key_with_another_algorithm_octet_is_another_key);
    tcase_add_test(tcase, with_one_key_a_turn_can_end_too);
    tcase_add_loop_test(tcase, rrsig_signer_finds_the_cut_that_signs, 0, ROWS(signer_rows));
    tcase_add_test(tcase, rrsig_signer_passes_over_what_is_malformed);
    suite_add_tcase(suite, tcase);
    return suite;
}
