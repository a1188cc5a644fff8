#include "lib/dnssec/zonemd.h"

#include "lib/crypto/digest.h"
#include "lib/wire/reader.h"
#include "lib/wire/type.h"

enum { SCHEME_SIMPLE = 1, RR_FIXED = 10 }; /* type, class, TTL, rdata length */

/* RFC 8976 §2.2. */
struct zonemd {
    uint32_t serial;
    uint8_t scheme, hash;
    struct bytes digest;
};

/* RFC 8976 §5.3: the hash algorithms checked here, by number. */
static const struct {
    enum digest_kind kind;
    size_t octets;
} hashes[] = { [1] = { DIGEST_SHA384, 48 }, [2] = { DIGEST_SHA512, 64 } };

/* The zone's octets as they are digested: a span a set and one for its signatures. */
struct image {
    struct arena *arena;
    struct bytes *spans;
    size_t count;
};

/* ---- the records at the apex ---- */

static bool zonemd_parse(struct bytes rdata, struct zonemd *zonemd)
{
    struct reader r = reader_over(rdata);

    zonemd->serial = reader_u32(&r);
    zonemd->scheme = reader_u8(&r);
    zonemd->hash = reader_u8(&r);
    zonemd->digest.len = reader_left(&r);
    zonemd->digest.at = reader_take(&r, zonemd->digest.len);
    return !r.failed;
}

static bool can_check(const struct zonemd *zonemd)
{
    return zonemd->scheme == SCHEME_SIMPLE && zonemd->hash < sizeof hashes / sizeof *hashes &&
           hashes[zonemd->hash].octets > 0;
}

/* RFC 8976 §4 step 4: of several with one scheme and hash algorithm none counts. */
static bool is_double(const struct rrset *set, const struct zonemd *zonemd)
{
    struct zonemd other;
    struct bytes rdata;
    unsigned alike = 0;

    for (struct rrset_walk walk = rrset_records(set); rrset_next(&walk, &rdata);)
        alike += zonemd_parse(rdata, &other) && other.scheme == zonemd->scheme &&
                 other.hash == zonemd->hash;
    return alike > 1;
}

static bool soa_serial(const struct rrset *soa, uint32_t *serial)
{
    struct reader r = reader_over(rrset_rdata(soa, 0));
    struct name name;

    reader_plain_name(&r, &name);
    reader_plain_name(&r, &name);
    *serial = reader_u32(&r);
    return !r.failed && soa->rr_count == 1;
}

static const struct rrset *at_apex(const struct zonemd_zone *zone, uint16_t type)
{
    for (size_t i = 0; i < zone->count; i++)
        if (zone->sets[i]->type == type && rrset_owner_is(zone->sets[i], zone->apex))
            return zone->sets[i];
    return NULL;
}

/* ---- the image ---- */

/* RFC 8976 §3.3.2, RFC 4034 §6.2: each record of `set` in canonical form, one after the other. */
static enum status put_records(struct image *image, const struct rrset *set)
{
    struct name own = rrset_owner(set), owner = name_lower(&own);
    struct bytes rdata;
    struct writer w;
    size_t size = 0;

    for (struct rrset_walk walk = rrset_records(set); rrset_next(&walk, &rdata);)
        size += owner.len + (size_t)RR_FIXED + rdata.len;
    uint8_t *room = arena_alloc(image->arena, size);
    if (room == NULL)
        return ST_LIMIT;
    writer_init(&w, room, size);
    for (struct rrset_walk walk = rrset_records(set); rrset_next(&walk, &rdata);) {
        writer_octets(&w, name_bytes(&owner));
        writer_u16(&w, set->type);
        writer_u16(&w, CLASS_IN);
        writer_u32(&w, set->ttl);
        writer_u16(&w, (uint16_t)rdata.len);
        if (w.failed || w.size - w.len < rdata.len)
            return ST_MALFORMED;
        rdata_canonical(set->type, rdata, room + w.len);
        w.len += rdata.len;
    }
    image->spans[image->count++] = (struct bytes){ room, w.len };
    return ST_OK;
}

/* As a set of type RRSIG they come into canonical order (RFC 4034 §6.3). */
static enum status put_signatures(struct image *image, const struct rrset *set)
{
    struct name owner = rrset_owner(set);
    struct bytes sigs[RRSIGS_PER_RRSET_MAX];
    struct rrset_parts parts = {
        .owner = &owner, .type = TYPE_RRSIG, .ttl = set->ttl, .rdatas = sigs
    };
    struct rrset *packed;

    for (struct rrset_walk walk = rrset_signatures(set); rrset_next(&walk, &sigs[parts.rr_count]);)
        parts.rr_count++;
    if (parts.rr_count == 0)
        return ST_OK;
    TRY(rrset_pack(&parts, image->arena, &packed));
    return put_records(image, packed);
}

/* The sets [first, end) have one owner. The RRSIGs of all of them stand where their type does, by
 * the type they cover, since that begins their rdata. RFC 8976 §3.3.1.2: the apex's ZONEMD and the
 * signatures over it are left out. */
static enum status put_owner(struct image *image, const struct zonemd_zone *zone, size_t first,
                             size_t end)
{
    bool apex = rrset_owner_is(zone->sets[first], zone->apex);
    size_t i = first;

    for (; i < end && zone->sets[i]->type < TYPE_RRSIG; i++)
        TRY(put_records(image, zone->sets[i]));
    for (size_t j = first; j < end; j++)
        if (!apex || zone->sets[j]->type != TYPE_ZONEMD)
            TRY(put_signatures(image, zone->sets[j]));
    for (; i < end; i++)
        if (!apex || zone->sets[i]->type != TYPE_ZONEMD)
            TRY(put_records(image, zone->sets[i]));
    return ST_OK;
}

/* The order demanded of two neighbours, and no RRSIG on its own. */
static bool in_order(const struct rrset *before, const struct rrset *set)
{
    struct name a = rrset_owner(before), b = rrset_owner(set);
    int order = name_compare(&a, &b);
    return order < 0 || (order == 0 && before->type < set->type);
}

static enum status image_make(const struct zonemd_zone *zone, struct image *image)
{
    size_t first = 0;

    image->spans = ARENA_ARRAY(image->arena, struct bytes, 2 * zone->count);
    if (image->spans == NULL)
        return ST_LIMIT;
    for (size_t i = 0; i < zone->count; i++) {
        struct name owner = rrset_owner(zone->sets[i]);
        if (!name_under(&owner, zone->apex) || zone->sets[i]->type == TYPE_RRSIG ||
            (i > 0 && !in_order(zone->sets[i - 1], zone->sets[i])))
            return ST_MALFORMED;
        if (rrset_owner_is(zone->sets[first], &owner))
            continue;
        TRY(put_owner(image, zone, first, i));
        first = i;
    }
    return put_owner(image, zone, first, zone->count);
}

/* ---- the judgment ---- */

static enum status check(const struct zonemd *zonemd, const struct image *image,
                         struct keyring *keyring, enum zonemd_judgment *judgment)
{
    uint8_t made[DIGEST_OCTETS_MAX];
    size_t octets = hashes[zonemd->hash].octets;

    TRY(digest(keyring, hashes[zonemd->hash].kind, image->spans, image->count, made));
    if (bytes_equal(zonemd->digest, (struct bytes){ made, octets }))
        *judgment = ZONEMD_MATCHES;
    return ST_OK;
}

/* RFC 8976 §4 step 5: one that fits is enough; those of another serial, scheme or hash algorithm do
 * not count for it. Another serial says that something is wrong, an unknown algorithm does not. */
enum status zonemd_judge(const struct zonemd_zone *zone, struct keyring *keyring,
                         struct arena *arena, enum zonemd_judgment *judgment)
{
    const struct rrset *set = at_apex(zone, TYPE_ZONEMD), *soa = at_apex(zone, TYPE_SOA);
    enum zonemd_judgment found = ZONEMD_UNVERIFIABLE;
    struct image image = { .arena = arena };
    struct zonemd zonemd;
    struct bytes rdata;
    uint32_t serial;

    if (soa == NULL || !soa_serial(soa, &serial))
        return ST_MALFORMED;
    if (set == NULL) {
        *judgment = ZONEMD_ABSENT;
        return ST_OK;
    }
    for (struct rrset_walk walk = rrset_records(set); rrset_next(&walk, &rdata);) {
        if (!zonemd_parse(rdata, &zonemd) || !can_check(&zonemd) || is_double(set, &zonemd))
            continue;
        if (found == ZONEMD_UNVERIFIABLE)
            found = ZONEMD_DIFFERS;
        if (zonemd.serial != serial || found == ZONEMD_MATCHES)
            continue;
        if (image.spans == NULL)
            TRY(image_make(zone, &image));
        TRY(check(&zonemd, &image, keyring, &found));
    }
    *judgment = found;
    return ST_OK;
}
