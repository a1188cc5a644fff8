#include "lib/policy/local_tree.h"

#include <string.h>

#include "lib/base/limits.h"
#include "lib/base/list.h"
#include "lib/base/memory.h"
#include "lib/wire/type.h"

struct local_tree {
    struct table by_name;
    struct local_node *all;
    struct local_node *root;
};

/* Who asks chooses no name that is in: chains are as long as the configuration makes them, and a
 * key would hide nothing. */
static const struct siphash_key hash_key = { 0, 0 };

/* ---- finding ---- */

static struct local_node *find(const struct local_tree *tree, struct bytes name)
{
    struct table_node *at = table_first(&tree->by_name, siphash13(&hash_key, name.at, name.len));

    for (; at; at = table_next(at)) {
        struct local_node *node = LIST_OF(at, struct local_node, by_name);
        if (node->len == name.len && memcmp(node->octets, name.at, name.len) == 0)
            return node;
    }
    return NULL;
}

const struct local_node *local_tree_deepest(const struct local_tree *tree, const struct name *name)
{
    struct name lower = name_lower(name);
    uint8_t begins[NAME_LABELS_MAX + 1];
    const struct local_node *deepest = tree->root;
    unsigned at = 0;

    for (unsigned i = 0; i < lower.labels; at += lower.octets[at] + 1u, i++)
        begins[i] = (uint8_t)at;
    for (unsigned left = lower.labels; left > 0; left--) {
        unsigned begin = begins[left - 1];
        struct bytes suffix = { lower.octets + begin, lower.len - begin };
        const struct local_node *node = find(tree, suffix);
        if (!node)
            break;
        deepest = node;
    }
    return deepest;
}

const struct local_node *local_tree_each(const struct local_tree *tree,
                                         const struct local_node *after)
{
    return after ? after->next : tree->all;
}

struct name local_node_name(const struct local_node *node)
{
    struct name name = { .len = node->len, .labels = node->labels };

    memcpy(name.octets, node->octets, node->len);
    return name;
}

const struct local_zone *local_node_zone(const struct local_node *node)
{
    for (unsigned source = LOCAL_SOURCES; source-- > 0;)
        if (node->zones[source].source != LOCAL_NOBODY)
            return &node->zones[source];
    return NULL;
}

bool local_node_counts(const struct local_node *node, const struct local_set *set)
{
    for (const struct local_set *at = node->sets; at; at = at->next)
        if (at->set->type == set->set->type && at->source > set->source)
            return false;
    return true;
}

const struct local_set *local_node_set(const struct local_node *node, uint16_t type)
{
    const struct local_set *found = NULL;

    for (const struct local_set *at = node->sets; at; at = at->next)
        if (at->set->type == type && (!found || at->source > found->source))
            found = at;
    return found;
}

/* ---- growing and shrinking ---- */

static struct local_node *add_node(struct local_tree *tree, struct bytes name, unsigned labels,
                                   struct local_node *parent)
{
    struct local_node *node = memory_new(sizeof *node + name.len);

    if (!node)
        return NULL;
    node->len = (uint8_t)name.len;
    node->labels = (uint8_t)labels;
    memcpy(node->octets, name.at, name.len);
    if (table_insert(&tree->by_name, &node->by_name, siphash13(&hash_key, name.at, name.len)) !=
        ST_OK) {
        memory_free(node);
        return NULL;
    }
    node->parent = parent;
    if (parent)
        parent->children++;
    node->next = tree->all;
    node->above = &tree->all;
    if (node->next)
        node->next->above = &node->next;
    tree->all = node;
    return node;
}

static void free_node(struct local_node *node)
{
    struct local_set *next;

    for (struct local_set *set = node->sets; set; set = next) {
        next = set->next;
        memory_free(set->set);
        memory_free(set);
    }
    memory_free(node);
}

/* The root stays. */
static bool is_empty(const struct local_node *node)
{
    return node->parent && node->children == 0 && !node->sets && !local_node_zone(node);
}

static void drop(struct local_tree *tree, struct local_node *node)
{
    node->parent->children--;
    table_remove(&tree->by_name, &node->by_name);
    *node->above = node->next;
    if (node->next)
        node->next->above = node->above;
    free_node(node);
}

/* The node and those above it that hold nothing any more. */
static void prune(struct local_tree *tree, struct local_node *node)
{
    while (is_empty(node)) {
        struct local_node *parent = node->parent;
        drop(tree, node);
        node = parent;
    }
}

static struct local_node *grow(struct local_tree *tree, const struct name *name)
{
    const struct local_node *deepest = local_tree_deepest(tree, name);
    struct local_node *node = find(tree, (struct bytes){ deepest->octets, deepest->len });

    while (node && node->labels < name->labels) {
        struct name below = name_suffix(name, node->labels + 1u), lower = name_lower(&below);
        struct local_node *added = add_node(tree, name_bytes(&lower), lower.labels, node);
        if (!added)
            prune(tree, node);
        node = added;
    }
    return node;
}

struct local_tree *local_tree_create(void)
{
    struct local_tree *tree = memory_new(sizeof *tree);

    if (!tree)
        return NULL;
    if (table_init(&tree->by_name, LOCAL_NAMES_MAX) == ST_OK)
        tree->root = add_node(tree, name_bytes(&name_root), 0, NULL);
    if (tree->root)
        return tree;
    local_tree_destroy(tree);
    return NULL;
}

void local_tree_destroy(struct local_tree *tree)
{
    struct local_node *next;

    if (!tree)
        return;
    for (struct local_node *node = tree->all; node; node = next) {
        next = node->next;
        free_node(node);
    }
    table_clear(&tree->by_name);
    memory_free(tree);
}

/* ---- saying something of a name ---- */

static enum status no_node(const struct local_tree *tree)
{
    return tree->by_name.count >= LOCAL_NAMES_MAX ? ST_LIMIT : ST_NOMEM;
}

enum status local_tree_put_zone(struct local_tree *tree, const struct name *name,
                                const struct local_zone *zone)
{
    struct local_node *node = grow(tree, name);

    if (!node)
        return no_node(tree);
    if (node->zones[zone->source].source != LOCAL_NOBODY)
        return ST_MALFORMED;
    node->zones[zone->source] = *zone;
    return ST_OK;
}

static bool stands_beside_cname(const struct local_node *node, enum local_source source,
                                uint16_t type)
{
    for (const struct local_set *at = node->sets; at; at = at->next)
        if (at->source == source && at->set->type != type &&
            (at->set->type == TYPE_CNAME || type == TYPE_CNAME))
            return true;
    return false;
}

/* `record` with what `old` holds (NULL: nothing), as a block of its own. */
static enum status join(const struct rrset *old, const struct rrset *record, struct arena *scratch,
                        struct rrset **block)
{
    struct bytes rdatas[RRS_PER_RRSET_MAX];
    struct name owner = rrset_owner(record);
    struct rrset_parts parts = {
        .owner = &owner, .type = record->type, .ttl = record->ttl, .rdatas = rdatas
    };
    struct rrset *packed;

    if (old && old->rr_count >= RRS_PER_RRSET_MAX)
        return ST_LIMIT;
    if (old && old->ttl < parts.ttl) /* RFC 2181 §5.2 */
        parts.ttl = old->ttl;
    for (unsigned i = 0; old && i < old->rr_count; i++)
        rdatas[parts.rr_count++] = rrset_rdata(old, i);
    rdatas[parts.rr_count++] = rrset_rdata(record, 0);
    TRY(rrset_pack(&parts, scratch, &packed));
    *block = memory_new(packed->size);
    if (!*block)
        return ST_NOMEM;
    memcpy(*block, packed, packed->size);
    return ST_OK;
}

static enum status put(struct local_node *node, enum local_source source,
                       const struct rrset *record, struct arena *scratch)
{
    struct local_set **at = &node->sets;
    struct rrset *block;

    if (stands_beside_cname(node, source, record->type))
        return ST_MALFORMED;
    while (*at && ((*at)->source != source || (*at)->set->type != record->type))
        at = &(*at)->next;
    if (*at && record->type == TYPE_CNAME) /* RFC 1034 §3.6.2: one */
        return ST_MALFORMED;
    TRY(join(*at ? (*at)->set : NULL, record, scratch, &block));
    if (!*at) {
        *at = memory_new(sizeof **at);
        if (!*at) {
            memory_free(block);
            return ST_NOMEM;
        }
        (*at)->source = (uint8_t)source;
    }
    memory_free((*at)->set);
    (*at)->set = block;
    return ST_OK;
}

enum status local_tree_put_record(struct local_tree *tree, enum local_source source,
                                  const struct rrset *record, struct arena *scratch)
{
    struct name owner = rrset_owner(record);
    struct local_node *node = grow(tree, &owner);

    if (!node)
        return no_node(tree);
    enum status status = put(node, source, record, scratch);
    prune(tree, node);
    return status;
}

/* ---- clearing and copying ---- */

static void clear_node(struct local_node *node, enum local_source source)
{
    struct local_set **at = &node->sets;

    node->zones[source] = (struct local_zone){ .source = LOCAL_NOBODY };
    while (*at) {
        struct local_set *set = *at;
        if (set->source != source) {
            at = &set->next;
            continue;
        }
        *at = set->next;
        memory_free(set->set);
        memory_free(set);
    }
}

/* Who was made later stands before, so that a name comes before all that it stands below. */
void local_tree_clear(struct local_tree *tree, enum local_source source)
{
    struct local_node *next;

    for (struct local_node *node = tree->all; node; node = next) {
        next = node->next;
        clear_node(node, source);
        if (is_empty(node))
            drop(tree, node);
    }
}

static enum status copy_sets(const struct local_node *from, struct local_node *to)
{
    struct local_set **end = &to->sets;

    for (const struct local_set *at = from->sets; at; at = at->next, end = &(*end)->next) {
        struct local_set *copy = memory_new(sizeof *copy);
        if (!copy)
            return ST_NOMEM;
        *end = copy;
        copy->source = at->source;
        copy->set = memory_new(at->set->size);
        if (!copy->set)
            return ST_NOMEM;
        memcpy(copy->set, at->set, at->set->size);
    }
    return ST_OK;
}

static enum status copy_node(const struct local_node *from, struct local_tree *tree)
{
    struct name name = local_node_name(from);
    struct local_node *to = grow(tree, &name);

    if (!to)
        return no_node(tree);
    memcpy(to->zones, from->zones, sizeof to->zones);
    return copy_sets(from, to);
}

struct local_tree *local_tree_copy(const struct local_tree *tree)
{
    struct local_tree *copy = local_tree_create();

    for (const struct local_node *node = tree->all; copy && node; node = node->next) {
        if (copy_node(node, copy) == ST_OK)
            continue;
        local_tree_destroy(copy);
        copy = NULL;
    }
    return copy;
}
