#include "lib/cache/ranges.h"

#include <stdlib.h>

#include "lib/base/memory.h"
#include "lib/base/prng.h"
#include "tests/unit/suites.h"

enum { ROOM = 256 * 1024, MODEL_MAX = 6000 };

static void *room;
static struct ranges ranges;
static struct prng prng;

static void set_up(void)
{
    room = memory_array(1, ROOM);
    ck_assert_ptr_nonnull(room);
    ranges_begin(&ranges, room, ROOM);
    prng_seed_number(&prng, 7);
}

static void tear_down(void)
{
    memory_free(room);
}

static struct range_key key_of(const uint32_t *number)
{
    return (struct range_key){ .name = { (const uint8_t *)number, sizeof *number },
                               .hash = *number * 2654435761U };
}

static struct range_zone *zone_of(uint32_t number)
{
    struct range_key key = key_of(&number);
    return ranges_open(&ranges, &key);
}

/* Behind all items that are not behind `first`: a walk, no search. */
static struct range_place place_of(const struct range_zone *zone, uint64_t first)
{
    struct range_place place = { 0, 0 };
    for (unsigned leaf = 0; leaf < zone->leaf_count; leaf++)
        for (unsigned item = 0; item < ranges_leaf(&ranges, zone, leaf)->count; item++)
            if (ranges_leaf(&ranges, zone, leaf)->items[item].first <= first)
                place = (struct range_place){ leaf, item + 1 };
    return place;
}

static bool insert(struct range_zone *zone, uint64_t first)
{
    struct range_place place = place_of(zone, first);
    struct range_item item = { first, first + 1 };
    bool done = ranges_insert(&ranges, zone, &place, &item);
    if (done)
        ck_assert_uint_eq(ranges_leaf(&ranges, zone, place.leaf)->items[place.item].first, first);
    return done;
}

/* In order, no empty leaf, as many as are counted. */
static uint64_t check_order(const struct range_zone *zone)
{
    uint64_t count = 0, before = 0;
    for (unsigned leaf = 0; leaf < zone->leaf_count; leaf++) {
        const struct range_leaf *at = ranges_leaf(&ranges, zone, leaf);
        ck_assert_uint_gt(at->count, 0);
        ck_assert_uint_le(at->count, LEAF_ITEMS);
        for (unsigned item = 0; item < at->count; item++, count++) {
            ck_assert_uint_le(before, at->items[item].first);
            ck_assert_uint_eq(at->items[item].number, at->items[item].first + 1);
            before = at->items[item].first;
        }
    }
    return count;
}

START_TEST(items_stay_in_order_through_inserts_and_removals) /* RULINGS B7 */
{
    struct range_zone *zone = zone_of(1);
    uint64_t model = 0;

    for (unsigned i = 0; i < MODEL_MAX; i++) {
        if (model > 0 && prng_below(&prng, 3) == 0) {
            struct range_place place = { prng_below(&prng, zone->leaf_count), 0 };
            place.item = prng_below(&prng, ranges_leaf(&ranges, zone, place.leaf)->count);
            ranges_remove(&ranges, zone, place);
            model--;
        } else {
            ck_assert(insert(zone, prng_below(&prng, 1U << 20)));
            model++;
        }
        if (i % 64 == 0)
            ck_assert_uint_eq(check_order(zone), model);
    }
    ck_assert_uint_eq(check_order(zone), model);
    ck_assert_uint_eq(ranges.items, model);
}
END_TEST

START_TEST(walking_back_meets_every_item_once)
{
    struct range_zone *zone = zone_of(1);
    struct range_place place;
    unsigned met = 1;

    ck_assert(!ranges_last(&ranges, zone, &place));
    for (unsigned i = 0; i < 500; i++)
        ck_assert(insert(zone, i));
    ck_assert(ranges_last(&ranges, zone, &place));
    while (ranges_before(&ranges, zone, &place))
        ck_assert_uint_eq(ranges_leaf(&ranges, zone, place.leaf)->items[place.item].first,
                          500 - ++met);
    ck_assert_uint_eq(met, 500);
}
END_TEST

START_TEST(blocks_come_back_when_items_go)
{
    struct range_zone *zone = zone_of(1);
    size_t one = ranges_octets(&ranges);

    for (unsigned i = 0; i < 20000 && ranges_octets(&ranges) < 200 * RANGES_BLOCK; i++)
        ck_assert(insert(zone, i));
    ck_assert_uint_gt(zone->leaf_count, RANGES_INLINE); /* a directory is in use */
    ck_assert_uint_eq(check_order(zone), ranges.items);
    while (zone->leaf_count > 0)
        ranges_remove(&ranges, zone, (struct range_place){ zone->leaf_count / 2, 0 });
    ck_assert_uint_eq(ranges_octets(&ranges), one);
    ck_assert_uint_eq(ranges.items, 0);
}
END_TEST

START_TEST(all_of_a_zone_goes_when_it_is_cleared)
{
    struct range_zone *zone = zone_of(1);
    for (unsigned i = 0; i < 9000; i++)
        ck_assert(insert(zone, i));
    ranges_clear(&ranges, zone);
    ck_assert_uint_eq(ranges.items, 0);
    ck_assert_uint_eq(ranges_octets(&ranges), RANGES_BLOCK);
    ck_assert(insert(zone, 5));
}
END_TEST

START_TEST(a_zone_that_fills_the_room_makes_room_in_itself)
{
    struct range_zone *zone = zone_of(1);
    for (unsigned i = 0; i < 30000; i++)
        ck_assert(insert(zone, prng_below(&prng, 1U << 30)));
    ck_assert_uint_eq(check_order(zone), ranges.items);
    ck_assert_uint_le(ranges_octets(&ranges), ROOM);
    ck_assert_uint_eq(ranges.zone_count, 1);
}
END_TEST

START_TEST(a_zone_not_read_of_late_goes_before_one_that_was) /* CLOCK */
{
    struct range_zone *hot = zone_of(1);
    struct range_key hot_key, key;
    uint32_t number = 1;

    ck_assert(insert(hot, 1));
    for (uint32_t i = 2; i < 2000; i++) {
        hot->read = true;
        ck_assert(insert(zone_of(i), i));
        hot_key = key_of(&number);
        ck_assert_ptr_eq(ranges_find(&ranges, &hot_key), hot);
    }
    number = 2;
    key = key_of(&number);
    ck_assert_ptr_null(ranges_find(&ranges, &key));
    ck_assert_uint_gt(ranges.dropped, 1000);
    ck_assert_uint_le(ranges_octets(&ranges), ROOM);
}
END_TEST

START_TEST(zones_of_one_name_are_apart_by_their_form)
{
    uint32_t number = 9;
    struct range_key plain = key_of(&number), hashed = plain;
    hashed.hashed = true;
    struct range_zone *nsec = ranges_open(&ranges, &plain);
    struct range_zone *nsec3 = ranges_open(&ranges, &hashed);
    ck_assert_ptr_ne(nsec, nsec3);
    ck_assert_ptr_eq(ranges_find(&ranges, &plain), nsec);
    ck_assert_ptr_eq(ranges_find(&ranges, &hashed), nsec3);
}
END_TEST

Suite *cache_ranges_suite(void)
{
    Suite *suite = suite_create("cache/ranges");
    TCase *tcase = tcase_create("ranges");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, items_stay_in_order_through_inserts_and_removals);
    tcase_add_test(tcase, walking_back_meets_every_item_once);
    tcase_add_test(tcase, blocks_come_back_when_items_go);
    tcase_add_test(tcase, all_of_a_zone_goes_when_it_is_cleared);
    tcase_add_test(tcase, a_zone_that_fills_the_room_makes_room_in_itself);
    tcase_add_test(tcase, a_zone_not_read_of_late_goes_before_one_that_was);
    tcase_add_test(tcase, zones_of_one_name_are_apart_by_their_form);
    suite_add_tcase(suite, tcase);
    return suite;
}
