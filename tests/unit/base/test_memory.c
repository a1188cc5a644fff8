#include "lib/base/memory.h"

#include <string.h>

#include "tests/unit/suites.h"

START_TEST(memory_is_zeroed)
{
    static const unsigned char zeros[300];
    void *one = memory_new(300), *many = memory_array(100, 3);
    ck_assert_mem_eq(one, zeros, 300);
    ck_assert_mem_eq(many, zeros, 300);
    memory_free(one);
    memory_free(many);
}
END_TEST

START_TEST(memory_of_no_octets_is_not_null)
{
    void *blocks[] = { memory_new(0), memory_array(0, 8), memory_array(8, 0),
                       memory_resize(NULL, 0, 8) };
    for (int i = 0; i < 4; i++) {
        ck_assert_ptr_nonnull(blocks[i]);
        memory_free(blocks[i]);
    }
}
END_TEST

START_TEST(a_count_that_overflows_yields_null)
{
    ck_assert_ptr_null(memory_array(SIZE_MAX / 2, 3));
    ck_assert_ptr_null(memory_resize(NULL, SIZE_MAX / 2 + 2, 2)); /* wraps to 2 octets */
}
END_TEST

START_TEST(memory_resize_keeps_the_octets_and_the_old_block_on_failure)
{
    char *block = memory_resize(NULL, 4, 1);
    memcpy(block, "abc", 4);
    ck_assert_ptr_null(memory_resize(block, SIZE_MAX, 2));
    ck_assert_str_eq(block, "abc");
    block = memory_resize(block, 4000, 1);
    ck_assert_str_eq(block, "abc");
    memory_free(block);
}
END_TEST

START_TEST(memory_text_copies_with_the_nul)
{
    char text[] = "catena", *copy = memory_text(text);
    text[0] = 'b';
    ck_assert_str_eq(copy, "catena");
    memory_free(copy);
    memory_free(NULL);
}
END_TEST

#ifdef CATENA_TESTING
START_TEST(memory_fail_after_fails_once_behind_those_that_succeed) /* LIMITS G5 */
{
    memory_fail_after(2);
    void *first = memory_new(1), *second = memory_text("x");
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_nonnull(second);
    ck_assert_ptr_null(memory_resize(first, 9, 1));
    void *last = memory_new(1);
    ck_assert_ptr_nonnull(last);
    ck_assert(memory_fail_stop());
    memory_free(first);
    memory_free(second);
    memory_free(last);
}
END_TEST

START_TEST(memory_fail_stop_says_that_nothing_has_struck)
{
    memory_fail_after(1);
    void *only = memory_new(1);
    ck_assert(!memory_fail_stop());
    void *after = memory_new(1);
    ck_assert_ptr_nonnull(after);
    memory_free(only);
    memory_free(after);
}
END_TEST
#endif

Suite *base_memory_suite(void)
{
    Suite *suite = suite_create("base/memory");
    TCase *memory = tcase_create("memory");
    tcase_add_test(memory, memory_is_zeroed);
    tcase_add_test(memory, memory_of_no_octets_is_not_null);
    tcase_add_test(memory, a_count_that_overflows_yields_null);
    tcase_add_test(memory, memory_resize_keeps_the_octets_and_the_old_block_on_failure);
    tcase_add_test(memory, memory_text_copies_with_the_nul);
    suite_add_tcase(suite, memory);
#ifdef CATENA_TESTING
    TCase *failing = tcase_create("memory_fail_after");
    tcase_add_test(failing, memory_fail_after_fails_once_behind_those_that_succeed);
    tcase_add_test(failing, memory_fail_stop_says_that_nothing_has_struck);
    suite_add_tcase(suite, failing);
#endif
    return suite;
}
