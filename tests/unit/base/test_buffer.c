#include "lib/base/buffer.h"

#include "tests/unit/suites.h"

enum { CHUNK = 4096, CHUNKS = 16, MOST = 3 * CHUNK };

static struct pool *pool;
static struct buffer buffer;

static void set_up(void)
{
    pool = pool_create((size_t)CHUNKS * CHUNK);
    buffer = (struct buffer){ .at = NULL };
    ck_assert_ptr_nonnull(pool);
}

static void tear_down(void)
{
    buffer_free(&buffer, pool);
    ck_assert_uint_eq(pool_used(pool), 0);
    pool_destroy(pool);
}

static enum status append(uint8_t octet, size_t count)
{
    static uint8_t octets[MOST + 1];
    memset(octets, octet, sizeof octets);
    return buffer_append(&buffer, pool, (struct bytes){ octets, count }, MOST);
}

START_TEST(what_is_appended_first_leaves_first)
{
    ck_assert_int_eq(append('a', 3000), ST_OK);
    ck_assert_int_eq(append('b', 3000), ST_OK);
    ck_assert_uint_eq(buffer.len, 6000);
    buffer_leave(&buffer, pool, 2999);
    ck_assert_uint_eq(buffer.at[0], 'a');
    ck_assert_uint_eq(buffer.at[1], 'b');
    ck_assert_uint_eq(buffer.at[3000], 'b');
    ck_assert_uint_eq(buffer.len, 3001);
}
END_TEST

START_TEST(room_is_drawn_from_the_pool_and_goes_back_with_the_last_octet)
{
    ck_assert_int_eq(append('a', 0), ST_OK);
    ck_assert_uint_eq(pool_used(pool), 0);
    ck_assert_int_eq(append('a', 1), ST_OK);
    ck_assert_uint_eq(pool_used(pool), CHUNK);
    ck_assert_int_eq(append('a', CHUNK), ST_OK);
    ck_assert_uint_eq(pool_used(pool), 2 * CHUNK); /* twice as much, the old room is back */
    buffer_leave(&buffer, pool, 0);
    buffer_leave(&buffer, pool, CHUNK);
    ck_assert_uint_eq(pool_used(pool), 2 * CHUNK);
    buffer_leave(&buffer, pool, 1);
    ck_assert_uint_eq(pool_used(pool), 0);
    ck_assert_uint_eq(buffer.room, 0);
}
END_TEST

START_TEST(more_than_the_most_is_refused)
{
    ck_assert_int_eq(append('a', MOST + 1), ST_LIMIT);
    ck_assert_int_eq(append('a', MOST), ST_OK);
    ck_assert_int_eq(append('a', 1), ST_LIMIT);
    ck_assert_uint_eq(buffer.len, MOST);
    ck_assert_uint_eq(pool_used(pool), MOST);
}
END_TEST

START_TEST(what_is_held_stays_where_the_pool_gives_no_more)
{
    void *all = pool_take(pool, (size_t)(CHUNKS - 2) * CHUNK);
    ck_assert_int_eq(append('a', CHUNK), ST_OK);
    ck_assert_int_eq(append('a', 1), ST_NOMEM); /* beside what there is, two chunks */
    ck_assert_uint_eq(buffer.len, CHUNK);
    ck_assert_uint_eq(buffer.at[CHUNK - 1], 'a');
    pool_give(pool, all, (size_t)(CHUNKS - 2) * CHUNK);
}
END_TEST

Suite *base_buffer_suite(void)
{
    Suite *suite = suite_create("base/buffer");
    TCase *tcase = tcase_create("buffer");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_is_appended_first_leaves_first);
    tcase_add_test(tcase, room_is_drawn_from_the_pool_and_goes_back_with_the_last_octet);
    tcase_add_test(tcase, more_than_the_most_is_refused);
    tcase_add_test(tcase, what_is_held_stays_where_the_pool_gives_no_more);
    suite_add_tcase(suite, tcase);
    return suite;
}
