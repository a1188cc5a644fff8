#include "lib/cache/delegation_cache.h"

#include "lib/base/memory.h"
#include "lib/cache/pack.h"

enum { LEASE_S_MAX = 86400 }; /* of servers that a parent told: LIMITS B8 */

struct delegation_cache {
    struct store *store;
};

struct delegation_cache *delegation_cache_create(struct store *store)
{
    struct delegation_cache *cache = memory_new(sizeof *cache);
    if (cache != NULL)
        cache->store = store;
    return cache;
}

void delegation_cache_destroy(struct delegation_cache *cache)
{
    memory_free(cache);
}

static struct store_key zone_key(struct bytes lower)
{
    return (struct store_key){ .name = lower, .kind = KIND_DELEGATION };
}

static struct instant within(struct instant until, struct instant now, uint64_t min_s,
                             uint64_t max_s)
{
    struct instant first = instant_after_s(now, min_s), last = instant_after_s(now, max_s);
    return instant_before(until, first) ? first : instant_earlier(until, last);
}

/* What the configuration says needs no lease; all else is the parent's and has one. Its least
 * is of the NS TTL (delegation.c): what is left of the parent's own lease is not lifted to it. */
static struct instant lease(const struct delegation *d, struct instant now)
{
    bool written = d->source == FROM_HINTS || d->source == FROM_STUB || d->source == FROM_FORWARD;
    return written ? d->servers_until : within(d->servers_until, now, 0, LEASE_S_MAX);
}

/* ---- a delegation as a value ---- */

struct head {
    struct instant servers_until, ds_until;
    uint16_t why;
    uint8_t source, ds_state, server_count, ds_count;
    uint16_t names_at; /* where the DS sets end */
};

static bool pack_ds(struct pack *pack, struct head *head, const struct delegation *d)
{
    if (d->ds_count > DS_SETS_MAX)
        return false;
    head->ds_until = d->ds_until;
    head->ds_state = d->ds_state;
    head->ds_count = d->ds_count;
    head->why = d->why;
    pack_begin(pack);
    pack_octets(pack, head, sizeof *head);
    for (unsigned i = 0; i < d->ds_count; i++)
        pack_set(pack, d->ds_sets[i], d->ds_sets[i]->ttl);
    head->names_at = (uint16_t)pack->len;
    memcpy(pack->octets, head, sizeof *head);
    return true;
}

/* DS sets first, where they are aligned; then names and addresses. False: too much for an entry. */
static bool pack_delegation(struct pack *pack, const struct delegation *d, struct instant until)
{
    struct head head = {
        .servers_until = until,
        .source = d->source,
        .server_count = d->server_count,
    };
    if (d->server_count > SERVERS_MAX || !pack_ds(pack, &head, d))
        return false;
    pack_name(pack, &d->parent);
    for (unsigned i = 0; i < d->server_count; i++) {
        const struct server *server = &d->servers[i];
        if (server->address_count > SERVER_ADDRESSES_MAX)
            return false;
        pack_name(pack, &server->name);
        pack_octets(pack, &server->address_count, sizeof server->address_count);
        pack_endpoints(pack, server->addresses, server->address_count);
    }
    return !pack->failed;
}

static void unpack_server(struct unpack *unpack, struct server *server)
{
    unpack_name(unpack, &server->name);
    unpack_octets(unpack, &server->address_count, sizeof server->address_count);
    if (server->address_count > SERVER_ADDRESSES_MAX)
        unpack->failed = true;
    else
        unpack_endpoints(unpack, server->addresses, server->address_count);
}

static void forget_ds(struct delegation *d)
{
    d->ds_state = DS_UNKNOWN;
    d->why = WHY_NONE;
    d->ds_sets = NULL;
    d->ds_count = 0;
    d->ds_until = (struct instant){ 0 };
}

static enum status unpack_delegation(const struct store_value *value, struct instant now,
                                     struct arena *arena, struct delegation *d)
{
    struct unpack unpack = unpack_begin(value, now);
    struct head head;
    unpack_octets(&unpack, &head, sizeof head);
    if (head.server_count > SERVERS_MAX || head.ds_count > DS_SETS_MAX)
        return ST_NOTFOUND;

    *d = (struct delegation){
        .source = head.source,
        .ds_state = head.ds_state,
        .server_count = head.server_count,
        .ds_count = head.ds_count,
        .why = head.why,
        .servers_until = head.servers_until,
        .ds_until = head.ds_until,
    };
    TRY(unpack_sets(&unpack, arena, head.ds_count, &d->ds_sets));
    unpack_name(&unpack, &d->parent);
    d->servers = ARENA_ARRAY(arena, struct server, head.server_count);
    if (d->servers == NULL)
        return ST_LIMIT;
    for (unsigned i = 0; i < head.server_count; i++)
        unpack_server(&unpack, &d->servers[i]);
    if (!instant_before(now, d->ds_until))
        forget_ds(d);
    return unpack.failed ? ST_NOTFOUND : ST_OK;
}

/* ---- writing ---- */

static enum status put(struct delegation_cache *cache, const struct delegation *d,
                       struct instant until, struct instant now)
{
    struct name lower = name_lower(&d->zone);
    struct store_key key = zone_key(name_bytes(&lower));
    STORE_ROOM struct pack pack;
    if (!pack_delegation(&pack, d, until))
        return ST_LIMIT;
    return store_put(cache->store, &key, pack_bytes(&pack), now, until);
}

enum status delegation_cache_put(struct delegation_cache *cache,
                                 const struct delegation *delegation, struct instant now)
{
    return put(cache, delegation, lease(delegation, now), now);
}

/* What stands behind the DS sets is taken over as it is. Were another thread to replace the whole
 * entry meanwhile, its servers would be lost for the older ones with their older lease: no harm. */
void delegation_cache_put_ds(struct delegation_cache *cache, const struct delegation *delegation,
                             struct instant now)
{
    STORE_ROOM uint8_t old[STORE_ENTRY_MAX];
    STORE_ROOM struct pack pack;
    struct name lower = name_lower(&delegation->zone);
    struct store_key key = zone_key(name_bytes(&lower));
    struct store_value found;
    struct head head;
    if (store_copy(cache->store, &key, old, sizeof old, &found) != ST_OK ||
        !instant_before(now, found.expires) || found.value.len < sizeof head)
        return;
    memcpy(&head, old, sizeof head);
    size_t names_at = head.names_at;
    if (names_at > found.value.len || !pack_ds(&pack, &head, delegation))
        return;
    pack_octets(&pack, old + names_at, found.value.len - names_at);
    if (pack.failed)
        return;
    /* Too large or not, the DS state is asked for again when it is missed. */
    enum status status = store_put(cache->store, &key, pack_bytes(&pack), now, found.expires);
    (void)status;
}

void delegation_cache_remove(struct delegation_cache *cache, const struct name *zone)
{
    struct name lower = name_lower(zone);
    struct store_key key = zone_key(name_bytes(&lower));
    (void)store_remove(cache->store, &key);
}

/* ---- reading ---- */

static enum status get(struct delegation_cache *cache, struct bytes lower, struct instant now,
                       struct arena *arena, struct delegation *delegation)
{
    struct store_key key = zone_key(lower);
    struct store_value value;
    struct delegation found;
    TRY(store_get(cache->store, &key, arena, &value));
    if (!instant_before(now, value.expires))
        return ST_NOTFOUND;
    TRY(unpack_delegation(&value, now, arena, &found));
    if (name_from_wire(lower, &found.zone) != ST_OK)
        return ST_NOTFOUND;
    *delegation = found;
    return ST_OK;
}

enum status delegation_cache_get(struct delegation_cache *cache, const struct name *zone,
                                 struct instant now, struct arena *arena,
                                 struct delegation *delegation)
{
    struct name lower = name_lower(zone);
    return get(cache, name_bytes(&lower), now, arena, delegation);
}

enum status delegation_cache_deepest(struct delegation_cache *cache, const struct name *name,
                                     struct instant now, struct arena *arena,
                                     struct delegation *delegation)
{
    struct name lower = name_lower(name);
    enum status status = ST_NOTFOUND;
    for (size_t at = 0; at < lower.len && status == ST_NOTFOUND; at += 1u + lower.octets[at]) {
        struct bytes zone = { lower.octets + at, lower.len - at };
        status = get(cache, zone, now, arena, delegation);
    }
    return status;
}

/* ---- addresses by server name ---- */

static struct store_key address_key(const struct name *lower, uint8_t family)
{
    return (struct store_key){
        .name = name_bytes(lower),
        .kind = KIND_ADDRESSES,
        .flags = family,
    };
}

void delegation_cache_put_addresses(struct delegation_cache *cache, const struct name *server,
                                    const struct server_addresses *found, struct instant now)
{
    struct name lower = name_lower(server);
    struct store_key key = address_key(&lower, found->family);
    struct instant until = within(found->until, now, 0, LEASE_S_MAX);
    STORE_ROOM struct pack pack;
    if (found->count > SERVER_ADDRESSES_MAX || !instant_before(now, until))
        return;
    pack_begin(&pack);
    pack_octets(&pack, &found->count, sizeof found->count);
    pack_endpoints(&pack, found->addresses, found->count);
    enum status status = store_put(cache->store, &key, pack_bytes(&pack), now, until);
    (void)status; /* at most 121 octets: it fits any store */
}

enum status delegation_cache_get_addresses(struct delegation_cache *cache,
                                           const struct name *server, uint8_t family,
                                           struct instant now, struct server_addresses *found)
{
    uint8_t room[1 + SERVER_ADDRESSES_MAX * sizeof(struct endpoint)];
    struct name lower = name_lower(server);
    struct store_key key = address_key(&lower, family);
    struct store_value value;
    TRY(store_copy(cache->store, &key, room, sizeof room, &value));
    if (!instant_before(now, value.expires))
        return ST_NOTFOUND;

    struct server_addresses read = { .family = family, .until = value.expires };
    struct unpack unpack = unpack_begin(&value, now);
    unpack_octets(&unpack, &read.count, sizeof read.count);
    if (read.count > SERVER_ADDRESSES_MAX)
        return ST_NOTFOUND;
    unpack_endpoints(&unpack, read.addresses, read.count);
    if (unpack.failed)
        return ST_NOTFOUND;
    *found = read;
    return ST_OK;
}
