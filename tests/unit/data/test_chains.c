/* Recorded chains from the root to an answer, put to the whole engine: a small world serves the
 * messages of a case and nothing else, at the case's own time. */
#include <stdio.h>
#include <string.h>

#include "lib/base/pool.h"
#include "lib/engine/engine.h"
#include "lib/wire/message.h"
#include "lib/wire/type.h"
#include "tests/support/genuine.h"
#include "tests/unit/data/root_zone.h"

enum { POOL_OCTETS = 16 << 20, CACHE_OCTETS = 4 << 20, CASE_OCTETS = 8 << 20 };
enum {
    MESSAGES_MAX = 16,
    REPLIES_MAX = 64,
    ROUNDS_MAX = 1000,
    CLIENT_OCTETS = 4096,
    QUESTION_OCTETS = 512
};

static const char *const files[] = { "chains/proofs-2017-2018.jsonl", "chains/proofs-2021.jsonl",
                                     "chains/recorded-2013.jsonl", "chains/recorded-2015.jsonl.xz",
                                     "chains/recorded-2016.jsonl" };
static const unsigned probes_in[] = { 11, 1, 10, 53, 1 };

enum sha1 { SHA1_OFF, SHA1_ON };

/* ---- where we lawfully say something else than the data's `verdict` ---- */

static const struct difference {
    enum sha1 sha1;
    const char *id, *zone; /* how the case's id begins; what the probe's name lies under */
    unsigned probes;       /* so many of the file's differ */
    enum security security;
    enum why why;
} differences[] = {
    /* DS 42999 names an RSA key of 512 bits, which signs, DS 60820 one of 2048, which does not.
     * RFC 5702 §2 allows 512 bits; keys under 1,024 count as unsupported here (SPEC V2, RULINGS
     * A44). A DS of a supported algorithm then stands whose key does not sign, and that is
     * bogus and not insecure (RFC 4035 §5.2), whatever policy says of SHA-1. */
    { SHA1_ON, "proof-", "ethlab.xyz.", 9, SEC_BOGUS, WHY_DNSKEY_UNSIGNED },
    { SHA1_OFF, "proof-", "ethlab.xyz.", 9, SEC_BOGUS, WHY_DNSKEY_UNSIGNED },
    /* RFC 9905: RSASHA1 and RSASHA1-NSEC3-SHA1 count as unsupported by default, and zones whose
     * DS name no other algorithm as unsigned (RFC 4035 §5.2): neither secure nor bogus. */
    { SHA1_OFF, "2013-", "tjeb.nl.", 8, SEC_INSECURE, WHY_ALGORITHM_UNSUPPORTED },
    { SHA1_OFF, "2015-", "ingotronic.ch.", 45, SEC_INSECURE, WHY_ALGORITHM_UNSUPPORTED },
    { SHA1_OFF, "2016-", "isc.org.", 1, SEC_INSECURE, WHY_ALGORITHM_UNSUPPORTED },
};

/* ---- the world ---- */

struct served {
    struct name name;
    uint16_t type;
    struct bytes octets;
};

struct probe {
    char id[64], qname[NAME_TEXT], verdict[16];
    uint16_t qtype, rcode;
};

static struct world {
    struct crypto *crypto;
    struct pool *pool;
    struct keyring *keyring;
    struct policy *policy;
    struct caches *caches;
    struct engine *engine;
    struct metrics metrics;
    struct instant now;
    struct unixtime wall;
    struct arena *arena; /* of the case */
    struct served messages[MESSAGES_MAX];
    size_t message_count;
    struct {
        uint32_t socket;
        struct bytes octets;
    } replies[REPLIES_MAX];
    size_t reply_count;
    char missing[NAME_TEXT + 32]; /* the last question that no message of the case answers */
    bool answered;
    uint16_t rcode, flags;
    enum security security;
    struct cause cause;
} world;

static void set_policy(enum sha1 sha1)
{
    static const char *const anchors[] = { ". DS " KSK_2010, ". DS " KSK_2017, ". DS " KSK_2024 };
    struct policy *policy = world.policy = policy_create();
    char why[TEXT_WHY];

    ck_assert_ptr_nonnull(policy);
    anchor_set_destroy(policy->anchors);
    policy->anchors = anchor_set_create();
    for (size_t i = 0; i < ROWS(anchors); i++)
        ck_assert_int_eq(anchor_add_line(policy->anchors, anchors[i], why), ST_OK);
    policy->rules.sha1 = sha1 == SHA1_ON;
    policy->qmin = QMIN_OFF; /* the questions of a case are whole ones */
    policy->priming = false;
    policy->ipv6 = FAMILY_OFF;
    local_tree_clear(policy->local, LOCAL_SPECIAL); /* aliases were led to names below invalid. */
    policy->clock_fixed = true;
    policy->clock = world.wall;
}

static void begin(enum sha1 sha1)
{
    struct engine_setup setup = { .keyring = world.keyring,
                                  .pool = world.pool,
                                  .metrics = &world.metrics };

    set_policy(sha1);
    struct caches_setup caches = { .octets = CACHE_OCTETS,
                                   .workers = 1,
                                   .limits = &world.policy->limits };
    caches.caps.negative_max_s = world.policy->negative_ttl_max_s;
    caches.caps.max_s = world.policy->ttl_max_s;
    caches.caps.bogus_s = world.policy->limits.ttl_bogus_s;
    setup.policy = world.policy;
    setup.caches = world.caches = caches_create(&caches);
    prng_seed_number(&setup.prng, 1);
    world.engine = engine_create(&setup);
    ck_assert(world.caches && world.engine);
    world.now = instant_after_s((struct instant){ 0 }, 1000);
    world.reply_count = 0;
    world.answered = false;
    world.missing[0] = '\0';
}

static void end(void)
{
    engine_destroy(world.engine);
    caches_destroy(world.caches);
    policy_destroy(world.policy);
}

/* The case's message with id and question of the asked one; a server's and no resolver's: AA, no
 * RA. NULL octets: there is none. */
static struct bytes reply_to(const struct message *query)
{
    for (size_t i = 0; i < world.message_count; i++) {
        const struct served *served = &world.messages[i];
        if (served->type != query->question.type ||
            !name_equal(&served->name, &query->question.name))
            continue;
        uint8_t *octets = arena_copy(world.arena, served->octets.at, served->octets.len);
        ck_assert_ptr_nonnull(octets);
        memcpy(octets, query->octets.at, 2);
        octets[2] = (octets[2] | FLAG_AA >> 8) & 0xFE;
        octets[3] &= 0x0F;
        memcpy(octets + HEADER_OCTETS, query->question.name.octets, query->question.name.len);
        return (struct bytes){ octets, served->octets.len };
    }
    return (struct bytes){ NULL, 0 };
}

static void serve(const struct send *send)
{
    char name[NAME_TEXT], type[TYPE_TEXT];
    struct message query;

    ck_assert_int_eq(message_parse(send->message, world.arena, &query), ST_OK);
    struct bytes octets = reply_to(&query);
    if (!octets.at) {
        snprintf(world.missing, sizeof world.missing, "%s %s",
                 name_text(&query.question.name, name, sizeof name),
                 type_text(query.question.type, type));
        return; /* silence */
    }
    ck_assert_uint_lt(world.reply_count, REPLIES_MAX);
    world.replies[world.reply_count].socket = send->socket;
    world.replies[world.reply_count++].octets = octets;
}

static void take_answer(const struct answer *answer)
{
    struct header header;

    ck_assert(header_read(answer->message, &header) && !world.answered);
    world.answered = true;
    world.rcode = (uint16_t)header_rcode(&header);
    world.flags = header.flags;
    world.security = (enum security)answer->verdict;
    world.cause = answer->cause;
}

/* One event, and what comes of it; true: work is left. */
static bool handle(struct event *event)
{
    struct action action;
    bool again = false;

    event->now = world.now;
    event->wall = world.wall;
    engine_handle(world.engine, event);
    while (engine_next(world.engine, &action)) {
        if (action.kind == ACTION_SEND)
            serve(&action.send);
        else if (action.kind == ACTION_ANSWER)
            take_answer(&action.answer);
        again |= action.kind == ACTION_AGAIN;
    }
    return again;
}

static void run(struct bytes question)
{
    static uint8_t room[CLIENT_OCTETS];
    struct event event = { .kind = EVENT_QUERY };
    bool again;

    ck_assert_int_eq(endpoint_parse("127.0.0.1", 4000, &event.query.from), ST_OK);
    event.query.client = 1;
    event.query.via = VIA_TCP;
    event.query.message = question;
    event.query.room = (struct room){ room, sizeof room };
    again = handle(&event);
    for (unsigned round = 0; !world.answered; round++) {
        ck_assert_uint_lt(round, ROUNDS_MAX);
        event = (struct event){ .kind = EVENT_TIME };
        if (!again && world.reply_count > 0) {
            world.now.ns += NS_PER_MS;
            event.kind = EVENT_REPLY;
            event.reply.socket = world.replies[0].socket;
            event.reply.message = world.replies[0].octets;
            memmove(world.replies, world.replies + 1, --world.reply_count * sizeof *world.replies);
        } else if (!again) {
            world.now = engine_deadline(world.engine);
        }
        again = handle(&event);
    }
}

/* ---- a case ---- */

static struct bytes question_of(const struct probe *probe, uint8_t room[QUESTION_OCTETS])
{
    struct header header = { .id = 4711, .flags = FLAG_RD };
    struct question question = { .type = probe->qtype, .class = CLASS_IN };
    struct edns_out edns = { .udp_octets = EDNS_UDP_OCTETS, .dnssec_ok = true };
    struct writer w;

    ck_assert_int_eq(name_from_text(probe->qname, &question.name), ST_OK);
    writer_init(&w, room, QUESTION_OCTETS);
    header_write(&w, &header);
    question_write(&w, &question);
    ck_assert(edns_write(&w, &edns));
    message_counts_write(&w, (const uint16_t[4]){ 1, 0, 0, 1 });
    return (struct bytes){ room, w.len };
}

static void read_messages(const char *list)
{
    char text[NAME_TEXT];

    world.message_count = 0;
    for (const char *at = json_first(list); at; at = json_next(at)) {
        struct served *served = &world.messages[world.message_count++];
        ck_assert_uint_le(world.message_count, MESSAGES_MAX);
        json_text(json_member(at, "qname"), text, sizeof text);
        ck_assert_int_eq(name_from_text(text, &served->name), ST_OK);
        json_text(json_member(at, "qtype"), text, sizeof text);
        ck_assert(type_from_text(text, &served->type));
        served->octets = json_hex(json_member(at, "wire"), world.arena);
    }
}

static enum security given(const struct probe *probe)
{
    if (strcmp(probe->verdict, "secure") == 0)
        return SEC_SECURE;
    return strcmp(probe->verdict, "insecure") == 0 ? SEC_INSECURE : SEC_BOGUS;
}

/* NULL: ours is the given verdict. */
static const struct difference *difference_of(const struct probe *probe, enum sha1 sha1)
{
    struct name name, zone;

    ck_assert_int_eq(name_from_text(probe->qname, &name), ST_OK);
    for (size_t i = 0; i < ROWS(differences); i++) {
        const struct difference *row = &differences[i];
        ck_assert_int_eq(name_from_text(row->zone, &zone), ST_OK);
        if (row->sha1 == sha1 && row->security != given(probe) && name_under(&name, &zone) &&
            strncmp(probe->id, row->id, strlen(row->id)) == 0)
            return row;
    }
    return NULL;
}

/* RFC 4035 §3.2.3: AD where all is secure, and nowhere else. */
static const struct difference *judge(const struct probe *probe, enum sha1 sha1)
{
    uint8_t room[QUESTION_OCTETS];
    char why[2 * CAUSE_OCTETS];
    const struct difference *difference = difference_of(probe, sha1);
    enum security security = difference ? difference->security : given(probe);
    uint16_t rcode = security == SEC_BOGUS ? RCODE_SERVFAIL : probe->rcode;

    begin(sha1);
    run(question_of(probe, room));
    bool as_said = world.security == security && world.rcode == rcode &&
                   ((world.flags & FLAG_AD) != 0) == (security == SEC_SECURE) &&
                   (!difference || world.cause.why == difference->why);
    ck_assert_msg(as_said, "%s %s: verdict %d, rcode %u, flags %04x, not %d, %u; %s; %s%s",
                  probe->id, probe->qname, world.security, world.rcode, world.flags, security,
                  rcode, cause_text(&world.cause, why, sizeof why),
                  world.missing[0] ? "no message for " : "", world.missing);
    end();
    return difference;
}

static void judge_case(const char *line, enum sha1 sha1, unsigned differ[ROWS(differences)],
                       unsigned *probes)
{
    char type[TYPE_TEXT];
    struct probe probe;

    world.arena = arena_create(world.pool, CASE_OCTETS);
    ck_assert_ptr_nonnull(world.arena);
    world.wall.s = json_number(json_member(line, "time"));
    read_messages(json_member(line, "messages"));
    json_text(json_member(line, "id"), probe.id, sizeof probe.id);
    for (const char *at = json_first(json_member(line, "probes")); at; at = json_next(at)) {
        json_text(json_member(at, "qname"), probe.qname, sizeof probe.qname);
        json_text(json_member(at, "verdict"), probe.verdict, sizeof probe.verdict);
        json_text(json_member(at, "qtype"), type, sizeof type);
        ck_assert(type_from_text(type, &probe.qtype));
        probe.rcode = (uint16_t)json_number(json_member(at, "rcode"));
        const struct difference *difference = judge(&probe, sha1);
        if (difference)
            differ[difference - differences]++;
        ++*probes;
    }
    arena_destroy(world.arena);
}

static void judge_file(size_t number, enum sha1 sha1)
{
    static char line[GENUINE_LINE];
    unsigned probes = 0, differ[ROWS(differences)] = { 0 };

    if (!genuine_here(files[number], "recorded chains"))
        return;
    FILE *stream = genuine_open(files[number]);
    while (fgets(line, sizeof line, stream))
        judge_case(line, sha1, differ, &probes);
    genuine_close(stream, files[number]);
    ck_assert_uint_eq(probes, probes_in[number]);
    for (size_t i = 0; i < ROWS(differences); i++)
        if (differ[i] > 0)
            ck_assert_uint_eq(differ[i], differences[i].probes);
}

static void up(void)
{
    world.crypto = crypto_create();
    world.pool = pool_create(POOL_OCTETS);
    world.keyring = keyring_create(world.crypto, KEYRING_KEYS);
    ck_assert(world.crypto && world.pool && world.keyring);
}

static void down(void)
{
    keyring_destroy(world.keyring);
    crypto_destroy(world.crypto);
    pool_destroy(world.pool);
}

START_TEST(each_probe_has_its_verdict_where_policy_allows_sha1) /* RFC 4035 §5 */
{
    judge_file((size_t)_i, SHA1_ON);
}
END_TEST

START_TEST(each_probe_has_its_verdict_or_a_lawful_one_by_default) /* RFC 9905, RFC 4035 §5.2 */
{
    judge_file((size_t)_i, SHA1_OFF);
}
END_TEST

Suite *data_chains_suite(void)
{
    Suite *suite = suite_create("data/chains");
    TCase *allowed = tcase_create("allowed"), *by_default = tcase_create("by_default");

    tcase_add_checked_fixture(allowed, up, down);
    tcase_add_loop_test(allowed, each_probe_has_its_verdict_where_policy_allows_sha1, 0,
                        ROWS(files));
    tcase_add_checked_fixture(by_default, up, down);
    tcase_add_loop_test(by_default, each_probe_has_its_verdict_or_a_lawful_one_by_default, 0,
                        ROWS(files));
    suite_add_tcase(suite, allowed);
    suite_add_tcase(suite, by_default);
    return suite;
}
