#include "lib/base/metrics.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suites.h"

START_TEST(the_rows_cover_every_counter_and_say_what_it_counts)
{
    ck_assert_uint_eq(metrics_row_count * sizeof(uint64_t), sizeof(struct metrics));
    for (size_t i = 0; i < metrics_row_count; i++) {
        ck_assert_uint_eq(metrics_rows[i].offset, i * sizeof(uint64_t));
        ck_assert_msg(metrics_rows[i].what[0] != '\0', "%s", metrics_rows[i].name);
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(metrics_rows[i].name, metrics_rows[k].name);
    }
}
END_TEST

START_TEST(metrics_add_counts_its_own_row)
{
    struct metrics metrics = { .answers_bogus = 4 }, expected = { .answers_bogus = 7 };
    metrics_add(&metrics.answers_bogus, 3);
    ck_assert_mem_eq(&metrics, &expected, sizeof metrics);
}
END_TEST

START_TEST(metrics_add_up_adds_every_row)
{
    struct metrics sum = { .must_failed = 0 }, part = sum;
    uint64_t *in_sum = (uint64_t *)&sum, *in_part = (uint64_t *)&part;
    for (size_t i = 0; i < metrics_row_count; i++) {
        in_sum[i] = 1000 * i;
        in_part[i] = i;
    }
    metrics_add_up(&sum, &part);
    for (size_t i = 0; i < metrics_row_count; i++)
        ck_assert_uint_eq(in_sum[i], 1001 * i);
}
END_TEST

START_TEST(metrics_json_is_one_object_with_every_row)
{
    struct metrics metrics = { .client_udp_queries = UINT64_MAX, .must_failed = 3 };
    char text[4096], member[128];
    size_t len = metrics_json(&metrics, text, sizeof text);
    ck_assert_uint_eq(len, strlen(text));
    ck_assert(strncmp(text, "{\"client_udp_queries\":18446744073709551615,", 43) == 0);
    ck_assert_str_eq(text + len - 17, ",\"must_failed\":3}");
    for (size_t i = 1; i < metrics_row_count; i++) {
        snprintf(member, sizeof member, ",\"%s\":%d", metrics_rows[i].name,
                 i + 1 == metrics_row_count ? 3 : 0);
        ck_assert_msg(strstr(text, member) != NULL, "%s", member);
    }
}
END_TEST

START_TEST(metrics_json_ends_within_any_size_and_says_what_it_would_take)
{
    struct metrics metrics = { .must_failed = 3 };
    char whole[4096], text[4096];
    size_t len = metrics_json(&metrics, whole, sizeof whole);
    ck_assert_uint_eq(metrics_json(&metrics, NULL, 0), len);
    for (size_t size = 1; size <= len + 1; size++) {
        memset(text, 'x', sizeof text);
        ck_assert_uint_eq(metrics_json(&metrics, text, size), len);
        ck_assert_mem_eq(text, whole, size - 1);
        ck_assert_int_eq(text[size - 1], '\0');
        ck_assert_int_eq(text[size], 'x');
    }
}
END_TEST

Suite *base_metrics_suite(void)
{
    Suite *suite = suite_create("base/metrics");
    TCase *rows = tcase_create("metrics_rows"), *json = tcase_create("metrics_json");
    tcase_add_test(rows, the_rows_cover_every_counter_and_say_what_it_counts);
    tcase_add_test(rows, metrics_add_counts_its_own_row);
    tcase_add_test(rows, metrics_add_up_adds_every_row);
    tcase_add_test(json, metrics_json_is_one_object_with_every_row);
    tcase_add_test(json, metrics_json_ends_within_any_size_and_says_what_it_would_take);
    suite_add_tcase(suite, rows);
    suite_add_tcase(suite, json);
    return suite;
}
