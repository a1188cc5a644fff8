/* Priming: the root's servers and keys, beside whatever else goes on (RFC 9609, RULINGS A35). */
#include "lib/base/log.h"
#include "lib/engine/state.h"
#include "lib/wire/type.h"

enum { PRIME_AGAIN_S_MIN = 1, PRIME_AGAIN_S_MAX = 60, ROOT_TTL_S_MIN = 60 };

static const struct hint *hint_of(const struct policy *policy, const struct name *server)
{
    for (unsigned i = 0; i < policy->hint_count; i++)
        if (name_equal(&policy->hints[i].name, server))
            return &policy->hints[i];
    return NULL;
}

static void add_address(const struct policy *policy, const struct endpoint *address,
                        struct server *server)
{
    enum family_use use = address->family == 6 ? policy->ipv6 : policy->ipv4;

    if (address->family == 0 || use == FAMILY_OFF || server->address_count == SERVER_ADDRESSES_MAX)
        return;
    server->addresses[server->address_count] = *address;
    server->addresses[server->address_count++].port = policy->hints_port;
}

static void add_hint(const struct policy *policy, const struct hint *hint, struct server *server)
{
    add_address(policy, &hint->v4, server);
    add_address(policy, &hint->v6, server);
}

static void add_glue(const struct policy *policy, const struct rrset *set, struct server *server)
{
    struct bytes rdata;

    for (struct rrset_walk w = rrset_records(set); rrset_next(&w, &rdata);) {
        struct endpoint address =
            set->type == TYPE_A ? endpoint_v4(rdata.at, 53) : endpoint_v6(rdata.at, 53);
        add_address(policy, &address, server);
    }
}

/* root-servers.net is unsigned: of its addresses there is no proof, but that they came by a
 * connection. By a datagram, or where there are none for this name, they are those of the hints; a
 * name that the hints do not have is looked up like any other. */
static void add_addresses(const struct engine *engine, const struct walk *walk,
                          struct server *server)
{
    const struct hint *hint = hint_of(engine->policy, &server->name);

    for (size_t i = 0; i < walk->glue.count && walk->judged.via == VIA_TCP; i++)
        if (rrset_owner_is(walk->glue.at[i], &server->name))
            add_glue(engine->policy, walk->glue.at[i], server);
    if (server->address_count == 0 && hint)
        add_hint(engine->policy, hint, server);
}

/* The names are the root's own word, proven. */
static void take_servers(struct engine *engine, const struct fetch *fetch, const struct link *link)
{
    struct server *servers = ARENA_ARRAY(engine->scratch, struct server, SERVERS_MAX);
    struct delegation root = { .zone = name_root, .source = FROM_PRIMING, .servers = servers };
    struct bytes rdata;

    if (link->security != SEC_SECURE) /* whoever answered, it was not proven to be the root */
        return;
    if (!servers || link->kind != REPLY_POSITIVE || link->answer_count == 0)
        return;
    for (struct rrset_walk w = rrset_records(link->answer[0]);
         rrset_next(&w, &rdata) && root.server_count < SERVERS_MAX;) {
        struct server *server = &servers[root.server_count];
        if (name_from_wire(rdata, &server->name) != ST_OK)
            continue;
        add_addresses(engine, fetch->walk, server);
        root.server_count++;
    }
    root.servers_until =
        instant_after_s(engine->now, link->ttl_s < ROOT_TTL_S_MIN ? ROOT_TTL_S_MIN : link->ttl_s);
    root.ds_until = root.servers_until;
    if (root.server_count > 0)
        (void)!delegation_cache_put(engine->caches->delegations, &root, engine->now);
}

void prime_forget(struct engine *engine)
{
    delegation_cache_remove(engine->caches->delegations, &name_root);
    if (engine->prime_at.ns != INSTANT_NEVER.ns)
        engine->prime_at =
            instant_earlier(engine->prime_at, instant_after_s(engine->now, PRIME_AGAIN_S_MAX));
}

void prime_ended(struct engine *engine, const struct job *job)
{
    uint64_t again_s = PRIME_AGAIN_S_MAX;
    char why[2 * CAUSE_OCTETS];

    if (job->fetch && job->fetch->link_count > 0) {
        const struct link *link = job->fetch->links[job->fetch->link_count - 1];
        take_servers(engine, job->fetch, link);
        again_s = link->ttl_s > PRIME_AGAIN_S_MAX ? link->ttl_s : PRIME_AGAIN_S_MAX;
        engine->prime_failures = 0;
    } else {
        if (engine->prime_failures < 6)
            engine->prime_failures++;
        again_s = (uint64_t)PRIME_AGAIN_S_MIN << engine->prime_failures;
        if (log_may_repeat(LOG_WARNING, WHY_NO_ROOT, engine->now))
            log_line(LOG_WARNING,
                     "no root server gives an answer (%s): trying again every %u s at the "
                     "most; is this machine on a network that lets port 53 out?",
                     cause_text(&job->cause, why, sizeof why), PRIME_AGAIN_S_MAX);
    }
    engine->prime_at = instant_after_s(
        engine->now,
        again_s < PRIME_AGAIN_S_MAX || !engine->prime_failures ? again_s : PRIME_AGAIN_S_MAX);
}

void engine_prime(struct engine *engine, struct instant now, struct unixtime wall)
{
    struct event event = { .kind = EVENT_TIME, .now = now, .wall = wall };
    engine->prime_at = now;
    engine_handle(engine, &event);
}

void prime_when_due(struct engine *engine)
{
    struct client_question question = {
        .header = { .flags = FLAG_RD },
        .question = { .name = name_root, .type = TYPE_NS, .class = CLASS_IN },
        .udp_octets = EDNS_UDP_OCTETS,
    };

    if (!engine->policy->priming || instant_before(engine->now, engine->prime_at))
        return;
    engine->prime_at = INSTANT_NEVER; /* until this one has ended */
    if (!job_begin_internal(engine, &question))
        engine->prime_at = instant_after_s(engine->now, PRIME_AGAIN_S_MIN);
}
