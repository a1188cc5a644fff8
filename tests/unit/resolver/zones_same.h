/* zones_same - what two sets of options say of subtrees, and of zones to forward or stub. */
#ifndef CATENA_TESTS_UNIT_ZONES_SAME_H
#define CATENA_TESTS_UNIT_ZONES_SAME_H

#include "lib/policy/subtree.h"
#include "lib/policy/zones.h"

static inline bool same_subtrees(const struct subtrees *a, const struct subtrees *b)
{
    for (unsigned i = 0; i < a->count && a->count == b->count; i++)
        if (!name_equal(&a->list[i].name, &b->list[i].name) || a->list[i].mode != b->list[i].mode)
            return false;
    return a->count == b->count;
}

static inline bool same_zone(const struct zones_entry *a, const struct zones_entry *b)
{
    for (unsigned i = 0; i < a->server_count && a->server_count == b->server_count; i++)
        if (!endpoint_equal(&a->servers[i], &b->servers[i]))
            return false;
    return a->server_count == b->server_count && name_equal(&a->name, &b->name) &&
           a->kind == b->kind && a->order == b->order && a->dnssec == b->dnssec;
}

static inline bool same_zones(const struct zones *a, const struct zones *b)
{
    for (unsigned i = 0; i < a->count && a->count == b->count; i++)
        if (!same_zone(&a->list[i], &b->list[i]))
            return false;
    return a->count == b->count;
}

#endif
