/* policy_quota - four threads enter and leave at the same places, for ThreadSanitizer. */
#include <pthread.h>

#include "lib/base/prng.h"
#include "lib/policy/quota.h"
#include "tests/tsan/unforked.h"

enum { THREADS = 4, STEPS = 100000, KEYS = 5 };

struct worker {
    pthread_t thread;
    struct quota *quota;
    uint64_t number;
    unsigned below; /* counts that were lower than what this thread alone had there */
};

static struct quota_place place_of(const struct quota *quota, uint32_t key)
{
    return quota_find(quota, QUOTA_SERVER, &key, sizeof key);
}

static void *enter_and_leave(void *argument)
{
    struct worker *worker = argument;
    uint32_t mine[KEYS] = { 0 };
    struct prng prng;
    prng_seed_number(&prng, worker->number);
    for (unsigned step = 0; step < STEPS; step++) {
        uint32_t key = prng_below(&prng, KEYS);
        if (mine[key] > 0 && prng_below(&prng, 2) == 0) {
            quota_leave(worker->quota, place_of(worker->quota, key));
            mine[key]--;
        } else {
            worker->below += quota_enter(worker->quota, place_of(worker->quota, key)) < ++mine[key];
        }
    }
    for (uint32_t key = 0; key < KEYS; key++)
        for (; mine[key] > 0; mine[key]--)
            quota_leave(worker->quota, place_of(worker->quota, key));
    return NULL;
}

START_TEST(what_threads_enter_and_leave_at_once_adds_up)
{
    struct siphash_key hash_key = { 3, 4 };
    struct worker workers[THREADS];
    struct quota *quota = quota_create(&hash_key);
    ck_assert_ptr_nonnull(quota);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ .quota = quota, .number = i };
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, enter_and_leave, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
        ck_assert_uint_eq(workers[i].below, 0);
    }
    for (uint32_t key = 0; key < KEYS; key++)
        ck_assert_uint_eq(quota_count(quota, place_of(quota, key)), 0);
    quota_destroy(quota);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tsan/policy_quota");
    TCase *threads = tcase_create("threads");
    tcase_add_test(threads, what_threads_enter_and_leave_at_once_adds_up);
    suite_add_tcase(suite, threads);
    return run_unforked(suite);
}
