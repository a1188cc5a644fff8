#include "lib/cache/ranges.h"

#include <assert.h>
#include <string.h>

_Static_assert(sizeof(union range_block) == RANGES_BLOCK, "a block is 1 KiB");
_Static_assert(RANGES_INLINE + RANGES_DIRECTORIES * RANGES_DIRECTORY >= RANGES_LEAVES,
               "all leaves are named");

enum { TABLES_PART = 128 /* of the room one part in so many is for buckets and zones, at least */ };

static union range_block *block(const struct ranges *ranges, uint32_t number)
{
    assert(number > 0 && number <= ranges->touched);
    return &ranges->blocks[number - 1];
}

static uint32_t number_of(const struct ranges *ranges, const struct range_zone *zone)
{
    return (uint32_t)((const union range_block *)zone - ranges->blocks) + 1;
}

/* A zone with an item is two blocks; of buckets there are as many as there can be zones. */
static uint32_t zones_most(uint32_t blocks)
{
    return blocks / 2;
}

void ranges_begin(struct ranges *ranges, void *room, size_t octets)
{
    uint32_t most = (uint32_t)(octets / (RANGES_BLOCK + RANGES_BLOCK / TABLES_PART));

    *ranges = (struct ranges){ .blocks = room, .most = most };
    ranges->buckets = (uint32_t *)(void *)&ranges->blocks[most];
    ranges->zones = ranges->buckets + zones_most(most);
    assert((size_t)((uint8_t *)(ranges->zones + zones_most(most)) - (uint8_t *)room) <= octets);
    memset(ranges->buckets, 0, 2 * sizeof(uint32_t) * zones_most(most));
}

size_t ranges_octets(const struct ranges *ranges)
{
    return (size_t)ranges->in_use * RANGES_BLOCK;
}

/* ---- which leaves ---- */

static uint32_t *leaf_slot(const struct ranges *ranges, struct range_zone *zone, unsigned leaf)
{
    if (leaf < RANGES_INLINE)
        return &zone->leaves[leaf];
    leaf -= RANGES_INLINE;
    union range_block *directory = block(ranges, zone->directories[leaf / RANGES_DIRECTORY]);
    return &directory->directory[leaf % RANGES_DIRECTORY];
}

struct range_leaf *ranges_leaf(const struct ranges *ranges, const struct range_zone *zone,
                               unsigned leaf)
{
    assert(leaf < zone->leaf_count);
    return &block(ranges, *leaf_slot(ranges, (struct range_zone *)zone, leaf))->leaf;
}

/* ---- blocks and zones ---- */

static void block_free(struct ranges *ranges, uint32_t number)
{
    block(ranges, number)->next_free = ranges->free;
    ranges->free = number;
    ranges->in_use--;
}

void ranges_clear(struct ranges *ranges, struct range_zone *zone)
{
    for (unsigned i = 0; i < zone->leaf_count; i++) {
        uint32_t number = *leaf_slot(ranges, zone, i);
        ranges->items -= block(ranges, number)->leaf.count;
        block_free(ranges, number);
    }
    for (unsigned i = 0; i < RANGES_DIRECTORIES; i++)
        if (zone->directories[i] != 0)
            block_free(ranges, zone->directories[i]);
    memset(zone->directories, 0, sizeof zone->directories);
    zone->leaf_count = 0;
}

static uint32_t *bucket_of(const struct ranges *ranges, uint32_t hash)
{
    return &ranges->buckets[hash % zones_most(ranges->most)];
}

static void drop_zone(struct ranges *ranges, uint32_t number)
{
    struct range_zone *zone = &block(ranges, number)->zone;
    uint32_t *at = bucket_of(ranges, zone->hash);

    while (*at != number)
        at = &block(ranges, *at)->zone.next;
    *at = zone->next;
    uint32_t last = ranges->zones[--ranges->zone_count];
    ranges->zones[zone->place] = last;
    block(ranges, last)->zone.place = zone->place;
    ranges_clear(ranges, zone);
    block_free(ranges, number);
    ranges->dropped++;
}

/* CLOCK: a zone that was read gets a second chance, but not if that takes long. */
static bool make_room(struct ranges *ranges, uint32_t keep)
{
    uint32_t goes = 0;

    for (unsigned i = 0; i < RANGES_LOOKS && i < ranges->zone_count; i++) {
        ranges->hand = (ranges->hand + 1) % ranges->zone_count;
        uint32_t number = ranges->zones[ranges->hand];
        struct range_zone *zone = &block(ranges, number)->zone;
        if (number == keep)
            continue;
        goes = number;
        if (!zone->read)
            break;
        zone->read = false;
    }
    if (goes != 0)
        drop_zone(ranges, goes);
    return goes != 0;
}

/* Not from the zone `keep`. 0: there is none. */
static uint32_t block_take(struct ranges *ranges, uint32_t keep)
{
    uint32_t number = 0;

    if (ranges->free == 0 && ranges->touched == ranges->most && !make_room(ranges, keep))
        return 0;
    if (ranges->free != 0) {
        number = ranges->free;
        ranges->free = block(ranges, number)->next_free;
    } else {
        number = ++ranges->touched;
    }
    ranges->in_use++;
    return number;
}

struct range_zone *ranges_find(struct ranges *ranges, const struct range_key *key)
{
    for (uint32_t at = *bucket_of(ranges, key->hash); at != 0; at = block(ranges, at)->zone.next) {
        struct range_zone *zone = &block(ranges, at)->zone;
        if (zone->hash == key->hash && zone->hashed == key->hashed &&
            bytes_equal((struct bytes){ zone->name, zone->name_len }, key->name))
            return zone;
    }
    return NULL;
}

struct range_zone *ranges_open(struct ranges *ranges, const struct range_key *key)
{
    struct range_zone *zone = ranges_find(ranges, key);
    uint32_t number;

    if (zone != NULL)
        return zone;
    while (ranges->zone_count == zones_most(ranges->most))
        if (!make_room(ranges, 0))
            return NULL;
    if (key->name.len >= sizeof zone->name || (number = block_take(ranges, 0)) == 0)
        return NULL;
    zone = &block(ranges, number)->zone;
    uint32_t *bucket = bucket_of(ranges, key->hash);
    *zone = (struct range_zone){
        .hash = key->hash,
        .hashed = key->hashed,
        .next = *bucket,
        .place = ranges->zone_count,
        .name_len = (uint8_t)key->name.len,
    };
    memcpy(zone->name, key->name.at, key->name.len);
    *bucket = number;
    ranges->zones[ranges->zone_count++] = number;
    return zone;
}

/* ---- places ---- */

bool ranges_before(const struct ranges *ranges, const struct range_zone *zone,
                   struct range_place *place)
{
    if (place->item == 0) {
        if (place->leaf == 0)
            return false;
        place->leaf--;
        place->item = ranges_leaf(ranges, zone, place->leaf)->count;
    }
    place->item--;
    return true;
}

bool ranges_last(const struct ranges *ranges, const struct range_zone *zone,
                 struct range_place *place)
{
    if (zone->leaf_count == 0)
        return false;
    place->leaf = zone->leaf_count - 1u;
    place->item = ranges_leaf(ranges, zone, place->leaf)->count - 1;
    return true;
}

/* ---- changing ---- */

/* Room to name one leaf more. */
static bool grow_directory(struct ranges *ranges, struct range_zone *zone)
{
    unsigned beyond = zone->leaf_count - (unsigned)RANGES_INLINE;
    uint32_t *directory;

    if (zone->leaf_count < RANGES_INLINE)
        return true;
    directory = &zone->directories[beyond / RANGES_DIRECTORY];
    if (*directory == 0)
        *directory = block_take(ranges, number_of(ranges, zone));
    return *directory != 0;
}

/* An empty leaf at that place among the zone's. */
static struct range_leaf *add_leaf(struct ranges *ranges, struct range_zone *zone, unsigned at)
{
    uint32_t number;

    if (zone->leaf_count == RANGES_LEAVES || !grow_directory(ranges, zone) ||
        (number = block_take(ranges, number_of(ranges, zone))) == 0)
        return NULL;
    for (unsigned i = zone->leaf_count++; i > at; i--)
        *leaf_slot(ranges, zone, i) = *leaf_slot(ranges, zone, i - 1);
    *leaf_slot(ranges, zone, at) = number;
    struct range_leaf *leaf = &block(ranges, number)->leaf;
    leaf->count = 0;
    return leaf;
}

static void remove_leaf(struct ranges *ranges, struct range_zone *zone, unsigned at)
{
    block_free(ranges, *leaf_slot(ranges, zone, at));
    zone->leaf_count--;
    for (unsigned i = at; i < zone->leaf_count; i++)
        *leaf_slot(ranges, zone, i) = *leaf_slot(ranges, zone, i + 1);
    if (zone->leaf_count < RANGES_INLINE)
        return;
    unsigned beyond = zone->leaf_count - (unsigned)RANGES_INLINE;
    if (beyond % RANGES_DIRECTORY == 0) {
        block_free(ranges, zone->directories[beyond / RANGES_DIRECTORY]);
        zone->directories[beyond / RANGES_DIRECTORY] = 0;
    }
}

/* The upper half of a full leaf gets a leaf of its own; the place moves with its item. */
static void split(struct ranges *ranges, struct range_zone *zone, struct range_place *place)
{
    struct range_leaf *upper = add_leaf(ranges, zone, place->leaf + 1);
    struct range_leaf *lower = ranges_leaf(ranges, zone, place->leaf);
    unsigned half = LEAF_ITEMS / 2;

    if (upper == NULL) { /* what was known here is learned anew */
        ranges->items -= lower->count;
        lower->count = 0;
        place->item = 0;
        return;
    }
    upper->count = lower->count - half;
    lower->count = half;
    memcpy(upper->items, lower->items + half, upper->count * sizeof *upper->items);
    if (place->item > half) {
        place->leaf++;
        place->item -= half;
    }
}

bool ranges_insert(struct ranges *ranges, struct range_zone *zone, struct range_place *place,
                   const struct range_item *item)
{
    if (zone->leaf_count == 0) {
        *place = (struct range_place){ 0, 0 };
        if (add_leaf(ranges, zone, 0) == NULL)
            return false;
    }
    if (ranges_leaf(ranges, zone, place->leaf)->count == LEAF_ITEMS)
        split(ranges, zone, place);
    struct range_leaf *leaf = ranges_leaf(ranges, zone, place->leaf);
    assert(place->item <= leaf->count && leaf->count < LEAF_ITEMS);
    struct range_item *at = &leaf->items[place->item];
    memmove(at + 1, at, (leaf->count - place->item) * sizeof *at);
    *at = *item;
    leaf->count++;
    ranges->items++;
    return true;
}

void ranges_remove(struct ranges *ranges, struct range_zone *zone, struct range_place place)
{
    struct range_leaf *leaf = ranges_leaf(ranges, zone, place.leaf);
    assert(place.item < leaf->count);
    struct range_item *at = &leaf->items[place.item];

    leaf->count--;
    ranges->items--;
    memmove(at, at + 1, (leaf->count - place.item) * sizeof *at);
    if (leaf->count == 0)
        remove_leaf(ranges, zone, place.leaf);
}
