#include "lib/dnssec/key_tags.h"

#include <stdio.h>

#include "lib/dnssec/rfc5011.h"
#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

static struct anchor_set *anchors;

static void set_up(void)
{
    anchors = anchor_set_create();
    ck_assert_ptr_nonnull(anchors);
    ck_assert_int_eq(anchor_add_builtin(anchors), ST_OK);
}

static void tear_down(void)
{
    anchor_set_destroy(anchors);
}

static void add(const char *line)
{
    char why[TEXT_WHY];
    ck_assert_msg(anchor_add_line(anchors, line, why) == ST_OK, "%s", why);
}

static void told(const char *zone, const char *expected)
{
    struct name name = name_of(zone), found;
    ck_assert(key_tags_name(anchors, &name, &found) == (expected != NULL));
    if (expected)
        assert_name(&found, expected);
}

START_TEST(the_tags_stand_in_the_name_rising_in_hex) /* RFC 8145 §5.1 */
{
    told(".", "_ta-4f66-9728."); /* 20326, 38696 */
    add(". IN DS 1 8 2 01");
    add(". IN DS 38696 8 4 01"); /* another digest of the same key */
    told(".", "_ta-0001-4f66-9728.");
}
END_TEST

START_TEST(another_zone_is_told_below_its_apex)
{
    add("corp.example. IN DNSKEY 257 3 13 AAECAw==");
    struct name zone = name_of("corp.example.");
    uint16_t tags[KEY_TAGS_MAX];
    char expected[64];
    ck_assert_uint_eq(key_tags(anchors, &zone, tags), 1);
    snprintf(expected, sizeof expected, "_ta-%04x.corp.example.", tags[0]);
    told("corp.example.", expected);
    told("example.", NULL);
}
END_TEST

START_TEST(no_more_tags_are_told_than_a_label_holds)
{
    char line[64];
    for (unsigned i = 1; i < 100; i++) {
        snprintf(line, sizeof line, ". IN DS %u 8 2 01", i);
        add(line);
    }
    struct name found;
    uint16_t tags[KEY_TAGS_MAX];
    ck_assert_uint_eq(key_tags(anchors, &name_root, tags), KEY_TAGS_MAX);
    ck_assert(key_tags_name(anchors, &name_root, &found));
    ck_assert_uint_eq(found.octets[0], 3 + 5 * KEY_TAGS_TOLD);
}
END_TEST

START_TEST(the_anchor_that_nobody_has_is_not_told)
{
    anchor_set_destroy(anchors);
    anchors = anchor_set_create();
    ck_assert_int_eq(anchor_add(anchors, &name_root, TYPE_DS, rfc5011_nobody()), ST_OK);
    told(".", NULL);
}
END_TEST

/* RFC 8509 §3.3: what a resolver does that trusts 20326 and 38696. */
static const struct {
    const char *name;
    uint16_t type;
    bool denied;
} sentinels[] = {
    { "root-key-sentinel-is-ta-20326.example.", TYPE_A, false },
    { "root-key-sentinel-is-ta-38696.example.", TYPE_AAAA, false },
    { "root-key-sentinel-is-ta-19036.example.", TYPE_A, true },
    { "root-key-sentinel-is-ta-19036.example.", TYPE_AAAA, true },
    { "Root-Key-SENTINEL-is-TA-19036.example.", TYPE_A, true },
    { "root-key-sentinel-not-ta-20326.example.", TYPE_A, true },
    { "root-key-sentinel-not-ta-19036.example.", TYPE_A, false },
    { "root-key-sentinel-is-ta-19036.example.", TYPE_TXT, false },
    { "root-key-sentinel-is-ta-1903.example.", TYPE_A, false },
    { "root-key-sentinel-is-ta-019036.example.", TYPE_A, false },
    { "root-key-sentinel-is-ta-1903x.example.", TYPE_A, false },
    { "root-key-sentinel-is-ta-99999.example.", TYPE_A, false },
    { "xoot-key-sentinel-is-ta-19036.example.", TYPE_A, false },
    { "www.root-key-sentinel-is-ta-19036.example.", TYPE_A, false },
    { ".", TYPE_A, false },
};

START_TEST(a_sentinel_is_answered_by_the_anchors_of_the_root)
{
    struct name name = name_of(sentinels[_i].name);
    ck_assert(key_tags_deny(anchors, &name, sentinels[_i].type) == sentinels[_i].denied);
}
END_TEST

Suite *dnssec_key_tags_suite(void)
{
    Suite *suite = suite_create("dnssec/key_tags");
    TCase *tcase = tcase_create("tags");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_tags_stand_in_the_name_rising_in_hex);
    tcase_add_test(tcase, another_zone_is_told_below_its_apex);
    tcase_add_test(tcase, no_more_tags_are_told_than_a_label_holds);
    tcase_add_test(tcase, the_anchor_that_nobody_has_is_not_told);
    tcase_add_loop_test(tcase, a_sentinel_is_answered_by_the_anchors_of_the_root, 0,
                        sizeof sentinels / sizeof *sentinels);
    suite_add_tcase(suite, tcase);
    return suite;
}
