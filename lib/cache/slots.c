#include "lib/cache/slots.h"

#include <assert.h>
#include <stdatomic.h>

#define SLOT_LINK (UINT64_C(1) << 63)
#define SLOT_TAG  UINT64_C(0xFFFF)

enum {
    SLOT_TAG_BITS = 16,
    LAST = SLOTS_BUCKET - 1,
    GATHERED_MAX = SLOTS_CHAIN * LAST + 1,
    ENTRY_LINES = 4 /* a usual answer has as many */
};

void slots_begin(struct slots *slots, void *room, size_t octets)
{
    uint32_t most = (uint32_t)(octets / (SLOTS_BUCKET * sizeof(uint64_t)));
    assert(most >= SLOTS_PRIMARIES_MIN);
    *slots = (struct slots){ .buckets = room, .most = most, .primaries = SLOTS_PRIMARIES_MIN };
}

void slots_reset(struct slots *slots)
{
    memset(slots->buckets, 0, (size_t)slots->most * SLOTS_BUCKET * sizeof(uint64_t));
    slots->extras = 0;
    slots->spare = 0;
    atomic_store_explicit(&slots->primaries, SLOTS_PRIMARIES_MIN, memory_order_relaxed);
}

/* ---- slots and buckets ---- */

static uint64_t slot_of(uint64_t position, uint64_t tag)
{
    return position << SLOT_TAG_BITS | tag;
}

static uint64_t tag_of(uint64_t hash)
{
    return hash >> 32 & SLOT_TAG;
}

static bool slot_alive(uint64_t slot, const struct ring *ring)
{
    return (slot & SLOT_LINK) == 0 && ring_alive(ring, slot >> SLOT_TAG_BITS);
}

static bool slot_free(uint64_t slot, const struct ring *ring)
{
    return (slot & SLOT_LINK) == 0 && !ring_alive(ring, slot >> SLOT_TAG_BITS);
}

static uint32_t primaries(const struct slots *slots)
{
    return atomic_load_explicit(&slots->primaries, memory_order_relaxed);
}

static uint64_t *bucket_at(const struct slots *slots, uint32_t number)
{
    return slots->buckets + (size_t)number * SLOTS_BUCKET;
}

/* The greatest power of two that is not above `count`. */
static uint32_t level(uint32_t count)
{
    return UINT32_C(1) << (31 - __builtin_clz(count));
}

/* Buckets below `count` less its level are split already: their hash has one bit more. */
static uint64_t *first_bucket(const struct slots *slots, uint32_t hash)
{
    uint32_t count = primaries(slots), half = level(count);
    uint32_t number = hash & (half - 1);
    if (number < count - half)
        number = hash & (2 * half - 1);
    return bucket_at(slots, number);
}

static uint64_t *next_bucket(const struct slots *slots, const uint64_t *bucket)
{
    uint64_t last = bucket[LAST];
    return (last & SLOT_LINK) != 0 ? bucket_at(slots, (uint32_t)last) : NULL;
}

/* ---- buckets behind a full one ---- */

static uint64_t *extra_take(struct slots *slots, uint32_t *number)
{
    uint64_t *bucket;
    if (slots->spare != 0) {
        *number = slots->spare;
        bucket = bucket_at(slots, *number);
        slots->spare = (uint32_t)bucket[0];
    } else if (primaries(slots) + slots->extras < slots->most) {
        slots->extras++;
        *number = slots->most - slots->extras;
        bucket = bucket_at(slots, *number);
    } else {
        return NULL;
    }
    memset(bucket, 0, SLOTS_BUCKET * sizeof *bucket);
    return bucket;
}

static void extra_give(struct slots *slots, uint32_t number)
{
    bucket_at(slots, number)[0] = slots->spare;
    slots->spare = number;
}

/* ---- finding ---- */

/* The first lines of an entry, all at once: its header would tell how long it is only after the
 * first of them has come from memory. */
static void fetch_ahead(const struct ring *ring, uint64_t position)
{
    const uint8_t *at = (const uint8_t *)ring_at(ring, position);
    for (unsigned line = 0; line < ENTRY_LINES; line++)
        __builtin_prefetch(at + line * 64);
}

static uint64_t find_in(const uint64_t *bucket, const struct ring *ring, uint64_t hash,
                        const struct store_key *key)
{
    uint64_t tag = tag_of(hash);
    for (unsigned i = 0; i < SLOTS_BUCKET; i++) {
        uint64_t position = bucket[i] >> SLOT_TAG_BITS;
        if ((bucket[i] & SLOT_TAG) != tag || !slot_alive(bucket[i], ring))
            continue;
        fetch_ahead(ring, position);
        if (entry_is(ring_at(ring, position), (uint32_t)hash, key))
            return position;
    }
    return 0;
}

uint64_t slots_find(const struct slots *slots, const struct ring *ring, uint64_t hash,
                    const struct store_key *key)
{
    const uint64_t *bucket = first_bucket(slots, (uint32_t)hash);
    uint64_t position = 0;
    for (; bucket != NULL && position == 0; bucket = next_bucket(slots, bucket))
        position = find_in(bucket, ring, hash, key);
    return position;
}

uint64_t *slots_seek(const struct slots *slots, uint32_t hash, uint64_t position)
{
    uint64_t *bucket = first_bucket(slots, hash);
    for (; bucket != NULL; bucket = next_bucket(slots, bucket))
        for (unsigned i = 0; i < SLOTS_BUCKET; i++)
            if (bucket[i] >> SLOT_TAG_BITS == position)
                return &bucket[i];
    return NULL;
}

void slots_set(uint64_t *slot, uint64_t position)
{
    *slot = slot_of(position, *slot & SLOT_TAG);
}

void slots_clear(uint64_t *slot)
{
    *slot = 0;
}

/* ---- adding ---- */

/* Puts `slot` into a free place of the chain, or behind it in one more bucket. False: no room. */
static bool push(struct slots *slots, const struct ring *ring, uint64_t *bucket, uint64_t slot)
{
    uint64_t *last = bucket;
    unsigned buckets = 0;
    for (; bucket != NULL; bucket = next_bucket(slots, bucket)) {
        for (unsigned i = 0; i < SLOTS_BUCKET; i++) {
            if (slot_free(bucket[i], ring)) {
                bucket[i] = slot;
                return true;
            }
        }
        last = bucket;
        buckets++;
    }

    uint32_t number;
    uint64_t *extra = buckets < SLOTS_CHAIN ? extra_take(slots, &number) : NULL;
    if (extra == NULL)
        return false;
    extra[0] = last[LAST];
    extra[1] = slot;
    last[LAST] = SLOT_LINK | number;
    return true;
}

/* Takes all live slots out of a chain, gives its extra buckets back and leaves the first empty. */
static unsigned gather(struct slots *slots, const struct ring *ring, uint64_t *first,
                       uint64_t live[GATHERED_MAX])
{
    unsigned count = 0;
    uint64_t *bucket = first, *next;
    do {
        next = next_bucket(slots, bucket);
        for (unsigned i = 0; i < SLOTS_BUCKET; i++) {
            if (slot_alive(bucket[i], ring) && count < GATHERED_MAX) {
                live[count++] = bucket[i];
                __builtin_prefetch(ring_at(ring, bucket[i] >> SLOT_TAG_BITS));
            }
        }
        if (bucket != first)
            extra_give(slots, (uint32_t)((bucket - slots->buckets) / SLOTS_BUCKET));
        bucket = next;
    } while (bucket != NULL);
    memset(first, 0, SLOTS_BUCKET * sizeof *first);
    return count;
}

/* A chain that grew long once and has lost entries since gives back the buckets it can spare. */
static void tidy(struct slots *slots, const struct ring *ring, uint64_t *first)
{
    unsigned buckets = 0, alive = 0;
    for (const uint64_t *bucket = first; bucket != NULL; bucket = next_bucket(slots, bucket)) {
        buckets++;
        for (unsigned i = 0; i < SLOTS_BUCKET; i++)
            alive += slot_alive(bucket[i], ring);
    }
    if (alive >= (buckets - 1) * LAST)
        return;

    STORE_ROOM uint64_t live[GATHERED_MAX];
    unsigned count = gather(slots, ring, first, live);
    for (unsigned i = 0; i < count; i++)
        (void)push(slots, ring, first, live[i]); /* there was room for all */
}

/* Of a full chain: the oldest slot whose entry was not read lately; were all read, the oldest. */
static uint64_t *victim(const struct slots *slots, const struct ring *ring, uint64_t *bucket)
{
    uint64_t *best = NULL, best_rank = UINT64_MAX;
    for (; bucket != NULL; bucket = next_bucket(slots, bucket)) {
        for (unsigned i = 0; i < SLOTS_BUCKET; i++) {
            uint64_t rank = bucket[i] >> SLOT_TAG_BITS;
            if (!slot_alive(bucket[i], ring))
                continue;
            if ((ring_at(ring, rank)->state & ENTRY_READ) != 0)
                rank |= SLOT_LINK;
            if (rank < best_rank) {
                best = &bucket[i];
                best_rank = rank;
            }
        }
    }
    return best;
}

bool slots_add(struct slots *slots, struct ring *ring, uint64_t hash, uint64_t position)
{
    uint64_t *first = first_bucket(slots, (uint32_t)hash);
    uint64_t slot = slot_of(position, tag_of(hash));
    if (next_bucket(slots, first) != NULL)
        tidy(slots, ring, first);
    if (push(slots, ring, first, slot))
        return false;

    uint64_t *gone = victim(slots, ring, first);
    assert(gone != NULL);
    ring_kill(ring, ring_at(ring, *gone >> SLOT_TAG_BITS));
    *gone = slot;
    return true;
}

/* ---- growing ---- */

/* The two chains need no more buckets than the one that is split: all slots find room. */
void slots_grow(struct slots *slots, const struct ring *ring)
{
    uint32_t count = primaries(slots);
    if (ring->entries <= (uint64_t)count * SLOTS_LOAD || count + slots->extras >= slots->most)
        return;

    STORE_ROOM uint64_t live[GATHERED_MAX];
    unsigned gathered = gather(slots, ring, bucket_at(slots, count - level(count)), live);
    atomic_store_explicit(&slots->primaries, count + 1, memory_order_relaxed);
    memset(bucket_at(slots, count), 0, SLOTS_BUCKET * sizeof(uint64_t));
    for (unsigned i = 0; i < gathered; i++) {
        uint32_t hash = ring_at(ring, live[i] >> SLOT_TAG_BITS)->hash;
        (void)push(slots, ring, first_bucket(slots, hash), live[i]);
    }
}

void slots_prefetch(const struct slots *slots, uint64_t hash)
{
    __builtin_prefetch(first_bucket(slots, (uint32_t)hash));
}

void slots_prefetch_entry(const struct slots *slots, const struct ring *ring, uint64_t hash)
{
    const uint64_t *bucket = first_bucket(slots, (uint32_t)hash);
    for (unsigned i = 0; i < SLOTS_BUCKET; i++)
        if ((bucket[i] & SLOT_TAG) == tag_of(hash) && slot_alive(bucket[i], ring))
            fetch_ahead(ring, bucket[i] >> SLOT_TAG_BITS);
}

size_t slots_octets(const struct slots *slots)
{
    return ((size_t)primaries(slots) + slots->extras) * SLOTS_BUCKET * sizeof(uint64_t);
}
