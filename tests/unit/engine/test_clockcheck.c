#include "lib/engine/clockcheck.h"

#include <check.h>

#include "tests/unit/suites.h"

enum { BUILT = 1790000000, HOUR = 3600, DAY = 86400, START = 1000 };

static struct clockcheck check;

static struct instant at_s(uint64_t s)
{
    return instant_after_s((struct instant){ 0 }, START + s);
}

static struct unixtime wall(int64_t s)
{
    return (struct unixtime){ s };
}

static void set_up(void)
{
    clockcheck_begin(&check, (struct clock_floor){ wall(BUILT), FLOOR_BUILD }, HOUR);
}

static enum clock_news look(uint64_t now_s, int64_t wall_s)
{
    return clockcheck_look(&check, at_s(now_s), wall(wall_s));
}

/* ---- floors ---- */

START_TEST(the_later_floor_is_the_higher_and_none_is_the_lowest)
{
    struct clock_floor none = { .kind = FLOOR_NONE };
    struct clock_floor built = { wall(BUILT), FLOOR_BUILD };
    struct clock_floor written = { wall(BUILT + DAY), FLOOR_STATE };
    struct clock_floor early = { wall(-DAY), FLOOR_STATE };

    ck_assert_int_eq(clock_floor_higher(built, written).kind, FLOOR_STATE);
    ck_assert_int_eq(clock_floor_higher(written, built).kind, FLOOR_STATE);
    ck_assert_int_eq(clock_floor_higher(none, early).kind, FLOOR_STATE);
    ck_assert_int_eq(clock_floor_higher(early, none).kind, FLOOR_STATE);
    ck_assert_int_eq(clock_floor_higher(none, none).kind, FLOOR_NONE);
}
END_TEST

START_TEST(without_a_floor_no_clock_is_behind)
{
    clockcheck_begin(&check, (struct clock_floor){ .kind = FLOOR_NONE }, HOUR);
    ck_assert_int_eq(look(0, 0), CLOCK_NO_NEWS);
    ck_assert_int_eq(look(0, -2 * DAY), CLOCK_NO_NEWS);
    ck_assert(!clockcheck_repairs(&check, at_s(0)));
}
END_TEST

/* LIMITS H1: the slack is that of signatures' inception. */
static const struct {
    int64_t wall_s;
    bool behind;
} clocks[] = {
    { 0, true },
    { BUILT - HOUR - 1, true },
    { BUILT - HOUR, false },
    { BUILT, false },
    { BUILT + 3650 * (int64_t)DAY, false },
};

START_TEST(a_clock_more_than_the_slack_below_the_floor_is_behind)
{
    ck_assert_int_eq(look(0, clocks[_i].wall_s),
                     clocks[_i].behind ? CLOCK_FELL_BEHIND : CLOCK_NO_NEWS);
    ck_assert_int_eq(check.behind, clocks[_i].behind);
}
END_TEST

START_TEST(each_change_is_news_once)
{
    ck_assert_int_eq(look(0, 0), CLOCK_FELL_BEHIND);
    ck_assert_int_eq(look(1, 1), CLOCK_NO_NEWS);
    ck_assert_int_eq(look(2, BUILT), CLOCK_CAME_RIGHT);
    ck_assert_int_eq(look(3, BUILT), CLOCK_NO_NEWS);
    ck_assert_int_eq(look(4, 5), CLOCK_FELL_BEHIND);
}
END_TEST

START_TEST(a_signature_of_the_root_raises_the_floor_and_never_lowers_it)
{
    clockcheck_raise(&check, wall(BUILT - DAY));
    ck_assert_int_eq(look(0, BUILT), CLOCK_NO_NEWS);
    ck_assert_int_eq(look(0, BUILT - DAY), CLOCK_FELL_BEHIND);
    ck_assert_int_eq(look(0, BUILT), CLOCK_CAME_RIGHT);
    clockcheck_raise(&check, wall(BUILT + DAY));
    ck_assert_int_eq(look(1, BUILT), CLOCK_FELL_BEHIND);
    ck_assert_int_eq(look(2, BUILT + DAY), CLOCK_CAME_RIGHT);
}
END_TEST

/* ---- repair: RULINGS A16 ---- */

START_TEST(the_repair_lasts_ten_minutes_from_when_the_clock_is_first_seen_behind)
{
    ck_assert(!clockcheck_repairs(&check, at_s(0)));
    (void)look(100, 0);
    ck_assert(clockcheck_repairs(&check, at_s(100)));
    ck_assert(clockcheck_repairs(&check, at_s(100 + CLOCK_REPAIR_S - 1)));
    ck_assert(!clockcheck_repairs(&check, at_s(100 + CLOCK_REPAIR_S)));
}
END_TEST

START_TEST(a_clock_that_falls_back_again_gets_no_second_ten_minutes)
{
    (void)look(0, 0);
    (void)look(500, BUILT);
    ck_assert(!clockcheck_repairs(&check, at_s(500)));
    (void)look(550, 0);
    ck_assert(clockcheck_repairs(&check, at_s(550))); /* what is left of the first */
    (void)look(560, BUILT);
    (void)look(700, 0);
    ck_assert(!clockcheck_repairs(&check, at_s(700)));
}
END_TEST

START_TEST(a_root_signature_that_holds_ends_the_repair)
{
    (void)look(0, 0);
    clockcheck_proved(&check);
    ck_assert(!clockcheck_repairs(&check, at_s(1)));
    (void)look(2, BUILT);
    (void)look(3, 0);
    ck_assert(!clockcheck_repairs(&check, at_s(3)));
}
END_TEST

START_TEST(a_root_signature_before_the_clock_jumped_takes_nothing_from_the_repair)
{
    clockcheck_proved(&check);
    (void)look(10, 0);
    ck_assert(clockcheck_repairs(&check, at_s(10)));
}
END_TEST

/* ---- for people ---- */

static const struct {
    int64_t apart_s;
    const char *text;
} distances[] = {
    { 0, "0 seconds" },         { 1, "1 second" },
    { 59, "59 seconds" },       { 60, "1 minute" },
    { 2 * HOUR - 1, "1 hour" }, { DAY - 1, "23 hours" },
    { 4 * DAY, "4 days" },      { 20717 * (int64_t)DAY, "20717 days" },
};

START_TEST(a_distance_is_told_in_its_largest_unit)
{
    char text[32];
    ck_assert_str_eq(
        clock_distance(wall(BUILT), wall(BUILT + distances[_i].apart_s), text, sizeof text),
        distances[_i].text);
    ck_assert_str_eq(
        clock_distance(wall(BUILT + distances[_i].apart_s), wall(BUILT), text, sizeof text),
        distances[_i].text);
}
END_TEST

START_TEST(the_text_names_clock_distance_and_floor)
{
    char text[CLOCK_TEXT];
    ck_assert_str_eq(clockcheck_text(&check, wall(60), text),
                     "says 1970-01-01T00:01:00Z, at least 20717 days behind: this program was "
                     "built 2026-09-21T14:13:20Z");
}
END_TEST

Suite *engine_clockcheck_suite(void)
{
    Suite *suite = suite_create("engine/clockcheck");
    TCase *floors = tcase_create("floors"), *repair = tcase_create("repair");
    TCase *people = tcase_create("people");

    tcase_add_checked_fixture(floors, set_up, NULL);
    tcase_add_checked_fixture(repair, set_up, NULL);
    tcase_add_checked_fixture(people, set_up, NULL);
    tcase_add_test(floors, the_later_floor_is_the_higher_and_none_is_the_lowest);
    tcase_add_test(floors, without_a_floor_no_clock_is_behind);
    tcase_add_loop_test(floors, a_clock_more_than_the_slack_below_the_floor_is_behind, 0,
                        sizeof clocks / sizeof *clocks);
    tcase_add_test(floors, each_change_is_news_once);
    tcase_add_test(floors, a_signature_of_the_root_raises_the_floor_and_never_lowers_it);
    tcase_add_test(repair, the_repair_lasts_ten_minutes_from_when_the_clock_is_first_seen_behind);
    tcase_add_test(repair, a_clock_that_falls_back_again_gets_no_second_ten_minutes);
    tcase_add_test(repair, a_root_signature_that_holds_ends_the_repair);
    tcase_add_test(repair, a_root_signature_before_the_clock_jumped_takes_nothing_from_the_repair);
    tcase_add_loop_test(people, a_distance_is_told_in_its_largest_unit, 0,
                        sizeof distances / sizeof *distances);
    tcase_add_test(people, the_text_names_clock_distance_and_floor);
    suite_add_tcase(suite, floors);
    suite_add_tcase(suite, repair);
    suite_add_tcase(suite, people);
    return suite;
}
