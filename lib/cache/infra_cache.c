#include "lib/cache/infra_cache.h"

#include "lib/base/memory.h"
#include "lib/cache/failure_cache.h"

enum { KEY_OCTETS_MAX = 255 };

struct infra_cache {
    struct store *store;
    const struct limits *limits;
};

struct infra_cache *infra_cache_create(struct store *store, const struct limits *limits)
{
    struct infra_cache *cache = memory_new(sizeof *cache);
    if (cache != NULL)
        *cache = (struct infra_cache){ .store = store, .limits = limits };
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

/* ---- by address and name ---- */

enum { FOR_EDNS = 1, FOR_FAILURES };

/* The endpoint, then the lowered name. False: a name so long that this is no key; such a server is
 * found out anew each time, which costs that name alone. */
static bool name_key(const struct infra_task *task, uint8_t flags, uint8_t room[KEY_OCTETS_MAX],
                     struct store_key *key)
{
    size_t at = sizeof *task->server, len = at + task->name->len;
    if (len > KEY_OCTETS_MAX)
        return false;
    memcpy(room, task->server, at);
    for (size_t i = 0; i < task->name->len; i++)
        room[at + i] = name_fold(task->name->octets[i]);
    *key = (struct store_key){
        .name = { room, len }, .type = task->type, .kind = KIND_INFRA, .flags = flags
    };
    return true;
}

bool infra_cache_lacks_edns(struct infra_cache *cache, const struct endpoint *server,
                            const struct name *zone, struct instant now)
{
    struct infra_task task = { .server = server, .name = zone };
    uint8_t room[KEY_OCTETS_MAX], none[1];
    struct store_key key;
    struct store_value value;
    return name_key(&task, FOR_EDNS, room, &key) &&
           store_copy(cache->store, &key, none, sizeof none, &value) == ST_OK &&
           instant_before(now, value.expires);
}

void infra_cache_put_no_edns(struct infra_cache *cache, const struct endpoint *server,
                             const struct name *zone, struct instant now)
{
    struct infra_task task = { .server = server, .name = zone };
    uint8_t room[KEY_OCTETS_MAX];
    struct store_key key;
    if (!name_key(&task, FOR_EDNS, room, &key))
        return;
    enum status status = store_put(cache->store, &key, (struct bytes){ room, 1 }, now,
                                   instant_after_s(now, INFRA_KEPT_S));
    (void)status; /* so small that it fits any store */
}

/* ---- failures ---- */

/* How often in a row, and when the last one ended or will end. 0: never, or long ago. */
static uint8_t failures_of(struct infra_cache *cache, const struct store_key *key,
                           struct instant now, struct instant *end)
{
    struct store_value value;
    uint8_t times = 0;

    if (store_copy(cache->store, key, &times, sizeof times, &value) != ST_OK)
        return 0;
    *end = value.expires;
    return instant_before(now, instant_after_s(*end, cache->limits->ttl_failure_max_s)) ? times : 0;
}

bool infra_cache_fails(struct infra_cache *cache, const struct infra_task *task, struct instant now)
{
    uint8_t room[KEY_OCTETS_MAX];
    struct store_key key;
    struct instant end;
    return name_key(task, FOR_FAILURES, room, &key) && failures_of(cache, &key, now, &end) > 0 &&
           instant_before(now, end);
}

void infra_cache_failed(struct infra_cache *cache, const struct infra_task *task,
                        struct instant now)
{
    uint8_t room[KEY_OCTETS_MAX], times;
    struct store_key key;
    struct instant end;
    struct infra infra;

    if (!name_key(task, FOR_FAILURES, room, &key))
        return;
    times = failures_of(cache, &key, now, &end);
    times = times < FAILURE_TIMES_MAX ? (uint8_t)(times + 1) : times;
    end = instant_after_s(now, failure_kept_s(cache->limits, times));
    if (store_put(cache->store, &key, (struct bytes){ &times, sizeof times }, now, end) != ST_OK)
        return;
    infra_cache_get(cache, task->server, now, &infra);
    if (instant_before(infra.fails_until, end))
        infra.fails_until = end;
    infra_cache_put(cache, task->server, &infra, now);
}

void infra_cache_worked(struct infra_cache *cache, const struct infra_task *task)
{
    uint8_t room[KEY_OCTETS_MAX];
    struct store_key key;
    if (name_key(task, FOR_FAILURES, room, &key))
        (void)store_remove(cache->store, &key);
}
