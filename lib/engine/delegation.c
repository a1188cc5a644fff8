#include "lib/engine/delegation.h"

#include "lib/wire/type.h"

enum { SERVERS_TTL_S_MIN = 60, SERVERS_TTL_S_MAX = 86400 /* LIMITS B8 */, DNS_PORT = 53 };

/* One NS record of the referral, by its index in the set. */
struct choice {
    uint16_t record;
    uint8_t place; /* in delegation->servers, plus one; 0: not chosen */
    bool has_glue;
    const struct rrset *v4, *v6;
};

struct choosing {
    const struct scrubbed *reply;
    const struct policy *policy;
    struct choice *choices; /* by record */
    uint16_t *order;        /* records, shuffled */
    uint16_t count;
    uint32_t ttl_s;
};

/* ---- choosing names (LIMITS E1, E2) ---- */

/* Fisher and Yates: every order is as likely as every other. */
static void shuffle(uint16_t *order, uint16_t count, struct prng *prng)
{
    for (uint16_t i = 0; i < count; i++)
        order[i] = i;
    for (uint16_t left = count; left > 1; left--) {
        uint32_t other = prng_below(prng, left);
        uint16_t moved = order[left - 1];
        order[left - 1] = order[other];
        order[other] = moved;
    }
}

static void find_glue(struct choosing *c)
{
    const struct scrubbed *reply = c->reply;
    for (size_t i = 0; i < reply->glue.count; i++) {
        const struct rrset *set = reply->glue.at[i];
        struct choice *choice = &c->choices[reply->glue_of[i]];
        if (set->type == TYPE_A && c->policy->ipv4 != FAMILY_OFF)
            choice->v4 = set;
        if (set->type == TYPE_AAAA && c->policy->ipv6 != FAMILY_OFF)
            choice->v6 = set;
        choice->has_glue = choice->v4 != NULL || choice->v6 != NULL;
    }
}

static enum status choosing_begin(struct choosing *c, struct prng *prng, struct arena *arena)
{
    c->count = c->reply->ns->rr_count;
    c->ttl_s = c->reply->ns->ttl;
    c->choices = ARENA_ARRAY(arena, struct choice, c->count);
    c->order = ARENA_ARRAY(arena, uint16_t, c->count);
    if (c->choices == NULL || c->order == NULL)
        return ST_LIMIT;
    shuffle(c->order, c->count, prng);
    find_glue(c);
    return ST_OK;
}

/* ---- filling a server in ---- */

static bool add_next(struct server *server, struct rrset_walk *walk, uint16_t type)
{
    struct bytes rdata;
    if (!rrset_next(walk, &rdata))
        return false;
    server->addresses[server->address_count++] =
        type == TYPE_A ? endpoint_v4(rdata.at, DNS_PORT) : endpoint_v6(rdata.at, DNS_PORT);
    return true;
}

static struct rrset_walk walk_over(const struct rrset *set)
{
    return set != NULL ? rrset_records(set) : (struct rrset_walk){ .left = 0 };
}

/* Both families in turn: neither pushes the other out where there are more than we use. */
static void add_addresses(struct server *server, const struct choice *choice, unsigned max)
{
    struct rrset_walk v4 = walk_over(choice->v4), v6 = walk_over(choice->v6);
    bool more = true;
    while (more && server->address_count < max) {
        more = add_next(server, &v4, TYPE_A);
        if (server->address_count < max)
            more = add_next(server, &v6, TYPE_AAAA) || more;
    }
}

static void lower_ttl(uint32_t *ttl_s, const struct rrset *set)
{
    if (set != NULL && set->ttl < *ttl_s)
        *ttl_s = set->ttl;
}

/* The root is no server's name: an NS of "." says that there is none. */
static void add_server(struct choosing *c, uint16_t record, struct delegation *delegation)
{
    const struct limits *limits = &c->policy->limits;
    unsigned max =
        limits->ns_addresses < SERVER_ADDRESSES_MAX ? limits->ns_addresses : SERVER_ADDRESSES_MAX;
    struct server *server = &delegation->servers[delegation->server_count];
    const struct choice *choice = &c->choices[record];
    struct name name;

    if (name_from_wire(rrset_rdata(c->reply->ns, record), &name) != ST_OK || name.labels == 0)
        return;
    server->name = name_lower(&name);
    add_addresses(server, choice, max);
    lower_ttl(&c->ttl_s, choice->v4);
    lower_ttl(&c->ttl_s, choice->v6);
    delegation->server_count++;
}

static enum status add_servers(struct choosing *c, struct arena *arena,
                               struct delegation *delegation)
{
    uint32_t names = c->policy->limits.ns_names;
    uint16_t max = (uint16_t)(names < SERVERS_MAX ? names : SERVERS_MAX);

    if (max > c->count)
        max = c->count;
    delegation->servers = ARENA_ARRAY(arena, struct server, max);
    if (delegation->servers == NULL)
        return ST_LIMIT;
    for (unsigned glued = 2; glued-- > 0;) {
        for (uint16_t i = 0; i < c->count && delegation->server_count < max; i++)
            if (c->choices[c->order[i]].has_glue == (glued == 1))
                add_server(c, c->order[i], delegation);
    }
    return delegation->server_count > 0 ? ST_OK : ST_MALFORMED;
}

/* ---- the DS half (RULINGS A13) ---- */

static bool is_denial(const struct rrset *set)
{
    return set->type == TYPE_NSEC || set->type == TYPE_NSEC3;
}

/* The DS set of the zone, or NULL. */
static struct rrset *find_ds(const struct rrset_list *sets)
{
    for (size_t i = 0; i < sets->count; i++)
        if (sets->at[i]->type == TYPE_DS)
            return sets->at[i];
    return NULL;
}

/* Where there is a DS nothing is denied, and the denials need not be kept. */
static enum status add_ds_sets(const struct rrset_list *sets, struct arena *arena,
                               struct delegation *delegation, uint32_t *ttl_s)
{
    struct rrset *ds = find_ds(sets);

    delegation->ds_sets = ARENA_ARRAY(arena, struct rrset *, DS_SETS_MAX);
    if (delegation->ds_sets == NULL)
        return ST_LIMIT;
    for (size_t i = 0; i < sets->count && delegation->ds_count < DS_SETS_MAX; i++) {
        struct rrset *set = sets->at[i];
        if (ds != NULL ? set != ds : !is_denial(set))
            continue;
        delegation->ds_sets[delegation->ds_count++] = set;
        lower_ttl(ttl_s, set);
    }
    delegation->ds_state = delegation->ds_count > 0 ? DS_UNPROVEN : DS_UNKNOWN;
    return ST_OK;
}

/* ---- all of it ---- */

static uint32_t servers_ttl_s(uint32_t ttl_s)
{
    if (ttl_s < SERVERS_TTL_S_MIN)
        return SERVERS_TTL_S_MIN;
    return ttl_s < SERVERS_TTL_S_MAX ? ttl_s : SERVERS_TTL_S_MAX;
}

enum status delegation_from_referral(const struct referral_input *input, struct arena *arena,
                                     struct delegation *delegation)
{
    const struct scrubbed *reply = input->reply;
    struct choosing choosing = { .reply = reply, .policy = input->policy };
    struct delegation made = { .parent = input->asked->zone, .source = FROM_PARENT };
    uint32_t ds_ttl_s = SERVERS_TTL_S_MAX;

    if (reply->ns == NULL || input->asked->of_forwarder) /* who recurses refers nobody: B6 */
        return ST_MALFORMED;
    made.zone = rrset_owner(reply->ns);
    if (!name_strictly_under(&made.zone, &input->asked->zone)) /* only a parent delegates: B8 */
        return ST_MALFORMED;
    TRY(choosing_begin(&choosing, input->prng, arena));
    TRY(add_servers(&choosing, arena, &made));
    TRY(add_ds_sets(&reply->authority, arena, &made, &ds_ttl_s));
    made.servers_until = instant_after_s(input->now, servers_ttl_s(choosing.ttl_s));
    made.ds_until = instant_after_s(input->now, ds_ttl_s);
    *delegation = made;
    return ST_OK;
}

struct delegation delegation_hidden(const struct delegation *above, const struct name *zone)
{
    struct delegation hidden = *above;
    /* What the configuration says holds below it too; hints are for the root alone (LIMITS B8). */
    if (above->source != FROM_STUB && above->source != FROM_FORWARD)
        hidden.source = FROM_PARENT;
    hidden.zone = *zone;
    hidden.parent = above->zone;
    hidden.ds_state = DS_UNKNOWN;
    hidden.ds_count = 0;
    hidden.ds_sets = NULL;
    hidden.ds_until = above->servers_until;
    hidden.why = 0;
    return hidden;
}

enum status delegation_from_zones(const struct zones_entry *entry, struct arena *arena,
                                  struct delegation *delegation)
{
    struct delegation made = {
        .zone = name_lower(&entry->name),
        .source = entry->kind == ZONES_FORWARD ? FROM_FORWARD : FROM_STUB,
        .ds_state = DS_UNKNOWN,
        .server_count = (uint8_t)((entry->server_count - 1) / SERVER_ADDRESSES_MAX + 1),
        .servers_until = INSTANT_NEVER,
        .ds_until = INSTANT_NEVER,
    };

    made.servers = ARENA_ARRAY(arena, struct server, made.server_count);
    if (made.servers == NULL)
        return ST_LIMIT;
    for (unsigned i = 0; i < entry->server_count; i++) {
        struct server *server = &made.servers[i / SERVER_ADDRESSES_MAX];
        server->addresses[server->address_count++] = entry->servers[i];
    }
    *delegation = made;
    return ST_OK;
}

static void add_hint(const struct policy *policy, const struct hint *hint, struct server *server)
{
    const struct endpoint *addresses[] = {
        policy->ipv4 != FAMILY_OFF ? &hint->v4 : NULL,
        policy->ipv6 != FAMILY_OFF ? &hint->v6 : NULL,
    };
    server->name = hint->name;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        if (addresses[i] == NULL || addresses[i]->family == 0)
            continue;
        server->addresses[server->address_count] = *addresses[i];
        server->addresses[server->address_count++].port = policy->hints_port;
    }
}

enum status delegation_from_hints(const struct policy *policy, struct arena *arena,
                                  struct delegation *delegation)
{
    struct delegation root = {
        .zone = name_root,
        .source = FROM_HINTS,
        .ds_state = DS_UNKNOWN,
        .servers_until = INSTANT_NEVER,
        .ds_until = INSTANT_NEVER,
    };

    root.servers = ARENA_ARRAY(arena, struct server, policy->hint_count);
    if (root.servers == NULL)
        return ST_LIMIT;
    for (unsigned i = 0; i < policy->hint_count; i++)
        add_hint(policy, &policy->hints[i], &root.servers[i]);
    root.server_count = (uint8_t)policy->hint_count;
    *delegation = root;
    return ST_OK;
}
