#include "lib/policy/time_repair.h"

#include "tests/unit/wire/wire_test.h"

static struct subtrees names;

static void set_up(void)
{
    ck_assert_int_eq(time_repair_add_builtin(&names), ST_OK);
}

static void tear_down(void)
{
    subtrees_clear(&names);
}

/* RULINGS A16: "pool.ntp.org and below", the others for themselves. */
static const struct {
    const char *name;
    bool covered;
} cases[] = {
    { "pool.ntp.org.", true },
    { "0.pool.ntp.org.", true },
    { "a.b.POOL.ntp.org.", true },
    { "openwrt.pool.ntp.org.", true },
    { "time.cloudflare.com.", true },
    { "time.google.com.", true },
    { "time.apple.com.", true },
    { "time.windows.com.", true },
    { "ntp.ubuntu.com.", true },
    { "Time.Google.COM.", true },
    { "ntp.org.", false },
    { "xpool.ntp.org.", false },
    { "a.time.google.com.", false },
    { "google.com.", false },
    { "pool.ntp.org.example.", false },
    { ".", false },
};

START_TEST(the_built_in_list_covers_time_servers_and_nothing_else)
{
    struct name name = name_of(cases[_i].name);
    ck_assert_int_eq(time_repair_covers(&names, &name), cases[_i].covered);
}
END_TEST

START_TEST(a_wildcard_covers_what_lies_below_and_not_the_name_itself)
{
    struct subtree below = { .name = name_of("*.time.example.") };
    struct name inside = name_of("a.b.time.example."), apex = name_of("time.example.");

    subtrees_clear(&names);
    ck_assert_int_eq(subtrees_add(&names, &below), ST_OK);
    ck_assert(time_repair_covers(&names, &inside));
    ck_assert(!time_repair_covers(&names, &apex));
}
END_TEST

START_TEST(an_empty_list_covers_nothing)
{
    struct name name = name_of("pool.ntp.org.");
    subtrees_clear(&names);
    ck_assert(!time_repair_covers(&names, &name));
}
END_TEST

Suite *policy_time_repair_suite(void)
{
    Suite *suite = suite_create("policy/time_repair");
    TCase *tcase = tcase_create("covers");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, the_built_in_list_covers_time_servers_and_nothing_else, 0,
                        sizeof cases / sizeof *cases);
    tcase_add_test(tcase, a_wildcard_covers_what_lies_below_and_not_the_name_itself);
    tcase_add_test(tcase, an_empty_list_covers_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
