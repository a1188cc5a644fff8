#include "resolver/cookie_keeper.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "tests/unit/suites.h"

#define SECRET     "e5e973e5a6b2a43f48e7dc849e37bfcf"
#define SECRET_NEW "445536bcd2513298075a5d379663c962"

enum { PATH = 64, NOON = 1790000000 };

static char path[PATH];
static struct cookie_keeper *keeper;
static struct instant now;
static int64_t written; /* so many times: each has an mtime of its own */

static void set_up(void)
{
    log_level_set(LOG_ERROR);
    snprintf(path, sizeof path, "/tmp/catena-cookie-XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    now = (struct instant){ 77 * NS_PER_S };
    keeper = NULL;
    written = 0;
}

static void tear_down(void)
{
    cookie_keeper_destroy(keeper);
    unlink(path);
}

static void write_file(const char *text)
{
    written++;
    struct timespec times[2] = { { .tv_sec = NOON + written }, { .tv_sec = NOON + written } };
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    fclose(file);
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static struct cookie_secrets secrets_of(const char *text)
{
    struct cookie_secrets secrets = { .count = 0 };
    struct bytes span = { (const uint8_t *)text, strlen(text) };
    ck_assert_int_eq(cookie_secrets_read(&secrets, span), ST_OK);
    return secrets;
}

static void start(const char *first, const char *from)
{
    struct cookie_secrets secrets = secrets_of(first);
    keeper = cookie_keeper_create(&secrets, from, now);
    ck_assert_ptr_nonnull(keeper);
    cookie_keeper_tick(keeper, now);
}

static void pass_s(uint64_t s)
{
    now = instant_after_s(now, s);
    cookie_keeper_tick(keeper, now);
}

static bool in_force(const char *text)
{
    struct cookie_secrets wanted = secrets_of(text);
    const struct cookie_secrets *secrets = cookie_keeper_secrets(keeper);
    return secrets->count == wanted.count &&
           memcmp(secrets->at, wanted.at, wanted.count * sizeof wanted.at[0]) == 0;
}

/* RFC 9018 §5, LIMITS 4.2: nobody's cookie is refused for it. */
START_TEST(once_a_day_another_secret_makes_and_the_old_one_still_proves)
{
    struct endpoint client = endpoint_v4((const uint8_t[]){ 192, 0, 2, 1 }, 53);
    uint8_t cookie[COOKIE_OCTETS] = "client..", back[COOKIE_OCTETS];
    struct cookie_shown shown = { { cookie, COOKIE_CLIENT_OCTETS }, &client, { NOON } };

    start(SECRET, NULL);
    pass_s(COOKIE_ROLL_S - 1);
    ck_assert(in_force(SECRET));
    (void)cookie_answer(cookie_keeper_secrets(keeper), &shown, back);
    pass_s(1);
    ck_assert_uint_eq(cookie_keeper_version(keeper), 1);
    memcpy(cookie, back, sizeof cookie);
    shown.cookie.len = COOKIE_OCTETS;
    shown.wall.s += COOKIE_LIFE_S;
    ck_assert(cookie_answer(cookie_keeper_secrets(keeper), &shown, back));
    pass_s(COOKIE_ROLL_S);
    ck_assert_uint_eq(cookie_keeper_version(keeper), 2);
    ck_assert(!cookie_answer(cookie_keeper_secrets(keeper), &shown, back));
}
END_TEST

START_TEST(a_day_is_a_day_however_often_it_is_looked_at)
{
    start(SECRET, NULL);
    for (unsigned minute = 1; minute < 3 * COOKIE_ROLL_S / 60; minute++) {
        pass_s(60);
        ck_assert_uint_eq(cookie_keeper_version(keeper), minute * 60 / COOKIE_ROLL_S);
    }
}
END_TEST

START_TEST(either_secret_may_be_another)
{
    write_file(SECRET "\n" SECRET_NEW);
    start(SECRET "\n" SECRET_NEW, path);
    write_file(SECRET "\n" SECRET);
    pass_s(COOKIE_LOOK_S);
    ck_assert(in_force(SECRET "\n" SECRET));
    write_file(SECRET_NEW "\n" SECRET);
    pass_s(COOKIE_LOOK_S);
    ck_assert(in_force(SECRET_NEW "\n" SECRET));
    ck_assert_uint_eq(cookie_keeper_version(keeper), 2);
}
END_TEST

START_TEST(a_file_that_changes_is_read_again_within_a_minute)
{
    write_file(SECRET);
    start(SECRET, path);
    ck_assert_uint_eq(cookie_keeper_version(keeper), 0);
    write_file(SECRET "\n" SECRET_NEW "\n"); /* a fleet: first all prove the new one ... */
    pass_s(COOKIE_LOOK_S - 1);
    ck_assert(in_force(SECRET));
    pass_s(1);
    ck_assert(in_force(SECRET "\n" SECRET_NEW));
    write_file(SECRET_NEW "\n" SECRET "\n"); /* ... then all make it, then the old one goes */
    pass_s(COOKIE_LOOK_S);
    ck_assert(in_force(SECRET_NEW "\n" SECRET));
    write_file(SECRET_NEW);
    pass_s(COOKIE_LOOK_S);
    ck_assert(in_force(SECRET_NEW));
    ck_assert_uint_eq(cookie_keeper_version(keeper), 3);
}
END_TEST

START_TEST(a_file_that_is_the_same_makes_no_other_secrets)
{
    write_file(SECRET);
    start(SECRET, path);
    write_file(SECRET "\n");
    pass_s(2 * COOKIE_ROLL_S);
    ck_assert(in_force(SECRET));
    ck_assert_uint_eq(cookie_keeper_version(keeper), 0);
}
END_TEST

START_TEST(a_change_before_the_first_look_is_seen)
{
    write_file(SECRET_NEW); /* after the configuration was read */
    start(SECRET, path);
    ck_assert(in_force(SECRET_NEW));
}
END_TEST

START_TEST(a_file_that_is_not_as_it_should_be_leaves_the_old_secrets)
{
    write_file(SECRET);
    start(SECRET, path);
    write_file("half a secre");
    pass_s(COOKIE_LOOK_S);
    ck_assert(in_force(SECRET));
    ck_assert_str_ne(cookie_keeper_trouble(keeper), "");
    unlink(path);
    pass_s(COOKIE_LOOK_S);
    ck_assert(in_force(SECRET));
    ck_assert_ptr_nonnull(strstr(cookie_keeper_trouble(keeper), "No such file"));
    write_file(SECRET_NEW);
    pass_s(COOKIE_LOOK_S);
    ck_assert(in_force(SECRET_NEW));
    ck_assert_str_eq(cookie_keeper_trouble(keeper), "");
}
END_TEST

/* How often the log is told of a file that is not there. */
START_TEST(what_is_wrong_with_the_file_is_told_once)
{
    char text[4096];
    unsigned lines = 0;
    FILE *file = tmpfile();

    ck_assert_ptr_nonnull(file);
    log_level_set(LOG_WARNING);
    ck_assert_int_eq(log_start(fileno(file)), ST_OK);
    unlink(path);
    start(SECRET, path);
    for (unsigned i = 0; i < 100; i++)
        pass_s(COOKIE_LOOK_S);
    log_stop();
    rewind(file);
    while (fgets(text, sizeof text, file))
        lines += strstr(text, "cookie-secret-file") != NULL;
    fclose(file);
    ck_assert_uint_eq(lines, 1);
}
END_TEST

Suite *resolver_cookie_keeper_suite(void)
{
    Suite *suite = suite_create("resolver/cookie_keeper");
    TCase *tcase = tcase_create("secrets");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, once_a_day_another_secret_makes_and_the_old_one_still_proves);
    tcase_add_test(tcase, a_day_is_a_day_however_often_it_is_looked_at);
    tcase_add_test(tcase, either_secret_may_be_another);
    tcase_add_test(tcase, a_file_that_changes_is_read_again_within_a_minute);
    tcase_add_test(tcase, a_file_that_is_the_same_makes_no_other_secrets);
    tcase_add_test(tcase, a_change_before_the_first_look_is_seen);
    tcase_add_test(tcase, a_file_that_is_not_as_it_should_be_leaves_the_old_secrets);
    tcase_add_test(tcase, what_is_wrong_with_the_file_is_told_once);
    suite_add_tcase(suite, tcase);
    return suite;
}
