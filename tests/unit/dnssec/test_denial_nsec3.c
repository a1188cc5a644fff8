#include "tests/unit/dnssec/denial_test.h"

/* ---- the proofs of RFC 5155 §B, record by record ---- */

static const char appendix[] = "example. SOA NS MX DNSKEY NSEC3PARAM\n"
                               "2t7b4g4vsa5smi47k61mv5bv1a22bojr.example. A\n"
                               "a.example. NS DS\n"
                               "ai.example. A HINFO AAAA\n"
                               "c.example. NS\n"
                               "ns1.example. A\n"
                               "ns2.example. A\n"
                               "*.w.example. MX\n"
                               "x.w.example. MX\n"
                               "x.y.w.example. MX\n"
                               "xx.example. A HINFO AAAA\n";

#define APEX  "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example."
#define NS1   "2t7b4g4vsa5smi47k61mv5bv1a22bojr.example."
#define X_W   "b4um86eghhds6nea196smvmlo4ors995.example."
#define W     "k8udemvp1j2f7eg6jebps17vp3n8i58h.example."
#define Y_W   "ji6neoaepv8b5o6k4ev33abha8ht9fgc.example."
#define ANY_W "r53bq7cc2uvmubfu5ocmm6pers9tk9en.example."
#define A     "35mthgpgcu1qg68fab165klnsnk3dpvl.example."
#define NS2   "q04jkcevqvmu85r014c7dkba38o0ji5r.example."

/* All flags of §A are opt-out: what needs a next closer name is insecure (RFC 5155 §9.2). */
static const struct ask appendix_asks[] = {
    /* §B.1: closest encloser x.w, next closer c.x.w, wildcard *.x.w. */
    { DENIAL_NAME, "a.c.x.w.example.", "", APEX " " X_W " " A, DENIAL_PROVEN_INSECURE,
      "x.w.example." },
    { DENIAL_NAME, "a.c.x.w.example.", "", APEX " " X_W, DENIAL_UNPROVEN, NULL },
    { DENIAL_NAME, "a.c.x.w.example.", "", APEX " " A, DENIAL_UNPROVEN, NULL },
    { DENIAL_NAME, "a.c.x.w.example.", "", X_W " " A, DENIAL_UNPROVEN, NULL },
    /* §B.2 and §B.2.1. */
    { DENIAL_TYPE, "ns1.example.", "MX", NS1, DENIAL_PROVEN, NULL },
    { DENIAL_TYPE, "y.w.example.", "A", Y_W, DENIAL_PROVEN, NULL },
    /* §B.3: the delegation c.example in the span of A, the apex for encloser. */
    { DENIAL_DS, "c.example.", "", A " " APEX, DENIAL_DELEGATION, "example." },
    { DENIAL_DS, "c.example.", "", A, DENIAL_UNPROVEN, NULL },
    { DENIAL_DS, "c.example.", "", APEX, DENIAL_UNPROVEN, NULL },
    /* §B.4: z.w in the span of ns2. */
    { DENIAL_WILDCARD, "a.z.w.example.", "2", NS2, DENIAL_PROVEN_INSECURE, "w.example." },
    /* §B.5. */
    { DENIAL_TYPE, "a.z.w.example.", "AAAA", W " " NS2 " " ANY_W, DENIAL_PROVEN_INSECURE,
      "w.example." },
    { DENIAL_TYPE, "a.z.w.example.", "AAAA", W " " ANY_W, DENIAL_UNPROVEN, NULL },
    { DENIAL_TYPE, "a.z.w.example.", "AAAA", NS2 " " ANY_W, DENIAL_UNPROVEN, NULL },
    /* §B.6: the child's own record, with SOA. */
    { DENIAL_TYPE, "example.", "DS", APEX, DENIAL_UNPROVEN, NULL },
};

START_TEST(denial_takes_the_proofs_of_the_specification)
{
    struct denial_chain chain = { bench.keyring, "aabbccdd", 12, NSEC3_OPT_OUT };
    denial_zone_read(appendix, &zone);
    set_count = denial_zone_nsec3(&zone, &chain, bench.arena, sets);
    ask_all(appendix_asks, ROWS(appendix_asks));
}
END_TEST

/* ---- a zone with and without opt-out ---- */

static const char nsec3_zone[] = "example. SOA NS MX DNSKEY NSEC3PARAM\n"
                                 "2t7b4g4vsa5smi47k61mv5bv1a22bojr.example. A\n"
                                 "a.example. NS DS\n"
                                 "ai.example. A HINFO AAAA\n"
                                 "c.example. NS\n"
                                 "d.example. DNAME\n"
                                 "ns1.example. A\n"
                                 "ns2.example. A\n"
                                 "*.w.example. MX\n"
                                 "x.w.example. MX\n"
                                 "x.y.w.example. MX\n"
                                 "www.example. CNAME\n"
                                 "xx.example. A HINFO AAAA\n";

static void nsec3_zone_up(uint8_t flags)
{
    struct denial_chain chain = { bench.keyring, "aabbccdd", 12, flags };
    denial_zone_read(nsec3_zone, &zone);
    set_count = denial_zone_nsec3(&zone, &chain, bench.arena, sets);
}

static const struct ask nsec3_asks[] = {
    { DENIAL_NAME, "a.c.x.w.example.", "", NULL, DENIAL_PROVEN, "x.w.example." },
    { DENIAL_NAME, "A.C.x.w.EXAMPLE.", "", NULL, DENIAL_PROVEN, NULL },
    { DENIAL_NAME, "ns1.example.", "", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_NAME, "y.w.example.", "", NULL, DENIAL_UNPROVEN, NULL }, /* empty non-terminal */
    { DENIAL_NAME, "z.w.example.", "", NULL, DENIAL_UNPROVEN, NULL }, /* the wildcard stands */
    { DENIAL_NAME, "x.a.example.", "", NULL, DENIAL_UNPROVEN, NULL }, /* RFC 5155 §8.3 */
    { DENIAL_NAME, "x.c.example.", "", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_NAME, "x.d.example.", "", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_TYPE, "ns1.example.", "MX", NS1, DENIAL_PROVEN, NULL },
    { DENIAL_TYPE, "ns1.example.", "A", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_TYPE, "www.example.", "A", NULL, DENIAL_UNPROVEN, NULL }, /* RFC 6840 §4.3 */
    { DENIAL_TYPE, "y.w.example.", "A", Y_W, DENIAL_PROVEN, NULL },
    { DENIAL_TYPE, "y.w.example.", "ANY", Y_W, DENIAL_PROVEN, NULL },
    { DENIAL_TYPE, "ns1.example.", "ANY", NS1, DENIAL_UNPROVEN, NULL },
    { DENIAL_TYPE, "a.example.", "A", A, DENIAL_UNPROVEN, NULL },   /* the parent's record */
    { DENIAL_TYPE, "example.", "DS", APEX, DENIAL_UNPROVEN, NULL }, /* the child's */
    { DENIAL_TYPE, "a.z.w.example.", "AAAA", NULL, DENIAL_PROVEN, "w.example." },
    { DENIAL_TYPE, "a.z.w.example.", "AAAA", W " " ANY_W, DENIAL_UNPROVEN, NULL },
    { DENIAL_TYPE, "a.z.w.example.", "MX", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_TYPE, "ml.example.", "A", NULL, DENIAL_UNPROVEN, NULL }, /* RFC 5155 §8.5 */
    { DENIAL_WILDCARD, "a.z.w.example.", "2", NULL, DENIAL_PROVEN, "w.example." },
    { DENIAL_WILDCARD, "a.z.w.example.", "3", NULL, DENIAL_PROVEN, NULL }, /* as signed */
    { DENIAL_WILDCARD, "a.z.w.example.", "1", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_WILDCARD, "a.z.w.example.", "4", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_WILDCARD, "a.z.w.example.", "0", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_WILDCARD, "x.w.example.", "2", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_WILDCARD, "a.y.w.example.", "2", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_DS, "a.example.", "", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_DS, "c.example.", "", NULL, DENIAL_DELEGATION, NULL },
    { DENIAL_DS, "example.", "", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_DS, "ns1.example.", "", NULL, DENIAL_NO_CUT, NULL },
    { DENIAL_DS, "y.w.example.", "", NULL, DENIAL_NO_CUT, NULL },
    { DENIAL_DS, "ml.example.", "", NULL, DENIAL_NO_NAME, "example." },
    { DENIAL_DS, "z.w.example.", "", NULL, DENIAL_NO_NAME, "w.example." },
    { DENIAL_DS, "x.c.example.", "", NULL, DENIAL_UNPROVEN, NULL },
};

START_TEST(denial_by_nsec3_proves_what_its_records_say_and_no_more)
{
    nsec3_zone_up(0);
    ask_all(nsec3_asks, ROWS(nsec3_asks));
}
END_TEST

/* In an opt-out span an unsigned delegation may hide (RFC 5155 §6, §9.2, ruling A15). */
static const struct ask opt_out_asks[] = {
    { DENIAL_NAME, "a.c.x.w.example.", "", NULL, DENIAL_PROVEN_INSECURE, "x.w.example." },
    { DENIAL_TYPE, "ns1.example.", "MX", NULL, DENIAL_PROVEN, NULL },
    { DENIAL_TYPE, "y.w.example.", "A", NULL, DENIAL_PROVEN, NULL },
    { DENIAL_TYPE, "a.z.w.example.", "AAAA", NULL, DENIAL_PROVEN_INSECURE, "w.example." },
    { DENIAL_TYPE, "a.z.w.example.", "MX", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_TYPE, "ml.example.", "A", NULL, DENIAL_PROVEN_INSECURE, "example." },
    { DENIAL_WILDCARD, "a.z.w.example.", "2", NULL, DENIAL_PROVEN_INSECURE, "w.example." },
    { DENIAL_DS, "c.example.", "", NULL, DENIAL_DELEGATION, "example." },
    { DENIAL_DS, "mc.c.example.", "", NULL, DENIAL_DELEGATION, "example." },
    { DENIAL_DS, "a.example.", "", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_DS, "ns1.example.", "", NULL, DENIAL_NO_CUT, NULL },
    { DENIAL_DS, "x.d.example.", "", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_NAME, "x.d.example.", "", NULL, DENIAL_UNPROVEN, NULL },
};

START_TEST(denial_through_opt_out_is_proven_but_insecure)
{
    static const struct ask by_span = { DENIAL_DS, "c.example.", "", NULL, 0, NULL },
                            by_record = { DENIAL_DS, "ns1.example.", "", NULL, 0, NULL };
    nsec3_zone_up(NSEC3_OPT_OUT);
    ask_all(opt_out_asks, ROWS(opt_out_asks));
    ck_assert(ask(&by_span).opt_out);
    ck_assert_int_eq(ask(&by_span).why, WHY_NO_DS);
    ck_assert(!ask(&by_record).opt_out);
}
END_TEST

/* RFC 5155 §8.6: the span is enough, also where a wildcard of the closest encloser holds a DS. */
START_TEST(a_ds_denied_by_an_opt_out_span_needs_no_word_on_the_wildcard)
{
    static const struct ask asks[] = {
        { DENIAL_TYPE, "c.c.example.", "DS", NULL, DENIAL_PROVEN_INSECURE, "example." },
        { DENIAL_DS, "c.c.example.", "", NULL, DENIAL_DELEGATION, "example." },
        { DENIAL_TYPE, "c.c.example.", "A", NULL, DENIAL_UNPROVEN, NULL },
    };
    struct denial_chain chain = { bench.keyring, "", 0, NSEC3_OPT_OUT };
    denial_zone_read("example. SOA NS DNSKEY\n*.example. NS DS\nb.example. NS\n", &zone);
    set_count = denial_zone_nsec3(&zone, &chain, bench.arena, sets);
    ask_all(asks, ROWS(asks));
}
END_TEST

/* ---- iterations ---- */

START_TEST(denial_with_iterations_over_the_limit_costs_no_hash) /* RFC 9276 §3.2, ruling A14 */
{
    static const uint16_t iterations[] = { 51, 150, 65535 };
    static const struct ask over[] = {
        { DENIAL_NAME, "q.example.", "", NULL, DENIAL_PROVEN_INSECURE, NULL },
        { DENIAL_TYPE, "ns1.example.", "A", NULL, DENIAL_PROVEN_INSECURE, NULL },
        { DENIAL_WILDCARD, "q.example.", "1", NULL, DENIAL_PROVEN_INSECURE, NULL },
        { DENIAL_DS, "a.example.", "", NULL, DENIAL_PROVEN_INSECURE, NULL },
        { DENIAL_DS, "example.", "", NULL, DENIAL_UNPROVEN, NULL },
        { DENIAL_NAME, "q.test.", "", NULL, DENIAL_UNPROVEN, NULL },
    };
    struct denial_chain chain = { bench.keyring, "", 0, 0 };

    denial_zone_read(nsec3_zone, &zone);
    set_count = denial_zone_nsec3(&zone, &chain, bench.arena, sets);
    struct denial_span span = { .types = "A" };
    for (size_t i = 0; i < ROWS(iterations); i++) {
        chain.iterations = iterations[i];
        sets[0] = denial_nsec3(&chain, &zone.apex, &span, bench.arena);
        set_count = 1;
        ask_all(over, ROWS(over));
        ck_assert_int_eq(ask(&over[0]).why, WHY_NSEC3_ITERATIONS);
        ck_assert_uint_eq(bench.budget.spent[SPEND_NSEC3_BLOCKS], 0);
    }
}
END_TEST

START_TEST(denial_at_the_iteration_limit_is_a_proof_like_any_other)
{
    static const struct ask row = { DENIAL_NAME, "q.example.", "", NULL, DENIAL_PROVEN, NULL };
    struct denial_chain chain = { bench.keyring, "", 50, 0 };

    denial_zone_read(nsec3_zone, &zone);
    set_count = denial_zone_nsec3(&zone, &chain, bench.arena, sets);
    ask_all(&row, 1);
    ck_assert_uint_eq(bench.budget.spent[SPEND_NSEC3_BLOCKS], 3 * 51);
}
END_TEST

START_TEST(denial_keeps_two_chains_of_one_zone_apart) /* RFC 5155 §8.2 */
{
    static const struct ask whole = { DENIAL_NAME, "q.example.", "", NULL, 0, NULL };
    struct denial_chain old = { bench.keyring, "aa", 1, 0 }, new = { bench.keyring, "bb", 1, 0 };

    denial_zone_read("example. SOA NS\n", &zone);
    set_count = denial_zone_nsec3(&zone, &old, bench.arena, sets);
    set_count += denial_zone_nsec3(&zone, &new, bench.arena, sets + set_count);
    ck_assert_uint_eq(set_count, 2);
    ck_assert_int_eq(ask(&whole).answer, DENIAL_PROVEN);

    /* The apex by one chain, the rest by the other: no proof. */
    struct denial_span none = { .types = "" }, all = { .types = "", .from = { 1 }, .to = { 1 } };
    struct name apex = zone.apex;
    denial_hash(&old, &apex, none.from);
    memcpy(none.to, none.from, 20);
    none.to[19]++;
    sets[0] = denial_nsec3(&old, &apex, &none, bench.arena);
    sets[1] = denial_nsec3(&new, &apex, &all, bench.arena);
    ck_assert_int_eq(ask(&whole).answer, DENIAL_UNPROVEN);
}
END_TEST

/* ---- what a long name may cost: CVE-2023-50868 ---- */

static struct name longest_below(const struct name *apex)
{
    struct name name = *apex, longer;
    while (name_prepend((struct bytes){ (const uint8_t *)"x", 1 }, &name, &longer) == ST_OK)
        name = longer;
    return name;
}

START_TEST(denial_of_a_name_of_127_labels_costs_a_handful_of_hashes)
{
    denial_zone_read("example. SOA NS\nns1.example. A\n", &zone);
    struct denial_chain chain = { bench.keyring, "", 50, 0 };
    struct name name = longest_below(&zone.apex);
    struct denial_input input = {
        .question = DENIAL_NAME, .zone = &zone.apex, .name = &name, .sets = sets
    };

    ck_assert_uint_ge(name.labels, 123);
    input.count = denial_zone_nsec3(&zone, &chain, bench.arena, sets);
    ck_assert_int_eq(judge(&input).answer, DENIAL_PROVEN);
    ck_assert_uint_le(bench.budget.spent[SPEND_NSEC3_BLOCKS], 3 * 51);
}
END_TEST

START_TEST(denial_is_spent_not_wrong_when_the_blocks_are) /* ruling A2 */
{
    denial_zone_read("example. SOA NS\n", &zone);
    struct denial_chain chain = { bench.keyring, "", 50, 0 };
    struct denial_span narrow = { .from = { 1 }, .to = { 1, 1 }, .types = "A" };
    struct name name = longest_below(&zone.apex);
    struct denial_input input = {
        .question = DENIAL_NAME, .zone = &zone.apex, .name = &name, .sets = sets, .count = 1
    };

    sets[0] = denial_nsec3(&chain, &zone.apex, &narrow, bench.arena);
    struct denial_output output = judge(&input);
    ck_assert_int_eq(output.answer, DENIAL_SPENT);
    ck_assert_int_eq(output.why, WHY_VALIDATION_LIMIT);
    ck_assert_uint_le(bench.metrics.nsec3_blocks, 4096);
}
END_TEST

Suite *dnssec_denial_nsec3_suite(void)
{
    Suite *suite = suite_create("dnssec/denial_nsec3");
    TCase *tcase = tcase_create("nsec3");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, denial_takes_the_proofs_of_the_specification);
    tcase_add_test(tcase, denial_by_nsec3_proves_what_its_records_say_and_no_more);
    tcase_add_test(tcase, denial_through_opt_out_is_proven_but_insecure);
    tcase_add_test(tcase, a_ds_denied_by_an_opt_out_span_needs_no_word_on_the_wildcard);
    tcase_add_test(tcase, denial_with_iterations_over_the_limit_costs_no_hash);
    tcase_add_test(tcase, denial_at_the_iteration_limit_is_a_proof_like_any_other);
    tcase_add_test(tcase, denial_keeps_two_chains_of_one_zone_apart);
    tcase_add_test(tcase, denial_of_a_name_of_127_labels_costs_a_handful_of_hashes);
    tcase_add_test(tcase, denial_is_spent_not_wrong_when_the_blocks_are);
    suite_add_tcase(suite, tcase);
    return suite;
}
