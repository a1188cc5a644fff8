/* cache_store - four threads on one store and its faces, for ThreadSanitizer. Every value tells its
 * own checksum, so a read that mixes two writes is found out. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/pool.h"
#include "lib/base/prng.h"
#include "lib/cache/answer_cache.h"
#include "lib/cache/infra_cache.h"
#include "tests/tsan/unforked.h"

enum { THREADS = 4, STEPS = 20000, NAMES = 3000, LONGEST = 2400, STRONG = 20 };

static const struct siphash_key table_key = { 1, 2 }, sum_key = { 3, 4 };

struct worker {
    pthread_t thread;
    struct store *store;
    struct pool *pool;
    struct answer_cache *answers;
    struct prng prng;
    uint64_t hits, spoiled, refused, removed;
};

static struct instant at_s(uint64_t s)
{
    return (struct instant){ (1000 + s) * NS_PER_S };
}

static struct store_key key_of(const uint32_t *number)
{
    static const uint8_t kinds[] = { KIND_RRSET, KIND_ANSWER, KIND_KEYS, KIND_INFRA };
    return (struct store_key){
        .name = { (const uint8_t *)number, sizeof *number },
        .type = (uint16_t)*number,
        .kind = kinds[*number % sizeof kinds],
    };
}

/* The key's number, random octets, and the checksum of both. */
static struct bytes value_of(struct worker *worker, uint32_t number, uint8_t room[LONGEST])
{
    size_t len = sizeof number + prng_below(&worker->prng, LONGEST - sizeof number - 8);
    memset(room, (int)prng_below(&worker->prng, 256), len);
    memcpy(room, &number, sizeof number);
    uint64_t sum = siphash13(&sum_key, room, len);
    memcpy(room + len, &sum, sizeof sum);
    return (struct bytes){ room, len + sizeof sum };
}

static bool is_whole(struct bytes value, uint32_t number)
{
    uint64_t sum;
    if (value.len < sizeof number + sizeof sum || memcmp(value.at, &number, sizeof number) != 0)
        return false;
    memcpy(&sum, value.at + value.len - sizeof sum, sizeof sum);
    return sum == siphash13(&sum_key, value.at, value.len - sizeof sum);
}

static void read_one(struct worker *worker, uint32_t number, struct arena *arena)
{
    uint8_t room[LONGEST];
    struct store_key key = key_of(&number);
    struct store_value found;
    store_prefetch(worker->store, store_hash(worker->store, &key));
    store_prefetch_entry(worker->store, store_hash(worker->store, &key));
    enum status status = prng_below(&worker->prng, 2) == 0
                             ? store_get(worker->store, &key, arena, &found)
                             : store_copy(worker->store, &key, room, sizeof room, &found);
    if (status != ST_OK)
        return;
    worker->hits++;
    worker->spoiled += !is_whole(found.value, number);
}

static void write_one(struct worker *worker, uint32_t number)
{
    uint8_t room[LONGEST];
    struct store_key key = key_of(&number);
    struct bytes value = value_of(worker, number, room);
    if (store_put(worker->store, &key, value, at_s(0), INSTANT_NEVER) != ST_OK)
        worker->refused++;
}

static bool every_hundredth(void *context, const struct store_key *key)
{
    uint16_t *rest = context;
    return key->type % 100 == *rest && key->type < NAMES;
}

static void *work_the_store(void *argument)
{
    struct worker *worker = argument;
    struct arena *arena = NULL;
    for (unsigned step = 0; step < STEPS; step++) {
        if (step % 64 == 0) {
            arena_destroy(arena);
            arena = arena_create(worker->pool, 64 * LONGEST);
            ck_assert_ptr_nonnull(arena);
        }
        uint32_t number = prng_below(&worker->prng, NAMES), draw = prng_below(&worker->prng, 100);
        uint16_t rest = (uint16_t)(step % 100);
        struct store_key key = key_of(&number);
        if (draw < 60)
            read_one(worker, number, arena);
        else if (draw < 95)
            write_one(worker, number);
        else
            worker->removed += store_remove(worker->store, &key);
        if (step % 2000 == 1999)
            worker->removed += store_sweep(worker->store, every_hundredth, &rest);
    }
    arena_destroy(arena);
    return NULL;
}

/* Strong entries are in; weak offers of all threads must leave each octet of them. */
static void *offer_less(void *argument)
{
    struct worker *worker = argument;
    for (unsigned step = 0; step < STEPS; step++) {
        uint32_t number = prng_below(&worker->prng, STRONG);
        struct store_key key = key_of(&number);
        struct store_value weak = { { (const uint8_t *)"weak", 4 }, at_s(1), at_s(9) };
        uint8_t room[LONGEST];
        worker->refused += store_offer(worker->store, &key, &weak, 1) == ST_BUSY;
        if (store_copy(worker->store, &key, room, sizeof room, &weak) == ST_OK)
            worker->spoiled += !is_whole(weak.value, number);
    }
    return NULL;
}

/* The epoch goes up in one thread; no other may ever read an answer that is older than what it was
 * when the read began. */
static void *answer(void *argument)
{
    struct worker *worker = argument;
    struct name name;
    ck_assert_int_eq(name_from_text("www.example.", &name), ST_OK);
    struct answer_key key = { &name, 1, 0 };
    for (unsigned step = 0; step < STEPS; step++) {
        uint8_t message[16] = { 0 }, room[256];
        uint32_t epoch = answer_cache_epoch(worker->answers);
        struct rendered fresh = { .octets = message, .len = sizeof message, .epoch = epoch };
        struct rendered hit = { .octets = room, .size = sizeof room };
        memcpy(message + 12, &epoch, sizeof epoch);
        if (step % 16 == 0 && worker->hits % 2 == 0)
            answer_cache_raise_epoch(worker->answers);
        enum status status = answer_cache_put(worker->answers, &key, &fresh, at_s(0), at_s(9));
        worker->refused += status != ST_OK;
        answer_cache_expect_entry(worker->answers, answer_cache_expect(worker->answers, &key));
        epoch = answer_cache_epoch(worker->answers);
        if (answer_cache_get(worker->answers, &key, at_s(1), &hit) != ST_OK)
            continue;
        worker->hits++;
        worker->spoiled += hit.epoch < epoch || memcmp(room + 12, &hit.epoch, sizeof epoch) != 0;
    }
    return NULL;
}

static struct worker workers[THREADS];
static struct store *store;
static struct pool *pool;
static struct answer_cache *answers;

static void set_up(void)
{
    store = store_create(STORE_OCTETS_MIN, THREADS, &table_key);
    pool = pool_create((size_t)16 << 20);
    answers = answer_cache_create(store);
    ck_assert(store != NULL && pool != NULL && answers != NULL);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ .store = store, .pool = pool, .answers = answers };
        prng_seed_number(&workers[i].prng, i);
    }
}

static void tear_down(void)
{
    answer_cache_destroy(answers);
    store_destroy(store);
    pool_destroy(pool);
}

/* Starts and joins all; the figures are read meanwhile. */
static struct worker run(void *(*work)(void *))
{
    struct worker sum = { .hits = 0 };
    for (unsigned i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    for (unsigned i = 0; i < 200; i++)
        ck_assert_uint_le(store_figures(store).octets_mapped, STORE_OCTETS_MIN);
    for (unsigned i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
        sum.hits += workers[i].hits;
        sum.spoiled += workers[i].spoiled;
        sum.refused += workers[i].refused;
        sum.removed += workers[i].removed;
    }
    return sum;
}

START_TEST(no_read_ever_mixes_two_writes)
{
    struct worker sum = run(work_the_store);
    struct store_figures figures = store_figures(store);
    ck_assert_uint_eq(sum.spoiled, 0);
    ck_assert_uint_eq(sum.refused, 0);
    ck_assert_uint_gt(sum.hits, STEPS / 10);
    ck_assert_uint_gt(sum.removed, 0);
    ck_assert_uint_gt(figures.evicted, 0);
    ck_assert_uint_gt(figures.moved, 0);
    ck_assert_uint_gt(figures.replaced, 0);
}
END_TEST

START_TEST(no_weak_offer_ever_wins)
{
    for (uint32_t i = 0; i < STRONG; i++) {
        uint8_t room[LONGEST];
        struct store_key key = key_of(&i);
        struct store_value strong = { value_of(&workers[0], i, room), at_s(0), at_s(100) };
        ck_assert_int_eq(store_offer(store, &key, &strong, 2), ST_OK);
    }
    struct worker sum = run(offer_less);
    ck_assert_uint_eq(sum.spoiled, 0);
    ck_assert_uint_eq(sum.refused, (uint64_t)THREADS * STEPS);
}
END_TEST

START_TEST(no_answer_survives_its_epoch)
{
    struct worker sum = run(answer);
    ck_assert_uint_eq(sum.spoiled, 0);
    ck_assert_uint_eq(sum.refused, 0);
    ck_assert_uint_gt(sum.hits, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tsan/cache_store");
    TCase *threads = tcase_create("threads");
    tcase_add_checked_fixture(threads, set_up, tear_down);
    tcase_add_test(threads, no_read_ever_mixes_two_writes);
    tcase_add_test(threads, no_weak_offer_ever_wins);
    tcase_add_test(threads, no_answer_survives_its_epoch);
    suite_add_tcase(suite, threads);
    return run_unforked(suite);
}
