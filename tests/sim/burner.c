/* One address that asks over TCP, without a pause, for what takes processor time, and others beside
 * it (LIMITS 4.2, second limiter; SPEC R5). The processor is slow here: what work weighs takes
 * METER_WORTH_MAX times as long, so that few questions are too many. */
#include <stdio.h>

#include "lib/wire/type.h"
#include "tests/sim/sim.h"

enum {
    BURNING = 600, /* questions, one each ms */
    OTHERS = 60,   /* over UDP and TCP, one each 20 ms */
    OTHERS_MS = 400
};

static struct world *burning_world(struct sim *sim, uint64_t seed)
{
    struct world_setup setup = { .internet = sim->private,
                                 .seed = seed,
                                 .link = { .delay_ms = 10 },
                                 .variant = VARIANT_NOT_AGGRESSIVE,
                                 .verbose = sim->verbose };
    struct world *world = world_create(&setup);

    if (acl_add_text(&world->policy->allow, "45.0.0.0/24") != ST_OK)
        zone_fail("no memory", "access");
    world->slowness = METER_WORTH_MAX / METER_WORTH_ONE;
    world_prime(world);
    sim_ask(world, "crowd.t1.", TYPE_SOA, CLIENT_DO);
    world_pass(world, 500);
    return world;
}

/* Names of a signed zone that are new to all; returns the first client's number. */
static size_t ask_new(struct world *world, unsigned count, unsigned each_ms, unsigned flags)
{
    size_t first = world->client_count;
    char name[64];

    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "x%u-%u.crowd.t1.", flags, i);
        (void)world_ask(world, name, TYPE_A, flags, (uint64_t)i * each_ms);
    }
    return first;
}

struct told {
    unsigned denied, refused, else_told;
    uint64_t slowest_ms;
};

static struct told told(const struct world *world, size_t first, unsigned count)
{
    struct told told = { 0 };

    for (size_t i = first; i < first + count; i++) {
        const struct client *client = world_client(world, i);
        uint64_t ms = instant_ms_between(client->asked_at, client->answered_at);
        told.denied += client->rcode == RCODE_NXDOMAIN && client->ad;
        told.refused += client->rcode == RCODE_SERVFAIL && client->why == WHY_CPU_TIME;
        told.slowest_ms = ms > told.slowest_ms ? ms : told.slowest_ms;
    }
    told.else_told = count - told.denied - told.refused;
    return told;
}

static void is_refused_alone(struct sim *sim)
{
    struct world *world = burning_world(sim, 1);
    size_t burner = ask_new(world, BURNING, 1, CLIENT_DO | CLIENT_TCP | CLIENT_AFAR);
    size_t tcp = ask_new(world, OTHERS, 10, CLIENT_DO | CLIENT_TCP | CLIENT_ELSEWHERE);
    size_t udp = ask_new(world, OTHERS, 10, CLIENT_DO | CLIENT_ELSEWHERE);

    world_run(world);
    struct told burning = told(world, burner, BURNING), over_tcp = told(world, tcp, OTHERS),
                over_udp = told(world, udp, OTHERS);
    if (sim->verbose)
        printf("burner: %u denied, %u refused, later %llu; others within %llu and %llu ms\n",
               burning.denied, burning.refused, (unsigned long long)world->metrics.cpu_later,
               (unsigned long long)over_tcp.slowest_ms, (unsigned long long)over_udp.slowest_ms);
    sim_expect(world, world->metrics.cpu_later > 0, "the burner stands back first");
    sim_expect(world, burning.refused > BURNING / 4, "then it is refused");
    sim_expect(world, burning.denied > 0, "but not from the start");
    sim_expect_count(world, burning.else_told, 0, "of its questions told something else");
    sim_expect_count(world, over_tcp.denied, OTHERS, "answers to others over TCP");
    sim_expect_count(world, over_udp.denied, OTHERS, "answers to others over UDP");
    sim_expect(world, over_tcp.slowest_ms < OTHERS_MS, "others over TCP do not wait");
    sim_expect(world, over_udp.slowest_ms < OTHERS_MS, "others over UDP do not wait");
    world_rest(world);
    sim_end(sim, world);
}

static void is_served_again(struct sim *sim)
{
    struct world *world = burning_world(sim, 2);

    (void)ask_new(world, BURNING, 1, CLIENT_DO | CLIENT_TCP | CLIENT_AFAR);
    world_run(world);
    world_pass(world, 2 * CPUTIME_PENALTY_MS);
    const struct client *client =
        sim_ask(world, "again.crowd.t1.", TYPE_A, CLIENT_DO | CLIENT_TCP | CLIENT_AFAR);
    sim_expect_count(world, client->rcode, RCODE_NXDOMAIN, "its rcode");
    world_rest(world);
    sim_end(sim, world);
}

const struct sim_run sim_burner[] = {
    { "who burns processor time stands back, is refused, and harms no one else",
      .run = is_refused_alone },
    { "and is served again when it has rested", .run = is_served_again },
    { .name = NULL },
};
