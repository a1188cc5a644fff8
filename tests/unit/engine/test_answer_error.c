#include "tests/unit/engine/client_test.h"

static size_t error_of(struct answer_error error)
{
    size_t len = answer_error(&client, &error, (struct room){ room, sizeof room });
    parse(len);
    return len;
}

START_TEST(a_failure_is_header_question_and_reason) /* RFC 8914, SPEC O7 */
{
    struct cause cause = cause_of(WHY_SIGNATURE_EXPIRED);
    char text[2 * CAUSE_OCTETS];

    cause_detail(&cause, "www.example. A, key 1234");
    cause_text(&cause, text, sizeof text);
    client.edns.dnssec_ok = true;
    question_is("wWw.eXample.", FLAG_RD | FLAG_CD | FLAG_AD | FLAG_AA);
    size_t len = error_of((struct answer_error){ RCODE_SERVFAIL, false, &cause, 1, 1232 });
    ck_assert_uint_eq(parsed.header.id, 0xBEEF);
    ck_assert_uint_eq(parsed.header.flags, FLAG_QR | FLAG_RD | FLAG_RA | FLAG_CD | RCODE_SERVFAIL);
    assert_name(&parsed.question.name, "wWw.eXample.");
    ck_assert_uint_eq(parsed.edns.udp_octets, EDNS_UDP_OCTETS);
    ck_assert(parsed.edns.has_ede && parsed.edns.ede_code == 7);
    ck_assert_uint_eq(len, HEADER_OCTETS + 17 + 11 + 6 + strlen(text));
    ck_assert_mem_eq(room + len - strlen(text), text, strlen(text));
}
END_TEST

START_TEST(a_kept_failure_has_two_reasons) /* RULINGS A39 */
{
    struct cause causes[] = { cause_of(WHY_SERVERS_SILENT), cause_of(WHY_CACHED_FAILURE),
                              cause_of(WHY_NO_DS) /* has no code */, cause_of(WHY_OVERLOAD),
                              cause_of(WHY_NO_ROOT) /* one too many */ };

    error_of((struct answer_error){ RCODE_SERVFAIL, false, causes, 2, 1232 });
    ck_assert_uint_eq(parsed.edns.option_count, 2);
    ck_assert_uint_eq(parsed.edns.ede_code, 22);
    error_of((struct answer_error){ RCODE_SERVFAIL, false, causes, 5, 1232 });
    ck_assert_uint_eq(parsed.edns.option_count, 3);
    error_of((struct answer_error){ RCODE_SERVFAIL, false, causes + 2, 1, 1232 });
    ck_assert_uint_eq(parsed.edns.option_count, 0);
    error_of((struct answer_error){ RCODE_SERVFAIL, false, causes + 3, 1, 1232 });
    ck_assert(parsed.edns.has_ede && parsed.edns.ede_code == 0); /* RFC 8914 §4.1 */
}
END_TEST

/* The text goes first, then the reason, then the OPT; header and question never do. */
START_TEST(an_error_is_never_longer_than_its_limit)
{
    struct cause cause = cause_of(WHY_NOT_ALLOWED);
    const size_t bare = HEADER_OCTETS + 17, opt = bare + 11, ede = opt + 6;
    char whole[EDE_TEXT_OCTETS + 1];
    const size_t text = ede + strlen(cause_text(&cause, whole, sizeof whole));

    for (size_t limit = 0; limit <= text + 5; limit++) {
        size_t len = error_of((struct answer_error){ RCODE_REFUSED, false, &cause, 1, limit });
        ck_assert_uint_eq(len, limit < opt        ? bare
                               : limit < ede      ? opt
                               : limit < ede + 32 ? ede
                               : limit < text     ? limit
                                                  : text);
        ck_assert_uint_eq(message_rcode(&parsed), RCODE_REFUSED);
        ck_assert(parsed.edns.present == (limit >= opt));
        ck_assert(parsed.edns.has_ede == (limit >= ede));
        ck_assert(!parsed.edns.has_ede || parsed.edns.ede_code == 18);
    }
}
END_TEST

START_TEST(badvers_is_eleven_octets_more_than_the_question) /* RFC 6891 §6.1.3, RULINGS A37 */
{
    client.edns.version = 1;
    size_t len =
        error_of((struct answer_error){ .rcode = RCODE_BADVERS, .limit = HEADER_OCTETS + 17 + 11 });
    ck_assert_uint_eq(len, HEADER_OCTETS + 17 + 11);
    ck_assert_uint_eq(message_rcode(&parsed), RCODE_BADVERS);
    ck_assert_uint_eq(header_rcode(&parsed.header), 0);
    ck_assert_uint_eq(parsed.edns.version, 0);
}
END_TEST

START_TEST(an_error_without_a_question_is_a_header) /* LIMITS F8 */
{
    client.question.name.len = 0;
    client.edns.present = false;
    client.header.flags = OPCODE_UPDATE << 11 | FLAG_RD;
    size_t len = error_of((struct answer_error){ .rcode = RCODE_NOTIMP, .limit = HEADER_OCTETS });
    ck_assert_uint_eq(len, HEADER_OCTETS);
    ck_assert(!parsed.has_question);
    ck_assert_uint_eq(header_opcode(&parsed.header), OPCODE_UPDATE); /* RFC 1035 §4.1.1 */
    ck_assert_uint_eq(message_rcode(&parsed), RCODE_NOTIMP);
}
END_TEST

START_TEST(the_root_is_a_question_too)
{
    question_is(".", FLAG_RD);
    error_of((struct answer_error){ .rcode = RCODE_REFUSED, .limit = 512 });
    ck_assert(parsed.has_question);
    assert_name(&parsed.question.name, ".");
}
END_TEST

START_TEST(tc_alone_sends_the_client_to_tcp) /* RULINGS A40 */
{
    error_of((struct answer_error){ .truncated = true, .limit = 512 });
    ck_assert_uint_eq(parsed.header.flags, FLAG_QR | FLAG_RD | FLAG_RA | FLAG_TC);
    ck_assert_str_eq(types_of(&parsed), "||");
}
END_TEST

Suite *engine_answer_error_suite(void)
{
    Suite *suite = suite_create("engine/answer_error");
    TCase *tcase = tcase_create("answer_error");
    tcase_add_checked_fixture(tcase, set_up_client, tear_down);
    tcase_add_test(tcase, a_failure_is_header_question_and_reason);
    tcase_add_test(tcase, a_kept_failure_has_two_reasons);
    tcase_add_test(tcase, an_error_is_never_longer_than_its_limit);
    tcase_add_test(tcase, badvers_is_eleven_octets_more_than_the_question);
    tcase_add_test(tcase, an_error_without_a_question_is_a_header);
    tcase_add_test(tcase, the_root_is_a_question_too);
    tcase_add_test(tcase, tc_alone_sends_the_client_to_tcp);
    suite_add_tcase(suite, tcase);
    return suite;
}
