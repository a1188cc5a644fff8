#include "lib/dnssec/ds.h"

#include "lib/wire/type.h"
#include "tests/unit/dnssec/proof_test.h"

static void set_up(void)
{
    proof_up("Sub.Example.");
}

START_TEST(ds_parse_wants_a_digest) /* RFC 4034 §5.1 */
{
    static const uint8_t rdata[] = { 0x12, 0x34, 8, 2, 0xAA, 0xBB };
    struct ds ds;
    ck_assert(ds_parse((struct bytes){ rdata, 6 }, &ds));
    ck_assert_uint_eq(ds.key_tag, 0x1234);
    ck_assert_uint_eq(ds.algorithm, 8);
    ck_assert_uint_eq(ds.digest_type, 2);
    ck_assert_uint_eq(ds.digest.len, 2);
    for (size_t len = 0; len <= 4; len++)
        ck_assert(!ds_parse((struct bytes){ rdata, len }, &ds));
}
END_TEST

/* ---- which sets count ---- */

static const struct {
    const char *lines;
    bool usable, beyond_sha1, sha1; /* sha1: the rule is on */
    enum why why;
} sets[] = {
    { "a. 1 IN DS 1 8 2 00\n", true, true, false, WHY_NONE },
    { "a. 1 IN DS 1 13 4 00\n", true, true, false, WHY_NONE },
    { "a. 1 IN DS 1 250 2 00\n", false, false, false, WHY_ALGORITHM_UNSUPPORTED },
    { "a. 1 IN DS 1 8 250 00\n", false, false, false, WHY_DIGEST_UNSUPPORTED },
    { "a. 1 IN DS 1 8 1 00\n", false, false, false, WHY_DIGEST_UNSUPPORTED }, /* RFC 9905 */
    { "a. 1 IN DS 1 8 1 00\n", true, false, true, WHY_NONE },
    { "a. 1 IN DS 1 8 1 00\na. 1 IN DS 1 8 2 00\n", true, true, true, WHY_NONE },
    { "a. 1 IN DS 1 8 1 00\na. 1 IN DS 1 250 2 00\n", true, false, true, WHY_NONE },
    { "a. 1 IN DS 1 5 2 00\n", false, false, false, WHY_ALGORITHM_UNSUPPORTED },
    { "a. 1 IN DS 1 5 2 00\n", true, true, true, WHY_NONE },
    { "a. 1 IN DS 1 12 3 00\n", false, false, true, WHY_ALGORITHM_UNSUPPORTED }, /* RFC 9906 */
    { "a. 1 IN DS 1 250 2 00\na. 1 IN DS 1 8 250 00\n", false, false, false,
      WHY_DIGEST_UNSUPPORTED },
    { "a. 1 IN DS 1 250 2 00\na. 1 IN DS 1 15 2 00\n", true, true, false, WHY_NONE },
};

START_TEST(one_usable_ds_makes_the_set_usable) /* RFC 4035 §5.2, RFC 4509 §3, SPEC V4 */
{
    struct rrset *set = sign_text(sets[_i].lines, bench.arena);
    enum why why = WHY_NONE;
    bench.rules.sha1 = sets[_i].sha1;
    ck_assert_msg(ds_set_usable(set, &bench.desk, &why) == sets[_i].usable, "%s", sets[_i].lines);
    if (!sets[_i].usable)
        ck_assert_msg(why == sets[_i].why, "%s", sets[_i].lines);
    ck_assert_msg(ds_set_beyond_sha1(set, &bench.desk) == sets[_i].beyond_sha1, "%s",
                  sets[_i].lines);
}
END_TEST

static const struct {
    enum rules_kind kind;
    uint8_t number;
    enum why why;
} off[] = {
    { RULES_ALGORITHM, 8, WHY_ALGORITHM_UNSUPPORTED },
    { RULES_DIGEST, 2, WHY_DIGEST_UNSUPPORTED },
};

START_TEST(what_is_off_below_a_name_makes_a_ds_there_of_no_use) /* SPEC V17 */
{
    struct rrset *there = sign_text("a. 1 IN DS 1 8 2 00\n", bench.arena);
    struct rrset *beside = sign_text("b. 1 IN DS 1 8 2 00\n", bench.arena);
    struct rules_off *below = &bench.rules.below[bench.rules.below_count++];
    enum why why = WHY_NONE;

    *below = (struct rules_off){ rrset_owner(there), off[_i].kind, off[_i].number };
    ck_assert(!ds_set_usable(there, &bench.desk, &why));
    ck_assert_int_eq(why, off[_i].why);
    ck_assert(!ds_set_beyond_sha1(there, &bench.desk));
    ck_assert(ds_set_usable(beside, &bench.desk, &why));
    ck_assert(ds_set_beyond_sha1(beside, &bench.desk));
}
END_TEST

/* ---- which key is meant ---- */

static const uint8_t types[] = { 1, 2, 4 };

START_TEST(ds_matches_its_key_and_no_other) /* RFC 4034 §5.1.4 */
{
    struct sign_key right = sign_key(signer, 13, 0, SIGN_KSK), wrong = sign_key(signer, 13, 1, 257);
    struct bytes rdata = sign_ds(&right, &zone, types[_i], bench.arena);
    struct name other, lower = name_lower(&zone);
    struct dnskey key;
    struct ds ds;
    ck_assert(ds_parse(rdata, &ds));
    ck_assert(dnskey_parse(sign_dnskey(&right, bench.arena), &key));
    ck_assert(ds_matches(&ds, &zone, &key, &bench.desk));
    ck_assert(ds_matches(&ds, &lower, &key, &bench.desk));
    other = name_of("sub.example.net.");
    ck_assert(!ds_matches(&ds, &other, &key, &bench.desk));

    struct ds odd = ds;
    uint8_t *digest = arena_copy(bench.arena, ds.digest.at, ds.digest.len);
    digest[ds.digest.len - 1] ^= 1;
    odd.digest.at = digest;
    ck_assert(!ds_matches(&odd, &zone, &key, &bench.desk));
    ck_assert(dnskey_parse(sign_dnskey(&wrong, bench.arena), &key));
    key.tag = ds.key_tag;
    ck_assert(!ds_matches(&ds, &zone, &key, &bench.desk));
}
END_TEST

START_TEST(ds_matches_looks_at_every_field)
{
    struct sign_key right = sign_key(signer, 13, 0, SIGN_KSK);
    struct dnskey key;
    struct ds ds, odd;
    ck_assert(ds_parse(sign_ds(&right, &zone, 2, bench.arena), &ds));
    ck_assert(dnskey_parse(sign_dnskey(&right, bench.arena), &key));
    odd = ds;
    odd.key_tag++;
    ck_assert(!ds_matches(&odd, &zone, &key, &bench.desk));
    odd = ds;
    odd.algorithm = 14;
    ck_assert(!ds_matches(&odd, &zone, &key, &bench.desk));
    odd = ds;
    odd.digest_type = 3;
    ck_assert(!ds_matches(&odd, &zone, &key, &bench.desk));
    for (odd = ds; odd.digest.len > 0;) { /* a digest cut short matches nothing */
        odd.digest.len--;
        ck_assert(!ds_matches(&odd, &zone, &key, &bench.desk));
    }
}
END_TEST

START_TEST(ds_matches_only_zone_keys) /* RFC 4034 §5.2, §2.1.2 */
{
    struct sign_key odd = sign_key(signer, 13, 0, 1);
    struct dnskey key;
    struct ds ds;
    ck_assert(ds_parse(sign_ds(&odd, &zone, 2, bench.arena), &ds));
    ck_assert(dnskey_parse(sign_dnskey(&odd, bench.arena), &key));
    ck_assert(!ds_matches(&ds, &zone, &key, &bench.desk));
    odd.flags = SIGN_KSK;
    odd.protocol = 7;
    ck_assert(ds_parse(sign_ds(&odd, &zone, 2, bench.arena), &ds));
    ck_assert(dnskey_parse(sign_dnskey(&odd, bench.arena), &key));
    ck_assert(!ds_matches(&ds, &zone, &key, &bench.desk));
}
END_TEST

Suite *dnssec_ds_suite(void)
{
    Suite *suite = suite_create("dnssec/ds");
    TCase *tcase = tcase_create("ds");
    tcase_add_checked_fixture(tcase, set_up, proof_down);
    tcase_add_test(tcase, ds_parse_wants_a_digest);
    tcase_add_loop_test(tcase, one_usable_ds_makes_the_set_usable, 0, ROWS(sets));
    tcase_add_loop_test(tcase, ds_matches_its_key_and_no_other, 0, ROWS(types));
    tcase_add_test(tcase, ds_matches_looks_at_every_field);
    tcase_add_test(tcase, ds_matches_only_zone_keys);
    tcase_add_loop_test(tcase, what_is_off_below_a_name_makes_a_ds_there_of_no_use, 0,
                        sizeof off / sizeof *off);
    suite_add_tcase(suite, tcase);
    return suite;
}
