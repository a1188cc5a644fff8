#include "lib/wire/shorten.h"

#include <string.h>

#include "lib/wire/message.h"
#include "lib/wire/type.h"
#include "tests/unit/suites.h"

enum { QUESTION_END = 12 + 8 + 4, OPT_OCTETS = 11 };

static uint8_t message[512];
static size_t octets;

static void put(const void *from, size_t len)
{
    memcpy(message + octets, from, len);
    octets += len;
}

/* A reply about x.test. with an A record if the rcode is 0, and an OPT with EDE where asked for. */
enum with_opt { NO_OPT, WITH_OPT };

static void reply(uint8_t rcode, enum with_opt with)
{
    uint8_t header[12] = { 0x12, 0x34, 0x81, 0xA0, 0, 1, 0, 0, 0, 0, 0, 0 }; /* RD, RA, AD */
    header[3] |= rcode;
    header[7] = rcode == 0;
    header[11] = with == WITH_OPT;
    octets = 0;
    put(header, sizeof header);
    put("\1x\4test\0\0\1\0\1", 12);
    if (rcode == 0)
        put("\xC0\x0C\0\1\0\1\0\0\1\0\0\4\1\2\3\4", 16);
    if (with == WITH_OPT)
        put("\0\0\x29\x04\xD0\1\0\x80\0\0\x09\0\x0F\0\5\0\6hey", 20); /* upper rcode 1, DO */
}

static unsigned flags(void)
{
    return (unsigned)(message[2] << 8 | message[3]);
}

static void set_up(void)
{
    reply(0, WITH_OPT);
}

START_TEST(an_answer_becomes_its_question_with_tc_and_a_bare_opt) /* RFC 2181 §9 */
{
    static const uint8_t opt[OPT_OCTETS] = { 0, 0, 41, 4, 0xD0, 1, 0, 0x80, 0, 0, 0 };
    static const uint8_t counts[] = { 0, 1, 0, 0, 0, 0, 0, 1 };
    ck_assert_uint_eq(shorten(message, octets, 100), QUESTION_END + OPT_OCTETS);
    ck_assert_uint_eq(flags(), FLAG_QR | FLAG_TC | FLAG_RD | FLAG_RA); /* no AD */
    ck_assert_mem_eq(message + 4, counts, sizeof counts);
    ck_assert_mem_eq(message + QUESTION_END, opt, sizeof opt);
}
END_TEST

START_TEST(an_opt_that_does_not_fit_is_left_out)
{
    ck_assert_uint_eq(shorten(message, octets, QUESTION_END + OPT_OCTETS - 1), QUESTION_END);
    ck_assert_uint_eq(message[11], 0);
}
END_TEST

START_TEST(who_got_no_opt_gets_none)
{
    reply(0, NO_OPT);
    ck_assert_uint_eq(shorten(message, octets, 100), QUESTION_END);
    ck_assert_uint_eq(message[11], 0);
    ck_assert_uint_ne(flags() & FLAG_TC, 0);
}
END_TEST

START_TEST(a_question_that_does_not_fit_leaves_nothing)
{
    ck_assert_uint_eq(shorten(message, octets, QUESTION_END - 1), 0);
    ck_assert_uint_eq(shorten(message, octets, 0), 0);
}
END_TEST

START_TEST(a_name_that_does_not_exist_gets_tc_and_an_error_does_not) /* LIMITS 4.2 */
{
    static const struct {
        uint8_t rcode;
        bool tc;
    } rows[] = { { RCODE_NXDOMAIN, true }, { RCODE_YXDOMAIN, true }, { RCODE_SERVFAIL, false },
                 { RCODE_REFUSED, false }, { RCODE_FORMERR, false }, { RCODE_NOTIMP, false } };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        reply(rows[i].rcode, WITH_OPT);
        ck_assert_uint_eq(shorten(message, octets, 100), QUESTION_END + OPT_OCTETS);
        ck_assert((flags() & FLAG_TC) == (rows[i].tc ? FLAG_TC : 0));
        ck_assert_uint_eq(flags() & 15, rows[i].rcode);
    }
}
END_TEST

START_TEST(what_is_no_reply_leaves_nothing)
{
    ck_assert_uint_eq(shorten(message, 11, 100), 0);
    ck_assert_uint_eq(shorten(message, QUESTION_END - 1, 100), 0);
    message[5] = 2;
    ck_assert_uint_eq(shorten(message, octets, 100), 0);
}
END_TEST

START_TEST(a_bare_header_stays_one)
{
    octets = 0;
    put("\x12\x34\x81\x81\0\0\0\0\0\0\0\0", 12);
    ck_assert_uint_eq(shorten(message, octets, 12), 12);
}
END_TEST

START_TEST(records_that_end_too_early_hide_no_more_than_the_opt)
{
    for (size_t cut = QUESTION_END; cut < octets; cut++) {
        reply(0, WITH_OPT);
        ck_assert_uint_eq(shorten(message, cut, 100), QUESTION_END);
    }
}
END_TEST

Suite *wire_shorten_suite(void)
{
    Suite *suite = suite_create("wire/shorten");
    TCase *tcase = tcase_create("shorten");
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, an_answer_becomes_its_question_with_tc_and_a_bare_opt);
    tcase_add_test(tcase, an_opt_that_does_not_fit_is_left_out);
    tcase_add_test(tcase, who_got_no_opt_gets_none);
    tcase_add_test(tcase, a_question_that_does_not_fit_leaves_nothing);
    tcase_add_test(tcase, a_name_that_does_not_exist_gets_tc_and_an_error_does_not);
    tcase_add_test(tcase, what_is_no_reply_leaves_nothing);
    tcase_add_test(tcase, a_bare_header_stays_one);
    tcase_add_test(tcase, records_that_end_too_early_hide_no_more_than_the_opt);
    suite_add_tcase(suite, tcase);
    return suite;
}
