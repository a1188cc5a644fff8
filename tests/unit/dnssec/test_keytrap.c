/* KeyTrap at full size, and its kin: what is counted where the checks are done stays within
 * LIMITS D1, D2 and D5 as RULINGS A8 has them. A unit is the time of one check with RSA of 2048
 * bits: 1,024 of them are 20 ms (LIMITS 0.1). */
#include "lib/crypto/digest.h"
#include "lib/crypto/verify.h"
#include "lib/dnssec/chain.h"
#include "lib/wire/type.h"
#include "tests/support/keytrap.h"
#include "tests/unit/dnssec/proof_test.h"

enum { UNITS_OF_6_MS = 6 * 1024 / 20, REPLIES_MAX = 50, BAD_KEYS = 100, RECORDS_MAX = 500 };

static void set_up(void)
{
    proof_up("example.");
}

/* What a question meets: keys of one tag, a set whose signatures all fail, one that is sound. */
struct trap {
    struct sign_key key;
    struct bytes keys[KEYTRAP_KEYS];
    struct rrset *dnskeys, *attacked, *honest;
};

static struct rrset *pack(const struct name *owner, uint16_t type, const struct bytes *rdatas,
                          size_t count)
{
    struct rrset_parts parts = {
        .owner = owner, .type = type, .ttl = 60, .rdatas = rdatas, .rr_count = count
    };
    struct rrset *set;
    ck_assert(rrset_pack(&parts, bench.arena, &set) == ST_OK);
    return set;
}

/* The same set with 500 signatures, none of which holds. */
static struct rrset *flooded(const struct rrset *set)
{
    struct bytes good, sigs[KEYTRAP_SIGNATURES], rdatas[RECORDS_MAX];
    struct name owner = rrset_owner(set);
    struct rrset *flood;
    struct rrset_walk walk = rrset_signatures(set);
    ck_assert(rrset_next(&walk, &good));
    keytrap_signatures(good, sigs, KEYTRAP_SIGNATURES, bench.arena);
    struct rrset_parts parts = { .owner = &owner, .type = set->type, .ttl = 60, .rdatas = rdatas };
    for (struct rrset_walk all = rrset_records(set);
         parts.rr_count < RECORDS_MAX && rrset_next(&all, &rdatas[parts.rr_count]);)
        parts.rr_count++;
    parts.sigs = sigs;
    parts.sig_count = KEYTRAP_SIGNATURES;
    ck_assert(rrset_pack(&parts, bench.arena, &flood) == ST_OK);
    return flood;
}

static void make_trap(struct trap *trap, uint8_t algorithm, enum keytrap_point point)
{
    size_t count = point == KEYTRAP_POINT ? KEYTRAP_KEYS : BAD_KEYS;
    trap->key = sign_key(signer, algorithm, 0, SIGN_ZSK);
    keytrap_keys(&trap->key, point, trap->keys, count, bench.arena);
    if (point == KEYTRAP_POINT)
        trap->dnskeys = pack(&zone, TYPE_DNSKEY, trap->keys, count);
    else /* the true one is not among them */
        trap->dnskeys = pack(&zone, TYPE_DNSKEY, trap->keys + 1, count - 1);
    struct rrset *plain = sign_text("www.example. 300 IN A 192.0.2.1\n", bench.arena);
    trap->honest = sign_plain(plain, &trap->key, &zone, window, bench.arena);
    trap->attacked = flooded(trap->honest);
}

static enum proof prove(const struct rrset *set, const struct rrset *keys)
{
    struct rrsig_check check = { .sig = 0 };
    struct reply_work work = { 0, 0 };
    return rrsig_prove(&check, set, keys, &work, &bench.desk);
}

/* One server after another sends the same, until the question is spent. */
static void burn(const struct trap *trap)
{
    enum proof proof = PROOF_FAILED;
    for (unsigned replies = 0; proof == PROOF_FAILED && replies < REPLIES_MAX; replies++)
        proof = prove(trap->attacked, trap->dnskeys);
    ck_assert(proof == PROOF_SPENT);
    ck_assert(budget_is_over(&bench.budget));
}

static const struct {
    uint8_t algorithm;
    uint32_t cost, checks; /* of one; until the question is spent */
} rows[] = {
    { 13, 3, 16 },
    { 14, 34, 3 }, /* the units end it: a fourth would be 136 */
    { 15, 5, 16 },
};

START_TEST(five_hundred_keys_have_one_tag_through_the_reserved_flags) /* RFC 4034 §2.1.1, §B */
{
    struct trap trap;
    make_trap(&trap, rows[_i].algorithm, KEYTRAP_POINT);
    ck_assert_uint_eq(trap.dnskeys->rr_count, KEYTRAP_KEYS);
    for (size_t i = 0; i < KEYTRAP_KEYS; i++) {
        struct dnskey key;
        ck_assert(dnskey_parse(trap.keys[i], &key));
        ck_assert_uint_eq(key.tag, sign_tag(&trap.key));
        ck_assert_uint_eq(key.flags & (DNSKEY_ZONE | DNSKEY_REVOKE), DNSKEY_ZONE);
        ck_assert(verify_key_usable(bench.keyring, trap.keys[i]) == VERIFY_GOOD);
    }
}
END_TEST

START_TEST(keytrap_costs_a_question_its_failed_checks_and_no_more) /* CVE-2023-50387, A8 */
{
    struct trap trap;
    make_trap(&trap, rows[_i].algorithm, KEYTRAP_POINT);
    uint64_t before = keyring_checks(bench.keyring);
    burn(&trap);
    uint64_t checks = keyring_checks(bench.keyring) - before;
    uint64_t good_units = bench.budget.spent[SPEND_GOOD_UNITS]; /* of searching through the keys */
    ck_assert_uint_eq(checks, rows[_i].checks);
    ck_assert_uint_le(checks, bench.limits.failed_checks);
    ck_assert_uint_le(checks * rows[_i].cost, bench.limits.failed_units);
    ck_assert_uint_eq(bench.metrics.verifications_bad, checks);
    ck_assert_uint_le(checks * rows[_i].cost + good_units, UNITS_OF_6_MS);
}
END_TEST

START_TEST(what_a_question_may_ever_spend_on_failures_is_under_6_ms) /* LIMITS D1 */
{
    ck_assert_uint_le(bench.limits.failed_units, UNITS_OF_6_MS);
}
END_TEST

START_TEST(an_honest_question_beside_keytrap_is_secure)
{
    struct trap trap;
    make_trap(&trap, rows[_i].algorithm, KEYTRAP_POINT);
    ck_assert(prove(trap.attacked, trap.dnskeys) == PROOF_FAILED || rows[_i].algorithm == 14);
    if (rows[_i].algorithm != 14) /* even the same question has room for it */
        ck_assert(prove(trap.honest, trap.dnskeys) == PROOF_GOOD);
    burn(&trap);
    budget_init(&bench.budget, &bench.limits);
    ck_assert(prove(trap.honest, trap.dnskeys) == PROOF_GOOD);
    ck_assert_uint_eq(bench.budget.spent[SPEND_GOOD_CHECK], 1);
    ck_assert_uint_eq(bench.budget.spent[SPEND_FAILED_CHECK], 0);
}
END_TEST

/* ---- what is signed: its octets are work as well ---- */

enum { UNIT_OCTETS = 8192 };

/* A set whose owner is as long as can be: few octets in a message, 134 kB to be digested. */
static struct rrset *longest_set(void)
{
    struct bytes rdatas[RECORDS_MAX];
    struct name owner = zone, longer;
    while (name_prepend((struct bytes){ (const uint8_t *)"xxxxxxxxx", 9 }, &owner, &longer) ==
           ST_OK)
        owner = longer;
    for (unsigned i = 0; i < RECORDS_MAX; i++) {
        uint8_t address[4] = { 10, 0, (uint8_t)(i >> 8), (uint8_t)i };
        rdatas[i] = (struct bytes){ arena_copy(bench.arena, address, 4), 4 };
    }
    return pack(&owner, TYPE_A, rdatas, RECORDS_MAX);
}

static void make_long_trap(struct trap *trap, uint8_t algorithm)
{
    make_trap(trap, algorithm, KEYTRAP_POINT);
    trap->honest = sign_plain(longest_set(), &trap->key, &zone, window, bench.arena);
    trap->attacked = flooded(trap->honest);
}

START_TEST(digesting_a_large_set_is_paid_for_whether_or_not_it_holds) /* LIMITS D1, A8 */
{
    struct trap trap;
    make_long_trap(&trap, rows[_i].algorithm);
    ck_assert(prove(trap.honest, pack(&zone, TYPE_DNSKEY, trap.keys, 1)) == PROOF_GOOD);
    uint64_t octets = keyring_octets(bench.keyring);
    ck_assert_uint_ge(octets, RECORDS_MAX * UINT64_C(250));
    ck_assert_uint_ge(bench.budget.spent[SPEND_GOOD_UNITS], rows[_i].cost + octets / UNIT_OCTETS);
    burn(&trap);
    octets = keyring_octets(bench.keyring) - octets;
    ck_assert_uint_le(octets / UNIT_OCTETS, bench.limits.failed_units);
    ck_assert_uint_lt(bench.metrics.verifications_bad, 7);
}
END_TEST

/* ---- what a DS is held against: its octets too ---- */

enum { GIANT_OCTETS = 60000, GIANT_DS = 8, GIANT_REPLIES = 100 };

/* A key of 60 kB, and DS of its tag. */
struct giant {
    struct rrset *dnskeys, *ds;
};

enum digest_trait { NAMES_ITS_KEY, NAMES_NO_KEY };

static struct bytes digest_of(struct bytes key, unsigned number, enum digest_trait trait)
{
    struct bytes spans[] = { name_bytes(&zone), key };
    uint8_t rdata[4 + DIGEST_OCTETS_MAX] = { (uint8_t)(dnskey_tag(key) >> 8),
                                             (uint8_t)dnskey_tag(key), key.at[3],
                                             number % 2 ? 4 : 2 };
    size_t len = number % 2 ? 48 : 32;
    enum digest_kind kind = number % 2 ? DIGEST_SHA384 : DIGEST_SHA256;
    ck_assert(digest(bench.keyring, kind, spans, 2, rdata + 4) == ST_OK);
    if (trait == NAMES_NO_KEY)
        rdata[4] = (uint8_t)(rdata[4] + 1 + number);
    return (struct bytes){ arena_copy(bench.arena, rdata, 4 + len), 4 + len };
}

static struct giant make_giant(unsigned ds_count, enum digest_trait trait)
{
    struct bytes ds[GIANT_DS], key;
    uint8_t *rdata = arena_alloc(bench.arena, GIANT_OCTETS);
    memset(rdata, 0x5B, GIANT_OCTETS);
    memcpy(rdata, (uint8_t[]){ 1, 1, 3, 8, 3, 1, 0, 1 }, 8); /* RFC 3110: the exponent 65,537 */
    key = (struct bytes){ rdata, GIANT_OCTETS };
    for (unsigned i = 0; i < ds_count; i++)
        ds[i] = digest_of(key, i, trait);
    return (struct giant){ pack(&zone, TYPE_DNSKEY, &key, 1), pack(&zone, TYPE_DS, ds, ds_count) };
}

static enum proof link_giant(const struct giant *giant, struct zone_keys *found)
{
    struct chain_input input = { .zone = &zone, .ds = giant->ds, .dnskeys = giant->dnskeys };
    struct chain_link link = { .at = 0 };
    return chain_keys(&link, &input, &bench.desk, found);
}

START_TEST(digesting_a_giant_key_that_a_ds_names_is_paid_for) /* LIMITS D1, D2, A8 */
{
    struct giant giant = make_giant(2, NAMES_ITS_KEY);
    struct zone_keys found;
    ck_assert(link_giant(&giant, &found) == PROOF_GOOD);
    ck_assert_int_eq(found.state, ZONE_INSECURE); /* a key out of range (RULINGS A44) */
    ck_assert_uint_ge(bench.budget.spent[SPEND_GOOD_UNITS],
                      2 * (uint32_t)(GIANT_OCTETS / UNIT_OCTETS));
    ck_assert_uint_eq(bench.budget.spent[SPEND_FAILED_UNITS], 0);
}
END_TEST

START_TEST(a_digest_that_misses_is_paid_for_as_a_failure) /* LIMITS D1, D2, A8 */
{
    struct giant giant = make_giant(GIANT_DS, NAMES_NO_KEY);
    struct zone_keys found;
    enum proof proof = PROOF_GOOD;
    unsigned replies = 0;
    uint64_t octets = keyring_octets(bench.keyring);
    for (; proof == PROOF_GOOD && replies < GIANT_REPLIES; replies++)
        proof = link_giant(&giant, &found);
    octets = keyring_octets(bench.keyring) - octets;
    ck_assert(proof == PROOF_SPENT);
    ck_assert_int_eq(found.state, ZONE_SPENT);
    ck_assert_uint_eq(found.cause.why, WHY_VALIDATION_LIMIT);
    ck_assert_uint_gt(octets / UNIT_OCTETS, bench.limits.failed_units / 2);
    ck_assert_uint_le(octets / UNIT_OCTETS, bench.limits.failed_units * 8 / 7); /* rounded down */
}
END_TEST

START_TEST(a_giant_key_waits_for_a_turn_that_can_pay) /* RULINGS B16 */
{
    struct giant giant = make_giant(1, NAMES_ITS_KEY);
    struct zone_keys found;
    uint64_t octets = keyring_octets(bench.keyring);
    bench.turn_units = 0;
    ck_assert(link_giant(&giant, &found) == PROOF_CONTINUE);
    ck_assert_uint_eq(keyring_octets(bench.keyring), octets);
    bench.turn_units = 1 + GIANT_OCTETS / UNIT_OCTETS;
    ck_assert(link_giant(&giant, &found) == PROOF_GOOD);
    ck_assert_int_le(bench.turn_units, 1);
}
END_TEST

START_TEST(a_key_is_digested_once_however_often_the_turn_ends) /* RULINGS A12 */
{
    struct trap trap;
    make_trap(&trap, 15, KEYTRAP_POINT);
    struct bytes named = sign_ds(&trap.key, &zone, 2, bench.arena);
    struct rrset *sound = sign_plain(trap.dnskeys, &trap.key, &zone, window, bench.arena);
    struct chain_input input = { &zone, pack(&zone, TYPE_DS, &named, 1), NULL, sound };
    struct chain_link link = { .at = 0 };
    struct zone_keys found;
    uint64_t octets = 0;
    bench.turn_units = 0;
    for (unsigned turn = 0; turn < 3; turn++) {
        ck_assert(chain_keys(&link, &input, &bench.desk, &found) == PROOF_CONTINUE);
        ck_assert(turn == 0 || keyring_octets(bench.keyring) == octets);
        octets = keyring_octets(bench.keyring);
    }
    ck_assert_uint_gt(octets, 0);
    bench.turn_units = INT64_MAX;
    ck_assert(chain_keys(&link, &input, &bench.desk, &found) == PROOF_GOOD);
    ck_assert_int_eq(found.state, ZONE_SECURE);
}
END_TEST

START_TEST(the_sixteenth_failure_is_a_verdict_and_the_seventeenth_is_not_made) /* RULINGS A2, A8 */
{
    struct trap trap;
    make_trap(&trap, 15, KEYTRAP_POINT);
    uint64_t before = keyring_checks(bench.keyring);
    for (unsigned reply = 0; reply < 4; reply++)
        ck_assert(prove(trap.attacked, trap.dnskeys) == PROOF_FAILED);
    ck_assert_uint_eq(keyring_checks(bench.keyring) - before, 16);
    ck_assert(!budget_is_over(&bench.budget));
    ck_assert(prove(trap.attacked, trap.dnskeys) == PROOF_SPENT);
    ck_assert_uint_eq(keyring_checks(bench.keyring) - before, 16);
}
END_TEST

START_TEST(good_checks_up_to_the_limit_are_proofs_and_the_next_is_spent) /* RULINGS A2, A8 */
{
    struct trap trap;
    make_trap(&trap, 15, KEYTRAP_POINT);
    bench.limits.keys_tried = 1; /* the first, which is the true one */
    for (unsigned i = 0; i < bench.limits.good_checks; i++)
        ck_assert(prove(trap.honest, trap.dnskeys) == PROOF_GOOD);
    ck_assert_uint_eq(keyring_checks(bench.keyring), 128);
    ck_assert(prove(trap.honest, trap.dnskeys) == PROOF_SPENT);
    ck_assert_uint_eq(keyring_checks(bench.keyring), 128);
}
END_TEST

START_TEST(a_hundred_keys_that_are_none_cost_what_failures_cost) /* LIMITS D5, CVE-2025-8677 */
{
    for (size_t i = 0; rows[i].algorithm != 15; i++) { /* of Ed25519 any octets are a key */
        struct trap trap;
        uint64_t before = bench.metrics.verifications_bad;
        proof_bench_job(&bench);
        make_trap(&trap, rows[i].algorithm, KEYTRAP_NO_POINT);
        burn(&trap);
        ck_assert_uint_eq(bench.metrics.verifications_bad - before, rows[i].checks);
    }
    ck_assert_uint_eq(keyring_checks(bench.keyring), 0);
    ck_assert_uint_le(keyring_count(bench.keyring), 4); /* two of each were looked at */
}
END_TEST

static enum zone_state link_state(const struct rrset *ds, const struct rrset *dnskeys)
{
    struct chain_input input = { .zone = &zone, .ds = ds, .dnskeys = dnskeys };
    struct chain_link link = { .at = 0 };
    struct zone_keys found;
    ck_assert(chain_keys(&link, &input, &bench.desk, &found) == PROOF_GOOD);
    ck_assert_uint_le(link.misses, bench.limits.ds_misses);
    return found.state;
}

START_TEST(a_key_set_of_keytrap_is_judged_within_the_limits) /* LIMITS D1, D2 */
{
    struct trap trap;
    struct bytes ds[BAD_KEYS];
    make_trap(&trap, 15, KEYTRAP_POINT);
    struct bytes named = sign_ds(&trap.key, &zone, 2, bench.arena);
    for (size_t i = 0; i < BAD_KEYS; i++) {
        uint8_t *copy = arena_copy(bench.arena, named.at, named.len);
        copy[named.len - 1] ^= (uint8_t)(i + 1);
        ds[i] = (struct bytes){ copy, named.len };
    }
    struct rrset *sound = sign_plain(trap.dnskeys, &trap.key, &zone, window, bench.arena);
    ck_assert_int_eq(link_state(pack(&zone, TYPE_DS, &named, 1), sound), ZONE_SECURE);
    ck_assert_uint_eq(keyring_checks(bench.keyring), 1);
    ck_assert_int_eq(link_state(pack(&zone, TYPE_DS, ds, BAD_KEYS), sound), ZONE_BOGUS);
    ck_assert_uint_eq(keyring_checks(bench.keyring), 1); /* four digests missed: no check */
}
END_TEST

/* Whichever of both keys, and of both DS, comes first in canonical order. */
START_TEST(that_one_ds_names_a_key_says_nothing_about_the_next_ds) /* RFC 4035 §5.2 */
{
    struct trap trap;
    for (unsigned i = 1; i <= 16; i++) {
        proof_bench_job(&bench);
        make_trap(&trap, 15, KEYTRAP_POINT);
        struct bytes keys[] = { trap.keys[0], trap.keys[i] };
        struct bytes ds[] = { digest_of(keys[1], 0, NAMES_ITS_KEY),
                              digest_of(keys[0], i, NAMES_NO_KEY) };
        struct rrset *set =
            sign_plain(pack(&zone, TYPE_DNSKEY, keys, 2), &trap.key, &zone, window, bench.arena);
        ck_assert_int_eq(link_state(pack(&zone, TYPE_DS, ds, 2), set), ZONE_BOGUS);
    }
}
END_TEST

Suite *dnssec_keytrap_suite(void)
{
    Suite *suite = suite_create("dnssec/keytrap");
    TCase *tcase = tcase_create("limits");
    tcase_add_checked_fixture(tcase, set_up, proof_down);
    tcase_add_loop_test(tcase, five_hundred_keys_have_one_tag_through_the_reserved_flags, 0,
                        ROWS(rows));
    tcase_add_loop_test(tcase, keytrap_costs_a_question_its_failed_checks_and_no_more, 0,
                        ROWS(rows));
    tcase_add_test(tcase, what_a_question_may_ever_spend_on_failures_is_under_6_ms);
    tcase_add_loop_test(tcase, an_honest_question_beside_keytrap_is_secure, 0, ROWS(rows));
    tcase_add_loop_test(tcase, digesting_a_large_set_is_paid_for_whether_or_not_it_holds, 0,
                        ROWS(rows));
    tcase_add_test(tcase, digesting_a_giant_key_that_a_ds_names_is_paid_for);
    tcase_add_test(tcase, a_digest_that_misses_is_paid_for_as_a_failure);
    tcase_add_test(tcase, a_giant_key_waits_for_a_turn_that_can_pay);
    tcase_add_test(tcase, a_key_is_digested_once_however_often_the_turn_ends);
    tcase_add_test(tcase, the_sixteenth_failure_is_a_verdict_and_the_seventeenth_is_not_made);
    tcase_add_test(tcase, good_checks_up_to_the_limit_are_proofs_and_the_next_is_spent);
    tcase_add_test(tcase, a_hundred_keys_that_are_none_cost_what_failures_cost);
    tcase_add_test(tcase, a_key_set_of_keytrap_is_judged_within_the_limits);
    tcase_add_test(tcase, that_one_ds_names_a_key_says_nothing_about_the_next_ds);
    suite_add_tcase(suite, tcase);
    return suite;
}
