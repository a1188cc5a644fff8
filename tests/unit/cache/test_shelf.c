#include "lib/cache/shelf.h"

#include "tests/unit/suites.h"

enum { INDEX_OCTETS = 128 * 64, RING_OCTETS = 64 * 1024, VALUE_OCTETS = 84 };

static uint64_t room[(INDEX_OCTETS + RING_OCTETS) / 8];
static struct shelf shelf;
static uint8_t kind;
static struct instant now;

static void set_up(void)
{
    memset(room, 0, sizeof room);
    shelf = (struct shelf){
        .room = (uint8_t *)room,
        .index_octets = INDEX_OCTETS,
        .ring_octets = RING_OCTETS,
    };
    shelf_begin(&shelf);
    kind = KIND_ANSWER;
    now.ns = 1000 * NS_PER_S;
}

static struct store_key key_of(const uint32_t *number)
{
    return (struct store_key){
        .name = { (const uint8_t *)number, sizeof *number },
        .kind = kind,
    };
}

static uint64_t hash_of(uint32_t number)
{
    static const struct siphash_key key = { 3, 4 };
    return siphash13(&key, &number, sizeof number);
}

static enum status insert(uint32_t number, size_t octets, struct instant expires, uint8_t strength)
{
    static uint8_t value[STORE_ENTRY_MAX];
    struct store_key key = key_of(&number);
    memset(value, (int)(number % 251), octets);
    struct store_value stored = { { value, octets }, now, expires };
    struct insertion in = { &key, &stored, hash_of(number), strength };
    return shelf_insert(&shelf, &in);
}

static void put(uint32_t number)
{
    ck_assert_int_eq(insert(number, VALUE_OCTETS, INSTANT_NEVER, 0), ST_OK);
}

static struct entry *find(uint32_t number)
{
    struct store_key key = key_of(&number);
    uint64_t position;
    return shelf_find(&shelf, hash_of(number), &key, &position);
}

static void read_entry(uint32_t number)
{
    struct entry *entry = find(number);
    ck_assert_ptr_nonnull(entry);
    entry->state |= ENTRY_READ;
}

/* Inserts numbers from `first` on until the tail has passed all that is there. */
static uint32_t flood_one_lap(uint32_t first)
{
    uint64_t end = shelf.ring.head;
    while (shelf.ring.tail < end)
        put(first++);
    return first;
}

/* RULINGS A18: moves are counted, not timed. */
START_TEST(an_insert_moves_at_most_eight_however_many_were_read)
{
    uint64_t most = 0, failed = 0; /* a million ck_assert cost more than the million inserts */
    for (uint32_t i = 0; i < 1000000; i++) {
        uint64_t before = shelf.moved;
        failed += insert(i, VALUE_OCTETS, INSTANT_NEVER, 0) != ST_OK;
        uint64_t moves = shelf.moved - before;
        most = moves > most ? moves : most;
        struct entry *entry = find(i);
        if (entry != NULL)
            entry->state |= ENTRY_READ;
        failed += entry == NULL;
    }
    ck_assert_uint_eq(failed, 0);
    ck_assert_uint_eq(most, SHELF_MOVES);
    ck_assert_uint_gt(shelf.evicted, 900000);
}
END_TEST

START_TEST(an_insert_moves_at_most_16_kib)
{
    for (uint32_t i = 0; i < 100; i++) {
        uint64_t before = shelf.moved;
        ck_assert_int_eq(insert(i, 12000, INSTANT_NEVER, 0), ST_OK);
        ck_assert_uint_le(shelf.moved - before, 1);
        read_entry(i);
    }
    ck_assert_uint_gt(shelf.moved, 0);
}
END_TEST

START_TEST(what_was_read_survives_one_lap_and_then_must_be_read_again)
{
    put(1);
    put(2);
    read_entry(1);
    uint32_t next = flood_one_lap(10);
    ck_assert_ptr_nonnull(find(1));
    ck_assert_ptr_null(find(2));
    flood_one_lap(next);
    ck_assert_ptr_null(find(1));
}
END_TEST

START_TEST(what_has_expired_gets_no_second_chance)
{
    ck_assert_int_eq(insert(1, VALUE_OCTETS, instant_after_s(now, 10), 0), ST_OK);
    read_entry(1);
    now = instant_after_s(now, 10);
    flood_one_lap(10);
    ck_assert_ptr_null(find(1));
}
END_TEST

/* RFC 8767 §5: data may be served stale for a day. */
START_TEST(an_expired_rrset_gets_a_second_chance_for_a_day)
{
    kind = KIND_RRSET;
    ck_assert_int_eq(insert(1, VALUE_OCTETS, instant_after_s(now, 10), 0), ST_OK);
    read_entry(1);
    now = instant_after_s(now, STORE_STALE_S + 9);
    uint32_t next = flood_one_lap(10);
    ck_assert_ptr_nonnull(find(1));
    read_entry(1);
    now = instant_after_s(now, 1);
    flood_one_lap(next);
    ck_assert_ptr_null(find(1));
}
END_TEST

START_TEST(a_replacement_of_equal_length_is_written_in_place)
{
    put(1);
    const struct entry *before = find(1);
    uint64_t head = shelf.ring.head;
    ck_assert_int_eq(insert(1, VALUE_OCTETS - 1, INSTANT_NEVER, 0), ST_OK); /* the same units */
    ck_assert_ptr_eq(find(1), before);
    ck_assert_uint_eq(before->value_len, VALUE_OCTETS - 1);
    ck_assert_uint_eq(shelf.ring.head, head);
    ck_assert_uint_eq(shelf.replaced, 1);
}
END_TEST

START_TEST(a_replacement_of_another_length_leaves_one_entry)
{
    put(1);
    ck_assert_int_eq(insert(1, VALUE_OCTETS + 100, INSTANT_NEVER, 0), ST_OK);
    ck_assert_uint_eq(find(1)->value_len, VALUE_OCTETS + 100);
    ck_assert_uint_eq(shelf.ring.entries, 1);
    ck_assert_uint_eq(shelf.ring.octets, find(1)->units * RING_UNIT);
}
END_TEST

START_TEST(a_stronger_entry_stays_until_it_expires)
{
    struct instant end = instant_after_s(now, 10);
    ck_assert_int_eq(insert(1, VALUE_OCTETS, end, 5), ST_OK);
    ck_assert_int_eq(insert(1, 10, end, 4), ST_BUSY);
    ck_assert_uint_eq(find(1)->value_len, VALUE_OCTETS);
    ck_assert_int_eq(insert(1, 20, end, 5), ST_OK);
    ck_assert_uint_eq(find(1)->value_len, 20);
    now = end;
    ck_assert_int_eq(insert(1, 30, INSTANT_NEVER, 4), ST_OK);
    ck_assert_uint_eq(find(1)->value_len, 30);
    ck_assert_int_eq(insert(1, 40, INSTANT_NEVER, 3), ST_BUSY); /* its strength went with it */
}
END_TEST

/* A ring is written again and again; a snapshot of it must not show what was there before. */
START_TEST(padding_is_zero)
{
    memset(shelf.room + INDEX_OCTETS, 0xEE, RING_OCTETS);
    ck_assert_int_eq(insert(1, 9, INSTANT_NEVER, 0), ST_OK);
    const struct entry *entry = find(1);
    static const uint8_t zeros[8];
    ck_assert_mem_eq(entry->octets + 4, zeros, 4);
    ck_assert_mem_eq(entry->octets + 8 + 9, zeros, 7);
    ck_assert_int_eq(insert(1, 10, INSTANT_NEVER, 0), ST_OK);
    ck_assert_int_eq(insert(1, 9, INSTANT_NEVER, 0), ST_OK);
    ck_assert_mem_eq(entry->octets + 8 + 9, zeros, 7);
}
END_TEST

START_TEST(a_removed_entry_is_gone_and_its_room_comes_back)
{
    uint32_t number = 1;
    uint64_t position;
    put(number);
    struct store_key key = key_of(&number);
    struct entry *entry = shelf_find(&shelf, hash_of(number), &key, &position);
    shelf_remove(&shelf, entry, position);
    ck_assert_ptr_null(find(1));
    ck_assert_uint_eq(shelf.ring.entries, 0);
    flood_one_lap(10);
}
END_TEST

/* Two months of a million inserts a second: the shelf forgets all and goes on. */
START_TEST(positions_that_run_out_begin_anew)
{
    put(1);
    uint64_t laps = (RING_POSITION_MAX - 3 * shelf.ring.capacity) / shelf.ring.capacity;
    slots_reset(&shelf.slots);
    shelf.ring.lap = shelf.ring.head = shelf.ring.tail = laps * shelf.ring.capacity;
    shelf.ring.entries = shelf.ring.octets = 0;
    for (uint32_t i = 0; i < 5000; i++) {
        put(i);
        ck_assert_ptr_nonnull(find(i));
        ck_assert_uint_lt(shelf.ring.head, RING_POSITION_MAX);
    }
    ck_assert_uint_lt(shelf.ring.head, 20 * shelf.ring.capacity);
    ck_assert_ptr_nonnull(find(4990));
}
END_TEST

Suite *cache_shelf_suite(void)
{
    Suite *suite = suite_create("cache/shelf");
    TCase *shelf_case = tcase_create("shelf");
    tcase_add_checked_fixture(shelf_case, set_up, NULL);
    tcase_add_test(shelf_case, an_insert_moves_at_most_eight_however_many_were_read);
    tcase_add_test(shelf_case, an_insert_moves_at_most_16_kib);
    tcase_add_test(shelf_case, what_was_read_survives_one_lap_and_then_must_be_read_again);
    tcase_add_test(shelf_case, what_has_expired_gets_no_second_chance);
    tcase_add_test(shelf_case, an_expired_rrset_gets_a_second_chance_for_a_day);
    tcase_add_test(shelf_case, a_replacement_of_equal_length_is_written_in_place);
    tcase_add_test(shelf_case, a_replacement_of_another_length_leaves_one_entry);
    tcase_add_test(shelf_case, a_stronger_entry_stays_until_it_expires);
    tcase_add_test(shelf_case, padding_is_zero);
    tcase_add_test(shelf_case, a_removed_entry_is_gone_and_its_room_comes_back);
    tcase_add_test(shelf_case, positions_that_run_out_begin_anew);
    suite_add_tcase(suite, shelf_case);
    return suite;
}
