#include "resolver/edge/numbers.h"

#include "lib/base/memory.h"
#include "tests/unit/suites.h"

static struct numbers numbers;
static int one, other;

static void set_up(void)
{
    ck_assert(numbers_init(&numbers, 200));
}

static void tear_down(void)
{
    numbers_clear(&numbers);
}

START_TEST(a_connection_is_found_by_its_number_which_says_whose_it_is)
{
    uint64_t a, b;
    ck_assert(numbers_take(&numbers, &one, &a));
    ck_assert(numbers_take(&numbers, &other, &b));
    ck_assert_ptr_eq(numbers_find(&numbers, a), &one);
    ck_assert_ptr_eq(numbers_find(&numbers, b), &other);
    ck_assert_uint_eq(a >> NUMBERS_INDEX_SHIFT, 200);
}
END_TEST

START_TEST(a_number_that_was_given_back_finds_nobody_not_even_who_has_its_slot)
{
    uint64_t first, number = 0;
    ck_assert(numbers_take(&numbers, &one, &first));
    numbers_give_back(&numbers, first);
    ck_assert_ptr_null(numbers_find(&numbers, first));
    for (unsigned i = 0; i < NUMBERS_MAX; i++)
        ck_assert(numbers_take(&numbers, &other, &number));
    ck_assert_ptr_null(numbers_find(&numbers, first));
    numbers_give_back(&numbers, first);
    ck_assert_ptr_eq(numbers_find(&numbers, number), &other);
}
END_TEST

START_TEST(there_are_so_many_and_no_more)
{
    uint64_t number;
    for (unsigned i = 0; i < NUMBERS_MAX; i++)
        ck_assert(numbers_take(&numbers, &one, &number));
    uint64_t last = number;
    ck_assert(!numbers_take(&numbers, &other, &number));
    numbers_give_back(&numbers, last);
    ck_assert(numbers_take(&numbers, &other, &number));
    ck_assert_ptr_null(numbers_find(&numbers, NUMBERS_MAX));
    numbers_give_back(&numbers, number);
    ck_assert(numbers_take(&numbers, &other, &number)); /* wherever the free one is */
}
END_TEST

START_TEST(a_number_says_which_question_it_is_of)
{
    static const unsigned questions[] = { 0, 1, 255, 256, 65535 };
    uint64_t number;
    for (unsigned i = 0; i < 3; i++)
        ck_assert(numbers_take(&numbers, i == 2 ? &other : &one, &number));
    for (unsigned i = 0; i < sizeof questions / sizeof *questions; i++) {
        uint64_t asked = numbers_of_question(number, questions[i]);
        ck_assert_uint_eq(numbers_question(asked), questions[i]);
        ck_assert_ptr_eq(numbers_find(&numbers, asked), &other);
        ck_assert_uint_eq(asked >> NUMBERS_INDEX_SHIFT, 200);
    }
}
END_TEST

START_TEST(without_memory_there_are_none)
{
    struct numbers none;
    memory_fail_after(0);
    ck_assert(!numbers_init(&none, 1));
    ck_assert(memory_fail_stop());
    numbers_clear(&none);
}
END_TEST

Suite *resolver_numbers_suite(void)
{
    Suite *suite = suite_create("resolver/numbers");
    TCase *tcase = tcase_create("numbers");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_connection_is_found_by_its_number_which_says_whose_it_is);
    tcase_add_test(tcase, a_number_that_was_given_back_finds_nobody_not_even_who_has_its_slot);
    tcase_add_test(tcase, there_are_so_many_and_no_more);
    tcase_add_test(tcase, a_number_says_which_question_it_is_of);
    tcase_add_test(tcase, without_memory_there_are_none);
    suite_add_tcase(suite, tcase);
    return suite;
}
