#include "lib/cache/infra_cache.h"

#include "tests/unit/cache/cache_test.h"

static struct bench bench;
static struct limits limits;
static struct infra_cache *cache;

static void set_up(void)
{
    bench = bench_begin(STORE_OCTETS_MIN);
    limits_defaults(&limits);
    cache = infra_cache_create(bench.store, &limits);
    ck_assert_ptr_nonnull(cache);
}

static void tear_down(void)
{
    infra_cache_destroy(cache);
    bench_end(&bench);
}

static struct infra get(const char *text, uint64_t s)
{
    struct endpoint at = endpoint_of(text);
    struct infra infra;
    infra_cache_get(cache, &at, at_s(s), &infra);
    return infra;
}

static void put(const char *text, const struct infra *infra, uint64_t s)
{
    struct endpoint at = endpoint_of(text);
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

static bool lacks_edns(const char *text, const char *zone, uint64_t s)
{
    struct endpoint at = endpoint_of(text);
    struct name name = name_of(zone);
    return infra_cache_lacks_edns(cache, &at, &name, at_s(s));
}

/* RULINGS A5. */
START_TEST(no_edns_is_remembered_for_one_address_and_zone_for_900_seconds)
{
    struct endpoint at = endpoint_of("192.0.2.1");
    struct name zone = name_of("Example.");
    ck_assert(!lacks_edns("192.0.2.1", "example.", 0));
    infra_cache_put_no_edns(cache, &at, &zone, at_s(0));
    ck_assert(lacks_edns("192.0.2.1", "eXample.", 899));
    ck_assert(!lacks_edns("192.0.2.1", "eXample.", 900));
    ck_assert(!lacks_edns("192.0.2.1", ".", 0));
    ck_assert(!lacks_edns("192.0.2.1", "a.example.", 0));
    ck_assert(!lacks_edns("192.0.2.2", "example.", 0));
}
END_TEST

/* ---- failures ---- */

static bool fails(const char *text, const char *of, uint16_t type, uint64_t s)
{
    struct endpoint at = endpoint_of(text);
    struct name name = name_of(of);
    struct infra_task task = { &at, &name, type };
    return infra_cache_fails(cache, &task, at_s(s));
}

static void failed(const char *text, const char *of, uint16_t type, uint64_t s)
{
    struct endpoint at = endpoint_of(text);
    struct name name = name_of(of);
    struct infra_task task = { &at, &name, type };
    infra_cache_failed(cache, &task, at_s(s));
}

START_TEST(a_failure_is_one_servers_at_one_question_or_zone) /* SPEC I18 */
{
    struct infra in = { .srtt_us = 7 };
    put("192.0.2.1", &in, 0);
    failed("192.0.2.1", "Example.", 0, 0);
    failed("192.0.2.1", "www.example.", TYPE_A, 0);
    ck_assert(fails("192.0.2.1", "eXample.", 0, 0) && fails("192.0.2.1", "www.example.", 1, 0));
    ck_assert(!fails("192.0.2.2", "example.", 0, 0) && !fails("192.0.2.1", ".", 0, 0));
    ck_assert(!fails("192.0.2.1", "www.example.", 0, 0) && !fails("192.0.2.1", "example.", 1, 0));
    ck_assert(!fails("192.0.2.1", "www.example.", TYPE_AAAA, 0));
    ck_assert_uint_eq(get("192.0.2.1", 0).srtt_us, 7);
    ck_assert_uint_eq(get("192.0.2.1", 0).fails_until.ns, at_s(5).ns);
    ck_assert_uint_eq(get("192.0.2.2", 0).fails_until.ns, 0);
}
END_TEST

/* RFC 9520 §3.2: 5 s, doubling to 300 s for each in a row. */
START_TEST(failures_in_a_row_are_kept_longer_and_longer)
{
    static const uint64_t kept_s[] = { 5, 10, 20, 40, 80, 160, 300, 300 };
    uint64_t s = 0;
    for (unsigned i = 0; i < ROWS(kept_s); i++) {
        failed("192.0.2.1", "example.", 0, s);
        ck_assert(fails("192.0.2.1", "example.", 0, s + kept_s[i] - 1));
        s += kept_s[i];
        ck_assert(!fails("192.0.2.1", "example.", 0, s));
        ck_assert_uint_eq(get("192.0.2.1", s).fails_until.ns, at_s(s).ns);
    }
    s += limits.ttl_failure_max_s; /* long ago: the next is a first one */
    failed("192.0.2.1", "example.", 0, s);
    ck_assert(!fails("192.0.2.1", "example.", 0, s + 5));
    for (int i = 0; i < 300; i++)
        failed("192.0.2.1", "example.", 0, s);
    ck_assert(fails("192.0.2.1", "example.", 0, s + 299));
}
END_TEST

START_TEST(who_works_again_fails_no_more)
{
    struct endpoint at = endpoint_of("192.0.2.1");
    struct name zone = name_of("example.");
    struct infra_task task = { &at, &zone, 0 };
    failed("192.0.2.1", "example.", 0, 0);
    failed("192.0.2.1", "example.", 0, 1);
    infra_cache_worked(cache, &task);
    ck_assert(!fails("192.0.2.1", "example.", 0, 1));
    failed("192.0.2.1", "example.", 0, 2);
    ck_assert(!fails("192.0.2.1", "example.", 0, 7));
}
END_TEST

START_TEST(a_name_too_long_for_a_key_is_never_remembered)
{
    struct endpoint at = endpoint_of("192.0.2.1");
    struct name zone = { .len = 0 };
    uint8_t label[LABEL_OCTETS_MAX];
    memset(label, 'a', sizeof label);
    for (int i = 0; i < 3; i++)
        ck_assert(name_push(&zone, LABEL_OCTETS_MAX, label));
    struct name fits = zone;
    ck_assert(name_push(&fits, 41, label) && name_push(&fits, 0, NULL)); /* 20 + 235 octets */
    ck_assert(name_push(&zone, 42, label) && name_push(&zone, 0, NULL));
    struct infra_task of_fits = { &at, &fits, 1 }, of_zone = { &at, &zone, 1 };
    infra_cache_failed(cache, &of_fits, at_s(0));
    infra_cache_failed(cache, &of_zone, at_s(0));
    infra_cache_put_no_edns(cache, &at, &zone, at_s(0));
    ck_assert(infra_cache_fails(cache, &of_fits, at_s(0)));
    ck_assert(!infra_cache_fails(cache, &of_zone, at_s(0)));
    ck_assert(!infra_cache_lacks_edns(cache, &at, &zone, at_s(0)));
    infra_cache_worked(cache, &of_zone);
}
END_TEST

START_TEST(a_damaged_entry_is_unknown)
{
    static const struct infra zeros;
    struct endpoint at = endpoint_of("192.0.2.1");
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
    tcase_add_test(all, no_edns_is_remembered_for_one_address_and_zone_for_900_seconds);
    tcase_add_test(all, a_failure_is_one_servers_at_one_question_or_zone);
    tcase_add_test(all, failures_in_a_row_are_kept_longer_and_longer);
    tcase_add_test(all, who_works_again_fails_no_more);
    tcase_add_test(all, a_name_too_long_for_a_key_is_never_remembered);
    tcase_add_test(all, a_damaged_entry_is_unknown);
    suite_add_tcase(suite, all);
    return suite;
}
