/* The calculations of scenarios: ${...}. */
#include <check.h>

#include "tests/scenario/player/macro.h"
#include "tests/unit/suites.h"

static const struct {
    const char *text, *result; /* NULL: wrong */
} rows[] = {
    { "plain", "plain" },
    { "${2 + 3 * 4}", "20" }, /* from left to right */
    { "2 and ${2 + ${3 * 4}}", "2 and 14" },
    { "$t0", "100" },
    { "${$t0 + 1}s", "101s" },
    { "${30*24*3600}", "2592000" },
    { "${7 / 2}", "3.500000" },
    { "${time}", "1251100000" },
    { "${timeout}", "42" },
    { "${range 10 ${timeout} 50}", "42" },
    { "${ctime 0}", "1970-01-01T00:00:00Z" },
    { "$", "$" },
    { "${range 50 ${timeout} 60}", NULL },
    { "$nothing", NULL },
    { "${1 / 0}", NULL },
    { "${1 +}", NULL },
    { "${", NULL },
    { "${${${${${${${${${${${${${${${${${${1}}}}}}}}}}}}}}}}}}", NULL },
    { "${range 1 2}", NULL },
};

START_TEST(a_text_is_expanded_or_refused)
{
    static struct macros macros;
    char result[MACRO_TEXT];

    macros = (struct macros){ .time = 1251100000, .timeout = 42 };
    ck_assert(macro_assign(&macros, "t0", "${50 + 50}"));
    bool fine = macro_expand(&macros, rows[_i].text, result);
    ck_assert_msg(fine == (rows[_i].result != NULL), "%s: %s", rows[_i].text, macros.why);
    if (fine)
        ck_assert_str_eq(result, rows[_i].result);
}
END_TEST

START_TEST(a_variable_can_be_assigned_anew)
{
    static struct macros macros;
    char result[MACRO_TEXT];

    ck_assert(macro_assign(&macros, "x", "1"));
    ck_assert(macro_assign(&macros, "x", "${$x + 1}"));
    ck_assert(macro_expand(&macros, "$x", result));
    ck_assert_str_eq(result, "2");
    ck_assert_uint_eq(macros.count, 1);
}
END_TEST

Suite *scenario_macro_suite(void)
{
    Suite *suite = suite_create("scenario/macro");
    TCase *texts = tcase_create("macro_expand");

    tcase_add_loop_test(texts, a_text_is_expanded_or_refused, 0, sizeof rows / sizeof *rows);
    tcase_add_test(texts, a_variable_can_be_assigned_anew);
    suite_add_tcase(suite, texts);
    return suite;
}
