/* The root's servers as they are today, beside whatever else goes on (RFC 9609, RULINGS A35). */
#include "lib/wire/type.h"
#include "tests/sim/sim.h"

enum { ROUND_MS = 20, SITTING_MS = 9000 };

static const uint8_t nobody[4] = { 5, 255, 0, 1 };

/* Hints of long ago: of all root servers but the first the addresses are another's by now. */
static void give_old_hints(struct world *world)
{
    for (unsigned i = 1; i < world->policy->hint_count; i++) {
        world->policy->hints[i].v4 = endpoint_v4(nobody, 53);
        world->policy->hints[i].v6 = (struct endpoint){ .family = 0 };
    }
}

static struct delegation root_of(struct world *world)
{
    struct delegation root = { .server_count = 0 };

    if (delegation_cache_get(world->caches->delegations, &name_root, world->now, world->scratch,
                             &root) != ST_OK)
        world_fail(world, "the root's servers are not known");
    return root;
}

/* How many addresses the servers have, of those that are somebody's. */
static unsigned addresses_that_live(const struct world *world, const struct delegation *root)
{
    unsigned count = 0;

    for (unsigned s = 0; s < root->server_count; s++)
        for (unsigned i = 0; i < root->servers[s].address_count; i++)
            count += internet_site(world->internet, &root->servers[s].addresses[i]) >= 0;
    return count;
}

static void addresses_over_tcp(struct world *world)
{
    give_old_hints(world);
    world_prime(world);
    world_pass(world, SITTING_MS);
    struct delegation root = root_of(world);
    sim_expect_count(world, root.source, FROM_PRIMING, "as source");
    sim_expect_count(world, root.server_count, HINTS_MAX, "servers");
    sim_expect_count(world, addresses_that_live(world, &root), 2 * HINTS_MAX, "addresses");
    sim_expect(world, world->tap.tcp > 0, "whoever is off the path could not have said that");
    sim_expect_secure(world, sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO));
}

/* The names are proven; addresses that came in a datagram are anybody's. */
static void no_addresses_over_udp(struct world *world)
{
    give_old_hints(world);
    world_sites_of(world, ".", SITE_NO_TCP);
    world_prime(world);
    world_pass(world, SITTING_MS);
    struct delegation root = root_of(world);
    sim_expect_count(world, root.source, FROM_PRIMING, "as source");
    sim_expect_count(world, addresses_that_live(world, &root), 2, "addresses, of the hints");
    sim_expect_secure(world, sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO));
}

/* A root server that takes connections and says nothing keeps nobody waiting. */
static void mute_tcp(struct world *world)
{
    world_sites_of(world, ".", SITE_MUTE_TCP);
    world_prime(world);
    const struct client *client = sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO);
    sim_expect_secure(world, client);
    sim_expect_count(world, client_ms(client), 3 * ROUND_MS, "ms");
    world_pass(world, SITTING_MS);
    sim_expect_count(world, root_of(world).source, FROM_PRIMING, "as source");
}

/* Whatever was told, the hints are what remains. */
static void told_wrongly(struct world *world)
{
    struct server server = { .address_count = 1, .addresses = { endpoint_v4(nobody, 53) } };
    struct delegation root = { .zone = name_root,
                               .source = FROM_PRIMING,
                               .servers = &server,
                               .server_count = 1,
                               .servers_until = instant_after_s(world->now, ZONE_TTL),
                               .ds_until = instant_after_s(world->now, ZONE_TTL) };

    server.name = world->policy->hints[0].name;
    if (delegation_cache_put(world->caches->delegations, &root, world->now) != ST_OK)
        world_fail(world, "it is not kept");
    sim_expect_secure(world, sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO));
    sim_expect_secure(world, sim_ask(world, "www.sec.t3.", TYPE_A, CLIENT_DO));
    sim_expect_count(world, client_ms(world_client(world, 1)), 3 * ROUND_MS, "ms");
}

const struct sim_run sim_priming[] = {
    { "priming takes the addresses that come over TCP", .in_world = addresses_over_tcp },
    { "priming over UDP takes the names alone", .in_world = no_addresses_over_udp },
    { "priming that waits for a mute server holds nobody up", .in_world = mute_tcp },
    { "where priming was told wrongly the hints remain", .in_world = told_wrongly },
    { .name = NULL },
};
