#include "lib/explain/why.h"

#include <string.h>

#include "tests/unit/suites.h"

START_TEST(every_reason_has_a_name_a_sentence_and_a_known_ede) /* RFC 8914 §4, 9276 §3.2 */
{
    for (unsigned why = 0; why < WHY_COUNT; why++) {
        const struct why_row *row = why_row((enum why)why);
        ck_assert_msg(row->name != NULL && row->sentence != NULL && row->sentence[0] != '\0',
                      "reason %u", why);
        ck_assert_msg(row->ede >= -1 && row->ede <= 33, "%s", row->name);
        ck_assert_msg(row->class <= CLASS_LOCAL, "%s", row->name);
    }
    ck_assert_int_eq(why_row(WHY_SIGNATURE_EXPIRED)->ede, 7);
    ck_assert_int_eq(why_row(WHY_SIGNATURE_NOT_YET)->ede, 8);
}
END_TEST

START_TEST(names_and_sentences_are_told_apart)
{
    for (unsigned a = 0; a < WHY_COUNT; a++)
        for (unsigned b = 0; b < a; b++) {
            const struct why_row *one = why_row((enum why)a), *other = why_row((enum why)b);
            ck_assert_str_ne(one->name, other->name);
            ck_assert_str_ne(one->sentence, other->sentence);
        }
}
END_TEST

START_TEST(a_reason_out_of_range_is_internal)
{
    ck_assert_ptr_eq(why_row(WHY_COUNT), why_row(WHY_INTERNAL));
    ck_assert_ptr_eq(why_row((enum why) - 1), why_row(WHY_INTERNAL));
    ck_assert_ptr_eq(why_row((enum why)60000), why_row(WHY_INTERNAL));
}
END_TEST

START_TEST(a_cause_takes_256_octets) /* RULINGS A41 */
{
    ck_assert_uint_eq(sizeof(struct cause), CAUSE_OCTETS);
}
END_TEST

/* SPEC G3, section 3 item 4. */
START_TEST(cause_text_is_sentence_detail_code_and_class)
{
    char text[200];
    struct cause cause = cause_of(WHY_SIGNATURE_EXPIRED);
    ck_assert_str_eq(cause_text(&cause, text, sizeof text),
                     "the signature has expired [SIGNATURE_EXPIRED, zone operator]");
    cause_detail(&cause, "%s A, key %u", "www.example.", 1234u);
    ck_assert_str_eq(cause_text(&cause, text, sizeof text),
                     "the signature has expired: www.example. A, key 1234 "
                     "[SIGNATURE_EXPIRED, zone operator]");
    ck_assert_str_eq(cause_text(&cause, text, 12), "the signatu");
    ck_assert_str_eq(cause_text(&cause, text, 71),
                     "the signature has expired: www.exam [SIGNATURE_EXPIRED, zone operator]");
    cause = cause_of(WHY_SECURE);
    ck_assert_str_eq(cause_text(&cause, text, sizeof text),
                     "proven by a chain of signatures from a trust anchor");
}
END_TEST

START_TEST(more_goes_behind_the_detail_and_is_cut_at_its_end)
{
    struct cause cause = cause_of(WHY_KEY_MISSING);
    cause_more(&cause, "%s", "example. A");
    cause_more(&cause, ", from %s", "192.0.2.1");
    ck_assert_str_eq(cause.text, "example. A, from 192.0.2.1");
    for (unsigned i = 0; i < 100; i++)
        cause_more(&cause, ", from %s", "192.0.2.1");
    ck_assert_uint_eq(strlen(cause.text), sizeof cause.text - 1);
}
END_TEST

/* SPEC O7, section 3 item 4: what may end in a SERVFAIL has an EDE and says whom to ask; what is
 * no failure accuses nobody. */
START_TEST(every_failure_has_an_ede_and_a_class)
{
    for (unsigned why = 0; why < WHY_COUNT; why++) {
        const struct why_row *row = why_row((enum why)why);
        const char *class = outcome_class_text((enum outcome_class)row->class);
        ck_assert_msg((row->class == CLASS_FINE) == (class[0] == '\0'), "%s", row->name);
        ck_assert_msg(row->class == CLASS_FINE || row->ede >= 0, "%s", row->name);
    }
    ck_assert_str_eq(outcome_class_text((enum outcome_class)99), "local");
}
END_TEST

/* RFC 8914 §2, SPEC O7: within an EDE's 200 octets there is room for the code and the class. */
START_TEST(every_reason_fits_an_ede_with_its_code_and_class)
{
    char text[201];
    for (unsigned why = 0; why < WHY_COUNT; why++) {
        struct cause cause = cause_of((enum why)why);
        memset(cause.text, 'x', sizeof cause.text);
        cause_text(&cause, text, sizeof text);
        ck_assert_uint_eq(strlen(text), 200);
        if (why_row((enum why)why)->class != CLASS_FINE)
            ck_assert_msg(strstr(text, why_row((enum why)why)->name) && text[199] == ']', "%s",
                          text);
    }
}
END_TEST

START_TEST(a_detail_that_is_too_long_is_cut)
{
    char room[2 * CAUSE_OCTETS], text[2 * CAUSE_OCTETS];
    struct cause cause = cause_of(WHY_KEY_MISSING);
    memset(room, 'x', sizeof room);
    room[sizeof room - 1] = '\0';
    cause_detail(&cause, "%s", room);
    ck_assert_uint_eq(strlen(cause.text), sizeof cause.text - 1);
    ck_assert_ptr_eq(cause_text(&cause, text, sizeof text), text);
    ck_assert_uint_eq(cause.why, WHY_KEY_MISSING);
}
END_TEST

START_TEST(cause_text_stops_at_a_detail_without_end) /* a cause read back from a file */
{
    char text[2 * CAUSE_OCTETS];
    struct cause cause = cause_of(WHY_NONE);
    memset(cause.text, 'y', sizeof cause.text);
    size_t expected = strlen("nothing to explain: ") + sizeof cause.text;
    ck_assert_uint_eq(strlen(cause_text(&cause, text, sizeof text)), expected);
}
END_TEST

Suite *explain_why_suite(void)
{
    Suite *suite = suite_create("explain/why");
    TCase *tcase = tcase_create("why");
    tcase_add_test(tcase, every_reason_has_a_name_a_sentence_and_a_known_ede);
    tcase_add_test(tcase, names_and_sentences_are_told_apart);
    tcase_add_test(tcase, a_reason_out_of_range_is_internal);
    tcase_add_test(tcase, a_cause_takes_256_octets);
    tcase_add_test(tcase, cause_text_is_sentence_detail_code_and_class);
    tcase_add_test(tcase, more_goes_behind_the_detail_and_is_cut_at_its_end);
    tcase_add_test(tcase, every_failure_has_an_ede_and_a_class);
    tcase_add_test(tcase, every_reason_fits_an_ede_with_its_code_and_class);
    tcase_add_test(tcase, a_detail_that_is_too_long_is_cut);
    tcase_add_test(tcase, cause_text_stops_at_a_detail_without_end);
    suite_add_tcase(suite, tcase);
    return suite;
}
