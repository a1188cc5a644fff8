/* Stub zones and private ones: servers that no delegation names, and what is proven of them. */
#include "lib/wire/type.h"
#include "tests/sim/sim.h"

static void add_zone(struct world *world, const char *name, const char *address,
                     struct zones_entry entry)
{
    if (name_from_text(name, &entry.name) != ST_OK ||
        endpoint_parse(address, 53, &entry.servers[entry.server_count++]) != ST_OK ||
        zones_add(&world->policy->zones, &entry) != ST_OK)
        zone_fail("no zone", name);
}

static void stub(struct world *world, const char *name, const char *address,
                 enum zones_dnssec dnssec)
{
    add_zone(world, name, address, (struct zones_entry){ .kind = ZONES_STUB, .dnssec = dnssec });
}

static void forward(struct world *world, const char *name, enum zones_dnssec dnssec)
{
    world_site(world, "10.9.1.1", SITE_FORWARDS);
    add_zone(world, name, "10.9.1.1",
             (struct zones_entry){ .kind = ZONES_FORWARD, .order = ZONES_ONLY, .dnssec = dnssec });
}

static void expect_insecure(struct world *world, const char *name, uint16_t type)
{
    const struct client *client = sim_ask(world, name, type, CLIENT_DO);
    sim_expect(world, client->rcode != RCODE_SERVFAIL && client->verdict == SEC_INSECURE, name);
}

static void expect_secure(struct world *world, const char *name, uint16_t type)
{
    const struct client *client = sim_ask(world, name, type, CLIENT_DO);
    sim_expect(world, client->rcode != RCODE_SERVFAIL && client->ad, name);
}

static void expect_bogus(struct world *world, const char *name, enum why why)
{
    const struct client *client = sim_ask(world, name, TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_SERVFAIL && client->verdict == SEC_BOGUS, name);
    sim_expect_count(world, client->why, why, why_row(why)->name);
    sim_expect_count(world, (uint64_t)client->ede, 9, "as EDE");
}

/* RULINGS A25: the root proves that there is no such name. */
static void not_in_the_public_tree(struct sim *sim)
{
    struct world *world = sim_private_world(sim, 1);

    stub(world, "lan.", "10.9.0.1", ZONES_AUTO);
    expect_insecure(world, "www.lan.", TYPE_A);
    expect_insecure(world, "gone.lan.", TYPE_A);
    expect_insecure(world, "lan.", TYPE_SOA);
    expect_insecure(world, "out.lan.", TYPE_A);
    world_rest(world);
    sim_end(sim, world);
}

/* LIMITS B7, CVE-2026-44687: that the root denies the name hides nothing of what the stub says. */
static void denied_above(struct sim *sim)
{
    struct world *world = sim_private_world(sim, 1);

    stub(world, "lan.", "10.9.0.1", ZONES_AUTO);
    const struct client *client = sim_ask(world, "lan.", TYPE_DS, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_NXDOMAIN && client->ad, "the root denies its DS");
    expect_insecure(world, "lan.", TYPE_SOA);
    client = sim_ask(world, "lan.", TYPE_DS, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_NXDOMAIN && client->ad, "and goes on to");
    world_rest(world);
    sim_end(sim, world);
}

/* Signed, but nothing above vouches for it. */
static void signed_and_private(struct sim *sim)
{
    struct world *world = sim_private_world(sim, 1);

    stub(world, "corp.t1.", "10.9.0.2", ZONES_AUTO);
    expect_insecure(world, "www.corp.t1.", TYPE_A);
    expect_insecure(world, "gone.corp.t1.", TYPE_A);
    world_rest(world);
    sim_end(sim, world);
}

static void claimed_by_the_parent(struct sim *sim)
{
    struct world *world = sim_private_world(sim, 1);

    stub(world, "claimed.t1.", "10.9.0.3", ZONES_AUTO);
    expect_bogus(world, "www.claimed.t1.", WHY_DNSKEY_MISSING);
    world_rest(world);
    sim_end(sim, world);
}

static void claimed_and_forwarded(struct sim *sim)
{
    struct world *world = sim_private_world(sim, 1);

    forward(world, "claimed.t1.", ZONES_AUTO);
    expect_bogus(world, "www.claimed.t1.", WHY_FORWARDER_NO_DNSKEY);
    world_rest(world);
    sim_end(sim, world);
}

static void signed_and_public(struct sim *sim)
{
    struct world *world = sim_private_world(sim, 1);

    stub(world, "split.t1.", "10.9.0.5", ZONES_REQUIRE);
    expect_secure(world, "www.split.t1.", TYPE_A);
    expect_secure(world, "gone.split.t1.", TYPE_A);
    world_rest(world);
    sim_end(sim, world);
}

static void written_insecure(struct sim *sim)
{
    struct world *world = sim_private_world(sim, 1);

    forward(world, "lan.", ZONES_INSECURE);
    expect_insecure(world, "www.lan.", TYPE_A);
    sim_expect_count(world, world_packets(world), 1, "packets: nothing is proven");
    world_rest(world);
    sim_end(sim, world);
}

static void required(struct sim *sim)
{
    struct world *world = sim_private_world(sim, 1);

    world->quiet = false;
    stub(world, "lan.", "10.9.0.1", ZONES_REQUIRE);
    expect_bogus(world, "www.lan.", WHY_ZONE_REQUIRED);
    world_rest(world);
    sim_end(sim, world);
}

/* Of a referral by a stub private addresses are asked only where they are written (LIMITS A11). */
static void forward_below_stub(struct sim *sim)
{
    struct world *world = sim_private_world(sim, 1);

    world->quiet = false;
    stub(world, "lan.", "10.9.0.1", ZONES_AUTO);
    const struct client *client = sim_ask(world, "www.lab.lan.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_SERVFAIL, "10.9.0.4 is not written");
    sim_end(sim, world);

    world = sim_private_world(sim, 1);
    stub(world, "lan.", "10.9.0.1", ZONES_AUTO);
    forward(world, "lab.lan.", ZONES_AUTO);
    expect_insecure(world, "www.lab.lan.", TYPE_A);
    expect_insecure(world, "www.lan.", TYPE_A);
    world_rest(world);
    sim_end(sim, world);
}

const struct sim_run sim_stubs[] = {
    { "stub: a zone that is not in the public tree is insecure", not_in_the_public_tree },
    { "stub: what the root denies hides nothing", denied_above },
    { "stub: signed, and no DS above: insecure", signed_and_private },
    { "stub: unsigned, and a DS above: bogus", claimed_by_the_parent },
    { "forward: unsigned, and a DS above: bogus", claimed_and_forwarded },
    { "stub: signed, and a DS above: secure", signed_and_public },
    { "forward: written as insecure, nothing is proven", written_insecure },
    { "stub: required to be signed, and is not", required },
    { "forward below a stub", forward_below_stub },
    { .name = NULL },
};
