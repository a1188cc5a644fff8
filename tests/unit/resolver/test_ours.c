#include "resolver/ours.h"

#include "tests/unit/resolver/options_test.h"

static struct policy *policy;

static void listen_at(const char *address)
{
    struct endpoint *listen = &options->listen[options->listen_count++];
    ck_assert_int_eq(endpoint_parse(address, 53, listen), ST_OK);
}

static void set_up_ours(void)
{
    set_up();
    policy = options->policy;
    options->listen_count = 0;
    log_level_set(LOG_ERROR);
}

static bool never_asked(const char *text)
{
    struct endpoint endpoint = endpoint_of(text);
    return policy_never_asks(policy, &endpoint);
}

static void close_ports(const char *reserved)
{
    ours_close_ports(policy, options, file_with(reserved));
    file_gone();
}

static unsigned closed(void)
{
    return ports_held(&policy->closed_ports, 0);
}

/* ---- ports ---- */

START_TEST(reserved_ports_and_our_own_doors_are_closed) /* SPEC I4, RULINGS B10 */
{
    listen_at("192.0.2.1:5300");
    listen_at("[2001:db8::1]:5400");
    close_ports("8080,9000-9009\n");
    ck_assert_uint_eq(closed(), 13);
    ck_assert(ports_hold(&policy->closed_ports, 5300));
    ck_assert(ports_hold(&policy->closed_ports, 5400));
    ck_assert(ports_hold(&policy->closed_ports, 8080));
    ck_assert(ports_hold(&policy->closed_ports, 9009));
}
END_TEST

START_TEST(a_list_longer_than_a_page_is_read_whole)
{
    static char list[70000];
    size_t len = 0;
    for (unsigned port = 20001; port < 40001; port += 2)
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%u", len ? "," : "", port);
    close_ports(list);
    ck_assert_uint_eq(closed(), 10000);
    ck_assert(ports_hold(&policy->closed_ports, 39999));
}
END_TEST

START_TEST(a_list_that_cannot_be_read_closes_nothing_else)
{
    listen_at("192.0.2.1:5300");
    close_ports("8080,here");
    ck_assert_uint_eq(closed(), 1);
    ours_close_ports(policy, options, "/tmp/there/is/no/such/file");
    ours_close_ports(policy, options, "/"); /* no file at all */
    ck_assert_uint_eq(closed(), 1);
}
END_TEST

START_TEST(half_of_all_ports_stay_open) /* LIMITS A1: few ports are easy to forge answers to */
{
    close_ports("1024-32768");
    ck_assert_uint_eq(closed(), 0);
    close_ports("1024-32767");
    ck_assert_uint_eq(closed(), 31744);
}
END_TEST

START_TEST(what_this_system_reserves_is_a_list_that_we_read)
{
    ours_close_ports(policy, options, OURS_RESERVED_PORTS);
    ck_assert_uint_le(closed(), PORTS_COUNT / 2);
}
END_TEST

/* ---- addresses ---- */

START_TEST(where_we_listen_is_no_server_to_ask) /* SPEC I21 */
{
    listen_at("192.0.2.1:53");
    listen_at("[2001:db8::1]:53");
    ours_add_addresses(policy, options, (struct ours_addresses){ NULL, 0 });
    ck_assert(never_asked("192.0.2.1:53"));
    ck_assert(never_asked("[2001:db8::1]:53"));
    ck_assert(!never_asked("192.0.2.1:5353")); /* another program */
    ck_assert(!never_asked("192.0.2.2:53"));
    ck_assert(never_asked("10.0.0.1:53")); /* on the list, as ever */
}
END_TEST

START_TEST(a_wildcard_stands_for_the_addresses_of_its_family)
{
    const struct endpoint interfaces[] = { endpoint_of("192.0.2.1:0"),
                                           endpoint_of("[2001:db8::1]:0"),
                                           endpoint_of("192.0.2.9:0") };
    listen_at("0.0.0.0:53");
    ours_add_addresses(policy, options, (struct ours_addresses){ interfaces, 3 });
    ck_assert(never_asked("192.0.2.1:53"));
    ck_assert(never_asked("192.0.2.9:53"));
    ck_assert(!never_asked("[2001:db8::1]:53"));
    ck_assert(!never_asked("192.0.2.8:53"));
}
END_TEST

START_TEST(addresses_beyond_all_room_are_left_out)
{
    static struct endpoint interfaces[OWN_MAX + 1];
    for (unsigned i = 0; i <= OWN_MAX; i++) {
        interfaces[i] = endpoint_of("198.51.100.0:0");
        interfaces[i].octets[2] = (uint8_t)(i >> 8);
        interfaces[i].octets[3] = (uint8_t)i;
    }
    listen_at("0.0.0.0:53");
    ours_add_addresses(policy, options, (struct ours_addresses){ interfaces, OWN_MAX + 1 });
    ck_assert_uint_eq(policy->own_count, OWN_MAX);
    ours_add_this_machine(policy, options); /* still none */
    ck_assert_uint_eq(policy->own_count, OWN_MAX);
}
END_TEST

START_TEST(the_addresses_of_this_machine_are_read)
{
    acl_clear(&policy->refuse_addresses);
    listen_at("192.0.2.1:53");
    ours_add_this_machine(policy, options);
    ck_assert_uint_eq(policy->own_count, 1);
    ck_assert(never_asked("192.0.2.1:53"));
}
END_TEST

/* ---- attached networks ---- */

static bool allowed(const char *text)
{
    struct endpoint endpoint = endpoint_of(text);
    return acl_holds(&policy->allow, &endpoint);
}

START_TEST(local_lets_in_the_private_networks_of_the_interfaces) /* RULINGS A41 */
{
    static const char *const found[] = { "127.0.0.0/8",     "192.168.7.0/24", "198.51.100.0/24",
                                         "100.64.0.0/10",   "10.0.0.0/7",     "fd00:1::/64",
                                         "2001:db8:1::/64", "fe80::/64" };
    struct prefix networks[8];

    acl_clear(&policy->allow);
    for (unsigned i = 0; i < 8; i++)
        ck_assert_int_eq(prefix_parse(found[i], &networks[i]), ST_OK);
    ours_allow_networks(policy, (struct ours_networks){ networks, 8 });
    ck_assert(allowed("127.0.0.1") && allowed("::1") && allowed("192.168.7.9"));
    ck_assert(allowed("fd00:1::9") && allowed("fe80::9"));
    ck_assert(!allowed("192.168.8.9") && !allowed("198.51.100.9") && !allowed("100.64.0.9"));
    ck_assert(!allowed("10.0.0.9")); /* a mask that reaches beyond what is private */
    ck_assert(!allowed("2001:db8:1::9"));
}
END_TEST

START_TEST(the_networks_of_this_machine_are_read_where_local_is_written)
{
    acl_clear(&policy->allow);
    ours_allow_attached(policy, options);
    ck_assert_uint_eq(policy->allow.count, 0);
    options->allow_local = true;
    ours_allow_attached(policy, options);
    ck_assert(allowed("127.0.0.1") && allowed("::1") && !allowed("198.51.100.9"));
}
END_TEST

Suite *resolver_ours_suite(void)
{
    TCase *attached = tcase_create("ours_allow_networks");
    Suite *suite = suite_create("resolver/ours");
    TCase *ports = tcase_create("ours_close_ports"), *own = tcase_create("ours_add_addresses");

    tcase_add_checked_fixture(ports, set_up_ours, tear_down);
    tcase_add_test(ports, reserved_ports_and_our_own_doors_are_closed);
    tcase_add_test(ports, a_list_longer_than_a_page_is_read_whole);
    tcase_add_test(ports, a_list_that_cannot_be_read_closes_nothing_else);
    tcase_add_test(ports, half_of_all_ports_stay_open);
    tcase_add_test(ports, what_this_system_reserves_is_a_list_that_we_read);
    suite_add_tcase(suite, ports);
    tcase_add_checked_fixture(own, set_up_ours, tear_down);
    tcase_add_test(own, where_we_listen_is_no_server_to_ask);
    tcase_add_test(own, a_wildcard_stands_for_the_addresses_of_its_family);
    tcase_add_test(own, addresses_beyond_all_room_are_left_out);
    tcase_add_test(own, the_addresses_of_this_machine_are_read);
    suite_add_tcase(suite, own);
    tcase_add_checked_fixture(attached, set_up_ours, tear_down);
    tcase_add_test(attached, local_lets_in_the_private_networks_of_the_interfaces);
    tcase_add_test(attached, the_networks_of_this_machine_are_read_where_local_is_written);
    suite_add_tcase(suite, attached);
    return suite;
}
