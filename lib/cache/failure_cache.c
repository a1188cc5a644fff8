#include "lib/cache/failure_cache.h"

#include "lib/base/memory.h"
#include "lib/cache/pack.h"

enum { VALUE_OCTETS_MAX = 2 + 8 + CAUSE_OCTETS };

struct failure_cache {
    struct store *store;
    const struct limits *limits;
};

struct failure_cache *failure_cache_create(struct store *store, const struct limits *limits)
{
    struct failure_cache *cache = memory_new(sizeof *cache);
    if (cache != NULL)
        *cache = (struct failure_cache){ .store = store, .limits = limits };
    return cache;
}

void failure_cache_destroy(struct failure_cache *cache)
{
    memory_free(cache);
}

static struct store_key key_for(const struct link_key *key, const struct name *lower)
{
    return (struct store_key){
        .name = name_bytes(lower),
        .type = key->type,
        .kind = KIND_FAILURE,
        .flags = key->class == DATA_UNCHECKED,
    };
}

uint32_t failure_kept_s(const struct limits *limits, unsigned times)
{
    uint64_t s = limits->ttl_failure_s;
    for (unsigned i = 1; i < times && s < limits->ttl_failure_max_s; i++)
        s *= 2;
    return (uint32_t)(s < limits->ttl_failure_max_s ? s : limits->ttl_failure_max_s);
}

/* Doubling for silent servers (RFC 9520 §3.2). A verdict has a time of its own, but a short one
 * when the clocks may be at fault; what a job lacked, the next may have (RULINGS A2). */
static uint32_t kept_s(const struct limits *limits, const struct failure *failure)
{
    if (failure->kind == FAILURE_BOGUS)
        return limits->ttl_bogus_s;
    if (failure->kind != FAILURE_SERVERS)
        return limits->ttl_failure_s;
    return failure_kept_s(limits, failure->times);
}

/* The last failure, expired or not; `ended` is when it did. */
static enum status read_failure(struct failure_cache *cache, const struct store_key *key,
                                struct failure *failure, struct instant *ended)
{
    struct store_value value;
    struct failure read;
    uint8_t room[VALUE_OCTETS_MAX];
    if (store_copy(cache->store, key, room, sizeof room, &value) != ST_OK)
        return ST_NOTFOUND;
    struct unpack unpack = unpack_begin(&value, value.stored);
    unpack_octets(&unpack, &read.kind, sizeof read.kind);
    unpack_octets(&unpack, &read.times, sizeof read.times);
    unpack_cause(&unpack, &read.cause);
    if (unpack.failed)
        return ST_NOTFOUND;
    *failure = read;
    *ended = value.expires;
    return ST_OK;
}

/* In a row: of one kind, and not so long ago that nobody has asked since the longest pause. */
static uint8_t times_in_row(struct failure_cache *cache, const struct store_key *key, uint8_t kind,
                            struct instant now)
{
    struct failure last;
    struct instant ended;
    if (read_failure(cache, key, &last, &ended) != ST_OK || last.kind != kind)
        return 1;
    if (!instant_before(now, instant_after_s(ended, cache->limits->ttl_failure_max_s)))
        return 1;
    return last.times < FAILURE_TIMES_MAX ? (uint8_t)(last.times + 1) : FAILURE_TIMES_MAX;
}

void failure_cache_put(struct failure_cache *cache, const struct link_key *key,
                       const struct failure *failure, struct instant now)
{
    struct name lower = name_lower(key->name);
    struct store_key entry = key_for(key, &lower);
    struct failure kept = { .kind = failure->kind, .cause = failure->cause };
    kept.times = times_in_row(cache, &entry, failure->kind, now);

    STORE_ROOM struct pack pack;
    pack_begin(&pack);
    pack_octets(&pack, &kept.kind, sizeof kept.kind);
    pack_octets(&pack, &kept.times, sizeof kept.times);
    pack_cause(&pack, &kept.cause);
    struct instant until = instant_after_s(now, kept_s(cache->limits, &kept));
    enum status status = store_put(cache->store, &entry, pack_bytes(&pack), now, until);
    (void)status; /* so small that it fits any store */
}

enum status failure_cache_get(struct failure_cache *cache, const struct link_key *key,
                              struct instant now, struct failure *failure)
{
    struct name lower = name_lower(key->name);
    struct store_key entry = key_for(key, &lower);
    struct failure found;
    struct instant ended;
    TRY(read_failure(cache, &entry, &found, &ended));
    if (!instant_before(now, ended))
        return ST_NOTFOUND;
    *failure = found;
    return ST_OK;
}

void failure_cache_clear(struct failure_cache *cache, const struct link_key *key)
{
    struct name lower = name_lower(key->name);
    struct store_key entry = key_for(key, &lower);
    (void)store_remove(cache->store, &entry);
}
