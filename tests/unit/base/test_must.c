#include "lib/base/must.h"

#include <signal.h>

#include "tests/unit/suites.h"

START_TEST(a_condition_that_holds_costs_nothing)
{
    ck_assert(must(1 + 1 == 2));
    ck_assert_uint_eq(must_failures(), 0);
}
END_TEST

#ifdef CATENA_TESTING
START_TEST(a_broken_condition_aborts_in_tests) /* LIMITS G7 */
{
    (void)must(1 + 1 == 3);
}
END_TEST
#else
START_TEST(a_broken_condition_is_counted_and_false) /* LIMITS G7 */
{
    ck_assert(!must(1 + 1 == 3));
    ck_assert(!must(1 + 1 == 4));
    ck_assert_uint_eq(must_failures(), 2);
}
END_TEST
#endif

Suite *base_must_suite(void)
{
    Suite *suite = suite_create("base/must");
    TCase *must_case = tcase_create("must");
    tcase_add_test(must_case, a_condition_that_holds_costs_nothing);
#ifdef CATENA_TESTING
    tcase_add_test_raise_signal(must_case, a_broken_condition_aborts_in_tests, SIGABRT);
#else
    tcase_add_test(must_case, a_broken_condition_is_counted_and_false);
#endif
    suite_add_tcase(suite, must_case);
    return suite;
}
