#include "lib/dnssec/denial.h"

#include <stdio.h>

#include "tests/unit/dnssec/denial_test.h"

/* ---- NSEC: the zone of RFC 4035 §A, with what later RFCs make worth asking ---- */

static const char nsec_zone[] = "example. SOA NS MX DNSKEY\n"
                                "a.example. NS DS\n"
                                "ai.example. A HINFO AAAA\n"
                                "b.example. NS\n"
                                "d.example. DNAME\n"
                                "ns1.example. A\n"
                                "ns2.example. A\n"
                                "*.w.example. MX\n"
                                "x.w.example. MX\n"
                                "x.y.w.example. MX\n"
                                "deep.*.ww.example. A\n"
                                "www.example. CNAME\n"
                                "xx.example. A HINFO AAAA\n";

static const struct ask nsec_asks[] = {
    /* RFC 4035 §B.2: b.example covers the name, the apex the wildcard. */
    { DENIAL_NAME, "ml.example.", "", "d.example. example.", DENIAL_PROVEN, "example." },
    { DENIAL_NAME, "ml.example.", "", "d.example.", DENIAL_UNPROVEN, NULL },
    { DENIAL_NAME, "ml.example.", "", "example.", DENIAL_UNPROVEN, NULL },
    { DENIAL_NAME, "ml.example.", "", "", DENIAL_UNPROVEN, NULL },
    { DENIAL_NAME, "ML.Example.", "", NULL, DENIAL_PROVEN, NULL },
    { DENIAL_NAME, "z.example.", "", NULL, DENIAL_PROVEN, "example." }, /* around the end */
    { DENIAL_NAME, "q.ns1.example.", "", NULL, DENIAL_PROVEN, "ns1.example." },
    { DENIAL_NAME, "ns1.example.", "", NULL, DENIAL_UNPROVEN, NULL }, /* it exists */
    { DENIAL_NAME, "w.example.", "", NULL, DENIAL_UNPROVEN, NULL },   /* empty non-terminal */
    { DENIAL_NAME, "y.w.example.", "", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_NAME, "z.w.example.", "", NULL, DENIAL_UNPROVEN, NULL }, /* the wildcard stands */
    { DENIAL_NAME, "z.y.w.example.", "", NULL, DENIAL_PROVEN, "y.w.example." },
    { DENIAL_NAME, "z.ww.example.", "", NULL, DENIAL_UNPROVEN, NULL }, /* *.ww is an ENT */
    { DENIAL_NAME, "x.a.example.", "", NULL, DENIAL_UNPROVEN, NULL },  /* RFC 6840 §4.1 */
    { DENIAL_NAME, "x.b.example.", "", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_NAME, "x.d.example.", "", NULL, DENIAL_UNPROVEN, NULL },   /* RFC 6672 §5.3.4.1 */
    { DENIAL_NAME, "c.example.", "", NULL, DENIAL_PROVEN, "example." }, /* beside a delegation */
    { DENIAL_NAME, "e.example.", "", NULL, DENIAL_PROVEN, "example." }, /* beside a DNAME */
    { DENIAL_NAME, "test.", "", NULL, DENIAL_UNPROVEN, NULL },
    /* RFC 4035 §B.3, §B.7; RFC 6840 §4.3 (CNAME). */
    { DENIAL_TYPE, "ns1.example.", "MX", "ns1.example.", DENIAL_PROVEN, NULL },
    { DENIAL_TYPE, "ns1.example.", "A", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_TYPE, "ns1.example.", "ANY", NULL, DENIAL_UNPROVEN, NULL }, /* RFC 6840 §4.2 */
    { DENIAL_TYPE, "www.example.", "A", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_TYPE, "www.example.", "CNAME", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_TYPE, "example.", "A", NULL, DENIAL_PROVEN, NULL },
    { DENIAL_TYPE, "a.example.", "A", NULL, DENIAL_UNPROVEN, NULL }, /* RFC 6840 §4.1 */
    { DENIAL_TYPE, "b.example.", "DS", NULL, DENIAL_PROVEN, NULL },
    { DENIAL_TYPE, "example.", "DS", NULL, DENIAL_UNPROVEN, NULL }, /* the child's side */
    { DENIAL_TYPE, "d.example.", "A", NULL, DENIAL_PROVEN, NULL },  /* RFC 6672 §5.3.4.2 */
    { DENIAL_TYPE, "w.example.", "A", "ns2.example.", DENIAL_PROVEN, NULL }, /* ENT */
    { DENIAL_TYPE, "y.w.example.", "A", "x.w.example.", DENIAL_PROVEN, NULL },
    { DENIAL_TYPE, "y.w.example.", "ANY", "x.w.example.", DENIAL_PROVEN, NULL },
    { DENIAL_TYPE, "a.z.w.example.", "AAAA", "x.y.w.example. *.w.example.", DENIAL_PROVEN,
      "w.example." },
    { DENIAL_TYPE, "a.z.w.example.", "MX", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_TYPE, "a.z.w.example.", "AAAA", "x.y.w.example.", DENIAL_UNPROVEN, NULL },
    { DENIAL_TYPE, "a.z.w.example.", "AAAA", "*.w.example.", DENIAL_UNPROVEN, NULL },
    { DENIAL_TYPE, "*.w.example.", "AAAA", "*.w.example.", DENIAL_PROVEN, NULL },
    { DENIAL_TYPE, "q.ww.example.", "A", NULL, DENIAL_PROVEN, "ww.example." }, /* wildcard ENT */
    { DENIAL_TYPE, "ml.example.", "A", NULL, DENIAL_UNPROVEN, NULL }, /* an NXDOMAIN proof */
    { DENIAL_TYPE, "x.b.example.", "A", NULL, DENIAL_UNPROVEN, NULL },
    /* RFC 4035 §B.6. */
    { DENIAL_WILDCARD, "a.z.w.example.", "2", "x.y.w.example.", DENIAL_PROVEN, "w.example." },
    { DENIAL_WILDCARD, "a.z.w.example.", "1", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_WILDCARD, "a.z.w.example.", "3", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_WILDCARD, "a.z.w.example.", "2", "*.w.example.", DENIAL_UNPROVEN, NULL },
    { DENIAL_WILDCARD, "x.w.example.", "2", NULL, DENIAL_UNPROVEN, NULL },   /* it exists */
    { DENIAL_WILDCARD, "y.w.example.", "2", NULL, DENIAL_UNPROVEN, NULL },   /* as an ENT */
    { DENIAL_WILDCARD, "a.y.w.example.", "2", NULL, DENIAL_UNPROVEN, NULL }, /* y is nearer */
    { DENIAL_WILDCARD, "x.a.example.", "1", NULL, DENIAL_UNPROVEN, NULL },
    /* RFC 4035 §B.5, §B.8; RFC 6840 §4.4. */
    { DENIAL_DS, "b.example.", "", "b.example.", DENIAL_DELEGATION, NULL },
    { DENIAL_DS, "a.example.", "", NULL, DENIAL_UNPROVEN, NULL },   /* it has one */
    { DENIAL_DS, "example.", "", NULL, DENIAL_UNPROVEN, NULL },     /* the child's side */
    { DENIAL_DS, "www.example.", "", NULL, DENIAL_UNPROVEN, NULL }, /* CNAME */
    { DENIAL_DS, "ns1.example.", "", "ns1.example.", DENIAL_NO_CUT, NULL },
    { DENIAL_DS, "w.example.", "", "ns2.example.", DENIAL_NO_CUT, NULL },
    { DENIAL_DS, "ml.example.", "", NULL, DENIAL_NO_NAME, "example." },
    { DENIAL_DS, "ml.example.", "", "d.example.", DENIAL_UNPROVEN, NULL },
    { DENIAL_DS, "q.w.example.", "", NULL, DENIAL_NO_NAME, "w.example." }, /* LIMITS C5 */
    { DENIAL_DS, "z.w.example.", "", "*.w.example.", DENIAL_UNPROVEN, NULL },
    { DENIAL_DS, "z.w.example.", "", "x.y.w.example.", DENIAL_UNPROVEN, NULL },
    { DENIAL_DS, "z.w.example.", "", "x.y.w.example. *.w.example.", DENIAL_NO_NAME, NULL },
    { DENIAL_DS, "x.b.example.", "", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_DS, "x.d.example.", "", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_DS, "test.", "", NULL, DENIAL_UNPROVEN, NULL },
    { DENIAL_DS, ".", "", NULL, DENIAL_UNPROVEN, NULL },
};

START_TEST(denial_by_nsec_proves_what_its_records_say_and_no_more)
{
    denial_zone_read(nsec_zone, &zone);
    set_count = denial_zone_nsec(&zone, bench.arena, sets);
    ask_all(nsec_asks, ROWS(nsec_asks));
}
END_TEST

START_TEST(denial_of_the_root_is_the_only_one_about_a_zones_own_ds)
{
    static const struct ask asks[] = {
        { DENIAL_DS, ".", "", NULL, DENIAL_PROVEN, NULL },
        { DENIAL_DS, "net.", "", NULL, DENIAL_DELEGATION, NULL },
        { DENIAL_DS, "org.", "", NULL, DENIAL_NO_NAME, "." },
        { DENIAL_NAME, "org.", "", NULL, DENIAL_PROVEN, "." },
        { DENIAL_TYPE, ".", "DS", NULL, DENIAL_PROVEN, NULL },
        { DENIAL_TYPE, ".", "SOA", NULL, DENIAL_UNPROVEN, NULL },
    };
    denial_zone_read(". SOA NS\ncom. NS DS\nnet. NS\n", &zone);
    set_count = denial_zone_nsec(&zone, bench.arena, sets);
    ask_all(asks, ROWS(asks));
    set_count = denial_zone_nsec3(&zone, &(struct denial_chain){ bench.keyring, "", 0, 0 },
                                  bench.arena, sets);
    ask_all(asks, ROWS(asks));
}
END_TEST

/* ---- compact denial ---- */

START_TEST(denial_takes_the_compact_forms) /* RFC 9824 §3 */
{
    static const struct ask asks[] = {
        { DENIAL_TYPE, "x.example.", "A", "x.example.", DENIAL_PROVEN, NULL },
        { DENIAL_TYPE, "x.example.", "ANY", "x.example.", DENIAL_PROVEN, NULL },
        { DENIAL_TYPE, "x.example.", "NXNAME", "x.example.", DENIAL_UNPROVEN, NULL },
        { DENIAL_NAME, "x.example.", "", "x.example.", DENIAL_PROVEN, NULL }, /* RFC 9824 §5.1 */
        { DENIAL_DS, "x.example.", "", "x.example.", DENIAL_NO_NAME, NULL },
        { DENIAL_NAME, "y.example.", "", "y.example.", DENIAL_UNPROVEN, NULL }, /* it exists */
        { DENIAL_TYPE, "y.example.", "A", "y.example.", DENIAL_PROVEN, NULL },
        { DENIAL_DS, "y.example.", "", "y.example.", DENIAL_NO_CUT, NULL },
        { DENIAL_NAME, "z.example.", "", "z.example.", DENIAL_UNPROVEN, NULL }, /* NXNAME with A */
        { DENIAL_TYPE, "u.example.", "A", "u.example.", DENIAL_UNPROVEN, NULL },
        { DENIAL_DS, "u.example.", "", "u.example.", DENIAL_DELEGATION, NULL },
    };
    denial_zone_read("example. SOA NS\n", &zone);
    sets[0] = denial_nsec("x.example.", "\\000.x.example.", "RRSIG NSEC NXNAME", bench.arena);
    sets[1] = denial_nsec("y.example.", "\\000.y.example.", "RRSIG NSEC", bench.arena);
    sets[2] = denial_nsec("z.example.", "\\000.z.example.", "A RRSIG NSEC NXNAME", bench.arena);
    sets[3] = denial_nsec("u.example.", "\\000.u.example.", "NS RRSIG NSEC", bench.arena);
    set_count = 4;
    ask_all(asks, ROWS(asks));
}
END_TEST

/* ---- what must not serve ---- */

/* An apex has a SOA, so it exists (RFC 1034 §4.2.1). The child's word that it does not would be
 * kept for the whole name, the DS that the parent has there included. */
START_TEST(denial_of_an_apex_by_its_own_zone_is_none)
{
    static const struct ask asks[] = {
        { DENIAL_NAME, "example.", "", "example.", DENIAL_UNPROVEN, NULL },
        { DENIAL_NAME, "x.example.", "", "x.example.", DENIAL_PROVEN, NULL },
    };
    denial_zone_read("example. SOA NS\n", &zone);
    sets[0] = denial_nsec("example.", "\\000.example.", "RRSIG NSEC NXNAME", bench.arena);
    sets[1] = denial_nsec("x.example.", "\\000.x.example.", "RRSIG NSEC NXNAME", bench.arena);
    set_count = 2;
    ask_all(asks, ROWS(asks));
}
END_TEST

START_TEST(denial_ignores_records_that_leave_the_zone) /* LIMITS C2, CVE-2026-13321 */
{
    static const struct ask asks[] = {
        { DENIAL_NAME, "b.example.", "", NULL, DENIAL_UNPROVEN, NULL },
        { DENIAL_NAME, "b.test.", "", NULL, DENIAL_UNPROVEN, NULL },
    };
    denial_zone_read("example. SOA NS\n", &zone);
    sets[0] = denial_nsec("example.", "z.test.", "NS SOA RRSIG NSEC", bench.arena);
    set_count = 1;
    ask_all(asks, ROWS(asks));
}
END_TEST

START_TEST(denial_ignores_a_childs_and_a_parents_nsec) /* LIMITS C4, B 5967 */
{
    static const struct ask asks[] = {
        { DENIAL_DS, "sub.example.", "", NULL, DENIAL_UNPROVEN, NULL },
        { DENIAL_NAME, "x.sub.example.", "", NULL, DENIAL_UNPROVEN, NULL },
    };
    denial_zone_read("example. SOA NS\n", &zone);
    sets[0] = denial_nsec("sub.example.", "sub.example.", "NS SOA RRSIG NSEC", bench.arena);
    sets[1] = denial_nsec(".", "zz.", "NS SOA RRSIG NSEC", bench.arena);
    set_count = 2;
    ask_all(asks, ROWS(asks));
}
END_TEST

START_TEST(denial_looks_at_no_more_records_than_the_limit) /* LIMITS D4 */
{
    static const struct ask far = { DENIAL_TYPE, "n8.example.", "MX", NULL, 0, NULL },
                            near = { DENIAL_TYPE, "n7.example.", "MX", NULL, 0, NULL };
    char owner[32];

    denial_zone_read("example. SOA NS\n", &zone);
    limits_defaults(&bench.limits);
    for (set_count = 0; set_count < 9; set_count++) {
        snprintf(owner, sizeof owner, "n%zu.example.", set_count);
        sets[set_count] = denial_nsec(owner, "z.example.", "A RRSIG NSEC", bench.arena);
    }
    ck_assert_int_eq(ask(&near).answer, DENIAL_PROVEN);
    ck_assert_int_eq(ask(&far).answer, DENIAL_UNPROVEN);
    bench.limits.denial_records = 9;
    ck_assert_int_eq(ask(&far).answer, DENIAL_PROVEN);
}
END_TEST

START_TEST(denial_tells_why_it_is_not_proven)
{
    static const struct {
        struct ask ask;
        enum why why;
    } rows[] = {
        { { DENIAL_NAME, "ml.example.", "", "", 0, NULL }, WHY_DENIAL_MISSING },
        { { DENIAL_TYPE, "ml.example.", "A", "", 0, NULL }, WHY_DENIAL_MISSING },
        { { DENIAL_NAME, "ml.example.", "", "example.", 0, NULL }, WHY_DENIAL_WRONG },
        { { DENIAL_TYPE, "ml.example.", "A", "example.", 0, NULL }, WHY_DENIAL_WRONG },
        { { DENIAL_WILDCARD, "ml.example.", "1", "example.", 0, NULL }, WHY_WILDCARD_UNPROVEN },
        { { DENIAL_DS, "ml.example.", "", "example.", 0, NULL }, WHY_DS_DENIAL_MISSING },
        { { DENIAL_DS, "b.example.", "", NULL, 0, NULL }, WHY_NO_DS },
        { { DENIAL_NAME, "ml.example.", "", NULL, 0, NULL }, WHY_NONE },
    };
    denial_zone_read(nsec_zone, &zone);
    set_count = denial_zone_nsec(&zone, bench.arena, sets);
    for (size_t i = 0; i < ROWS(rows); i++)
        ck_assert_msg(ask(&rows[i].ask).why == rows[i].why, "row %zu", i);
}
END_TEST

Suite *dnssec_denial_suite(void)
{
    Suite *suite = suite_create("dnssec/denial");
    TCase *tcase = tcase_create("nsec");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, denial_by_nsec_proves_what_its_records_say_and_no_more);
    tcase_add_test(tcase, denial_of_the_root_is_the_only_one_about_a_zones_own_ds);
    tcase_add_test(tcase, denial_takes_the_compact_forms);
    tcase_add_test(tcase, denial_of_an_apex_by_its_own_zone_is_none);
    tcase_add_test(tcase, denial_ignores_records_that_leave_the_zone);
    tcase_add_test(tcase, denial_ignores_a_childs_and_a_parents_nsec);
    tcase_add_test(tcase, denial_looks_at_no_more_records_than_the_limit);
    tcase_add_test(tcase, denial_tells_why_it_is_not_proven);
    suite_add_tcase(suite, tcase);
    return suite;
}
