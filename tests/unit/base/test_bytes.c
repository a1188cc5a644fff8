#include "lib/base/bytes.h"

#include "tests/unit/suites.h"

#define BYTES(literal)                                                                             \
    {                                                                                              \
        (const uint8_t *)(literal), sizeof(literal) - 1                                            \
    }

static const struct {
    const char *why;
    struct bytes a, b;
    int order;
} rows[] = {
    { "nothing equals nothing", { NULL, 0 }, { NULL, 0 }, 0 },
    { "nothing comes before something", { NULL, 0 }, BYTES("\0"), -1 },
    { "the same octets are equal", BYTES("ab"), BYTES("ab"), 0 },
    { "a prefix comes first", BYTES("ab"), BYTES("ab\0"), -1 },
    { "the first difference decides", BYTES("ac"), BYTES("ab\xff"), 1 },
    { "octets are unsigned", BYTES("\x7f"), BYTES("\x80"), -1 },
    { "a zero octet is an octet", BYTES("a\0b"), BYTES("a\0c"), -1 },
};

START_TEST(bytes_compare_orders_as_left_justified_octets) /* RFC 4034 §6.3 */
{
    int there = bytes_compare(rows[_i].a, rows[_i].b), back = bytes_compare(rows[_i].b, rows[_i].a);
    ck_assert_msg((there > 0) - (there < 0) == rows[_i].order, "%s", rows[_i].why);
    ck_assert_msg((back > 0) - (back < 0) == -rows[_i].order, "%s, turned around", rows[_i].why);
}
END_TEST

START_TEST(bytes_equal_agrees_with_the_order)
{
    ck_assert_msg(bytes_equal(rows[_i].a, rows[_i].b) == (rows[_i].order == 0), "%s", rows[_i].why);
}
END_TEST

Suite *base_bytes_suite(void)
{
    Suite *suite = suite_create("base/bytes");
    TCase *compare = tcase_create("bytes_compare"), *equal = tcase_create("bytes_equal");
    int count = sizeof rows / sizeof *rows;
    tcase_add_loop_test(compare, bytes_compare_orders_as_left_justified_octets, 0, count);
    tcase_add_loop_test(equal, bytes_equal_agrees_with_the_order, 0, count);
    suite_add_tcase(suite, compare);
    suite_add_tcase(suite, equal);
    return suite;
}
