#include "lib/policy/zones.h"

#include <string.h>

#include "lib/base/memory.h"

enum status zones_add(struct zones *zones, const struct zones_entry *entry)
{
    struct zones_entry *grown;

    if (zones_at(zones, &entry->name))
        return ST_MALFORMED;
    if (zones->count == ZONES_ENTRIES_MAX)
        return ST_LIMIT;
    grown = memory_resize(zones->list, zones->count + 1u, sizeof *grown);
    if (!grown)
        return ST_NOMEM;
    zones->list = grown;
    zones->list[zones->count++] = *entry;
    return ST_OK;
}

void zones_clear(struct zones *zones)
{
    memory_free(zones->list);
    *zones = (struct zones){ .list = NULL };
}

enum status zones_copy(const struct zones *zones, struct zones *copy)
{
    if (zones->count == 0)
        return ST_OK;
    copy->list = memory_array(zones->count, sizeof *copy->list);
    if (!copy->list)
        return ST_NOMEM;
    memcpy(copy->list, zones->list, zones->count * sizeof *copy->list);
    copy->count = zones->count;
    return ST_OK;
}

const struct zones_entry *zones_closest(const struct zones *zones, const struct name *name)
{
    const struct zones_entry *closest = NULL;

    for (unsigned i = 0; i < zones->count; i++) {
        const struct zones_entry *at = &zones->list[i];
        if (name_under(name, &at->name) && (!closest || at->name.labels > closest->name.labels))
            closest = at;
    }
    return closest;
}

const struct zones_entry *zones_route(const struct zones *zones, const struct name *name,
                                      const struct name *around)
{
    struct name from = *name;

    if (around && name_under(name, around)) {
        if (around->labels == 0)
            return NULL;
        from = name_parent(around);
    }
    return zones_closest(zones, &from);
}

const struct zones_entry *zones_at(const struct zones *zones, const struct name *name)
{
    for (unsigned i = 0; i < zones->count; i++)
        if (name_equal(&zones->list[i].name, name))
            return &zones->list[i];
    return NULL;
}

bool zones_lists(const struct zones *zones, const struct name *cut, const struct endpoint *server)
{
    const struct zones_entry *entry = zones_closest(zones, cut);

    for (unsigned i = 0; entry && i < entry->server_count; i++)
        if (endpoint_equal(&entry->servers[i], server))
            return true;
    return false;
}
