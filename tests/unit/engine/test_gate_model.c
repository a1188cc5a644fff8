/* The engine and a model of what the RFCs and LIMITS F5 to F8 say, asked the same at random: each
 * message goes in as the sockets hand it on. CATENA_PACKETS asks for another number of them. */
#include <stdlib.h>

#include "lib/base/log.h"
#include "tests/unit/engine/gate_packets.h"
#include "tests/unit/engine/hostile_test.h"
#include "tests/unit/wire/wire_test.h"

enum { PACKETS = 1000000, NOON = 1700000000, TIME_LIMIT_S = 60, PACE_EVERY = 1000 };

#define SECRETS "e5e973e5a6b2a43f48e7dc849e37bfcf\n445536bcd2513298075a5d379663c962\n"

static const struct {
    const char *address;
    bool allowed, snoop;
} clients[] = {
    { "127.0.0.1", true, true },      { "::1", true, true },         { "192.0.2.7", true, false },
    { "2001:db8::7", true, false },   { "192.0.2.7", true, false },  { "127.0.0.9", true, true },
    { "198.51.100.9", false, false }, { "192.0.2.53", true, false },
};

static const char *const verdicts[MODEL_VERDICTS] = {
    [MODEL_DROPPED] = "dropped",
    [MODEL_SILENT] = "silence for an error",
    [MODEL_STRANGER] = "REFUSED, not allowed",
    [MODEL_FORMERR] = "FORMERR",
    [MODEL_NOTIMP] = "NOTIMP",
    [MODEL_BADVERS] = "BADVERS",
    [MODEL_COOKIE] = "a cookie alone",
    [MODEL_BADCOOKIE] = "BADCOOKIE",
    [MODEL_NOT_IN] = "REFUSED, class",
    [MODEL_TOLD] = "told, class CH",
    [MODEL_META] = "no type of data",
    [MODEL_NO_RD] = "REFUSED, RD=0",
    [MODEL_ANY] = "ANY, TC",
    [MODEL_TAKEN] = "taken",
};

static struct prng prng;
static struct model_world world;
static struct model_client client;
static struct endpoint from;
static struct packet packet;
static struct model_answer expected;
static struct action action;
static uint64_t packets, found[MODEL_VERDICTS], compared;

static void set_up(void)
{
    struct endpoint door;
    const char *wanted = getenv("CATENA_PACKETS");

    hostile_up();
    prng_seed_number(&prng, 47);
    packets = wanted ? strtoull(wanted, NULL, 10) : PACKETS;
    world = (struct model_world){ .siphash = EVP_MAC_fetch(NULL, "SIPHASH", NULL) };
    ck_assert(world.siphash);
    for (unsigned i = 0; i < 32; i++) {
        char digits[3] = { SECRETS[2 * i + (i >= 16)], SECRETS[2 * i + (i >= 16) + 1], '\0' };
        world.secrets[i / 16][i % 16] = (uint8_t)strtoul(digits, NULL, 16);
    }
    ck_assert_int_eq(cookie_secrets_read(&net.policy->cookie_secrets, SPAN(SECRETS)), ST_OK);
    ck_assert_int_eq(acl_add_text(&net.policy->allow, "192.0.2.0/24"), ST_OK);
    ck_assert_int_eq(acl_add_text(&net.policy->allow, "2001:db8::/32"), ST_OK);
    ck_assert_int_eq(endpoint_parse("192.0.2.53:53", 0, &door), ST_OK);
    ck_assert_int_eq(policy_add_own(net.policy, &door), ST_OK);
    net.policy->limits.jobs = 0; /* what is taken finds no place */
    log_level_set(LOG_ERROR);
}

static void tear_down(void)
{
    EVP_MAC_free(world.siphash);
    hostile_down();
}

static void draw_client(void)
{
    static const uint16_t ports[] = { 0, 7, 13, 19, 37, 464, 53, 53, 6, 8, 465 };
    unsigned i = prng_below(&prng, sizeof clients / sizeof *clients);
    uint16_t port = prng_below(&prng, 12) > 0 ? 40000 : ports[prng_below(&prng, 11)];

    ck_assert_int_eq(endpoint_parse(clients[i].address, port, &from), ST_OK);
    from.port = port;
    client = (struct model_client){
        .address = from.octets,
        .address_octets = from.family == 4 ? 4 : 16,
        .port = port,
        .tcp = prng_below(&prng, 5) == 0,
        .allowed = clients[i].allowed,
        .snoop = clients[i].snoop,
        .our_door = strcmp(clients[i].address, "192.0.2.53") == 0 && port == 53,
    };
}

/* LIMITS H7: now nothing of ourselves is told, now all. */
static void draw_identity(uint64_t number)
{
    static const char nsid[] = "fra-3", name[] = "resolver 3, Frankfurt", version[] = "v";
    struct identity *identity = &net.policy->identity;

    if (number % PACE_EVERY != 0)
        return;
    world.nsid = prng_below(&prng, 2) ? nsid : NULL;
    world.name = prng_below(&prng, 2) ? name : NULL;
    world.version = prng_below(&prng, 2) ? version : NULL;
    *identity = (struct identity){ .nsid = { .len = 0 } };
    if (world.nsid)
        ck_assert_int_eq(identity_write(&identity->nsid, nsid), ST_OK);
    if (world.name)
        ck_assert_int_eq(identity_write(&identity->name, name), ST_OK);
    if (world.version)
        ck_assert_int_eq(identity_write(&identity->version, version), ST_OK);
}

/* Now slow enough for every error, now too fast. */
static void pass_time(uint64_t number)
{
    static uint32_t pace = 8;

    if (number % PACE_EVERY == 0)
        pace = prng_below(&prng, 2) ? 3 : 40;
    world.now_ms = net.now.ns / NS_PER_MS;
    net.now = instant_after_ms(net.now, prng_below(&prng, pace));
    world.now_ms = net.now.ns / NS_PER_MS;
    world.wall = (uint32_t)(NOON + world.now_ms / 1000);
}

static void hand_on(void)
{
    struct event event = { .kind = EVENT_QUERY,
                           .now = net.now,
                           .wall = { world.wall },
                           .query = { .client = 9,
                                      .from = from,
                                      .via = client.tcp ? VIA_TCP : VIA_UDP,
                                      .idle_ms = 10000,
                                      .message = { packet.octets, packet.len },
                                      .room = { net.room, EDNS_UDP_OCTETS } } };
    engine_handle(net.engine, &event);
}

static void show_and_fail(uint64_t number, const char *what)
{
    printf("packet %llu, expected: %s; wrong: %s\nfrom %s port %u%s\n", (unsigned long long)number,
           verdicts[expected.verdict], what, from.family == 4 ? "IPv4" : "IPv6", from.port,
           client.tcp ? " over TCP" : "");
    for (size_t i = 0; i < packet.len; i++)
        printf("%02x%s", packet.octets[i], i % 32 == 31 ? "\n" : "");
    printf("\n");
    for (size_t i = 0; action.kind == ACTION_ANSWER && i < action.answer.message.len; i++)
        printf("%02x%s", action.answer.message.at[i], i % 32 == 31 ? "\n" : "");
    printf("\n");
    fflush(stdout); /* the child's end would lose it */
    ck_abort_msg("packet %llu: %s", (unsigned long long)number, what);
}

static const char *compare(void)
{
    bool drops = expected.verdict == MODEL_DROPPED || expected.verdict == MODEL_SILENT;

    if (!engine_next(net.engine, &action))
        return "neither answered nor dropped";
    if (action.kind != (drops ? ACTION_DROP : ACTION_ANSWER))
        return drops ? "it was answered" : "it was not answered";
    if (drops)
        return NULL;
    compared++;
    if (action.answer.proven != expected.proven)
        return "whether the client is proven";
    return model_compare(&expected, packet.octets, action.answer.message.at,
                         action.answer.message.len);
}

START_TEST(every_message_gets_what_the_model_says) /* LIMITS F5 to F8, H7 */
{
    struct action more;

    for (uint64_t number = 1; number <= packets; number++) {
        draw_client();
        pass_time(number);
        draw_identity(number);
        packet_make(&prng, &world, &client, &packet);
        model_judge(&world, &client, packet.octets, packet.len, &expected);
        hand_on();
        const char *wrong = compare();
        if (!wrong && engine_next(net.engine, &more))
            wrong = "more came of it";
        if (wrong)
            show_and_fail(number, wrong);
        found[expected.verdict]++;
    }
    printf("%llu messages of clients, %llu answers compared\n", (unsigned long long)packets,
           (unsigned long long)compared);
    for (unsigned i = 0; i < MODEL_VERDICTS; i++) {
        printf("%8.4f %%  %s\n", 100.0 * (double)found[i] / (double)packets, verdicts[i]);
        ck_assert_msg(found[i] > 0 || packets < PACKETS, "none was %s", verdicts[i]);
    }
}
END_TEST

Suite *engine_gate_model_suite(void)
{
    Suite *suite = suite_create("engine/gate_model");
    TCase *all = tcase_create("all");

    tcase_set_timeout(all, TIME_LIMIT_S);
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, every_message_gets_what_the_model_says);
    suite_add_tcase(suite, all);
    return suite;
}
