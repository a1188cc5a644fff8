#include "resolver/clock_floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "resolver/anchor_state.h"
#include "resolver/negative_state.h"
#include "tests/unit/suites.h"

enum { PATH = 64 };

static char directory[PATH];

static void set_up(void)
{
    snprintf(directory, sizeof directory, "/tmp/catena-floor-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void tear_down(void)
{
    static const char *const names[] = { ANCHOR_STATE_NAME, ANCHOR_STATE_NAME ".before",
                                         NEGATIVE_STATE_NAME };
    char path[2 * PATH];
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    rmdir(directory);
}

static void write_by(enum state_clock clock, int64_t wall_s)
{
    static const char body[] = "a line\n";
    struct state_file file = { &state_disk_real, directory, ANCHOR_STATE_NAME, .clock = clock };
    char *before = NULL;

    if (state_read(&file, &before) == ST_OK)
        memory_free(before);
    ck_assert_int_eq(state_write(&file, (struct bytes){ (const uint8_t *)body, sizeof body - 1 },
                                 (struct unixtime){ wall_s }),
                     ST_OK);
}

static void write_state(int64_t wall_s)
{
    write_by(STATE_CLOCK_SYSTEM, wall_s);
}

START_TEST(the_build_date_is_the_floor_where_there_is_no_state)
{
    struct clock_floor floor = clock_floor_at_start(directory);
    struct unixtime release;

    ck_assert(unixtime_parse("20260101000000", &release)); /* no source of ours is older */
    ck_assert_int_eq(floor.kind, FLOOR_BUILD);
    ck_assert_int_eq(floor.at.s, clock_built().s);
    ck_assert_int_gt(floor.at.s, release.s);
    ck_assert_int_eq(clock_floor_at_start("/nowhere/at/all").kind, FLOOR_BUILD);
}
END_TEST

START_TEST(a_state_file_that_was_written_later_is_the_floor)
{
    write_state(clock_built().s + 86400);
    struct clock_floor floor = clock_floor_at_start(directory);
    ck_assert_int_eq(floor.kind, FLOOR_STATE);
    ck_assert_int_eq(floor.at.s, clock_built().s + 86400);
}
END_TEST

START_TEST(every_state_file_is_a_floor) /* LIMITS H1 */
{
    static const char body[] = "a line\n";
    struct state_file negative = { &state_disk_real, directory, NEGATIVE_STATE_NAME,
                                   .clock = STATE_CLOCK_SYSTEM };
    write_state(clock_built().s + 3600);
    ck_assert_int_eq(state_write(&negative,
                                 (struct bytes){ (const uint8_t *)body, sizeof body - 1 },
                                 (struct unixtime){ clock_built().s + 86400 }),
                     ST_OK);
    ck_assert_int_eq(clock_floor_at_start(directory).at.s, clock_built().s + 86400);
    write_state(clock_built().s + 2 * 86400);
    ck_assert_int_eq(clock_floor_at_start(directory).at.s, clock_built().s + 2 * 86400);
}
END_TEST

START_TEST(a_state_file_that_was_written_before_the_build_is_none)
{
    write_state(clock_built().s - 86400);
    ck_assert_int_eq(clock_floor_at_start(directory).kind, FLOOR_BUILD);
}
END_TEST

START_TEST(a_time_that_is_written_by_hand_is_no_floor_and_lowers_none) /* dnssec.clock */
{
    write_by(STATE_CLOCK_FIXED, clock_built().s + 2 * 86400);
    ck_assert_int_eq(clock_floor_at_start(directory).kind, FLOOR_BUILD);
    write_state(clock_built().s + 86400);
    write_by(STATE_CLOCK_FIXED, clock_built().s + 2 * 86400);
    ck_assert_int_eq(clock_floor_at_start(directory).at.s, clock_built().s + 86400);
    write_by(STATE_CLOCK_FIXED, clock_built().s - 86400);
    ck_assert_int_eq(clock_floor_at_start(directory).at.s, clock_built().s + 86400);
}
END_TEST

Suite *resolver_clock_floor_suite(void)
{
    Suite *suite = suite_create("resolver/clock_floor");
    TCase *tcase = tcase_create("floor");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_build_date_is_the_floor_where_there_is_no_state);
    tcase_add_test(tcase, a_state_file_that_was_written_later_is_the_floor);
    tcase_add_test(tcase, every_state_file_is_a_floor);
    tcase_add_test(tcase, a_state_file_that_was_written_before_the_build_is_none);
    tcase_add_test(tcase, a_time_that_is_written_by_hand_is_no_floor_and_lowers_none);
    suite_add_tcase(suite, tcase);
    return suite;
}
