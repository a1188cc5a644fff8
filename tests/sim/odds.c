/* Odd servers and broken zones, one at a time. */
#include <stdio.h>

#include "lib/wire/type.h"
#include "tests/sim/checkers.h"
#include "tests/sim/sim.h"

static void every_server_dead(struct world *world)
{
    for (size_t i = 0; i < world->internet->site_count; i++)
        world->site_odd[i] = SITE_SILENT;
    const struct client *client = sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_SERVFAIL, "there is no answer");
    sim_expect(world, client->ede == 22 || client->ede == 23, "EDE 22 or 23 says why");
}

static void zone_dead(struct world *world)
{
    world_sites_of(world, "bank.t1.", SITE_SILENT);
    const struct client *client = sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_SERVFAIL && client->ede == 22, "EDE 22");
    world_sites_of(world, "bank.t1.", SITE_REFUSES);
    client = sim_ask(world, "innocent.bank.t1.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_SERVFAIL && client->ede == 22, "EDE 22");
}

/* LIMITS A5: through TCP once, then remembered. */
static void folds_case(struct world *world)
{
    world_site(world, "5.2.6.1", SITE_FOLDS_CASE);
    sim_expect_secure(world, sim_ask(world, "www.odd.t2.", TYPE_A, CLIENT_DO));
    world_pass(world, 100);
    unsigned tcp = world->tap.tcp, udp = world->tap.udp;
    sim_expect(world, tcp >= 1, "TCP confirmed what UDP said");
    sim_expect_secure(world, sim_ask(world, "two.odd.t2.", TYPE_A, CLIENT_DO));
    sim_expect_secure(world, sim_ask(world, "three.odd.t2.", TYPE_A, CLIENT_DO));
    sim_expect_count(world, world->tap.tcp - tcp, 0, "connections later");
    sim_expect_count(world, world->tap.udp - udp, 2, "datagrams later");
}

/* RULINGS A6: it folds the case and has no TCP. */
static void folds_case_without_tcp(struct world *world)
{
    world_site(world, "5.2.6.1", SITE_FOLDS_CASE | SITE_NO_TCP);
    sim_expect_secure(world, sim_ask(world, "www.odd.t2.", TYPE_A, CLIENT_DO));
    unsigned tcp = world->tap.tcp;
    sim_expect_secure(world, sim_ask(world, "two.odd.t2.", TYPE_A, CLIENT_DO));
    sim_expect_count(world, world->tap.tcp - tcp, 0, "connections later");
}

/* RULINGS A6: two answers that differ are not believed, but for data that prove themselves. */
static void folds_case_and_differs(struct world *world)
{
    sim_ask(world, "www.odd.t2.", TYPE_A, CLIENT_DO);
    sim_ask(world, "www.odd.t4.", TYPE_A, CLIENT_DO);
    world_pass(world, 3000);
    world_site(world, "5.2.6.1", SITE_FOLDS_CASE | SITE_NO_TCP | SITE_LIES_ONCE);
    world_site(world, "5.4.2.1", SITE_FOLDS_CASE | SITE_NO_TCP | SITE_LIES_ONCE);
    unsigned udp = world->tap.udp;
    sim_expect_secure(world, sim_ask(world, "two.odd.t2.", TYPE_A, CLIENT_DO));
    sim_expect_count(world, world->tap.udp - udp, 2, "datagrams, the second proves itself");
    udp = world->tap.udp;
    const struct client *client = sim_ask(world, "two.odd.t4.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_NOERROR && !client->ad, "the last two are equal");
    sim_expect_count(world, world->tap.udp - udp, 3, "datagrams");
    sim_expect_secure(world, sim_ask(world, "three.odd.t2.", TYPE_A, CLIENT_DO));
    sim_expect_count(world, world->tap.udp - udp, 4, "datagrams, for both are remembered");
}

static void no_edns(struct world *world)
{
    world_site(world, "5.4.2.1", SITE_NO_EDNS);
    const struct client *client = sim_ask(world, "www.odd.t4.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_NOERROR && client->records == 1 && !client->ad,
               "it is asked without EDNS");
    world_pass(world, 100);
    unsigned before = world_packets(world);
    client = sim_ask(world, "two.odd.t4.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_NOERROR, "the second too");
    sim_expect_count(world, world_packets(world) - before, 1, "packets, for it is remembered");
}

/* LIMITS A4: the first datagram with a wrong id sends the question to TCP. */
static void wrong_id(struct world *world)
{
    sim_ask(world, "www.odd.t2.", TYPE_A, CLIENT_DO);
    world_pass(world, 3000);
    unsigned tcp = world->tap.tcp, udp = world->tap.udp;
    world_site(world, "5.2.6.1", SITE_FORGED_ONCE);
    sim_expect_secure(world, sim_ask(world, "two.odd.t2.", TYPE_A, CLIENT_DO));
    sim_expect_count(world, world->tap.udp - udp, 1, "datagrams");
    sim_expect_count(world, world->tap.tcp - tcp, 1, "connections");
    sim_expect_count(world, world->metrics.upstream_mismatches, 1, "mismatches");
}

/* RULINGS A6: where TCP is closed, once more on UDP with all new. */
static void wrong_id_without_tcp(struct world *world)
{
    sim_ask(world, "www.odd.t2.", TYPE_A, CLIENT_DO);
    world_pass(world, 3000);
    world_site(world, "5.2.6.1", SITE_FORGED_ONCE | SITE_NO_TCP);
    sim_expect_secure(world, sim_ask(world, "two.odd.t2.", TYPE_A, CLIENT_DO));
}

static void truncates(struct world *world)
{
    world_site(world, "5.2.6.1", SITE_TRUNCATES);
    sim_expect_secure(world, sim_ask(world, "www.odd.t2.", TYPE_A, CLIENT_DO));
    world_site(world, "5.2.6.1", SITE_TRUNCATES | SITE_MUTE_TCP);
    world->quiet = false;
    const struct client *client = sim_ask(world, "two.odd.t2.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_SERVFAIL, "without TCP there is no answer");
}

/* One server of two is dead: nobody waits for long. */
static void one_dead(struct world *world)
{
    world_site(world, "5.1.2.1", SITE_SILENT);
    world_site(world, "5.1.0.1", SITE_FAILS);
    world_site(world, "2a00:1::1", SITE_REFUSES);
    sim_expect_secure(world, sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO));
    sim_expect_secure(world, sim_ask(world, "mail.bank.t1.", TYPE_MX, CLIENT_DO));
}

/* SPEC I2, RULINGS A22: a late answer to a minimised question says nothing of the whole name. */
static void late_and_minimised(struct world *world)
{
    const struct zone *zone = internet_zone(world->internet, "slow.t4.");

    for (size_t i = 0; i < world->internet->site_count; i++)
        if (world->internet->sites[i].zones[0] == zone)
            world->site_links[i].delay_ms = 650;
    const struct client *client = sim_ask(world, "x.y.z.slow.t4.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->records == 1, "the whole name has an address");
}

/* RULINGS B22: what is under way when a policy changes looks at the old one no more. */
static void changed_policy(struct sim *sim)
{
    for (uint64_t ms = 0; ms < 100; ms += 5) {
        struct world *world = sim_world(sim, 1);
        struct policy *before = policy_copy(world->policy), *after = policy_copy(world->policy);
        world_policy(world, before);
        size_t client = world_ask(world, "www.big.t2.", TYPE_A, CLIENT_DO, 0);
        world_pass(world, ms);
        world_policy(world, after);
        policy_destroy(before);
        world_run(world);
        sim_expect(world, world_client(world, client)->ad, "the answer is secure");
        sim_end(sim, world);
        policy_destroy(after);
    }
}

static void changed_anchors(struct sim *sim)
{
    static const char nobody[] = ". 3600 IN DS 0 8 2 00000000000000000000000000000000"
                                 "00000000000000000000000000000000";
    struct world *world = sim_world(sim, 1);
    struct policy *policy = policy_copy(world->policy);
    char why[TEXT_WHY];

    sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO);
    anchor_set_destroy(policy->anchors);
    policy->anchors = anchor_set_create();
    sim_expect(world, anchor_add_line(policy->anchors, nobody, why) == ST_OK, why);
    world->quiet = false;
    world_policy(world, policy);
    (void)key_cache_remove(world->caches->keys, &name_root);
    const struct client *client = sim_ask(world, "www.sec.t3.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_SERVFAIL, "nothing hangs on the anchor");
    sim_end(sim, world);
    policy_destroy(policy);
}

/* RFC 8509 §3: no key of the root has tag 0 here; a wildcard gives every name an address. */
static void key_sentinel(struct world *world)
{
    static const struct {
        const char *name;
        unsigned flags, rcode;
    } rows[] = {
        { "root-key-sentinel-is-ta-00000.wild.t1.", CLIENT_DO, RCODE_SERVFAIL },
        { "root-key-sentinel-is-ta-00000.wild.t1.", CLIENT_DO | CLIENT_CD, RCODE_NOERROR },
        { "root-key-sentinel-not-ta-00000.wild.t1.", CLIENT_DO, RCODE_NOERROR },
        { "root-key-sentinel-is-ta-00000.plain.t1.", CLIENT_DO, RCODE_NXDOMAIN },
    };

    world->quiet = false;
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) { /* then from the caches */
        size_t row = i % (sizeof rows / sizeof *rows);
        const struct client *client = sim_ask(world, rows[row].name, TYPE_A, rows[row].flags);
        sim_expect_count(world, client->rcode, rows[row].rcode, rows[row].name);
    }
}

/* RULINGS A13: both the keys and the DS that are kept were rolled away. */
static void rolled_keys(struct sim *sim)
{
    struct world *world = sim_world(sim, 1);

    sim_expect_secure(world, sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO));
    world_pass(world, 5000);
    world->internet = sim->rolled;
    sim_expect_secure(world, sim_ask(world, "innocent.bank.t1.", TYPE_A, CLIENT_DO));
    world_rest(world);
    sim_end(sim, world);
}

static void checking_disabled(struct world *world)
{
    static const struct {
        const char *name;
        int ede;
    } broken[] = {
        { "www.expired.t1.", 7 },
        { "www.wrongds.t1.", 9 },
        { "www.stripped.t1.", 10 },
        { "gone.nodenial.t1.", 12 },
    };

    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        const struct client *client = sim_ask(world, broken[i].name, TYPE_A, CLIENT_DO);
        sim_expect(world, client->rcode == RCODE_SERVFAIL && client->verdict == SEC_BOGUS,
                   "it is bogus");
        sim_expect_count(world, (uint64_t)client->ede, (uint64_t)broken[i].ede, "as EDE");
        client = sim_ask(world, broken[i].name, TYPE_A, CLIENT_DO | CLIENT_CD);
        sim_expect(world, client->rcode != RCODE_SERVFAIL && !client->ad, "with CD it is told");
    }
}

/* Every zone, every kind of answer: judged by the truth alone. */
static void every_zone(struct world *world)
{
    char name[NAME_TEXT];

    for (const struct zone_plan *plan = internet_plans; plan->apex; plan++) {
        static const char *const labels[] = { "www", "gone", "stands", "bank", "x.gone" };
        const char *apex = strcmp(plan->apex, ".") == 0 ? "" : plan->apex;
        for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
            snprintf(name, sizeof name, "%s.%s", labels[i], apex);
            sim_ask(world, name, TYPE_A, CLIENT_DO);
            sim_ask(world, name, TYPE_TXT, CLIENT_DO);
        }
        sim_ask(world, plan->apex, TYPE_DNSKEY, CLIENT_DO);
        sim_ask(world, plan->apex, TYPE_DS, CLIENT_DO);
        sim_ask(world, plan->apex, TYPE_SOA, CLIENT_DO);
        if (world_failed(world)) {
            snprintf(name, sizeof name, "%s", world->failure);
            snprintf(world->failure, sizeof world->failure, "%s: %.400s", plan->apex, name);
            break;
        }
    }
}

const struct sim_run sim_odds[] = {
    { "every server is dead: SERVFAIL with a reason, in time", .in_world = every_server_dead },
    { "a zone's servers are silent, or refuse", .in_world = zone_dead },
    { "a server that folds the case is heard over TCP, once", .in_world = folds_case },
    { "a server that folds the case and has no TCP is heard", .in_world = folds_case_without_tcp },
    { "answers in another case that differ are not believed unproven",
      .in_world = folds_case_and_differs },
    { "a server that does not know EDNS is asked without", .in_world = no_edns },
    { "a wrong id sends the question to TCP", .in_world = wrong_id },
    { "a wrong id where TCP is closed: once more on UDP", .in_world = wrong_id_without_tcp },
    { "a server that truncates is asked over TCP", .in_world = truncates },
    { "one server of two is dead", .in_world = one_dead },
    { "a late answer to a minimised question is none to the whole",
      .in_world = late_and_minimised },
    { "a policy may change at any moment of a question", .run = changed_policy },
    { "anchors that nobody has make what is new bogus", .run = changed_anchors },
    { "who asks after a key of the root hears of it", .in_world = key_sentinel },
    { "keys rolled under kept ones are fetched anew", .run = rolled_keys },
    { "CD=1 gets the data of a broken zone", .in_world = checking_disabled },
    { "every zone's answers are what they should be", .in_world = every_zone },
    { .name = NULL },
};
