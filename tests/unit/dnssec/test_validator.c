#include <stdio.h>

#include "tests/unit/dnssec/validator_test.h"

#define WWW "www.example. 300 IN A 192.0.2.1\n"
#define SUB "www.sub.example. 300 IN A 192.0.2.1\n"

/* ---- a set signed by the zone ---- */

START_TEST(a_set_signed_by_the_zone_is_secure)
{
    begin(REPLY_POSITIVE, "www.example.", TYPE_A, "example.");
    put_answer(signed_by(text(WWW), "example."));
    const struct verdict *verdict = expect(SEC_SECURE, WHY_SECURE);

    struct name zone = name_of("example.");
    ck_assert(name_equal(&verdict->zone, &zone));
    ck_assert_uint_eq(verdict->ttl_s, 300);
    ck_assert(!verdict->wildcard && !verdict->opt_out);
    ck_assert_int_eq(verdict->denial, DENIAL_UNPROVEN);
    ck_assert_int_eq(answers[0]->security, SEC_SECURE);
    ck_assert_int_eq(answers[0]->rank, RANK_VALIDATED);
    ck_assert_str_eq(needed_names, "example.");
}
END_TEST

START_TEST(a_signature_that_does_not_hold_is_bogus)
{
    begin(REPLY_POSITIVE, "www.example.", TYPE_A, "example.");
    put_answer(signed_wrong(text(WWW), "example."));
    expect(SEC_BOGUS, WHY_SIGNATURE_WRONG);
    ck_assert_int_eq(answers[0]->security, SEC_BOGUS);

    begin(REPLY_POSITIVE, "www.example.", TYPE_A, "example.");
    put_answer(signed_late(text(WWW), "example."));
    expect(SEC_BOGUS, WHY_SIGNATURE_EXPIRED);
}
END_TEST

START_TEST(one_good_signature_is_enough) /* RFC 6840 §5.11, SPEC V5 */
{
    begin(REPLY_POSITIVE, "www.example.", TYPE_A, "example.");
    put_answer(signed_by(signed_wrong(text(WWW), "example."), "example."));
    expect(SEC_SECURE, WHY_SECURE);
}
END_TEST

START_TEST(a_stripped_signature_is_bogus) /* LIMITS C8 */
{
    begin(REPLY_POSITIVE, "www.example.", TYPE_A, "example.");
    put_answer(text(WWW));
    expect(SEC_BOGUS, WHY_RRSIG_MISSING);
    ck_assert_str_eq(needed_names, "example. www.example.");
}
END_TEST

START_TEST(a_strangers_signature_is_none)
{
    begin(REPLY_POSITIVE, "www.example.", TYPE_A, "example.");
    put_answer(signed_by(text(WWW), "other."));
    expect(SEC_BOGUS, WHY_SIGNER_WRONG);
    ck_assert_str_eq(needed_names, "example. www.example.");

    begin(REPLY_POSITIVE, "www.example.", TYPE_A, "example.");
    put_answer(signed_by(text(WWW), ".")); /* above the cut: LIMITS C4 */
    expect(SEC_BOGUS, WHY_SIGNER_WRONG);
    ck_assert_str_eq(needed_names, "example. www.example.");
}
END_TEST

/* ---- what is known of the cut decides ---- */

static const struct {
    const char *qname, *zone;
    enum security security;
    enum why why;
} cuts[] = {
    { "www.open.example.", "open.example.", SEC_INSECURE, WHY_NO_DS },
    { "www.bad.example.", "bad.example.", SEC_BOGUS, WHY_DNSKEY_MISSING },
    { "www.silent.example.", "silent.example.", SEC_BOGUS, WHY_DNSKEY_UNREACHABLE },
    { "www.late.example.", "late.example.", SEC_UNCHECKED, WHY_WORK_LIMIT },
    { "www.far.", "far.", SEC_INDETERMINATE, WHY_NO_ANCHOR },
    { "www.nowhere.", "nowhere.", SEC_BOGUS, WHY_INTERNAL },
};

static struct rrset *a_of(const char *owner)
{
    char lines[300];
    snprintf(lines, sizeof lines, "%s 300 IN A 192.0.2.1\n", owner);
    return text(lines);
}

START_TEST(the_state_of_the_cut_is_the_state_of_what_comes_from_it)
{
    static const enum reply_kind kinds[] = { REPLY_POSITIVE, REPLY_NODATA, REPLY_NXDOMAIN };
    for (size_t i = 0; i < ROWS(kinds); i++) {
        begin(kinds[i], cuts[_i].qname, TYPE_A, cuts[_i].zone);
        if (kinds[i] == REPLY_POSITIVE)
            put_answer(signed_by(a_of(cuts[_i].qname), cuts[_i].zone));
        put_soa(cuts[_i].zone);
        expect(cuts[_i].security, cuts[_i].why);
        ck_assert_uint_eq(needs, 1);
        if (cuts[_i].security != SEC_BOGUS)
            ck_assert_int_eq(authority[0]->security, cuts[_i].security);
        if (kinds[i] == REPLY_POSITIVE)
            ck_assert_int_eq(answers[0]->security, cuts[_i].security);
    }
}
END_TEST

START_TEST(the_cause_of_the_zone_is_the_cause_of_the_verdict)
{
    begin(REPLY_POSITIVE, "www.example.", TYPE_A, "example.");
    put_answer(text(WWW));
    struct validator *v = validator_create(&question, bench.arena);
    struct zone_keys keys = { .zone = question.zone,
                              .state = ZONE_INSECURE,
                              .cause = cause_of(WHY_ALGORITHM_UNSUPPORTED) };
    struct name zone;
    ck_assert_int_eq(validator_step(v, &bench.desk, &zone), VALIDATOR_NEED_KEYS);
    validator_give(v, &keys);
    ck_assert_int_eq(validator_step(v, &bench.desk, &zone), VALIDATOR_DONE);
    ck_assert_int_eq(validator_verdict(v)->cause.why, WHY_ALGORITHM_UNSUPPORTED);
}
END_TEST

/* ---- cuts that no referral shows: ruling A1 ---- */

static const struct {
    const char *what, *owner, *zone, *signer; /* signer NULL: unsigned */
    enum security security;
    enum why why;
    const char *needed;
} hidden[] = {
    { "signed by a zone below", "www.sub.example.", "example.", "sub.example.", SEC_SECURE,
      WHY_SECURE, "example. sub.example." },
    { "two cuts below", "a.deep.sub.example.", ".", "deep.sub.example.", SEC_SECURE, WHY_SECURE,
      ". deep.sub.example." },
    { "at the hidden apex itself", "sub.example.", "example.", "sub.example.", SEC_SECURE,
      WHY_SECURE, "example. sub.example." },
    { "below an insecure cut, unsigned", "a.b.open.example.", "example.", NULL, SEC_INSECURE,
      WHY_NO_DS, "example. open.example." },
    { "the apex of an insecure zone", "open.example.", "example.", NULL, SEC_INSECURE, WHY_NO_DS,
      "example. open.example." },
    { "below an insecure cut, signed", "a.open.example.", "example.", "open.example.", SEC_INSECURE,
      WHY_NO_DS, "example. open.example." },
    { "insecure below a hidden signed one", "a.open.sub.example.", ".", NULL, SEC_INSECURE,
      WHY_NO_DS, ". example. sub.example. open.sub.example." },
    { "no cut anywhere", "a.b.example.", "example.", NULL, SEC_BOGUS, WHY_RRSIG_MISSING,
      "example. b.example. a.b.example." },
    { "stripped below a hidden signed one", "www.sub.example.", "example.", NULL, SEC_BOGUS,
      WHY_RRSIG_MISSING, "example. sub.example. www.sub.example." },
    { "a signer that is no zone", "www.example.", "example.", "www.example.", SEC_BOGUS,
      WHY_SIGNER_WRONG, "example. www.example." },
    { "below a bogus cut", "a.bad.example.", "example.", "bad.example.", SEC_BOGUS,
      WHY_DNSKEY_MISSING, "example. bad.example." },
    { "below a silent cut", "a.silent.example.", "example.", NULL, SEC_BOGUS,
      WHY_DNSKEY_UNREACHABLE, "example. silent.example." },
    { "the job ends on the way", "a.late.example.", "example.", NULL, SEC_UNCHECKED, WHY_WORK_LIMIT,
      "example. late.example." },
    { "the parent signs below a signed cut", "www.sub.example.", "example.", "example.", SEC_SECURE,
      WHY_SECURE, "example." },
};

START_TEST(a_hidden_cut_is_found_by_signer_or_label_by_label)
{
    begin(REPLY_POSITIVE, hidden[_i].owner, TYPE_A, hidden[_i].zone);
    struct rrset *set = a_of(hidden[_i].owner);
    put_answer(hidden[_i].signer != NULL ? signed_by(set, hidden[_i].signer) : set);
    const struct verdict *verdict = judge();
    ck_assert_msg(verdict->security == hidden[_i].security && verdict->cause.why == hidden[_i].why,
                  "%s: %d %s", hidden[_i].what, verdict->security,
                  why_row(verdict->cause.why)->name);
    ck_assert_str_eq(needed_names, hidden[_i].needed);
    ck_assert_int_eq(answers[0]->security, hidden[_i].security);
}
END_TEST

START_TEST(a_stray_signer_does_not_hide_the_zones_own_signature)
{
    begin(REPLY_POSITIVE, "www.example.", TYPE_A, "example.");
    put_answer(signed_by(signed_by(text(WWW), "www.example."), "example."));
    expect(SEC_SECURE, WHY_SECURE);
    ck_assert_str_eq(needed_names, "example. www.example.");
}
END_TEST

START_TEST(a_childs_signature_counts_though_the_parents_is_there_too) /* LIMITS C4 */
{
    begin(REPLY_POSITIVE, "www.sub.example.", TYPE_A, "example.");
    put_answer(signed_by(signed_wrong(text(SUB), "sub.example."), "example."));
    expect(SEC_BOGUS, WHY_SIGNATURE_WRONG);
}
END_TEST

START_TEST(the_deepest_cut_is_told)
{
    begin(REPLY_POSITIVE, "www.sub.example.", TYPE_A, ".");
    put_answer(signed_by(text(SUB), "sub.example."));
    struct name zone = name_of("sub.example.");
    ck_assert(name_equal(&expect(SEC_SECURE, WHY_SECURE)->zone, &zone));
}
END_TEST

/* ---- DS lies in the parent ---- */

#define DS                                                                                         \
    "sub.example. 300 IN DS 1 13 2 "                                                               \
    "0000000000000000000000000000000000000000000000000000000000000000\n"

START_TEST(a_ds_is_judged_by_the_zone_above_it) /* RFC 4035 §5.2 */
{
    begin(REPLY_POSITIVE, "sub.example.", TYPE_DS, "example.");
    put_answer(signed_by(text(DS), "example."));
    expect(SEC_SECURE, WHY_SECURE);

    begin(REPLY_POSITIVE, "sub.example.", TYPE_DS, "example.");
    put_answer(signed_by(text(DS), "sub.example."));
    expect(SEC_BOGUS, WHY_SIGNER_WRONG);
    ck_assert_str_eq(needed_names, "example.");

    begin(REPLY_POSITIVE, "sub.example.", TYPE_DS, "example.");
    put_answer(text(DS)); /* unsigned with unknown algorithm or not: bogus */
    expect(SEC_BOGUS, WHY_RRSIG_MISSING);
}
END_TEST

/* ---- aliases ---- */

START_TEST(an_alias_is_judged_like_any_set)
{
    begin(REPLY_ALIAS, "www.example.", TYPE_A, "example.");
    put_answer(signed_by(text("www.example. 300 IN CNAME web.example.\n"), "example."));
    expect(SEC_SECURE, WHY_SECURE);

    begin(REPLY_ALIAS, "www.example.", TYPE_A, "example.");
    put_answer(text("www.example. 300 IN CNAME web.example.\n"));
    expect(SEC_BOGUS, WHY_RRSIG_MISSING);

    begin(REPLY_ALIAS, "open.example.", TYPE_A, "example.");
    put_answer(text("open.example. 300 IN CNAME web.example.\n"));
    expect(SEC_INSECURE, WHY_NO_DS);
}
END_TEST

START_TEST(a_dname_is_judged_at_its_own_name)
{
    begin(REPLY_DNAME, "a.b.sub.example.", TYPE_A, "example.");
    put_answer(signed_by(text("sub.example. 300 IN DNAME other.\n"), "sub.example."));
    expect(SEC_SECURE, WHY_SECURE);

    begin(REPLY_DNAME, "a.b.example.", TYPE_A, "example.");
    put_answer(text("b.example. 300 IN DNAME other.\n"));
    expect(SEC_BOGUS, WHY_RRSIG_MISSING);
    ck_assert_str_eq(needed_names, "example. b.example.");
}
END_TEST

START_TEST(a_dname_from_a_wildcard_redirects_nothing) /* RFC 6672 §3.3 */
{
    begin(REPLY_DNAME, "a.b.example.", TYPE_A, "example.");
    put_answer(expanded("*.example. 300 IN DNAME other.\n", "example.", "b.example."));
    put_chain("example. SOA NS\n*.example. DNAME\n", -1, 0);
    expect(SEC_BOGUS, WHY_LABELS_WRONG);
}
END_TEST

/* ---- several sets: ANY ---- */

START_TEST(every_set_of_any_must_hold) /* RFC 6840 §4.2 */
{
    begin(REPLY_POSITIVE, "www.example.", TYPE_ANY, "example.");
    put_answer(signed_by(text(WWW), "example."));
    put_answer(signed_by(text("www.example. 200 IN TXT \"a\"\n"), "example."));
    ck_assert_uint_eq(expect(SEC_SECURE, WHY_SECURE)->ttl_s, 200);

    begin(REPLY_POSITIVE, "www.example.", TYPE_ANY, "example.");
    put_answer(signed_by(text(WWW), "example."));
    put_answer(text("www.example. 200 IN TXT \"a\"\n"));
    put_answer(signed_by(text("www.example. 200 IN AAAA ::1\n"), "example."));
    expect(SEC_BOGUS, WHY_RRSIG_MISSING);
    ck_assert_int_eq(answers[0]->security, SEC_SECURE);
    ck_assert_int_eq(answers[1]->security, SEC_BOGUS);
    ck_assert_int_eq(answers[2]->security, SEC_BOGUS);
}
END_TEST

START_TEST(no_more_than_eight_sets_are_judged) /* LIMITS D4 */
{
    static const char *const lines[] = {
        "www.example. 300 IN TYPE65280 \\# 0\n", "www.example. 300 IN TYPE65281 \\# 0\n",
        "www.example. 300 IN TYPE65282 \\# 0\n", "www.example. 300 IN TYPE65283 \\# 0\n",
        "www.example. 300 IN TYPE65284 \\# 0\n", "www.example. 300 IN TYPE65285 \\# 0\n",
        "www.example. 300 IN TYPE65286 \\# 0\n", "www.example. 300 IN TYPE65287 \\# 0\n",
        "www.example. 300 IN TYPE65288 \\# 0\n",
    };
    begin(REPLY_POSITIVE, "www.example.", TYPE_ANY, "example.");
    for (size_t i = 0; i < ROWS(lines); i++)
        put_answer(signed_by(text(lines[i]), "example."));
    expect(SEC_SECURE, WHY_SECURE);
    ck_assert_uint_eq(bench.metrics.verifications_good, 8);
    ck_assert_int_eq(answers[7]->security, SEC_SECURE);
    ck_assert_int_eq(answers[8]->security, SEC_UNCHECKED);
}
END_TEST

START_TEST(a_signature_asked_for_is_given_out_unprotected) /* RFC 4035 §2.2 */
{
    begin(REPLY_POSITIVE, "www.example.", TYPE_RRSIG, "example.");
    struct bytes rdata;
    struct rrset *www = signed_by(text(WWW), "example.");
    struct rrset_walk walk = rrset_signatures(www);
    ck_assert(rrset_next(&walk, &rdata));
    struct rrset_parts parts = {
        .owner = &question.qname, .type = TYPE_RRSIG, .ttl = 300, .rdatas = &rdata, .rr_count = 1
    };
    ck_assert(rrset_pack(&parts, bench.arena, &answers[0]) == ST_OK);
    question.answer_count = 1;
    expect(SEC_INSECURE, WHY_NOT_VALIDATED);
}
END_TEST

/* ---- TTLs ---- */

START_TEST(what_is_insecure_is_kept_no_longer_than_the_proof_that_it_is) /* RULINGS A13 */
{
    begin(REPLY_POSITIVE, "www.plain.", TYPE_A, "plain.");
    put_answer(text("www.plain. 86400 IN A 192.0.2.1\n"));
    ck_assert_uint_eq(expect(SEC_INSECURE, WHY_NO_DS)->ttl_s, KEYS_TTL);
    begin(REPLY_POSITIVE, "www.plain.", TYPE_A, "plain.");
    put_answer(text("www.plain. 60 IN A 192.0.2.1\n"));
    ck_assert_uint_eq(expect(SEC_INSECURE, WHY_NO_DS)->ttl_s, 60);
    begin(REPLY_POSITIVE, "www.far.", TYPE_A, "far."); /* nothing was proven of that one */
    put_answer(text("www.far. 86400 IN A 192.0.2.1\n"));
    ck_assert_uint_eq(expect(SEC_INDETERMINATE, WHY_NO_ANCHOR)->ttl_s, 86400);
}
END_TEST

START_TEST(ttl_is_cut_to_what_the_signature_allows) /* RFC 4035 §5.3.3 */
{
    static const uint32_t ends_soon[2] = { PROOF_BENCH_WALL - 86400, PROOF_BENCH_WALL + 100 };
    struct sign_key key = zone_key("example.");
    struct name zone = name_of("example.");

    begin(REPLY_POSITIVE, "www.example.", TYPE_A, "example.");
    put_answer(sign_plain(text(WWW), &key, &zone, ends_soon, bench.arena));
    ck_assert_uint_eq(expect(SEC_SECURE, WHY_SECURE)->ttl_s, 100);
    ck_assert_uint_eq(answers[0]->ttl, 100);

    begin(REPLY_POSITIVE, "www.example.", TYPE_A, "example.");
    put_answer(signed_by(text(WWW), "example."));
    answers[0]->ttl = 86400; /* raised on the way: the signature covers 300 */
    ck_assert_uint_eq(expect(SEC_SECURE, WHY_SECURE)->ttl_s, 300);
    ck_assert_uint_eq(answers[0]->ttl, 300);
}
END_TEST

START_TEST(a_name_of_127_labels_needs_no_more_keys_than_it_has_labels)
{
    struct name name = name_root, longer;
    while (name_prepend((struct bytes){ (const uint8_t *)"x", 1 }, &name, &longer) == ST_OK)
        name = longer;
    ck_assert_uint_eq(name.labels, NAME_LABELS_MAX);
    for (int i = 0; i < 2; i++) {
        begin(i == 0 ? REPLY_POSITIVE : REPLY_NODATA, "x.", TYPE_A, ".");
        question.qname = name;
        if (i == 0)
            put_answer(sign_at(text(WWW), &name, bench.arena));
        expect(SEC_BOGUS, i == 0 ? WHY_RRSIG_MISSING : WHY_DENIAL_MISSING);
        ck_assert_uint_eq(needs, NAME_LABELS_MAX + 1);
    }
}
END_TEST

static TCase *places(void)
{
    TCase *tcase = tcase_create("places");
    tcase_add_unchecked_fixture(tcase, world_up, world_down);
    tcase_add_loop_test(tcase, the_state_of_the_cut_is_the_state_of_what_comes_from_it, 0,
                        ROWS(cuts));
    tcase_add_test(tcase, the_cause_of_the_zone_is_the_cause_of_the_verdict);
    tcase_add_loop_test(tcase, a_hidden_cut_is_found_by_signer_or_label_by_label, 0, ROWS(hidden));
    tcase_add_test(tcase, a_stray_signer_does_not_hide_the_zones_own_signature);
    tcase_add_test(tcase, a_childs_signature_counts_though_the_parents_is_there_too);
    tcase_add_test(tcase, the_deepest_cut_is_told);
    tcase_add_test(tcase, a_name_of_127_labels_needs_no_more_keys_than_it_has_labels);
    tcase_add_test(tcase, a_ds_is_judged_by_the_zone_above_it);
    return tcase;
}

Suite *dnssec_validator_suite(void)
{
    Suite *suite = suite_create("dnssec/validator");
    TCase *tcase = tcase_create("sets");
    tcase_add_unchecked_fixture(tcase, world_up, world_down);
    tcase_add_test(tcase, a_set_signed_by_the_zone_is_secure);
    tcase_add_test(tcase, a_signature_that_does_not_hold_is_bogus);
    tcase_add_test(tcase, one_good_signature_is_enough);
    tcase_add_test(tcase, a_stripped_signature_is_bogus);
    tcase_add_test(tcase, a_strangers_signature_is_none);
    tcase_add_test(tcase, an_alias_is_judged_like_any_set);
    tcase_add_test(tcase, a_dname_is_judged_at_its_own_name);
    tcase_add_test(tcase, a_dname_from_a_wildcard_redirects_nothing);
    tcase_add_test(tcase, every_set_of_any_must_hold);
    tcase_add_test(tcase, no_more_than_eight_sets_are_judged);
    tcase_add_test(tcase, a_signature_asked_for_is_given_out_unprotected);
    tcase_add_test(tcase, what_is_insecure_is_kept_no_longer_than_the_proof_that_it_is);
    tcase_add_test(tcase, ttl_is_cut_to_what_the_signature_allows);
    suite_add_tcase(suite, tcase);
    suite_add_tcase(suite, places());
    return suite;
}
