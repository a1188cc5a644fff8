#include "lib/cache/key_cache.h"

#include "tests/unit/cache/cache_test.h"

static struct bench bench;
static struct key_cache *cache;

static void set_up(void)
{
    bench = bench_begin(STORE_OCTETS_MIN);
    cache = key_cache_create(bench.store);
    ck_assert_ptr_nonnull(cache);
}

static void tear_down(void)
{
    key_cache_destroy(cache);
    bench_end(&bench);
}

static struct zone_keys keys_of(const char *zone, enum zone_state state)
{
    struct zone_keys keys = {
        .zone = name_of(zone),
        .state = state,
        .ttl_s = 3600,
        .cause = cause_of(WHY_SECURE),
    };
    if (state == ZONE_SECURE)
        keys.keys = secure_set_of("example. 3600 DNSKEY 257 3 13 "
                                  "mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+"
                                  "KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==\n",
                                  bench.arena);
    return keys;
}

static enum status get(const char *zone, uint64_t s, struct zone_keys *found)
{
    struct name name = name_of(zone);
    return key_cache_get(cache, &name, at_s(s), bench.arena, found);
}

START_TEST(proven_keys_come_back_as_they_were)
{
    struct zone_keys in = keys_of("example.", ZONE_SECURE), out;
    in.algorithms = 1u << 13 | 1u << 15;
    key_cache_put(cache, &in, at_s(0));
    ck_assert_int_eq(get("EXAMPLE.", 0, &out), ST_OK);
    ck_assert_uint_eq(out.algorithms, in.algorithms);
    ck_assert_int_eq(out.state, ZONE_SECURE);
    ck_assert(name_equal(&out.zone, &in.zone));
    ck_assert_mem_eq(out.keys, in.keys, in.keys->size);
    ck_assert_uint_eq(out.ttl_s, 3600);
    ck_assert_uint_eq(out.cause.why, WHY_SECURE);
    ck_assert_int_eq(get("a.example.", 0, &out), ST_NOTFOUND);
    ck_assert_int_eq(get(".", 0, &out), ST_NOTFOUND);
}
END_TEST

/* SPEC section 3 item 3. */
START_TEST(the_first_end_of_a_zones_signatures_stands_beside_its_keys)
{
    struct zone_keys in = keys_of("example.", ZONE_SECURE), out;
    in.first_end = (struct signature_end){ { 5000 }, 48, 1234 };
    key_cache_put(cache, &in, at_s(0));
    ck_assert_int_eq(get("example.", 0, &out), ST_OK);
    ck_assert_int_eq(out.first_end.at.s, 5000);
    in.first_end = (struct signature_end){ { 5001 }, 1, 7 };
    key_cache_note_end(cache, &in, at_s(10), bench.arena);
    ck_assert_int_eq(get("example.", 10, &out), ST_OK);
    ck_assert_uint_eq(out.first_end.type, 48);
    in.first_end.at.s = 4000;
    key_cache_note_end(cache, &in, at_s(100), bench.arena);
    ck_assert_int_eq(get("example.", 100, &out), ST_OK);
    ck_assert_int_eq(out.first_end.at.s, 4000);
    ck_assert_uint_eq(out.first_end.type, 1);
    ck_assert_uint_eq(out.first_end.key_tag, 7);
    ck_assert_uint_eq(out.ttl_s, 3500);
    ck_assert_uint_eq(out.keys->ttl, 3500);
    ck_assert_int_eq(get("example.", 3600, &out), ST_NOTFOUND); /* it lives no longer for it */
}
END_TEST

START_TEST(an_end_without_kept_keys_is_kept_nowhere)
{
    struct zone_keys in = keys_of("example.", ZONE_SECURE), out;
    in.first_end = (struct signature_end){ { 4000 }, 1, 7 };
    key_cache_note_end(cache, &in, at_s(0), bench.arena);
    ck_assert_int_eq(get("example.", 0, &out), ST_NOTFOUND);
}
END_TEST

START_TEST(ttls_are_what_is_left_and_then_the_keys_are_gone)
{
    struct zone_keys in = keys_of("example.", ZONE_SECURE), out;
    key_cache_put(cache, &in, at_s(0));
    ck_assert_int_eq(get("example.", 3599, &out), ST_OK);
    ck_assert_uint_eq(out.ttl_s, 1);
    ck_assert_uint_eq(out.keys->ttl, 1);
    ck_assert_int_eq(get("example.", 3600, &out), ST_NOTFOUND);
}
END_TEST

/* RFC 4035 §5.3.3 bounds it from below elsewhere; a day is ours. */
START_TEST(keys_are_kept_for_a_day_at_most)
{
    struct zone_keys in = keys_of("example.", ZONE_SECURE), out;
    in.ttl_s = UINT32_MAX;
    key_cache_put(cache, &in, at_s(0));
    ck_assert_int_eq(get("example.", KEY_CACHE_TTL_S_MAX - 1, &out), ST_OK);
    ck_assert_int_eq(get("example.", KEY_CACHE_TTL_S_MAX, &out), ST_NOTFOUND);
}
END_TEST

START_TEST(a_verdict_without_keys_keeps_its_whole_cause)
{
    static const enum zone_state states[] = { ZONE_INSECURE, ZONE_BOGUS, ZONE_NO_CUT,
                                              ZONE_INDETERMINATE, ZONE_UNREACHABLE };
    for (unsigned i = 0; i < ROWS(states); i++) {
        struct zone_keys in = keys_of("example.", states[i]), out;
        in.cause = (struct cause){ WHY_KEY_MISSING, TYPE_DNSKEY, 4711, 13, "" };
        memset(in.cause.text, 'x', sizeof in.cause.text - 1);
        key_cache_put(cache, &in, at_s(0));
        ck_assert_int_eq(get("example.", 0, &out), ST_OK);
        ck_assert_int_eq(out.state, states[i]);
        ck_assert_ptr_null(out.keys);
        ck_assert_mem_eq(&out.cause, &in.cause, sizeof in.cause);
    }
}
END_TEST

/* RULINGS A2: a job that ran out is no fact about the zone. */
START_TEST(a_spent_job_leaves_no_entry)
{
    static const enum zone_state states[] = { ZONE_SPENT, ZONE_UNKNOWN };
    for (unsigned i = 0; i < ROWS(states); i++) {
        struct zone_keys in = keys_of("example.", states[i]), out;
        key_cache_put(cache, &in, at_s(0));
        ck_assert_int_eq(get("example.", 0, &out), ST_NOTFOUND);
    }
}
END_TEST

START_TEST(a_spent_job_leaves_the_older_entry)
{
    struct zone_keys in = keys_of("example.", ZONE_SECURE), out;
    struct zone_keys spent = keys_of("example.", ZONE_SPENT);
    key_cache_put(cache, &in, at_s(0));
    key_cache_put(cache, &spent, at_s(1));
    ck_assert_int_eq(get("example.", 1, &out), ST_OK);
    ck_assert_int_eq(out.state, ZONE_SECURE);
}
END_TEST

START_TEST(removed_keys_are_gone)
{
    struct zone_keys in = keys_of("example.", ZONE_SECURE), out;
    struct name zone = name_of("Example.");
    key_cache_put(cache, &in, at_s(0));
    ck_assert(key_cache_remove(cache, &zone));
    ck_assert(!key_cache_remove(cache, &zone));
    ck_assert_int_eq(get("example.", 0, &out), ST_NOTFOUND);
}
END_TEST

START_TEST(a_small_arena_is_a_limit)
{
    struct zone_keys in = keys_of("example.", ZONE_SECURE), out;
    struct name zone = name_of("example.");
    struct arena *small = arena_create(bench.pool, 64);
    ck_assert_ptr_nonnull(small);
    key_cache_put(cache, &in, at_s(0));
    ck_assert_int_eq(key_cache_get(cache, &zone, at_s(0), small, &out), ST_LIMIT);
    arena_destroy(small);
}
END_TEST

START_TEST(no_damaged_entry_is_read_beyond_its_end)
{
    struct zone_keys in = keys_of("example.", ZONE_SECURE), out;
    struct store_key key = { name_bytes(&in.zone), 0, KIND_KEYS, 0 };
    struct store_value value;
    uint8_t octets[1024];
    key_cache_put(cache, &in, at_s(0));
    ck_assert_int_eq(store_copy(bench.store, &key, octets, sizeof octets, &value), ST_OK);
    for (size_t i = 0; i < 9 * value.value.len; i++) {
        bool cut = i < value.value.len;
        struct bytes damaged = { octets, cut ? i : value.value.len };
        uint8_t *at = cut ? octets : &octets[(i - value.value.len) / 8];
        uint8_t bit = cut ? 0 : (uint8_t)(1u << i % 8);
        *at ^= bit;
        ck_assert_int_eq(store_put(bench.store, &key, damaged, at_s(0), at_s(300)), ST_OK);
        enum status status = get("example.", 0, &out);
        ck_assert_msg(!cut || status == ST_NOTFOUND, "cut to %zu octets", i);
        ck_assert(status != ST_OK || out.state < ZONE_SPENT);
        *at ^= bit;
    }
}
END_TEST

Suite *cache_key_cache_suite(void)
{
    Suite *suite = suite_create("cache/key_cache");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, proven_keys_come_back_as_they_were);
    tcase_add_test(all, ttls_are_what_is_left_and_then_the_keys_are_gone);
    tcase_add_test(all, the_first_end_of_a_zones_signatures_stands_beside_its_keys);
    tcase_add_test(all, an_end_without_kept_keys_is_kept_nowhere);
    tcase_add_test(all, keys_are_kept_for_a_day_at_most);
    tcase_add_test(all, a_verdict_without_keys_keeps_its_whole_cause);
    tcase_add_test(all, a_spent_job_leaves_no_entry);
    tcase_add_test(all, a_spent_job_leaves_the_older_entry);
    tcase_add_test(all, removed_keys_are_gone);
    tcase_add_test(all, a_small_arena_is_a_limit);
    tcase_add_test(all, no_damaged_entry_is_read_beyond_its_end);
    suite_add_tcase(suite, all);
    return suite;
}
