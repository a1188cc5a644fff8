#include "lib/policy/localname.h"

#include "tests/unit/policy/localname_test.h"

static void forward(const char *text)
{
    struct zones_entry entry = { .name = name_of(text), .server_count = 1 };
    ck_assert_int_eq(zones_add(&zones, &entry), ST_OK);
}

static void open_name(const char *text)
{
    struct name name = name_of(text);
    ck_assert_int_eq(localname_open(tree, &name), ST_OK);
}

/* ---- special-use names ---- */

START_TEST(localhost_is_loopback_with_all_below_it) /* RFC 6761 §6.3 */
{
    ASKS("localhost.", A, "records OWN_NAME | A 10800 127.0.0.1");
    ASKS("LOCALHOST.", AAAA, "records OWN_NAME | AAAA 10800 ::1");
    ASKS("a.b.localhost.", A, "records OWN_NAME | A 10800 127.0.0.1");
    ASKS("localhost.", MX, "no type SPECIAL_NAME | SOA 10800 of localhost.");
    ASKS("1.0.0.127.in-addr.arpa.", PTR, "records OWN_NAME | PTR 10800 localhost.");
    ASKS("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.", PTR,
         "records OWN_NAME | PTR 10800 localhost.");
}
END_TEST

START_TEST(names_that_nobody_holds_do_not_exist) /* RFC 6761 §6.2, §6.4, RFC 7686, RFC 6762 */
{
    static const char *const names[] = { "test.",  "invalid.",   "onion.",
                                         "local.", "home.arpa.", "service.arpa." };
    char below[NAME_TEXT], expected[2 * NAME_TEXT];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(below, sizeof below, "www.%s", names[i]);
        snprintf(expected, sizeof expected, "no name SPECIAL_NAME | SOA 10800 of %s", names[i]);
        ck_assert_str_eq(ask(below, TYPE_A), expected);
        snprintf(expected, sizeof expected, "no type SPECIAL_NAME | SOA 10800 of %s", names[i]);
        ck_assert_str_eq(ask(names[i], TYPE_A), expected);
        ck_assert(found_for(below, TYPE_A).special);
    }
}
END_TEST

START_TEST(nothing_at_resolver_arpa_is_there_but_the_name) /* RFC 9462 §4 */
{
    ASKS("_dns.resolver.arpa.", SVCB, "no type SPECIAL_NAME | SOA 10800 of resolver.arpa.");
    ASKS("x.y.resolver.arpa.", A, "no type SPECIAL_NAME | SOA 10800 of resolver.arpa.");
    ASKS("resolver.arpa.", NS, "no type SPECIAL_NAME | SOA 10800 of resolver.arpa.");
}
END_TEST

/* First and last of each row, and what stands beside it. */
static const struct {
    const char *name;
    bool is_here;
} reverse_trees[] = {
    { "1.10.in-addr.arpa.", true },
    { "1.11.in-addr.arpa.", false },
    { "1.15.172.in-addr.arpa.", false },
    { "1.16.172.in-addr.arpa.", true },
    { "1.31.172.in-addr.arpa.", true },
    { "1.32.172.in-addr.arpa.", false },
    { "1.168.192.in-addr.arpa.", true },
    { "1.63.100.in-addr.arpa.", false },
    { "1.64.100.in-addr.arpa.", true },
    { "1.127.100.in-addr.arpa.", true },
    { "1.128.100.in-addr.arpa.", false },
    { "1.0.in-addr.arpa.", true },
    { "2.127.in-addr.arpa.", true },
    { "1.254.169.in-addr.arpa.", true },
    { "1.2.0.192.in-addr.arpa.", true },
    { "1.0.0.192.in-addr.arpa.", false },
    { "170.0.0.192.in-addr.arpa.", false }, /* RFC 8880 */
    { "1.100.51.198.in-addr.arpa.", true },
    { "1.113.0.203.in-addr.arpa.", true },
    { "255.255.255.255.in-addr.arpa.", true },
    { "254.255.255.255.in-addr.arpa.", false },
    { "1.d.f.ip6.arpa.", true },
    { "1.c.f.ip6.arpa.", false },
    { "1.7.e.f.ip6.arpa.", false },
    { "1.8.e.f.ip6.arpa.", true },
    { "1.b.e.f.ip6.arpa.", true },
    { "1.c.e.f.ip6.arpa.", false },
    { "1.8.b.d.0.1.0.0.2.ip6.arpa.", true },
    { "1.9.b.d.0.1.0.0.2.ip6.arpa.", false },
    { "ipv4only.arpa.", false }, /* RULINGS A41 */
    { "arpa.", false },
    { "in-addr.arpa.", false },
    { "168.192.in-addr.arpa.example.", false },
    { "example.", false }, /* RFC 6761 §6.5: not for caching servers to know */
    { "nottest.", false },
    { ".", false },
};

START_TEST(reverse_trees_of_private_addresses_are_here_and_their_neighbours_are_not)
/* RFC 6303 §4, RFC 7793 §3 */
{
    for (size_t i = 0; i < sizeof reverse_trees / sizeof *reverse_trees; i++) {
        struct local_found found = found_for(reverse_trees[i].name, TYPE_PTR);
        ck_assert_msg((found.verdict != LOCAL_PASSES) == reverse_trees[i].is_here, "%s",
                      reverse_trees[i].name);
    }
}
END_TEST

START_TEST(an_empty_zone_has_an_soa_and_an_ns_of_its_own) /* RFC 6303 §3 */
{
    ASKS("10.in-addr.arpa.", SOA,
         "records SPECIAL_NAME | SOA 10800 10.in-addr.arpa. nobody.invalid. 1 3600 1200 604800 "
         "10800");
    ASKS("10.in-addr.arpa.", NS, "records SPECIAL_NAME | NS 10800 10.in-addr.arpa.");
    ASKS("1.10.in-addr.arpa.", SOA, "no name SPECIAL_NAME | SOA 10800 of 10.in-addr.arpa.");
}
END_TEST

START_TEST(a_ds_is_the_upper_zones_where_the_public_dns_delegates) /* RFC 4035 §3.1.4.1 */
{
    ASKS("home.arpa.", DS, "passes");
    ASKS("10.in-addr.arpa.", DS, "passes");
    ASKS("1.10.in-addr.arpa.", DS, "no name SPECIAL_NAME | SOA 10800 of 10.in-addr.arpa.");
    ASKS("test.", DS, "no type SPECIAL_NAME | SOA 10800 of test."); /* LIMITS H9 */
    zone("lan.", LOCAL_STATIC);
    zone("sub.lan.", LOCAL_STATIC);
    record("sub.lan. A 192.0.2.1");
    ASKS("lan.", DS, "passes");
    ASKS("sub.lan.", DS, "no type LOCAL_RECORDS | SOA 300 of lan.");
}
END_TEST

START_TEST(special_names_can_be_opened_and_parts_of_them_too) /* SPEC L2 */
{
    open_name("home.arpa.");
    open_name("1.10.in-addr.arpa.");
    open_name("localhost.");
    ASKS("www.home.arpa.", A, "passes");
    ASKS("5.1.10.in-addr.arpa.", PTR, "passes");
    ASKS("5.2.10.in-addr.arpa.", PTR, "no name SPECIAL_NAME | SOA 10800 of 10.in-addr.arpa.");
    ASKS("localhost.", A, "passes");
}
END_TEST

START_TEST(what_is_opened_opens_all_special_names_below_it)
{
    open_name("172.in-addr.arpa.");
    ASKS("1.16.172.in-addr.arpa.", PTR, "passes");
    ASKS("31.172.in-addr.arpa.", SOA, "passes");
    ASKS("1.168.192.in-addr.arpa.", PTR,
         "no name SPECIAL_NAME | SOA 10800 of 168.192.in-addr.arpa.");
    zone("17.172.in-addr.arpa.", LOCAL_NXDOMAIN); /* what is written stays */
    ASKS("1.17.172.in-addr.arpa.", PTR, "no name LOCAL_BLOCKED | SOA 300 of 17.172.in-addr.arpa.");
    open_name("ip6.arpa.");
    ASKS("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.", PTR,
         "passes");
}
END_TEST

START_TEST(a_zone_that_is_written_deeper_or_at_the_name_itself_opens_it) /* RULINGS A25 */
{
    forward(".");
    ASKS("www.home.arpa.", A, "no name SPECIAL_NAME | SOA 10800 of home.arpa.");
    forward("home.arpa.");
    forward("1.10.in-addr.arpa.");
    ASKS("www.home.arpa.", A, "passes");
    ASKS("5.1.10.in-addr.arpa.", PTR, "passes");
    ASKS("5.2.10.in-addr.arpa.", PTR, "no name SPECIAL_NAME | SOA 10800 of 10.in-addr.arpa.");
    zone("home.arpa.", LOCAL_NXDOMAIN); /* written twice: local: answers before anything is asked */
    ASKS("www.home.arpa.", A, "no name LOCAL_BLOCKED | SOA 300 of home.arpa.");
    forward("lab.home.arpa.");
    ASKS("www.lab.home.arpa.", A, "passes");
}
END_TEST

/* ---- records and zones ---- */

START_TEST(a_record_without_a_zone_answers_for_its_name_alone) /* SPEC L1 */
{
    record("printer.example. A 192.0.2.7");
    record("printer.example. 60 A 192.0.2.8");
    ASKS("Printer.example.", A, "records LOCAL_RECORDS | A 60 192.0.2.7 192.0.2.8");
    ASKS("printer.example.", AAAA, "no type LOCAL_RECORDS | SOA 300 of printer.example.");
    ASKS("www.printer.example.", A, "passes");
    ASKS("example.", A, "passes");
    forward("printer.example.");
    ASKS("printer.example.", A, "records LOCAL_RECORDS | A 60 192.0.2.7 192.0.2.8");
}
END_TEST

START_TEST(a_static_zone_has_its_records_and_nothing_else) /* SPEC L1, RFC 8020 */
{
    zone("lan.", LOCAL_STATIC);
    record("a.b.lan. 60 TXT \"hello\"");
    ASKS("a.b.lan.", TXT, "records LOCAL_RECORDS | TXT 60 \"hello\"");
    ASKS("b.lan.", TXT, "no type LOCAL_RECORDS | SOA 300 of lan.");
    ASKS("c.lan.", TXT, "no name LOCAL_RECORDS | SOA 300 of lan.");
    record("lan. 900 SOA ns.lan. root.lan. 5 1 2 3 77");
    ASKS("c.lan.", TXT, "no name LOCAL_RECORDS | SOA 77 of lan."); /* RFC 2308 §3 */
    ASKS("lan.", SOA, "records LOCAL_RECORDS | SOA 900 ns.lan. root.lan. 5 1 2 3 77");
}
END_TEST

START_TEST(a_transparent_zone_passes_what_it_does_not_hold) /* SPEC L1 */
{
    zone("example.", LOCAL_NXDOMAIN);
    zone("good.example.", LOCAL_TRANSPARENT);
    record("host.good.example. A 192.0.2.7");
    ASKS("bad.example.", A, "no name LOCAL_BLOCKED | SOA 300 of example.");
    ASKS("www.good.example.", A, "passes");
    ASKS("good.example.", A, "passes");
    ASKS("host.good.example.", MX, "no type LOCAL_RECORDS | SOA 300 of good.example.");
}
END_TEST

START_TEST(a_redirect_zone_answers_for_every_name_below_it) /* SPEC L1 */
{
    zone("example.", LOCAL_REDIRECT);
    record("example. A 192.0.2.7");
    ASKS("a.b.example.", A, "records LOCAL_RECORDS | A 3600 192.0.2.7");
    ASKS("a.b.example.", AAAA, "no type LOCAL_RECORDS | SOA 300 of example.");
}
END_TEST

START_TEST(zones_say_no_in_five_ways) /* SPEC L1 */
{
    zone("a.example.", LOCAL_NXDOMAIN);
    zone("b.example.", LOCAL_NODATA);
    zone("c.example.", LOCAL_REFUSE);
    zone("d.example.", LOCAL_DROP);
    record("x.c.example. A 192.0.2.1");
    record("x.d.example. A 192.0.2.1");
    ASKS("www.a.example.", A, "no name LOCAL_BLOCKED | SOA 300 of a.example.");
    ASKS("b.example.", SOA, "no type LOCAL_BLOCKED | SOA 300 of b.example.");
    ASKS("c.example.", A, "refused LOCAL_BLOCKED");
    ASKS("x.c.example.", MX, "refused LOCAL_BLOCKED");
    ASKS("x.c.example.", A, "records LOCAL_RECORDS | A 3600 192.0.2.1");
    ASKS("d.example.", DS, "dropped LOCAL_BLOCKED");
    ASKS("x.d.example.", A, "records LOCAL_RECORDS | A 3600 192.0.2.1");
}
END_TEST

START_TEST(a_local_alias_is_to_be_followed) /* SPEC L12 */
{
    record("www.example. CNAME web.example.net.");
    ASKS("www.example.", A, "alias LOCAL_RECORDS | CNAME 3600 web.example.net.");
    ASKS("www.example.", CNAME, "records LOCAL_RECORDS | CNAME 3600 web.example.net.");
    ASKS("www.example.", ANY, "records LOCAL_RECORDS | CNAME 3600 web.example.net.");
    zone("r.example.", LOCAL_REDIRECT);
    record("r.example. CNAME walled.example.net.");
    ASKS("a.r.example.", A, "alias LOCAL_RECORDS | CNAME 3600 walled.example.net.");
}
END_TEST

START_TEST(any_gets_all_there_is_up_to_eight_sets) /* RULINGS A40 */
{
    static const char *const lines[] = {
        "x.lan. A 192.0.2.1", "x.lan. AAAA 2001:db8::1", "x.lan. TXT a",
        "x.lan. MX 1 m.lan.", "x.lan. NS n.lan.",        "x.lan. PTR p.lan.",
        "x.lan. SPF b",       "x.lan. HINFO c d",        "x.lan. TYPE65280 \\# 1 00"
    };

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        record(lines[i]);
    ck_assert_uint_eq(found_for("x.lan.", TYPE_ANY).set_count, LOCAL_SETS_MAX);
}
END_TEST

START_TEST(records_under_a_special_name_are_the_exception_there)
{
    record("nas.home.arpa. A 192.168.1.5");
    record("5.1.168.192.in-addr.arpa. PTR nas.home.arpa.");
    record("localhost. A 127.0.0.53");
    ASKS("nas.home.arpa.", A, "records LOCAL_RECORDS | A 3600 192.168.1.5");
    ASKS("no.home.arpa.", A, "no name SPECIAL_NAME | SOA 10800 of home.arpa.");
    ASKS("5.1.168.192.in-addr.arpa.", PTR, "records LOCAL_RECORDS | PTR 3600 nas.home.arpa.");
    ASKS("1.168.192.in-addr.arpa.", PTR,
         "no type SPECIAL_NAME | SOA 10800 of 168.192.in-addr.arpa.");
    ASKS("localhost.", A, "records LOCAL_RECORDS | A 3600 127.0.0.53");
    ASKS("localhost.", AAAA, "records OWN_NAME | AAAA 10800 ::1");
}
END_TEST

START_TEST(what_makes_no_sense_as_a_local_record_is_refused)
{
    static const char *const lines[][2] = {
        { "*.lan. A 192.0.2.1", "no wildcards" },
        { "lan. DNAME x.", "no DNAME" },
        { "lan. DS 1 8 2 00", "never signed" },
        { "lan. CH TXT x", "class IN" },
        { "lan. A 192.0.2", "" },
        { "www.lan. CNAME y.lan.", "alone" },
        { "alias.lan. A 192.0.2.1", "alone" },
        { "alias.lan. CNAME other.lan.", "alone" },
    };
    char why[TEXT_WHY];

    record("www.lan. A 192.0.2.1");
    record("alias.lan. CNAME www.lan.");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        ck_assert_int_eq(localname_add_line(tree, LOCAL_WRITTEN, lines[i][0], why), ST_MALFORMED);
        ck_assert_msg(strstr(why, lines[i][1]) != NULL, "%s: %s", lines[i][0], why);
    }
}
END_TEST

START_TEST(records_that_a_zone_hides_are_told)
{
    char why[TEXT_WHY];

    zone("example.", LOCAL_NXDOMAIN);
    zone("localhost.", LOCAL_NXDOMAIN); /* what is built in may be hidden */
    zone("r.example.", LOCAL_REDIRECT);
    record("r.example. A 192.0.2.1");
    ck_assert_int_eq(localname_check(tree, why), ST_OK);
    record("x.r.example. A 192.0.2.1");
    ck_assert_int_eq(localname_check(tree, why), ST_MALFORMED);
    ck_assert_str_eq(why,
                     "no one will see the record of x.r.example.: the zone r.example. answers");
    zone("x.r.example.", LOCAL_TRANSPARENT);
    ck_assert_int_eq(localname_check(tree, why), ST_OK);
    record("y.example. A 192.0.2.1");
    ck_assert_int_eq(localname_check(tree, why), ST_MALFORMED);
}
END_TEST

START_TEST(a_full_arena_is_said_and_nothing_is_answered)
{
    struct name name = name_of("localhost.");
    struct local_question question = { &name, TYPE_A, &zones };
    struct pool *small_pool = pool_create(1 << 20);
    struct arena *small = arena_create(small_pool, 16);
    struct local_found found;

    ck_assert_int_eq(localname_ask(tree, &question, small, &found), ST_LIMIT);
    arena_destroy(small);
    pool_destroy(small_pool);
}
END_TEST

Suite *policy_localname_suite(void)
{
    Suite *suite = suite_create("policy/localname");
    TCase *special = tcase_create("special"), *local = tcase_create("local");

    tcase_add_checked_fixture(special, set_up, tear_down);
    tcase_add_test(special, localhost_is_loopback_with_all_below_it);
    tcase_add_test(special, names_that_nobody_holds_do_not_exist);
    tcase_add_test(special, nothing_at_resolver_arpa_is_there_but_the_name);
    tcase_add_test(special,
                   reverse_trees_of_private_addresses_are_here_and_their_neighbours_are_not);
    tcase_add_test(special, an_empty_zone_has_an_soa_and_an_ns_of_its_own);
    tcase_add_test(special, a_ds_is_the_upper_zones_where_the_public_dns_delegates);
    tcase_add_test(special, special_names_can_be_opened_and_parts_of_them_too);
    tcase_add_test(special, what_is_opened_opens_all_special_names_below_it);
    tcase_add_test(special, a_zone_that_is_written_deeper_or_at_the_name_itself_opens_it);
    suite_add_tcase(suite, special);
    tcase_add_checked_fixture(local, set_up, tear_down);
    tcase_add_test(local, a_record_without_a_zone_answers_for_its_name_alone);
    tcase_add_test(local, a_static_zone_has_its_records_and_nothing_else);
    tcase_add_test(local, a_transparent_zone_passes_what_it_does_not_hold);
    tcase_add_test(local, a_redirect_zone_answers_for_every_name_below_it);
    tcase_add_test(local, zones_say_no_in_five_ways);
    tcase_add_test(local, a_local_alias_is_to_be_followed);
    tcase_add_test(local, any_gets_all_there_is_up_to_eight_sets);
    tcase_add_test(local, records_under_a_special_name_are_the_exception_there);
    tcase_add_test(local, what_makes_no_sense_as_a_local_record_is_refused);
    tcase_add_test(local, records_that_a_zone_hides_are_told);
    tcase_add_test(local, a_full_arena_is_said_and_nothing_is_answered);
    suite_add_tcase(suite, local);
    return suite;
}
