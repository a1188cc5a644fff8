#include "lib/cache/slots.h"

#include "lib/base/prng.h"
#include "tests/unit/suites.h"

enum { UNITS = 8192, BUCKETS = 448, ENTRY_UNITS = 5, CHAIN_SLOTS = 29, NAMES = 1500 };

static uint64_t ring_room[UNITS], slot_room[BUCKETS * SLOTS_BUCKET];
static struct ring ring;
static struct slots slots;

static void set_up(void)
{
    memset(&ring, 0, sizeof ring);
    memset(slot_room, 0, sizeof slot_room);
    ring_begin(&ring, ring_room, sizeof ring_room);
    slots_begin(&slots, slot_room, sizeof slot_room);
}

/* A key of one number; the octets must outlive it. */
static struct store_key key_of(const uint32_t *number)
{
    return (struct store_key){ .name = { (const uint8_t *)number, sizeof *number }, .type = 1 };
}

static uint64_t put(uint32_t number, uint64_t hash)
{
    struct store_key key = key_of(&number);
    while (!ring_fits(&ring, ENTRY_UNITS))
        (void)ring_drop(&ring);
    uint64_t position = ring_append(&ring, ENTRY_UNITS);
    struct entry *entry = ring_at(&ring, position);
    entry->name_len = (uint8_t)key.name.len;
    entry->type = key.type;
    entry->kind = key.kind;
    entry->flags = key.flags;
    entry->hash = (uint32_t)hash;
    memcpy(entry->octets, key.name.at, key.name.len);
    (void)slots_add(&slots, &ring, hash, position);
    slots_grow(&slots, &ring);
    return position;
}

static uint64_t find(uint32_t number, uint64_t hash)
{
    struct store_key key = key_of(&number);
    return slots_find(&slots, &ring, hash, &key);
}

static uint64_t spread(uint32_t number)
{
    static const struct siphash_key key = { 1, 2 };
    return siphash13(&key, &number, sizeof number);
}

START_TEST(what_was_added_is_found_and_nothing_else)
{
    uint64_t position = put(1, spread(1));
    ck_assert_uint_eq(find(1, spread(1)), position);
    ck_assert_uint_eq(find(2, spread(2)), 0);
    ck_assert_uint_eq(find(2, spread(1)), 0); /* the same hash, another key */
}
END_TEST

START_TEST(a_thousand_entries_are_all_found)
{
    for (uint32_t i = 0; i < 1000; i++)
        put(i, spread(i));
    for (uint32_t i = 0; i < 1000; i++)
        ck_assert_msg(find(i, spread(i)) != 0, "%u", i);
}
END_TEST

START_TEST(memory_follows_the_entries)
{
    ck_assert_uint_eq(slots.primaries, SLOTS_PRIMARIES_MIN);
    for (uint32_t i = 0; i < SLOTS_PRIMARIES_MIN * SLOTS_LOAD; i++)
        put(i, spread(i));
    ck_assert_uint_eq(slots.primaries, SLOTS_PRIMARIES_MIN);
    for (uint32_t i = 0; i < 700; i++) {
        uint32_t before = slots.primaries;
        put(1000 + i, spread(1000 + i));
        ck_assert_uint_le(slots.primaries, before + 1); /* one bucket an insert: no pause */
    }
    ck_assert_uint_le(slots.primaries, 780 / SLOTS_LOAD);
    ck_assert_uint_ge(slots.primaries, 780 / SLOTS_LOAD - 1);
}
END_TEST

START_TEST(one_hash_for_all_fills_a_chain_and_then_the_oldest_goes)
{
    for (uint32_t i = 0; i < CHAIN_SLOTS; i++)
        put(i, 77);
    for (uint32_t i = 0; i < CHAIN_SLOTS; i++)
        ck_assert_uint_ne(find(i, 77), 0);
    put(100, 77);
    ck_assert_uint_eq(find(0, 77), 0);
    ck_assert_uint_ne(find(1, 77), 0);
    ck_assert_uint_ne(find(100, 77), 0);
    ck_assert_uint_eq(ring.entries, CHAIN_SLOTS);
}
END_TEST

START_TEST(in_a_full_chain_the_unread_go_before_the_read)
{
    for (uint32_t i = 0; i < CHAIN_SLOTS; i++)
        put(i, 77);
    for (uint32_t i = 0; i < CHAIN_SLOTS; i++)
        if (i != 9)
            ring_at(&ring, find(i, 77))->state |= ENTRY_READ;
    put(100, 77);
    ck_assert_uint_eq(find(9, 77), 0);
    ck_assert_uint_ne(find(0, 77), 0);
}
END_TEST

START_TEST(a_dead_slot_is_used_again)
{
    for (uint32_t i = 0; i < CHAIN_SLOTS; i++)
        put(i, 77);
    uint32_t extras = slots.extras;
    for (uint32_t i = 0; i < 10; i++)
        (void)ring_drop(&ring);
    for (uint32_t i = 0; i < 10; i++)
        put(100 + i, 77);
    ck_assert_uint_eq(ring.entries, CHAIN_SLOTS);
    for (uint32_t i = 10; i < CHAIN_SLOTS; i++)
        ck_assert_uint_ne(find(i, 77), 0);
    ck_assert_uint_eq(slots.extras, extras);
}
END_TEST

/* Each bucket overflows now and then; were its extra kept for ever, others would miss it. */
START_TEST(extra_buckets_come_back)
{
    for (uint32_t i = 0; i < 60000; i++)
        put(i, spread(i));
    uint32_t found = 0;
    for (uint32_t i = 60000 - NAMES; i < 60000; i++)
        found += find(i, spread(i)) != 0;
    ck_assert_uint_eq(found, NAMES);
    ck_assert_uint_eq(ring.entries, (UNITS - UNITS % ENTRY_UNITS) / ENTRY_UNITS);
}
END_TEST

START_TEST(a_moved_entry_is_found_where_it_is_now)
{
    uint64_t before = put(1, spread(1));
    uint64_t *slot = slots_seek(&slots, (uint32_t)spread(1), before);
    ck_assert_ptr_nonnull(slot);
    uint64_t after = ring_move(&ring);
    slots_set(slot, after);
    ck_assert_uint_ne(before, after);
    ck_assert_uint_eq(find(1, spread(1)), after);
    ck_assert_ptr_null(slots_seek(&slots, (uint32_t)spread(1), before));
}
END_TEST

START_TEST(a_cleared_slot_is_not_found)
{
    uint64_t position = put(1, spread(1));
    slots_clear(slots_seek(&slots, (uint32_t)spread(1), position));
    ck_assert_uint_eq(find(1, spread(1)), 0);
}
END_TEST

START_TEST(slots_reset_forgets_everything)
{
    for (uint32_t i = 0; i < 300; i++)
        put(i, spread(i));
    slots_reset(&slots);
    for (uint32_t i = 0; i < 300; i++)
        ck_assert_uint_eq(find(i, spread(i)), 0);
    ck_assert_uint_eq(slots.primaries, SLOTS_PRIMARIES_MIN);
    ck_assert_uint_eq(slots_octets(&slots), SLOTS_PRIMARIES_MIN * 64);
}
END_TEST

/* Random puts and removals over few names against a plain table, with a hash so poor that tags and
 * buckets collide all the time. */
START_TEST(random_steps_agree_with_a_plain_table)
{
    static uint64_t at[NAMES];
    struct prng prng;
    prng_seed_number(&prng, 11);
    unsigned differ = 0;
    for (unsigned step = 0; step < 100000; step++) {
        uint32_t number = prng_below(&prng, NAMES);
        uint64_t hash = spread(number) & UINT64_C(0x3000003FF);
        uint64_t expected = at[number] != 0 && ring_alive(&ring, at[number]) ? at[number] : 0;
        uint64_t found = find(number, hash);
        if (expected != 0 && (ring_at(&ring, expected)->state & ENTRY_LIVE) == 0)
            expected = 0; /* its chain was full once */
        differ += found != expected;
        if (found == 0) {
            at[number] = put(number, hash);
        } else if (step % 3 == 0) {
            ring_kill(&ring, ring_at(&ring, found));
            slots_clear(slots_seek(&slots, (uint32_t)hash, found));
            at[number] = 0;
        }
    }
    ck_assert_uint_eq(differ, 0);
}
END_TEST

Suite *cache_slots_suite(void)
{
    Suite *suite = suite_create("cache/slots");
    TCase *slots_case = tcase_create("slots");
    tcase_add_checked_fixture(slots_case, set_up, NULL);
    tcase_add_test(slots_case, what_was_added_is_found_and_nothing_else);
    tcase_add_test(slots_case, a_thousand_entries_are_all_found);
    tcase_add_test(slots_case, memory_follows_the_entries);
    tcase_add_test(slots_case, one_hash_for_all_fills_a_chain_and_then_the_oldest_goes);
    tcase_add_test(slots_case, in_a_full_chain_the_unread_go_before_the_read);
    tcase_add_test(slots_case, a_dead_slot_is_used_again);
    tcase_add_test(slots_case, extra_buckets_come_back);
    tcase_add_test(slots_case, a_moved_entry_is_found_where_it_is_now);
    tcase_add_test(slots_case, a_cleared_slot_is_not_found);
    tcase_add_test(slots_case, slots_reset_forgets_everything);
    tcase_add_test(slots_case, random_steps_agree_with_a_plain_table);
    suite_add_tcase(suite, slots_case);
    return suite;
}
