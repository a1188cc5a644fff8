#include "lib/base/arena.h"

#include <stdalign.h>

#include "lib/base/poison.h"
#include "lib/base/pool.h"
#include "tests/unit/suites.h"

static struct pool *pool;
static struct arena *arena;

enum { CAP = 65536 };

static void set_up(void)
{
    pool = pool_create(64 * POOL_CHUNK);
    arena = arena_create(pool, CAP);
}

static void tear_down(void)
{
    arena_destroy(arena);
    ck_assert_uint_eq(pool_used(pool), 0);
    pool_destroy(pool);
}

START_TEST(arena_create_takes_one_chunk_and_destroy_gives_it_back)
{
    ck_assert_uint_eq(pool_used(pool), POOL_CHUNK);
    ck_assert_uint_eq(arena_used(arena), 0);
    arena_destroy(NULL);
}
END_TEST

START_TEST(arena_create_fails_when_the_pool_is_empty)
{
    void *rest = pool_take(pool, 63 * POOL_CHUNK);
    ck_assert_ptr_null(arena_create(pool, CAP));
    pool_give(pool, rest, 63 * POOL_CHUNK);
}
END_TEST

START_TEST(arena_reset_keeps_the_first_chunk_and_gives_the_rest_back)
{
    uint8_t *first = arena_alloc(arena, 8);
    ck_assert_ptr_nonnull(arena_alloc(arena, 20000));
    ck_assert_ptr_nonnull(arena_alloc(arena, POOL_CHUNK - 64));
    arena_reset(arena);
    ck_assert_uint_eq(arena_used(arena), 0);
    ck_assert_uint_eq(pool_used(pool), POOL_CHUNK);
    void *rest = pool_take(pool, 63 * POOL_CHUNK); /* it needs nobody's leave */
    arena_reset(arena);
    ck_assert_ptr_eq(arena_alloc(arena, 8), first);
    ck_assert_ptr_null(arena_alloc(arena, POOL_CHUNK));
    pool_give(pool, rest, 63 * POOL_CHUNK);
}
END_TEST

START_TEST(arena_release_gives_back_what_came_since_the_mark)
{
    uint8_t *kept = arena_alloc(arena, 100);
    struct arena_mark mark = arena_mark(arena);
    size_t used = arena_used(arena), from_pool = pool_used(pool);
    uint8_t *gone = arena_alloc(arena, 200);

    memset(kept, 7, 100);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_ptr_nonnull(arena_alloc(arena, POOL_CHUNK - 64));
        ck_assert_ptr_nonnull(arena_alloc(arena, 2 * POOL_CHUNK)); /* a piece of its own */
        ck_assert_uint_gt(pool_used(pool), from_pool);
        arena_release(arena, &mark);
        ck_assert_uint_eq(arena_used(arena), used);
        ck_assert_uint_eq(pool_used(pool), from_pool);
        ck_assert_ptr_eq(arena_alloc(arena, 200), gone); /* the same place again */
    }
    ck_assert_uint_eq(kept[0], 7);
    ck_assert_uint_eq(kept[99], 7);
}
END_TEST

START_TEST(arena_alloc_is_aligned_and_never_hands_out_an_octet_twice)
{
    enum { COUNT = 400 };
    uint8_t *blocks[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = arena_alloc(arena, i % 120);
        ck_assert_ptr_nonnull(blocks[i]);
        ck_assert_uint_eq((uintptr_t)blocks[i] % alignof(max_align_t), 0);
        memset(blocks[i], (int)(i & 0xff), i % 120);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t k = 0; k < i % 120; k++)
            ck_assert_uint_eq(blocks[i][k], i & 0xff);
    }
}
END_TEST

START_TEST(arena_alloc_takes_what_is_larger_than_a_chunk_in_one_piece)
{
    uint8_t *small = arena_alloc(arena, 8), *large = arena_alloc(arena, 20000);
    ck_assert_ptr_nonnull(large);
    memset(large, 7, 20000);
    uint8_t *next = arena_alloc(arena, 8);
    ck_assert_ptr_eq(next, small + 16); /* the chunk in use goes on being used */
    ck_assert_uint_eq(pool_used(pool), 6 * POOL_CHUNK);
}
END_TEST

START_TEST(arena_alloc_yields_null_at_the_cap_and_goes_on_below_it)
{
    ck_assert_ptr_nonnull(arena_alloc(arena, CAP - 32));
    ck_assert_ptr_null(arena_alloc(arena, 33));
    ck_assert_ptr_nonnull(arena_alloc(arena, 32));
    ck_assert_uint_eq(arena_used(arena), CAP);
    ck_assert_ptr_null(arena_alloc(arena, 1));
    ck_assert_ptr_nonnull(arena_alloc(arena, 0));
}
END_TEST

START_TEST(the_cap_counts_what_alignment_takes)
{
    struct arena *small = arena_create(pool, 40);
    ck_assert_ptr_null(arena_alloc(small, 33));
    ck_assert_ptr_nonnull(arena_alloc(small, 1));
    ck_assert_uint_eq(arena_used(small), 16);
    ck_assert_ptr_nonnull(arena_alloc(small, 16));
    ck_assert_ptr_null(arena_alloc(small, 1));
    arena_destroy(small);
}
END_TEST

/* Once a further chunk is taken, the first one has no octet left for 16. */
START_TEST(arena_alloc_uses_a_chunk_to_its_end_and_not_beyond)
{
    uint8_t *at = arena_alloc(arena, 16), *next;
    for (next = at; pool_used(pool) == POOL_CHUNK; next = arena_alloc(arena, 16))
        at = next;
    uint8_t *chunk = (uint8_t *)arena - 16;
    ck_assert_ptr_eq(at + 16, chunk + POOL_CHUNK);
}
END_TEST

START_TEST(arena_alloc_refuses_sizes_that_would_wrap)
{
    struct arena *endless = arena_create(pool, SIZE_MAX);
    static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 14, SIZE_MAX - 15, SIZE_MAX / 2 + 1 };
    for (int i = 0; i < 4; i++)
        ck_assert_ptr_null(arena_alloc(endless, sizes[i]));
    ck_assert_ptr_null(arena_array(endless, SIZE_MAX / 4 + 2, 4)); /* wraps to 4 octets */
    ck_assert_uint_eq(arena_used(endless), 0);
    arena_destroy(endless);
}
END_TEST

START_TEST(arena_alloc_yields_null_when_the_pool_is_empty)
{
    void *rest = pool_take(pool, 63 * POOL_CHUNK);
    ck_assert_ptr_nonnull(arena_alloc(arena, 2000));
    size_t used = arena_used(arena);
    ck_assert_ptr_null(arena_alloc(arena, 3000));
    ck_assert_ptr_null(arena_alloc(arena, 9000));
    ck_assert_uint_eq(arena_used(arena), used);
    ck_assert_ptr_nonnull(arena_alloc(arena, 1000));
    pool_give(pool, rest, 63 * POOL_CHUNK);
}
END_TEST

START_TEST(arena_zero_clears_what_an_earlier_arena_left)
{
    memset(arena_alloc(arena, 3000), 0xff, 3000);
    arena_destroy(arena);
    arena = arena_create(pool, CAP);
    uint64_t *numbers = ARENA_ARRAY(arena, uint64_t, 300);
    for (int i = 0; i < 300; i++)
        ck_assert_uint_eq(numbers[i], 0);
    ck_assert_uint_eq(*ARENA_NEW(arena, uint32_t), 0);
}
END_TEST

START_TEST(arena_copy_copies)
{
    char text[] = "catena", *copy = arena_copy(arena, text, sizeof text);
    text[0] = 'b';
    ck_assert_str_eq(copy, "catena");
    ck_assert_ptr_nonnull(arena_copy(arena, NULL, 0));
    ck_assert_ptr_null(arena_copy(arena, text, CAP));
}
END_TEST

#if POISON_SEEN
START_TEST(octets_around_an_allocation_are_closed_to_everyone)
{
    char *block = arena_alloc(arena, 21);
    ck_assert(!__asan_address_is_poisoned(block + 20));
    ck_assert(__asan_address_is_poisoned(block + 21));
    ck_assert(__asan_address_is_poisoned(block + 32));
    arena_destroy(arena);
    ck_assert(__asan_address_is_poisoned(block));
    arena = arena_create(pool, CAP);
}
END_TEST
#endif

Suite *base_arena_suite(void)
{
    Suite *suite = suite_create("base/arena");
    TCase *life = tcase_create("arena_create"), *alloc = tcase_create("arena_alloc");
    tcase_add_checked_fixture(life, set_up, tear_down);
    tcase_add_checked_fixture(alloc, set_up, tear_down);
    tcase_add_test(life, arena_create_takes_one_chunk_and_destroy_gives_it_back);
    tcase_add_test(life, arena_create_fails_when_the_pool_is_empty);
    tcase_add_test(life, arena_reset_keeps_the_first_chunk_and_gives_the_rest_back);
    tcase_add_test(life, arena_release_gives_back_what_came_since_the_mark);
    tcase_add_test(alloc, arena_alloc_is_aligned_and_never_hands_out_an_octet_twice);
    tcase_add_test(alloc, arena_alloc_takes_what_is_larger_than_a_chunk_in_one_piece);
    tcase_add_test(alloc, arena_alloc_yields_null_at_the_cap_and_goes_on_below_it);
    tcase_add_test(alloc, the_cap_counts_what_alignment_takes);
    tcase_add_test(alloc, arena_alloc_uses_a_chunk_to_its_end_and_not_beyond);
    tcase_add_test(alloc, arena_alloc_refuses_sizes_that_would_wrap);
    tcase_add_test(alloc, arena_alloc_yields_null_when_the_pool_is_empty);
    tcase_add_test(alloc, arena_zero_clears_what_an_earlier_arena_left);
    tcase_add_test(alloc, arena_copy_copies);
#if POISON_SEEN
    tcase_add_test(alloc, octets_around_an_allocation_are_closed_to_everyone);
#endif
    suite_add_tcase(suite, life);
    suite_add_tcase(suite, alloc);
    return suite;
}
