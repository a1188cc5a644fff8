#include "lib/engine/delegation.h"

#include <stdlib.h>

#include "tests/unit/engine/reply_test.h"

#define DS                                                                                         \
    "sub.zone.test. 900 IN DS 1 8 2 "                                                              \
    "0102030405060708091011121314151617181920212223242526272829303132"

static struct policy *policy;
static struct prng prng;
static struct delegation delegation;
static const struct instant now = { 1000 * NS_PER_S };

static void set_up_policy(void)
{
    set_up();
    policy = policy_create();
    ck_assert_ptr_nonnull(policy);
    prng_seed_number(&prng, 1);
    begin_reply(0);
    asked_for("www.sub.zone.test.", TYPE_A, "zone.test.");
}

static void tear_down_policy(void)
{
    policy_destroy(policy);
    tear_down();
}

/* Servers whose addresses are still to be said: the sections of a message follow each other. */
static struct {
    unsigned n, v4, v6;
} glue[256];
static unsigned glue_count;

/* Server n of sub.zone.test with so many addresses of each family. */
static void say_server(unsigned n, unsigned v4, unsigned v6)
{
    char line[100];
    snprintf(line, sizeof line, "sub.zone.test. 3600 IN NS ns%u.sub.zone.test.", n);
    say(SECTION_AUTHORITY, line);
    glue[glue_count].n = n;
    glue[glue_count].v4 = v4;
    glue[glue_count++].v6 = v6;
}

static void say_glue(unsigned n, unsigned v4, unsigned v6)
{
    char line[100];
    for (unsigned i = 0; i < v4; i++) {
        snprintf(line, sizeof line, "ns%u.sub.zone.test. 3600 IN A 192.0.%u.%u", n, n, i);
        say(SECTION_ADDITIONAL, line);
    }
    for (unsigned i = 0; i < v6; i++) {
        snprintf(line, sizeof line, "ns%u.sub.zone.test. 3600 IN AAAA 2001:db8:%x::%x", n, n, i);
        say(SECTION_ADDITIONAL, line);
    }
}

static enum status scrub_referral(void)
{
    for (unsigned i = 0; i < glue_count; i++)
        say_glue(glue[i].n, glue[i].v4, glue[i].v6);
    glue_count = 0;
    return scrub_status();
}

static enum status delegate(void)
{
    struct referral_input input = { &reply, &asked, policy, &prng, now };
    ck_assert_int_eq(scrub_referral(), ST_OK);
    return delegation_from_referral(&input, memory.arena, &delegation);
}

static const struct server *server_named(const char *text)
{
    struct name name = name_of(text);
    for (unsigned i = 0; i < delegation.server_count; i++)
        if (name_equal(&delegation.servers[i].name, &name))
            return &delegation.servers[i];
    return NULL;
}

static uint64_t seconds_left(struct instant until)
{
    return instant_s_between(now, until);
}

/* ---- from a referral ---- */

START_TEST(a_referral_becomes_a_cut)
{
    char text[ENDPOINT_TEXT];
    say_server(1, 1, 1);
    say(SECTION_AUTHORITY, "sub.zone.test. 3600 IN NS ns.other.example.");
    say(SECTION_AUTHORITY, DS);
    ck_assert_int_eq(delegate(), ST_OK);
    assert_name(&delegation.zone, "sub.zone.test.");
    assert_name(&delegation.parent, "zone.test.");
    ck_assert_uint_eq(delegation.source, FROM_PARENT);
    ck_assert_uint_eq(delegation.server_count, 2);
    assert_name(&delegation.servers[0].name, "ns1.sub.zone.test."); /* glue first */
    ck_assert_uint_eq(delegation.servers[0].address_count, 2);
    ck_assert_str_eq(endpoint_text(&delegation.servers[0].addresses[0], text), "192.0.1.0:53");
    ck_assert_str_eq(endpoint_text(&delegation.servers[0].addresses[1], text), "[2001:db8:1::]:53");
    ck_assert_uint_eq(delegation.servers[1].address_count, 0);
    ck_assert_uint_eq(seconds_left(delegation.servers_until), 3600);
}
END_TEST

START_TEST(names_with_glue_come_first_and_thirteen_are_taken) /* RULINGS A11, LIMITS E2 */
{
    unsigned with_glue = 0;
    for (unsigned n = 0; n < 60; n++)
        say_server(n, n >= 50 ? 1 : 0, 0);
    ck_assert_int_eq(delegate(), ST_OK);
    ck_assert_uint_eq(delegation.server_count, SERVERS_MAX);
    for (unsigned i = 0; i < delegation.server_count; i++) {
        bool glued = delegation.servers[i].address_count > 0;
        ck_assert(glued == (i < 10));
        with_glue += glued;
        for (unsigned other = 0; other < i; other++)
            ck_assert(!name_equal(&delegation.servers[i].name, &delegation.servers[other].name));
    }
    ck_assert_uint_eq(with_glue, 10);
}
END_TEST

START_TEST(the_rest_is_shuffled) /* RULINGS A11: no server of a large set is always left out */
{
    unsigned taken[40] = { 0 };
    for (unsigned n = 0; n < 40; n++)
        say_server(n, 0, 0);
    for (unsigned turn = 0; turn < 400; turn++) {
        ck_assert_int_eq(delegate(), ST_OK);
        for (unsigned i = 0; i < delegation.server_count; i++) {
            const char *label = (const char *)delegation.servers[i].name.octets + 1; /* nsN */
            unsigned long n = strtoul(label + 2, NULL, 10);
            ck_assert_uint_lt(n, 40);
            taken[n]++;
        }
        begin_reply(0);
        asked_for("www.sub.zone.test.", TYPE_A, "zone.test.");
        for (unsigned n = 0; n < 40; n++)
            say_server(n, 0, 0);
    }
    for (unsigned n = 0; n < 40; n++) /* 400 * 13 / 40 = 130 each; 6 deviations are 56 */
        ck_assert_msg(taken[n] > 74 && taken[n] < 186, "server %u: %u times", n, taken[n]);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_order)
{
    struct delegation first;
    for (unsigned n = 0; n < 20; n++)
        say_server(n, n % 2, 0);
    ck_assert_int_eq(delegate(), ST_OK);
    first = delegation;
    prng_seed_number(&prng, 1);
    ck_assert_int_eq(delegate(), ST_OK);
    ck_assert_uint_eq(first.server_count, delegation.server_count);
    for (unsigned i = 0; i < first.server_count; i++)
        ck_assert(name_identical(&first.servers[i].name, &delegation.servers[i].name));
}
END_TEST

START_TEST(six_addresses_a_name_are_taken_of_both_families) /* LIMITS 0.1 */
{
    static const struct {
        unsigned v4, v6, kept_v4, kept_v6;
    } rows[] = {
        { 20, 20, 3, 3 }, { 20, 1, 5, 1 }, { 0, 20, 0, 6 }, { 20, 0, 6, 0 }, { 2, 2, 2, 2 }
    };
    for (unsigned n = 0; n < COUNT(rows); n++)
        say_server(n, rows[n].v4, rows[n].v6);
    ck_assert_int_eq(delegate(), ST_OK);
    for (unsigned n = 0; n < COUNT(rows); n++) {
        char name[60];
        unsigned found[2] = { 0, 0 };
        snprintf(name, sizeof name, "ns%u.sub.zone.test.", n);
        const struct server *server = server_named(name);
        ck_assert_ptr_nonnull(server);
        for (unsigned i = 0; i < server->address_count; i++)
            found[server->addresses[i].family == 6]++;
        ck_assert_uint_eq(found[0], rows[n].kept_v4);
        ck_assert_uint_eq(found[1], rows[n].kept_v6);
    }
}
END_TEST

START_TEST(limits_that_were_lowered_hold)
{
    policy->limits.ns_names = 2;
    policy->limits.ns_addresses = 1;
    for (unsigned n = 0; n < 5; n++)
        say_server(n, 2, 2);
    ck_assert_int_eq(delegate(), ST_OK);
    ck_assert_uint_eq(delegation.server_count, 2);
    ck_assert_uint_eq(delegation.servers[0].address_count, 1);
}
END_TEST

START_TEST(a_family_that_is_off_has_no_glue)
{
    policy->ipv6 = FAMILY_OFF;
    say_server(1, 1, 1);
    say_server(2, 0, 1);
    ck_assert_int_eq(delegate(), ST_OK);
    ck_assert_uint_eq(server_named("ns1.sub.zone.test.")->address_count, 1);
    ck_assert_uint_eq(server_named("ns2.sub.zone.test.")->address_count, 0);
    policy->ipv4 = FAMILY_OFF;
    ck_assert_int_eq(delegate(), ST_OK);
    ck_assert_uint_eq(server_named("ns1.sub.zone.test.")->address_count, 0);
}
END_TEST

START_TEST(servers_are_kept_between_a_minute_and_a_day) /* LIMITS B8 */
{
    static const struct {
        const char *line;
        uint64_t kept_s;
    } rows[] = {
        { "sub.zone.test. 0 IN NS ns.example.", 60 },
        { "sub.zone.test. 61 IN NS ns.example.", 61 },
        { "sub.zone.test. 172800 IN NS ns.example.", 86400 },
        { "sub.zone.test. 4294967295 IN NS ns.example.", 86400 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        begin_reply(0);
        asked_for("www.sub.zone.test.", TYPE_A, "zone.test.");
        say(SECTION_AUTHORITY, rows[i].line);
        ck_assert_int_eq(delegate(), ST_OK);
        ck_assert_uint_eq(seconds_left(delegation.servers_until), rows[i].kept_s);
    }
}
END_TEST

START_TEST(glue_never_outlives_itself_in_a_longer_lease) /* SPEC I16 */
{
    say(SECTION_AUTHORITY, "sub.zone.test. 3600 IN NS ns.sub.zone.test.");
    say(SECTION_ADDITIONAL, "ns.sub.zone.test. 300 IN A 192.0.2.1");
    ck_assert_int_eq(delegate(), ST_OK);
    ck_assert_uint_eq(seconds_left(delegation.servers_until), 300);
}
END_TEST

START_TEST(glue_of_names_that_are_not_used_shortens_nothing)
{
    policy->limits.ns_names = 1;
    policy->ipv6 = FAMILY_OFF;
    say(SECTION_AUTHORITY, "sub.zone.test. 3600 IN NS ns.sub.zone.test.");
    say(SECTION_AUTHORITY, "sub.zone.test. 3600 IN NS ns6.sub.zone.test.");
    say(SECTION_ADDITIONAL, "ns.sub.zone.test. 1800 IN A 192.0.2.1");
    say(SECTION_ADDITIONAL, "ns6.sub.zone.test. 300 IN AAAA 2001:db8::1");
    ck_assert_int_eq(delegate(), ST_OK);
    ck_assert_uint_eq(delegation.server_count, 1);
    ck_assert_uint_eq(seconds_left(delegation.servers_until), 1800);
}
END_TEST

START_TEST(no_usable_name_is_no_delegation)
{
    ck_assert_int_eq(delegate(), ST_MALFORMED); /* no NS at all */

    begin_reply(0);
    asked_for("www.sub.zone.test.", TYPE_A, "zone.test.");
    say(SECTION_AUTHORITY, "sub.zone.test. 3600 IN NS .");
    ck_assert_int_eq(delegate(), ST_MALFORMED);

    begin_reply(0);
    asked_for("www.sub.zone.test.", TYPE_A, "zone.test.");
    say(SECTION_AUTHORITY, "zone.test. 3600 IN NS ns.example."); /* the zone's own: LIMITS B8 */
    ck_assert_int_eq(delegate(), ST_MALFORMED);
}
END_TEST

START_TEST(a_full_arena_is_a_limit)
{
    struct referral_input input = { &reply, &asked, policy, &prng, now };
    enum status status = ST_LIMIT;
    for (unsigned n = 0; n < 13; n++)
        say_server(n, 1, 1);
    ck_assert_int_eq(scrub_referral(), ST_OK);
    for (size_t cap = 16; status == ST_LIMIT; cap += 64) {
        struct arena *small = arena_create(memory.pool, cap);
        ck_assert_ptr_nonnull(small);
        status = delegation_from_referral(&input, small, &delegation);
        ck_assert(status == ST_OK || (status == ST_LIMIT && delegation.server_count == 0));
        arena_destroy(small);
    }
    ck_assert_int_eq(status, ST_OK);
}
END_TEST

/* ---- the DS half (RULINGS A13) ---- */

START_TEST(a_ds_comes_along_unproven_on_its_own_clock)
{
    say_server(1, 1, 0);
    say(SECTION_AUTHORITY, DS);
    say(SECTION_AUTHORITY, "sub.zone.test. 900 IN NSEC t.zone.test. NS DS RRSIG NSEC");
    ck_assert_int_eq(delegate(), ST_OK);
    ck_assert_uint_eq(delegation.ds_state, DS_UNPROVEN);
    ck_assert_uint_eq(delegation.ds_count, 1);
    ck_assert_uint_eq(delegation.ds_sets[0]->type, TYPE_DS);
    ck_assert_uint_eq(seconds_left(delegation.ds_until), 900);
    ck_assert_uint_eq(seconds_left(delegation.servers_until), 3600);
}
END_TEST

START_TEST(denials_of_the_ds_come_along_unproven)
{
    say_server(1, 1, 0);
    for (unsigned i = 0; i < 20; i++) {
        char line[100];
        snprintf(line, sizeof line, "n%u.zone.test. %u IN NSEC t.zone.test. NS", i, 500 + i);
        say(SECTION_AUTHORITY, line);
    }
    ck_assert_int_eq(delegate(), ST_OK);
    ck_assert_uint_eq(delegation.ds_state, DS_UNPROVEN);
    ck_assert_uint_eq(delegation.ds_count, DS_SETS_MAX);
    ck_assert_uint_eq(seconds_left(delegation.ds_until), 500);
}
END_TEST

START_TEST(where_nothing_is_said_of_the_ds_it_is_unknown)
{
    say_server(1, 1, 0);
    ck_assert_int_eq(delegate(), ST_OK);
    ck_assert_uint_eq(delegation.ds_state, DS_UNKNOWN);
    ck_assert_uint_eq(delegation.ds_count, 0);
}
END_TEST

/* ---- without a referral ---- */

START_TEST(a_hidden_cut_has_the_servers_above_it_and_an_unknown_ds) /* RULINGS A1 */
{
    struct name zone = name_of("hidden.sub.zone.test.");
    say_server(1, 1, 0);
    say(SECTION_AUTHORITY, DS);
    ck_assert_int_eq(delegate(), ST_OK);
    struct delegation hidden = delegation_hidden(&delegation, &zone);
    assert_name(&hidden.zone, "hidden.sub.zone.test.");
    assert_name(&hidden.parent, "sub.zone.test.");
    ck_assert_ptr_eq(hidden.servers, delegation.servers);
    ck_assert_uint_eq(hidden.server_count, 1);
    ck_assert_uint_eq(hidden.ds_state, DS_UNKNOWN);
    ck_assert_uint_eq(hidden.ds_count, 0);
    ck_assert_uint_eq(hidden.servers_until.ns, delegation.servers_until.ns);
}
END_TEST

START_TEST(below_the_hints_a_hidden_cut_has_a_lease_like_any_other) /* LIMITS B8 */
{
    struct name arpa = name_of("arpa.");
    ck_assert_int_eq(delegation_from_hints(policy, memory.arena, &delegation), ST_OK);
    ck_assert_uint_eq(delegation_hidden(&delegation, &arpa).source, FROM_PARENT);
    delegation.source = FROM_STUB;
    ck_assert_uint_eq(delegation_hidden(&delegation, &arpa).source, FROM_STUB);
}
END_TEST

START_TEST(the_hints_are_the_root_for_good) /* RFC 9609 */
{
    ck_assert_int_eq(delegation_from_hints(policy, memory.arena, &delegation), ST_OK);
    assert_name(&delegation.zone, ".");
    ck_assert_uint_eq(delegation.parent.len, 0);
    ck_assert_uint_eq(delegation.source, FROM_HINTS);
    ck_assert_uint_eq(delegation.server_count, 13);
    ck_assert_uint_eq(delegation.servers_until.ns, INSTANT_NEVER.ns);
    for (unsigned i = 0; i < delegation.server_count; i++) {
        ck_assert_uint_eq(delegation.servers[i].address_count, 2);
        ck_assert_uint_eq(delegation.servers[i].addresses[0].family, 4);
        ck_assert_uint_eq(delegation.servers[i].addresses[1].port, 53);
    }
}
END_TEST

START_TEST(hints_follow_port_and_families)
{
    policy->hints_port = 5353;
    policy->ipv4 = FAMILY_OFF;
    ck_assert_int_eq(delegation_from_hints(policy, memory.arena, &delegation), ST_OK);
    for (unsigned i = 0; i < delegation.server_count; i++) {
        ck_assert_uint_eq(delegation.servers[i].address_count, 1);
        ck_assert_uint_eq(delegation.servers[i].addresses[0].family, 6);
        ck_assert_uint_eq(delegation.servers[i].addresses[0].port, 5353);
    }
    policy->hint_count = 0;
    ck_assert_int_eq(delegation_from_hints(policy, memory.arena, &delegation), ST_OK);
    ck_assert_uint_eq(delegation.server_count, 0);
}
END_TEST

START_TEST(a_zone_of_the_configuration_is_a_cut_for_good) /* RULINGS A13 */
{
    struct zones_entry entry = { .name = name_of("Lan."), .server_count = ZONES_SERVERS_MAX };

    for (unsigned i = 0; i < entry.server_count; i++)
        entry.servers[i] = endpoint_v4((const uint8_t[4]){ 10, 0, 0, (uint8_t)i }, 5300);
    ck_assert_int_eq(delegation_from_zones(&entry, memory.arena, &delegation), ST_OK);
    assert_name(&delegation.zone, "lan.");
    ck_assert_uint_eq(delegation.source, FROM_FORWARD);
    ck_assert_uint_eq(delegation.ds_state, DS_UNKNOWN);
    ck_assert_uint_eq(delegation.servers_until.ns, INSTANT_NEVER.ns);
    ck_assert_uint_eq(delegation.server_count, 2);
    for (unsigned i = 0; i < entry.server_count; i++)
        ck_assert(endpoint_equal(&delegation.servers[i / 6].addresses[i % 6], &entry.servers[i]));
    entry.kind = ZONES_STUB;
    entry.server_count = 1;
    ck_assert_int_eq(delegation_from_zones(&entry, memory.arena, &delegation), ST_OK);
    ck_assert_uint_eq(delegation.source, FROM_STUB);
    ck_assert_uint_eq(delegation.server_count, 1);
    ck_assert_uint_eq(delegation.servers[0].address_count, 1);
}
END_TEST

START_TEST(who_recurses_refers_nobody) /* LIMITS B6 */
{
    say_server(1, 1, 0);
    asked.of_forwarder = true;
    ck_assert_int_eq(delegate(), ST_MALFORMED);
}
END_TEST

Suite *engine_delegation_suite(void)
{
    Suite *suite = suite_create("engine/delegation");
    TCase *referral = tcase_create("referral");
    tcase_add_checked_fixture(referral, set_up_policy, tear_down_policy);
    tcase_add_test(referral, a_referral_becomes_a_cut);
    tcase_add_test(referral, names_with_glue_come_first_and_thirteen_are_taken);
    tcase_add_test(referral, the_rest_is_shuffled);
    tcase_add_test(referral, the_same_seed_gives_the_same_order);
    tcase_add_test(referral, six_addresses_a_name_are_taken_of_both_families);
    tcase_add_test(referral, limits_that_were_lowered_hold);
    tcase_add_test(referral, a_family_that_is_off_has_no_glue);
    tcase_add_test(referral, servers_are_kept_between_a_minute_and_a_day);
    tcase_add_test(referral, glue_never_outlives_itself_in_a_longer_lease);
    tcase_add_test(referral, glue_of_names_that_are_not_used_shortens_nothing);
    tcase_add_test(referral, no_usable_name_is_no_delegation);
    tcase_add_test(referral, a_full_arena_is_a_limit);
    suite_add_tcase(suite, referral);

    TCase *ds = tcase_create("ds");
    tcase_add_checked_fixture(ds, set_up_policy, tear_down_policy);
    tcase_add_test(ds, a_ds_comes_along_unproven_on_its_own_clock);
    tcase_add_test(ds, denials_of_the_ds_come_along_unproven);
    tcase_add_test(ds, where_nothing_is_said_of_the_ds_it_is_unknown);
    suite_add_tcase(suite, ds);

    TCase *others = tcase_create("hidden and hints");
    tcase_add_checked_fixture(others, set_up_policy, tear_down_policy);
    tcase_add_test(others, a_hidden_cut_has_the_servers_above_it_and_an_unknown_ds);
    tcase_add_test(others, below_the_hints_a_hidden_cut_has_a_lease_like_any_other);
    tcase_add_test(others, the_hints_are_the_root_for_good);
    tcase_add_test(others, hints_follow_port_and_families);
    tcase_add_test(others, a_zone_of_the_configuration_is_a_cut_for_good);
    tcase_add_test(others, who_recurses_refers_nobody);
    suite_add_tcase(suite, others);
    return suite;
}
