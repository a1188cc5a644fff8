/* key_cache - zones whose keys were judged by a chain of trust.
 *
 * Shape    zone name -> state, keys, cause, expiry: entries in the store's vital ring, which bounds
 *          and evicts them. A spent job leaves no entry: it says nothing about the zone (RULINGS
 *          A2).
 * Owns     all entries. Reads copy into the caller's arena; no pointer into the cache escapes.
 * Time     `now` (instant) for expiry only; the caller has cut ttl_s to what the signatures run.
 * Threads  any.
 * Errors   ST_NOTFOUND: absent or expired. ST_LIMIT: the arena is full.
 * Spec     RFC 4035 §5.3.3 (TTL cap), RFC 9520 (how long a failure is kept).
 */
#ifndef CATENA_CACHE_KEY_CACHE_H
#define CATENA_CACHE_KEY_CACHE_H

#include "lib/cache/store.h"
#include "lib/dnssec/chain.h"

enum { KEY_CACHE_TTL_S_MAX = 86400 };

struct key_cache;

struct key_cache *key_cache_create(struct store *store);
void key_cache_destroy(struct key_cache *cache);
enum status key_cache_get(struct key_cache *cache, const struct name *zone, struct instant now,
                          struct arena *arena, struct zone_keys *found) MUST_USE;
void key_cache_put(struct key_cache *cache, const struct zone_keys *keys, struct instant now);
/* Where a signature of the zone ends before all that are known: that is kept beside its keys, which
 * live no longer for it. `arena`: scratch. */
void key_cache_note_end(struct key_cache *cache, const struct zone_keys *keys, struct instant now,
                        struct arena *arena);
bool key_cache_remove(struct key_cache *cache, const struct name *zone);

#endif
