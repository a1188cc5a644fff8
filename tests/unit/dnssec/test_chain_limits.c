/* What a link of the chain may cost, how it is continued, and genuine root key sets. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/dnssec/anchor.h"
#include "lib/dnssec/chain.h"
#include "lib/wire/type.h"
#include "tests/support/genuine.h"
#include "tests/unit/dnssec/proof_test.h"

static struct sign_key ksk;
static struct zone_keys found;

static void set_up(void)
{
    proof_up("example.");
    ksk = sign_key(signer, 15, 0, SIGN_KSK);
}

static enum proof judge(const struct rrset *ds, const struct rrset *dnskeys)
{
    struct chain_input input = { .zone = &zone, .ds = ds, .dnskeys = dnskeys };
    struct chain_link link = { .at = 0 };
    return chain_keys(&link, &input, &bench.desk, &found);
}

static struct rrset *pack(uint16_t type, const struct bytes *rdatas, size_t count)
{
    struct rrset_parts parts = {
        .owner = &zone, .type = type, .ttl = 60, .rdatas = rdatas, .rr_count = count
    };
    struct rrset *set;
    ck_assert(rrset_pack(&parts, bench.arena, &set) == ST_OK);
    return set;
}

static struct rrset *keys_signed(void)
{
    return sign_plain(sign_dnskey_set(&zone, &ksk, 1, bench.arena), &ksk, &zone, window,
                      bench.arena);
}

/* `wrong` DS with the tag and algorithm of the key and a digest of nothing, and, when `right`, the
 * true one; its digest sorts where it will. */
static struct rrset *ds_set(unsigned wrong, unsigned right)
{
    struct bytes rdatas[120], true_one = sign_ds(&ksk, &zone, 2, bench.arena);
    for (unsigned i = 0; i < wrong; i++) {
        uint8_t *copy = arena_copy(bench.arena, true_one.at, true_one.len);
        copy[4] = 0; /* the true digest begins with more, so these come first */
        copy[5] = (uint8_t)i;
        rdatas[i] = (struct bytes){ copy, true_one.len };
    }
    ck_assert_uint_ne(true_one.at[4], 0);
    rdatas[wrong] = true_one;
    return pack(TYPE_DS, rdatas, wrong + right);
}

START_TEST(four_digests_may_miss) /* LIMITS D2 */
{
    ck_assert(judge(ds_set(3, 1), keys_signed()) == PROOF_GOOD);
    ck_assert(found.state == ZONE_SECURE);
    ck_assert(judge(ds_set(4, 1), keys_signed()) == PROOF_GOOD);
    ck_assert(found.state == ZONE_BOGUS);
    ck_assert(judge(ds_set(100, 0), keys_signed()) == PROOF_GOOD);
    ck_assert(found.state == ZONE_BOGUS);
}
END_TEST

/* The key and, before it in canonical order, `fakes` with its tag: two equal and opposite changes
 * of 16 bits leave the sum as it is (RFC 4034 §B). The true key signs. */
static struct rrset *colliding_keys(unsigned fakes)
{
    struct bytes rdatas[20], whole = sign_dnskey(&ksk, bench.arena);
    rdatas[0] = whole;
    for (unsigned i = 1; i <= fakes; i++) {
        uint8_t *copy = arena_copy(bench.arena, whole.at, whole.len);
        unsigned a = (unsigned)(copy[4] << 8 | copy[5]) - i;
        unsigned b = (unsigned)(copy[8] << 8 | copy[9]) + i;
        copy[4] = (uint8_t)(a >> 8);
        copy[5] = (uint8_t)a;
        copy[8] = (uint8_t)(b >> 8);
        copy[9] = (uint8_t)b;
        rdatas[i] = (struct bytes){ copy, whole.len };
        ck_assert_uint_eq(dnskey_tag(rdatas[i]), sign_tag(&ksk));
    }
    return sign_plain(pack(TYPE_DNSKEY, rdatas, fakes + 1), &ksk, &zone, window, bench.arena);
}

START_TEST(a_ds_is_held_against_few_keys_of_its_tag) /* LIMITS D2 */
{
    ck_assert(judge(ds_set(0, 1), colliding_keys(3)) == PROOF_GOOD);
    ck_assert(found.state == ZONE_SECURE);
    ck_assert(judge(ds_set(0, 1), colliding_keys(4)) == PROOF_GOOD);
    ck_assert(found.state == ZONE_BOGUS);
    ck_assert_uint_eq(found.cause.why, WHY_DNSKEY_MISSING);
}
END_TEST

START_TEST(a_miss_counts_once_however_often_the_turn_ends) /* RULINGS A12 */
{
    struct chain_input input = { .zone = &zone, .ds = ds_set(0, 1), .dnskeys = colliding_keys(3) };
    struct chain_link link = { .at = 0 };
    bench.turn_units = 0;
    for (unsigned i = 0; i < 3; i++)
        ck_assert(chain_keys(&link, &input, &bench.desk, &found) == PROOF_CONTINUE);
    bench.turn_units = 1;
    ck_assert(chain_keys(&link, &input, &bench.desk, &found) == PROOF_GOOD);
    ck_assert(found.state == ZONE_SECURE);
}
END_TEST

START_TEST(eight_ds_are_followed) /* LIMITS D2 */
{
    struct bytes rdatas[12];
    for (unsigned extra = 7; extra <= 8; extra++) {
        rdatas[0] = sign_ds(&ksk, &zone, 2, bench.arena);
        for (unsigned i = 1; i <= extra; i++) { /* of keys that are not there; they come first */
            uint8_t *copy = arena_copy(bench.arena, rdatas[0].at, rdatas[0].len);
            copy[0] = 0;
            copy[1] = (uint8_t)i;
            rdatas[i] = (struct bytes){ copy, rdatas[0].len };
        }
        ck_assert(judge(pack(TYPE_DS, rdatas, extra + 1), keys_signed()) == PROOF_GOOD);
        ck_assert(found.state == (extra == 7 ? ZONE_SECURE : ZONE_BOGUS));
    }
}
END_TEST

START_TEST(unusable_ds_do_not_count)
{
    struct bytes rdatas[61];
    rdatas[60] = sign_ds(&ksk, &zone, 2, bench.arena);
    for (unsigned i = 0; i < 60; i++) {
        uint8_t *copy = arena_copy(bench.arena, rdatas[60].at, rdatas[60].len);
        copy[0] = 0;
        copy[2] = (uint8_t)(100 + i); /* an algorithm that nobody knows */
        rdatas[i] = (struct bytes){ copy, rdatas[60].len };
    }
    ck_assert(judge(pack(TYPE_DS, rdatas, 61), keys_signed()) == PROOF_GOOD);
    ck_assert(found.state == ZONE_SECURE);
}
END_TEST

/* Four keys, each named by a DS and with a wrong signature; the turn ends after every check. */
START_TEST(a_link_goes_on_where_its_turn_ended) /* RULINGS A12, B16 */
{
    struct sign_key keys[4];
    struct sign_with with[4];
    for (unsigned i = 0; i < 4; i++) {
        keys[i] = sign_key(signer, 15, i, SIGN_KSK);
        with[i] = (struct sign_with){ .key = &keys[i],
                                      .zone = &zone,
                                      .inception = window[0],
                                      .expiration = window[1],
                                      .odd = SIGN_ODD_SIGNATURE };
    }
    struct rrset *set =
        sign_set(sign_dnskey_set(&zone, keys, 4, bench.arena), with, 4, bench.arena);
    struct chain_input input = { .zone = &zone,
                                 .ds = sign_ds_set(&zone, keys, 4, bench.arena),
                                 .dnskeys = set };
    struct chain_link link = { .at = 0 };
    unsigned turns = 0;
    bench.turn_units = 0;
    while (chain_keys(&link, &input, &bench.desk, &found) == PROOF_CONTINUE) {
        ck_assert_uint_eq(keyring_checks(bench.keyring), turns);
        ck_assert_uint_lt(turns++, 10);
        bench.turn_units = 1;
    }
    ck_assert_uint_eq(turns, 4);
    ck_assert_uint_eq(keyring_checks(bench.keyring), 4);
    ck_assert(found.state == ZONE_BOGUS);
    ck_assert_uint_eq(found.cause.why, WHY_SIGNATURE_WRONG);
}
END_TEST

START_TEST(a_job_that_is_spent_says_nothing_about_the_zone) /* RULINGS A2 */
{
    struct rrset *ds = ds_set(0, 1), *keys = keys_signed();
    ck_assert(!budget_spend(&bench.budget, SPEND_PACKET, 1000000));
    ck_assert(judge(ds, keys) == PROOF_SPENT);
    ck_assert(found.state == ZONE_SPENT);
    ck_assert_uint_eq(found.cause.why, WHY_VALIDATION_LIMIT);

    budget_init(&bench.budget, &bench.limits);
    bench.desk.arena = arena_create(bench.pool, 16);
    ck_assert(judge(ds, keys) == PROOF_SPENT);
    ck_assert_uint_eq(found.cause.why, WHY_NO_MEMORY);
    arena_destroy(bench.desk.arena);
    bench.desk.arena = arena_create(bench.pool, 250); /* the check fits, the copy of the keys not */
    ck_assert(judge(ds, keys) == PROOF_SPENT);
    ck_assert_uint_eq(found.cause.why, WHY_NO_MEMORY);
    ck_assert_uint_eq(bench.metrics.verifications_good, 1);
    arena_destroy(bench.desk.arena);
}
END_TEST

/* ---- genuine root key sets ---- */

struct gathered {
    struct bytes keys[8], sigs[4];
    size_t key_count, sig_count;
};

static bool gather(void *context, const struct text_record *record)
{
    struct gathered *into = context;
    void *copy = arena_copy(bench.arena, record->rdata.at, record->rdata.len);
    struct bytes rdata = { copy, record->rdata.len };
    if (record->type == TYPE_DNSKEY)
        into->keys[into->key_count++] = rdata;
    else
        into->sigs[into->sig_count++] = rdata;
    return true;
}

static struct rrset *genuine(const char *date)
{
    struct gathered all = { .key_count = 0 };
    const char *data = getenv("CATENA_DATA");
    char path[GENUINE_PATH], why[TEXT_WHY];
    struct rrset *set;
    snprintf(path, sizeof path, "%s/root-dnskey/%s.txt", data ? data : "../shared/data", date);
    struct text_source source = { .path = path, .ttl = 172800 };
    ck_assert_msg(text_read_file(&source, gather, &all, why) == ST_OK, "%s: %s", path, why);
    struct rrset_parts parts = { .owner = &name_root,
                                 .type = TYPE_DNSKEY,
                                 .ttl = 172800,
                                 .rdatas = all.keys,
                                 .rr_count = all.key_count,
                                 .sigs = all.sigs,
                                 .sig_count = all.sig_count };
    ck_assert(rrset_pack(&parts, bench.arena, &set) == ST_OK);
    return set;
}

#define KSK_2010                                                                                   \
    ". IN DS 19036 8 2 49AAC11D7B6F6446702E54A1607371607A1A41855200FD2CE1CDDE32F24E8FB5"

/* What the built-in anchors (KSK-2017, KSK-2024) and KSK-2010 make of them. The set of 2019-01-21
 * is signed by the revoked KSK-2010 as well, which proves nothing any more. */
static const struct {
    const char *date, *clock;
    enum zone_state builtin, ksk2010;
} roots[] = {
    { "20170111", "20170115000000", ZONE_BOGUS, ZONE_SECURE },
    { "20170711", "20170715000000", ZONE_BOGUS, ZONE_SECURE },
    { "20181011", "20181015000000", ZONE_SECURE, ZONE_BOGUS },
    { "20190121", "20190125000000", ZONE_SECURE, ZONE_BOGUS },
    { "20190312", "20190315000000", ZONE_SECURE, ZONE_BOGUS },
    { "20250511", "20250515000000", ZONE_SECURE, ZONE_BOGUS },
    { "20260919", "20260925000000", ZONE_SECURE, ZONE_BOGUS },
    { "20260919", "20270101000000", ZONE_BOGUS, ZONE_BOGUS },
};

static enum zone_state judge_root(struct anchor_set *anchors, const struct rrset *dnskeys)
{
    struct chain_input input = { .zone = &name_root, .dnskeys = dnskeys };
    struct chain_link link = { .at = 0 };
    anchor_find(anchors, &name_root, &input.ds, &input.anchors);
    ck_assert(chain_keys(&link, &input, &bench.desk, &found) == PROOF_GOOD);
    return found.state;
}

START_TEST(the_root_keys_hang_on_the_anchors_of_their_day)
{
    struct anchor_set *builtin, *old;
    struct rrset *set;
    char file[64], why[TEXT_WHY];

    snprintf(file, sizeof file, "root-dnskey/%s.txt", roots[_i].date);
    if (!genuine_here(file, "the root's keys and the anchors of their day"))
        return;
    builtin = anchor_set_create();
    old = anchor_set_create();
    set = genuine(roots[_i].date);
    ck_assert(anchor_add_builtin(builtin) == ST_OK);
    ck_assert_msg(anchor_add_line(old, KSK_2010, why) == ST_OK, "%s", why);
    ck_assert(unixtime_parse(roots[_i].clock, &bench.desk.wall));
    ck_assert_msg(judge_root(builtin, set) == roots[_i].builtin, "%s", roots[_i].date);
    ck_assert_msg(judge_root(old, set) == roots[_i].ksk2010, "%s", roots[_i].date);
    anchor_set_destroy(old);
    anchor_set_destroy(builtin);
}
END_TEST

Suite *dnssec_chain_limits_suite(void)
{
    Suite *suite = suite_create("dnssec/chain_limits");
    TCase *tcase = tcase_create("limits");
    tcase_add_checked_fixture(tcase, set_up, proof_down);
    tcase_add_test(tcase, four_digests_may_miss);
    tcase_add_test(tcase, a_ds_is_held_against_few_keys_of_its_tag);
    tcase_add_test(tcase, a_miss_counts_once_however_often_the_turn_ends);
    tcase_add_test(tcase, eight_ds_are_followed);
    tcase_add_test(tcase, unusable_ds_do_not_count);
    tcase_add_test(tcase, a_link_goes_on_where_its_turn_ended);
    tcase_add_test(tcase, a_job_that_is_spent_says_nothing_about_the_zone);
    tcase_add_loop_test(tcase, the_root_keys_hang_on_the_anchors_of_their_day, 0, ROWS(roots));
    suite_add_tcase(suite, tcase);
    return suite;
}
