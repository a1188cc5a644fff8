/* Zones made to have more synthesised than their own servers would prove: what is asked for is not
 * answered, so somebody is asked. Each case has its like that is answered, or it would show little.
 */
#include "lib/cache/synthesis.h"

#include "tests/support/denial_zone.h"
#include "tests/support/proof_bench.h"
#include "tests/unit/cache/cache_test.h"

static struct proof_bench desk;
static struct store *store;
static struct denial_cache *cache;
static struct denial_chain chain;
static struct rrset *soa, *sets[DENIAL_NODES_MAX * 4];
static size_t set_count;

static void set_up(void)
{
    proof_bench_up(&desk);
    store = store_create(STORE_OCTETS_MIN, 1, &bench_key);
    cache = denial_cache_create(store, DENIAL_OCTETS_MIN, &bench_key);
    ck_assert(store != NULL && cache != NULL);
    chain = (struct denial_chain){ desk.keyring, "", 1, 0 };
    soa = secure_set_of("example. 900 SOA ns.example. root.example. 1 2 3 4 600\n", desk.arena);
}

static void tear_down(void)
{
    denial_cache_destroy(cache);
    store_destroy(store);
    proof_bench_down(&desk);
}

/* ---- what is kept ---- */

static void keep(const char *zone_text, struct rrset *set, uint32_t ttl_s)
{
    struct name zone = name_of(zone_text);
    struct denial_record record = { &zone, set, ttl_s };
    set->security = SEC_SECURE;
    ck_assert_int_eq(denial_cache_put(cache, &record, at_s(0)), ST_OK);
}

static void keep_nsec(const char *owner, const char *next, const char *types)
{
    keep("example.", denial_nsec(owner, next, types, desk.arena), DENIAL_TTL);
}

static void make_hashed(const char *lines)
{
    struct denial_zone zone;
    denial_zone_read(lines, &zone);
    set_count = denial_zone_nsec3(&zone, &chain, desk.arena, sets);
}

static void keep_hashed(const char *lines)
{
    make_hashed(lines);
    for (size_t i = 0; i < set_count; i++)
        keep("example.", sets[i], DENIAL_TTL);
}

/* As a reply showed it: an expanded set, signed by `zone`. */
static void learn_wildcard(const char *zone_text, const char *lines)
{
    struct name zone = name_of(zone_text);
    struct rrset *set = secure_set_of(lines, desk.arena);
    struct link link = { .name = rrset_owner(set),
                         .type = set->type,
                         .kind = REPLY_POSITIVE,
                         .security = SEC_SECURE,
                         .wildcard = true,
                         .ttl_s = 600,
                         .answer = &set,
                         .answer_count = 1 };
    synthesis_learn(cache, &link, &zone, at_s(0), desk.arena);
}

/* The kind of what is synthesised; -1: nothing is. */
static int kind_in(const char *zone_text, const char *text, uint16_t type, uint64_t s)
{
    struct name zone = name_of(zone_text), name = name_of(text);
    struct synthesis_query query = { &zone, &name, type, soa };
    struct link link;
    budget_init(&desk.budget, &desk.limits);
    enum status status = synthesis_find(cache, &query, at_s(s), &desk.desk, &link);
    ck_assert(status == ST_OK || status == ST_NOTFOUND);
    return status == ST_OK ? link.kind : -1;
}

static int kind_of(const char *text, uint16_t type)
{
    return kind_in("example.", text, type, 0);
}

/* ---- cuts ---- */

static const char with_child[] = "example. SOA NS\na.example. A\nchild.example. NS DS\n";
static const char childs_wildcard[] =
    "d.child.example. 300 A 192.0.2.1\n"
    "d.child.example. 300 RRSIG A 13 2 300 20300101000000 20200101000000 1 child.example. c2ln\n";

/* RFC 4035 §5.3.4 wants the proof of the zone that signed the wildcard. The parent's hashes cover
 * some names below the cut, since it has no record there: that proves nothing (RFC 5155 §8.3). */
START_TEST(a_childs_wildcard_is_not_for_its_parent_to_expand)
{
    static const char *const names[] = { "x.child.example.", "y.child.example.",
                                         "z.w.child.example.", "d.child.example." };
    learn_wildcard("child.example.", childs_wildcard);
    keep_hashed(with_child);
    for (unsigned i = 0; i < ROWS(names); i++)
        ck_assert_int_eq(kind_of(names[i], TYPE_A), -1);
    ck_assert_int_eq(kind_of("b.example.", TYPE_A), REPLY_NXDOMAIN);
    struct rrset *star =
        denial_nsec("*.child.example.", "child.example.", "A RRSIG NSEC", desk.arena);
    keep("child.example.", star, DENIAL_TTL);
    ck_assert_int_eq(kind_in("child.example.", "x.child.example.", TYPE_A, 0), REPLY_POSITIVE);
}
END_TEST

START_TEST(below_a_dname_no_wildcard_is_expanded) /* RFC 6672 §2.3, RFC 5155 §8.3 */
{
    static const char *const names[] = { "x.d.example.", "y.d.example.", "z.d.example.",
                                         "w.d.example." };
    learn_wildcard("example.", "a.d.example. 300 A 192.0.2.1\n"
                               "a.d.example. 300 RRSIG A 13 2 300 20300101000000 20200101000000 1 "
                               "example. c2ln\n");
    learn_wildcard("example.", "a.e.example. 300 A 192.0.2.1\n"
                               "a.e.example. 300 RRSIG A 13 2 300 20300101000000 20200101000000 1 "
                               "example. c2ln\n");
    keep_hashed("example. SOA NS\nd.example. DNAME\ne.example. A\n*.e.example. A\n");
    for (unsigned i = 0; i < ROWS(names); i++)
        ck_assert_int_eq(kind_of(names[i], TYPE_A), -1);
    ck_assert_int_eq(kind_of("x.e.example.", TYPE_A), REPLY_POSITIVE);
}
END_TEST

/* From before the cut was made, or written by a careless signer: its server refers by now. */
START_TEST(a_record_below_a_cut_says_nothing) /* RFC 5155 §8.3, RFC 6840 §4.1 */
{
    struct name zone = name_of("example."), below = name_of("x.child.example.");
    struct denial_span span = { .types = "A RRSIG" };
    keep_hashed(with_child);
    denial_hash(&chain, &below, span.from);
    memcpy(span.to, span.from, sizeof span.to);
    span.to[4]++;
    keep("example.", denial_nsec3(&chain, &zone, &span, desk.arena), DENIAL_TTL);
    ck_assert_int_eq(kind_of("x.child.example.", TYPE_AAAA), -1);
    ck_assert_int_eq(kind_of("a.example.", TYPE_AAAA), REPLY_NODATA);

    keep_nsec("x.child.example.", "z.example.", "A RRSIG NSEC");
    keep_nsec("child.example.", "d.example.", "NS RRSIG NSEC"); /* drops the one inside it */
    ck_assert_int_eq(kind_of("x.child.example.", TYPE_AAAA), -1);
    ck_assert_int_eq(kind_of("y.child.example.", TYPE_AAAA), -1);
}
END_TEST

START_TEST(at_a_cut_only_the_ds_is_denied) /* RFC 6840 §4.1, §4.4 */
{
    static const uint16_t types[] = { TYPE_A, TYPE_NS, TYPE_SOA, TYPE_NSEC, TYPE_ANY, TYPE_CNAME };
    keep_hashed("example. SOA NS\nchild.example. NS\n");
    keep_nsec("child.example.", "d.example.", "NS RRSIG NSEC");
    for (unsigned i = 0; i < ROWS(types); i++)
        ck_assert_int_eq(kind_of("child.example.", types[i]), -1);
    ck_assert_int_eq(kind_of("child.example.", TYPE_DS), REPLY_NODATA);
    ck_assert_int_eq(kind_in("child.example.", "child.example.", TYPE_DS, 0), -1);
}
END_TEST

/* ---- opt-out ---- */

static bool covers(const struct rrset *set, const char *text)
{
    struct name zone = name_of("example."), name = name_of(text);
    uint8_t hash[NSEC3_HASH_OCTETS];
    struct nsec3 nsec3;
    denial_hash(&chain, &name, hash);
    ck_assert_int_eq(nsec3_read(set, &zone, &nsec3), NSEC3_SOUND);
    return nsec3_covers(&nsec3, hash);
}

/* Under the wildcard's name, too, an unsigned delegation may hide; where both are in one span the
 * name's own has refused already. */
START_TEST(that_there_is_no_wildcard_is_not_said_by_an_opt_out_span) /* SPEC V10, RFC 5155 §6 */
{
    static const char lines[] = "example. SOA NS\na.example. A\nb.example. A\nc.example. A\n";
    char name[] = "a0.example.";
    struct rrset *opted[DENIAL_NODES_MAX * 4];
    size_t at = 0, apart = 0;

    chain.flags = 1;
    make_hashed(lines);
    memcpy(opted, sets, sizeof opted);
    chain.flags = 0;
    keep_hashed(lines);
    while (!covers(sets[at], "*.example."))
        at++;
    for (name[1] = '0'; name[1] <= '9' && apart < 2; name[1]++)
        if (!covers(sets[at], name)) {
            ck_assert_int_eq(kind_of(name, TYPE_A), REPLY_NXDOMAIN);
            keep("example.", opted[at], DENIAL_TTL);
            ck_assert_int_eq(kind_of(name, TYPE_A), -1);
            keep("example.", sets[at], DENIAL_TTL);
            apart++;
        }
    ck_assert_uint_eq(apart, 2);
}
END_TEST

/* ---- bits, time, names ---- */

START_TEST(an_nsec_does_not_deny_itself) /* RFC 4034 §4.1.2: its own bit is always set */
{
    keep_nsec("a.example.", "c.example.", "A RRSIG");
    ck_assert_int_eq(kind_of("a.example.", TYPE_NSEC), -1);
    ck_assert_int_eq(kind_of("a.example.", TYPE_ANY), -1);
    ck_assert_int_eq(kind_of("a.example.", TYPE_RRSIG), -1);
    ck_assert_int_eq(kind_of("a.example.", TYPE_AAAA), REPLY_NODATA);
    keep_nsec("example.", "a.example.", "NS SOA RRSIG NSEC");
    ck_assert_int_eq(kind_of("b.example.", TYPE_NSEC), REPLY_NXDOMAIN);
}
END_TEST

START_TEST(a_range_that_expired_in_the_middle_leaves_its_gap) /* RFC 8198 §5.4 */
{
    keep("example.", denial_nsec("example.", "c.example.", "NS SOA RRSIG NSEC", desk.arena), 300);
    keep("example.", denial_nsec("c.example.", "e.example.", "A RRSIG NSEC", desk.arena), 100);
    keep("example.", denial_nsec("e.example.", "example.", "A RRSIG NSEC", desk.arena), 300);
    ck_assert_int_eq(kind_in("example.", "d.example.", TYPE_A, 99), REPLY_NXDOMAIN);
    ck_assert_int_eq(kind_in("example.", "d.example.", TYPE_A, 100), -1);
    ck_assert_int_eq(kind_in("example.", "c.example.", TYPE_AAAA, 100), -1);
    ck_assert_int_eq(kind_in("example.", "x.c.example.", TYPE_A, 100), -1);
    ck_assert_int_eq(kind_in("example.", "b.example.", TYPE_A, 100), REPLY_NXDOMAIN);
    ck_assert_int_eq(kind_in("example.", "f.example.", TYPE_A, 100), REPLY_NXDOMAIN);
}
END_TEST

START_TEST(letters_are_alike_in_either_case) /* RFC 4343 §3, RFC 4034 §6.1 */
{
    learn_wildcard("EXAMPLE.", "d.W.example. 300 A 192.0.2.1\n"
                               "d.W.example. 300 RRSIG A 13 2 300 20300101000000 20200101000000 1 "
                               "example. c2ln\n");
    keep("EXAMPLE.", denial_nsec("A.example.", "*.w.EXAMPLE.", "A RRSIG NSEC", desk.arena), 300);
    keep("example.", denial_nsec("*.W.example.", "y.example.", "A RRSIG NSEC", desk.arena), 300);
    keep("example.", denial_nsec("Example.", "a.example.", "NS SOA RRSIG NSEC", desk.arena), 300);
    ck_assert_int_eq(kind_of("B.example.", TYPE_A), REPLY_NXDOMAIN);
    ck_assert_int_eq(kind_of("a.EXAMPLE.", TYPE_AAAA), REPLY_NODATA);
    ck_assert_int_eq(kind_of("w.example.", TYPE_A), REPLY_NODATA); /* an empty non-terminal */
    ck_assert_int_eq(kind_of("Q.w.example.", TYPE_A), REPLY_POSITIVE);
    ck_assert_int_eq(kind_of("*.w.example.", TYPE_A), -1);
    ck_assert_int_eq(kind_of("Z.example.", TYPE_A), -1);
}
END_TEST

/* The longest name, in one label after another, and its neighbours. */
static void longest(char text[NAME_TEXT], char last)
{
    struct name zone = name_of("example."), longer;
    uint8_t label[LABEL_OCTETS_MAX];
    memset(label, 'm', sizeof label);
    for (size_t left = NAME_OCTETS_MAX - zone.len; left > 0; left = NAME_OCTETS_MAX - zone.len) {
        size_t len = left - 1 < sizeof label ? left - 1 : sizeof label;
        label[0] = len == left - 1 ? (uint8_t)last : 'm';
        ck_assert_int_eq(name_prepend((struct bytes){ label, len }, &zone, &longer), ST_OK);
        zone = longer;
    }
    ck_assert_uint_eq(zone.len, NAME_OCTETS_MAX);
    name_text(&zone, text, NAME_TEXT);
}

START_TEST(names_of_255_octets_are_like_others)
{
    char first[NAME_TEXT], between[NAME_TEXT], last[NAME_TEXT];
    longest(first, 'a');
    longest(between, 'b');
    longest(last, 'c');
    keep_nsec("example.", first, "NS SOA RRSIG NSEC");
    keep_nsec(first, last, "A RRSIG NSEC");
    ck_assert_int_eq(kind_of(between, TYPE_A), REPLY_NXDOMAIN);
    ck_assert_int_eq(kind_of(first, TYPE_AAAA), REPLY_NODATA);
    ck_assert_int_eq(kind_of(last, TYPE_AAAA), -1);
    keep_hashed("example. SOA NS\na.example. A\n");
    ck_assert_int_eq(kind_of(last, TYPE_AAAA), REPLY_NXDOMAIN);
}
END_TEST

Suite *cache_synthesis_crafted_suite(void)
{
    Suite *suite = suite_create("cache/synthesis_crafted");
    TCase *tcase = tcase_create("crafted");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_childs_wildcard_is_not_for_its_parent_to_expand);
    tcase_add_test(tcase, below_a_dname_no_wildcard_is_expanded);
    tcase_add_test(tcase, a_record_below_a_cut_says_nothing);
    tcase_add_test(tcase, at_a_cut_only_the_ds_is_denied);
    tcase_add_test(tcase, that_there_is_no_wildcard_is_not_said_by_an_opt_out_span);
    tcase_add_test(tcase, an_nsec_does_not_deny_itself);
    tcase_add_test(tcase, a_range_that_expired_in_the_middle_leaves_its_gap);
    tcase_add_test(tcase, letters_are_alike_in_either_case);
    tcase_add_test(tcase, names_of_255_octets_are_like_others);
    suite_add_tcase(suite, tcase);
    return suite;
}
