#include <signal.h>

#include "tests/unit/engine/answer_test.h"

/* ---- sections ---- */

START_TEST(an_answer_is_header_question_and_records)
{
    struct link *link = link_of(REPLY_POSITIVE, "Www.example.", TYPE_A);

    answers(link, address("www.example.", 2));
    rendered_as(&link, 1, PLAIN);
    ck_assert_str_eq(types_of(&parsed), "A A ||");
    ck_assert_uint_eq(parsed.header.id, 0);
    ck_assert_uint_eq(parsed.header.flags, FLAG_QR | FLAG_RA); /* RFC 1035 §4.1.1: not AA */
    assert_name(&parsed.question.name, "Www.example.");
    ck_assert_uint_eq(parsed.question.type, TYPE_A);
    ck_assert_uint_eq(rendering.message.question_end, HEADER_OCTETS + 13 + 4);
    ck_assert_uint_eq(parsed.records[0].ttl, 300);
    ck_assert_uint_eq(rendering.message.len, HEADER_OCTETS + 17u + 2 * 16); /* owners compressed */
    ck_assert(!parsed.edns.present);
}
END_TEST

START_TEST(signatures_are_shown_to_those_who_ask_for_them) /* RFC 4035 §3.2.1 */
{
    struct link *link = link_of(REPLY_POSITIVE, "www.example.", TYPE_A);

    answers(link, address("www.example.", 2));
    rendered_as(&link, 1, WITH_DNSSEC);
    ck_assert_str_eq(types_of(&parsed), "A A RRSIG ||");
    ck_assert_uint_eq(parsed.records[2].ttl, 300); /* RFC 4034 §3: the covered set's */
}
END_TEST

START_TEST(an_absence_shows_its_soa_and_its_proof) /* RFC 2308 §3, RFC 4035 §3.1.3 */
{
    struct link *link = link_of(_i ? REPLY_NXDOMAIN : REPLY_NODATA, "www.example.", TYPE_A);

    proves(link, nsec("a.example."));
    proves(link, soa("example."));
    rendered_as(&link, 1, PLAIN);
    ck_assert_str_eq(types_of(&parsed), "|SOA |");
    ck_assert_uint_eq(message_rcode(&parsed), _i ? RCODE_NXDOMAIN : RCODE_NOERROR);
    rendered_as(&link, 1, WITH_DNSSEC);
    ck_assert_str_eq(types_of(&parsed), "|NSEC RRSIG SOA RRSIG |");
}
END_TEST

START_TEST(the_rcode_is_that_of_the_last_name) /* RFC 6604 §3 */
{
    struct link *links[2] = { link_of(REPLY_ALIAS, "a.example.", TYPE_A),
                              link_of(REPLY_NXDOMAIN, "b.", TYPE_A) };

    answers(links[0], alias("a.example.", TYPE_CNAME, SPAN("\1b\0")));
    proves(links[1], soa("."));
    rendered_as(links, 2, PLAIN);
    ck_assert_str_eq(types_of(&parsed), "CNAME |SOA |");
    ck_assert_uint_eq(message_rcode(&parsed), RCODE_NXDOMAIN);
}
END_TEST

START_TEST(nsec3_proves_as_nsec_does) /* RFC 5155 §7.2 */
{
    struct link *link = link_of(REPLY_NODATA, "www.example.", TYPE_A);
    struct bytes rdata = BYTES("\1\0\0\0\0\1x\0\1\x40");

    proves(link, set_of("0p9mhaveqvm6t7vb.example.", TYPE_NSEC3, 60, &rdata, 1));
    proves(link, set_of("example.", TYPE_TXT, 60, &(struct bytes)BYTES("\1x"), 1));
    rendered_as(&link, 1, WITH_DNSSEC);
    ck_assert_str_eq(types_of(&parsed), "|NSEC3 RRSIG |");
    rendered_as(&link, 1, PLAIN);
    ck_assert_str_eq(types_of(&parsed), "||");
}
END_TEST

START_TEST(the_proof_for_a_wildcard_is_shown_with_do) /* RFC 4035 §3.1.3.3 */
{
    struct link *link = link_of(REPLY_POSITIVE, "www.example.", TYPE_A);

    answers(link, address("www.example.", 1));
    proves(link, nsec("a.example."));
    proves(link, soa("example."));
    rendered_as(&link, 1, WITH_DNSSEC);
    ck_assert_str_eq(types_of(&parsed), "A RRSIG ||"); /* SPEC R8: it was not needed */
    link->wildcard = true;
    rendered_as(&link, 1, WITH_DNSSEC);
    ck_assert_str_eq(types_of(&parsed), "A RRSIG |NSEC RRSIG |");
    rendered_as(&link, 1, PLAIN);
    ck_assert_str_eq(types_of(&parsed), "A ||");
}
END_TEST

START_TEST(proofs_along_the_chain_are_gathered)
{
    struct link *links[2] = { link_of(REPLY_ALIAS, "a.example.", TYPE_A),
                              link_of(REPLY_NODATA, "b.", TYPE_A) };

    answers(links[0], alias("a.example.", TYPE_CNAME, SPAN("\1b\0")));
    proves(links[0], nsec("n.example."));
    links[0]->wildcard = true;
    proves(links[1], soa("."));
    proves(links[1], nsec("b."));
    rendered_as(links, 2, WITH_DNSSEC);
    ck_assert_str_eq(types_of(&parsed), "CNAME RRSIG |NSEC RRSIG SOA RRSIG NSEC RRSIG |");
}
END_TEST

START_TEST(a_set_that_serves_twice_is_written_once)
{
    struct link *links[3];
    const char *const names[] = { "x.", "a.example.", "b.example." };

    for (unsigned i = 0; i < 3; i++) {
        links[i] = link_of(REPLY_DNAME, names[i], TYPE_A);
        answers(links[i], alias(i ? "EXAMPLE." : "x.", TYPE_DNAME, SPAN("\1c\0")));
        answers(links[i], alias(names[i], TYPE_CNAME, SPAN("\1d\0")));
        proves(links[i], nsec(i == 1 ? "N.example." : "n.example."));
        links[i]->wildcard = i > 0;
    }
    rendered_as(links, 3, WITH_DNSSEC);
    ck_assert_str_eq(types_of(&parsed),
                     "DNAME RRSIG CNAME RRSIG DNAME RRSIG CNAME RRSIG CNAME RRSIG "
                     "|NSEC RRSIG |");
    links[1]->wildcard = links[2]->wildcard = false;
    links[0]->wildcard = true;
    links[0]->authority[0]->security = SEC_UNCHECKED; /* not shown there, nor anywhere */
    rendered_as(links, 3, WITH_DNSSEC);
    ck_assert_uint_eq(parsed.header.counts[2], 0);
}
END_TEST

START_TEST(any_shows_all_sets_that_were_proven) /* RFC 8482 §4.2, LIMITS D4 */
{
    struct link *link = link_of(REPLY_POSITIVE, "www.example.", TYPE_ANY);

    answers(link, address("www.example.", 1));
    answers(link, nsec("www.example."));
    answers(link, soa("www.example."));
    link->answer[2]->security = SEC_UNCHECKED;
    rendered_as(&link, 1, PLAIN);
    ck_assert_str_eq(types_of(&parsed), "A NSEC ||");
}
END_TEST

/* ---- what may go out at all ---- */

static const struct {
    const char *why;
    uint8_t link, set;
    bool opt_out;
    enum why reason;
    const char *types;
} outgoing[] = {
    { "secure, proven", SEC_SECURE, SEC_SECURE, false, WHY_SECURE, "|NSEC RRSIG |" },
    { "secure, but no proof needed it", SEC_SECURE, SEC_UNCHECKED, false, WHY_SECURE, "||" },
    { "secure, but insecure itself", SEC_SECURE, SEC_INSECURE, false, WHY_SECURE, "||" },
    { "opt-out, proven", SEC_INSECURE, SEC_SECURE, true, WHY_NO_DS, "|NSEC RRSIG |" },
    { "opt-out, but no proof needed it", SEC_INSECURE, SEC_UNCHECKED, true, WHY_NO_DS, "||" },
    { "insecure: let the client judge", SEC_INSECURE, SEC_UNCHECKED, false, WHY_NO_DS,
      "|NSEC RRSIG |" },
    { "insecure, but bogus itself", SEC_INSECURE, SEC_BOGUS, false, WHY_NO_DS, "||" },
    { "never judged: CD", SEC_UNCHECKED, SEC_UNCHECKED, false, WHY_NONE, "|NSEC RRSIG |" },
    { "opt-out, but bogus itself", SEC_INSECURE, SEC_BOGUS, true, WHY_NO_DS, "||" },
    { "never judged: CD, whatever is known", SEC_UNCHECKED, SEC_BOGUS, false, WHY_NONE,
      "|NSEC RRSIG |" },
    { "never judged: validation is off", SEC_INSECURE, SEC_UNCHECKED, false, WHY_NOT_VALIDATED,
      "|NSEC RRSIG |" },
};

START_TEST(nothing_goes_out_without_a_final_status) /* LIMITS C7 */
{
    struct link *link = link_of(REPLY_NODATA, "www.example.", TYPE_A);

    link->security = outgoing[_i].link;
    link->opt_out = outgoing[_i].opt_out;
    link->why = (uint16_t)outgoing[_i].reason;
    proves(link, nsec("a.example."));
    link->authority[0]->security = outgoing[_i].set;
    rendered_as(&link, 1, WITH_DNSSEC);
    ck_assert_msg(strcmp(types_of(&parsed), outgoing[_i].types) == 0, "%s: %s", outgoing[_i].why,
                  types_of(&parsed));
}
END_TEST

/* ---- what it is worth ---- */

START_TEST(the_weakest_link_decides) /* RFC 6840 §5.8 */
{
    for (unsigned first = SEC_UNCHECKED; first <= SEC_SECURE; first++) {
        for (unsigned second = SEC_UNCHECKED; second <= SEC_SECURE; second++) {
            struct link *links[2] = { link_of(REPLY_ALIAS, "a.example.", TYPE_A),
                                      link_of(REPLY_POSITIVE, "b.", TYPE_A) };
            answers(links[0], alias("a.example.", TYPE_CNAME, SPAN("\1b\0")));
            answers(links[1], address("b.", 1));
            links[0]->security = (uint8_t)first;
            links[1]->security = (uint8_t)second;
            links[0]->why = WHY_NO_DS;
            links[1]->why = WHY_NO_ANCHOR;
            rendered_as(links, 2, PLAIN);
            ck_assert_uint_eq(rendering.message.security, first < second ? first : second);
            ck_assert(rendering.message.secure == (first == SEC_SECURE && second == SEC_SECURE));
            ck_assert_int_eq(rendering.why, rendering.message.secure ? WHY_SECURE
                                            : second < first         ? WHY_NO_ANCHOR
                                                                     : WHY_NO_DS);
        }
    }
}
END_TEST

START_TEST(opt_out_anywhere_on_the_chain_takes_ad_away) /* RFC 5155 §9.2, RULINGS A15 */
{
    struct link *links[2] = { link_of(REPLY_ALIAS, "a.example.", TYPE_A),
                              link_of(REPLY_POSITIVE, "b.", TYPE_A) };

    answers(links[0], alias("a.example.", TYPE_CNAME, SPAN("\1b\0")));
    answers(links[1], address("b.", 1));
    rendered_as(links, 2, PLAIN);
    ck_assert(rendering.message.secure);
    links[_i]->opt_out = true;
    rendered_as(links, 2, PLAIN);
    ck_assert(!rendering.message.secure);
}
END_TEST

START_TEST(an_empty_answer_is_never_secure) /* RULINGS A15 */
{
    struct link *link = link_of(REPLY_NODATA, "www.example.", TYPE_A);

    rendered_as(&link, 1, PLAIN);
    ck_assert_str_eq(types_of(&parsed), "||");
    ck_assert(!rendering.message.secure);
    proves(link, soa("example."));
    rendered_as(&link, 1, PLAIN);
    ck_assert(rendering.message.secure); /* an absence is as good as an answer */
}
END_TEST

START_TEST(an_insecure_answer_says_why_where_there_is_a_code) /* RFC 8914 §4 */
{
    struct link *links[2] = { link_of(REPLY_ALIAS, "a.example.", TYPE_A),
                              link_of(REPLY_POSITIVE, "b.", TYPE_A) };

    answers(links[0], alias("a.example.", TYPE_CNAME, SPAN("\1b\0")));
    answers(links[1], address("b.", 1));
    links[0]->why = WHY_NSEC3_ITERATIONS; /* but this one is secure */
    rendered_as(links, 2, PLAIN);
    ck_assert_int_eq(rendering.message.why, WHY_NONE);
    links[0]->security = links[1]->security = SEC_INSECURE;
    links[0]->why = WHY_NO_DS; /* has no code */
    links[1]->why = WHY_ALGORITHM_UNSUPPORTED;
    rendered_as(links, 2, PLAIN);
    ck_assert_int_eq(rendering.message.why, WHY_ALGORITHM_UNSUPPORTED);
    links[0]->why = WHY_DIGEST_UNSUPPORTED;
    rendered_as(links, 2, PLAIN);
    ck_assert_int_eq(rendering.message.why, WHY_DIGEST_UNSUPPORTED);
}
END_TEST

/* ---- TTLs ---- */

START_TEST(all_ttls_are_found_again) /* RULINGS A19 */
{
    struct link *links[2] = { link_of(REPLY_ALIAS, "a.example.", TYPE_A),
                              link_of(REPLY_NODATA, "b.", TYPE_A) };

    answers(links[0], alias("a.example.", TYPE_CNAME, SPAN("\1b\0")));
    proves(links[1], soa("."));
    proves(links[1], nsec("b."));
    rendered_as(links, 2, WITH_DNSSEC);
    ck_assert_uint_eq(rendering.message.ttl_count, 6);
    ck_assert_ptr_eq(rendering.message.ttl_at, rendering.ttl_at);
    ck_assert(rendering.cacheable);
    for (unsigned i = 0; i < 6; i++) {
        ck_assert_uint_eq(rendering.ttl_at[i] + 6u, parsed.records[i].rdata_at);
        memcpy(room + rendering.ttl_at[i], "\0\0\0\7", 4);
    }
    parse(rendering.message.len);
    for (unsigned i = 0; i < 6; i++)
        ck_assert_uint_eq(parsed.records[i].ttl, 7);
}
END_TEST

START_TEST(it_is_kept_as_long_as_its_shortest_part)
{
    struct link *links[2] = { link_of(REPLY_ALIAS, "a.example.", TYPE_A),
                              link_of(REPLY_POSITIVE, "b.", TYPE_A) };

    answers(links[0], alias("a.example.", TYPE_CNAME, SPAN("\1b\0"))); /* 200 s */
    answers(links[1], address("b.", 1));                               /* 300 s */
    rendered_as(links, 2, PLAIN);
    ck_assert_uint_eq(rendering.ttl_s, 200);
    links[1]->ttl_s = 100; /* what a signature allows (RFC 4035 §5.3.3) */
    rendered_as(links, 2, PLAIN);
    ck_assert_uint_eq(rendering.ttl_s, 100);
    ck_assert_uint_eq(parsed.records[0].ttl, 200);
    ck_assert_uint_eq(parsed.records[1].ttl, 100);
    links[1]->answer_count = 0; /* even with nothing to show for it */
    rendered_as(links, 2, PLAIN);
    ck_assert_uint_eq(rendering.ttl_s, 100);
}
END_TEST

START_TEST(too_many_ttls_to_note_are_answered_and_not_kept)
{
    struct link *links[3];
    const char *names[] = { "a.", "b.", "c." };

    for (unsigned i = 0; i < 3; i++) {
        links[i] = link_of(REPLY_POSITIVE, names[i], TYPE_A);
        answers(links[i], address(names[i], i < 2 ? 256 : 1));
        links[i]->answer[0]->security = SEC_SECURE;
    }
    rendered_as(links, 2, PLAIN);
    ck_assert_uint_eq(rendering.message.ttl_count, ANSWER_TTLS_MAX);
    ck_assert(rendering.cacheable);
    rendered_as(links, 3, PLAIN);
    ck_assert_uint_eq(parsed.header.counts[1], 513);
    ck_assert_uint_eq(rendering.message.ttl_count, ANSWER_TTLS_MAX);
    ck_assert(!rendering.cacheable);
}
END_TEST

/* ---- bounds ---- */

START_TEST(what_is_longer_than_the_room_is_a_question_with_tc) /* RFC 2181 §9 */
{
    struct link *link = link_of(REPLY_NODATA, "www.example.", TYPE_A);
    struct question question = { link->name, TYPE_A, CLASS_IN };
    const struct link *const links[] = { link };
    struct answer_input input = { links, 1, &question, true };

    proves(link, soa("example."));
    proves(link, nsec("a.example."));
    ck_assert_int_eq(render(&link, 1, WITH_DNSSEC), ST_OK);
    size_t len = rendering.message.len, least = rendering.message.question_end;
    for (size_t size = 0; size <= len; size++) {
        uint8_t *exact = memory_new(size + 1); /* seen by the address sanitizer */
        rendering.message = (struct rendered){ .octets = exact, .size = size };
        ck_assert_int_eq(answer_render(&input, &rendering), size < least ? ST_LIMIT : ST_OK);
        if (size >= least && size < len) {
            ck_assert_uint_eq(rendering.message.len, least);
            ck_assert(!rendering.cacheable && !rendering.message.secure);
            ck_assert_uint_eq(exact[2], 0x82); /* QR, TC */
            ck_assert_mem_eq(exact + 4, "\0\1\0\0\0\0\0\0", 8);
        }
        memory_free(exact);
    }
}
END_TEST

START_TEST(no_link_at_all_is_our_own_bug)
{
    struct link *link = link_of(REPLY_NODATA, "www.example.", TYPE_A);
    (void)!render(&link, 0, PLAIN);
}
END_TEST

Suite *engine_answer_suite(void)
{
    Suite *suite = suite_create("engine/answer");
    TCase *render_case = tcase_create("answer_render");
    tcase_add_checked_fixture(render_case, set_up, tear_down);
    tcase_add_test(render_case, an_answer_is_header_question_and_records);
    tcase_add_test(render_case, signatures_are_shown_to_those_who_ask_for_them);
    tcase_add_loop_test(render_case, an_absence_shows_its_soa_and_its_proof, 0, 2);
    tcase_add_test(render_case, nsec3_proves_as_nsec_does);
    tcase_add_test(render_case, the_rcode_is_that_of_the_last_name);
    tcase_add_test(render_case, the_proof_for_a_wildcard_is_shown_with_do);
    tcase_add_test(render_case, proofs_along_the_chain_are_gathered);
    tcase_add_test(render_case, a_set_that_serves_twice_is_written_once);
    tcase_add_test(render_case, any_shows_all_sets_that_were_proven);
    tcase_add_loop_test(render_case, nothing_goes_out_without_a_final_status, 0, COUNT(outgoing));
    tcase_add_test(render_case, the_weakest_link_decides);
    tcase_add_loop_test(render_case, opt_out_anywhere_on_the_chain_takes_ad_away, 0, 2);
    tcase_add_test(render_case, an_empty_answer_is_never_secure);
    tcase_add_test(render_case, an_insecure_answer_says_why_where_there_is_a_code);
    tcase_add_test(render_case, all_ttls_are_found_again);
    tcase_add_test(render_case, it_is_kept_as_long_as_its_shortest_part);
    tcase_add_test(render_case, too_many_ttls_to_note_are_answered_and_not_kept);
    tcase_add_test(render_case, what_is_longer_than_the_room_is_a_question_with_tc);
#ifdef CATENA_TESTING
    tcase_add_test_raise_signal(render_case, no_link_at_all_is_our_own_bug, SIGABRT);
#endif
    suite_add_tcase(suite, render_case);
    return suite;
}
