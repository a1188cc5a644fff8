#include "tests/unit/engine/reply_test.h"

static void asked_www(uint16_t flags)
{
    begin_reply(flags);
    asked_for("www.zone.test.", TYPE_A, "zone.test.");
}

/* ---- the first link ---- */

START_TEST(an_answer_is_kept_with_its_signatures_and_its_rank)
{
    asked_www(FLAG_AA);
    say(SECTION_ANSWER, "www.zone.test. 300 IN A 192.0.2.2");
    say(SECTION_ANSWER, "www.zone.test. 200 IN A 192.0.2.1");
    say(SECTION_ANSWER, "www.zone.test." SIG("A"));
    ck_assert_str_eq(kept(), "an/www.zone.test./A/2+1");
    assert_class(IS_ANSWER);
    ck_assert_uint_eq(reply.answer.at[0]->rank, RANK_ANSWER);
    ck_assert_uint_eq(reply.answer.at[0]->ttl, 200);
    ck_assert(!reply.foreign);
}
END_TEST

START_TEST(without_aa_an_answer_ranks_below_one_with_it) /* RFC 2181 §5.4.1 */
{
    asked_www(0);
    say(SECTION_ANSWER, "www.zone.test. 300 IN A 192.0.2.2");
    ck_assert_str_eq(kept(), "an/www.zone.test./A/1+0");
    assert_class(IS_ANSWER);
    ck_assert_uint_eq(reply.answer.at[0]->rank, RANK_ANSWER_NOT_AUTHORITATIVE);
}
END_TEST

START_TEST(of_an_alias_chain_the_first_link_alone_is_kept) /* LIMITS B4 */
{
    asked_www(FLAG_AA);
    say(SECTION_ANSWER, "www.zone.test. 300 IN CNAME l1.zone.test.");
    say(SECTION_ANSWER, "www.zone.test." SIG("CNAME"));
    say(SECTION_ANSWER, "l1.zone.test. 300 IN CNAME l2.zone.test.");
    say(SECTION_ANSWER, "l2.zone.test. 300 IN A 192.0.2.66");
    say(SECTION_ANSWER, "l2.zone.test." SIG("A"));
    ck_assert_str_eq(kept(), "an/www.zone.test./CNAME/1+1");
    assert_class(IS_ALIAS);
    ck_assert(reply.foreign);
}
END_TEST

START_TEST(an_alias_is_an_alias_whatever_the_rcode_says_of_its_target) /* RFC 6604 §3 */
{
    asked_www(FLAG_AA | RCODE_NXDOMAIN);
    say(SECTION_ANSWER, "www.zone.test. 300 IN CNAME gone.zone.test.");
    say(SECTION_AUTHORITY, "zone.test. 300 IN SOA ns. host. 1 2 3 4 5");
    say(SECTION_AUTHORITY, "g.zone.test. 300 IN NSEC h.zone.test. A");
    ck_assert_str_eq(kept(), "an/www.zone.test./CNAME/1+0 au/g.zone.test./NSEC/1+0");
    assert_class(IS_ALIAS);
}
END_TEST

START_TEST(a_cname_that_was_asked_for_is_the_answer)
{
    begin_reply(FLAG_AA);
    asked_for("www.zone.test.", TYPE_CNAME, "zone.test.");
    say(SECTION_ANSWER, "www.zone.test. 300 IN CNAME l1.zone.test.");
    say(SECTION_ANSWER, "l1.zone.test. 300 IN CNAME l2.zone.test.");
    ck_assert_str_eq(kept(), "an/www.zone.test./CNAME/1+0");
    assert_class(IS_ANSWER);
}
END_TEST

START_TEST(two_cnames_at_one_name_say_nothing) /* RFC 2181 §10.1 */
{
    asked_www(FLAG_AA);
    say(SECTION_ANSWER, "www.zone.test. 300 IN CNAME l1.zone.test.");
    say(SECTION_ANSWER, "www.zone.test. 300 IN CNAME l2.zone.test.");
    ck_assert_str_eq(kept(), "");
    assert_class(IS_EMPTY);
    ck_assert(reply.foreign);
}
END_TEST

START_TEST(a_cname_sent_twice_is_one) /* RFC 2181 §5.5: doubles are dropped */
{
    asked_www(FLAG_AA);
    say(SECTION_ANSWER, "www.zone.test. 300 IN CNAME l1.zone.test.");
    say(SECTION_ANSWER, "www.zone.test. 300 IN CNAME L1.zone.test.");
    ck_assert_str_eq(kept(), "an/www.zone.test./CNAME/1+0");
}
END_TEST

/* ---- DNAME (LIMITS B5) ---- */

START_TEST(a_dname_above_the_name_is_kept_and_its_cname_is_not)
{
    begin_reply(FLAG_AA);
    asked_for("x.sub.zone.test.", TYPE_A, "zone.test.");
    say(SECTION_ANSWER, "sub.zone.test. 300 IN DNAME new.zone.test.");
    say(SECTION_ANSWER, "sub.zone.test." SIG("DNAME"));
    say(SECTION_ANSWER, "x.sub.zone.test. 300 IN CNAME elsewhere.test."); /* not what it means */
    say(SECTION_ANSWER, "elsewhere.test. 300 IN A 192.0.2.66");
    ck_assert_str_eq(kept(), "an/sub.zone.test./DNAME/1+1");
    assert_class(IS_DNAME);
}
END_TEST

START_TEST(a_dname_at_the_name_redirects_nothing_there) /* RFC 6672 §2.3 */
{
    begin_reply(FLAG_AA);
    asked_for("sub.zone.test.", TYPE_DNAME, "zone.test.");
    say(SECTION_ANSWER, "sub.zone.test. 300 IN DNAME new.zone.test.");
    ck_assert_str_eq(kept(), "an/sub.zone.test./DNAME/1+0");
    assert_class(IS_ANSWER);

    begin_reply(FLAG_AA);
    asked_for("sub.zone.test.", TYPE_A, "zone.test.");
    say(SECTION_ANSWER, "sub.zone.test. 300 IN DNAME new.zone.test.");
    ck_assert_str_eq(kept(), "");
    assert_class(IS_EMPTY);
}
END_TEST

START_TEST(of_two_dnames_the_higher_one_hides_the_other) /* RFC 6672 §2.4 */
{
    begin_reply(FLAG_AA);
    asked_for("x.deep.sub.zone.test.", TYPE_A, "zone.test.");
    say(SECTION_ANSWER, "deep.sub.zone.test. 300 IN DNAME b.zone.test.");
    say(SECTION_ANSWER, "sub.zone.test. 300 IN DNAME a.zone.test.");
    ck_assert_str_eq(kept(), "an/sub.zone.test./DNAME/1+0");
}
END_TEST

START_TEST(a_dname_of_several_records_says_nothing) /* RFC 6672 §2.4 */
{
    begin_reply(FLAG_AA);
    asked_for("x.sub.zone.test.", TYPE_A, "zone.test.");
    say(SECTION_ANSWER, "sub.zone.test. 300 IN DNAME a.zone.test.");
    say(SECTION_ANSWER, "sub.zone.test. 300 IN DNAME b.zone.test.");
    ck_assert_str_eq(kept(), "");
    assert_class(IS_EMPTY);
}
END_TEST

START_TEST(a_dname_in_the_authority_section_or_above_the_zone_is_not_taken)
{
    begin_reply(FLAG_AA);
    asked_for("x.sub.zone.test.", TYPE_A, "zone.test.");
    say(SECTION_ANSWER, "test. 300 IN DNAME evil.example.");
    say(SECTION_ANSWER, ". 300 IN DNAME evil.example.");
    say(SECTION_AUTHORITY, "sub.zone.test. 300 IN DNAME evil.example.");
    ck_assert_str_eq(kept(), "");
}
END_TEST

/* 243 octets: with 12 more it is a name still, with 13 it is not (RFC 1035 §3.1). */
#define LABEL60         "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff."
#define LONG_NAME(last) LABEL60 LABEL60 LABEL60 last

static void say_dname(uint16_t flags, const char *target)
{
    char line[512];
    begin_reply((uint16_t)(FLAG_AA | flags));
    asked_for(LONG_NAME("x.sub.zone.test."), TYPE_A, "zone.test.");
    snprintf(line, sizeof line, "sub.zone.test. 300 IN DNAME %s", target);
    say(SECTION_ANSWER, line);
    ck_assert_str_eq(kept(), "an/sub.zone.test./DNAME/1+0");
}

START_TEST(yxdomain_is_believed_only_when_the_dname_bears_it_out) /* RFC 6672 §2.2 */
{
    say_dname(RCODE_YXDOMAIN, LABEL60 "x.zone.test.");
    assert_class(IS_TOO_LONG);
    say_dname(RCODE_YXDOMAIN, "new.zone.test.");
    assert_class(IS_ERROR);

    asked_www(FLAG_AA | RCODE_YXDOMAIN);
    say(SECTION_AUTHORITY, "zone.test. 300 IN SOA ns. host. 1 2 3 4 5");
    ck_assert_str_eq(kept(), "");
    assert_class(IS_ERROR);
}
END_TEST

START_TEST(a_dname_that_makes_the_name_too_long_has_no_target) /* RFC 6672 §2.2 */
{
    struct name target = name_root;
    say_dname(0, LABEL60 "x.zone.test.");
    assert_class(IS_DNAME);
    ck_assert_int_eq(scrub_target(reply.answer.at[0], &asked.name, &target), ST_LIMIT);
    ck_assert_uint_eq(target.len, 1);
}
END_TEST

START_TEST(targets_may_be_written_over_the_name_they_come_from)
{
    begin_reply(FLAG_AA);
    asked_for("x.sub.zone.test.", TYPE_A, "zone.test.");
    say(SECTION_ANSWER, "sub.zone.test. 300 IN DNAME new.zone.test.");
    ck_assert_str_eq(kept(), "an/sub.zone.test./DNAME/1+0");
    struct name at = asked.name;
    ck_assert_int_eq(scrub_target(reply.answer.at[0], &at, &at), ST_OK);
    assert_name(&at, "x.new.zone.test.");
    ck_assert_int_eq(scrub_target(reply.answer.at[0], &at, &at), ST_NOTFOUND); /* not below it */

    asked_www(FLAG_AA);
    say(SECTION_ANSWER, "www.zone.test. 300 IN CNAME other.example.");
    ck_assert_str_eq(kept(), "an/www.zone.test./CNAME/1+0");
    at = asked.name;
    ck_assert_int_eq(scrub_target(reply.answer.at[0], &at, &at), ST_OK);
    assert_name(&at, "other.example.");
}
END_TEST

START_TEST(what_is_no_alias_has_no_target)
{
    struct name target;
    asked_www(FLAG_AA);
    say(SECTION_ANSWER, "www.zone.test. 300 IN A 192.0.2.1");
    ck_assert_str_eq(kept(), "an/www.zone.test./A/1+0");
    ck_assert_int_eq(scrub_target(reply.answer.at[0], &asked.name, &target), ST_MALFORMED);
}
END_TEST

/* ---- types with rules of their own ---- */

START_TEST(of_an_answer_to_any_at_most_eight_sets_are_kept) /* LIMITS D4 */
{
    begin_reply(FLAG_AA);
    asked_for("www.zone.test.", TYPE_ANY, "zone.test.");
    say(SECTION_ANSWER, "www.zone.test. 300 IN A 192.0.2.1");
    say(SECTION_ANSWER, "www.zone.test. 300 IN TYPE65281 \\# 1 01");
    say(SECTION_ANSWER, "www.zone.test." SIG("A"));
    say(SECTION_ANSWER, "other.zone.test. 300 IN A 192.0.2.66");
    say(SECTION_ANSWER, "www.zone.test. 300 IN A 192.0.2.2");
    for (unsigned i = 0; i < 9; i++) {
        char line[80];
        snprintf(line, sizeof line, "www.zone.test. 300 IN TYPE%u \\# 1 01", 65290 + i);
        say(SECTION_ANSWER, line);
    }
    ck_assert_str_eq(kept(), "an/www.zone.test./A/2+1 an/www.zone.test./TYPE65281/1+0 "
                             "an/www.zone.test./TYPE65290/1+0 an/www.zone.test./TYPE65291/1+0 "
                             "an/www.zone.test./TYPE65292/1+0 an/www.zone.test./TYPE65293/1+0 "
                             "an/www.zone.test./TYPE65294/1+0 an/www.zone.test./TYPE65295/1+0");
    assert_class(IS_ANSWER);
}
END_TEST

START_TEST(a_cname_answers_any) /* RFC 1034 §4.3.2 step 3a: ANY matches it */
{
    begin_reply(FLAG_AA);
    asked_for("www.zone.test.", TYPE_ANY, "zone.test.");
    say(SECTION_ANSWER, "www.zone.test. 300 IN CNAME l1.zone.test.");
    say(SECTION_ANSWER, "l1.zone.test. 300 IN A 192.0.2.66");
    ck_assert_str_eq(kept(), "an/www.zone.test./CNAME/1+0");
    assert_class(IS_ANSWER);
}
END_TEST

START_TEST(signatures_are_data_where_they_are_asked_for)
{
    begin_reply(FLAG_AA);
    asked_for("www.zone.test.", TYPE_RRSIG, "zone.test.");
    say(SECTION_ANSWER, "www.zone.test." SIG("A"));
    say(SECTION_ANSWER, "www.zone.test." SIG("NSEC"));
    say(SECTION_ANSWER, "other.zone.test." SIG("A"));
    ck_assert_str_eq(kept(), "an/www.zone.test./RRSIG/2+0");
    assert_class(IS_ANSWER);
}
END_TEST

START_TEST(a_type_that_may_stand_beside_a_cname_is_found_there) /* RFC 4035 §2.5 */
{
    begin_reply(FLAG_AA);
    asked_for("www.zone.test.", TYPE_NSEC, "zone.test.");
    say(SECTION_ANSWER, "www.zone.test. 300 IN CNAME l1.zone.test.");
    say(SECTION_ANSWER, "www.zone.test. 300 IN NSEC x.zone.test. CNAME NSEC");
    ck_assert_str_eq(kept(), "an/www.zone.test./NSEC/1+0");
}
END_TEST

START_TEST(of_a_ds_only_the_parent_says_that_there_is_none) /* RFC 4035 §3.1.4.1 */
{
    begin_reply(FLAG_AA);
    asked_for("sub.zone.test.", TYPE_DS, "zone.test.");
    say(SECTION_AUTHORITY, "sub.zone.test. 300 IN SOA ns. host. 1 2 3 4 5"); /* the child's */
    ck_assert_str_eq(kept(), "");
    assert_class(IS_EMPTY);

    begin_reply(FLAG_AA);
    asked_for("sub.zone.test.", TYPE_DS, "zone.test.");
    say(SECTION_AUTHORITY, "zone.test. 300 IN SOA ns. host. 1 2 3 4 5");
    ck_assert_str_eq(kept(), "au/zone.test./SOA/1+0");
    assert_class(IS_NODATA);

    begin_reply(0);
    asked_for("sub.zone.test.", TYPE_DS, "zone.test.");
    say(SECTION_AUTHORITY, "sub.zone.test. 300 IN NS ns.sub.zone.test."); /* sent on to the child */
    ck_assert_str_eq(kept(), "");
    assert_class(IS_EMPTY);

    begin_reply(0);
    asked_for("x.sub.zone.test.", TYPE_DS, "zone.test.");
    say(SECTION_AUTHORITY, "sub.zone.test. 300 IN NS ns.sub.zone.test.");
    ck_assert_str_eq(kept(), "ns/sub.zone.test./NS/1+0");
    assert_class(IS_REFERRAL);
}
END_TEST

/* ---- proofs of absence ---- */

START_TEST(the_deepest_soa_at_or_above_the_name_is_the_one) /* RULINGS A1: a cut none has shown */
{
    begin_reply(FLAG_AA | RCODE_NXDOMAIN);
    asked_for("a.b.sub.zone.test.", TYPE_A, "zone.test.");
    say(SECTION_AUTHORITY, "zone.test. 300 IN SOA ns. host. 1 2 3 4 5");
    say(SECTION_AUTHORITY, "sub.zone.test. 300 IN SOA ns. host. 1 2 3 4 5");
    say(SECTION_AUTHORITY, "sub.zone.test." SIG("SOA"));
    ck_assert_str_eq(kept(), "au/sub.zone.test./SOA/1+1");
    ck_assert_ptr_eq(reply.soa, reply.authority.at[0]);
    assert_class(IS_NXDOMAIN);
}
END_TEST

START_TEST(two_soas_at_one_name_are_none) /* RFC 1035 §3.3.13 */
{
    asked_www(FLAG_AA);
    say(SECTION_AUTHORITY, "zone.test. 300 IN SOA ns. host. 1 2 3 4 5");
    say(SECTION_AUTHORITY, "zone.test. 300 IN SOA ns. host. 9 2 3 4 5");
    ck_assert_str_eq(kept(), "");
    ck_assert_ptr_null(reply.soa);
    assert_class(IS_EMPTY);
}
END_TEST

START_TEST(denials_are_kept_with_their_signatures_and_lone_signatures_are_not)
{
    asked_www(FLAG_AA | RCODE_NXDOMAIN);
    say(SECTION_AUTHORITY, "a.zone.test. 300 IN NSEC b.zone.test. A");
    say(SECTION_AUTHORITY, "a.zone.test." SIG("NSEC"));
    say(SECTION_AUTHORITY, "c.zone.test." SIG("NSEC"));
    say(SECTION_AUTHORITY, "zone.test." SIG("SOA"));
    ck_assert_str_eq(kept(), "au/a.zone.test./NSEC/1+1");
    assert_class(IS_EMPTY); /* a signature of the SOA is no SOA: RULINGS A10 */
    ck_assert(reply.foreign);
}
END_TEST

START_TEST(a_flood_of_denials_is_cut_off) /* LIMITS D4: 200 NSEC in one NXDOMAIN */
{
    asked_www(FLAG_AA | RCODE_NXDOMAIN);
    for (unsigned i = 0; i < 200; i++) {
        char line[200];
        snprintf(line, sizeof line, "n%u.zone.test. 300 IN NSEC o%u.zone.test. A", i, i);
        say(SECTION_AUTHORITY, line);
        snprintf(line, sizeof line, "n%u.zone.test." SIG("NSEC"), i);
        say(SECTION_AUTHORITY, line);
    }
    (void)kept();
    ck_assert_uint_eq(reply.authority.count, 32);
    for (size_t i = 0; i < reply.authority.count; i++)
        ck_assert_uint_eq(reply.authority.at[i]->sig_count, 1);
}
END_TEST

Suite *engine_scrub_suite(void)
{
    Suite *suite = suite_create("engine/scrub");
    TCase *link = tcase_create("first link");
    tcase_add_checked_fixture(link, set_up, tear_down);
    tcase_add_test(link, an_answer_is_kept_with_its_signatures_and_its_rank);
    tcase_add_test(link, without_aa_an_answer_ranks_below_one_with_it);
    tcase_add_test(link, of_an_alias_chain_the_first_link_alone_is_kept);
    tcase_add_test(link, an_alias_is_an_alias_whatever_the_rcode_says_of_its_target);
    tcase_add_test(link, a_cname_that_was_asked_for_is_the_answer);
    tcase_add_test(link, two_cnames_at_one_name_say_nothing);
    tcase_add_test(link, a_cname_sent_twice_is_one);
    suite_add_tcase(suite, link);

    TCase *dname = tcase_create("dname");
    tcase_add_checked_fixture(dname, set_up, tear_down);
    tcase_add_test(dname, a_dname_above_the_name_is_kept_and_its_cname_is_not);
    tcase_add_test(dname, a_dname_at_the_name_redirects_nothing_there);
    tcase_add_test(dname, of_two_dnames_the_higher_one_hides_the_other);
    tcase_add_test(dname, a_dname_of_several_records_says_nothing);
    tcase_add_test(dname, a_dname_in_the_authority_section_or_above_the_zone_is_not_taken);
    tcase_add_test(dname, yxdomain_is_believed_only_when_the_dname_bears_it_out);
    tcase_add_test(dname, a_dname_that_makes_the_name_too_long_has_no_target);
    tcase_add_test(dname, targets_may_be_written_over_the_name_they_come_from);
    tcase_add_test(dname, what_is_no_alias_has_no_target);
    suite_add_tcase(suite, dname);

    TCase *types = tcase_create("types");
    tcase_add_checked_fixture(types, set_up, tear_down);
    tcase_add_test(types, of_an_answer_to_any_at_most_eight_sets_are_kept);
    tcase_add_test(types, a_cname_answers_any);
    tcase_add_test(types, signatures_are_data_where_they_are_asked_for);
    tcase_add_test(types, a_type_that_may_stand_beside_a_cname_is_found_there);
    tcase_add_test(types, of_a_ds_only_the_parent_says_that_there_is_none);
    suite_add_tcase(suite, types);

    TCase *denial = tcase_create("denial");
    tcase_add_checked_fixture(denial, set_up, tear_down);
    tcase_add_test(denial, the_deepest_soa_at_or_above_the_name_is_the_one);
    tcase_add_test(denial, two_soas_at_one_name_are_none);
    tcase_add_test(denial, denials_are_kept_with_their_signatures_and_lone_signatures_are_not);
    tcase_add_test(denial, a_flood_of_denials_is_cut_off);
    suite_add_tcase(suite, denial);
    return suite;
}
