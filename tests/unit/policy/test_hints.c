#include "lib/policy/hints.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/wire/wire_test.h"

static struct policy policy;
static char path[] = "/tmp/catena-hints-XXXXXX";
static char why[TEXT_WHY];

static void set_up_file(void)
{
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(close(fd), 0);
    policy = (struct policy){ .hint_count = 1, .hints = { { .name = name_root } } };
}

static void tear_down_file(void)
{
    ck_assert_int_eq(unlink(path), 0);
}

static enum status read_hints(const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    return hints_set_file(&policy, path, why);
}

START_TEST(a_file_replaces_the_hints)
{
    char text[ENDPOINT_TEXT];
    ck_assert_int_eq(read_hints("; a lab's root\n"
                                ". 3600000 IN NS NS1.lab.\n"
                                "ns1.lab. 3600000 IN A 192.0.2.1\n"
                                "ns1.lab. 3600000 IN AAAA 2001:db8::1\n"
                                ". 3600000 IN NS ns2.lab.\n"
                                ". 3600000 IN NS ns2.LAB.\n"
                                "ns2.lab. 3600000 IN AAAA 2001:db8::2\n"
                                "other.lab. 3600000 IN A 192.0.2.66\n"
                                "lab. 3600000 IN NS ns3.lab.\n"),
                     ST_OK);
    ck_assert_uint_eq(policy.hint_count, 2);
    assert_name(&policy.hints[0].name, "ns1.lab.");
    ck_assert_str_eq(endpoint_text(&policy.hints[0].v4, text), "192.0.2.1:53");
    ck_assert_str_eq(endpoint_text(&policy.hints[0].v6, text), "[2001:db8::1]:53");
    ck_assert_uint_eq(policy.hints[1].v4.family, 0);
    ck_assert_str_eq(endpoint_text(&policy.hints[1].v6, text), "[2001:db8::2]:53");
}
END_TEST

START_TEST(a_file_without_a_usable_server_is_an_error_and_changes_nothing)
{
    ck_assert_int_eq(read_hints(". 3600000 IN NS ns1.lab.\n"), ST_MALFORMED);
    ck_assert_str_eq(why, "no root server with an address");
    ck_assert_int_eq(read_hints("; nothing\n"), ST_MALFORMED);
    ck_assert_int_eq(read_hints("this is no zone file\n"), ST_MALFORMED);
    ck_assert_uint_gt(strlen(why), 0);
    ck_assert_uint_eq(policy.hint_count, 1);
    ck_assert_int_ne(hints_set_file(&policy, "/nonexistent/hints", why), ST_OK);
    ck_assert_uint_eq(policy.hint_count, 1);
}
END_TEST

START_TEST(fourteen_servers_are_too_many)
{
    char text[1024] = "";
    for (unsigned i = 0; i < HINTS_MAX + 1; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), ". 1 IN NS ns%u.lab.\n", i);
    ck_assert_int_eq(read_hints(text), ST_LIMIT);
    ck_assert_uint_eq(policy.hint_count, 1);
}
END_TEST

Suite *policy_hints_suite(void)
{
    Suite *suite = suite_create("policy/hints");
    TCase *tcase = tcase_create("file");
    tcase_add_checked_fixture(tcase, set_up_file, tear_down_file);
    tcase_add_test(tcase, a_file_replaces_the_hints);
    tcase_add_test(tcase, a_file_without_a_usable_server_is_an_error_and_changes_nothing);
    tcase_add_test(tcase, fourteen_servers_are_too_many);
    suite_add_tcase(suite, tcase);
    return suite;
}
