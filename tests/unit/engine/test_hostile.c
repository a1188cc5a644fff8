/* What hostile zones and servers try with crafted replies, against the whole engine: a scripted
 * network of a few servers, a clock that jumps, no validation. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "lib/engine/engine.h"
#include "lib/wire/message.h"
#include "lib/wire/text.h"
#include "lib/wire/type.h"
#include "tests/unit/suites.h"

enum {
    POOL_OCTETS = 8 << 20,
    CACHE_OCTETS = 2 << 20,
    ARENA_OCTETS = 1 << 20,
    UNDER_WAY_MAX = 64,
    SENDS_MAX = 256,
    START_S = 1000,
    DELAY_MS = 10,
    EVENTS_MAX = 2000
};

/* What a server says to a question. `says`: lines of ";" between them, each with its section in
 * front ("an", "au", "ad"); "nx" alone: NXDOMAIN; NULL: nothing at all. */
struct row {
    const char *server, *name, *says;
    uint64_t delay_ms; /* 0: DELAY_MS */
};

struct under_way {
    uint32_t socket;
    struct instant due;
    size_t len;
    uint8_t octets[1500];
};

static struct {
    const struct row *rows;
    struct policy *policy;
    struct caches *caches;
    struct crypto *crypto;
    struct keyring *keyring;
    struct pool *pool;
    struct arena *arena;
    struct engine *engine;
    struct metrics metrics;
    struct instant now;
    struct under_way under_way[UNDER_WAY_MAX];
    unsigned under_way_count;
    char sends[SENDS_MAX][ENDPOINT_TEXT + NAME_TEXT]; /* "20.0.0.1:53 www.victim." */
    unsigned send_count;
    bool answered;
    unsigned rcode, records;
    uint16_t why;
    int events_to_failure;  /* then an allocation fails, ... */
    uint64_t succeed_first; /* ... after so many that do not */
    uint8_t room[MESSAGE_OCTETS_MAX];
} net;

static void set_up_policy(void)
{
    struct hint *hint = &net.policy->hints[0];

    net.policy->dnssec = DNSSEC_OFF;
    net.policy->mixed_case = false;
    net.policy->ipv6 = FAMILY_OFF;
    net.policy->hint_count = 1;
    ck_assert_int_eq(name_from_text("a.root.", &hint->name), ST_OK);
    ck_assert_int_eq(endpoint_parse("20.0.0.1", 53, &hint->v4), ST_OK);
    hint->v6 = (struct endpoint){ .family = 0 };
}

static void set_up(void)
{
    memset(&net, 0, sizeof net);
    net.policy = policy_create();
    net.pool = pool_create(POOL_OCTETS);
    net.arena = arena_create(net.pool, ARENA_OCTETS);
    net.crypto = crypto_create();
    net.keyring = keyring_create(net.crypto, KEYRING_KEYS);
    ck_assert(net.policy && net.arena && net.keyring);
    set_up_policy();
    struct caches_setup caches = {
        .octets = CACHE_OCTETS,
        .workers = 1,
        .limits = &net.policy->limits,
        .caps = { .max_s = 86400, .negative_max_s = 3600, .bogus_s = 60 },
    };
    net.caches = caches_create(&caches);
    struct engine_setup setup = { .policy = net.policy,
                                  .caches = net.caches,
                                  .keyring = net.keyring,
                                  .pool = net.pool,
                                  .metrics = &net.metrics };
    prng_seed_number(&setup.prng, 1);
    net.engine = engine_create(&setup);
    ck_assert(net.caches && net.engine);
    net.now = instant_after_s((struct instant){ 0 }, START_S);
}

static void tear_down(void)
{
    engine_destroy(net.engine);
    caches_destroy(net.caches);
    keyring_destroy(net.keyring);
    crypto_destroy(net.crypto);
    arena_destroy(net.arena);
    pool_destroy(net.pool);
    policy_destroy(net.policy);
}

/* ---- servers ---- */

static const struct row *row_for(const char *server, const char *name)
{
    for (const struct row *row = net.rows; row->server; row++)
        if (strcmp(row->server, server) == 0 && strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

static void write_record(struct writer *w, const char *line, struct header *header)
{
    static const char *const sections[] = { "an ", "au ", "ad " };
    char why[TEXT_WHY];
    struct text_record record;

    for (unsigned i = 0; i < 3; i++)
        if (strncmp(line, sections[i], 3) == 0)
            header->counts[1 + i]++;
    ck_assert_msg(text_read_record(line + 3, net.arena, &record, why) == ST_OK, "%s: %s", line,
                  why);
    writer_name(w, &record.owner);
    writer_u16(w, record.type);
    writer_u16(w, CLASS_IN);
    writer_u32(w, record.ttl);
    rdata_write(w, record.type, record.rdata);
}

static size_t write_reply(const struct message *query, const char *says, uint8_t *octets)
{
    struct header header = { .id = query->header.id, .flags = FLAG_QR, .counts = { 1, 0, 0, 0 } };
    char lines[1024], *rest = NULL;
    struct writer w;

    writer_init(&w, octets, sizeof net.under_way[0].octets);
    header_write(&w, &header);
    question_write(&w, &query->question);
    snprintf(lines, sizeof lines, "%s", says);
    for (char *line = strtok_r(lines, ";", &rest); line; line = strtok_r(NULL, ";", &rest))
        if (strcmp(line, "nx") == 0)
            header.flags |= RCODE_NXDOMAIN;
        else
            write_record(&w, line, &header);
    if (header.counts[1] > 0 || strstr(says, "SOA"))
        header.flags |= FLAG_AA;
    writer_u16_at(&w, 2, header.flags);
    message_counts_write(&w, header.counts);
    ck_assert(!w.failed);
    return w.len;
}

static void take_send(const struct send *send)
{
    struct message query;
    char server[ENDPOINT_TEXT], name[NAME_TEXT];

    ck_assert_int_eq(message_parse(send->message, net.arena, &query), ST_OK);
    endpoint_text(&send->to, server);
    name_text(&query.question.name, name, sizeof name);
    ck_assert_uint_lt(net.send_count, SENDS_MAX);
    snprintf(net.sends[net.send_count++], sizeof net.sends[0], "%s %s", server, name);
    const struct row *row = row_for(server, name);
    if (!row || !row->says || send->via == VIA_TCP)
        return;
    ck_assert_uint_lt(net.under_way_count, UNDER_WAY_MAX);
    struct under_way *reply = &net.under_way[net.under_way_count++];
    reply->socket = send->socket;
    reply->due = instant_after_ms(net.now, row->delay_ms ? row->delay_ms : DELAY_MS);
    reply->len = write_reply(&query, row->says, reply->octets);
}

/* ---- the clock ---- */

static void forget_socket(uint32_t socket)
{
    for (unsigned i = 0; i < net.under_way_count; i++)
        if (net.under_way[i].socket == socket)
            net.under_way[i--] = net.under_way[--net.under_way_count];
}

static void take_answer(const struct answer *answer)
{
    struct header header;

    ck_assert(header_read(answer->message, &header));
    net.why = answer->cause.why;
    net.answered = true;
    net.rcode = header_rcode(&header);
    net.records = header.counts[1];
}

static void drain(void)
{
    struct action action;

    while (engine_next(net.engine, &action)) {
        if (action.kind == ACTION_SEND)
            take_send(&action.send);
        else if (action.kind == ACTION_CLOSE)
            forget_socket(action.socket);
        else if (action.kind == ACTION_ANSWER)
            take_answer(&action.answer);
    }
}

static void handle(struct event *event)
{
    event->now = net.now;
    if (net.events_to_failure > 0 && --net.events_to_failure == 0)
        memory_fail_after(net.succeed_first);
    engine_handle(net.engine, event);
    (void)memory_fail_stop();
    drain();
}

/* The next thing that happens. */
static void step(void)
{
    struct event event = { .kind = EVENT_TIME };
    struct instant next = engine_deadline(net.engine);
    struct under_way reply;
    int first = -1;

    for (unsigned i = 0; i < net.under_way_count; i++)
        if (instant_before(net.under_way[i].due, next)) {
            next = net.under_way[i].due;
            first = (int)i;
        }
    ck_assert_msg(next.ns != INSTANT_NEVER.ns, "nothing will ever happen again");
    net.now = instant_before(net.now, next) ? next : net.now;
    if (first >= 0) {
        reply = net.under_way[first];
        net.under_way[first] = net.under_way[--net.under_way_count];
        event.kind = EVENT_REPLY;
        event.reply =
            (struct reply){ .socket = reply.socket, .message = { reply.octets, reply.len } };
    }
    handle(&event);
}

/* A client's question for A, until its answer. */
static void ask(const char *name)
{
    static const uint8_t loopback[4] = { 127, 0, 0, 1 };
    struct header header = { .id = 1, .flags = FLAG_RD, .counts = { 1, 0, 0, 0 } };
    struct question question = { .type = 1, .class = CLASS_IN };
    uint8_t octets[512];
    struct writer w;

    ck_assert_int_eq(name_from_text(name, &question.name), ST_OK);
    writer_init(&w, octets, sizeof octets);
    header_write(&w, &header);
    question_write(&w, &question);
    struct event event = { .kind = EVENT_QUERY,
                           .query = { .client = 1,
                                      .from = endpoint_v4(loopback, 5353),
                                      .message = { octets, w.len },
                                      .room = { net.room, sizeof net.room } } };
    net.answered = false;
    handle(&event);
    for (unsigned i = 0; i < EVENTS_MAX && !net.answered; i++)
        step();
    ck_assert(net.answered);
}

static bool was_sent(const char *send)
{
    for (unsigned i = 0; i < net.send_count; i++)
        if (strcmp(net.sends[i], send) == 0)
            return true;
    return false;
}

/* ---- the tests ---- */

/* RFC 2181 §5.4.1: nobody answers for a zone but its servers. The address of a server of the zone
 * that was asked before comes late, when the alias has led to a zone of somebody else. */
START_TEST(a_late_address_of_one_zones_server_is_not_asked_for_another_zone)
{
    static const struct row rows[] = {
        { "20.0.0.1:53", "evil.",
          "au evil. 3600 IN NS ns1.evil.;au evil. 3600 IN NS ns2.evil.;ad ns1.evil. 3600 IN A "
          "20.0.0.2",
          0 },
        { "20.0.0.2:53", "a.evil.", "an a.evil. 60 IN CNAME www.victim.", 0 },
        { "20.0.0.2:53", "ns2.evil.", "an ns2.evil. 60 IN A 20.0.0.66", 60 },
        { "20.0.0.1:53", "victim.",
          "au victim. 3600 IN NS ns.victim.;ad ns.victim. 3600 IN A 20.0.0.3", 0 },
        { "20.0.0.3:53", "www.victim.", "an www.victim. 60 IN A 20.9.9.9", 900 },
        { "20.0.0.66:53", "www.victim.",
          "an www.victim. 60 IN A 20.6.6.6;an www.victim. 60 IN A 20.6.6.7", 0 },
        { .server = NULL },
    };
    net.rows = rows;
    ask("a.evil.");
    ck_assert(was_sent("20.0.0.2:53 ns2.evil."));
    ck_assert(!was_sent("20.0.0.66:53 www.victim."));
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert_uint_eq(net.records, 2);
}
END_TEST

/* RFC 9520 §2: a chain that is too long is a failure of the name it began at. The alias that stands
 * at its end is another's, and sound. */
START_TEST(a_chain_too_long_is_no_failure_of_the_alias_it_leads_to)
{
    static const struct row rows[] = {
        { "20.0.0.1:53", "evil.", "au evil. 3600 IN NS ns1.evil.;ad ns1.evil. 3600 IN A 20.0.0.2",
          0 },
        { "20.0.0.1:53", "victim.",
          "au victim. 3600 IN NS ns.victim.;ad ns.victim. 3600 IN A 20.0.0.3", 0 },
        { "20.0.0.2:53", "c0.evil.", "an c0.evil. 60 IN CNAME c1.evil.", 0 },
        { "20.0.0.2:53", "c1.evil.", "an c1.evil. 60 IN CNAME c2.evil.", 0 },
        { "20.0.0.2:53", "c2.evil.", "an c2.evil. 60 IN CNAME c3.evil.", 0 },
        { "20.0.0.2:53", "c3.evil.", "an c3.evil. 60 IN CNAME www.victim.", 0 },
        { "20.0.0.3:53", "www.victim.", "an www.victim. 60 IN CNAME host.victim.", 0 },
        { "20.0.0.3:53", "host.victim.", "an host.victim. 60 IN A 20.9.9.9", 0 },
        { .server = NULL },
    };
    net.rows = rows;
    net.policy->limits.alias_links = 4;
    ask("c0.evil.");
    ck_assert_uint_eq(net.rcode, RCODE_SERVFAIL);
    ask("www.victim.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert_uint_eq(net.records, 2);
    ask("c0.evil."); /* it still fails by itself */
    ck_assert_uint_eq(net.rcode, RCODE_SERVFAIL);
}
END_TEST

/* RFC 9156 §2.3: what is said to a minimised question is no answer to the whole one, however late
 * it comes. The server is 1 s away: three silences, then the whole name is asked (SPEC I2). */
START_TEST(a_late_reply_to_a_minimised_question_does_not_answer_the_whole_one)
{
    static const struct row rows[] = {
        { "20.0.0.1:53", "victim.",
          "au victim. 3600 IN NS n1.victim.;au victim. 3600 IN NS n2.victim.;"
          "ad n1.victim. 3600 IN A 20.0.0.3;ad n2.victim. 3600 IN A 20.0.0.4",
          0 },
        { "20.0.0.3:53", "ent.victim.", "au victim. 60 IN SOA . . 1 2 3 4 60", 1000 },
        { "20.0.0.3:53", "www.ent.victim.", "an www.ent.victim. 60 IN A 20.9.9.9", 1000 },
        { "20.0.0.4:53", "www.ent.victim.", "an www.ent.victim. 60 IN A 20.9.9.9", 1000 },
        { .server = NULL },
    };
    net.rows = rows;
    ask("www.ent.victim.");
    ck_assert(was_sent("20.0.0.3:53 ent.victim.") && was_sent("20.0.0.4:53 ent.victim."));
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert_uint_eq(net.records, 1);
}
END_TEST

/* RULINGS A2: that this machine has no memory for a lookup just now is no failure of the zone's
 * servers, for which others would hear of it. */
START_TEST(a_lookup_without_memory_is_no_failure_of_the_servers)
{
    static const struct row rows[] = {
        { "20.0.0.1:53", "victim.", "au victim. 3600 IN NS ns.other.", 0 },
        { "20.0.0.1:53", "other.", "au other. 3600 IN NS ns.other.;ad ns.other. 3600 IN A 20.0.0.3",
          0 },
        { "20.0.0.3:53", "ns.other.", "an ns.other. 60 IN A 20.0.0.3", 0 },
        { "20.0.0.3:53", "www.victim.", "an www.victim. 60 IN A 20.9.9.9", 0 },
        { .server = NULL },
    };
    net.rows = rows;
    net.events_to_failure = 2; /* the referral's */
    net.succeed_first = (uint64_t)_i;
    ask("www.victim.");
    ck_assert_msg(net.rcode == RCODE_NOERROR || net.why == WHY_NO_MEMORY || net.why == WHY_OVERLOAD,
                  "%s", why_row((enum why)net.why)->name);
}
END_TEST

/* SPEC V16: what is bogus is served, not an answer without it, which would be a lie of our own. */
START_TEST(what_is_bogus_and_only_logged_is_served_whole)
{
    static const struct row rows[] = {
        { "20.0.0.1:53", ".", "", 0 },
        { "20.0.0.1:53", "victim.",
          "au victim. 3600 IN NS ns.victim.;ad ns.victim. 3600 IN A 20.0.0.3", 0 },
        { "20.0.0.3:53", "www.victim.", "an www.victim. 60 IN A 20.9.9.9", 0 },
        { .server = NULL },
    };
    net.rows = rows;
    net.policy->dnssec = DNSSEC_LOG_ONLY;
    ask("www.victim.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert_uint_eq(net.records, 1);
    ask("www.victim."); /* and so from the cache */
    ck_assert_uint_eq(net.records, 1);
}
END_TEST

/* RULINGS A35: for want of memory once the root is not left without priming for good. */
START_TEST(priming_that_could_not_begin_begins_later)
{
    static const struct row no_rows = { .server = NULL };
    net.policy->priming = true;
    memory_fail_after((uint64_t)_i);
    engine_prime(net.engine, net.now, (struct unixtime){ 0 });
    (void)memory_fail_stop();
    net.rows = &no_rows;
    drain();
    ck_assert_uint_ne(engine_deadline(net.engine).ns, INSTANT_NEVER.ns);
}
END_TEST

/* A name that its parent took back, or that a forged referral made a zone: the parent proves that
 * no zone begins there (RFC 4035 §5.2). Then the parent is asked, not the servers of that day. */
static const struct row delegated[] = {
    { "20.0.0.1:53", "victim.", "au victim. 3600 IN NS ns.victim.;ad ns.victim. 3600 IN A 20.0.0.3",
      0 },
    { "20.0.0.3:53", "old.victim.", "an old.victim. 60 IN A 20.6.6.6", 0 },
    { "20.0.0.3:53", "www.victim.", "an www.victim. 60 IN A 20.6.6.6", 0 },
    { .server = NULL },
};

/* victim. is known for a zone, and proven to be none. */
static void know_a_cut_that_is_none(void)
{
    struct zone_keys none = { .state = ZONE_NO_CUT, .ttl_s = 600 };
    struct zone_keys root = { .zone = name_root, .state = ZONE_INSECURE, .ttl_s = 600 };

    net.rows = delegated;
    ask("old.victim.");
    ck_assert_int_eq(name_from_text("victim.", &none.zone), ST_OK);
    key_cache_put(net.caches->keys, &none, net.now);
    key_cache_put(net.caches->keys, &root, net.now);
    net.policy->dnssec = DNSSEC_VALIDATE;
}

START_TEST(a_cut_that_is_none_is_left_for_the_parent)
{
    static const struct row taken_back[] = {
        { "20.0.0.1:53", "victim.", "au . 60 IN SOA . . 1 2 3 4 60", 0 },
        { "20.0.0.1:53", "www.victim.", "an www.victim. 60 IN A 20.9.9.9", 0 },
        { "20.0.0.3:53", "www.victim.", "an www.victim. 60 IN A 20.6.6.6", 0 },
        { .server = NULL },
    };
    know_a_cut_that_is_none();
    net.rows = taken_back;
    ask("www.victim.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert(was_sent("20.0.0.1:53 www.victim."));
}
END_TEST

START_TEST(a_parent_that_contradicts_itself_about_a_cut_is_asked_once_more)
{
    know_a_cut_that_is_none();
    unsigned before = net.send_count;
    ask("www.victim.");
    ck_assert_uint_eq(net.rcode, RCODE_SERVFAIL);
    ck_assert_uint_le(net.send_count - before, 3);
}
END_TEST

Suite *engine_hostile_suite(void)
{
    Suite *suite = suite_create("engine/hostile");
    TCase *tcase = tcase_create("replies");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_late_address_of_one_zones_server_is_not_asked_for_another_zone);
    tcase_add_test(tcase, a_chain_too_long_is_no_failure_of_the_alias_it_leads_to);
    tcase_add_test(tcase, a_late_reply_to_a_minimised_question_does_not_answer_the_whole_one);
    tcase_add_loop_test(tcase, a_lookup_without_memory_is_no_failure_of_the_servers, 0, 24);
    tcase_add_test(tcase, what_is_bogus_and_only_logged_is_served_whole);
    tcase_add_loop_test(tcase, priming_that_could_not_begin_begins_later, 0, 8);
    tcase_add_test(tcase, a_cut_that_is_none_is_left_for_the_parent);
    tcase_add_test(tcase, a_parent_that_contradicts_itself_about_a_cut_is_asked_once_more);
    suite_add_tcase(suite, tcase);
    return suite;
}
