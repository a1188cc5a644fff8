#include "lib/base/instant.h"

#include <stdio.h>
#include <time.h>

#include "tests/unit/suites.h"

static const struct instant second = { 1000000000 };

START_TEST(instant_after_adds_and_stops_at_never)
{
    ck_assert_uint_eq(instant_after_ms(second, 5).ns, 1005000000);
    ck_assert_uint_eq(instant_after_s(second, 86400).ns, UINT64_C(86401000000000));
    static const uint64_t far[] = { UINT64_MAX, UINT64_MAX / 1000, UINT64_MAX / NS_PER_MS };
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(instant_after_ms(second, far[i]).ns, UINT64_MAX);
        ck_assert_uint_eq(instant_after_s(second, far[i]).ns, UINT64_MAX);
    }
    ck_assert_uint_eq(instant_after_ms(INSTANT_NEVER, 1).ns, UINT64_MAX);
}
END_TEST

START_TEST(instants_have_an_order)
{
    struct instant later = instant_after_ms(second, 1);
    ck_assert(instant_before(second, later));
    ck_assert(!instant_before(later, second));
    ck_assert(!instant_before(second, second));
    ck_assert_uint_eq(instant_earlier(later, second).ns, second.ns);
    ck_assert_uint_eq(instant_earlier(second, later).ns, second.ns);
}
END_TEST

START_TEST(what_lies_between_is_rounded_down_and_never_negative)
{
    struct instant later = { 3999999999 };
    ck_assert_uint_eq(instant_ms_between(second, later), 2999);
    ck_assert_uint_eq(instant_s_between(second, later), 2);
    ck_assert_uint_eq(instant_ms_between(later, second), 0);
    ck_assert_uint_eq(instant_s_between(later, second), 0);
    ck_assert_uint_eq(instant_s_between(second, INSTANT_NEVER), UINT32_MAX);
}
END_TEST

START_TEST(the_clocks_read_what_the_system_says)
{
    struct timespec boot_before, boot_after, wall_before, wall_after;
    clock_gettime(CLOCK_BOOTTIME, &boot_before);
    clock_gettime(CLOCK_REALTIME, &wall_before);
    struct instant now = instant_read();
    struct unixtime wall = unixtime_read();
    clock_gettime(CLOCK_REALTIME, &wall_after);
    clock_gettime(CLOCK_BOOTTIME, &boot_after);
    ck_assert_uint_ge(now.ns, (uint64_t)boot_before.tv_sec * NS_PER_S);
    ck_assert_uint_lt(now.ns, ((uint64_t)boot_after.tv_sec + 1) * NS_PER_S);
    ck_assert_int_ge(wall.s, wall_before.tv_sec);
    ck_assert_int_le(wall.s, wall_after.tv_sec);
}
END_TEST

static const struct {
    int64_t s;
    const char *text;
} moments[] = {
    { 0, "1970-01-01T00:00:00Z" },
    { -1, "1969-12-31T23:59:59Z" },
    { 1795343501, "2026-11-22T10:31:41Z" },
    { 951782400, "2000-02-29T00:00:00Z" },
    { 4102444800, "2100-01-01T00:00:00Z" },
    { 4294967296, "2106-02-07T06:28:16Z" }, /* where 32 bits begin anew, RFC 4034 §3.1.5 */
    { 253402300799, "9999-12-31T23:59:59Z" },
    { 253402300800, "9999-12-31T23:59:59Z" },
    { INT64_MAX, "9999-12-31T23:59:59Z" },
    { INT64_MIN, "0000-01-01T00:00:00Z" },
};

START_TEST(unixtime_text_writes_the_moment)
{
    char text[32];
    unixtime_text((struct unixtime){ moments[_i].s }, text, sizeof text);
    ck_assert_str_eq(text, moments[_i].text);
}
END_TEST

/* RFC 4034 §3.2 */
START_TEST(unixtime_digits_are_what_unixtime_parse_reads)
{
    char text[UNIXTIME_DIGITS];
    struct unixtime back;
    ck_assert_str_eq(unixtime_digits((struct unixtime){ 1795343501 }, text), "20261122103141");
    for (int64_t s = 0; s < INT64_C(4000000000); s += 98765432) {
        ck_assert(unixtime_parse(unixtime_digits((struct unixtime){ s }, text), &back));
        ck_assert_int_eq(back.s, s);
    }
}
END_TEST

START_TEST(unixtime_text_stays_within_its_size)
{
    char text[8] = "xxxxxxx";
    unixtime_text((struct unixtime){ 0 }, text, 5);
    ck_assert_mem_eq(text, "1970\0xx", 8);
    unixtime_text((struct unixtime){ 0 }, text, 0);
    ck_assert_mem_eq(text, "1970\0xx", 8);
}
END_TEST

START_TEST(unixtime_parse_reads_each_day_as_the_c_library_does)
{
    struct unixtime first, at;
    ck_assert(unixtime_parse("00010101000000", &first));
    for (int64_t s = first.s; s < 253402300800; s += 86400 * 367 + 12345) {
        struct tm tm;
        time_t moment = (time_t)s;
        char digits[40], text[40], expected[40];
        ck_assert_ptr_nonnull(gmtime_r(&moment, &tm));
        snprintf(digits, sizeof digits, "%04d%02d%02d%02d%02d%02d", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        ck_assert_msg(unixtime_parse(digits, &at), "%s", digits);
        ck_assert_int_eq(at.s, s);
        unixtime_text(at, text, sizeof text);
        ck_assert_str_eq(text, expected);
    }
}
END_TEST

static const struct {
    const char *why, *text;
} refused[] = {
    { "nothing", "" },
    { "a digit short", "2026112210314" },
    { "a digit long", "202611221031410" },
    { "a letter", "20261122x03141" },
    { "a sign", "+0261122103141" },
    { "a space", " 2026112210314" },
    { "no year 0 (RFC 4034 §3.2)", "00000101000000" },
    { "no month 0", "20260001000000" },
    { "no month 13", "20261301000000" },
    { "no day 0", "20260100000000" },
    { "no 31 June", "20260631000000" },
    { "no 29 February in 2026", "20260229000000" },
    { "no 29 February in 2100", "21000229000000" },
    { "no day 99", "20260199000000" },
    { "no hour 24", "20260101240000" },
    { "no minute 60", "20260101006000" },
    { "no second 60", "20260101000060" },
};

START_TEST(unixtime_parse_refuses) /* RFC 4034 §3.2 */
{
    struct unixtime at = { 42 };
    ck_assert_msg(!unixtime_parse(refused[_i].text, &at), "%s", refused[_i].why);
    ck_assert_int_eq(at.s, 42);
}
END_TEST

Suite *base_instant_suite(void)
{
    Suite *suite = suite_create("base/instant");
    TCase *instant = tcase_create("instant"), *text = tcase_create("unixtime_text");
    TCase *parse = tcase_create("unixtime_parse");
    int count = sizeof refused / sizeof *refused;
    tcase_add_test(instant, instant_after_adds_and_stops_at_never);
    tcase_add_test(instant, instants_have_an_order);
    tcase_add_test(instant, what_lies_between_is_rounded_down_and_never_negative);
    tcase_add_test(instant, the_clocks_read_what_the_system_says);
    tcase_add_loop_test(text, unixtime_text_writes_the_moment, 0, sizeof moments / sizeof *moments);
    tcase_add_test(text, unixtime_text_stays_within_its_size);
    tcase_add_test(text, unixtime_digits_are_what_unixtime_parse_reads);
    tcase_add_test(parse, unixtime_parse_reads_each_day_as_the_c_library_does);
    tcase_add_loop_test(parse, unixtime_parse_refuses, 0, count);
    suite_add_tcase(suite, instant);
    suite_add_tcase(suite, text);
    suite_add_tcase(suite, parse);
    return suite;
}
