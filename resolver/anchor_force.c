#include "resolver/anchor_force.h"

#include "lib/wire/type.h"

bool anchor_point_has_keys(const struct rfc5011_point *point)
{
    for (unsigned i = 0; i < ROLL_KEYS; i++)
        if (point->keys[i].state != ROLL_START)
            return true;
    return false;
}

static enum status add_trusted(struct anchor_set *set, const struct rfc5011_point *point)
{
    uint32_t trusted = rfc5011_trusted(point);

    if (trusted == 0)
        return anchor_add(set, &point->zone, TYPE_DS, rfc5011_nobody());
    for (unsigned i = 0; i < ROLL_KEYS; i++) {
        const struct rfc5011_key *key = &point->keys[i];
        uint16_t type = key->form == ROLL_AS_DS ? TYPE_DS : TYPE_DNSKEY;
        if (trusted >> i & 1)
            TRY(anchor_add(set, &point->zone, type, (struct bytes){ key->rdata, key->len }));
    }
    return ST_OK;
}

static enum status add_all(struct anchor_set *set, const struct name *zone,
                           const struct rrset *from)
{
    struct bytes rdata;

    if (from)
        for (struct rrset_walk walk = rrset_records(from); rrset_next(&walk, &rdata);)
            TRY(anchor_add(set, zone, from->type, rdata));
    return ST_OK;
}

static const struct rfc5011_point *point_of(const struct anchor_points *points,
                                            const struct name *zone)
{
    for (size_t i = 0; i < points->count; i++)
        if (name_equal(&points->points[i]->zone, zone))
            return points->points[i];
    return NULL;
}

struct force {
    const struct anchor_points *points;
    const struct anchor_set *configured;
    struct anchor_set *set;
};

static enum status add_zone(const struct force *force, const struct name *zone)
{
    const struct rfc5011_point *point = point_of(force->points, zone);
    const struct rrset *ds, *keys;

    if (point && anchor_point_has_keys(point))
        return add_trusted(force->set, point);
    anchor_find(force->configured, zone, &ds, &keys);
    TRY(add_all(force->set, zone, ds));
    return add_all(force->set, zone, keys);
}

struct anchor_set *anchors_in_force(const struct anchor_points *points,
                                    const struct anchor_set *configured)
{
    struct force force = { points, configured, anchor_set_create() };
    struct name zone;

    for (size_t i = 0; force.set && anchor_zone(configured, i, &zone); i++) {
        if (add_zone(&force, &zone) == ST_OK)
            continue;
        anchor_set_destroy(force.set);
        return NULL;
    }
    return force.set;
}
