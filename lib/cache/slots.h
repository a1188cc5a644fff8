/* slots - where the entries of a ring are, by hash: linear hashing over buckets of 64 octets.
 *
 * Shape    a slot is 47 bits of position and 16 of tag (hash bits 32..47); a bucket has 8. A full
 *          bucket turns its last slot into a link to one more, at most SLOTS_CHAIN in a row; then
 *          the oldest entry of the chain goes, an unread one first. A slot whose position is dead
 *          is a free slot, so giving up the ring's tail touches nothing here. While there are more
 *          than SLOTS_LOAD entries a bucket, each insert splits one: no pause, memory follows the
 *          entries.
 * Owns     nothing: the room is the store's; zeroed at first.
 * Threads  one at a time: the shard's lock; slots_prefetch any.
 * Spec     RULINGS B4, B5; Litwin, "Linear hashing" (VLDB 1980).
 */
#ifndef CATENA_CACHE_SLOTS_H
#define CATENA_CACHE_SLOTS_H

#include "lib/cache/ring.h"

enum { SLOTS_BUCKET = 8, SLOTS_CHAIN = 4, SLOTS_LOAD = 5, SLOTS_PRIMARIES_MIN = 16 };

struct slots {
    uint64_t *buckets;          /* in use: `primaries` from the front, `extras` from the back */
    uint32_t most;              /* primaries + extras <= most */
    _Atomic uint32_t primaries; /* only this is read without the lock */
    uint32_t extras;
    uint32_t spare; /* list of extras given back: bucket number, 0: none */
};

void slots_begin(struct slots *slots, void *room, size_t octets);
void slots_reset(struct slots *slots); /* forgets all positions */

/* The position of the live entry with this key; 0: none. */
uint64_t slots_find(const struct slots *slots, const struct ring *ring, uint64_t hash,
                    const struct store_key *key);
/* Adds a position whose entry is written. True: the chain was full and one entry is gone. */
bool slots_add(struct slots *slots, struct ring *ring, uint64_t hash, uint64_t position);
/* The slot that holds `position`; NULL: none. */
uint64_t *slots_seek(const struct slots *slots, uint32_t hash, uint64_t position);
void slots_set(uint64_t *slot, uint64_t position); /* the entry has moved */
void slots_clear(uint64_t *slot);
/* Splits one bucket, if there are enough entries. */
void slots_grow(struct slots *slots, const struct ring *ring);

void slots_prefetch(const struct slots *slots, uint64_t hash);
void slots_prefetch_entry(const struct slots *slots, const struct ring *ring, uint64_t hash);
size_t slots_octets(const struct slots *slots); /* in use */

#endif
