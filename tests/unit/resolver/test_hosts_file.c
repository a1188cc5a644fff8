#include "resolver/hosts_file.h"

#include "tests/unit/resolver/options_test.h"

static struct policy *policy;
static struct name own;

static void set_up_hosts(void)
{
    set_up();
    policy = options->policy;
    own = name_of("box.");
    log_level_set(LOG_ERROR);
}

static unsigned add(const char *text, const struct name *of)
{
    struct hosts_source source = { file_with(text), of };
    unsigned wrong = hosts_file_add(policy, &source);

    file_gone();
    return wrong;
}

static bool is_there(const char *text)
{
    struct name name = name_of(text);
    const struct local_node *node = local_tree_deepest(policy->local, &name);

    return node->labels == name.labels && node->sets;
}

START_TEST(lines_are_taken_but_for_those_with_something_wrong)
{
    ck_assert_uint_eq(
        add("192.0.2.1 a.lan\n\n# all\n192.0.2.2\n192.0.2 b.lan\n192.0.2.3 c.lan", NULL), 2);
    ck_assert(is_there("a.lan.") && is_there("c.lan.") && !is_there("b.lan."));
}
END_TEST

START_TEST(lines_too_long_or_no_text_are_told_and_skipped) /* LIMITS G4 */
{
    static char text[2 * HOSTS_LINE_MAX];
    int at =
        snprintf(text, sizeof text, "192.0.2.1 a.lan #%*s\n192.0.2.2 b.lan\n", HOSTS_LINE_MAX, "");

    ck_assert_int_gt(at, HOSTS_LINE_MAX);
    ck_assert_uint_eq(add(text, NULL), 1);
    ck_assert(!is_there("a.lan.") && is_there("b.lan."));
    struct hosts_source zeros = { "/dev/zero", NULL };
    ck_assert_uint_eq(hosts_file_add(policy, &zeros), 1); /* one line, and it ends */
}
END_TEST

START_TEST(a_file_that_is_not_there_takes_nothing_away)
{
    struct hosts_source source = { "/nowhere/hosts", &own };

    ck_assert_uint_eq(hosts_file_add(policy, &source), 0);
    ck_assert(is_there("localhost."));
}
END_TEST

START_TEST(loopback_is_for_this_machine_alone) /* RULINGS A45 */
{
    static const struct {
        const char *allow;
        bool told;
    } rows[] = { { "access.allow=[127.0.0.0/8, \"::1/128\"]", true },
                 { "access.allow=[127.0.0.1]", true },
                 { "access.allow=[]", true },
                 { "access.allow=[127.0.0.0/8, 192.168.0.0/16]", false },
                 { "access.allow=[126.0.0.0/7]", false },
                 { "access.allow=[\"::/127\"]", false } };

    ck_assert_int_eq(assign(rows[_i].allow), ST_OK);
    (void)add("127.0.1.1 box\n192.0.2.1 box.lan\n127.0.0.1 other.lan\n", &own);
    ck_assert(is_there("box.") == rows[_i].told);
    ck_assert(is_there("box.lan.") && !is_there("other.lan."));
    (void)add("127.0.0.1 other.lan\n", NULL); /* who names a file means all that it says */
    ck_assert(is_there("other.lan."));
}
END_TEST

START_TEST(the_key_says_which_file)
{
    char assignment[128];

    ck_assert_int_eq(options->hosts, HOSTS_OWN);
    snprintf(assignment, sizeof assignment, "local.hosts=%s", file_with("192.0.2.1 a.lan\n"));
    ck_assert_int_eq(assign(assignment), ST_OK);
    ck_assert(options->hosts == HOSTS_NAMED && !is_there("a.lan."));
    hosts_file_read(policy, options);
    ck_assert(is_there("a.lan."));
    file_gone();
    ck_assert_int_eq(assign(assignment), ST_MALFORMED);
    ck_assert_msg(said("No such file"), "%s", why);
    ck_assert_int_eq(assign("local.hosts=off"), ST_OK);
    ck_assert_int_eq(options->hosts, HOSTS_OFF);
    hosts_file_read(policy, options);
    ck_assert_int_eq(assign("local.hosts=own"), ST_OK);
    hosts_file_read(policy, options); /* whatever there is here */
    ck_assert(is_there("localhost."));
}
END_TEST

Suite *resolver_hosts_file_suite(void)
{
    Suite *suite = suite_create("resolver/hosts_file");
    TCase *all = tcase_create("all");

    tcase_add_checked_fixture(all, set_up_hosts, tear_down);
    tcase_add_test(all, lines_are_taken_but_for_those_with_something_wrong);
    tcase_add_test(all, lines_too_long_or_no_text_are_told_and_skipped);
    tcase_add_test(all, a_file_that_is_not_there_takes_nothing_away);
    tcase_add_loop_test(all, loopback_is_for_this_machine_alone, 0, 6);
    tcase_add_test(all, the_key_says_which_file);
    suite_add_tcase(suite, all);
    return suite;
}
