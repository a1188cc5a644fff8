/* Which differences of others' files are judged: the list, and who is found in it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/pool.h"
#include "tests/scenario/player/judged.h"
#include "tests/unit/suites.h"

static struct pool *pool;
static struct arena *arena;
static struct judged judged;
static char path[] = "/tmp/judged-XXXXXX", why[JUDGED_WHY];

static void set_up(void)
{
    pool = pool_create(16 << 20);
    arena = arena_create(pool, 16 << 20);
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

static void tear_down(void)
{
    unlink(path);
    arena_destroy(arena);
    pool_destroy(pool);
}

static bool read_list(const char *text)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    return judged_read(&judged, path, arena, why);
}

START_TEST(a_file_is_found_by_the_end_of_its_path)
{
    ck_assert(read_list("# why\n\none/a.rpl 10 old-news # more\nb.rpl 0 broken\n"));
    ck_assert_uint_eq(judged.count, 2);
    const struct judgement *a = judged_find(&judged, "/home/one/a.rpl");
    ck_assert_ptr_nonnull(a);
    ck_assert_str_eq(a->class, "old-news");
    ck_assert_uint_eq(a->step, 10);
    ck_assert_ptr_nonnull(judged_find(&judged, "b.rpl"));
    ck_assert_ptr_null(judged_find(&judged, "/home/two/a.rpl"));
    ck_assert_ptr_null(judged_find(&judged, "/home/bone/a.rpl"));
    ck_assert_ptr_null(judged_find(&judged, "ab.rpl"));
    ck_assert_ptr_null(judged_find(&judged, "a.rpl"));
}
END_TEST

START_TEST(a_list_that_says_too_little_or_twice_is_refused_with_its_line)
{
    ck_assert(!read_list("a.rpl 10 x\nb.rpl x\n"));
    ck_assert_ptr_nonnull(strstr(why, "line 2"));
    ck_assert(!read_list("a.rpl ten x\n"));
    ck_assert(!read_list("a.rpl 10 x\na.rpl 11 x\n"));
    ck_assert(!judged_read(&judged, "/nowhere/list", arena, why));
    ck_assert_ptr_nonnull(strstr(why, "/nowhere/list"));
}
END_TEST

Suite *scenario_judged_suite(void)
{
    Suite *suite = suite_create("scenario/judged");
    TCase *list = tcase_create("judged_read");

    tcase_add_checked_fixture(list, set_up, tear_down);
    tcase_add_test(list, a_file_is_found_by_the_end_of_its_path);
    tcase_add_test(list, a_list_that_says_too_little_or_twice_is_refused_with_its_line);
    suite_add_tcase(suite, list);
    return suite;
}
