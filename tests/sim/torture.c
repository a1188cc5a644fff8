/* Random names that do not exist, "water torture": what is proven answers them (issue "No
 * amplifier", RULINGS B7, B8; RFC 8198, SPEC V10). A zone's own server says what is right. */
#include <stdio.h>

#include "lib/wire/type.h"
#include "tests/sim/authority.h"
#include "tests/sim/sim.h"

enum { LABEL = 10, APART_MS = 20, AFTER_FIRST = 5, WORLDS = 12, WINDOWS = 3 };

struct flood {
    struct sim *sim;
    struct world *world;
    const struct zone *zone;
    struct prng names;
};

/* The zone's servers and keys are known, and nothing that it denies. */
static void begin(struct flood *flood, const char *apex, uint64_t seed, unsigned variant)
{
    struct world_setup setup = { .internet = flood->sim->private,
                                 .seed = seed,
                                 .link = { .delay_ms = 10 },
                                 .variant = variant,
                                 .verbose = flood->sim->verbose };

    flood->world = world_create(&setup);
    flood->zone = internet_zone(flood->sim->private, apex);
    prng_seed_number(&flood->names, seed);
    world_prime(flood->world);
    sim_ask(flood->world, apex, TYPE_SOA, CLIENT_DO);
    world_pass(flood->world, 500);
}

/* ---- what the zone's own server says ---- */

static bool ask_server(const struct flood *flood, const struct client *client,
                       struct message *answer)
{
    static uint8_t asking[CLIENT_QUERY_OCTETS_MAX], room[MESSAGE_OCTETS_MAX];
    struct edns_out edns = { .udp_octets = EDNS_UDP_OCTETS, .dnssec_ok = true };
    struct header header = { .id = 1, .counts = { 1, 0, 0, 1 } };
    struct question question = { client->name, client->type, CLASS_IN };
    struct arena *arena = flood->world->scratch;
    struct message query;
    struct writer w;

    writer_init(&w, asking, sizeof asking);
    header_write(&w, &header);
    question_write(&w, &question);
    (void)edns_write(&w, &edns);
    if (message_parse((struct bytes){ asking, w.len }, arena, &query) != ST_OK)
        return false;
    struct authority_question asked = { .zones = &flood->zone,
                                        .zone_count = 1,
                                        .query = &query,
                                        .octets_max = MESSAGE_OCTETS_MAX,
                                        .keyring = flood->sim->private->keyring,
                                        .arena = arena };
    size_t len = authority_answer(&asked, room);
    return message_parse((struct bytes){ room, len }, arena, answer) == ST_OK;
}

static bool same_walk(struct rrset_walk a, struct rrset_walk b)
{
    struct bytes one, other;

    while (rrset_next(&a, &one))
        if (!rrset_next(&b, &other) || !bytes_equal(one, other))
            return false;
    return !rrset_next(&b, &other);
}

/* Records and signatures; the TTL runs down. */
static bool holds(const struct rrset_list *list, const struct rrset *set)
{
    struct name owner = rrset_owner(set);

    for (size_t i = 0; i < list->count; i++) {
        const struct rrset *other = list->at[i];
        if (other->type == set->type && rrset_owner_is(other, &owner) && set->ttl <= other->ttl &&
            same_walk(rrset_records(set), rrset_records(other)) &&
            same_walk(rrset_signatures(set), rrset_signatures(other)))
            return true;
    }
    return false;
}

/* The servers' names, which a server adds to an answer and catena does not. */
static size_t count_without_ns(const struct rrset_list *list)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += list->at[i]->type != TYPE_NS;
    return count;
}

static bool same_section(struct world *world, const struct message *told,
                         const struct message *right, enum section section)
{
    static const struct siphash_key key = { 1, 2 };
    struct rrset_list ours, theirs;

    if (message_sets(told, section, &key, world->scratch, &ours) != ST_OK ||
        message_sets(right, section, &key, world->scratch, &theirs) != ST_OK)
        return false;
    for (size_t i = 0; i < ours.count; i++)
        if (!holds(&theirs, ours.at[i]))
            return false;
    return count_without_ns(&ours) == count_without_ns(&theirs);
}

static void judge(struct flood *flood, const struct client *client)
{
    struct world *world = flood->world;
    struct bytes octets = { world->told, world->told_len };
    struct message told, right;

    sim_expect(world, client->answers == 1 && client->ad, "it is answered, and proven");
    if (message_parse(octets, world->scratch, &told) != ST_OK ||
        !ask_server(flood, client, &right)) {
        sim_expect(world, false, "both answers can be read");
        return;
    }
    sim_expect(world, message_rcode(&told) == message_rcode(&right), "the server's rcode");
    sim_expect(world, same_section(world, &told, &right, SECTION_ANSWER), "the server's answer");
    sim_expect(world, same_section(world, &told, &right, SECTION_AUTHORITY),
               "the server's proof, record by record");
}

/* ---- the flood ---- */

/* One name more; returns how many packets it cost. */
static unsigned ask_random(struct flood *flood)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    struct world *world = flood->world;
    char name[NAME_TEXT];
    unsigned before = world_packets(world);

    for (unsigned i = 0; i < LABEL; i++)
        name[i] = letters[prng_below(&flood->names, sizeof letters - 1)];
    snprintf(name + LABEL, sizeof name - LABEL, ".%s", flood->zone->plan->apex);
    judge(flood, sim_ask(world, name, TYPE_A, CLIENT_DO));
    world_pass(world, APART_MS);
    return world_packets(world) - before;
}

static unsigned ask_many(struct flood *flood, unsigned questions)
{
    unsigned packets = 0;
    for (unsigned i = 0; i < questions && !world_failed(flood->world); i++)
        packets += ask_random(flood);
    return packets;
}

/* Of few names, as most zones are, and of one that has a wildcard. */
static void under_nsec(struct sim *sim)
{
    enum { QUESTIONS = 900 };
    static const char *const zones[] = { "shop.co.t1.", "wild.t1." };

    for (uint64_t i = 0; i < 2 * (sizeof zones / sizeof *zones); i++) {
        struct flood flood = { .sim = sim };
        begin(&flood, zones[i / 2], i + 1, 0);
        ask_many(&flood, AFTER_FIRST);
        unsigned packets = ask_many(&flood, QUESTIONS);
        if (packets * 100 > QUESTIONS * 2)
            world_fail(flood.world, "%u of %d questions reach %s", packets, QUESTIONS,
                       zones[i / 2]);
        if (sim->verbose)
            printf("torture: %s %u of %d\n", zones[i / 2], packets, QUESTIONS);
        world_rest(flood.world);
        sim_end(sim, flood.world);
    }
}

/* Of N hashes that lie at random k questions leave 1/(1+k/N)² uncovered; summed up from k to m,
 * that is N²/(N+k) - N²/(N+m). One zone's gaps and a few questions are chance: so many worlds. */
static void under_nsec3(struct sim *sim)
{
    static const unsigned ends[WINDOWS] = { 1, 2, 7 }; /* in N */
    unsigned packets[WINDOWS] = { 0 }, names = 0;

    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct flood flood = { .sim = sim };
        begin(&flood, "crowd.t1.", seed, 0);
        names = (unsigned)flood.zone->chain_count;
        for (unsigned i = 0, asked = 0; i < WINDOWS; asked = ends[i++] * names)
            packets[i] += ask_many(&flood, ends[i] * names - asked);
        world_rest(flood.world);
        sim_end(sim, flood.world);
    }
    for (unsigned i = 0, from = 0; i < WINDOWS; from = ends[i++]) {
        double share = 1.0 / (1 + from) - 1.0 / (1 + ends[i]);
        double bound = 1.1 * WORLDS * names * share;
        if (sim->verbose)
            printf("torture: crowd.t1. N %u, k from %uN to %uN: %u of %u, bound %.0f\n", names,
                   from, ends[i], packets[i], WORLDS * names * (ends[i] - from), bound);
        if (packets[i] > bound && sim->failure[0] == '\0')
            snprintf(sim->failure, sizeof sim->failure,
                     "%u questions reach the servers from %uN to %uN, the bound is %.0f",
                     packets[i], from, ends[i], bound);
    }
}

/* The control: it is the ranges that keep them away. */
static void asked_each_time(struct sim *sim)
{
    enum { QUESTIONS = 100 };
    static const char *const zones[] = { "shop.co.t1.", "crowd.t1.", "wild.t1." };

    for (uint64_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        struct flood flood = { .sim = sim };
        begin(&flood, zones[i], i + 1, VARIANT_NOT_AGGRESSIVE);
        sim_expect_count(flood.world, ask_many(&flood, QUESTIONS), QUESTIONS, "packets");
        world_rest(flood.world);
        sim_end(sim, flood.world);
    }
}

const struct sim_run sim_torture[] = {
    { "of random names of an NSEC zone 2 % reach its servers after the first five",
      .run = under_nsec },
    { "of those of an NSEC3 zone of N names 1.1 / (1 + k/N)² after k", .run = under_nsec3 },
    { "without cache.aggressive each one does", .run = asked_each_time },
    { .name = NULL },
};
