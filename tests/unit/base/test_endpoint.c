#include "lib/base/endpoint.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/suites.h"

static struct endpoint parsed(const char *text, uint16_t port)
{
    struct endpoint endpoint;
    ck_assert_msg(endpoint_parse(text, port, &endpoint) == ST_OK, "%s", text);
    return endpoint;
}

static struct prefix prefix_of(const char *text)
{
    struct prefix prefix;
    ck_assert_msg(prefix_parse(text, &prefix) == ST_OK, "%s", text);
    return prefix;
}

static const struct {
    const char *text, *again;
} texts[] = {
    { "192.0.2.1", "192.0.2.1:53" },
    { "192.0.2.1:5353", "192.0.2.1:5353" },
    { "2001:db8::1", "[2001:db8::1]:53" },
    { "2001:DB8:0:0:0:0:0:1", "[2001:db8::1]:53" },
    { "[2001:db8::1]", "[2001:db8::1]:53" },
    { "[2001:db8::1]:65535", "[2001:db8::1]:65535" },
    { "::", "[::]:53" },
    { "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:53" },
    { "192.0.2.1:0", "192.0.2.1" },
    { "[::1]:0", "::1" },
};

START_TEST(what_is_written_is_read_back)
{
    char text[ENDPOINT_TEXT];
    struct endpoint endpoint = parsed(texts[_i].text, 53);
    ck_assert_str_eq(endpoint_text(&endpoint, text), texts[_i].again);
}
END_TEST

static const char *const malformed[] = {
    "",
    ":",
    "192.0.2",
    "192.0.2.1.",
    "192.0.2.256",
    "192.0.2.01",
    " 192.0.2.1",
    "192.0.2.1 ",
    "192.0.2.1:",
    "192.0.2.1:65536",
    "192.0.2.1:+1",
    "192.0.2.1:-1",
    "192.0.2.1: 1",
    "192.0.2.1:53x",
    "192.0.2.1:4294967349",
    "[192.0.2.1]",
    "[192.0.2.1]:53",
    "[::1",
    "::1]",
    "[::1]53",
    "[::1]:",
    "[::1]x",
    "[]",
    "[]:53",
    "fe80::1%lo",
    "1::2::3",
    "example.com",
    "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb",
};

START_TEST(endpoint_parse_takes_nothing_else)
{
    struct endpoint endpoint = { .port = 7 };
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        enum status status = endpoint_parse(malformed[i], 53, &endpoint);
        ck_assert_msg(status == ST_MALFORMED, "\"%s\"", malformed[i]);
        ck_assert_uint_eq(endpoint.port, 7);
    }
}
END_TEST

START_TEST(endpoints_made_alike_are_equal_as_memory)
{
    static const uint8_t v4[4] = { 192, 0, 2, 1 };
    static const uint8_t v6[16] = { 0x20, 0x01, 0x0D, 0xB8, [15] = 1 };
    struct endpoint a = endpoint_v4(v4, 53), b = parsed("192.0.2.1", 53);
    ck_assert_mem_eq(&a, &b, sizeof a);
    a = endpoint_v6(v6, 53);
    b = parsed("2001:db8::1", 53);
    ck_assert_mem_eq(&a, &b, sizeof a);
    ck_assert(endpoint_equal(&a, &b));
}
END_TEST

START_TEST(the_port_counts_for_equal_alone)
{
    struct endpoint a = parsed("192.0.2.1", 53), b = parsed("192.0.2.1", 54);
    ck_assert(!endpoint_equal(&a, &b));
    ck_assert(endpoint_same_address(&a, &b));
}
END_TEST

START_TEST(families_are_never_the_same)
{
    struct endpoint a = parsed("0.0.0.0", 53), b = parsed("::", 53);
    ck_assert(!endpoint_equal(&a, &b));
    ck_assert(!endpoint_same_address(&a, &b));
}
END_TEST

START_TEST(an_endpoint_of_no_family_has_a_text)
{
    char text[ENDPOINT_TEXT];
    ck_assert_str_eq(endpoint_text(&(struct endpoint){ .port = 53 }, text), "none");
}
END_TEST

static const struct {
    const char *prefix, *address;
    int holds;
} prefixes[] = {
    { "10.0.0.0/8", "10.255.255.255", 1 },
    { "10.0.0.0/8", "11.0.0.0", 0 },
    { "10.0.0.0/8", "9.255.255.255", 0 },
    { "192.0.2.128/25", "192.0.2.128", 1 },
    { "192.0.2.128/25", "192.0.2.127", 0 },
    { "192.0.2.1", "192.0.2.1", 1 },
    { "192.0.2.1", "192.0.2.0", 0 },
    { "0.0.0.0/0", "255.255.255.255", 1 },
    { "0.0.0.0/0", "::", 0 },
    { "::/0", "2001:db8::1", 1 },
    { "::/0", "0.0.0.0", 0 },
    { "2001:db8::/33", "2001:db8:7fff::1", 1 },
    { "2001:db8::/33", "2001:db8:8000::", 0 },
    { "2001:db8::1/128", "2001:db8::1", 1 },
    { "2001:db8::1", "2001:db8::2", 0 },
    /* An IPv4 rule is none for the same address written as IPv6. */
    { "192.0.2.0/24", "::ffff:192.0.2.1", 0 },
};

START_TEST(prefix_holds_compares_the_first_bits)
{
    struct prefix prefix = prefix_of(prefixes[_i].prefix);
    struct endpoint endpoint = parsed(prefixes[_i].address, 53);
    ck_assert_int_eq(prefix_holds(&prefix, &endpoint), prefixes[_i].holds);
}
END_TEST

START_TEST(bits_beyond_the_prefix_are_cleared)
{
    struct prefix prefix = prefix_of("192.168.1.77/26");
    static const uint8_t octets[16] = { 192, 168, 1, 64 };
    ck_assert_uint_eq(prefix.bits, 26);
    ck_assert_mem_eq(prefix.base.octets, octets, sizeof octets);
    ck_assert_uint_eq(prefix.base.port, 0);
}
END_TEST

START_TEST(a_prefix_holds_no_endpoint_without_family)
{
    struct endpoint none = { .family = 0 };
    ck_assert(!prefix_holds(&(struct prefix){ .bits = 0 }, &none));
}
END_TEST

static const char *const no_prefixes[] = {
    "",
    "/",
    "/8",
    "10.0.0.0/",
    "10.0.0.0/33",
    "::/129",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
    "10.0.0/8",
    "10.0.0.0/ 8",
    "10.0.0.0:53",
    "[::]/0",
    "10.0.0.0/4294967304",
};

START_TEST(prefix_parse_takes_nothing_else)
{
    struct prefix prefix;
    for (size_t i = 0; i < sizeof no_prefixes / sizeof no_prefixes[0]; i++) {
        enum status status = prefix_parse(no_prefixes[i], &prefix);
        ck_assert_msg(status == ST_MALFORMED, "\"%s\"", no_prefixes[i]);
    }
}
END_TEST

START_TEST(the_systems_form_is_read_back)
{
    static const char *const both[] = { "192.0.2.1:4660", "[2001:db8::1]:4660" };
    struct sockaddr_storage room;
    struct endpoint endpoint = parsed(both[_i], 53), again;
    memset(&room, 0xFF, sizeof room);
    size_t len = endpoint_to_sockaddr(&endpoint, &room);
    ck_assert_uint_eq(len, _i == 0 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
    ck_assert(endpoint_from_sockaddr((const struct sockaddr *)&room, &again));
    ck_assert(endpoint_equal(&endpoint, &again));
}
END_TEST

START_TEST(the_systems_port_has_its_high_octet_first)
{
    struct sockaddr_storage room;
    struct endpoint endpoint = parsed("192.0.2.1:4660", 53); /* 0x1234 */
    endpoint_to_sockaddr(&endpoint, &room);
    const uint8_t *port = (const uint8_t *)&((const struct sockaddr_in *)&room)->sin_port;
    ck_assert_uint_eq(port[0], 0x12);
    ck_assert_uint_eq(port[1], 0x34);
}
END_TEST

START_TEST(other_families_of_the_system_are_no_endpoints)
{
    struct sockaddr_storage room = { .ss_family = AF_UNIX };
    struct endpoint none = { .family = 0 };
    ck_assert(!endpoint_from_sockaddr((const struct sockaddr *)&room, &none));
    ck_assert_uint_eq(endpoint_to_sockaddr(&none, &room), 0);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

Suite *base_endpoint_suite(void)
{
    Suite *suite = suite_create("base/endpoint");
    TCase *text = tcase_create("text");
    tcase_add_loop_test(text, what_is_written_is_read_back, 0, ROWS(texts));
    tcase_add_test(text, endpoint_parse_takes_nothing_else);
    tcase_add_test(text, endpoints_made_alike_are_equal_as_memory);
    tcase_add_test(text, the_port_counts_for_equal_alone);
    tcase_add_test(text, families_are_never_the_same);
    tcase_add_test(text, an_endpoint_of_no_family_has_a_text);
    suite_add_tcase(suite, text);

    TCase *prefix = tcase_create("prefix");
    tcase_add_loop_test(prefix, prefix_holds_compares_the_first_bits, 0, ROWS(prefixes));
    tcase_add_test(prefix, bits_beyond_the_prefix_are_cleared);
    tcase_add_test(prefix, a_prefix_holds_no_endpoint_without_family);
    tcase_add_test(prefix, prefix_parse_takes_nothing_else);
    suite_add_tcase(suite, prefix);

    TCase *system = tcase_create("system");
    tcase_add_loop_test(system, the_systems_form_is_read_back, 0, 2);
    tcase_add_test(system, the_systems_port_has_its_high_octet_first);
    tcase_add_test(system, other_families_of_the_system_are_no_endpoints);
    suite_add_tcase(suite, system);
    return suite;
}
