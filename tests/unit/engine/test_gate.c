#include "lib/engine/gate.h"

#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* OPT records as a client sends them: size, version, flags, then the length and the options. */
#define OPT_BARE    "\0\0\x29\x04\xD0\0\0\0\0\0\0"
#define OPT_DO      "\0\0\x29\x10\0\0\0\x80\0\0\0"
#define OPT_VERSION "\0\0\x29\x04\xD0\0\1\0\0\0\0"
#define OPT_COOKIE                                                                                 \
    "\0\0\x29\x04\xD0\0\0\0\0\0\14\0\12\0\10"                                                      \
    "12345678"

static struct prefix home[] = { { .base = { .octets = { 192, 0, 2 }, .family = 4 }, .bits = 24 } };
static struct prefix admin[] = { { .base = { .octets = { 192, 0, 2, 1 }, .family = 4 },
                                   .bits = 32 } };
static const struct policy policy = { .allow = { .prefixes = home, .count = 1 },
                                      .snoop = { .prefixes = admin, .count = 1 } };
static const struct unixtime noon = { 1700000000 };

/* ---- a client's message ---- */

struct shape {
    uint16_t flags, counts[4];
    const char *name; /* NULL: no question is there, whatever the counts say */
    uint16_t type, class;
    struct bytes tail; /* what follows the question */
};

static uint8_t room[8192];

static struct shape plain(void)
{
    return (struct shape){ FLAG_RD, { 1, 0, 0, 0 }, "www.example.", TYPE_A, CLASS_IN, { NULL, 0 } };
}

static struct bytes message_of(const struct shape *shape)
{
    struct writer w;
    struct header header = { .id = 0xBEEF, .flags = shape->flags };

    memcpy(header.counts, shape->counts, sizeof header.counts);
    writer_init(&w, room, sizeof room);
    header_write(&w, &header);
    if (shape->name) {
        struct question question = { name_of(shape->name), shape->type, shape->class };
        question_write(&w, &question);
    }
    writer_octets(&w, shape->tail);
    ck_assert(!w.failed);
    return (struct bytes){ room, w.len };
}

static struct query query_of(struct bytes message, enum transport via)
{
    const uint8_t client[] = { 192, 0, 2, 7 };
    return (struct query){ .from = endpoint_v4(client, 40000), .via = via, .message = message };
}

static struct gate_judgement judge(const struct shape *shape, enum transport via,
                                   struct client_question *question)
{
    struct query query = query_of(message_of(shape), via);
    return gate_judge(&query, &policy, noon, question);
}

/* ---- what is taken ---- */

START_TEST(gate_judge_takes_a_plain_question)
{
    struct shape shape = plain();
    struct client_question question;
    struct gate_judgement found;

    shape.name = "WwW.eXample.";
    found = judge(&shape, VIA_UDP, &question);
    ck_assert_int_eq(found.verdict, GATE_TAKE);
    ck_assert_uint_eq(question.header.id, 0xBEEF);
    assert_name(&question.question.name, "WwW.eXample."); /* the case as sent */
    ck_assert_uint_eq(question.question.type, TYPE_A);
    ck_assert_uint_eq(question.question.class, CLASS_IN);
    ck_assert(!question.edns.present);
    ck_assert_uint_eq(question.octets, HEADER_OCTETS + 13 + 4);
}
END_TEST

START_TEST(gate_judge_reads_the_opt) /* RFC 6891 §6.1.2, RFC 3225 §3, RFC 7873 §4 */
{
    struct shape shape = plain();
    struct client_question question;

    shape.counts[3] = 1;
    shape.tail = SPAN(OPT_DO);
    ck_assert_int_eq(judge(&shape, VIA_UDP, &question).verdict, GATE_TAKE);
    ck_assert(question.edns.present && question.edns.dnssec_ok);
    shape.tail = SPAN(OPT_COOKIE);
    ck_assert_int_eq(judge(&shape, VIA_UDP, &question).verdict, GATE_TAKE);
    ck_assert(!question.edns.dnssec_ok);
    assert_bytes(question.edns.cookie, SPAN("12345678"));
}
END_TEST

static const struct {
    const char *why;
    struct bytes opt;
    enum transport via;
    uint16_t octets;
} sizes[] = {
    { "without EDNS", BYTES(""), VIA_UDP, 512 }, /* RFC 1035 §4.2.1 */
    { "EDNS 0 counts as 512", BYTES("\0\0\x29\0\0\0\0\0\0\0\0"), VIA_UDP,
      512 }, /* RFC 6891 §6.2.3 */
    { "EDNS 1000", BYTES("\0\0\x29\3\xE8\0\0\0\0\0\0"), VIA_UDP, 1000 },
    { "EDNS 1232", BYTES(OPT_BARE), VIA_UDP, 1232 },
    { "EDNS 4096 is more than we send", BYTES(OPT_DO), VIA_UDP, 1232 }, /* RFC 9715 §3.2 */
    { "TCP without EDNS", BYTES(""), VIA_TCP, 65535 },
    { "TCP, whatever EDNS says", BYTES(OPT_BARE), VIA_TCP, 65535 },
};

START_TEST(gate_judge_knows_how_much_the_client_can_take)
{
    struct shape shape = plain();
    struct client_question question;

    shape.tail = sizes[_i].opt;
    shape.counts[3] = shape.tail.len > 0;
    ck_assert_int_eq(judge(&shape, sizes[_i].via, &question).verdict, GATE_TAKE);
    ck_assert_msg(question.udp_octets == sizes[_i].octets, "%s: %u", sizes[_i].why,
                  question.udp_octets);
}
END_TEST

/* ---- what is not ---- */

static const struct {
    const char *why;
    struct shape shape;
    enum rcode rcode;
    enum why reason;
} refused[] = {
    /* LIMITS F8: the forms */
    { "no question", { FLAG_RD, { 0, 0, 0, 0 }, NULL, 0, 0, BYTES("") }, RCODE_FORMERR, WHY_NONE },
    { "no question but a cookie (RFC 7873 §5.4)",
      { FLAG_RD, { 0, 0, 0, 1 }, NULL, 0, 0, BYTES(OPT_COOKIE) },
      RCODE_FORMERR,
      WHY_NONE },
    { "two questions",
      { FLAG_RD, { 2, 0, 0, 0 }, "a.", 1, 1, BYTES("\1b\0\0\1\0\1") },
      RCODE_FORMERR,
      WHY_NONE },
    { "a question announced, none there",
      { FLAG_RD, { 1, 0, 0, 0 }, NULL, 0, 0, BYTES("") },
      RCODE_FORMERR,
      WHY_NONE },
    { "a name that is a pointer to itself",
      { FLAG_RD, { 1, 0, 0, 0 }, NULL, 0, 0, BYTES("\xC0\14\0\1\0\1") },
      RCODE_FORMERR,
      WHY_NONE },
    { "a record in answer",
      { FLAG_RD, { 1, 1, 0, 0 }, "a.", 1, 1, BYTES("\1a\0\0\1\0\1\0\0\0\0\0\4abcd") },
      RCODE_FORMERR,
      WHY_NONE },
    { "a record in authority",
      { FLAG_RD, { 1, 0, 1, 0 }, "a.", 1, 1, BYTES("\1a\0\0\1\0\1\0\0\0\0\0\4abcd") },
      RCODE_FORMERR,
      WHY_NONE },
    { "an address in additional",
      { FLAG_RD, { 1, 0, 0, 1 }, "a.", 1, 1, BYTES("\0\0\1\0\1\0\0\0\0\0\4abcd") },
      RCODE_FORMERR,
      WHY_NONE },
    { "an OPT that is not the root's",
      { FLAG_RD, { 1, 0, 0, 1 }, "a.", 1, 1, BYTES("\1a" OPT_BARE) },
      RCODE_FORMERR,
      WHY_NONE },
    { "two OPTs (RFC 6891 §6.1.1)",
      { FLAG_RD, { 1, 0, 0, 2 }, "a.", 1, 1, BYTES(OPT_BARE OPT_BARE) },
      RCODE_FORMERR,
      WHY_NONE },
    { "an OPT that ends early",
      { FLAG_RD, { 1, 0, 0, 1 }, "a.", 1, 1, BYTES("\0\0\x29\x04\xD0\0\0\0\0\0\1") },
      RCODE_FORMERR,
      WHY_NONE },
    { "an OPT with half an option",
      { FLAG_RD, { 1, 0, 0, 1 }, "a.", 1, 1, BYTES("\0\0\x29\x04\xD0\0\0\0\0\0\2\0\12") },
      RCODE_FORMERR,
      WHY_NONE },
    { "an OPT announced, none there",
      { FLAG_RD, { 1, 0, 0, 1 }, "a.", 1, 1, BYTES("") },
      RCODE_FORMERR,
      WHY_NONE },
    { "two OPTs announced, none there",
      { FLAG_RD, { 1, 0, 0, 2 }, "a.", 1, 1, BYTES("") },
      RCODE_FORMERR,
      WHY_NONE },
    { "an answer announced, none there",
      { FLAG_RD, { 1, 1, 0, 0 }, "a.", 1, 1, BYTES("") },
      RCODE_FORMERR,
      WHY_NONE },
    { "an authority announced, none there",
      { FLAG_RD, { 1, 0, 1, 0 }, "a.", 1, 1, BYTES("") },
      RCODE_FORMERR,
      WHY_NONE },
    { "octets after the question",
      { FLAG_RD, { 1, 0, 0, 0 }, "a.", 1, 1, BYTES("x") },
      RCODE_FORMERR,
      WHY_NONE },
    { "octets after the OPT",
      { FLAG_RD, { 1, 0, 0, 1 }, "a.", 1, 1, BYTES(OPT_BARE "x") },
      RCODE_FORMERR,
      WHY_NONE },
    { "EDNS version 1 (RFC 6891 §6.1.3)",
      { FLAG_RD, { 1, 0, 0, 1 }, "a.", 1, 1, BYTES(OPT_VERSION) },
      RCODE_BADVERS,
      WHY_NONE },
    /* other kinds */
    { "STATUS",
      { 2 << 11, { 1, 0, 0, 0 }, "a.", 1, 1, BYTES("") },
      RCODE_NOTIMP,
      WHY_NOT_SUPPORTED },
    { "NOTIFY",
      { 4 << 11, { 1, 0, 0, 0 }, "a.", TYPE_SOA, 1, BYTES("") },
      RCODE_NOTIMP,
      WHY_NOT_SUPPORTED },
    { "UPDATE",
      { 5 << 11, { 1, 0, 1, 0 }, "a.", TYPE_SOA, 1, BYTES("\1a\0\0\1\0\1\0\0\0\0\0\0") },
      RCODE_NOTIMP,
      WHY_NOT_SUPPORTED },
    { "class CH (LIMITS H7)",
      { FLAG_RD, { 1, 0, 0, 0 }, "version.bind.", TYPE_TXT, CLASS_CH, BYTES("") },
      RCODE_REFUSED,
      WHY_NOT_SUPPORTED },
    { "class ANY",
      { FLAG_RD, { 1, 0, 0, 0 }, "a.", 1, CLASS_ANY, BYTES("") },
      RCODE_REFUSED,
      WHY_NOT_SUPPORTED },
    { "class 0",
      { FLAG_RD, { 1, 0, 0, 0 }, "a.", 1, 0, BYTES("") },
      RCODE_REFUSED,
      WHY_NOT_SUPPORTED },
    { "RD=0 (SPEC R10)",
      { 0, { 1, 0, 0, 0 }, "a.", 1, 1, BYTES("") },
      RCODE_REFUSED,
      WHY_NOT_RECURSIVE },
};

START_TEST(gate_judge_refuses_odd_messages) /* LIMITS F8 */
{
    struct client_question question;
    struct gate_judgement found = judge(&refused[_i].shape, VIA_UDP, &question);

    ck_assert_msg(found.verdict == GATE_REFUSE, "%s: %d", refused[_i].why, (int)found.verdict);
    ck_assert_msg(found.rcode == refused[_i].rcode, "%s: %u", refused[_i].why, found.rcode);
    ck_assert_msg(found.why == refused[_i].reason, "%s: %d", refused[_i].why, (int)found.why);
    ck_assert_uint_eq(question.header.id, 0xBEEF);
    ck_assert_msg((question.question.name.len > 0) ==
                      (refused[_i].shape.name && refused[_i].shape.counts[0] == 1),
                  "%s", refused[_i].why);
}
END_TEST

static enum rcode meta_rcode(unsigned type)
{
    switch (type) {
    case 249: /* TKEY */
    case 251: /* IXFR */
    case 252: /* AXFR */
    case 253: /* MAILB */
    case 254: /* MAILA */ return RCODE_NOTIMP;
    default: return RCODE_FORMERR;
    }
}

START_TEST(gate_judge_takes_every_type_of_data_and_no_other) /* RFC 6895 §3.1, RFC 9824 §3.4 */
{
    for (unsigned type = 0; type <= UINT16_MAX; type++) {
        struct shape shape = plain();
        struct client_question question;
        bool data = type > 0 && type != TYPE_OPT && (type < 128 || type > 254);

        shape.type = (uint16_t)type;
        struct gate_judgement found = judge(&shape, VIA_TCP, &question);
        ck_assert_msg(found.verdict == (data ? GATE_TAKE : GATE_REFUSE), "type %u", type);
        ck_assert_msg(data || (found.rcode == meta_rcode(type) && found.why == WHY_NOT_SUPPORTED),
                      "type %u", type);
    }
}
END_TEST

START_TEST(any_over_udp_is_sent_to_tcp) /* RFC 8482 §4.4, RULINGS A40 */
{
    struct shape shape = plain();
    struct client_question question;

    shape.type = TYPE_ANY;
    ck_assert_int_eq(judge(&shape, VIA_UDP, &question).verdict, GATE_TC);
    ck_assert_int_eq(judge(&shape, VIA_TCP, &question).verdict, GATE_TAKE);
    shape.class = CLASS_CH; /* TC would only bring it back */
    ck_assert_int_eq(judge(&shape, VIA_UDP, &question).verdict, GATE_REFUSE);
}
END_TEST

/* ---- who asks ---- */

START_TEST(strangers_are_refused_with_their_question) /* RFC 5358 §4, LIMITS F5 */
{
    const uint8_t stranger[] = { 198, 51, 100, 7 };
    struct shape shape = plain();
    struct query query = query_of(message_of(&shape), VIA_TCP);
    struct client_question question;

    query.from = endpoint_v4(stranger, 40000);
    struct gate_judgement found = gate_judge(&query, &policy, noon, &question);
    ck_assert_int_eq(found.verdict, GATE_REFUSE);
    ck_assert_int_eq(found.rcode, RCODE_REFUSED);
    ck_assert_int_eq(found.why, WHY_NOT_ALLOWED);
    assert_name(&question.question.name, "www.example.");

    shape.tail = SPAN("junk"); /* whatever they send */
    query.message = message_of(&shape);
    ck_assert_int_eq(gate_judge(&query, &policy, noon, &question).why, WHY_NOT_ALLOWED);
}
END_TEST

START_TEST(only_snoop_may_ask_without_rd) /* SPEC R10, LIMITS H7 */
{
    const uint8_t trusted[] = { 192, 0, 2, 1 };
    struct shape shape = plain();
    struct client_question question;

    shape.flags = 0;
    struct query query = query_of(message_of(&shape), VIA_UDP);
    ck_assert_int_eq(gate_judge(&query, &policy, noon, &question).why, WHY_NOT_RECURSIVE);
    query.from = endpoint_v4(trusted, 40000);
    ck_assert_int_eq(gate_judge(&query, &policy, noon, &question).verdict, GATE_TAKE);
    ck_assert(!(question.header.flags & FLAG_RD));
}
END_TEST

START_TEST(services_that_answer_anything_get_no_answer) /* LIMITS F6 */
{
    struct shape shape = plain();
    struct query query = query_of(message_of(&shape), VIA_UDP);
    struct client_question question;

    for (unsigned port = 0; port <= UINT16_MAX; port++) {
        bool loops = port == 0 || port == 7 || port == 13 || port == 19 || port == 37;
        query.from.port = (uint16_t)port;
        ck_assert_msg((gate_judge(&query, &policy, noon, &question).verdict == GATE_DROP) == loops,
                      "port %u", port);
    }
    query.via = VIA_TCP;
    query.from.port = 19;
    ck_assert_int_eq(gate_judge(&query, &policy, noon, &question).verdict, GATE_TAKE);
}
END_TEST

/* RFC 7873 §5.2, RULINGS A37: not where they are off, and not where there is no secret. */
START_TEST(cookies_are_given_and_believed_where_there_are_any)
{
    struct policy with = policy;
    struct shape shape = plain();
    struct client_question question;
    struct prng prng;

    prng_seed_number(&prng, 1);
    with.cookies = _i != 1;
    if (_i != 2)
        cookie_secrets_draw(&with.cookie_secrets, &prng);
    shape.counts[3] = 1;
    shape.tail = SPAN(OPT_COOKIE);
    struct query query = query_of(message_of(&shape), VIA_UDP);
    ck_assert_int_eq(gate_judge(&query, &with, noon, &question).verdict, GATE_TAKE);
    ck_assert_int_eq(question.shown, _i == 0 ? SHOWN_COOKIE : SHOWN_NONE);
    ck_assert(!question.proven);
}
END_TEST

/* ---- all there is ---- */

static enum gate_verdict verdict_by_model(unsigned flags)
{
    if (flags & FLAG_QR)
        return GATE_DROP;
    return (flags >> 11 & 15) == OPCODE_QUERY && flags & FLAG_RD ? GATE_TAKE : GATE_REFUSE;
}

START_TEST(every_word_of_flags_is_judged_by_three_of_them) /* LIMITS F8: QR, opcode, RD */
{
    struct client_question question;

    for (unsigned flags = 0; flags <= UINT16_MAX; flags++) {
        struct shape shape = plain();
        shape.flags = (uint16_t)flags;
        ck_assert_msg(judge(&shape, VIA_UDP, &question).verdict == verdict_by_model(flags),
                      "flags %04x", flags);
        shape.counts[2] = 1;
        ck_assert_msg(judge(&shape, VIA_UDP, &question).verdict != GATE_TAKE, "flags %04x", flags);
    }
}
END_TEST

START_TEST(a_message_cut_short_is_never_taken)
{
    struct shape shape = plain();
    struct client_question question;

    shape.counts[3] = 1;
    shape.tail = SPAN(OPT_COOKIE);
    struct query query = query_of(message_of(&shape), VIA_UDP);
    for (size_t len = 0; len < query.message.len; len++) {
        struct query cut = query;
        cut.message.len = len;
        struct gate_judgement found = gate_judge(&cut, &policy, noon, &question);
        ck_assert_int_eq(found.verdict, len < HEADER_OCTETS ? GATE_DROP : GATE_REFUSE);
    }
    ck_assert_int_eq(gate_judge(&query, &policy, noon, &question).verdict, GATE_TAKE);
}
END_TEST

START_TEST(a_message_over_4096_octets_is_dropped) /* LIMITS F8 */
{
    static const uint8_t padding[4096];
    struct shape shape = plain();
    struct client_question question;
    size_t before = HEADER_OCTETS + 13 + 4;

    shape.tail = (struct bytes){ padding, CLIENT_QUERY_OCTETS_MAX - before };
    ck_assert_int_eq(judge(&shape, VIA_UDP, &question).verdict, GATE_REFUSE);
    shape.tail.len++;
    ck_assert_int_eq(judge(&shape, VIA_UDP, &question).verdict, GATE_DROP);
    ck_assert_int_eq(judge(&shape, VIA_TCP, &question).verdict, GATE_DROP);
}
END_TEST

/* The whole message is read, or the question is as good as none: nothing between. */
START_TEST(octets_at_random_do_no_harm)
{
    struct prng prng;
    struct client_question question;

    prng_seed_number(&prng, 8);
    for (unsigned i = 0; i < 200000; i++) {
        struct shape shape = plain();
        shape.counts[3] = 1;
        shape.tail = SPAN(OPT_COOKIE);
        struct query query = query_of(message_of(&shape), i & 1 ? VIA_UDP : VIA_TCP);
        for (unsigned hits = 1 + prng_below(&prng, 4); hits > 0; hits--)
            room[2 + prng_below(&prng, (uint32_t)query.message.len - 2)] = (uint8_t)prng_u16(&prng);
        struct gate_judgement found = gate_judge(&query, &policy, noon, &question);
        ck_assert(found.verdict != GATE_TAKE || question.question.name.len > 0);
        ck_assert(found.verdict == GATE_DROP || question.udp_octets >= 512);
    }
}
END_TEST

Suite *engine_gate_suite(void)
{
    Suite *suite = suite_create("engine/gate");
    TCase *taken = tcase_create("taken");
    TCase *not_taken = tcase_create("refused");
    TCase *all = tcase_create("all");
    tcase_add_test(taken, gate_judge_takes_a_plain_question);
    tcase_add_test(taken, gate_judge_reads_the_opt);
    tcase_add_loop_test(taken, gate_judge_knows_how_much_the_client_can_take, 0, COUNT(sizes));
    suite_add_tcase(suite, taken);
    tcase_add_loop_test(not_taken, gate_judge_refuses_odd_messages, 0, COUNT(refused));
    tcase_add_test(not_taken, any_over_udp_is_sent_to_tcp);
    tcase_add_test(not_taken, strangers_are_refused_with_their_question);
    tcase_add_test(not_taken, only_snoop_may_ask_without_rd);
    tcase_add_test(not_taken, services_that_answer_anything_get_no_answer);
    tcase_add_loop_test(not_taken, cookies_are_given_and_believed_where_there_are_any, 0, 3);
    suite_add_tcase(suite, not_taken);
    tcase_set_timeout(all, 20);
    tcase_add_test(all, gate_judge_takes_every_type_of_data_and_no_other);
    tcase_add_test(all, every_word_of_flags_is_judged_by_three_of_them);
    tcase_add_test(all, a_message_cut_short_is_never_taken);
    tcase_add_test(all, a_message_over_4096_octets_is_dropped);
    tcase_add_test(all, octets_at_random_do_no_harm);
    suite_add_tcase(suite, all);
    return suite;
}
