#include "lib/cache/answer_cache.h"

#include <stdatomic.h>

#include "lib/base/memory.h"

enum { TTL_OCTETS = 4, HEADER = 12 };

struct answer_cache {
    struct store *store;
    _Atomic uint32_t epoch; /* never 0 */
};

struct answer_cache *answer_cache_create(struct store *store)
{
    struct answer_cache *cache = memory_new(sizeof *cache);
    if (cache != NULL) {
        cache->store = store;
        atomic_store(&cache->epoch, 1);
    }
    return cache;
}

void answer_cache_destroy(struct answer_cache *cache)
{
    memory_free(cache);
}

void answer_cache_raise_epoch(struct answer_cache *cache)
{
    if (atomic_fetch_add(&cache->epoch, 1) == UINT32_MAX)
        atomic_fetch_add(&cache->epoch, 1);
}

uint32_t answer_cache_epoch(const struct answer_cache *cache)
{
    return atomic_load_explicit(&cache->epoch, memory_order_acquire);
}

/* ---- an entry: the message, the TTL offsets, this ---- */

/* Last, so that a hit is one copy into the caller's room with the message where it belongs. */
struct trailer {
    uint32_t epoch;
    uint16_t len, ttl_count, why, question_end;
    uint8_t secure, security, nxname;
};

/* `name` lowered into `room`; the key borrows it. */
static struct store_key key_for(const struct answer_key *key, uint8_t room[NAME_OCTETS_MAX])
{
    const struct name *name = key->name;
    for (size_t i = 0; i < name->len; i++)
        room[i] = name_fold(name->octets[i]);
    return (struct store_key){
        .name = { room, name->len },
        .type = key->type,
        .kind = KIND_ANSWER,
        .flags = key->flags,
    };
}

static bool is_sound(const struct rendered *answer)
{
    bool fits = answer->len >= HEADER && answer->len <= STORE_ENTRY_MAX &&
                answer->ttl_count <= ANSWER_TTLS_MAX && answer->question_end <= answer->len;
    for (unsigned i = 0; fits && i < answer->ttl_count; i++)
        fits = answer->ttl_at[i] >= HEADER && answer->ttl_at[i] + (size_t)TTL_OCTETS <= answer->len;
    return fits;
}

static size_t trailer_at(const struct trailer *trailer)
{
    return trailer->len + trailer->ttl_count * sizeof(uint16_t);
}

enum status answer_cache_put(struct answer_cache *cache, const struct answer_key *key,
                             const struct rendered *answer, struct instant now,
                             struct instant expires)
{
    STORE_ROOM uint8_t room[NAME_OCTETS_MAX];
    STORE_ROOM uint8_t value[STORE_ENTRY_MAX];
    if (!is_sound(answer))
        return ST_LIMIT;

    struct trailer trailer;
    memset(&trailer, 0, sizeof trailer);
    trailer.epoch = answer->epoch != 0 ? answer->epoch : answer_cache_epoch(cache);
    trailer.len = (uint16_t)answer->len;
    trailer.ttl_count = answer->ttl_count;
    trailer.why = answer->why;
    trailer.question_end = answer->question_end;
    trailer.secure = answer->secure;
    trailer.security = answer->security;
    trailer.nxname = answer->nxname;
    size_t end = trailer_at(&trailer);
    if (end + sizeof trailer > sizeof value)
        return ST_LIMIT;

    memcpy(value, answer->octets, answer->len);
    if (answer->ttl_count > 0)
        memcpy(value + answer->len, answer->ttl_at, answer->ttl_count * sizeof(uint16_t));
    memcpy(value + end, &trailer, sizeof trailer);
    struct store_key entry = key_for(key, room);
    struct bytes octets = { value, end + sizeof trailer };
    return store_put(cache->store, &entry, octets, now, expires);
}

/* The message stands at the start of `room`, then the offsets. Outside the lock. */
static bool lower_ttls(uint8_t *room, const struct trailer *trailer, uint32_t age_s)
{
    const uint8_t *offsets = room + trailer->len;
    for (unsigned i = 0; i < trailer->ttl_count; i++) {
        uint16_t at;
        memcpy(&at, offsets + i * sizeof at, sizeof at);
        if (at + (size_t)TTL_OCTETS > trailer->len)
            return false;
        uint8_t *octets = room + at;
        uint32_t ttl = (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 |
                       (uint32_t)octets[2] << 8 | octets[3];
        ttl = ttl > age_s ? ttl - age_s : 0;
        octets[0] = (uint8_t)(ttl >> 24);
        octets[1] = (uint8_t)(ttl >> 16);
        octets[2] = (uint8_t)(ttl >> 8);
        octets[3] = (uint8_t)ttl;
    }
    return true;
}

enum status answer_cache_get_expected(struct answer_cache *cache, const struct answer_key *key,
                                      uint64_t expected, struct instant now, struct rendered *hit)
{
    STORE_ROOM uint8_t name[NAME_OCTETS_MAX];
    struct store_key entry = key_for(key, name);
    struct store_value found;
    struct trailer trailer;
    uint64_t hash = expected ? expected : store_hash(cache->store, &entry);
    struct store_errand errand = { &entry, hash, hit->octets, hit->size };
    TRY(store_fetch(cache->store, &errand, &found));
    if (!instant_before(now, found.expires) || found.value.len < sizeof trailer)
        return ST_NOTFOUND;

    size_t end = found.value.len - sizeof trailer;
    memcpy(&trailer, hit->octets + end, sizeof trailer);
    if (trailer.epoch != answer_cache_epoch(cache) || trailer_at(&trailer) != end ||
        trailer.question_end > trailer.len ||
        !lower_ttls(hit->octets, &trailer, instant_s_between(found.stored, now)))
        return ST_NOTFOUND;

    hit->len = trailer.len;
    hit->secure = trailer.secure != 0;
    hit->security = trailer.security;
    hit->nxname = trailer.nxname != 0;
    hit->why = trailer.why;
    hit->question_end = trailer.question_end;
    hit->epoch = trailer.epoch;
    return ST_OK;
}

enum status answer_cache_get(struct answer_cache *cache, const struct answer_key *key,
                             struct instant now, struct rendered *hit)
{
    return answer_cache_get_expected(cache, key, 0, now, hit);
}

uint64_t answer_cache_expect(const struct answer_cache *cache, const struct answer_key *key)
{
    STORE_ROOM uint8_t name[NAME_OCTETS_MAX];
    struct store_key entry = key_for(key, name);
    uint64_t hash = store_hash(cache->store, &entry);
    store_prefetch(cache->store, hash);
    return hash;
}

void answer_cache_expect_entry(struct answer_cache *cache, uint64_t expected)
{
    store_prefetch_entry(cache->store, expected);
}
