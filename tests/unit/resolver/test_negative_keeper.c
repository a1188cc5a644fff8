#include "resolver/negative_keeper.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "tests/unit/wire/wire_test.h"

enum { WALL = 1795000000, PATH = 64, LOG_OCTETS = 4096 };

static char directory[PATH], said[LOG_OCTETS];
static struct negative_now now;
static struct negative_keeper *keeper;
static struct negative_anchors kept;
static FILE *log_file;

static void set_up(void)
{
    snprintf(directory, sizeof directory, "/tmp/catena-negative-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    now = (struct negative_now){ .at = { 1000 * NS_PER_S }, .wall = { WALL } };
    kept.count = 0;
    log_file = tmpfile();
    ck_assert_ptr_nonnull(log_file);
    log_level_set(LOG_NOTICE);
    ck_assert_int_eq(log_start(fileno(log_file)), ST_OK);
}

static const char *path_of(const char *suffix)
{
    static char path[2 * PATH];
    snprintf(path, sizeof path, "%s/" NEGATIVE_STATE_NAME "%s", directory, suffix);
    return path;
}

static void tear_down(void)
{
    static const char *const suffixes[] = { "", ".before", ".new" };
    negative_keeper_destroy(keeper);
    log_stop();
    fclose(log_file);
    for (unsigned i = 0; i < 3; i++)
        unlink(path_of(suffixes[i]));
    rmdir(directory);
}

static void keep(const char *name, int64_t for_s, const char *reason)
{
    struct state_file file = { &state_disk_real, directory, NEGATIVE_STATE_NAME, .sequence = 0 };
    struct negative_anchor anchor = { .name = name_of(name), .until = { WALL + for_s } };

    snprintf(anchor.reason, sizeof anchor.reason, "%s", reason);
    ck_assert_int_eq(negative_add(&kept, &anchor, (struct unixtime){ WALL }), ST_OK);
    ck_assert_int_eq(negative_save(&file, &kept, (struct unixtime){ WALL }), ST_OK);
}

/* How many a start would find; and when they were written, as far as is proven. */
static unsigned written(struct unixtime *at)
{
    static struct negative_anchors read_back;
    struct state_file file = { &state_disk_real, directory, NEGATIVE_STATE_NAME, .sequence = 0 };

    ck_assert_int_eq(negative_load(&file, &read_back), ST_OK);
    *at = file.written;
    return read_back.count;
}

static void start(void)
{
    negative_keeper_destroy(keeper);
    keeper = negative_keeper_create(&state_disk_real, directory, now);
    ck_assert_ptr_nonnull(keeper);
}

static void pass_s(uint32_t seconds)
{
    now.at = instant_after_s(now.at, seconds);
    now.wall.s += seconds;
}

/* Until when a policy of this moment takes `name` as insecure; 0: it does not. */
static uint64_t until(const char *text)
{
    struct policy *policy = policy_create();
    struct name name = name_of(text);
    uint64_t ns;

    ck_assert_int_eq(negative_apply(keeper, policy), ST_OK);
    ns = policy_negative_until(policy, &name, now.at).ns;
    policy_destroy(policy);
    return ns;
}

static void saw(const char *text, enum negative_finding finding)
{
    struct name name = name_of(text);
    negative_saw(keeper, &name, finding, now);
}

static bool log_has(const char *sentence)
{
    log_drain();
    size_t len = fread(said, 1, sizeof said - 1, (rewind(log_file), log_file));
    said[len] = '\0';
    return strstr(said, sentence) != NULL;
}

static uint32_t next_s(void)
{
    struct name name;
    struct instant due;
    ck_assert(negative_next(keeper, &name, &due));
    return instant_s_between(now.at, due);
}

START_TEST(the_daemon_begins_with_what_is_left_of_those_that_were_kept) /* SPEC V15 */
{
    keep("broken.example.", 100, "");
    keep("over.example.", 40, "");
    now.wall.s += 40;
    start();
    ck_assert_uint_eq(until("www.broken.example."), instant_after_s(now.at, 60).ns);
    ck_assert_uint_eq(until("over.example."), 0);
    ck_assert(log_has("over.example. has ended: its time is over"));
    ck_assert(log_has("negative trust anchors in force: 1"));
}
END_TEST

START_TEST(without_a_file_none_is_in_force)
{
    struct name name;
    struct instant due;
    start();
    ck_assert(!negative_next(keeper, &name, &due));
    ck_assert_uint_eq(until("broken.example."), 0);
    ck_assert(!log_has("negative trust anchors"));
}
END_TEST

START_TEST(a_file_of_no_use_is_told_and_none_is_in_force) /* SPEC V15 */
{
    keep("broken.example.", 100, "");
    FILE *file = fopen(path_of(""), "w");
    ck_assert_int_ge(fputs("anchor broken.example.\n", file), 0);
    fclose(file);
    start();
    ck_assert_uint_eq(until("broken.example."), 0);
    ck_assert(log_has("negative trust anchors: " NEGATIVE_STATE_NAME ": it does not begin with"));
    ck_assert(!log_has("in force"));
}
END_TEST

START_TEST(a_clock_set_forward_ends_what_is_over_by_it)
{
    keep("broken.example.", 100, "");
    start();
    now.wall.s += 100;
    negative_tick(keeper, now);
    ck_assert_uint_eq(negative_version(keeper), 1);
    ck_assert(log_has("(it was set for: no reason given)"));
}
END_TEST

/* LIMITS H2: a clock set back gives no more than the longest time there is. */
START_TEST(a_clock_at_1970_makes_no_anchor_last_for_decades)
{
    keep("broken.example.", 100, "");
    now.wall.s = 60;
    start();
    ck_assert_uint_eq(until("broken.example."), instant_after_s(now.at, NEGATIVE_S_MAX).ns);
}
END_TEST

START_TEST(a_clock_set_back_later_prolongs_no_anchor) /* LIMITS H2 */
{
    keep("broken.example.", 100, "");
    start();
    now.at = instant_after_s(now.at, 100);
    now.wall.s -= 1000;
    negative_tick(keeper, now);
    ck_assert_uint_eq(until("broken.example."), 0);
    ck_assert_uint_eq(negative_version(keeper), 1);
}
END_TEST

START_TEST(one_whose_time_is_over_ends_with_a_line_in_the_log) /* SPEC V15 */
{
    struct name name = name_of("broken.example.");

    keep("broken.example.", 100, "ticket 42");
    start();
    pass_s(99);
    negative_tick(keeper, now);
    ck_assert_uint_eq(negative_version(keeper), 0);
    ck_assert(!log_has("has ended"));
    pass_s(1);
    negative_tick(keeper, now);
    ck_assert_uint_eq(negative_version(keeper), 1);
    ck_assert(log_has("negative trust anchor broken.example. has ended: its time is over (it was "
                      "set for: ticket 42)"));
    ck_assert(!negative_freed(keeper, &name)); /* what is kept by it has ended with it */
}
END_TEST

START_TEST(a_zone_is_due_at_the_start_and_then_every_five_minutes) /* SPEC V15 */
{
    keep("broken.example.", 3600, "");
    start();
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_eq(next_s(), 0);
        saw("broken.example.", NEGATIVE_BROKEN);
        ck_assert_uint_eq(next_s(), 300);
        pass_s(300);
    }
    ck_assert_uint_eq(negative_version(keeper), 0);
}
END_TEST

START_TEST(of_several_the_one_that_waits_longest_is_due_first)
{
    struct name name, second = name_of("second.example.");
    struct instant due;

    keep("first.example.", 3600, "");
    keep("second.example.", 3600, "");
    start();
    saw("first.example.", NEGATIVE_BROKEN);
    ck_assert(negative_next(keeper, &name, &due));
    ck_assert(name_equal(&name, &second));
}
END_TEST

START_TEST(one_that_ends_leaves_the_others_as_they_were)
{
    keep("first.example.", 1000, "");
    keep("second.example.", 1100, "");
    keep("third.example.", 1200, "");
    start();
    uint64_t second = until("second.example."), third = until("third.example.");
    pass_s(10);
    saw("third.example.", NEGATIVE_BROKEN);
    pass_s(10);
    saw("second.example.", NEGATIVE_BROKEN);
    saw("first.example.", NEGATIVE_VALIDATES);
    ck_assert_uint_eq(until("first.example."), 0);
    ck_assert_uint_eq(until("second.example."), second);
    ck_assert_uint_eq(until("third.example."), third);
    ck_assert_uint_eq(next_s(), NEGATIVE_RECHECK_S - 10);
    pass_s(1080);
    negative_tick(keeper, now);
    ck_assert_uint_eq(until("second.example."), 0);
    ck_assert_uint_eq(until("third.example."), third);
}
END_TEST

/* ---- the file ---- */

START_TEST(what_is_over_is_in_the_file_no_more)
{
    struct unixtime at;

    keep("broken.example.", 100, "");
    keep("other.example.", 200, "");
    start();
    pass_s(100);
    negative_tick(keeper, now);
    ck_assert_uint_eq(written(&at), 1);
    ck_assert_int_eq(at.s, WALL + 100);
    ck_assert(!log_has("would be back"));
}
END_TEST

START_TEST(a_time_that_is_written_by_hand_is_none_the_file_proves) /* LIMITS H1 */
{
    struct unixtime at;

    keep("broken.example.", 100, "");
    start();
    now.clock = STATE_CLOCK_FIXED;
    pass_s(50);
    saw("broken.example.", NEGATIVE_VALIDATES);
    ck_assert_uint_eq(written(&at), 0);
    ck_assert_int_eq(at.s, WALL);
}
END_TEST

START_TEST(what_could_not_be_written_is_written_an_hour_later) /* SPEC V15 */
{
    char away[PATH + 8];
    struct unixtime at;

    keep("broken.example.", 3600, "");
    keep("other.example.", 36000, "");
    start();
    snprintf(away, sizeof away, "%s.away", directory);
    ck_assert_int_eq(rename(directory, away), 0);
    saw("broken.example.", NEGATIVE_VALIDATES);
    ck_assert(log_has("No such file or directory; what ended would be back after a restart"));
    ck_assert_int_eq(rename(away, directory), 0);
    pass_s(NEGATIVE_SAVE_AGAIN_S - 1);
    negative_tick(keeper, now);
    ck_assert_uint_eq(written(&at), 2);
    pass_s(1);
    negative_tick(keeper, now);
    ck_assert_uint_eq(written(&at), 1);
    unlink(path_of(""));
    pass_s(NEGATIVE_SAVE_AGAIN_S);
    negative_tick(keeper, now); /* nothing has changed since */
    ck_assert_int_ne(access(path_of(""), F_OK), 0);
}
END_TEST

static const struct {
    enum negative_finding finding;
    const char *because;
} needless[] = {
    { NEGATIVE_VALIDATES, "broken.example. has ended: the zone validates again" },
    { NEGATIVE_UNSIGNED, "broken.example. has ended: the zone is proven to be unsigned" },
};

START_TEST(one_that_is_needed_no_more_ends_is_told_and_does_not_come_back) /* RFC 7646 §4 */
{
    struct name below = name_of("www.broken.example."), beside = name_of("other.example.");

    keep("broken.example.", 3600, "");
    keep("other.example.", 3600, "");
    start();
    saw("broken.example.", needless[_i].finding);
    ck_assert_uint_eq(negative_version(keeper), 1);
    ck_assert(log_has(needless[_i].because));
    ck_assert(negative_has_freed(keeper));
    ck_assert(negative_freed(keeper, &below));
    ck_assert(!negative_freed(keeper, &beside));
    for (unsigned restart = 0; restart < 2; restart++) {
        ck_assert_uint_eq(until("broken.example."), 0);
        ck_assert_uint_ne(until("other.example."), 0);
        start();
    }
}
END_TEST

START_TEST(what_was_freed_is_told_until_it_is_forgotten)
{
    keep("broken.example.", 3600, "");
    start();
    saw("broken.example.", NEGATIVE_VALIDATES);
    ck_assert(negative_has_freed(keeper));
    negative_forgotten(keeper);
    ck_assert(!negative_has_freed(keeper));
}
END_TEST

START_TEST(a_policys_own_negative_anchors_stay_when_timed_ones_are_replaced)
{
    struct policy *policy = policy_create();
    struct subtree written = { .name = name_of("written.example.") };
    struct name name = name_of("broken.example.");

    keep("broken.example.", 3600, "");
    start();
    ck_assert_int_eq(subtrees_add(&policy->negative_anchors, &written), ST_OK);
    for (unsigned i = 0; i < 2; i++)
        ck_assert_int_eq(negative_apply(keeper, policy), ST_OK);
    ck_assert_uint_eq(policy->negative_anchors.count, 2);
    saw("broken.example.", NEGATIVE_VALIDATES);
    ck_assert_int_eq(negative_apply(keeper, policy), ST_OK);
    ck_assert(policy_is_negative(policy, &written.name, now.at));
    ck_assert(!policy_is_negative(policy, &name, now.at));
    policy_destroy(policy);
}
END_TEST

/* Those that are left out are validated: the safe side. */
START_TEST(a_policy_that_is_full_takes_no_more_and_is_told)
{
    struct policy *policy = policy_create();
    struct subtree entry = { .name = name_of("written.example.") };

    keep("broken.example.", 3600, "");
    keep("other.example.", 3600, "");
    start();
    for (unsigned i = 1; i < SUBTREES_MAX; i++)
        ck_assert_int_eq(subtrees_add(&policy->negative_anchors, &entry), ST_OK);
    ck_assert_int_eq(negative_apply(keeper, policy), ST_OK);
    ck_assert_uint_eq(policy->negative_anchors.count, SUBTREES_MAX);
    ck_assert(log_has("more than 256 names; 1 are left out"));
    policy_destroy(policy);
}
END_TEST

START_TEST(without_memory_there_is_no_keeper_and_no_policy) /* LIMITS G5 */
{
    struct policy *policy = policy_create();

    keep("broken.example.", 3600, "");
    start();
    memory_fail_after(0);
    ck_assert_int_eq(negative_apply(keeper, policy), ST_NOMEM);
    memory_fail_stop();
    memory_fail_after(0);
    ck_assert_ptr_null(negative_keeper_create(&state_disk_real, directory, now));
    memory_fail_stop();
    memory_fail_after(0);
    saw("broken.example.", NEGATIVE_VALIDATES);
    memory_fail_stop();
    ck_assert(log_has(status_name(ST_NOMEM)));
    policy_destroy(policy);
}
END_TEST

Suite *resolver_negative_keeper_suite(void)
{
    Suite *suite = suite_create("resolver/negative_keeper");
    TCase *tcase = tcase_create("keeper");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_daemon_begins_with_what_is_left_of_those_that_were_kept);
    tcase_add_test(tcase, without_a_file_none_is_in_force);
    tcase_add_test(tcase, a_clock_at_1970_makes_no_anchor_last_for_decades);
    tcase_add_test(tcase, a_clock_set_back_later_prolongs_no_anchor);
    tcase_add_test(tcase, one_whose_time_is_over_ends_with_a_line_in_the_log);
    tcase_add_test(tcase, a_zone_is_due_at_the_start_and_then_every_five_minutes);
    tcase_add_test(tcase, of_several_the_one_that_waits_longest_is_due_first);
    tcase_add_loop_test(tcase, one_that_is_needed_no_more_ends_is_told_and_does_not_come_back, 0,
                        sizeof needless / sizeof *needless);
    tcase_add_test(tcase, what_was_freed_is_told_until_it_is_forgotten);
    tcase_add_test(tcase, a_policys_own_negative_anchors_stay_when_timed_ones_are_replaced);
    tcase_add_test(tcase, a_file_of_no_use_is_told_and_none_is_in_force);
    tcase_add_test(tcase, a_clock_set_forward_ends_what_is_over_by_it);
    tcase_add_test(tcase, one_that_ends_leaves_the_others_as_they_were);
    tcase_add_test(tcase, what_is_over_is_in_the_file_no_more);
    tcase_add_test(tcase, a_time_that_is_written_by_hand_is_none_the_file_proves);
    tcase_add_test(tcase, what_could_not_be_written_is_written_an_hour_later);
    tcase_add_test(tcase, a_policy_that_is_full_takes_no_more_and_is_told);
    tcase_add_test(tcase, without_memory_there_is_no_keeper_and_no_policy);
    suite_add_tcase(suite, tcase);
    return suite;
}
