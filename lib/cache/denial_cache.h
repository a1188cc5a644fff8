/* denial_cache - NSEC and NSEC3 records that were proven, by zone and in canonical order.
 *
 * Shape    a range is a bulk entry of the store under a number of its own; which of them stands
 *          where is in `ranges`, in a fixed room. NSEC stand in the order of names, NSEC3 in that
 *          of hashes; a zone has one chain of each at most, its newest NSEC3 parameters. A kept
 *          range drops those whose owners lie inside it, DENIAL_INSIDE_MAX at a time. A range whose
 *          entry is gone or has expired is dropped when it is met. What denies one name alone (the
 *          lies of online signers, RFC 4470, RFC 9824) is not kept.
 * Owns     its index; reads copy into the caller's arena, TTLs are what is left at `now`.
 * Time     given.
 * Threads  any; at most 16 locks, by zone, held for search and copy. The store's own are taken
 *          inside; the store never calls back.
 * Errors   ST_NOTFOUND; ST_UNSUPPORTED: not secure, not sound, not of that zone, or not worth it;
 *          ST_LIMIT: too large, no room, or the arena is full.
 * Spec     RFC 8198, RFC 9077, RFC 5155 §3; SPEC V10; RULINGS B7; LIMITS C2, C3, C6, G4.
 */
#ifndef CATENA_CACHE_DENIAL_CACHE_H
#define CATENA_CACHE_DENIAL_CACHE_H

#include "lib/cache/store.h"
#include "lib/dnssec/nsec.h"
#include "lib/dnssec/nsec3.h"

enum {
    DENIAL_STRIPES_MAX = 16,
    DENIAL_STRIPE_BLOCKS_MIN = 64, /* fewer stripes rather than smaller ones */
    DENIAL_ENTRY_MAX = 4096,       /* octets of one record with its signatures */
    DENIAL_INSIDE_MAX = 8, /* ranges dropped for one that is kept, or met dead in one look */
    DENIAL_OCTETS_MIN = DENIAL_STRIPE_BLOCKS_MIN * 1024
};

struct denial_cache;

/* `octets` is what the index may cost beside the store; NULL: no memory, or under the minimum. */
struct denial_cache *denial_cache_create(struct store *store, size_t octets,
                                         const struct siphash_key *key);
void denial_cache_destroy(struct denial_cache *cache);
void denial_cache_clear(struct denial_cache *cache);

/* Keeps an NSEC or NSEC3 that is SEC_SECURE by the keys of `zone`, for `ttl_s` at most. */
struct denial_record {
    const struct name *zone;
    const struct rrset *set;
    uint32_t ttl_s;
};
enum status denial_cache_put(struct denial_cache *cache, const struct denial_record *record,
                             struct instant now) MUST_USE;

/* What is known of a zone's chains. */
struct denial_chains {
    bool nsec, nsec3;
    uint16_t iterations;
    uint8_t salt_len, salt[64];
};
/* Those of exactly this zone; ST_NOTFOUND: none. */
enum status denial_cache_chains(struct denial_cache *cache, const struct name *zone,
                                struct denial_chains *chains) MUST_USE;

/* The record that stands at the name or the hash, or the last one before it; of hashes the first
 * has the last before it. Whether it says anything there is for the caller to see. */
struct denial_place {
    const struct name *zone, *name;
    const uint8_t *hash; /* NULL: the name among NSEC; else among NSEC3 */
};
enum status denial_cache_find(struct denial_cache *cache, const struct denial_place *place,
                              struct instant now, struct arena *arena, struct rrset **set) MUST_USE;

/* The records of wildcards, for the names they stand for: a set, SEC_SECURE by the keys of its
 * zone, under its own owner "*...". What a wildcard of a child says is not its parent's. */
struct denial_wildcard {
    const struct name *zone, *name;
    uint16_t type;
};
enum status denial_cache_put_wildcard(struct denial_cache *cache,
                                      const struct denial_record *record, struct instant now)
    MUST_USE;
enum status denial_cache_find_wildcard(struct denial_cache *cache,
                                       const struct denial_wildcard *wildcard, struct instant now,
                                       struct arena *arena, struct rrset **set) MUST_USE;

struct denial_figures {
    uint64_t ranges, zones, zones_dropped;
    size_t octets, octets_most; /* of the index */
};
struct denial_figures denial_cache_figures(struct denial_cache *cache);

#endif
