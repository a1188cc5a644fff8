/* What hostile zones and servers try with crafted replies, against the whole engine. */
#include "lib/engine/state.h"
#include "lib/engine/state.h"
#include "tests/unit/engine/hostile_test.h"

/* RFC 2181 §5.4.1: nobody answers for a zone but its servers. The address of a server of the zone
 * that was asked before comes late, when the alias has led to a zone of somebody else. */
START_TEST(a_late_address_of_one_zones_server_is_not_asked_for_another_zone)
{
    static const struct row rows[] = {
        { "20.0.0.1:53", "evil.",
          "au evil. 3600 IN NS ns1.evil.;au evil. 3600 IN NS ns2.evil.;ad ns1.evil. 3600 IN A "
          "20.0.0.2",
          0 },
        { "20.0.0.2:53", "a.evil.", "an a.evil. 60 IN CNAME www.victim.", 0 },
        { "20.0.0.2:53", "ns2.evil.", "an ns2.evil. 60 IN A 20.0.0.66", 60 },
        { "20.0.0.1:53", "victim.",
          "au victim. 3600 IN NS ns.victim.;ad ns.victim. 3600 IN A 20.0.0.3", 0 },
        { "20.0.0.3:53", "www.victim.", "an www.victim. 60 IN A 20.9.9.9", 900 },
        { "20.0.0.66:53", "www.victim.",
          "an www.victim. 60 IN A 20.6.6.6;an www.victim. 60 IN A 20.6.6.7", 0 },
        { .server = NULL },
    };
    net.rows = rows;
    ask("a.evil.");
    ck_assert(was_sent("20.0.0.2:53 ns2.evil."));
    ck_assert(!was_sent("20.0.0.66:53 www.victim."));
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert_uint_eq(net.records, 2);
}
END_TEST

/* A zone whose only server is another zone's, and the way to the IPv4 address of that. */
#define SERVED_FROM_FAR(told)                                                                      \
    { "20.0.0.1:53", "zone.", "au zone. 3600 NS ns.far." told, 0 },                                \
        { "20.0.0.1:53", "www.zone.", "au zone. 3600 NS ns.far." told, 0 },                        \
        { "20.0.0.1:53", "far.", "an far. 60 A 20.0.0.9", 0 },                                     \
        { "20.0.0.1:53", "ns.far.", "an ns.far. 60 A 20.0.0.2", 0 },                               \
    {                                                                                              \
        "20.0.0.2:53", "www.zone.", "an www.zone. 60 A 192.0.2.1", 0                               \
    }
static const struct row served_from_far[] = { SERVED_FROM_FAR(""), { .server = NULL } };
static const struct row with_ipv6_told[] = { SERVED_FROM_FAR(";ad ns.far. 3600 AAAA 2a00::1"),
                                             { .server = NULL } };

/* What is kept of IPv6 may outlive what was kept of IPv4: A for a minute, an SOA's minimum of an
 * hour. The zone is not out of reach for that hour. */
START_TEST(that_a_server_lacks_one_family_says_nothing_of_the_other)
{
    struct name name = name_of("ns.far.");
    struct server_addresses none = { .family = 6, .until = instant_after_s(net.now, 3600) };
    unsigned asked = 0;

    net.rows = served_from_far;
    net.policy->ipv6 = FAMILY_ON;
    delegation_cache_put_addresses(net.caches->delegations, &name, &none, net.now);
    ask("www.zone.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    for (unsigned i = 0; i < net.send_count; i++)
        asked += strcmp(net.sends[i], "20.0.0.1:53 ns.far.") == 0;
    ck_assert_uint_eq(asked, 1); /* and what is known is not asked for */
    none.family = 4;             /* now of both: nobody is there to ask, and nobody is looked for */
    net.now = instant_after_s(net.now, 61);
    delegation_cache_put_addresses(net.caches->delegations, &name, &none, net.now);
    ask("www.zone.");
    ck_assert_uint_eq(net.rcode, RCODE_SERVFAIL);
}
END_TEST

/* What is kept of IPv6 alone is of no use where IPv6 leads nowhere (SPEC I7). */
START_TEST(an_address_that_leads_nowhere_hides_none_of_the_other_family)
{
    struct name name = name_of("ns.far.");
    struct server_addresses one = { .family = 6,
                                    .count = 1,
                                    .addresses = { endpoint_of("[2a00::1]") },
                                    .until = instant_after_s(net.now, 3600) };

    net.rows = served_from_far;
    net.policy->ipv6 = FAMILY_ON;
    delegation_cache_put_addresses(net.caches->delegations, &name, &one, net.now);
    ask("www.zone.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
}
END_TEST

/* A referral need not bring all addresses of a server that is not of the zone (RFC 9471 §3). */
START_TEST(a_referral_with_addresses_of_one_family_alone_hides_none_of_the_other)
{
    net.rows = with_ipv6_told;
    net.policy->ipv6 = _i == 0 ? FAMILY_OFF : FAMILY_ON; /* where it is on, it leads nowhere, */
    if (_i == 2)                                         /* or nothing leaves this machine by it */
        net.engine->family_down_until[1] = instant_after_s(net.now, 5);
    ask("www.zone.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
}
END_TEST

/* RFC 9520 §2: a chain that is too long is a failure of the name it began at. The alias that stands
 * at its end is another's, and sound. */
START_TEST(a_chain_too_long_is_no_failure_of_the_alias_it_leads_to)
{
    static const struct row rows[] = {
        { "20.0.0.1:53", "evil.", "au evil. 3600 IN NS ns1.evil.;ad ns1.evil. 3600 IN A 20.0.0.2",
          0 },
        { "20.0.0.1:53", "victim.",
          "au victim. 3600 IN NS ns.victim.;ad ns.victim. 3600 IN A 20.0.0.3", 0 },
        { "20.0.0.2:53", "c0.evil.", "an c0.evil. 60 IN CNAME c1.evil.", 0 },
        { "20.0.0.2:53", "c1.evil.", "an c1.evil. 60 IN CNAME c2.evil.", 0 },
        { "20.0.0.2:53", "c2.evil.", "an c2.evil. 60 IN CNAME c3.evil.", 0 },
        { "20.0.0.2:53", "c3.evil.", "an c3.evil. 60 IN CNAME www.victim.", 0 },
        { "20.0.0.3:53", "www.victim.", "an www.victim. 60 IN CNAME host.victim.", 0 },
        { "20.0.0.3:53", "host.victim.", "an host.victim. 60 IN A 20.9.9.9", 0 },
        { .server = NULL },
    };
    net.rows = rows;
    net.policy->limits.alias_links = 4;
    ask("c0.evil.");
    ck_assert_uint_eq(net.rcode, RCODE_SERVFAIL);
    ask("www.victim.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert_uint_eq(net.records, 2);
    ask("c0.evil."); /* it still fails by itself */
    ck_assert_uint_eq(net.rcode, RCODE_SERVFAIL);
}
END_TEST

/* RFC 9156 §2.3: what is said to a minimised question is no answer to the whole one, however late
 * it comes. The server is 1 s away: three silences, then the whole name is asked (SPEC I2). */
START_TEST(a_late_reply_to_a_minimised_question_does_not_answer_the_whole_one)
{
    static const struct row rows[] = {
        { "20.0.0.1:53", "victim.",
          "au victim. 3600 IN NS n1.victim.;au victim. 3600 IN NS n2.victim.;"
          "ad n1.victim. 3600 IN A 20.0.0.3;ad n2.victim. 3600 IN A 20.0.0.4",
          0 },
        { "20.0.0.3:53", "ent.victim.", "au victim. 60 IN SOA . . 1 2 3 4 60", 1000 },
        { "20.0.0.3:53", "www.ent.victim.", "an www.ent.victim. 60 IN A 20.9.9.9", 1000 },
        { "20.0.0.4:53", "www.ent.victim.", "an www.ent.victim. 60 IN A 20.9.9.9", 1000 },
        { .server = NULL },
    };
    net.rows = rows;
    ask("www.ent.victim.");
    ck_assert(was_sent("20.0.0.3:53 ent.victim.") && was_sent("20.0.0.4:53 ent.victim."));
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert_uint_eq(net.records, 1);
}
END_TEST

/* RULINGS A2: that this machine has no memory for a lookup just now is no failure of the zone's
 * servers, for which others would hear of it. */
START_TEST(a_lookup_without_memory_is_no_failure_of_the_servers)
{
    static const struct row rows[] = {
        { "20.0.0.1:53", "victim.", "au victim. 3600 IN NS ns.other.", 0 },
        { "20.0.0.1:53", "other.", "au other. 3600 IN NS ns.other.;ad ns.other. 3600 IN A 20.0.0.3",
          0 },
        { "20.0.0.3:53", "ns.other.", "an ns.other. 60 IN A 20.0.0.3", 0 },
        { "20.0.0.3:53", "www.victim.", "an www.victim. 60 IN A 20.9.9.9", 0 },
        { .server = NULL },
    };
    net.rows = rows;
    net.events_to_failure = 2; /* the referral's */
    net.succeed_first = (uint64_t)_i;
    ask("www.victim.");
    ck_assert_msg(net.rcode == RCODE_NOERROR || net.why == WHY_NO_MEMORY || net.why == WHY_OVERLOAD,
                  "%s", why_row((enum why)net.why)->name);
}
END_TEST

#define NS_OF(digit) "au victim. 3600 IN NS " digit "." digit digit ".victim.;"

/* RULINGS A2, SPEC I11: nor is it that it has none to read their replies in. These are long enough
 * to need memory of their own. */
START_TEST(a_reply_that_there_is_no_memory_for_is_no_failure_of_its_server)
{
    static const struct row rows[] = {
        { "20.0.0.1:53", "victim.",
          NS_OF("a") NS_OF("b") NS_OF("c") NS_OF("d") NS_OF("e") NS_OF("f") NS_OF("g") NS_OF("h")
              NS_OF("i") NS_OF("j") NS_OF("k") NS_OF("l") NS_OF("m")
                  NS_OF("n") "ad a.aa.victim. 3600 IN A 20.0.0.3",
          0 },
        { "20.0.0.3:53", "www.victim.", "an www.victim. 60 IN A 20.9.9.9", 0 },
        { .server = NULL },
    };
    struct endpoint root = net.policy->hints[0].v4;
    struct infra known;

    net.rows = rows;
    net.events_to_failure = 2; /* the referral's */
    net.succeed_first = (uint64_t)_i;
    ask("www.victim.");
    infra_cache_get(net.caches->infra, &root, net.now, &known);
    ck_assert_uint_eq(known.fails_until.ns, 0);
    ck_assert_uint_ne(net.why, WHY_SERVERS_USELESS);
}
END_TEST

/* SPEC V16: what is bogus is served, not an answer without it, which would be a lie of our own. */
START_TEST(what_is_bogus_and_only_logged_is_served_whole)
{
    static const struct row rows[] = {
        { "20.0.0.1:53", ".", "", 0 },
        { "20.0.0.1:53", "victim.",
          "au victim. 3600 IN NS ns.victim.;ad ns.victim. 3600 IN A 20.0.0.3", 0 },
        { "20.0.0.3:53", "www.victim.", "an www.victim. 60 IN A 20.9.9.9", 0 },
        { .server = NULL },
    };
    net.rows = rows;
    net.policy->dnssec = DNSSEC_LOG_ONLY;
    ask("www.victim.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert_uint_eq(net.records, 1);
    ask("www.victim."); /* and so from the cache */
    ck_assert_uint_eq(net.records, 1);
}
END_TEST

/* RULINGS A35: for want of memory once the root is not left without priming for good. */
START_TEST(priming_that_could_not_begin_begins_later)
{
    static const struct row no_rows = { .server = NULL };
    net.policy->priming = true;
    memory_fail_after((uint64_t)_i);
    engine_prime(net.engine, net.now, (struct unixtime){ 0 });
    (void)memory_fail_stop();
    net.rows = &no_rows;
    drain();
    ck_assert_uint_ne(engine_deadline(net.engine).ns, INSTANT_NEVER.ns);
}
END_TEST

/* `cache.ttl-min`: who asks first sees what those see who ask later. */
START_TEST(the_least_ttl_holds_for_the_first_answer_too)
{
    static const struct row rows[] = {
        { "20.0.0.1:53", "victim.",
          "au victim. 3600 IN NS ns.victim.;ad ns.victim. 3600 IN A 20.0.0.3", 0 },
        { "20.0.0.3:53", "www.victim.", "an www.victim. 5 IN A 20.9.9.9", 0 },
        { "20.0.0.3:53", "long.victim.", "an long.victim. 900 IN A 20.9.9.9", 0 },
        { .server = NULL },
    };
    net.rows = rows;
    net.policy->ttl_min_s = 300;
    ask("www.victim.");
    ck_assert_uint_eq(net.ttl_s, 300);
    ask("long.victim.");
    ck_assert_uint_eq(net.ttl_s, 900);
}
END_TEST

/* Whoever reads a failure learns what the servers said. */
START_TEST(useless_servers_are_told_by_what_they_said)
{
    static const struct row rows[] = {
        { "20.0.0.1:53", "victim.",
          "au victim. 3600 IN NS ns.victim.;ad ns.victim. 3600 IN A 20.0.0.3", 0 },
        { "20.0.0.3:53", "www.victim.", "au . 3600 IN NS a.root.", 0 },
        { .server = NULL },
    };
    net.rows = rows;
    ask("www.victim.");
    ck_assert_int_eq(net.why, WHY_SERVERS_USELESS);
    ck_assert_msg(strstr(net.text, "zone victim., last reply: lame") != NULL, "%s", net.text);
}
END_TEST

static size_t octets_of_last_walk(const char *name)
{
    size_t octets = 0;

    ask(name);
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    LIST_EACH(node, &net.engine->ended) {
        octets += arena_used(LIST_OF(node, struct fetch, all)->arena);
    }
    return octets;
}

/* A reply that only says where to ask next is not kept: a long way costs what a short one does. */
START_TEST(a_long_way_down_one_zone_costs_no_memory)
{
#define NOTHING "au victim. 60 IN SOA a.very.long.name.of.a.server. host.master. 1 2 3 4 60", 0
#define FURTHER "au victim. 3600 IN NS ns.victim.;ad ns.victim. 3600 IN A 20.0.0.3", 0
    static const struct row rows[] = {
        { "20.0.0.1:53", "victim.", FURTHER },
        { "20.0.0.3:53", "e.victim.", NOTHING },
        { "20.0.0.3:53", "d.e.victim.", NOTHING },
        { "20.0.0.3:53", "c.d.e.victim.", "an c.d.e.victim. 60 IN A 20.9.9.9", 0 },
        { "20.0.0.3:53", "b.c.d.e.victim.", NOTHING },
        { "20.0.0.3:53", "a.b.c.d.e.victim.", "an a.b.c.d.e.victim. 60 IN A 20.9.9.9", 0 },
        { "20.0.0.3:53", "f.victim.", "an f.victim. 60 IN A 20.9.9.9", 0 },
        { "20.0.0.3:53", "g.victim.", "an g.victim. 60 IN A 20.9.9.9", 0 },
        { .server = NULL },
    };
    net.rows = rows;
    ask("g.victim."); /* the zone is known from here on */
    size_t short_way = octets_of_last_walk("f.victim.");
    size_t long_way = octets_of_last_walk("a.b.c.d.e.victim.");
    ck_assert_uint_le(long_way, short_way + 16); /* the name alone is longer */
}
END_TEST

/* A name that its parent took back, or that a forged referral made a zone: the parent proves that
 * no zone begins there (RFC 4035 §5.2). Then the parent is asked, not the servers of that day. */
static const struct row delegated[] = {
    { "20.0.0.1:53", "victim.", "au victim. 3600 IN NS ns.victim.;ad ns.victim. 3600 IN A 20.0.0.3",
      0 },
    { "20.0.0.3:53", "old.victim.", "an old.victim. 60 IN A 20.6.6.6", 0 },
    { "20.0.0.3:53", "www.victim.", "an www.victim. 60 IN A 20.6.6.6", 0 },
    { .server = NULL },
};

/* victim. is known for a zone, and proven to be none. */
static void know_a_cut_that_is_none(void)
{
    struct zone_keys none = { .state = ZONE_NO_CUT, .ttl_s = 600 };
    struct zone_keys root = { .zone = name_root, .state = ZONE_INSECURE, .ttl_s = 600 };

    net.rows = delegated;
    ask("old.victim.");
    none.zone = name_of("victim.");
    key_cache_put(net.caches->keys, &none, net.now);
    key_cache_put(net.caches->keys, &root, net.now);
    net.policy->dnssec = DNSSEC_VALIDATE;
}

START_TEST(a_cut_that_is_none_is_left_for_the_parent)
{
    static const struct row taken_back[] = {
        { "20.0.0.1:53", "victim.", "au . 60 IN SOA . . 1 2 3 4 60", 0 },
        { "20.0.0.1:53", "www.victim.", "an www.victim. 60 IN A 20.9.9.9", 0 },
        { "20.0.0.3:53", "www.victim.", "an www.victim. 60 IN A 20.6.6.6", 0 },
        { .server = NULL },
    };
    know_a_cut_that_is_none();
    net.rows = taken_back;
    ask("www.victim.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert(was_sent("20.0.0.1:53 www.victim."));
}
END_TEST

START_TEST(a_parent_that_contradicts_itself_about_a_cut_is_asked_once_more)
{
    know_a_cut_that_is_none();
    unsigned before = net.send_count;
    ask("www.victim.");
    ck_assert_uint_eq(net.rcode, RCODE_SERVFAIL);
    ck_assert_uint_le(net.send_count - before, 3);
}
END_TEST

/* RFC 6672 §2.2: a name that grows too long is YXDOMAIN, if the DNAME that says so is proven. */
START_TEST(a_name_too_long_by_an_unproven_dname_is_bogus)
{
#define LONG "123456789012345678901234567890123456789012345678901234567890."
    static const struct row rows[] = {
        { "20.0.0.1:53", ".", "", 0 },
        { "20.0.0.1:53", LONG LONG "victim.",
          "au victim. 3600 IN NS ns.victim.;ad ns.victim. 3600 IN A 20.0.0.3", 0 },
        { "20.0.0.3:53", LONG LONG "victim.", "yx;an victim. 60 IN DNAME " LONG LONG LONG "evil.",
          0 },
        { .server = NULL },
    };
    net.rows = rows;
    net.policy->qmin = QMIN_OFF;
    net.policy->dnssec = _i ? DNSSEC_VALIDATE : DNSSEC_OFF;
    ask(LONG LONG "victim.");
    ck_assert_uint_eq(net.rcode, _i ? RCODE_SERVFAIL : RCODE_YXDOMAIN);
}
END_TEST

/* RULINGS A2: a walk whose memory an earlier link has filled up proves no name too long, which all
 * who ask for it would hear of. */
START_TEST(want_of_memory_is_no_name_too_long)
{
    struct text_record record;
    struct fetch fetch = { .arena = net.arena };
    struct rrset *dname;
    struct link link = { .answer = &dname, .answer_count = 1 };
    char why[TEXT_WHY];

    ck_assert_int_eq(text_read_record("victim. 60 IN DNAME other.", net.arena, &record, why),
                     ST_OK);
    struct rrset_parts parts = {
        .owner = &record.owner, .type = TYPE_DNAME, .rdatas = &record.rdata, .rr_count = 1
    };
    ck_assert_int_eq(rrset_pack(&parts, net.arena, &dname), ST_OK);
    link.name = name_of("www.victim.");
    while (arena_alloc(net.arena, _i ? 1 : 64))
        ;
    ck_assert_int_eq(link_add_cname(&fetch, &link), ST_NOMEM);
}
END_TEST

Suite *engine_hostile_suite(void)
{
    Suite *suite = suite_create("engine/hostile");
    TCase *tcase = tcase_create("replies");

    tcase_add_checked_fixture(tcase, hostile_up, hostile_down);
    tcase_add_test(tcase, a_late_address_of_one_zones_server_is_not_asked_for_another_zone);
    tcase_add_test(tcase, that_a_server_lacks_one_family_says_nothing_of_the_other);
    tcase_add_test(tcase, an_address_that_leads_nowhere_hides_none_of_the_other_family);
    tcase_add_loop_test(
        tcase, a_referral_with_addresses_of_one_family_alone_hides_none_of_the_other, 0, 3);
    tcase_add_test(tcase, a_chain_too_long_is_no_failure_of_the_alias_it_leads_to);
    tcase_add_test(tcase, a_late_reply_to_a_minimised_question_does_not_answer_the_whole_one);
    tcase_add_loop_test(tcase, a_lookup_without_memory_is_no_failure_of_the_servers, 0, 24);
    tcase_add_loop_test(tcase, a_reply_that_there_is_no_memory_for_is_no_failure_of_its_server, 0,
                        8);
    tcase_add_test(tcase, what_is_bogus_and_only_logged_is_served_whole);
    tcase_add_loop_test(tcase, priming_that_could_not_begin_begins_later, 0, 8);
    tcase_add_test(tcase, a_long_way_down_one_zone_costs_no_memory);
    tcase_add_test(tcase, the_least_ttl_holds_for_the_first_answer_too);
    tcase_add_test(tcase, useless_servers_are_told_by_what_they_said);
    tcase_add_test(tcase, a_cut_that_is_none_is_left_for_the_parent);
    tcase_add_test(tcase, a_parent_that_contradicts_itself_about_a_cut_is_asked_once_more);
    tcase_add_loop_test(tcase, a_name_too_long_by_an_unproven_dname_is_bogus, 0, 2);
    tcase_add_loop_test(tcase, want_of_memory_is_no_name_too_long, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
