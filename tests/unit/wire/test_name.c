#include "lib/wire/name.h"

#include <stdlib.h>

#include "tests/unit/wire/wire_test.h"

static const struct siphash_key key = { 1, 2 };

/* 127 labels of one octet each: 255 octets, the most there may be. */
static struct name longest_name(uint8_t octet)
{
    struct name name = { .len = 0 };
    for (unsigned i = 0; i < NAME_LABELS_MAX; i++)
        ck_assert(name_push(&name, 1, &octet));
    ck_assert(name_push(&name, 0, NULL));
    return name;
}

/* ---- making ---- */

START_TEST(name_push_builds_a_name_label_by_label)
{
    struct name name = { .len = 0 };
    ck_assert(name_push(&name, 3, (const uint8_t *)"www"));
    ck_assert(name_push(&name, 2, (const uint8_t *)"se"));
    ck_assert(name_push(&name, 0, NULL));
    assert_bytes(name_bytes(&name), SPAN("\3www\2se\0"));
    ck_assert_uint_eq(name.labels, 2);
}
END_TEST

START_TEST(name_push_refuses_more_once_the_name_has_ended)
{
    struct name name = name_of("se.");
    ck_assert(!name_push(&name, 1, (const uint8_t *)"a"));
    ck_assert(!name_push(&name, 0, NULL));
    assert_name(&name, "se.");
}
END_TEST

START_TEST(name_push_takes_a_label_of_zero_octets_value_for_no_end)
{
    struct name name = { .len = 0 };
    ck_assert(name_push(&name, 1, (const uint8_t *)"\0"));
    ck_assert(name_push(&name, 1, (const uint8_t *)"a"));
    ck_assert(name_push(&name, 0, NULL));
    assert_name(&name, "\\000.a.");
}
END_TEST

START_TEST(name_push_keeps_to_63_octets_a_label_and_255_a_name) /* RFC 1035 §3.1 */
{
    uint8_t label[64] = { 0 };
    struct name name = { .len = 0 };
    ck_assert(!name_push(&name, 64, label));
    ck_assert(!name_push(&name, 3, NULL));
    for (unsigned i = 0; i < 3; i++)
        ck_assert(name_push(&name, 63, label));
    ck_assert(!name_push(&name, 62, label)); /* with the root it would be 256 */
    ck_assert(name_push(&name, 61, label));
    ck_assert(name_push(&name, 0, NULL));
    ck_assert_uint_eq(name.len, NAME_OCTETS_MAX);
}
END_TEST

static const struct {
    const char *why;
    struct bytes wire;
    int labels; /* -1: malformed */
} wire_rows[] = {
    { "the root", BYTES("\0"), 0 },
    { "two labels", BYTES("\3www\2se\0"), 2 },
    { "nothing", { NULL, 0 }, -1 },
    { "no root", BYTES("\3www"), -1 },
    { "ends inside a label", BYTES("\3ww"), -1 },
    { "octets after the root", BYTES("\1a\0\0"), -1 },
    { "a pointer", BYTES("\1a\xC0\0"), -1 },
    { "label type 01 is reserved",
      BYTES("\x41"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0"),
      -1 },
};

START_TEST(name_from_wire_accepts_or_refuses) /* RFC 1035 §3.1 */
{
    struct name name = name_of("untouched.");
    enum status status = name_from_wire(wire_rows[_i].wire, &name);
    bool sound = wire_rows[_i].labels >= 0;
    ck_assert_msg((status == ST_OK) == sound, "%s", wire_rows[_i].why);
    if (sound)
        ck_assert_int_eq(name.labels, wire_rows[_i].labels);
    else
        assert_name(&name, "untouched.");
}
END_TEST

START_TEST(name_from_wire_takes_127_labels_and_no_more)
{
    struct name longest = longest_name('a'), copy;
    ck_assert_int_eq(name_from_wire(name_bytes(&longest), &copy), ST_OK);
    ck_assert_uint_eq(copy.labels, NAME_LABELS_MAX);
    ck_assert_uint_eq(copy.len, NAME_OCTETS_MAX);

    uint8_t longer[258];
    memcpy(longer, "\1a", 2);
    memcpy(longer + 2, longest.octets, longest.len);
    ck_assert_int_eq(name_from_wire((struct bytes){ longer, 257 }, &copy), ST_MALFORMED);
}
END_TEST

static const struct {
    const char *text;
    struct bytes wire; /* empty: malformed */
} text_rows[] = {
    { ".", BYTES("\0") },
    { "se", BYTES("\2se\0") },
    { "se.", BYTES("\2se\0") },
    { "WwW.sE.", BYTES("\3WwW\2sE\0") },
    { "a\\.b.c", BYTES("\3a.b\1c\0") },
    { "\\065\\000\\255.", BYTES("\3A\0\xFF\0") },
    { "\\\\.", BYTES("\1\\\0") },
    { "", { NULL, 0 } },
    { "..", { NULL, 0 } },
    { ".se", { NULL, 0 } },
    { "a..b", { NULL, 0 } },
    { "a..", { NULL, 0 } },
    { "\\256.", { NULL, 0 } },
    { "\\25", { NULL, 0 } },
    { "\\2a5", { NULL, 0 } },
    { "a\\", { NULL, 0 } },
    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.", { NULL, 0 } },
};

START_TEST(name_from_text_accepts_or_refuses) /* RFC 1035 §5.1 */
{
    struct name name;
    bool sound = text_rows[_i].wire.len > 0;
    enum status status = name_from_text(text_rows[_i].text, &name);
    ck_assert_msg((status == ST_OK) == sound, "%s", text_rows[_i].text);
    if (sound)
        assert_bytes(name_bytes(&name), text_rows[_i].wire);
}
END_TEST

START_TEST(name_from_text_refuses_128_labels)
{
    char text[260] = "";
    for (unsigned i = 0; i < 128; i++)
        memcpy(text + 2 * (size_t)i, "a.", 3);
    struct name name;
    ck_assert_int_eq(name_from_text(text, &name), ST_MALFORMED);
    ck_assert_int_eq(name_from_text(text + 2, &name), ST_OK);
}
END_TEST

START_TEST(name_suffix_keeps_the_rightmost_labels)
{
    struct name name = name_of("a.b.example.");
    struct name one = name_suffix(&name, 1), none = name_suffix(&name, 0);
    struct name all = name_suffix(&name, 3), more = name_suffix(&name, 9);
    assert_name(&one, "example.");
    ck_assert_uint_eq(one.labels, 1);
    assert_name(&none, ".");
    assert_name(&all, "a.b.example.");
    assert_name(&more, "a.b.example.");
}
END_TEST

START_TEST(name_parent_ends_at_the_root)
{
    struct name name = name_of("a.b.");
    name = name_parent(&name);
    assert_name(&name, "b.");
    name = name_parent(&name);
    assert_name(&name, ".");
    name = name_parent(&name);
    assert_name(&name, ".");
}
END_TEST

START_TEST(name_wildcard_and_prepend_add_one_label)
{
    struct name of = name_of("example."), made, longest = longest_name('a');
    ck_assert_int_eq(name_wildcard(&of, &made), ST_OK);
    assert_name(&made, "*.example.");
    ck_assert(name_is_wildcard(&made));
    ck_assert(!name_is_wildcard(&of));
    ck_assert_int_eq(name_prepend(SPAN("x.y"), &name_root, &made), ST_OK);
    assert_name(&made, "x\\.y.");
    ck_assert_uint_eq(made.labels, 1);
    ck_assert_int_eq(name_wildcard(&longest, &made), ST_LIMIT);
    ck_assert_int_eq(name_prepend((struct bytes){ NULL, 0 }, &of, &made), ST_MALFORMED);
    ck_assert_int_eq(name_prepend((struct bytes){ longest.octets, 64 }, &of, &made), ST_MALFORMED);
    assert_name(&made, "x\\.y.");
}
END_TEST

START_TEST(name_substitute_replaces_the_suffix) /* RFC 6672 §2.2 */
{
    struct name name = name_of("a.b.OLD.example."), from = name_of("old.Example.");
    struct name to = name_of("new."), made = name_of("untouched.");
    ck_assert_int_eq(name_substitute(&name, &from, &to, &made), ST_OK);
    assert_name(&made, "a.b.new.");
    ck_assert_uint_eq(made.labels, 3);
    ck_assert_int_eq(name_substitute(&name, &from, &name_root, &name), ST_OK); /* in place */
    assert_name(&name, "a.b.");
    ck_assert_int_eq(name_substitute(&to, &from, &name, &made), ST_NOTFOUND);
    assert_name(&made, "a.b.new.");
}
END_TEST

START_TEST(name_substitute_reports_what_gets_too_long) /* RFC 6672 §2.2: YXDOMAIN */
{
    struct name name = longest_name('a'), from = name_of("a."), to = name_of("bb."), made;
    ck_assert_int_eq(name_substitute(&name, &from, &to, &made), ST_LIMIT);
    to = name_of("b.");
    ck_assert_int_eq(name_substitute(&name, &from, &to, &made), ST_OK);
    ck_assert_uint_eq(made.labels, NAME_LABELS_MAX);
}
END_TEST

START_TEST(name_lower_folds_letters_alone) /* RFC 4034 §6.2 */
{
    struct name name = name_of("AbZ@[`{\\193.Example."), lower = name_lower(&name);
    assert_name(&lower, "abz\\@[`{\\193.example.");
}
END_TEST

/* ---- asking ---- */

START_TEST(name_label_counts_from_the_left)
{
    struct name name = name_of("www.se.");
    assert_bytes(name_label(&name, 0), SPAN("www"));
    assert_bytes(name_label(&name, 1), SPAN("se"));
    ck_assert_uint_eq(name_label(&name, 2).len, 0);
    ck_assert_uint_eq(name_label(&name, 200).len, 0);
    ck_assert_uint_eq(name_label(&name_root, 0).len, 0);
}
END_TEST

START_TEST(name_equal_folds_ascii_letters_and_nothing_else) /* RFC 4343 §3 */
{
    struct name a = name_of("wWw.EXAMPLE."), b = name_of("www.example.");
    ck_assert(name_equal(&a, &b));
    ck_assert(!name_identical(&a, &b));
    ck_assert(name_identical(&a, &a));
    a = name_of("@["), b = name_of("`{");
    ck_assert(!name_equal(&a, &b));
    a = name_of("\\193"), b = name_of("\\225");
    ck_assert(!name_equal(&a, &b));
    a = name_of("a.b"), b = name_of("a\\.b");
    ck_assert(!name_equal(&a, &b));
}
END_TEST

static const struct {
    const char *name, *zone;
    bool under, strictly;
} under_rows[] = {
    { "www.example.", "example.", true, true },
    { "www.EXAMPLE.", "exAmple.", true, true },
    { "example.", "example.", true, false },
    { "example.", ".", true, true },
    { ".", ".", true, false },
    { ".", "example.", false, false },
    { "notexample.", "example.", false, false },
    { "www.notexample.", "example.", false, false },
    { "www\\007example.", "example.", false, false },
    { "www.example.", "www.example.org.", false, false },
    { "example.org.", "example.", false, false },
};

START_TEST(name_under_goes_by_whole_labels)
{
    struct name name = name_of(under_rows[_i].name), zone = name_of(under_rows[_i].zone);
    ck_assert_int_eq(name_under(&name, &zone), under_rows[_i].under);
    ck_assert_int_eq(name_strictly_under(&name, &zone), under_rows[_i].strictly);
}
END_TEST

START_TEST(name_under_a_long_label_reads_nothing_behind_a_short_one)
{
    struct name *name = malloc(sizeof *name), zone = { .len = 0 }; /* the sanitizer sees its end */
    uint8_t label[63] = { 0 };
    *name = longest_name('a');
    ck_assert(name_push(&zone, sizeof label, label) && name_push(&zone, 0, NULL));
    ck_assert(!name_under(name, &zone));
    free(name);
}
END_TEST

START_TEST(name_common_labels_counts_from_the_right)
{
    struct name a = name_of("x.b.example."), b = name_of("y.B.Example."), c = name_of("b.org.");
    ck_assert_uint_eq(name_common_labels(&a, &b), 2);
    ck_assert_uint_eq(name_common_labels(&a, &c), 0);
    ck_assert_uint_eq(name_common_labels(&a, &a), 3);
    ck_assert_uint_eq(name_common_labels(&a, &name_root), 0);
}
END_TEST

START_TEST(name_compare_orders_as_the_rfc_lists) /* RFC 4034 §6.1 */
{
    static const char *const order[] = {
        ".",
        "example.",
        "a.example.",
        "yljkjljk.a.example.",
        "Z.a.example.",
        "zABC.a.EXAMPLE.",
        "z.example.",
        "\\001.z.example.",
        "*.z.example.",
        "\\200.z.example.",
    };
    for (int i = 0; i < 10; i++) {
        for (int j = 0; j < 10; j++) {
            struct name a = name_of(order[i]), b = name_of(order[j]);
            int found = name_compare(&a, &b);
            ck_assert_msg((found > 0) - (found < 0) == (i > j) - (i < j), "%s, %s", order[i],
                          order[j]);
        }
    }
    struct name a = name_of("A.b."), b = name_of("a.B.");
    ck_assert_int_eq(name_compare(&a, &b), 0);
}
END_TEST

START_TEST(name_compare_puts_the_shorter_label_first_and_the_absent_octet_before_zero)
{
    struct name a = name_of("a.example."), b = name_of("a\\000.example.");
    ck_assert_int_lt(name_compare(&a, &b), 0); /* RFC 4034 §6.1 */
    struct name longest_a = longest_name('a'), longest_b = longest_name('b');
    ck_assert_int_lt(name_compare(&longest_a, &longest_b), 0);
    ck_assert_uint_eq(name_common_labels(&longest_a, &longest_a), NAME_LABELS_MAX);
}
END_TEST

START_TEST(name_hash_folds_case_and_depends_on_the_key)
{
    struct name a = name_of("wWw.Example."), b = name_of("www.example."), c = name_of("vww.se.");
    struct siphash_key other = { 1, 3 };
    ck_assert_uint_eq(name_hash(&a, &key), name_hash(&b, &key));
    ck_assert_uint_ne(name_hash(&a, &key), name_hash(&c, &key));
    ck_assert_uint_ne(name_hash(&a, &key), name_hash(&a, &other));
}
END_TEST

/* ---- text ---- */

START_TEST(name_text_escapes_what_a_zone_file_needs_escaped) /* RFC 1035 §5.1 */
{
    struct name name = { .len = 0 };
    ck_assert_int_eq(name_from_wire(SPAN("\014 .\\\"();@$\177\0~\1\xFF\0"), &name), ST_OK);
    assert_name(&name, "\\032\\.\\\\\\\"\\(\\)\\;\\@\\$\\127\\000~.\\255.");
    struct name none = { .len = 0 };
    assert_name(&none, "");
    assert_name(&name_root, ".");
}
END_TEST

START_TEST(name_text_of_every_octet_reads_back)
{
    for (unsigned octet = 0; octet <= UINT8_MAX; octet++) {
        char text[NAME_TEXT];
        struct name name = longest_name((uint8_t)octet), back;
        ck_assert_int_eq(name_from_text(name_text(&name, text, sizeof text), &back), ST_OK);
        ck_assert(name_identical(&name, &back));
    }
}
END_TEST

START_TEST(name_text_of_the_longest_name_fits_and_a_small_room_ends_with_nul)
{
    uint8_t label[63];
    struct name name = { .len = 0 };
    memset(label, 0xFF, sizeof label);
    for (unsigned i = 0; i < 4; i++)
        ck_assert(name_push(&name, i < 3 ? 63 : 61, label));
    ck_assert(name_push(&name, 0, NULL));

    char text[NAME_TEXT], whole[NAME_TEXT];
    ck_assert_uint_eq(strlen(name_text(&name, whole, sizeof whole)), 4 * 250 + 4);
    for (size_t size = 0; size < sizeof text; size++) {
        memset(text, 'x', sizeof text);
        ck_assert_ptr_eq(name_text(&name, text, size), text);
        ck_assert(size == 0 || strnlen(text, size) < size);
        ck_assert_int_eq(text[size], 'x');
        ck_assert(size == 0 || strncmp(text, whole, strlen(text)) == 0);
    }
}
END_TEST

static void add_making(Suite *suite)
{
    TCase *tcase = tcase_create("making");
    tcase_add_test(tcase, name_push_builds_a_name_label_by_label);
    tcase_add_test(tcase, name_push_refuses_more_once_the_name_has_ended);
    tcase_add_test(tcase, name_push_takes_a_label_of_zero_octets_value_for_no_end);
    tcase_add_test(tcase, name_push_keeps_to_63_octets_a_label_and_255_a_name);
    tcase_add_loop_test(tcase, name_from_wire_accepts_or_refuses, 0,
                        sizeof wire_rows / sizeof *wire_rows);
    tcase_add_test(tcase, name_from_wire_takes_127_labels_and_no_more);
    tcase_add_loop_test(tcase, name_from_text_accepts_or_refuses, 0,
                        sizeof text_rows / sizeof *text_rows);
    tcase_add_test(tcase, name_from_text_refuses_128_labels);
    tcase_add_test(tcase, name_suffix_keeps_the_rightmost_labels);
    tcase_add_test(tcase, name_parent_ends_at_the_root);
    tcase_add_test(tcase, name_wildcard_and_prepend_add_one_label);
    tcase_add_test(tcase, name_substitute_replaces_the_suffix);
    tcase_add_test(tcase, name_substitute_reports_what_gets_too_long);
    tcase_add_test(tcase, name_lower_folds_letters_alone);
    suite_add_tcase(suite, tcase);
}

static void add_asking(Suite *suite)
{
    TCase *tcase = tcase_create("asking");
    tcase_add_test(tcase, name_label_counts_from_the_left);
    tcase_add_test(tcase, name_equal_folds_ascii_letters_and_nothing_else);
    tcase_add_loop_test(tcase, name_under_goes_by_whole_labels, 0,
                        sizeof under_rows / sizeof *under_rows);
    tcase_add_test(tcase, name_under_a_long_label_reads_nothing_behind_a_short_one);
    tcase_add_test(tcase, name_common_labels_counts_from_the_right);
    tcase_add_test(tcase, name_compare_orders_as_the_rfc_lists);
    tcase_add_test(tcase,
                   name_compare_puts_the_shorter_label_first_and_the_absent_octet_before_zero);
    tcase_add_test(tcase, name_hash_folds_case_and_depends_on_the_key);
    suite_add_tcase(suite, tcase);

    TCase *text = tcase_create("text");
    tcase_add_test(text, name_text_escapes_what_a_zone_file_needs_escaped);
    tcase_add_test(text, name_text_of_every_octet_reads_back);
    tcase_add_test(text, name_text_of_the_longest_name_fits_and_a_small_room_ends_with_nul);
    suite_add_tcase(suite, text);
}

Suite *wire_name_suite(void)
{
    Suite *suite = suite_create("wire/name");
    add_making(suite);
    add_asking(suite);
    return suite;
}
