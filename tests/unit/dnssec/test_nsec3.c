#include "lib/dnssec/nsec3.h"

#include "lib/wire/type.h"
#include "tests/support/denial_zone.h"
#include "tests/support/proof_bench.h"
#include "tests/unit/wire/wire_test.h"

static struct proof_bench bench;
static struct nsec3_hashes hashes;

static void set_up(void)
{
    proof_bench_up(&bench);
    hashes = (struct nsec3_hashes){ .last = NULL };
}

static void tear_down(void)
{
    proof_bench_down(&bench);
}

/* ---- hashing ---- */

/* RFC 5155 §A. */
static const struct {
    const char *name, *hash;
} appendix[] = {
    { "example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom" },
    { "a.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl" },
    { "ai.example.", "gjeqe526plbf1g8mklp59enfd789njgi" },
    { "ns1.example.", "2t7b4g4vsa5smi47k61mv5bv1a22bojr" },
    { "ns2.example.", "q04jkcevqvmu85r014c7dkba38o0ji5r" },
    { "w.example.", "k8udemvp1j2f7eg6jebps17vp3n8i58h" },
    { "*.w.example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en" },
    { "x.w.example.", "b4um86eghhds6nea196smvmlo4ors995" },
    { "y.w.example.", "ji6neoaepv8b5o6k4ev33abha8ht9fgc" },
    { "x.y.w.example.", "2vptu5timamqttgl4luu9kg21e0aor3s" },
    { "xx.example.", "t644ebqk9bibcna874givr6joj62mlhv" },
    { "X.Y.W.eXAMPLE.", "2vptu5timamqttgl4luu9kg21e0aor3s" }, /* RFC 5155 §5: lower case */
};

START_TEST(nsec3_hash_gives_the_hashes_of_the_specification)
{
    const struct nsec3 parameters = { .iterations = 12,
                                      .salt = { (const uint8_t *)"\xaa\xbb\xcc\xdd", 4 } };
    struct name name = name_of(appendix[_i].name);
    uint8_t hash[NSEC3_HASH_OCTETS];
    char text[33];

    ck_assert(nsec3_hash(&parameters, &name, &hashes, &bench.desk, hash) == PROOF_GOOD);
    ck_assert_str_eq(denial_base32hex(hash, text), appendix[_i].hash);
}
END_TEST

static uint32_t blocks_spent(void)
{
    return bench.budget.spent[SPEND_NSEC3_BLOCKS];
}

static const uint8_t zeros[255];

static struct nsec3 parameters_of(uint16_t iterations, size_t salt_octets)
{
    return (struct nsec3){ .iterations = iterations, .salt = { zeros, salt_octets } };
}

static const struct {
    uint16_t iterations;
    size_t salt_octets;
    uint32_t blocks; /* for www.example., 13 octets */
} prices[] = {
    { 0, 0, 1 },    { 1, 0, 2 },     { 50, 0, 51 }, { 50, 8, 51 }, { 10, 35, 11 },
    { 10, 36, 21 }, { 10, 255, 55 }, { 0, 42, 1 },  { 0, 43, 2 },
};

START_TEST(nsec3_hash_is_priced_in_the_blocks_it_takes) /* LIMITS D3 */
{
    struct nsec3 parameters = parameters_of(prices[_i].iterations, prices[_i].salt_octets);
    struct name name = name_of("www.example.");
    uint8_t hash[NSEC3_HASH_OCTETS];

    ck_assert_uint_eq(name.len, 13);
    ck_assert(nsec3_hash(&parameters, &name, &hashes, &bench.desk, hash) == PROOF_GOOD);
    ck_assert_uint_eq(blocks_spent(), prices[_i].blocks);
    ck_assert_uint_eq(bench.metrics.nsec3_blocks, prices[_i].blocks);
}
END_TEST

START_TEST(nsec3_hash_is_not_paid_twice_within_a_job) /* ruling A8 */
{
    struct nsec3 parameters = parameters_of(10, 4);
    struct name name = name_of("www.example."), upper = name_of("WWW.example.");
    uint8_t first[NSEC3_HASH_OCTETS], again[NSEC3_HASH_OCTETS];

    ck_assert(nsec3_hash(&parameters, &name, &hashes, &bench.desk, first) == PROOF_GOOD);
    uint32_t once = blocks_spent();
    ck_assert(nsec3_hash(&parameters, &upper, &hashes, &bench.desk, again) == PROOF_GOOD);
    ck_assert_uint_eq(blocks_spent(), once);
    ck_assert_mem_eq(first, again, sizeof first);
}
END_TEST

START_TEST(nsec3_hash_kept_for_other_parameters_or_another_name_does_not_serve)
{
    struct name name = name_of("www.example."), other = name_of("vvv.example.");
    struct nsec3 one = parameters_of(1, 4), two = parameters_of(2, 4), salted = parameters_of(1, 5);
    uint8_t hash[4][NSEC3_HASH_OCTETS];

    ck_assert(nsec3_hash(&one, &name, &hashes, &bench.desk, hash[0]) == PROOF_GOOD);
    ck_assert(nsec3_hash(&two, &name, &hashes, &bench.desk, hash[1]) == PROOF_GOOD);
    ck_assert(nsec3_hash(&salted, &name, &hashes, &bench.desk, hash[2]) == PROOF_GOOD);
    ck_assert(nsec3_hash(&one, &other, &hashes, &bench.desk, hash[3]) == PROOF_GOOD);
    for (int i = 1; i < 4; i++)
        ck_assert_mem_ne(hash[0], hash[i], sizeof hash[0]);
    ck_assert_uint_eq(hashes.count, 4);
}
END_TEST

START_TEST(nsec3_hashes_keep_no_more_than_their_bound)
{
    struct nsec3 parameters = parameters_of(0, 0);
    uint8_t hash[NSEC3_HASH_OCTETS];

    for (unsigned i = 0; i < 2 * NSEC3_HASHES_KEPT; i++) {
        uint8_t label[] = { (uint8_t)('a' + i / 26), (uint8_t)('a' + i % 26) };
        struct name name;
        ck_assert(name_prepend((struct bytes){ label, 2 }, &name_root, &name) == ST_OK);
        ck_assert(nsec3_hash(&parameters, &name, &hashes, &bench.desk, hash) == PROOF_GOOD);
    }
    ck_assert_uint_eq(hashes.count, NSEC3_HASHES_KEPT);
    ck_assert_uint_eq(blocks_spent(), 2 * NSEC3_HASHES_KEPT);
}
END_TEST

START_TEST(nsec3_hash_is_spent_when_the_blocks_are) /* CVE-2023-50868 */
{
    struct nsec3 parameters = parameters_of(50, 0);
    struct name name = name_of("www.example.");
    uint8_t hash[NSEC3_HASH_OCTETS] = { 0 }, untouched[NSEC3_HASH_OCTETS] = { 0 };

    ck_assert(budget_spend(&bench.budget, SPEND_NSEC3_BLOCKS, 4096 - 50));
    ck_assert(nsec3_hash(&parameters, &name, &hashes, &bench.desk, hash) == PROOF_SPENT);
    ck_assert_mem_eq(hash, untouched, sizeof hash);
    ck_assert_uint_eq(hashes.count, 0);
}
END_TEST

START_TEST(nsec3_hash_is_spent_when_the_arena_is_full)
{
    struct nsec3 parameters = parameters_of(0, 8);
    struct name name = name_of("www.example.");
    uint8_t hash[NSEC3_HASH_OCTETS];

    bench.desk.arena = arena_create(bench.pool, 0);
    ck_assert(nsec3_hash(&parameters, &name, &hashes, &bench.desk, hash) == PROOF_SPENT);
    arena_destroy(bench.desk.arena);
}
END_TEST

static const struct {
    uint16_t iterations;
    size_t salt_octets;
    bool over;
} bounds[] = {
    { 0, 0, false },    { 50, 0, false },     { 51, 0, true },   { 150, 0, true },
    { 65535, 0, true }, { 50, 8, false },     { 50, 35, false }, { 50, 36, true },
    { 24, 64, false },  { 25, 64, true },     { 0, 255, false }, { 9, 255, false },
    { 10, 255, true },  { 65535, 255, true },
};

START_TEST(nsec3_over_limit_counts_iterations_at_the_price_of_the_salt) /* RFC 9276 §3.2 */
{
    struct nsec3 nsec3 = parameters_of(bounds[_i].iterations, bounds[_i].salt_octets);
    ck_assert_msg(nsec3_over_limit(&nsec3, &bench.limits) == bounds[_i].over, "%u, salt %zu",
                  bounds[_i].iterations, bounds[_i].salt_octets);
}
END_TEST

/* ---- reading ---- */

#define OWNER "0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM"
#define HASH_20                                                                                    \
    "\x14"                                                                                         \
    "abcdefghijklmnopqrst"

static const struct {
    const char *what, *owner;
    struct bytes rdata;
    enum nsec3_form form;
} records[] = {
#define ROW(what, owner, rdata, form)                                                              \
    {                                                                                              \
        what, owner, { (const uint8_t *)(rdata), sizeof(rdata) - 1 }, form                         \
    }
    ROW("plain", OWNER ".example.", "\1\0\0\1\1\xaa" HASH_20 "\0\1\x40", NSEC3_SOUND),
    ROW("no salt, no types", OWNER ".example.", "\1\1\0\0\0" HASH_20, NSEC3_SOUND),
    ROW("unknown hash, RFC 5155 §8.1", OWNER ".example.", "\2\0\0\1\0" HASH_20, NSEC3_UNKNOWN),
    ROW("unknown hash of another length", OWNER ".example.", "\2\0\0\1\0\1a", NSEC3_UNKNOWN),
    ROW("unknown flag, RFC 5155 §8.2", OWNER ".example.", "\1\2\0\1\0" HASH_20, NSEC3_UNKNOWN),
    ROW("opt-out and an unknown flag", OWNER ".example.", "\1\x81\0\1\0" HASH_20, NSEC3_UNKNOWN),
    ROW("hash of 19 octets", OWNER ".example.",
        "\1\0\0\1\0\x13"
        "abcdefghijklmnopqrs",
        NSEC3_UNSOUND),
    ROW("hash ends early", OWNER ".example.",
        "\1\0\0\1\0\x14"
        "abcdefghijklmnopqrs",
        NSEC3_UNSOUND),
    ROW("salt ends early", OWNER ".example.",
        "\1\0\0\1\x09"
        "abc",
        NSEC3_UNSOUND),
    ROW("nothing", OWNER ".example.", "", NSEC3_UNSOUND),
    ROW("map unsound", OWNER ".example.", "\1\0\0\1\0" HASH_20 "\0\2\x40", NSEC3_UNSOUND),
    ROW("two labels below, LIMITS C3", OWNER ".a.example.", "\1\0\0\1\0" HASH_20, NSEC3_UNSOUND),
    ROW("another zone's", OWNER ".test.", "\1\0\0\1\0" HASH_20, NSEC3_UNSOUND),
    ROW("the apex", "example.", "\1\0\0\1\0" HASH_20, NSEC3_UNSOUND),
    ROW("no hash", "www.example.", "\1\0\0\1\0" HASH_20, NSEC3_UNSOUND),
    ROW("a digit that is none", "WP9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM.example.", "\1\0\0\1\0" HASH_20,
        NSEC3_UNSOUND),
    ROW("31 digits", "P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM.example.", "\1\0\0\1\0" HASH_20,
        NSEC3_UNSOUND),
    ROW("33 digits", "00P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM.example.", "\1\0\0\1\0" HASH_20,
        NSEC3_UNSOUND),
#undef ROW
};

static struct rrset *set_of(const char *owner_text, const struct bytes *rdatas, size_t count)
{
    struct name owner = name_of(owner_text);
    struct rrset_parts parts = {
        .owner = &owner, .type = TYPE_NSEC3, .rdatas = rdatas, .rr_count = count
    };
    struct rrset *set;
    ck_assert(rrset_pack(&parts, bench.arena, &set) == ST_OK);
    return set;
}

START_TEST(nsec3_read_tells_sound_unsound_and_unknown)
{
    struct name zone = name_of("example.");
    struct nsec3 nsec3;
    enum nsec3_form form =
        nsec3_read(set_of(records[_i].owner, &records[_i].rdata, 1), &zone, &nsec3);
    ck_assert_msg(form == records[_i].form, "%s", records[_i].what);
}
END_TEST

START_TEST(nsec3_read_gives_every_field)
{
    struct name zone = name_of("EXAMPLE.");
    struct nsec3 nsec3;
    struct bytes rdata = { (const uint8_t *)"\1\1\1\2\2\xaa\xbb" HASH_20 "\0\1\x40", 31 };
    char text[33];

    ck_assert(nsec3_read(set_of(OWNER ".example.", &rdata, 1), &zone, &nsec3) == NSEC3_SOUND);
    ck_assert_str_eq(denial_base32hex(nsec3.owner_hash, text), "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom");
    ck_assert_mem_eq(nsec3.next_hash, "abcdefghijklmnopqrst", 20);
    ck_assert_uint_eq(nsec3.flags, NSEC3_OPT_OUT);
    ck_assert_uint_eq(nsec3.iterations, 0x102);
    ck_assert(bytes_equal(nsec3.salt, (struct bytes){ (const uint8_t *)"\xaa\xbb", 2 }));
    ck_assert(bytes_equal(nsec3.bitmap, (struct bytes){ (const uint8_t *)"\0\1\x40", 3 }));
}
END_TEST

START_TEST(nsec3_read_refuses_two_records_at_one_owner)
{
    struct name zone = name_of("example.");
    struct nsec3 nsec3;
    struct bytes rdatas[] = { { (const uint8_t *)"\1\0\0\1\0" HASH_20, 26 },
                              { (const uint8_t *)"\1\1\0\1\0" HASH_20, 26 } };
    ck_assert(nsec3_read(set_of(OWNER ".example.", rdatas, 1), &zone, &nsec3) == NSEC3_SOUND);
    ck_assert(nsec3_read(set_of(OWNER ".example.", rdatas, 2), &zone, &nsec3) == NSEC3_UNSOUND);
}
END_TEST

/* ---- covering ---- */

static const struct {
    uint8_t from, to, hash;
    bool matches, covers;
} spans[] = {
    { 10, 20, 15, false, true },  { 10, 20, 10, true, false },
    { 10, 20, 20, false, false }, { 10, 20, 25, false, false },
    { 10, 20, 5, false, false },  { 20, 10, 25, false, true }, /* the last record */
    { 20, 10, 5, false, true },   { 20, 10, 15, false, false },
    { 20, 10, 20, true, false },  { 20, 10, 10, false, false },
    { 10, 10, 5, false, true }, /* the only record */
    { 10, 10, 15, false, true },  { 10, 10, 10, true, false },
};

START_TEST(nsec3_covers_strictly_inside_its_span_and_around_the_end) /* RFC 5155 §3.1.7 */
{
    struct nsec3 nsec3 = { .owner_hash = { 7, spans[_i].from }, .next_hash = { 7, spans[_i].to } };
    uint8_t hash[NSEC3_HASH_OCTETS] = { 7, spans[_i].hash };
    ck_assert_int_eq(nsec3_matches(&nsec3, hash), spans[_i].matches);
    ck_assert_int_eq(nsec3_covers(&nsec3, hash), spans[_i].covers);
}
END_TEST

START_TEST(nsec3_same_parameters_means_iterations_and_salt)
{
    struct nsec3 a = parameters_of(1, 2), b = parameters_of(1, 2);
    b.flags = NSEC3_OPT_OUT;
    ck_assert(nsec3_same_parameters(&a, &b));
    b.iterations = 2;
    ck_assert(!nsec3_same_parameters(&a, &b));
    b = parameters_of(1, 3);
    ck_assert(!nsec3_same_parameters(&a, &b));
}
END_TEST

static TCase *hashing(void)
{
    TCase *tcase = tcase_create("hash");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, nsec3_hash_gives_the_hashes_of_the_specification, 0, ROWS(appendix));
    tcase_add_loop_test(tcase, nsec3_hash_is_priced_in_the_blocks_it_takes, 0, ROWS(prices));
    tcase_add_test(tcase, nsec3_hash_is_not_paid_twice_within_a_job);
    tcase_add_test(tcase, nsec3_hash_kept_for_other_parameters_or_another_name_does_not_serve);
    tcase_add_test(tcase, nsec3_hashes_keep_no_more_than_their_bound);
    tcase_add_test(tcase, nsec3_hash_is_spent_when_the_blocks_are);
    tcase_add_test(tcase, nsec3_hash_is_spent_when_the_arena_is_full);
    tcase_add_loop_test(tcase, nsec3_over_limit_counts_iterations_at_the_price_of_the_salt, 0,
                        ROWS(bounds));
    return tcase;
}

Suite *dnssec_nsec3_suite(void)
{
    Suite *suite = suite_create("dnssec/nsec3");
    TCase *tcase = tcase_create("record");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, nsec3_read_tells_sound_unsound_and_unknown, 0, ROWS(records));
    tcase_add_test(tcase, nsec3_read_gives_every_field);
    tcase_add_test(tcase, nsec3_read_refuses_two_records_at_one_owner);
    tcase_add_loop_test(tcase, nsec3_covers_strictly_inside_its_span_and_around_the_end, 0,
                        ROWS(spans));
    tcase_add_test(tcase, nsec3_same_parameters_means_iterations_and_salt);
    suite_add_tcase(suite, hashing());
    suite_add_tcase(suite, tcase);
    return suite;
}
