#include "lib/cache/answer_cache.h"

#include "tests/unit/cache/cache_test.h"

enum { QUESTION_END = 12 + 17, TTL_AT = QUESTION_END + 6, LEN = TTL_AT + 4 + 6 };

static struct bench bench;
static struct answer_cache *cache;
static struct name www;
static uint8_t message[LEN];
static const uint16_t ttl_at[] = { TTL_AT };

/* Header and question of www.example. A, and a record of TTL 300 whose owner points back at it. */
static void set_up(void)
{
    static const uint8_t record[] = { 0xC0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1 };
    bench = bench_begin(STORE_OCTETS_MIN);
    cache = answer_cache_create(bench.store);
    ck_assert_ptr_nonnull(cache);
    www = name_of("www.example.");
    memset(message, 0, sizeof message);
    message[2] = 0x81; /* QR, RD */
    memcpy(message + 12, www.octets, www.len);
    memcpy(message + QUESTION_END, record, sizeof record);
}

static void tear_down(void)
{
    answer_cache_destroy(cache);
    bench_end(&bench);
}

static struct rendered rendering(void)
{
    return (struct rendered){
        .octets = message,
        .len = LEN,
        .size = LEN,
        .ttl_at = ttl_at,
        .ttl_count = 1,
        .secure = true,
        .nxname = true,
        .security = SEC_SECURE,
        .why = 27,
        .question_end = QUESTION_END,
    };
}

static enum status put(uint8_t flags)
{
    struct answer_key key = { &www, TYPE_A, flags };
    struct rendered answer = rendering();
    return answer_cache_put(cache, &key, &answer, at_s(0), at_s(300));
}

static uint8_t room[2048];

static enum status get(const struct answer_key *key, uint64_t s, struct rendered *hit)
{
    memset(room, 0xEE, sizeof room);
    *hit = (struct rendered){ .octets = room, .size = sizeof room };
    return answer_cache_get(cache, key, at_s(s), hit);
}

static uint32_t ttl_of(const uint8_t *octets)
{
    const uint8_t *at = octets + TTL_AT;
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

START_TEST(a_hit_is_the_message_as_it_was_rendered)
{
    struct answer_key key = { &www, TYPE_A, 0 };
    struct rendered hit;
    ck_assert_int_eq(put(0), ST_OK);
    ck_assert_int_eq(get(&key, 0, &hit), ST_OK);
    ck_assert_uint_eq(hit.len, LEN);
    ck_assert_mem_eq(hit.octets, message, LEN);
    ck_assert_ptr_eq(hit.octets, room);
    ck_assert(hit.secure && hit.nxname);
    ck_assert_uint_eq(hit.security, SEC_SECURE);
    ck_assert_uint_eq(hit.why, 27);
    ck_assert_uint_eq(hit.question_end, QUESTION_END);
}
END_TEST

START_TEST(ttls_are_lowered_by_their_age)
{
    struct answer_key key = { &www, TYPE_A, 0 };
    struct rendered hit;
    ck_assert_int_eq(put(0), ST_OK);
    ck_assert_int_eq(get(&key, 44, &hit), ST_OK);
    ck_assert_uint_eq(ttl_of(hit.octets), 256);
    ck_assert_int_eq(get(&key, 45, &hit), ST_OK);
    ck_assert_uint_eq(ttl_of(hit.octets), 255);
    ck_assert_int_eq(get(&key, 299, &hit), ST_OK);
    ck_assert_uint_eq(ttl_of(hit.octets), 1);
    ck_assert_int_eq(get(&key, 300, &hit), ST_NOTFOUND);
}
END_TEST

START_TEST(a_ttl_never_goes_below_0)
{
    struct answer_key key = { &www, TYPE_A, 0 };
    struct rendered answer = rendering(), hit;
    ck_assert_int_eq(answer_cache_put(cache, &key, &answer, at_s(0), INSTANT_NEVER), ST_OK);
    ck_assert_int_eq(get(&key, 100000, &hit), ST_OK);
    ck_assert_uint_eq(ttl_of(hit.octets), 0);
}
END_TEST

START_TEST(the_case_of_the_name_does_not_count)
{
    struct name loud = name_of("wWw.EXAMPLE.");
    struct answer_key key = { &loud, TYPE_A, 0 };
    struct rendered hit;
    ck_assert_int_eq(put(0), ST_OK);
    ck_assert_int_eq(get(&key, 0, &hit), ST_OK);
}
END_TEST

START_TEST(type_do_and_cd_are_keys)
{
    struct answer_key key = { &www, TYPE_AAAA, 0 };
    struct rendered hit;
    ck_assert_int_eq(put(ANSWER_DO), ST_OK);
    ck_assert_int_eq(get(&key, 0, &hit), ST_NOTFOUND);
    for (uint8_t flags = 0; flags < 4; flags++) {
        key = (struct answer_key){ &www, TYPE_A, flags };
        ck_assert_int_eq(get(&key, 0, &hit), flags == ANSWER_DO ? ST_OK : ST_NOTFOUND);
    }
}
END_TEST

/* RULINGS A19 */
START_TEST(an_answer_of_an_older_epoch_is_no_hit)
{
    struct answer_key key = { &www, TYPE_A, 0 };
    struct rendered hit;
    ck_assert_int_eq(put(0), ST_OK);
    answer_cache_raise_epoch(cache);
    ck_assert_int_eq(get(&key, 0, &hit), ST_NOTFOUND);
    ck_assert_int_eq(put(0), ST_OK);
    ck_assert_int_eq(get(&key, 0, &hit), ST_OK);
}
END_TEST

START_TEST(an_answer_rendered_before_a_flush_is_no_hit_after_it)
{
    struct answer_key key = { &www, TYPE_A, 0 };
    struct rendered answer = rendering(), hit;
    answer.epoch = answer_cache_epoch(cache);
    answer_cache_raise_epoch(cache);
    ck_assert_int_eq(answer_cache_put(cache, &key, &answer, at_s(0), at_s(300)), ST_OK);
    ck_assert_int_eq(get(&key, 0, &hit), ST_NOTFOUND);
}
END_TEST

START_TEST(a_room_too_small_is_a_limit)
{
    struct answer_key key = { &www, TYPE_A, 0 };
    struct rendered hit = { .octets = room, .size = LEN - 1 };
    ck_assert_int_eq(put(0), ST_OK);
    ck_assert_int_eq(answer_cache_get(cache, &key, at_s(0), &hit), ST_LIMIT);
    hit.size = LEN + ANSWER_SPARE;
    ck_assert_int_eq(answer_cache_get(cache, &key, at_s(0), &hit), ST_OK);
}
END_TEST

START_TEST(as_many_ttls_as_allowed_are_lowered)
{
    static uint8_t large[12 + 4 * ANSWER_TTLS_MAX];
    static uint8_t hit_room[sizeof large + ANSWER_SPARE];
    static uint16_t offsets[ANSWER_TTLS_MAX + 1];
    struct answer_key key = { &www, TYPE_A, 0 };
    struct rendered answer = { .octets = large, .len = sizeof large, .ttl_at = offsets };
    struct rendered hit = { .octets = hit_room, .size = sizeof hit_room };
    for (unsigned i = 0; i < ANSWER_TTLS_MAX; i++) {
        offsets[i] = (uint16_t)(12 + 4 * i);
        large[offsets[i] + 3] = 200;
    }
    answer.ttl_count = ANSWER_TTLS_MAX + 1;
    offsets[ANSWER_TTLS_MAX] = 12;
    ck_assert_int_eq(answer_cache_put(cache, &key, &answer, at_s(0), at_s(300)), ST_LIMIT);
    answer.ttl_count = ANSWER_TTLS_MAX;
    ck_assert_int_eq(answer_cache_put(cache, &key, &answer, at_s(0), at_s(300)), ST_OK);
    ck_assert_int_eq(answer_cache_get(cache, &key, at_s(150), &hit), ST_OK);
    for (unsigned i = 0; i < ANSWER_TTLS_MAX; i++)
        ck_assert_uint_eq(hit.octets[12 + 4 * i + 3], 50);
}
END_TEST

static const struct {
    size_t len;
    uint16_t at, question_end;
} unsound[] = {
    { 11, 12, 11 },                       /* shorter than a header */
    { LEN, LEN - 3, QUESTION_END },       /* a TTL that reaches beyond the end */
    { LEN, 8, QUESTION_END },             /* a TTL inside the header */
    { LEN, TTL_AT, LEN + 1 },             /* a question beyond the end */
    { STORE_ENTRY_MAX + 1, TTL_AT, 29 },  /* longer than any entry */
    { STORE_ENTRY_MAX - 10, TTL_AT, 29 }, /* with what goes along with it */
};

START_TEST(a_rendering_that_does_not_fit_is_refused)
{
    static uint8_t large[STORE_ENTRY_MAX + 1];
    struct answer_key key = { &www, TYPE_A, 0 };
    struct rendered answer = rendering(), hit;
    answer.octets = large;
    answer.len = unsound[_i].len;
    answer.ttl_at = &unsound[_i].at;
    answer.question_end = unsound[_i].question_end;
    ck_assert_int_eq(answer_cache_put(cache, &key, &answer, at_s(0), at_s(300)), ST_LIMIT);
    ck_assert_int_eq(get(&key, 0, &hit), ST_NOTFOUND);
}
END_TEST

/* What a snapshot brings may be anything. */
START_TEST(a_damaged_value_is_no_hit_or_stays_inside_the_room)
{
    uint8_t octets[256];
    struct answer_key key = { &www, TYPE_A, 0 };
    struct store_key entry = { name_bytes(&www), TYPE_A, KIND_ANSWER, 0 };
    struct store_value value;
    struct rendered hit;
    ck_assert_int_eq(put(0), ST_OK);
    ck_assert_int_eq(store_copy(bench.store, &entry, octets, sizeof octets, &value), ST_OK);
    for (size_t i = 0; i < 9 * value.value.len; i++) {
        struct bytes damaged = { octets, i < value.value.len ? i : value.value.len };
        size_t at = i / 8 - value.value.len / 8;
        bool flip = i >= value.value.len && at < value.value.len;
        if (flip)
            octets[at] ^= (uint8_t)(1u << i % 8);
        ck_assert_int_eq(store_put(bench.store, &entry, damaged, at_s(0), at_s(300)), ST_OK);
        if (get(&key, 10, &hit) == ST_OK) {
            ck_assert_uint_le(hit.len, sizeof octets);
            ck_assert_uint_le(hit.question_end, hit.len);
        }
        ck_assert_uint_eq(room[value.value.len], 0xEE);
        if (flip)
            octets[at] ^= (uint8_t)(1u << i % 8);
    }
}
END_TEST

START_TEST(expecting_a_question_changes_nothing)
{
    struct answer_key key = { &www, TYPE_A, 0 };
    struct rendered hit;
    answer_cache_expect_entry(cache, answer_cache_expect(cache, &key));
    ck_assert_int_eq(get(&key, 0, &hit), ST_NOTFOUND);
    ck_assert_int_eq(put(0), ST_OK);
    answer_cache_expect_entry(cache, answer_cache_expect(cache, &key));
    ck_assert_int_eq(get(&key, 0, &hit), ST_OK);
}
END_TEST

Suite *cache_answer_cache_suite(void)
{
    Suite *suite = suite_create("cache/answer_cache");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, a_hit_is_the_message_as_it_was_rendered);
    tcase_add_test(all, ttls_are_lowered_by_their_age);
    tcase_add_test(all, a_ttl_never_goes_below_0);
    tcase_add_test(all, the_case_of_the_name_does_not_count);
    tcase_add_test(all, type_do_and_cd_are_keys);
    tcase_add_test(all, an_answer_of_an_older_epoch_is_no_hit);
    tcase_add_test(all, an_answer_rendered_before_a_flush_is_no_hit_after_it);
    tcase_add_test(all, a_room_too_small_is_a_limit);
    tcase_add_test(all, as_many_ttls_as_allowed_are_lowered);
    tcase_add_loop_test(all, a_rendering_that_does_not_fit_is_refused, 0, ROWS(unsound));
    tcase_add_test(all, a_damaged_value_is_no_hit_or_stays_inside_the_room);
    tcase_add_test(all, expecting_a_question_changes_nothing);
    suite_add_tcase(suite, all);
    return suite;
}
