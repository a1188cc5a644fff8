#include "lib/policy/networks.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/wire/wire_test.h"

static struct networks networks;

static void set_up_networks(void)
{
    networks = (struct networks){ .count = 0 };
}

static void tear_down_networks(void)
{
    networks_clear(&networks);
}

static struct prefix network(const char *text)
{
    struct prefix prefix;
    ck_assert_int_eq(prefix_parse(text, &prefix), ST_OK);
    return prefix;
}

static void write_factor(const char *text, uint32_t factor)
{
    struct prefix prefix = network(text);
    ck_assert_int_eq(networks_add(&networks, &prefix, factor), ST_OK);
}

/* The rooms around an address, as "1 16 64". */
static const char *rooms(const char *address)
{
    static char text[64];
    struct network_around around[NETWORK_WIDTHS];
    struct endpoint endpoint = endpoint_of(address);
    unsigned count = networks_around(&networks, &endpoint, around);

    text[0] = '\0';
    for (unsigned i = 0; i < count; i++) {
        size_t len = strlen(text);
        (void)snprintf(text + len, sizeof text - len, i ? " %u" : "%u", around[i].room);
    }
    return text;
}

static bool same_network(const char *a, const char *b, unsigned index)
{
    struct network_around of_a[NETWORK_WIDTHS], of_b[NETWORK_WIDTHS];
    struct endpoint one = endpoint_of(a), other = endpoint_of(b);
    networks_around(&networks, &one, of_a);
    networks_around(&networks, &other, of_b);
    return memcmp(of_a[index].octets, of_b[index].octets, sizeof of_a[index].octets) == 0;
}

START_TEST(a_public_client_counts_for_itself_and_wider_networks) /* LIMITS 4.2 */
{
    ck_assert_str_eq(rooms("192.0.2.1"), "1 16 64");
    ck_assert_str_eq(rooms("2001:db8::1"), "1 4 16 256");
}
END_TEST

START_TEST(networks_are_as_wide_as_they_say)
{
    ck_assert(!same_network("192.0.2.1", "192.0.2.2", 0));
    ck_assert(same_network("192.0.2.1", "192.0.2.255", 1));
    ck_assert(!same_network("192.0.2.1", "192.0.3.1", 1));
    ck_assert(same_network("192.0.0.1", "192.0.15.255", 2));
    ck_assert(!same_network("192.0.15.1", "192.0.16.1", 2));
    ck_assert(same_network("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", 0));
    ck_assert(!same_network("2001:db8::1", "2001:db8:0:1::1", 0));
    ck_assert(same_network("2001:db8:0:ff::1", "2001:db8:0:1::1", 1));
    ck_assert(same_network("2001:db8:0:ff00::1", "2001:db8:0:1::1", 2));
    ck_assert(same_network("2001:db8:ffff::1", "2001:db8::1", 3));
    ck_assert(!same_network("2001:db9::1", "2001:db8::1", 3));
}
END_TEST

START_TEST(a_network_of_one_family_is_none_of_the_other)
{
    struct network_around four[NETWORK_WIDTHS], six[NETWORK_WIDTHS];
    struct endpoint a = endpoint_of("32.1.13.184"),
                    b = endpoint_of("2001:db8::"); /* 32 equal bits */
    networks_around(&networks, &a, four);
    networks_around(&networks, &b, six);
    for (unsigned i = 0; i < 3; i++)
        for (unsigned j = 0; j < NETWORK_WIDTHS; j++)
            ck_assert_int_ne(memcmp(four[i].octets, six[j].octets, sizeof six[j].octets), 0);
}
END_TEST

START_TEST(private_networks_have_sixteen_times_the_room) /* RULINGS A21 */
{
    static const char *const v4[] = { "10.1.2.3",   "172.31.0.1",  "192.168.1.1",
                                      "100.64.1.1", "169.254.1.1", "127.0.0.1" };
    for (unsigned i = 0; i < sizeof v4 / sizeof *v4; i++)
        ck_assert_str_eq(rooms(v4[i]), "16 256 1024");
    ck_assert_str_eq(rooms("fd00::1"), "16 64 256 4096");
    ck_assert_str_eq(rooms("fe80::1"), "16 64 256 4096");
    ck_assert_str_eq(rooms("::1"), "16 64 256 4096"); /* as 127.0.0.1 */
    ck_assert_str_eq(rooms("::2"), "1 4 16 256");
    ck_assert_str_eq(rooms("172.32.0.1"), "1 16 64");
    ck_assert_str_eq(rooms("192.169.1.1"), "1 16 64");
    ck_assert_str_eq(rooms("100.128.0.1"), "1 16 64");
}
END_TEST

START_TEST(the_narrowest_written_network_that_holds_all_of_it_counts)
{
    write_factor("198.51.100.0/22", 5);
    write_factor("198.0.0.0/8", 3);
    ck_assert_str_eq(rooms("198.51.101.1"), "5 80 192");
    ck_assert_str_eq(rooms("198.7.7.7"), "3 48 192");
    ck_assert_str_eq(rooms("199.0.0.1"), "1 16 64");
}
END_TEST

START_TEST(what_is_written_counts_before_what_is_private)
{
    write_factor("10.0.0.0/8", 1);
    ck_assert_str_eq(rooms("10.1.2.3"), "1 16 64");
}
END_TEST

START_TEST(no_network_is_written_twice)
{
    static const char *const written[] = { "10.0.0.0/8", "10.0.0.0/9", "2001:db8::/48" };

    for (unsigned i = 0; i < sizeof written / sizeof *written; i++)
        write_factor(written[i], 1);
    for (unsigned i = 0; i < sizeof written / sizeof *written; i++) {
        struct prefix prefix = network(written[i]);
        ck_assert_int_eq(networks_add(&networks, &prefix, 2), ST_MALFORMED);
    }
    ck_assert_uint_eq(networks.count, sizeof written / sizeof *written);
    write_factor("2001:db8::1/128", 2); /* two clients of one network of 64 bits */
    write_factor("2001:db8::2/128", 2);
}
END_TEST

START_TEST(a_wider_network_has_at_least_the_room_of_one_written_inside)
{
    write_factor("192.0.2.53/32", 1000);
    ck_assert_str_eq(rooms("192.0.2.53"), "1000 1000 1000");
    ck_assert_str_eq(rooms("192.0.2.54"), "1 1000 1000");
    ck_assert_str_eq(rooms("192.0.3.1"), "1 16 1000");
    write_factor("2001:db8::53/128", 20);
    ck_assert_str_eq(rooms("2001:db8::1"), "20 20 20 256");
    write_factor("203.0.113.0/24", 100); /* of its own 16 times as much */
    ck_assert_str_eq(rooms("203.0.113.9"), "100 1600 1600");
    ck_assert_str_eq(rooms("203.0.112.9"), "1 16 1600");
}
END_TEST

START_TEST(a_factor_for_the_world_is_for_one_family)
{
    write_factor("0.0.0.0/0", 7);
    ck_assert_str_eq(rooms("192.0.2.1"), "7 112 448");
    ck_assert_str_eq(rooms("2001:db8::1"), "1 4 16 256");
}
END_TEST

START_TEST(the_factor_of_a_client_is_the_room_of_its_narrowest_network)
{
    struct endpoint inside = endpoint_of("10.0.0.1"), outside = endpoint_of("192.0.2.1"),
                    none = { .family = 0 };
    ck_assert_uint_eq(networks_factor(&networks, &inside), 16);
    ck_assert_uint_eq(networks_factor(&networks, &outside), 1);
    ck_assert_uint_eq(networks_factor(&networks, &none), 1);
}
END_TEST

START_TEST(factors_and_lines_are_bounded)
{
    struct prefix prefix = network("192.0.2.0/24");
    ck_assert_int_eq(networks_add(&networks, &prefix, 0), ST_LIMIT);
    ck_assert_int_eq(networks_add(&networks, &prefix, NETWORK_FACTOR_MAX + 1), ST_LIMIT);
    for (unsigned i = 0; i < NETWORKS_MAX; i++) {
        prefix.base.octets[1] = (uint8_t)i;
        ck_assert_int_eq(networks_add(&networks, &prefix, NETWORK_FACTOR_MAX), ST_OK);
    }
    prefix.base.octets[0]++;
    ck_assert_int_eq(networks_add(&networks, &prefix, 1), ST_LIMIT);
}
END_TEST

START_TEST(a_copy_says_the_same)
{
    struct networks copy = { .count = 0 };
    write_factor("198.0.0.0/8", 3);
    ck_assert_int_eq(networks_copy(&networks, &copy), ST_OK);
    networks_clear(&networks);
    networks = copy;
    ck_assert_str_eq(rooms("198.7.7.7"), "3 48 192");
}
END_TEST

START_TEST(a_network_is_inside_when_nobody_outside_can_be_hit) /* RULINGS A21 */
{
    static const struct {
        const char *text;
        bool inside;
    } rows[] = {
        { "127.0.0.0/8", true }, { "::1/128", true },         { "10.0.0.0/8", true },
        { "10.1.0.0/16", true }, { "192.168.0.0/16", true },  { "172.16.0.0/12", true },
        { "fc00::/7", true },    { "fe80::/10", true },       { "100.64.0.0/10", true },
        { "10.0.0.0/7", false }, { "172.16.0.0/11", false },  { "192.0.2.0/24", false },
        { "0.0.0.0/0", false },  { "::/0", false },           { "2001:db8::/32", false },
        { "::2/128", false },    { "192.168.0.0/15", false }, { "::/127", false },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct prefix prefix = network(rows[i].text);
        ck_assert_msg(network_is_inside(&prefix) == rows[i].inside, "%s", rows[i].text);
    }
}
END_TEST

START_TEST(loopback_is_known)
{
    struct endpoint four = endpoint_of("127.255.0.1"), six = endpoint_of("::1"),
                    other = endpoint_of("::2");
    ck_assert(network_is_loopback(&four) && network_is_loopback(&six));
    ck_assert(!network_is_loopback(&other));
}
END_TEST

START_TEST(a_network_around_a_client_can_be_named)
{
    struct endpoint four = endpoint_of("192.0.18.77"), six = endpoint_of("2001:db8:1:2ff:5::9");
    struct prefix wide = network("192.0.16.0/20"), half = network("2001:db8:1:200::/56");
    struct prefix named = network_prefix(&four, 2), six_named = network_prefix(&six, 1);
    ck_assert(endpoint_equal(&named.base, &wide.base) && named.bits == 20);
    ck_assert(endpoint_equal(&six_named.base, &half.base) && six_named.bits == 56);
}
END_TEST

Suite *policy_networks_suite(void)
{
    Suite *suite = suite_create("policy/networks");
    TCase *around = tcase_create("around"), *inside = tcase_create("inside");
    tcase_add_checked_fixture(around, set_up_networks, tear_down_networks);
    tcase_add_test(around, a_public_client_counts_for_itself_and_wider_networks);
    tcase_add_test(around, networks_are_as_wide_as_they_say);
    tcase_add_test(around, a_network_of_one_family_is_none_of_the_other);
    tcase_add_test(around, private_networks_have_sixteen_times_the_room);
    tcase_add_test(around, the_narrowest_written_network_that_holds_all_of_it_counts);
    tcase_add_test(around, what_is_written_counts_before_what_is_private);
    tcase_add_test(around, no_network_is_written_twice);
    tcase_add_test(around, a_wider_network_has_at_least_the_room_of_one_written_inside);
    tcase_add_test(around, a_factor_for_the_world_is_for_one_family);
    tcase_add_test(around, the_factor_of_a_client_is_the_room_of_its_narrowest_network);
    tcase_add_test(around, factors_and_lines_are_bounded);
    tcase_add_test(around, a_copy_says_the_same);
    tcase_add_test(inside, a_network_is_inside_when_nobody_outside_can_be_hit);
    tcase_add_test(inside, loopback_is_known);
    tcase_add_test(inside, a_network_around_a_client_can_be_named);
    suite_add_tcase(suite, around);
    suite_add_tcase(suite, inside);
    return suite;
}
