#include "lib/dnssec/nsec.h"

#include "lib/wire/type.h"
#include "tests/support/denial_zone.h"
#include "tests/support/proof_bench.h"
#include "tests/unit/wire/wire_test.h"

static struct proof_bench bench;

static void set_up(void)
{
    proof_bench_up(&bench);
}

static void tear_down(void)
{
    proof_bench_down(&bench);
}

static struct nsec nsec_of(const char *owner, const char *next, const char *types)
{
    struct name root = name_of(".");
    struct nsec nsec;
    ck_assert(nsec_read(denial_nsec(owner, next, types, bench.arena), &root, &nsec));
    return nsec;
}

static struct rrset *set_of(uint16_t type, const struct bytes *rdatas, size_t count)
{
    struct name owner = name_of("a.example.");
    struct rrset_parts parts = {
        .owner = &owner, .type = type, .rdatas = rdatas, .rr_count = count
    };
    struct rrset *set;
    ck_assert(rrset_pack(&parts, bench.arena, &set) == ST_OK);
    return set;
}

/* ---- reading ---- */

static const struct {
    const char *owner, *next, *zone;
    bool read;
} places[] = {
    { "a.example.", "b.example.", "example.", true },
    { "example.", "example.", "example.", true },
    { "A.EXAMPLE.", "b.example.", "eXample.", true },
    { "a.example.", "other.test.", "example.", false }, /* CVE-2026-13321 */
    { "a.example.", "b.example.", "a.example.", false },
    { "a.example.", "b.example.", "b.example.", false },
    { "a.example.", "b.example.", ".", true },
};

START_TEST(nsec_read_wants_owner_and_next_inside_the_zone) /* LIMITS C2 */
{
    struct name zone = name_of(places[_i].zone);
    struct nsec nsec;
    struct rrset *set = denial_nsec(places[_i].owner, places[_i].next, "A", bench.arena);
    ck_assert_int_eq(nsec_read(set, &zone, &nsec), places[_i].read);
}
END_TEST

static const struct {
    const char *what;
    struct bytes rdata;
} unsound[] = {
    { "nothing", { (const uint8_t *)"", 0 } },
    { "the name ends early", { (const uint8_t *)"\7exam", 5 } },
    { "a compressed name", { (const uint8_t *)"\1b\xc0\0\0\1\x40", 7 } },
    { "the map is unsound", { (const uint8_t *)"\1b\7example\0\0\2\x40", 14 } },
};

START_TEST(nsec_read_refuses_unsound_rdata) /* LIMITS C9 */
{
    struct name zone = name_of("example.");
    struct nsec nsec;
    ck_assert_msg(!nsec_read(set_of(TYPE_NSEC, &unsound[_i].rdata, 1), &zone, &nsec), "%s",
                  unsound[_i].what);
}
END_TEST

START_TEST(nsec_read_refuses_another_type_and_more_than_one_record)
{
    struct bytes rdatas[] = { { (const uint8_t *)"\1b\7example\0\0\1\x40", 14 },
                              { (const uint8_t *)"\1c\7example\0\0\1\x40", 14 } };
    struct name zone = name_of("example.");
    struct nsec nsec;
    ck_assert(nsec_read(set_of(TYPE_NSEC, rdatas, 1), &zone, &nsec));
    ck_assert(!nsec_read(set_of(TYPE_NSEC, rdatas, 2), &zone, &nsec));
    ck_assert(!nsec_read(set_of(TYPE_NSEC, rdatas, 0), &zone, &nsec));
    ck_assert(!nsec_read(set_of(TYPE_NSEC3, rdatas, 1), &zone, &nsec));
}
END_TEST

/* ---- covering ---- */

static const struct {
    const char *owner, *next, *types, *name;
    bool covers;
} spans[] = {
    { "a.example.", "c.example.", "A", "b.example.", true },
    { "a.example.", "c.example.", "A", "B.Example.", true },
    { "a.example.", "c.example.", "A", "a.example.", false }, /* strictly between */
    { "a.example.", "c.example.", "A", "c.example.", false },
    { "a.example.", "c.example.", "A", "d.example.", false },
    { "a.example.", "c.example.", "A", "example.", false },
    { "a.example.", "c.example.", "A", "x.a.example.", true }, /* RFC 4034 §6.1: right after a */
    { "a.example.", "c.example.", "A", "x.c.example.", false },
    { "a.example.", "c.example.", "A", "b.test.", false }, /* another zone's name */
    /* The last NSEC goes back to the apex. */
    { "w.example.", "example.", "A", "x.example.", true },
    { "w.example.", "example.", "A", "b.example.", false },
    { "w.example.", "example.", "A", "example.", false },
    { "w.example.", "example.", "A", "x.test.", false },
    { "example.", "example.", "SOA NS", "a.example.", true }, /* a zone of one name */
    { "example.", "example.", "SOA NS", "example.", false },
    /* One that goes back to elsewhere, or nowhere, denies nothing. */
    { "w.example.", "b.example.", "A", "x.example.", false },
    { "w.example.", "b.example.", "A", "a.example.", false },
    { "w.example.", "w.example.", "A", "x.example.", false },
    { "w.example.", "w.example.", "A", "a.example.", false },
    /* RFC 6840 §4.1: below an ancestor delegation or a DNAME the zone has nothing to say. */
    { "a.example.", "c.example.", "NS", "x.a.example.", false },
    { "a.example.", "c.example.", "NS DS", "x.a.example.", false },
    { "a.example.", "c.example.", "NS", "b.example.", true },
    { "example.", "c.example.", "NS SOA", "b.example.", true },     /* an apex is no delegation */
    { "a.example.", "c.example.", "DNAME", "x.a.example.", false }, /* RFC 6672 §5.3.4.1 */
    { "example.", "c.example.", "SOA NS DNAME", "b.example.", false },
    { "a.example.", "c.example.", "DNAME", "b.example.", true },
};

START_TEST(nsec_covers_what_lies_strictly_inside_and_is_not_cut_off)
{
    struct nsec nsec = nsec_of(spans[_i].owner, spans[_i].next, spans[_i].types);
    struct name name = name_of(spans[_i].name), zone = name_of("example.");
    ck_assert_msg(nsec_covers(&nsec, &name, &zone) == spans[_i].covers, "%s in [%s, %s] %s",
                  spans[_i].name, spans[_i].owner, spans[_i].next, spans[_i].types);
}
END_TEST

static const struct {
    const char *owner, *next, *types, *name;
    bool shown;
} empties[] = {
    { "a.example.", "x.y.example.", "A", "y.example.", true },
    { "a.example.", "z.x.y.example.", "A", "y.example.", true },
    { "a.example.", "z.x.y.example.", "A", "x.y.example.", true },
    { "a.example.", "x.y.example.", "A", "w.y.example.", false }, /* covered, not above next */
    { "a.example.", "x.y.example.", "A", "x.y.example.", false },
    { "a.y.example.", "x.y.example.", "A", "y.example.", false },    /* y stands before the span */
    { "a.example.", "x.y.a.example.", "NS", "y.a.example.", false }, /* RFC 6840 §4.1 */
    { "a.example.", "x.y.a.example.", "DNAME", "y.a.example.", false },
    { "a.example.", "x.*.example.", "A", "*.example.", false }, /* '*' sorts before a */
    { "example.", "x.*.example.", "SOA NS", "*.example.", true },
};

START_TEST(nsec_shows_an_empty_nonterminal_when_next_is_below_it) /* RFC 4592 §2.2.2 */
{
    struct nsec nsec = nsec_of(empties[_i].owner, empties[_i].next, empties[_i].types);
    struct name name = name_of(empties[_i].name);
    ck_assert_msg(nsec_shows_empty_nonterminal(&nsec, &name) == empties[_i].shown, "%s",
                  empties[_i].name);
}
END_TEST

static const struct {
    const char *owner, *next, *name, *encloser;
} enclosers[] = {
    { "a.example.", "c.example.", "b.example.", "example." },
    { "a.example.", "c.example.", "z.a.example.", "a.example." },
    { "a.example.", "x.c.example.", "w.c.example.", "c.example." },
    { "y.c.example.", "x.d.example.", "z.c.example.", "c.example." },
    { "w.example.", "example.", "x.example.", "example." },
    { "a.example.", "c.EXAMPLE.", "b.Example.", "Example." },
};

START_TEST(nsec_closest_encloser_is_the_longest_ancestor_of_either_end) /* RFC 4592 §3.3.1 */
{
    struct nsec nsec = nsec_of(enclosers[_i].owner, enclosers[_i].next, "A");
    struct name name = name_of(enclosers[_i].name);
    struct name found = nsec_closest_encloser(&nsec, &name);
    char text[NAME_TEXT];
    ck_assert_str_eq(name_text(&found, text, sizeof text), enclosers[_i].encloser);
}
END_TEST

START_TEST(nsec_matches_its_owner_in_any_case_and_nothing_a_wildcard_stands_for)
{
    struct nsec nsec = nsec_of("*.a.example.", "c.example.", "A");
    struct name same = name_of("*.A.example."), expanded = name_of("x.a.example.");
    ck_assert(nsec_matches(&nsec, &same));
    ck_assert(!nsec_matches(&nsec, &expanded));
}
END_TEST

Suite *dnssec_nsec_suite(void)
{
    Suite *suite = suite_create("dnssec/nsec");
    TCase *tcase = tcase_create("nsec");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, nsec_read_wants_owner_and_next_inside_the_zone, 0, ROWS(places));
    tcase_add_loop_test(tcase, nsec_read_refuses_unsound_rdata, 0, ROWS(unsound));
    tcase_add_test(tcase, nsec_read_refuses_another_type_and_more_than_one_record);
    tcase_add_loop_test(tcase, nsec_covers_what_lies_strictly_inside_and_is_not_cut_off, 0,
                        ROWS(spans));
    tcase_add_loop_test(tcase, nsec_shows_an_empty_nonterminal_when_next_is_below_it, 0,
                        ROWS(empties));
    tcase_add_loop_test(tcase, nsec_closest_encloser_is_the_longest_ancestor_of_either_end, 0,
                        ROWS(enclosers));
    tcase_add_test(tcase, nsec_matches_its_owner_in_any_case_and_nothing_a_wildcard_stands_for);
    suite_add_tcase(suite, tcase);
    return suite;
}
