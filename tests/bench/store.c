/* store - what one hit of the answer cache costs, by the number of answers kept.
 *
 *     build/bench/store [ENTRIES...]
 *
 * Names are drawn at random, so that nearly every hit of a large cache misses the processor's
 * caches; "in batches": 16 questions are expected first, as a worker does (RULINGS B13). Prints
 * ns of processor time a hit, the least of five rounds; a benchmark, no test: it judges nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/prng.h"
#include "lib/cache/answer_cache.h"
#include "lib/wire/type.h"

enum {
    MESSAGE = 200,
    NAME_AT = 12,
    TTLS = 4,
    ROUNDS = 5,
    BATCH = 16,
    AT_ONCE = 256,
    HITS = 1600 * AT_ONCE
};

static const struct siphash_key key = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

struct bench {
    struct store *store;
    struct answer_cache *answers;
    uint32_t entries;
    struct instant now;
    struct prng prng;
    uint64_t missed;
};

static struct name name_of(uint32_t number)
{
    char text[40];
    struct name name;
    (void)snprintf(text, sizeof text, "host%u.example%u.com", number, number % 977);
    if (name_from_text(text, &name) != ST_OK)
        abort();
    return name;
}

static void fill(struct bench *bench)
{
    static const uint16_t ttl_at[TTLS] = { 60, 90, 120, 150 };
    uint8_t message[MESSAGE] = { 0 };
    for (uint32_t i = 0; i < bench->entries; i++) {
        struct name name = name_of(i);
        struct answer_key asked = { &name, TYPE_A, 0 };
        struct rendered answer = {
            .octets = message,
            .len = sizeof message,
            .ttl_at = ttl_at,
            .ttl_count = TTLS,
            .question_end = 60,
        };
        memcpy(message + NAME_AT, name.octets, name.len);
        if (answer_cache_put(bench->answers, &asked, &answer, bench->now, INSTANT_NEVER) != ST_OK)
            bench->missed++;
    }
}

static void hit(struct bench *bench, const struct answer_key *asked)
{
    static uint8_t room[4096];
    struct rendered found = { .octets = room, .size = sizeof room };
    if (answer_cache_get(bench->answers, asked, bench->now, &found) != ST_OK)
        bench->missed++;
}

enum pace { ONE_AT_A_TIME, IN_BATCHES };

static void ask_batch(struct bench *bench, const struct name names[BATCH], enum pace pace)
{
    struct answer_key asked = { .type = TYPE_A };
    uint64_t expected[BATCH];
    for (unsigned i = 0; pace == IN_BATCHES && i < BATCH; i++) {
        asked.name = &names[i];
        expected[i] = answer_cache_expect(bench->answers, &asked);
    }
    for (unsigned i = 0; pace == IN_BATCHES && i < BATCH; i++)
        answer_cache_expect_entry(bench->answers, expected[i]);
    for (unsigned i = 0; i < BATCH; i++) {
        asked.name = &names[i];
        hit(bench, &asked);
    }
}

static uint64_t cpu_ns(void)
{
    struct timespec at;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at) != 0)
        abort();
    return (uint64_t)at.tv_sec * NS_PER_S + (uint64_t)at.tv_nsec;
}

/* The names are made beforehand and few at a time: a worker's are fresh in its cache too. */
static uint64_t round_ns(struct bench *bench, enum pace pace)
{
    static struct name names[AT_ONCE];
    uint64_t spent = 0;
    for (unsigned i = 0; i < HITS / AT_ONCE; i++) {
        for (unsigned j = 0; j < AT_ONCE; j++)
            names[j] = name_of(prng_below(&bench->prng, bench->entries));
        uint64_t begun = cpu_ns();
        for (unsigned j = 0; j < AT_ONCE; j += BATCH)
            ask_batch(bench, names + j, pace);
        spent += cpu_ns() - begun;
    }
    return spent;
}

static double best_ns(struct bench *bench, enum pace pace)
{
    uint64_t best = UINT64_MAX;
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t ns = round_ns(bench, pace);
        best = ns < best ? ns : best;
    }
    return (double)best / HITS;
}

static bool measure(uint32_t entries)
{
    struct bench bench = { .entries = entries, .now = instant_read() };
    size_t octets = (size_t)entries * 512;
    bench.store = store_create(octets < (64 << 20) ? 64 << 20 : octets, 2, &key);
    bench.answers = bench.store != NULL ? answer_cache_create(bench.store) : NULL;
    if (bench.answers == NULL) {
        store_destroy(bench.store);
        return false;
    }
    prng_seed_number(&bench.prng, entries);
    fill(&bench);
    bench.now = instant_after_s(bench.now, 7);
    double one = best_ns(&bench, ONE_AT_A_TIME), batch = best_ns(&bench, IN_BATCHES);
    struct store_figures figures = store_figures(bench.store);
    printf("%10u  %10.0f  %10.0f  %10.1f  %10llu\n", entries, one, batch,
           (double)figures.octets_mapped / figures.entries, (unsigned long long)bench.missed);
    answer_cache_destroy(bench.answers);
    store_destroy(bench.store);
    return true;
}

int main(int count, char **arguments)
{
    static const uint32_t usual[] = { 10000, 100000, 1000000 };
    bool fine = true;
    printf("%10s  %10s  %10s  %10s  %10s\n", "entries", "ns a hit", "in batches", "octets each",
           "missed");
    for (unsigned i = 0; count < 2 && i < sizeof usual / sizeof usual[0]; i++)
        fine = measure(usual[i]) && fine;
    for (int i = 1; i < count; i++)
        fine = measure((uint32_t)strtoul(arguments[i], NULL, 10)) && fine;
    return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
