#include "lib/cache/store.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "lib/base/memory.h"
#include "lib/cache/shelf.h"

#define PAGE ((size_t)4096)
#define MIB  ((size_t)1024 * 1024)

enum {
    SHARDS_MIN = 64,   /* RULINGS B24: max(64, 8 x workers), as long as ... */
    SHARDS_MAX = 4096, /* four mappings each; Linux allows 65,530 */
    SHARDS_A_WORKER = 8,
    KEY_OCTETS_MAX = 255,
    SWEEP_OCTETS = 256 * 1024, /* a hold of the lock: RULINGS B5 */
    COPY_TRIES = 4
};

static const size_t huge_octets = 4 * MIB; /* RULINGS B4 */

enum { VITAL, BULK, SHELVES };

struct shard {
    _Alignas(64) pthread_mutex_t lock;
    bool huge; /* the system was asked for huge pages */
    struct shelf shelves[SHELVES];
};

struct store {
    struct siphash_key key;
    unsigned shard_bits;
    size_t entry_max;
    uint8_t *mapping;
    size_t mapping_octets;
    struct shard *shards; /* at the start of the mapping */
};

static unsigned shard_count(const struct store *store)
{
    return 1u << store->shard_bits;
}

/* ---- how the octets are cut up ---- */

struct plan {
    unsigned shard_bits;
    size_t index[SHELVES], ring[SHELVES]; /* whole pages */
    size_t head;                          /* octets of the shards themselves */
};

static size_t pages(size_t octets)
{
    return (octets + PAGE - 1) / PAGE * PAGE;
}

/* RULINGS B4, B24: each shard keeps 1 MB, or 256 KiB in a cache under 64 MB. */
static unsigned shard_bits_for(size_t octets, unsigned workers)
{
    size_t least = octets < 64 * MIB ? MIB / 4 : MIB;
    size_t wanted =
        workers < SHARDS_MAX / SHARDS_A_WORKER ? (size_t)workers * SHARDS_A_WORKER : SHARDS_MAX;
    unsigned bits = 0;
    if (wanted < SHARDS_MIN)
        wanted = SHARDS_MIN;
    while ((size_t)1 << bits < wanted && octets >> (bits + 1) >= least)
        bits++;
    return bits;
}

/* Vital entries have an eighth (RULINGS B5). An index needs some 15 octets an entry: its share is
 * enough for vital entries of 64 octets and bulk entries of 140; were they smaller, some would go
 * before their time. */
static struct plan plan_for(size_t octets, unsigned workers)
{
    struct plan plan = { .shard_bits = shard_bits_for(octets, workers) };
    size_t shard = octets >> plan.shard_bits;
    plan.ring[VITAL] = pages(shard / 8);
    plan.index[VITAL] = pages(shard / 32);
    size_t bulk = shard / PAGE * PAGE - plan.ring[VITAL] - plan.index[VITAL];
    plan.index[BULK] = pages(bulk / 10);
    plan.ring[BULK] = bulk - plan.index[BULK];
    plan.head = pages(sizeof(struct shard) << plan.shard_bits);
    return plan;
}

static size_t shelf_octets(const struct plan *plan, unsigned shelf)
{
    return plan->index[shelf] + plan->ring[shelf];
}

/* Behind each shelf a page that nobody may touch. */
static size_t plan_octets(const struct plan *plan)
{
    size_t shard = shelf_octets(plan, VITAL) + shelf_octets(plan, BULK) + SHELVES * PAGE;
    return plan->head + (shard << plan->shard_bits);
}

/* ---- making and ending ---- */

static bool open_shelf(struct shelf *shelf, uint8_t *room, const struct plan *plan, unsigned which)
{
    if (mprotect(room, shelf_octets(plan, which), PROT_READ | PROT_WRITE) != 0)
        return false;
    shelf->room = room;
    shelf->index_octets = plan->index[which];
    shelf->ring_octets = plan->ring[which];
    shelf_begin(shelf);
    return true;
}

static bool shards_begin(struct store *store, const struct plan *plan)
{
    uint8_t *at = store->mapping;
    if (mprotect(at, plan->head, PROT_READ | PROT_WRITE) != 0)
        return false;
    store->shards = (void *)at;
    at += plan->head;
    for (unsigned i = 0; i < shard_count(store); i++) {
        for (unsigned which = 0; which < SHELVES; which++) {
            if (!open_shelf(&store->shards[i].shelves[which], at, plan, which))
                return false;
            at += shelf_octets(plan, which) + PAGE;
        }
    }
    return true;
}

static bool locks_begin(struct store *store)
{
    pthread_mutexattr_t adaptive;
    if (pthread_mutexattr_init(&adaptive) != 0)
        return false;
    bool made = pthread_mutexattr_settype(&adaptive, PTHREAD_MUTEX_ADAPTIVE_NP) == 0;
    for (unsigned i = 0; made && i < shard_count(store); i++)
        made = pthread_mutex_init(&store->shards[i].lock, &adaptive) == 0;
    pthread_mutexattr_destroy(&adaptive);
    return made;
}

/* Reserved first, opened shelf by shelf: what is never written costs no memory. Huge pages would
 * cost 2 MB a shard from the first entry on (RULINGS B4). */
static bool map(struct store *store, const struct plan *plan)
{
    size_t octets = plan_octets(plan);
    int how = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    /* cppcheck-suppress invalidFunctionArg; no file: -1 is right */
    void *mapping = mmap(NULL, octets, PROT_NONE, how, -1, 0);
    if (mapping == MAP_FAILED)
        return false;
    store->mapping = mapping;
    store->mapping_octets = octets;
    (void)madvise(mapping, octets, MADV_NOHUGEPAGE); /* a kernel without huge pages refuses */
    return shards_begin(store, plan) && locks_begin(store);
}

/* A whole entry, header and longest key included, is at most 16 KiB and half of the vital ring, so
 * that it fits behind a pad: that ring is an eighth of the shard and at least 32 KiB. */
static size_t entry_max(const struct plan *plan)
{
    size_t most = plan->ring[VITAL] / 2;
    if (most > STORE_ENTRY_MAX)
        most = STORE_ENTRY_MAX;
    return most - sizeof(struct entry) - (KEY_OCTETS_MAX + 1);
}

struct store *store_create(size_t octets, unsigned workers, const struct siphash_key *key)
{
    if (octets < STORE_OCTETS_MIN || octets > SIZE_MAX / 2)
        return NULL;
    struct plan plan = plan_for(octets, workers);
    struct store *store = memory_new(sizeof *store);
    if (store == NULL)
        return NULL;
    store->key = *key;
    store->shard_bits = plan.shard_bits;
    store->entry_max = entry_max(&plan);
    if (map(store, &plan))
        return store;
    if (store->mapping != NULL)
        munmap(store->mapping, store->mapping_octets);
    memory_free(store);
    return NULL;
}

void store_destroy(struct store *store)
{
    if (store == NULL)
        return;
    for (unsigned i = 0; i < shard_count(store); i++)
        pthread_mutex_destroy(&store->shards[i].lock);
    munmap(store->mapping, store->mapping_octets);
    memory_free(store);
}

/* ---- which shard, which shelf ---- */

uint64_t store_hash(const struct store *store, const struct store_key *key)
{
    STORE_ROOM uint8_t octets[4 + KEY_OCTETS_MAX];
    size_t len = key->name.len < KEY_OCTETS_MAX ? key->name.len : KEY_OCTETS_MAX;
    octets[0] = (uint8_t)(key->type >> 8);
    octets[1] = (uint8_t)key->type;
    octets[2] = key->kind;
    octets[3] = key->flags;
    if (len > 0)
        memcpy(octets + 4, key->name.at, len);
    return siphash13(&store->key, octets, 4 + len);
}

/* Bits 48 and up; the index uses those below. */
static struct shard *shard_of(const struct store *store, uint64_t hash)
{
    return &store->shards[hash >> 32 >> (32 - store->shard_bits)];
}

static struct shelf *shelf_of(struct shard *shard, const struct store_key *key)
{
    return &shard->shelves[key->kind < KIND_RRSET ? VITAL : BULK];
}

void store_prefetch(const struct store *store, uint64_t hash)
{
    const struct shard *shard = shard_of(store, hash);
    __builtin_prefetch(shard);
    slots_prefetch(&shard->shelves[BULK].slots, hash);
}

void store_prefetch_entry(struct store *store, uint64_t hash)
{
    struct shard *shard = shard_of(store, hash);
    const struct shelf *bulk = &shard->shelves[BULK];
    pthread_mutex_lock(&shard->lock);
    slots_prefetch_entry(&bulk->slots, &bulk->ring, hash);
    pthread_mutex_unlock(&shard->lock);
}

/* True once: the shard is large enough now for huge pages to be worth their 2 MB. */
static bool grew_huge(struct shard *shard)
{
    if (shard->huge || shard->shelves[BULK].ring.touched * RING_UNIT < huge_octets)
        return false;
    shard->huge = true;
    return true;
}

/* ---- the doors ---- */

enum status store_offer(struct store *store, const struct store_key *key,
                        const struct store_value *offered, uint8_t strength)
{
    if (key->name.len > KEY_OCTETS_MAX || offered->value.len > store->entry_max)
        return ST_LIMIT;

    struct insertion in = { key, offered, store_hash(store, key), strength };
    struct shard *shard = shard_of(store, in.hash);
    struct shelf *shelf = shelf_of(shard, key);
    pthread_mutex_lock(&shard->lock);
    enum status status = shelf_insert(shelf, &in);
    bool huge = grew_huge(shard);
    pthread_mutex_unlock(&shard->lock);

    struct shelf *bulk = &shard->shelves[BULK];
    if (huge) /* no system call under a lock; a kernel without huge pages refuses */
        (void)madvise(bulk->room, bulk->index_octets + bulk->ring_octets, MADV_HUGEPAGE);
    return status;
}

enum status store_put(struct store *store, const struct store_key *key, struct bytes value,
                      struct instant now, struct instant expires)
{
    struct store_value offered = { .value = value, .stored = now, .expires = expires };
    return store_offer(store, key, &offered, 0);
}

/* On ST_LIMIT `found` tells how long the value is; nothing is copied. */
static enum status copy_out(struct store *store, const struct store_errand *errand,
                            struct store_value *found)
{
    struct shard *shard = shard_of(store, errand->hash);
    enum status status = ST_NOTFOUND;
    uint64_t position;
    pthread_mutex_lock(&shard->lock);
    struct entry *entry =
        shelf_find(shelf_of(shard, errand->key), errand->hash, errand->key, &position);
    if (entry != NULL) {
        struct bytes value = entry_value(entry);
        status = value.len <= errand->size ? ST_OK : ST_LIMIT;
        if (status == ST_OK && value.len > 0)
            memcpy(errand->room, value.at, value.len);
        if ((entry->state & ENTRY_READ) == 0)
            entry->state |= ENTRY_READ;
        found->value = (struct bytes){ errand->room, value.len };
        found->stored = entry->stored;
        found->expires = entry->expires;
    }
    pthread_mutex_unlock(&shard->lock);
    return status;
}

enum status store_fetch(struct store *store, const struct store_errand *errand,
                        struct store_value *found)
{
    struct store_value value;
    enum status status = copy_out(store, errand, &value);
    if (status == ST_OK)
        *found = value;
    return status;
}

enum status store_copy(struct store *store, const struct store_key *key, uint8_t *room, size_t size,
                       struct store_value *found)
{
    struct store_errand errand = { key, store_hash(store, key), room, size };
    return store_fetch(store, &errand, found);
}

/* The arena is asked outside the lock, for what the first look has found. Between two looks another
 * thread may have made the value longer; not for ever. */
enum status store_get(struct store *store, const struct store_key *key, struct arena *arena,
                      struct store_value *found)
{
    struct store_errand errand = { key, store_hash(store, key), NULL, 0 };
    struct store_value value;
    enum status status = copy_out(store, &errand, &value);
    for (unsigned tries = 0; status == ST_LIMIT && tries < COPY_TRIES; tries++) {
        errand.size = value.value.len;
        errand.room = arena_alloc(arena, errand.size);
        if (errand.room == NULL)
            return ST_LIMIT;
        status = copy_out(store, &errand, &value);
    }
    if (status == ST_OK)
        *found = value;
    return status;
}

bool store_remove(struct store *store, const struct store_key *key)
{
    uint64_t hash = store_hash(store, key), position;
    struct shard *shard = shard_of(store, hash);
    struct shelf *shelf = shelf_of(shard, key);
    pthread_mutex_lock(&shard->lock);
    struct entry *entry = shelf_find(shelf, hash, key, &position);
    if (entry != NULL)
        shelf_remove(shelf, entry, position);
    pthread_mutex_unlock(&shard->lock);
    return entry != NULL;
}

/* ---- all of it ---- */

struct sweep {
    bool (*gone)(void *context, const struct store_key *key);
    void *context;
    uint64_t position;
    size_t removed;
};

/* One hold of the lock; false: the head is reached. */
static bool sweep_some(struct shelf *shelf, struct sweep *sweep)
{
    const struct ring *ring = &shelf->ring;
    if (sweep->position < ring->tail)
        sweep->position = ring->tail;
    uint64_t end = sweep->position + SWEEP_OCTETS / RING_UNIT;
    while (sweep->position < ring->head && sweep->position < end) {
        struct entry *entry = ring_at(ring, sweep->position);
        uint64_t position = sweep->position;
        sweep->position += entry->units;
        if ((entry->state & ENTRY_LIVE) == 0)
            continue;
        struct store_key key = entry_key(entry);
        if (sweep->gone(sweep->context, &key)) {
            shelf_remove(shelf, entry, position);
            sweep->removed++;
        }
    }
    return sweep->position < ring->head;
}

/* What moves to the head meanwhile is met there. A sweep that writers outrun ends after two laps:
 * by then all that was there when it began has been met, moved or given up. */
static void sweep_shelf(struct shard *shard, struct shelf *shelf, struct sweep *sweep)
{
    size_t holds = 2 * (shelf->ring_octets / SWEEP_OCTETS + 1);
    bool more = true;
    sweep->position = 0;
    for (size_t i = 0; more && i < holds; i++) {
        pthread_mutex_lock(&shard->lock);
        more = sweep_some(shelf, sweep);
        pthread_mutex_unlock(&shard->lock);
    }
}

size_t store_sweep(struct store *store, bool (*gone)(void *context, const struct store_key *key),
                   void *context)
{
    struct sweep sweep = { .gone = gone, .context = context };
    for (unsigned i = 0; i < shard_count(store); i++)
        for (unsigned which = 0; which < SHELVES; which++)
            sweep_shelf(&store->shards[i], &store->shards[i].shelves[which], &sweep);
    return sweep.removed;
}

struct store_figures store_figures(struct store *store)
{
    struct store_figures sum = { .entries = 0 };
    for (unsigned i = 0; i < shard_count(store); i++) {
        struct shard *shard = &store->shards[i];
        pthread_mutex_lock(&shard->lock);
        for (unsigned which = 0; which < SHELVES; which++) {
            const struct shelf *shelf = &shard->shelves[which];
            sum.entries += shelf->ring.entries;
            sum.octets_used += shelf->ring.octets;
            sum.octets_mapped += shelf->ring.touched * RING_UNIT + slots_octets(&shelf->slots);
            sum.evicted += shelf->evicted;
            sum.moved += shelf->moved;
            sum.replaced += shelf->replaced;
        }
        pthread_mutex_unlock(&shard->lock);
    }
    return sum;
}

size_t store_entry_max(const struct store *store)
{
    return store->entry_max;
}
