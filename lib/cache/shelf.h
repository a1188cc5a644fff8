/* shelf - a ring of entries with its index: finding, and inserting at the cost of what is oldest.
 *
 * Shape    an insert moves at most SHELF_MOVES read entries, 16 KiB in all, from tail to head, then
 *          gives up whatever is at the tail: O(1) however many were read (RULINGS A18, B5).
 * Owns     its room: the store's pages, zeroed at first; nothing else touches them.
 * Threads  one at a time: the shard's lock; slots_prefetch any.
 */
#ifndef CATENA_CACHE_SHELF_H
#define CATENA_CACHE_SHELF_H

#include "lib/cache/slots.h"

enum { SHELF_MOVES = 8 };

struct shelf {
    struct ring ring;
    struct slots slots;
    uint8_t *room; /* the index, then the ring */
    size_t index_octets, ring_octets;
    uint64_t evicted, moved, replaced;
};

/* `room`, `index_octets` and `ring_octets` are set, the room is zero. */
void shelf_begin(struct shelf *shelf);

/* The live entry with this key, and its position; NULL: none. */
struct entry *shelf_find(const struct shelf *shelf, uint64_t hash, const struct store_key *key,
                         uint64_t *position);

struct insertion {
    const struct store_key *key;
    const struct store_value *value; /* its entry is at most half of the ring */
    uint64_t hash;
    uint8_t strength;
};

/* ST_BUSY: an unexpired entry of greater strength stays. */
enum status shelf_insert(struct shelf *shelf, const struct insertion *in) MUST_USE;
void shelf_remove(struct shelf *shelf, struct entry *entry, uint64_t position);

#endif
