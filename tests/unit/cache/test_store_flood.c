/* Memory under pressure: sizes, the vital eighth, one crowded shard. */
#include "lib/cache/store.h"

#include "tests/unit/cache/cache_test.h"

enum { MIB = 1024 * 1024, VALUE_OCTETS = 150 };

static const uint8_t value[STORE_ENTRY_MAX];

static struct store_key key_of(const uint32_t *number, uint8_t kind)
{
    return (struct store_key){ .name = { (const uint8_t *)number, sizeof *number }, .kind = kind };
}

static bool put(struct store *store, uint32_t number, uint8_t kind, size_t octets)
{
    struct store_key key = key_of(&number, kind);
    struct bytes bytes = { value, octets };
    return store_put(store, &key, bytes, at_s(0), INSTANT_NEVER) == ST_OK;
}

static bool is_there(struct store *store, uint32_t number, uint8_t kind)
{
    uint8_t room[VALUE_OCTETS];
    struct store_key key = key_of(&number, kind);
    struct store_value found;
    return store_copy(store, &key, room, sizeof room, &found) == ST_OK;
}

static const struct {
    size_t octets;
    unsigned workers;
} sizes[] = {
    { STORE_OCTETS_MIN, 1 }, { STORE_OCTETS_MIN + 1, 64 },
    { 3 * MIB - 1, 2 },      { 5 * MIB + 4097, 3 },
    { 16 * MIB, 1 },         { 16 * MIB, 1000 },
    { 16 * MIB + 12345, 0 },
};

/* Entries of all lengths, both rings: never more memory than was allowed, and most of it in use. */
START_TEST(a_store_never_grows_beyond_its_size)
{
    struct store *store = store_create(sizes[_i].octets, sizes[_i].workers, &bench_key);
    uint32_t failed = 0;
    ck_assert_ptr_nonnull(store);
    size_t octets = 0, longest = store_entry_max(store);
    for (uint32_t i = 0; octets < 3 * sizes[_i].octets; i++) {
        size_t len = i % 50 == 0 ? longest - i % 1000 : i % 7 * 40;
        octets += len + 36;
        failed += !put(store, i, i % 4 == 0 ? KIND_FAILURE : KIND_RRSET, len);
    }
    struct store_figures figures = store_figures(store);
    ck_assert_uint_eq(failed, 0);
    ck_assert_uint_le(figures.octets_mapped, sizes[_i].octets);
    ck_assert_uint_gt(figures.octets_used, sizes[_i].octets / 2);
    ck_assert_uint_le(figures.octets_used, figures.octets_mapped);
    store_destroy(store);
}
END_TEST

/* RULINGS B5: whatever is asked, delegations and keys keep their room. */
START_TEST(bulk_never_takes_the_vital_room)
{
    struct store *store = store_create(STORE_OCTETS_MIN, 1, &bench_key);
    uint32_t failed = 0, lost = 0;
    ck_assert_ptr_nonnull(store);
    for (uint32_t i = 0; i < 500; i++)
        failed += !put(store, i, KIND_DELEGATION, VALUE_OCTETS);
    for (uint32_t i = 0; i < 200000; i++)
        failed += !put(store, i, i % 2 ? KIND_RRSET : KIND_ANSWER, VALUE_OCTETS);
    for (uint32_t i = 0; i < 500; i++)
        lost += !is_there(store, i, KIND_DELEGATION);
    ck_assert_uint_eq(failed, 0);
    ck_assert_uint_eq(lost, 0);
    store_destroy(store);
}
END_TEST

/* Questions that fail are what an attacker can ask at will: each leaves a vital entry. Delegations
 * in use that stand side by side lose one in nine the first time the tail meets them, since an
 * insert moves eight (RULINGS A18); fetched anew, they stand apart and none is lost again. */
START_TEST(a_flood_of_failures_leaves_the_delegations_in_use)
{
    enum { CUTS = 200, FLOOD = 200000, EACH = 4, FIRST_LAPS = FLOOD / 20 };
    struct store *store = store_create(STORE_OCTETS_MIN, 1, &bench_key);
    uint32_t failed = 0, lost = 0, lost_later = 0;
    ck_assert_ptr_nonnull(store);
    for (uint32_t i = 0; i < CUTS; i++)
        failed += !put(store, i, KIND_DELEGATION, VALUE_OCTETS);
    for (uint32_t i = 0; i < FLOOD; i++) {
        uint32_t cut = i / EACH % CUTS;
        failed += !put(store, i, KIND_FAILURE, 40);
        if (i % EACH != 0 || is_there(store, cut, KIND_DELEGATION))
            continue;
        failed += !put(store, cut, KIND_DELEGATION, VALUE_OCTETS);
        *(i < FIRST_LAPS ? &lost : &lost_later) += 1;
    }
    ck_assert_uint_eq(failed, 0);
    ck_assert_uint_le(lost, CUTS / 9);
    ck_assert_uint_eq(lost_later, 0);
    store_destroy(store);
}
END_TEST

/* With the key known, an attacker could aim at one shard: it fills, and the store stands. At 4 MB
 * of its ring it asks for huge pages. */
START_TEST(one_crowded_shard_holds_what_it_has_room_for)
{
    enum { SHARDS = 64, LENGTH = 16000, ENTRIES = 600 };
    struct store *store = store_create((size_t)512 * MIB, 1, &bench_key);
    static uint32_t numbers[ENTRIES];
    uint8_t room[LENGTH];
    uint32_t failed = 0, lost = 0, next = 0;
    ck_assert_ptr_nonnull(store);
    for (uint32_t i = 0; i < ENTRIES; i++, next++) {
        struct store_key key = key_of(&next, KIND_RRSET);
        while (store_hash(store, &key) >> 58 != 5) /* the six bits that choose among 64 */
            next++;
        numbers[i] = next;
        failed += !put(store, next, KIND_RRSET, LENGTH);
    }
    struct store_figures figures = store_figures(store);
    ck_assert_uint_gt(figures.evicted, 0); /* 9.6 MB do not fit into one of 64 shards */
    ck_assert_uint_gt(figures.octets_mapped, 5 * MIB);
    ck_assert_uint_lt(figures.octets_mapped, 8 * MIB);
    for (uint32_t i = (uint32_t)figures.evicted; i < ENTRIES; i++) {
        struct store_key key = key_of(&numbers[i], KIND_RRSET);
        struct store_value found;
        lost += store_copy(store, &key, room, sizeof room, &found) != ST_OK;
    }
    ck_assert_uint_eq(failed, 0);
    ck_assert_uint_eq(lost, 0);
    store_destroy(store);
}
END_TEST

Suite *cache_store_flood_suite(void)
{
    Suite *suite = suite_create("cache/store_flood");
    TCase *flood = tcase_create("flood");
    tcase_add_loop_test(flood, a_store_never_grows_beyond_its_size, 0, ROWS(sizes));
    tcase_add_test(flood, bulk_never_takes_the_vital_room);
    tcase_add_test(flood, a_flood_of_failures_leaves_the_delegations_in_use);
    tcase_add_test(flood, one_crowded_shard_holds_what_it_has_room_for);
    suite_add_tcase(suite, flood);
    return suite;
}
