/* pack - the values of entries: written as one block, read back with every length checked.
 *
 * Shape    octets one behind the other, no pointers, so a value means the same wherever it lies; a
 *          packed rrset begins at a multiple of 8. Errors stick: test `failed` once, at the end.
 * Owns     nothing. unpack_set yields sets inside the block, which is the caller's copy.
 * Errors   pack: STORE_ENTRY_MAX is full. unpack: a length does not fit, a set is not sound; only a
 *          bug or a bad snapshot gets there, and the entry counts as absent.
 */
#ifndef CATENA_CACHE_PACK_H
#define CATENA_CACHE_PACK_H

#include "lib/base/endpoint.h"
#include "lib/cache/store.h"
#include "lib/explain/why.h"
#include "lib/wire/rrset.h"

/* Declare it STORE_ROOM and call pack_begin. */
struct pack {
    size_t len;
    bool failed;
    _Alignas(8) uint8_t octets[STORE_ENTRY_MAX];
};

static inline void pack_begin(struct pack *pack)
{
    pack->len = 0;
    pack->failed = false;
}

static inline struct bytes pack_bytes(const struct pack *pack)
{
    return (struct bytes){ pack->octets, pack->len };
}

void pack_octets(struct pack *pack, const void *from, size_t len);
void pack_name(struct pack *pack, const struct name *name); /* may be empty */
void pack_endpoints(struct pack *pack, const struct endpoint *endpoints, size_t count);
void pack_cause(struct pack *pack, const struct cause *cause);
void pack_set(struct pack *pack, const struct rrset *set, uint32_t ttl); /* with that TTL */

struct unpack {
    uint8_t *at, *end;
    uint32_t age_s; /* what the TTLs of sets are lowered by */
    bool failed;
};

/* Of a value that store_get has copied into an arena. */
struct unpack unpack_begin(const struct store_value *value, struct instant now);
void unpack_octets(struct unpack *unpack, void *to, size_t len); /* zeros when failed */
void unpack_name(struct unpack *unpack, struct name *name);
void unpack_endpoints(struct unpack *unpack, struct endpoint *endpoints, size_t count);
void unpack_cause(struct unpack *unpack, struct cause *cause);
struct rrset *unpack_set(struct unpack *unpack); /* NULL when failed */
/* An array of `count` sets in `arena`; NULL when failed, or there are none. ST_LIMIT: no room. */
enum status unpack_sets(struct unpack *unpack, struct arena *arena, size_t count,
                        struct rrset ***sets) MUST_USE;

#endif
