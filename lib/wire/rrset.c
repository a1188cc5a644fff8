#include "lib/wire/rrset.h"

#include "lib/base/limits.h"
#include "lib/wire/type.h"

enum { SIZE_UNIT = 8, FEW_RECORDS = 16, LENGTH_OCTETS = 2 };

/* ---- packing ---- */

/* The order of `rdatas`, by index and without doubles; the few of most sets need no arena. */
struct order {
    const struct bytes *rdatas, *keys;
    uint16_t *index;
    size_t count;
    uint16_t few[2 * FEW_RECORDS];
};

/* Records whose canonical forms are equal are doubles (RFC 4034 §6.3); which of them stays is up
 * to their octets, not to the order in which they came. */
static int order_compare(const struct order *order, uint16_t a, uint16_t b)
{
    int by_key = bytes_compare(order->keys[a], order->keys[b]);
    return by_key != 0 ? by_key : bytes_compare(order->rdatas[a], order->rdatas[b]);
}

/* Merges the sorted runs from[low, middle) and from[middle, high) into `to`. */
static void merge(const struct order *order, const uint16_t *from, uint16_t *to,
                  const size_t bounds[3])
{
    size_t left = bounds[0], right = bounds[1];
    for (size_t i = bounds[0]; i < bounds[2]; i++) {
        bool take_left = left < bounds[1] &&
                         (right == bounds[2] || order_compare(order, from[left], from[right]) <= 0);
        to[i] = take_left ? from[left++] : from[right++];
    }
}

/* From runs of one upwards: no recursion, n log n comparisons whatever the input. */
static void merge_sort(struct order *order, uint16_t *spare)
{
    size_t count = order->count;
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t low = 0; low < count; low += 2 * run) {
            size_t middle = low + run < count ? low + run : count;
            size_t high = low + 2 * run < count ? low + 2 * run : count;
            merge(order, order->index, spare, (size_t[]){ low, middle, high });
        }
        uint16_t *sorted = spare;
        spare = order->index;
        order->index = sorted;
    }
}

static void drop_doubles(struct order *order)
{
    size_t kept = 0;
    for (size_t i = 0; i < order->count; i++) {
        bool twice = kept > 0 &&
                     bytes_equal(order->keys[order->index[kept - 1]], order->keys[order->index[i]]);
        if (!twice)
            order->index[kept++] = order->index[i];
    }
    order->count = kept;
}

/* `order` holds rdatas, keys and count; afterwards also the index. */
static enum status order_make(struct order *order, struct arena *arena)
{
    uint16_t *room = order->few;
    if (order->count > UINT16_MAX)
        return ST_LIMIT;
    if (order->count > FEW_RECORDS)
        room = arena_alloc(arena, 2 * order->count * sizeof *room);
    if (room == NULL)
        return ST_LIMIT;

    order->index = room;
    for (size_t i = 0; i < order->count; i++) {
        if (order->rdatas[i].len > UINT16_MAX)
            return ST_LIMIT;
        order->index[i] = (uint16_t)i;
    }
    merge_sort(order, room + order->count);
    drop_doubles(order);
    return ST_OK;
}

static bool has_capitals(struct bytes octets)
{
    bool found = false;
    for (size_t i = 0; i < octets.len; i++)
        found |= octets.at[i] != name_fold(octets.at[i]);
    return found;
}

/* Canonical forms to sort by (RFC 4034 §6.2). Made once a record: comparing rdata field by field
 * would read its names log n times. Rdata without capitals is its own canonical form. */
static enum status canonical_keys(const struct rrset_parts *parts, struct arena *arena,
                                  const struct bytes **keys)
{
    const struct type_row *row = type_find(parts->type);
    *keys = parts->rdatas;
    if (parts->rr_count < 2 || row == NULL || (row->flags & TYPE_LOWERS) == 0)
        return ST_OK;

    struct bytes *made = arena_copy(arena, parts->rdatas, parts->rr_count * sizeof *made);
    if (made == NULL)
        return ST_LIMIT;
    for (size_t i = 0; i < parts->rr_count; i++) {
        if (!has_capitals(made[i]))
            continue;
        uint8_t *canonical = arena_alloc(arena, made[i].len);
        if (canonical == NULL)
            return ST_LIMIT;
        rdata_canonical(parts->type, parts->rdatas[i], canonical);
        made[i].at = canonical;
    }
    *keys = made;
    return ST_OK;
}

static size_t packed_octets(const struct order *order)
{
    size_t octets = 0;
    for (size_t i = 0; i < order->count; i++)
        octets += LENGTH_OCTETS + order->rdatas[order->index[i]].len;
    return octets;
}

static uint8_t *pack_all(uint8_t *at, const struct order *order)
{
    for (size_t i = 0; i < order->count; i++) {
        struct bytes rdata = order->rdatas[order->index[i]];
        uint16_t len = (uint16_t)rdata.len;
        memcpy(at, &len, LENGTH_OCTETS);
        if (len > 0)
            memcpy(at + LENGTH_OCTETS, rdata.at, len);
        at += LENGTH_OCTETS + (size_t)len;
    }
    return at;
}

static enum status pack(const struct rrset_parts *parts, const struct order *records,
                        const struct order *sigs, struct arena *arena, struct rrset **set)
{
    size_t used =
        sizeof(struct rrset) + parts->owner->len + packed_octets(records) + packed_octets(sigs);
    size_t size = (used + SIZE_UNIT - 1) / SIZE_UNIT * SIZE_UNIT;
    struct rrset *made = size > UINT32_MAX ? NULL : arena_alloc(arena, size);
    if (made == NULL)
        return ST_LIMIT;

    *made = (struct rrset){
        .size = (uint32_t)size,
        .ttl = parts->ttl,
        .type = parts->type,
        .rr_count = (uint16_t)records->count,
        .sig_count = (uint8_t)sigs->count,
        .security = SEC_UNCHECKED,
        .rank = RANK_REFERRAL,
        .owner_len = parts->owner->len,
        .owner_labels = parts->owner->labels,
    };
    memcpy(made->octets, parts->owner->octets, parts->owner->len);
    uint8_t *end = pack_all(pack_all(made->octets + parts->owner->len, records), sigs);
    memset(end, 0, size - used);
    *set = made;
    return ST_OK;
}

enum status rrset_pack(const struct rrset_parts *parts, struct arena *arena, struct rrset **set)
{
    struct order records = { .rdatas = parts->rdatas, .count = parts->rr_count };
    struct order sigs = { .rdatas = parts->sigs, .keys = parts->sigs, .count = parts->sig_count };

    if (parts->owner->len == 0)
        return ST_MALFORMED;
    TRY(canonical_keys(parts, arena, &records.keys));
    TRY(order_make(&records, arena));
    TRY(order_make(&sigs, arena));
    if (sigs.count > RRSIGS_PER_RRSET_MAX)
        sigs.count = RRSIGS_PER_RRSET_MAX;
    return pack(parts, &records, &sigs, arena, set);
}

enum status rrset_copy(const struct rrset *from, struct arena *arena, struct rrset **set)
{
    struct rrset *copy = arena_copy(arena, from, from->size);
    if (copy == NULL)
        return ST_LIMIT;
    *set = copy;
    return ST_OK;
}

/* ---- judging a block from outside ---- */

/* Walks `count` records in [at, end); NULL: they do not fit, or are not of the type's form. */
static const uint8_t *sound_records(const uint8_t *at, const uint8_t *end, unsigned count,
                                    uint16_t type)
{
    for (unsigned i = 0; i < count; i++) {
        uint16_t len;
        if (end - at < LENGTH_OCTETS)
            return NULL;
        memcpy(&len, at, LENGTH_OCTETS);
        at += LENGTH_OCTETS;
        if (end - at < len || rdata_check(type, (struct bytes){ at, len }) != ST_OK)
            return NULL;
        at += len;
    }
    return at;
}

static bool sound_header(const struct rrset *head, size_t size)
{
    return head->size == size && size % SIZE_UNIT == 0 && head->sig_count <= RRSIGS_PER_RRSET_MAX &&
           head->security <= SEC_SECURE && head->rank <= RANK_VALIDATED &&
           size - sizeof *head >= head->owner_len &&
           (head->unused[0] | head->unused[1] | head->unused[2]) == 0;
}

bool rrset_is_sound(const void *block, size_t size)
{
    struct rrset head;
    struct name owner;
    if (size < sizeof head)
        return false;
    memcpy(&head, block, sizeof head); /* the block need not be aligned */
    if (!sound_header(&head, size))
        return false;

    const uint8_t *at = (const uint8_t *)block + sizeof head, *end = (const uint8_t *)block + size;
    if (name_from_wire((struct bytes){ at, head.owner_len }, &owner) != ST_OK ||
        owner.labels != head.owner_labels)
        return false;
    at = sound_records(at + owner.len, end, head.rr_count, head.type);
    if (at != NULL)
        at = sound_records(at, end, head.sig_count, TYPE_RRSIG);
    if (at == NULL || end - at >= SIZE_UNIT)
        return false;
    while (at < end && *at == 0)
        at++;
    return at == end;
}

/* ---- reading ---- */

struct name rrset_owner(const struct rrset *set)
{
    struct name owner;
    owner.len = set->owner_len;
    owner.labels = set->owner_labels;
    memcpy(owner.octets, set->octets, set->owner_len);
    return owner;
}

bool rrset_owner_is(const struct rrset *set, const struct name *name)
{
    if (set->owner_len != name->len || set->owner_labels != name->labels)
        return false;
    struct name owner = rrset_owner(set);
    return name_equal(&owner, name);
}

bool rrset_same_octets(const struct rrset *a, const struct rrset *b)
{
    return a->size == b->size && a->type == b->type && a->rr_count == b->rr_count &&
           a->sig_count == b->sig_count && a->owner_len == b->owner_len &&
           memcmp(a->octets, b->octets, a->size - sizeof *a) == 0;
}

struct rrset_walk rrset_records(const struct rrset *set)
{
    return (struct rrset_walk){ .at = set->octets + set->owner_len, .left = set->rr_count };
}

struct rrset_walk rrset_signatures(const struct rrset *set)
{
    struct rrset_walk walk = rrset_records(set);
    struct bytes rdata;
    while (rrset_next(&walk, &rdata))
        continue;
    walk.left = set->sig_count;
    return walk;
}

bool rrset_next(struct rrset_walk *walk, struct bytes *rdata)
{
    if (walk->left == 0)
        return false;
    uint16_t len;
    memcpy(&len, walk->at, LENGTH_OCTETS);
    *rdata = (struct bytes){ walk->at + LENGTH_OCTETS, len };
    walk->at += LENGTH_OCTETS + (size_t)len;
    walk->left--;
    return true;
}

struct bytes rrset_rdata(const struct rrset *set, unsigned index)
{
    struct rrset_walk walk = rrset_records(set);
    struct bytes rdata;
    while (rrset_next(&walk, &rdata)) {
        if (index-- == 0)
            return rdata;
    }
    return (struct bytes){ NULL, 0 };
}
