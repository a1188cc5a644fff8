/* ratelimit - what the limiter costs a reply, by who asks.
 *
 *     build/bench/ratelimit
 *
 * Replies of 300 octets to queries of 60, in batches of 64: the clients' buckets are found first,
 * which fetches their lines, then each reply is judged, as a worker does (RULINGS B18). Prints
 * nanoseconds of the thread's processor time a reply, the mean and the least of the rounds; a
 * benchmark, no test: it judges nothing. LIMITS 4.5 asks for 300 ns at most. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/prng.h"
#include "lib/policy/ratelimit.h"

enum { BATCH = 64, BATCHES = 4000, ROUNDS = 9, REPLY = 300, QUERY = 60 };

static const struct siphash_key hash_key = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

struct world {
    const char *who;
    uint8_t family;
    uint32_t hosts; /* 0: as many as there are addresses */
};

static const struct world worlds[] = {
    { "IPv4, 100 clients", 4, 100 },        { "IPv4, 100,000 clients", 4, 100000 },
    { "IPv4, addresses at random", 4, 0 },  { "IPv6, 100 clients", 6, 100 },
    { "IPv6, 100,000 clients", 6, 100000 }, { "IPv6, addresses at random", 6, 0 },
    { "IPv4, one address, limited", 4, 1 }, { "IPv6, one address, limited", 6, 1 },
};

struct bench {
    struct ratelimit *ratelimit;
    struct ratelimit_rules rules;
    struct prng prng;
    struct instant now;
    uint64_t whole;
};

static struct endpoint client_of(struct bench *bench, const struct world *world)
{
    uint64_t draw = prng_u64(&bench->prng);
    uint8_t octets[16] = { 0x20, 0x01 };
    uint64_t spread = world->hosts ? draw % world->hosts * UINT64_C(0x9e3779b97f4a7c15) : draw;

    memcpy(octets + (world->family == 4 ? 1 : 2), &spread, 6);
    octets[0] = world->family == 4 ? 198 : 0x20;
    return world->family == 4 ? endpoint_v4(octets, 53) : endpoint_v6(octets, 53);
}

static void judge_batch(struct bench *bench, const struct endpoint clients[BATCH])
{
    struct ratelimit_keys keys[BATCH];
    struct ratelimit_reply reply = { .query_octets = QUERY, .octets = REPLY, .now = bench->now };

    for (unsigned i = 0; i < BATCH; i++)
        ratelimit_find(bench->ratelimit, &bench->rules, &clients[i], &keys[i]);
    for (unsigned i = 0; i < BATCH; i++)
        bench->whole +=
            ratelimit_judge(bench->ratelimit, &keys[i], &reply).verdict == RATELIMIT_WHOLE;
}

static uint64_t cpu_ns(void)
{
    struct timespec at;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at) != 0)
        abort();
    return (uint64_t)at.tv_sec * NS_PER_S + (uint64_t)at.tv_nsec;
}

/* A batch each 200 us: 320,000 replies a second. */
static uint64_t round_ns(struct bench *bench, const struct world *world)
{
    static struct endpoint clients[BATCHES][BATCH];

    for (unsigned i = 0; i < BATCHES; i++)
        for (unsigned j = 0; j < BATCH; j++)
            clients[i][j] = client_of(bench, world);
    uint64_t begun = cpu_ns();
    for (unsigned i = 0; i < BATCHES; i++) {
        bench->now.ns += NS_PER_MS / 5;
        judge_batch(bench, clients[i]);
    }
    return cpu_ns() - begun;
}

static void measure(const struct world *world)
{
    const double replies = (double)BATCHES * BATCH;
    struct bench bench = { .now = instant_read() };
    uint64_t least = UINT64_MAX, sum = 0;

    bench.ratelimit = ratelimit_create(RATELIMIT_PAIRS, &hash_key);
    if (!bench.ratelimit)
        abort();
    prng_seed_number(&bench.prng, 1);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t ns = round_ns(&bench, world);
        least = ns < least ? ns : least;
        sum += ns;
    }
    printf("%-28s  %8.0f  %8.0f  %8.1f\n", world->who, (double)sum / (replies * ROUNDS),
           (double)least / replies, 100 * (double)bench.whole / (replies * ROUNDS));
    ratelimit_destroy(bench.ratelimit);
}

int main(void)
{
    printf("%-28s  %8s  %8s  %8s\n", "replies to", "ns mean", "ns least", "% whole");
    for (unsigned i = 0; i < sizeof worlds / sizeof *worlds; i++)
        measure(&worlds[i]);
    return EXIT_SUCCESS;
}
