#include "lib/policy/buckets.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/base/memory.h"

enum {
    STRIPES = 1024,
    LINE_OCTETS = 64,
    ID_BITS = 16,
    ID_MOST = 65535,
    LINE_BITS = 24, /* of the hash, for each of the two lines */
    NOTICE_MS = 1000,
    LATE_MS = 3600 * 1000,
    UNTOUCHED_MS = 12 * 24 * LATE_MS /* 12 days: before, in and after a gap under 2^31 ms */
};

struct line {
    uint32_t time_ms;
    uint32_t load[BUCKET_SLOTS];
    uint16_t id[BUCKET_SLOTS];
};
_Static_assert(sizeof(struct line) == LINE_OCTETS, "a line of the processor's cache");

struct buckets {
    struct line *lines;
    uint32_t count; /* of lines: 2 * pairs */
    struct bucket_rates rates;
    struct siphash_key hash_key;
    _Atomic uint64_t seen_ms; /* the latest time of anybody, to a second; 0: nobody came yet */
    _Atomic uint32_t swept;
    pthread_mutex_t gap; /* held by who empties all */
    pthread_mutex_t stripes[STRIPES];
};

/* ---- one line; its stripe is held ---- */

/* Free slots are taken from the first one on and never become free again but all at once. */
static bool line_is_empty(const struct line *line)
{
    return line->id[0] == 0;
}

/* Loads that leak are brought to one time; returns the least of them. */
static uint32_t line_leak(struct line *line, uint32_t fall)
{
    uint32_t least = UINT32_MAX;

    for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
        uint32_t load = line->load[i] > fall ? line->load[i] - fall : 0;
        line->load[i] = load;
        least = load < least ? load : least;
    }
    return least;
}

/* A line that is empty has nothing to leak, whatever its time. */
static uint32_t line_bring_to(struct line *line, uint32_t time_ms, uint32_t leak)
{
    uint64_t fall = (uint64_t)(uint32_t)(time_ms - line->time_ms) * leak;

    line->time_ms = time_ms;
    return line_leak(line, fall < UINT32_MAX ? (uint32_t)fall : UINT32_MAX);
}

/* A bit for each slot with the id. */
static unsigned line_find(const struct line *line, uint32_t id)
{
    unsigned own = 0;

    for (unsigned i = 0; i < BUCKET_SLOTS; i++)
        own |= (unsigned)(line->id[i] == id) << i;
    return own;
}

static uint32_t line_largest(const struct line *line, unsigned own, uint32_t largest)
{
    for (; own != 0; own &= own - 1) {
        uint32_t load = line->load[__builtin_ctz(own)];
        largest = load > largest ? load : largest;
    }
    return largest;
}

static void line_write(struct line *line, unsigned own, uint32_t load)
{
    for (; own != 0; own &= own - 1)
        line->load[__builtin_ctz(own)] = load;
}

static void line_take_over(struct line *line, uint32_t least, uint32_t id, uint32_t load)
{
    unsigned i = 0;

    while (i < BUCKET_SLOTS - 1 && line->load[i] != least)
        i++;
    line->id[i] = (uint16_t)id;
    line->load[i] = load;
}

/* ---- the two lines of a key ---- */

struct held {
    struct line *line[2];
    pthread_mutex_t *stripe[2]; /* in the order of their addresses */
    uint32_t least[2];
    unsigned own[2]; /* a bit for each slot with the key's id */
};

/* One line is even and one is odd, so their stripes differ. */
static struct held hold(struct buckets *buckets, const struct bucket_place *place)
{
    pthread_mutex_t *even = &buckets->stripes[place->line[0] % STRIPES];
    pthread_mutex_t *odd = &buckets->stripes[place->line[1] % STRIPES];
    struct held held = {
        .line = { &buckets->lines[place->line[0]], &buckets->lines[place->line[1]] },
        .stripe = { even < odd ? even : odd, even < odd ? odd : even },
    };
    pthread_mutex_lock(held.stripe[0]);
    pthread_mutex_lock(held.stripe[1]);
    return held;
}

static void release(const struct held *held)
{
    pthread_mutex_unlock(held->stripe[1]);
    pthread_mutex_unlock(held->stripe[0]);
}

static uint32_t later(uint32_t time_ms, const struct line *line)
{
    bool ahead = !line_is_empty(line) && (int32_t)(line->time_ms - time_ms) > 0;
    return ahead ? line->time_ms : time_ms;
}

/* To one time, the latest of now and of their own: with a time each, a late `now` would write a
 * load into the older line, where it would leak twice. */
static struct bucket_level level(struct held *held, uint32_t id, uint32_t now_ms, uint32_t leak)
{
    struct bucket_level level = { 0, later(later(now_ms, held->line[0]), held->line[1]) };

    for (unsigned i = 0; i < 2; i++) {
        struct line *line = held->line[i];
        held->least[i] = line_bring_to(line, level.time_ms, leak);
        held->own[i] = line_find(line, id);
        if (held->least[i] > level.estimate)
            level.estimate = held->least[i];
        level.estimate = line_largest(line, held->own[i], level.estimate);
    }
    return level;
}

static void keep(const struct held *held, uint32_t id, uint32_t load)
{
    unsigned lesser = held->least[1] < held->least[0];

    line_write(held->line[0], held->own[0], load);
    line_write(held->line[1], held->own[1], load);
    if ((held->own[0] | held->own[1]) == 0)
        line_take_over(held->line[lesser], held->least[lesser], id, load);
}

/* ---- time ---- */

static void empty(struct buckets *buckets, uint32_t number)
{
    struct line *line = &buckets->lines[number];
    pthread_mutex_t *stripe = &buckets->stripes[number % STRIPES];

    pthread_mutex_lock(stripe);
    if (!line_is_empty(line))
        memset(line, 0, sizeof *line);
    pthread_mutex_unlock(stripe);
}

/* The first to come after a long gap empties all before anything is charged; who comes at the
 * same moment waits for that. */
static void notice(struct buckets *buckets, uint64_t ms)
{
    pthread_mutex_lock(&buckets->gap);
    uint64_t seen = atomic_load(&buckets->seen_ms);
    if (seen != 0 && ms > seen && ms - seen >= UNTOUCHED_MS)
        for (uint32_t i = 0; i < buckets->count; i++)
            empty(buckets, i);
    if (ms > seen)
        atomic_store(&buckets->seen_ms, ms);
    pthread_mutex_unlock(&buckets->gap);
}

/* Who was late by a suspend, with a clock read before it, is brought to what others have seen. */
static uint32_t line_time(struct buckets *buckets, struct instant now)
{
    uint64_t ms = now.ns / NS_PER_MS, seen = atomic_load(&buckets->seen_ms);

    if (seen == 0 || ms > seen + NOTICE_MS)
        notice(buckets, ms);
    else if (ms + LATE_MS < seen)
        ms = seen;
    return (uint32_t)ms;
}

void buckets_sweep(struct buckets *buckets, struct instant now)
{
    uint32_t now_ms = line_time(buckets, now);
    uint32_t first = atomic_fetch_add(&buckets->swept, BUCKET_SWEEP_LINES);

    for (uint32_t i = 0; i < BUCKET_SWEEP_LINES; i++) {
        uint32_t number = (first + i) % buckets->count;
        pthread_mutex_t *stripe = &buckets->stripes[number % STRIPES];
        pthread_mutex_lock(stripe);
        uint32_t age_ms = now_ms - buckets->lines[number].time_ms;
        pthread_mutex_unlock(stripe);
        if (age_ms >= UNTOUCHED_MS && age_ms < UINT32_MAX - LATE_MS)
            empty(buckets, number);
    }
}

/* ---- keys ---- */

struct bucket_place buckets_find(const struct buckets *buckets, const void *key, size_t octets)
{
    uint64_t hash = siphash13(&buckets->hash_key, key, octets);
    uint32_t pairs = buckets->count / 2;
    struct bucket_place place = {
        .line = { 2 * ((uint32_t)(hash >> ID_BITS) & (pairs - 1)),
                  2 * ((uint32_t)(hash >> (ID_BITS + LINE_BITS)) & (pairs - 1)) + 1 },
        .id = (uint32_t)(hash & ID_MOST) % ID_MOST + 1,
    };
    __builtin_prefetch(&buckets->lines[place.line[0]], 1);
    __builtin_prefetch(&buckets->lines[place.line[1]], 1);
    return place;
}

struct bucket_level buckets_charge(struct buckets *buckets, const struct bucket_place *place,
                                   uint32_t price, struct instant now)
{
    const struct bucket_rates *rates = &buckets->rates;
    uint32_t now_ms = line_time(buckets, now), most = rates->burst + rates->penalty;
    struct held held = hold(buckets, place);
    struct bucket_level kept = level(&held, place->id, now_ms, rates->leak);

    kept.estimate = kept.estimate + price < most ? kept.estimate + price : most;
    keep(&held, place->id, kept.estimate);
    release(&held);
    return kept;
}

struct bucket_level buckets_read(struct buckets *buckets, const struct bucket_place *place,
                                 struct instant now)
{
    uint32_t now_ms = line_time(buckets, now);
    struct held held = hold(buckets, place);
    struct line copies[2] = { *held.line[0], *held.line[1] };
    struct held copy = { .line = { &copies[0], &copies[1] } };

    release(&held);
    return level(&copy, place->id, now_ms, buckets->rates.leak);
}

/* ---- life ---- */

static bool make_locks(struct buckets *buckets)
{
    pthread_mutexattr_t adaptive;

    if (pthread_mutexattr_init(&adaptive) != 0)
        return false;
    bool made = pthread_mutexattr_settype(&adaptive, PTHREAD_MUTEX_ADAPTIVE_NP) == 0 &&
                pthread_mutex_init(&buckets->gap, NULL) == 0;
    for (unsigned i = 0; i < STRIPES && made; i++)
        made = pthread_mutex_init(&buckets->stripes[i], &adaptive) == 0;
    (void)pthread_mutexattr_destroy(&adaptive);
    return made;
}

/* What no key has touched takes no memory: that is why huge pages are not for it (RULINGS B18). */
static bool map_lines(struct buckets *buckets)
{
    size_t octets = buckets->count * sizeof(struct line);
    int how = MAP_PRIVATE | MAP_ANONYMOUS;
    /* cppcheck-suppress invalidFunctionArg; no file: -1 is right */
    void *mapping = mmap(NULL, octets, PROT_READ | PROT_WRITE, how, -1, 0);

    if (mapping == MAP_FAILED)
        return false;
    (void)madvise(mapping, octets, MADV_NOHUGEPAGE); /* a kernel without huge pages refuses */
    buckets->lines = mapping;
    return true;
}

struct buckets *buckets_create(uint32_t pairs, const struct bucket_rates *rates,
                               const struct siphash_key *hash_key)
{
    assert(pairs > 0 && pairs <= BUCKET_PAIRS_MAX && (pairs & (pairs - 1)) == 0);
    assert(rates->leak > 0 && rates->burst + (uint64_t)rates->penalty <= UINT32_MAX / 2);
    struct buckets *buckets = memory_new(sizeof *buckets);
    if (!buckets)
        return NULL;
    buckets->count = 2 * pairs;
    buckets->rates = *rates;
    buckets->hash_key = *hash_key;
    if (make_locks(buckets) && map_lines(buckets))
        return buckets;
    memory_free(buckets);
    return NULL;
}

void buckets_destroy(struct buckets *buckets)
{
    if (!buckets)
        return;
    (void)munmap(buckets->lines, buckets->count * sizeof(struct line));
    for (unsigned i = 0; i < STRIPES; i++)
        (void)pthread_mutex_destroy(&buckets->stripes[i]);
    (void)pthread_mutex_destroy(&buckets->gap);
    memory_free(buckets);
}
