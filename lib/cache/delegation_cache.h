/* delegation_cache - zone cuts: their servers, their DS state, and addresses of server names.
 *
 * Shape    zone -> {servers, until} and {DS state, until}, which expire apart (RULINGS A13). Parent
 *          data only, root, stub and forward entries excepted; nothing from the child extends it
 *          (LIMITS B8). Servers are kept for 86,400 s at most. Addresses that were looked up
 *          are kept by server name and family: they serve delegations only, never a client (A4).
 * Owns     its entries; reads copy into the caller's arena.
 * Threads  any.
 * Errors   ST_NOTFOUND: none, or its servers have expired.
 */
#ifndef CATENA_CACHE_DELEGATION_CACHE_H
#define CATENA_CACHE_DELEGATION_CACHE_H

#include "lib/base/endpoint.h"
#include "lib/cache/store.h"
#include "lib/explain/why.h"
#include "lib/wire/rrset.h"

enum { SERVERS_MAX = 13, SERVER_ADDRESSES_MAX = 6, DS_SETS_MAX = 12 };

enum delegation_source { FROM_PARENT, FROM_HINTS, FROM_PRIMING, FROM_STUB, FROM_FORWARD };

enum ds_state {
    DS_UNKNOWN,       /* nobody showed it: ask the parent side */
    DS_UNPROVEN,      /* ds_sets are the raw records of the referral, for a later proof */
    DS_SECURE,        /* ds_sets[0] is the proven DS set */
    DS_ABSENT,        /* proven: no DS; the zone is insecure */
    DS_OVER_ITERATED, /* denied by NSEC3 over the iterations limit: insecure, EDE 27 */
    DS_BOGUS
};

struct server {
    struct name name;      /* empty for addresses that were written without one */
    uint8_t address_count; /* glue; 0: look the name up */
    struct endpoint addresses[SERVER_ADDRESSES_MAX];
};

struct delegation {
    struct name zone, parent; /* parent: the zone whose servers referred us; len 0: unknown */
    uint8_t source;           /* enum delegation_source */
    uint8_t ds_state;         /* enum ds_state */
    uint8_t server_count, ds_count;
    uint16_t why; /* enum why of the DS state */
    struct server *servers;
    struct rrset **ds_sets; /* DS, or NSEC and NSEC3 sets */
    struct instant servers_until, ds_until;
};

struct delegation_cache;

struct delegation_cache *delegation_cache_create(struct store *store);
void delegation_cache_destroy(struct delegation_cache *cache);

/* Replaces the whole entry. The caller has set both `until`s; servers_until is brought within the
 * bounds above, unless the configuration is the source. ST_LIMIT: too large: used, but not kept. */
enum status delegation_cache_put(struct delegation_cache *cache,
                                 const struct delegation *delegation, struct instant now) MUST_USE;
/* Replaces the DS half alone, if the entry is there. */
void delegation_cache_put_ds(struct delegation_cache *cache, const struct delegation *delegation,
                             struct instant now);
void delegation_cache_remove(struct delegation_cache *cache, const struct name *zone); /* no cut */
/* Exactly `zone`. An expired DS half reads as DS_UNKNOWN. */
enum status delegation_cache_get(struct delegation_cache *cache, const struct name *zone,
                                 struct instant now, struct arena *arena,
                                 struct delegation *delegation) MUST_USE;
/* The deepest live cut at or above `name` (the caller passes a DS question's parent name). */
enum status delegation_cache_deepest(struct delegation_cache *cache, const struct name *name,
                                     struct instant now, struct arena *arena,
                                     struct delegation *delegation) MUST_USE;

struct server_addresses {
    uint8_t family, count; /* count 0: known to have none of this family */
    struct endpoint addresses[SERVER_ADDRESSES_MAX];
    struct instant until;
};
void delegation_cache_put_addresses(struct delegation_cache *cache, const struct name *server,
                                    const struct server_addresses *found, struct instant now);
enum status delegation_cache_get_addresses(struct delegation_cache *cache,
                                           const struct name *server, uint8_t family,
                                           struct instant now, struct server_addresses *found)
    MUST_USE;

#endif
