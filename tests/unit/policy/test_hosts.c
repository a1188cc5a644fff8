#include "lib/policy/hosts.h"

#include "tests/unit/policy/localname_test.h"

static struct hosts hosts;
static struct name own;
static char why[TEXT_WHY];

static void set_up_hosts(void)
{
    set_up();
    hosts = (struct hosts){ .tree = tree, .arena = memory.arena };
}

static void line(const char *text)
{
    ck_assert_msg(hosts_add_line(&hosts, text, why) == ST_OK, "%s: %s", text, why);
}

static void only_own(const char *name)
{
    own = name_of(name);
    hosts.own = &own;
}

START_TEST(names_lead_to_addresses_and_addresses_back) /* RFC 1035 §3.5, RFC 3596 §2.5 */
{
    line("192.168.1.5\tnas.lan  nas # the box under the stairs");
    line(" 2001:db8::7:5 nas.lan\r\n");
    ASKS("nas.lan.", A, "records HOSTS_FILE | A 300 192.168.1.5");
    ASKS("NAS.", A, "records HOSTS_FILE | A 300 192.168.1.5");
    ASKS("nas.lan.", AAAA, "records HOSTS_FILE | AAAA 300 2001:db8::7:5");
    ASKS("nas.", AAAA, "no type HOSTS_FILE | SOA 300 of nas.");
    ASKS("5.1.168.192.in-addr.arpa.", PTR, "records HOSTS_FILE | PTR 300 nas.lan.");
    ASKS("5.0.0.0.7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.", PTR,
         "records HOSTS_FILE | PTR 300 nas.lan.");
    ASKS("www.nas.lan.", A, "passes");
    ASKS("lan.", A, "passes");
}
END_TEST

/* A mail server's name has an MX, a TXT and a CAA that no hosts file can hold. HTTPS leads to
 * addresses too (RFC 9460 §7.3), and a name that shall lead nowhere leads nowhere by it. */
START_TEST(of_other_types_than_addresses_it_says_nothing) /* hosts(5) */
{
    line("192.0.2.1 mail.example");
    line("0.0.0.0 ads.example");
    line("192.0.2.2 box.home.arpa");
    ASKS("mail.example.", MX, "passes");
    ASKS("mail.example.", TXT, "passes");
    ASKS("mail.example.", DS, "passes");
    ASKS("1.2.0.192.in-addr.arpa.", PTR, "records HOSTS_FILE | PTR 300 mail.example.");
    ASKS("mail.example.", AAAA, "no type HOSTS_FILE | SOA 300 of mail.example.");
    ASKS("ads.example.", HTTPS, "no type HOSTS_FILE | SOA 300 of ads.example.");
    ASKS("box.home.arpa.", MX, "no type SPECIAL_NAME | SOA 10800 of home.arpa.");
    ck_assert_int_eq(localname_add_line(tree, LOCAL_WRITTEN, "two.example. TXT x", why), ST_OK);
    line("192.0.2.3 two.example");
    ASKS("two.example.", MX, "no type LOCAL_RECORDS | SOA 300 of two.example.");
}
END_TEST

START_TEST(an_address_leads_back_to_the_first_name_that_has_it)
{
    line("192.0.2.1 b.lan a.lan");
    line("192.0.2.1 c.lan");
    ASKS("1.2.0.192.in-addr.arpa.", PTR, "records HOSTS_FILE | PTR 300 b.lan.");
    ASKS("c.lan.", A, "records HOSTS_FILE | A 300 192.0.2.1");
    line("192.0.2.2 c.lan c.lan");
    ASKS("c.lan.", A, "records HOSTS_FILE | A 300 192.0.2.1 192.0.2.2");
    line("203.0.113.9 public.example");
    ASKS("9.113.0.203.in-addr.arpa.", PTR, "records HOSTS_FILE | PTR 300 public.example.");
    line("8.8.8.8 eight.example");
    ASKS("8.8.8.8.in-addr.arpa.", PTR, "records HOSTS_FILE | PTR 300 eight.example.");
}
END_TEST

/* Whatever else is said at the name of an address, or above it. */
START_TEST(an_address_leads_back_though_other_records_are_there)
{
    line("192.0.2.9 7.113.0.203.in-addr.arpa.");
    line("203.0.113.7 a.lan");
    ASKS("7.113.0.203.in-addr.arpa.", PTR, "records HOSTS_FILE | PTR 300 a.lan.");
    ck_assert_int_eq(
        localname_add_line(tree, LOCAL_HOSTS, "9.8.8.in-addr.arpa. PTR net.example.", why), ST_OK);
    line("8.8.9.1 b.lan");
    ASKS("1.9.8.8.in-addr.arpa.", PTR, "records HOSTS_FILE | PTR 300 b.lan.");
}
END_TEST

START_TEST(a_word_that_is_as_long_as_there_is_room_for_is_no_name)
{
    char text[16 + NAME_TEXT + 2];
    for (unsigned longer = 0; longer < 2; longer++) {
        int at = snprintf(text, sizeof text, "192.0.2.1 ");
        memset(text + at, 'a', NAME_TEXT + longer);
        text[(unsigned)at + NAME_TEXT + longer] = '\0';
        ck_assert_int_eq(hosts_add_line(&hosts, text, why), ST_MALFORMED);
    }
}
END_TEST

START_TEST(names_that_shall_lead_nowhere_have_no_way_back)
{
    line("0.0.0.0 ads.example");
    line(":: ads.example");
    ASKS("ads.example.", A, "records HOSTS_FILE | A 300 0.0.0.0");
    ASKS("ads.example.", AAAA, "records HOSTS_FILE | AAAA 300 ::");
    ASKS("0.0.0.0.in-addr.arpa.", PTR, "no name SPECIAL_NAME | SOA 10800 of 0.in-addr.arpa.");
}
END_TEST

START_TEST(nothing_is_said_of_localhost) /* RFC 6761 §6.3 */
{
    line("127.0.0.1 localhost localhost.localdomain");
    line("192.0.2.1 LOCALHOST a.localhost");
    line("127.0.0.1 other.lan");
    ASKS("localhost.", A, "records OWN_NAME | A 10800 127.0.0.1");
    ASKS("a.localhost.", A, "records OWN_NAME | A 10800 127.0.0.1");
    ASKS("localhost.localdomain.", A, "records HOSTS_FILE | A 300 127.0.0.1");
    ASKS("1.0.0.127.in-addr.arpa.", PTR, "records OWN_NAME | PTR 10800 localhost.");
    ASKS("1.2.0.192.in-addr.arpa.", PTR,
         "no name SPECIAL_NAME | SOA 10800 of 2.0.192.in-addr.arpa.");
}
END_TEST

START_TEST(what_is_written_counts_before_it)
{
    line("192.0.2.1 nas.lan");
    record("nas.lan. A 192.0.2.9");
    ASKS("nas.lan.", A, "records LOCAL_RECORDS | A 3600 192.0.2.9");
    zone("lan.", LOCAL_NXDOMAIN);
    line("192.0.2.2 tv.lan");
    ASKS("tv.lan.", A, "no name LOCAL_BLOCKED | SOA 300 of lan.");
}
END_TEST

/* ---- of this machine alone ---- */

START_TEST(own_names_are_those_of_this_machine) /* RULINGS A45 */
{
    only_own("Box.example.com.");
    line("127.0.1.1 box.example.com box");
    line("192.0.2.5 printer.example.com BOX.lan printer");
    ASKS("box.", A, "records HOSTS_FILE | A 300 127.0.1.1");
    ASKS("box.example.com.", A, "records HOSTS_FILE | A 300 127.0.1.1");
    ASKS("1.1.0.127.in-addr.arpa.", PTR, "records HOSTS_FILE | PTR 300 box.example.com.");
    ASKS("box.lan.", A, "records HOSTS_FILE | A 300 192.0.2.5");
    ASKS("printer.example.com.", A, "passes");
    ASKS("printer.", A, "passes");
    ASKS("5.2.0.192.in-addr.arpa.", PTR, "records HOSTS_FILE | PTR 300 BOX.lan.");
}
END_TEST

START_TEST(others_are_not_led_to_their_own_loopback)
{
    only_own("box.");
    hosts.loopback = HOSTS_WITHOUT_LOOPBACK;
    line("127.0.1.1 box.example.com box");
    line("::1 box");
    ASKS("box.", A, "passes");
    line("2001:db8::1 box");
    ASKS("box.", AAAA, "records HOSTS_FILE | AAAA 300 2001:db8::1");
}
END_TEST

/* ---- lines that are none ---- */

static const struct {
    const char *line, *says; /* NULL: it is no line at all */
} lines[] = {
    { "", NULL },
    { "  \t\r\n", NULL },
    { "# 192.0.2.1 a.lan", NULL },
    { "#", NULL },
    { "192.0.2.1", "an address without a name" },
    { "192.0.2.1 # a.lan", "an address without a name" },
    { "192.0.2 a.lan", "no address: \"192.0.2\"" },
    { "192.0.2.1:53 a.lan", "no address: \"192.0.2.1:53\"" },
    { "192.0.2.0/24 a.lan", "no address: \"192.0.2.0/24\"" },
    { "fe80::1%eth0 a.lan", "no address: \"fe80::1%eth0\"" },
    { "a.lan 192.0.2.1", "no address: \"a.lan\"" },
    { "192.0.2.1 a.lan b..lan", "no host name: \"b..lan\"" },
    { "192.0.2.1 a.lan .", "no host name: \".\"" },
    { "192.0.2.1 a.lan *.lan", "no wildcards here: \"*.lan\"" },
};

START_TEST(a_line_with_something_wrong_is_no_line)
{
    enum status status = hosts_add_line(&hosts, lines[_i].line, why);

    ck_assert_int_eq(status, lines[_i].says ? ST_MALFORMED : ST_OK);
    if (lines[_i].says)
        ck_assert_str_eq(why, lines[_i].says);
    ASKS("a.lan.", A, "passes");
    ASKS("1.2.0.192.in-addr.arpa.", PTR,
         "no name SPECIAL_NAME | SOA 10800 of 2.0.192.in-addr.arpa.");
}
END_TEST

START_TEST(a_word_longer_than_any_name_is_none)
{
    char text[HOSTS_LINE_MAX + 1];

    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ck_assert_int_eq(hosts_add_line(&hosts, text, why), ST_MALFORMED);
    memcpy(text, "192.0.2.1 ", 10);
    ck_assert_int_eq(hosts_add_line(&hosts, text, why), ST_MALFORMED);
}
END_TEST

START_TEST(addresses_of_one_name_are_bounded) /* LIMITS 0.1 */
{
    char text[64];

    for (unsigned i = 0; i < RRS_PER_RRSET_MAX; i++) {
        snprintf(text, sizeof text, "10.0.%u.%u a.lan", i >> 4, i & 15);
        line(text);
    }
    size_t used = arena_used(memory.arena);
    ck_assert_int_eq(hosts_add_line(&hosts, "10.1.0.0 a.lan", why), ST_LIMIT);
    ck_assert_ptr_nonnull(strstr(why, "256 addresses"));
    line("10.1.0.0 b.lan");
    ck_assert_uint_eq(arena_used(memory.arena), used); /* scratch alone */
}
END_TEST

Suite *policy_hosts_suite(void)
{
    Suite *suite = suite_create("policy/hosts");
    TCase *all = tcase_create("all");

    tcase_add_checked_fixture(all, set_up_hosts, tear_down);
    tcase_add_test(all, names_lead_to_addresses_and_addresses_back);
    tcase_add_test(all, of_other_types_than_addresses_it_says_nothing);
    tcase_add_test(all, an_address_leads_back_to_the_first_name_that_has_it);
    tcase_add_test(all, an_address_leads_back_though_other_records_are_there);
    tcase_add_test(all, a_word_that_is_as_long_as_there_is_room_for_is_no_name);
    tcase_add_test(all, names_that_shall_lead_nowhere_have_no_way_back);
    tcase_add_test(all, nothing_is_said_of_localhost);
    tcase_add_test(all, what_is_written_counts_before_it);
    tcase_add_test(all, own_names_are_those_of_this_machine);
    tcase_add_test(all, others_are_not_led_to_their_own_loopback);
    tcase_add_loop_test(all, a_line_with_something_wrong_is_no_line, 0,
                        sizeof lines / sizeof *lines);
    tcase_add_test(all, a_word_longer_than_any_name_is_none);
    tcase_add_test(all, addresses_of_one_name_are_bounded);
    suite_add_tcase(suite, all);
    return suite;
}
