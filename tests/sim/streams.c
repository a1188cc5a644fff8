/* Connections to servers: kept, shared, and ended under one's feet (SPEC I9). */
#include <stdio.h>

#include "lib/wire/type.h"
#include "tests/sim/checkers.h"
#include "tests/sim/sim.h"

enum { CROWD = 40 };

/* All that is asked of odd.t2. comes over TCP, and its cut and keys are known. */
static void truncating(struct world *world, unsigned odd)
{
    world_site(world, "5.2.6.1", SITE_TRUNCATES);
    sim_ask(world, "www.odd.t2.", TYPE_A, CLIENT_DO);
    world_pass(world, world->policy->limits.stream_idle_ms + 1);
    sim_expect_count(world, world->tap.sockets_open, 0, "sockets left");
    world->tap.tcp = world->tap.streams = world->tap.pipelined_most = 0;
    world_site(world, "5.2.6.1", SITE_TRUNCATES | odd);
}

static void ask_crowd(struct world *world, unsigned count)
{
    char name[NAME_TEXT];

    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "n%u.odd.t2.", i);
        world_ask(world, name, TYPE_A, CLIENT_DO, 0);
    }
    world_run(world);
}

static unsigned count_failed(const struct world *world)
{
    unsigned failed = 0;
    for (size_t i = 0; i < world->client_count; i++)
        failed += world->clients[i].rcode == RCODE_SERVFAIL;
    return failed;
}

static uint64_t slowest_ms(const struct world *world, unsigned count)
{
    uint64_t slowest = 0;
    for (size_t i = world->client_count - count; i < world->client_count; i++)
        slowest = client_ms(&world->clients[i]) > slowest ? client_ms(&world->clients[i]) : slowest;
    return slowest;
}

/* RFC 7766 §6.2.1: and 10 s later it is another. */
static void one_after_the_other(struct world *world)
{
    truncating(world, 0);
    sim_ask(world, "two.odd.t2.", TYPE_A, CLIENT_DO);
    world_pass(world, 9900);
    const struct client *client = sim_ask(world, "three.odd.t2.", TYPE_A, CLIENT_DO);
    sim_expect_count(world, client_ms(client), 40, "ms: no handshake");
    sim_expect_count(world, world->tap.tcp, 2, "questions");
    sim_expect_count(world, world->tap.streams, 1, "connections");
    world_pass(world, 9900);
    sim_expect_count(world, world->tap.sockets_open, 1, "connections kept");
    world_pass(world, 101);
    sim_expect_count(world, world->tap.sockets_open, 0, "connections kept after 10 s");
    sim_ask(world, "mail.odd.t2.", TYPE_A, CLIENT_DO);
    sim_expect_count(world, world->tap.streams, 2, "connections");
}

/* RFC 7766 §6.2.1.1. */
static void all_at_once(struct world *world)
{
    truncating(world, 0);
    ask_crowd(world, CROWD);
    sim_expect_count(world, count_failed(world), 0, "failures");
    sim_expect_count(world, world->tap.tcp, CROWD, "questions");
    sim_expect_count(world, world->tap.streams, 1, "connections");
    sim_expect_count(world, world->tap.pipelined_most, CROWD, "at once");
}

/* RFC 7766 §7: nobody waits for the one that was asked before. */
static void out_of_order(struct world *world)
{
    truncating(world, SITE_SLOW_FIRST);
    ask_crowd(world, 8);
    sim_expect_count(world, count_failed(world), 0, "failures");
    sim_expect_count(world, world->tap.streams, 1, "connections");
    sim_expect_count(world, client_ms(&world->clients[1]), 460, "ms, the first");
    sim_expect_count(world, slowest_ms(world, 7), 60, "ms, the others");
}

static void one_stalls(struct world *world)
{
    truncating(world, SITE_STALLS);
    world->quiet = false;
    ask_crowd(world, 8);
    sim_expect_count(world, count_failed(world), 1, "failures: that question is never answered");
    sim_expect_count(world, slowest_ms(world, 7), 60, "ms, the others");
    sim_expect_count(world, world->tap.streams, 1, "connections");
    sim_ask(world, "two.odd.t2.", TYPE_A, CLIENT_DO);
    sim_expect_count(world, world->tap.streams, 1, "connections: it spoke, and is used further");
}

/* RFC 7766 §6.2.4: that is the server's right, and no failure of it. */
static void hangs_up(struct world *world)
{
    truncating(world, SITE_HANGS_UP);
    for (unsigned i = 0; i < 3; i++)
        ask_crowd(world, CROWD);
    sim_expect_count(world, count_failed(world), 0, "failures");
    sim_expect_count(world, world->metrics.upstream_timeouts, 0, "timeouts");
    sim_expect(world, world->tap.streams >= CROWD, "each answer took a connection");
    sim_expect(world, world->tap.tcp <= CROWD * 8, "few questions were asked often");
}

/* Whether the end of an idle connection is heard before the next question, or after it. */
static void hangs_up_when_idle(struct sim *sim)
{
    static const uint64_t ms[] = { 150, 195, 201, 205, 209, 215, 300 };

    for (size_t i = 0; i < sizeof ms / sizeof *ms; i++) {
        struct world *world = sim_world(sim, 1);
        truncating(world, SITE_HANGS_UP_IDLE);
        sim_ask(world, "two.odd.t2.", TYPE_A, CLIENT_DO);
        world_pass(world, ms[i]);
        const struct client *client = sim_ask(world, "three.odd.t2.", TYPE_A, CLIENT_DO);
        sim_expect(world, client->rcode == RCODE_NOERROR && client->ad, "the answer is secure");
        sim_expect(world, client_ms(client) <= 100, "in three rounds");
        world_rest(world);
        sim_end(sim, world);
    }
}

/* RULINGS A6: what comes there is believed no more; all who wait ask again. */
static void stray_answer(struct world *world)
{
    truncating(world, SITE_STRAY_ONCE);
    ask_crowd(world, 8);
    sim_expect_count(world, count_failed(world), 0, "failures");
    sim_expect_count(world, world->metrics.upstream_mismatches, 1, "mismatches");
    sim_expect_count(world, world->tap.streams, 2, "connections");
}

/* A client that goes away leaves the others their connection. */
static void cancelled(struct world *world)
{
    truncating(world, SITE_SLOW_FIRST);
    for (uint64_t ms = 0; ms < 100; ms += 7) {
        char name[NAME_TEXT];
        snprintf(name, sizeof name, "c%u.odd.t2.", (unsigned)ms);
        world_cancel(world, world_ask(world, name, TYPE_A, CLIENT_DO | CLIENT_TCP, 0), ms);
        snprintf(name, sizeof name, "d%u.odd.t2.", (unsigned)ms);
        size_t stays = world_ask(world, name, TYPE_A, CLIENT_DO, 0);
        world_run(world);
        sim_expect(world, world_client(world, stays)->ad, "who stays gets his answer");
        world_pass(world, 1000);
    }
}

const struct sim_run sim_streams[] = {
    { "a connection to a server is kept 10 s and used again", .in_world = one_after_the_other },
    { "questions asked at once share one connection", .in_world = all_at_once },
    { "answers on a connection come in any order", .in_world = out_of_order },
    { "one question that is never answered delays no other", .in_world = one_stalls },
    { "a server that ends each connection after an answer answers all", .in_world = hangs_up },
    { "a server that ends an idle connection is asked again at once", .run = hangs_up_when_idle },
    { "an answer to nobody ends its connection, and harms nobody there", .in_world = stray_answer },
    { "who goes away leaves the others their connection", .in_world = cancelled },
    { .name = NULL },
};
