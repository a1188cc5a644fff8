/* LIMITS 4.5.2: the table beside an unbounded map of exact buckets. Random keys, prices, late
 * clocks and jumps; after each operation the estimate of the key is no lower than its level, and of
 * one drawn at random. Levels count what had room, at the time the charge counted. */
#include "lib/policy/buckets.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/prng.h"
#include "tests/unit/suites.h"

enum {
    KEYS = 1 << 16,
    OPERATIONS = 600000,        /* of each size: 16 sizes are 10^7 (RULINGS B30) */
    OPERATIONS_LONG = 62500000, /* 10^9 */
    HOT = 12,                   /* keys that half of all charges are for */
    JUMP_EVERY = 60000,
    LATE_MS = 50, /* a batch */
    DAY_MS = 24 * 3600 * 1000
};

static const struct bucket_rates rates = { 65536, 160000, 16 };

struct exact {
    uint64_t time_ms;
    uint32_t level;
};

static struct model {
    struct buckets *buckets;
    uint32_t lines;
    struct exact *keys;
    struct prng prng;
    uint64_t now_ms, limited, whole;
} model;

static void set_up_model(void)
{
    model.keys = calloc(KEYS, sizeof *model.keys);
    ck_assert_ptr_nonnull(model.keys);
    model.limited = model.whole = 0;
}

static void tear_down_model(void)
{
    buckets_destroy(model.buckets);
    model.buckets = NULL;
    free(model.keys);
}

static struct instant at_ms(uint64_t ms)
{
    return (struct instant){ ms * NS_PER_MS };
}

/* 64 bits of what a line keeps 32 of. */
static uint64_t unwrapped(uint32_t time_ms)
{
    return model.now_ms + (uint64_t)(int64_t)(int32_t)(time_ms - (uint32_t)model.now_ms);
}

static uint32_t level_at(const struct exact *exact, uint64_t time_ms)
{
    uint64_t fall = (time_ms - exact->time_ms) * rates.leak;
    if (time_ms < exact->time_ms) /* Check's own asserts cost a system call each */
        ck_abort_msg("the time of a key went back"); /* 4.3 */
    return fall < exact->level ? exact->level - (uint32_t)fall : 0;
}

static void check_key(uint32_t key)
{
    struct bucket_place place = buckets_find(model.buckets, &key, sizeof key);
    struct bucket_level kept = buckets_read(model.buckets, &place, at_ms(model.now_ms));
    if (kept.estimate < level_at(&model.keys[key], unwrapped(kept.time_ms)))
        ck_abort_msg("key %u is read too low", key);
}

static void charge(uint32_t key, uint32_t price, uint64_t now_ms)
{
    struct exact *exact = &model.keys[key];
    struct bucket_place place = buckets_find(model.buckets, &key, sizeof key);
    struct bucket_level kept = buckets_charge(model.buckets, &place, price, at_ms(now_ms));
    uint64_t time_ms = unwrapped(kept.time_ms);
    bool whole = kept.estimate <= rates.burst;

    exact->level = level_at(exact, time_ms) + (whole ? price : 0);
    exact->time_ms = time_ms;
    if (kept.estimate < exact->level || exact->level > rates.burst)
        ck_abort_msg("key %u: %u is kept, %u was sent", key, kept.estimate, exact->level);
    model.whole += whole;
    model.limited += !whole;
}

/* Now and then hours, days, weeks; what has slept is swept on, as the daemon does. */
static void move_time(void)
{
    static const uint64_t jumps_ms[] = { 1000,
                                         3600 * 1000,
                                         DAY_MS,
                                         11 * (uint64_t)DAY_MS,
                                         25 * (uint64_t)DAY_MS,
                                         50 * (uint64_t)DAY_MS };
    uint32_t draw = prng_u32(&model.prng);

    model.now_ms += draw % 16 == 0;
    if (draw >> 8 >= (1 << 24) / JUMP_EVERY)
        return;
    model.now_ms += jumps_ms[prng_below(&model.prng, 6)];
    for (uint32_t line = 0; line < model.lines; line += BUCKET_SWEEP_LINES)
        buckets_sweep(model.buckets, at_ms(model.now_ms));
}

static uint32_t draw_key(void)
{
    return prng_below(&model.prng, 2) ? prng_below(&model.prng, HOT)
                                      : prng_below(&model.prng, KEYS);
}

static void run(uint32_t pairs, uint64_t operations)
{
    struct siphash_key hash_key = { pairs, 9 };

    prng_seed_number(&model.prng, pairs);
    model.buckets = buckets_create(pairs, &rates, &hash_key);
    ck_assert_ptr_nonnull(model.buckets);
    model.lines = 2 * pairs;
    model.now_ms = UINT32_MAX - 1000; /* soon the 32 bits wrap */
    for (uint64_t i = 0; i < operations; i++) {
        uint32_t draw = prng_u32(&model.prng);
        move_time();
        charge(draw_key(), draw % 1233, model.now_ms - (draw >> 16) % LATE_MS);
        check_key(prng_below(&model.prng, KEYS));
    }
}

static uint64_t operations(void)
{
    return getenv("CATENA_LONG") ? OPERATIONS_LONG : OPERATIONS;
}

START_TEST(no_key_is_ever_read_too_low) /* LIMITS 4.3, 4.5.2; sizes from 1 pair to 2^15 */
{
    run(UINT32_C(1) << _i, operations());
    ck_assert_uint_gt(model.whole, 0);
    ck_assert_uint_gt(model.limited, 0);
}
END_TEST

START_TEST(a_key_that_is_alone_and_never_limited_is_read_exactly)
{
    struct siphash_key hash_key = { 1, 2 };
    struct exact *exact = &model.keys[7];
    uint32_t key = 7;

    prng_seed_number(&model.prng, 7);
    model.buckets = buckets_create(1, &rates, &hash_key);
    model.lines = 2;
    model.now_ms = UINT32_MAX - 1000;
    struct bucket_place place = buckets_find(model.buckets, &key, sizeof key);
    for (unsigned i = 0; i < 100000; i++) {
        model.now_ms += prng_below(&model.prng, 100);
        move_time();
        uint64_t now_ms = model.now_ms;
        if (level_at(exact, now_ms) + 1232 > rates.burst)
            continue;
        uint32_t price = prng_below(&model.prng, 1233);
        struct bucket_level kept = buckets_charge(model.buckets, &place, price, at_ms(now_ms));
        exact->level = level_at(exact, now_ms) + price;
        exact->time_ms = now_ms;
        if (kept.estimate != exact->level || kept.time_ms != (uint32_t)now_ms)
            ck_abort_msg("%u is kept, %u was sent", kept.estimate, exact->level);
    }
}
END_TEST

Suite *policy_buckets_model_suite(void)
{
    Suite *suite = suite_create("policy/buckets_model");
    TCase *tcase = tcase_create("model");
    tcase_add_checked_fixture(tcase, set_up_model, tear_down_model);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, no_key_is_ever_read_too_low, 0, 16);
    tcase_add_test(tcase, a_key_that_is_alone_and_never_limited_is_read_exactly);
    suite_add_tcase(suite, tcase);
    return suite;
}
