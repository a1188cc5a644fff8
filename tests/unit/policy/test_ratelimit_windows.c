/* LIMITS 4.5.3: floods from forged addresses are recorded, query by query; then for every network
 * and every window of the record the octets out are within the octets in, the burst and the leak.
 * The controls run the same floods where nothing is enforced, and must find it broken. */
#include "lib/policy/ratelimit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/prng.h"
#include "tests/unit/suites.h"

enum {
    EVENTS = 120000,
    SPAN_MS = 20000,
    WINDOWS = 1000,
    NETWORKS = 1 << 15, /* of a run, at most: a table by hash */
    QUERY_LEAST = 40,
    REPLY_MOST = 1232
};

static const struct siphash_key hash_key = { 7, 8 };

/* Whom a flood is for: `victims` addresses, `family` 4 or 6, and a tenth of others at random. */
static const struct flood {
    const char *what;
    uint8_t family;
    uint32_t victims;
} floods[] = {
    { "one IPv4 address", 4, 1 },      { "a /24 evenly", 4, 256 },
    { "a thousand victims", 4, 1000 }, { "random host bits of a /64", 6, 1 },
    { "a /56 evenly", 6, 256 },
};

struct event {
    uint64_t ms; /* when it was charged */
    uint32_t in, out;
    uint32_t network[NETWORK_WIDTHS]; /* indexes of `known` */
    unsigned networks;
};

struct known {
    struct network_around around;
    int64_t level; /* the most that any window which ends now is beyond its leak */
    uint64_t ms;
};

static struct event *events;
static struct known *known;

static void set_up_run(void)
{
    events = calloc(EVENTS, sizeof *events);
    known = calloc(NETWORKS, sizeof *known);
    ck_assert(events && known);
}

static void tear_down_run(void)
{
    free(events);
    free(known);
}

/* ---- recording ---- */

static uint32_t index_of(const struct network_around *around)
{
    uint64_t hash = siphash13(&hash_key, around->octets, sizeof around->octets);

    for (unsigned i = 0; i < NETWORKS; i++) {
        struct known *at = &known[(hash + i) % NETWORKS];
        if (at->around.room == 0)
            at->around = *around;
        if (memcmp(at->around.octets, around->octets, sizeof around->octets) == 0)
            return (uint32_t)(at - known);
    }
    ck_abort_msg("more networks than the test has room for");
}

static struct endpoint client_of(const struct flood *flood, struct prng *prng)
{
    uint8_t octets[16] = { 192, 0, 2, 0 };
    uint32_t victim = prng_below(prng, flood->victims);

    if (flood->family == 6)
        memcpy(octets, "\x20\x01\x0d\xb8\0\0\0\0", 8);
    prng_fill(prng, octets + 8, 8);
    if (prng_below(prng, 10) == 0)
        octets[2] = (uint8_t)(8 + prng_below(prng, 64));
    else if (flood->family == 6)
        octets[7] = (uint8_t)victim;
    else
        memcpy(octets + 2, (uint8_t[2]){ (uint8_t)(2 + victim / 256), (uint8_t)victim }, 2);
    return flood->family == 4 ? endpoint_v4(octets, 53) : endpoint_v6(octets, 53);
}

static void record(const struct flood *flood, enum ratelimit_mode mode)
{
    struct ratelimit *ratelimit = ratelimit_create(RATELIMIT_PAIRS_SMALL, &hash_key);
    struct ratelimit_rules rules = { .mode = mode };
    struct prng prng;

    ck_assert_ptr_nonnull(ratelimit);
    prng_seed_number(&prng, flood->victims);
    for (unsigned i = 0; i < EVENTS; i++) {
        struct network_around around[NETWORK_WIDTHS];
        struct event *event = &events[i];
        struct endpoint client = client_of(flood, &prng);
        struct ratelimit_keys keys;
        event->ms = 1000 + (uint64_t)i * SPAN_MS / EVENTS;
        struct ratelimit_reply reply = { QUERY_LEAST + prng_below(&prng, 60),
                                         QUERY_LEAST + prng_below(&prng, REPLY_MOST - QUERY_LEAST),
                                         { event->ms * NS_PER_MS },
                                         prng_u32(&prng) };
        ratelimit_find(ratelimit, &rules, &client, &keys);
        enum ratelimit_verdict verdict = ratelimit_judge(ratelimit, &keys, &reply).verdict;
        event->in = (uint32_t)reply.query_octets;
        event->out = verdict == RATELIMIT_WHOLE ? (uint32_t)reply.octets
                     : verdict == RATELIMIT_TC  ? event->in
                                                : 0;
        event->networks = networks_around(&rules.networks, &client, around);
        for (unsigned n = 0; n < event->networks; n++)
            event->network[n] = index_of(&around[n]);
    }
    ratelimit_destroy(ratelimit);
}

/* ---- the two inequalities ---- */

/* The most by which any window that ends here exceeds its leak is a level that leaks and rises by
 * out - in; so its peak is that of every window there is. */
static unsigned broken_windows(void)
{
    unsigned broken = 0;

    for (unsigned i = 0; i < EVENTS; i++)
        for (unsigned n = 0; n < events[i].networks; n++) {
            struct known *at = &known[events[i].network[n]];
            int64_t room = at->around.room;
            at->level -= (int64_t)(events[i].ms - at->ms) * room * RATELIMIT_LEAK;
            at->level = at->level > 0 ? at->level : 0;
            at->level += (int64_t)events[i].out - events[i].in;
            at->ms = events[i].ms;
            broken += at->level > room * RATELIMIT_BURST;
        }
    return broken;
}

/* The same by its own words, for windows drawn at random. */
static unsigned broken_random_windows(void)
{
    struct prng prng;
    unsigned broken = 0;

    prng_seed_number(&prng, 1);
    for (unsigned w = 0; w < WINDOWS; w++) {
        uint32_t first = prng_below(&prng, EVENTS), last = first + prng_below(&prng, EVENTS / 4);
        uint32_t network = events[first].network[prng_below(&prng, events[first].networks)];
        int64_t room = known[network].around.room, excess = 0;
        last = last < EVENTS ? last : EVENTS - 1;
        for (uint32_t i = first; i <= last; i++)
            for (unsigned n = 0; n < events[i].networks; n++)
                if (events[i].network[n] == network)
                    excess += (int64_t)events[i].out - events[i].in;
        int64_t leaks = (int64_t)(events[last].ms - events[first].ms) * RATELIMIT_LEAK;
        broken += excess > room * (RATELIMIT_BURST + leaks);
    }
    return broken;
}

/* Octets out in the second half of the run beyond those in, for whom the flood is. */
static int64_t second_half(void)
{
    int64_t excess = 0;
    for (unsigned i = EVENTS / 2; i < EVENTS; i++)
        if (events[i].network[0] == events[EVENTS / 2].network[0])
            excess += (int64_t)events[i].out - events[i].in;
    return excess;
}

START_TEST(no_window_of_any_network_holds_more_than_burst_and_leak) /* LIMITS 4.5.3 */
{
    record(&floods[_i], RATELIMIT_AUTO);
    ck_assert_msg(broken_windows() == 0, "%s", floods[_i].what);
    ck_assert_msg(broken_random_windows() == 0, "%s", floods[_i].what);
}
END_TEST

START_TEST(in_the_second_half_of_a_flood_no_more_goes_out_than_came_in)
{
    record(&floods[0], RATELIMIT_AUTO);
    ck_assert_int_le(second_half(), 0);
}
END_TEST

START_TEST(control_log_only_and_off_break_it)
{
    record(&floods[_i], RATELIMIT_LOG_ONLY);
    ck_assert_msg(broken_windows() > 0, "%s, log-only", floods[_i].what);
    ck_assert_msg(broken_random_windows() > 0, "%s, log-only", floods[_i].what);
    record(&floods[_i], RATELIMIT_OFF);
    ck_assert_msg(broken_random_windows() > 0, "%s, off", floods[_i].what);
}
END_TEST

Suite *policy_ratelimit_windows_suite(void)
{
    Suite *suite = suite_create("policy/ratelimit_windows");
    TCase *tcase = tcase_create("windows");
    tcase_add_checked_fixture(tcase, set_up_run, tear_down_run);
    tcase_set_timeout(tcase, 20);
    tcase_add_loop_test(tcase, no_window_of_any_network_holds_more_than_burst_and_leak, 0, 5);
    tcase_add_test(tcase, in_the_second_half_of_a_flood_no_more_goes_out_than_came_in);
    tcase_add_loop_test(tcase, control_log_only_and_off_break_it, 0, 5);
    suite_add_tcase(suite, tcase);
    return suite;
}
