/* Referrals, promiscuous NS, glue; and what hostile or odd replies cost. */
#include "tests/unit/engine/reply_test.h"

/* ---- referrals ---- */

static void asked_deep(uint16_t flags)
{
    begin_reply(flags);
    asked_for("www.sub.zone.test.", TYPE_A, "zone.test.");
}

/* RFC 9609 §4.2: nobody stands above the root; what is said beside any other NS set is not read. */
START_TEST(beside_the_roots_own_servers_their_addresses_are_kept)
{
    begin_reply(FLAG_AA);
    asked_for(".", TYPE_NS, ".");
    say(SECTION_ANSWER, ". 300 IN NS a.root.");
    say(SECTION_ANSWER, ". 300 IN NS b.root.");
    say(SECTION_ADDITIONAL, "b.root. 300 IN A 192.0.2.2");
    say(SECTION_ADDITIONAL, "c.root. 300 IN A 192.0.2.66");
    ck_assert_str_eq(kept(), "an/./NS/2+0 ad/b.root./A/1+0");
    ck_assert_uint_eq(reply.glue_of[0], 1);
    assert_class(IS_ANSWER);

    begin_reply(FLAG_AA);
    asked_for("zone.test.", TYPE_NS, "zone.test.");
    say(SECTION_ANSWER, "zone.test. 300 IN NS ns.zone.test.");
    say(SECTION_ADDITIONAL, "ns.zone.test. 300 IN A 192.0.2.66");
    ck_assert_str_eq(kept(), "an/zone.test./NS/1+0");
}
END_TEST

START_TEST(a_referral_brings_ns_ds_and_glue)
{
    asked_deep(0);
    say(SECTION_AUTHORITY, "sub.zone.test. 300 IN NS ns1.sub.zone.test.");
    say(SECTION_AUTHORITY, "sub.zone.test. 300 IN NS ns.sibling.zone.test.");
    say(SECTION_AUTHORITY, "sub.zone.test. 300 IN NS ns.other.example.");
    say(SECTION_AUTHORITY, "sub.zone.test." SIG("NS"));
    say(SECTION_AUTHORITY, "sub.zone.test. 300 IN DS 1 8 2 "
                           "0102030405060708091011121314151617181920212223242526272829303132");
    say(SECTION_AUTHORITY, "sub.zone.test." SIG("DS"));
    say(SECTION_ADDITIONAL, "NS1.sub.zone.test. 300 IN A 192.0.2.1");
    say(SECTION_ADDITIONAL, "ns1.sub.zone.test. 300 IN AAAA 2001:db8::1");
    say(SECTION_ADDITIONAL, "ns1.sub.zone.test." SIG("A"));
    say(SECTION_ADDITIONAL, "ns.sibling.zone.test. 300 IN A 192.0.2.2");
    say(SECTION_ADDITIONAL, "ns.other.example. 300 IN A 192.0.2.66");
    say(SECTION_ADDITIONAL, "www.sub.zone.test. 300 IN A 192.0.2.66");
    ck_assert_str_eq(kept(), "au/sub.zone.test./DS/1+1 ns/sub.zone.test./NS/3+0 "
                             "ad/ns1.sub.zone.test./A/1+0 ad/ns1.sub.zone.test./AAAA/1+0 "
                             "ad/ns.sibling.zone.test./A/1+0");
    assert_class(IS_REFERRAL);
    ck_assert_uint_eq(reply.ns->rank, RANK_REFERRAL);
    ck_assert_uint_eq(reply.authority.at[0]->rank, RANK_REFERRAL);
    for (size_t i = 0; i < reply.glue.count; i++) {
        struct name owner = rrset_owner(reply.glue.at[i]), server;
        struct bytes rdata = rrset_rdata(reply.ns, reply.glue_of[i]);
        ck_assert_int_eq(name_from_wire(rdata, &server), ST_OK);
        ck_assert(name_equal(&owner, &server));
        ck_assert_uint_eq(reply.glue.at[i]->rank, RANK_REFERRAL);
    }
}
END_TEST

START_TEST(a_referral_with_aa_is_one_too) /* RULINGS A10 */
{
    asked_deep(FLAG_AA);
    say(SECTION_AUTHORITY, "sub.zone.test. 300 IN NS ns.sub.zone.test.");
    ck_assert_str_eq(kept(), "ns/sub.zone.test./NS/1+0");
    assert_class(IS_REFERRAL);
}
END_TEST

START_TEST(an_insecure_referral_brings_its_denial_of_the_ds) /* RFC 4035 §3.1.4.1 */
{
    asked_deep(0);
    say(SECTION_AUTHORITY, "sub.zone.test. 300 IN NS ns.sub.zone.test.");
    say(SECTION_AUTHORITY, "sub.zone.test. 300 IN NSEC t.zone.test. NS RRSIG NSEC");
    say(SECTION_AUTHORITY, "sub.zone.test." SIG("NSEC"));
    ck_assert_str_eq(kept(), "au/sub.zone.test./NSEC/1+1 ns/sub.zone.test./NS/1+0");
    assert_class(IS_REFERRAL);
}
END_TEST

START_TEST(a_grandchild_is_not_this_servers_to_delegate) /* LIMITS B8 */
{
    begin_reply(0);
    asked_for("a.b.c.zone.test.", TYPE_A, "zone.test.");
    say(SECTION_AUTHORITY, "b.c.zone.test. 300 IN NS ns.b.c.zone.test.");
    say(SECTION_AUTHORITY, "c.zone.test. 300 IN NS ns.c.zone.test.");
    say(SECTION_AUTHORITY, "zone.test. 300 IN NS ns.zone.test.");
    say(SECTION_ADDITIONAL, "ns.b.c.zone.test. 300 IN A 192.0.2.66");
    say(SECTION_ADDITIONAL, "ns.c.zone.test. 300 IN A 192.0.2.1");
    ck_assert_str_eq(kept(), "ns/c.zone.test./NS/1+0 ad/ns.c.zone.test./A/1+0");
}
END_TEST

START_TEST(upwards_or_sideways_there_is_no_referral) /* RULINGS A10: lame */
{
    static const char *const owners[] = { "zone.test.", "test.", "." };
    for (size_t i = 0; i < COUNT(owners); i++) {
        char line[100];
        asked_deep(0);
        snprintf(line, sizeof line, "%s 300 IN NS ns.zone.test.", owners[i]);
        say(SECTION_AUTHORITY, line);
        say(SECTION_ADDITIONAL, "ns.zone.test. 300 IN A 192.0.2.66");
        (void)kept();
        ck_assert_uint_eq(reply.glue.count, 0);
        ck_assert_uint_eq(reply.authority.count, 0);
        assert_class(IS_LAME);
    }
    asked_deep(0);
    say(SECTION_AUTHORITY, "other.zone.test. 300 IN NS ns.zone.test.");
    ck_assert_str_eq(kept(), "");
    assert_class(IS_EMPTY);
}
END_TEST

/* LIMITS B2: an NS set beside anything else, for the zone asked and for one below it. */
START_TEST(promiscuous_ns_is_never_taken)
{
    static const struct mode {
        const char *text, *line;
        uint16_t rcode;
        enum section section;
        enum reply_class class;
    } modes[] = {
        { "positive", "www.sub.zone.test. 300 IN A 192.0.2.1", 0, SECTION_ANSWER, IS_ANSWER },
        { "alias", "www.sub.zone.test. 300 IN CNAME x.example.", 0, SECTION_ANSWER, IS_ALIAS },
        { "no such name", "zone.test. 300 IN SOA ns. host. 1 2 3 4 5", RCODE_NXDOMAIN,
          SECTION_AUTHORITY, IS_NXDOMAIN },
        { "no data", "zone.test. 300 IN SOA ns. host. 1 2 3 4 5", 0, SECTION_AUTHORITY, IS_NODATA },
        { "another's soa", "other.test. 300 IN SOA ns. host. 1 2 3 4 5", 0, SECTION_AUTHORITY,
          IS_EMPTY },
        { "another's answer", "other.test. 300 IN A 192.0.2.1", 0, SECTION_ANSWER, IS_EMPTY },
        { "YXDOMAIN", "zone.test. 300 IN DNAME new.zone.test.", RCODE_YXDOMAIN, SECTION_ANSWER,
          IS_ERROR },
        { "SERVFAIL", "www.sub.zone.test. 300 IN TXT x", RCODE_SERVFAIL, SECTION_ADDITIONAL,
          IS_ERROR },
        { "REFUSED", "www.sub.zone.test. 300 IN TXT x", RCODE_REFUSED, SECTION_ADDITIONAL,
          IS_ERROR },
        { "no such name, no SOA", "www.sub.zone.test. 300 IN TXT x", RCODE_NXDOMAIN,
          SECTION_ADDITIONAL, IS_EMPTY },
    };
    static const char *const owners[] = { "zone.test.", "sub.zone.test.", "test.", "." };

    for (size_t m = 0; m < COUNT(modes); m++) {
        for (size_t i = 0; i < COUNT(owners); i++) {
            char line[100];
            asked_deep((uint16_t)(FLAG_AA | modes[m].rcode));
            say(modes[m].section, modes[m].line);
            snprintf(line, sizeof line, "%s 300 IN NS ns.zone.test.", owners[i]);
            say(SECTION_AUTHORITY, line);
            say(SECTION_ADDITIONAL, "ns.zone.test. 300 IN A 192.0.2.66");
            ck_assert_msg(strstr(kept(), "/NS/") == NULL && reply.glue.count == 0, "%s: kept %s",
                          modes[m].text, kept_text);
            assert_class(modes[m].class);
            ck_assert(reply.foreign);
        }
    }
}
END_TEST

START_TEST(addresses_for_mx_srv_or_soa_names_are_not_taken) /* LIMITS B3 */
{
    static const char *const lines[] = {
        "sub.zone.test. 300 IN MX 10 mail.zone.test.",
        "sub.zone.test. 300 IN SRV 1 2 3 mail.zone.test.",
        "sub.zone.test. 300 IN SOA mail.zone.test. mail.zone.test. 1 2 3 4 5",
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        asked_deep(0);
        say(SECTION_AUTHORITY, lines[i]);
        say(SECTION_ADDITIONAL, "mail.zone.test. 300 IN A 192.0.2.66");
        (void)kept();
        ck_assert_uint_eq(reply.glue.count, 0);
    }
}
END_TEST

/* ---- what it costs ---- */

static void say_servers(unsigned count)
{
    char line[120];
    for (unsigned i = 0; i < count; i++) {
        snprintf(line, sizeof line, "sub.zone.test. 300 IN NS ns%u.sub.zone.test.", i);
        say(SECTION_AUTHORITY, line);
    }
    for (unsigned i = 0; i < count; i++) {
        snprintf(line, sizeof line, "ns%u.sub.zone.test. 300 IN A 192.0.2.1", i);
        say(SECTION_ADDITIONAL, line);
    }
}

START_TEST(a_delegation_to_hundreds_is_trimmed_with_its_glue) /* LIMITS E2 */
{
    asked_deep(0);
    say_servers(500);
    (void)kept();
    ck_assert_uint_eq(reply.ns->rr_count, 64);
    ck_assert_uint_eq(reply.glue.count, 64);
    assert_class(IS_REFERRAL);
}
END_TEST

START_TEST(what_is_dropped_costs_no_memory)
{
    size_t before, spent;
    asked_deep(FLAG_AA);
    say(SECTION_ANSWER, "www.sub.zone.test. 300 IN A 192.0.2.1");
    say_servers(500);
    struct message message = parsed();
    before = arena_used(memory.arena);
    ck_assert_int_eq(scrub(&message, &asked, &key, memory.arena, &reply), ST_OK);
    spent = arena_used(memory.arena) - before;
    ck_assert_msg(spent < 2048, "%zu octets", spent);
}
END_TEST

START_TEST(a_full_arena_is_a_limit_and_nothing_is_written)
{
    struct arena *small;
    unsigned failures = 0;
    asked_deep(0);
    say_servers(100);
    struct message message = parsed();
    struct scrubbed untouched = { .rcode = 99 };
    enum status status = ST_LIMIT;
    for (size_t cap = 64; status == ST_LIMIT; cap += 512) {
        small = arena_create(memory.pool, cap);
        ck_assert_ptr_nonnull(small);
        status = scrub(&message, &asked, &key, small, &untouched);
        ck_assert(status == ST_OK || (status == ST_LIMIT && untouched.rcode == 99));
        failures += status == ST_LIMIT;
        arena_destroy(small);
    }
    ck_assert_uint_gt(failures, 10);
}
END_TEST

/* ---- malformed and odd ---- */

static void say_octets(enum section section, const char *owner, uint16_t type, struct bytes rdata)
{
    add(section, (struct sample){ owner, type, CLASS_IN, 300, rdata });
}

START_TEST(malformed_rdata_fails_the_reply_only_where_it_would_be_kept) /* LIMITS G3 */
{
    asked_deep(FLAG_AA);
    say_octets(SECTION_ANSWER, "www.sub.zone.test.", TYPE_A, SPAN("\1\2\3"));
    ck_assert_int_eq(scrub_status(), ST_MALFORMED);

    asked_deep(FLAG_AA);
    say(SECTION_ANSWER, "www.sub.zone.test. 300 IN A 192.0.2.1");
    say_octets(SECTION_ANSWER, "www.sub.zone.test.", TYPE_MX, SPAN("\1"));
    say_octets(SECTION_ADDITIONAL, "ns.zone.test.", TYPE_A, SPAN("\1\2\3"));
    say_octets(SECTION_ADDITIONAL, "ns.zone.test.", TYPE_RRSIG, SPAN("\1"));
    ck_assert_str_eq(kept(), "an/www.sub.zone.test./A/1+0");
}
END_TEST

START_TEST(records_of_another_class_are_dropped) /* LIMITS B7 */
{
    asked_deep(0);
    add(SECTION_ANSWER, (struct sample){ "www.sub.zone.test.", TYPE_A, CLASS_CH, 1, SPAN("abcd") });
    ck_assert_str_eq(kept(), "");

    asked_deep(0);
    add(SECTION_AUTHORITY,
        (struct sample){ "sub.zone.test.", TYPE_NS, CLASS_CH, 1, SPAN("\2ns\0") });
    ck_assert_str_eq(kept(), "");
    assert_class(IS_EMPTY);
}
END_TEST

START_TEST(the_case_of_the_question_leaves_no_trace) /* 0x20: equal sets have equal octets */
{
    begin_reply(FLAG_AA);
    asked_for("zone.test.", TYPE_NS, "zone.test.");
    header.counts[0] = 0;
    writer_init(&w, room, sizeof room);
    header_write(&w, &header);
    add_question("zOnE.tEsT.", TYPE_NS);
    /* Owner and rdata point back into the question, at octet 12. */
    writer_octets(&w, SPAN("\xC0\x0C\0\2\0\1\0\0\1\x2C\0\5\2ns\xC0\x0C"));
    header.counts[1]++;
    ck_assert_str_eq(kept(), "an/zone.test./NS/1+0");
    assert_bytes(rrset_rdata(reply.answer.at[0], 0), SPAN("\2ns\4zone\4test\0"));
}
END_TEST

START_TEST(the_case_that_the_server_chose_stays) /* RFC 4343 §4.1 */
{
    begin_reply(FLAG_AA);
    asked_for("zone.test.", TYPE_PTR, "zone.test.");
    say_octets(SECTION_ANSWER, "zone.test.", TYPE_PTR, SPAN("\12My Printer\0"));
    ck_assert_str_eq(kept(), "an/zone.test./PTR/1+0");
    assert_bytes(rrset_rdata(reply.answer.at[0], 0), SPAN("\12My Printer\0"));
}
END_TEST

START_TEST(nothing_is_kept_for_a_name_outside_the_zone)
{
    begin_reply(FLAG_AA);
    asked_for("www.example.", TYPE_A, "zone.test.");
    say(SECTION_ANSWER, "www.example. 300 IN A 192.0.2.66");
    ck_assert_str_eq(kept(), "");
}
END_TEST

Suite *engine_scrub_referral_suite(void)
{
    Suite *suite = suite_create("engine/scrub_referral");
    TCase *referral = tcase_create("referral");
    tcase_add_checked_fixture(referral, set_up, tear_down);
    tcase_add_test(referral, a_referral_brings_ns_ds_and_glue);
    tcase_add_test(referral, beside_the_roots_own_servers_their_addresses_are_kept);
    tcase_add_test(referral, a_referral_with_aa_is_one_too);
    tcase_add_test(referral, an_insecure_referral_brings_its_denial_of_the_ds);
    tcase_add_test(referral, a_grandchild_is_not_this_servers_to_delegate);
    tcase_add_test(referral, upwards_or_sideways_there_is_no_referral);
    tcase_add_test(referral, promiscuous_ns_is_never_taken);
    tcase_add_test(referral, addresses_for_mx_srv_or_soa_names_are_not_taken);
    suite_add_tcase(suite, referral);

    TCase *odd = tcase_create("hostile");
    tcase_add_checked_fixture(odd, set_up, tear_down);
    tcase_add_test(odd, a_delegation_to_hundreds_is_trimmed_with_its_glue);
    tcase_add_test(odd, what_is_dropped_costs_no_memory);
    tcase_add_test(odd, a_full_arena_is_a_limit_and_nothing_is_written);
    tcase_add_test(odd, malformed_rdata_fails_the_reply_only_where_it_would_be_kept);
    tcase_add_test(odd, records_of_another_class_are_dropped);
    tcase_add_test(odd, the_case_of_the_question_leaves_no_trace);
    tcase_add_test(odd, the_case_that_the_server_chose_stays);
    tcase_add_test(odd, nothing_is_kept_for_a_name_outside_the_zone);
    suite_add_tcase(suite, odd);
    return suite;
}
