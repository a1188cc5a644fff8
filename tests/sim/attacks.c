/* Attack jobs, each followed by an innocent one that shares a zone with it (RULINGS A2, LIMITS
 * E11), and held to what one question may cost (LIMITS 0.1). */
#include <stdio.h>

#include "lib/wire/type.h"
#include "tests/sim/checkers.h"
#include "tests/sim/sim.h"

static void expect_secure(struct world *world, const char *name)
{
    size_t number = world->client_count;
    sim_ask(world, name, TYPE_A, CLIENT_DO | CLIENT_TCP);
    checkers_innocent(world, number);
}

static void expect_cheap(struct world *world, unsigned before)
{
    sim_expect(world, world_packets(world) - before <= world->measure.packets,
               "one question costs 200 packets at the most");
}

/* RULINGS A3: both hang for ten seconds where a fetch waits for one that waits for it. */
static void ring(struct sim *sim)
{
    struct world *world = sim_world(sim, 1);
    size_t a = world_ask(world, "www.ring-a.t1.", TYPE_A, CLIENT_DO, 0);
    size_t b = world_ask(world, "www.ring-b.t1.", TYPE_A, CLIENT_DO, 0);

    world_run(world);
    sim_expect(world,
               client_ms(world_client(world, a)) < 2000 && client_ms(world_client(world, b)) < 2000,
               "both end, and soon");
    sim_expect(world, world_client(world, a)->ede >= 0, "with a reason");
    world_rest(world);
    sim_end(sim, world);
}

static void ring_asked_on_and_on(struct sim *sim)
{
    struct world *world = sim_world(sim, 1);

    sim_ask(world, "www.ring-a.t1.", TYPE_A, CLIENT_DO);
    unsigned before = world_packets(world);
    for (unsigned i = 0; i < 200; i++) {
        world_ask(world, i & 1 ? "www.ring-a.t1." : "www.ring-b.t1.", TYPE_A, CLIENT_DO, 0);
        world_run(world);
        world_pass(world, 3000);
    }
    /* LIMITS E4: ten minutes of questions, under one packet a second. */
    sim_expect(world, world_packets(world) - before < 600, "under one packet a second");
    world_rest(world);
    sim_end(sim, world);
}

static void burnt_checks(struct sim *sim)
{
    struct world *world = sim_world(sim, 1);
    unsigned before = world_packets(world);
    const struct client *client = sim_ask(world, "burn1.trap.t1.", TYPE_A, CLIENT_DO);

    sim_expect(world, client->rcode == RCODE_SERVFAIL && client->ede == 5,
               "the validation budget ends it, with EDE 5");
    expect_cheap(world, before);
    expect_secure(world, "www.bank.t1.");
    expect_secure(world, "innocent.bank.t1.");
    expect_secure(world, "burn6.trap.t1.");
    world_rest(world);
    sim_end(sim, world);
}

static void burnt_twice(struct sim *sim)
{
    struct world *world = sim_world(sim, 1);

    world_ask(world, "burn1.trap.t1.", TYPE_A, CLIENT_DO, 0);
    world_ask(world, "burn1.far-trap.t1.", TYPE_A, CLIENT_DO, 1);
    world_ask(world, "burn2.trap.t1.", TYPE_A, CLIENT_DO, 2);
    size_t innocent = world_ask(world, "second.bank.t1.", TYPE_A, CLIENT_DO, 61);
    world_run(world);
    checkers_innocent(world, innocent);
    expect_secure(world, "www.bank.t1.");
    world_rest(world);
    sim_end(sim, world);
}

/* LIMITS E1: a referral to many names without address, all under a victim. */
static void many_names(struct sim *sim)
{
    struct world *world = sim_world(sim, 1);

    sim_ask(world, "here.co.t1.", TYPE_A, CLIENT_DO);
    unsigned before = world_packets(world);
    const struct client *client = sim_ask(world, "www.nxns.t1.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_SERVFAIL, "it has no server");
    sim_expect(world, world_packets(world) - before <= 2 * 16, "the victim gets 16 packets");
    expect_secure(world, "www.bank.t1.");
    expect_secure(world, "innocent.bank.t1.");
    world_rest(world);
    sim_end(sim, world);
}

/* LIMITS E5. */
static void loops(struct sim *sim)
{
    static const char *const names[] = { "loop1.alias.t2.", "self.alias.t2.", "l0.long.t1." };
    struct world *world = sim_world(sim, 1);

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        unsigned before = world_packets(world);
        const struct client *client = sim_ask(world, names[i], TYPE_A, CLIENT_DO);
        sim_expect(world, client->rcode == RCODE_SERVFAIL, "it ends nowhere");
        expect_cheap(world, before);
    }
    expect_secure(world, "innocent.bank.t1.");
    expect_secure(world, "l2.long.t1.");
    expect_secure(world, "bank.alias.t2.");
    world_rest(world);
    sim_end(sim, world);
}

/* A question that no one waits for any more must leave its zones as they were. */
static void cancelled(struct sim *sim)
{
    struct world *world = sim_world(sim, 1);

    for (uint64_t ms = 0; ms < 80; ms += 7) {
        size_t gone = world_ask(world, "www.b.a.deep.t2.", TYPE_A, CLIENT_DO | CLIENT_TCP, 0);
        world_cancel(world, gone, ms);
        world_run(world);
        world_pass(world, 1);
    }
    expect_secure(world, "www.b.a.deep.t2.");
    world_rest(world);
    sim_end(sim, world);
}

/* The deadline ends the one job, and the next one finds nothing that is not so. */
static void deadline(struct sim *sim)
{
    struct world *world = sim_world(sim, 1);

    world_sites_of(world, "bank.t1.", SITE_SILENT);
    world_sites_of(world, "t1.", SITE_SILENT);
    sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO);
    world_sites_of(world, "bank.t1.", 0);
    world_sites_of(world, "t1.", 0);
    expect_secure(world, "innocent.bank.t1.");
    world_rest(world);
    sim_end(sim, world);
}

const struct sim_run sim_attacks[] = {
    { "two jobs that enter a ring of servers from both ends end", ring },
    { "a ring of servers asked for on and on costs little", ring_asked_on_and_on },
    { "burnt checks are no fact about the zone they lead to", burnt_checks },
    { "burnt checks beside an innocent job", burnt_twice },
    { "a referral to many names without address costs little", many_names },
    { "alias loops and chains too long end", loops },
    { "a client that goes away leaves nothing", cancelled },
    { "a deadline leaves nothing", deadline },
    { .name = NULL },
};
