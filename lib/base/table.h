/* table - bounded hash table of intrusive nodes, chained; keys are compared by the caller.
 *
 * Shape    2^n buckets, grown by doubling up to `max` nodes; the hash is the caller's, keyed
 *          (SipHash).
 * Owns     its bucket array; nodes belong to the caller.
 * Errors   ST_LIMIT: `max` nodes are in. Growth that finds no memory is skipped, never an error.
 */
#ifndef CATENA_BASE_TABLE_H
#define CATENA_BASE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"

struct table_node {
    struct table_node *next;
    uint64_t hash;
};

struct table {
    struct table_node **buckets;
    size_t mask, count, max;
};

enum status table_init(struct table *table, size_t max) MUST_USE;
void table_clear(struct table *table); /* frees the buckets; the nodes are the caller's */

/* First node with this hash, then the next with the same: the caller compares keys. */
struct table_node *table_first(const struct table *table, uint64_t hash);
struct table_node *table_next(const struct table_node *node);

enum status table_insert(struct table *table, struct table_node *node, uint64_t hash) MUST_USE;
void table_remove(struct table *table, struct table_node *node); /* it must be in */

#endif
