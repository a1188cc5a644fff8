/* Random small zones, a random part of their chains kept, every question about every name near
 * them: what is synthesised must be, record by record, what the zone's own server would send, by a
 * slow prover that sees the whole zone; and with the whole chain kept nothing need be asked. A
 * third of the zones are hostile: they show records that may not be believed. */
#include <stdio.h>

#include "lib/base/prng.h"
#include "lib/cache/synthesis.h"
#include "tests/support/denial_zone.h"
#include "tests/support/proof_bench.h"
#include "tests/unit/cache/cache_test.h"

#ifndef ZONES
#define ZONES 6
#endif

enum { STORE_OCTETS = 2 << 20 };

static struct proof_bench desk;
static struct denial_cache *cache;
static struct prng prng;
static struct denial_zone zone;
static struct rrset *sets[DENIAL_NODES_MAX * 4], *soa;
static size_t set_count;

/* ---- the slow prover: what the zone's own server says ---- */

struct reply {
    enum reply_kind kind;
    bool known; /* false: not this zone's to say, or a type that is there: nothing is synthesised */
    const struct rrset *proofs[3];
    unsigned count;
    struct name wildcard; /* of a positive reply */
};

static void reply_add(struct reply *reply, const struct rrset *set)
{
    ck_assert_ptr_nonnull(set);
    for (unsigned i = 0; i < reply->count; i++)
        if (reply->proofs[i] == set)
            return;
    reply->proofs[reply->count++] = set;
}

/* The NSEC whose owner is the last at or before the name. */
static const struct rrset *nsec_before(const struct name *name)
{
    const struct rrset *best = NULL;
    for (size_t i = 0; i < set_count; i++) {
        struct name owner = rrset_owner(sets[i]);
        struct name than = best ? rrset_owner(best) : zone.apex;
        if (name_compare(&owner, name) <= 0 && (!best || name_compare(&owner, &than) > 0))
            best = sets[i];
    }
    return best;
}

/* Its own NSEC3, or the one in whose span its hash lies. */
static const struct rrset *nsec3_of(const struct denial_chain *chain, const struct name *name)
{
    uint8_t hash[NSEC3_HASH_OCTETS];
    struct nsec3 at;

    denial_hash(chain, name, hash);
    for (size_t i = 0; i < set_count; i++) {
        ck_assert_int_eq(nsec3_read(sets[i], &zone.apex, &at), NSEC3_SOUND);
        if (nsec3_matches(&at, hash) || nsec3_covers(&at, hash))
            return sets[i];
    }
    return NULL;
}

static void prove_nsec(struct reply *reply, const struct name *name, const struct name *wildcard)
{
    reply_add(reply, nsec_before(name));
    bool denied = reply->kind == REPLY_NODATA || reply->kind == REPLY_NXDOMAIN;
    if (denied && !denial_zone_exists(&zone, name))
        reply_add(reply, nsec_before(wildcard));
}

static void prove_nsec3(struct reply *reply, const struct name *name, const struct name *wildcard,
                        const struct denial_chain *chain)
{
    struct name encloser = name_parent(wildcard);
    bool exists = denial_zone_exists(&zone, name);
    struct name next_closer = name_suffix(name, encloser.labels + (exists ? 0U : 1U));
    bool positive = reply->kind == REPLY_POSITIVE || reply->kind == REPLY_ALIAS;

    if (!exists && !positive)
        reply_add(reply, nsec3_of(chain, &encloser));
    reply_add(reply, nsec3_of(chain, &next_closer));
    if (!exists && !positive)
        reply_add(reply, nsec3_of(chain, wildcard));
}

static struct reply prove(const struct name *name, const char *type, enum denial_mode mode,
                          const struct denial_chain *chain)
{
    struct reply reply = { .kind = REPLY_NXDOMAIN, .known = true };
    bool exists = denial_zone_exists(&zone, name);

    if (denial_zone_cut_off(&zone, name))
        return (struct reply){ .known = false };
    struct name encloser = denial_zone_encloser(&zone, name);
    reply.wildcard = denial_child(&encloser, "*");
    const struct denial_node *star = denial_zone_node(&zone, &reply.wildcard);
    if (exists || denial_zone_exists(&zone, &reply.wildcard)) {
        reply.known = denial_zone_lacks(&zone, exists ? name : &reply.wildcard, type);
        reply.kind = REPLY_NODATA;
    }
    if (!exists && !reply.known && star != NULL && !denial_node_has(star, "NS") &&
        strcmp(type, "DS") != 0) {
        bool alias = denial_node_has(star, "CNAME") && strcmp(type, "CNAME") != 0;
        reply.kind = alias ? REPLY_ALIAS : REPLY_POSITIVE;
        reply.known = true;
    }
    if (reply.known && mode == BY_NSEC)
        prove_nsec(&reply, name, &reply.wildcard);
    else if (reply.known)
        prove_nsec3(&reply, name, &reply.wildcard, chain);
    return reply;
}

/* ---- what is kept ---- */

static void keep(const struct name *of, struct rrset *set, enum security security)
{
    struct denial_record record = { of, set, DENIAL_TTL };
    set->security = (uint8_t)security;
    (void)!denial_cache_put(cache, &record, at_s(0));
}

/* Records that would deny all there is, if they were believed. */
static void keep_hostile(void)
{
    struct name other = name_of("test."), above = name_of("."), below = name_of("a.example.");
    keep(&zone.apex, denial_nsec("example.", "example.", "NS SOA", desk.arena), SEC_BOGUS);
    keep(&zone.apex, denial_nsec("example.", "example.", "NS SOA", desk.arena), SEC_UNCHECKED);
    keep(&zone.apex, denial_nsec("a.example.", "zzz.test.", "A", desk.arena), SEC_SECURE);
    keep(&other, denial_nsec("example.", "example.", "NS SOA", desk.arena), SEC_SECURE);
    keep(&above, denial_nsec("com.", ".", "NS", desk.arena), SEC_SECURE);
    keep(&below, denial_nsec("a.example.", "a.example.", "NS SOA", desk.arena), SEC_SECURE);
}

static void keep_wildcard(const struct rrset *set)
{
    struct denial_record record = { &zone.apex, set, DENIAL_TTL };
    ck_assert_int_eq(denial_cache_put_wildcard(cache, &record, at_s(0)), ST_OK);
}

static void keep_wildcards(void)
{
    for (size_t i = 0; i < zone.count; i++) {
        const struct denial_node *node = &zone.nodes[i];
        char lines[3][NAME_TEXT + 64], owner[NAME_TEXT];
        if (!name_is_wildcard(&node->name) || denial_zone_cut_off(&zone, &node->name))
            continue;
        name_text(&node->name, owner, sizeof owner);
        snprintf(lines[0], sizeof lines[0], "%s 300 A 192.0.2.1\n", owner);
        snprintf(lines[1], sizeof lines[1], "%s 300 TXT \"x\"\n", owner);
        snprintf(lines[2], sizeof lines[2], "%s 300 CNAME a.test.\n", owner);
        static const char *const types[] = { "A", "TXT", "CNAME" };
        for (unsigned t = 0; t < 3; t++) {
            struct rrset *set = secure_set_of(lines[t], desk.arena);
            if (denial_node_has(node, types[t]))
                keep_wildcard(set);
        }
    }
}

/* ---- comparing ---- */

static bool has(const struct link *link, const struct rrset *set)
{
    for (size_t i = 0; i < link->authority_count; i++)
        if (rrset_same_octets(link->authority[i], set))
            return true;
    return false;
}

static void complain(const struct name *name, const char *type, const char *what)
{
    char text[NAME_TEXT];
    denial_zone_print(&zone);
    ck_abort_msg("%s %s: %s", name_text(name, text, sizeof text), type, what);
}

static void compare(const struct link *link, const struct reply *reply, const char *type)
{
    bool negative = link->kind == REPLY_NODATA || link->kind == REPLY_NXDOMAIN;

    if (!reply->known || link->kind != reply->kind)
        complain(&link->name, type, "not what the zone's server says");
    if (link->authority_count != reply->count + negative || (negative && !has(link, soa)))
        complain(&link->name, type, "not the server's number of records");
    for (unsigned i = 0; i < reply->count; i++)
        if (!has(link, reply->proofs[i]))
            complain(&link->name, type, "a record is missing");
    if (link->security != SEC_SECURE || link->ttl_s != DENIAL_TTL || link->opt_out)
        complain(&link->name, type, "not secure, or of another time");
    if (!negative && (link->answer_count != 1 || !rrset_owner_is(link->answer[0], &link->name)))
        complain(&link->name, type, "not the wildcard's records");
    if ((link->rcode == 3) != (link->kind == REPLY_NXDOMAIN))
        complain(&link->name, type, "wrong rcode");
}

enum extent { ALL_KEPT, PART_KEPT };

/* Opt-out spans prove nothing about names (RFC 5155 §9.2); a name's own record does. */
static bool must_be_known(const struct reply *reply, const struct name *name, enum denial_mode mode,
                          const struct denial_chain *chain)
{
    uint8_t hash[NSEC3_HASH_OCTETS];
    struct nsec3 at;

    if (mode != BY_OPT_OUT || !reply->known)
        return reply->known;
    denial_hash(chain, name, hash);
    return reply->kind == REPLY_NODATA &&
           nsec3_read(reply->proofs[0], &zone.apex, &at) == NSEC3_SOUND && nsec3_matches(&at, hash);
}

static void ask(const struct name *name, enum denial_mode mode, enum extent extent,
                const struct denial_chain *chain)
{
    static const char *const types[] = { "A", "TXT", "CNAME", "NS", "DS", "AAAA" };
    for (unsigned i = 0; i < ROWS(types); i++) {
        struct synthesis_query query = { &zone.apex, name, 0, soa };
        struct arena_mark mark = arena_mark(desk.arena);
        struct link link;
        ck_assert(type_from_text(types[i], &query.type));
        if (query.type == TYPE_DS && name_equal(name, &zone.apex))
            continue;
        budget_init(&desk.budget, &desk.limits);
        struct reply reply = prove(name, types[i], mode, chain);
        enum status status = synthesis_find(cache, &query, at_s(0), &desk.desk, &link);
        if (status == ST_OK)
            compare(&link, &reply, types[i]);
        else if (extent == ALL_KEPT && must_be_known(&reply, name, mode, chain))
            complain(name, types[i], "all is known, but nothing was said");
        if (status == ST_OK && mode == BY_OPT_OUT && link.kind == REPLY_NXDOMAIN)
            complain(name, types[i], "an opt-out span denied a name");
        arena_release(desk.arena, &mark);
    }
}

static void play_zone(enum denial_mode mode, enum extent extent)
{
    struct name names[DENIAL_NAMES_MAX];
    struct denial_chain chain = { desk.keyring, "a1b2", 1, mode == BY_OPT_OUT };

    struct store *store = store_create(STORE_OCTETS, 1, &bench_key);
    cache = denial_cache_create(store, DENIAL_OCTETS_MIN, &bench_key);
    ck_assert(store != NULL && cache != NULL);
    denial_zone_draw(&prng, &zone);
    soa = secure_set_of("example. 300 SOA ns.example. root.example. 1 2 3 4 300\n", desk.arena);
    set_count = mode == BY_NSEC ? denial_zone_nsec(&zone, desk.arena, sets)
                                : denial_zone_nsec3(&zone, &chain, desk.arena, sets);
    bool hostile = prng_below(&prng, 3) == 0;
    if (hostile)
        keep_hostile();
    for (size_t i = 0; i < set_count; i++)
        if (extent == ALL_KEPT || prng_below(&prng, 3) > 0)
            keep(&zone.apex, sets[i], SEC_SECURE);
    if (hostile)
        keep_hostile();
    keep_wildcards();
    size_t name_count = denial_zone_names(&zone, "Ab*c", names);
    for (size_t i = 0; i < name_count; i++)
        ask(&names[i], mode, extent, &chain);
    denial_cache_destroy(cache);
    store_destroy(store);
}

static void play(enum denial_mode mode)
{
    for (int round = 0; round < ZONES; round++) {
        proof_bench_job(&desk);
        play_zone(mode, ALL_KEPT);
        play_zone(mode, PART_KEPT);
    }
}

static void set_up(void)
{
    proof_bench_up(&desk);
}

static void tear_down(void)
{
    proof_bench_down(&desk);
}

START_TEST(nsec_zones_are_answered_as_their_servers_would) /* RFC 8198 §5.1, §5.3 */
{
    prng_seed_number(&prng, (uint64_t)_i);
    play(BY_NSEC);
}
END_TEST

START_TEST(nsec3_zones_are_answered_as_their_servers_would) /* RFC 8198 §5.2, §5.3 */
{
    prng_seed_number(&prng, 100 + (uint64_t)_i);
    play(BY_NSEC3);
}
END_TEST

START_TEST(opt_out_zones_are_never_answered_from_their_spans) /* RFC 8198 §5.2, RFC 5155 §9.2 */
{
    prng_seed_number(&prng, 200 + (uint64_t)_i);
    play(BY_OPT_OUT);
}
END_TEST

Suite *cache_synthesis_model_suite(void)
{
    Suite *suite = suite_create("cache/synthesis_model");
    TCase *tcase = tcase_create("model");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, nsec_zones_are_answered_as_their_servers_would, 0, 4);
    tcase_add_loop_test(tcase, nsec3_zones_are_answered_as_their_servers_would, 0, 4);
    tcase_add_loop_test(tcase, opt_out_zones_are_never_answered_from_their_spans, 0, 4);
    suite_add_tcase(suite, tcase);
    return suite;
}
