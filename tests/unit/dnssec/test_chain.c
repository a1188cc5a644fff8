#include "lib/dnssec/chain.h"

#include <stdio.h>

#include "lib/wire/type.h"
#include "tests/unit/dnssec/proof_test.h"

static struct sign_key ksk, ksk2, zsk;
static struct zone_keys found;

static void set_up(void)
{
    proof_up("Example.");
    ksk = sign_key(signer, 15, 0, SIGN_KSK);
    ksk2 = sign_key(signer, 15, 1, SIGN_KSK);
    zsk = sign_key(signer, 15, 2, SIGN_ZSK);
}

static struct rrset *ds_of(const struct sign_key *keys, size_t count)
{
    return sign_ds_set(&zone, keys, count, bench.arena);
}

/* The set of `keys`, signed by `by`. */
static struct rrset *keys_signed(const struct sign_key *keys, size_t count,
                                 const struct sign_key *by)
{
    return sign_plain(sign_dnskey_set(&zone, keys, count, bench.arena), by, &zone, window,
                      bench.arena);
}

static enum zone_state judge(const struct rrset *ds, const struct rrset *anchors,
                             const struct rrset *dnskeys)
{
    struct chain_input input = { .zone = &zone, .ds = ds, .anchors = anchors, .dnskeys = dnskeys };
    struct chain_link link = { .at = 0 };
    enum proof proof = chain_keys(&link, &input, &bench.desk, &found);
    ck_assert((proof == PROOF_SPENT) == (found.state == ZONE_SPENT));
    ck_assert(proof == PROOF_GOOD || proof == PROOF_SPENT);
    ck_assert(name_equal(&found.zone, &zone));
    ck_assert((found.keys != NULL) == (found.state == ZONE_SECURE));
    return found.state;
}

/* ---- a chain that holds ---- */

static const uint8_t algorithms[] = { 5, 7, 8, 10, 13, 14, 15, 16 };

START_TEST(a_ds_proves_the_keys_it_names) /* RFC 4035 §5.2 */
{
    struct sign_key keys[2] = { sign_key(signer, algorithms[_i], 0, SIGN_KSK), zsk };
    struct rrset *set = keys_signed(keys, 2, &keys[0]);
    bench.rules.sha1 = true;
    ck_assert(judge(ds_of(keys, 1), NULL, set) == ZONE_SECURE);
    ck_assert_uint_eq(found.keys->security, SEC_SECURE);
    ck_assert(rrset_same_octets(found.keys, set));
    ck_assert_ptr_ne(found.keys, set);
    ck_assert_uint_eq(set->security, SEC_UNCHECKED);
    ck_assert_uint_eq(found.ttl_s, 1000); /* RFC 4035 §5.3.3: the signature ends first */
    ck_assert_uint_eq(found.keys->ttl, 1000);
}
END_TEST

START_TEST(keys_live_no_longer_than_their_ds)
{
    struct rrset *ds = ds_of(&ksk, 1);
    ds->ttl = 77;
    ck_assert(judge(ds, NULL, keys_signed(&ksk, 1, &ksk)) == ZONE_SECURE);
    ck_assert_uint_eq(found.ttl_s, 77);
}
END_TEST

START_TEST(an_anchor_key_proves_as_a_ds_does) /* RFC 4035 §4.4 */
{
    struct sign_key keys[2] = { ksk, zsk };
    struct rrset *anchor = sign_dnskey_set(&zone, &ksk, 1, bench.arena);
    ck_assert(judge(NULL, anchor, keys_signed(keys, 2, &ksk)) == ZONE_SECURE);
    anchor = sign_dnskey_set(&zone, &ksk2, 1, bench.arena);
    ck_assert(judge(NULL, anchor, keys_signed(keys, 2, &ksk)) == ZONE_BOGUS);
    ck_assert_uint_eq(found.cause.why, WHY_DNSKEY_MISSING);
    ck_assert(judge(ds_of(&ksk, 1), anchor, keys_signed(keys, 2, &ksk)) == ZONE_SECURE);
}
END_TEST

START_TEST(any_one_path_suffices) /* RFC 6840 §5.11 */
{
    struct sign_key keys[2] = { ksk, ksk2 };
    for (unsigned by = 0; by < 2; by++) /* the other one has not signed */
        ck_assert(judge(ds_of(keys, 2), NULL, keys_signed(keys, 2, &keys[by])) == ZONE_SECURE);
    struct sign_with with[2];
    for (unsigned wrong = 0; wrong < 2; wrong++) {
        for (unsigned i = 0; i < 2; i++)
            with[i] = (struct sign_with){ .key = &keys[i],
                                          .zone = &zone,
                                          .inception = window[0],
                                          .expiration = window[1],
                                          .odd = i == wrong ? SIGN_ODD_SIGNATURE : 0 };
        struct rrset *set = sign_dnskey_set(&zone, keys, 2, bench.arena);
        ck_assert(judge(ds_of(keys, 2), NULL, sign_set(set, with, 2, bench.arena)) == ZONE_SECURE);
    }
}
END_TEST

/* ---- a chain that does not ---- */

START_TEST(no_key_that_the_ds_names_is_bogus)
{
    struct sign_key keys[2] = { ksk2, zsk };
    char expected[64];
    snprintf(expected, sizeof expected, "Example. DNSKEY, key %u, ED25519",
             (unsigned)sign_tag(&ksk));
    ck_assert(judge(ds_of(&ksk, 1), NULL, keys_signed(keys, 2, &ksk2)) == ZONE_BOGUS);
    ck_assert_uint_eq(found.cause.why, WHY_DNSKEY_MISSING);
    ck_assert_str_eq(found.cause.text, expected);
    ck_assert_uint_eq(found.cause.key_tag, sign_tag(&ksk));
    ck_assert_uint_eq(found.ttl_s, bench.limits.ttl_bogus_s);
    ck_assert(judge(ds_of(&ksk, 1), NULL, NULL) == ZONE_BOGUS);
    ck_assert_uint_eq(found.cause.why, WHY_DNSKEY_MISSING);
    ck_assert_uint_eq(keyring_checks(bench.keyring), 0);
}
END_TEST

START_TEST(keys_that_the_named_key_does_not_sign_are_bogus)
{
    struct sign_key keys[2] = { ksk, zsk };
    ck_assert(judge(ds_of(&ksk, 1), NULL, keys_signed(keys, 2, &zsk)) == ZONE_BOGUS);
    ck_assert_uint_eq(found.cause.why, WHY_DNSKEY_UNSIGNED);
}
END_TEST

START_TEST(keys_that_nothing_signs_are_bogus_and_said_to_lack_a_signature) /* RFC 8914 §4.11 */
{
    struct sign_key keys[2] = { ksk, zsk };
    struct rrset *bare = sign_dnskey_set(&zone, keys, 2, bench.arena);
    ck_assert(judge(ds_of(&ksk, 1), NULL, bare) == ZONE_BOGUS);
    ck_assert_uint_eq(found.cause.why, WHY_DNSKEY_RRSIG_MISSING);
    ck_assert_int_eq(why_row((enum why)found.cause.why)->ede, 10);
    ck_assert(judge(ds_of(&ksk2, 1), NULL, bare) == ZONE_BOGUS); /* nor is it the key of the DS */
    ck_assert_uint_eq(found.cause.why, WHY_DNSKEY_MISSING);
}
END_TEST

static const struct {
    uint32_t inception, expiration;
    unsigned odd;
    enum why why;
} bad[] = {
    { PROOF_BENCH_WALL - 10, PROOF_BENCH_WALL + 10, SIGN_ODD_SIGNATURE, WHY_SIGNATURE_WRONG },
    { PROOF_BENCH_WALL - 10, PROOF_BENCH_WALL - 5, 0, WHY_SIGNATURE_EXPIRED },
    { PROOF_BENCH_WALL + 3700, PROOF_BENCH_WALL + 4000, 0, WHY_SIGNATURE_NOT_YET },
    { PROOF_BENCH_WALL - 10, PROOF_BENCH_WALL + 10, SIGN_ODD_LABELS, WHY_LABELS_WRONG },
};

START_TEST(what_refuses_the_signature_is_the_cause)
{
    struct sign_with with = { .key = &ksk,
                              .zone = &zone,
                              .inception = bad[_i].inception,
                              .expiration = bad[_i].expiration,
                              .odd = bad[_i].odd,
                              .labels = 7 };
    struct rrset *set = sign_dnskey_set(&zone, &ksk, 1, bench.arena);
    struct sign_key both[2] = { ksk, ksk2 }; /* and one DS more, whose key is not there */
    set = sign_set(set, &with, 1, bench.arena);
    ck_assert(judge(ds_of(&ksk, 1), NULL, set) == ZONE_BOGUS);
    ck_assert_uint_eq(found.cause.why, bad[_i].why);
    ck_assert(judge(ds_of(both, 2), NULL, set) == ZONE_BOGUS);
    ck_assert_uint_eq(found.cause.why, bad[_i].why);
}
END_TEST

START_TEST(a_revoked_key_proves_nothing) /* RFC 5011 §2.1 */
{
    struct sign_key revoked = sign_key(signer, 15, 0, SIGN_KSK_REVOKED);
    struct sign_key keys[2] = { revoked, zsk };
    struct rrset *set = keys_signed(keys, 2, &revoked);
    ck_assert(judge(ds_of(&revoked, 1), NULL, set) == ZONE_BOGUS);
    ck_assert_uint_eq(found.cause.why, WHY_KEY_REVOKED);
    ck_assert(judge(ds_of(&ksk, 1), NULL, set) == ZONE_BOGUS);
    ck_assert(judge(NULL, sign_dnskey_set(&zone, &ksk, 1, bench.arena), set) == ZONE_BOGUS);
    ck_assert(judge(NULL, sign_dnskey_set(&zone, &revoked, 1, bench.arena), set) == ZONE_BOGUS);
    ck_assert_uint_eq(bench.metrics.verifications_good, 0);
}
END_TEST

/* ---- insecure, and what only looks like it ---- */

static const struct {
    const char *lines;
    enum zone_state state;
    enum why why;
} unusable[] = {
    { "example. 60 IN DS 1 250 2 00\n", ZONE_INSECURE, WHY_ALGORITHM_UNSUPPORTED },
    { "example. 60 IN DS 1 12 3 00\n", ZONE_INSECURE, WHY_ALGORITHM_UNSUPPORTED },
    { "example. 60 IN DS 1 5 2 00\n", ZONE_INSECURE, WHY_ALGORITHM_UNSUPPORTED },
    { "example. 60 IN DS 1 15 250 00\n", ZONE_INSECURE, WHY_DIGEST_UNSUPPORTED },
    { "example. 60 IN DS 1 15 1 00\n", ZONE_INSECURE, WHY_DIGEST_UNSUPPORTED },
    { "example. 60 IN DS 1 250 2 00\nexample. 60 IN DS 1 15 250 00\n", ZONE_INSECURE,
      WHY_DIGEST_UNSUPPORTED },
    { "example. 60 IN DS 1 250 2 00\nexample. 60 IN DS 1 15 2 00\n", ZONE_BOGUS,
      WHY_DNSKEY_MISSING },
};

START_TEST(only_a_set_without_usable_ds_is_insecure) /* RFC 4035 §5.2, SPEC V4 */
{
    struct rrset *ds = sign_text(unusable[_i].lines, bench.arena);
    struct rrset *sets[] = { NULL, keys_signed(&ksk, 1, &ksk) };
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_msg(judge(ds, NULL, sets[i]) == unusable[_i].state, "%s", unusable[_i].lines);
        ck_assert_msg(found.cause.why == unusable[_i].why, "%s", unusable[_i].lines);
    }
    ck_assert_uint_eq(found.ttl_s, 60);
    ck_assert_uint_eq(keyring_checks(bench.keyring), 0);
}
END_TEST

START_TEST(an_anchor_with_an_unknown_algorithm_is_insecure)
{
    struct sign_key odd = ksk;
    odd.algorithm = 250;
    struct rrset *anchor = sign_dnskey_set(&zone, &odd, 1, bench.arena);
    ck_assert(judge(NULL, anchor, keys_signed(&ksk, 1, &ksk)) == ZONE_INSECURE);
    ck_assert_uint_eq(found.cause.why, WHY_ALGORITHM_UNSUPPORTED);
}
END_TEST

START_TEST(a_key_out_of_range_counts_as_unsupported) /* RULINGS A44 */
{
    struct sign_key small = sign_key(signer, 8, 13, SIGN_KSK); /* RSA with 512 bits */
    struct sign_key keys[3] = { small, ksk, ksk2 };
    ck_assert(judge(ds_of(keys, 1), NULL, keys_signed(keys, 1, &small)) == ZONE_INSECURE);
    ck_assert_uint_eq(found.cause.why, WHY_ALGORITHM_UNSUPPORTED);
    ck_assert_str_eq(found.cause.text, "key size out of range");
    ck_assert(judge(ds_of(keys, 2), NULL, keys_signed(keys, 2, &ksk)) == ZONE_SECURE);
}
END_TEST

/* Who leaves the good key out of the DNSKEY set must not turn the zone insecure. */
START_TEST(a_key_out_of_range_does_not_excuse_a_missing_one) /* RULINGS A44, SPEC V4 */
{
    struct sign_key small = sign_key(signer, 8, 13, SIGN_KSK);
    struct sign_key keys[2] = { small, ksk };
    ck_assert(judge(ds_of(keys, 2), NULL, keys_signed(keys, 1, &small)) == ZONE_BOGUS);
    ck_assert_uint_eq(found.cause.why, WHY_DNSKEY_MISSING);
    ck_assert(judge(ds_of(keys, 2), NULL, keys_signed(keys, 2, &small)) == ZONE_BOGUS);
    ck_assert_uint_eq(found.cause.why, WHY_DNSKEY_UNSIGNED); /* nor who takes its signature out */
    ck_assert(judge(ds_of(keys, 1), NULL, NULL) == ZONE_BOGUS); /* its size is not known */
}
END_TEST

START_TEST(sha1_is_ignored_beside_sha2) /* RFC 4509 §3 */
{
    struct bytes rdatas[2] = { sign_ds(&ksk, &zone, 1, bench.arena),
                               sign_ds(&ksk2, &zone, 2, bench.arena) };
    struct rrset_parts parts = {
        .owner = &zone, .type = TYPE_DS, .ttl = 60, .rdatas = rdatas, .rr_count = 1
    };
    struct rrset *ds;
    bench.rules.sha1 = true;
    ck_assert(rrset_pack(&parts, bench.arena, &ds) == ST_OK);
    ck_assert(judge(ds, NULL, keys_signed(&ksk, 1, &ksk)) == ZONE_SECURE);
    parts.rr_count = 2;
    ck_assert(rrset_pack(&parts, bench.arena, &ds) == ST_OK);
    ck_assert(judge(ds, NULL, keys_signed(&ksk, 1, &ksk)) == ZONE_BOGUS);
    ck_assert(judge(ds, NULL, keys_signed(&ksk2, 1, &ksk2)) == ZONE_SECURE);
}
END_TEST

Suite *dnssec_chain_suite(void)
{
    Suite *suite = suite_create("dnssec/chain");
    TCase *tcase = tcase_create("chain");
    tcase_add_checked_fixture(tcase, set_up, proof_down);
    tcase_add_loop_test(tcase, a_ds_proves_the_keys_it_names, 0, ROWS(algorithms));
    tcase_add_test(tcase, keys_live_no_longer_than_their_ds);
    tcase_add_test(tcase, an_anchor_key_proves_as_a_ds_does);
    tcase_add_test(tcase, any_one_path_suffices);
    tcase_add_test(tcase, no_key_that_the_ds_names_is_bogus);
    tcase_add_test(tcase, keys_that_the_named_key_does_not_sign_are_bogus);
    tcase_add_test(tcase, keys_that_nothing_signs_are_bogus_and_said_to_lack_a_signature);
    tcase_add_loop_test(tcase, what_refuses_the_signature_is_the_cause, 0, ROWS(bad));
    tcase_add_test(tcase, a_revoked_key_proves_nothing);
    tcase_add_loop_test(tcase, only_a_set_without_usable_ds_is_insecure, 0, ROWS(unusable));
    tcase_add_test(tcase, an_anchor_with_an_unknown_algorithm_is_insecure);
    tcase_add_test(tcase, a_key_out_of_range_counts_as_unsupported);
    tcase_add_test(tcase, a_key_out_of_range_does_not_excuse_a_missing_one);
    tcase_add_test(tcase, sha1_is_ignored_beside_sha2);
    suite_add_tcase(suite, tcase);
    return suite;
}
