/* What a trail tells: the walk, each link of the chain of trust, and where it broke. */
#include "lib/wire/type.h"
#include "tests/sim/sim.h"

struct told {
    const char *name;
    uint16_t type;
    unsigned odd; /* of the servers of bank.t1. */
    const char *words[6];
};

/* RFC 4035 §5: the broken link by name; SPEC section 3 item 4: and whose it is. */
static const struct told rows[] = {
    { "www.bank.t1.",
      TYPE_A,
      0,
      { " refers to the servers of t1.", "  . (zone): secure", "  t1. (zone): secure",
        "  bank.t1. (zone): secure", "  www.bank.t1. A: secure", "the verdict: secure" } },
    { "www.expired.t1.",
      TYPE_A,
      0,
      { "  t1. (zone): secure", "  expired.t1. (zone): bogus",
        "BROKEN expired.t1. DNSKEY: the signature has expired: key ", " of expired.t1., valid ",
        "the verdict: bogus: the signature has expired: expired.t1. DNSKEY, key ",
        "[SIGNATURE_EXPIRED, zone operator]" } },
    { "www.wrongds.t1.",
      TYPE_A,
      0,
      { "  wrongds.t1. (zone): bogus", "no DNSKEY matches the DS in the parent: wrongds.t1. DNSKEY",
        "[DNSKEY_MISSING, zone operator]" } },
    { "www.stripped.t1.",
      TYPE_A,
      0,
      { "  stripped.t1. (zone): secure", "  www.stripped.t1. A: bogus",
        "bogus: no signature in a signed zone: www.stripped.t1. A", "another server is asked",
        "[RRSIG_MISSING, zone operator]" } },
    { "www.bank.t1.",
      TYPE_A,
      SITE_SILENT,
      { " does not answer in time", "  t1. (zone): secure",
        "the verdict: failed: no server of the zone answers: zone bank.t1., for www.bank.t1. A, "
        "last asked ",
        "[SERVERS_SILENT, network]" } },
    { "www.bank.t1.",
      TYPE_A,
      SITE_REFUSES,
      { "error, REFUSED",
        "the verdict: failed: no server of the zone gives a usable answer: zone bank.t1., ",
        "[SERVERS_USELESS, zone operator]" } },
};

static void each_row(struct sim *sim)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world *world = sim_world(sim, 1);
        if (rows[i].odd)
            world_sites_of(world, "bank.t1.", rows[i].odd);
        sim_ask(world, rows[i].name, rows[i].type, CLIENT_DO | CLIENT_TRAIL);
        for (size_t w = 0; w < 6 && rows[i].words[w]; w++)
            if (!strstr(world->picture, rows[i].words[w]))
                world_fail(world, "%s: not told \"%s\" in %.300s", rows[i].name, rows[i].words[w],
                           world->picture +
                               (strlen(world->picture) > 300 ? strlen(world->picture) - 300 : 0));
        world_rest(world);
        sim_end(sim, world);
    }
}

/* From the cache too; a trail changes nothing of the answer, and leaves nothing behind. */
static void known_already(struct world *world)
{
    sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO);
    unsigned before = world_packets(world);
    const struct client *client = sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO | CLIENT_TRAIL);
    sim_expect(world, client->ad, "it is secure as before");
    sim_expect(world, strstr(world->picture, "www.bank.t1. A is known from the cache") != NULL,
               "the trail says where it came from");
    sim_expect_count(world, world_packets(world) - before, 0, "packets");
}

/* SPEC section 3 item 3: for watching over expiry. */
static void first_ends(struct world *world)
{
    static const char *const zones[] = { ".", "t1.", "bank.t1." };

    sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO);
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        struct name zone;
        struct zone_keys kept;
        bool there =
            name_from_text(zones[i], &zone) == ST_OK &&
            key_cache_get(world->caches->keys, &zone, world->now, world->scratch, &kept) == ST_OK;
        sim_expect(world, there && kept.first_end.at.s > world->wall_at_start,
                   "the first end of its signatures stands beside a zone's keys");
    }
}

const struct sim_run sim_trails[] = {
    { "a trail names each link of the chain, and the one that broke", .run = each_row },
    { "a trail of what is kept says so", .in_world = known_already },
    { "the trail's signatures have a first end, kept with each zone's keys",
      .in_world = first_ends },
    { .name = NULL },
};
