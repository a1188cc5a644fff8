/* The trust anchors on a disk that fails or is not as it was left (SPEC A2, LIMITS H3). */
#include <errno.h>

#include "tests/unit/resolver/keeper_test.h"

START_TEST(a_disk_that_takes_nothing_stops_nothing) /* SPEC A2, LIMITS H3 */
{
    bad.fails_at = 1;
    bad.killed = true; /* from now on each step fails */
    bad.error = EROFS;
    start();
    ck_assert_str_ne(keeper_trouble(keeper), "");
    for (unsigned day = 0; day <= 30; day++) {
        see(BOTH, SIGNS_OLD, 0);
        pass_s(DAY_S);
    }
    ck_assert_int_eq(trusted(), BOTH); /* in memory */
    see(SIGNS_THIRD, SIGNS_THIRD, 0);  /* a stranger's, which is nothing to be saved */
    bad.fails_at = 0;
    pass_s(HOUR_S);
    keeper_tick(keeper, now);
    ck_assert_str_eq(keeper_trouble(keeper), "");
    start();
    ck_assert_int_eq(trusted(), BOTH);
}
END_TEST

/* How many lines a keeper writes to the log while its disk fails for `days`. */
static unsigned lines_said(unsigned days)
{
    char text[4096];
    FILE *file = tmpfile();
    unsigned lines = 0;
    ck_assert_ptr_nonnull(file);
    log_level_set(LOG_WARNING);
    ck_assert_int_eq(log_start(fileno(file)), ST_OK);
    bad.fails_at = 1;
    bad.killed = true;
    bad.error = ENOSPC;
    start();
    for (unsigned hour = 0; hour < 24 * days; hour++) {
        see(SIGNS_OLD, SIGNS_OLD, 0);
        keeper_tick(keeper, now);
        pass_s(HOUR_S);
    }
    log_stop();
    rewind(file);
    while (fgets(text, sizeof text, file))
        lines += strstr(text, "service goes on") != NULL;
    fclose(file);
    return lines;
}

START_TEST(a_full_disk_is_said_once_a_day) /* SPEC A2 */
{
    ck_assert_uint_eq(lines_said(25), 25); /* an hour is a day's 24th */
}
END_TEST

START_TEST(nothing_is_written_twice_and_what_failed_once_an_hour) /* SPEC A2 */
{
    start();
    see(SIGNS_OLD, SIGNS_OLD, 0);
    bad.steps = 0;
    pass_s(DAY_S);
    keeper_tick(keeper, now);
    ck_assert_uint_eq(bad.steps, 0);
    bad.fails_at = 1;
    bad.killed = true;
    bad.error = ENOSPC;
    see(SIGNS_OLD, SIGNS_OLD, 0);
    unsigned tried = bad.steps;
    pass_s(HOUR_S - 1);
    keeper_tick(keeper, now);
    ck_assert_uint_eq(bad.steps, tried);
    pass_s(1);
    keeper_tick(keeper, now);
    ck_assert_uint_gt(bad.steps, tried);
}
END_TEST

static ssize_t read_nothing(void *context, int fd, void *into, size_t octets)
{
    (void)context, (void)fd, (void)into, (void)octets;
    errno = EIO;
    return -1;
}

/* RULINGS A43: it may record a revocation. */
START_TEST(a_state_that_cannot_be_read_is_never_written_over)
{
    ssize_t (*read_well)(void *context, int fd, void *into, size_t octets) = bad.disk.read;
    configure(BOTH);
    start();
    see(BOTH, BOTH, SIGNS_OLD);
    bad.disk.read = read_nothing;
    start();
    for (unsigned day = 0; day < 3; day++) {
        see(BOTH, BOTH, 0);
        pass_s(DAY_S);
        keeper_tick(keeper, now);
    }
    bad.disk.read = read_well;
    start();
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
}
END_TEST

START_TEST(garbage_for_a_state_leaves_the_floor) /* LIMITS H3 */
{
    FILE *file = fopen(path_of(""), "w");
    ck_assert_ptr_nonnull(file);
    for (unsigned i = 0; i < 65536; i++)
        fputc('k', file);
    fclose(file);
    start();
    ck_assert_int_eq(trusted(), SIGNS_OLD);
    start(); /* what was written since is sound */
    ck_assert_str_eq(keeper_trouble(keeper), "");
}
END_TEST

/* LIMITS H3: kill -9 at each system call of a start, a sight and what it saves. */
START_TEST(killed_at_any_step_it_is_never_less_safe_and_never_without_an_anchor)
{
    unsigned step = 1;
    for (bool done = false; !done; step++) {
        ck_assert_uint_lt(step, STEPS_MAX);
        forget_state();
        configure(BOTH);
        bad.fails_at = 0;
        start();
        see(BOTH, BOTH, SIGNS_OLD); /* recorded before the kill */
        bad.steps = 0;
        bad.fails_at = step;
        bad.killed = true;
        bad.error = EIO;
        start();
        see(SIGNS_NEXT, SIGNS_NEXT, 0);
        done = bad.steps < step;
        bad.fails_at = 0;
        start();
        ck_assert_msg(trusted() == SIGNS_NEXT, "step %u: %d", step, trusted());
    }
    ck_assert_uint_gt(step, 10);
}
END_TEST

/* RULINGS A43: what could not be read may record a revocation, and is not written over. */
START_TEST(a_disk_that_fails_for_a_moment_loses_no_revocation)
{
    configure(BOTH);
    for (unsigned step = 1; step < 8; step++) {
        forget_state();
        start();
        see(BOTH, BOTH, SIGNS_OLD);
        bad.steps = 0;
        bad.fails_at = step;
        bad.error = EIO;
        start();
        bad.fails_at = 0;
        see(SIGNS_NEXT, SIGNS_NEXT, 0);
        pass_s(HOUR_S);
        keeper_tick(keeper, now);
        start();
        ck_assert_msg(trusted() == SIGNS_NEXT, "step %u: %d", step, trusted());
    }
}
END_TEST

/* A start at which the state cannot be read; then reading goes well again. */
static void start_unread(void)
{
    bad.steps = 0;
    bad.fails_at = 1;
    bad.killed = true;
    bad.error = EIO;
    start();
}

static void read_late(void)
{
    bad.fails_at = 0;
    pass_s(HOUR_S);
    keeper_tick(keeper, now);
}

/* RULINGS A43, LIMITS H3: never less safe, also when the file says less than what was seen. */
START_TEST(a_revocation_seen_while_the_state_could_not_be_read_is_not_forgotten)
{
    configure(BOTH);
    start();
    see(BOTH, BOTH, 0);
    start_unread();
    see(BOTH, BOTH, SIGNS_OLD);
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
    uint64_t before = keeper_version(keeper);
    read_late();
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
    ck_assert_uint_ne(keeper_version(keeper), before);
    see(BOTH, BOTH, 0); /* the key without its REVOKE is no other */
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
    start();
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
}
END_TEST

/* RULINGS A43: the slots of before tell nothing of those of now. */
START_TEST(what_is_read_late_counts_as_another_trust_whatever_it_says)
{
    start();
    see(SIGNS_OLD, SIGNS_OLD, 0);
    start_unread();
    uint64_t version = keeper_version(keeper), shrunk = keeper_shrunk(keeper);
    see(SIGNS_OLD, SIGNS_OLD, 0);
    ck_assert_uint_eq(keeper_version(keeper), version);
    read_late();
    ck_assert_int_eq(trusted(), SIGNS_OLD);
    ck_assert_uint_gt(keeper_version(keeper), version);
    ck_assert_uint_gt(keeper_shrunk(keeper), shrunk);
}
END_TEST

START_TEST(a_revocation_is_carried_to_a_key_that_the_state_knows_as_a_ds_alone) /* RULINGS A43 */
{
    configure(BOTH);
    start();
    start_unread();
    see(BOTH, BOTH, SIGNS_OLD);
    read_late();
    start();
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
}
END_TEST

static void learn_for_a_month(unsigned present, unsigned signs)
{
    for (unsigned day = 0; day <= 30; day++) {
        see(present, signs, 0);
        pass_s(DAY_S);
    }
}

START_TEST(a_key_learnt_while_the_state_could_not_be_read_stays) /* SPEC A2: never no anchor */
{
    start();
    see(SIGNS_OLD, SIGNS_OLD, 0);
    start_unread();
    learn_for_a_month(BOTH, SIGNS_OLD);
    see(BOTH, BOTH, SIGNS_OLD);
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
    read_late();
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
}
END_TEST

/* RULINGS A43: a revoked key could be anyone's by now, and so could what it brought in. */
START_TEST(what_a_key_vouched_for_that_the_state_has_as_revoked_is_not_kept)
{
    configure(BOTH);
    start();
    see(BOTH, BOTH, SIGNS_OLD);
    start_unread();
    learn_for_a_month(BOTH | SIGNS_THIRD, SIGNS_OLD);
    ck_assert_int_eq(trusted(), BOTH | SIGNS_THIRD);
    read_late();
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
}
END_TEST

/* The newest and the one before it, as they lie there. */
static void copy(const char *from, const char *to)
{
    char octets[16384], path[2 * PATH];
    snprintf(path, sizeof path, "%s", path_of(from));
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    size_t len = fread(octets, 1, sizeof octets, file);
    fclose(file);
    file = fopen(path_of(to), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(octets, 1, len, file), len);
    fclose(file);
}

START_TEST(an_older_file_put_back_brings_no_revoked_key_back) /* RULINGS A43, LIMITS H3 */
{
    configure(BOTH);
    start();
    see(BOTH, BOTH, 0);
    copy("", ".backup"); /* a backup from before the revocation */
    see(BOTH, BOTH, SIGNS_OLD);
    copy(".backup", "");
    unlink(path_of(".backup"));
    start();
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
    ck_assert_ptr_nonnull(strstr(keeper_trouble(keeper), "older than it should be"));
}
END_TEST

START_TEST(a_newest_file_that_is_spoilt_brings_no_revoked_key_back) /* RULINGS A43, LIMITS H3 */
{
    configure(BOTH);
    start();
    see(BOTH, BOTH, 0);
    see(BOTH, BOTH, SIGNS_OLD);
    FILE *file = fopen(path_of(""), "a");
    ck_assert_ptr_nonnull(file);
    fputs("more\n", file);
    fclose(file);
    start();
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
    ck_assert_ptr_nonnull(strstr(keeper_trouble(keeper), "the one before it is used"));
}
END_TEST

Suite *resolver_anchor_keeper_disk_suite(void)
{
    Suite *suite = suite_create("resolver/anchor_keeper_disk");
    TCase *tcase = tcase_create("disk");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_disk_that_takes_nothing_stops_nothing);
    tcase_add_test(tcase, a_full_disk_is_said_once_a_day);
    tcase_add_test(tcase, garbage_for_a_state_leaves_the_floor);
    tcase_add_test(tcase, killed_at_any_step_it_is_never_less_safe_and_never_without_an_anchor);
    tcase_add_test(tcase, a_disk_that_fails_for_a_moment_loses_no_revocation);
    tcase_add_test(tcase, a_revocation_seen_while_the_state_could_not_be_read_is_not_forgotten);
    tcase_add_test(tcase, a_revocation_is_carried_to_a_key_that_the_state_knows_as_a_ds_alone);
    tcase_add_test(tcase, a_key_learnt_while_the_state_could_not_be_read_stays);
    tcase_add_test(tcase, what_a_key_vouched_for_that_the_state_has_as_revoked_is_not_kept);
    tcase_add_test(tcase, an_older_file_put_back_brings_no_revoked_key_back);
    tcase_add_test(tcase, a_newest_file_that_is_spoilt_brings_no_revoked_key_back);
    tcase_add_test(tcase, nothing_is_written_twice_and_what_failed_once_an_hour);
    tcase_add_test(tcase, a_state_that_cannot_be_read_is_never_written_over);
    tcase_add_test(tcase, what_is_read_late_counts_as_another_trust_whatever_it_says);
    suite_add_tcase(suite, tcase);
    return suite;
}
