#include "tests/sim/zone.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/wire/type.h"

void zone_fail(const char *what, const char *where)
{
    fprintf(stderr, "sim: %s: %s\n", where, what);
    abort();
}

const struct rrset *zone_set(const struct zone *zone, const struct name *owner, uint16_t type)
{
    for (size_t i = 0; i < zone->set_count; i++)
        if (zone->sets[i]->type == type && rrset_owner_is(zone->sets[i], owner))
            return zone->sets[i];
    return NULL;
}

static bool has_any(const struct zone *zone, const struct name *owner)
{
    for (size_t i = 0; i < zone->set_count; i++)
        if (rrset_owner_is(zone->sets[i], owner))
            return true;
    return false;
}

/* RFC 4592 §2.2.2: a name exists when records stand at it or below it. */
bool zone_exists(const struct zone *zone, const struct name *name)
{
    for (size_t i = 0; i < zone->set_count; i++) {
        struct name owner = rrset_owner(zone->sets[i]);
        if (name_under(&owner, name))
            return true;
    }
    return false;
}

/* ---- finding ---- */

/* The uppermost cut or DNAME on the way down to the name. */
static bool find_on_the_way(const struct zone *zone, const struct name *name, uint16_t type,
                            struct finding *finding)
{
    for (unsigned labels = zone->apex.labels; labels <= name->labels; labels++) {
        struct name at = name_suffix(name, labels);
        const struct rrset *ns = zone_set(zone, &at, TYPE_NS);
        const struct rrset *dname = zone_set(zone, &at, TYPE_DNAME);
        bool at_name = labels == name->labels;
        if (ns && labels > zone->apex.labels && !(at_name && type == TYPE_DS)) {
            *finding = (struct finding){ .kind = FOUND_CUT, .set = ns };
            return true;
        }
        if (dname && !at_name) {
            *finding = (struct finding){ .kind = FOUND_DNAME, .set = dname, .encloser = at };
            return true;
        }
    }
    return false;
}

static void find_at_node(const struct zone *zone, const struct name *node, uint16_t type,
                         struct finding *finding)
{
    const struct rrset *set = zone_set(zone, node, type);
    const struct rrset *cname = zone_set(zone, node, TYPE_CNAME);

    finding->set = set ? set : cname;
    finding->kind = set ? FOUND_DATA : cname ? FOUND_CNAME : FOUND_NODATA;
}

void zone_find(const struct zone *zone, const struct name *name, uint16_t type,
               struct finding *finding)
{
    struct name wildcard;

    *finding = (struct finding){ .kind = FOUND_NXDOMAIN };
    if (find_on_the_way(zone, name, type, finding))
        return;
    if (zone_exists(zone, name)) {
        find_at_node(zone, name, type, finding);
        return;
    }
    finding->encloser = name_parent(name);
    while (!zone_exists(zone, &finding->encloser))
        finding->encloser = name_parent(&finding->encloser);
    if (name_wildcard(&finding->encloser, &wildcard) == ST_OK && has_any(zone, &wildcard)) {
        finding->by_wildcard = true;
        find_at_node(zone, &wildcard, type, finding);
    }
}

/* ---- the denial chain ---- */

const struct rrset *zone_nsec_at(const struct zone *zone, const struct name *name)
{
    for (size_t i = 0; i < zone->chain_count; i++)
        if (rrset_owner_is(zone->chain[i], name))
            return zone->chain[i];
    return NULL;
}

/* The last owner that comes before the name: the chain is in canonical order (RFC 4034 §6.1). */
const struct rrset *zone_nsec_over(const struct zone *zone, const struct name *name)
{
    const struct rrset *before = NULL;

    for (size_t i = 0; i < zone->chain_count; i++) {
        struct name owner = rrset_owner(zone->chain[i]);
        if (name_compare(&owner, name) < 0)
            before = zone->chain[i];
    }
    return before;
}

const struct rrset *zone_nsec3(const struct zone *zone, struct keyring *keyring,
                               const struct name *name, enum nsec3_part part)
{
    const struct denial_chain plain = { .keyring = keyring, .salt = "" };
    const struct rrset *before = zone->chain_count ? zone->chain[zone->chain_count - 1] : NULL;
    uint8_t hash[20];
    char wanted[33];

    denial_hash(&plain, name, hash);
    denial_base32hex(hash, wanted);
    for (size_t i = 0; i < zone->chain_count; i++) {
        struct name owner = rrset_owner(zone->chain[i]);
        int order = memcmp(name_label(&owner, 0).at, wanted, 32);
        if (order == 0)
            return part == NSEC3_MATCHES ? zone->chain[i] : NULL;
        if (order < 0)
            before = zone->chain[i];
    }
    return part == NSEC3_COVERS ? before : NULL;
}
