/* Forward zones: another resolver is asked, and everything it says is proven here all the same.
 * Stub zones and private ones: servers that no delegation names, and what is proven of them. */
#include <stdio.h>

#include "lib/wire/type.h"
#include "tests/sim/sim.h"

static const char forwarder[] = "10.9.1.1", other_forwarder[] = "10.9.1.2";

static void both_forwarders(struct world *world, unsigned odd)
{
    world_site(world, forwarder, odd);
    world_site(world, other_forwarder, odd);
}

static void add_server(struct zones_entry *entry, const char *address)
{
    if (endpoint_parse(address, 53, &entry->servers[entry->server_count++]) != ST_OK)
        zone_fail("no address", address);
}

static void add_zone(struct world *world, const char *name, struct zones_entry *entry)
{
    if (name_from_text(name, &entry->name) != ST_OK ||
        zones_add(&world->policy->zones, entry) != ST_OK)
        zone_fail("no zone", name);
}

static void forward(struct world *world, const char *name, enum zones_order order,
                    enum zones_dnssec dnssec)
{
    struct zones_entry entry = { .kind = ZONES_FORWARD, .order = order, .dnssec = dnssec };

    both_forwarders(world, SITE_FORWARDS);
    add_server(&entry, forwarder);
    add_server(&entry, other_forwarder);
    add_zone(world, name, &entry);
}

static void stub(struct world *world, const char *name, const char *address,
                 enum zones_dnssec dnssec)
{
    struct zones_entry entry = { .kind = ZONES_STUB, .dnssec = dnssec };

    add_server(&entry, address);
    add_zone(world, name, &entry);
}

/* Nobody but the forwarders can be reached. */
static void cut_off(struct world *world)
{
    for (size_t i = 0; i < world->internet->site_count; i++)
        if (!(world->site_odd[i] & SITE_FORWARDS))
            world->site_odd[i] = SITE_SILENT;
}

static void expect_secure(struct world *world, const char *name, uint16_t type)
{
    const struct client *client = sim_ask(world, name, type, CLIENT_DO);
    sim_expect(world, client->rcode != RCODE_SERVFAIL && client->ad, name);
}

static void expect_insecure(struct world *world, const char *name, uint16_t type)
{
    const struct client *client = sim_ask(world, name, type, CLIENT_DO);
    sim_expect(world, client->rcode != RCODE_SERVFAIL && client->verdict == SEC_INSECURE, name);
}

static const struct client *expect_failure(struct world *world, const char *name, enum why why,
                                           int ede)
{
    const struct client *client = sim_ask(world, name, TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_SERVFAIL, name);
    sim_expect_count(world, client->why, why, why_row(why)->name);
    sim_expect_count(world, (uint64_t)client->ede, (uint64_t)ede, "as EDE");
    return client;
}

static void expect_bogus(struct world *world, const char *name, enum why why)
{
    sim_expect(world, expect_failure(world, name, why, 9)->verdict == SEC_BOGUS, name);
}

/* SPEC U1: DNSKEY and DS are asked of it too, and the root's servers never. */
static void of_everything(struct world *world)
{
    forward(world, ".", ZONES_ONLY, ZONES_AUTO);
    cut_off(world);
    expect_secure(world, "www.bank.t1.", TYPE_A);
    expect_secure(world, "gone.bank.t1.", TYPE_A);
    expect_secure(world, "bank.t1.", TYPE_DS);
    expect_secure(world, "bank.t1.", TYPE_DNSKEY);
    expect_secure(world, "any.wild.t1.", TYPE_A);
    expect_secure(world, "bank.alias.t2.", TYPE_A);
    expect_secure(world, "www.b.a.deep.t2.", TYPE_A);
    expect_secure(world, "here.co.t1.", TYPE_A);
    const struct client *client = sim_ask(world, "www.plain.t1.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_NOERROR && client->verdict == SEC_INSECURE,
               "an unsigned zone is insecure");
}

/* The truth alone judges. */
static void every_zone(struct world *world)
{
    char name[NAME_TEXT];

    forward(world, ".", ZONES_ONLY, ZONES_AUTO);
    for (const struct zone_plan *plan = internet_plans; plan->apex; plan++) {
        static const char *const labels[] = { "www", "gone", "stands", "x.gone" };
        const char *apex = strcmp(plan->apex, ".") == 0 ? "" : plan->apex;
        for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
            snprintf(name, sizeof name, "%s.%s", labels[i], apex);
            sim_ask(world, name, TYPE_A, CLIENT_DO);
        }
        sim_ask(world, plan->apex, TYPE_DS, CLIENT_DO);
        sim_ask(world, plan->apex, TYPE_SOA, CLIENT_DO);
    }
}

/* RFC 6840 §5.9: asked with CD, or else its SERVFAIL would hide what is wrong. */
static void bogus_is_found_here(struct world *world)
{
    forward(world, ".", ZONES_ONLY, ZONES_AUTO);
    expect_failure(world, "www.expired.t1.", WHY_SIGNATURE_EXPIRED, 7);
    expect_failure(world, "www.wrongds.t1.", WHY_DNSKEY_MISSING, 9);
}

/* Only the zone's own questions go to the forwarder; its DS is the parent's (RULINGS A13). */
static void of_one_zone(struct world *world)
{
    forward(world, "split.t1.", ZONES_ONLY, ZONES_AUTO);
    expect_secure(world, "www.split.t1.", TYPE_A);
    expect_secure(world, "x.y.split.t1.", TYPE_A);
    expect_secure(world, "gone.split.t1.", TYPE_A);
    expect_secure(world, "split.t1.", TYPE_DS);
    expect_secure(world, "www.bank.t1.", TYPE_A);
    both_forwarders(world, SITE_SILENT);
    expect_secure(world, "mail.bank.t1.", TYPE_MX);
}

static void dead_and_the_only_one(struct world *world)
{
    world->quiet = false;
    forward(world, "bank.t1.", ZONES_ONLY, ZONES_AUTO);
    both_forwarders(world, SITE_CLOSED);
    expect_failure(world, "www.bank.t1.", WHY_FORWARDERS_SILENT, 22);
    both_forwarders(world, SITE_REFUSES | SITE_FORWARDS);
    expect_failure(world, "innocent.bank.t1.", WHY_FORWARDERS_USELESS, 23);
}

/* SPEC section 3 item 4: the reason is known before the time is over, and is told when it is: each
 * was asked twice over UDP and once over TCP, which takes 8.4 s. */
static void silent_and_the_only_ones(struct world *world)
{
    world->quiet = false;
    forward(world, ".", ZONES_ONLY, ZONES_AUTO);
    both_forwarders(world, SITE_SILENT);
    const struct client *client = sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO);
    sim_expect_count(world, client->why, WHY_FORWARDERS_SILENT, "no forwarder answers");
    sim_expect_count(world, (uint64_t)client->ede, 22, "as EDE");
    sim_expect(world, client_ms(client) < 9000, "it is told when it is known");
}

/* RFC 9520 §3.1: three times over UDP, once over TCP, and nobody is left to be asked. */
static void silent_and_alone(struct world *world)
{
    world->quiet = false;
    forward(world, ".", ZONES_ONLY, ZONES_AUTO);
    world->policy->zones.list[0].server_count = 1;
    both_forwarders(world, SITE_SILENT);
    const struct client *client = sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO);
    sim_expect_count(world, client->why, WHY_FORWARDERS_SILENT, "no forwarder answers");
    sim_expect(world, client_ms(client) < 9000, "it is told when it is known");
}

/* The next questions do not wait for the dead again. */
static void dead_and_the_first(struct world *world)
{
    forward(world, "bank.t1.", ZONES_FIRST, ZONES_AUTO);
    both_forwarders(world, SITE_SILENT);
    expect_secure(world, "www.bank.t1.", TYPE_A);
    sim_expect(world, world->metrics.forward_fallbacks > 0, "it fell back");
    const struct client *client = sim_ask(world, "innocent.bank.t1.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->ad && client_ms(client) < 1000, "the next one waits for less");
    both_forwarders(world, SITE_FAILS | SITE_FORWARDS);
    expect_secure(world, "second.bank.t1.", TYPE_A);
}

/* LIMITS B6: cuts that were walked to meanwhile lead nobody past a forwarder that is back. */
static void dead_and_back(struct world *world)
{
    forward(world, "t1.", ZONES_FIRST, ZONES_AUTO);
    both_forwarders(world, SITE_SILENT);
    const struct client *client = sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO | CLIENT_CD);
    sim_expect(world, client->rcode == RCODE_NOERROR, "it is walked to");
    both_forwarders(world, SITE_FORWARDS);
    world_pass(world, 2000);
    world_sites_of(world, "bank.t1.", SITE_SILENT);
    expect_secure(world, "innocent.bank.t1.", TYPE_A);
    expect_secure(world, "second.bank.t1.", TYPE_A);
}

static void everything_falls_back(struct world *world)
{
    forward(world, ".", ZONES_FIRST, ZONES_AUTO);
    both_forwarders(world, SITE_CLOSED);
    expect_secure(world, "bank.alias.t2.", TYPE_A);
    expect_secure(world, "gone.bank.t1.", TYPE_A);
}

/* Both around both: what is passed by lies higher each time. */
static void one_within_the_other(struct world *world)
{
    forward(world, ".", ZONES_FIRST, ZONES_AUTO);
    forward(world, "bank.t1.", ZONES_FIRST, ZONES_AUTO);
    both_forwarders(world, SITE_FAILS | SITE_FORWARDS);
    expect_secure(world, "www.bank.t1.", TYPE_A);
    both_forwarders(world, SITE_FORWARDS);
    expect_secure(world, "innocent.bank.t1.", TYPE_A);
}

/* SPEC U1: never insecure for want of signatures, and it is said whose fault it is. */
static void takes_signatures_away(struct world *world)
{
    world->quiet = false;
    forward(world, ".", ZONES_ONLY, ZONES_AUTO);
    both_forwarders(world, SITE_FORWARDS | SITE_STRIPS);
    expect_failure(world, "www.bank.t1.", WHY_FORWARDER_STRIPS, 10);
    expect_failure(world, "www.plain.t1.", WHY_FORWARDER_STRIPS, 10);
    const struct client *client = sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO | CLIENT_CD);
    sim_expect(world, client->rcode == RCODE_NOERROR && !client->ad, "with CD it is told");
}

/* Keys that are kept help no answer that lost its signatures. */
static void takes_signatures_away_later(struct world *world)
{
    world->quiet = false;
    forward(world, "bank.t1.", ZONES_ONLY, ZONES_AUTO);
    expect_secure(world, "www.bank.t1.", TYPE_A);
    both_forwarders(world, SITE_FORWARDS | SITE_STRIPS);
    expect_failure(world, "innocent.bank.t1.", WHY_FORWARDER_STRIPS, 10);
}

static void one_of_two_takes_them_away(struct world *world)
{
    forward(world, "bank.t1.", ZONES_ONLY, ZONES_AUTO);
    expect_secure(world, "mail.bank.t1.", TYPE_MX);
    world_site(world, forwarder, SITE_FORWARDS | SITE_STRIPS);
    for (unsigned i = 0; i < 3; i++)
        expect_secure(world,
                      i == 0   ? "www.bank.t1."
                      : i == 1 ? "innocent.bank.t1."
                               : "gone.bank.t1.",
                      TYPE_A);
}

/* SPEC V14: whoever of the two is asked first, for the answer, the keys or the DS. */
static void one_of_two_is_no_good(struct sim *sim)
{
    for (unsigned seed = 1; seed <= 12; seed++) {
        struct world *world = sim_private_world(sim, seed);
        forward(world, seed % 2 ? "." : "t1.", ZONES_ONLY, ZONES_AUTO);
        world_site(world, seed % 3 ? forwarder : other_forwarder,
                   SITE_FORWARDS | (seed & 4 ? SITE_LIES : SITE_STRIPS));
        expect_secure(world, "www.bank.t1.", TYPE_A);
        expect_secure(world, "gone.bank.t1.", TYPE_A);
        expect_secure(world, "mail.bank.t1.", TYPE_MX);
        world_rest(world);
        sim_end(sim, world);
    }
}

/* RULINGS A5: that it once did without EDNS is no reason to ask a signed name so, which then could
 * not be proven. A name that nobody signs is resolved through it meanwhile. */
static void once_refused_edns(struct world *world)
{
    world->quiet = false;
    forward(world, "bank.t1.", ZONES_ONLY, ZONES_AUTO);
    forward(world, "plain.t1.", ZONES_ONLY, ZONES_AUTO);
    both_forwarders(world, SITE_FORWARDS | SITE_NO_EDNS);
    const struct client *client = sim_ask(world, "www.plain.t1.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_NOERROR && client->verdict == SEC_INSECURE,
               "what nobody signs needs no EDNS");
    client = sim_ask(world, "www.bank.t1.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_SERVFAIL, "nothing can be proven");
    both_forwarders(world, SITE_FORWARDS);
    world_pass(world, 100 * 1000);
    expect_secure(world, "innocent.bank.t1.", TYPE_A);
    expect_secure(world, "gone.bank.t1.", TYPE_A);
    both_forwarders(world, SITE_FORWARDS | SITE_NO_EDNS);
    expect_failure(world, "second.bank.t1.", WHY_FORWARDERS_USELESS, 23);
}

/* SPEC V14: the one that knows EDNS is found, whichever is asked first. */
static void one_of_two_refuses_edns(struct sim *sim)
{
    for (unsigned seed = 1; seed <= 12; seed++) {
        struct world *world = sim_private_world(sim, seed);
        forward(world, "bank.t1.", ZONES_ONLY, ZONES_AUTO);
        world_site(world, seed % 2 ? forwarder : other_forwarder, SITE_FORWARDS | SITE_NO_EDNS);
        expect_secure(world, "www.bank.t1.", TYPE_A);
        expect_secure(world, "gone.bank.t1.", TYPE_A);
        expect_secure(world, "mail.bank.t1.", TYPE_MX);
        world_rest(world);
        sim_end(sim, world);
    }
}

/* Where nothing is proven nothing needs EDNS, be it the root that is forwarded. */
static void refuses_edns_where_nothing_is_proven(struct world *world)
{
    forward(world, ".", ZONES_ONLY, ZONES_INSECURE);
    both_forwarders(world, SITE_FORWARDS | SITE_NO_EDNS);
    cut_off(world);
    const struct client *client = sim_ask(world, "www.plain.t1.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_NOERROR, "it is resolved");
}

static void many_at_once(struct world *world)
{
    forward(world, "bank.t1.", ZONES_FIRST, ZONES_AUTO);
    both_forwarders(world, SITE_SILENT);
    for (unsigned i = 0; i < 20; i++)
        world_ask(world, i % 2 ? "www.bank.t1." : "here.bank.t1.", TYPE_A,
                  i % 3 ? CLIENT_DO : CLIENT_DO | CLIENT_CD, i * 100);
    world_run(world);
}

/* ---- stub zones, and private ones ---- */

/* RULINGS A25: the root proves that there is no such name. */
static void not_in_the_public_tree(struct world *world)
{
    stub(world, "lan.", "10.9.0.1", ZONES_AUTO);
    expect_insecure(world, "www.lan.", TYPE_A);
    expect_insecure(world, "gone.lan.", TYPE_A);
    expect_insecure(world, "lan.", TYPE_SOA);
    expect_insecure(world, "out.lan.", TYPE_A);
}

/* LIMITS B7, CVE-2026-44687: that the root denies the name hides nothing of what the stub says. */
static void denied_above(struct world *world)
{
    stub(world, "lan.", "10.9.0.1", ZONES_AUTO);
    const struct client *client = sim_ask(world, "lan.", TYPE_DS, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_NXDOMAIN && client->ad, "the root denies its DS");
    expect_insecure(world, "lan.", TYPE_SOA);
    client = sim_ask(world, "lan.", TYPE_DS, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_NXDOMAIN && client->ad, "and goes on to");
}

/* Signed, but nothing above vouches for it. */
static void signed_and_private(struct world *world)
{
    stub(world, "corp.t1.", "10.9.0.2", ZONES_AUTO);
    expect_insecure(world, "www.corp.t1.", TYPE_A);
    expect_insecure(world, "gone.corp.t1.", TYPE_A);
}

static void claimed_by_the_parent(struct world *world)
{
    stub(world, "claimed.t1.", "10.9.0.3", ZONES_AUTO);
    expect_bogus(world, "www.claimed.t1.", WHY_DNSKEY_MISSING);
}

static void claimed_and_forwarded(struct world *world)
{
    forward(world, "claimed.t1.", ZONES_ONLY, ZONES_AUTO);
    expect_bogus(world, "www.claimed.t1.", WHY_FORWARDER_NO_DNSKEY);
}

static void signed_and_public(struct world *world)
{
    stub(world, "split.t1.", "10.9.0.5", ZONES_REQUIRE);
    expect_secure(world, "www.split.t1.", TYPE_A);
    expect_secure(world, "gone.split.t1.", TYPE_A);
}

static void written_insecure(struct world *world)
{
    forward(world, "lan.", ZONES_ONLY, ZONES_INSECURE);
    expect_insecure(world, "www.lan.", TYPE_A);
    sim_expect_count(world, world_packets(world), 1, "packets: nothing is proven");
}

static void required(struct world *world)
{
    world->quiet = false;
    stub(world, "lan.", "10.9.0.1", ZONES_REQUIRE);
    expect_bogus(world, "www.lan.", WHY_ZONE_REQUIRED);
}

/* Of a referral by a stub private addresses are asked only where they are written (LIMITS A11). */
static void forward_below_stub(struct sim *sim)
{
    struct world *world = sim_private_world(sim, 1);

    world->quiet = false;
    stub(world, "lan.", "10.9.0.1", ZONES_AUTO);
    const struct client *client = sim_ask(world, "www.lab.lan.", TYPE_A, CLIENT_DO);
    sim_expect(world, client->rcode == RCODE_SERVFAIL, "10.9.0.4 is not written");
    sim_end(sim, world);

    world = sim_private_world(sim, 1);
    stub(world, "lan.", "10.9.0.1", ZONES_AUTO);
    forward(world, "lab.lan.", ZONES_ONLY, ZONES_AUTO);
    expect_insecure(world, "www.lab.lan.", TYPE_A);
    expect_insecure(world, "www.lan.", TYPE_A);
    world_rest(world);
    sim_end(sim, world);
}

const struct sim_run sim_forwards[] = {
    { "forward of everything: the whole chain comes through it", .in_private = of_everything },
    { "forward of everything: every zone's answers are what they should be",
      .in_private = every_zone },
    { "forward: what is bogus is found here", .in_private = bogus_is_found_here },
    { "forward of one zone: its DS is the parent's, all else is walked to",
      .in_private = of_one_zone },
    { "forward: dead and the only one", .in_private = dead_and_the_only_one },
    { "forward: silent and the only ones", .in_private = silent_and_the_only_ones },
    { "forward: silent and alone", .in_private = silent_and_alone },
    { "forward: dead and the first, so the walk begins at the root",
      .in_private = dead_and_the_first },
    { "forward: dead and back, and nothing leads past it", .in_private = dead_and_back },
    { "forward of everything: all refuse, so the walk begins at the root",
      .in_private = everything_falls_back },
    { "forward: one zone within the other, both fail", .in_private = one_within_the_other },
    { "forward: signatures are taken away", .in_private = takes_signatures_away },
    { "forward: signatures are taken away later", .in_private = takes_signatures_away_later },
    { "forward: one of two takes signatures away", .in_private = one_of_two_takes_them_away },
    { "forward: one of two never had signatures, or lies", .run = one_of_two_is_no_good },
    { "forward: once did without EDNS", .in_private = once_refused_edns },
    { "forward: one of two refuses EDNS", .run = one_of_two_refuses_edns },
    { "forward: refuses EDNS where nothing is proven",
      .in_private = refuses_edns_where_nothing_is_proven },
    { "forward: many ask while it is dead", .in_private = many_at_once },
    { "stub: a zone that is not in the public tree is insecure",
      .in_private = not_in_the_public_tree },
    { "stub: what the root denies hides nothing", .in_private = denied_above },
    { "stub: signed, and no DS above: insecure", .in_private = signed_and_private },
    { "stub: unsigned, and a DS above: bogus", .in_private = claimed_by_the_parent },
    { "forward: unsigned, and a DS above: bogus", .in_private = claimed_and_forwarded },
    { "stub: signed, and a DS above: secure", .in_private = signed_and_public },
    { "forward: written as insecure, nothing is proven", .in_private = written_insecure },
    { "stub: required to be signed, and is not", .in_private = required },
    { "forward below a stub", .run = forward_below_stub },
    { .name = NULL },
};
