#include "resolver/edge/crowd.h"

#include "tests/unit/suites.h"

enum { PARTS = 3, PLACES = 16, OWN = 4 };

static struct policy *policy;
static struct crowd crowd;
static struct crowd_part parts[PARTS];

static void set_up(void)
{
    policy = policy_create();
    ck_assert_ptr_nonnull(policy);
    policy->limits.tcp_clients = PLACES;
    policy->limits.tcp_clients_prefix = OWN;
    crowd = (struct crowd){ .quota = quota_create(&(struct siphash_key){ 3, 4 }) };
    ck_assert_ptr_nonnull(crowd.quota);
    memset(parts, 0, sizeof parts);
    for (unsigned i = 0; i < PARTS; i++)
        crowd_join(&crowd, &parts[i]);
}

static void tear_down(void)
{
    quota_destroy(crowd.quota);
    policy_destroy(policy);
}

static struct crowd_client client_at(const char *text)
{
    struct endpoint from;
    ck_assert_int_eq(endpoint_parse(text, 999, &from), ST_OK);
    return crowd_client(&crowd, policy, &from);
}

/* `count` of one client each, as far as there are places. */
static void come(unsigned part, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        static unsigned number;
        struct crowd_client client = { .place = { { (uint16_t)number, (uint16_t)number } },
                                       .factor = 1 };
        number++;
        ck_assert_int_eq(crowd_comes(&crowd, &parts[part], &policy->limits, &client), CROWD_IN);
    }
}

/* ---- places ---- */

START_TEST(all_places_are_given_and_no_more) /* LIMITS F9 */
{
    struct crowd_client late = client_at("192.0.2.1");
    come(0, PLACES - 1);
    ck_assert(!crowd_is_full(&crowd, &policy->limits));
    come(1, 1);
    ck_assert(crowd_is_full(&crowd, &policy->limits));
    ck_assert_int_eq(crowd_comes(&crowd, &parts[0], &policy->limits, &late), CROWD_FULL);
    ck_assert_uint_eq(crowd_share(&crowd, &late, 0), 0);
    ck_assert_uint_eq(atomic_load(&crowd.count), PLACES);
    ck_assert_uint_eq(atomic_load(&parts[0].held), PLACES - 1);
}
END_TEST

START_TEST(who_has_all_his_places_takes_none_of_the_others)
{
    struct crowd_client client = client_at("192.0.2.1");
    for (unsigned i = 0; i < OWN; i++)
        ck_assert_int_eq(crowd_comes(&crowd, &parts[0], &policy->limits, &client), CROWD_IN);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(crowd_comes(&crowd, &parts[0], &policy->limits, &client), CROWD_OWN);
    ck_assert_uint_eq(atomic_load(&crowd.count), OWN);
    ck_assert_uint_eq(crowd_share(&crowd, &client, 0), OWN * CROWD_SHARE);
    crowd_goes(&crowd, &parts[0], &client);
    ck_assert_int_eq(crowd_comes(&crowd, &parts[0], &policy->limits, &client), CROWD_IN);
}
END_TEST

START_TEST(who_comes_instead_of_another_is_counted_like_all) /* RULINGS A20: by its factor */
{
    struct crowd_client one = client_at("192.0.2.1"), many = client_at("10.0.0.1");
    crowd_comes_instead(&crowd, &parts[1], &one);
    crowd_comes_instead(&crowd, &parts[1], &many);
    ck_assert_uint_eq(atomic_load(&crowd.count), 2);
    ck_assert_uint_eq(atomic_load(&parts[1].held), 2);
    ck_assert_uint_eq(crowd_share(&crowd, &one, 0), CROWD_SHARE);
    ck_assert_uint_eq(crowd_share(&crowd, &one, 1), 2 * CROWD_SHARE);
    ck_assert_uint_eq(crowd_share(&crowd, &many, 0), CROWD_SHARE / NETWORK_PRIVATE_FACTOR);
}
END_TEST

/* ---- what a part owes to another: RULINGS B34 ---- */

START_TEST(the_fullest_other_part_lends_and_only_once)
{
    come(0, 2);
    come(1, 5);
    come(2, 4);
    ck_assert_ptr_eq(crowd_lender(&crowd, &parts[0]), &parts[1]);
    ck_assert_ptr_eq(crowd_lender(&crowd, &parts[1]), &parts[2]);
    ck_assert(crowd_borrow(&crowd, &parts[0]));
    ck_assert(atomic_load(&parts[1].owes));
    ck_assert_ptr_eq(crowd_lender(&crowd, &parts[0]), &parts[2]);
    ck_assert(crowd_borrow(&crowd, &parts[0]));
    ck_assert(!crowd_borrow(&crowd, &parts[0]));
    ck_assert(!atomic_load(&parts[0].owes));
    crowd_pays(&parts[1]);
    ck_assert_ptr_eq(crowd_lender(&crowd, &parts[0]), &parts[1]);
}
END_TEST

START_TEST(a_part_without_connections_lends_none)
{
    struct crowd_client client = client_at("192.0.2.1");
    ck_assert_ptr_null(crowd_lender(&crowd, &parts[0]));
    ck_assert_int_eq(crowd_comes(&crowd, &parts[1], &policy->limits, &client), CROWD_IN);
    ck_assert_ptr_eq(crowd_lender(&crowd, &parts[0]), &parts[1]);
    crowd_goes(&crowd, &parts[1], &client);
    ck_assert_ptr_null(crowd_lender(&crowd, &parts[0]));
    crowd_leave(&crowd, &parts[1]);
    ck_assert_ptr_eq(crowd.parts, &parts[2]);
    ck_assert_ptr_eq(parts[2].next, &parts[0]);
}
END_TEST

START_TEST(what_is_owed_is_owed_while_there_are_too_many)
{
    struct crowd_client late = client_at("192.0.2.1");
    come(0, PLACES);
    ck_assert(!crowd_owes(&crowd, &parts[0], &policy->limits));
    ck_assert(crowd_borrow(&crowd, &parts[1]));
    crowd_comes_instead(&crowd, &parts[1], &late);
    ck_assert(crowd_owes(&crowd, &parts[0], &policy->limits));
    ck_assert(crowd_owes(&crowd, &parts[0], &policy->limits)); /* until it pays */
    crowd_goes(&crowd, &parts[1], &late);
    ck_assert(!crowd_owes(&crowd, &parts[0], &policy->limits));
    ck_assert(!atomic_load(&parts[0].owes)); /* and may lend again */
}
END_TEST

/* ---- patience: LIMITS F9 ---- */

static const struct {
    unsigned open;
    uint32_t idle_ms;
    uint64_t patience_ms;
} patience[] = {
    { 0, 10000, 10000 }, { 8, 10000, 10000 }, { 9, 10000, 2000 }, { 12, 10000, 2000 },
    { 13, 10000, 200 },  { 16, 10000, 200 },  { 8, 500, 500 },    { 9, 500, 500 },
    { 13, 500, 200 },    { 13, 100, 100 },
};

START_TEST(the_more_there_are_the_shorter_is_patience_and_never_longer_than_said)
{
    policy->limits.tcp_idle_ms = patience[_i].idle_ms;
    come(0, patience[_i].open);
    ck_assert_uint_eq(crowd_patience_ms(&crowd, &policy->limits), patience[_i].patience_ms);
}
END_TEST

Suite *resolver_crowd_suite(void)
{
    Suite *suite = suite_create("resolver/crowd");
    TCase *tcase = tcase_create("crowd");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, all_places_are_given_and_no_more);
    tcase_add_test(tcase, who_has_all_his_places_takes_none_of_the_others);
    tcase_add_test(tcase, who_comes_instead_of_another_is_counted_like_all);
    tcase_add_test(tcase, the_fullest_other_part_lends_and_only_once);
    tcase_add_test(tcase, a_part_without_connections_lends_none);
    tcase_add_test(tcase, what_is_owed_is_owed_while_there_are_too_many);
    tcase_add_loop_test(tcase,
                        the_more_there_are_the_shorter_is_patience_and_never_longer_than_said, 0,
                        sizeof patience / sizeof *patience);
    suite_add_tcase(suite, tcase);
    return suite;
}
