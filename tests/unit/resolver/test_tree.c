#include "resolver/config/tree.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "tests/unit/wire/wire_test.h"

static struct memory_fixture memory;
static char why[CONFIG_WHY];
static struct node *root;

static void set_up(void)
{
    memory = memory_fixture_up((size_t)8 << 20);
    why[0] = '\0';
    root = NULL;
}

static void tear_down(void)
{
    memory_fixture_down(memory);
}

static enum status read_octets(const char *octets, size_t len)
{
    return tree_read((struct bytes){ (const uint8_t *)octets, len }, "here", memory.arena, &root,
                     why);
}

static enum status read_text(const char *text)
{
    return read_octets(text, strlen(text));
}

/* ---- what is read ---- */

START_TEST(scalars_lists_and_mappings_become_a_tree)
{
    ck_assert_int_eq(read_text("a: 1\nb: [x, 'y z']\nc:\n  d: \"e\"\n"), ST_OK);
    ck_assert_int_eq(root->kind, NODE_MAPPING);
    const struct node *a = root->first, *b = a->next, *c = b->next;
    ck_assert_ptr_null(c->next);
    ck_assert_str_eq(a->key, "a");
    ck_assert_str_eq(a->text, "1");
    ck_assert_int_eq(b->kind, NODE_SEQUENCE);
    ck_assert_str_eq(b->first->text, "x");
    ck_assert_str_eq(b->first->next->text, "y z");
    ck_assert_ptr_null(b->first->next->next);
    ck_assert_ptr_null(b->first->key);
    ck_assert_int_eq(c->kind, NODE_MAPPING);
    ck_assert_str_eq(c->first->key, "d");
    ck_assert_str_eq(c->first->text, "e");
}
END_TEST

START_TEST(every_node_knows_where_it_stands)
{
    ck_assert_int_eq(read_text("# first\nalpha:   1\nbeta:\n  - x\n  - yy: 2\n"), ST_OK);
    const struct node *alpha = root->first, *beta = alpha->next;
    ck_assert_uint_eq(alpha->key_line, 2);
    ck_assert_uint_eq(alpha->key_column, 1);
    ck_assert_uint_eq(alpha->line, 2);
    ck_assert_uint_eq(alpha->column, 10);
    const struct node *second = beta->first->next;
    ck_assert_uint_eq(second->line, 5);
    ck_assert_uint_eq(second->column, 5);
    ck_assert_uint_eq(second->first->key_column, 5);
    ck_assert_uint_eq(second->first->column, 9);
}
END_TEST

static const char *const empty_texts[] = { "", "\n", "# nothing\n", "   \n\n# x" };

START_TEST(an_empty_text_is_an_empty_scalar)
{
    ck_assert_int_eq(read_text(empty_texts[_i]), ST_OK);
    ck_assert_int_eq(root->kind, NODE_SCALAR);
    ck_assert_str_eq(root->text, "");
}
END_TEST

START_TEST(an_empty_value_is_an_empty_scalar)
{
    ck_assert_int_eq(read_text("a:\nb: ''\n"), ST_OK);
    ck_assert_str_eq(root->first->text, "");
    ck_assert_str_eq(root->first->next->text, "");
}
END_TEST

/* ---- what is refused: status, and what the sentence holds ---- */

static const struct {
    const char *text;
    enum status status;
    const char *says;
} refused[] = {
    { "a: &x 1\n", ST_MALFORMED, "here:1:4: YAML anchors" },
    { "a: &x [1]\n", ST_MALFORMED, "here:1:4: YAML anchors" },
    { "a: &x {b: 1}\n", ST_MALFORMED, "here:1:4: YAML anchors" },
    { "&x a: 1\n", ST_MALFORMED, "here:1:1: YAML anchors" },
    { "a: 1\nb: *a\n", ST_MALFORMED, "here:2:4: YAML aliases" },
    { "*a : 1\n", ST_MALFORMED, "here:1:1: YAML aliases" },
    { "a: !!int 1\n", ST_MALFORMED, "here:1:4: YAML tags" },
    { "a: !x [1]\n", ST_MALFORMED, "here:1:4: YAML tags" },
    { "a: !x {b: 1}\n", ST_MALFORMED, "here:1:4: YAML tags" },
    { "!x a: 1\n", ST_MALFORMED, "here:1:1: YAML tags" },
    { "a: 1\n---\nb: 2\n", ST_MALFORMED, "here:2:1: a second document" },
    { "---\n---\nb: 2\n", ST_MALFORMED, "here:2:1: a second document" },
    { "a: 1\nb: 2\na: 3\n", ST_MALFORMED,
      "here:3:1: the key \"a\" stands here a second time, after line 1" },
    { "s:\n  a: 1\n  'a': 2\n", ST_MALFORMED, "here:3:3: the key \"a\"" },
    { "? [a]\n: 1\n", ST_MALFORMED, "here:1:3: a key is a plain word" },
    { "{a: 1}: 2\n", ST_MALFORMED, "here:1:1: a key is a plain word" },
    { "a: \"b\\0c\"\n", ST_MALFORMED, "here:1:4: a NUL character" },
    { "\"a\\0\": 1\n", ST_MALFORMED, "here:1:1: a NUL character" },
    { "a: [1\n", ST_MALFORMED, "here:2:1: not YAML: " },
    { "a: b: c\n", ST_MALFORMED, "here:1:5: not YAML: " },
    { "a: 'b\n", ST_MALFORMED, "not YAML: " },
    { "\ta: 1\n", ST_MALFORMED, "here:1:1: not YAML: " },
    { "a: 1\nb: \"\x1b[31m\"\n", ST_MALFORMED, "here:2:5: not YAML: " },
    { "a: 1\nb: \xff\xfe\n", ST_MALFORMED, "here:2:4: not YAML: " },
};

START_TEST(what_is_no_plain_tree_is_refused_where_it_stands) /* RULINGS B25 */
{
    ck_assert_int_eq(read_text(refused[_i].text), refused[_i].status);
    ck_assert_msg(strstr(why, refused[_i].says) != NULL, "%s: said %s", refused[_i].text, why);
    ck_assert_ptr_null(root);
}
END_TEST

START_TEST(a_key_may_stand_again_in_another_mapping)
{
    ck_assert_int_eq(read_text("a: {x: 1}\nb: {x: 1}\n"), ST_OK);
}
END_TEST

START_TEST(a_nul_octet_is_no_text)
{
    ck_assert_int_eq(read_octets("a: 1\nb: \0\n", 10), ST_MALFORMED);
    ck_assert_msg(strncmp(why, "here:2:4: not YAML: ", 20) == 0, "said %s", why);
}
END_TEST

START_TEST(control_characters_do_not_reach_the_terminal)
{
    ck_assert_int_eq(read_text("\"a\\e[31m\": 1\n\"a\\e[31m\": 2\n"), ST_MALFORMED);
    ck_assert_ptr_null(strchr(why, '\x1b'));
    ck_assert_ptr_nonnull(strstr(why, "\"a?[31m\""));
}
END_TEST

/* ---- bounds: RULINGS B25 ---- */

/* `count` times `part`, with a beginning and an end. */
static char *repeated(const char *begin, const char *part, size_t count, const char *end)
{
    size_t part_len = strlen(part), at = strlen(begin);
    char *text = memory_new(at + count * part_len + strlen(end) + 1);

    ck_assert_ptr_nonnull(text);
    memcpy(text, begin, at);
    for (size_t i = 0; i < count; i++, at += part_len)
        memcpy(text + at, part, part_len);
    memcpy(text + at, end, strlen(end) + 1);
    return text;
}

START_TEST(eight_levels_are_read_and_nine_are_not)
{
    ck_assert_int_eq(read_text("[[[[[[[[x]]]]]]]]"), ST_OK);
    ck_assert_int_eq(read_text("[[[[[[[[[x]]]]]]]]]"), ST_LIMIT);
    ck_assert_str_eq(why, "here:1:9: nested deeper than 8 levels");
    ck_assert_int_eq(read_text("{a: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}}"), ST_OK);
    ck_assert_int_eq(read_text("{a: {a: {a: {a: {a: {a: {a: {a: {}}}}}}}}}"), ST_LIMIT);
}
END_TEST

START_TEST(twenty_thousand_events_are_read_and_no_more)
{
    /* two events each for stream, document and list */
    char *most = repeated("[", "x,", TREE_EVENTS_MAX - 6, "]");
    char *more = repeated("[", "x,", TREE_EVENTS_MAX - 5, "]");
    ck_assert_int_eq(read_text(most), ST_OK);
    ck_assert_int_eq(read_text(more), ST_LIMIT);
    ck_assert_ptr_nonnull(strstr(why, "more than 20,000 parts"));
    memory_free(most);
    memory_free(more);
}
END_TEST

START_TEST(one_mebibyte_is_read_and_an_octet_more_is_not)
{
    char *most = repeated("a: 1\n#", "x", TREE_OCTETS_MAX - 6, "");
    char *more = repeated("a: 1\n#", "x", TREE_OCTETS_MAX - 5, "");
    ck_assert_int_eq(read_text(most), ST_OK);
    ck_assert_int_eq(read_text(more), ST_LIMIT);
    ck_assert_str_eq(why, "here: longer than 1 MiB");
    memory_free(most);
    memory_free(more);
}
END_TEST

START_TEST(a_thousand_keys_are_read_and_no_more)
{
    char text[16000];
    size_t len = 0;
    for (unsigned i = 0; i < TREE_KEYS_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "k%u: 1\n", i);
    ck_assert_int_eq(read_text(text), ST_OK);
    snprintf(text + len, sizeof text - len, "more: 1\n");
    ck_assert_int_eq(read_text(text), ST_LIMIT);
    ck_assert_str_eq(why, "here:1001:1: more than 1,000 keys in one place");
}
END_TEST

static const struct {
    const char *part;
    enum status status;
} deep[] = {
    { "[", ST_LIMIT },     { "{a: ", ST_LIMIT },    { "- ", ST_LIMIT },     { "? ", ST_MALFORMED },
    { "{", ST_MALFORMED }, { "a: ", ST_MALFORMED }, { "'x", ST_MALFORMED }, { "!", ST_MALFORMED },
};

START_TEST(depth_is_refused_before_it_costs) /* 200,000 take libyaml's document API a minute */
{
    char *text = repeated("", deep[_i].part, 200000, "");
    ck_assert_int_eq(read_text(text), deep[_i].status);
    memory_free(text);
}
END_TEST

START_TEST(an_arena_that_is_full_is_a_limit)
{
    struct pool *pool = pool_create(4 * POOL_CHUNK);
    struct arena *arena = arena_create(pool, 2 * POOL_CHUNK);
    char *text = repeated("[", "word, ", 500, "]");
    struct bytes octets = { (const uint8_t *)text, strlen(text) };

    ck_assert_int_eq(tree_read(octets, "here", arena, &root, why), ST_LIMIT);
    ck_assert_ptr_nonnull(strstr(why, "too large"));
    memory_free(text);
    arena_destroy(arena);
    pool_destroy(pool);
}
END_TEST

Suite *resolver_tree_suite(void)
{
    Suite *suite = suite_create("resolver/tree");
    TCase *read = tcase_create("tree_read"), *bounds = tcase_create("bounds");

    tcase_add_checked_fixture(read, set_up, tear_down);
    tcase_add_test(read, scalars_lists_and_mappings_become_a_tree);
    tcase_add_test(read, every_node_knows_where_it_stands);
    tcase_add_loop_test(read, an_empty_text_is_an_empty_scalar, 0,
                        sizeof empty_texts / sizeof *empty_texts);
    tcase_add_test(read, an_empty_value_is_an_empty_scalar);
    tcase_add_loop_test(read, what_is_no_plain_tree_is_refused_where_it_stands, 0,
                        sizeof refused / sizeof *refused);
    tcase_add_test(read, a_key_may_stand_again_in_another_mapping);
    tcase_add_test(read, a_nul_octet_is_no_text);
    tcase_add_test(read, control_characters_do_not_reach_the_terminal);
    suite_add_tcase(suite, read);
    tcase_add_checked_fixture(bounds, set_up, tear_down);
    tcase_add_test(bounds, eight_levels_are_read_and_nine_are_not);
    tcase_add_test(bounds, twenty_thousand_events_are_read_and_no_more);
    tcase_add_test(bounds, one_mebibyte_is_read_and_an_octet_more_is_not);
    tcase_add_test(bounds, a_thousand_keys_are_read_and_no_more);
    tcase_add_loop_test(bounds, depth_is_refused_before_it_costs, 0, sizeof deep / sizeof *deep);
    tcase_add_test(bounds, an_arena_that_is_full_is_a_limit);
    suite_add_tcase(suite, bounds);
    return suite;
}
