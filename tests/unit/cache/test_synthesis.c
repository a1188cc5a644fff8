#include "lib/cache/synthesis.h"

#include "tests/support/denial_zone.h"
#include "tests/support/proof_bench.h"
#include "tests/unit/cache/cache_test.h"

static struct proof_bench desk;
static struct store *store;
static struct denial_cache *cache;
static struct name zone;
static struct rrset *soa;

static void set_up(void)
{
    proof_bench_up(&desk);
    store = store_create(STORE_OCTETS_MIN, 1, &bench_key);
    cache = denial_cache_create(store, DENIAL_OCTETS_MIN, &bench_key);
    ck_assert(store != NULL && cache != NULL);
    zone = name_of("example.");
    soa = secure_set_of("example. 900 SOA ns.example. root.example. 1 2 3 4 600\n", desk.arena);
}

static void tear_down(void)
{
    denial_cache_destroy(cache);
    store_destroy(store);
    proof_bench_down(&desk);
}

/* With a signature of `signer`, as every record that was proven has one. */
static struct rrset *signed_nsec(const char *owner, const char *next, const char *types,
                                 const char *signer)
{
    const struct rrset *plain = denial_nsec(owner, next, types, desk.arena);
    struct name name = name_of(owner), by = name_of(signer);
    uint8_t sig[18 + NAME_OCTETS_MAX + 8] = { 0, TYPE_NSEC, 13, 0 };
    struct bytes rdata = rrset_rdata(plain, 0), rrsig = { sig, 18u + by.len + 8 };
    struct rrset_parts parts = { &name, TYPE_NSEC, 300, &rdata, 1, &rrsig, 1 };
    struct rrset *set;

    sig[3] = (uint8_t)rrsig_owner_labels(&name);
    memcpy(sig + 18, by.octets, by.len);
    ck_assert_int_eq(rrset_pack(&parts, desk.arena, &set), ST_OK);
    set->security = SEC_SECURE;
    return set;
}

static struct link link_with(const char *name, enum reply_kind kind, struct rrset **authority,
                             uint16_t count)
{
    return (struct link){ .name = name_of(name),
                          .type = TYPE_A,
                          .kind = (uint8_t)kind,
                          .rcode = kind == REPLY_NXDOMAIN ? 3 : 0,
                          .security = SEC_SECURE,
                          .ttl_s = 600,
                          .authority = authority,
                          .authority_count = count };
}

static enum status find_at(const char *text, uint16_t type, uint64_t s, struct link *link)
{
    struct name name = name_of(text);
    struct synthesis_query query = { &zone, &name, type, soa };
    budget_init(&desk.budget, &desk.limits);
    return synthesis_find(cache, &query, at_s(s), &desk.desk, link);
}

/* What two replies of a zone showed: nothing between c and f, no wildcard. */
static void learn_two(const char *signer)
{
    struct rrset *sets[] = { soa, signed_nsec("c.example.", "f.example.", "A RRSIG NSEC", signer),
                             signed_nsec("example.", "b.example.", "NS SOA RRSIG NSEC", signer) };
    struct link link = link_with("d.example.", REPLY_NXDOMAIN, sets, 3);
    synthesis_learn(cache, &link, &zone, at_s(0), desk.arena);
}

START_TEST(a_name_beside_one_that_was_denied_is_denied) /* RFC 8198 §5.1 */
{
    struct link link;
    learn_two("example.");
    ck_assert_int_eq(find_at("e.example.", TYPE_AAAA, 0, &link), ST_OK);
    ck_assert_int_eq(link.kind, REPLY_NXDOMAIN);
    ck_assert_int_eq(link.rcode, 3);
    ck_assert_int_eq(link.security, SEC_SECURE);
    ck_assert_uint_eq(link.authority_count, 3);
    ck_assert_int_eq(find_at("x.y.e.example.", TYPE_A, 0, &link), ST_OK); /* RFC 8020 */
    ck_assert_int_eq(find_at("c.example.", TYPE_AAAA, 0, &link), ST_OK);
    ck_assert_int_eq(link.kind, REPLY_NODATA);
    ck_assert_int_eq(find_at("c.example.", TYPE_A, 0, &link), ST_NOTFOUND);
    ck_assert_int_eq(find_at("f.example.", TYPE_A, 0, &link), ST_NOTFOUND);
    ck_assert_int_eq(find_at("g.example.", TYPE_A, 0, &link), ST_NOTFOUND);
}
END_TEST

START_TEST(it_is_kept_no_longer_than_any_part) /* RFC 8198 §5.4, RFC 9077 */
{
    struct link link;
    learn_two("example.");
    ck_assert_int_eq(find_at("e.example.", TYPE_A, 100, &link), ST_OK);
    ck_assert_uint_eq(link.ttl_s, 200); /* NSEC 300 */
    ck_assert_uint_eq(link.authority[0]->ttl, 600);
    soa->ttl = 20;
    ck_assert_int_eq(find_at("e.example.", TYPE_A, 100, &link), ST_OK);
    ck_assert_uint_eq(link.ttl_s, 20);
    soa = secure_set_of("example. 900 SOA ns.example. root.example. 1 2 3 4 7\n", desk.arena);
    ck_assert_int_eq(find_at("e.example.", TYPE_A, 100, &link), ST_OK);
    ck_assert_uint_eq(link.ttl_s, 7);
    ck_assert_int_eq(find_at("e.example.", TYPE_A, 300, &link), ST_NOTFOUND);
}
END_TEST

START_TEST(the_soa_bounds_what_is_learned_beside_it) /* RFC 9077 §3 */
{
    struct link link;
    soa = secure_set_of("example. 900 SOA ns.example. root.example. 1 2 3 4 50\n", desk.arena);
    learn_two("example.");
    soa = secure_set_of("example. 900 SOA ns.example. root.example. 1 2 3 4 600\n", desk.arena);
    ck_assert_int_eq(find_at("e.example.", TYPE_A, 49, &link), ST_OK);
    ck_assert_uint_eq(link.ttl_s, 1);
    ck_assert_int_eq(find_at("e.example.", TYPE_A, 50, &link), ST_NOTFOUND);
}
END_TEST

START_TEST(records_of_another_signer_teach_nothing) /* LIMITS C4 */
{
    struct link link;
    learn_two("test.");
    ck_assert_int_eq(find_at("e.example.", TYPE_A, 0, &link), ST_NOTFOUND);
    learn_two(".");
    ck_assert_int_eq(find_at("e.example.", TYPE_A, 0, &link), ST_NOTFOUND);
    ck_assert_uint_eq(denial_cache_figures(cache).ranges, 0);
}
END_TEST

START_TEST(what_was_not_proven_secure_teaches_nothing) /* SPEC V10 */
{
    for (int security = SEC_UNCHECKED; security <= SEC_SECURE; security++) {
        struct rrset *set = signed_nsec("c.example.", "f.example.", "A RRSIG NSEC", "example.");
        struct link link = link_with("d.example.", REPLY_NXDOMAIN, &set, 1);
        link.security = (uint8_t)security;
        link.opt_out = security == SEC_SECURE;
        synthesis_learn(cache, &link, &zone, at_s(0), desk.arena);
    }
    ck_assert_uint_eq(denial_cache_figures(cache).ranges, 0);
}
END_TEST

START_TEST(an_expanded_nsec_teaches_nothing) /* RFC 4035 §5.4, LIMITS C5 */
{
    struct rrset *set = signed_nsec("c.example.", "f.example.", "A RRSIG NSEC", "example.");
    uint8_t *labels = (uint8_t *)set + (rrset_signatures(set).at + 2 + 3 - (uint8_t *)set);
    struct link link = link_with("d.example.", REPLY_NODATA, &set, 1);

    ck_assert_uint_eq(*labels, 2);
    *labels = 1;
    synthesis_learn(cache, &link, &zone, at_s(0), desk.arena);
    ck_assert_uint_eq(denial_cache_figures(cache).ranges, 0);
}
END_TEST

START_TEST(nothing_is_said_across_a_cut) /* RFC 6840 §4.1, LIMITS C4 */
{
    struct rrset *sets[] = { soa,
                             signed_nsec("c.example.", "f.example.", "NS RRSIG NSEC", "example."),
                             signed_nsec("example.", "b.example.", "NS SOA", "example.") };
    struct link link = link_with("d.example.", REPLY_NXDOMAIN, sets, 3);

    synthesis_learn(cache, &link, &zone, at_s(0), desk.arena);
    ck_assert_int_eq(find_at("x.c.example.", TYPE_A, 0, &link), ST_NOTFOUND);
    ck_assert_int_eq(find_at("c.example.", TYPE_A, 0, &link), ST_NOTFOUND);
    ck_assert_int_eq(find_at("e.example.", TYPE_A, 0, &link), ST_OK);
    ck_assert_int_eq(find_at("c.example.", TYPE_DS, 0, &link), ST_OK); /* RFC 4035 §3.1.4.1 */
    ck_assert_int_eq(link.kind, REPLY_NODATA);
    ck_assert_int_eq(find_at("example.", TYPE_DS, 0, &link), ST_NOTFOUND);
}
END_TEST

START_TEST(meta_types_are_not_denied) /* RFC 6895 §3.1, RFC 9824 §3 */
{
    static const uint16_t types[] = { 0, TYPE_OPT, TYPE_SIG, TYPE_RRSIG, TYPE_NXNAME, 250, 252 };
    struct link link;
    learn_two("example.");
    for (unsigned i = 0; i < ROWS(types); i++)
        ck_assert_int_eq(find_at("e.example.", types[i], 0, &link), ST_NOTFOUND);
}
END_TEST

/* ---- wildcards ---- */

static struct rrset *expanded(const char *lines, struct name *of)
{
    struct rrset *set = secure_set_of(lines, desk.arena);
    *of = rrset_owner(set);
    return set;
}

static const char expanded_a[] =
    "d.example. 300 A 192.0.2.1\n"
    "d.example. 300 RRSIG A 13 1 300 20300101000000 20200101000000 1 example. c2ln\n";

static void learn_wildcard(const char *lines, enum reply_kind kind)
{
    struct rrset *range = signed_nsec("c.example.", "f.example.", "A RRSIG NSEC", "example.");
    struct link link = link_with("d.example.", kind, &range, 1);
    struct rrset *set = expanded(lines, &link.name);
    link.wildcard = true;
    link.answer = &set;
    link.answer_count = 1;
    synthesis_learn(cache, &link, &zone, at_s(0), desk.arena);
}

START_TEST(a_wildcard_stands_for_other_names_too) /* RFC 8198 §5.3 */
{
    struct link link;
    struct name name = name_of("e.example.");
    learn_wildcard(expanded_a, REPLY_POSITIVE);
    ck_assert_int_eq(find_at("e.example.", TYPE_A, 0, &link), ST_OK);
    ck_assert_int_eq(link.kind, REPLY_POSITIVE);
    ck_assert(link.wildcard && rrset_owner_is(link.answer[0], &name));
    ck_assert_uint_eq(link.answer[0]->sig_count, 1);
    ck_assert_int_eq(link.answer[0]->security, SEC_SECURE);
    ck_assert_uint_eq(link.authority_count, 1); /* RFC 4035 §3.1.3.3 */
    ck_assert_int_eq(find_at("x.e.example.", TYPE_A, 0, &link), ST_OK);
    ck_assert_int_eq(find_at("e.example.", TYPE_AAAA, 0, &link), ST_NOTFOUND);
    ck_assert_int_eq(find_at("e.example.", TYPE_ANY, 0, &link), ST_NOTFOUND);
    ck_assert_int_eq(find_at("g.example.", TYPE_A, 0, &link), ST_NOTFOUND); /* not covered */
    ck_assert_int_eq(find_at("x.c.example.", TYPE_A, 0, &link), ST_OK);     /* *.c.example: none */
    ck_assert_int_eq(link.kind, REPLY_NXDOMAIN);
}
END_TEST

START_TEST(a_wildcards_alias_answers_for_other_types) /* RFC 1034 §3.6.2 */
{
    struct link link;
    learn_wildcard("d.example. 300 CNAME a.test.\n"
                   "d.example. 300 RRSIG CNAME 13 1 300 20300101000000 20200101000000 1 example. "
                   "c2ln\n",
                   REPLY_ALIAS);
    ck_assert_int_eq(find_at("e.example.", TYPE_AAAA, 0, &link), ST_OK);
    ck_assert_int_eq(link.kind, REPLY_ALIAS);
    ck_assert_int_eq(find_at("e.example.", TYPE_CNAME, 0, &link), ST_OK);
    ck_assert_int_eq(link.kind, REPLY_POSITIVE);
    ck_assert_int_eq(find_at("e.example.", TYPE_DS, 0, &link), ST_NOTFOUND);
}
END_TEST

START_TEST(a_set_that_was_not_expanded_is_no_wildcards)
{
    struct link link;
    learn_wildcard("d.example. 300 A 192.0.2.1\n"
                   "d.example. 300 RRSIG A 13 2 300 20300101000000 20200101000000 1 example. "
                   "c2ln\n",
                   REPLY_POSITIVE);
    ck_assert_int_eq(find_at("e.example.", TYPE_A, 0, &link), ST_NOTFOUND);
}
END_TEST

/* ---- NXDOMAIN above ---- */

START_TEST(below_a_name_that_is_not_there_is_none) /* RFC 8020 §2, SPEC I17 */
{
    struct rrset *sets[] = {
        soa, signed_nsec("c.example.", "f.example.", "A RRSIG NSEC", "example."),
        signed_nsec("example.", "b.example.", "NS SOA RRSIG NSEC", "example.")
    };
    struct link above = link_with("d.example.", REPLY_NXDOMAIN, sets, 3), link;
    struct name name = name_of("x.y.d.example."), beside = name_of("x.e.example.");
    struct synthesis_query query = { &zone, &name, TYPE_MX, soa };

    ck_assert_int_eq(synthesis_below(&above, &query, &desk.desk, &link), ST_OK);
    ck_assert(name_equal(&link.name, &name) && link.type == TYPE_MX && link.rcode == 3);
    query.name = &beside;
    ck_assert_int_eq(synthesis_below(&above, &query, &desk.desk, &link), ST_NOTFOUND);
    query.name = &name;
    above.security = SEC_INSECURE;
    ck_assert_int_eq(synthesis_below(&above, &query, &desk.desk, &link), ST_NOTFOUND);
    above.security = SEC_SECURE;
    above.opt_out = true;
    ck_assert_int_eq(synthesis_below(&above, &query, &desk.desk, &link), ST_NOTFOUND);
    above.opt_out = false;
    sets[1]->security = SEC_UNCHECKED;
    ck_assert_int_eq(synthesis_below(&above, &query, &desk.desk, &link), ST_NOTFOUND);
}
END_TEST

START_TEST(a_lie_about_one_name_says_nothing_of_those_below) /* RFC 4470, RFC 9824 */
{
    struct rrset *sets[] = { soa, signed_nsec("d.example.", "\\000.d.example.", "RRSIG NSEC NXNAME",
                                              "example.") };
    struct link above = link_with("d.example.", REPLY_NXDOMAIN, sets, 2), link;
    struct name name = name_of("x.d.example.");
    struct synthesis_query query = { &zone, &name, TYPE_A, soa };
    ck_assert_int_eq(synthesis_below(&above, &query, &desk.desk, &link), ST_NOTFOUND);
}
END_TEST

/* ---- hashes ---- */

START_TEST(a_long_random_name_costs_no_more_hashes_than_a_short_one) /* CVE-2023-50868, LIMITS D3 */
{
    struct denial_chain chain = { desk.keyring, "", 40, 0 };
    struct denial_zone signed_zone;
    struct rrset *sets[DENIAL_NODES_MAX * 4];
    struct link link;

    denial_zone_read("example. SOA NS\na.example. A\n", &signed_zone);
    size_t count = denial_zone_nsec3(&signed_zone, &chain, desk.arena, sets);
    for (size_t i = 0; i < count; i++) {
        struct denial_record record = { &zone, sets[i], 300 };
        sets[i]->security = SEC_SECURE;
        ck_assert_int_eq(denial_cache_put(cache, &record, at_s(0)), ST_OK);
    }
    ck_assert_int_eq(find_at("x.example.", TYPE_A, 0, &link), ST_OK);
    uint32_t spent = desk.budget.spent[SPEND_NSEC3_BLOCKS];
    ck_assert_int_eq(find_at("1.2.3.4.5.6.7.8.9.x.example.", TYPE_A, 0, &link), ST_OK);
    ck_assert_uint_eq(desk.budget.spent[SPEND_NSEC3_BLOCKS], spent);
    desk.limits.nsec3_blocks = 50;
    ck_assert_int_eq(find_at("x.example.", TYPE_A, 0, &link), ST_NOTFOUND);
    desk.limits.nsec3_blocks = 4096;
    desk.limits.nsec3_iterations = 39; /* RFC 9276 §3.2 */
    ck_assert_int_eq(find_at("x.example.", TYPE_A, 0, &link), ST_NOTFOUND);
    ck_assert_uint_eq(desk.budget.spent[SPEND_NSEC3_BLOCKS], 0);
}
END_TEST

Suite *cache_synthesis_suite(void)
{
    Suite *suite = suite_create("cache/synthesis");
    TCase *tcase = tcase_create("synthesis");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_name_beside_one_that_was_denied_is_denied);
    tcase_add_test(tcase, it_is_kept_no_longer_than_any_part);
    tcase_add_test(tcase, the_soa_bounds_what_is_learned_beside_it);
    tcase_add_test(tcase, records_of_another_signer_teach_nothing);
    tcase_add_test(tcase, what_was_not_proven_secure_teaches_nothing);
    tcase_add_test(tcase, an_expanded_nsec_teaches_nothing);
    tcase_add_test(tcase, nothing_is_said_across_a_cut);
    tcase_add_test(tcase, meta_types_are_not_denied);
    tcase_add_test(tcase, a_wildcard_stands_for_other_names_too);
    tcase_add_test(tcase, a_wildcards_alias_answers_for_other_types);
    tcase_add_test(tcase, a_set_that_was_not_expanded_is_no_wildcards);
    tcase_add_test(tcase, below_a_name_that_is_not_there_is_none);
    tcase_add_test(tcase, a_lie_about_one_name_says_nothing_of_those_below);
    tcase_add_test(tcase, a_long_random_name_costs_no_more_hashes_than_a_short_one);
    suite_add_tcase(suite, tcase);
    return suite;
}
