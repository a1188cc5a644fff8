#include "lib/base/ports.h"

#include "tests/unit/suites.h"

static struct ports ports;

static void set_up(void)
{
    ports = (struct ports){ { 0 } };
}

static enum status read_list(const char *text)
{
    return ports_add_list(&ports, (struct bytes){ (const uint8_t *)text, strlen(text) });
}

START_TEST(a_range_holds_both_its_ends)
{
    ports_add(&ports, 100, 163);
    ck_assert(!ports_hold(&ports, 99));
    ck_assert(ports_hold(&ports, 100));
    ck_assert(ports_hold(&ports, 163));
    ck_assert(!ports_hold(&ports, 164));
    ck_assert_uint_eq(ports_held(&ports, 0), 64);
    ck_assert_uint_eq(ports_held(&ports, 101), 63);
    ports_add(&ports, UINT16_MAX, UINT16_MAX);
    ck_assert(ports_hold(&ports, UINT16_MAX));
    ports_add(&ports, 0, UINT16_MAX);
    ck_assert_uint_eq(ports_held(&ports, 0), PORTS_COUNT);
}
END_TEST

START_TEST(a_list_as_the_kernel_writes_it_is_read)
{
    ck_assert_int_eq(read_list("8080,9148-9200,65535\n"), ST_OK);
    ck_assert_uint_eq(ports_held(&ports, 0), 1 + 53 + 1);
    ck_assert(ports_hold(&ports, 8080));
    ck_assert(ports_hold(&ports, 9148));
    ck_assert(ports_hold(&ports, 9200));
    ck_assert(ports_hold(&ports, 65535));
    ck_assert_int_eq(read_list("\n"), ST_OK); /* nothing is reserved */
    ck_assert_int_eq(read_list(""), ST_OK);
    ck_assert_int_eq(read_list("0"), ST_OK);
    ck_assert_uint_eq(ports_held(&ports, 0), 56);
}
END_TEST

START_TEST(what_is_no_list_adds_nothing)
{
    static const char *const texts[] = { "x",       "1,",    "1-",       ",1",     "1--2", "2-1",
                                         "65536",   "1 ,2",  "99999999", "1,2,3x", "-1",   "1\n2",
                                         "1-65536", "1-2-3", "1\n\n",    "+1" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ck_assert_msg(read_list(texts[i]) == ST_MALFORMED, "\"%s\"", texts[i]);
        ck_assert_uint_eq(ports_held(&ports, 0), 0);
    }
}
END_TEST

Suite *base_ports_suite(void)
{
    Suite *suite = suite_create("base/ports");
    TCase *tcase = tcase_create("ports");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, a_range_holds_both_its_ends);
    tcase_add_test(tcase, a_list_as_the_kernel_writes_it_is_read);
    tcase_add_test(tcase, what_is_no_list_adds_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
