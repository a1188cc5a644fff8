#include "lib/cache/failure_cache.h"

#include "tests/unit/cache/cache_test.h"

static struct bench bench;
static struct failure_cache *cache;
static struct limits limits;
static struct name www;

static void set_up(void)
{
    bench = bench_begin(STORE_OCTETS_MIN);
    limits_defaults(&limits);
    cache = failure_cache_create(bench.store, &limits);
    ck_assert_ptr_nonnull(cache);
    www = name_of("www.example.");
}

static void tear_down(void)
{
    failure_cache_destroy(cache);
    bench_end(&bench);
}

static const struct link_key key = { &www, TYPE_A, DATA_CHECKED };

static void record(enum failure_kind kind, uint64_t s)
{
    struct failure failure = { .kind = (uint8_t)kind, .cause = cause_of(WHY_SERVERS_SILENT) };
    failure_cache_put(cache, &key, &failure, at_s(s));
}

static bool is_kept(uint64_t s)
{
    struct failure failure;
    return failure_cache_get(cache, &key, at_s(s), &failure) == ST_OK;
}

START_TEST(a_failure_comes_back_with_its_cause)
{
    struct failure in = { .kind = FAILURE_BOGUS, .cause = cause_of(WHY_SIGNATURE_EXPIRED) }, out;
    struct name loud = name_of("WWW.Example.");
    struct link_key same = { &loud, TYPE_A, DATA_CHECKED };
    in.cause.type = TYPE_A;
    in.cause.key_tag = 4711;
    in.cause.algorithm = 13;
    cause_detail(&in.cause, "www.example. A, expired 20260101000000");
    failure_cache_put(cache, &key, &in, at_s(0));
    ck_assert_int_eq(failure_cache_get(cache, &same, at_s(0), &out), ST_OK);
    ck_assert_uint_eq(out.kind, FAILURE_BOGUS);
    ck_assert_uint_eq(out.times, 1);
    ck_assert_mem_eq(&out.cause, &in.cause, sizeof in.cause);
}
END_TEST

/* RFC 9520 §3.2: at least 1 s, at most 5 minutes, longer each time. */
START_TEST(silent_servers_are_left_alone_twice_as_long_each_time)
{
    static const unsigned kept[] = { 5, 10, 20, 40, 80, 160, 300, 300 };
    uint64_t s = 0;
    for (unsigned i = 0; i < ROWS(kept); i++) {
        record(FAILURE_SERVERS, s);
        ck_assert_msg(is_kept(s + kept[i] - 1), "failure %d", i);
        ck_assert_msg(!is_kept(s + kept[i]), "failure %d", i);
        s += kept[i];
    }
    for (int i = 0; i < 300; i++)
        record(FAILURE_SERVERS, s);
    ck_assert(is_kept(s + 299));
    ck_assert(!is_kept(s + 300));
}
END_TEST

START_TEST(limits_say_how_long)
{
    limits.ttl_failure_s = 1;
    limits.ttl_failure_max_s = 3;
    limits.ttl_bogus_s = 7;
    record(FAILURE_SERVERS, 0);
    ck_assert(is_kept(0) && !is_kept(1));
    record(FAILURE_SERVERS, 1);
    ck_assert(is_kept(2) && !is_kept(3));
    record(FAILURE_SERVERS, 3);
    ck_assert(is_kept(5) && !is_kept(6));
    record(FAILURE_BOGUS, 6);
    ck_assert(is_kept(12) && !is_kept(13));
}
END_TEST

static const struct {
    enum failure_kind kind;
    unsigned kept;
} steady[] = {
    { FAILURE_BOGUS, 60 },
    { FAILURE_BOGUS_BY_TIME, 5 }, /* SPEC V13 */
    { FAILURE_SPENT, 5 },         /* RULINGS A2: and never longer */
};

START_TEST(other_failures_do_not_grow)
{
    for (uint64_t s = 0; s < 5; s++)
        record(steady[_i].kind, s);
    ck_assert(is_kept(4 + steady[_i].kept - 1));
    ck_assert(!is_kept(4 + steady[_i].kept));
}
END_TEST

START_TEST(a_success_ends_the_row)
{
    record(FAILURE_SERVERS, 0);
    record(FAILURE_SERVERS, 5);
    failure_cache_clear(cache, &key);
    ck_assert(!is_kept(5));
    record(FAILURE_SERVERS, 6);
    ck_assert(!is_kept(11));
}
END_TEST

START_TEST(another_kind_ends_the_row)
{
    record(FAILURE_SERVERS, 0);
    record(FAILURE_SERVERS, 5);
    record(FAILURE_SPENT, 15);
    record(FAILURE_SERVERS, 20);
    ck_assert(is_kept(24) && !is_kept(25));
}
END_TEST

START_TEST(a_failure_long_ago_is_not_in_the_row)
{
    record(FAILURE_SERVERS, 0);
    record(FAILURE_SERVERS, 5 + 299);
    ck_assert(is_kept(5 + 299 + 9));
    record(FAILURE_SERVERS, 5 + 299 + 10 + 300);
    ck_assert(is_kept(5 + 299 + 10 + 300 + 4));
    ck_assert(!is_kept(5 + 299 + 10 + 300 + 5));
}
END_TEST

/* SPEC I18: a CD question passes the entry of checked ones by. */
START_TEST(name_type_and_cd_are_keys)
{
    struct name other = name_of("example.");
    const struct link_key others[] = {
        { &other, TYPE_A, DATA_CHECKED },
        { &www, TYPE_AAAA, DATA_CHECKED },
        { &www, TYPE_A, DATA_UNCHECKED },
    };
    struct failure failure;
    record(FAILURE_BOGUS, 0);
    for (unsigned i = 0; i < ROWS(others); i++) {
        enum status status = failure_cache_get(cache, &others[i], at_s(0), &failure);
        ck_assert_msg(status == ST_NOTFOUND, "row %d", i);
    }
}
END_TEST

START_TEST(a_damaged_entry_is_no_failure)
{
    struct store_key entry = { name_bytes(&www), TYPE_A, KIND_FAILURE, 0 };
    uint8_t octets[300] = { FAILURE_SERVERS, 1, 0, 0, 0, 0, 0, 0, 0, 255 };
    struct failure failure;
    for (size_t len = 0; len <= sizeof octets; len++) {
        struct bytes damaged = { octets, len };
        ck_assert_int_eq(store_put(bench.store, &entry, damaged, at_s(0), at_s(10)), ST_OK);
        enum status status = failure_cache_get(cache, &key, at_s(0), &failure);
        ck_assert_int_eq(status, ST_NOTFOUND);
    }
    record(FAILURE_SERVERS, 0);
    ck_assert(is_kept(4) && !is_kept(5));
}
END_TEST

Suite *cache_failure_cache_suite(void)
{
    Suite *suite = suite_create("cache/failure_cache");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, a_failure_comes_back_with_its_cause);
    tcase_add_test(all, silent_servers_are_left_alone_twice_as_long_each_time);
    tcase_add_test(all, limits_say_how_long);
    tcase_add_loop_test(all, other_failures_do_not_grow, 0, ROWS(steady));
    tcase_add_test(all, a_success_ends_the_row);
    tcase_add_test(all, another_kind_ends_the_row);
    tcase_add_test(all, a_failure_long_ago_is_not_in_the_row);
    tcase_add_test(all, name_type_and_cd_are_keys);
    tcase_add_test(all, a_damaged_entry_is_no_failure);
    suite_add_tcase(suite, all);
    return suite;
}
