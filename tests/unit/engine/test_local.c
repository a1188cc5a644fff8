/* Names that lib/engine/local.c answers, and that nobody else is asked for. */
#include "lib/engine/state.h"
#include "tests/unit/engine/hostile_test.h"

static const struct row rows[] = {
    { "20.0.0.1:53", "evil.", "an evil. 300 CNAME www.secret.test.", 0 },
    { "20.0.0.1:53", "away.", "an away. 300 A 192.0.2.9", 0 },
    { "20.0.0.1:53", "zone.",
      "au zone. 300 NS ns.zone.test.;au zone. 300 NS ns.blocked.;ad ns.blocked. 300 A 20.0.0.2",
      0 },
    { "20.0.0.1:53", "www.zone.",
      "au zone. 300 NS ns.zone.test.;au zone. 300 NS ns.blocked.;ad ns.blocked. 300 A 20.0.0.2",
      0 },
    { "20.0.0.2:53", "www.zone.", "an www.zone. 300 A 192.0.2.10", 0 },
    { "20.0.0.2:53", "www.corp.local.", "ra;an www.corp.local. 300 A 192.0.2.11", 0 },
    { NULL, NULL, NULL, 0 },
};

static struct header header;
static enum action_kind kind;

static void set_up(void)
{
    hostile_up();
    net.rows = rows;
}

static void record(const char *line)
{
    char why[TEXT_WHY];
    ck_assert_int_eq(localname_add_line(net.policy->local, LOCAL_WRITTEN, line, why), ST_OK);
}

static void zone(const char *text, enum local_kind local_kind)
{
    struct name name = name_of(text);
    ck_assert_int_eq(localname_add_zone(net.policy->local, &name, local_kind, WHY_LOCAL_BLOCKED),
                     ST_OK);
}

/* A question of `flags` that is answered, or not, in the same call. */
static void at_once(const char *text, uint16_t flags)
{
    struct event event = question_event(text, TYPE_A, flags);
    struct action action;

    engine_handle(net.engine, &event);
    ck_assert(engine_next(net.engine, &action));
    kind = action.kind;
    if (kind == ACTION_ANSWER)
        ck_assert(header_read(action.answer.message, &header));
    ck_assert(!engine_next(net.engine, &action));
}

START_TEST(a_special_name_is_answered_at_once_with_aa_and_never_ad) /* LIMITS H9, RFC 6303 §3 */
{
    at_once("www.test.", FLAG_RD | FLAG_AD);
    ck_assert_uint_eq(header.flags, FLAG_QR | FLAG_AA | FLAG_RD | FLAG_RA | RCODE_NXDOMAIN);
    ck_assert_uint_eq(header.counts[2], 1);
    at_once("localhost.", FLAG_RD);
    ck_assert_uint_eq(header.flags, FLAG_QR | FLAG_AA | FLAG_RD | FLAG_RA);
    ck_assert_uint_eq(header.counts[1], 1);
    ck_assert_uint_eq(net.metrics.answers_local, 2);
    ck_assert_uint_eq(net.send_count, 0);
}
END_TEST

START_TEST(what_is_said_here_needs_no_rd) /* SPEC R10 */
{
    net.policy->snoop.count = 0;
    at_once("localhost.", 0);
    ck_assert_uint_eq(header.flags, FLAG_QR | FLAG_AA | FLAG_RA);
    at_once("www.", 0);
    ck_assert_uint_eq(header_rcode(&header), RCODE_REFUSED);
}
END_TEST

START_TEST(any_gets_tc_over_udp_without_rd_too) /* LIMITS F7, RULINGS A40 */
{
    net.policy->snoop.count = 0;
    struct event event = question_event("localhost.", TYPE_ANY, 0);
    struct action action;

    engine_handle(net.engine, &event);
    ck_assert(engine_next(net.engine, &action));
    ck_assert_int_eq(action.kind, ACTION_ANSWER);
    ck_assert(header_read(action.answer.message, &header));
    ck_assert_uint_eq(header.flags, FLAG_QR | FLAG_RA | FLAG_TC);
    ck_assert_uint_le(action.answer.message.len, event.query.message.len);
}
END_TEST

START_TEST(who_may_not_ask_is_told_nothing) /* LIMITS H9: behind the access list */
{
    net.policy->allow.count = 0;
    at_once("localhost.", FLAG_RD);
    ck_assert_uint_eq(header_rcode(&header), RCODE_REFUSED);
}
END_TEST

START_TEST(a_zone_can_refuse_and_drop) /* SPEC L1 */
{
    zone("r.", LOCAL_REFUSE);
    zone("d.", LOCAL_DROP);
    at_once("www.r.", FLAG_RD);
    ck_assert_uint_eq(header_rcode(&header), RCODE_REFUSED);
    at_once("www.d.", FLAG_RD);
    ck_assert_int_eq(kind, ACTION_DROP);
    for (unsigned i = 0; i < 2 * net.policy->limits.refused_per_s; i++) {
        at_once("www.r.", FLAG_RD); /* those are for its clients to hear: LIMITS F5 is of others */
        ck_assert_int_eq(kind, ACTION_ANSWER);
    }
}
END_TEST

START_TEST(no_alias_carries_a_special_name_out) /* LIMITS H9 */
{
    ask("evil.");
    ck_assert(net.answered);
    ck_assert_uint_eq(net.rcode, RCODE_NXDOMAIN);
    ck_assert_uint_eq(net.records, 1);
    ck_assert_uint_eq(net.send_count, 1);
    ask("evil."); /* the alias is kept, what it leads to is not */
    ck_assert_uint_eq(net.rcode, RCODE_NXDOMAIN);
    ck_assert_uint_eq(net.send_count, 1);
}
END_TEST

START_TEST(a_zone_that_refuses_says_why) /* SPEC L1, RFC 8914 §4.16 */
{
    zone("refused.", LOCAL_REFUSE);
    net.asking.options = (struct bytes){ (const uint8_t *)"", 0 };
    ask("www.refused.");
    ck_assert_uint_eq(net.rcode, RCODE_REFUSED);
    ck_assert(net.message.edns.has_ede && net.message.edns.ede_code == 15);
    net.asking.options.at = NULL;
    ask("www.refused.");
    ck_assert_uint_eq(net.rcode, RCODE_REFUSED);
    ck_assert(!net.message.edns.present);
}
END_TEST

START_TEST(an_alias_that_leads_to_what_is_refused_says_so)
{
    zone("secret.test.", LOCAL_REFUSE);
    ask("evil.");
    ck_assert_uint_eq(net.rcode, RCODE_REFUSED);
    ck_assert_uint_eq(net.records, 1);
}
END_TEST

START_TEST(a_local_alias_is_followed_to_the_end) /* SPEC L12 */
{
    record("a.lan. CNAME b.lan.");
    record("b.lan. CNAME c.lan.");
    record("c.lan. A 192.0.2.1");
    record("www.lan. CNAME away.");
    record("x.lan. CNAME y.lan.");
    record("y.lan. CNAME x.lan.");
    at_once("a.lan.", FLAG_RD);
    ck_assert_uint_eq(header.counts[1], 3);
    ask("www.lan.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert_uint_eq(net.records, 2);
    ck_assert(was_sent("20.0.0.1:53 away."));
    ask("www.lan.");
    ck_assert_uint_eq(net.records, 2);
    ck_assert_uint_eq(net.send_count, 1);
    ask("x.lan.");
    ck_assert_uint_eq(net.rcode, RCODE_SERVFAIL);
    ck_assert_uint_eq(net.why, WHY_ALIAS_LOOP);
}
END_TEST

START_TEST(a_server_with_a_special_name_is_not_looked_for_and_a_blocked_one_serves) /* LIMITS H9 */
{
    zone("blocked.", LOCAL_NXDOMAIN);
    ask("www.zone.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert(was_sent("20.0.0.2:53 www.zone."));
    for (unsigned i = 0; i < net.send_count; i++)
        ck_assert_ptr_null(strstr(net.sends[i], "test."));
}
END_TEST

static void forward_first(const char *name, const char *server)
{
    struct zones_entry entry = { .kind = ZONES_FORWARD, .order = ZONES_FIRST };

    entry.name = name_of(name);
    entry.servers[entry.server_count++] = endpoint_of(server);
    ck_assert_int_eq(zones_add(&net.policy->zones, &entry), ST_OK);
}

START_TEST(a_forwarder_that_is_silent_lets_no_special_name_out) /* LIMITS H9, SPEC L2 */
{
    forward_first("10.in-addr.arpa.", "20.0.0.3:53");
    ask("5.1.0.10.in-addr.arpa.");
    ck_assert_uint_eq(net.rcode, RCODE_SERVFAIL);
    ck_assert(was_sent("20.0.0.3:53 5.1.0.10.in-addr.arpa."));
    for (unsigned i = 0; i < net.send_count; i++)
        ck_assert_ptr_null(strstr(net.sends[i], "20.0.0.1:53"));
}
END_TEST

START_TEST(a_special_name_falls_back_to_the_forwarder_around_it) /* SPEC U1 */
{
    forward_first("local.", "20.0.0.2:53");
    forward_first("corp.local.", "20.0.0.3:53");
    ask("www.corp.local.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert(was_sent("20.0.0.3:53 www.corp.local."));
    ck_assert(was_sent("20.0.0.2:53 www.corp.local."));
}
END_TEST

Suite *engine_local_suite(void)
{
    Suite *suite = suite_create("engine/local");
    TCase *tcase = tcase_create("local");

    tcase_add_checked_fixture(tcase, set_up, hostile_down);
    tcase_add_test(tcase, a_special_name_is_answered_at_once_with_aa_and_never_ad);
    tcase_add_test(tcase, what_is_said_here_needs_no_rd);
    tcase_add_test(tcase, any_gets_tc_over_udp_without_rd_too);
    tcase_add_test(tcase, who_may_not_ask_is_told_nothing);
    tcase_add_test(tcase, a_zone_can_refuse_and_drop);
    tcase_add_test(tcase, a_zone_that_refuses_says_why);
    tcase_add_test(tcase, no_alias_carries_a_special_name_out);
    tcase_add_test(tcase, an_alias_that_leads_to_what_is_refused_says_so);
    tcase_add_test(tcase, a_local_alias_is_followed_to_the_end);
    tcase_add_test(tcase, a_server_with_a_special_name_is_not_looked_for_and_a_blocked_one_serves);
    tcase_add_test(tcase, a_forwarder_that_is_silent_lets_no_special_name_out);
    tcase_add_test(tcase, a_special_name_falls_back_to_the_forwarder_around_it);
    suite_add_tcase(suite, tcase);
    return suite;
}
