#include "lib/cache/ring.h"

#include <assert.h>

static_assert(sizeof(struct entry) == 32, "four units before each key");

void ring_begin(struct ring *ring, void *room, size_t octets)
{
    uint64_t capacity = octets / RING_UNIT, touched = ring->touched;
    *ring = (struct ring){
        .room = room,
        .capacity = capacity,
        .head = capacity,
        .tail = capacity,
        .lap = capacity,
        .touched = touched,
    };
}

struct entry *ring_at(const struct ring *ring, uint64_t position)
{
    bool this_lap = position >= ring->lap;
    uint64_t at = this_lap ? position - ring->lap : position + ring->capacity - ring->lap;
    assert(at < ring->capacity);
    void *entry = ring->room + at * RING_UNIT;
    return entry;
}

/* ---- one entry ---- */

static size_t whole_units(size_t octets)
{
    return (octets + RING_UNIT - 1) / RING_UNIT;
}

uint16_t entry_units(const struct store_key *key, size_t value_len)
{
    size_t header = sizeof(struct entry) / RING_UNIT;
    return (uint16_t)(header + whole_units(key->name.len) + whole_units(value_len));
}

bool entry_is(const struct entry *entry, uint32_t hash, const struct store_key *key)
{
    return entry->hash == hash && entry->name_len == key->name.len && entry->type == key->type &&
           entry->kind == key->kind && entry->flags == key->flags &&
           (key->name.len == 0 || memcmp(entry->octets, key->name.at, key->name.len) == 0);
}

struct bytes entry_value(const struct entry *entry)
{
    return (struct bytes){ entry->octets + entry_value_at(entry), entry->value_len };
}

struct store_key entry_key(const struct entry *entry)
{
    return (struct store_key){
        .name = { entry->octets, entry->name_len },
        .type = entry->type,
        .kind = entry->kind,
        .flags = entry->flags,
    };
}

/* ---- head and tail ---- */

static uint64_t to_lap_end(const struct ring *ring)
{
    return ring->lap + ring->capacity - ring->head;
}

/* What `units` cost at the head: the rest of a lap that is too short for them is filled up. */
static uint64_t cost(const struct ring *ring, uint16_t units)
{
    uint64_t rest = to_lap_end(ring);
    return rest < units ? rest + units : units;
}

bool ring_fits(const struct ring *ring, uint16_t units)
{
    return ring->capacity - (ring->head - ring->tail) >= cost(ring, units);
}

static uint64_t advance(struct ring *ring, uint16_t units, uint8_t state)
{
    uint64_t position = ring->head;
    struct entry *entry = ring_at(ring, position);
    entry->units = units;
    entry->state = state;
    ring->head += units;
    uint64_t used = ring->head - ring->lap;
    if (ring->touched < used)
        ring->touched = used;
    if (used == ring->capacity)
        ring->lap = ring->head;
    return position;
}

uint64_t ring_append(struct ring *ring, uint16_t units)
{
    assert(ring_fits(ring, units));
    uint64_t rest = to_lap_end(ring);
    if (rest < units)
        (void)advance(ring, (uint16_t)rest, ENTRY_PAD);
    ring->entries++;
    ring->octets += (uint64_t)units * RING_UNIT;
    return advance(ring, units, ENTRY_LIVE);
}

void ring_kill(struct ring *ring, struct entry *entry)
{
    assert(entry->state & ENTRY_LIVE);
    entry->state = 0;
    ring->entries--;
    ring->octets -= (uint64_t)entry->units * RING_UNIT;
}

bool ring_drop(struct ring *ring)
{
    struct entry *entry = ring_at(ring, ring->tail);
    bool live = (entry->state & ENTRY_LIVE) != 0;
    if (live)
        ring_kill(ring, entry);
    ring->tail += entry->units;
    return live;
}

/* The room that the tail gives up suffices. Let g be the free units and r those up to the end of
 * the lap: were a pad needed (r less than the entry) and no room for it (g < r), the tail would
 * stand in the lap's last r - g units, which it does not outgrow. The two places may overlap. */
uint64_t ring_move(struct ring *ring)
{
    const struct entry *from = ring_at(ring, ring->tail);
    uint16_t units = from->units;
    uint8_t header[sizeof(struct entry)];
    memcpy(header, from, sizeof header);
    (void)ring_drop(ring);

    uint64_t position = ring_append(ring, units);
    struct entry *to = ring_at(ring, position);
    memmove(to->octets, from->octets, (size_t)units * RING_UNIT - sizeof header);
    memcpy(to, header, sizeof header);
    to->state = ENTRY_LIVE;
    return position;
}
