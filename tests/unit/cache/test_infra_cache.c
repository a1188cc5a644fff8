#include "lib/cache/infra_cache.h"

#include "tests/unit/cache/cache_test.h"

static struct bench bench;
static struct infra_cache *cache;

static void set_up(void)
{
    bench = bench_begin(STORE_OCTETS_MIN);
    cache = infra_cache_create(bench.store);
    ck_assert_ptr_nonnull(cache);
}

static void tear_down(void)
{
    infra_cache_destroy(cache);
    bench_end(&bench);
}

static struct endpoint server(const char *text)
{
    struct endpoint endpoint;
    ck_assert_int_eq(endpoint_parse(text, 53, &endpoint), ST_OK);
    return endpoint;
}

static struct infra get(const char *text, uint64_t s)
{
    struct endpoint at = server(text);
    struct infra infra;
    infra_cache_get(cache, &at, at_s(s), &infra);
    return infra;
}

static void put(const char *text, const struct infra *infra, uint64_t s)
{
    struct endpoint at = server(text);
    infra_cache_put(cache, &at, infra, at_s(s));
}

START_TEST(an_unknown_server_reads_as_zeros)
{
    static const struct infra zeros;
    struct infra infra = get("192.0.2.1", 0);
    ck_assert_mem_eq(&infra, &zeros, sizeof infra);
}
END_TEST

START_TEST(what_is_known_comes_back_whole)
{
    struct infra in = {
        .srtt_us = 1,
        .rttvar_us = 2,
        .timeouts = 3,
        .probe_at = at_s(4),
        .folds_case_until = at_s(6),
    };
    put("192.0.2.1", &in, 0);
    struct infra out = get("192.0.2.1", 0);
    ck_assert_mem_eq(&out, &in, sizeof in);
}
END_TEST

START_TEST(address_and_port_tell_servers_apart)
{
    struct infra in = { .srtt_us = 7 };
    put("192.0.2.1:53", &in, 0);
    ck_assert_uint_eq(get("192.0.2.1:54", 0).srtt_us, 0);
    ck_assert_uint_eq(get("192.0.2.2:53", 0).srtt_us, 0);
    ck_assert_uint_eq(get("[c000:201::]:53", 0).srtt_us, 0);
    ck_assert_uint_eq(get("192.0.2.1:53", 0).srtt_us, 7);
}
END_TEST

/* SPEC I6 */
START_TEST(it_is_kept_for_900_seconds)
{
    struct infra in = { .srtt_us = 7 };
    put("192.0.2.1", &in, 0);
    ck_assert_uint_eq(get("192.0.2.1", INFRA_KEPT_S - 1).srtt_us, 7);
    ck_assert_uint_eq(get("192.0.2.1", INFRA_KEPT_S).srtt_us, 0);
    in.srtt_us = 8;
    put("192.0.2.1", &in, INFRA_KEPT_S - 1);
    ck_assert_uint_eq(get("192.0.2.1", INFRA_KEPT_S).srtt_us, 8);
}
END_TEST

/* ---- by zone ---- */

static unsigned flags(const char *text, const char *zone, uint64_t s)
{
    struct endpoint at = server(text);
    struct name name = name_of(zone);
    return infra_cache_zone_flags(cache, &at, &name, at_s(s));
}

static void mark(const char *text, const char *zone, unsigned what, uint64_t s)
{
    struct endpoint at = server(text);
    struct name name = name_of(zone);
    infra_cache_zone_mark(cache, &at, &name, what, at_s(s));
}

START_TEST(marks_hold_for_one_address_and_one_zone)
{
    struct infra in = { .srtt_us = 7 };
    put("192.0.2.1", &in, 0);
    ck_assert_uint_eq(flags("192.0.2.1", "example.", 0), 0);
    mark("192.0.2.1", "Example.", INFRA_LAME, 0);
    ck_assert_uint_eq(flags("192.0.2.1", "eXample.", 0), INFRA_LAME);
    ck_assert_uint_eq(flags("192.0.2.1", ".", 0), 0);
    ck_assert_uint_eq(flags("192.0.2.1", "a.example.", 0), 0);
    ck_assert_uint_eq(flags("192.0.2.2", "example.", 0), 0);
    ck_assert_uint_eq(get("192.0.2.1", 0).srtt_us, 7);
}
END_TEST

/* RULINGS A5: each is remembered for 900 s of its own. */
START_TEST(each_mark_has_a_time_of_its_own)
{
    mark("192.0.2.1", "example.", INFRA_NO_EDNS, 0);
    mark("192.0.2.1", "example.", INFRA_LAME, 800);
    ck_assert_uint_eq(flags("192.0.2.1", "example.", 899), INFRA_NO_EDNS | INFRA_LAME);
    ck_assert_uint_eq(flags("192.0.2.1", "example.", 900), INFRA_LAME);
    ck_assert_uint_eq(flags("192.0.2.1", "example.", 1699), INFRA_LAME);
    ck_assert_uint_eq(flags("192.0.2.1", "example.", 1700), 0);
}
END_TEST

START_TEST(a_zone_too_long_for_a_key_is_never_marked)
{
    struct endpoint at = server("192.0.2.1");
    struct name zone = { .len = 0 };
    uint8_t label[LABEL_OCTETS_MAX];
    memset(label, 'a', sizeof label);
    for (int i = 0; i < 3; i++)
        ck_assert(name_push(&zone, LABEL_OCTETS_MAX, label));
    struct name fits = zone;
    ck_assert(name_push(&fits, 41, label) && name_push(&fits, 0, NULL)); /* 20 + 235 octets */
    ck_assert(name_push(&zone, 42, label) && name_push(&zone, 0, NULL));
    infra_cache_zone_mark(cache, &at, &fits, INFRA_LAME, at_s(0));
    infra_cache_zone_mark(cache, &at, &zone, INFRA_LAME, at_s(0));
    ck_assert_uint_eq(infra_cache_zone_flags(cache, &at, &fits, at_s(0)), INFRA_LAME);
    ck_assert_uint_eq(infra_cache_zone_flags(cache, &at, &zone, at_s(0)), 0);
}
END_TEST

START_TEST(a_damaged_entry_is_unknown)
{
    static const struct infra zeros;
    struct endpoint at = server("192.0.2.1");
    struct store_key key = { { (const uint8_t *)&at, sizeof at }, 0, KIND_INFRA, 0 };
    uint8_t octets[sizeof(struct infra) + 1] = { 1, 2, 3 };
    for (size_t len = 0; len <= sizeof octets; len++) {
        if (len == sizeof(struct infra))
            continue;
        struct bytes damaged = { octets, len };
        ck_assert_int_eq(store_put(bench.store, &key, damaged, at_s(0), at_s(10)), ST_OK);
        struct infra infra = get("192.0.2.1", 0);
        ck_assert_mem_eq(&infra, &zeros, sizeof infra);
    }
}
END_TEST

Suite *cache_infra_cache_suite(void)
{
    Suite *suite = suite_create("cache/infra_cache");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, an_unknown_server_reads_as_zeros);
    tcase_add_test(all, what_is_known_comes_back_whole);
    tcase_add_test(all, address_and_port_tell_servers_apart);
    tcase_add_test(all, it_is_kept_for_900_seconds);
    tcase_add_test(all, marks_hold_for_one_address_and_one_zone);
    tcase_add_test(all, each_mark_has_a_time_of_its_own);
    tcase_add_test(all, a_zone_too_long_for_a_key_is_never_marked);
    tcase_add_test(all, a_damaged_entry_is_unknown);
    suite_add_tcase(suite, all);
    return suite;
}
