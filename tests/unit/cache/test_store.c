#include "lib/cache/store.h"

#include "tests/unit/cache/cache_test.h"

enum { MIB = 1024 * 1024 };

static struct bench bench;

static void set_up(void)
{
    bench = bench_begin(8 * MIB);
}

static void tear_down(void)
{
    bench_end(&bench);
}

static struct store_key key_of(const char *name, uint8_t kind)
{
    return (struct store_key){ .name = { (const uint8_t *)name, strlen(name) }, .kind = kind };
}

static enum status put(const char *name, uint8_t kind, const char *value)
{
    struct store_key key = key_of(name, kind);
    struct bytes octets = { (const uint8_t *)value, strlen(value) };
    return store_put(bench.store, &key, octets, at_s(1), at_s(2));
}

/* The value as text; NULL: not found. */
static const char *get(const struct store_key *key)
{
    static char text[64];
    struct store_value found;
    if (store_get(bench.store, key, bench.arena, &found) != ST_OK)
        return NULL;
    ck_assert_uint_lt(found.value.len, sizeof text);
    if (found.value.len > 0)
        memcpy(text, found.value.at, found.value.len);
    text[found.value.len] = '\0';
    return text;
}

static const char *get_name(const char *name, uint8_t kind)
{
    struct store_key key = key_of(name, kind);
    return get(&key);
}

/* ---- reading and writing ---- */

START_TEST(what_was_put_is_read_with_its_instants)
{
    struct store_key key = key_of("a", KIND_RRSET);
    struct store_value found;
    ck_assert_int_eq(put("a", KIND_RRSET, "one"), ST_OK);
    ck_assert_int_eq(store_get(bench.store, &key, bench.arena, &found), ST_OK);
    ck_assert_uint_eq(found.value.len, 3);
    ck_assert_mem_eq(found.value.at, "one", 3);
    ck_assert_uint_eq(found.stored.ns, at_s(1).ns);
    ck_assert_uint_eq(found.expires.ns, at_s(2).ns);
}
END_TEST

START_TEST(each_part_of_the_key_counts)
{
    const struct store_key key = { { (const uint8_t *)"a", 1 }, 1, KIND_RRSET, 1 };
    const struct store_key others[] = {
        { { (const uint8_t *)"b", 1 }, 1, KIND_RRSET, 1 },
        { { (const uint8_t *)"aa", 2 }, 1, KIND_RRSET, 1 },
        { { NULL, 0 }, 1, KIND_RRSET, 1 },
        { { (const uint8_t *)"a", 1 }, 257, KIND_RRSET, 1 },
        { { (const uint8_t *)"a", 1 }, 1, KIND_ANSWER, 1 },
        { { (const uint8_t *)"a", 1 }, 1, KIND_KEYS, 1 },
        { { (const uint8_t *)"a", 1 }, 1, KIND_RRSET, 0 },
    };
    struct bytes value = { (const uint8_t *)"x", 1 };
    ck_assert_int_eq(store_put(bench.store, &key, value, at_s(1), at_s(2)), ST_OK);
    for (unsigned i = 0; i < ROWS(others); i++) {
        ck_assert_msg(get(&others[i]) == NULL, "row %d", i);
        ck_assert_msg(store_hash(bench.store, &others[i]) != store_hash(bench.store, &key),
                      "row %d", i);
    }
    ck_assert_str_eq(get(&key), "x");
}
END_TEST

START_TEST(an_empty_name_and_an_empty_value_are_kept)
{
    ck_assert_int_eq(put("", KIND_KEYS, ""), ST_OK);
    ck_assert_str_eq(get_name("", KIND_KEYS), "");
}
END_TEST

START_TEST(the_later_value_replaces_the_earlier)
{
    ck_assert_int_eq(put("a", KIND_RRSET, "one"), ST_OK);
    ck_assert_int_eq(put("a", KIND_RRSET, "two"), ST_OK);
    ck_assert_str_eq(get_name("a", KIND_RRSET), "two");
    ck_assert_int_eq(put("a", KIND_RRSET, "a much longer value than that"), ST_OK);
    ck_assert_str_eq(get_name("a", KIND_RRSET), "a much longer value than that");
    ck_assert_uint_eq(store_figures(bench.store).entries, 1);
    ck_assert_uint_eq(store_figures(bench.store).replaced, 2);
}
END_TEST

START_TEST(an_offer_of_less_strength_is_refused)
{
    struct store_key key = key_of("a", KIND_RRSET);
    struct store_value strong = { { (const uint8_t *)"strong", 6 }, at_s(1), at_s(100) };
    struct store_value weak = { { (const uint8_t *)"weak", 4 }, at_s(2), at_s(100) };
    ck_assert_int_eq(store_offer(bench.store, &key, &strong, 2), ST_OK);
    ck_assert_int_eq(store_offer(bench.store, &key, &weak, 1), ST_BUSY);
    ck_assert_str_eq(get(&key), "strong");
    weak.stored = at_s(100);
    ck_assert_int_eq(store_offer(bench.store, &key, &weak, 1), ST_OK);
    ck_assert_str_eq(get(&key), "weak");
}
END_TEST

START_TEST(a_copy_goes_to_the_callers_room_if_it_fits)
{
    struct store_key key = key_of("a", KIND_ANSWER);
    struct store_value found = { .value = { NULL, 7 } };
    uint8_t room[5] = "....";
    ck_assert_int_eq(put("a", KIND_ANSWER, "four"), ST_OK);
    ck_assert_int_eq(store_copy(bench.store, &key, room, 3, &found), ST_LIMIT);
    ck_assert_mem_eq(room, "....", 4);
    ck_assert_uint_eq(found.value.len, 7); /* untouched */
    ck_assert_int_eq(store_copy(bench.store, &key, room, 4, &found), ST_OK);
    ck_assert_ptr_eq(found.value.at, room);
    ck_assert_mem_eq(room, "four", 4);
}
END_TEST

START_TEST(a_full_arena_is_a_limit)
{
    static uint8_t value[9000];
    struct arena *small = arena_create(bench.pool, 4096);
    struct store_key key = key_of("a", KIND_RRSET);
    struct store_value found;
    ck_assert_int_eq(
        store_put(bench.store, &key, (struct bytes){ value, sizeof value }, at_s(1), at_s(2)),
        ST_OK);
    ck_assert_int_eq(store_get(bench.store, &key, small, &found), ST_LIMIT);
    arena_destroy(small);
}
END_TEST

START_TEST(a_removed_entry_is_not_found)
{
    struct store_key key = key_of("a", KIND_RRSET);
    ck_assert_int_eq(put("a", KIND_RRSET, "one"), ST_OK);
    ck_assert(store_remove(bench.store, &key));
    ck_assert(!store_remove(bench.store, &key));
    ck_assert_ptr_null(get(&key));
    ck_assert_uint_eq(store_figures(bench.store).entries, 0);
    ck_assert_uint_eq(store_figures(bench.store).octets_used, 0);
}
END_TEST

START_TEST(prefetching_changes_nothing)
{
    struct store_key key = key_of("a", KIND_RRSET);
    store_prefetch(bench.store, store_hash(bench.store, &key));
    ck_assert_ptr_null(get(&key));
}
END_TEST

/* Header of 32 octets, name and value each up to a multiple of 8. */
START_TEST(entries_are_counted_in_exact_octets)
{
    ck_assert_int_eq(put("12345678", KIND_RRSET, "12345678"), ST_OK);
    ck_assert_uint_eq(store_figures(bench.store).octets_used, 48);
    ck_assert_int_eq(put("123456789", KIND_KEYS, "1"), ST_OK);
    ck_assert_uint_eq(store_figures(bench.store).octets_used, 48 + 56);
    ck_assert_uint_eq(store_figures(bench.store).entries, 2);
}
END_TEST

/* ---- limits ---- */

START_TEST(a_name_over_255_octets_is_no_key)
{
    static const uint8_t name[256];
    struct store_key key = { .name = { name, 256 }, .kind = KIND_RRSET };
    struct bytes value = { name, 1 };
    struct store_value found;
    ck_assert_int_eq(store_put(bench.store, &key, value, at_s(1), at_s(2)), ST_LIMIT);
    ck_assert_int_eq(store_get(bench.store, &key, bench.arena, &found), ST_NOTFOUND);
    key.name.len = 255;
    ck_assert_int_eq(store_put(bench.store, &key, value, at_s(1), at_s(2)), ST_OK);
    ck_assert_int_eq(store_get(bench.store, &key, bench.arena, &found), ST_OK);
}
END_TEST

START_TEST(the_longest_entry_is_kept_and_one_octet_more_is_not)
{
    static uint8_t value[STORE_ENTRY_MAX + 1];
    size_t most = store_entry_max(bench.store);
    struct store_value found;
    ck_assert_uint_gt(most, STORE_ENTRY_MAX - 512);
    for (unsigned i = 0; i < 200; i++) { /* more than any ring holds */
        uint8_t name[255] = { (uint8_t)i };
        struct store_key key = { { name, sizeof name }, 1, i % 2 ? KIND_KEYS : KIND_RRSET, 0 };
        memset(value, (int)i, sizeof value);
        struct bytes fits = { value, most }, over = { value, most + 1 };
        ck_assert_int_eq(store_put(bench.store, &key, over, at_s(1), at_s(2)), ST_LIMIT);
        ck_assert_int_eq(store_put(bench.store, &key, fits, at_s(1), at_s(2)), ST_OK);
        ck_assert_int_eq(store_get(bench.store, &key, bench.arena, &found), ST_OK);
        ck_assert_mem_eq(found.value.at, value, most);
        bench_fresh_arena(&bench);
    }
}
END_TEST

START_TEST(less_than_the_least_are_no_store)
{
    ck_assert_ptr_null(store_create(STORE_OCTETS_MIN - 1, 1, &bench_key));
    ck_assert_ptr_null(store_create(0, 1, &bench_key));
    store_destroy(NULL);
}
END_TEST

/* RULINGS A28: a DNSKEY set of 1,800 octets lives in the smallest cache, whatever answers come. */
START_TEST(the_smallest_store_keeps_a_dnskey_set_through_a_flood_of_answers)
{
    static uint8_t value[1800];
    struct store *small = store_create(STORE_OCTETS_MIN, 1, &bench_key);
    struct store_key keys = key_of("example", KIND_KEYS);
    ck_assert_ptr_nonnull(small);
    ck_assert_int_eq(
        store_put(small, &keys, (struct bytes){ value, sizeof value }, at_s(1), INSTANT_NEVER),
        ST_OK);
    uint32_t failed = 0;
    for (uint32_t i = 0; i < 100000; i++) {
        struct store_key key = { { (const uint8_t *)&i, sizeof i }, 1, KIND_ANSWER, 0 };
        struct bytes answer = { value, 150 };
        failed += store_put(small, &key, answer, at_s(1), INSTANT_NEVER) != ST_OK;
    }
    ck_assert_uint_eq(failed, 0);
    struct store_value found;
    ck_assert_int_eq(store_get(small, &keys, bench.arena, &found), ST_OK);
    ck_assert_uint_eq(found.value.len, sizeof value);
    ck_assert_uint_le(store_figures(small).octets_mapped, STORE_OCTETS_MIN);
    ck_assert_uint_gt(store_figures(small).evicted, 80000);
    store_destroy(small);
}
END_TEST

/* ---- floods ---- */

/* A hot set that is read now and then outlives 10^6 names asked once. */
START_TEST(a_flood_of_names_asked_once_leaves_the_hot_set)
{
    enum { HOT = 1000, FLOOD = 1000000, EACH = 20 };
    static const uint8_t value[120];
    struct bytes octets = { value, sizeof value };
    struct store_value found;
    uint8_t room[sizeof value];
    uint32_t failed = 0, lost = 0;
    for (uint32_t i = 0; i < FLOOD; i++) {
        uint32_t hot = i / EACH % HOT, cold = HOT + i;
        struct store_key key = { { (const uint8_t *)&hot, sizeof hot }, 1, KIND_RRSET, 0 };
        if (i < HOT * EACH && i % EACH == 0)
            failed += store_put(bench.store, &key, octets, at_s(1), INSTANT_NEVER) != ST_OK;
        if (i % EACH == 0)
            lost += store_copy(bench.store, &key, room, sizeof room, &found) != ST_OK;
        key.name.at = (const uint8_t *)&cold;
        failed += store_put(bench.store, &key, octets, at_s(1), INSTANT_NEVER) != ST_OK;
    }
    ck_assert_uint_eq(failed, 0);
    ck_assert_uint_eq(lost, 0);
    ck_assert_uint_le(store_figures(bench.store).octets_mapped, 8 * MIB);
    ck_assert_uint_gt(store_figures(bench.store).evicted, 900000);
}
END_TEST

START_TEST(an_evicted_entry_is_not_found)
{
    static const uint8_t value[1000];
    uint32_t found_count = 0, failed = 0, i;
    for (i = 0; i < 20000; i++) {
        struct store_key key = { { (const uint8_t *)&i, sizeof i }, 1, KIND_RRSET, 0 };
        struct bytes octets = { value, sizeof value };
        failed += store_put(bench.store, &key, octets, at_s(1), INSTANT_NEVER) != ST_OK;
    }
    ck_assert_uint_eq(failed, 0);
    for (i = 0; i < 20000; i++) {
        struct store_key key = { { (const uint8_t *)&i, sizeof i }, 1, KIND_RRSET, 0 };
        struct store_value found;
        uint8_t room[sizeof value];
        found_count += store_copy(bench.store, &key, room, sizeof room, &found) == ST_OK;
    }
    ck_assert_uint_eq(found_count, store_figures(bench.store).entries);
    ck_assert_uint_eq(found_count + store_figures(bench.store).evicted, 20000);
}
END_TEST

/* ---- all of it ---- */

static bool is_answer(void *context, const struct store_key *key)
{
    size_t *asked = context;
    (*asked)++;
    return key->kind == KIND_ANSWER;
}

START_TEST(a_sweep_removes_what_is_named_and_counts_it)
{
    size_t asked = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        struct store_key key = {
            { (const uint8_t *)&i, sizeof i }, 1, i % 3 ? KIND_RRSET : KIND_ANSWER, 0
        };
        struct bytes value = { (const uint8_t *)"x", 1 };
        ck_assert_int_eq(store_put(bench.store, &key, value, at_s(1), at_s(2)), ST_OK);
    }
    ck_assert_int_eq(put("zone", KIND_KEYS, "keys"), ST_OK);
    ck_assert_uint_eq(store_sweep(bench.store, is_answer, &asked), 334);
    ck_assert_uint_eq(asked, 1001);
    ck_assert_uint_eq(store_figures(bench.store).entries, 667);
    ck_assert_uint_eq(store_sweep(bench.store, is_answer, &asked), 0);
    ck_assert_str_eq(get_name("zone", KIND_KEYS), "keys");
}
END_TEST

static bool has_this_key(void *context, const struct store_key *key)
{
    const struct store_key *sought = context;
    return bytes_equal(sought->name, key->name) && sought->type == key->type &&
           sought->kind == key->kind && sought->flags == key->flags;
}

START_TEST(a_sweep_shows_whole_keys)
{
    struct store_key key = { { (const uint8_t *)"name", 4 }, 4711, KIND_DENIAL, 5 };
    struct bytes value = { (const uint8_t *)"x", 1 };
    ck_assert_int_eq(store_put(bench.store, &key, value, at_s(1), at_s(2)), ST_OK);
    ck_assert_uint_eq(store_sweep(bench.store, has_this_key, &key), 1);
    ck_assert_ptr_null(get(&key));
}
END_TEST

/* Simulation: the same key, the same puts, the same evictions, wherever memory lies. */
START_TEST(two_stores_with_one_key_behave_alike)
{
    struct store *other = store_create(8 * MIB, 1, &bench_key);
    static const uint8_t value[400];
    ck_assert_ptr_nonnull(other);
    uint32_t differ = 0;
    for (uint32_t i = 0; i < 40000; i++) {
        struct store_key key = { { (const uint8_t *)&i, sizeof i }, 1, KIND_RRSET, 0 };
        struct bytes octets = { value, i % 400 };
        struct store_value found;
        uint8_t room[400];
        enum status status = store_put(bench.store, &key, octets, at_s(1), at_s(2));
        differ += store_put(other, &key, octets, at_s(1), at_s(2)) != status;
        uint32_t back = i / 2;
        key.name.at = (const uint8_t *)&back;
        status = store_copy(bench.store, &key, room, sizeof room, &found);
        differ += store_copy(other, &key, room, sizeof room, &found) != status;
    }
    ck_assert_uint_eq(differ, 0);
    struct store_figures a = store_figures(bench.store), b = store_figures(other);
    ck_assert_mem_eq(&a, &b, sizeof a);
    ck_assert_uint_gt(a.evicted, 0);
    store_destroy(other);
}
END_TEST

START_TEST(what_is_not_written_costs_no_memory)
{
    struct store *large = store_create((size_t)256 * MIB, 64, &bench_key);
    ck_assert_ptr_nonnull(large);
    ck_assert_uint_le(store_figures(large).octets_mapped, MIB);
    store_destroy(large);
}
END_TEST

#ifdef CATENA_TESTING
START_TEST(without_memory_there_is_no_store)
{
    memory_fail_after(0);
    ck_assert_ptr_null(store_create(8 * MIB, 1, &bench_key));
    ck_assert(memory_fail_stop());
}
END_TEST
#endif

Suite *cache_store_suite(void)
{
    Suite *suite = suite_create("cache/store");
    TCase *doors = tcase_create("doors");
    tcase_add_checked_fixture(doors, set_up, tear_down);
    tcase_add_test(doors, what_was_put_is_read_with_its_instants);
    tcase_add_test(doors, each_part_of_the_key_counts);
    tcase_add_test(doors, an_empty_name_and_an_empty_value_are_kept);
    tcase_add_test(doors, the_later_value_replaces_the_earlier);
    tcase_add_test(doors, an_offer_of_less_strength_is_refused);
    tcase_add_test(doors, a_copy_goes_to_the_callers_room_if_it_fits);
    tcase_add_test(doors, a_full_arena_is_a_limit);
    tcase_add_test(doors, a_removed_entry_is_not_found);
    tcase_add_test(doors, prefetching_changes_nothing);
    tcase_add_test(doors, entries_are_counted_in_exact_octets);
    suite_add_tcase(suite, doors);

    TCase *limits = tcase_create("limits");
    tcase_add_checked_fixture(limits, set_up, tear_down);
    tcase_add_test(limits, a_name_over_255_octets_is_no_key);
    tcase_add_test(limits, the_longest_entry_is_kept_and_one_octet_more_is_not);
    tcase_add_test(limits, less_than_the_least_are_no_store);
    tcase_add_test(limits, the_smallest_store_keeps_a_dnskey_set_through_a_flood_of_answers);
    tcase_add_test(limits, a_flood_of_names_asked_once_leaves_the_hot_set);
    tcase_add_test(limits, an_evicted_entry_is_not_found);
    suite_add_tcase(suite, limits);

    TCase *whole = tcase_create("whole");
    tcase_add_checked_fixture(whole, set_up, tear_down);
    tcase_add_test(whole, a_sweep_removes_what_is_named_and_counts_it);
    tcase_add_test(whole, a_sweep_shows_whole_keys);
    tcase_add_test(whole, two_stores_with_one_key_behave_alike);
    tcase_add_test(whole, what_is_not_written_costs_no_memory);
#ifdef CATENA_TESTING
    tcase_add_test(whole, without_memory_there_is_no_store);
#endif
    suite_add_tcase(suite, whole);
    return suite;
}
