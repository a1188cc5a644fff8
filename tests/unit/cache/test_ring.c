#include "lib/cache/ring.h"

#include "lib/base/prng.h"
#include "tests/unit/suites.h"

enum { ROOM_OCTETS = 4096, UNITS = ROOM_OCTETS / RING_UNIT, HEADER_UNITS = 4, MODEL = 256 };

static uint64_t room[UNITS + 1];
static struct ring ring;

static void set_up(void)
{
    memset(&ring, 0, sizeof ring);
    memset(room, 0, sizeof room);
    room[UNITS] = UINT64_C(0xA5A5A5A5A5A5A5A5); /* the guard */
    ring_begin(&ring, room, ROOM_OCTETS);
}

static void tear_down(void)
{
    ck_assert_uint_eq(room[UNITS], UINT64_C(0xA5A5A5A5A5A5A5A5));
}

/* An entry whose octets all tell its number. */
static uint64_t append(uint16_t units, uint8_t number)
{
    uint64_t position = ring_append(&ring, units);
    struct entry *entry = ring_at(&ring, position);
    entry->hash = number;
    entry->kind = number;
    memset(entry->octets, number, (size_t)(units - HEADER_UNITS) * RING_UNIT);
    return position;
}

static void holds(uint64_t position, uint16_t units, uint8_t number)
{
    const struct entry *entry = ring_at(&ring, position);
    ck_assert_uint_eq(entry->units, units);
    ck_assert_uint_eq(entry->hash, number);
    ck_assert_uint_eq(entry->kind, number);
    ck_assert(entry->state & ENTRY_LIVE);
    unsigned differ = 0;
    for (size_t i = 0; i < (size_t)(units - HEADER_UNITS) * RING_UNIT; i++)
        differ |= entry->octets[i] ^ number;
    ck_assert_uint_eq(differ, 0);
}

START_TEST(position_0_is_never_an_entry)
{
    ck_assert_uint_gt(append(8, 1), 0);
    ck_assert(!ring_alive(&ring, 0));
}
END_TEST

START_TEST(positions_grow_and_entries_stay)
{
    uint64_t a = append(8, 1), b = append(5, 2);
    ck_assert_uint_eq(b, a + 8);
    holds(a, 8, 1);
    holds(b, 5, 2);
    ck_assert_uint_eq(ring.entries, 2);
    ck_assert_uint_eq(ring.octets, 13 * RING_UNIT);
}
END_TEST

START_TEST(an_entry_never_wraps)
{
    append(200, 1);
    append(200, 2); /* 112 units are left in this lap */
    ck_assert(!ring_fits(&ring, 113));
    ck_assert(ring_drop(&ring));
    ck_assert(ring_fits(&ring, 113));
    uint64_t position = append(113, 3);
    ck_assert_ptr_eq(ring_at(&ring, position), room);
    ck_assert_uint_eq(position % UNITS, 0);
    holds(position, 113, 3);
}
END_TEST

START_TEST(a_lap_may_end_exactly)
{
    append(UNITS / 2, 1);
    uint64_t second = append(UNITS / 2, 2);
    ck_assert(!ring_fits(&ring, HEADER_UNITS));
    holds(second, UNITS / 2, 2);
    ck_assert(ring_drop(&ring));
    uint64_t third = append(UNITS / 2, 3);
    ck_assert_ptr_eq(ring_at(&ring, third), room);
    holds(second, UNITS / 2, 2);
}
END_TEST

START_TEST(what_is_behind_the_tail_is_dead)
{
    uint64_t a = append(8, 1), b = append(8, 2);
    ck_assert(ring_alive(&ring, a));
    ck_assert(ring_drop(&ring));
    ck_assert(!ring_alive(&ring, a));
    ck_assert(ring_alive(&ring, b));
    ck_assert_uint_eq(ring.entries, 1);
    ck_assert_uint_eq(ring.octets, 8 * RING_UNIT);
}
END_TEST

START_TEST(a_killed_entry_is_dropped_without_being_counted_again)
{
    uint64_t a = append(8, 1);
    ring_kill(&ring, ring_at(&ring, a));
    ck_assert_uint_eq(ring.entries, 0);
    ck_assert_uint_eq(ring.octets, 0);
    ck_assert(!ring_drop(&ring));
    ck_assert_uint_eq(ring.tail, ring.head);
}
END_TEST

START_TEST(a_full_ring_moves_its_tail_in_place)
{
    append(UNITS / 4, 1);
    append(UNITS / 4, 2);
    append(UNITS / 2, 3);
    ring_at(&ring, ring.tail)->state |= ENTRY_READ;
    uint64_t position = ring_move(&ring);
    ck_assert_ptr_eq(ring_at(&ring, position), room);
    holds(position, UNITS / 4, 1);
    ck_assert(!(ring_at(&ring, position)->state & ENTRY_READ));
    ck_assert_uint_eq(ring.entries, 3);
}
END_TEST

START_TEST(memory_touched_grows_to_the_room_and_no_further)
{
    append(100, 1);
    ck_assert_uint_eq(ring.touched, 100);
    for (unsigned i = 0; i < 50; i++) {
        while (!ring_fits(&ring, 100))
            ring_drop(&ring);
        append(100, 1);
    }
    ck_assert_uint_eq(ring.touched, UNITS);
}
END_TEST

/* A queue of what must be in the ring, oldest first. */
static struct {
    uint64_t position;
    uint16_t units;
    uint8_t number;
} model[MODEL];
static unsigned first, count;

static void model_check(void)
{
    uint64_t octets = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned at = (first + i) % MODEL;
        holds(model[at].position, model[at].units, model[at].number);
        octets += (uint64_t)model[at].units * RING_UNIT;
    }
    ck_assert_uint_eq(ring.entries, count);
    ck_assert_uint_eq(ring.octets, octets);
}

static void model_append(uint16_t units, uint8_t number)
{
    unsigned at = (first + count++) % MODEL;
    model[at].position = append(units, number);
    model[at].units = units;
    model[at].number = number;
}

/* Drops or moves the tail; pads are only dropped. */
static void model_tail(uint64_t draw)
{
    const struct entry *tail = ring_at(&ring, ring.tail);
    unsigned from = first;
    if ((tail->state & ENTRY_PAD) != 0) {
        ck_assert(!ring_drop(&ring));
        return;
    }
    first = (first + 1) % MODEL;
    count--;
    if (draw % 4 == 0) {
        ck_assert(ring_drop(&ring));
        return;
    }
    unsigned at = (first + count++) % MODEL;
    model[at] = model[from];
    model[at].position = ring_move(&ring);
}

START_TEST(a_hundred_thousand_random_steps_keep_all_octets)
{
    struct prng prng;
    prng_seed_number(&prng, 7);
    for (unsigned step = 0; step < 100000; step++) {
        uint64_t draw = prng_u64(&prng);
        uint16_t units = (uint16_t)(HEADER_UNITS + draw % (draw % 16 == 0 ? 250 : 20));
        while (!ring_fits(&ring, units))
            model_tail(prng_u64(&prng));
        model_append(units, (uint8_t)(step % 251));
        if (step % 512 == 0)
            model_check();
        ck_assert_uint_le(ring.head - ring.tail, ring.capacity);
    }
    model_check();
}
END_TEST

Suite *cache_ring_suite(void)
{
    Suite *suite = suite_create("cache/ring");
    TCase *ring_case = tcase_create("ring");
    tcase_add_checked_fixture(ring_case, set_up, tear_down);
    tcase_add_test(ring_case, position_0_is_never_an_entry);
    tcase_add_test(ring_case, positions_grow_and_entries_stay);
    tcase_add_test(ring_case, an_entry_never_wraps);
    tcase_add_test(ring_case, a_lap_may_end_exactly);
    tcase_add_test(ring_case, what_is_behind_the_tail_is_dead);
    tcase_add_test(ring_case, a_killed_entry_is_dropped_without_being_counted_again);
    tcase_add_test(ring_case, a_full_ring_moves_its_tail_in_place);
    tcase_add_test(ring_case, memory_touched_grows_to_the_room_and_no_further);
    tcase_add_test(ring_case, a_hundred_thousand_random_steps_keep_all_octets);
    suite_add_tcase(suite, ring_case);
    return suite;
}
