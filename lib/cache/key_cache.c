#include "lib/cache/key_cache.h"

#include "lib/base/memory.h"
#include "lib/base/must.h"
#include "lib/cache/pack.h"

struct key_cache {
    struct store *store;
};

struct key_cache *key_cache_create(struct store *store)
{
    struct key_cache *cache = memory_new(sizeof *cache);
    if (cache != NULL)
        cache->store = store;
    return cache;
}

void key_cache_destroy(struct key_cache *cache)
{
    memory_free(cache);
}

static struct store_key key_for(const struct name *lower)
{
    return (struct store_key){ .name = name_bytes(lower), .kind = KIND_KEYS };
}

enum status key_cache_get(struct key_cache *cache, const struct name *zone, struct instant now,
                          struct arena *arena, struct zone_keys *found)
{
    struct name lower = name_lower(zone);
    struct store_key key = key_for(&lower);
    struct store_value value;
    uint8_t state;
    TRY(store_get(cache->store, &key, arena, &value));
    if (!instant_before(now, value.expires))
        return ST_NOTFOUND;

    struct zone_keys read = { .zone = *zone, .ttl_s = instant_s_between(now, value.expires) };
    struct unpack unpack = unpack_begin(&value, now);
    unpack_octets(&unpack, &state, sizeof state);
    unpack_cause(&unpack, &read.cause);
    read.state = (enum zone_state)state;
    if (read.state == ZONE_SECURE)
        unpack_octets(&unpack, &read.first_end, sizeof read.first_end);
    if (read.state == ZONE_SECURE)
        unpack_octets(&unpack, &read.algorithms, sizeof read.algorithms);
    if (read.state == ZONE_SECURE)
        read.keys = unpack_set(&unpack);
    if (unpack.failed || state >= ZONE_SPENT)
        return ST_NOTFOUND;
    *found = read;
    return ST_OK;
}

/* RULINGS A2: a job that ran out says nothing about the zone. */
static bool is_fact(const struct zone_keys *keys)
{
    if (keys->state == ZONE_UNKNOWN || keys->state == ZONE_SPENT)
        return false;
    return keys->state != ZONE_SECURE || must(keys->keys != NULL);
}

void key_cache_put(struct key_cache *cache, const struct zone_keys *keys, struct instant now)
{
    uint32_t ttl_s = keys->ttl_s < KEY_CACHE_TTL_S_MAX ? keys->ttl_s : KEY_CACHE_TTL_S_MAX;
    uint8_t state = (uint8_t)keys->state;
    struct name lower = name_lower(&keys->zone);
    struct store_key key = key_for(&lower);
    STORE_ROOM struct pack pack;
    if (!is_fact(keys) || ttl_s == 0)
        return;

    pack_begin(&pack);
    pack_octets(&pack, &state, sizeof state);
    pack_cause(&pack, &keys->cause);
    if (keys->state == ZONE_SECURE)
        pack_octets(&pack, &keys->first_end, sizeof keys->first_end);
    if (keys->state == ZONE_SECURE)
        pack_octets(&pack, &keys->algorithms, sizeof keys->algorithms);
    if (keys->state == ZONE_SECURE)
        pack_set(&pack, keys->keys, keys->keys->ttl);
    if (pack.failed)
        return;
    /* A set too large for the store is fetched and proven each time (RULINGS B5). */
    enum status status =
        store_put(cache->store, &key, pack_bytes(&pack), now, instant_after_s(now, ttl_s));
    (void)status;
}

void key_cache_note_end(struct key_cache *cache, const struct zone_keys *keys, struct instant now,
                        struct arena *arena)
{
    struct zone_keys kept;

    if (keys->state != ZONE_SECURE ||
        key_cache_get(cache, &keys->zone, now, arena, &kept) != ST_OK ||
        kept.state != ZONE_SECURE || !signature_end_lower(&kept.first_end, &keys->first_end))
        return;
    key_cache_put(cache, &kept, now);
}

bool key_cache_remove(struct key_cache *cache, const struct name *zone)
{
    struct name lower = name_lower(zone);
    struct store_key key = key_for(&lower);
    return store_remove(cache->store, &key);
}
