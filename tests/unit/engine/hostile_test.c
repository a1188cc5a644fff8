#include "tests/unit/engine/hostile_test.h"

struct hostile_net net;

static void set_up_policy(void)
{
    struct hint *hint = &net.policy->hints[0];

    net.policy->dnssec = DNSSEC_OFF;
    net.policy->mixed_case = false;
    net.policy->ipv6 = FAMILY_OFF;
    net.policy->hint_count = 1;
    hint->name = name_of("a.root.");
    hint->v4 = endpoint_of("20.0.0.1");
    hint->v6 = (struct endpoint){ .family = 0 };
}

void hostile_up(void)
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

void hostile_down(void)
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

static bool write_flag(const char *word, struct header *header)
{
    static const struct {
        const char *word;
        uint16_t flags;
    } words[] = { { "nx", RCODE_NXDOMAIN },
                  { "yx", RCODE_YXDOMAIN },
                  { "refused", RCODE_REFUSED },
                  { "formerr", RCODE_FORMERR },
                  { "bare", 0 },
                  { "servfail", RCODE_SERVFAIL },
                  { "ra", FLAG_RA } };

    header->counts[0] = strcmp(word, "bare") == 0 ? 0 : header->counts[0];
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i].word) == 0) {
            header->flags |= words[i].flags;
            return true;
        }
    return false;
}

static void choose_words(const char *says, char *words, size_t size)
{
    const char *second = strchr(says, '|');

    if (second && net.replies % 2)
        snprintf(words, size, "%s", second + 1);
    else
        snprintf(words, size, "%.*s", second ? (int)(second - says) : (int)strlen(says), says);
    for (char *digit = strchr(words, '#'); digit; digit = strchr(digit, '#'))
        *digit = (char)('0' + net.replies % 10);
}

static void fold_question(struct under_way *reply)
{
    for (size_t at = HEADER_OCTETS; at < reply->len && reply->octets[at]; at++)
        reply->octets[at] = name_fold(reply->octets[at]);
}

static size_t write_reply(const struct message *query, const char *says, uint8_t *octets)
{
    struct header header = { .id = query->header.id, .flags = FLAG_QR, .counts = { 1, 0, 0, 0 } };
    char lines[1024], *rest = NULL;
    struct writer w;

    net.replies++;
    choose_words(says, lines, sizeof lines);
    writer_init(&w, octets, sizeof net.under_way[0].octets);
    header_write(&w, &header);
    if (!strstr(lines, "bare"))
        question_write(&w, &query->question);
    for (char *line = strtok_r(lines, ";", &rest); line; line = strtok_r(NULL, ";", &rest))
        if (!write_flag(line, &header))
            write_record(&w, line, &header);
    if ((header.counts[1] > 0 || strstr(says, "SOA")) && !(header.flags & FLAG_RA))
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
    struct name lower = name_lower(&query.question.name);
    name_text(&lower, name, sizeof name);
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
    if (net.folds && strcmp(net.folds, server) == 0)
        fold_question(reply);
    reply->reassembled = net.fragmenting && strcmp(net.fragmenting, server) == 0 &&
                         query.edns.udp_octets > net.fragments_over;
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
    ck_assert_int_eq(message_parse(answer->message, net.arena, &net.message), ST_OK);
    net.ttl_s = header.counts[1] > 0 ? net.message.records[0].ttl : 0;
    cause_text(&answer->cause, net.text, sizeof net.text);
    net.why = answer->cause.why;
    net.answered = true;
    net.rcode = header_rcode(&header);
    net.records = header.counts[1];
}

void drain(void)
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
        event.reply = (struct reply){ .socket = reply.socket,
                                      .message = { reply.octets, reply.len },
                                      .reassembled = reply.reassembled };
    }
    handle(&event);
}

struct event message_event(struct bytes message)
{
    static const uint8_t loopback[4] = { 127, 0, 0, 1 };

    return (struct event){ .kind = EVENT_QUERY,
                           .now = net.now,
                           .query = { .client = 1,
                                      .from = endpoint_v4(loopback, 5353),
                                      .message = message,
                                      .room = { net.room, sizeof net.room } } };
}

struct event question_event(const char *name, uint16_t type, uint16_t flags)
{
    static uint8_t octets[512];
    struct header header = { .id = 1, .flags = flags, .counts = { 1, 0, 0, 0 } };
    struct question question = { .type = type, .class = CLASS_IN };
    struct writer w;

    question.name = name_of(name);
    writer_init(&w, octets, sizeof octets);
    header_write(&w, &header);
    question_write(&w, &question);
    return message_event((struct bytes){ octets, w.len });
}

/* As `net.asking` has it. */
static void write_question(struct writer *w, const char *name)
{
    const struct asking *as = &net.asking;
    struct header header = { .id = 1,
                             .flags = FLAG_RD,
                             .counts = { 1, 0, 0, as->options.at != 0 } };
    struct question question = { .type = as->type ? as->type : TYPE_A,
                                 .class = as->class ? as->class : CLASS_IN };

    question.name = name_of(name);
    header_write(w, &header);
    question_write(w, &question);
    if (as->options.at == NULL)
        return;
    writer_u8(w, 0);
    writer_u16(w, TYPE_OPT);
    writer_u16(w, EDNS_UDP_OCTETS);
    writer_u32(w, 0);
    writer_u16(w, (uint16_t)as->options.len);
    writer_octets(w, as->options);
}

void ask_first(const char *name)
{
    uint8_t octets[512];
    struct writer w;

    writer_init(&w, octets, sizeof octets);
    write_question(&w, name);
    struct event event = message_event((struct bytes){ octets, w.len });
    event.query.via = net.asking.via;
    net.answered = false;
    handle(&event);
}

void wait_for_answer(void)
{
    for (unsigned i = 0; i < EVENTS_MAX && !net.answered; i++)
        step();
    ck_assert(net.answered);
}

void ask(const char *name)
{
    ask_first(name);
    wait_for_answer();
}

bool was_sent(const char *send)
{
    for (unsigned i = 0; i < net.send_count; i++)
        if (strcmp(net.sends[i], send) == 0)
            return true;
    return false;
}
