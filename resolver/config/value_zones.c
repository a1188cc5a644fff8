/* Forward and stub zones: {name: NAME, forward: [ADDRESS ...], order: ..., dnssec: ...}. */
#include <stdio.h>
#include <string.h>

#include "resolver/config/value.h"

enum { DNS_PORT = 53 };

/* The index of a word is the value of the enum. */
static const char *const order_words[] = { "first", "only", NULL };
static const char *const dnssec_words[] = { "auto", "insecure", "require", NULL };

/* A single address counts as a list of one. */
static enum status read_servers(const struct node *node, struct zones_entry *entry,
                                struct complaint *complaint)
{
    const struct node *at = node->kind == NODE_SEQUENCE ? node->first : node;

    for (; at; at = node->kind == NODE_SEQUENCE ? at->next : NULL) {
        struct endpoint *server = &entry->servers[entry->server_count];
        if (entry->server_count == ZONES_SERVERS_MAX)
            return value_wrong(at, complaint, "at most 12 addresses");
        if (at->kind != NODE_SCALAR || endpoint_parse(at->text, DNS_PORT, server) != ST_OK ||
            server->port == 0)
            return value_wrong(at, complaint, "");
        entry->server_count++;
    }
    return entry->server_count > 0 ? ST_OK : value_wrong(node, complaint, "at least one address");
}

struct seen {
    bool name, servers, order;
};

static enum status read_key(const struct node *at, struct zones_entry *entry, struct seen *seen,
                            struct complaint *complaint)
{
    unsigned value;

    if (strcmp(at->key, "name") == 0) {
        seen->name = at->kind == NODE_SCALAR && name_from_text(at->text, &entry->name) == ST_OK;
        return seen->name ? ST_OK : value_wrong(at, complaint, "no domain name");
    }
    if (strcmp(at->key, "forward") == 0 || strcmp(at->key, "stub") == 0) {
        if (seen->servers)
            return value_wrong(at, complaint, "forward or stub, not both");
        seen->servers = true;
        entry->kind = at->key[0] == 'f' ? ZONES_FORWARD : ZONES_STUB;
        return read_servers(at, entry, complaint);
    }
    if (strcmp(at->key, "order") == 0 && value_is_one_of(at, order_words, &value)) {
        seen->order = true;
        entry->order = (enum zones_order)value;
        return ST_OK;
    }
    if (strcmp(at->key, "dnssec") == 0 && value_is_one_of(at, dnssec_words, &value)) {
        entry->dnssec = (enum zones_dnssec)value;
        return ST_OK;
    }
    return value_wrong(at, complaint, "");
}

static enum status read_entry(const struct node *node, struct zones_entry *entry,
                              struct complaint *complaint)
{
    struct seen seen = { .name = false };

    for (const struct node *at = node->kind == NODE_MAPPING ? node->first : NULL; at; at = at->next)
        TRY(read_key(at, entry, &seen, complaint));
    if (!seen.name || !seen.servers)
        return value_wrong(node, complaint, "name, and forward or stub, are needed");
    if (entry->kind == ZONES_STUB && seen.order)
        return value_wrong(node, complaint, "order is for forward alone");
    return ST_OK;
}

enum status value_zones(const struct option_row *row, void *field, const struct node *node,
                        struct complaint *complaint)
{
    struct zones *zones = field;

    (void)row;
    zones_clear(zones);
    if (node->kind != NODE_SEQUENCE)
        return ST_MALFORMED;
    for (const struct node *at = node->first; at; at = at->next) {
        struct zones_entry entry = { .server_count = 0 };
        TRY(read_entry(at, &entry, complaint));
        enum status status = zones_add(zones, &entry);
        if (status == ST_MALFORMED)
            return value_wrong(at, complaint, "this zone is there already");
        if (status == ST_LIMIT)
            return value_wrong(at, complaint, "at most 256 zones");
        TRY(status);
    }
    return ST_OK;
}

/* ---- said ---- */

static const char *what_auto_does(const struct policy *policy, const struct zones_entry *entry)
{
    const struct rrset *ds = NULL, *keys = NULL;

    anchor_find(policy->anchors, &entry->name, &ds, &keys);
    if (ds || keys)
        return "dnssec auto: proven from its own trust anchor, bogus where that fails";
    return "dnssec auto: insecure where the chain of its parent proves that the name does not "
           "exist or has no DS, bogus where it proves a DS that its keys do not match";
}

void zones_print(const struct policy *policy, FILE *into)
{
    for (unsigned i = 0; i < policy->zones.count; i++) {
        const struct zones_entry *entry = &policy->zones.list[i];
        char name[NAME_TEXT], server[ENDPOINT_TEXT];
        const char *dnssec = entry->dnssec == ZONES_AUTO ? what_auto_does(policy, entry)
                             : entry->dnssec == ZONES_INSECURE
                                 ? "dnssec insecure: nothing there is validated"
                                 : "dnssec require: bogus unless proven secure";
        fprintf(into, "zone %s: %s ", name_text(&entry->name, name, sizeof name),
                entry->kind == ZONES_FORWARD ? "forward to" : "stub at");
        for (unsigned s = 0; s < entry->server_count; s++)
            fprintf(into, "%s%s", s ? ", " : "", endpoint_text(&entry->servers[s], server));
        fprintf(into, "%s; %s\n",
                entry->kind != ZONES_FORWARD  ? ""
                : entry->order == ZONES_FIRST ? ", then the root, but for special-use names"
                                              : ", never from the root",
                dnssec);
    }
}
