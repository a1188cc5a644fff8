#include "lib/engine/qmin.h"

#include <stdio.h>

#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

static struct policy policy;

static void set_up_policy(void)
{
    policy = (struct policy){ .qmin = QMIN_RELAXED };
    limits_defaults(&policy.limits);
}

/* The labels of each question from the cut on, when every name exists: "1 2 3". */
static const char *walk_from(const struct name *name, unsigned cut_labels)
{
    static char text[1024];
    size_t used = 0;
    struct qmin qmin;

    qmin_begin(&qmin, name);
    qmin_at_cut(&qmin, cut_labels, &policy);
    for (unsigned questions = 0; questions < 200; questions++) {
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s%u", used ? " " : "", qmin.labels);
        if (qmin_is_full(&qmin))
            return text;
        qmin_advance(&qmin, &policy);
    }
    ck_abort_msg("no end: %s", text);
    return text;
}

static struct name name_of_labels(unsigned labels)
{
    struct name name = { .len = 0 };
    for (unsigned i = 0; i < labels; i++)
        ck_assert(name_push(&name, 1, (const uint8_t *)"a"));
    ck_assert(name_push(&name, 0, NULL));
    return name;
}

START_TEST(a_short_name_is_revealed_label_by_label) /* RFC 9156 §2.3 */
{
    struct name name = name_of("a.b.example.com.");
    ck_assert_str_eq(walk_from(&name, 0), "1 2 3 4");
    ck_assert_str_eq(walk_from(&name, 2), "3 4");
    ck_assert_str_eq(walk_from(&name, 3), "4");
}
END_TEST

START_TEST(at_its_own_cut_a_name_is_asked_whole)
{
    struct name name = name_of("example.com.");
    ck_assert_str_eq(walk_from(&name, 2), "2");
    ck_assert_str_eq(walk_from(&name, 3), "2");
    ck_assert_str_eq(walk_from(&name_root, 0), "0");
}
END_TEST

START_TEST(a_name_of_18_labels_goes_as_in_the_rfc) /* RFC 9156 §2.3: 4 single ones, then shares */
{
    struct name name = name_of_labels(18);
    ck_assert_str_eq(walk_from(&name, 0), "1 2 3 4 6 8 10 12 15 18");
}
END_TEST

START_TEST(no_name_takes_more_questions_than_the_limit) /* LIMITS E10 */
{
    for (unsigned labels = 0; labels <= NAME_LABELS_MAX; labels++) {
        for (unsigned cut = 0; cut <= labels; cut++) {
            struct name name = name_of_labels(labels);
            const char *text = walk_from(&name, cut);
            unsigned questions = 1;
            for (const char *at = text; *at != '\0'; at++)
                questions += *at == ' ';
            ck_assert_msg(questions <= policy.limits.qmin_steps, "%u at %u: %s", labels, cut, text);
        }
    }
}
END_TEST

/* LIMITS E10: a cut at every label that is revealed does not begin the count anew. */
START_TEST(cuts_on_the_way_add_no_questions)
{
    struct name name = name_of_labels(NAME_LABELS_MAX);
    struct qmin qmin;
    unsigned questions = 0;

    qmin_begin(&qmin, &name);
    for (unsigned cut = 0; cut < name.labels; cut = qmin.labels) {
        qmin_at_cut(&qmin, cut, &policy);
        questions++;
    }
    ck_assert_uint_le(questions, policy.limits.qmin_steps);
    ck_assert_uint_eq(qmin.labels, name.labels);
}
END_TEST

START_TEST(a_limit_that_was_raised_reveals_less_at_once)
{
    struct name name = name_of_labels(18);
    policy.limits.qmin_steps = 40;
    ck_assert_str_eq(walk_from(&name, 0), "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18");
    policy.limits.qmin_steps = 4;
    policy.limits.qmin_single = 1;
    ck_assert_str_eq(walk_from(&name, 0), "1 6 12 18");
    policy.limits.qmin_single = 16;
    ck_assert_str_eq(walk_from(&name, 0), "1 2 3 4 18");
}
END_TEST

START_TEST(switched_off_the_whole_name_is_asked_at_once)
{
    struct name name = name_of("a.b.example.com.");
    policy.qmin = QMIN_OFF;
    ck_assert_str_eq(walk_from(&name, 0), "4");
}
END_TEST

START_TEST(given_up_is_given_up_at_all_cuts_that_follow) /* SPEC I2 */
{
    struct name name = name_of("a.b.example.com.");
    struct qmin qmin;
    qmin_begin(&qmin, &name);
    qmin_at_cut(&qmin, 0, &policy);
    ck_assert(!qmin_is_full(&qmin));
    qmin_give_up(&qmin);
    ck_assert(qmin_is_full(&qmin));
    qmin_at_cut(&qmin, 1, &policy);
    ck_assert(qmin_is_full(&qmin));
    qmin_advance(&qmin, &policy);
    ck_assert(qmin_is_full(&qmin));

    qmin_begin(&qmin, &name); /* the next link of an alias chain begins anew */
    qmin_at_cut(&qmin, 1, &policy);
    ck_assert_uint_eq(qmin.labels, 2);
}
END_TEST

START_TEST(a_minimised_question_asks_for_an_address) /* RFC 9156 §2.1 */
{
    struct name name = name_of("a.b.example.com."), ask_name;
    struct qmin qmin;
    uint16_t ask_type;

    qmin_begin(&qmin, &name);
    qmin_at_cut(&qmin, 1, &policy);
    qmin_question(&qmin, &name, TYPE_MX, &ask_name, &ask_type);
    assert_name(&ask_name, "example.com.");
    ck_assert_uint_eq(ask_type, TYPE_A);
    qmin_give_up(&qmin);
    qmin_question(&qmin, &name, TYPE_MX, &ask_name, &ask_type);
    assert_name(&ask_name, "a.b.example.com.");
    ck_assert_uint_eq(ask_type, TYPE_MX);
}
END_TEST

Suite *engine_qmin_suite(void)
{
    Suite *suite = suite_create("engine/qmin");
    TCase *tcase = tcase_create("qmin");
    tcase_add_checked_fixture(tcase, set_up_policy, NULL);
    tcase_add_test(tcase, a_short_name_is_revealed_label_by_label);
    tcase_add_test(tcase, at_its_own_cut_a_name_is_asked_whole);
    tcase_add_test(tcase, a_name_of_18_labels_goes_as_in_the_rfc);
    tcase_add_test(tcase, no_name_takes_more_questions_than_the_limit);
    tcase_add_test(tcase, cuts_on_the_way_add_no_questions);
    tcase_add_test(tcase, a_limit_that_was_raised_reveals_less_at_once);
    tcase_add_test(tcase, switched_off_the_whole_name_is_asked_at_once);
    tcase_add_test(tcase, given_up_is_given_up_at_all_cuts_that_follow);
    tcase_add_test(tcase, a_minimised_question_asks_for_an_address);
    suite_add_tcase(suite, tcase);
    return suite;
}
