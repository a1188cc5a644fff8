/* Work by weight, and what a weight is worth by the thread's clock (LIMITS 4.2, second limiter). */
#include "lib/policy/meter.h"

#include "tests/unit/suites.h"

static struct meter meter;

static void set_up(void)
{
    meter_init(&meter);
}

START_TEST(before_the_clock_was_read_a_weight_is_what_it_says)
{
    ck_assert_uint_eq(meter_us(&meter, 5000), 5);
}
END_TEST

START_TEST(what_is_less_than_a_microsecond_is_charged_with_the_next)
{
    uint64_t us = 0;
    for (unsigned i = 0; i < 1000; i++)
        us += meter_us(&meter, 1234);
    ck_assert_uint_eq(us, 1234);
}
END_TEST

START_TEST(the_clock_is_due_once_enough_is_done_and_not_before)
{
    ck_assert(!meter_is_due(&meter));
    meter_weigh(&meter, METER_WINDOW_NS - 1);
    ck_assert(!meter_is_due(&meter));
    meter_weigh(&meter, 1);
    ck_assert(meter_is_due(&meter));
    meter_read(&meter, 10000);
    ck_assert(!meter_is_due(&meter));
}
END_TEST

/* All the time of a window is on the bill of what was done in the next like it. */
START_TEST(a_slower_machine_and_a_faster_one_make_weights_worth_more_and_less)
{
    meter_weigh(&meter, METER_WINDOW_NS);
    meter_read(&meter, 3 * METER_WINDOW_NS / 1000);
    ck_assert_uint_eq(meter_us(&meter, 10000), 30);
    meter_weigh(&meter, METER_WINDOW_NS);
    meter_read(&meter, METER_WINDOW_NS / 2000);
    ck_assert_uint_eq(meter_us(&meter, 10000), 5);
}
END_TEST

START_TEST(no_reading_makes_a_weight_worth_nothing_or_everything)
{
    meter_weigh(&meter, METER_WINDOW_NS);
    meter_read(&meter, UINT64_MAX);
    ck_assert_uint_eq(meter_us(&meter, 1000), METER_WORTH_MAX / METER_WORTH_ONE);
    ck_assert_uint_eq(meter_us(&meter, 10 * 1000 * 1000), 640 * 1000); /* more than 32 bits of ns */
    meter_weigh(&meter, METER_WINDOW_NS);
    meter_read(&meter, UINT64_C(1) << 53); /* whose ns are a multiple of 2^64 */
    ck_assert_uint_eq(meter_us(&meter, 1000), METER_WORTH_MAX / METER_WORTH_ONE);
    meter_weigh(&meter, METER_WINDOW_NS);
    meter_read(&meter, 0);
    ck_assert_uint_eq(meter_us(&meter, 16000), 1);
}
END_TEST

START_TEST(a_reading_of_too_little_work_tells_nothing)
{
    meter_weigh(&meter, 1000);
    meter_read(&meter, 10000);
    ck_assert_uint_eq(meter_us(&meter, 5000), 5);
}
END_TEST

Suite *policy_meter_suite(void)
{
    Suite *suite = suite_create("policy/meter");
    TCase *tcase = tcase_create("worth");
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, before_the_clock_was_read_a_weight_is_what_it_says);
    tcase_add_test(tcase, what_is_less_than_a_microsecond_is_charged_with_the_next);
    tcase_add_test(tcase, the_clock_is_due_once_enough_is_done_and_not_before);
    tcase_add_test(tcase, a_slower_machine_and_a_faster_one_make_weights_worth_more_and_less);
    tcase_add_test(tcase, no_reading_makes_a_weight_worth_nothing_or_everything);
    tcase_add_test(tcase, a_reading_of_too_little_work_tells_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
