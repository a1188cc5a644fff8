/* A wall clock that is wrong, or jumps (LIMITS H1, H2; RULINGS A16). */
#include "lib/wire/type.h"
#include "tests/sim/sim.h"

enum { DAY_S = 86400, YEAR_S = 365 * DAY_S, REPAIR_MS = 600 * 1000 };

/* The program was built when the world's clock would say so; this machine says another time. */
static struct world *world_at(struct sim *sim, int64_t wall_s)
{
    struct world_setup setup = { .internet = sim->internet,
                                 .seed = 1,
                                 .link = { .delay_ms = 10 },
                                 .variant = VARIANT_CLOCK_FLOOR,
                                 .verbose = sim->verbose };
    struct world *world = world_create(&setup);

    world->wall_at_start = wall_s;
    world->quiet = false; /* what cannot be validated fails */
    return world;
}

static void set_clock(struct world *world, int64_t wall_s)
{
    world->wall_at_start = wall_s - (int64_t)instant_s_between(world->began, world->now);
}

static void expect_fails(struct world *world, const char *name, uint16_t type, enum why why)
{
    const struct client *client = sim_ask(world, name, type, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_SERVFAIL && client->records == 0, "it fails");
    sim_expect_count(world, client->why, why, "as the reason");
}

static void expect_unvalidated(struct world *world, const char *name)
{
    unsigned before = world_packets(world);
    const struct client *client = sim_ask(world, name, TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_NOERROR && client->records > 0, "there is an answer");
    sim_expect(world, !client->ad && client->verdict == SEC_INSECURE, "nobody calls it secure");
    sim_expect(world, client->why == WHY_CLOCK_REPAIR && client->ede == 0, "and an EDE says why");
    sim_expect(world, world_packets(world) > before, "a server was asked for it");
}

static void expect_secure(struct world *world, const char *name)
{
    sim_expect_secure(world, sim_ask(world, name, TYPE_A, CLIENT_DO));
}

static void boots_at_1970(struct sim *sim)
{
    struct world *world = world_at(sim, 60);

    expect_unvalidated(world, "pool.ntp.org.");
    expect_unvalidated(world, "0.pool.ntp.org.");
    expect_unvalidated(world, "alias.pool.ntp.org."); /* to where it leads */
    expect_fails(world, "0.pool.ntp.org.", TYPE_MX, WHY_CLOCK_WRONG);
    expect_fails(world, "www.ntp.org.", TYPE_A, WHY_CLOCK_WRONG);
    expect_fails(world, "www.plain.t1.", TYPE_A, WHY_CLOCK_WRONG);
    expect_fails(world, "www.bank.t1.", TYPE_A, WHY_CLOCK_WRONG);
    expect_unvalidated(world, "pool.ntp.org."); /* asked anew: it was not kept */
    set_clock(world, sim->internet->wall.s);
    world->quiet = true;
    expect_secure(world, "www.bank.t1.");
    const struct client *client = sim_ask(world, "pool.ntp.org.", TYPE_A, CLIENT_DO);
    sim_expect_count(world, client->why, WHY_NO_DS, "as the reason: it was validated");
    sim_ask(world, "www.plain.t1.", TYPE_A, CLIENT_DO);
    world_rest(world);
    sim_end(sim, world);
}

static void ten_minutes(struct sim *sim)
{
    struct world *world = world_at(sim, 60);

    expect_unvalidated(world, "pool.ntp.org.");
    world_pass(world, REPAIR_MS - 2000);
    expect_unvalidated(world, "pool.ntp.org.");
    world_pass(world, 2000);
    expect_fails(world, "pool.ntp.org.", TYPE_A, WHY_CLOCK_WRONG);
    set_clock(world, sim->internet->wall.s);
    expect_secure(world, "www.bank.t1.");
    set_clock(world, 60); /* and not once more when it falls back */
    expect_fails(world, "0.pool.ntp.org.", TYPE_A, WHY_CLOCK_WRONG);
    sim_end(sim, world);
}

/* Nothing on this machine knows better, but the root's own signatures do. */
static void told_by_the_root(struct world *world)
{
    world->quiet = false;
    world->wall_at_start -= 14 * DAY_S; /* signatures began 10 days before */
    expect_fails(world, "www.bank.t1.", TYPE_A, WHY_CLOCK_WRONG);
    expect_unvalidated(world, "pool.ntp.org.");
    set_clock(world, world->internet->wall.s);
    expect_secure(world, "www.bank.t1.");
}

/* What the root says is of a month to come: that moves no clock, and opens nothing to anybody. */
static void from_a_month_to_come(struct sim *sim, enum internet_kind kind)
{
    struct internet *ahead = internet_create(sim->internet->wall, kind);
    struct world *world = sim_world(sim, 1);

    world->quiet = false;
    world->internet = ahead;
    expect_fails(world, "www.bank.t1.", TYPE_A, WHY_SIGNATURE_NOT_YET);
    if (kind == ROOT_KEYS_AHEAD)
        expect_fails(world, ".", TYPE_DNSKEY, WHY_SIGNATURE_NOT_YET);
    expect_fails(world, "pool.ntp.org.", TYPE_A, WHY_SIGNATURE_NOT_YET);
    world->internet = sim->internet;
    world_pass(world, 61000);
    expect_secure(world, "www.bank.t1.");
    sim_end(sim, world);
    internet_destroy(ahead);
}

/* Its keys are signed months before they are of use: whoever sends the next ones proves nothing. */
static void keys_of_the_next_quarter(struct sim *sim)
{
    from_a_month_to_come(sim, ROOT_KEYS_AHEAD);
}

/* A signature of which only the dates are right proves no time (LIMITS H1). */
static void forged_for_later(struct sim *sim)
{
    from_a_month_to_come(sim, ROOT_FORGED_AHEAD);
}

static void proven_by_the_root(struct sim *sim)
{
    struct world *world = world_at(sim, sim->internet->wall.s - 2 * DAY_S);

    expect_unvalidated(world, "pool.ntp.org.");
    expect_secure(world, "www.bank.t1.");
    const struct client *client = sim_ask(world, "0.pool.ntp.org.", TYPE_A, CLIENT_DO);
    sim_expect_count(world, client->why, WHY_NO_DS, "as the reason: it was validated");
    sim_end(sim, world);
}

/* Behind the root's signatures by less than the inception skew is not behind. */
static void a_little_behind(struct sim *sim)
{
    struct world *world = world_at(sim, sim->internet->wall.s - 3600);

    expect_secure(world, "www.bank.t1.");
    const struct client *client = sim_ask(world, "pool.ntp.org.", TYPE_A, CLIENT_DO);
    sim_expect_count(world, client->why, WHY_NO_DS, "as the reason: it was validated");
    sim_end(sim, world);
}

static void ahead(struct sim *sim)
{
    struct world *world = world_at(sim, sim->internet->wall.s + YEAR_S);

    expect_fails(world, "www.bank.t1.", TYPE_A, WHY_SIGNATURE_EXPIRED);
    expect_fails(world, "pool.ntp.org.", TYPE_A, WHY_SIGNATURE_EXPIRED);
    set_clock(world, sim->internet->wall.s);
    world_pass(world, 6000); /* what failed by time is kept for 5 s: SPEC V13 */
    expect_secure(world, "www.bank.t1.");
    sim_end(sim, world);
}

/* `dnssec.clock` is believed: no floor, no repair. */
static void written_clock(struct sim *sim)
{
    struct world *world = world_at(sim, sim->internet->wall.s);

    world->policy->clock_fixed = true;
    world->policy->clock = (struct unixtime){ 60 };
    expect_fails(world, "pool.ntp.org.", TYPE_A, WHY_SIGNATURE_NOT_YET);
    world->policy->clock = sim->internet->wall;
    world_pass(world, 6000);
    set_clock(world, 60);
    expect_secure(world, "www.bank.t1.");
    sim_end(sim, world);
}

/* LIMITS H2, RULINGS B21: what is kept lives by another clock. */
static void jumps(struct world *world)
{
    static const int64_t jumps_s[] = { DAY_S, -DAY_S, 10 * (int64_t)YEAR_S, -10 * (int64_t)YEAR_S };

    expect_secure(world, "www.bank.t1.");
    world_pass(world, 5000);
    for (size_t i = 0; i < sizeof jumps_s / sizeof *jumps_s; i++) {
        unsigned before = world_packets(world);
        set_clock(world, world->internet->wall.s + jumps_s[i]);
        expect_secure(world, "www.bank.t1.");
        sim_expect_count(world, world_packets(world) - before, 0, "packets for what is kept");
    }
    world_pass(world, (ZONE_TTL + 1) * UINT64_C(1000));
    set_clock(world, world->internet->wall.s);
    unsigned before = world_packets(world);
    expect_secure(world, "www.bank.t1.");
    sim_expect(world, world_packets(world) > before, "its TTL has run out all the same");
}

/* RFC 7646 §2, SPEC V15: what is broken is served while the negative anchor stands, and what was
 * kept by it goes with it. */
static void timed_negative_anchor(struct world *world)
{
    struct subtree timed = { .until = instant_after_s(world->now, 60) };

    world->truth_is_bent = true;
    if (name_from_text("expired.t1.", &timed.name) != ST_OK ||
        subtrees_add(&world->policy->negative_anchors, &timed) != ST_OK)
        world_fail(world, "no negative anchor");
    const struct client *client = sim_ask(world, "www.expired.t1.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_NOERROR && client->records > 0 && !client->ad,
               "it is served without AD");
    sim_expect_count(world, (uint64_t)client->ede, 33, "as EDE");
    expect_secure(world, "www.bank.t1.");
    expect_fails(world, "www.wrongds.t1.", TYPE_A, WHY_DNSKEY_MISSING);
    world_pass(world, 61000);
    expect_fails(world, "www.expired.t1.", TYPE_A, WHY_SIGNATURE_EXPIRED);
}

const struct sim_run sim_clocks[] = {
    { "a machine that boots at 1970 learns the time, and nothing else, unvalidated",
      .run = boots_at_1970 },
    { "time servers are answered unvalidated for ten minutes, once", .run = ten_minutes },
    { "a clock behind the root's signatures is known to be", .in_world = told_by_the_root },
    { "keys of the root that are signed for later make no clock one that is behind",
      .run = keys_of_the_next_quarter },
    { "forged signatures of the root for later make no clock one that is behind",
      .run = forged_for_later },
    { "a root signature that holds ends the repair", .run = proven_by_the_root },
    { "an hour behind is not behind", .run = a_little_behind },
    { "a clock that is ahead fails, and heals by itself", .run = ahead },
    { "a clock that is written in the configuration is believed", .run = written_clock },
    { "a jump of the wall clock moves no TTL", .in_world = jumps },
    { "a negative anchor ends when it should, with what was kept by it",
      .in_world = timed_negative_anchor },
    { .name = NULL },
};
