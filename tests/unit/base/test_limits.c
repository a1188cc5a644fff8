#include "lib/base/limits.h"

#include <string.h>

#include "tests/unit/suites.h"

START_TEST(every_row_is_ordered_and_has_a_reason) /* ruling A7: the ceiling is 4 x the default */
{
    for (size_t i = 0; i < limits_row_count; i++) {
        const struct limits_row *row = &limits_rows[i];
        ck_assert_msg(row->minimum <= row->normal, "%s", row->name);
        ck_assert_msg(row->normal <= row->maximum, "%s", row->name);
        ck_assert_msg(row->maximum <= 4 * (uint64_t)row->normal, "%s", row->name);
        ck_assert_msg(row->reason[0] != '\0', "%s", row->name);
    }
}
END_TEST

START_TEST(the_rows_cover_the_whole_sheet)
{
    ck_assert_uint_eq(limits_row_count * sizeof(uint32_t), sizeof(struct limits));
    for (size_t i = 0; i < limits_row_count; i++)
        ck_assert_uint_eq(limits_rows[i].offset, i * sizeof(uint32_t));
}
END_TEST

START_TEST(limits_defaults_fills_in_every_row)
{
    struct limits limits;
    memset(&limits, 0xff, sizeof limits);
    limits_defaults(&limits);
    ck_assert_uint_eq(limits.questions, 100);
    ck_assert_uint_eq(limits.job_octets, 262144);
    for (size_t i = 0; i < limits_row_count; i++) {
        uint32_t value;
        memcpy(&value, (char *)&limits + limits_rows[i].offset, sizeof value);
        ck_assert_uint_eq(value, limits_rows[i].normal);
    }
}
END_TEST

START_TEST(limits_find_finds_each_row_and_nothing_else)
{
    for (size_t i = 0; i < limits_row_count; i++)
        ck_assert_ptr_eq(limits_find(limits_rows[i].name), &limits_rows[i]);
    ck_assert_ptr_null(limits_find("question"));
    ck_assert_ptr_null(limits_find(""));
}
END_TEST

START_TEST(limits_set_takes_the_range_and_refuses_one_beyond)
{
    for (size_t i = 0; i < limits_row_count; i++) {
        const struct limits_row *row = &limits_rows[i];
        struct limits limits, before;
        limits_defaults(&limits);
        ck_assert(limits_set(&limits, row, row->minimum));
        ck_assert(limits_set(&limits, row, row->maximum));
        before = limits;
        ck_assert(!limits_set(&limits, row, row->maximum + 1));
        ck_assert(row->minimum == 0 || !limits_set(&limits, row, row->minimum - 1));
        ck_assert_mem_eq(&limits, &before, sizeof limits);
    }
}
END_TEST

START_TEST(limits_set_moves_its_own_row_alone)
{
    struct limits limits, expected;
    limits_defaults(&limits);
    expected = limits;
    expected.depth = 5;
    ck_assert(limits_set(&limits, limits_find("depth"), 5));
    ck_assert_mem_eq(&limits, &expected, sizeof limits);
}
END_TEST

Suite *base_limits_suite(void)
{
    Suite *suite = suite_create("base/limits");
    TCase *rows = tcase_create("limits_rows"), *set = tcase_create("limits_set");
    tcase_add_test(rows, every_row_is_ordered_and_has_a_reason);
    tcase_add_test(rows, the_rows_cover_the_whole_sheet);
    tcase_add_test(rows, limits_defaults_fills_in_every_row);
    tcase_add_test(rows, limits_find_finds_each_row_and_nothing_else);
    tcase_add_test(set, limits_set_takes_the_range_and_refuses_one_beyond);
    tcase_add_test(set, limits_set_moves_its_own_row_alone);
    suite_add_tcase(suite, rows);
    suite_add_tcase(suite, set);
    return suite;
}
