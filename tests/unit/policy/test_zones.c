#include <check.h>
#include <stdio.h>

#include "lib/policy/policy.h"
#include "tests/unit/wire/wire_test.h"

static struct zones zones;

static enum status add(const char *name, enum zones_kind kind)
{
    struct zones_entry entry = { .name = name_of(name),
                                 .kind = kind,
                                 .servers = { endpoint_of("10.0.0.1") },
                                 .server_count = 1 };
    return zones_add(&zones, &entry);
}

static void tear_down(void)
{
    zones_clear(&zones);
}

static const char *way(const char *text, const struct name *around)
{
    static char found[NAME_TEXT];
    struct name name = name_of(text);
    const struct zones_entry *entry = zones_route(&zones, &name, around);
    return entry ? name_text(&entry->name, found, sizeof found) : "none";
}

START_TEST(the_deepest_zone_at_or_above_a_name_counts) /* SPEC L6 */
{
    ck_assert_str_eq(way("www.lan", NULL), "none");
    ck_assert_int_eq(add("lan", ZONES_STUB), ST_OK);
    ck_assert_int_eq(add("lab.lan", ZONES_FORWARD), ST_OK);
    ck_assert_str_eq(way("www.LAB.lan", NULL), "lab.lan.");
    ck_assert_str_eq(way("lab.lan", NULL), "lab.lan.");
    ck_assert_str_eq(way("www.lan", NULL), "lan.");
    ck_assert_str_eq(way("wlan", NULL), "none");
    ck_assert_str_eq(way("example", NULL), "none");
    ck_assert_int_eq(add(".", ZONES_FORWARD), ST_OK);
    ck_assert_str_eq(way("example", NULL), ".");
}
END_TEST

START_TEST(what_failed_is_passed_by_with_all_below_it) /* SPEC U1: order first */
{
    ck_assert_int_eq(add(".", ZONES_FORWARD), ST_OK);
    ck_assert_int_eq(add("lan", ZONES_STUB), ST_OK);
    ck_assert_int_eq(add("lab.lan", ZONES_FORWARD), ST_OK);
    ck_assert_str_eq(way("www.lab.lan", &zones.list[2].name), "lan.");
    ck_assert_str_eq(way("www.lab.lan", &zones.list[1].name), ".");
    ck_assert_str_eq(way("www.lab.lan", &zones.list[0].name), "none");
    ck_assert_str_eq(way("www.example", &zones.list[2].name), ".");
}
END_TEST

START_TEST(a_zone_is_there_once_and_room_is_bounded)
{
    char name[16];

    ck_assert_int_eq(add("z0", ZONES_STUB), ST_OK);
    ck_assert_int_eq(add("Z0.", ZONES_FORWARD), ST_MALFORMED);
    for (unsigned i = 1; i < ZONES_ENTRIES_MAX; i++) {
        snprintf(name, sizeof name, "z%u", i);
        ck_assert_int_eq(add(name, ZONES_STUB), ST_OK);
    }
    ck_assert_int_eq(add("other", ZONES_STUB), ST_LIMIT);
    ck_assert_uint_eq(zones.count, ZONES_ENTRIES_MAX);
}
END_TEST

START_TEST(an_address_is_listed_for_its_own_zone) /* RULINGS A25 */
{
    struct name below = name_of("a.b.lan"), beside = name_of("lab.lan"), other = name_of("example");
    struct endpoint here = endpoint_of("10.0.0.1"), port = endpoint_of("10.0.0.1:5300");

    ck_assert_int_eq(add("lan", ZONES_STUB), ST_OK);
    ck_assert(zones_lists(&zones, &below, &here));
    ck_assert(zones_lists(&zones, &beside, &here));
    ck_assert(!zones_lists(&zones, &below, &port));
    ck_assert(!zones_lists(&zones, &other, &here));
    ck_assert_int_eq(add("lab.lan", ZONES_STUB), ST_OK);
    zones.list[1].servers[0] = port;
    ck_assert(!zones_lists(&zones, &beside, &here));
}
END_TEST

START_TEST(what_is_written_insecure_is_so_but_below_an_anchor) /* RULINGS A25, SPEC A7 */
{
    struct policy *policy = policy_create();
    struct name below = name_of("www.lan"), deep = name_of("www.island.lan"), other = name_of("a");
    struct zones_entry entry = { .name = name_of("lan"), .dnssec = ZONES_INSECURE };
    char why[TEXT_WHY];
    const char *line = "island.lan. IN DS 20326 8 2 "
                       "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D";

    ck_assert_ptr_nonnull(policy);
    ck_assert_int_eq(zones_add(&policy->zones, &entry), ST_OK);
    ck_assert(policy_is_written_insecure(policy, &below));
    ck_assert(policy_is_written_insecure(policy, &deep));
    ck_assert(!policy_is_written_insecure(policy, &other));
    ck_assert_int_eq(anchor_add_line(policy->anchors, line, why), ST_OK);
    ck_assert(policy_is_written_insecure(policy, &below));
    ck_assert(!policy_is_written_insecure(policy, &deep));
    policy->zones.list[0].dnssec = ZONES_AUTO;
    ck_assert(!policy_is_written_insecure(policy, &below));
    policy_destroy(policy);
}
END_TEST

Suite *policy_zones_suite(void)
{
    Suite *suite = suite_create("policy/zones");
    TCase *tcase = tcase_create("zones");

    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, the_deepest_zone_at_or_above_a_name_counts);
    tcase_add_test(tcase, what_failed_is_passed_by_with_all_below_it);
    tcase_add_test(tcase, a_zone_is_there_once_and_room_is_bounded);
    tcase_add_test(tcase, an_address_is_listed_for_its_own_zone);
    tcase_add_test(tcase, what_is_written_insecure_is_so_but_below_an_anchor);
    suite_add_tcase(suite, tcase);
    return suite;
}
