/* store - the one bounded, sharded, evicting table that all caches stand on.
 *
 * Shape    anonymous memory in shards, each with an adaptive mutex and two shelves: vital (1/8:
 *          delegations, keys, infrastructure, failures) and bulk. A shelf is a ring of entries and
 *          its index (linear hashing over 64-octet buckets, in reserved address space). Insert
 *          appends at the head; to make room at most 8 read entries move from the tail to the head
 *          (second chance; the read bit is cleared), then whatever is at the tail goes. Positions
 *          only grow: a reference behind the tail is dead, so eviction touches no index. An entry
 *          never wraps and never refers to another. A replacement of equal length (in units of 8)
 *          is written in place.
 * Owns     all entries; reads copy out under the shard's lock, nothing inside escapes.
 * Time     given: `expires` is stored and handed back, the faces decide what it means; what has
 *          expired (KIND_RRSET: STORE_STALE_S ago, RFC 8767 §5) never gets the second chance.
 * Threads  any.
 * Errors   ST_NOTFOUND; ST_LIMIT: longer than store_entry_max, or the arena or room is full.
 * Spec     DESIGN 6, RULINGS A18, A28, B4, B5, B24.
 */
#ifndef CATENA_CACHE_STORE_H
#define CATENA_CACHE_STORE_H

#include "lib/base/arena.h"
#include "lib/base/instant.h"
#include "lib/base/siphash.h"
#include "lib/wire/name.h"

/* For a buffer whose octets are all written before they are read: compilers that clear every local
 * variable (a hardening flag of ours) leave it alone. Clearing 16 KiB costs more than a hit. */
#if defined(__has_attribute)
#if __has_attribute(uninitialized)
#define STORE_ROOM __attribute__((uninitialized))
#endif
#endif
#ifndef STORE_ROOM
#define STORE_ROOM
#endif

enum { STORE_OCTETS_MIN = 15 * 128 * 1024, STORE_ENTRY_MAX = 16384, STORE_STALE_S = 86400 };

/* Which face an entry belongs to; part of its key. */
enum store_kind {
    KIND_DELEGATION = 1, /* vital */
    KIND_ADDRESSES,
    KIND_KEYS,
    KIND_INFRA,
    KIND_FAILURE,
    KIND_RRSET = 16, /* bulk */
    KIND_ANSWER,
    KIND_DENIAL
};

struct store_key {
    struct bytes name; /* any octets; names as name_lower gives them; at most 255 */
    uint16_t type;
    uint8_t kind, flags;
};

struct store_value {
    struct bytes value;
    struct instant stored, expires;
};

struct store;

/* Two stores with one key behave alike (simulation). NULL: no memory or under STORE_OCTETS_MIN. */
struct store *store_create(size_t octets, unsigned workers, const struct siphash_key *key);
void store_destroy(struct store *store);

uint64_t store_hash(const struct store *store, const struct store_key *key);
/* Hints for bulk entries, no effect on results: the bucket; then, once that has come, the entry. */
void store_prefetch(const struct store *store, uint64_t hash);
void store_prefetch_entry(struct store *store, uint64_t hash);

enum status store_put(struct store *store, const struct store_key *key, struct bytes value,
                      struct instant now, struct instant expires) MUST_USE;
/* As store_put, unless an unexpired entry of greater strength is there: ST_BUSY. Judged and written
 * under one lock. store_put is of strength 0. */
enum status store_offer(struct store *store, const struct store_key *key,
                        const struct store_value *offered, uint8_t strength) MUST_USE;
enum status store_get(struct store *store, const struct store_key *key, struct arena *arena,
                      struct store_value *found) MUST_USE;
/* As store_get, but copied to `room`, of any alignment; the hot path. */
enum status store_copy(struct store *store, const struct store_key *key, uint8_t *room, size_t size,
                       struct store_value *found) MUST_USE;
/* The same for a key whose hash is known already; with another hash nothing is found. */
struct store_errand {
    const struct store_key *key;
    uint64_t hash;
    uint8_t *room;
    size_t size;
};
enum status store_fetch(struct store *store, const struct store_errand *errand,
                        struct store_value *found) MUST_USE;
bool store_remove(struct store *store, const struct store_key *key);
/* Removes all entries for which `gone` says so; returns how many. Flush and tests, not the hot
 * path. `gone` is asked under a shard's lock: it must not call the store. */
size_t store_sweep(struct store *store, bool (*gone)(void *context, const struct store_key *key),
                   void *context);

struct store_figures {
    size_t entries, octets_used; /* live entries, header and padding included */
    size_t octets_mapped;        /* what rings and indexes have ever touched */
    uint64_t evicted, moved, replaced;
};
struct store_figures store_figures(struct store *store);
size_t store_entry_max(const struct store *store); /* octets of a value, whatever its key */

#endif
