/* base_pool - four threads on one pool and one log, for ThreadSanitizer. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/pool.h"
#include "lib/base/prng.h"
#include "tests/tsan/unforked.h"

enum { THREADS = 4, STEPS = 5000, HELD = 8, LIMIT_CHUNKS = 40 };

struct worker {
    pthread_t thread;
    struct pool *pool;
    uint64_t number;
    struct metrics metrics; /* takes that found the pool at its limit count as jobs_refused */
    uint64_t spoiled;       /* chunks that another thread wrote to */
};

struct held {
    uint8_t *chunk;
    size_t octets;
};

/* Gives back what was taken long ago, if nobody else has written there. */
static void give(struct worker *worker, struct held *held)
{
    uint8_t mark = (uint8_t)(worker->number + 1);
    if (held->chunk != NULL && (held->chunk[0] != mark || held->chunk[held->octets - 1] != mark))
        worker->spoiled++;
    pool_give(worker->pool, held->chunk, held->octets);
    *held = (struct held){ NULL, 0 };
}

static void take(struct worker *worker, struct held *held, size_t octets)
{
    *held = (struct held){ pool_take(worker->pool, octets), octets };
    if (held->chunk == NULL)
        metrics_add(&worker->metrics.jobs_refused, 1);
    else
        memset(held->chunk, (int)worker->number + 1, octets);
}

static void *take_and_give(void *argument)
{
    struct worker *worker = argument;
    struct held held[HELD] = { { NULL, 0 } };
    struct prng prng;
    prng_seed_number(&prng, worker->number);
    for (int step = 0; step < STEPS; step++) {
        struct held *slot = &held[prng_below(&prng, HELD)];
        give(worker, slot);
        take(worker, slot, 1 + prng_below(&prng, 3 * POOL_CHUNK));
        (void)pool_low(worker->pool);
    }
    for (int i = 0; i < HELD; i++)
        give(worker, &held[i]);
    return NULL;
}

static void *fill_arenas(void *argument)
{
    struct worker *worker = argument;
    for (int step = 0; step < STEPS / 10; step++) {
        struct arena *arena = arena_create(worker->pool, 6 * POOL_CHUNK);
        for (size_t i = 0; arena != NULL && i < 20; i++)
            (void)arena_zero(arena, 100 * i);
        arena_destroy(arena);
    }
    return NULL;
}

static void *speak(void *argument)
{
    struct worker *worker = argument;
    for (uint64_t step = 0; step < STEPS / 10; step++) {
        log_pretend((struct instant){ step * NS_PER_S / 10 }, (struct unixtime){ 0 });
        if (log_may_repeat(LOG_INFO, step % 5, (struct instant){ step * NS_PER_S }))
            log_line(LOG_INFO, "worker %d, step %d", (int)worker->number, (int)step);
    }
    return NULL;
}

static void run(struct worker *workers, struct pool *pool, void *(*work)(void *))
{
    for (uint64_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ .pool = pool, .number = i };
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
}

static void join(struct worker *workers)
{
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
}

START_TEST(four_threads_never_hold_the_same_chunk_nor_pass_the_limit)
{
    struct worker workers[THREADS];
    struct metrics sum = { .jobs_refused = 0 };
    struct pool *pool = pool_create(LIMIT_CHUNKS * POOL_CHUNK);
    run(workers, pool, take_and_give);
    for (int i = 0; i < STEPS; i++) {
        ck_assert_uint_le(pool_used(pool), LIMIT_CHUNKS * POOL_CHUNK);
        metrics_add_up(&sum, &workers[i % THREADS].metrics); /* the reader's side of the counters */
    }
    join(workers);
    sum.jobs_refused = 0;
    for (int i = 0; i < THREADS; i++) {
        ck_assert_uint_eq(workers[i].spoiled, 0);
        metrics_add_up(&sum, &workers[i].metrics);
    }
    ck_assert_uint_gt(sum.jobs_refused, 0); /* the limit was met */
    ck_assert_uint_eq(pool_used(pool), 0);
    pool_destroy(pool);
}
END_TEST

START_TEST(arenas_of_four_threads_share_a_pool)
{
    struct worker workers[THREADS];
    struct pool *pool = pool_create(LIMIT_CHUNKS * POOL_CHUNK);
    run(workers, pool, fill_arenas);
    join(workers);
    ck_assert_uint_eq(pool_used(pool), 0);
    pool_destroy(pool);
}
END_TEST

START_TEST(four_threads_speak_while_one_drains)
{
    struct worker workers[THREADS];
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(log_start(fileno(file)), ST_OK);
    run(workers, NULL, speak);
    for (int i = 0; i < STEPS; i++)
        log_drain();
    join(workers);
    log_stop();
    ck_assert_int_gt(lseek(fileno(file), 0, SEEK_END), 0);
    (void)fclose(file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tsan/base_pool");
    TCase *threads = tcase_create("threads");
    tcase_add_test(threads, four_threads_never_hold_the_same_chunk_nor_pass_the_limit);
    tcase_add_test(threads, arenas_of_four_threads_share_a_pool);
    tcase_add_test(threads, four_threads_speak_while_one_drains);
    suite_add_tcase(suite, threads);
    return run_unforked(suite);
}
