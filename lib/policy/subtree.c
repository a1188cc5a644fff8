#include "lib/policy/subtree.h"

#include <string.h>

#include "lib/base/memory.h"

enum status subtrees_add(struct subtrees *subtrees, const struct subtree *subtree)
{
    struct subtree *grown;

    if (subtrees->count == SUBTREES_MAX)
        return ST_LIMIT;
    grown = memory_resize(subtrees->list, subtrees->count + 1u, sizeof *grown);
    if (!grown)
        return ST_NOMEM;
    subtrees->list = grown;
    subtrees->list[subtrees->count++] = *subtree;
    return ST_OK;
}

enum status subtrees_copy(const struct subtrees *subtrees, struct subtrees *copy)
{
    if (subtrees->count == 0)
        return ST_OK;
    copy->list = memory_array(subtrees->count, sizeof *copy->list);
    if (!copy->list)
        return ST_NOMEM;
    memcpy(copy->list, subtrees->list, subtrees->count * sizeof *copy->list);
    copy->count = subtrees->count;
    return ST_OK;
}

void subtrees_clear(struct subtrees *subtrees)
{
    memory_free(subtrees->list);
    *subtrees = (struct subtrees){ .list = NULL };
}

void subtrees_drop_timed(struct subtrees *subtrees)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < subtrees->count; i++)
        if (subtrees->list[i].until.ns == 0)
            subtrees->list[kept++] = subtrees->list[i];
    subtrees->count = kept;
}

const struct subtree *subtrees_closest(const struct subtrees *subtrees, const struct name *name)
{
    const struct subtree *closest = NULL;

    for (unsigned i = 0; i < subtrees->count; i++) {
        const struct subtree *at = &subtrees->list[i];
        if (name_under(name, &at->name) && (!closest || at->name.labels > closest->name.labels))
            closest = at;
    }
    return closest;
}
