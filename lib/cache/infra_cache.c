#include "lib/cache/infra_cache.h"

#include <assert.h>

#include "lib/base/memory.h"

enum { KEY_OCTETS_MAX = 255, ZONE_FLAGS = 2 };

static_assert((INFRA_NO_EDNS | INFRA_LAME) == (1 << ZONE_FLAGS) - 1, "an expiry for each flag");

struct infra_cache {
    struct store *store;
};

struct infra_cache *infra_cache_create(struct store *store)
{
    struct infra_cache *cache = memory_new(sizeof *cache);
    if (cache != NULL)
        cache->store = store;
    return cache;
}

void infra_cache_destroy(struct infra_cache *cache)
{
    memory_free(cache);
}

/* ---- by address ---- */

static struct store_key address_key(const struct endpoint *server)
{
    return (struct store_key){
        .name = { (const uint8_t *)server, sizeof *server },
        .kind = KIND_INFRA,
    };
}

void infra_cache_get(struct infra_cache *cache, const struct endpoint *server, struct instant now,
                     struct infra *infra)
{
    struct store_key key = address_key(server);
    struct store_value value;
    uint8_t room[sizeof *infra];
    memset(infra, 0, sizeof *infra);
    if (store_copy(cache->store, &key, room, sizeof room, &value) == ST_OK &&
        instant_before(now, value.expires) && value.value.len == sizeof *infra)
        memcpy(infra, room, sizeof *infra);
}

void infra_cache_put(struct infra_cache *cache, const struct endpoint *server,
                     const struct infra *infra, struct instant now)
{
    struct store_key key = address_key(server);
    struct bytes value = { (const uint8_t *)infra, sizeof *infra };
    enum status status =
        store_put(cache->store, &key, value, now, instant_after_s(now, INFRA_KEPT_S));
    (void)status; /* so small that it fits any store */
}

/* ---- by address and zone ---- */

struct marks {
    struct instant until[ZONE_FLAGS]; /* of the flag of that bit */
};

/* The endpoint, then the lowered zone. False: a zone so long that this is no key; such a server is
 * found out anew each time, which costs its zone alone. */
static bool zone_key(const struct endpoint *server, const struct name *zone,
                     uint8_t room[KEY_OCTETS_MAX], struct store_key *key)
{
    size_t len = sizeof *server + zone->len;
    if (len > KEY_OCTETS_MAX)
        return false;
    memcpy(room, server, sizeof *server);
    for (size_t i = 0; i < zone->len; i++)
        room[sizeof *server + i] = name_fold(zone->octets[i]);
    *key = (struct store_key){ .name = { room, len }, .kind = KIND_INFRA, .flags = 1 };
    return true;
}

static struct marks marks_get(struct infra_cache *cache, const struct store_key *key)
{
    struct marks marks = { { { 0 } } };
    struct store_value value;
    uint8_t room[sizeof marks];
    if (store_copy(cache->store, key, room, sizeof room, &value) == ST_OK &&
        value.value.len == sizeof marks)
        memcpy(&marks, room, sizeof marks);
    return marks;
}

unsigned infra_cache_zone_flags(struct infra_cache *cache, const struct endpoint *server,
                                const struct name *zone, struct instant now)
{
    uint8_t room[KEY_OCTETS_MAX];
    struct store_key key;
    unsigned flags = 0;
    if (!zone_key(server, zone, room, &key))
        return 0;
    struct marks marks = marks_get(cache, &key);
    for (unsigned i = 0; i < ZONE_FLAGS; i++)
        flags |= instant_before(now, marks.until[i]) ? 1u << i : 0;
    return flags;
}

void infra_cache_zone_mark(struct infra_cache *cache, const struct endpoint *server,
                           const struct name *zone, unsigned flags, struct instant now)
{
    uint8_t room[KEY_OCTETS_MAX];
    struct store_key key;
    if (!zone_key(server, zone, room, &key))
        return;
    struct instant until = instant_after_s(now, INFRA_KEPT_S);
    struct marks marks = marks_get(cache, &key);
    for (unsigned i = 0; i < ZONE_FLAGS; i++)
        if ((flags & 1u << i) != 0)
            marks.until[i] = until;
    struct bytes value = { (const uint8_t *)&marks, sizeof marks };
    enum status status = store_put(cache->store, &key, value, now, until);
    (void)status; /* so small that it fits any store */
}
