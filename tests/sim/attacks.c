/* Attack jobs, each followed by an innocent one that shares a zone with it (RULINGS A2, LIMITS
 * E11), and held to what one question may cost (LIMITS 0.1). */
#include <stdio.h>

#include "lib/crypto/algorithm.h"
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
static void ring(struct world *world)
{
    size_t a = world_ask(world, "www.ring-a.t1.", TYPE_A, CLIENT_DO, 0);
    size_t b = world_ask(world, "www.ring-b.t1.", TYPE_A, CLIENT_DO, 0);

    world_run(world);
    sim_expect(world,
               client_ms(world_client(world, a)) < 2000 && client_ms(world_client(world, b)) < 2000,
               "both end, and soon");
    sim_expect(world, world_client(world, a)->ede >= 0, "with a reason");
}

static void ring_asked_on_and_on(struct world *world)
{
    sim_ask(world, "www.ring-a.t1.", TYPE_A, CLIENT_DO);
    unsigned before = world_packets(world);
    for (unsigned i = 0; i < 200; i++) {
        world_ask(world, i & 1 ? "www.ring-a.t1." : "www.ring-b.t1.", TYPE_A, CLIENT_DO, 0);
        world_run(world);
        world_pass(world, 3000);
    }
    /* LIMITS E4: ten minutes of questions, under one packet a second. */
    sim_expect(world, world_packets(world) - before < 600, "under one packet a second");
}

static void burnt_checks(struct world *world)
{
    unsigned before = world_packets(world);
    const struct client *client = sim_ask(world, "burn1.trap.t1.", TYPE_A, CLIENT_DO);

    sim_expect(world, client->rcode == RCODE_SERVFAIL && client->ede == 5,
               "the validation budget ends it, with EDE 5");
    expect_cheap(world, before);
    expect_secure(world, "www.bank.t1.");
    expect_secure(world, "innocent.bank.t1.");
    expect_secure(world, "burn6.trap.t1.");
}

static void burnt_twice(struct world *world)
{
    world_ask(world, "burn1.trap.t1.", TYPE_A, CLIENT_DO, 0);
    world_ask(world, "burn1.far-trap.t1.", TYPE_A, CLIENT_DO, 1);
    world_ask(world, "burn2.trap.t1.", TYPE_A, CLIENT_DO, 2);
    size_t innocent = world_ask(world, "second.bank.t1.", TYPE_A, CLIENT_DO, 61);
    world_run(world);
    checkers_innocent(world, innocent);
    expect_secure(world, "www.bank.t1.");
}

/* LIMITS D1, RULINGS A8: what `questions` names cost, counted where the checks are done. All zones
 * on the way sign with Ed25519. */
static void expect_few_checks(struct world *world, uint64_t bad_before, unsigned questions)
{
    uint64_t bad = world->metrics.verifications_bad - bad_before;

    sim_expect_count(world, keyring_checks(world->keyring),
                     world->metrics.verifications_good + world->metrics.verifications_bad,
                     "checks in the keyring");
    sim_expect(world, bad > 0, "the attack reaches the checks");
    sim_expect(world, bad <= (uint64_t)questions * world->measure.failed_checks,
               "one question costs 16 failed checks at the most");
    sim_expect(world,
               bad * algorithm_cost(15, 32) <= (uint64_t)questions * world->measure.failed_units,
               "and 128 units");
}

/* CVE-2023-50387: 500 keys of one tag, 500 signatures; beside it and after it others are served. */
static void keytrap(struct world *world)
{
    static const char *const names[] = { "www.keytrap.t1.", "two.keytrap.t1.",
                                         "three.keytrap.t1." };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        uint64_t bad = world->metrics.verifications_bad;
        unsigned packets = world_packets(world);
        size_t attack = world_ask(world, names[i], TYPE_A, CLIENT_DO | CLIENT_TCP, 0);
        size_t innocent = world_ask(world, i & 1 ? "second.bank.t1." : "www.bank.t1.", TYPE_A,
                                    CLIENT_DO | CLIENT_TCP, 1);
        world_run(world);
        sim_expect(world, world_client(world, attack)->rcode == RCODE_SERVFAIL,
                   "nothing proves it");
        sim_expect(world, world_client(world, attack)->ede >= 0, "with a reason");
        expect_few_checks(world, bad, 1);
        /* One reply's; another server's would be more octets than a question may cost. */
        sim_expect_count(world, world->metrics.verifications_bad - bad,
                         world->measure.failed_per_reply, "failed checks");
        expect_cheap(world, packets);
        checkers_innocent(world, innocent);
    }
    expect_secure(world, "innocent.bank.t1.");
}

/* RULINGS A2, A8: each set has three failing signatures before the good one. Five sets leave an
 * answer, of six the sixteenth failure is the last check of all. */
static void burnt_checks_counted(struct sim *sim)
{
    struct world *world = sim_world(sim, 1);

    expect_secure(world, "burn2.trap.t1.");
    sim_expect_count(world, world->metrics.verifications_bad, 15, "failed checks");
    expect_few_checks(world, 0, 1);
    world_rest(world);
    sim_end(sim, world);

    world = sim_world(sim, 1);
    const struct client *client = sim_ask(world, "burn1.trap.t1.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_SERVFAIL && client->ede == 5, "spent, with EDE 5");
    sim_expect_count(world, world->metrics.verifications_bad, 16, "failed checks");
    expect_few_checks(world, 0, 1);
    world_rest(world);
    sim_end(sim, world);
}

/* LIMITS E1: a referral to many names without address, all under a victim. */
static void many_names(struct world *world)
{
    sim_ask(world, "here.co.t1.", TYPE_A, CLIENT_DO);
    unsigned before = world_packets(world);
    const struct client *client = sim_ask(world, "www.nxns.t1.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_SERVFAIL, "it has no server");
    sim_expect(world, world_packets(world) - before <= 2 * 16, "the victim gets 16 packets");
    expect_secure(world, "www.bank.t1.");
    expect_secure(world, "innocent.bank.t1.");
}

/* LIMITS E5. */
static void loops(struct world *world)
{
    static const char *const names[] = { "loop1.alias.t2.", "self.alias.t2.", "l0.long.t1." };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        unsigned before = world_packets(world);
        const struct client *client = sim_ask(world, names[i], TYPE_A, CLIENT_DO);
        sim_expect(world, client->rcode == RCODE_SERVFAIL, "it ends nowhere");
        expect_cheap(world, before);
    }
    expect_secure(world, "innocent.bank.t1.");
    expect_secure(world, "l2.long.t1.");
    expect_secure(world, "bank.alias.t2.");
}

/* A question that no one waits for any more must leave its zones as they were. */
static void cancelled(struct world *world)
{
    for (uint64_t ms = 0; ms < 80; ms += 7) {
        size_t gone = world_ask(world, "www.b.a.deep.t2.", TYPE_A, CLIENT_DO | CLIENT_TCP, 0);
        world_cancel(world, gone, ms);
        world_run(world);
        world_pass(world, 1);
    }
    expect_secure(world, "www.b.a.deep.t2.");
}

/* The deadline ends the one job, and the next one finds nothing that is not so. */
static void deadline(struct world *world)
{
    world_sites_of(world, "bank.t1.", SITE_SILENT);
    world_sites_of(world, "t1.", SITE_SILENT);
    sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO);
    world_sites_of(world, "bank.t1.", 0);
    world_sites_of(world, "t1.", 0);
    expect_secure(world, "innocent.bank.t1.");
}

/* LIMITS F1: random names of an unsigned zone that is dead. */
static void flood_of_a_dead_zone(struct world *world)
{
    enum { FLOOD = 800, EVERY_MS = 4, OF_ZONE = 20 };
    char name[32];

    sim_ask(world, "www.plain.t1.", TYPE_A, CLIENT_DO);
    world_sites_of(world, "plain.t1.", SITE_SILENT);
    world->policy->limits.zone_in_flight = OF_ZONE;
    for (unsigned i = 0; i < FLOOD; i++) {
        snprintf(name, sizeof name, "r%u.plain.t1.", i);
        world_ask(world, name, TYPE_A, CLIENT_DO, i * EVERY_MS);
    }
    size_t innocent = world_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO, FLOOD / 2 * EVERY_MS);
    size_t known = world_ask(world, "www.plain.t1.", TYPE_A, CLIENT_DO, FLOOD / 2 * EVERY_MS);
    world_run(world);
    checkers_innocent(world, innocent);
    sim_expect(world, client_ms(world_client(world, innocent)) < 200, "others hear in time");
    sim_expect(world, world_client(world, known)->rcode == RCODE_NOERROR, "what is known is told");
    sim_expect(world, world->metrics.zone_crowded > FLOOD / 2, "most are told of the crowd");
}

const struct sim_run sim_attacks[] = {
    { "two jobs that enter a ring of servers from both ends end", .in_world = ring },
    { "a ring of servers asked for on and on costs little", .in_world = ring_asked_on_and_on },
    { "burnt checks are no fact about the zone they lead to", .in_world = burnt_checks },
    { "burnt checks beside an innocent job", .in_world = burnt_twice },
    { "burnt checks are counted, and the sixteenth is the last", .run = burnt_checks_counted },
    { "500 keys of one tag and 500 signatures cost few checks, and nobody beside them",
      .in_private = keytrap },
    { "a referral to many names without address costs little", .in_world = many_names },
    { "alias loops and chains too long end", .in_world = loops },
    { "a flood of names of a dead zone is held to its own zone", .in_world = flood_of_a_dead_zone },
    { "a client that goes away leaves nothing", .in_world = cancelled },
    { "a deadline leaves nothing", .in_world = deadline },
    { .name = NULL },
};
