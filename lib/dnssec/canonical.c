#include "lib/dnssec/canonical.h"

#include "lib/wire/type.h"

enum { SIG_FIXED = 18, RR_FIXED = 10 }; /* RRSIG up to the signer; type, class, TTL, length */

/* RFC 4035 §5.3.2: the owner as it was signed. With fewer labels than the owner has, that was the
 * wildcard; the asterisk of an owner that is itself a wildcard is not counted (RFC 4034 §3.1.3). */
static enum status signed_owner(const struct rrset *set, const struct rrsig *rrsig,
                                struct name *owner)
{
    struct name own = rrset_owner(set);
    *owner = name_lower(&own);
    unsigned labels = rrsig_owner_labels(owner);
    if (rrsig->labels > labels)
        return ST_MALFORMED;
    if (rrsig->labels == labels)
        return ST_OK;
    struct name suffix = name_suffix(owner, rrsig->labels);
    return name_wildcard(&suffix, owner);
}

/* The octets of all of it. */
static size_t room_for(const struct rrset *set, const struct rrsig *rrsig, const struct name *owner)
{
    size_t size = SIG_FIXED + rrsig->signer.len;
    struct bytes rdata;
    for (struct rrset_walk walk = rrset_records(set); rrset_next(&walk, &rdata);)
        size += owner->len + (size_t)RR_FIXED + rdata.len;
    return size;
}

/* RFC 4034 §3.1.8.1: owner | type | class | original TTL | rdata length | rdata, each canonical.
 * The records of a packed set already stand in canonical order without doubles (§6.3). */
static void write_records(struct writer *w, const struct rrset *set, const struct rrsig *rrsig,
                          const struct name *owner)
{
    struct bytes rdata;
    for (struct rrset_walk walk = rrset_records(set); rrset_next(&walk, &rdata);) {
        writer_octets(w, name_bytes(owner));
        writer_u16(w, set->type);
        writer_u16(w, CLASS_IN);
        writer_u32(w, rrsig->original_ttl);
        writer_u16(w, (uint16_t)rdata.len);
        if (w->failed || w->size - w->len < rdata.len)
            break;
        rdata_canonical(set->type, rdata, w->at_start + w->len);
        w->len += rdata.len;
    }
}

size_t canonical_signed_octets(const struct rrset *set, const struct rrsig *rrsig)
{
    struct name owner;
    return signed_owner(set, rrsig, &owner) == ST_OK ? room_for(set, rrsig, &owner) : 0;
}

enum status canonical_signed_data(const struct rrset *set, const struct rrsig *rrsig,
                                  struct arena *arena, struct bytes *data)
{
    struct name owner, signer = name_lower(&rrsig->signer);
    TRY(signed_owner(set, rrsig, &owner));
    size_t size = room_for(set, rrsig, &owner);
    uint8_t *room = arena_alloc(arena, size);
    if (room == NULL)
        return ST_LIMIT;

    struct writer w;
    writer_init(&w, room, size);
    writer_octets(&w, (struct bytes){ rrsig->rdata.at, SIG_FIXED });
    writer_octets(&w, name_bytes(&signer));
    write_records(&w, set, rrsig, &owner);
    if (w.failed || w.len != size)
        return ST_MALFORMED;
    *data = (struct bytes){ room, size };
    return ST_OK;
}
