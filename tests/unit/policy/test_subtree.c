#include <check.h>

#include "lib/policy/policy.h"
#include "tests/unit/wire/wire_test.h"

static void add(struct subtrees *subtrees, const char *text, enum dnssec_mode mode)
{
    struct subtree subtree = { .name = name_of(text), .mode = mode };
    ck_assert_int_eq(subtrees_add(subtrees, &subtree), ST_OK);
}

START_TEST(the_deepest_subtree_says_how_a_name_is_validated) /* SPEC V16 */
{
    struct policy *policy = policy_create();
    struct name deep = name_of("www.deep.corp.example"), corp = name_of("CORP.example");
    struct name beside = name_of("notcorp.example");

    ck_assert_ptr_nonnull(policy);
    add(&policy->modes, "corp.example", DNSSEC_LOG_ONLY);
    add(&policy->modes, "deep.corp.example", DNSSEC_OFF);
    ck_assert_int_eq(policy_mode(policy, &deep), DNSSEC_OFF);
    ck_assert_int_eq(policy_mode(policy, &corp), DNSSEC_LOG_ONLY);
    ck_assert_int_eq(policy_mode(policy, &beside), DNSSEC_VALIDATE);
    policy_destroy(policy);
}
END_TEST

START_TEST(a_negative_anchor_covers_what_is_at_and_below_it) /* RFC 7646 §2 */
{
    struct policy *policy = policy_create();
    struct name below = name_of("www.broken.example"), at = name_of("broken.example");
    struct name above = name_of("example");

    ck_assert_ptr_nonnull(policy);
    add(&policy->negative_anchors, "broken.example", DNSSEC_VALIDATE);
    ck_assert(policy_is_negative(policy, &below, (struct instant){ 1 }));
    ck_assert(policy_is_negative(policy, &at, (struct instant){ 1 }));
    ck_assert(!policy_is_negative(policy, &above, (struct instant){ 1 }));
    policy_destroy(policy);
}
END_TEST

/* RFC 7646 §2: it ends by itself, and one for good above it goes on. */
START_TEST(a_timed_negative_anchor_holds_until_its_end)
{
    struct policy *policy = policy_create();
    struct subtree timed = { .name = name_of("broken.example"), .until = { 1000 } };
    struct name below = name_of("www.broken.example");

    ck_assert_ptr_nonnull(policy);
    ck_assert_int_eq(subtrees_add(&policy->negative_anchors, &timed), ST_OK);
    ck_assert_uint_eq(policy_negative_until(policy, &below, (struct instant){ 999 }).ns, 1000);
    ck_assert_uint_eq(policy_negative_until(policy, &below, (struct instant){ 1000 }).ns, 0);
    ck_assert(!policy_is_negative(policy, &below, (struct instant){ 1000 }));
    add(&policy->negative_anchors, "example", DNSSEC_VALIDATE);
    ck_assert_uint_eq(policy_negative_until(policy, &below, (struct instant){ 1000 }).ns,
                      INSTANT_NEVER.ns);
    policy_destroy(policy);
}
END_TEST

START_TEST(a_positive_anchor_below_a_negative_one_wins) /* RFC 7646 §2, SPEC V15 */
{
    struct policy *policy = policy_create();
    struct name island = name_of("www.island.broken.example"),
                other = name_of("www.broken.example");
    char why[TEXT_WHY];
    const char *line = "island.broken.example. IN DS 20326 8 2 "
                       "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D";

    ck_assert_ptr_nonnull(policy);
    add(&policy->negative_anchors, "broken.example", DNSSEC_VALIDATE);
    ck_assert_int_eq(anchor_add_line(policy->anchors, line, why), ST_OK);
    ck_assert(!policy_is_negative(policy, &island, (struct instant){ 1 }));
    ck_assert(policy_is_negative(policy, &other, (struct instant){ 1 }));
    policy_destroy(policy);
}
END_TEST

START_TEST(more_subtrees_than_there_is_room_for_are_refused)
{
    struct subtrees subtrees = { .list = NULL };
    struct subtree subtree = { .name = name_of("example"), .mode = DNSSEC_OFF };

    for (unsigned i = 0; i < SUBTREES_MAX; i++)
        ck_assert_int_eq(subtrees_add(&subtrees, &subtree), ST_OK);
    ck_assert_int_eq(subtrees_add(&subtrees, &subtree), ST_LIMIT);
    ck_assert_uint_eq(subtrees.count, SUBTREES_MAX);
    subtrees_clear(&subtrees);
}
END_TEST

Suite *policy_subtree_suite(void)
{
    Suite *suite = suite_create("policy/subtree");
    TCase *tcase = tcase_create("subtrees");

    tcase_add_test(tcase, the_deepest_subtree_says_how_a_name_is_validated);
    tcase_add_test(tcase, a_negative_anchor_covers_what_is_at_and_below_it);
    tcase_add_test(tcase, a_timed_negative_anchor_holds_until_its_end);
    tcase_add_test(tcase, a_positive_anchor_below_a_negative_one_wins);
    tcase_add_test(tcase, more_subtrees_than_there_is_room_for_are_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
