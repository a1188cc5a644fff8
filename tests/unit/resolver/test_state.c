#include "resolver/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "tests/support/bad_disk.h"
#include "tests/unit/suites.h"

enum { PATH = 128, WALL = 1790000000, BIG = 70000 };

static struct bad_disk bad;
static struct state_file file;
static char directory[PATH];

static void fresh_file(void)
{
    file = (struct state_file){ .disk = &bad.disk, .directory = directory, .name = "anchors" };
}

static void set_up(void)
{
    bad_disk_up(&bad);
    snprintf(directory, sizeof directory, "/tmp/catena-state-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    fresh_file();
}

static const char *path_of(const char *name)
{
    static char path[2][2 * PATH];
    static unsigned turn;
    char *made = path[turn++ % 2];
    snprintf(made, sizeof path[0], "%s/%s", directory, name);
    return made;
}

static void tear_down(void)
{
    static const char *const names[] = { "anchors", "anchors.before", "anchors.new", "copy" };
    bad_disk_power_cut(&bad);
    chmod(directory, S_IRWXU);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        unlink(path_of(names[i]));
    rmdir(directory);
}

/* ---- doing ---- */

static enum status put(const char *body)
{
    return state_write(&file, (struct bytes){ (const uint8_t *)body, strlen(body) },
                       (struct unixtime){ WALL });
}

static void expect(enum status status, const char *body)
{
    char *found = NULL;
    enum status got = state_read(&file, &found);
    ck_assert_msg(got == status, "%s: %s", status_name(got), file.trouble);
    if (status == ST_OK)
        ck_assert_str_eq(found, body);
    memory_free(found);
}

/* As after a restart: nothing is known. */
static void expect_anew(enum status status, const char *body)
{
    fresh_file();
    expect(status, body);
}

static void trouble_says(const char *words)
{
    ck_assert_msg(strstr(file.trouble, words) != NULL, "\"%s\" says not \"%s\"", file.trouble,
                  words);
}

static void write_file(const char *name, const void *octets, size_t len)
{
    FILE *stream = fopen(path_of(name), "w");
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(octets, 1, len, stream), len);
    fclose(stream);
}

static size_t read_file(const char *name, char *into, size_t size)
{
    FILE *stream = fopen(path_of(name), "r");
    ck_assert_ptr_nonnull(stream);
    size_t len = fread(into, 1, size, stream);
    fclose(stream);
    return len;
}

static void copy_file(const char *from, const char *to)
{
    char text[4096];
    size_t len = read_file(from, text, sizeof text);
    write_file(to, text, len);
}

/* ---- the plain case ---- */

START_TEST(what_is_written_is_read)
{
    expect(ST_NOTFOUND, NULL);
    ck_assert_str_eq(file.trouble, "");
    ck_assert_int_eq(put("one\n"), ST_OK);
    expect_anew(ST_OK, "one\n");
    ck_assert_uint_eq(file.sequence, 1);
    ck_assert_int_eq(file.written.s, WALL);
    ck_assert_int_eq(put("two\nlines\n"), ST_OK);
    expect_anew(ST_OK, "two\nlines\n");
    ck_assert_uint_eq(file.sequence, 2);
    ck_assert_int_eq(put(""), ST_OK);
    expect_anew(ST_OK, "");
    ck_assert_str_eq(file.trouble, "");
}
END_TEST

START_TEST(the_file_is_text_that_people_can_read)
{
    char text[4096];
    ck_assert_int_eq(put("zone .\n"), ST_OK);
    text[read_file("anchors", text, sizeof text - 1)] = '\0';
    ck_assert_ptr_eq(strstr(text, "catena anchors 1\nsequence 1\nwritten 1790000000 (2026-09-21T"),
                     text);
    ck_assert_ptr_nonnull(strstr(text, ")\nzone .\nchecksum "));
}
END_TEST

START_TEST(nothing_is_moved_into_place_before_it_is_synced) /* LIMITS H3 */
{
    ck_assert_int_eq(put("one\n"), ST_OK);
    bad.trail[0] = '\0';
    ck_assert_int_eq(put("two\n"), ST_OK);
    ck_assert_str_eq(bad.trail, "directory stat create write write sync close rename rename sync "
                                "close ");
}
END_TEST

/* ---- failing and being killed at every step ---- */

enum { STEPS_MAX = 16 };

/* "one" is there, and step `step` of the next write will strike; false: it has fewer steps. */
static bool arm(int step)
{
    ck_assert_int_eq(put("zero\n"), ST_OK);
    ck_assert_int_eq(put("one\n"), ST_OK);
    unsigned before = bad.steps;
    ck_assert_int_eq(put("one\n"), ST_OK);
    unsigned steps = bad.steps - before;
    ck_assert_uint_lt(steps, STEPS_MAX);
    bad.fails_at = bad.steps + (unsigned)step;
    return (unsigned)step <= steps;
}

static void disarm(void)
{
    bad.fails_at = 0;
    bad.killed = false;
}

/* One of the two, and nothing else: after a restart, and after one write more. */
static void either_is_there(void)
{
    char *found = NULL;
    fresh_file();
    ck_assert_msg(state_read(&file, &found) == ST_OK, "%s", file.trouble);
    ck_assert_msg(strcmp(found, "one\n") == 0 || strcmp(found, "two\n") == 0, "%s", found);
    memory_free(found);
    ck_assert_str_eq(file.trouble, "");
    ck_assert_int_eq(put("three\n"), ST_OK);
    expect_anew(ST_OK, "three\n");
    ck_assert_str_eq(file.trouble, "");
}

START_TEST(a_step_that_fails_loses_nothing) /* LIMITS H3: ENOSPC, EROFS, EIO */
{
    static const int errors[] = { ENOSPC, EROFS, EIO, EDQUOT };
    if (!arm(_i))
        return;
    bad.error = errors[_i % 4];
    bad.cut_short = true;
    enum status status = put("two\n");
    disarm();
    if (status == ST_OK) /* the directory's descriptor would not close */
        ck_assert_int_eq(_i, 11);
    else
        ck_assert_uint_gt(strlen(file.trouble), 20);
    bad_disk_power_cut(&bad);
    either_is_there();
}
END_TEST

START_TEST(a_kill_at_any_step_loses_nothing) /* LIMITS H3: kill -9 at each system call */
{
    if (!arm(_i))
        return;
    bad.killed = true;
    bad.cut_short = true;
    (void)put("two\n");
    disarm();
    bad_disk_power_cut(&bad);
    either_is_there();
}
END_TEST

START_TEST(a_failed_step_says_what_and_why)
{
    static const struct {
        int step, error;
        const char *words;
    } rows[] = {
        { 1, EACCES, "the state directory /tmp/catena-state-" },
        { 3, EROFS, "anchors cannot be created: Read-only file system" },
        { 4, ENOSPC, "anchors cannot be written: No space left on device; what is known stays" },
        { 6, EIO, "anchors cannot be synced: Input/output error" },
        { 8, EIO, "anchors cannot be moved: Input/output error" },
        { 10, EIO, "anchors cannot be synced in its directory" },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert(arm(rows[i].step));
        bad.error = rows[i].error;
        ck_assert_int_eq(put("two\n"), ST_IO);
        disarm();
        trouble_says(rows[i].words);
    }
    ck_assert_int_eq(put("two\n"), ST_OK); /* and is well again */
    ck_assert_str_eq(file.trouble, "");
}
END_TEST

START_TEST(a_full_disk_keeps_no_scrap)
{
    ck_assert(arm(5));
    bad.error = ENOSPC;
    ck_assert_int_eq(put("two\n"), ST_IO);
    ck_assert_int_ne(access(path_of("anchors.new"), F_OK), 0);
}
END_TEST

START_TEST(reading_fails_at_any_step_without_harm)
{
    ck_assert_int_eq(put("one\n"), ST_OK);
    ck_assert_int_eq(put("two\n"), ST_OK);
    char *found = NULL;
    fresh_file();
    bad.fails_at = bad.steps + (unsigned)_i;
    enum status status = state_read(&file, &found);
    if (status == ST_OK)
        ck_assert(strcmp(found, "one\n") == 0 || strcmp(found, "two\n") == 0);
    else
        ck_assert_uint_gt(strlen(file.trouble), 20);
    memory_free(found);
}
END_TEST

/* ---- what is not believed ---- */

static const struct {
    const char *text, *words;
} garbage[] = {
    { "", "does not begin with \"catena anchors 1\"" },
    { "\n", "does not begin" },
    { "hello\n", "does not begin" },
    { "catena anchors 1", "line 1 has no end" },
    { "catena anchors 1\nsequence 9\n\x80\n", "line 3 has an octet that is no text" },
    { "catena anchors 1\r\n", "line 1 has an octet that is no text" },
    { "catena anchors 1\nsequence 9\nwritten 1 (then)\nchecksum 0123456789abcdef\n", "checksum" },
    { "catena anchors 2\nsequence 9\nwritten 1 (then)\nchecksum 0123456789abcdef\n", "not begin" },
    { "catena nta 1\nsequence 9\nwritten 1 (then)\nchecksum 0123456789abcdef\n", "not begin" },
};

START_TEST(garbage_is_refused_with_its_reason)
{
    write_file("anchors", garbage[_i].text, strlen(garbage[_i].text));
    expect(ST_MALFORMED, NULL);
    trouble_says(garbage[_i].words);
    trouble_says("it is not used");
    ck_assert_int_eq(put("new\n"), ST_OK); /* and goes with the next write */
    expect_anew(ST_OK, "new\n");
}
END_TEST

START_TEST(any_octet_changed_is_noticed)
{
    char text[4096];
    ck_assert_int_eq(put("zone . checked 1\nkey\n"), ST_OK);
    size_t len = read_file("anchors", text, sizeof text);
    for (size_t i = 0; i < len; i++) {
        text[i] ^= 1;
        write_file("anchors", text, len);
        text[i] ^= 1;
        expect_anew(ST_MALFORMED, NULL);
        write_file("anchors", text, i); /* and any end cut off */
        expect_anew(ST_MALFORMED, NULL);
    }
}
END_TEST

START_TEST(a_line_of_64_kib_is_refused) /* LIMITS H3 */
{
    static char line[BIG];
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    write_file("anchors", line, sizeof line);
    expect(ST_MALFORMED, NULL);
    trouble_says("line 1 is too long");
    ck_assert_int_eq(state_write(&file, (struct bytes){ (uint8_t *)line, sizeof line },
                                 (struct unixtime){ WALL }),
                     ST_MALFORMED);
    trouble_says("line 1 is too long");
}
END_TEST

START_TEST(a_file_over_its_bound_is_refused)
{
    ck_assert_int_eq(put("one\n"), ST_OK);
    ck_assert_int_eq(truncate(path_of("anchors"), (off_t)STATE_OCTETS_MAX + 1), 0);
    expect_anew(ST_MALFORMED, NULL);
    trouble_says("at most 1048576 octets");
}
END_TEST

START_TEST(an_older_file_put_back_loses_to_its_successor) /* LIMITS H3 */
{
    ck_assert_int_eq(put("one\n"), ST_OK);
    copy_file("anchors", "copy");
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(put("later\n"), ST_OK);
    copy_file("copy", "anchors");
    expect_anew(ST_OK, "later\n");
    trouble_says("anchors is older than it should be (sequence 1 after 3)");
    trouble_says("the one before it is used");
    ck_assert_int_eq(put("new\n"), ST_OK);
    expect_anew(ST_OK, "new\n");
    ck_assert_uint_eq(file.sequence, 4);
}
END_TEST

START_TEST(an_older_pair_put_back_while_running_is_refused) /* LIMITS H3 */
{
    ck_assert_int_eq(put("one\n"), ST_OK);
    copy_file("anchors", "copy");
    ck_assert_int_eq(put("two\n"), ST_OK);
    ck_assert_int_eq(put("three\n"), ST_OK);
    copy_file("copy", "anchors");
    copy_file("copy", "anchors.before");
    expect(ST_MALFORMED, NULL);
    trouble_says("sequence 1 after 2");
}
END_TEST

START_TEST(a_bad_file_gives_way_to_the_one_before_it_and_does_not_replace_it)
{
    ck_assert_int_eq(put("one\n"), ST_OK);
    ck_assert_int_eq(put("two\n"), ST_OK);
    write_file("anchors", "garbage\n", 8);
    expect_anew(ST_OK, "one\n");
    trouble_says("the one before it is used");
    bad.fails_at = bad.steps + 8; /* killed when the new one is to be moved */
    bad.killed = true;
    ck_assert_int_eq(put("three\n"), ST_IO);
    disarm();
    expect_anew(ST_OK, "one\n");
}
END_TEST

START_TEST(what_others_may_write_is_not_believed) /* RULINGS B3 */
{
    ck_assert_int_eq(put("one\n"), ST_OK);
    chmod(path_of("anchors"), S_IRUSR | S_IWUSR | S_IWOTH);
    expect_anew(ST_MALFORMED, NULL);
    trouble_says("it may be written by other users");
    chmod(path_of("anchors"), S_IRUSR | S_IWUSR);
    chmod(directory, S_IRWXU | S_IWGRP);
    expect_anew(ST_IO, NULL);
    trouble_says("may be written by other users");
    ck_assert_int_eq(put("two\n"), ST_IO);
}
END_TEST

START_TEST(a_symbolic_link_is_not_followed) /* RULINGS B3 */
{
    ck_assert_int_eq(put("one\n"), ST_OK);
    ck_assert_int_eq(rename(path_of("anchors"), path_of("copy")), 0);
    ck_assert_int_eq(symlink("copy", path_of("anchors")), 0);
    expect_anew(ST_MALFORMED, NULL);
    trouble_says("cannot be opened");
}
END_TEST

START_TEST(no_directory_is_a_sentence)
{
    rmdir(directory);
    expect(ST_IO, NULL);
    trouble_says("cannot be opened: No such file or directory");
    ck_assert_int_eq(put("one\n"), ST_IO);
    trouble_says("cannot be opened: No such file or directory");
}
END_TEST

static TCase *tcase_of(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    suite_add_tcase(suite, tcase);
    return tcase;
}

Suite *resolver_state_suite(void)
{
    Suite *suite = suite_create("resolver/state");
    TCase *writes = tcase_of(suite, "state_write"), *reads = tcase_of(suite, "state_read");
    tcase_add_test(writes, what_is_written_is_read);
    tcase_add_test(writes, the_file_is_text_that_people_can_read);
    tcase_add_test(writes, nothing_is_moved_into_place_before_it_is_synced);
    tcase_add_loop_test(writes, a_step_that_fails_loses_nothing, 1, STEPS_MAX);
    tcase_add_loop_test(writes, a_kill_at_any_step_loses_nothing, 1, STEPS_MAX);
    tcase_add_test(writes, a_failed_step_says_what_and_why);
    tcase_add_test(writes, a_full_disk_keeps_no_scrap);
    tcase_add_loop_test(reads, reading_fails_at_any_step_without_harm, 1, STEPS_MAX);
    tcase_add_loop_test(reads, garbage_is_refused_with_its_reason, 0,
                        sizeof garbage / sizeof *garbage);
    tcase_add_test(reads, any_octet_changed_is_noticed);
    tcase_add_test(reads, a_line_of_64_kib_is_refused);
    tcase_add_test(reads, a_file_over_its_bound_is_refused);
    tcase_add_test(reads, an_older_file_put_back_loses_to_its_successor);
    tcase_add_test(reads, an_older_pair_put_back_while_running_is_refused);
    tcase_add_test(reads, a_bad_file_gives_way_to_the_one_before_it_and_does_not_replace_it);
    tcase_add_test(reads, what_others_may_write_is_not_believed);
    tcase_add_test(reads, a_symbolic_link_is_not_followed);
    tcase_add_test(reads, no_directory_is_a_sentence);
    return suite;
}
