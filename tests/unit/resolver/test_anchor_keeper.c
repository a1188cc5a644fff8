#include "resolver/anchor_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/dnssec/rrsig.h"
#include "lib/wire/type.h"
#include "tests/support/bad_disk.h"
#include "tests/support/proof_bench.h"
#include "tests/support/sign.h"
#include "tests/unit/suites.h"

enum { PATH = 128, DAY_S = ROLL_DAY_S, HOUR_S = 3600, OLD = 0, NEXT, OURS, STEPS_MAX = 200 };
enum { SIGNS_OLD = 1 << OLD, SIGNS_NEXT = 1 << NEXT, BOTH = SIGNS_OLD | SIGNS_NEXT };

static struct proof_bench bench;
static struct policy *policy;
static struct signer *signer;
static struct sign_key ours[OURS];
static struct bad_disk bad;
static struct anchor_keeper *keeper;
static struct rfc5011_now now;
static char directory[PATH];

/* ---- a daemon's life ---- */

static void start(void)
{
    struct keeper_setup setup = { .policy = policy,
                                  .crypto = bench.crypto,
                                  .pool = bench.pool,
                                  .disk = &bad.disk,
                                  .directory = directory };
    keeper_destroy(keeper);
    keeper = keeper_create(&setup, now);
    ck_assert_ptr_nonnull(keeper);
}

/* The keys that are configured, bits. */
static void configure(unsigned keys)
{
    anchor_set_destroy(policy->anchors);
    policy->anchors = anchor_set_create();
    for (unsigned i = 0; i < OURS; i++)
        if (keys >> i & 1)
            ck_assert_int_eq(anchor_add(policy->anchors, &name_root, TYPE_DS,
                                        sign_ds(&ours[i], &name_root, 2, bench.arena)),
                             ST_OK);
}

static void set_up(void)
{
    log_level_set(LOG_ERROR);
    proof_bench_up(&bench);
    bad_disk_up(&bad);
    signer = signer_create();
    for (unsigned i = 0; i < OURS; i++)
        ours[i] = sign_key(signer, 13, i, SIGN_KSK);
    policy = policy_create();
    ck_assert_ptr_nonnull(policy);
    configure(SIGNS_OLD);
    snprintf(directory, sizeof directory, "/tmp/catena-keeper-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    now = (struct rfc5011_now){ { PROOF_BENCH_WALL }, { 77 * NS_PER_S } };
    keeper = NULL;
}

static const char *path_of(const char *suffix)
{
    static char path[2 * PATH];
    snprintf(path, sizeof path, "%s/anchors%s", directory, suffix);
    return path;
}

static void forget_state(void)
{
    unlink(path_of(""));
    unlink(path_of(".before"));
    unlink(path_of(".new"));
}

static void tear_down(void)
{
    forget_state();
    rmdir(directory);
    keeper_destroy(keeper);
    policy_destroy(policy);
    signer_destroy(signer);
    proof_bench_down(&bench);
}

static void pass_s(int64_t s)
{
    now.wall.s += s;
    now.at.ns += (uint64_t)s * NS_PER_S;
}

/* A set with `present` keys, those of `signs` sign it, those of `revoked` are so; bits. */
static void see(unsigned present, unsigned signs, unsigned revoked)
{
    struct sign_key keys[OURS];
    struct sign_with with[OURS];
    size_t count = 0, signers = 0;

    proof_bench_job(&bench);
    for (unsigned i = 0; i < OURS; i++) {
        if (!(present >> i & 1))
            continue;
        keys[count] = ours[i];
        keys[count].flags = revoked >> i & 1 ? SIGN_KSK_REVOKED : SIGN_KSK;
        if (signs >> i & 1)
            with[signers++] = (struct sign_with){ .key = &keys[count],
                                                  .zone = &name_root,
                                                  .inception = (uint32_t)now.wall.s,
                                                  .expiration = (uint32_t)now.wall.s + 21 * DAY_S };
        count++;
    }
    struct rrset *set = sign_dnskey_set(&name_root, keys, count, bench.arena);
    keeper_saw(keeper, &name_root, sign_set(set, with, signers, bench.arena), now);
}

/* Bits of the keys that are anchors now, as DS or DNSKEY; -1: the one that nobody has. */
static int trusted(void)
{
    struct anchor_set *set = keeper_anchors(keeper);
    const struct rrset *sets[2];
    struct bytes rdata;
    int bits = 0;

    ck_assert_ptr_nonnull(set);
    anchor_find(set, &name_root, &sets[0], &sets[1]);
    for (unsigned s = 0; s < 2; s++)
        if (sets[s])
            for (struct rrset_walk walk = rrset_records(sets[s]); rrset_next(&walk, &rdata);) {
                if (bytes_equal(rdata, rfc5011_nobody()))
                    bits = -1;
                for (unsigned i = 0; i < OURS; i++)
                    if (bytes_equal(rdata, sign_dnskey(&ours[i], bench.arena)) ||
                        bytes_equal(rdata, sign_ds(&ours[i], &name_root, 2, bench.arena)))
                        bits |= 1 << i;
            }
    ck_assert_msg(sets[0] || sets[1], "never no anchor");
    anchor_set_destroy(set);
    return bits;
}

static uint32_t due_in_s(void)
{
    struct name zone;
    struct instant due;
    ck_assert(keeper_next(keeper, &zone, &due));
    ck_assert(name_equal(&zone, &name_root));
    return instant_s_between(now.at, due);
}

/* ---- following the zone ---- */

START_TEST(a_new_key_becomes_an_anchor_after_its_hold_down) /* RFC 5011 §2.2, §2.4.1 */
{
    start();
    uint64_t version = keeper_version(keeper);
    for (unsigned day = 0; day < 30; day++) {
        see(BOTH, SIGNS_OLD, 0);
        ck_assert_int_eq(trusted(), SIGNS_OLD);
        pass_s(DAY_S);
    }
    ck_assert_uint_eq(keeper_version(keeper), version);
    see(BOTH, SIGNS_OLD, 0);
    ck_assert_int_eq(trusted(), BOTH);
    ck_assert_uint_gt(keeper_version(keeper), version);
}
END_TEST

START_TEST(what_was_learned_outlives_a_restart)
{
    start();
    for (unsigned day = 0; day <= 30; day++) {
        see(BOTH, SIGNS_OLD, 0);
        pass_s(DAY_S);
        start(); /* each day */
    }
    ck_assert_int_eq(trusted(), BOTH);
    see(BOTH, BOTH, SIGNS_OLD);
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
    start();
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
}
END_TEST

START_TEST(a_revoked_key_stays_out_though_it_is_configured) /* RULINGS A43 */
{
    configure(BOTH);
    start();
    ck_assert_int_eq(trusted(), BOTH);
    see(BOTH, SIGNS_OLD, SIGNS_OLD);
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
    start();
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
    see(BOTH, BOTH, 0); /* as if nothing had been */
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
}
END_TEST

START_TEST(when_all_keys_are_revoked_the_anchor_is_nobodys) /* SPEC A2 */
{
    start();
    see(SIGNS_OLD, SIGNS_OLD, SIGNS_OLD);
    ck_assert_int_eq(trusted(), -1);
    start();
    ck_assert_int_eq(trusted(), -1);
    configure(BOTH); /* a new release, or the operator, brings another */
    start();
    ck_assert_int_eq(trusted(), SIGNS_NEXT);
}
END_TEST

START_TEST(a_zone_that_is_configured_no_more_is_forgotten)
{
    struct name zone;
    struct instant due;
    start();
    see(SIGNS_OLD, SIGNS_OLD, 0);
    anchor_set_destroy(policy->anchors);
    policy->anchors = anchor_set_create();
    start();
    ck_assert(!keeper_next(keeper, &zone, &due));
    struct anchor_set *set = keeper_anchors(keeper);
    ck_assert(!anchor_zone(set, 0, &zone));
    anchor_set_destroy(set);
}
END_TEST

START_TEST(zones_beyond_those_that_are_followed_keep_their_anchors)
{
    char line[128], why[TEXT_WHY];
    struct name zone;
    unsigned zones = 0;
    for (unsigned i = 0; i < ANCHOR_POINTS_MAX + 4; i++) {
        snprintf(line, sizeof line,
                 "z%u.example. IN DS 1 8 2 "
                 "0101010101010101010101010101010101010101010101010101010101010101",
                 i);
        ck_assert_int_eq(anchor_add_line(policy->anchors, line, why), ST_OK);
    }
    start();
    struct anchor_set *set = keeper_anchors(keeper);
    while (anchor_zone(set, zones, &zone))
        zones++;
    ck_assert_uint_eq(zones, 1 + ANCHOR_POINTS_MAX + 4);
    anchor_set_destroy(set);
}
END_TEST

START_TEST(anchors_that_cannot_be_used_here_stay_as_they_are) /* RFC 4035 §5.2 */
{
    char why[TEXT_WHY];
    const struct rrset *ds, *keys;
    anchor_set_destroy(policy->anchors);
    policy->anchors = anchor_set_create();
    ck_assert_int_eq(anchor_add_line(policy->anchors, ". IN DS 1 253 2 01", why), ST_OK);
    start();
    struct anchor_set *set = keeper_anchors(keeper);
    anchor_find(set, &name_root, &ds, &keys);
    ck_assert_ptr_nonnull(ds);
    ck_assert(!bytes_equal(rrset_rdata(ds, 0), rfc5011_nobody()));
    anchor_set_destroy(set);
}
END_TEST

/* ---- when ---- */

START_TEST(the_first_question_is_due_at_once_and_the_next_by_the_rules) /* RFC 5011 §2.3 */
{
    start();
    ck_assert_uint_eq(due_in_s(), 0);
    see(SIGNS_OLD, SIGNS_OLD, 0); /* TTL 3600: half of it is under the least */
    ck_assert_uint_eq(due_in_s(), HOUR_S);
}
END_TEST

START_TEST(after_a_failure_it_is_asked_again_within_the_hour) /* RFC 5011 §2.3 */
{
    start();
    keeper_saw(keeper, &name_root, NULL, now);
    ck_assert_uint_eq(due_in_s(), HOUR_S);
    pass_s(HOUR_S);
    see(SIGNS_NEXT, SIGNS_NEXT, 0); /* signed by a stranger */
    ck_assert_uint_eq(due_in_s(), HOUR_S);
    ck_assert_int_eq(trusted(), SIGNS_OLD);
}
END_TEST

START_TEST(a_wall_clock_that_jumps_makes_no_anchor) /* LIMITS H3 */
{
    start();
    see(BOTH, SIGNS_OLD, 0);
    now.wall.s += 40 * DAY_S;
    see(BOTH, SIGNS_OLD, 0);
    ck_assert_int_eq(trusted(), SIGNS_OLD);
    now.wall.s -= 80 * DAY_S;
    see(BOTH, SIGNS_OLD, 0);
    ck_assert_int_eq(trusted(), SIGNS_OLD);
}
END_TEST

/* ---- the disk ---- */

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
    bad.fails_at = 0;
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
    ck_assert_uint_eq(lines_said(3), 3);
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

START_TEST(no_memory_makes_no_keeper_and_leaves_nothing) /* LIMITS G5 */
{
    struct keeper_setup setup = { .policy = policy,
                                  .crypto = bench.crypto,
                                  .pool = bench.pool,
                                  .disk = &bad.disk,
                                  .directory = directory };
    bool struck = true;
    for (uint64_t succeed = 0; struck; succeed++) {
        memory_fail_after(succeed);
        keeper = keeper_create(&setup, now);
        struck = memory_fail_stop();
        if (keeper) /* it may do without what failed */
            ck_assert_int_eq(trusted(), SIGNS_OLD);
        keeper_destroy(keeper);
        keeper = NULL;
    }
}
END_TEST

/* ---- for people ---- */

START_TEST(every_key_is_told_with_its_state) /* SPEC A6 */
{
    struct keeper_row row;
    start();
    see(BOTH, SIGNS_OLD, 0);
    pass_s(600);
    ck_assert(keeper_row(keeper, 0, now, &row));
    ck_assert(row.trusted && row.configured);
    ck_assert_int_eq(row.state, ROLL_VALID);
    ck_assert_uint_eq(row.tag, sign_tag(&ours[OLD]));
    ck_assert_uint_eq(row.algorithm, 13);
    ck_assert_uint_eq(row.next_s, HOUR_S - 600);
    ck_assert_int_eq(row.checked.s, now.wall.s - 600);
    ck_assert(keeper_row(keeper, 1, now, &row));
    ck_assert(!row.trusted && !row.configured);
    ck_assert_int_eq(row.state, ROLL_PENDING);
    ck_assert_uint_eq(row.tag, sign_tag(&ours[NEXT]));
    ck_assert_int_eq(row.hold_end.s, now.wall.s + ROLL_ADD_S);
    ck_assert(!keeper_row(keeper, 2, now, &row));
}
END_TEST

Suite *resolver_anchor_keeper_suite(void)
{
    Suite *suite = suite_create("resolver/anchor_keeper");
    TCase *tcase = tcase_create("keeper");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_new_key_becomes_an_anchor_after_its_hold_down);
    tcase_add_test(tcase, what_was_learned_outlives_a_restart);
    tcase_add_test(tcase, a_revoked_key_stays_out_though_it_is_configured);
    tcase_add_test(tcase, when_all_keys_are_revoked_the_anchor_is_nobodys);
    tcase_add_test(tcase, a_zone_that_is_configured_no_more_is_forgotten);
    tcase_add_test(tcase, zones_beyond_those_that_are_followed_keep_their_anchors);
    tcase_add_test(tcase, anchors_that_cannot_be_used_here_stay_as_they_are);
    tcase_add_test(tcase, the_first_question_is_due_at_once_and_the_next_by_the_rules);
    tcase_add_test(tcase, after_a_failure_it_is_asked_again_within_the_hour);
    tcase_add_test(tcase, a_wall_clock_that_jumps_makes_no_anchor);
    tcase_add_test(tcase, a_disk_that_takes_nothing_stops_nothing);
    tcase_add_test(tcase, a_full_disk_is_said_once_a_day);
    tcase_add_test(tcase, garbage_for_a_state_leaves_the_floor);
    tcase_add_test(tcase, killed_at_any_step_it_is_never_less_safe_and_never_without_an_anchor);
    tcase_add_test(tcase, a_disk_that_fails_for_a_moment_loses_no_revocation);
    tcase_add_test(tcase, no_memory_makes_no_keeper_and_leaves_nothing);
    tcase_add_test(tcase, every_key_is_told_with_its_state);
    suite_add_tcase(suite, tcase);
    return suite;
}
