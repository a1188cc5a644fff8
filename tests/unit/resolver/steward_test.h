/* steward_test - a steward whose root is one server on the loopback; time stands still but where a
 * test moves it. */
#ifndef CATENA_TESTS_UNIT_STEWARD_TEST_H
#define CATENA_TESTS_UNIT_STEWARD_TEST_H

#include "resolver/steward.h"

#include <stdlib.h>

#include "tests/support/sign.h"
#include "tests/unit/net/server_test.h"

enum { PATH = 128, WALL = 1790000000, DAY_S = 86400, OLD = 0, NEXT, OURS };

static struct signer *signer;
static struct sign_key ours[OURS];
static struct steward *steward;
static struct rollout *rollout;
static struct policy *first;
static struct loop *benchs_own;
static struct arena *arena;
static char directory[PATH];
static struct clock_floor clock_floor;
static bool auto_update;

static inline uint32_t wall(void)
{
    return (uint32_t)bench.policy->clock.s;
}

static inline void on_tick(void *context)
{
    (void)context;
    steward_tick(steward);
}

static inline struct steward_setup setup_with(const char *state)
{
    return (struct steward_setup){ .policy = bench.policy,
                                   .crypto = bench.crypto,
                                   .pool = bench.pool,
                                   .caches = bench.caches,
                                   .clock_floor = clock_floor,
                                   .disk = &state_disk_real,
                                   .directory = state,
                                   .auto_update = auto_update };
}

static inline void start(const char *state)
{
    struct steward_setup setup = setup_with(state);
    steward = steward_create(&setup);
    ck_assert_ptr_nonnull(steward);
    first = steward_first_policy(steward);
    rollout = rollout_create(first, NULL, 0);
    ck_assert(first != NULL && rollout != NULL);
    bench.loop = steward_loop(steward);
    bench.now = loop_now(bench.loop);
    loop_pretend(bench.loop, bench.now);
    steward_begin(steward, rollout);
    loop_every(bench.loop, TURN_MS, on_tick, NULL);
}

static inline void end(void)
{
    steward_destroy(steward); /* NULL is fine */
    rollout_destroy(rollout);
    policy_destroy(first);
}

static inline void set_up(void)
{
    struct loop_clients nobody = { .context = NULL };

    log_level_set(LOG_ERROR);
    server_up();
    bench_policy("127.0.0.1");
    bench_start(&nobody);
    benchs_own = bench.loop;
    arena = arena_create(bench.pool, 1 << 20);
    signer = signer_create();
    anchor_set_destroy(bench.policy->anchors);
    bench.policy->anchors = anchor_set_create();
    for (unsigned i = 0; i < OURS; i++) {
        ours[i] = sign_key(signer, 13, i, SIGN_KSK);
        ck_assert_int_eq(anchor_add(bench.policy->anchors, &name_root, TYPE_DS,
                                    sign_ds(&ours[i], &name_root, 2, arena)),
                         ST_OK);
    }
    auto_update = true;
    bench.policy->signal = false;
    bench.policy->clock_fixed = true;
    bench.policy->clock = (struct unixtime){ WALL };
    snprintf(directory, sizeof directory, "/tmp/catena-steward-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
}

static inline void remove_file(const char *name)
{
    char path[2 * PATH];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    unlink(path);
}

static inline void tear_down(void)
{
    end();
    remove_file("anchors");
    remove_file("anchors.before");
    remove_file(NEGATIVE_STATE_NAME);
    remove_file(NEGATIVE_STATE_NAME ".before");
    rmdir(directory);
    signer_destroy(signer);
    arena_destroy(arena);
    bench.loop = benchs_own;
    bench_end();
    server_down();
}

/* The root's DNSKEY set with both keys; bits of those that sign and of those that are revoked. */
static inline struct rrset *set_with(unsigned signs, unsigned revoked)
{
    struct sign_with with[OURS];
    size_t count = 0;

    for (unsigned i = 0; i < OURS; i++) {
        ours[i].flags = revoked >> i & 1 ? SIGN_KSK_REVOKED : SIGN_KSK;
        if (signs >> i & 1)
            with[count++] = (struct sign_with){ .key = &ours[i],
                                                .zone = &name_root,
                                                .inception = wall() - DAY_S,
                                                .expiration = wall() + 21 * DAY_S };
    }
    return sign_set(sign_dnskey_set(&name_root, ours, OURS, arena), with, count, arena);
}

static inline void until_released(void)
{
    for (unsigned turns = 0; rollout_newest(rollout) == first; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        loop_once(bench.loop);
    }
}

#endif
