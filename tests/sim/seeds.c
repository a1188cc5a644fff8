/* One run by its seed: a network drawn at random, questions at random, then a mended network and
 * innocent questions. */
#include <stdio.h>

#include "lib/base/memory.h"
#include "lib/wire/type.h"
#include "tests/sim/checkers.h"
#include "tests/sim/sim.h"

enum {
    QUESTIONS_MAX = 40, /* of a phase, each perhaps asked twice: CLIENTS_MAX is not reached */
    PHASES_MAX = 4,
    SPREAD_MS = 15000,
    ODD_SITES_MAX = 8,
    MENDED_MS = 310 * 1000 /* longer than any failure is kept: RFC 9520 §3.2 */
};

static const char *const names[] = {
    "www.bank.t1.",
    "mail.bank.t1.",
    "here.bank.t1.",
    "gone.bank.t1.",
    "x.ent.bank.t1.",
    "ent.bank.t1.",
    "any.wild.t1.",
    "stands.wild.t1.",
    "a.b.wild.t1.",
    "x.sub.wild.t1.",
    "www.d.wild.t1.",
    "gone.d.wild.t1.",
    "d.wild.t1.",
    "any.wild3.t2.",
    "stands.wild3.t2.",
    "www.plain.t1.",
    "gone.plain.t1.",
    "www.sec.t3.",
    "gone.sec.t3.",
    "www.unsec.t3.",
    "gone.t3.",
    "www.zone.t4.",
    "gone.t4.",
    "www.deep.t2.",
    "www.a.deep.t2.",
    "www.b.a.deep.t2.",
    "gone.a.deep.t2.",
    "bank.alias.t2.",
    "plain.alias.t2.",
    "gone.alias.t2.",
    "expired.alias.t2.",
    "twice.alias.t2.",
    "wild.alias.t2.",
    "dname.alias.t2.",
    "loop1.alias.t2.",
    "self.alias.t2.",
    "www.glueless.t2.",
    "www.far.t3.",
    "www.big.t2.",
    "www.expired.t1.",
    "www.wrongds.t1.",
    "www.stripped.t1.",
    "good.stripped.t1.",
    "www.nodenial.t1.",
    "gone.nodenial.t1.",
    "www.ring-a.t1.",
    "www.ring-b.t1.",
    "www.nxns.t1.",
    "burn1.trap.t1.",
    "burn3.trap.t1.",
    "burn1.far-trap.t1.",
    "l0.long.t1.",
    "l5.long.t1.",
    "www.odd.t2.",
    "two.odd.t4.",
    "here.co.t1.",
    "www.shop.co.t1.",
    "gone.co.t1.",
    "here.un.t1.",
    "gone.un.t1.",
    "host.arpa.",
    "gone.arpa.",
    "a.root-servers.net.",
    "t1.",
    "a.b.c.d.e.f.g.h.i.j.m0.maze.t1.",
    "a.b.c.d.e.f.g.h.i.j.m8.maze.t1.",
    "bank.t1.",
    "plain.t1.",
    ".",
    "gone.",
};

static const uint16_t types[] = { TYPE_A,   TYPE_A,  TYPE_A,      TYPE_A,  TYPE_AAAA, TYPE_MX,
                                  TYPE_TXT, TYPE_DS, TYPE_DNSKEY, TYPE_NS, TYPE_SOA,  TYPE_PTR };

static const unsigned oddities[] = { SITE_SILENT,
                                     SITE_SILENT,
                                     SITE_CLOSED,
                                     SITE_REFUSES,
                                     SITE_FAILS,
                                     SITE_FOLDS_CASE,
                                     SITE_FOLDS_CASE | SITE_NO_TCP,
                                     SITE_NO_EDNS,
                                     SITE_NO_TCP,
                                     SITE_MUTE_TCP,
                                     SITE_TRUNCATES,
                                     SITE_FORGED_ONCE,
                                     SITE_TRUNCATES | SITE_NO_TCP,
                                     SITE_TRUNCATES | SITE_HANGS_UP,
                                     SITE_TRUNCATES | SITE_HANGS_UP_IDLE,
                                     SITE_TRUNCATES | SITE_SLOW_FIRST,
                                     SITE_TRUNCATES | SITE_STALLS,
                                     SITE_TRUNCATES | SITE_STRAY_ONCE,
                                     SITE_LIES,
                                     SITE_LIES };

#define SEED_TWIST        UINT64_C(0x9e3779b97f4a7c15)
#define COUNT(array)      (sizeof(array) / sizeof *(array))
#define PICK(prng, array) ((array)[prng_below((prng), (uint32_t)COUNT(array))])

static bool one_in(struct prng *prng, uint32_t many)
{
    return prng_below(prng, many) == 0;
}

static bool all_signed(const struct site *site)
{
    for (size_t i = 0; i < site->zone_count; i++)
        if (site->zones[i]->truth != SEC_SECURE)
            return false;
    return true;
}

static void draw_site(struct world *world, struct prng *prng, uint32_t site)
{
    unsigned forwards = world->site_odd[site] & SITE_FORWARDS;
    world->site_odd[site] = PICK(prng, oddities);
    /* Where nothing is signed a server may say what it likes: no checker could tell. */
    if (world->site_odd[site] == SITE_LIES && !all_signed(&world->internet->sites[site]))
        world->site_odd[site] = SITE_SILENT;
    if (forwards)
        world->site_odd[site] |= forwards | (one_in(prng, 3) ? SITE_STRIPS : 0);
    if (one_in(prng, 3))
        world->site_links[site] = (struct link_quality){ .delay_ms = 100 + prng_below(prng, 500),
                                                         .loss = (uint16_t)prng_below(prng, 500) };
}

/* Half of all times the network does no harm but delay: there every answer must be right. */
static void draw_network(struct world *world, struct prng *prng)
{
    world->quiet = one_in(prng, 2);
    world->link.delay_ms = 1 + prng_below(prng, 60);
    world->link.jitter_ms = prng_below(prng, 20);
    world->link.twice = (uint16_t)prng_below(prng, 50);
    if (world->quiet)
        return;
    world->link.loss = (uint16_t)prng_below(prng, 200);
    world->link.forged = one_in(prng, 3) ? (uint16_t)prng_below(prng, 100) : 0;
    world->send_failures = one_in(prng, 4) ? (uint16_t)prng_below(prng, 30) : 0;
    world->memory_failures = one_in(prng, 4) ? (uint16_t)prng_below(prng, 50) : 0;
    for (unsigned i = prng_below(prng, ODD_SITES_MAX); i > 0; i--)
        draw_site(world, prng, prng_below(prng, (uint32_t)world->internet->site_count));
    for (uint32_t site = 0; site < world->internet->site_count; site++)
        if (world->site_odd[site] & SITE_FORWARDS && one_in(prng, 2))
            draw_site(world, prng, site);
}

static unsigned draw_flags(struct prng *prng)
{
    unsigned flags = one_in(prng, 4) ? 0 : CLIENT_DO;
    flags |= one_in(prng, 6) ? CLIENT_CD : 0;
    flags |= one_in(prng, 4) ? CLIENT_TCP : 0;
    return flags;
}

static void draw_questions(struct world *world, struct prng *prng)
{
    for (unsigned i = 5 + prng_below(prng, QUESTIONS_MAX - 5); i > 0; i--) {
        const char *name = PICK(prng, names);
        uint16_t type = PICK(prng, types);
        uint64_t at_ms = prng_below(prng, SPREAD_MS);
        unsigned flags = draw_flags(prng);
        size_t number = world_ask(world, name, type, flags, at_ms);
        if (one_in(prng, 5)) /* somebody else asks the same thing meanwhile */
            world_ask(world, name, type, flags, at_ms + prng_below(prng, 40));
        if (flags & CLIENT_TCP && one_in(prng, 3))
            world_cancel(world, number, at_ms + prng_below(prng, 100));
    }
}

static void mend(struct world *world)
{
    world->link = (struct link_quality){ .delay_ms = 10 };
    world->send_failures = world->memory_failures = 0;
    world->quiet = true;
    for (size_t i = 0; i < SITES_MAX; i++) {
        world->site_odd[i] &= SITE_FORWARDS;
        world->site_links[i] = (struct link_quality){ 0 };
    }
}

static void ask_innocently(struct world *world)
{
    static const char *const innocent[] = { "innocent.bank.t1.", "innocent.sec.t3.",
                                            "www.bank.t1.",      "new.shop.co.t1.",
                                            "www.b.a.deep.t2.",  "www.glueless.t2." };
    size_t numbers[COUNT(innocent)];

    for (size_t i = 0; i < COUNT(innocent); i++)
        numbers[i] = world_ask(world, innocent[i], TYPE_A, CLIENT_DO, i * 5);
    world_run(world);
    for (size_t i = 0; i < COUNT(innocent); i++)
        checkers_innocent(world, numbers[i]);
}

static unsigned draw_variant(struct prng *prng)
{
    unsigned variant = 0;

    for (unsigned bit = VARIANT_NO_IPV6; bit <= VARIANT_FEW_JOBS; bit <<= 1)
        variant |= one_in(prng, 5) ? bit : 0;
    return variant;
}

/* Some questions, then a pause; after harm long enough that no failure is remembered. */
static void play_phase(struct world *world, struct prng *prng)
{
    static const uint64_t pauses_s[] = { 0, 1, 6, 400, 3700, 90000, 200000 };
    bool harmed;

    draw_network(world, prng);
    draw_questions(world, prng);
    world_run(world);
    harmed = !world->quiet;
    mend(world);
    world_pass(world, harmed ? MENDED_MS : PICK(prng, pauses_s) * 1000);
}

/* One or two zones whose names are asked of other resolvers. */
static void draw_forwards(struct world *world, struct prng *prng)
{
    static const char *const zones[] = { ".", "t1.", "bank.t1.", "deep.t2.", "t3.", "co.t1." };
    static const char *const forwarders[] = { "10.9.1.1", "10.9.1.2" };

    for (unsigned i = 1 + prng_below(prng, 2); i > 0; i--) {
        struct zones_entry entry = { .server_count = COUNT(forwarders) };
        entry.order = one_in(prng, 2) ? ZONES_FIRST : ZONES_ONLY;
        if (name_from_text(PICK(prng, zones), &entry.name) != ST_OK)
            zone_fail("no name", "forwards");
        for (size_t s = 0; s < COUNT(forwarders); s++) {
            world_site(world, forwarders[s], SITE_FORWARDS);
            if (endpoint_parse(forwarders[s], 53, &entry.servers[s]) != ST_OK)
                zone_fail("no address", forwarders[s]);
        }
        (void)!zones_add(&world->policy->zones, &entry); /* the same twice: one counts */
    }
}

uint64_t sim_seed(struct sim *sim, uint64_t seed, enum fault fault)
{
    struct world_setup setup = {
        .internet = sim->internet, .seed = seed, .fault = fault, .verbose = sim->verbose
    };
    struct prng prng;

    prng_seed_number(&prng, seed ^ SEED_TWIST);
    setup.variant = draw_variant(&prng);
    bool forwards = one_in(&prng, 4);
    if (forwards)
        setup.internet = sim->private;
    struct world *world = world_create(&setup);
    if (forwards)
        draw_forwards(world, &prng);
    if (one_in(&prng, 2))
        world_prime(world);
    for (unsigned phases = 1 + prng_below(&prng, PHASES_MAX); phases > 0; phases--) {
        play_phase(world, &prng);
        if (one_in(&prng, 8) && !forwards) {
            world->earlier = sim->internet;
            world->internet = sim->rolled;
        }
    }
    ask_innocently(world);
    world_rest(world);
    uint64_t hash = world->log_hash;
    sim_end(sim, world);
    return hash;
}
