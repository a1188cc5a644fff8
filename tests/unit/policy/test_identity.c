#include "lib/policy/identity.h"

#include "lib/policy/policy.h"
#include "tests/unit/wire/wire_test.h"

#define OF_16 "0123456789abcdef"
#define OF_64 OF_16 OF_16 OF_16 OF_16

static struct identity_text text;

START_TEST(a_text_is_one_to_64_printable_characters)
{
    static const char *const bad[] = { "", OF_64 "!", "a\tb", "caf\xC3\xA9", "a\x7F", "\x1F" };

    ck_assert_int_eq(identity_write(&text, OF_64), ST_OK);
    ck_assert_uint_eq(identity_bytes(&text).len, 64);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(identity_write(&text, bad[i]) == ST_MALFORMED, "%u", i);
    ck_assert_mem_eq(identity_bytes(&text).at, OF_64, 64); /* what is bad changes nothing */
    ck_assert_int_eq(identity_write(&text, " ~"), ST_OK);
    ck_assert_mem_eq(identity_bytes(&text).at, " ~", 2);
    ck_assert_uint_eq(identity_bytes(&text).len, 2);
}
END_TEST

START_TEST(four_names_have_a_text) /* RFC 4892 §2, §3 */
{
    static const struct {
        const char *name, *says;
    } names[] = { { "id.server.", "n" },    { "hostname.bind.", "n" },
                  { "ID.Server.", "n" },    { "version.server.", "v" },
                  { "version.bind.", "v" }, { "authors.bind.", "" },
                  { "server.", "" },        { ".", "" },
                  { "a.id.server.", "" },   { "id.server.a.", "" },
                  { "id.bind.", "" },       { "hostname.server.", "" } };
    struct identity identity = { .nsid = { .len = 0 } };

    for (unsigned written = 0; written < 2; written++) {
        for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
            struct name name = name_of(names[i].name);
            struct bytes says = identity_of(&identity, &name);
            ck_assert_msg(says.len == (written ? strlen(names[i].says) : 0), "%s", names[i].name);
            ck_assert_msg(says.len == 0 || says.at[0] == names[i].says[0], "%s", names[i].name);
        }
        ck_assert_int_eq(identity_write(&identity.name, "n"), ST_OK);
        ck_assert_int_eq(identity_write(&identity.version, "v"), ST_OK);
    }
}
END_TEST

START_TEST(nothing_is_told_unless_it_is_written) /* LIMITS H7, RULINGS A41 */
{
    static const struct identity nothing;
    struct policy *policy = policy_create();

    ck_assert_ptr_nonnull(policy);
    ck_assert_mem_eq(&policy->identity, &nothing, sizeof nothing);
    policy_destroy(policy);
}
END_TEST

Suite *policy_identity_suite(void)
{
    Suite *suite = suite_create("policy/identity");
    TCase *all = tcase_create("all");

    tcase_add_test(all, a_text_is_one_to_64_printable_characters);
    tcase_add_test(all, four_names_have_a_text);
    tcase_add_test(all, nothing_is_told_unless_it_is_written);
    suite_add_tcase(suite, all);
    return suite;
}
