#include "lib/cache/denial_cache.h"

#include <pthread.h>

#include "lib/base/memory.h"
#include "lib/cache/denial_entry.h"
#include "lib/cache/ranges.h"

enum {
    ONLY_ITSELF = 8 /* octets in which both ends of an NSEC3 agree if it denies one hash alone */
};

struct stripe {
    _Alignas(64) pthread_mutex_t lock;
    struct ranges ranges;
    uint64_t numbers; /* given to ranges so far */
};

struct denial_cache {
    struct store *store;
    struct siphash_key key;
    unsigned stripe_bits;
    size_t stripe_octets;
    uint8_t *room;
    struct stripe stripes[DENIAL_STRIPES_MAX];
};

/* ---- making and ending ---- */

static unsigned stripe_count(const struct denial_cache *cache)
{
    return 1u << cache->stripe_bits;
}

static bool locks_begin(struct denial_cache *cache)
{
    pthread_mutexattr_t adaptive;
    if (pthread_mutexattr_init(&adaptive) != 0)
        return false;
    bool made = pthread_mutexattr_settype(&adaptive, PTHREAD_MUTEX_ADAPTIVE_NP) == 0;
    for (unsigned i = 0; made && i < stripe_count(cache); i++)
        made = pthread_mutex_init(&cache->stripes[i].lock, &adaptive) == 0;
    pthread_mutexattr_destroy(&adaptive);
    return made;
}

static struct ranges ranges_of(const struct denial_cache *cache, unsigned stripe)
{
    struct ranges ranges;
    ranges_begin(&ranges, cache->room + stripe * cache->stripe_octets, cache->stripe_octets);
    return ranges;
}

struct denial_cache *denial_cache_create(struct store *store, size_t octets,
                                         const struct siphash_key *key)
{
    unsigned bits = 0;
    struct denial_cache *cache = octets >= DENIAL_OCTETS_MIN ? memory_new(sizeof *cache) : NULL;
    if (cache == NULL)
        return NULL;
    while (2u << bits <= DENIAL_STRIPES_MAX && octets >> (bits + 1) >= DENIAL_OCTETS_MIN)
        bits++;
    cache->store = store;
    cache->key = *key;
    cache->stripe_bits = bits;
    cache->stripe_octets = (octets >> bits) / RANGES_BLOCK * RANGES_BLOCK;
    cache->room = memory_array(stripe_count(cache), cache->stripe_octets);
    if (cache->room == NULL || !locks_begin(cache)) {
        memory_free(cache->room);
        memory_free(cache);
        return NULL;
    }
    for (unsigned i = 0; i < stripe_count(cache); i++)
        cache->stripes[i].ranges = ranges_of(cache, i);
    return cache;
}

void denial_cache_destroy(struct denial_cache *cache)
{
    if (cache == NULL)
        return;
    for (unsigned i = 0; i < stripe_count(cache); i++)
        pthread_mutex_destroy(&cache->stripes[i].lock);
    memory_free(cache->room);
    memory_free(cache);
}

void denial_cache_clear(struct denial_cache *cache)
{
    for (unsigned i = 0; i < stripe_count(cache); i++) {
        struct stripe *stripe = &cache->stripes[i];
        pthread_mutex_lock(&stripe->lock);
        stripe->ranges = ranges_of(cache, i);
        pthread_mutex_unlock(&stripe->lock);
    }
}

struct denial_figures denial_cache_figures(struct denial_cache *cache)
{
    struct denial_figures sum = { .octets_most = stripe_count(cache) * cache->stripe_octets };
    for (unsigned i = 0; i < stripe_count(cache); i++) {
        struct stripe *stripe = &cache->stripes[i];
        pthread_mutex_lock(&stripe->lock);
        sum.ranges += stripe->ranges.items;
        sum.zones += stripe->ranges.zone_count;
        sum.zones_dropped += stripe->ranges.dropped;
        sum.octets += ranges_octets(&stripe->ranges);
        pthread_mutex_unlock(&stripe->lock);
    }
    return sum;
}

/* ---- searching ---- */

struct search {
    struct denial_cache *cache;
    struct stripe *stripe;
    struct range_zone *zone;
    const struct denial_target *target;
    struct instant now;
    unsigned dead; /* met so far */
};

static enum denial_side side_of_item(const struct search *search, const struct range_item *item)
{
    if (item->first != search->target->first)
        return item->first < search->target->first ? ITEM_BEFORE : ITEM_BEHIND;
    return denial_entry_side(search->cache->store, item->number, search->target, search->now);
}

/* A dead item is dropped; true: look again from the start, there may be few of them. */
static bool drop_dead(struct search *search, struct range_place place)
{
    ranges_remove(&search->stripe->ranges, search->zone, place);
    return ++search->dead < DENIAL_INSIDE_MAX;
}

/* The last leaf whose first item is not behind the target; LEAF_NONE: look again, or give up. */
static bool find_leaf(struct search *search, unsigned *leaf, bool *again)
{
    unsigned low = 0, high = search->zone->leaf_count;

    *again = false;
    while (high - low > 1) {
        unsigned middle = low + (high - low) / 2;
        const struct range_leaf *at = ranges_leaf(&search->stripe->ranges, search->zone, middle);
        enum denial_side side = side_of_item(search, &at->items[0]);
        if (side == ITEM_DEAD) {
            *again = drop_dead(search, (struct range_place){ middle, 0 });
            return false;
        }
        if (side == ITEM_BEHIND)
            high = middle;
        else
            low = middle;
    }
    *leaf = low;
    return true;
}

/* Behind all items of the leaf that are not behind the target; `same`: the one before is it. */
static bool find_item(struct search *search, struct range_place *place, bool *same, bool *again)
{
    const struct range_leaf *leaf = ranges_leaf(&search->stripe->ranges, search->zone, place->leaf);
    unsigned low = 0, high = leaf->count;

    *again = *same = false;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        enum denial_side side = side_of_item(search, &leaf->items[middle]);
        if (side == ITEM_DEAD) {
            *again = drop_dead(search, (struct range_place){ place->leaf, middle });
            return false;
        }
        if (side == ITEM_BEHIND) {
            high = middle;
        } else {
            low = middle + 1;
            *same = side == ITEM_SAME;
        }
    }
    place->item = low;
    return true;
}

/* Where the target would stand: behind all that is not behind it. False: too much is dead here. */
static bool find_place(struct search *search, struct range_place *place, bool *same)
{
    bool again = true;

    while (again) {
        *place = (struct range_place){ 0, 0 };
        *same = again = false;
        if (search->zone->leaf_count == 0)
            return true;
        if (find_leaf(search, &place->leaf, &again) && find_item(search, place, same, &again))
            return true;
    }
    return false;
}

/* ---- zones ---- */

enum chain_form { FORM_NSEC, FORM_NSEC3 };

static struct range_key key_of_zone(const struct denial_cache *cache, const struct name *lower,
                                    enum chain_form form)
{
    return (struct range_key){
        .name = name_bytes(lower),
        .hash = (uint32_t)name_hash(lower, &cache->key),
        .hashed = form == FORM_NSEC3,
    };
}

static struct stripe *stripe_of(struct denial_cache *cache, const struct name *zone)
{
    uint64_t hash = name_hash(zone, &cache->key);
    return &cache->stripes[hash >> 32 & (stripe_count(cache) - 1)];
}

enum status denial_cache_chains(struct denial_cache *cache, const struct name *zone,
                                struct denial_chains *chains)
{
    struct name lower = name_lower(zone);
    struct stripe *stripe = stripe_of(cache, zone);
    struct range_key plain = key_of_zone(cache, &lower, FORM_NSEC);
    struct range_key hashed = key_of_zone(cache, &lower, FORM_NSEC3);
    struct denial_chains found = { .nsec = false };

    pthread_mutex_lock(&stripe->lock);
    const struct range_zone *nsec = ranges_find(&stripe->ranges, &plain);
    const struct range_zone *nsec3 = ranges_find(&stripe->ranges, &hashed);
    found.nsec = nsec != NULL && nsec->leaf_count > 0;
    found.nsec3 = nsec3 != NULL && nsec3->leaf_count > 0;
    if (found.nsec3) {
        found.iterations = nsec3->iterations;
        found.salt_len = nsec3->salt_len;
        memcpy(found.salt, nsec3->salt, nsec3->salt_len);
    }
    pthread_mutex_unlock(&stripe->lock);
    if (!found.nsec && !found.nsec3)
        return ST_NOTFOUND;
    *chains = found;
    return ST_OK;
}

/* ---- reading ---- */

/* The live range at the target or the last before it, into the room; NULL: none. */
static struct rrset *read_nearest(struct search *search, struct denial_room *room)
{
    const struct ranges *ranges = &search->stripe->ranges;
    struct range_place place;
    bool same;

    while (find_place(search, &place, &same)) {
        if (search->zone->leaf_count == 0)
            return NULL;
        if (!ranges_before(ranges, search->zone, &place) &&
            (search->target->hash == NULL || !ranges_last(ranges, search->zone, &place)))
            return NULL;
        const struct range_item *item =
            &ranges_leaf(ranges, search->zone, place.leaf)->items[place.item];
        struct rrset *set =
            denial_entry_read(search->cache->store, item->number, search->now, room);
        if (set != NULL || !drop_dead(search, place))
            return set;
    }
    return NULL;
}

enum status denial_cache_find(struct denial_cache *cache, const struct denial_place *place,
                              struct instant now, struct arena *arena, struct rrset **set)
{
    struct name lower = name_lower(place->zone);
    enum chain_form form = place->hash != NULL ? FORM_NSEC3 : FORM_NSEC;
    struct range_key key = key_of_zone(cache, &lower, form);
    struct denial_target target = denial_target_at(place);
    struct stripe *stripe = stripe_of(cache, place->zone);
    struct search search = { cache, stripe, NULL, &target, now, 0 };
    STORE_ROOM struct denial_room room;
    const struct rrset *found = NULL;

    if (place->hash == NULL && !name_under(place->name, place->zone))
        return ST_NOTFOUND;
    pthread_mutex_lock(&stripe->lock);
    search.zone = ranges_find(&stripe->ranges, &key);
    if (search.zone != NULL) {
        search.zone->read = true;
        found = read_nearest(&search, &room);
    }
    pthread_mutex_unlock(&stripe->lock);
    return found != NULL ? rrset_copy(found, arena, set) : ST_NOTFOUND;
}

/* ---- writing ---- */

/* What one record says, of either form. */
struct range {
    enum chain_form form;
    struct nsec nsec;
    struct nsec3 nsec3;
};

/* RFC 4470, RFC 9824 §3: next is the first name that could follow. */
static bool denies_one_name(const struct nsec *nsec)
{
    struct bytes label = name_label(&nsec->next, 0);
    struct name parent = name_parent(&nsec->next);
    return label.len == 1 && label.at[0] == 0 && name_equal(&parent, &nsec->owner);
}

/* RFC 7129 §B: the ends stand closer than those of any zone with so many names. */
static bool denies_one_hash(const struct nsec3 *nsec3)
{
    return memcmp(nsec3->owner_hash, nsec3->next_hash, NSEC3_HASH_OCTETS) != 0 &&
           memcmp(nsec3->owner_hash, nsec3->next_hash, ONLY_ITSELF) == 0;
}

static bool range_read(const struct denial_record *record, struct range *range)
{
    if (record->set->security != SEC_SECURE)
        return false;
    if (nsec_read(record->set, record->zone, &range->nsec)) {
        range->form = FORM_NSEC;
        return !denies_one_name(&range->nsec);
    }
    range->form = FORM_NSEC3;
    return nsec3_read(record->set, record->zone, &range->nsec3) == NSEC3_SOUND &&
           range->nsec3.salt.len <= RANGES_SALT_MAX && !denies_one_hash(&range->nsec3);
}

static struct denial_place range_start(const struct denial_record *record,
                                       const struct range *range)
{
    return (struct denial_place){
        .zone = record->zone,
        .name = &range->nsec.owner,
        .hash = range->form == FORM_NSEC3 ? range->nsec3.owner_hash : NULL,
    };
}

/* The chain of other parameters has been left, or is about to be (RFC 5155 §8.2, RULINGS B7). */
static void set_parameters(struct ranges *ranges, struct range_zone *zone,
                           const struct nsec3 *nsec3)
{
    bool same = zone->iterations == nsec3->iterations &&
                bytes_equal((struct bytes){ zone->salt, zone->salt_len }, nsec3->salt);
    if (same)
        return;
    ranges_clear(ranges, zone);
    zone->iterations = nsec3->iterations;
    zone->salt_len = (uint8_t)nsec3->salt.len;
    if (nsec3->salt.len > 0)
        memcpy(zone->salt, nsec3->salt.at, nsec3->salt.len);
}

/* Is the next range's owner inside this one? Then there was another zone content, or it is dead.
 * The last record of a chain ends where the order does. */
static void drop_inside(struct search *search, const struct denial_record *record,
                        const struct range *range, struct range_place at)
{
    const struct nsec *nsec = &range->nsec;
    const struct nsec3 *nsec3 = &range->nsec3;
    struct denial_place end = { record->zone, &nsec->next,
                                range->form == FORM_NSEC3 ? nsec3->next_hash : NULL };
    bool to_the_end = range->form == FORM_NSEC3
                          ? memcmp(nsec3->next_hash, nsec3->owner_hash, NSEC3_HASH_OCTETS) <= 0
                          : name_equal(&nsec->next, record->zone);
    struct denial_target target = denial_target_at(&end);
    struct range_place next = { at.leaf, at.item + 1 };

    struct search behind = *search;

    behind.target = &target;
    for (unsigned i = 0; i < DENIAL_INSIDE_MAX && next.leaf < search->zone->leaf_count; i++) {
        const struct range_leaf *leaf =
            ranges_leaf(&search->stripe->ranges, search->zone, next.leaf);
        if (next.item == leaf->count) {
            next = (struct range_place){ next.leaf + 1, 0 };
            continue;
        }
        enum denial_side side = side_of_item(&behind, &leaf->items[next.item]);
        if (!to_the_end && (side == ITEM_SAME || side == ITEM_BEHIND))
            return;
        ranges_remove(&search->stripe->ranges, search->zone, next);
    }
}

/* The number that the range is to be kept under: the old one, if it is there. */
static bool place_range(struct search *search, const struct denial_record *record,
                        const struct range *range, uint64_t *number)
{
    struct ranges *ranges = &search->stripe->ranges;
    struct range_place place;
    bool same;

    if (!find_place(search, &place, &same))
        return false;
    if (same && ranges_before(ranges, search->zone, &place)) {
        *number = ranges_leaf(ranges, search->zone, place.leaf)->items[place.item].number;
    } else {
        uint64_t stripe = (uint64_t)(search->stripe - search->cache->stripes);
        struct range_item item = { search->target->first,
                                   ++search->stripe->numbers * DENIAL_STRIPES_MAX + stripe };
        if (!ranges_insert(ranges, search->zone, &place, &item))
            return false;
        *number = item.number;
    }
    drop_inside(search, record, range, place);
    return true;
}

static enum status put_range(struct search *search, const struct denial_record *record,
                             const struct range *range)
{
    struct name lower = name_lower(record->zone);
    struct range_key key = key_of_zone(search->cache, &lower, range->form);
    uint64_t number;

    search->zone = ranges_open(&search->stripe->ranges, &key);
    if (search->zone == NULL)
        return ST_LIMIT;
    if (range->form == FORM_NSEC3)
        set_parameters(&search->stripe->ranges, search->zone, &range->nsec3);
    if (!place_range(search, record, range, &number))
        return ST_LIMIT;
    return denial_entry_write(search->cache->store, number, record, search->now);
}

enum status denial_cache_put(struct denial_cache *cache, const struct denial_record *record,
                             struct instant now)
{
    struct range range;

    if (!range_read(record, &range))
        return ST_UNSUPPORTED;
    struct denial_place start = range_start(record, &range);
    struct denial_target target = denial_target_at(&start);
    struct stripe *stripe = stripe_of(cache, record->zone);
    struct search search = { cache, stripe, NULL, &target, now, 0 };
    pthread_mutex_lock(&stripe->lock);
    enum status status = put_range(&search, record, &range);
    pthread_mutex_unlock(&stripe->lock);
    return status;
}

/* ---- wildcards ---- */

enum status denial_cache_put_wildcard(struct denial_cache *cache,
                                      const struct denial_record *record, struct instant now)
{
    return denial_wildcard_write(cache->store, record, now);
}

enum status denial_cache_find_wildcard(struct denial_cache *cache,
                                       const struct denial_wildcard *wildcard, struct instant now,
                                       struct arena *arena, struct rrset **set)
{
    STORE_ROOM struct denial_room room;
    const struct rrset *found = denial_wildcard_read(cache->store, wildcard, now, &room);

    return found != NULL ? rrset_copy(found, arena, set) : ST_NOTFOUND;
}
