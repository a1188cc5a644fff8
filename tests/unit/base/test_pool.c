#include "lib/base/pool.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/memory.h"
#include "tests/unit/suites.h"

START_TEST(pool_take_counts_whole_chunks)
{
    static const struct {
        size_t asked, counted;
    } rows[] = { { 0, 1 }, { 1, 1 }, { 4096, 1 }, { 4097, 2 }, { 65537, 17 } };
    struct pool *pool = pool_create(100 * POOL_CHUNK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        void *chunk = pool_take(pool, rows[i].asked);
        ck_assert_ptr_nonnull(chunk);
        ck_assert_uint_eq(pool_used(pool), rows[i].counted * POOL_CHUNK);
        memset(chunk, 0xa5, rows[i].counted * POOL_CHUNK);
        pool_give(pool, chunk, rows[i].asked);
        ck_assert_uint_eq(pool_used(pool), 0);
    }
    pool_destroy(pool);
}
END_TEST

START_TEST(pool_take_at_the_limit_yields_null_and_counts_nothing)
{
    struct pool *pool = pool_create(2 * POOL_CHUNK + 4095); /* two whole ones */
    void *first = pool_take(pool, 1);
    ck_assert_ptr_null(pool_take(pool, 2 * POOL_CHUNK));
    void *second = pool_take(pool, 1);
    ck_assert_ptr_nonnull(second);
    ck_assert_ptr_null(pool_take(pool, 1));
    ck_assert_uint_eq(pool_used(pool), 2 * POOL_CHUNK);
    pool_give(pool, first, 1);
    pool_give(pool, second, 1);
    pool_give(pool, NULL, 1);
    pool_destroy(pool);
    pool_destroy(NULL);
}
END_TEST

START_TEST(pool_take_of_more_than_can_be_yields_null)
{
    struct pool *pool = pool_create(SIZE_MAX);
    void *one = pool_take(pool, 1);
    ck_assert_ptr_null(pool_take(pool, SIZE_MAX));
    ck_assert_ptr_null(pool_take(pool, SIZE_MAX - POOL_CHUNK + 1));
    ck_assert_uint_eq(pool_used(pool), POOL_CHUNK);
    pool_give(pool, one, 1);
    pool_destroy(pool);
}
END_TEST

START_TEST(a_chunk_given_back_is_the_next_one_taken)
{
    struct pool *pool = pool_create(4 * POOL_CHUNK);
    void *chunk = pool_take(pool, POOL_CHUNK), *other = pool_take(pool, POOL_CHUNK);
    pool_give(pool, other, POOL_CHUNK);
    pool_give(pool, chunk, POOL_CHUNK);
    ck_assert_ptr_eq(pool_take(pool, 9), chunk);
    ck_assert_ptr_eq(pool_take(pool, 9), other);
    pool_give(pool, chunk, 9);
    pool_give(pool, other, 9);
    pool_destroy(pool);
}
END_TEST

START_TEST(chunks_kept_for_reuse_make_room_for_a_large_block)
{
    struct pool *pool = pool_create(4 * POOL_CHUNK);
    void *chunks[4];
    for (int i = 0; i < 4; i++)
        chunks[i] = pool_take(pool, POOL_CHUNK);
    for (int i = 0; i < 4; i++)
        pool_give(pool, chunks[i], POOL_CHUNK);
    void *large = pool_take(pool, 4 * POOL_CHUNK);
    ck_assert_ptr_nonnull(large);
    ck_assert_ptr_null(pool_take(pool, 1));
    pool_give(pool, large, 4 * POOL_CHUNK);
    pool_destroy(pool);
}
END_TEST

START_TEST(pool_is_low_below_a_quarter)
{
    struct pool *pool = pool_create(8 * POOL_CHUNK);
    void *most = pool_take(pool, 6 * POOL_CHUNK);
    ck_assert(!pool_low(pool)); /* a quarter is free */
    void *more = pool_take(pool, 1);
    ck_assert(pool_low(pool));
    pool_give(pool, more, 1);
    ck_assert(!pool_low(pool));
    pool_give(pool, most, 6 * POOL_CHUNK);
    pool_destroy(pool);
}
END_TEST

START_TEST(pool_destroy_aborts_while_a_chunk_is_out)
{
    struct pool *pool = pool_create(8 * POOL_CHUNK);
    ck_assert_ptr_nonnull(pool_take(pool, 1));
    pool_destroy(pool);
}
END_TEST

START_TEST(pool_give_aborts_when_more_comes_back_than_went_out)
{
    struct pool *pool = pool_create(8 * POOL_CHUNK);
    pool_give(pool, pool_take(pool, 1), POOL_CHUNK + 1);
}
END_TEST

#ifdef CATENA_TESTING
START_TEST(what_is_kept_needs_no_new_memory_and_what_made_room_is_gone)
{
    struct pool *pool = pool_create(4 * POOL_CHUNK);
    pool_give(pool, pool_take(pool, 1), 1);
    memory_fail_after(0);
    pool_give(pool, pool_take(pool, 1), 1);
    ck_assert(!memory_fail_stop());
    pool_give(pool, pool_take(pool, 4 * POOL_CHUNK), 4 * POOL_CHUNK);
    memory_fail_after(0);
    ck_assert_ptr_null(pool_take(pool, 1));
    pool_destroy(pool);
}
END_TEST

START_TEST(a_system_without_memory_costs_the_pool_nothing) /* LIMITS G5 */
{
    memory_fail_after(0);
    ck_assert_ptr_null(pool_create(8 * POOL_CHUNK));
    struct pool *pool = pool_create(8 * POOL_CHUNK);
    memory_fail_after(0);
    ck_assert_ptr_null(pool_take(pool, 1));
    ck_assert_uint_eq(pool_used(pool), 0);
    pool_destroy(pool);
}
END_TEST
#endif

Suite *base_pool_suite(void)
{
    Suite *suite = suite_create("base/pool");
    TCase *take = tcase_create("pool_take"), *give = tcase_create("pool_give");
    tcase_add_test(take, pool_take_counts_whole_chunks);
    tcase_add_test(take, pool_take_at_the_limit_yields_null_and_counts_nothing);
    tcase_add_test(take, pool_take_of_more_than_can_be_yields_null);
    tcase_add_test(take, chunks_kept_for_reuse_make_room_for_a_large_block);
    tcase_add_test(give, a_chunk_given_back_is_the_next_one_taken);
    tcase_add_test(give, pool_is_low_below_a_quarter);
    tcase_add_test_raise_signal(give, pool_destroy_aborts_while_a_chunk_is_out, SIGABRT);
    tcase_add_test_raise_signal(give, pool_give_aborts_when_more_comes_back_than_went_out, SIGABRT);
#ifdef CATENA_TESTING
    tcase_add_test(give, what_is_kept_needs_no_new_memory_and_what_made_room_is_gone);
    tcase_add_test(take, a_system_without_memory_costs_the_pool_nothing);
#endif
    suite_add_tcase(suite, take);
    suite_add_tcase(suite, give);
    return suite;
}
