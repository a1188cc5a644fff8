/* ranges - which NSEC and NSEC3 records are kept, in order, by zone: blocks of 1 KiB of one room.
 *
 * Shape    zone -> at most RANGES_LEAVES leaves in order -> at most LEAF_ITEMS items in order. An
 *          item is the first 8 octets of its order key and the number its entry is kept under; who
 *          searches compares, since items of one beginning differ only in their entries. A full
 *          leaf is split; no leaf is empty. Where no block is left, a zone that was not read of
 *          late goes whole (CLOCK, at most RANGES_LOOKS looks); where a zone may have no more, the
 *          leaf in the way begins anew. Nothing here knows names or time.
 * Owns     nothing: the room is the cache's; zeroed at first, and untouched as long as it is free.
 * Threads  one at a time: the stripe's lock.
 * Spec     RULINGS B7.
 */
#ifndef CATENA_CACHE_RANGES_H
#define CATENA_CACHE_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/bytes.h"

enum {
    RANGES_BLOCK = 1024,
    LEAF_ITEMS = 62,
    RANGES_LEAVES = 1024, /* of a zone: 63,488 items */
    RANGES_SALT_MAX = 64,
    RANGES_INLINE = 166,    /* leaves named in the zone's own block */
    RANGES_DIRECTORY = 256, /* leaves named in each block beside it */
    RANGES_DIRECTORIES = 4,
    RANGES_LOOKS = 8
};

struct range_item {
    uint64_t first, number;
};

struct range_leaf {
    uint32_t count;
    uint32_t unused[7];
    struct range_item items[LEAF_ITEMS];
};

/* One chain of one zone. */
struct range_zone {
    uint32_t hash, next; /* in its bucket's list; blocks are counted from 1, 0: none */
    uint32_t place;      /* among all zones */
    uint16_t leaf_count, iterations;
    bool hashed, read; /* hashed: NSEC3, of these iterations and this salt */
    uint8_t salt_len, name_len;
    uint8_t salt[RANGES_SALT_MAX], name[256]; /* in lower case */
    uint32_t directories[RANGES_DIRECTORIES];
    uint32_t leaves[RANGES_INLINE];
};

union range_block {
    struct range_zone zone;
    struct range_leaf leaf;
    uint32_t directory[RANGES_DIRECTORY];
    uint32_t next_free;
    uint8_t octets[RANGES_BLOCK];
};

struct ranges {
    union range_block *blocks;
    uint32_t *buckets, *zones;
    uint32_t most, touched, free, in_use; /* blocks */
    uint32_t zone_count, hand;
    uint64_t items, dropped; /* dropped: zones that made room */
};

/* `octets` of zeros at `room`, aligned as blocks; all that is kept is within. */
void ranges_begin(struct ranges *ranges, void *room, size_t octets);

struct range_key {
    struct bytes name; /* lower case, at most 255 octets */
    uint32_t hash;
    bool hashed;
};

struct range_zone *ranges_find(struct ranges *ranges, const struct range_key *key); /* or NULL */
/* Makes it if it is not there; NULL: no room. */
struct range_zone *ranges_open(struct ranges *ranges, const struct range_key *key);
void ranges_clear(struct ranges *ranges, struct range_zone *zone); /* no items; the zone stays */

/* item == count: behind the leaf's last. A zone without items has no leaf. */
struct range_place {
    unsigned leaf, item;
};

struct range_leaf *ranges_leaf(const struct ranges *ranges, const struct range_zone *zone,
                               unsigned leaf);
/* The item before the place; false: it is the first. */
bool ranges_before(const struct ranges *ranges, const struct range_zone *zone,
                   struct range_place *place);
/* The last of all; false: there is none. */
bool ranges_last(const struct ranges *ranges, const struct range_zone *zone,
                 struct range_place *place);
/* At the place; what stood there and behind it moves on. False: no room; nothing is changed but
 * that other zones may have gone. `place` is then where it stands. */
bool ranges_insert(struct ranges *ranges, struct range_zone *zone, struct range_place *place,
                   const struct range_item *item);
void ranges_remove(struct ranges *ranges, struct range_zone *zone, struct range_place place);

size_t ranges_octets(const struct ranges *ranges); /* in use */

#endif
