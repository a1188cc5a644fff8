#include "lib/cache/shelf.h"

enum { MOVED_UNITS_MAX = STORE_ENTRY_MAX / RING_UNIT };

void shelf_begin(struct shelf *shelf)
{
    slots_begin(&shelf->slots, shelf->room, shelf->index_octets);
    ring_begin(&shelf->ring, shelf->room + shelf->index_octets, shelf->ring_octets);
}

struct entry *shelf_find(const struct shelf *shelf, uint64_t hash, const struct store_key *key,
                         uint64_t *position)
{
    *position = slots_find(&shelf->slots, &shelf->ring, hash, key);
    return *position != 0 ? ring_at(&shelf->ring, *position) : NULL;
}

void shelf_remove(struct shelf *shelf, struct entry *entry, uint64_t position)
{
    uint64_t *slot = slots_seek(&shelf->slots, entry->hash, position);
    ring_kill(&shelf->ring, entry);
    if (slot != NULL)
        slots_clear(slot);
}

/* Read since it was last at the head, and still of use. A pad has a state and nothing else. */
static bool deserves_chance(const struct entry *entry, struct instant now)
{
    if ((entry->state & ENTRY_READ) == 0)
        return false;
    struct instant end = entry->expires;
    if (entry->kind == KIND_RRSET)
        end = instant_after_s(end, STORE_STALE_S);
    return instant_before(now, end);
}

/* The tail moves to the head, its slot with it. False: there is no slot, so it may as well go. */
static bool move_tail(struct shelf *shelf)
{
    uint64_t tail = shelf->ring.tail;
    uint64_t *slot = slots_seek(&shelf->slots, ring_at(&shelf->ring, tail)->hash, tail);
    if (slot == NULL)
        return false;
    slots_set(slot, ring_move(&shelf->ring));
    shelf->moved++;
    return true;
}

/* At most SHELF_MOVES moves, then whatever is at the tail goes: O(1) however many were read. */
static void make_room(struct shelf *shelf, uint16_t units, struct instant now)
{
    unsigned moves = 0, moved_units = 0;
    while (!ring_fits(&shelf->ring, units)) {
        const struct entry *tail = ring_at(&shelf->ring, shelf->ring.tail);
        unsigned tail_units = tail->units;
        bool moved = moves < SHELF_MOVES && moved_units + tail_units <= MOVED_UNITS_MAX &&
                     deserves_chance(tail, now) && move_tail(shelf);
        if (moved) {
            moves++;
            moved_units += tail_units;
        } else {
            shelf->evicted += ring_drop(&shelf->ring);
        }
    }
}

/* Positions end after 2^47 units: at a million inserts a second into one shelf, two months. It then
 * starts anew. */
static void renew_when_spent(struct shelf *shelf)
{
    if (shelf->ring.head < RING_POSITION_MAX - 2 * shelf->ring.capacity)
        return;
    slots_reset(&shelf->slots);
    ring_begin(&shelf->ring, shelf->ring.room, shelf->ring_octets);
}

/* Zeros up to the next unit: what stood there before is nobody's to read, nor to save. */
static void fill(uint8_t *at, struct bytes octets)
{
    if (octets.len > 0)
        memcpy(at, octets.at, octets.len);
    memset(at + octets.len, 0, (RING_UNIT - octets.len % RING_UNIT) % RING_UNIT);
}

static void fill_value(struct entry *entry, const struct store_value *value)
{
    entry->value_len = (uint16_t)value->value.len;
    entry->stored = value->stored;
    entry->expires = value->expires;
    fill(entry->octets + entry_value_at(entry), value->value);
}

static void append(struct shelf *shelf, const struct insertion *in)
{
    const struct store_key *key = in->key;
    uint16_t units = entry_units(key, in->value->value.len);
    make_room(shelf, units, in->value->stored);

    uint64_t position = ring_append(&shelf->ring, units);
    struct entry *entry = ring_at(&shelf->ring, position);
    entry->name_len = (uint8_t)key->name.len;
    entry->type = key->type;
    entry->hash = (uint32_t)in->hash;
    entry->kind = key->kind;
    entry->flags = key->flags;
    entry->strength = in->strength;
    entry->unused = 0;
    fill(entry->octets, key->name);
    fill_value(entry, in->value);
    shelf->evicted += slots_add(&shelf->slots, &shelf->ring, in->hash, position);
    slots_grow(&shelf->slots, &shelf->ring);
}

/* What is replaced was in use: written in place it keeps its second chance. */
enum status shelf_insert(struct shelf *shelf, const struct insertion *in)
{
    uint64_t position;
    renew_when_spent(shelf);
    struct entry *entry = shelf_find(shelf, in->hash, in->key, &position);
    if (entry == NULL) {
        append(shelf, in);
        return ST_OK;
    }
    if (entry->strength > in->strength && instant_before(in->value->stored, entry->expires))
        return ST_BUSY;
    shelf->replaced++;
    if (entry->units == entry_units(in->key, in->value->value.len)) {
        entry->state |= ENTRY_READ;
        entry->strength = in->strength;
        fill_value(entry, in->value);
        return ST_OK;
    }
    shelf_remove(shelf, entry, position);
    append(shelf, in);
    return ST_OK;
}
