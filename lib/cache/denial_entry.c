#include "lib/cache/denial_entry.h"

#include "lib/cache/pack.h"

/* Of a store key; without it the key is a number. The zone, a suffix of the name, is told by how
 * many labels it has. */
enum { FLAG_WILDCARD = 0x80, FLAG_ZONE_LABELS = 0x7F };

/* ---- order ---- */

/* The first octets of a key by which memcmp is canonical order (RFC 4034 §6.1): labels below the
 * zone from the right, folded; 0 ends a label, 0 and 1 within one are written in two. */
static uint64_t first_of_name(const struct name *name, const struct name *zone)
{
    uint8_t key[sizeof(uint64_t) + 1] = { 0 };
    uint64_t first = 0;
    unsigned filled = 0;

    for (unsigned i = name->labels - zone->labels; i > 0 && filled < sizeof first; i--) {
        struct bytes label = name_label(name, i - 1);
        for (size_t at = 0; at < label.len && filled < sizeof first; at++) {
            uint8_t octet = name_fold(label.at[at]);
            key[filled++] = octet <= 1 ? 1 : octet;
            if (octet <= 1)
                key[filled++] = octet + 1;
        }
        if (filled < sizeof first)
            key[filled++] = 0;
    }
    for (unsigned i = 0; i < sizeof first; i++)
        first = first << 8 | key[i];
    return first;
}

static uint64_t first_of_hash(const uint8_t hash[NSEC3_HASH_OCTETS])
{
    uint64_t first = 0;
    for (unsigned i = 0; i < sizeof first; i++)
        first = first << 8 | hash[i];
    return first;
}

struct denial_target denial_target_at(const struct denial_place *place)
{
    uint64_t first =
        place->hash ? first_of_hash(place->hash) : first_of_name(place->name, place->zone);
    return (struct denial_target){ place->zone, place->name, place->hash, first };
}

/* ---- entries ---- */

static struct rrset *read_set(struct store *store, const struct store_key *key, struct instant now,
                              struct denial_room *room)
{
    struct store_value value;

    if (store_copy(store, key, room->octets, sizeof room->octets, &value) != ST_OK ||
        !instant_before(now, value.expires))
        return NULL;
    struct unpack unpack = unpack_begin(&value, now);
    return unpack_set(&unpack);
}

static enum status write_set(struct store *store, const struct store_key *key,
                             const struct denial_record *record, struct instant now)
{
    uint32_t ttl_s = record->ttl_s < record->set->ttl ? record->ttl_s : record->set->ttl;
    STORE_ROOM struct pack pack;

    if (ttl_s == 0)
        return ST_UNSUPPORTED;
    if (record->set->size > DENIAL_ENTRY_MAX)
        return ST_LIMIT;
    pack_begin(&pack);
    pack_set(&pack, record->set, ttl_s);
    return store_put(store, key, pack_bytes(&pack), now, instant_after_s(now, ttl_s));
}

static struct store_key key_of(const uint64_t *number)
{
    return (struct store_key){
        .name = { (const uint8_t *)number, sizeof *number },
        .kind = KIND_DENIAL,
    };
}

struct rrset *denial_entry_read(struct store *store, uint64_t number, struct instant now,
                                struct denial_room *room)
{
    struct store_key key = key_of(&number);
    return read_set(store, &key, now, room);
}

enum status denial_entry_write(struct store *store, uint64_t number,
                               const struct denial_record *record, struct instant now)
{
    struct store_key key = key_of(&number);
    return write_set(store, &key, record, now);
}

static enum denial_side side_of(int order)
{
    return order < 0 ? ITEM_BEFORE : order == 0 ? ITEM_SAME : ITEM_BEHIND;
}

enum denial_side denial_entry_side(struct store *store, uint64_t number,
                                   const struct denial_target *target, struct instant now)
{
    STORE_ROOM struct denial_room room;
    struct nsec3 nsec3;

    const struct rrset *set = denial_entry_read(store, number, now, &room);
    if (set == NULL)
        return ITEM_DEAD;
    if (target->hash == NULL) {
        struct name owner = rrset_owner(set);
        return side_of(name_compare(&owner, target->name));
    }
    if (nsec3_read(set, target->zone, &nsec3) != NSEC3_SOUND)
        return ITEM_DEAD;
    return side_of(memcmp(nsec3.owner_hash, target->hash, NSEC3_HASH_OCTETS));
}

/* ---- wildcards ---- */

static struct store_key key_of_wildcard(const struct name *lower, uint16_t type,
                                        const struct name *zone)
{
    return (struct store_key){
        .name = name_bytes(lower),
        .type = type,
        .kind = KIND_DENIAL,
        .flags = FLAG_WILDCARD | (zone->labels & FLAG_ZONE_LABELS),
    };
}

enum status denial_wildcard_write(struct store *store, const struct denial_record *record,
                                  struct instant now)
{
    const struct rrset *set = record->set;
    struct name owner = rrset_owner(set), lower = name_lower(&owner);
    struct store_key key = key_of_wildcard(&lower, set->type, record->zone);

    if (set->security != SEC_SECURE || !name_is_wildcard(&owner) || set->rr_count == 0 ||
        !name_strictly_under(&owner, record->zone))
        return ST_UNSUPPORTED;
    return write_set(store, &key, record, now);
}

struct rrset *denial_wildcard_read(struct store *store, const struct denial_wildcard *wildcard,
                                   struct instant now, struct denial_room *room)
{
    struct name lower = name_lower(wildcard->name);
    struct store_key key = key_of_wildcard(&lower, wildcard->type, wildcard->zone);
    return read_set(store, &key, now, room);
}
