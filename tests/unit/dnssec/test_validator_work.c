#include <signal.h>
#include <stdio.h>

#include "tests/unit/dnssec/validator_test.h"

#define NSEC      (-1)
#define WILD      "*.w.example. 300 IN A 192.0.2.1\n"
#define WILD_ZONE "example. SOA NS\nb.example. A\n*.w.example. A\n"

/* ---- wildcards ---- */

static void begin_wild(const char *qname)
{
    begin(REPLY_POSITIVE, qname, TYPE_A, "example.");
    put_answer(expanded(WILD, "example.", qname));
}

START_TEST(an_expanded_wildcard_needs_proof_that_it_was_needed) /* RFC 4035 §5.3.4 */
{
    static const int flags[] = { NSEC, 0 };
    for (size_t i = 0; i < ROWS(flags); i++) {
        begin_wild("x.y.w.example.");
        put_chain(WILD_ZONE, flags[i], 0);
        ck_assert(expect(SEC_SECURE, WHY_SECURE)->wildcard);
        ck_assert_int_eq(answers[0]->security, SEC_SECURE);
    }
    begin_wild("x.y.w.example.");
    expect(SEC_BOGUS, WHY_WILDCARD_UNPROVEN);
    ck_assert_int_eq(answers[0]->security, SEC_BOGUS);
}
END_TEST

START_TEST(an_expanded_wildcard_is_bogus_where_the_name_or_a_nearer_one_exists)
{
    static const char *const zones[] = {
        "example. SOA NS\n*.w.example. A\nx.y.w.example. MX\n",  /* the name */
        "example. SOA NS\n*.w.example. A\nq.x.y.w.example. A\n", /* an empty non-terminal */
        "example. SOA NS\n*.w.example. A\n*.y.w.example. MX\n",  /* a nearer wildcard */
        "example. SOA NS\n*.w.example. A\ny.w.example. A\n",     /* a nearer encloser */
    };
    for (size_t i = 0; i < 2 * ROWS(zones); i++) {
        begin_wild("x.y.w.example.");
        put_chain(zones[i / 2], i % 2 == 0 ? NSEC : 0, 0);
        expect(SEC_BOGUS, WHY_WILDCARD_UNPROVEN);
    }
}
END_TEST

START_TEST(a_wildcard_through_opt_out_is_insecure_but_stands) /* RFC 5155 §9.2 */
{
    begin_wild("x.y.w.example.");
    put_chain(WILD_ZONE, NSEC3_OPT_OUT, 0);
    const struct verdict *verdict = expect(SEC_INSECURE, WHY_OPT_OUT);
    ck_assert(verdict->opt_out && verdict->wildcard);
    ck_assert_int_eq(answers[0]->security, SEC_INSECURE);

    begin_wild("x.y.w.example.");
    put_chain(WILD_ZONE, 0, 51);
    expect(SEC_INSECURE, WHY_NSEC3_ITERATIONS);
}
END_TEST

START_TEST(the_proof_around_a_wildcard_must_be_signed_by_the_same_zone)
{
    static struct denial_zone zone;
    struct rrset *sets[DENIAL_NODES_MAX * 4];

    begin_wild("x.y.w.example.");
    denial_zone_read(WILD_ZONE, &zone);
    size_t count = denial_zone_nsec(&zone, bench.arena, sets);
    for (size_t i = 0; i < count; i++)
        put_authority(signed_by(sets[i], "other."));
    expect(SEC_BOGUS, WHY_SIGNER_WRONG);

    begin_wild("x.y.w.example.");
    count = denial_zone_nsec(&zone, bench.arena, sets);
    for (size_t i = 0; i < count; i++)
        put_authority(signed_late(sets[i], "example."));
    expect(SEC_BOGUS, WHY_SIGNATURE_EXPIRED);
}
END_TEST

START_TEST(the_wildcard_asked_for_by_name_is_no_expansion) /* RFC 4034 §3.1.3 */
{
    begin(REPLY_POSITIVE, "*.w.example.", TYPE_A, "example.");
    put_answer(signed_by(text(WILD), "example."));
    ck_assert(!expect(SEC_SECURE, WHY_SECURE)->wildcard);
}
END_TEST

START_TEST(an_nsec_that_was_itself_expanded_proves_nothing) /* LIMITS C5 */
{
    struct name owner = name_of("x.w.example.");
    begin(REPLY_NODATA, "x.w.example.", TYPE_A, "example.");
    put_soa("example.");
    struct rrset *nsec = denial_nsec("*.w.example.", "zz.example.", "MX RRSIG NSEC", bench.arena);
    put_authority(sign_at(signed_by(nsec, "example."), &owner, bench.arena));
    expect(SEC_BOGUS, WHY_LABELS_WRONG);
    ck_assert_int_eq(authority[1]->security, SEC_BOGUS);

    begin(REPLY_NODATA, "x.w.example.", TYPE_DS, "example."); /* "no DS", U 2026-06 */
    put_soa("example.");
    nsec = denial_nsec("*.w.example.", "zz.example.", "NS RRSIG NSEC", bench.arena);
    put_authority(sign_at(signed_by(nsec, "example."), &owner, bench.arena));
    expect(SEC_BOGUS, WHY_LABELS_WRONG);
}
END_TEST

/* ---- the Labels field: LIMITS C1, CVE-2026-44690, CVE-2026-11721 ---- */

START_TEST(only_lawful_label_counts_can_make_a_wildcard)
{
    struct name apex = name_of("sub.example."), owner = name_of("a.b.sub.example.");
    struct sign_key key = zone_key("sub.example.");

    for (uint8_t labels = 0; labels <= 6; labels++) {
        begin(REPLY_POSITIVE, "a.b.sub.example.", TYPE_A, "sub.example.");
        struct sign_with with = { .key = &key,
                                  .zone = &apex,
                                  .inception = good_window[0],
                                  .expiration = good_window[1],
                                  .odd = SIGN_ODD_LABELS,
                                  .labels = labels };
        struct rrset *set = text("a.b.sub.example. 300 IN A 192.0.2.1\n");
        put_answer(sign_at(sign_set(set, &with, 1, bench.arena), &owner, bench.arena));
        put_chain("sub.example. SOA NS\n", NSEC, 0);
        const struct verdict *verdict = judge();
        if (labels == 4)
            ck_assert_int_eq(verdict->security, SEC_SECURE);
        else if (labels == 2) /* at the apex: lawful, and the chain proves it was needed */
            ck_assert(verdict->security == SEC_SECURE && verdict->wildcard);
        else if (labels == 3)
            ck_assert_int_eq(verdict->cause.why, WHY_WILDCARD_UNPROVEN);
        else
            ck_assert_int_eq(verdict->cause.why, WHY_LABELS_WRONG);
    }
}
END_TEST

/* ---- yielding: ruling A12, B16 ---- */

static void ask_wildcard(void)
{
    begin_wild("x.y.w.example.");
    put_chain(WILD_ZONE, 0, 0);
}

static void ask_nxdomain(void)
{
    begin(REPLY_NXDOMAIN, "m.sub.example.", TYPE_A, ".");
    put_soa("sub.example.");
    put_chain("sub.example. SOA NS\nb.sub.example. A\nc.sub.example. A\n", 0, 3);
}

static void ask_bogus(void)
{
    begin(REPLY_NXDOMAIN, "m.example.", TYPE_A, "example.");
    put_soa("example.");
    struct rrset *nsec = denial_nsec("example.", "z.example.", "SOA NS", bench.arena);
    put_authority(signed_wrong(signed_wrong(nsec, "example."), "example."));
}

static void ask_any(void)
{
    begin(REPLY_POSITIVE, "www.sub.example.", TYPE_ANY, ".");
    put_answer(signed_by(text("www.sub.example. 300 IN A 192.0.2.1\n"), "sub.example."));
    put_answer(signed_by(text("www.sub.example. 200 IN TXT \"a\"\n"), "sub.example."));
    put_answer(signed_by(text("www.sub.example. 100 IN AAAA ::1\n"), "sub.example."));
}

static void (*const asks[])(void) = { ask_wildcard, ask_nxdomain, ask_bogus, ask_any };

START_TEST(a_verdict_is_the_same_in_one_turn_and_in_many)
{
    uint64_t good = bench.metrics.verifications_good, bad = bench.metrics.verifications_bad;
    asks[_i]();
    struct verdict whole = *judge();
    uint64_t good_once = bench.metrics.verifications_good - good;
    uint64_t bad_once = bench.metrics.verifications_bad - bad;
    ck_assert_uint_eq(yields, 0);

    good = bench.metrics.verifications_good, bad = bench.metrics.verifications_bad;
    asks[_i]();
    units_a_turn = 1;
    struct verdict pieces = *judge();
    ck_assert_uint_ge(yields, 1);
    ck_assert_uint_eq(bench.metrics.verifications_good - good, good_once);
    ck_assert_uint_eq(bench.metrics.verifications_bad - bad, bad_once);
    ck_assert_int_eq(pieces.security, whole.security);
    ck_assert_int_eq(pieces.cause.why, whole.cause.why);
    ck_assert_int_eq(pieces.wildcard, whole.wildcard);
    ck_assert_uint_eq(pieces.ttl_s, whole.ttl_s);
    ck_assert(name_equal(&pieces.zone, &whole.zone));
}
END_TEST

/* ---- what is spent is no fact: ruling A2 ---- */

START_TEST(a_verdict_is_spent_when_the_budget_is)
{
    asks[_i]();
    for (size_t i = 0; i < 128 - 1; i++)
        (void)budget_spend(&bench.budget, SPEND_GOOD_CHECK, 1);
    for (size_t i = 0; i < 16 - 1; i++)
        (void)budget_spend(&bench.budget, SPEND_FAILED_CHECK, 1);
    const struct verdict *verdict = expect(SEC_UNCHECKED, WHY_VALIDATION_LIMIT);
    ck_assert_uint_eq(verdict->ttl_s, 0);
}
END_TEST

START_TEST(hashing_that_ran_out_is_spent_too) /* CVE-2023-50868 */
{
    ask_nxdomain();
    (void)budget_spend(&bench.budget, SPEND_NSEC3_BLOCKS, 4096 - 4);
    expect(SEC_UNCHECKED, WHY_VALIDATION_LIMIT);
}
END_TEST

START_TEST(good_checks_used_up_by_one_reply_are_spent_not_bogus)
{
    ask_any();
    bench.limits.good_per_reply = 2;
    expect(SEC_UNCHECKED, WHY_VALIDATION_LIMIT);
    bench.limits.good_per_reply = 16;
}
END_TEST

START_TEST(failures_used_up_by_one_reply_are_bogus) /* LIMITS 0.1: then another server */
{
    begin(REPLY_NXDOMAIN, "m.example.", TYPE_A, "example.");
    for (size_t i = 0; i < 6; i++) {
        char owner[32];
        snprintf(owner, sizeof owner, "n%zu.example.", i);
        struct rrset *nsec = denial_nsec(owner, "z.example.", "A", bench.arena);
        put_authority(signed_wrong(nsec, "example."));
    }
    uint64_t bad = bench.metrics.verifications_bad;
    ck_assert_int_eq(judge()->security, SEC_BOGUS);
    ck_assert_uint_eq(bench.metrics.verifications_bad - bad, 4);
}
END_TEST

START_TEST(a_full_arena_is_spent)
{
    begin(REPLY_POSITIVE, "www.example.", TYPE_A, "example.");
    put_answer(signed_by(text("www.example. 300 IN A 192.0.2.1\n"), "example."));
    struct arena *small = arena_create(bench.pool, 6000);
    struct validator *v = validator_create(&question, small);
    struct name zone;
    ck_assert_ptr_nonnull(v);
    while (arena_alloc(small, 64) != NULL)
        continue;
    ck_assert_ptr_null(validator_create(&question, small));
    ck_assert_int_eq(validator_step(v, &bench.desk, &zone), VALIDATOR_NEED_KEYS);
    struct zone_keys keys = keys_of(&zone);
    validator_give(v, &keys);
    ck_assert_int_eq(validator_step(v, &bench.desk, &zone), VALIDATOR_DONE);
    ck_assert_int_eq(validator_verdict(v)->security, SEC_UNCHECKED);
    ck_assert_int_eq(validator_verdict(v)->cause.why, WHY_NO_MEMORY);
    arena_destroy(small);
}
END_TEST

/* ---- padding: LIMITS D4, CVE-2026-11605 ---- */

START_TEST(a_padded_denial_costs_no_more_than_eight_records)
{
    begin(REPLY_NXDOMAIN, "zz.example.", TYPE_A, "example.");
    for (size_t i = 0; i < 100; i++) {
        char owner[32];
        snprintf(owner, sizeof owner, "n%zu.example.", i);
        put_authority(signed_by(denial_nsec(owner, "z.example.", "A", bench.arena), "example."));
    }
    uint64_t good = bench.metrics.verifications_good;
    expect(SEC_BOGUS, WHY_DENIAL_WRONG);
    ck_assert_uint_eq(bench.metrics.verifications_good - good, 8);
}
END_TEST

START_TEST(records_that_cost_nothing_take_nobodys_place)
{
    begin(REPLY_NXDOMAIN, "m.example.", TYPE_A, "example.");
    for (size_t i = 0; i < 20; i++) {
        struct rrset *nsec = denial_nsec("example.", "z.example.", "SOA NS", bench.arena);
        put_authority(i % 2 == 0 ? nsec : signed_by(nsec, "other."));
    }
    put_authority(
        signed_by(denial_nsec("example.", "z.example.", "SOA NS", bench.arena), "example."));
    expect(SEC_SECURE, WHY_SECURE);
}
END_TEST

/* ---- sets known from the cache: ruling B9 ---- */

static void arrive(struct rrset *set)
{
    set->security = SEC_SECURE;
}

START_TEST(a_set_that_arrives_secure_costs_nothing)
{
    uint64_t good = bench.metrics.verifications_good, saved = bench.metrics.verifications_saved;
    ask_nxdomain();
    for (size_t i = 0; i < question.authority_count; i++)
        arrive(authority[i]);
    expect(SEC_SECURE, WHY_SECURE);
    ck_assert_uint_eq(bench.metrics.verifications_good, good);
    ck_assert_uint_eq(bench.metrics.verifications_saved - saved, question.authority_count);

    begin(REPLY_POSITIVE, "www.sub.example.", TYPE_A, "example.");
    put_answer(signed_by(text("www.sub.example. 300 IN A 192.0.2.1\n"), "sub.example."));
    arrive(answers[0]);
    answers[0]->ttl = 86400;
    const struct verdict *verdict = expect(SEC_SECURE, WHY_SECURE);
    struct name zone = name_of("sub.example.");
    ck_assert(name_equal(&verdict->zone, &zone));
    ck_assert_uint_eq(verdict->ttl_s, 300);
    ck_assert_uint_eq(bench.metrics.verifications_good, good);
}
END_TEST

START_TEST(a_wildcard_that_arrives_secure_still_needs_its_proof)
{
    begin_wild("x.y.w.example.");
    arrive(answers[0]);
    expect(SEC_BOGUS, WHY_WILDCARD_UNPROVEN);

    begin_wild("x.y.w.example.");
    arrive(answers[0]);
    put_chain(WILD_ZONE, NSEC, 0);
    ck_assert(expect(SEC_SECURE, WHY_SECURE)->wildcard);
}
END_TEST

START_TEST(a_set_that_arrives_secure_by_two_signers_is_proven_anew)
{
    uint64_t good = bench.metrics.verifications_good;
    begin(REPLY_POSITIVE, "www.example.", TYPE_A, "example.");
    put_answer(signed_by(signed_by(text("www.example. 300 IN A 192.0.2.1\n"), "example."),
                         "www.example."));
    arrive(answers[0]);
    expect(SEC_SECURE, WHY_SECURE);
    ck_assert_uint_eq(bench.metrics.verifications_good - good, 1);
}
END_TEST

/* What the cache knew was proven by the keys of that time. A key that was taken out, or a zone that
 * is signed no more, proves nothing from then on (RFC 6781 §4.3.1: a compromised key). */
START_TEST(a_set_that_arrives_secure_by_a_key_that_is_gone_is_proven_anew)
{
    static const struct {
        const char *signer;
        enum security security;
        enum why why;
    } rows_gone[] = {
        { "example.", SEC_BOGUS, WHY_KEY_MISSING },
        { "sub.example.", SEC_BOGUS, WHY_KEY_MISSING },
        { "open.example.", SEC_INSECURE, WHY_NO_DS },
    };
    for (size_t i = 0; i < ROWS(rows_gone); i++) {
        struct sign_key gone = zone_key("gone.");
        struct name signer = name_of(rows_gone[i].signer), owner;
        struct rrset *set;
        ck_assert_int_eq(name_prepend((struct bytes){ (const uint8_t *)"www", 3 }, &signer, &owner),
                         ST_OK);
        begin(REPLY_POSITIVE, "www.example.", TYPE_A, "example.");
        question.qname = owner;
        set = sign_at(text("www.example. 300 IN A 192.0.2.1\n"), &owner, bench.arena);
        put_answer(sign_plain(set, &gone, &signer, good_window, bench.arena));
        arrive(answers[0]);
        expect(rows_gone[i].security, rows_gone[i].why);
    }
}
END_TEST

START_TEST(a_denial_that_arrives_secure_by_a_key_that_is_gone_proves_nothing)
{
    struct sign_key gone = zone_key("gone.");
    struct name zone = name_of("example.");
    begin(REPLY_NXDOMAIN, "m.example.", TYPE_A, "example.");
    put_soa("example.");
    put_authority(sign_plain(denial_nsec("example.", "z.example.", "SOA NS", bench.arena), &gone,
                             &zone, good_window, bench.arena));
    arrive(authority[1]);
    expect(SEC_BOGUS, WHY_KEY_MISSING);
}
END_TEST

START_TEST(a_denial_that_arrives_secure_by_another_zone_is_not_this_zones)
{
    begin(REPLY_NXDOMAIN, "m.example.", TYPE_A, "example.");
    put_soa("example.");
    put_authority(signed_by(denial_nsec("example.", "z.example.", "SOA NS", bench.arena), "."));
    arrive(authority[1]);
    expect(SEC_BOGUS, WHY_SIGNER_WRONG);
}
END_TEST

START_TEST(hashes_are_shared_by_the_validations_of_a_job) /* ruling A8 */
{
    struct nsec3_hashes hashes = { .last = NULL };
    uint64_t blocks = bench.metrics.nsec3_blocks;
    ask_nxdomain();
    question.hashes = &hashes;
    expect(SEC_SECURE, WHY_SECURE);
    uint64_t once = bench.metrics.nsec3_blocks - blocks;
    ck_assert_uint_gt(once, 0);
    expect(SEC_SECURE, WHY_SECURE);
    ck_assert_uint_eq(bench.metrics.nsec3_blocks - blocks, once);
}
END_TEST

/* ---- the caller's part ---- */

START_TEST(a_ds_judged_from_its_own_zone_is_the_callers_fault)
{
    begin(REPLY_NODATA, "example.", TYPE_DS, "example.");
    (void)judge();
}
END_TEST

START_TEST(an_answer_about_another_name_is_the_callers_fault)
{
    begin(REPLY_POSITIVE, "www.example.", TYPE_A, "example.");
    put_answer(signed_by(text("web.example. 300 IN A 192.0.2.1\n"), "example."));
    (void)judge();
}
END_TEST

START_TEST(keys_of_a_zone_beside_the_question_are_the_callers_fault)
{
    struct name other = name_of("other.");
    struct zone_keys keys = keys_of(&other);
    begin(REPLY_POSITIVE, "www.example.", TYPE_A, "example.");
    validator_give(validator_create(&question, bench.arena), &keys);
}
END_TEST

static TCase *case_of(const char *name)
{
    TCase *tcase = tcase_create(name);
    tcase_add_unchecked_fixture(tcase, world_up, world_down);
    return tcase;
}

static TCase *wildcards(void)
{
    TCase *tcase = case_of("wildcards");
    tcase_add_test(tcase, an_expanded_wildcard_needs_proof_that_it_was_needed);
    tcase_add_test(tcase, an_expanded_wildcard_is_bogus_where_the_name_or_a_nearer_one_exists);
    tcase_add_test(tcase, a_wildcard_through_opt_out_is_insecure_but_stands);
    tcase_add_test(tcase, the_proof_around_a_wildcard_must_be_signed_by_the_same_zone);
    tcase_add_test(tcase, the_wildcard_asked_for_by_name_is_no_expansion);
    tcase_add_test(tcase, an_nsec_that_was_itself_expanded_proves_nothing);
    tcase_add_test(tcase, only_lawful_label_counts_can_make_a_wildcard);
    return tcase;
}

static TCase *cached(void)
{
    TCase *tcase = case_of("cached");
    tcase_add_test(tcase, a_set_that_arrives_secure_costs_nothing);
    tcase_add_test(tcase, a_wildcard_that_arrives_secure_still_needs_its_proof);
    tcase_add_test(tcase, a_set_that_arrives_secure_by_two_signers_is_proven_anew);
    tcase_add_test(tcase, a_set_that_arrives_secure_by_a_key_that_is_gone_is_proven_anew);
    tcase_add_test(tcase, a_denial_that_arrives_secure_by_a_key_that_is_gone_proves_nothing);
    tcase_add_test(tcase, a_denial_that_arrives_secure_by_another_zone_is_not_this_zones);
    tcase_add_test(tcase, hashes_are_shared_by_the_validations_of_a_job);
    return tcase;
}

static TCase *contract(void)
{
    TCase *tcase = case_of("contract");
    tcase_add_test_raise_signal(tcase, a_ds_judged_from_its_own_zone_is_the_callers_fault, SIGABRT);
    tcase_add_test_raise_signal(tcase, an_answer_about_another_name_is_the_callers_fault, SIGABRT);
    tcase_add_test_raise_signal(tcase, keys_of_a_zone_beside_the_question_are_the_callers_fault,
                                SIGABRT);
    return tcase;
}

Suite *dnssec_validator_work_suite(void)
{
    Suite *suite = suite_create("dnssec/validator_work");
    TCase *tcase = case_of("work");
    tcase_add_loop_test(tcase, a_verdict_is_the_same_in_one_turn_and_in_many, 0, ROWS(asks));
    tcase_add_loop_test(tcase, a_verdict_is_spent_when_the_budget_is, 0, ROWS(asks));
    tcase_add_test(tcase, hashing_that_ran_out_is_spent_too);
    tcase_add_test(tcase, good_checks_used_up_by_one_reply_are_spent_not_bogus);
    tcase_add_test(tcase, failures_used_up_by_one_reply_are_bogus);
    tcase_add_test(tcase, a_full_arena_is_spent);
    tcase_add_test(tcase, a_padded_denial_costs_no_more_than_eight_records);
    tcase_add_test(tcase, records_that_cost_nothing_take_nobodys_place);
    suite_add_tcase(suite, wildcards());
    suite_add_tcase(suite, tcase);
    suite_add_tcase(suite, cached());
    suite_add_tcase(suite, contract());
    return suite;
}
