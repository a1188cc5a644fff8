#include "lib/base/status.h"

#include "tests/unit/suites.h"

static const struct {
    enum status status;
    const char *name;
} rows[] = {
    { ST_OK, "OK" },
    { ST_NOTFOUND, "NOTFOUND" },
    { ST_MALFORMED, "MALFORMED" },
    { ST_LIMIT, "LIMIT" },
    { ST_UNSUPPORTED, "UNSUPPORTED" },
    { ST_NOMEM, "NOMEM" },
    { ST_IO, "IO" },
    { ST_BUSY, "BUSY" },
};

START_TEST(status_name_is_the_word_of_the_enum)
{
    ck_assert_str_eq(status_name(rows[_i].status), rows[_i].name);
}
END_TEST

START_TEST(status_name_has_a_word_for_a_number_that_is_no_status)
{
    ck_assert_str_eq(status_name((enum status)(ST_BUSY + 1)), "UNKNOWN");
    ck_assert_str_eq(status_name((enum status) - 1), "UNKNOWN");
}
END_TEST

static enum status try_and_count(enum status first, int *went_on)
{
    TRY(first);
    ++*went_on;
    return ST_BUSY;
}

START_TEST(try_returns_a_failure_and_passes_a_success)
{
    int went_on = 0;
    ck_assert_int_eq(try_and_count(ST_IO, &went_on), ST_IO);
    ck_assert_int_eq(went_on, 0);
    ck_assert_int_eq(try_and_count(ST_OK, &went_on), ST_BUSY);
    ck_assert_int_eq(went_on, 1);
}
END_TEST

Suite *base_status_suite(void)
{
    Suite *suite = suite_create("base/status");
    TCase *name = tcase_create("status_name"), *try = tcase_create("TRY");
    tcase_add_loop_test(name, status_name_is_the_word_of_the_enum, 0, sizeof rows / sizeof *rows);
    tcase_add_test(name, status_name_has_a_word_for_a_number_that_is_no_status);
    tcase_add_test(try, try_returns_a_failure_and_passes_a_success);
    suite_add_tcase(suite, name);
    suite_add_tcase(suite, try);
    return suite;
}
