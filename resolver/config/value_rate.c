#include "resolver/config/value.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool read_factor(const struct node *node, uint32_t *factor)
{
    char *end;

    if (node->kind != NODE_SCALAR || !isdigit((unsigned char)node->text[0]))
        return false;
    errno = 0;
    unsigned long number = strtoul(node->text, &end, 10);
    *factor = number > NETWORK_FACTOR_MAX ? 0 : (uint32_t)number;
    return errno == 0 && *end == '\0' && *factor > 0;
}

static enum status add_factor(struct networks *networks, const struct node *entry,
                              struct complaint *complaint)
{
    struct prefix network = { .bits = 0 };
    bool has_network = false;
    uint32_t factor = 0;

    for (const struct node *at = entry->kind == NODE_MAPPING ? entry->first : NULL; at;
         at = at->next) {
        if (strcmp(at->key, "network") == 0 && at->kind == NODE_SCALAR &&
            prefix_parse(at->text, &network) == ST_OK)
            has_network = true;
        else if (strcmp(at->key, "factor") != 0 || !read_factor(at, &factor))
            return value_wrong(at, complaint, "");
    }
    if (!has_network || factor == 0)
        return value_wrong(entry, complaint, "network and factor are both needed");
    switch (networks_add(networks, &network, factor)) {
    case ST_OK: return ST_OK;
    case ST_LIMIT: return value_wrong(entry, complaint, "at most 256 networks");
    case ST_MALFORMED: return value_wrong(entry, complaint, "this network has a factor already");
    default: return ST_NOMEM;
    }
}

enum status value_factors(const struct option_row *row, void *field, const struct node *node,
                          struct complaint *complaint)
{
    (void)row;
    networks_clear(field);
    if (node->kind != NODE_SEQUENCE)
        return ST_MALFORMED;
    for (const struct node *at = node->first; at; at = at->next)
        TRY(add_factor(field, at, complaint));
    return ST_OK;
}
