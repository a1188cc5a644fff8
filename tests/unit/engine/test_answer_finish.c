#include <signal.h>

#include "tests/unit/engine/client_test.h"

/* www.example. with `count` addresses, rendered into `room`. */
static void render_addresses(unsigned count, enum shown shown)
{
    struct link *link = link_of(REPLY_POSITIVE, "www.example.", TYPE_A);
    answers(link, address("www.example.", count));
    ck_assert_int_eq(render(&link, 1, shown), ST_OK);
}

/* Finished where it stands, and taken apart again. */
static size_t finish(uint16_t rotation)
{
    struct answer_finish as = { .question = &client,
                                .room = { room, sizeof room },
                                .rotation = rotation };
    size_t len = answer_finish(&rendering.message, &as);
    parse(len);
    return len;
}

/* ---- answer_finish: header and question ---- */

/* A NODATA whose own NSEC has NXNAME. */
static struct link *compact_denial(void)
{
    static const uint8_t rdata_octets[] = "\1\0\3www\7example" /* next: \000.www.example. */
                                          "\0\0\x11\0\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\x80";
    struct bytes rdata = { rdata_octets, sizeof rdata_octets - 1 };
    struct link *link = link_of(REPLY_NODATA, "www.example.", TYPE_A);
    proves(link, set_of("www.example.", TYPE_NSEC, 600, &rdata, 1));
    proves(link, soa("example."));
    return link;
}

START_TEST(what_no_message_holds_has_tc_over_tcp_too) /* RFC 2181 §9 */
{
    struct link *links[1];
    struct bytes texts[256];
    uint8_t text[256] = { 255 };

    question_is("www.example.", FLAG_RD | FLAG_AD);
    client.udp_octets = 65535;
    for (unsigned i = 0; i < COUNT(texts); i++) {
        text[1] = (uint8_t)i;
        texts[i] = (struct bytes){ arena_copy(memory.arena, text, sizeof text), sizeof text };
    }
    links[0] = link_of(REPLY_POSITIVE, "www.example.", TYPE_A);
    answers(links[0], set_of("www.example.", TYPE_TXT, 300, texts, COUNT(texts)));
    ck_assert_int_eq(render(links, 1, PLAIN), ST_OK);
    ck_assert_uint_eq(finish(0), HEADER_OCTETS + 17u + 11);
    ck_assert_uint_eq(parsed.header.flags, FLAG_QR | FLAG_TC | FLAG_RD | FLAG_RA);
    ck_assert_uint_eq(parsed.header.counts[1], 0);
}
END_TEST

START_TEST(a_name_that_compact_denial_denies_is_nxdomain_again) /* RFC 9824 §5, RULINGS A38 */
{
    static const struct {
        bool dnssec_ok, compact_ok;
        enum security security;
        uint16_t rcode;
    } rows[] = { { false, false, SEC_SECURE, RCODE_NXDOMAIN },
                 { true, false, SEC_SECURE, RCODE_NOERROR },
                 { true, true, SEC_SECURE, RCODE_NXDOMAIN },
                 { false, true, SEC_SECURE, RCODE_NXDOMAIN },
                 { false, false, SEC_INSECURE, RCODE_NOERROR } };
    for (unsigned i = 0; i < COUNT(rows); i++) {
        struct link *link = compact_denial();
        link->security = rows[i].security;
        client.edns.dnssec_ok = rows[i].dnssec_ok;
        client.edns.compact_ok = rows[i].compact_ok;
        ck_assert_int_eq(render(&link, 1, WITH_DNSSEC), ST_OK);
        finish(0);
        ck_assert_msg(header_rcode(&parsed.header) == rows[i].rcode, "row %u", i);
    }
    struct link *other = link_of(REPLY_NODATA, "www.example.", TYPE_A);
    proves(other, nsec("www.example."));
    ck_assert_int_eq(render(&other, 1, PLAIN), ST_OK);
    finish(0);
    ck_assert_int_eq(header_rcode(&parsed.header), RCODE_NOERROR);
}
END_TEST

START_TEST(ad_is_for_those_who_asked_and_leave_the_checking_to_us) /* RFC 6840 §5.7 to §5.9 */
{
    static const uint16_t bits[] = { FLAG_AD, FLAG_CD, FLAG_RD };
    uint16_t flags = 0;

    for (unsigned i = 0; i < COUNT(bits); i++)
        flags |= _i & 1 << i ? bits[i] : 0;
    question_is("www.example.", flags | FLAG_AA | FLAG_TC | FLAG_RA | 0x40 | 9);
    client.edns.dnssec_ok = _i & 8;
    render_addresses(1, PLAIN);
    rendering.message.secure = _i & 16;
    finish(0);
    bool ad = _i & 16 && (_i & 8 || flags & FLAG_AD) && !(flags & FLAG_CD);
    ck_assert_uint_eq(parsed.header.flags,
                      FLAG_QR | FLAG_RA | (flags & (FLAG_RD | FLAG_CD)) | (ad ? FLAG_AD : 0));
    ck_assert_uint_eq(parsed.header.id, 0xBEEF);
}
END_TEST

START_TEST(the_rcode_stays)
{
    struct link *link = link_of(REPLY_NXDOMAIN, "www.example.", TYPE_A);

    proves(link, soa("example."));
    ck_assert_int_eq(render(&link, 1, PLAIN), ST_OK);
    finish(0);
    ck_assert_uint_eq(message_rcode(&parsed), RCODE_NXDOMAIN);
    ck_assert_str_eq(types_of(&parsed), "|SOA |");
}
END_TEST

START_TEST(the_question_comes_back_in_the_case_it_was_asked_in) /* draft-vixie-dnsext-dns0x20 */
{
    render_addresses(1, PLAIN);
    question_is("wWw.EXAMPLE.", FLAG_RD);
    finish(0);
    assert_name(&parsed.question.name, "wWw.EXAMPLE.");
    assert_name(parsed.records[0].owner, "wWw.EXAMPLE."); /* it points there */
}
END_TEST

START_TEST(a_rendering_may_be_copied_elsewhere)
{
    uint8_t *exact = memory_new(512);
    struct answer_finish as = { .question = &client, .room = { exact, 512 } };

    render_addresses(3, WITH_DNSSEC);
    size_t before = rendering.message.len, len = answer_finish(&rendering.message, &as);
    memcpy(room, exact, len);
    parse(len);
    ck_assert_uint_eq(len, before + 11);
    ck_assert_str_eq(types_of(&parsed), "A A A RRSIG ||");
    memory_free(exact);
}
END_TEST

/* ---- answer_finish: OPT ---- */

START_TEST(an_opt_is_for_those_who_sent_one) /* RFC 6891 §6.1.1 */
{
    render_addresses(1, PLAIN);
    client.edns.dnssec_ok = true;
    size_t len = finish(0);
    ck_assert(parsed.edns.present && parsed.edns.dnssec_ok); /* RFC 3225 §3 */
    ck_assert_uint_eq(parsed.edns.udp_octets, EDNS_UDP_OCTETS);
    ck_assert_uint_eq(parsed.edns.version, 0);
    ck_assert_uint_eq(parsed.edns.option_count, 0);

    render_addresses(1, PLAIN);
    client.edns.dnssec_ok = false;
    finish(0);
    ck_assert(parsed.edns.present && !parsed.edns.dnssec_ok);

    render_addresses(1, PLAIN);
    client.edns.present = false;
    ck_assert_uint_eq(finish(0), len - 11);
    ck_assert(!parsed.edns.present);
}
END_TEST

/* Of the EDE with the text "why" in so much room: all, the bare code, or nothing. */
static size_t octets_of_why(size_t room_octets)
{
    return room_octets < 6 ? 0 : room_octets < 9 ? 6 : 9;
}

START_TEST(a_reason_gives_way_before_the_data_do) /* RFC 8914 §3 */
{
    struct ede edes[] = { { 27, "why" } };
    struct answer_finish as = {
        .question = &client, .room = { room, sizeof room }, .edes = edes, .ede_count = 1
    };

    render_addresses(1, PLAIN);
    for (size_t more = 0; more <= 9; more++) {
        render_addresses(40, PLAIN);
        size_t least = rendering.message.len + 11;
        client.udp_octets = (uint16_t)(least + more);
        size_t len = answer_finish(&rendering.message, &as);
        parse(len);
        ck_assert_uint_eq(len, least + octets_of_why(more));
        ck_assert(!(parsed.header.flags & FLAG_TC));
        ck_assert_uint_eq(parsed.header.counts[1], 40);
        ck_assert(parsed.edns.has_ede == (more >= 6));
        ck_assert(more < 6 || parsed.edns.ede_code == 27);
    }
}
END_TEST

START_TEST(an_nsid_gives_way_before_the_data_do) /* RFC 5001 §2.2, RFC 2181 §9 */
{
    struct ede edes[] = { { 27, "why" } };
    struct answer_finish as = {
        .question = &client, .room = { room, sizeof room }, .edes = edes, .ede_count = 1
    };

    client.nsid = SPAN("fra-3");
    for (size_t more = 0; more <= 18; more++) {
        render_addresses(40, PLAIN);
        size_t least = rendering.message.len + 11, nsid = more < 9 ? 0 : 9;
        client.udp_octets = (uint16_t)(least + more);
        size_t len = answer_finish(&rendering.message, &as);
        parse(len);
        ck_assert_uint_eq(len, least + nsid + octets_of_why(more - nsid));
        ck_assert_uint_eq(parsed.header.counts[1], 40);
        ck_assert(parsed.edns.has_nsid == (more >= 9));
    }
    client.edns.present = false;
    render_addresses(1, PLAIN);
    ck_assert_uint_eq(rendering.message.len, answer_finish(&rendering.message, &as));
}
END_TEST

/* ---- answer_finish: TC ---- */

START_TEST(tc_grows_by_an_nsid_no_further_than_its_question) /* LIMITS 4.2 */
{
    const size_t bare = HEADER_OCTETS + 17 + 11;

    client.nsid = SPAN("fra-3");
    client.udp_octets = 512;
    for (size_t more = 8; more <= 9; more++) {
        client.octets = bare + more;
        render_addresses(40, PLAIN);
        ck_assert_uint_eq(finish(0), more < 9 ? bare : client.octets);
        ck_assert(parsed.header.flags & FLAG_TC && parsed.edns.has_nsid == (more == 9));
    }
}
END_TEST

START_TEST(what_does_not_fit_is_not_there_at_all) /* RFC 2181 §9, SPEC R8 */
{
    for (unsigned opt = 0; opt <= 1; opt++) {
        for (size_t short_by = 0; short_by <= 1; short_by++) {
            render_addresses(40, WITH_DNSSEC);
            client.header.flags |= FLAG_AD;
            client.edns.present = opt;
            client.udp_octets = (uint16_t)(rendering.message.len + 11 * opt - short_by);
            size_t whole = rendering.message.len + 11 * opt, len = finish(0);
            ck_assert((parsed.header.flags & FLAG_TC) == (short_by ? FLAG_TC : 0));
            ck_assert((parsed.header.flags & FLAG_AD) == (short_by ? 0 : FLAG_AD));
            ck_assert_str_eq(short_by ? "||" : types_of(&parsed), types_of(&parsed));
            ck_assert_uint_eq(len, short_by ? HEADER_OCTETS + 17 + 11 * opt : whole);
            ck_assert(parsed.edns.present == opt);
            assert_name(&parsed.question.name, "www.example.");
        }
    }
}
END_TEST

START_TEST(the_room_bounds_it_like_the_client_does)
{
    uint8_t *exact = memory_new(ANSWER_ROOM_MIN);
    struct answer_finish as = { .question = &client, .room = { exact, ANSWER_ROOM_MIN } };

    render_addresses(40, PLAIN);
    size_t len = answer_finish(&rendering.message, &as);
    ck_assert_uint_eq(len, HEADER_OCTETS + 17 + 11);
    memcpy(room, exact, len);
    parse(len);
    ck_assert(parsed.header.flags & FLAG_TC);
    memory_free(exact);
}
END_TEST

START_TEST(a_room_that_holds_no_question_is_a_mistake)
{
    struct answer_finish as = { .question = &client, .room = { room, ANSWER_ROOM_MIN - 1 } };
    render_addresses(1, PLAIN);
    (void)answer_finish(&rendering.message, &as);
}
END_TEST

START_TEST(a_question_of_another_length_is_our_own_bug)
{
    render_addresses(1, PLAIN);
    question_is("ww.example.", FLAG_RD);
    finish(0);
}
END_TEST

/* ---- answer_finish: addresses go round (SPEC C13) ---- */

/* The last octets of the addresses in the order in which they stand: "012". */
static const char *order(void)
{
    static char text[64];
    size_t len = 0;

    for (unsigned i = 0; i < parsed.first[1] && len < sizeof text - 1; i++)
        if (parsed.records[i].type == TYPE_A || parsed.records[i].type == TYPE_AAAA)
            text[len++] = (char)('0' + room[parsed.records[i].rdata_at + 3]);
    text[len] = '\0';
    return text;
}

START_TEST(each_address_comes_first_in_its_turn)
{
    static const char *const turns[] = { "0123", "1230", "2301", "3012", "0123" };

    for (unsigned i = 0; i < COUNT(turns); i++) {
        render_addresses(4, WITH_DNSSEC);
        finish((uint16_t)i);
        ck_assert_str_eq(order(), turns[i]);
        ck_assert_str_eq(types_of(&parsed), "A A A A RRSIG ||");
        ck_assert_uint_eq(parsed.records[3].ttl, 300);
    }
    render_addresses(1, PLAIN);
    finish(UINT16_MAX);
    ck_assert_str_eq(order(), "0");
}
END_TEST

START_TEST(two_sets_go_round_each_by_itself)
{
    struct link *link = link_of(REPLY_POSITIVE, "www.example.", TYPE_ANY);
    struct bytes aaaa[] = { BYTES("\x20\1\xd\0xxxxxxxxxxxx"), BYTES("\x20\1\xd\1xxxxxxxxxxxx") };

    answers(link, address("www.example.", 3));
    answers(link, soa("www.example."));
    answers(link, set_of("www.example.", TYPE_AAAA, 60, aaaa, 2));
    ck_assert_int_eq(render(&link, 1, PLAIN), ST_OK);
    finish(1);
    ck_assert_str_eq(order(), "12010");
    ck_assert_str_eq(types_of(&parsed), "A A A SOA AAAA AAAA ||");
}
END_TEST

START_TEST(addresses_behind_an_alias_go_round)
{
    struct link *links[2] = { link_of(REPLY_ALIAS, "www.example.", TYPE_A),
                              link_of(REPLY_POSITIVE, "b.", TYPE_A) };

    answers(links[0], alias("www.example.", TYPE_CNAME, SPAN("\1b\0")));
    answers(links[1], address("b.", 3));
    ck_assert_int_eq(render(links, 2, PLAIN), ST_OK);
    finish(2);
    ck_assert_str_eq(order(), "201");
    ck_assert_str_eq(types_of(&parsed), "CNAME A A A ||");
    assert_name(parsed.records[1].owner, "b.");
}
END_TEST

/* The first owner is written out, so its record is longer: it may not change places. */
START_TEST(only_records_of_equal_length_change_places)
{
    struct link *link = link_of(REPLY_POSITIVE, "www.example.", TYPE_A);

    answers(link, address("x.elsewhere.", 3));
    ck_assert_int_eq(render(&link, 1, PLAIN), ST_OK);
    finish(1);
    ck_assert_str_eq(order(), "021");
    for (unsigned i = 0; i < 3; i++)
        assert_name(parsed.records[i].owner, "x.elsewhere.");
}
END_TEST

START_TEST(nothing_but_addresses_goes_round)
{
    struct link *link = link_of(REPLY_POSITIVE, "www.example.", TYPE_TXT);
    struct bytes texts[] = { BYTES("\3aaa"), BYTES("\3bbb"), BYTES("\3ccc") };

    answers(link, set_of("www.example.", TYPE_TXT, 60, texts, 3));
    ck_assert_int_eq(render(&link, 1, PLAIN), ST_OK);
    finish(1);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(room[parsed.records[i].rdata_at + 1], 'a' + i);
}
END_TEST

START_TEST(the_octets_of_a_name_are_no_labels)
{
    struct link *link = link_of(REPLY_POSITIVE, "a\\000\\001\\002b.example.", TYPE_A);

    client.question.name = link->name;
    answers(link, address("a\\000\\001\\002b.example.", 2));
    ck_assert_int_eq(render(&link, 1, PLAIN), ST_OK);
    finish(1);
    ck_assert_str_eq(order(), "10");
}
END_TEST

static void add_finish_tests(TCase *finish_case)
{
    tcase_add_checked_fixture(finish_case, set_up_client, tear_down);
    tcase_add_loop_test(finish_case, ad_is_for_those_who_asked_and_leave_the_checking_to_us, 0, 32);
    tcase_add_test(finish_case, what_no_message_holds_has_tc_over_tcp_too);
    tcase_add_test(finish_case, the_rcode_stays);
    tcase_add_test(finish_case, the_question_comes_back_in_the_case_it_was_asked_in);
    tcase_add_test(finish_case, a_rendering_may_be_copied_elsewhere);
    tcase_add_test(finish_case, an_opt_is_for_those_who_sent_one);
    tcase_add_test(finish_case, a_reason_gives_way_before_the_data_do);
    tcase_add_test(finish_case, an_nsid_gives_way_before_the_data_do);
    tcase_add_test(finish_case, tc_grows_by_an_nsid_no_further_than_its_question);
    tcase_add_test(finish_case, what_does_not_fit_is_not_there_at_all);
    tcase_add_test(finish_case, a_name_that_compact_denial_denies_is_nxdomain_again);
    tcase_add_test(finish_case, the_room_bounds_it_like_the_client_does);
    tcase_add_test_raise_signal(finish_case, a_room_that_holds_no_question_is_a_mistake, SIGABRT);
#ifdef CATENA_TESTING
    tcase_add_test_raise_signal(finish_case, a_question_of_another_length_is_our_own_bug, SIGABRT);
#endif
    tcase_add_test(finish_case, each_address_comes_first_in_its_turn);
    tcase_add_test(finish_case, two_sets_go_round_each_by_itself);
    tcase_add_test(finish_case, addresses_behind_an_alias_go_round);
    tcase_add_test(finish_case, only_records_of_equal_length_change_places);
    tcase_add_test(finish_case, nothing_but_addresses_goes_round);
    tcase_add_test(finish_case, the_octets_of_a_name_are_no_labels);
}

Suite *engine_answer_finish_suite(void)
{
    Suite *suite = suite_create("engine/answer_finish");
    TCase *tcase = tcase_create("answer_finish");
    add_finish_tests(tcase);
    suite_add_tcase(suite, tcase);
    return suite;
}
