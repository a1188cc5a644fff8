#include "lib/policy/buckets.h"

#include <signal.h>
#include <string.h>

#include "tests/unit/suites.h"

static const struct siphash_key hash_key = { 3, 4 };
static const struct bucket_rates rates = { 1000, 500, 2 };
static const uint64_t day_ms = UINT64_C(24) * 3600 * 1000;

static struct buckets *buckets;

static void set_up_buckets(void)
{
    buckets = buckets_create(64, &rates, &hash_key);
    ck_assert_ptr_nonnull(buckets);
}

static void tear_down_buckets(void)
{
    buckets_destroy(buckets);
}

static struct instant at_ms(uint64_t ms)
{
    return (struct instant){ ms * NS_PER_MS };
}

static struct bucket_place place_of(uint32_t key)
{
    return buckets_find(buckets, &key, sizeof key);
}

static uint32_t charge(uint32_t key, uint32_t price, uint64_t ms)
{
    struct bucket_place place = place_of(key);
    return buckets_charge(buckets, &place, price, at_ms(ms)).estimate;
}

static uint32_t kept(uint32_t key, uint64_t ms)
{
    struct bucket_place place = place_of(key);
    return buckets_read(buckets, &place, at_ms(ms)).estimate;
}

static void sweep_all(uint64_t ms)
{
    for (unsigned i = 0; i < 2 * 64 / BUCKET_SWEEP_LINES; i++)
        buckets_sweep(buckets, at_ms(ms));
}

START_TEST(a_level_rises_by_what_is_charged_and_leaks_each_millisecond)
{
    ck_assert_uint_eq(charge(1, 300, 5000), 300);
    ck_assert_uint_eq(charge(1, 100, 5000), 400);
    ck_assert_uint_eq(kept(1, 5001), 398);
    ck_assert_uint_eq(charge(1, 10, 5100), 210);
    ck_assert_uint_eq(kept(1, 5204), 2);
    ck_assert_uint_eq(kept(1, 5205), 0);
    ck_assert_uint_eq(kept(1, 6000), 0);
}
END_TEST

START_TEST(reading_changes_nothing)
{
    charge(1, 300, 5000);
    ck_assert_uint_eq(kept(1, 5100), 100);
    ck_assert_uint_eq(kept(1, 5000), 300);
}
END_TEST

START_TEST(what_has_no_room_is_charged_up_to_the_penalty) /* LIMITS 4.2 */
{
    ck_assert_uint_eq(charge(1, 1000, 5000), 1000);
    ck_assert_uint_eq(charge(1, 1, 5000), 1001);
    ck_assert_uint_eq(charge(1, 400, 5000), 1401);
    ck_assert_uint_eq(charge(1, 400, 5000), 1500);
    ck_assert_uint_eq(charge(1, 400, 5000), 1500);
    ck_assert_uint_eq(kept(1, 5250), 1000); /* after the penalty has leaked there is room again */
}
END_TEST

START_TEST(keys_have_levels_of_their_own)
{
    charge(1, 300, 5000);
    charge(2, 200, 5000);
    ck_assert_uint_eq(kept(1, 5000), 300);
    ck_assert_uint_eq(kept(2, 5000), 200);
    ck_assert_uint_eq(kept(3, 5000), 0);
}
END_TEST

START_TEST(a_late_charge_counts_at_the_time_of_its_lines)
{
    struct bucket_place place = place_of(1);
    charge(1, 300, 5000);
    struct bucket_level late = buckets_charge(buckets, &place, 100, at_ms(4900));
    ck_assert_uint_eq(late.estimate, 400);
    ck_assert_uint_eq(late.time_ms, 5000);
    ck_assert_uint_eq(kept(1, 5100), 200);
}
END_TEST

/* A key whose second line is of another, later time: written with a time of its own it would leak
 * twice there. */
START_TEST(both_lines_of_a_key_come_to_one_time)
{
    struct bucket_place first = place_of(1), other = { { 0, first.line[1] }, 0 };

    other.line[0] = (first.line[0] + 2) % 128;
    for (other.id = 70; other.id <= 70 + BUCKET_SLOTS; other.id++) /* the last takes an odd slot */
        buckets_charge(buckets, &other, 50, at_ms(9000));
    struct bucket_level late = buckets_charge(buckets, &first, 300, at_ms(5000));
    ck_assert_uint_eq(late.time_ms, 9000);
    ck_assert_uint_eq(late.estimate, 300);
    ck_assert_uint_eq(kept(1, 9010), 280);
}
END_TEST

/* LIMITS 4.2: the time of a line of zeros does not count, whenever it is first used. */
START_TEST(an_empty_table_may_begin_at_any_time)
{
    static const uint64_t begins[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x180000000 };
    for (unsigned i = 0; i < sizeof begins / sizeof *begins; i++) {
        struct buckets *fresh = buckets_create(1, &rates, &hash_key);
        struct bucket_place place = buckets_find(fresh, "k", 1);
        struct bucket_level level = buckets_charge(fresh, &place, 7, at_ms(begins[i]));
        ck_assert_uint_eq(level.estimate, 7);
        ck_assert_uint_eq(level.time_ms, (uint32_t)begins[i]);
        buckets_destroy(fresh);
    }
}
END_TEST

START_TEST(thirty_two_bits_of_milliseconds_wrap_without_notice)
{
    ck_assert_uint_eq(charge(1, 300, 0xffffffff), 300);
    ck_assert_uint_eq(kept(1, UINT64_C(0x100000009)), 280);
    ck_assert_uint_eq(charge(1, 20, UINT64_C(0x100000009)), 300);
}
END_TEST

START_TEST(a_line_untouched_for_twelve_days_is_swept)
{
    charge(1, 900, 5000);
    for (uint64_t day = 1; day <= 60; day++) { /* the table is in use, this key's lines are not */
        buckets_sweep(buckets, at_ms(5000 + day * day_ms));
        buckets_sweep(buckets, at_ms(5000 + day * day_ms));
    }
    ck_assert_uint_eq(kept(1, 5000 + 60 * day_ms), 0);
    struct bucket_place place = place_of(1);
    struct bucket_level level = buckets_charge(buckets, &place, 7, at_ms(5000 + 60 * day_ms));
    ck_assert_uint_eq(level.time_ms, (uint32_t)(5000 + 60 * day_ms));
}
END_TEST

START_TEST(a_sweep_leaves_what_is_in_use)
{
    charge(1, 900, 5000);
    sweep_all(5001);
    sweep_all(4000); /* by a thread that is late */
    ck_assert_uint_eq(kept(1, 5000), 900);
}
END_TEST

/* Suspended for 30 days, the difference of 32 bits would say that the lines are ahead. */
START_TEST(after_a_long_suspend_all_is_empty)
{
    uint64_t later = 5000 + 30 * day_ms;
    charge(1, 900, 5000);
    ck_assert_uint_eq(charge(2, 1, later), 1);
    ck_assert_uint_eq(kept(1, later), 0);
    ck_assert_uint_eq(charge(1, 5, later), 5);
    ck_assert_uint_eq(kept(1, later + 1), 3);
}
END_TEST

START_TEST(who_slept_through_a_suspend_is_brought_to_the_present)
{
    uint64_t later = 5000 + 30 * day_ms;
    struct bucket_place place = place_of(1);
    charge(2, 900, 5000);
    charge(3, 1, later);
    struct bucket_level level = buckets_charge(buckets, &place, 7, at_ms(5000));
    ck_assert_uint_eq(level.time_ms, (uint32_t)later);
}
END_TEST

/* LIMITS 4.1 (a), (b): what KRU reads too low. More keys than slots, each read at least as high as
 * it is, in a table of two lines. */
START_TEST(who_loses_a_slot_is_still_read_as_high)
{
    struct buckets *tiny = buckets_create(1, &rates, &hash_key);
    struct bucket_place places[64];
    for (uint32_t key = 0; key < 64; key++) {
        places[key] = buckets_find(tiny, &key, sizeof key);
        buckets_charge(tiny, &places[key], 10 + key, at_ms(5000));
    }
    for (uint32_t key = 0; key < 64; key++)
        ck_assert_uint_ge(buckets_read(tiny, &places[key], at_ms(5000)).estimate, 10 + key);
    buckets_destroy(tiny);
}
END_TEST

/* Fills one line of a pair with loads over `load`, by keys that have the other one full. */
static void fill(uint32_t even, uint32_t odd, unsigned which, uint32_t load)
{
    struct bucket_place place = { { even, odd }, 300 + 64 * even + odd };

    for (unsigned i = 0; i < BUCKET_SLOTS * (1 + which); i++, place.id++)
        buckets_charge(buckets, &place, load, at_ms(5000));
}

/* LIMITS 4.2: an evicted key must not be read low because another key shares its id. */
START_TEST(the_least_loads_count_even_where_the_id_is_found)
{
    struct bucket_place evicted = { { 0, 1 }, 5 }, other = { { 0, 5 }, 5 };

    fill(0, 3, 0, 10);
    buckets_charge(buckets, &evicted, 500, at_ms(5000)); /* in line 1 */
    fill(2, 1, 1, 600);                                  /* and out of it */
    fill(6, 5, 1, 60);
    buckets_charge(buckets, &other, 1, at_ms(5000)); /* in line 0, under the same id */
    ck_assert_uint_ge(buckets_read(buckets, &evicted, at_ms(5000)).estimate, 500);
}
END_TEST

START_TEST(keys_that_share_id_and_a_line_are_read_as_the_higher)
{
    struct bucket_place a = { { 0, 1 }, 5 }, b = { { 0, 3 }, 5 };
    buckets_charge(buckets, &a, 700, at_ms(5000));
    ck_assert_uint_eq(buckets_read(buckets, &b, at_ms(5000)).estimate, 700);
    ck_assert_uint_eq(buckets_charge(buckets, &b, 1, at_ms(5000)).estimate, 701);
    ck_assert_uint_eq(buckets_read(buckets, &a, at_ms(5000)).estimate, 701);
}
END_TEST

START_TEST(lines_are_even_and_odd_and_ids_never_zero)
{
    unsigned wrong = 0;

    for (uint32_t key = 0; key < 200000; key++) {
        struct bucket_place place = place_of(key);
        wrong += place.line[0] % 2 != 0 || place.line[1] % 2 != 1 || place.line[0] >= 128 ||
                 place.line[1] >= 128 || place.id < 1 || place.id > 65535;
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(as_many_pairs_as_a_power_of_two)
{
    (void)buckets_create(3, &rates, &hash_key);
}
END_TEST

Suite *policy_buckets_suite(void)
{
    Suite *suite = suite_create("policy/buckets");
    TCase *levels = tcase_create("levels"), *time = tcase_create("time");
    TCase *slots = tcase_create("slots");
    tcase_add_checked_fixture(levels, set_up_buckets, tear_down_buckets);
    tcase_add_checked_fixture(time, set_up_buckets, tear_down_buckets);
    tcase_add_checked_fixture(slots, set_up_buckets, tear_down_buckets);
    tcase_add_test(levels, a_level_rises_by_what_is_charged_and_leaks_each_millisecond);
    tcase_add_test(levels, reading_changes_nothing);
    tcase_add_test(levels, what_has_no_room_is_charged_up_to_the_penalty);
    tcase_add_test(levels, keys_have_levels_of_their_own);
    tcase_add_test(time, a_late_charge_counts_at_the_time_of_its_lines);
    tcase_add_test(time, both_lines_of_a_key_come_to_one_time);
    tcase_add_test(time, an_empty_table_may_begin_at_any_time);
    tcase_add_test(time, thirty_two_bits_of_milliseconds_wrap_without_notice);
    tcase_add_test(time, a_line_untouched_for_twelve_days_is_swept);
    tcase_add_test(time, a_sweep_leaves_what_is_in_use);
    tcase_add_test(time, after_a_long_suspend_all_is_empty);
    tcase_add_test(time, who_slept_through_a_suspend_is_brought_to_the_present);
    tcase_add_test(slots, who_loses_a_slot_is_still_read_as_high);
    tcase_add_test(slots, the_least_loads_count_even_where_the_id_is_found);
    tcase_add_test(slots, keys_that_share_id_and_a_line_are_read_as_the_higher);
    tcase_add_test(slots, lines_are_even_and_odd_and_ids_never_zero);
    tcase_add_test_raise_signal(slots, as_many_pairs_as_a_power_of_two, SIGABRT);
    suite_add_tcase(suite, levels);
    suite_add_tcase(suite, time);
    suite_add_tcase(suite, slots);
    return suite;
}
