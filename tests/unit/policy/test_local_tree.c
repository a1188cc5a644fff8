#include "lib/policy/local_tree.h"

#include <stdio.h>

#include "lib/base/limits.h"
#include "lib/base/memory.h"
#include "lib/wire/text.h"
#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

static struct memory_fixture memory;
static struct local_tree *tree;

static void set_up(void)
{
    memory = memory_fixture_up(8 << 20);
    tree = local_tree_create();
    ck_assert_ptr_nonnull(tree);
}

static void tear_down(void)
{
    local_tree_destroy(tree);
    memory_fixture_down(memory);
}

static const struct rrset *set_of(const char *line)
{
    struct text_record record;
    struct rrset *set;
    char why[TEXT_WHY];

    ck_assert_int_eq(text_read_record(line, memory.arena, &record, why), ST_OK);
    struct rrset_parts parts = { .owner = &record.owner,
                                 .type = record.type,
                                 .ttl = record.ttl,
                                 .rdatas = &record.rdata,
                                 .rr_count = 1 };
    ck_assert_int_eq(rrset_pack(&parts, memory.arena, &set), ST_OK);
    return set;
}

static enum status put(enum local_source source, const char *line)
{
    return local_tree_put_record(tree, source, set_of(line), memory.arena);
}

static void zone(enum local_source source, const char *text, enum local_kind kind)
{
    struct name name = name_of(text);
    struct local_zone made = { .source = (uint8_t)source, .kind = (uint8_t)kind };
    ck_assert_int_eq(local_tree_put_zone(tree, &name, &made), ST_OK);
}

static const char *deepest(const char *text)
{
    static char found[NAME_TEXT];
    struct name name = name_of(text);
    struct name at = local_node_name(local_tree_deepest(tree, &name));
    return name_text(&at, found, sizeof found);
}

static const struct local_node *node_of(const char *text)
{
    struct name name = name_of(text);
    return local_tree_deepest(tree, &name);
}

static unsigned count_nodes(const struct local_tree *of)
{
    unsigned count = 0;
    for (const struct local_node *at = NULL; (at = local_tree_each(of, at));)
        count++;
    return count;
}

START_TEST(the_deepest_name_is_found_whatever_its_case)
{
    ck_assert_str_eq(deepest("www.example."), ".");
    zone(LOCAL_WRITTEN, "Lab.Example.", LOCAL_STATIC);
    ck_assert_str_eq(deepest("www.example."), "example.");
    ck_assert_str_eq(deepest("WWW.LAB.EXAMPLE."), "lab.example.");
    ck_assert_str_eq(deepest("lab.example."), "lab.example.");
    ck_assert_str_eq(deepest("xlab.example."), "example.");
    ck_assert_str_eq(deepest("lab.example.net."), ".");
}
END_TEST

START_TEST(a_name_of_127_labels_is_found)
{
    char text[2 * NAME_LABELS_MAX + 1];

    for (unsigned i = 0; i < NAME_LABELS_MAX; i++)
        memcpy(text + (size_t)(2 * i), "a.", 3);
    zone(LOCAL_WRITTEN, text, LOCAL_STATIC);
    ck_assert_uint_eq(node_of(text)->labels, NAME_LABELS_MAX);
    ck_assert_uint_eq(node_of(text + 2)->labels, NAME_LABELS_MAX - 1);
}
END_TEST

START_TEST(the_later_source_counts_until_it_is_cleared)
{
    zone(LOCAL_SPECIAL, "home.arpa.", LOCAL_STATIC);
    zone(LOCAL_WRITTEN, "home.arpa.", LOCAL_NODATA);
    ck_assert_int_eq(put(LOCAL_SPECIAL, "home.arpa. A 192.0.2.1"), ST_OK);
    ck_assert_int_eq(put(LOCAL_WRITTEN, "home.arpa. A 192.0.2.2"), ST_OK);
    ck_assert_int_eq(put(LOCAL_WRITTEN, "home.arpa. A 192.0.2.3"), ST_OK);
    const struct local_node *node = node_of("home.arpa.");
    ck_assert_int_eq(local_node_zone(node)->kind, LOCAL_NODATA);
    ck_assert_uint_eq(local_node_set(node, TYPE_A)->set->rr_count, 2);
    local_tree_clear(tree, LOCAL_WRITTEN);
    ck_assert_int_eq(local_node_zone(node)->kind, LOCAL_STATIC);
    ck_assert_uint_eq(local_node_set(node, TYPE_A)->set->rr_count, 1);
    ck_assert_ptr_null(local_node_set(node, TYPE_AAAA));
}
END_TEST

START_TEST(names_go_with_what_they_hold)
{
    zone(LOCAL_SPECIAL, "b.example.", LOCAL_STATIC);
    ck_assert_int_eq(put(LOCAL_WRITTEN, "x.y.b.example. A 192.0.2.1"), ST_OK);
    ck_assert_int_eq(put(LOCAL_WRITTEN, "x.y.c.example. A 192.0.2.1"), ST_OK);
    ck_assert_uint_eq(count_nodes(tree), 8);
    local_tree_clear(tree, LOCAL_WRITTEN);
    ck_assert_uint_eq(count_nodes(tree), 3);
    ck_assert_str_eq(deepest("x.y.b.example."), "b.example.");
    local_tree_clear(tree, LOCAL_SPECIAL);
    ck_assert_uint_eq(count_nodes(tree), 1);
}
END_TEST

START_TEST(a_cname_stands_alone_and_a_zone_is_there_once) /* RFC 1034 §3.6.2 */
{
    struct name name = name_of("example.");
    struct local_zone again = { .source = LOCAL_WRITTEN };

    ck_assert_int_eq(put(LOCAL_WRITTEN, "a.example. CNAME b.example."), ST_OK);
    ck_assert_int_eq(put(LOCAL_WRITTEN, "a.example. CNAME c.example."), ST_MALFORMED);
    ck_assert_int_eq(put(LOCAL_WRITTEN, "a.example. A 192.0.2.1"), ST_MALFORMED);
    ck_assert_int_eq(put(LOCAL_WRITTEN, "b.example. A 192.0.2.1"), ST_OK);
    ck_assert_int_eq(put(LOCAL_WRITTEN, "b.example. CNAME c.example."), ST_MALFORMED);
    zone(LOCAL_WRITTEN, "example.", LOCAL_STATIC);
    ck_assert_int_eq(local_tree_put_zone(tree, &name, &again), ST_MALFORMED);
}
END_TEST

START_TEST(a_set_has_so_many_records_at_most)
{
    char line[64];

    for (unsigned i = 0; i < RRS_PER_RRSET_MAX; i++) {
        snprintf(line, sizeof line, "a.example. A 192.0.2.%u", i);
        ck_assert_int_eq(put(LOCAL_WRITTEN, line), ST_OK);
        arena_reset(memory.arena);
    }
    ck_assert_int_eq(put(LOCAL_WRITTEN, "a.example. A 192.0.3.1"), ST_LIMIT);
}
END_TEST

START_TEST(a_copy_says_the_same_and_is_its_own)
{
    zone(LOCAL_SPECIAL, "example.", LOCAL_REDIRECT);
    ck_assert_int_eq(put(LOCAL_SPECIAL, "a.example. A 192.0.2.1"), ST_OK);
    ck_assert_int_eq(put(LOCAL_WRITTEN, "a.example. AAAA 2001:db8::1"), ST_OK);
    struct local_tree *copy = local_tree_copy(tree), *first = tree;
    ck_assert_ptr_nonnull(copy);
    local_tree_destroy(first);
    tree = copy;
    ck_assert_uint_eq(count_nodes(tree), 3);
    ck_assert_int_eq(local_node_zone(node_of("example."))->kind, LOCAL_REDIRECT);
    ck_assert_ptr_nonnull(local_node_set(node_of("a.example."), TYPE_A));
    ck_assert_ptr_nonnull(local_node_set(node_of("a.example."), TYPE_AAAA));
}
END_TEST

static enum status fill(const struct rrset *set)
{
    struct name name = name_of("a.b.example.");
    struct local_zone made = { .source = LOCAL_WRITTEN };

    TRY(local_tree_put_zone(tree, &name, &made));
    return local_tree_put_record(tree, LOCAL_WRITTEN, set, memory.arena);
}

START_TEST(without_memory_the_tree_stays_sound) /* LIMITS G5 */
{
    const struct rrset *set = set_of("x.example. A 192.0.2.1");
    bool struck = true;

    for (uint64_t succeed = 0; struck; succeed++) {
        memory_fail_after(succeed);
        enum status status = fill(set);
        struct local_tree *copy = status == ST_OK ? local_tree_copy(tree) : NULL;
        struck = memory_fail_stop();
        ck_assert(struck || (status == ST_OK && copy));
        local_tree_destroy(copy);
        local_tree_clear(tree, LOCAL_WRITTEN);
        ck_assert_uint_eq(count_nodes(tree), 1);
    }
}
END_TEST

Suite *policy_local_tree_suite(void)
{
    Suite *suite = suite_create("policy/local_tree");
    TCase *tcase = tcase_create("local_tree");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_deepest_name_is_found_whatever_its_case);
    tcase_add_test(tcase, a_name_of_127_labels_is_found);
    tcase_add_test(tcase, the_later_source_counts_until_it_is_cleared);
    tcase_add_test(tcase, names_go_with_what_they_hold);
    tcase_add_test(tcase, a_cname_stands_alone_and_a_zone_is_there_once);
    tcase_add_test(tcase, a_set_has_so_many_records_at_most);
    tcase_add_test(tcase, a_copy_says_the_same_and_is_its_own);
    tcase_add_test(tcase, without_memory_the_tree_stays_sound);
    suite_add_tcase(suite, tcase);
    return suite;
}
