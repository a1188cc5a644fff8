/* local_tree - names with what is said of them here: zones and records, found from the root down.
 *
 * Shape    one node a name; a node has a parent, and goes when it holds nothing and nobody stands
 *          below it. So a name whose first label from the right is not in costs one look. Zones and
 *          sets have a source; where two say something of one name, the later source in the list
 *          counts, and the other one counts again once that is cleared.
 * Owns     its nodes and sets.
 * Threads  any, read only once the policy is in force.
 * Errors   ST_MALFORMED: that zone is in already, or a CNAME would not stand alone (RFC 1034
 *          §3.6.2); ST_LIMIT: LOCAL_NAMES_MAX or RRS_PER_RRSET_MAX; ST_NOMEM.
 */
#ifndef CATENA_POLICY_LOCAL_TREE_H
#define CATENA_POLICY_LOCAL_TREE_H

#include "lib/base/table.h"
#include "lib/wire/rrset.h"

enum { LOCAL_NAMES_MAX = 65536 /* 20,000 lines of a configuration, and the names above them */ };

enum local_kind {
    LOCAL_STATIC,      /* the records there are, and nothing else */
    LOCAL_TRANSPARENT, /* the records there are; other names are looked for elsewhere */
    LOCAL_REDIRECT,    /* the zone's own records, for every name below it too */
    LOCAL_NXDOMAIN,
    LOCAL_NODATA,
    LOCAL_REFUSE, /* records, if there are any; else REFUSED */
    LOCAL_DROP    /* records, if there are any; else no answer at all */
};

enum local_source {
    LOCAL_NOBODY, /* says nothing */
    LOCAL_SPECIAL,
    LOCAL_HOSTS,
    LOCAL_OPENED,
    LOCAL_ZONED,   /* zones that are written */
    LOCAL_WRITTEN, /* records that are */
    LOCAL_SOURCES
};

struct local_zone {
    uint8_t source, kind; /* LOCAL_NOBODY: no zone begins here */
    uint16_t why;         /* enum why, of what is not there */
    bool delegated;       /* the zone above tells of its DS (RFC 4035 §3.1.4.1) */
};

struct local_set {
    struct local_set *next;
    uint8_t source;
    struct rrset *set; /* a block of its own */
};

struct local_node {
    struct table_node by_name;
    struct local_node *next, **above; /* of all nodes */
    struct local_node *parent;        /* NULL: the root */
    uint32_t children;
    struct local_zone zones[LOCAL_SOURCES]; /* by source */
    struct local_set *sets;
    uint8_t len, labels;
    uint8_t octets[]; /* in lower case */
};

struct local_tree;

struct local_tree *local_tree_create(void); /* NULL: no memory */
void local_tree_destroy(struct local_tree *tree);
struct local_tree *local_tree_copy(const struct local_tree *tree);

enum status local_tree_put_zone(struct local_tree *tree, const struct name *name,
                                const struct local_zone *zone) MUST_USE;
/* A set of one record joins what the same source says of its owner and type. */
enum status local_tree_put_record(struct local_tree *tree, enum local_source source,
                                  const struct rrset *record, struct arena *scratch) MUST_USE;
void local_tree_clear(struct local_tree *tree, enum local_source source);

/* The deepest node at or above `name`: the root's, if nothing else. */
const struct local_node *local_tree_deepest(const struct local_tree *tree, const struct name *name);
/* All nodes, in no order that means anything: NULL begins, and ends. */
const struct local_node *local_tree_each(const struct local_tree *tree,
                                         const struct local_node *after);
struct name local_node_name(const struct local_node *node);
/* The zone that begins there; NULL: none. */
const struct local_zone *local_node_zone(const struct local_node *node);
/* Its set of that type; NULL: none. */
const struct local_set *local_node_set(const struct local_node *node, uint16_t type);
/* No later source says something of this type at the node. */
bool local_node_counts(const struct local_node *node, const struct local_set *set);

#endif
