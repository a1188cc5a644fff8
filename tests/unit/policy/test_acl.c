#include "lib/policy/acl.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/wire/wire_test.h"

static struct acl acl;

static void set_up_acl(void)
{
    acl = (struct acl){ .count = 0 };
}

static void tear_down_acl(void)
{
    acl_clear(&acl);
}

static bool holds(const char *address)
{
    struct endpoint endpoint = endpoint_of(address);
    return acl_holds(&acl, &endpoint);
}

START_TEST(an_empty_list_holds_nobody)
{
    ck_assert(!holds("127.0.0.1"));
    ck_assert(!holds("::1"));
}
END_TEST

START_TEST(a_prefix_holds_its_addresses_and_no_others)
{
    ck_assert_int_eq(acl_add_text(&acl, "192.0.2.128/25"), ST_OK);
    ck_assert_int_eq(acl_add_text(&acl, "2001:db8::/33"), ST_OK);
    ck_assert(holds("192.0.2.128") && holds("192.0.2.255"));
    ck_assert(!holds("192.0.2.127") && !holds("192.0.3.0"));
    ck_assert(holds("2001:db8::1") && holds("2001:db8:7fff::1"));
    ck_assert(!holds("2001:db8:8000::1"));
}
END_TEST

START_TEST(a_mapped_address_is_the_ipv4_address_within) /* RFC 4291 §2.5.5.2 */
{
    ck_assert_int_eq(acl_add_text(&acl, "192.0.2.0/24"), ST_OK);
    ck_assert(holds("::ffff:192.0.2.7"));
    ck_assert(!holds("::ffff:192.0.3.7"));
    ck_assert(!holds("::192.0.2.7"));
}
END_TEST

START_TEST(all_of_ipv6_lets_no_mapped_address_in)
{
    ck_assert_int_eq(acl_add_text(&acl, "::/0"), ST_OK);
    ck_assert(holds("2001:db8::1"));
    ck_assert(!holds("::ffff:192.0.2.7"));
    ck_assert(!holds("192.0.2.7"));
}
END_TEST

START_TEST(a_prefix_of_mapped_addresses_means_just_these)
{
    ck_assert_int_eq(acl_add_text(&acl, "::ffff:10.0.0.0/104"), ST_OK);
    ck_assert(holds("::ffff:10.1.2.3"));
    ck_assert(!holds("::ffff:11.1.2.3"));
    ck_assert(!holds("10.1.2.3"));
}
END_TEST

START_TEST(what_is_no_prefix_is_not_added)
{
    ck_assert_int_eq(acl_add_text(&acl, "192.0.2.0/33"), ST_MALFORMED);
    ck_assert_int_eq(acl_add_text(&acl, "example.com"), ST_MALFORMED);
    ck_assert_int_eq(acl_add_text(&acl, ""), ST_MALFORMED);
    ck_assert_uint_eq(acl.count, 0);
}
END_TEST

START_TEST(a_list_has_an_end)
{
    char text[20];
    for (unsigned i = 0; i < ACL_MAX; i++) {
        snprintf(text, sizeof text, "10.%u.%u.0/24", i / 256, i % 256);
        ck_assert_int_eq(acl_add_text(&acl, text), ST_OK);
    }
    ck_assert_int_eq(acl_add_text(&acl, "192.0.2.0/24"), ST_LIMIT);
    ck_assert_uint_eq(acl.count, ACL_MAX);
    ck_assert(holds("10.0.0.1") && holds("10.1.255.1") && !holds("192.0.2.1"));
}
END_TEST

START_TEST(a_cleared_list_can_be_filled_again)
{
    ck_assert_int_eq(acl_add_text(&acl, "192.0.2.0/24"), ST_OK);
    acl_clear(&acl);
    acl_clear(&acl);
    ck_assert(!holds("192.0.2.1"));
    ck_assert_int_eq(acl_add_text(&acl, "198.51.100.0/24"), ST_OK);
    ck_assert(holds("198.51.100.1"));
}
END_TEST

/* LIMITS A11, SPEC I21: the first and the last address of what is never asked. */
START_TEST(we_never_ask_ourselves_or_the_inside)
{
    static const struct {
        const char *first, *last;
    } never[] = {
        { "0.0.0.0", "0.255.255.255" },           /* RFC 1122 §3.2.1.3 */
        { "10.0.0.0", "10.255.255.255" },         /* RFC 1918 §3 */
        { "172.16.0.0", "172.31.255.255" },       /* RFC 1918 §3 */
        { "192.168.0.0", "192.168.255.255" },     /* RFC 1918 §3 */
        { "100.64.0.0", "100.127.255.255" },      /* RFC 6598 §7 */
        { "127.0.0.1", "127.255.255.255" },       /* loopback */
        { "169.254.0.0", "169.254.255.255" },     /* RFC 3927 §2.1 */
        { "224.0.0.0", "239.255.255.255" },       /* RFC 5771 §3 */
        { "240.0.0.0", "255.255.255.255" },       /* RFC 1112 §4 */
        { "::", "::127.0.0.1" },                  /* RFC 4291 §2.5 */
        { "::1", "::1" },                         /* loopback */
        { "::ffff:8.8.8.8", "::ffff:127.0.0.1" }, /* RFC 4291 §2.5.5.2 */
        { "fc00::", "fdff:ffff::ffff" },          /* RFC 4193 §3.1 */
        { "fe80::1", "febf::1" },                 /* link-local */
        { "fec0::1", "feff::1" },                 /* RFC 3879 §4 */
        { "ff00::", "ffff:ffff::ffff" },          /* RFC 4291 §2.7 */
    };
    static const char *const asked[] = {
        "1.0.0.0",     "9.255.255.255",   "11.0.0.0",         "100.63.255.255",
        "100.128.0.0", "126.255.255.255", "128.0.0.0",        "169.253.255.255",
        "169.255.0.0", "172.15.255.255",  "172.32.0.0",       "192.167.255.255",
        "192.169.0.0", "223.255.255.255", "198.41.0.4",       "2001:503:ba3e::2:30",
        "2000::",      "fbff::1",         "64:ff9b::808:808",
    };
    ck_assert_int_eq(acl_add_never_asked(&acl), ST_OK);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        ck_assert_msg(holds(never[i].first) && holds(never[i].last), "row %zu may be asked", i);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        ck_assert_msg(!holds(asked[i]), "%s may not be asked", asked[i]);
}
END_TEST

Suite *policy_acl_suite(void)
{
    Suite *suite = suite_create("policy/acl");
    TCase *tcase = tcase_create("acl");
    tcase_add_checked_fixture(tcase, set_up_acl, tear_down_acl);
    tcase_add_test(tcase, an_empty_list_holds_nobody);
    tcase_add_test(tcase, a_prefix_holds_its_addresses_and_no_others);
    tcase_add_test(tcase, a_mapped_address_is_the_ipv4_address_within);
    tcase_add_test(tcase, all_of_ipv6_lets_no_mapped_address_in);
    tcase_add_test(tcase, a_prefix_of_mapped_addresses_means_just_these);
    tcase_add_test(tcase, what_is_no_prefix_is_not_added);
    tcase_add_test(tcase, a_list_has_an_end);
    tcase_add_test(tcase, a_cleared_list_can_be_filled_again);
    tcase_add_test(tcase, we_never_ask_ourselves_or_the_inside);
    suite_add_tcase(suite, tcase);
    return suite;
}
