/* cache_denial - four threads on one denial cache, for ThreadSanitizer: they keep, find, clear and
 * lose ranges of a few zones. What is found must be a whole record of the zone that was asked for,
 * at or before the name. */
#include <pthread.h>
#include <stdio.h>

#include "lib/base/pool.h"
#include "lib/base/prng.h"
#include "lib/cache/denial_cache.h"
#include "lib/wire/type.h"
#include "tests/tsan/unforked.h"

enum { THREADS = 4, STEPS = 6000, ZONES = 24, NAMES = 400, ARENA = 1 << 20 };

static const struct siphash_key table_key = { 1, 2 };
static struct store *store;
static struct denial_cache *cache;
static struct pool *pool;

struct worker {
    pthread_t thread;
    struct prng prng;
    struct arena *arena;
    uint64_t hits, spoiled;
};

static struct instant now(void)
{
    return (struct instant){ 1000 * NS_PER_S };
}

static struct name apex_of(unsigned zone)
{
    char text[64];
    struct name name;
    snprintf(text, sizeof text, "z%u.", zone);
    ck_assert_int_eq(name_from_text(text, &name), ST_OK);
    return name;
}

static struct name name_of(unsigned number, const char *end, unsigned zone)
{
    char text[64];
    struct name name;
    snprintf(text, sizeof text, "n%04u%s.z%u.", number, end, zone);
    ck_assert_int_eq(name_from_text(text, &name), ST_OK);
    return name;
}

static void keep_one(struct worker *worker, unsigned zone, unsigned number)
{
    struct name apex = apex_of(zone), owner = name_of(number, "", zone);
    struct name next = name_of(number + 1, "", zone);
    uint8_t octets[NAME_OCTETS_MAX + 8] = { 0 };
    struct bytes rdata = { octets, next.len + 3u };
    struct rrset_parts parts = { &owner, TYPE_NSEC, 300, &rdata, 1, NULL, 0 };
    struct denial_record record = { .zone = &apex, .ttl_s = 300 };
    struct rrset *set;

    memcpy(octets, next.octets, next.len);
    memcpy(octets + next.len, (const uint8_t[]){ 0, 1, 0x40 }, 3); /* A */
    ck_assert_int_eq(rrset_pack(&parts, worker->arena, &set), ST_OK);
    set->security = SEC_SECURE;
    record.set = set;
    enum status status = denial_cache_put(cache, &record, now());
    ck_assert(status == ST_OK || status == ST_LIMIT);
}

static void find_one(struct worker *worker, unsigned zone, unsigned number)
{
    struct name apex = apex_of(zone), name = name_of(number, "b", zone);
    struct denial_place place = { &apex, &name, NULL };
    struct denial_chains chains;
    struct rrset *set;
    struct nsec nsec;

    (void)!denial_cache_chains(cache, &apex, &chains);
    if (denial_cache_find(cache, &place, now(), worker->arena, &set) != ST_OK)
        return;
    worker->hits++;
    worker->spoiled += !nsec_read(set, &apex, &nsec) || name_compare(&nsec.owner, &name) > 0;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned zone = prng_below(&worker->prng, ZONES), draw = prng_below(&worker->prng, 1000);
        unsigned number = prng_below(&worker->prng, NAMES);
        arena_reset(worker->arena);
        if (draw < 400)
            keep_one(worker, zone, number);
        else if (draw < 999)
            find_one(worker, zone, number);
        else
            denial_cache_clear(cache);
    }
    return NULL;
}

static void set_up(void)
{
    store = store_create(STORE_OCTETS_MIN, THREADS, &table_key);
    ck_assert_ptr_nonnull(store);
    cache = denial_cache_create(store, (size_t)4 * DENIAL_OCTETS_MIN, &table_key);
    pool = pool_create((size_t)16 << 20);
    ck_assert(cache && pool);
}

static void tear_down(void)
{
    denial_cache_destroy(cache);
    store_destroy(store);
    pool_destroy(pool);
}

START_TEST(no_search_ever_meets_half_a_change)
{
    struct worker workers[THREADS];
    uint64_t hits = 0;

    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ .arena = arena_create(pool, ARENA) };
        ck_assert_ptr_nonnull(workers[i].arena);
        prng_seed_number(&workers[i].prng, i);
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < 100; i++) {
        struct denial_figures figures = denial_cache_figures(cache);
        ck_assert_uint_le(figures.octets, figures.octets_most);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
        arena_destroy(workers[i].arena);
        hits += workers[i].hits;
        ck_assert_uint_eq(workers[i].spoiled, 0);
    }
    ck_assert_uint_gt(hits, STEPS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tsan/cache_denial");
    TCase *threads = tcase_create("threads");
    tcase_add_checked_fixture(threads, set_up, tear_down);
    tcase_add_test(threads, no_search_ever_meets_half_a_change);
    suite_add_tcase(suite, threads);
    return run_unforked(suite);
}
