#include "lib/dnssec/rrsig.h"

#include <stdio.h>

#include "lib/wire/text.h"
#include "lib/wire/type.h"
#include "tests/unit/dnssec/proof_test.h"

static struct sign_key zsk;

static void set_up(void)
{
    proof_up("Example.");
    zsk = sign_key(signer, 15, 0, SIGN_ZSK);
}

static struct sign_with plain_with(void)
{
    return (struct sign_with){
        .key = &zsk, .zone = &zone, .inception = window[0], .expiration = window[1]
    };
}

static enum proof prove(const struct rrset *set, const struct rrset *keys,
                        struct rrsig_check *check)
{
    struct reply_work work = { 0, 0 };
    *check = (struct rrsig_check){ .sig = 0 };
    return rrsig_prove(check, set, keys, &work, &bench.desk);
}

static struct rrset *zone_keys(void)
{
    return sign_dnskey_set(&zone, &zsk, 1, bench.arena);
}

/* ---- reading ---- */

START_TEST(rrsig_parse_wants_every_field) /* RFC 4034 §3.1 */
{
    static const uint8_t octets[] = "\0\1\10\2\0\0\1\54\0\0\0\2\0\0\0\1\22\64\7example\0s";
    struct rrsig rrsig;
    size_t whole = sizeof octets - 1;
    ck_assert(rrsig_parse((struct bytes){ octets, whole }, &rrsig));
    ck_assert_uint_eq(rrsig.type_covered, TYPE_A);
    ck_assert_uint_eq(rrsig.algorithm, 8);
    ck_assert_uint_eq(rrsig.labels, 2);
    ck_assert_uint_eq(rrsig.original_ttl, 300);
    ck_assert_uint_eq(rrsig.expiration, 2);
    ck_assert_uint_eq(rrsig.inception, 1);
    ck_assert_uint_eq(rrsig.key_tag, 0x1234);
    ck_assert_uint_eq(rrsig.signer.labels, 1);
    ck_assert_uint_eq(rrsig.signature.len, 1);
    for (size_t len = 0; len < whole; len++)
        ck_assert_msg(!rrsig_parse((struct bytes){ octets, len }, &rrsig), "%zu octets", len);
}
END_TEST

START_TEST(rrsig_parse_refuses_a_compressed_signer) /* RFC 4034 §3.1.7 */
{
    static const uint8_t octets[] = "\1a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\300\0sig";
    struct rrsig rrsig;
    ck_assert(!rrsig_parse((struct bytes){ octets, sizeof octets - 1 }, &rrsig));
}
END_TEST

START_TEST(dnskey_tag_is_that_of_the_rfc) /* RFC 4034 §5.4, §B */
{
    static const char line[] =
        "dskey.example.com. 86400 IN DNSKEY 256 3 5 "
        "AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMm"
        "mAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==";
    char why[TEXT_WHY];
    struct text_record record;
    struct dnskey key;
    ck_assert_msg(text_read_record(line, bench.arena, &record, why) == ST_OK, "%s", why);
    ck_assert(dnskey_parse(record.rdata, &key));
    ck_assert_uint_eq(key.tag, 60485);
    ck_assert_uint_eq(key.flags, 256);
    ck_assert_uint_eq(key.algorithm, 5);
    ck_assert_uint_eq(dnskey_tag((struct bytes){ (const uint8_t *)"\1\1\3", 3 }), 0x0401);
    ck_assert_uint_eq(dnskey_tag((struct bytes){ (const uint8_t *)"\377\377\0\2", 4 }), 2);
    ck_assert(!dnskey_parse((struct bytes){ record.rdata.at, 3 }, &key));
}
END_TEST

/* ---- proving ---- */

START_TEST(a_good_signature_proves_and_says_for_how_long) /* RFC 4035 §5.3.1, §5.3.3 */
{
    struct rrset *set = sign_text("www.example. 300 IN A 192.0.2.1\n", bench.arena);
    struct rrsig_check check;
    set = sign_plain(set, &zsk, &zone, window, bench.arena);
    ck_assert(prove(set, zone_keys(), &check) == PROOF_GOOD);
    ck_assert_uint_eq(check.labels, 2);
    ck_assert_uint_eq(check.ttl_max, 300);
    ck_assert_int_eq(check.expires.s, window[1]);
    ck_assert_uint_eq(bench.metrics.verifications_good, 1);
    ck_assert_uint_eq(bench.budget.spent[SPEND_GOOD_CHECK], 1);
    ck_assert_uint_eq(bench.budget.spent[SPEND_GOOD_UNITS], 5);

    bench.desk.wall.s = window[1] - 10; /* then the signature ends before the TTL */
    ck_assert(prove(set, zone_keys(), &check) == PROOF_GOOD);
    ck_assert_uint_eq(check.ttl_max, 10);
}
END_TEST

static const uint8_t algorithms[] = { 5, 7, 8, 10, 13, 14, 15, 16 };

START_TEST(every_algorithm_proves_a_set) /* SPEC V2, V3 */
{
    struct sign_key key = sign_key(signer, algorithms[_i], 0, SIGN_ZSK);
    struct rrset *set = sign_text("www.example. 300 IN TXT \"x\"\n", bench.arena);
    struct rrset *keys = sign_dnskey_set(&zone, &key, 1, bench.arena);
    struct rrsig_check check;
    set = sign_plain(set, &key, &zone, window, bench.arena);
    bool sha1 = algorithms[_i] < 8;
    ck_assert(prove(set, keys, &check) == (sha1 ? PROOF_FAILED : PROOF_GOOD));
    bench.rules.sha1 = true;
    ck_assert(prove(set, keys, &check) == PROOF_GOOD);
    bench.rules.algorithms_off[algorithms[_i] / 8] |= (uint8_t)(1u << algorithms[_i] % 8);
    ck_assert(prove(set, keys, &check) == PROOF_FAILED);
    ck_assert_uint_eq(check.cause.why, WHY_RRSIG_MISSING);
    ck_assert_uint_eq(bench.metrics.verifications_bad, 0);
}
END_TEST

static const struct {
    const char *why, *owner, *signer; /* NULL: www.example., example. */
    uint16_t odd, type;
    uint8_t labels, algorithm;
    enum why expected;
    const char *text; /* ends the detail */
} refusals[] = {
    { "a broken signature", NULL, NULL, SIGN_ODD_SIGNATURE, 0, 0, 0, WHY_SIGNATURE_WRONG,
      "www.example. A, key 4660, ED25519" },
    { "another type", NULL, NULL, SIGN_ODD_TYPE, TYPE_TXT, 0, 0, WHY_RECORD_MALFORMED,
      "www.example. A, key 4660, ED25519" },
    { "another tag", NULL, NULL, 0, 0, 0, 0, WHY_KEY_MISSING, "www.example. A, key 4660, ED25519" },
    { "an algorithm that the key does not have", NULL, NULL, SIGN_ODD_ALGORITHM, 0, 0, 13,
      WHY_KEY_MISSING, "www.example. A, key 4660, ECDSAP256SHA256" },
    { "an unknown algorithm", NULL, NULL, SIGN_ODD_ALGORITHM, 0, 0, 250, WHY_RRSIG_MISSING,
      "www.example. A, key 4660, not validated here, algorithm 250" },
    { "signed by a child", "www.sub.example.", "sub.example.", 0, 0, 0, 0, WHY_SIGNER_WRONG,
      "www.sub.example. A, key 4660, signer sub.example., ED25519" },
    { "signed by the parent", NULL, ".", 0, 0, 0, 0, WHY_SIGNER_WRONG,
      "www.example. A, key 4660, signer ., ED25519" },
    { "not in the zone", "www.other.", NULL, 0, 0, 0, 0, WHY_SIGNER_WRONG,
      "www.other. A, key 4660, signer example., ED25519" },
    { "more labels than the owner", NULL, NULL, SIGN_ODD_LABELS, 0, 3, 0, WHY_LABELS_WRONG,
      "www.example. A, key 4660, 3 labels, ED25519" },
    { "fewer labels than the signer", NULL, NULL, SIGN_ODD_LABELS, 0, 0, 0, WHY_LABELS_WRONG,
      "www.example. A, key 4660, 0 labels, ED25519" },
};

START_TEST(what_is_odd_is_refused_and_named) /* RFC 4035 §5.3.1 */
{
    struct name www = name_of(refusals[_i].owner ? refusals[_i].owner : "www.example.");
    struct name by = name_of(refusals[_i].signer ? refusals[_i].signer : "example.");
    struct rrset *set = sign_text("www.example. 300 IN A 192.0.2.1\n", bench.arena);
    struct sign_with with = plain_with();
    struct rrsig_check check;
    char text[CAUSE_OCTETS], tag[16];
    with.zone = &by;
    with.odd = refusals[_i].odd;
    with.labels = refusals[_i].labels;
    with.algorithm = refusals[_i].algorithm;
    with.type = refusals[_i].type;
    with.tag = (uint16_t)(sign_tag(&zsk) + 1);
    if (refusals[_i].expected == WHY_KEY_MISSING)
        with.odd |= SIGN_ODD_TAG;
    set = sign_set(sign_at(set, &www, bench.arena), &with, 1, bench.arena);
    ck_assert_msg(prove(set, zone_keys(), &check) == PROOF_FAILED, "%s", refusals[_i].why);
    ck_assert_msg(check.cause.why == refusals[_i].expected, "%s: %s", refusals[_i].why,
                  why_row((enum why)check.cause.why)->name);
    ck_assert_uint_eq(check.cause.type, TYPE_A);

    /* The table has 4660 where the tag of the day stands. */
    unsigned shown = with.odd & SIGN_ODD_TAG ? with.tag : sign_tag(&zsk);
    ck_assert_uint_eq(check.cause.key_tag, shown);
    const char *mark = strstr(refusals[_i].text, "4660");
    snprintf(tag, sizeof tag, "%u", shown);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(mark - refusals[_i].text), refusals[_i].text, tag,
             mark + 4);
    ck_assert_str_eq(check.cause.text, text);
    ck_assert_uint_eq(bench.metrics.verifications_bad, refusals[_i].odd == SIGN_ODD_SIGNATURE);
}
END_TEST

START_TEST(a_set_without_signature_says_so)
{
    struct rrset *set = sign_text("www.example. 300 IN A 192.0.2.1\n", bench.arena);
    struct rrsig_check check;
    ck_assert(prove(set, zone_keys(), &check) == PROOF_FAILED);
    ck_assert_uint_eq(check.cause.why, WHY_RRSIG_MISSING);
    ck_assert_str_eq(check.cause.text, "www.example. A");
}
END_TEST

START_TEST(only_the_lawful_labels_hold) /* LIMITS C1; CVE-2026-44690 */
{
    struct name sub = name_of("b.example.");
    struct rrset *keys = sign_dnskey_set(&sub, &zsk, 1, bench.arena);
    struct rrset *set = sign_text("x.y.b.example. 300 IN A 192.0.2.1\n", bench.arena);
    struct rrset *star = sign_text("*.y.b.example. 300 IN A 192.0.2.1\n", bench.arena);
    struct rrsig_check check;
    for (unsigned labels = 0; labels < 8; labels++) {
        struct sign_with with = plain_with();
        with.zone = &sub;
        with.odd = SIGN_ODD_LABELS;
        with.labels = (uint8_t)labels;
        enum proof proof = prove(sign_set(set, &with, 1, bench.arena), keys, &check);
        bool lawful = labels >= 2 && labels <= 4;
        ck_assert_msg(proof == (lawful ? PROOF_GOOD : PROOF_FAILED), "%u labels", labels);
        ck_assert(lawful || check.cause.why == WHY_LABELS_WRONG);
        proof = prove(sign_set(star, &with, 1, bench.arena), keys, &check);
        lawful = labels >= 2 && labels <= 3;
        ck_assert_msg(proof == (lawful ? PROOF_GOOD : PROOF_FAILED), "*, %u labels", labels);
    }
}
END_TEST

START_TEST(a_wildcard_holds_for_what_it_is_expanded_to) /* RFC 4035 §5.3.2 */
{
    struct name expanded = name_of("a.b.w.example.");
    struct rrset *set = sign_text("*.w.example. 300 IN A 192.0.2.1\n", bench.arena);
    struct rrsig_check check;
    set = sign_plain(set, &zsk, &zone, window, bench.arena);
    ck_assert(prove(sign_at(set, &expanded, bench.arena), zone_keys(), &check) == PROOF_GOOD);
    ck_assert_uint_eq(check.labels, 2);
    ck_assert_uint_eq(rrsig_owner_labels(&expanded), 4);
    expanded = name_of("a.other.example.");
    ck_assert(prove(sign_at(set, &expanded, bench.arena), zone_keys(), &check) == PROOF_FAILED);
}
END_TEST

START_TEST(a_ds_is_not_signed_by_its_own_zone) /* RFC 4035 §5.2 */
{
    struct rrset *set = sign_ds_set(&zone, &zsk, 1, bench.arena);
    struct name root = name_root;
    struct rrset *keys = sign_dnskey_set(&root, &zsk, 1, bench.arena);
    struct rrsig_check check;
    ck_assert(prove(sign_plain(set, &zsk, &zone, window, bench.arena), zone_keys(), &check) ==
              PROOF_FAILED);
    ck_assert_uint_eq(check.cause.why, WHY_SIGNER_WRONG);
    ck_assert(prove(sign_plain(set, &zsk, &root, window, bench.arena), keys, &check) == PROOF_GOOD);
}
END_TEST

START_TEST(an_nsec3_stands_directly_below_its_zone) /* RFC 5155 §3, LIMITS C3 */
{
    static const char *const lines[] = {
        "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. 300 IN NSEC3 1 0 0 - "
        "2t7b4g4vsa5smi47k61mv5bv1a22bojr A\n",
        "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.sub.example. 300 IN NSEC3 1 0 0 - "
        "2t7b4g4vsa5smi47k61mv5bv1a22bojr A\n",
    };
    struct rrset *set = sign_text(lines[_i], bench.arena);
    struct rrsig_check check;
    set = sign_plain(set, &zsk, &zone, window, bench.arena);
    ck_assert(prove(set, zone_keys(), &check) == (_i == 0 ? PROOF_GOOD : PROOF_FAILED));
}
END_TEST

/* ---- times ---- */

enum { T = PROOF_BENCH_WALL };

static const struct {
    const char *why;
    uint32_t inception, expiration;
    enum why expected; /* WHY_NONE: good */
} times[] = {
    { "expires this second", T - 100, T, WHY_NONE },
    { "expired a second ago", T - 100, T - 1, WHY_SIGNATURE_EXPIRED },
    { "begins this second", T, T + 100, WHY_NONE },
    { "begins within the skew", T + 3600, T + 9000, WHY_NONE },
    { "begins behind the skew", T + 3601, T + 9000, WHY_SIGNATURE_NOT_YET },
    { "expires before it begins", T + 100, T - 100, WHY_SIGNATURE_TIMES },
    { "both at once", T, T, WHY_NONE },
    { "across half the circle", T - 0x40000000, T + 0x3FFFFFFFu, WHY_NONE },
};

START_TEST(a_signature_holds_within_its_times) /* RFC 4035 §5.3.1, SPEC V12 */
{
    struct rrset *set = sign_text("www.example. 300 IN A 192.0.2.1\n", bench.arena);
    uint32_t span[2] = { times[_i].inception, times[_i].expiration };
    struct rrsig_check check;
    set = sign_plain(set, &zsk, &zone, span, bench.arena);
    enum proof proof = prove(set, zone_keys(), &check);
    ck_assert_msg((proof == PROOF_GOOD) == (times[_i].expected == WHY_NONE), "%s", times[_i].why);
    ck_assert_msg(check.cause.why == times[_i].expected, "%s: %s", times[_i].why, check.cause.text);
    ck_assert_uint_eq(bench.metrics.verifications_bad, 0);
}
END_TEST

START_TEST(an_expiration_skew_is_obeyed_and_leaves_no_ttl) /* SPEC V12 */
{
    struct rrset *set = sign_text("www.example. 300 IN A 192.0.2.1\n", bench.arena);
    uint32_t span[2] = { T - 550, T - 50 };
    struct rrsig_check check;
    set = sign_plain(set, &zsk, &zone, span, bench.arena);
    bench.rules.expiration_skew_s = 49;
    ck_assert(prove(set, zone_keys(), &check) == PROOF_FAILED);
    bench.rules.expiration_skew_s = 50;
    ck_assert(prove(set, zone_keys(), &check) == PROOF_GOOD);
    ck_assert_uint_eq(check.ttl_max, 0);
}
END_TEST

START_TEST(an_expiration_skew_is_a_tenth_of_the_lifetime_at_most) /* SPEC V12 */
{
    struct rrset *set = sign_text("www.example. 300 IN A 192.0.2.1\n", bench.arena);
    uint32_t short_by_one[2] = { T - 549, T - 50 }, wrapped[2] = { UINT32_MAX - 398, 101 };
    struct rrsig_check check;
    bench.rules.expiration_skew_s = 86400;
    struct rrset *signed_set = sign_plain(set, &zsk, &zone, short_by_one, bench.arena);
    ck_assert(prove(signed_set, zone_keys(), &check) == PROOF_FAILED);
    ck_assert_int_eq(check.cause.why, WHY_SIGNATURE_EXPIRED);
    signed_set = sign_plain(set, &zsk, &zone, wrapped, bench.arena);
    bench.desk.wall.s = (INT64_C(1) << 32) + 151; /* RFC 1982: 500 s over the turn */
    ck_assert(prove(signed_set, zone_keys(), &check) == PROOF_GOOD);
    bench.desk.wall.s++;
    ck_assert(prove(signed_set, zone_keys(), &check) == PROOF_FAILED);
}
END_TEST

START_TEST(the_year_2106_is_a_year_like_any_other) /* RFC 1982, RFC 4034 §3.1.5 */
{
    struct rrset *set = sign_text("www.example. 300 IN A 192.0.2.1\n", bench.arena);
    uint32_t span[2] = { UINT32_MAX - 100, 100 };
    struct rrsig_check check;
    set = sign_plain(set, &zsk, &zone, span, bench.arena);
    bench.desk.wall.s = INT64_C(0xFFFFFFFF);
    ck_assert(prove(set, zone_keys(), &check) == PROOF_GOOD);
    ck_assert_int_eq(check.expires.s, INT64_C(0x100000000) + 100);
    ck_assert_uint_eq(check.ttl_max, 101);
    bench.desk.wall.s = INT64_C(0x100000000) + 101;
    ck_assert(prove(set, zone_keys(), &check) == PROOF_FAILED);
    ck_assert_uint_eq(check.cause.why, WHY_SIGNATURE_EXPIRED);
    ck_assert_ptr_nonnull(strstr(check.cause.text, "expired 21060207062956"));
}
END_TEST

/* ---- keys ---- */

static const struct {
    const char *why;
    uint16_t flags;
    uint8_t protocol;
    enum why expected;
} key_rows[] = {
    { "a zone key", 0x0100, 3, WHY_NONE },
    { "a key of the key signing kind", 0x0101, 3, WHY_NONE },
    { "no zone key", 0x0000, 3, WHY_KEY_NOT_ZONE },
    { "no zone key, though an entry point", 0x0001, 3, WHY_KEY_NOT_ZONE },
    { "another protocol", 0x0100, 4, WHY_KEY_NOT_ZONE },
    { "a revoked key", 0x0180, 3, WHY_KEY_REVOKED },
};

START_TEST(only_a_zone_key_that_is_not_revoked_counts) /* RFC 4034 §2.1, RFC 5011 §2.1 */
{
    struct rrset *set = sign_text("www.example. 300 IN A 192.0.2.1\n", bench.arena);
    struct rrsig_check check;
    zsk.flags = key_rows[_i].flags;
    zsk.protocol = key_rows[_i].protocol;
    set = sign_plain(set, &zsk, &zone, window, bench.arena);
    enum proof proof = prove(set, zone_keys(), &check);
    ck_assert_msg((proof == PROOF_GOOD) == (key_rows[_i].expected == WHY_NONE), "%s",
                  key_rows[_i].why);
    ck_assert_msg(check.cause.why == key_rows[_i].expected, "%s", key_rows[_i].why);
}
END_TEST

START_TEST(one_good_signature_among_others_suffices) /* RFC 6840 §5.11 */
{
    struct sign_key keys[] = { sign_key(signer, 8, 0, SIGN_ZSK), sign_key(signer, 13, 0, SIGN_ZSK),
                               zsk };
    struct rrset *set = sign_text("www.example. 300 IN A 192.0.2.1\n", bench.arena);
    struct sign_with with[3];
    struct rrsig_check check;
    for (unsigned good = 0; good < 3; good++) {
        for (unsigned i = 0; i < 3; i++) {
            with[i] = plain_with();
            with[i].key = &keys[i];
            with[i].odd = i == good ? 0 : SIGN_ODD_SIGNATURE;
        }
        enum proof proof = prove(sign_set(set, with, 3, bench.arena),
                                 sign_dnskey_set(&zone, keys, 3, bench.arena), &check);
        ck_assert_msg(proof == PROOF_GOOD, "number %u is good", good);
    }
}
END_TEST

START_TEST(the_most_telling_refusal_is_given)
{
    struct sign_key keys[] = { sign_key(signer, 8, 0, SIGN_ZSK), zsk };
    struct rrset *set = sign_text("www.example. 300 IN A 192.0.2.1\n", bench.arena);
    struct sign_with with[2] = { plain_with(), plain_with() };
    struct rrsig_check check;
    for (unsigned first = 0; first < 2; first++) {
        with[0].key = &keys[first];
        with[0].inception = T - 200;
        with[0].expiration = T - 100;
        with[1].key = &keys[1 - first];
        with[1].odd = SIGN_ODD_LABELS;
        with[1].labels = 9;
        ck_assert(prove(sign_set(set, with, 2, bench.arena),
                        sign_dnskey_set(&zone, keys, 2, bench.arena), &check) == PROOF_FAILED);
        ck_assert_uint_eq(check.cause.why, WHY_SIGNATURE_EXPIRED);
    }
}
END_TEST

Suite *dnssec_rrsig_suite(void)
{
    Suite *suite = suite_create("dnssec/rrsig");
    TCase *tcase = tcase_create("rrsig");
    tcase_add_checked_fixture(tcase, set_up, proof_down);
    tcase_add_test(tcase, rrsig_parse_wants_every_field);
    tcase_add_test(tcase, rrsig_parse_refuses_a_compressed_signer);
    tcase_add_test(tcase, dnskey_tag_is_that_of_the_rfc);
    tcase_add_test(tcase, a_good_signature_proves_and_says_for_how_long);
    tcase_add_loop_test(tcase, every_algorithm_proves_a_set, 0, ROWS(algorithms));
    tcase_add_loop_test(tcase, what_is_odd_is_refused_and_named, 0, ROWS(refusals));
    tcase_add_test(tcase, a_set_without_signature_says_so);
    tcase_add_test(tcase, only_the_lawful_labels_hold);
    tcase_add_test(tcase, a_wildcard_holds_for_what_it_is_expanded_to);
    tcase_add_test(tcase, a_ds_is_not_signed_by_its_own_zone);
    tcase_add_loop_test(tcase, an_nsec3_stands_directly_below_its_zone, 0, 2);
    tcase_add_loop_test(tcase, a_signature_holds_within_its_times, 0, ROWS(times));
    tcase_add_test(tcase, an_expiration_skew_is_obeyed_and_leaves_no_ttl);
    tcase_add_test(tcase, an_expiration_skew_is_a_tenth_of_the_lifetime_at_most);
    tcase_add_test(tcase, the_year_2106_is_a_year_like_any_other);
    tcase_add_loop_test(tcase, only_a_zone_key_that_is_not_revoked_counts, 0, ROWS(key_rows));
    tcase_add_test(tcase, one_good_signature_among_others_suffices);
    tcase_add_test(tcase, the_most_telling_refusal_is_given);
    suite_add_tcase(suite, tcase);
    return suite;
}
