#include "lib/engine/route.h"

#include "lib/engine/state.h"
#include "tests/unit/engine/crowd_test.h"

#define FORWARDER "127.0.0.1:5300"

static void set_up(void)
{
    crowd_up();
    crowd.peer = FORWARDER;
}

static void add_zone(const char *name, enum zones_kind kind, enum zones_order order)
{
    struct zones_entry entry = { .kind = kind, .order = order, .server_count = 1 };

    entry.name = name_of(name);
    entry.servers[0] = endpoint_of(FORWARDER);
    ck_assert_int_eq(zones_add(&net.policy->zones, &entry), ST_OK);
}

static unsigned forwarded(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < crowd.sends; i++)
        count += strcmp(crowd.to[i], FORWARDER) == 0;
    return count;
}

static void client_asks(const char *name, uint16_t type, uint16_t flags)
{
    happens(question_event(name, type, FLAG_RD | flags));
}

static uint16_t flags_sent(void)
{
    struct header header;
    ck_assert(header_read(crowd.last.message, &header));
    return header.flags;
}

START_TEST(a_forwarder_is_asked_all_with_rd_in_one_case) /* SPEC U1, I3 */
{
    struct message query;
    char name[NAME_TEXT];

    net.policy->mixed_case = true;
    add_zone("lan.", ZONES_FORWARD, ZONES_ONLY);
    client_asks("a.b.c.www.lan.", TYPE_MX, 0);
    ck_assert_uint_eq(flags_sent(), FLAG_RD);
    ck_assert_int_eq(message_parse(crowd.last.message, net.arena, &query), ST_OK);
    ck_assert_str_eq(name_text(&query.question.name, name, sizeof name), "a.b.c.www.lan.");
    ck_assert_uint_eq(query.question.type, TYPE_MX);
}
END_TEST

START_TEST(a_forwarder_is_asked_with_cd_where_all_is_proven_here) /* RFC 6840 §5.9 */
{
    net.policy->dnssec = DNSSEC_VALIDATE;
    add_zone("lan.", ZONES_FORWARD, ZONES_ONLY);
    client_asks("www.lan.", TYPE_A, 0);
    ck_assert_uint_eq(flags_sent(), FLAG_RD | FLAG_CD);
    net.policy->zones.list[0].dnssec = ZONES_INSECURE;
    client_asks("other.lan.", TYPE_A, 0);
    ck_assert_uint_eq(flags_sent(), FLAG_RD);
    client_asks("third.lan.", TYPE_A, FLAG_CD);
    ck_assert_uint_eq(flags_sent(), FLAG_RD | FLAG_CD);
}
END_TEST

START_TEST(a_stub_is_asked_without_rd_and_never_for_its_own_ds) /* SPEC L6, RFC 4035 §3.1.4.1 */
{
    add_zone("lan.", ZONES_STUB, ZONES_ONLY);
    client_asks("www.lan.", TYPE_A, 0);
    ck_assert_uint_eq(forwarded(), 1);
    ck_assert_uint_eq(flags_sent(), 0);
    client_asks("lan.", TYPE_DS, 0);
    ck_assert_uint_eq(forwarded(), 1);
    client_asks("sub.lan.", TYPE_DS, 0);
    ck_assert_uint_eq(forwarded(), 2);
}
END_TEST

START_TEST(what_comes_back_from_where_it_was_sent_is_a_loop) /* RULINGS A25 */
{
    add_zone(".", ZONES_FORWARD, ZONES_ONLY);
    client_asks("www.example.", TYPE_A, 0);
    ck_assert_uint_eq(forwarded(), 1);
    happens(message_event(crowd.last.message));
    ck_assert_uint_eq(crowd.answers, 1);
    ck_assert_uint_eq(crowd.failures, 1);
    ck_assert_uint_eq(crowd.why, WHY_FORWARDER_IS_US);
    ck_assert_uint_eq(forwarded(), 1);
    /* With another id: somebody else who asks the same, and waits with the first. */
    crowd.octets[1] ^= 1;
    happens(message_event(crowd.last.message));
    ck_assert_uint_eq(crowd.answers, 1);
    ck_assert_uint_eq(forwarded(), 1);
}
END_TEST

START_TEST(who_passes_by_a_forwarder_shares_with_nobody_who_does_not) /* RULINGS A4 */
{
    struct name name;
    struct fetch_key key = { FOR_ANSWER, DATA_CHECKED, &name, TYPE_A };

    add_zone("lan.", ZONES_FORWARD, ZONES_FIRST);
    client_asks("www.lan.", TYPE_A, 0);
    name = name_of("www.lan.");
    struct fetch *fetch = inflight_find(net.engine, &key);
    const struct name *zone = &net.policy->zones.list[0].name;
    ck_assert_ptr_nonnull(fetch);
    ck_assert_ptr_null(inflight_find_around(net.engine, &key, zone));
    fetch->around = zone;
    ck_assert_ptr_eq(inflight_find(net.engine, &key), fetch);
    ck_assert_ptr_eq(route_inherited(fetch, &name, TYPE_A), zone);
    name = name_of("lan.");
    ck_assert_ptr_eq(route_inherited(fetch, &name, TYPE_DNSKEY), zone);
    ck_assert_ptr_null(route_inherited(fetch, &name, TYPE_DS));
    name = name_of("ns.example.");
    ck_assert_ptr_null(route_inherited(fetch, &name, TYPE_A));
}
END_TEST

Suite *engine_route_suite(void)
{
    Suite *suite = suite_create("engine/route");
    TCase *tcase = tcase_create("route");

    tcase_add_checked_fixture(tcase, set_up, crowd_down);
    tcase_add_test(tcase, a_forwarder_is_asked_all_with_rd_in_one_case);
    tcase_add_test(tcase, a_forwarder_is_asked_with_cd_where_all_is_proven_here);
    tcase_add_test(tcase, a_stub_is_asked_without_rd_and_never_for_its_own_ds);
    tcase_add_test(tcase, what_comes_back_from_where_it_was_sent_is_a_loop);
    tcase_add_test(tcase, who_passes_by_a_forwarder_shares_with_nobody_who_does_not);
    suite_add_tcase(suite, tcase);
    return suite;
}
