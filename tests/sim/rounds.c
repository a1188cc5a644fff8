/* Questions and round trips, counted: 10 ms each way, so a round is 20 ms (DESIGN 9, issue "What it
 * must show"). */
#include "lib/wire/type.h"
#include "tests/sim/checkers.h"
#include "tests/sim/sim.h"

enum { ROUND_MS = 20 };

static void expect_rounds(struct world *world, const struct client *client, unsigned rounds)
{
    sim_expect_count(world, client_ms(client), (uint64_t)rounds * ROUND_MS, "ms");
}

/* From here on the TLD t1 and its servers are known. */
static void know_t1(struct world *world)
{
    world_prime(world);
    sim_ask(world, "www.shop.co.t1.", TYPE_A, CLIENT_DO);
    world_pass(world, 500);
}

static void first_answer(struct world *world)
{
    world_prime(world);
    const struct client *client = sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO);
    sim_expect_secure(world, client);
    expect_rounds(world, client, 3);
}

static void new_tld(struct world *world)
{
    know_t1(world);
    const struct client *client = sim_ask(world, "www.sec.t3.", TYPE_A, CLIENT_DO);
    sim_expect_secure(world, client);
    expect_rounds(world, client, 3);
}

static void new_zone(struct world *world)
{
    know_t1(world);
    unsigned before = world_packets(world);
    const struct client *client = sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO);
    sim_expect_secure(world, client);
    expect_rounds(world, client, 2);
    sim_expect_count(world, world_packets(world) - before, 3, "questions");
}

static void known_zone(struct world *world)
{
    know_t1(world);
    unsigned before = world_packets(world);
    const struct client *client = sim_ask(world, "new.shop.co.t1.", TYPE_A, CLIENT_DO);
    sim_expect_secure(world, client);
    expect_rounds(world, client, 1);
    sim_expect_count(world, world_packets(world) - before, 1, "questions");
}

/* RULINGS A1: once proven, a cut that no referral shows costs nothing more. */
static void hidden_cut(struct world *world)
{
    know_t1(world);
    sim_ask(world, "gone.co.t1.", TYPE_A, CLIENT_DO);
    world_pass(world, 500);
    unsigned before = world_packets(world);
    const struct client *client = sim_ask(world, "lost.co.t1.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_NXDOMAIN && client->ad, "the absence is secure");
    expect_rounds(world, client, 1);
    sim_expect_count(world, world_packets(world) - before, 1, "questions");
}

static void cached_answer(struct world *world)
{
    know_t1(world);
    unsigned before = world_packets(world);
    for (unsigned i = 0; i < 3; i++) {
        const struct client *client = sim_ask(world, "www.shop.co.t1.", TYPE_A, CLIENT_DO);
        sim_expect_secure(world, client);
        expect_rounds(world, client, 0);
    }
    sim_expect_count(world, world_packets(world) - before, 0, "questions");
}

/* Below a zone that is proven unsigned there is nothing more to prove. */
static void unsigned_zones(struct sim *sim)
{
    static const char *const names[] = { "www.zone.t4.", "www.unsec.t3.", "www.plain.t1." };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct world *world = sim_world(sim, i);
        const struct client *client = sim_ask(world, names[i], TYPE_A, CLIENT_DO);
        sim_expect(world, client->rcode == RCODE_NOERROR && !client->ad, "it is insecure");
        expect_rounds(world, client, 3);
        sim_end(sim, world);
    }
}

/* RULINGS A29: a DNSKEY set over 1,232 octets costs two round trips more: TC, then TCP's two. */
static void big_keys(struct world *world)
{
    sim_ask(world, "www.deep.t2.", TYPE_A, CLIENT_DO);
    const struct client *client = sim_ask(world, "www.big.t2.", TYPE_A, CLIENT_DO);
    sim_expect_secure(world, client);
    expect_rounds(world, client, 2 + 2);
}

static void absent_name(struct world *world)
{
    static const char *const names[] = { "gone.bank.t1.", "gone.shop.co.t1.", "gone.t1.", "gone." };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct client *client = sim_ask(world, names[i], TYPE_A, CLIENT_DO);
        sim_expect(world, client->rcode == RCODE_NXDOMAIN && client->ad,
                   "the absence of a name is secure");
    }
}

/* RULINGS A22: every first try to an unknown server would be lost, were its socket closed. */
static void slow_links(struct sim *sim)
{
    struct world_setup setup = {
        .internet = sim->internet, .link = { .delay_ms = 350 }, .seed = 7, .verbose = sim->verbose
    };
    struct world *world = world_create(&setup);
    world_prime(world);
    const struct client *client = sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO);
    sim_expect_secure(world, client);
    sim_expect(world, client_ms(client) <= 6000, "a cold answer takes 6 s at the most");
    client = sim_ask(world, "www.b.a.deep.t2.", TYPE_A, CLIENT_DO);
    sim_expect_secure(world, client);
    sim_expect(world, client_ms(client) <= 6000, "a cold answer takes 6 s at the most");
    world_rest(world);
    sim_end(sim, world);
}

static void slower_links(struct sim *sim)
{
    struct world_setup setup = {
        .internet = sim->internet, .link = { .delay_ms = 700 }, .seed = 7, .verbose = sim->verbose
    };
    struct world *world = world_create(&setup);
    const struct client *client = sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO);
    sim_expect_secure(world, client);
    sim_end(sim, world);
}

static void joined(struct world *world)
{
    sim_ask(world, "www.shop.co.t1.", TYPE_A, CLIENT_DO);
    unsigned before = world_packets(world);
    size_t first = world->client_count;
    while (world->client_count < first + 50)
        world_ask(world, "new.shop.co.t1.", TYPE_A, CLIENT_DO, 0);
    world_run(world);
    for (size_t i = first; i < world->client_count; i++)
        sim_expect_secure(world, world_client(world, i));
    sim_expect_count(world, world_packets(world) - before, 1, "packets");
}

const struct sim_run sim_rounds[] = {
    { "the first answer takes three rounds", .in_world = first_answer },
    { "a new TLD takes three rounds", .in_world = new_tld },
    { "a new signed zone of a known TLD takes three questions and two rounds",
      .in_world = new_zone },
    { "a name of a known zone takes one question and one round", .in_world = known_zone },
    { "a name below a cut that no referral showed, one too", .in_world = hidden_cut },
    { "unsigned zones take three rounds too", .run = unsigned_zones },
    { "a cached answer takes none", .in_world = cached_answer },
    { "a key set that does not fit a datagram takes two rounds more", .in_world = big_keys },
    { "the absence of a name is proven", .in_world = absent_name },
    { "on links of 700 ms there and back a cold answer takes 6 s at the most", .run = slow_links },
    { "on links of 700 ms each way there is an answer", .run = slower_links },
    { "identical questions share one packet", .in_world = joined },
    { .name = NULL },
};
