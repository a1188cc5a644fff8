#include "lib/dnssec/validator_parts.h"
#include "lib/wire/type.h"

/* The zones, by their labels, that the reply itself names as the place of the data. Above `top` and
 * below `bottom` nobody may speak. */
struct claims {
    bool by[NAME_LABELS_MAX + 1];
    bool signs[NAME_LABELS_MAX + 1]; /* it claims by a signature, not only by a name */
    struct name end;                 /* the name of `bottom` labels */
    unsigned top, bottom;
};

static bool claim(struct claims *claims, const struct name *zone)
{
    bool may = zone->labels >= claims->top && name_under(&claims->end, zone);
    if (may)
        claims->by[zone->labels] = true;
    return may;
}

static void claim_signers(struct claims *claims, const struct rrset *set)
{
    struct rrsig sig;
    struct bytes rdata;

    for (struct rrset_walk walk = rrset_signatures(set); rrset_next(&walk, &rdata);)
        if (rrsig_parse(rdata, &sig) && claim(claims, &sig.signer))
            claims->signs[sig.signer.labels] = true;
}

/* A negative reply belongs to the zone of its SOA, or of whoever signed the denial. */
static void claim_authority(struct claims *claims, const struct validator *v)
{
    for (size_t i = 0; i < v->input.authority_count; i++) {
        const struct rrset *set = v->input.authority[i];
        struct name owner = rrset_owner(set);
        if (set->type == TYPE_SOA)
            (void)claim(claims, &owner);
        if (set->type == TYPE_SOA || set->type == TYPE_NSEC || set->type == TYPE_NSEC3)
            claim_signers(claims, set);
    }
}

/* A DS lies in the zone above its owner, and so does whatever answers for it. */
static struct claims claims_of(const struct validator *v, const struct rrset *set)
{
    struct name end = set != NULL ? rrset_owner(set) : v->input.qname;
    if (v->input.qtype == TYPE_DS && name_equal(&end, &v->input.qname))
        end = name_parent(&end);
    struct claims claims = { .top = v->input.zone.labels, .bottom = end.labels, .end = end };
    if (set != NULL)
        claim_signers(&claims, set);
    else
        claim_authority(&claims, v);
    return claims;
}

static bool is_no_cut(const struct validator *v, unsigned labels)
{
    return v->known[labels] != NULL && v->known[labels]->state == ZONE_NO_CUT;
}

/* The deepest claim at or below the zone of `labels`; a claim where no zone begins is a stray. */
static bool deepest_claim(const struct validator *v, const struct claims *claims, unsigned labels,
                          unsigned *found)
{
    for (unsigned at = claims->bottom + 1; at-- > labels;)
        if (claims->by[at] && !is_no_cut(v, at)) {
            *found = at;
            return true;
        }
    return false;
}

/* RULINGS A1: nothing is claimed, so each label below is a possible cut. */
static bool next_label(const struct validator *v, const struct claims *claims, unsigned labels,
                       unsigned *found)
{
    for (unsigned at = labels + 1; at <= claims->bottom; at++)
        if (!is_no_cut(v, at)) {
            *found = at;
            return true;
        }
    return false;
}

/* Walks from input.zone, which is secure, down to where the data belong. Each round goes down at
 * least one label; what was learnt before is not asked again. A secure zone that is named but signs
 * nothing holds no one up: there are servers of insecure zones that show their parent's SOA. */
struct place validator_place(const struct validator *v, const struct rrset *set)
{
    struct claims claims = claims_of(v, set);
    unsigned zone = claims.top, next;

    for (;;) {
        bool claimed = deepest_claim(v, &claims, zone, &next);
        if (claimed && next == zone && claims.signs[zone])
            return (struct place){ PLACE_SIGNED, zone };
        if ((!claimed || next == zone) && !next_label(v, &claims, zone, &next))
            return (struct place){ PLACE_UNSIGNED, zone };
        if (v->known[next] == NULL)
            return (struct place){ PLACE_NEEDED, next };
        if (v->known[next]->state != ZONE_SECURE)
            return (struct place){ PLACE_ENDED, next };
        zone = next;
    }
}
