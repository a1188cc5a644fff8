/* What the scenario player says of files: good, wrong, and hostile ones. */
#include <check.h>
#include <stdio.h>

#include "lib/base/log.h"
#include "tests/scenario/player/play.h"
#include "tests/unit/suites.h"

#define HEAD  "HINT root-server.test. 192.0.2.1\nCONFIG_END\nSCENARIO_BEGIN a title\n"
#define QUERY "ENTRY_BEGIN\nREPLY RD\nSECTION QUESTION\na.example. IN A\nENTRY_END\n"
#define SERVE                                                                                      \
    "RANGE_BEGIN 0 9\nADDRESS 192.0.2.1\nENTRY_BEGIN\nMATCH opcode subdomain\n"                    \
    "ADJUST copy_id copy_query\nREPLY QR AA NOERROR\nSECTION QUESTION\nexample. IN A\n"            \
    "SECTION ANSWER\na.example. 60 IN A 192.0.2.9\nENTRY_END\nRANGE_END\n"
#define CHECK(reply, address)                                                                      \
    "ENTRY_BEGIN\nMATCH all\nREPLY QR RD RA " reply "\nSECTION QUESTION\na.example. IN A\n"        \
    "SECTION ANSWER\na.example. 60 IN A " address "\nENTRY_END\n"
#define STEPS(reply, address)                                                                      \
    "STEP 1 QUERY\n" QUERY "STEP 2 CHECK_ANSWER\n" CHECK(reply, address) "SCENARIO_END\n"

struct row {
    const char *text;
    enum play_verdict verdict;
    const char *says; /* stands in what is said */
};

static const struct row rows[] = {
    { HEAD SERVE STEPS("NOERROR", "192.0.2.9"), PLAY_PASS, "" },
    { HEAD SERVE STEPS("NXDOMAIN", "192.0.2.9"), PLAY_FAIL,
      "step 2 CHECK_ANSWER (line 22): expected QR RD RA NXDOMAIN, got QR RD RA NOERROR" },
    { HEAD SERVE STEPS("NOERROR", "192.0.2.8"), PLAY_FAIL,
      "expected in the answer section, got not: a.example. 60 A 192.0.2.8" },
    { HEAD SERVE "STEP 1 QUERY\n" QUERY "STEP 2 TRAFFIC\nSCENARIO_END\n", PLAY_FAIL,
      "the answer to step 1 was not checked" },
    { HEAD "SCENARIO_END\n", PLAY_SKIP, "no CHECK step" },
    { HEAD "STEP 1 CHECK_ANSWER\n" QUERY "SCENARIO_END\n", PLAY_FAIL, "no answer came" },
    { "server:\n dance: yes\nCONFIG_END\n", PLAY_SKIP, "dance" },
    { "server:\n serve-expired: yes\nCONFIG_END\n", PLAY_SKIP, "serve-expired yes" },
    { "auth-zone:\nCONFIG_END\n", PLAY_SKIP, "auth-zone" },
    { "upstream: {dance: true}\nCONFIG_END\n", PLAY_SKIP, "upstream.dance" },
    { "dnssec: {clock: tomorrow}\nCONFIG_END\n", PLAY_FAIL, "dnssec.clock" },
    { HEAD "STEP 1 DANCE\nSCENARIO_END\n", PLAY_SKIP, "STEP DANCE" },
    { HEAD "STEP 1 QUERY\nENTRY_BEGIN\nMATCH dance\nENTRY_END\n", PLAY_SKIP, "MATCH dance" },
    { HEAD "STEP 1 QUERY\nENTRY_BEGIN\nADJUST dance\nENTRY_END\n", PLAY_SKIP, "ADJUST dance" },
    { "", PLAY_FAIL, "CONFIG_END is missing" },
    { "CONFIG_END\n", PLAY_FAIL, "SCENARIO_BEGIN is missing" },
    { HEAD, PLAY_FAIL, "SCENARIO_END is missing" },
    { HEAD "STEP 2 NOTHING\nSTEP 1 NOTHING\n", PLAY_FAIL, "line 5: step 1 comes after step 2" },
    { HEAD "STEP x NOTHING\n", PLAY_FAIL, "STEP wants its number" },
    { HEAD "STEP 99999999999999999999 NOTHING\n", PLAY_FAIL, "STEP wants its number" },
    { HEAD "STEP 1 QUERY ADDRESS moon\n", PLAY_FAIL, "moon is no address" },
    { HEAD "STEP 1 QUERY\nENTRY_BEGIN\nREPLY DANCE\n", PLAY_FAIL, "REPLY does not know DANCE" },
    { HEAD "STEP 1 QUERY\nENTRY_BEGIN\nREPLY RD\n", PLAY_FAIL, "ENTRY_END is missing" },
    { HEAD "RANGE_BEGIN 0 9\n", PLAY_FAIL, "RANGE_END is missing" },
    { HEAD "RANGE_BEGIN 0\n", PLAY_FAIL, "RANGE_BEGIN wants" },
    { HEAD "RANGE_BEGIN 0 9\nENTRY_BEGIN\nSECTION ANSWER\na. IN A moon\n", PLAY_FAIL,
      "line 7: no record" },
    { HEAD "RANGE_BEGIN 0 9\nENTRY_BEGIN\nSECTION DANCE\n", PLAY_FAIL, "SECTION wants" },
    { HEAD "STEP 1 QUERY\nENTRY_BEGIN\nSECTION QUESTION\na. IN A\nb. IN A\n", PLAY_FAIL,
      "there is one" },
    { HEAD "STEP 1 QUERY\nENTRY_BEGIN\nHEX_ANSWER_BEGIN\n0g\n", PLAY_FAIL, "no octets in hex" },
    { HEAD "STEP 1 QUERY\nENTRY_BEGIN\nHEX_ANSWER_BEGIN\n00\n", PLAY_FAIL,
      "HEX_ANSWER_END is missing" },
    { HEAD "STEP 1 TIME_PASSES DANCE 1\nSCENARIO_END\n", PLAY_FAIL, "ELAPSE or EVAL" },
    { HEAD "STEP 1 TIME_PASSES ELAPSE 1e99\nSCENARIO_END\n", PLAY_FAIL, "no time to pass" },
    { HEAD "STEP 1 ASSIGN x = ${1 +}\nSCENARIO_END\n", PLAY_FAIL, "cannot be reckoned" },
    { HEAD "STEP 1 TIMEOUT\nSCENARIO_END\n", PLAY_FAIL, "no question waits" },
    { "KEY k example. 99\nCONFIG_END\n", PLAY_FAIL, "there is no pair 0 of algorithm 99" },
    { "KEY k example. 13 pair=12\nCONFIG_END\n", PLAY_FAIL, "there is no pair 12" },
    { "ANCHOR k\nCONFIG_END\n", PLAY_FAIL, "line 1: ANCHOR wants a KEY" },
    { HEAD "RANGE_BEGIN 0 9\nENTRY_BEGIN\nSECTION ANSWER\n@sign k\n", PLAY_FAIL,
      "there is no KEY k" },
    { HEAD "RANGE_BEGIN 0 9\nENTRY_BEGIN\nSECTION ANSWER\n@dance\n", PLAY_FAIL,
      "there is no @dance" },
    { HEAD "RANGE_BEGIN 0 9\nENTRY_BEGIN\nSECTION ANSWER\n@nsec3 a. covers b. salt=abc\n",
      PLAY_FAIL, "no word of @nsec3" },
    { "INCLUDE nowhere.inc\n", PLAY_FAIL, "nowhere.inc cannot be read" },
    { "AUTOTRUST_FILE x\na line\n", PLAY_FAIL, "AUTOTRUST_END is missing" },
    { "AUTOTRUST_FILE x\na. IN DS 1 8 2 zz\nAUTOTRUST_END\n" HEAD "SCENARIO_END\n", PLAY_FAIL,
      "no record in a trust file" },
    { HEAD "STEP 1 CHECK_AUTOTRUST a.\nFILE_BEGIN\nFILE_END\nSCENARIO_END\n", PLAY_FAIL,
      "there is no AUTOTRUST_FILE" },
};

/* The plain form, and words that came with it. */
#define PLAIN "stub-addr: 192.0.2.1 # a root\nquery-minimization: off\n"
#define TITLE "CONFIG_END\nSCENARIO_BEGIN a title\n"
static const struct row plain_rows[] = {
    { PLAIN TITLE SERVE STEPS("NOERROR", "192.0.2.9"), PLAY_PASS, "" },
    { PLAIN TITLE SERVE STEPS("NXDOMAIN", "192.0.2.9"), PLAY_FAIL, "got QR RD RA NOERROR" },
    { "do-ip6: no\n" PLAIN "dance: yes\n" TITLE, PLAY_SKIP, "dance yes" },
    { "feature-list: policy=deny\n" PLAIN TITLE, PLAY_SKIP, "feature-list policy=deny" },
    { "trust-anchor: \"example. IN DS moon\"\n" PLAIN TITLE, PLAY_FAIL, "trust-anchor" },
    /* an answer may stay unchecked, a question that no entry fits gets SERVFAIL */
    { PLAIN TITLE SERVE "STEP 1 QUERY\n" QUERY STEPS("NOERROR", "192.0.2.9"), PLAY_PASS, "" },
    { PLAIN TITLE STEPS("NOERROR", "192.0.2.9"), PLAY_FAIL, "SERVERS_USELESS" },
    { PLAIN TITLE SERVE "STEP 1 QUERY\n" QUERY "SCENARIO_END\n", PLAY_SKIP, "no CHECK step" },
    { PLAIN TITLE "STEP 1 QUERY\nENTRY_BEGIN\nRAW\n0g\n", PLAY_FAIL, "no octets in hex" },
    { PLAIN TITLE
      "STEP 1 QUERY\nENTRY_BEGIN\nRAW\n00ff\nENTRY_END\n" SERVE STEPS("NOERROR", "192.0.2.9"),
      PLAY_PASS, "" },
    { PLAIN TITLE "RANGE_BEGIN 0 9 192.0.2.1\nENTRY_BEGIN\nMATCH opcode\nADJUST do_not_answer\n"
                  "ENTRY_END\nRANGE_END\n" SERVE STEPS("NOERROR", "192.0.2.9"),
      PLAY_FAIL, "NO_ROOT" },
    { PLAIN TITLE SERVE "RANGE_BEGIN 5 9\nENTRY_BEGIN\nMANDATORY\nENTRY_END\nRANGE_END\n" STEPS(
          "NOERROR", "192.0.2.9"),
      PLAY_FAIL, "nobody asked for the MANDATORY reply of line 18" },
    /* RFC 4034 §3.1.8: what is no signature at all is one that is wrong */
    { HEAD "RANGE_BEGIN 0 9\nENTRY_BEGIN\nSECTION ANSWER\n"
           "a. RRSIG A 13 1 60 20270101000000 20260101000000 1 a. UNUSABLE==\n"
           "a. RRSIG A 13 1 60 20270101000000 20260101000000 1 a.\nENTRY_END\nRANGE_END\n"
           "SCENARIO_END\n",
      PLAY_SKIP, "no CHECK step" },
    { HEAD SERVE "STEP 1 QUERY\n" QUERY "STEP 2 CHECK_ANSWER\n" CHECK(
          "NOERROR", "192.0.2.9") "STEP 3 FLUSH_MESSAGE a.example. A IN\nSTEP 10 QUERY\n" QUERY
                                  "STEP 11 CHECK_ANSWER\n" CHECK("NOERROR",
                                                                 "192.0.2.9") "SCENARIO_END\n",
      PLAY_FAIL, "step 11 CHECK_ANSWER (line 38): expected QR RD RA NOERROR, got" },
};

static void play_rows(const struct row *rows_of, size_t count)
{
    log_level_set(LOG_ERROR);
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows_of[i];
        struct play_result result;
        play_text("test.rpl", (struct bytes){ (const uint8_t *)row->text, strlen(row->text) },
                  &result);
        ck_assert_msg(result.verdict == row->verdict && strstr(result.text, row->says),
                      "row %zu: verdict %d, \"%s\"; wanted \"%s\"", i, (int)result.verdict,
                      result.text, row->says);
    }
}

START_TEST(each_file_gets_its_verdict_and_the_reason_with_its_line)
{
    play_rows(rows, sizeof rows / sizeof *rows);
}
END_TEST

START_TEST(a_plain_file_is_played_one_question_at_a_time)
{
    play_rows(plain_rows, sizeof plain_rows / sizeof *plain_rows);
}
END_TEST

/* Whatever is cut off or turned round: a verdict, and never a crash. */
START_TEST(no_cut_or_changed_file_breaks_the_player)
{
    static const char whole[] = HEAD SERVE STEPS("NOERROR", "192.0.2.9");
    char text[sizeof whole];
    struct play_result result;

    log_level_set(LOG_ERROR); /* answers that fail are no news here */
    for (size_t at = 0; at + 2 < sizeof whole; at += 5) {
        memcpy(text, whole, sizeof whole);
        play_text("cut.rpl", (struct bytes){ (const uint8_t *)text, at }, &result);
        ck_assert_int_ne(result.verdict, PLAY_PASS);
        text[at] = (char)(text[at] ^ 1 << at % 7);
        play_text("changed.rpl", (struct bytes){ (const uint8_t *)text, sizeof whole - 1 },
                  &result);
        ck_assert(result.verdict == PLAY_PASS || result.text[0] != '\0');
    }
}
END_TEST

START_TEST(a_line_of_all_octets_is_an_error)
{
    uint8_t text[300];
    struct play_result result;

    for (unsigned i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(255 - i % 255);
    play_text("octets.rpl", (struct bytes){ text, sizeof text }, &result);
    ck_assert_int_eq(result.verdict, PLAY_FAIL);
    text[7] = 0;
    play_text("octets.rpl", (struct bytes){ text, sizeof text }, &result);
    ck_assert_ptr_nonnull(strstr(result.text, "this is no text"));
}
END_TEST

Suite *scenario_play_suite(void)
{
    Suite *suite = suite_create("scenario/play");
    TCase *files = tcase_create("play_text");

    tcase_set_timeout(files, 60);
    tcase_add_test(files, each_file_gets_its_verdict_and_the_reason_with_its_line);
    tcase_add_test(files, a_plain_file_is_played_one_question_at_a_time);
    tcase_add_test(files, no_cut_or_changed_file_breaks_the_player);
    tcase_add_test(files, a_line_of_all_octets_is_an_error);
    suite_add_tcase(suite, files);
    return suite;
}
