/* local_same - what two sets of options say of names that are answered here. */
#ifndef CATENA_TESTS_UNIT_LOCAL_SAME_H
#define CATENA_TESTS_UNIT_LOCAL_SAME_H

#include "lib/policy/local_tree.h"

static inline bool same_sets(const struct local_node *a, const struct local_node *b)
{
    const struct local_set *of_a = a->sets, *of_b = b->sets;

    for (; of_a && of_b; of_a = of_a->next, of_b = of_b->next)
        if (of_a->source != of_b->source || of_a->set->ttl != of_b->set->ttl ||
            !rrset_same_octets(of_a->set, of_b->set))
            return false;
    return !of_a && !of_b;
}

static inline bool same_node(const struct local_node *a, const struct local_node *b)
{
    for (unsigned i = 0; i < LOCAL_SOURCES; i++)
        if (a->zones[i].source != b->zones[i].source || a->zones[i].kind != b->zones[i].kind ||
            a->zones[i].why != b->zones[i].why)
            return false;
    return a->labels == b->labels && a->children == b->children && same_sets(a, b);
}

static inline bool same_local(const struct local_tree *a, const struct local_tree *b)
{
    const struct local_node *node = NULL;

    while ((node = local_tree_each(a, node))) {
        struct name name = local_node_name(node);
        if (!same_node(node, local_tree_deepest(b, &name)))
            return false;
    }
    return true;
}

#endif
