#include "resolver/recheck.h"

#include "lib/wire/message.h"
#include "lib/wire/type.h"
#include "tests/unit/suites.h"

static struct recheck recheck;
static enum negative_finding finding;

static bool came(uint8_t rcode, enum security verdict, enum why why)
{
    uint8_t octets[HEADER_OCTETS] = { 0, 0, 0x81, (uint8_t)(0x80 | rcode) };
    struct answer answer = { .message = { octets, sizeof octets },
                             .verdict = (uint8_t)verdict,
                             .cause = cause_of(why) };
    return recheck_came(&recheck, &answer, &finding);
}

static void set_up(void)
{
    recheck = (struct recheck){ .answered = 0 };
    finding = NEGATIVE_UNSIGNED;
}

static const struct {
    uint8_t rcode;
    enum security verdict;
    enum why why;
    enum negative_finding finding;
} rows[] = {
    { RCODE_NOERROR, SEC_SECURE, WHY_NONE, NEGATIVE_VALIDATES },
    { RCODE_NXDOMAIN, SEC_SECURE, WHY_NONE, NEGATIVE_VALIDATES },
    { RCODE_NOERROR, SEC_INSECURE, WHY_NONE, NEGATIVE_UNSIGNED },
    { RCODE_NOERROR, SEC_INSECURE, WHY_ALGORITHM_UNSUPPORTED, NEGATIVE_UNSIGNED },
    { RCODE_NOERROR, SEC_INSECURE, WHY_NEGATIVE_ANCHOR, NEGATIVE_BROKEN },
    { RCODE_NOERROR, SEC_INSECURE, WHY_CLOCK_REPAIR, NEGATIVE_BROKEN },
    { RCODE_NOERROR, SEC_INSECURE, WHY_ZONE_INSECURE, NEGATIVE_BROKEN },
    { RCODE_NOERROR, SEC_INSECURE, WHY_NOT_VALIDATED, NEGATIVE_BROKEN },
    { RCODE_NOERROR, SEC_UNCHECKED, WHY_NOT_VALIDATED, NEGATIVE_BROKEN },
    { RCODE_NOERROR, SEC_BOGUS, WHY_RRSIG_MISSING, NEGATIVE_BROKEN },
    { RCODE_SERVFAIL, SEC_BOGUS, WHY_RRSIG_MISSING, NEGATIVE_BROKEN },
    { RCODE_SERVFAIL, SEC_UNCHECKED, WHY_NONE, NEGATIVE_BROKEN },
};

START_TEST(both_answers_decide_and_the_first_bad_one_ends_it) /* SPEC V15 */
{
    bool last = came(rows[_i].rcode, rows[_i].verdict, rows[_i].why);

    ck_assert_int_eq(last, rows[_i].finding == NEGATIVE_BROKEN);
    if (!last)
        ck_assert(came(rows[_i].rcode, rows[_i].verdict, rows[_i].why));
    ck_assert_int_eq(finding, rows[_i].finding);
    ck_assert_uint_eq(recheck.answered, 0);
}
END_TEST

START_TEST(data_and_absence_are_asked_for)
{
    ck_assert_uint_eq(recheck_type(&recheck), TYPE_SOA);
    ck_assert(!came(RCODE_NOERROR, SEC_SECURE, WHY_NONE));
    ck_assert_uint_eq(recheck_type(&recheck), TYPE_NSEC);
    ck_assert(came(RCODE_NOERROR, SEC_BOGUS, WHY_NONE));
    ck_assert_int_eq(finding, NEGATIVE_BROKEN);
    ck_assert_uint_eq(recheck_type(&recheck), TYPE_SOA);
}
END_TEST

START_TEST(of_two_good_answers_the_first_says_what_was_found)
{
    ck_assert(!came(RCODE_NOERROR, SEC_SECURE, WHY_NONE));
    ck_assert(came(RCODE_NOERROR, SEC_INSECURE, WHY_NONE));
    ck_assert_int_eq(finding, NEGATIVE_VALIDATES);
    ck_assert(!came(RCODE_NOERROR, SEC_INSECURE, WHY_NONE));
    ck_assert(came(RCODE_NOERROR, SEC_SECURE, WHY_NONE));
    ck_assert_int_eq(finding, NEGATIVE_UNSIGNED);
}
END_TEST

START_TEST(an_answer_that_did_not_come_validates_nothing)
{
    ck_assert(recheck_came(&recheck, NULL, &finding));
    ck_assert_int_eq(finding, NEGATIVE_BROKEN);
}
END_TEST

START_TEST(an_answer_shorter_than_a_header_validates_nothing)
{
    uint8_t octets[] = { 0, 0 };
    struct answer answer = { .message = { octets, sizeof octets }, .verdict = SEC_SECURE };

    ck_assert(recheck_came(&recheck, &answer, &finding));
    ck_assert_int_eq(finding, NEGATIVE_BROKEN);
}
END_TEST

Suite *resolver_recheck_suite(void)
{
    Suite *suite = suite_create("resolver/recheck");
    TCase *tcase = tcase_create("recheck");
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_loop_test(tcase, both_answers_decide_and_the_first_bad_one_ends_it, 0,
                        sizeof rows / sizeof *rows);
    tcase_add_test(tcase, data_and_absence_are_asked_for);
    tcase_add_test(tcase, of_two_good_answers_the_first_says_what_was_found);
    tcase_add_test(tcase, an_answer_that_did_not_come_validates_nothing);
    tcase_add_test(tcase, an_answer_shorter_than_a_header_validates_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
