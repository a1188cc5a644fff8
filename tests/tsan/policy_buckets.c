/* policy_buckets - four threads on one small table of buckets, for ThreadSanitizer. Each has keys
 * of its own with their exact levels beside, a clock that is late by up to a batch, and sweeps; no
 * key is ever read lower than it is. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/prng.h"
#include "lib/policy/buckets.h"
#include "lib/policy/ratelimit.h"
#include "tests/tsan/unforked.h"

enum { THREADS = 4, STEPS = 20000, KEYS = 100, LATE_MS = 20, DAY_MS = 24 * 3600 * 1000 };

static const struct bucket_rates rates = { 65536, 160000, 16 };
static const struct siphash_key hash_key = { 1, 2 };
static _Atomic uint64_t clock_ms;

struct exact {
    uint32_t time_ms, level;
};

struct worker {
    pthread_t thread;
    uint32_t number;
    struct buckets *buckets;
    struct ratelimit *ratelimit;
    struct exact keys[KEYS];
    struct prng prng;
    uint64_t low, whole, limited;
};

static struct instant late_now(struct worker *worker)
{
    uint64_t ms = atomic_load(&clock_ms) - prng_below(&worker->prng, LATE_MS);
    return (struct instant){ ms * NS_PER_MS };
}

static uint32_t level_at(const struct exact *exact, uint32_t time_ms)
{
    uint64_t fall = (uint64_t)(uint32_t)(time_ms - exact->time_ms) * rates.leak;
    return fall < exact->level ? exact->level - (uint32_t)fall : 0;
}

static void charge(struct worker *worker)
{
    uint32_t number = prng_below(&worker->prng, KEYS), price = prng_below(&worker->prng, 1233);
    uint32_t key = number * THREADS + worker->number;
    struct exact *exact = &worker->keys[number];
    struct bucket_place place = buckets_find(worker->buckets, &key, sizeof key);
    struct bucket_level kept = buckets_charge(worker->buckets, &place, price, late_now(worker));
    bool whole = kept.estimate <= rates.burst;

    exact->level = level_at(exact, kept.time_ms) + (whole ? price : 0);
    exact->time_ms = kept.time_ms;
    worker->low += kept.estimate < exact->level;
    worker->whole += whole;
    worker->limited += !whole;
}

static void *charge_and_sweep(void *argument)
{
    struct worker *worker = argument;

    prng_seed_number(&worker->prng, worker->number);
    for (int step = 0; step < STEPS; step++) {
        charge(worker);
        if (step % 100 == 0)
            buckets_sweep(worker->buckets, late_now(worker));
        if (step % 50 == 0)
            atomic_fetch_add(&clock_ms, 1);
    }
    return NULL;
}

/* One of them finds that all have slept for thirty days; none may be charged into what goes. */
static void *wake_up(void *argument)
{
    struct worker *worker = argument;
    uint64_t ms = atomic_load(&clock_ms);

    prng_seed_number(&worker->prng, worker->number);
    memset(worker->keys, 0, sizeof worker->keys);
    for (unsigned i = 0; i < KEYS; i++)
        worker->keys[i].time_ms = (uint32_t)ms;
    for (int step = 0; step < 200; step++)
        charge(worker);
    return NULL;
}

static void *judge(void *argument)
{
    struct worker *worker = argument;
    struct ratelimit_rules rules = { .mode = RATELIMIT_AUTO };

    prng_seed_number(&worker->prng, worker->number);
    for (int step = 0; step < STEPS; step++) {
        uint8_t octets[4] = { 192, 0, 2, (uint8_t)prng_below(&worker->prng, 4) };
        struct endpoint client = endpoint_v4(octets, 53);
        struct ratelimit_reply reply = { 60, 1000, { atomic_load(&clock_ms) * NS_PER_MS }, 0 };
        struct ratelimit_keys keys;
        ratelimit_find(worker->ratelimit, &rules, &client, &keys);
        bool whole = ratelimit_judge(worker->ratelimit, &keys, &reply).verdict == RATELIMIT_WHOLE;
        worker->whole += whole;
        worker->limited += !whole;
        worker->low += ratelimit_may_tell(worker->ratelimit, reply.now); /* times it was told */
    }
    return NULL;
}

static void run(struct worker workers[THREADS], void *(*work)(void *))
{
    for (uint32_t i = 0; i < THREADS; i++) {
        workers[i].number = i;
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
}

static void begin(struct worker workers[THREADS], uint32_t pairs)
{
    atomic_store(&clock_ms, UINT32_MAX - 100);
    memset(workers, 0, THREADS * sizeof *workers);
    workers[0].buckets = buckets_create(pairs, &rates, &hash_key);
    workers[0].ratelimit = ratelimit_create(pairs, &hash_key);
    ck_assert(workers[0].buckets && workers[0].ratelimit);
    for (unsigned i = 1; i < THREADS; i++) {
        workers[i].buckets = workers[0].buckets;
        workers[i].ratelimit = workers[0].ratelimit;
    }
}

static struct worker sum_of(const struct worker workers[THREADS])
{
    struct worker sum = { .low = 0 };
    for (unsigned i = 0; i < THREADS; i++) {
        sum.low += workers[i].low;
        sum.whole += workers[i].whole;
        sum.limited += workers[i].limited;
    }
    buckets_destroy(workers[0].buckets);
    ratelimit_destroy(workers[0].ratelimit);
    return sum;
}

START_TEST(four_threads_never_read_a_key_too_low)
{
    static struct worker workers[THREADS];
    begin(workers, UINT32_C(1) << (3 * _i));
    run(workers, charge_and_sweep);
    struct worker sum = sum_of(workers);
    ck_assert_uint_eq(sum.low, 0);
    ck_assert_uint_gt(sum.whole, 0);
    ck_assert_uint_gt(sum.limited, 0);
}
END_TEST

START_TEST(who_wakes_from_a_long_sleep_charges_an_empty_table)
{
    static struct worker workers[THREADS];
    begin(workers, 1 << 10);
    run(workers, charge_and_sweep);
    atomic_fetch_add(&clock_ms, 30 * (uint64_t)DAY_MS);
    workers[0].low = workers[1].low = workers[2].low = workers[3].low = 0;
    run(workers, wake_up);
    ck_assert_uint_eq(sum_of(workers).low, 0);
}
END_TEST

START_TEST(four_threads_share_the_room_of_one_client)
{
    static struct worker workers[THREADS];
    begin(workers, 1 << 10);
    run(workers, judge);
    struct worker sum = sum_of(workers);
    ck_assert_uint_eq(sum.whole, 4 * (65536 / 940)); /* no time passes: four clients, one burst */
    ck_assert_uint_eq(sum.low, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tsan/policy_buckets");
    TCase *threads = tcase_create("threads");
    tcase_add_loop_test(threads, four_threads_never_read_a_key_too_low, 0, 4);
    tcase_add_test(threads, who_wakes_from_a_long_sleep_charges_an_empty_table);
    tcase_add_test(threads, four_threads_share_the_room_of_one_client);
    suite_add_tcase(suite, threads);
    return run_unforked(suite);
}
