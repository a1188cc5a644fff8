#include "lib/cache/denial_cache.h"

#include <stdio.h>

#include "tests/support/denial_zone.h"
#include "tests/unit/cache/cache_test.h"

static struct bench bench;
static struct denial_cache *cache;
static struct name zone;

static void set_up(void)
{
    bench = bench_begin(STORE_OCTETS_MIN);
    cache = denial_cache_create(bench.store, DENIAL_OCTETS_MIN, &bench_key);
    ck_assert_ptr_nonnull(cache);
    zone = name_of("example.");
}

static void tear_down(void)
{
    denial_cache_destroy(cache);
    bench_end(&bench);
}

static struct rrset *nsec(const char *owner, const char *next)
{
    struct rrset *set = denial_nsec(owner, next, "A RRSIG NSEC", bench.arena);
    set->security = SEC_SECURE;
    return set;
}

static enum status put_at(const struct rrset *set, uint64_t s)
{
    struct denial_record record = { &zone, set, UINT32_MAX };
    return denial_cache_put(cache, &record, at_s(s));
}

static void put(const char *owner, const char *next)
{
    ck_assert_int_eq(put_at(nsec(owner, next), 0), ST_OK);
}

/* The owner of what is found at `name`; NULL: nothing. */
static const char *found_at(const char *name, uint64_t s)
{
    static char text[NAME_TEXT];
    struct name at = name_of(name), owner;
    struct denial_place place = { &zone, &at, NULL };
    struct rrset *set;

    if (denial_cache_find(cache, &place, at_s(s), bench.arena, &set) != ST_OK)
        return NULL;
    owner = rrset_owner(set);
    ck_assert_uint_eq(set->ttl, DENIAL_TTL - s);
    return name_text(&owner, text, sizeof text);
}

static void expect(const char *name, const char *owner)
{
    const char *found = found_at(name, 0);
    if (owner == NULL)
        ck_assert_msg(found == NULL, "%s: %s", name, found);
    else
        ck_assert_msg(found && strcmp(found, owner) == 0, "%s: %s", name, found);
}

START_TEST(the_last_record_at_or_before_a_name_is_found) /* RFC 4034 §6.1 */
{
    put("example.", "a.example.");
    put("yljkjljk.a.example.", "z.a.example.");
    put("a.example.", "yljkjljk.a.example.");
    put("\\001.z.example.", "\\200.z.example.");
    put("z.example.", "\\001.z.example.");

    expect("example.", "example.");
    expect("0.example.", "example.");
    expect("A.example.", "a.example.");
    expect("b.a.example.", "a.example.");
    expect("Z.a.EXAMPLE.", "yljkjljk.a.example.");
    expect("b.example.", "yljkjljk.a.example.");
    expect("\\000.z.example.", "z.example.");
    expect("\\001.z.example.", "\\001.z.example.");
    expect("a.\\001.z.example.", "\\001.z.example.");
    expect("\\002.z.example.", "\\001.z.example.");
    expect("elsewhere.", NULL);
}
END_TEST

START_TEST(names_alike_in_their_first_octets_are_told_apart)
{
    char owner[64], next[64], name[64];
    for (int i = 0; i < 300; i += 2) {
        snprintf(owner, sizeof owner, "printer-on-floor-%03d.example.", (i * 7) % 300 / 2 * 2);
        snprintf(next, sizeof next, "printer-on-floor-%03d.example.", (i * 7) % 300 / 2 * 2 + 1);
        put(owner, next);
    }
    for (int i = 0; i < 300; i += 2) {
        snprintf(owner, sizeof owner, "printer-on-floor-%03d.example.", i);
        snprintf(name, sizeof name, "printer-on-floor-%03d-b.example.", i);
        if (found_at(owner, 0) != NULL && strcmp(found_at(owner, 0), owner) == 0)
            expect(name, owner);
    }
    expect("printer-on-floor-000.example.", "printer-on-floor-000.example.");
    ck_assert_uint_eq(denial_cache_figures(cache).ranges, 150);
}
END_TEST

START_TEST(a_record_that_came_again_is_kept_once)
{
    put("a.example.", "c.example.");
    put("a.example.", "d.example.");
    ck_assert_uint_eq(denial_cache_figures(cache).ranges, 1);
    ck_assert_uint_eq(store_figures(bench.store).entries, 1);
}
END_TEST

START_TEST(what_has_expired_is_not_found_and_then_forgotten) /* RFC 8198 §5.4 */
{
    put("a.example.", "c.example.");
    ck_assert_int_eq(put_at(nsec("c.example.", "e.example."), 100), ST_OK);
    ck_assert_str_eq(found_at("b.example.", 299), "a.example.");
    ck_assert_ptr_null(found_at("b.example.", 300));
    ck_assert_uint_eq(denial_cache_figures(cache).ranges, 1);
}
END_TEST

START_TEST(a_shorter_time_than_the_records_own_holds)
{
    struct denial_record record = { &zone, nsec("a.example.", "c.example."), 10 };
    struct name at = name_of("b.example.");
    struct denial_place place = { &zone, &at, NULL };
    struct rrset *set;

    ck_assert_int_eq(denial_cache_put(cache, &record, at_s(0)), ST_OK);
    ck_assert_int_eq(denial_cache_find(cache, &place, at_s(4), bench.arena, &set), ST_OK);
    ck_assert_uint_eq(set->ttl, 6);
    ck_assert_int_eq(denial_cache_find(cache, &place, at_s(10), bench.arena, &set), ST_NOTFOUND);
    record.ttl_s = 0;
    ck_assert_int_eq(denial_cache_put(cache, &record, at_s(0)), ST_UNSUPPORTED);
}
END_TEST

START_TEST(only_proven_records_of_that_zone_are_kept) /* LIMITS C2, C6 */
{
    struct rrset *set = nsec("a.example.", "c.example.");
    for (int security = SEC_UNCHECKED; security < SEC_SECURE; security++) {
        set->security = (uint8_t)security;
        ck_assert_int_eq(put_at(set, 0), ST_UNSUPPORTED);
    }
    ck_assert_int_eq(put_at(nsec("a.example.", "other.test."), 0), ST_UNSUPPORTED);
    ck_assert_int_eq(put_at(nsec("a.test.", "b.test."), 0), ST_UNSUPPORTED);
    ck_assert_int_eq(put_at(secure_set_of("a.example. 300 A 192.0.2.1\n", bench.arena), 0),
                     ST_UNSUPPORTED);
    ck_assert_uint_eq(denial_cache_figures(cache).zones, 0);
}
END_TEST

START_TEST(what_denies_one_name_alone_is_not_worth_keeping) /* RFC 4470, RFC 9824 §3 */
{
    ck_assert_int_eq(put_at(nsec("a.example.", "\\000.a.example."), 0), ST_UNSUPPORTED);
    ck_assert_int_eq(put_at(nsec("a.example.", "\\000.b.example."), 0), ST_OK);
}
END_TEST

START_TEST(a_range_drops_those_that_begin_inside_it) /* RULINGS B7 */
{
    put("a.example.", "b.example.");
    put("c.example.", "d.example.");
    put("e.example.", "f.example.");
    put("x.example.", "example.");
    put("b.example.", "f.example.");
    expect("c.example.", "b.example.");
    expect("e.example.", "b.example.");
    expect("a.example.", "a.example.");
    expect("x.example.", "x.example.");
    put("a.example.", "example."); /* the last one: all behind it is inside */
    ck_assert_uint_eq(denial_cache_figures(cache).ranges, 1);
}
END_TEST

START_TEST(zones_are_apart)
{
    struct name other = name_of("test."), at = name_of("b.test.");
    struct denial_place place = { &other, &at, NULL };
    struct denial_chains chains;
    struct rrset *set;

    put("a.example.", "c.example.");
    ck_assert_int_eq(denial_cache_find(cache, &place, at_s(0), bench.arena, &set), ST_NOTFOUND);
    ck_assert_int_eq(denial_cache_chains(cache, &other, &chains), ST_NOTFOUND);
    ck_assert_int_eq(denial_cache_chains(cache, &zone, &chains), ST_OK);
    ck_assert(chains.nsec && !chains.nsec3);
    denial_cache_clear(cache);
    ck_assert_int_eq(denial_cache_chains(cache, &zone, &chains), ST_NOTFOUND);
    expect("b.example.", NULL);
}
END_TEST

/* ---- NSEC3 ---- */

static struct rrset *nsec3(uint8_t from, uint8_t to, const char *salt, uint16_t iterations)
{
    struct denial_chain chain = { NULL, salt, iterations, 0 };
    struct denial_span span = { .types = "A RRSIG" };
    memset(span.from, from, sizeof span.from);
    memset(span.to, to, sizeof span.to);
    struct rrset *set = denial_nsec3(&chain, &zone, &span, bench.arena);
    set->security = SEC_SECURE;
    return set;
}

/* The first octet of what is found at a hash; -1: nothing. */
static int hash_at(uint8_t first)
{
    uint8_t hash[NSEC3_HASH_OCTETS];
    struct denial_place place = { &zone, &zone, hash };
    struct nsec3 found;
    struct rrset *set;

    memset(hash, first, sizeof hash);
    if (denial_cache_find(cache, &place, at_s(0), bench.arena, &set) != ST_OK)
        return -1;
    ck_assert_int_eq(nsec3_read(set, &zone, &found), NSEC3_SOUND);
    return found.owner_hash[0];
}

START_TEST(hashes_go_round) /* RFC 5155 §3.1.7 */
{
    ck_assert_int_eq(put_at(nsec3(0x40, 0x80, "", 0), 0), ST_OK);
    ck_assert_int_eq(put_at(nsec3(0x80, 0x20, "", 0), 0), ST_OK);
    ck_assert_int_eq(hash_at(0x40), 0x40);
    ck_assert_int_eq(hash_at(0x7f), 0x40);
    ck_assert_int_eq(hash_at(0xff), 0x80);
    ck_assert_int_eq(hash_at(0x10), 0x80); /* before the first: the last */
}
END_TEST

START_TEST(other_parameters_begin_a_new_chain) /* RFC 5155 §8.2, RULINGS B7 */
{
    struct denial_chains chains;

    ck_assert_int_eq(put_at(nsec3(0x40, 0x80, "aabb", 1), 0), ST_OK);
    ck_assert_int_eq(put_at(nsec3(0x90, 0xa0, "aabb", 1), 0), ST_OK);
    ck_assert_int_eq(denial_cache_chains(cache, &zone, &chains), ST_OK);
    ck_assert(chains.nsec3 && chains.iterations == 1 && chains.salt_len == 2);
    ck_assert_int_eq(chains.salt[1], 0xbb);
    ck_assert_int_eq(put_at(nsec3(0x40, 0x80, "", 0), 0), ST_OK);
    ck_assert_uint_eq(denial_cache_figures(cache).ranges, 1);
    ck_assert_int_eq(denial_cache_chains(cache, &zone, &chains), ST_OK);
    ck_assert(chains.iterations == 0 && chains.salt_len == 0);
}
END_TEST

START_TEST(hashes_too_near_each_other_and_long_salts_are_not_kept)
{
    char salt[2 * 65 + 1];
    memset(salt, 'a', sizeof salt - 1);
    salt[sizeof salt - 1] = '\0';
    ck_assert_int_eq(put_at(nsec3(0x40, 0x80, salt, 0), 0), ST_UNSUPPORTED);
    ck_assert_int_eq(put_at(nsec3(0x40, 0x80, salt + 2, 0), 0), ST_OK);

    struct denial_chain chain = { NULL, "", 0, 0 };
    struct denial_span span = { .from = { 1 }, .to = { 1, [19] = 2 }, .types = "" };
    struct rrset *lie = denial_nsec3(&chain, &zone, &span, bench.arena);
    lie->security = SEC_SECURE;
    ck_assert_int_eq(put_at(lie, 0), ST_UNSUPPORTED);
}
END_TEST

/* ---- bounds ---- */

static void put_numbered(unsigned i)
{
    char owner[64], next[64];
    snprintf(owner, sizeof owner, "%08u.example.", i);
    snprintf(next, sizeof next, "%08u.example.", i + 1);
    enum status status = put_at(nsec(owner, next), 0);
    ck_assert(status == ST_OK || status == ST_LIMIT);
}

START_TEST(the_index_keeps_to_its_octets) /* LIMITS G4 */
{
    for (unsigned i = 0; i < 12000; i++) {
        put_numbered(i * 7919 % 100000);
        if (i % 500 == 0)
            bench_fresh_arena(&bench);
    }
    struct denial_figures figures = denial_cache_figures(cache);
    ck_assert_uint_le(figures.octets, figures.octets_most);
    ck_assert_uint_le(figures.octets_most, DENIAL_OCTETS_MIN);
    ck_assert_uint_gt(figures.ranges, 1000);
}
END_TEST

static bool any(void *context, const struct store_key *key)
{
    (void)context;
    return key->kind == KIND_DENIAL;
}

START_TEST(ranges_whose_entries_are_gone_are_dropped_when_met) /* RULINGS B7 */
{
    for (unsigned i = 0; i < 200; i++)
        put_numbered(2 * i);
    ck_assert_uint_eq(store_sweep(bench.store, any, NULL), 200);
    for (unsigned i = 0; i < 200; i++)
        expect("99999999.example.", NULL);
    ck_assert_uint_lt(denial_cache_figures(cache).ranges, 200);
    put_numbered(1);
    expect("00000001.example.", "00000001.example.");
}
END_TEST

START_TEST(a_record_too_large_is_not_kept)
{
    static uint8_t octets[DENIAL_ENTRY_MAX];
    static const uint8_t next[] = "\1b\7example";
    struct name owner = name_of("a.example.");
    memcpy(octets, next, sizeof next);
    size_t len = sizeof next;
    for (unsigned window = 0; len + 34 < sizeof octets; window++) {
        octets[len] = (uint8_t)window;
        octets[len + 1] = 32;
        memset(octets + len + 2, 0xff, 32);
        len += 34;
    }
    struct bytes rdata = { octets, len };
    struct rrset_parts parts = { &owner, TYPE_NSEC, 300, &rdata, 1, NULL, 0 };
    struct rrset *set;
    ck_assert_int_eq(rrset_pack(&parts, bench.arena, &set), ST_OK);
    set->security = SEC_SECURE;
    ck_assert_int_eq(put_at(set, 0), ST_LIMIT);
    expect("a.example.", NULL);
}
END_TEST

START_TEST(a_cache_under_its_least_size_is_none)
{
    ck_assert_ptr_null(denial_cache_create(bench.store, DENIAL_OCTETS_MIN - 1, &bench_key));
    memory_fail_after((uint64_t)_i);
    ck_assert_ptr_null(denial_cache_create(bench.store, DENIAL_OCTETS_MIN, &bench_key));
    ck_assert(memory_fail_stop());
    denial_cache_destroy(NULL);
}
END_TEST

START_TEST(larger_ones_have_more_stripes)
{
    static const char *const zones[] = { "a.", "b.", "c.", "d.", "e.", "f.", "g.", "h." };
    struct denial_cache *large =
        denial_cache_create(bench.store, (size_t)64 * DENIAL_OCTETS_MIN, &bench_key);
    ck_assert_ptr_nonnull(large);
    ck_assert_uint_eq(denial_cache_figures(large).octets_most, (size_t)64 * DENIAL_OCTETS_MIN);
    for (unsigned i = 0; i < ROWS(zones); i++) {
        struct name at = name_of(zones[i]);
        struct rrset *set = denial_nsec(zones[i], zones[i], "A", bench.arena), *found;
        struct denial_record record = { &at, set, 60 };
        struct denial_place place = { &at, &at, NULL };
        set->security = SEC_SECURE;
        ck_assert_int_eq(denial_cache_put(large, &record, at_s(0)), ST_OK);
        ck_assert_int_eq(denial_cache_find(large, &place, at_s(0), bench.arena, &found), ST_OK);
    }
    ck_assert_uint_eq(denial_cache_figures(large).zones, ROWS(zones));
    denial_cache_destroy(large);
}
END_TEST

START_TEST(a_wildcards_records_are_kept_for_their_time) /* RFC 8198 §5.3 */
{
    struct name root = name_of(".");
    struct name owner = name_of("*.Example."), other = name_of("*.test.");
    struct denial_wildcard wildcard = { &zone, &owner, TYPE_A }, none = { &root, &other, TYPE_A };
    struct denial_wildcard of_parent = { &root, &owner, TYPE_A };
    struct rrset *found, *set = secure_set_of("*.example. 300 A 192.0.2.1\n", bench.arena);
    struct denial_record record = { &zone, set, 100 };

    ck_assert_int_eq(denial_cache_put_wildcard(cache, &record, at_s(0)), ST_OK);
    ck_assert_int_eq(denial_cache_find_wildcard(cache, &wildcard, at_s(40), bench.arena, &found),
                     ST_OK);
    ck_assert_uint_eq(found->ttl, 60);
    ck_assert_int_eq(denial_cache_find_wildcard(cache, &wildcard, at_s(100), bench.arena, &found),
                     ST_NOTFOUND);
    ck_assert_int_eq(denial_cache_find_wildcard(cache, &none, at_s(0), bench.arena, &found),
                     ST_NOTFOUND);
    ck_assert_int_eq(denial_cache_find_wildcard(cache, &of_parent, at_s(0), bench.arena, &found),
                     ST_NOTFOUND);
    set->security = SEC_INSECURE;
    ck_assert_int_eq(denial_cache_put_wildcard(cache, &record, at_s(0)), ST_UNSUPPORTED);
    set->security = SEC_SECURE;
    record.zone = &owner; /* no wildcard is an apex */
    ck_assert_int_eq(denial_cache_put_wildcard(cache, &record, at_s(0)), ST_UNSUPPORTED);
    record.zone = &zone;
    record.set = secure_set_of("a.example. 300 A 192.0.2.1\n", bench.arena);
    ck_assert_int_eq(denial_cache_put_wildcard(cache, &record, at_s(0)), ST_UNSUPPORTED);
}
END_TEST

Suite *cache_denial_cache_suite(void)
{
    Suite *suite = suite_create("cache/denial_cache");
    TCase *tcase = tcase_create("denial_cache");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_last_record_at_or_before_a_name_is_found);
    tcase_add_test(tcase, names_alike_in_their_first_octets_are_told_apart);
    tcase_add_test(tcase, a_record_that_came_again_is_kept_once);
    tcase_add_test(tcase, what_has_expired_is_not_found_and_then_forgotten);
    tcase_add_test(tcase, a_shorter_time_than_the_records_own_holds);
    tcase_add_test(tcase, only_proven_records_of_that_zone_are_kept);
    tcase_add_test(tcase, what_denies_one_name_alone_is_not_worth_keeping);
    tcase_add_test(tcase, a_range_drops_those_that_begin_inside_it);
    tcase_add_test(tcase, zones_are_apart);
    tcase_add_test(tcase, hashes_go_round);
    tcase_add_test(tcase, other_parameters_begin_a_new_chain);
    tcase_add_test(tcase, hashes_too_near_each_other_and_long_salts_are_not_kept);
    tcase_add_test(tcase, the_index_keeps_to_its_octets);
    tcase_add_test(tcase, ranges_whose_entries_are_gone_are_dropped_when_met);
    tcase_add_test(tcase, a_record_too_large_is_not_kept);
    tcase_add_loop_test(tcase, a_cache_under_its_least_size_is_none, 0, 2);
    tcase_add_test(tcase, larger_ones_have_more_stripes);
    tcase_add_test(tcase, a_wildcards_records_are_kept_for_their_time);
    suite_add_tcase(suite, tcase);
    return suite;
}
