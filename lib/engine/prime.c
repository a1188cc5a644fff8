/* Priming: the root's servers and keys, beside whatever else goes on (RFC 8109, RULINGS A35). */
#include "lib/base/log.h"
#include "lib/engine/state.h"
#include "lib/wire/type.h"

enum { PRIME_AGAIN_S_MIN = 1, PRIME_AGAIN_S_MAX = 60 };

static const struct hint *hint_of(const struct policy *policy, const struct name *server)
{
    for (unsigned i = 0; i < policy->hint_count; i++)
        if (name_equal(&policy->hints[i].name, server))
            return &policy->hints[i];
    return NULL;
}

static void add_hint(const struct policy *policy, const struct hint *hint, struct server *server)
{
    if (hint && hint->v4.family && policy->ipv4 != FAMILY_OFF)
        server->addresses[server->address_count++] = hint->v4;
    if (hint && hint->v6.family && policy->ipv6 != FAMILY_OFF)
        server->addresses[server->address_count++] = hint->v6;
    for (unsigned i = 0; i < server->address_count; i++)
        server->addresses[i].port = policy->hints_port;
}

/* The names are the root's own word, proven; addresses come from the hints, since root-servers.net
 * is unsigned, and a name that the hints do not have is looked up like any other. */
static void take_servers(struct engine *engine, const struct link *link)
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
        add_hint(engine->policy, hint_of(engine->policy, &server->name), server);
        root.server_count++;
    }
    root.servers_until = instant_after_s(engine->now, link->ttl_s);
    root.ds_until = root.servers_until;
    if (root.server_count > 0)
        (void)!delegation_cache_put(engine->caches->delegations, &root, engine->now);
}

void prime_ended(struct engine *engine, const struct job *job)
{
    uint64_t again_s = PRIME_AGAIN_S_MAX;
    char why[2 * CAUSE_OCTETS];

    if (job->fetch && job->fetch->link_count > 0) {
        const struct link *link = job->fetch->links[job->fetch->link_count - 1];
        take_servers(engine, link);
        again_s = link->ttl_s > PRIME_AGAIN_S_MAX ? link->ttl_s : PRIME_AGAIN_S_MAX;
        engine->prime_failures = 0;
    } else {
        if (engine->prime_failures < 6)
            engine->prime_failures++;
        again_s = (uint64_t)PRIME_AGAIN_S_MIN << engine->prime_failures;
        if (log_may_repeat(WHY_NO_ROOT, engine->now))
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
