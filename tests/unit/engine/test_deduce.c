#include "lib/engine/deduce.h"

#include "tests/support/denial_zone.h"
#include "tests/unit/engine/hostile_test.h"
#include "tests/unit/wire/wire_test.h"

static struct name zone;

/* With a signature of the zone, as every record that was proven has one. */
static struct rrset *proven_nsec(const char *owner, const char *next, const char *types)
{
    const struct rrset *plain = denial_nsec(owner, next, types, net.arena);
    struct name name = name_of(owner);
    uint8_t sig[18 + NAME_OCTETS_MAX + 8] = { 0, TYPE_NSEC, 13, 0 };
    struct bytes rdata = rrset_rdata(plain, 0), rrsig = { sig, 18u + zone.len + 8 };
    struct rrset_parts parts = { &name, TYPE_NSEC, 300, &rdata, 1, &rrsig, 1 };
    struct rrset *set;

    sig[3] = (uint8_t)rrsig_owner_labels(&name);
    memcpy(sig + 18, zone.octets, zone.len);
    ck_assert_int_eq(rrset_pack(&parts, net.arena, &set), ST_OK);
    set->security = SEC_SECURE;
    return set;
}

static struct rrset *proven_soa(void)
{
    struct text_record record;
    struct rrset_parts parts = { &zone, TYPE_SOA, 900, &record.rdata, 1, NULL, 0 };
    char why[TEXT_WHY];
    struct rrset *set;

    ck_assert_int_eq(text_read_record("example. 900 SOA ns.example. root.example. 1 2 3 4 600",
                                      net.arena, &record, why),
                     ST_OK);
    ck_assert_int_eq(rrset_pack(&parts, net.arena, &set), ST_OK);
    set->security = SEC_SECURE;
    return set;
}

/* Two denials of example.: nothing between c and f, no wildcard. */
static struct link denial_of_d(struct rrset *sets[3])
{
    sets[0] = proven_soa();
    sets[1] = proven_nsec("c.example.", "f.example.", "A RRSIG NSEC");
    sets[2] = proven_nsec("example.", "b.example.", "NS SOA RRSIG NSEC");
    return (struct link){ .name = name_of("d.example."),
                          .type = TYPE_A,
                          .kind = REPLY_NXDOMAIN,
                          .rcode = RCODE_NXDOMAIN,
                          .security = SEC_SECURE,
                          .rank = RANK_VALIDATED,
                          .ttl_s = 600,
                          .authority = sets,
                          .authority_count = 3 };
}

static void learn(void)
{
    struct rrset *sets[3];
    struct link denial = denial_of_d(sets);
    struct link kept = { .name = zone,
                         .type = TYPE_SOA,
                         .kind = REPLY_POSITIVE,
                         .security = SEC_SECURE,
                         .rank = RANK_VALIDATED,
                         .ttl_s = 900,
                         .answer = sets,
                         .answer_count = 1 };

    ck_assert_int_eq(rrset_cache_put(net.caches->rrsets, &kept, DATA_CHECKED, net.now), ST_OK);
    net.engine->now = net.now;
    deduce_learn(net.engine, &denial, &zone);
}

static void up(void)
{
    static const struct siphash_key key = { 1, 2 };

    hostile_up();
    net.policy->dnssec = DNSSEC_VALIDATE;
    net.caches->denials = denial_cache_create(net.caches->store, DENIAL_OCTETS_MIN, &key);
    ck_assert_ptr_nonnull(net.caches->denials);
    zone = name_of("example.");
    learn();
}

static bool is_deduced(const char *text, uint16_t type)
{
    struct name name = name_of(text);
    struct link_key key = { &name, type, DATA_CHECKED };
    struct link link;

    if (deduce_find(net.engine, &key, net.arena, &link) != ST_OK)
        return false;
    ck_assert_int_eq(link.kind, REPLY_NXDOMAIN);
    ck_assert_int_eq(link.security, SEC_SECURE);
    return true;
}

/* A client's question; the header of its answer where one comes at once, else 0 flags. */
static uint16_t asked(const char *text, uint16_t flags)
{
    struct event event = question_event(text, TYPE_A, flags);
    uint16_t told = 0;
    struct action action;

    engine_handle(net.engine, &event);
    while (engine_next(net.engine, &action))
        if (action.kind == ACTION_ANSWER)
            told = (uint16_t)(action.answer.message.at[2] << 8 | action.answer.message.at[3]);
    return told;
}

START_TEST(a_client_is_told_what_follows_and_nobody_is_asked) /* RFC 8198 §5.1 */
{
    ck_assert_uint_eq(asked("e.example.", FLAG_RD | FLAG_AD),
                      FLAG_QR | FLAG_RD | FLAG_RA | FLAG_AD | RCODE_NXDOMAIN);
    ck_assert_uint_eq(net.metrics.hits_denial_cache, 1);
    ck_assert_uint_eq(net.engine->job_count, 0);
}
END_TEST

START_TEST(without_rd_nothing_is_deduced) /* SPEC R10: such a client hears only what is kept */
{
    ck_assert_uint_ne(asked("e.example.", FLAG_AD) & 15, RCODE_NXDOMAIN);
    ck_assert_uint_eq(net.metrics.hits_denial_cache, 0);
}
END_TEST

/* RFC 4035 §3.2.2: CD asks for no check, and what was checked already is as good; AD is not set. */
START_TEST(with_cd_what_is_proven_is_told_without_ad)
{
    ck_assert_uint_eq(asked("e.example.", FLAG_RD | FLAG_CD | FLAG_AD),
                      FLAG_QR | FLAG_RD | FLAG_RA | FLAG_CD | RCODE_NXDOMAIN);
    ck_assert_uint_eq(net.metrics.hits_denial_cache, 1);
}
END_TEST

START_TEST(under_a_negative_anchor_nothing_is_deduced) /* RFC 7646 §2 */
{
    struct subtree anchor = { .name = name_of("e.example.") };

    ck_assert(is_deduced("x.e.example.", TYPE_A));
    ck_assert_int_eq(subtrees_add(&net.policy->negative_anchors, &anchor), ST_OK);
    ck_assert(!is_deduced("e.example.", TYPE_A));
    ck_assert(!is_deduced("x.e.example.", TYPE_A));
    ck_assert(is_deduced("d.example.", TYPE_A)); /* beside it */
}
END_TEST

START_TEST(where_nothing_is_validated_nothing_is_deduced) /* SPEC V16 */
{
    struct subtree mode = { .name = name_of("e.example."), .mode = DNSSEC_OFF };

    ck_assert_int_eq(subtrees_add(&net.policy->modes, &mode), ST_OK);
    ck_assert(!is_deduced("x.e.example.", TYPE_A));
    ck_assert(is_deduced("d.example.", TYPE_A));
    net.policy->dnssec = DNSSEC_LOG_ONLY;
    ck_assert(!is_deduced("d.example.", TYPE_A));
}
END_TEST

/* LIMITS C2: what stands below a cut is the child's to say, a DS at it the parent's. */
START_TEST(a_zone_says_nothing_below_a_cut)
{
    struct server server = { .name = name_of("ns.example.") };
    struct delegation cut = { .zone = name_of("e.example."),
                              .parent = zone,
                              .servers = &server,
                              .server_count = 1,
                              .servers_until = instant_after_s(net.now, 600),
                              .ds_until = instant_after_s(net.now, 600) };

    ck_assert_int_eq(delegation_cache_put(net.caches->delegations, &cut, net.now), ST_OK);
    ck_assert(!is_deduced("e.example.", TYPE_A));
    ck_assert(!is_deduced("x.e.example.", TYPE_A));
    ck_assert(is_deduced("e.example.", TYPE_DS));
    ck_assert(is_deduced("d.example.", TYPE_A));
}
END_TEST

START_TEST(a_zone_says_nothing_below_an_anchor) /* LIMITS C4 */
{
    char why[TEXT_WHY];

    ck_assert_int_eq(
        anchor_add_line(net.policy->anchors,
                        "e.example. DS 1 13 2 "
                        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
                        why),
        ST_OK);
    ck_assert(!is_deduced("e.example.", TYPE_A));
    ck_assert(!is_deduced("x.e.example.", TYPE_A));
    ck_assert(is_deduced("d.example.", TYPE_A));
}
END_TEST

/* LIMITS B7: what its own servers say of it, or who it is forwarded to. */
START_TEST(a_zone_says_nothing_below_a_zone_of_the_configuration)
{
    struct zones_entry entry = { .name = name_of("e.example."), .kind = ZONES_FORWARD };

    ck_assert_int_eq(zones_add(&net.policy->zones, &entry), ST_OK);
    ck_assert(!is_deduced("e.example.", TYPE_A));
    ck_assert(!is_deduced("x.e.example.", TYPE_A));
    ck_assert(is_deduced("e.example.", TYPE_DS));
    ck_assert(is_deduced("d.example.", TYPE_A));
}
END_TEST

/* The fetch that a question begins does not look again for what reception did not find. */
START_TEST(below_what_is_not_there_is_nothing_without_ranges_too) /* RFC 8020 §2, SPEC I17 */
{
    struct rrset *sets[3];
    struct link denial = denial_of_d(sets);

    denial_cache_destroy(net.caches->denials);
    net.caches->denials = NULL; /* cache.aggressive: false */
    ck_assert_int_eq(rrset_cache_put(net.caches->rrsets, &denial, DATA_CHECKED, net.now), ST_OK);
    ck_assert(is_deduced("www.d.example.", TYPE_AAAA));
    ck_assert(is_deduced("a.b.c.d.example.", TYPE_A));
    ck_assert(!is_deduced("e.example.", TYPE_A)); /* that would be RFC 8198 */
}
END_TEST

START_TEST(what_was_looked_for_in_vain_is_looked_for_once)
{
    struct denial_record record = { &zone, proven_nsec("g.example.", "j.example.", "A"), 300 };
    struct link nothing = { .security = SEC_INSECURE };

    ck_assert(!is_deduced("h.example.", TYPE_A));
    ck_assert_int_eq(denial_cache_put(net.caches->denials, &record, net.now), ST_OK);
    ck_assert(!is_deduced("h.example.", TYPE_A));
    ck_assert(is_deduced("h.example.", TYPE_MX));
    ck_assert(is_deduced("i.example.", TYPE_A));
    deduce_learn(net.engine, &nothing, &zone); /* what is known now may be more */
    ck_assert(is_deduced("h.example.", TYPE_A));
}
END_TEST

START_TEST(an_instant_later_it_is_looked_for_again)
{
    struct denial_record record = { &zone, proven_nsec("g.example.", "j.example.", "A"), 300 };

    ck_assert(!is_deduced("h.example.", TYPE_A));
    ck_assert_int_eq(denial_cache_put(net.caches->denials, &record, net.now), ST_OK);
    net.engine->now = instant_after_ms(net.now, 1);
    ck_assert(is_deduced("h.example.", TYPE_A));
}
END_TEST

Suite *engine_deduce_suite(void)
{
    Suite *suite = suite_create("engine/deduce");
    TCase *clients = tcase_create("clients"), *zones = tcase_create("zones");

    tcase_add_checked_fixture(clients, up, hostile_down);
    tcase_add_test(clients, a_client_is_told_what_follows_and_nobody_is_asked);
    tcase_add_test(clients, without_rd_nothing_is_deduced);
    tcase_add_test(clients, with_cd_what_is_proven_is_told_without_ad);
    suite_add_tcase(suite, clients);
    tcase_add_checked_fixture(zones, up, hostile_down);
    tcase_add_test(zones, under_a_negative_anchor_nothing_is_deduced);
    tcase_add_test(zones, where_nothing_is_validated_nothing_is_deduced);
    tcase_add_test(zones, a_zone_says_nothing_below_a_cut);
    tcase_add_test(zones, a_zone_says_nothing_below_an_anchor);
    tcase_add_test(zones, a_zone_says_nothing_below_a_zone_of_the_configuration);
    tcase_add_test(zones, below_what_is_not_there_is_nothing_without_ranges_too);
    tcase_add_test(zones, what_was_looked_for_in_vain_is_looked_for_once);
    tcase_add_test(zones, an_instant_later_it_is_looked_for_again);
    suite_add_tcase(suite, zones);
    return suite;
}
