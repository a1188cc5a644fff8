/* The trust anchors of `catena query` are those that `serve` keeps (SPEC A2, RULINGS A43). */
#include "resolver/cli/kept.h"

#include "tests/unit/resolver/keeper_test.h"

static struct options *options;

static void options_up(void)
{
    set_up();
    options = options_create();
    ck_assert_ptr_nonnull(options);
    snprintf(options->state_directory, sizeof options->state_directory, "%s", directory);
    configure(BOTH);
}

static void options_down(void)
{
    options_destroy(options);
    tear_down();
}

/* Bits of the root's keys that the policy of a command has for anchors; each test writes no more to
 * the state, nor does the command. */
static int taken(void)
{
    struct parts parts = { .policy = policy, .crypto = bench.crypto, .pool = bench.pool };
    const struct rrset *ds, *keys;
    struct bytes rdata;
    int bits = 0;

    policy->clock_fixed = true;
    policy->clock = now.wall;
    ck_assert_int_eq(kept_take_anchors(options, &parts), ST_OK);
    anchor_find(policy->anchors, &name_root, &ds, &keys);
    const struct rrset *sets[] = { ds, keys };
    for (unsigned s = 0; s < 2; s++)
        for (struct rrset_walk walk = sets[s] ? rrset_records(sets[s]) : (struct rrset_walk){ 0 };
             rrset_next(&walk, &rdata);)
            for (unsigned i = 0; i < OURS; i++)
                if (bytes_equal(rdata, sign_dnskey(&ours[i], bench.arena)) ||
                    bytes_equal(rdata, sign_ds(&ours[i], &name_root, 2, bench.arena)))
                    bits |= 1 << i;
    return bits;
}

START_TEST(a_key_that_serve_saw_revoked_is_no_anchor)
{
    start();
    see(BOTH, BOTH, SIGNS_OLD);
    ck_assert_int_eq(taken(), SIGNS_NEXT);
}
END_TEST

START_TEST(a_key_that_serve_learnt_is_one)
{
    configure(SIGNS_OLD);
    start();
    for (unsigned day = 0; day <= 30; day++) {
        see(BOTH, SIGNS_OLD, 0);
        pass_s(DAY_S);
    }
    ck_assert_int_eq(taken(), BOTH);
}
END_TEST

START_TEST(without_a_state_they_are_those_of_the_configuration)
{
    ck_assert_int_eq(taken(), BOTH);
}
END_TEST

START_TEST(a_state_that_is_not_sound_leaves_those_of_the_configuration)
{
    FILE *file = fopen(path_of(""), "w");
    ck_assert_ptr_nonnull(file);
    fputs("garbage\n", file);
    fclose(file);
    ck_assert_int_eq(taken(), BOTH);
}
END_TEST

START_TEST(where_serve_follows_no_anchor_nobody_does) /* dnssec.auto-update: false */
{
    start();
    see(BOTH, BOTH, SIGNS_OLD);
    options->auto_update = false;
    ck_assert_int_eq(taken(), BOTH);
}
END_TEST

Suite *resolver_kept_suite(void)
{
    Suite *suite = suite_create("resolver/kept");
    TCase *tcase = tcase_create("anchors");

    tcase_add_checked_fixture(tcase, options_up, options_down);
    tcase_add_test(tcase, a_key_that_serve_saw_revoked_is_no_anchor);
    tcase_add_test(tcase, a_key_that_serve_learnt_is_one);
    tcase_add_test(tcase, without_a_state_they_are_those_of_the_configuration);
    tcase_add_test(tcase, a_state_that_is_not_sound_leaves_those_of_the_configuration);
    tcase_add_test(tcase, where_serve_follows_no_anchor_nobody_does);
    suite_add_tcase(suite, tcase);
    return suite;
}
