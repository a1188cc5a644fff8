/* ring - entries one behind the other in a fixed room: appended at the head, given up at the tail.
 *
 * Shape    positions count units of 8 octets and only grow; tail <= head <= tail + capacity. The
 *          octets of position p stand at p modulo capacity; no entry wraps, a pad record fills the
 *          end of a lap. A position behind the tail is dead. Position 0 is never an entry.
 * Owns     nothing: the room is the store's.
 * Threads  one at a time: the shard's lock.
 * Spec     RULINGS A18, B5.
 */
#ifndef CATENA_CACHE_RING_H
#define CATENA_CACHE_RING_H

#include "lib/cache/store.h"

enum { RING_UNIT = 8 };
#define RING_POSITION_MAX (UINT64_C(1) << 47)

enum entry_state { ENTRY_LIVE = 1, ENTRY_READ = 2, ENTRY_PAD = 4 };

/* Of a pad record only `units` and `state` are there. */
struct entry {
    uint16_t units; /* whole length */
    uint8_t state;  /* enum entry_state; neither LIVE nor PAD: removed or replaced */
    uint8_t name_len;
    uint16_t value_len;
    uint16_t type;
    uint32_t hash; /* low bits of store_hash */
    uint8_t kind, flags;
    uint8_t strength; /* store_offer */
    uint8_t unused;
    struct instant stored, expires;
    uint8_t octets[]; /* the key's name, zeros up to a unit, the value, zeros up to a unit */
};

struct ring {
    uint8_t *room;
    uint64_t capacity, head, tail;
    uint64_t lap;             /* the newest position that stands at the room's first octet */
    uint64_t touched;         /* units ever written: what the room costs in memory */
    uint64_t entries, octets; /* live ones; octets with header and padding */
};

void ring_begin(struct ring *ring, void *room, size_t octets); /* also to forget all there is */

/* A live position, or the tail while the ring is not empty. */
struct entry *ring_at(const struct ring *ring, uint64_t position);

static inline bool ring_alive(const struct ring *ring, uint64_t position)
{
    return position >= ring->tail;
}

static inline size_t entry_value_at(const struct entry *entry)
{
    return (entry->name_len + (size_t)RING_UNIT - 1) / RING_UNIT * RING_UNIT;
}

uint16_t entry_units(const struct store_key *key, size_t value_len);
bool entry_is(const struct entry *entry, uint32_t hash, const struct store_key *key);
struct bytes entry_value(const struct entry *entry);
struct store_key entry_key(const struct entry *entry); /* borrows the entry */

bool ring_fits(const struct ring *ring, uint16_t units); /* without giving anything up */
/* `units` must fit. Returns the position; all but `units` and `state` is the caller's to write. */
uint64_t ring_append(struct ring *ring, uint16_t units);
void ring_kill(struct ring *ring,
               struct entry *entry); /* no longer live; its room comes back later */
bool ring_drop(struct ring *ring);   /* the tail goes; true: it was live */
/* The tail, unread again, becomes the newest: its new position. It always fits. */
uint64_t ring_move(struct ring *ring);

#endif
