#include "lib/dnssec/anchor.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

#define KEY "AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3"

static struct anchor_set *set;
static char why[TEXT_WHY];

static void set_up(void)
{
    set = anchor_set_create();
    ck_assert_ptr_nonnull(set);
}

static void tear_down(void)
{
    anchor_set_destroy(set);
}

static void add(const char *line)
{
    ck_assert_msg(anchor_add_line(set, line, why) == ST_OK, "%s: %s", line, why);
}

static void find(const char *zone, const struct rrset **ds, const struct rrset **keys)
{
    struct name name = name_of(zone);
    anchor_find(set, &name, ds, keys);
}

START_TEST(the_built_in_anchors_are_the_two_root_keys) /* trust-anchors/README.md */
{
    static const uint8_t ksk2017[] = { 0x4F, 0x66, 8, 2, 0xE0, 0x6D, 0x44, 0xB8 };
    static const uint8_t ksk2024[] = { 0x97, 0x28, 8, 2, 0x68, 0x3D, 0x2D, 0x0A };
    const struct rrset *ds, *keys;
    ck_assert(anchor_add_builtin(set) == ST_OK);
    find(".", &ds, &keys);
    ck_assert_ptr_null(keys);
    ck_assert_uint_eq(ds->rr_count, 2);
    ck_assert_mem_eq(rrset_rdata(ds, 0).at, ksk2017, sizeof ksk2017);
    ck_assert_mem_eq(rrset_rdata(ds, 1).at, ksk2024, sizeof ksk2024);
    ck_assert_uint_eq(ds->type, TYPE_DS);
    ck_assert_uint_eq(ds->security, SEC_SECURE);
}
END_TEST

START_TEST(anchors_are_gathered_by_zone_and_kind)
{
    const struct rrset *ds, *keys;
    add("Corp.Example. IN DS 1 8 2 00");
    add("corp.example. IN DNSKEY 257 3 8 " KEY);
    add("CORP.example. IN DS 2 8 2 01");
    add("other. 300 IN DS 3 13 2 02");
    find("corp.EXAMPLE.", &ds, &keys);
    ck_assert_uint_eq(ds->rr_count, 2);
    ck_assert_uint_eq(keys->rr_count, 1);
    find("other.", &ds, &keys);
    ck_assert_uint_eq(ds->rr_count, 1);
    ck_assert_ptr_null(keys);
    find("example.", &ds, &keys);
    ck_assert(ds == NULL && keys == NULL);
}
END_TEST

static const struct {
    const char *name, *zone;
} closest[] = {
    { "www.a.example.", "a.example." },
    { "a.example.", "a.example." },
    { "b.example.", "." },
    { ".", "." },
    { "WWW.A.EXAMPLE.", "a.example." },
};

START_TEST(the_deepest_anchor_covers) /* SPEC A7 */
{
    struct name name = name_of(closest[_i].name), expected = name_of(closest[_i].zone), zone;
    add("a.example. IN DS 1 8 2 00");
    add(". IN DS 1 8 2 00");
    add("x.a.example. IN DS 1 8 2 00");
    ck_assert(anchor_closest(set, &name, &zone));
    ck_assert_msg(name_equal(&zone, &expected), "%s", closest[_i].name);
}
END_TEST

START_TEST(without_an_anchor_above_nothing_covers)
{
    struct name name = name_of("www.example."), zone;
    ck_assert(!anchor_closest(set, &name, &zone));
    add("example.net. IN DS 1 8 2 00");
    ck_assert(!anchor_closest(set, &name, &zone));
}
END_TEST

static const struct {
    const char *line, *why;
} refused[] = {
    { "example. IN A 192.0.2.1", "a trust anchor is a DS or a DNSKEY record" },
    { "example. CH DS 1 8 2 00", "a trust anchor is of class IN" },
    { "example. IN DNSKEY 385 3 8 " KEY, "a DNSKEY that is revoked" },
    { "example. IN DNSKEY 0 3 8 " KEY,
      "a DNSKEY that is no zone key (flags 256 or 257, protocol 3)" },
    { "example. IN DNSKEY 257 4 8 " KEY,
      "a DNSKEY that is no zone key (flags 256 or 257, protocol 3)" },
};

START_TEST(what_can_prove_nothing_is_refused_with_a_sentence)
{
    const struct rrset *ds, *keys;
    ck_assert(anchor_add_line(set, refused[_i].line, why) == ST_MALFORMED);
    ck_assert_str_eq(why, refused[_i].why);
    find("example.", &ds, &keys);
    ck_assert(ds == NULL && keys == NULL);
}
END_TEST

START_TEST(what_is_no_record_is_refused_with_a_sentence)
{
    static const char *const lines[] = { "", "example.", "example. IN DS", "example. IN DS x y z",
                                         "example. IN DNSKEY 257 3 8 !" };
    why[0] = '\0';
    ck_assert(anchor_add_line(set, lines[_i], why) == ST_MALFORMED);
    ck_assert_msg(why[0] != '\0', "%s", lines[_i]);
}
END_TEST

START_TEST(there_is_room_for_256_lines) /* ANCHORS_MAX */
{
    char line[64];
    const struct rrset *ds, *keys;
    for (unsigned i = 0; i < ANCHORS_MAX; i++) {
        if (i < ANCHORS_MAX / 2)
            snprintf(line, sizeof line, "example. IN DS %u 8 2 00", i);
        else
            snprintf(line, sizeof line, "z%u. IN DS 1 8 2 00", i);
        add(line);
    }
    ck_assert(anchor_add_line(set, "last. IN DS 1 8 2 00", why) == ST_LIMIT);
    ck_assert_str_eq(why, "too many trust anchors");
    find("example.", &ds, &keys);
    ck_assert_uint_eq(ds->rr_count, ANCHORS_MAX / 2);
    find("z255.", &ds, &keys);
    ck_assert_ptr_nonnull(ds);
}
END_TEST

/* ---- files ---- */

static enum status add_text_file(const char *text)
{
    char path[] = "/tmp/catena-test-XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    enum status status = anchor_add_file(set, path, why);
    remove(path);
    return status;
}

START_TEST(a_file_gives_all_its_anchors) /* as dns-root-data's root.key */
{
    const struct rrset *ds, *keys;
    ck_assert_msg(add_text_file("; a comment\n\n. 172800 IN DNSKEY 257 3 8 " KEY " ; more\n"
                                ".\tIN DS 20326 8 2 (\n  00 )\n") == ST_OK,
                  "%s", why);
    find(".", &ds, &keys);
    ck_assert(ds != NULL && keys != NULL);
}
END_TEST

START_TEST(the_projects_own_file_is_one)
{
    const struct rrset *ds, *keys;
    ck_assert_msg(anchor_add_file(set, "trust-anchors/root.ds", why) == ST_OK, "%s", why);
    find(".", &ds, &keys);
    ck_assert_uint_eq(ds->rr_count, 2);
}
END_TEST

START_TEST(a_file_that_is_none_is_refused)
{
    ck_assert(add_text_file("; nothing here\n") == ST_MALFORMED);
    ck_assert_str_eq(why, "no trust anchor in the file");
    ck_assert(add_text_file(". IN DS 1 8 2 00\n. IN A 192.0.2.1\n") == ST_MALFORMED);
    ck_assert_str_eq(why, "a trust anchor is a DS or a DNSKEY record");
    ck_assert(anchor_add_file(set, "/nonexistent/anchors", why) == ST_IO);
}
END_TEST

START_TEST(every_failure_of_memory_leaves_a_sound_set)
{
    const struct rrset *ds, *keys;
    bool struck = true;
    add(". IN DS 1 8 2 00");
    for (uint64_t n = 0; struck; n++) {
        ck_assert_uint_lt(n, 100);
        memory_fail_after(n);
        enum status status = anchor_add_line(set, ". IN DS 2 8 2 00", why);
        struck = memory_fail_stop();
        ck_assert((status == ST_OK) == !struck);
        find(".", &ds, &keys);
        ck_assert_uint_eq(ds->rr_count, struck ? 1 : 2);
    }
}
END_TEST

Suite *dnssec_anchor_suite(void)
{
    Suite *suite = suite_create("dnssec/anchor");
    TCase *tcase = tcase_create("anchor");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_built_in_anchors_are_the_two_root_keys);
    tcase_add_test(tcase, anchors_are_gathered_by_zone_and_kind);
    tcase_add_loop_test(tcase, the_deepest_anchor_covers, 0, ROWS(closest));
    tcase_add_test(tcase, without_an_anchor_above_nothing_covers);
    tcase_add_loop_test(tcase, what_can_prove_nothing_is_refused_with_a_sentence, 0, ROWS(refused));
    tcase_add_loop_test(tcase, what_is_no_record_is_refused_with_a_sentence, 0, 5);
    tcase_add_test(tcase, there_is_room_for_256_lines);
    tcase_add_test(tcase, a_file_gives_all_its_anchors);
    tcase_add_test(tcase, the_projects_own_file_is_one);
    tcase_add_test(tcase, a_file_that_is_none_is_refused);
    tcase_add_test(tcase, every_failure_of_memory_leaves_a_sound_set);
    suite_add_tcase(suite, tcase);
    return suite;
}
