#include "lib/cache/caches.h"

#include "tests/unit/cache/cache_test.h"

static struct limits limits;

static struct caches_setup setup(void)
{
    limits_defaults(&limits);
    return (struct caches_setup){
        .octets = STORE_OCTETS_MIN,
        .workers = 1,
        .hash_key = bench_key,
        .caps = { 0, 86400, 3600, 60 },
        .limits = &limits,
    };
}

START_TEST(all_faces_stand_on_one_store)
{
    struct caches_setup how = setup();
    struct caches *caches = caches_create(&how);
    struct endpoint server;
    struct infra infra = { .srtt_us = 1 };
    ck_assert_ptr_nonnull(caches);
    server = endpoint_of("192.0.2.1");
    infra_cache_put(caches->infra, &server, &infra, at_s(0));
    ck_assert_uint_eq(store_figures(caches->store).entries, 1);
    caches_destroy(caches);
    caches_destroy(NULL);
}
END_TEST

START_TEST(a_flush_forgets_what_was_told_and_not_what_servers_are_like)
{
    struct caches_setup how = setup();
    struct caches *caches = caches_create(&how);
    struct zone_keys keys = { .zone = name_root, .state = ZONE_INSECURE, .ttl_s = 60 };
    struct endpoint server;
    struct infra infra = { .srtt_us = 1 };
    ck_assert_ptr_nonnull(caches);
    server = endpoint_of("192.0.2.1");
    infra_cache_put(caches->infra, &server, &infra, at_s(0));
    key_cache_put(caches->keys, &keys, at_s(0));
    ck_assert_uint_eq(store_figures(caches->store).entries, 2);
    caches_flush(caches);
    ck_assert_uint_eq(store_figures(caches->store).entries, 1);
    caches_destroy(caches);
}
END_TEST

START_TEST(too_small_a_store_makes_no_caches)
{
    struct caches_setup how = setup();
    how.octets = 1000;
    ck_assert_ptr_null(caches_create(&how));
}
END_TEST

#ifdef CATENA_TESTING
START_TEST(without_memory_there_are_no_caches_and_no_leak)
{
    struct caches_setup how = setup();
    for (uint64_t i = 0; i < 8; i++) {
        memory_fail_after(i);
        struct caches *caches = caches_create(&how);
        ck_assert(memory_fail_stop());
        ck_assert_ptr_null(caches);
    }
}
END_TEST
#endif

Suite *cache_caches_suite(void)
{
    Suite *suite = suite_create("cache/caches");
    TCase *all = tcase_create("all");
    tcase_add_test(all, all_faces_stand_on_one_store);
    tcase_add_test(all, a_flush_forgets_what_was_told_and_not_what_servers_are_like);
    tcase_add_test(all, too_small_a_store_makes_no_caches);
#ifdef CATENA_TESTING
    tcase_add_test(all, without_memory_there_are_no_caches_and_no_leak);
#endif
    suite_add_tcase(suite, all);
    return suite;
}
