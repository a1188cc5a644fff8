#include "resolver/negative_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/wire/wire_test.h"

enum { WALL = 1795000000, PATH = 64 };

static struct negative_anchors anchors, read_back;
static struct state_file file;
static char directory[PATH];

static void fresh_file(void)
{
    file = (struct state_file){ &state_disk_real, directory, NEGATIVE_STATE_NAME, .sequence = 0 };
}

static void set_up(void)
{
    anchors.count = read_back.count = 0;
    snprintf(directory, sizeof directory, "/tmp/catena-negative-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    fresh_file();
}

static void tear_down(void)
{
    static const char *const names[] = { NEGATIVE_STATE_NAME, NEGATIVE_STATE_NAME ".before",
                                         NEGATIVE_STATE_NAME ".new" };
    char path[2 * PATH];
    for (unsigned i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    rmdir(directory);
}

static enum status add(const char *name, int64_t for_s, const char *reason)
{
    struct negative_anchor anchor = { .name = name_of(name), .until = { WALL + for_s } };
    snprintf(anchor.reason, sizeof anchor.reason, "%s", reason);
    return negative_add(&anchors, &anchor, (struct unixtime){ WALL });
}

/* SPEC V15: at most seven days, never the root. */
static const struct {
    const char *name;
    int64_t for_s;
    enum status status;
} bounds[] = {
    { "broken.example.", NEGATIVE_S_NORMAL, ST_OK },
    { "broken.example.", NEGATIVE_S_MAX, ST_OK },
    { "broken.example.", NEGATIVE_S_MAX + 1, ST_LIMIT },
    { "broken.example.", 0, ST_UNSUPPORTED },
    { "broken.example.", -1, ST_UNSUPPORTED },
    { ".", NEGATIVE_S_NORMAL, ST_UNSUPPORTED },
};

START_TEST(an_anchor_lasts_no_longer_than_seven_days_and_is_never_the_roots)
{
    ck_assert_int_eq(add(bounds[_i].name, bounds[_i].for_s, ""), bounds[_i].status);
    ck_assert_uint_eq(anchors.count, bounds[_i].status == ST_OK);
}
END_TEST

START_TEST(one_for_a_name_replaces_the_one_before)
{
    ck_assert_int_eq(add("broken.example.", 60, "first"), ST_OK);
    ck_assert_int_eq(add("BROKEN.example.", 120, "second"), ST_OK);
    ck_assert_uint_eq(anchors.count, 1);
    ck_assert_int_eq(anchors.list[0].until.s, WALL + 120);
    ck_assert_str_eq(anchors.list[0].reason, "second");
}
END_TEST

START_TEST(more_than_there_is_room_for_are_refused)
{
    char name[32];
    for (unsigned i = 0; i < NEGATIVE_ANCHORS_MAX; i++) {
        snprintf(name, sizeof name, "z%u.example.", i);
        ck_assert_int_eq(add(name, 60, ""), ST_OK);
    }
    ck_assert_int_eq(add("more.example.", 60, ""), ST_LIMIT);
    ck_assert_int_eq(add("z5.example.", 90, ""), ST_OK);
}
END_TEST

START_TEST(what_is_removed_is_gone)
{
    struct name name = name_of("long.example.");
    ck_assert_int_eq(add("short.example.", 60, ""), ST_OK);
    ck_assert_int_eq(add("long.example.", 120, ""), ST_OK);
    ck_assert_int_eq(negative_remove(&anchors, &name), ST_OK);
    ck_assert_int_eq(negative_remove(&anchors, &name), ST_NOTFOUND);
    ck_assert_uint_eq(anchors.count, 1);
}
END_TEST

START_TEST(what_is_saved_is_read_back)
{
    ck_assert_int_eq(add("broken.example.", 60, "ticket 42: expired, called them\n"), ST_OK);
    ck_assert_int_eq(add("a\\032b.example.", 90, ""), ST_OK);
    ck_assert_int_eq(negative_save(&file, &anchors, (struct unixtime){ WALL }), ST_OK);
    fresh_file();
    ck_assert_int_eq(negative_load(&file, &read_back), ST_OK);
    ck_assert_uint_eq(read_back.count, 2);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert(name_equal(&read_back.list[i].name, &anchors.list[i].name));
        ck_assert_int_eq(read_back.list[i].until.s, anchors.list[i].until.s);
        ck_assert_str_eq(read_back.list[i].reason, anchors.list[i].reason);
    }
    ck_assert_str_eq(read_back.list[0].reason, "ticket 42: expired, called them?");
}
END_TEST

START_TEST(an_empty_list_is_saved_and_read_too)
{
    ck_assert_int_eq(negative_save(&file, &anchors, (struct unixtime){ WALL }), ST_OK);
    fresh_file();
    ck_assert_int_eq(negative_load(&file, &read_back), ST_OK);
    ck_assert_uint_eq(read_back.count, 0);
}
END_TEST

static const char *const wrong[] = {
    "nothing\n",
    "anchor example. until 5\n",
    "anchor . until 5 reason x\n",
    "anchor a..b until 5 reason x\n",
    "anchor example. until soon reason x\n",
    "anchor example. until 5x reason x\n",
    "anchor example. until -5 reason x\n",
    "anchor example. since 5 reason x\n",
    "anchor good.example. until 5 reason x\nanchor example.\n",
};

START_TEST(a_file_with_a_line_that_is_not_so_gives_none_and_says_why)
{
    struct bytes body = { (const uint8_t *)wrong[_i], strlen(wrong[_i]) };
    ck_assert_int_eq(state_write(&file, body, (struct unixtime){ WALL }), ST_OK);
    ck_assert_int_eq(negative_load(&file, &read_back), ST_MALFORMED);
    ck_assert_uint_eq(read_back.count, 0);
    ck_assert(file.trouble[0] != '\0');
}
END_TEST

Suite *resolver_negative_state_suite(void)
{
    Suite *suite = suite_create("resolver/negative_state");
    TCase *tcase = tcase_create("negative");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, an_anchor_lasts_no_longer_than_seven_days_and_is_never_the_roots, 0,
                        sizeof bounds / sizeof *bounds);
    tcase_add_test(tcase, one_for_a_name_replaces_the_one_before);
    tcase_add_test(tcase, more_than_there_is_room_for_are_refused);
    tcase_add_test(tcase, what_is_removed_is_gone);
    tcase_add_test(tcase, what_is_saved_is_read_back);
    tcase_add_test(tcase, an_empty_list_is_saved_and_read_too);
    tcase_add_loop_test(tcase, a_file_with_a_line_that_is_not_so_gives_none_and_says_why, 0,
                        sizeof wrong / sizeof *wrong);
    suite_add_tcase(suite, tcase);
    return suite;
}
