#include <stdio.h>

#include "tests/unit/dnssec/validator_test.h"

#define NSEC (-1)

static const char zone_lines[] = "example. SOA NS DNSKEY\n"
                                 "a.example. A\n"
                                 "alias.example. CNAME\n"
                                 "below.ent.example. A\n"
                                 "d.example. DNAME\n"
                                 "open.example. NS\n"
                                 "sub.example. NS DS\n"
                                 "*.w.example. A\n"
                                 "zz.example. A\n";

/* ---- every kind of proof, by NSEC and by NSEC3, and what it does not prove ---- */

static const struct {
    enum reply_kind kind;
    const char *qname;
    uint16_t qtype;
    enum security security;
    enum why why;
    enum denial_answer denial;
} rows[] = {
    { REPLY_NXDOMAIN, "m.example.", TYPE_A, SEC_SECURE, WHY_SECURE, DENIAL_UNPROVEN },
    { REPLY_NXDOMAIN, "x.m.example.", TYPE_A, SEC_SECURE, WHY_SECURE, DENIAL_UNPROVEN },
    { REPLY_NXDOMAIN, "x.a.example.", TYPE_A, SEC_SECURE, WHY_SECURE, DENIAL_UNPROVEN },
    { REPLY_NXDOMAIN, "a.example.", TYPE_A, SEC_BOGUS, WHY_DENIAL_WRONG, DENIAL_UNPROVEN },
    { REPLY_NXDOMAIN, "ent.example.", TYPE_A, SEC_BOGUS, WHY_DENIAL_WRONG, DENIAL_UNPROVEN },
    { REPLY_NXDOMAIN, "x.w.example.", TYPE_A, SEC_BOGUS, WHY_DENIAL_WRONG, DENIAL_UNPROVEN },
    { REPLY_NXDOMAIN, "x.d.example.", TYPE_A, SEC_BOGUS, WHY_DENIAL_WRONG, DENIAL_UNPROVEN },
    { REPLY_NXDOMAIN, "m.example.", TYPE_DS, SEC_SECURE, WHY_SECURE, DENIAL_NO_NAME },
    { REPLY_NXDOMAIN, "open.example.", TYPE_DS, SEC_BOGUS, WHY_DENIAL_WRONG, DENIAL_UNPROVEN },
    { REPLY_NODATA, "a.example.", TYPE_MX, SEC_SECURE, WHY_SECURE, DENIAL_UNPROVEN },
    { REPLY_NODATA, "a.example.", TYPE_A, SEC_BOGUS, WHY_DENIAL_WRONG, DENIAL_UNPROVEN },
    { REPLY_NODATA, "alias.example.", TYPE_MX, SEC_BOGUS, WHY_DENIAL_WRONG, DENIAL_UNPROVEN },
    { REPLY_NODATA, "ent.example.", TYPE_A, SEC_SECURE, WHY_SECURE, DENIAL_UNPROVEN },
    { REPLY_NODATA, "x.w.example.", TYPE_MX, SEC_SECURE, WHY_SECURE, DENIAL_UNPROVEN },
    { REPLY_NODATA, "x.w.example.", TYPE_A, SEC_BOGUS, WHY_DENIAL_WRONG, DENIAL_UNPROVEN },
    { REPLY_NODATA, "m.example.", TYPE_A, SEC_BOGUS, WHY_DENIAL_WRONG, DENIAL_UNPROVEN },
    { REPLY_NODATA, "sub.example.", TYPE_A, SEC_BOGUS, WHY_DENIAL_WRONG, DENIAL_UNPROVEN },
    { REPLY_NODATA, "x.sub.example.", TYPE_A, SEC_BOGUS, WHY_DENIAL_WRONG, DENIAL_UNPROVEN },
    { REPLY_NODATA, "open.example.", TYPE_DS, SEC_SECURE, WHY_SECURE, DENIAL_DELEGATION },
    { REPLY_NODATA, "a.example.", TYPE_DS, SEC_SECURE, WHY_SECURE, DENIAL_NO_CUT },
    { REPLY_NODATA, "ent.example.", TYPE_DS, SEC_SECURE, WHY_SECURE, DENIAL_NO_CUT },
    { REPLY_NODATA, "m.example.", TYPE_DS, SEC_SECURE, WHY_SECURE, DENIAL_NO_NAME },
    { REPLY_NODATA, "sub.example.", TYPE_DS, SEC_BOGUS, WHY_DS_DENIAL_MISSING, DENIAL_UNPROVEN },
};

static void ask(int row)
{
    begin(rows[row].kind, rows[row].qname, rows[row].qtype, "example.");
    bench.limits.denial_records = 32; /* the whole chain takes part */
    put_soa("example.");
}

static void answer(int row, int flags)
{
    const struct verdict *verdict = judge();
    char type[TYPE_TEXT];
    ck_assert_msg(verdict->security == rows[row].security && verdict->cause.why == rows[row].why &&
                      verdict->denial == rows[row].denial,
                  "%s %s, flags %d: security %d, %s, denial %d", rows[row].qname,
                  type_text(rows[row].qtype, type), flags, verdict->security,
                  why_row(verdict->cause.why)->name, verdict->denial);
}

START_TEST(a_denial_is_secure_when_its_records_say_so)
{
    static const int flags[] = { NSEC, 0 };
    for (size_t i = 0; i < ROWS(flags); i++) {
        ask(_i);
        put_chain(zone_lines, flags[i], 1);
        answer(_i, flags[i]);
    }
}
END_TEST

START_TEST(a_denial_that_nobody_signed_is_bogus)
{
    ask(_i);
    put_chain(zone_lines, NSEC, 0);
    for (size_t i = 1; i < question.authority_count; i++)
        authority[i] = sign_stripped(authority[i], bench.arena);
    const struct verdict *verdict = judge();
    ck_assert_int_eq(verdict->security, SEC_BOGUS);
    ck_assert_int_eq(verdict->cause.why, WHY_RRSIG_MISSING);
}
END_TEST

START_TEST(a_denial_by_another_zones_records_is_bogus) /* LIMITS C4 */
{
    static struct denial_zone zone;
    struct rrset *sets[DENIAL_NODES_MAX * 4];

    ask(_i);
    denial_zone_read(zone_lines, &zone);
    size_t count = denial_zone_nsec(&zone, bench.arena, sets);
    for (size_t i = 0; i < count; i++)
        put_authority(signed_by(sets[i], "."));
    const struct verdict *verdict = judge();
    ck_assert_int_eq(verdict->security, SEC_BOGUS);
    ck_assert_int_eq(verdict->cause.why, WHY_SIGNER_WRONG);
}
END_TEST

START_TEST(iterations_over_the_limit_make_only_the_question_insecure) /* RFC 9276 §3.2, A14 */
{
    ask(_i);
    put_chain(zone_lines, 0, 51);
    const struct verdict *verdict = expect(SEC_INSECURE, WHY_NSEC3_ITERATIONS);
    ck_assert(!verdict->opt_out);
    ck_assert_int_eq(verdict->denial,
                     rows[_i].qtype == TYPE_DS ? DENIAL_PROVEN_INSECURE : DENIAL_UNPROVEN);
    ck_assert_uint_eq(bench.metrics.nsec3_blocks, 0);
    ck_assert_int_eq(authority[0]->security, SEC_SECURE);

    ask(_i);
    put_chain(zone_lines, 0, 51); /* forged: bogus, not insecure */
    for (size_t i = 1; i < question.authority_count; i++)
        authority[i] = signed_wrong(sign_stripped(authority[i], bench.arena), "example.");
    bench.limits.failed_per_reply = 16;
    bench.limits.failed_checks = 64;
    expect(SEC_BOGUS, WHY_SIGNATURE_WRONG);
}
END_TEST

/* ---- opt-out ---- */

static const struct {
    enum reply_kind kind;
    const char *qname;
    uint16_t qtype;
    enum security security;
    bool opt_out;
    enum denial_answer denial;
} opt_outs[] = {
    { REPLY_NXDOMAIN, "m.example.", TYPE_A, SEC_INSECURE, true, DENIAL_UNPROVEN },
    { REPLY_NODATA, "a.example.", TYPE_MX, SEC_SECURE, false, DENIAL_UNPROVEN },
    { REPLY_NODATA, "x.w.example.", TYPE_MX, SEC_INSECURE, true, DENIAL_UNPROVEN },
    { REPLY_NODATA, "open.example.", TYPE_DS, SEC_INSECURE, true, DENIAL_DELEGATION },
    { REPLY_NXDOMAIN, "m.example.", TYPE_DS, SEC_INSECURE, true, DENIAL_DELEGATION },
    { REPLY_NODATA, "a.example.", TYPE_DS, SEC_SECURE, false, DENIAL_NO_CUT },
};

START_TEST(opt_out_takes_the_security_and_says_so) /* RFC 5155 §9.2, ruling A15 */
{
    begin(opt_outs[_i].kind, opt_outs[_i].qname, opt_outs[_i].qtype, "example.");
    bench.limits.denial_records = 32;
    put_soa("example.");
    put_chain(zone_lines, NSEC3_OPT_OUT, 0);
    const struct verdict *verdict = judge();
    ck_assert_int_eq(verdict->security, opt_outs[_i].security);
    ck_assert_int_eq(verdict->opt_out, opt_outs[_i].opt_out);
    ck_assert_int_eq(verdict->denial, opt_outs[_i].denial);
    ck_assert_int_eq(authority[0]->security, SEC_SECURE);
}
END_TEST

/* ---- SOA ---- */

static struct rrset *gap(void)
{
    return signed_by(denial_nsec("example.", "z.example.", "SOA NS RRSIG NSEC", bench.arena),
                     "example.");
}

START_TEST(the_soa_bounds_how_long_a_denial_lives) /* RFC 2308 §5 */
{
    static const struct {
        const char *soa;
        uint32_t ttl_s;
    } soas[] = {
        { "example. 900 IN SOA ns.example. m.example. 1 2 3 4 60\n", 60 },
        { "example. 50 IN SOA ns.example. m.example. 1 2 3 4 600\n", 50 },
        { "example. 900 IN SOA ns.example. m.example. 1 2 3 4 0\n", 0 },
        { "example. 900 IN SOA ns.example. m.example. 1 2 3 4 900\n", DENIAL_TTL },
    };
    for (size_t i = 0; i < ROWS(soas); i++) {
        begin(REPLY_NXDOMAIN, "m.example.", TYPE_A, "example.");
        put_authority(signed_by(text(soas[i].soa), "example."));
        put_authority(gap());
        ck_assert_uint_eq(expect(SEC_SECURE, WHY_SECURE)->ttl_s, soas[i].ttl_s);
        ck_assert_uint_le(authority[0]->ttl, i < 3 ? soas[i].ttl_s : 900);

        begin(REPLY_NXDOMAIN, "m.plain.", TYPE_A, "plain.");
        put_authority(text(soas[i].soa));
        ck_assert_uint_eq(expect(SEC_INSECURE, WHY_NO_DS)->ttl_s, i < 3 ? soas[i].ttl_s : 900);
    }
}
END_TEST

START_TEST(a_soa_that_does_not_hold_is_bogus)
{
    begin(REPLY_NXDOMAIN, "m.example.", TYPE_A, "example.");
    put_soa("example.");
    authority[0] = sign_stripped(authority[0], bench.arena);
    put_authority(gap());
    expect(SEC_BOGUS, WHY_RRSIG_MISSING);

    begin(REPLY_NXDOMAIN, "m.example.", TYPE_A, "example.");
    put_authority(gap());
    put_soa("example.");
    authority[1] = signed_late(sign_stripped(authority[1], bench.arena), "example.");
    expect(SEC_BOGUS, WHY_SIGNATURE_EXPIRED);
}
END_TEST

START_TEST(a_denial_needs_no_soa) /* a referral's DS denial comes without one, RFC 4035 §3.1.4.1 */
{
    begin(REPLY_NODATA, "open.example.", TYPE_DS, "example.");
    put_authority(signed_by(
        denial_nsec("open.example.", "sub.example.", "NS RRSIG NSEC", bench.arena), "example."));
    const struct verdict *verdict = expect(SEC_SECURE, WHY_SECURE);
    ck_assert_int_eq(verdict->denial, DENIAL_DELEGATION);
    ck_assert_uint_eq(verdict->ttl_s, DENIAL_TTL);
}
END_TEST

/* ---- why it is not proven ---- */

START_TEST(the_cause_is_what_tells_most)
{
    begin(REPLY_NXDOMAIN, "m.example.", TYPE_A, "example.");
    put_soa("example.");
    expect(SEC_BOGUS, WHY_DENIAL_MISSING);

    begin(REPLY_NODATA, "m.example.", TYPE_DS, "example.");
    put_soa("example.");
    expect(SEC_BOGUS, WHY_DS_DENIAL_MISSING);

    struct rrset *nsec = denial_nsec("example.", "z.example.", "SOA NS RRSIG NSEC", bench.arena);
    put_authority(signed_late(nsec, "example."));
    expect(SEC_BOGUS, WHY_SIGNATURE_EXPIRED);

    begin(REPLY_NXDOMAIN, "m.example.", TYPE_A, "example.");
    put_soa("example.");
    nsec = denial_nsec("example.", "z.example.", "SOA NS RRSIG NSEC", bench.arena);
    put_authority(signed_wrong(nsec, "example."));
    expect(SEC_BOGUS, WHY_SIGNATURE_WRONG);

    begin(REPLY_NXDOMAIN, "m.example.", TYPE_A, "example.");
    put_soa("example.");
    put_authority(
        signed_by(denial_nsec("example.", "b.example.", "SOA NS", bench.arena), "example."));
    put_authority(
        sign_stripped(denial_nsec("b.example.", "z.example.", "A", bench.arena), bench.arena));
    expect(SEC_BOGUS, WHY_DENIAL_WRONG);
}
END_TEST

START_TEST(an_empty_reply_under_a_signed_zone_is_bogus) /* LIMITS C7, ruling A10 */
{
    begin(REPLY_NODATA, "m.example.", TYPE_A, "example.");
    expect(SEC_BOGUS, WHY_DENIAL_MISSING);
    ck_assert_str_eq(needed_names, "example. m.example.");

    begin(REPLY_NODATA, "m.example.", TYPE_DS, "example.");
    expect(SEC_BOGUS, WHY_DS_DENIAL_MISSING);
    ck_assert_str_eq(needed_names, "example.");

    begin(REPLY_NODATA, "m.open.example.", TYPE_A, "example.");
    ck_assert_uint_eq(expect(SEC_INSECURE, WHY_NO_DS)->ttl_s, KEYS_TTL);
}
END_TEST

/* ---- hidden cuts ---- */

START_TEST(a_denial_belongs_to_the_zone_of_its_soa) /* ruling A1 */
{
    begin(REPLY_NXDOMAIN, "m.sub.example.", TYPE_A, ".");
    put_soa("sub.example.");
    put_chain("sub.example. SOA NS\n", NSEC, 0);
    expect(SEC_SECURE, WHY_SECURE);
    ck_assert_str_eq(needed_names, ". sub.example.");

    begin(REPLY_NXDOMAIN, "m.open.example.", TYPE_A, "example.");
    put_authority(text("open.example. 900 IN SOA ns. m. 1 2 3 4 60\n"));
    expect(SEC_INSECURE, WHY_NO_DS);
    ck_assert_str_eq(needed_names, "example. open.example.");
    ck_assert_int_eq(authority[0]->security, SEC_INSECURE);
}
END_TEST

START_TEST(an_unsigned_soa_of_the_parent_does_not_hide_an_insecure_cut)
{
    begin(REPLY_NODATA, "m.open.example.", TYPE_AAAA, ".");
    put_authority(text("example. 900 IN SOA ns. m. 1 2 3 4 60\n"));
    expect(SEC_INSECURE, WHY_NO_DS);
    ck_assert_str_eq(needed_names, ". example. open.example.");

    begin(REPLY_NODATA, "m.example.", TYPE_AAAA, ".");
    put_authority(text("example. 900 IN SOA ns. m. 1 2 3 4 60\n"));
    expect(SEC_BOGUS, WHY_RRSIG_MISSING);
    ck_assert_str_eq(needed_names, ". example. m.example.");
}
END_TEST

START_TEST(a_denial_without_soa_belongs_to_the_zone_of_its_signer)
{
    begin(REPLY_NXDOMAIN, "m.sub.example.", TYPE_A, "example.");
    put_chain("sub.example. SOA NS\n", 0, 0);
    expect(SEC_SECURE, WHY_SECURE);
    ck_assert_str_eq(needed_names, "example. sub.example.");
}
END_TEST

START_TEST(a_soa_where_no_zone_begins_changes_nothing)
{
    begin(REPLY_NXDOMAIN, "m.a.example.", TYPE_A, "example.");
    put_soa("a.example.");
    put_soa("example.");
    put_authority(gap());
    put_authority(signed_by(denial_nsec("a.example.", "z.example.", "A", bench.arena), "example."));
    expect(SEC_SECURE, WHY_SECURE);
    ck_assert_str_eq(needed_names, "example. a.example.");
    ck_assert_int_eq(authority[0]->security, SEC_UNCHECKED);
}
END_TEST

START_TEST(a_parents_denial_does_not_reach_below_a_cut) /* B 5967, LIMITS C4 */
{
    begin(REPLY_NXDOMAIN, "m.sub.example.", TYPE_A, "example.");
    put_soa("sub.example.");
    put_authority(gap());
    expect(SEC_BOGUS, WHY_SIGNER_WRONG);
}
END_TEST

START_TEST(a_childs_denial_says_nothing_about_its_own_ds) /* CVE-2026-10723, RFC 5155 §8.6 */
{
    static const int flags[] = { NSEC, 0 };
    for (size_t i = 0; i < ROWS(flags); i++) {
        begin(REPLY_NODATA, "sub.example.", TYPE_DS, "example.");
        put_soa("sub.example.");
        put_chain("sub.example. SOA NS\n", flags[i], 0);
        expect(SEC_BOGUS, WHY_SIGNER_WRONG);
        ck_assert_str_eq(needed_names, "example.");
    }
}
END_TEST

/* A child whose name is the hash of its parent's apex signs an NSEC3 at its own apex, where the
 * parent's would stand. LIMITS C3. */
START_TEST(a_child_named_like_a_hash_cannot_deny_for_its_parent)
{
    static struct denial_zone zone;
    struct rrset *sets[DENIAL_NODES_MAX * 4];
    struct denial_chain chain = { bench.keyring, "", 0, 0 };
    char apex[NAME_TEXT];

    begin(REPLY_NXDOMAIN, "m.example.", TYPE_A, "example.");
    put_soa("example.");
    denial_zone_read("example. SOA NS\n", &zone);
    ck_assert_uint_eq(denial_zone_nsec3(&zone, &chain, bench.arena, sets), 1);
    struct name child = rrset_owner(sets[0]);
    put_authority(signed_by(sets[0], name_text(&child, apex, sizeof apex)));
    expect(SEC_BOGUS, WHY_SIGNER_WRONG);

    authority[1] = signed_by(sign_stripped(authority[1], bench.arena), "example.");
    expect(SEC_SECURE, WHY_SECURE); /* the same record, signed by the parent */
}
END_TEST

static TCase *hidden_cuts(void)
{
    TCase *tcase = tcase_create("cuts");
    tcase_add_unchecked_fixture(tcase, world_up, world_down);
    tcase_add_test(tcase, a_denial_belongs_to_the_zone_of_its_soa);
    tcase_add_test(tcase, an_unsigned_soa_of_the_parent_does_not_hide_an_insecure_cut);
    tcase_add_test(tcase, a_denial_without_soa_belongs_to_the_zone_of_its_signer);
    tcase_add_test(tcase, a_soa_where_no_zone_begins_changes_nothing);
    tcase_add_test(tcase, a_parents_denial_does_not_reach_below_a_cut);
    tcase_add_test(tcase, a_childs_denial_says_nothing_about_its_own_ds);
    tcase_add_test(tcase, a_child_named_like_a_hash_cannot_deny_for_its_parent);
    return tcase;
}

Suite *dnssec_validator_denial_suite(void)
{
    Suite *suite = suite_create("dnssec/validator_denial");
    TCase *tcase = tcase_create("denial");
    tcase_add_unchecked_fixture(tcase, world_up, world_down);
    tcase_add_loop_test(tcase, a_denial_is_secure_when_its_records_say_so, 0, ROWS(rows));
    tcase_add_loop_test(tcase, a_denial_that_nobody_signed_is_bogus, 0, ROWS(rows));
    tcase_add_loop_test(tcase, a_denial_by_another_zones_records_is_bogus, 0, ROWS(rows));
    tcase_add_loop_test(tcase, iterations_over_the_limit_make_only_the_question_insecure, 0,
                        ROWS(rows));
    tcase_add_loop_test(tcase, opt_out_takes_the_security_and_says_so, 0, ROWS(opt_outs));
    tcase_add_test(tcase, the_soa_bounds_how_long_a_denial_lives);
    tcase_add_test(tcase, a_soa_that_does_not_hold_is_bogus);
    tcase_add_test(tcase, a_denial_needs_no_soa);
    tcase_add_test(tcase, the_cause_is_what_tells_most);
    tcase_add_test(tcase, an_empty_reply_under_a_signed_zone_is_bogus);
    suite_add_tcase(suite, tcase);
    suite_add_tcase(suite, hidden_cuts());
    return suite;
}
