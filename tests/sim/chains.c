/* What is kept about chains, when the zones change under it: rolled keys, zones taken back, states
 * that end before the servers do (RULINGS A13, LIMITS B8, E7). */
#include <stdio.h>

#include "lib/wire/type.h"
#include "tests/sim/checkers.h"
#include "tests/sim/sim.h"

enum { ROUND_MS = 20, JOINED = 9 };

static struct name name_of(const char *text)
{
    struct name name;
    if (name_from_text(text, &name) != ST_OK)
        zone_fail("no name", text);
    return name;
}

/* From now on what is known of the zone's DS and keys has run out; its servers are known still. */
static void chain_runs_out(struct world *world, const char *apex)
{
    struct delegation none = { .zone = name_of(apex), .ds_state = DS_UNKNOWN };

    (void)key_cache_remove(world->caches->keys, &none.zone);
    delegation_cache_put_ds(world->caches->delegations, &none, world->now);
}

/* The DS that is kept of the child, and the keys of the parent that would prove a new one, were
 * rolled away at one moment. */
static void parent_and_child_rolled(struct sim *sim)
{
    struct internet *all_rolled = internet_create(sim->internet->wall, KEYS_ALL_ROLLED);
    struct world *world = sim_world(sim, 1);

    sim_expect_secure(world, sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO));
    sim_expect_secure(world, sim_ask(world, "www.a.deep.t2.", TYPE_A, CLIENT_DO));
    world_pass(world, 5000);
    world->internet = all_rolled;
    sim_expect_secure(world, sim_ask(world, "innocent.bank.t1.", TYPE_A, CLIENT_DO));
    sim_expect_secure(world, sim_ask(world, "www.b.a.deep.t2.", TYPE_A, CLIENT_DO));
    world_rest(world);
    sim_end(sim, world);
    internet_destroy(all_rolled);
}

/* A referral's DS set is signed by a key that the parent did not have when it was last asked. */
static void parent_rolled_before_a_referral(struct sim *sim)
{
    struct internet *all_rolled = internet_create(sim->internet->wall, KEYS_ALL_ROLLED);
    struct world *world = sim_world(sim, 1);

    sim_expect_secure(world, sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO));
    world_pass(world, 5000);
    world->internet = all_rolled;
    sim_expect_secure(world, sim_ask(world, "stands.wild.t1.", TYPE_A, CLIENT_DO));
    const struct client *client = sim_ask(world, "www.plain.t1.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_NOERROR && !client->ad, "that one is insecure");
    world_rest(world);
    sim_end(sim, world);
    internet_destroy(all_rolled);
}

/* LIMITS E7: many who see the same mismatch at the same time ask once. */
static void rolled_keys_are_fetched_once_for_all(struct sim *sim)
{
    struct world *world = sim_world(sim, 1);
    char name[NAME_TEXT];

    sim_ask(world, "gone.long.t1.", TYPE_A, CLIENT_DO);
    sim_expect_secure(world, sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO));
    world_pass(world, 5000);
    for (unsigned i = 0; i < JOINED; i++) {
        snprintf(name, sizeof name, "l%u.long.t1.", i);
        world_ask(world, name, TYPE_A, CLIENT_DO, 0);
    }
    world_pass(world, ROUND_MS + 5); /* each has the keys in its hands, and has asked once more */
    world->internet = sim->rolled;
    world->earlier = sim->internet;
    unsigned before = world->tap.dnskeys;
    world_run(world);
    /* Of each of the two zones DNSKEY, which does not fit the DS that is kept; then both. */
    sim_expect_count(world, world->tap.dnskeys - before, 2 * 2, "questions for keys");
    world_rest(world);
    sim_end(sim, world);
}

/* The question need not wait for the parent's word. */
static void ds_over_servers_live(struct world *world)
{
    sim_expect_secure(world, sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO));
    world_pass(world, 500);
    chain_runs_out(world, "bank.t1.");
    unsigned before = world_packets(world);
    const struct client *client = sim_ask(world, "innocent.bank.t1.", TYPE_A, CLIENT_DO);
    sim_expect_secure(world, client);
    sim_expect_count(world, client_ms(client), 2 * ROUND_MS, "ms"); /* then DNSKEY */
    sim_expect_count(world, world_packets(world) - before, 3, "questions");
}

/* LIMITS B8: whoever learns of a cut late does not keep it longer than the cut above it. */
static void nothing_outlives_the_cut_above(struct sim *sim)
{
    struct internet *taken_back = internet_create(sim->internet->wall, ZONE_TAKEN_BACK);
    struct world *world = sim_world(sim, 1);

    sim_expect_secure(world, sim_ask(world, "www.deep.t2.", TYPE_A, CLIENT_DO));
    world_pass(world, (ZONE_TTL - 600) * UINT64_C(1000));
    sim_expect_secure(world, sim_ask(world, "www.b.a.deep.t2.", TYPE_A, CLIENT_DO));
    world_pass(world, 700 * UINT64_C(1000));
    world->internet = taken_back;
    const struct client *client = sim_ask(world, "www.b.a.deep.t2.", TYPE_TXT, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_NXDOMAIN && client->ad, "the zone is gone");
    world_rest(world);
    sim_end(sim, world);
    internet_destroy(taken_back);
}

/* LIMITS B8: nor by a deeper name for each minute. Asked every 10 s, the zone that was taken back
 * is gone with the lease that its parent gave. */
static void no_label_below_buys_a_cut_time(struct sim *sim)
{
    static const char *const deeper[] = { "www.deep.t2.", "www.a.deep.t2.", "www.b.a.deep.t2." };
    struct internet *taken_back = internet_create(sim->internet->wall, ZONE_TAKEN_BACK);
    struct world *world = sim_world(sim, 1);

    sim_expect_secure(world, sim_ask(world, deeper[0], TYPE_A, CLIENT_DO));
    world_pass(world, (ZONE_TTL - 25) * UINT64_C(1000));
    for (unsigned i = 1; i < 3; i++) {
        (void)sim_ask(world, deeper[i], TYPE_A, CLIENT_DO);
        world_pass(world, 10 * UINT64_C(1000));
    }
    world_pass(world, 10 * UINT64_C(1000));
    world->internet = taken_back; /* whose servers go on */
    for (unsigned i = 1; i < 3; i++) {
        const struct client *client = sim_ask(world, deeper[i], TYPE_TXT, CLIENT_DO);
        sim_expect(world, client->rcode == RCODE_NXDOMAIN && client->ad, "the zone is gone");
    }
    world_rest(world);
    sim_end(sim, world);
    internet_destroy(taken_back);
}

/* The parent proves that a zone is none, and so are those below it that were learnt of it. */
static void zones_below_one_that_is_none(struct sim *sim)
{
    struct internet *taken_back = internet_create(sim->internet->wall, ZONE_TAKEN_BACK);
    struct world *world = sim_world(sim, 1);

    sim_expect_secure(world, sim_ask(world, "www.b.a.deep.t2.", TYPE_A, CLIENT_DO));
    world_pass(world, 500);
    chain_runs_out(world, "deep.t2.");
    chain_runs_out(world, "a.deep.t2.");
    chain_runs_out(world, "b.a.deep.t2.");
    world->internet = taken_back;
    const struct client *client = sim_ask(world, "www.b.a.deep.t2.", TYPE_TXT, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_NXDOMAIN && client->ad, "the zone is gone");
    world_rest(world);
    sim_end(sim, world);
    internet_destroy(taken_back);
}

/* A zone is insecure for as long as its parent's proof says, and what lies in it no longer. */
static void insecure_data_end_with_the_proof(struct world *world)
{
    struct link_key key = { .type = TYPE_A, .class = DATA_CHECKED };
    struct name name = name_of("www.plain.t1.");
    struct link link = { .ttl_s = 0 };

    sim_ask(world, "www.plain.t1.", TYPE_A, CLIENT_DO);
    key.name = &name;
    if (rrset_cache_find(world->caches->rrsets, &key, world->now, world->scratch, &link) != ST_OK)
        world_fail(world, "it is not kept");
    sim_expect(world, link.ttl_s > 0 && link.ttl_s <= ZONE_DENIAL_TTL,
               "it is kept for the time of the denial");
}

/* A DS that cannot be proven is known to be bogus, for as long as that is kept of anything. */
static void bogus_ds_is_kept(struct world *world)
{
    struct name zone = name_of("below.wrongds.t1.");
    struct delegation kept = { .ds_state = DS_UNKNOWN };

    sim_ask(world, "www.below.wrongds.t1.", TYPE_A, CLIENT_DO);
    if (delegation_cache_get(world->caches->delegations, &zone, world->now, world->scratch,
                             &kept) != ST_OK)
        world_fail(world, "its servers are not known");
    sim_expect(world, kept.ds_state == DS_BOGUS && kept.why == WHY_DNSKEY_MISSING, "it is bogus");
    sim_expect(world,
               instant_s_between(world->now, kept.ds_until) <= world->measure.ttl_bogus_s &&
                   instant_s_between(world->now, kept.servers_until) > ZONE_TTL / 2,
               "that and the servers have a time each");
    (void)key_cache_remove(world->caches->keys, &zone);
    unsigned before = world->tap.dnskeys;
    sim_ask(world, "gone.below.wrongds.t1.", TYPE_A, CLIENT_DO);
    sim_expect_count(world, world->tap.dnskeys - before, 0, "questions for keys");
    const struct client *client =
        sim_ask(world, "www.below.wrongds.t1.", TYPE_A, CLIENT_DO | CLIENT_CD);
    sim_expect(world, client->rcode == RCODE_NOERROR, "with CD it is told");
}

/* SPEC V13: that the servers were away is no verdict, and is forgotten soon. */
static void absence_is_not_kept_as_bogus(struct world *world)
{
    sim_expect_secure(world, sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO));
    chain_runs_out(world, "bank.t1.");
    world_sites_of(world, "t1.", SITE_CLOSED);
    world->quiet = false;
    const struct client *client = sim_ask(world, "innocent.bank.t1.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_SERVFAIL && client->why == WHY_DS_UNREACHABLE,
               "the DS could not be had");
    world_sites_of(world, "t1.", 0);
    world_pass(world, (world->measure.ttl_failure_s + 1) * UINT64_C(1000));
    sim_expect_secure(world, sim_ask(world, "innocent.bank.t1.", TYPE_A, CLIENT_DO));
}

const struct sim_run sim_chains[] = {
    { "a bogus DS is kept as bogus, on a clock of its own", .in_world = bogus_ds_is_kept },
    { "servers that are away make nothing bogus for long",
      .in_world = absence_is_not_kept_as_bogus },
    { "keys of parent and child rolled at one moment are fetched anew",
      .run = parent_and_child_rolled },
    { "a referral is signed by a key that the parent got since",
      .run = parent_rolled_before_a_referral },
    { "many see the same mismatch: DS and keys are fetched once",
      .run = rolled_keys_are_fetched_once_for_all },
    { "where the DS has run out the question goes beside it", .in_world = ds_over_servers_live },
    { "no cut outlives the one above it", .run = nothing_outlives_the_cut_above },
    { "no deeper name buys a cut that was taken back time", .run = no_label_below_buys_a_cut_time },
    { "zones below one that is none are none", .run = zones_below_one_that_is_none },
    { "insecure data end with the proof that they are",
      .in_world = insecure_data_end_with_the_proof },
    { .name = NULL },
};
