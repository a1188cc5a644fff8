/* Each checker catches the fault that is planted for it; without the fault it is content. */
#include <stdio.h>

#include "lib/wire/type.h"
#include "tests/sim/checkers.h"
#include "tests/sim/sim.h"

struct planted {
    enum fault fault;
    const char *name;   /* what is asked for */
    const char *caught; /* part of what the checker then says */
};

static void play(struct world *world, const struct planted *planted)
{
    if (planted->fault == FAULT_CLOCK_LATE)
        for (size_t i = 0; i < SITES_MAX; i++)
            world->site_odd[i] = SITE_SILENT;
    if (strstr(planted->name, "maze")) /* each of its questions takes two packets then */
        world_sites_of(world, "maze.t1.", SITE_TRUNCATES);
    if (planted->fault == FAULT_OTHER_DRAW)
        (void)prng_u16(&world->chance);
    sim_ask(world, planted->name, TYPE_A, CLIENT_DO);
    if (planted->fault == FAULT_FAILURE_KEPT) {
        world->quiet = false; /* so that no other checker comes first */
        size_t number =
            (size_t)(sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO) - world->clients);
        checkers_innocent(world, number);
    }
    world_rest(world);
}

static void expect_caught(struct sim *sim, const struct planted *planted)
{
    struct world_setup setup = { .internet = sim->internet,
                                 .seed = 3,
                                 .fault = planted->fault,
                                 .link = { .delay_ms = 10 },
                                 .verbose = sim->verbose };
    struct world *world = world_create(&setup);

    play(world, planted);
    if (!strstr(world->failure, planted->caught))
        snprintf(sim->failure, sizeof sim->failure, "not caught (\"%s\"), instead: %.300s",
                 planted->caught, world->failure);
    world_destroy(world);
    setup.fault = FAULT_NONE;
    world = world_create(&setup);
    play(world, &(struct planted){ FAULT_NONE, planted->name, "" });
    sim_end(sim, world);
}

static void answer_lost(struct sim *sim)
{
    expect_caught(sim, &(struct planted){ FAULT_ANSWER_LOST, "www.bank.t1.", "never answered" });
}

static void answer_twice(struct sim *sim)
{
    expect_caught(sim, &(struct planted){ FAULT_ANSWER_TWICE, "www.bank.t1.", "2 times" });
}

static void clock_late(struct sim *sim)
{
    expect_caught(sim, &(struct planted){ FAULT_CLOCK_LATE, "www.bank.t1.", "answered after" });
}

static void ad_added(struct sim *sim)
{
    expect_caught(sim, &(struct planted){ FAULT_AD_ADDED, "www.plain.t1.", "no chain" });
}

static void ad_taken(struct sim *sim)
{
    expect_caught(sim, &(struct planted){ FAULT_AD_TAKEN, "www.bank.t1.", "not told so" });
}

static void data_changed(struct sim *sim)
{
    expect_caught(sim, &(struct planted){ FAULT_DATA_CHANGED, "www.bank.t1.", "not the records" });
}

static void bogus_passed(struct sim *sim)
{
    expect_caught(sim, &(struct planted){ FAULT_BOGUS_PASSED, "gone.ring-a.t1.", "rcode 0" });
    expect_caught(sim, &(struct planted){ FAULT_BOGUS_PASSED, "www.expired.t1.", "the records" });
}

static void failure_kept(struct sim *sim)
{
    expect_caught(sim, &(struct planted){ FAULT_FAILURE_KEPT, "burn1.trap.t1.", "innocent, and" });
}

static void socket_kept(struct sim *sim)
{
    expect_caught(sim, &(struct planted){ FAULT_SOCKET_KEPT, "www.bank.t1.", "are open" });
}

static void pool_kept(struct sim *sim)
{
    expect_caught(sim, &(struct planted){ FAULT_POOL_KEPT, "www.bank.t1.", "of the pool" });
}

static void limits_raised(struct sim *sim)
{
    expect_caught(sim, &(struct planted){ FAULT_LIMITS_RAISED, "a.b.c.d.e.f.g.h.i.j.m0.maze.t1.",
                                          "packets" });
}

/* Two runs of a seed, one of them with a draw more: their logs differ. */
static void other_draw(struct sim *sim)
{
    uint64_t hashes[2];

    for (unsigned i = 0; i < 2; i++) {
        struct world_setup setup = { .internet = sim->internet,
                                     .seed = 3,
                                     .link = { .delay_ms = 10, .jitter_ms = 5 } };
        struct world *world = world_create(&setup);
        play(world, &(struct planted){ i ? FAULT_OTHER_DRAW : FAULT_NONE, "www.bank.t1.", "" });
        hashes[i] = world->log_hash;
        sim_end(sim, world);
    }
    if (hashes[0] == hashes[1])
        snprintf(sim->failure, sizeof sim->failure, "one draw more, and the log is the same");
}

const struct sim_run sim_faults[] = {
    { "planted: an answer lost", .run = answer_lost },
    { "planted: an answer given twice", .run = answer_twice },
    { "planted: deadlines heard of late", .run = clock_late },
    { "planted: AD on an insecure answer", .run = ad_added },
    { "planted: AD taken from a secure answer", .run = ad_taken },
    { "planted: data changed", .run = data_changed },
    { "planted: bogus passed on", .run = bogus_passed },
    { "planted: a spent job's failure kept for another's name", .run = failure_kept },
    { "planted: a socket never closed", .run = socket_kept },
    { "planted: a chunk of the pool never given back", .run = pool_kept },
    { "planted: limits four times as high", .run = limits_raised },
    { "planted: a draw that the seed does not know", .run = other_draw },
    { .name = NULL },
};
