#include "lib/explain/picture.h"

#include "tests/unit/explain/trail_test.h"

static char whole[65536];

static const char *draw(void)
{
    static char line[PICTURE_LINE];
    struct picture picture = picture_begin(trail);

    whole[0] = '\0';
    while (picture_line(&picture, line))
        snprintf(whole + strlen(whole), sizeof whole - strlen(whole), "%s\n", line);
    return whole;
}

static void end_with(enum security security, enum why why, const char *detail)
{
    struct cause cause = cause_of(why);
    cause_detail(&cause, "%s", detail);
    trail_outcome(trail, security, &cause);
}

static void walk(enum trail_kind kind, const char *server, const char *said)
{
    struct name owner = name("www.example."), zone = name("example.");
    struct trail_step step = step_of(kind);
    step.server = endpoint_of(server);
    step.owner = &owner;
    step.type = TYPE_A;
    step.zone = &zone;
    step.why = kind == TRAIL_RETRIED || kind == TRAIL_KEPT_FAILURE ? WHY_SIGNATURE_EXPIRED : 0;
    step.said = said;
    step.count = 2;
    trail_step(trail, &step);
}

START_TEST(a_broken_chain_reads_from_the_root_down)
{
    walk(TRAIL_CUT, "192.0.2.1", NULL);
    walk(TRAIL_ASKED, "192.0.2.1", "zone example., UDP");
    about(12, "www.example.", TYPE_A);
    walk(TRAIL_REPLIED, "192.0.2.1", NULL);
    signature(TRAIL_REFUSED, "www.example.", "example.", WHY_SIGNATURE_EXPIRED);
    judge(SEC_BOGUS, WHY_SIGNATURE_EXPIRED, "www.example. A");
    about(13, "example.", TYPE_DNSKEY);
    signature(TRAIL_PROVED, "example.", ".", WHY_NONE);
    judge(SEC_SECURE, WHY_SECURE, NULL);
    end_with(SEC_BOGUS, WHY_SIGNATURE_EXPIRED, "www.example. A");
    ck_assert_str_eq(
        draw(),
        "the walk, in the order of time:\n"
        "     0 ms  zone example.: 2 addresses of its servers are known\n"
        "     0 ms  ask 192.0.2.1:53: zone example., UDP: www.example. A\n"
        "    12 ms  192.0.2.1:53 answers\n"
        "the chain of trust, from the root down:\n"
        "  example. (zone): secure\n"
        "      example. A: signed by key 1234 (RSASHA256) of ., valid 20260101000000 to "
        "20260201000000\n"
        "  www.example. A: bogus\n"
        "      BROKEN www.example. A: the signature has expired: key 1234 (RSASHA256) of example., "
        "valid 20260101000000 to 20260201000000\n"
        "      bogus: the signature has expired: www.example. A\n"
        "the verdict: bogus: the signature has expired: www.example. A "
        "[SIGNATURE_EXPIRED, zone operator]\n");
}
END_TEST

START_TEST(a_trail_that_was_full_says_so)
{
    trail->lost = 7;
    end_with(SEC_SECURE, WHY_SECURE, "");
    ck_assert_ptr_nonnull(
        strstr(draw(), "\n  ... and 7 steps more, for which there was no room\n"));
}
END_TEST

START_TEST(a_key_that_an_anchor_names_is_not_said_to_stand_in_a_ds)
{
    struct trail_step named = step_of(TRAIL_NAMED), anchor = step_of(TRAIL_ANCHOR);
    named.key_tag = 20326;
    named.algorithm = 8;
    named.said = "the DS";
    about(0, "example.", TYPE_DNSKEY);
    trail_step(trail, &named);
    about(0, ".", TYPE_DNSKEY);
    trail_step(trail, &anchor);
    trail_step(trail, &named);
    end_with(SEC_SECURE, WHY_SECURE, "");
    ck_assert_ptr_nonnull(strstr(draw(),
                                 "  . (zone): not judged to the end\n"
                                 "      a trust anchor stands for this zone\n"
                                 "      key 20326 (RSASHA256) is named by the trust anchor, "
                                 "and signs the DNSKEY set\n"
                                 "  example. (zone): not judged to the end\n"
                                 "      key 20326 (RSASHA256) is named by the DS, and"));
}
END_TEST

START_TEST(a_missing_signature_has_no_key)
{
    struct name owner = name("www.example.");
    struct trail_step step = step_of(TRAIL_REFUSED);
    step.owner = &owner;
    step.type = TYPE_A;
    step.why = WHY_RRSIG_MISSING;
    trail_step(trail, &step);
    ck_assert_ptr_nonnull(
        strstr(draw(), "      BROKEN www.example. A: no signature in a signed zone\n"));
}
END_TEST

START_TEST(every_kind_of_step_has_words_of_its_own)
{
    static char lines[TRAIL_KINDS][PICTURE_LINE];
    for (unsigned kind = 0; kind < TRAIL_KINDS; kind++) {
        tear_down();
        set_up();
        walk((enum trail_kind)kind, "192.0.2.1", "words");
        judge(SEC_SECURE, WHY_SECURE, NULL);
        snprintf(lines[kind], PICTURE_LINE, "%s", draw());
        for (unsigned other = 0; other < kind; other++)
            ck_assert_str_ne(lines[kind], lines[other]);
        char json[PICTURE_LINE];
        picture_json(LIST_OF(trail->steps.next, struct trail_step, of_trail), json);
        ck_assert_msg(strstr(json, "\"step\":\"?\"") == NULL, "%s", json);
    }
}
END_TEST

START_TEST(a_step_is_a_json_object) /* RFC 8259 §4 */
{
    static char json[PICTURE_LINE];
    about(3, "www.example.", TYPE_A);
    signature(TRAIL_REFUSED, "www.example.", "example.", WHY_SIGNATURE_WRONG);
    picture_json(LIST_OF(trail->steps.next, struct trail_step, of_trail), json);
    ck_assert_str_eq(json, "{\"ms\":3,\"step\":\"refused\",\"subject\":\"www.example.\","
                           "\"subject_type\":\"A\",\"owner\":\"www.example.\",\"type\":\"A\","
                           "\"zone\":\"example.\",\"key_tag\":1234,\"algorithm\":\"RSASHA256\","
                           "\"inception\":\"20260101000000\",\"expiration\":\"20260201000000\","
                           "\"reason\":\"SIGNATURE_WRONG\","
                           "\"sentence\":\"the signature does not verify\"}");
}
END_TEST

START_TEST(json_text_is_escaped) /* RFC 8259 §7 */
{
    char room[64];
    ck_assert_str_eq(picture_quoted("a\"b\\c\n", room, sizeof room), "\"a\\\"b\\\\c\\u000a\"");
}
END_TEST

/* The longest names there are, each octet of them to be escaped, fit into a line. */
START_TEST(the_longest_names_fit_into_a_line)
{
    static char json[PICTURE_LINE];
    struct name longest = { .len = 0 };
    uint8_t label[63];
    memset(label, 1, sizeof label);
    for (unsigned i = 0; i < 3; i++)
        ck_assert(name_push(&longest, 63, label));
    ck_assert(name_push(&longest, 61, label) && name_push(&longest, 0, label));
    struct trail_step step = step_of(TRAIL_ALIAS);
    step.owner = step.zone = &longest;
    step.type = TYPE_CNAME;
    trail_step(trail, &step);
    picture_json(LIST_OF(trail->steps.next, struct trail_step, of_trail), json);
    ck_assert_int_eq(json[strlen(json) - 1], '}');
    ck_assert_ptr_null(strstr(draw(), "..."));
}
END_TEST

Suite *explain_picture_suite(void)
{
    Suite *suite = suite_create("explain/picture");
    TCase *tcase = tcase_create("picture");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_broken_chain_reads_from_the_root_down);
    tcase_add_test(tcase, a_trail_that_was_full_says_so);
    tcase_add_test(tcase, a_key_that_an_anchor_names_is_not_said_to_stand_in_a_ds);
    tcase_add_test(tcase, a_missing_signature_has_no_key);
    tcase_add_test(tcase, every_kind_of_step_has_words_of_its_own);
    tcase_add_test(tcase, a_step_is_a_json_object);
    tcase_add_test(tcase, json_text_is_escaped);
    tcase_add_test(tcase, the_longest_names_fit_into_a_line);
    suite_add_tcase(suite, tcase);
    return suite;
}
