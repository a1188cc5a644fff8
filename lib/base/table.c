#include "lib/base/table.h"

#include <assert.h>

#include "lib/base/memory.h"

enum { BUCKETS_AT_FIRST = 16 };

enum status table_init(struct table *table, size_t max)
{
    struct table_node **buckets = memory_array(BUCKETS_AT_FIRST, sizeof(struct table_node *));
    if (buckets == NULL)
        return ST_NOMEM;
    *table = (struct table){ .buckets = buckets, .mask = BUCKETS_AT_FIRST - 1, .max = max };
    return ST_OK;
}

void table_clear(struct table *table)
{
    memory_free(table->buckets);
    *table = (struct table){ .buckets = NULL };
}

static struct table_node *same_hash(struct table_node *node, uint64_t hash)
{
    while (node != NULL && node->hash != hash)
        node = node->next;
    return node;
}

struct table_node *table_first(const struct table *table, uint64_t hash)
{
    return table->buckets != NULL ? same_hash(table->buckets[hash & table->mask], hash) : NULL;
}

struct table_node *table_next(const struct table_node *node)
{
    return same_hash(node->next, node->hash);
}

static void link_node(struct table *table, struct table_node *node)
{
    struct table_node **bucket = &table->buckets[node->hash & table->mask];
    node->next = *bucket;
    *bucket = node;
}

/* Longer chains are all that a lack of memory costs. */
static void grow(struct table *table)
{
    size_t old_count = table->mask + 1;
    struct table_node **old = table->buckets;
    if (old_count > SIZE_MAX / 2)
        return;
    struct table_node **buckets = memory_array(2 * old_count, sizeof *buckets);
    if (buckets == NULL)
        return;
    table->buckets = buckets;
    table->mask = 2 * old_count - 1;
    for (size_t i = 0; i < old_count; i++) {
        for (struct table_node *node = old[i], *next; node != NULL; node = next) {
            next = node->next;
            link_node(table, node);
        }
    }
    memory_free(old);
}

enum status table_insert(struct table *table, struct table_node *node, uint64_t hash)
{
    if (table->count >= table->max)
        return ST_LIMIT;
    if (table->count > table->mask)
        grow(table);
    node->hash = hash;
    link_node(table, node);
    table->count++;
    return ST_OK;
}

void table_remove(struct table *table, struct table_node *node)
{
    assert(table->count > 0);
    struct table_node **link = &table->buckets[node->hash & table->mask];
    while (*link != node) {
        assert(*link != NULL);
        link = &(*link)->next;
    }
    *link = node->next;
    node->next = NULL;
    table->count--;
}
