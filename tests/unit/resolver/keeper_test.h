/* keeper_test - a life as the trust anchors see it: keys of our own, a disk that can fail. */
#ifndef CATENA_TESTS_UNIT_KEEPER_TEST_H
#define CATENA_TESTS_UNIT_KEEPER_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/wire/type.h"
#include "resolver/anchor_keeper.h"
#include "tests/support/bad_disk.h"
#include "tests/support/proof_bench.h"
#include "tests/support/sign.h"
#include "tests/unit/suites.h"

enum { PATH = 128, DAY_S = ROLL_DAY_S, HOUR_S = 3600, STEPS_MAX = 200, OLD = 0, NEXT, THIRD, OURS };
enum { SIGNS_OLD = 1 << OLD, SIGNS_NEXT = 1 << NEXT, SIGNS_THIRD = 1 << THIRD, BOTH = 3 };

static struct proof_bench bench;
static struct policy *policy;
static struct signer *signer;
static struct sign_key ours[OURS];
static struct bad_disk bad;
static struct anchor_keeper *keeper;
static struct rfc5011_now now;
static char directory[PATH];
static uint32_t ttl_s = HOUR_S; /* of the sets that are seen */

static inline void start(void)
{
    struct keeper_setup setup = { .policy = policy,
                                  .crypto = bench.crypto,
                                  .pool = bench.pool,
                                  .disk = &bad.disk,
                                  .directory = directory };
    keeper_destroy(keeper);
    keeper = keeper_create(&setup, now);
    ck_assert_ptr_nonnull(keeper);
}

/* The keys that are configured, bits. */
static inline void configure(unsigned keys)
{
    anchor_set_destroy(policy->anchors);
    policy->anchors = anchor_set_create();
    for (unsigned i = 0; i < OURS; i++)
        if (keys >> i & 1)
            ck_assert_int_eq(anchor_add(policy->anchors, &name_root, TYPE_DS,
                                        sign_ds(&ours[i], &name_root, 2, bench.arena)),
                             ST_OK);
}

static inline void set_up(void)
{
    log_level_set(LOG_ERROR);
    proof_bench_up(&bench);
    bad_disk_up(&bad);
    signer = signer_create();
    for (unsigned i = 0; i < OURS; i++)
        ours[i] = sign_key(signer, 13, i, SIGN_KSK);
    policy = policy_create();
    ck_assert_ptr_nonnull(policy);
    configure(SIGNS_OLD);
    snprintf(directory, sizeof directory, "/tmp/catena-keeper-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    now = (struct rfc5011_now){ { PROOF_BENCH_WALL }, { 77 * NS_PER_S } };
    keeper = NULL;
}

static inline const char *path_of(const char *suffix)
{
    static char path[2 * PATH];
    snprintf(path, sizeof path, "%s/anchors%s", directory, suffix);
    return path;
}

static inline void forget_state(void)
{
    unlink(path_of(""));
    unlink(path_of(".before"));
    unlink(path_of(".new"));
}

static inline void tear_down(void)
{
    forget_state();
    rmdir(directory);
    keeper_destroy(keeper);
    policy_destroy(policy);
    signer_destroy(signer);
    proof_bench_down(&bench);
}

static inline void pass_s(int64_t s)
{
    now.wall.s += s;
    now.at.ns += (uint64_t)s * NS_PER_S;
}

/* A set with `present` keys, those of `signs` sign it, those of `revoked` are so; bits. */
static inline void see(unsigned present, unsigned signs, unsigned revoked)
{
    struct sign_key keys[OURS];
    struct sign_with with[OURS];
    size_t count = 0, signers = 0;
    proof_bench_job(&bench);
    for (unsigned i = 0; i < OURS; i++) {
        if (!(present >> i & 1))
            continue;
        keys[count] = ours[i];
        keys[count].flags = revoked >> i & 1 ? SIGN_KSK_REVOKED : SIGN_KSK;
        if (signs >> i & 1)
            with[signers++] = (struct sign_with){ .key = &keys[count],
                                                  .zone = &name_root,
                                                  .inception = (uint32_t)now.wall.s,
                                                  .expiration = (uint32_t)now.wall.s + 21 * DAY_S };
        count++;
    }
    struct rrset *set = sign_dnskey_set(&name_root, keys, count, bench.arena);
    set->ttl = ttl_s;
    keeper_saw(keeper, &name_root, sign_set(set, with, signers, bench.arena), now);
}

/* Bits of the keys that are anchors now, as DS or DNSKEY; -1: the one that nobody has. */
static inline int trusted(void)
{
    struct anchor_set *set = keeper_anchors(keeper);
    const struct rrset *sets[2];
    struct bytes rdata;
    int bits = 0;

    ck_assert_ptr_nonnull(set);
    anchor_find(set, &name_root, &sets[0], &sets[1]);
    for (unsigned s = 0; s < 2; s++)
        if (sets[s])
            for (struct rrset_walk walk = rrset_records(sets[s]); rrset_next(&walk, &rdata);) {
                if (bytes_equal(rdata, rfc5011_nobody()))
                    bits = -1;
                for (unsigned i = 0; i < OURS; i++)
                    if (bytes_equal(rdata, sign_dnskey(&ours[i], bench.arena)) ||
                        bytes_equal(rdata, sign_ds(&ours[i], &name_root, 2, bench.arena)))
                        bits |= 1 << i;
            }
    ck_assert_msg(sets[0] || sets[1], "never no anchor");
    anchor_set_destroy(set);
    return bits;
}

#endif
