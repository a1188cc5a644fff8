#include "lib/engine/exchange.h"

#include <ctype.h>
#include <math.h>

#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct memory_fixture memory;
static struct exchange exchange;
static struct prng prng;
static uint8_t query[EXCHANGE_QUERY_OCTETS];
static uint8_t reply[512];

static void draw(const char *text)
{
    struct name name = name_of(text);
    exchange_draw(&exchange, &name, TYPE_AAAA, &prng);
}

static void set_up(void)
{
    memory = memory_fixture_up((size_t)1 << 20);
    prng_seed_number(&prng, 1);
    exchange = (struct exchange){ .mixed_case = true, .edns = EDNS_NORMAL };
    draw("www.example.");
}

static void tear_down(void)
{
    memory_fixture_down(memory);
}

/* ---- exchange_draw ---- */

START_TEST(only_the_case_of_letters_is_drawn) /* draft-vixie-dnsext-dns0x20 */
{
    struct name name = name_of("A-z0@[`{\\000\\200\\193.xn--Zz.ARPA.");

    for (unsigned i = 0; i < 1000; i++) {
        exchange_draw(&exchange, &name, TYPE_A, &prng);
        ck_assert(name_equal(&exchange.name, &name));
        ck_assert_uint_eq(exchange.name.labels, 3);
        ck_assert_uint_eq(exchange.type, TYPE_A);
    }
}
END_TEST

START_TEST(every_letter_takes_both_cases)
{
    bool seen[256] = { false };
    struct name name = name_of("abcdefghijklmnopqrstuvwxyz.");

    for (unsigned i = 0; i < 100; i++) {
        exchange_draw(&exchange, &name, TYPE_A, &prng);
        for (unsigned at = 1; at <= 26; at++)
            seen[exchange.name.octets[at]] = true;
    }
    for (unsigned letter = 'a'; letter <= 'z'; letter++)
        ck_assert(seen[letter] && seen[letter - 'a' + 'A']);
}
END_TEST

START_TEST(without_mixed_case_the_name_is_lowered)
{
    exchange.mixed_case = false;
    draw("WWW.Example.");
    assert_name(&exchange.name, "www.example.");
}
END_TEST

START_TEST(every_letter_of_the_longest_name_is_drawn_fairly) /* LIMITS A1, A5 */
{
    enum { DRAWS = 2000 };
    static unsigned upper[NAME_OCTETS_MAX];
    struct name name = { .len = 0 };
    uint8_t label[LABEL_OCTETS_MAX];

    memset(label, 'x', sizeof label);
    for (unsigned i = 0; i < 4; i++)
        ck_assert(name_push(&name, i < 3 ? 63 : 61, label));
    ck_assert(name_push(&name, 0, label));
    for (unsigned i = 0; i < DRAWS; i++) {
        exchange_draw(&exchange, &name, TYPE_A, &prng);
        for (unsigned at = 0; at < name.len; at++)
            upper[at] += exchange.name.octets[at] == 'X';
    }
    for (unsigned at = 0; at < name.len; at++) {
        bool letter = name.octets[at] == 'x';
        /* Five standard deviations: 250 letters fail it once in 10,000 seeds; ours is fixed. */
        ck_assert_msg(letter ? fabs(upper[at] - DRAWS / 2.0) < 5 * sqrt(DRAWS) / 2 : upper[at] == 0,
                      "octet %u: %u", at, upper[at]);
    }
}
END_TEST

START_TEST(ids_are_drawn_evenly) /* RFC 5452 §9.2, LIMITS A1: 65,536 ids, chi-square */
{
    enum { DRAWS = 1 << 20, IDS = 1 << 16 };
    static unsigned found[IDS];
    struct name name = name_of("a.");
    double chi_square = 0, expected = (double)DRAWS / IDS;

    for (unsigned i = 0; i < DRAWS; i++) {
        exchange_draw(&exchange, &name, TYPE_A, &prng);
        found[exchange.id]++;
    }
    for (unsigned i = 0; i < IDS; i++)
        chi_square += (found[i] - expected) * (found[i] - expected) / expected;
    /* IDS - 1 degrees of freedom; six standard deviations of sqrt(2 * IDS). */
    ck_assert(fabs(chi_square - IDS) < 6 * sqrt(2.0 * IDS));
}
END_TEST

/* ---- exchange_write ---- */

static const struct {
    enum exchange_edns edns;
    bool recursion_desired, checking_disabled;
    uint16_t flags, udp_octets;
} written[] = {
    { EDNS_NORMAL, false, false, 0, EDNS_UDP_OCTETS }, /* RFC 9715 §3.1 */
    { EDNS_NORMAL, true, false, FLAG_RD, EDNS_UDP_OCTETS },
    { EDNS_NORMAL, true, true, FLAG_RD | FLAG_CD, EDNS_UDP_OCTETS }, /* RFC 6840 §5.9 */
    { EDNS_SMALL, false, false, 0, 512 },
    { EDNS_NONE, false, false, 0, 0 },
};

START_TEST(exchange_write_asks_one_question_with_do) /* SPEC I10, RFC 4035 §3.2.1 */
{
    struct message message;

    exchange.edns = written[_i].edns;
    exchange.recursion_desired = written[_i].recursion_desired;
    exchange.checking_disabled = written[_i].checking_disabled;
    struct bytes octets = { query, exchange_write(&exchange, query) };
    ck_assert_int_eq(message_parse(octets, memory.arena, &message), ST_OK);
    ck_assert_uint_eq(message.header.id, exchange.id);
    ck_assert_uint_eq(message.header.flags, written[_i].flags);
    ck_assert(name_identical(&message.question.name, &exchange.name));
    ck_assert_uint_eq(message.question.type, TYPE_AAAA);
    ck_assert_uint_eq(message.question.class, CLASS_IN);
    ck_assert(message.edns.present == (written[_i].edns != EDNS_NONE));
    ck_assert(message.edns.dnssec_ok == message.edns.present);
    ck_assert_uint_eq(message.edns.udp_octets, written[_i].udp_octets);
    ck_assert_uint_eq(message.edns.option_count, 0);
}
END_TEST

START_TEST(the_longest_question_fits)
{
    uint8_t label[LABEL_OCTETS_MAX] = { 0 };
    struct name name = { .len = 0 };

    for (unsigned i = 0; i < 4; i++)
        ck_assert(name_push(&name, i < 3 ? 63 : 61, label));
    ck_assert(name_push(&name, 0, label));
    exchange_draw(&exchange, &name, TYPE_A, &prng);
    ck_assert_uint_eq(exchange_write(&exchange, query), EXCHANGE_QUERY_OCTETS);
}
END_TEST

/* ---- exchange_match ---- */

/* What comes back: header, the question `times` over, octets of data that nobody may look at. */
struct sent {
    uint16_t id, flags, questions;
    struct question question;
    unsigned times;
};

static struct sent good(void)
{
    return (struct sent){
        exchange.id, FLAG_QR | FLAG_AA, 1, { exchange.name, exchange.type, CLASS_IN }, 1
    };
}

static enum match match_of(const struct sent *sent)
{
    struct writer w;
    struct header header = { sent->id, sent->flags, { sent->questions, 7, 7, 7 } };

    writer_init(&w, reply, sizeof reply);
    header_write(&w, &header);
    for (unsigned i = 0; i < sent->times; i++)
        question_write(&w, &sent->question);
    writer_u32(&w, 0xDEADBEEF);
    return exchange_match(&exchange, (struct bytes){ reply, w.len });
}

START_TEST(an_answer_is_known_by_id_question_and_case) /* RFC 5452 §4.2, §9.1 */
{
    struct sent sent = good();

    ck_assert_int_eq(match_of(&sent), MATCH_ANSWER);
    sent.flags |= RCODE_NXDOMAIN;
    ck_assert_int_eq(match_of(&sent), MATCH_ANSWER);
    for (unsigned bit = 0; bit < 16; bit++) {
        sent = good();
        sent.id ^= (uint16_t)(1 << bit);
        ck_assert_int_eq(match_of(&sent), MATCH_WRONG);
        sent = good();
        sent.question.type ^= (uint16_t)(1 << bit);
        ck_assert_int_eq(match_of(&sent), MATCH_WRONG);
        sent = good();
        sent.question.class ^= (uint16_t)(1 << bit);
        ck_assert_int_eq(match_of(&sent), MATCH_WRONG);
    }
    sent = good();
    sent.question.name = name_of("www.example.org.");
    ck_assert_int_eq(match_of(&sent), MATCH_WRONG);
}
END_TEST

START_TEST(each_letter_of_another_case_is_seen) /* SPEC I3 */
{
    for (unsigned at = 0; at < exchange.name.len; at++) {
        struct sent sent = good();
        if (!isalpha(sent.question.name.octets[at]))
            continue;
        sent.question.name.octets[at] ^= 0x20;
        ck_assert_int_eq(match_of(&sent), MATCH_CASE);
        sent.flags |= FLAG_TC; /* even so */
        ck_assert_int_eq(match_of(&sent), MATCH_CASE);
        exchange.mixed_case = false; /* nothing was drawn, nothing is compared */
        ck_assert_int_eq(match_of(&sent), MATCH_TRUNCATED);
        sent.flags ^= FLAG_TC;
        ck_assert_int_eq(match_of(&sent), MATCH_ANSWER);
        exchange.mixed_case = true;
    }
}
END_TEST

START_TEST(over_tcp_another_case_is_noted_alone) /* LIMITS A5: it confirms that the server folds */
{
    struct sent sent = good();

    exchange.via = VIA_TCP;
    ck_assert_int_eq(match_of(&sent), MATCH_ANSWER);
    ck_assert(!exchange.folded);
    sent.question.name = name_lower(&sent.question.name);
    ck_assert_int_eq(match_of(&sent), MATCH_ANSWER);
    ck_assert(exchange.folded);
    sent.flags |= FLAG_TC;
    ck_assert_int_eq(match_of(&sent), MATCH_TRUNCATED);
    exchange.folded = exchange.mixed_case = false;
    ck_assert_int_eq(match_of(&sent), MATCH_TRUNCATED);
    ck_assert(!exchange.folded); /* nothing was drawn */
}
END_TEST

/* LIMITS A10, RULINGS A5. */
static enum match by_model(unsigned flags, unsigned questions)
{
    unsigned rcode = flags & 15;
    bool failure = rcode == RCODE_FORMERR || rcode == RCODE_SERVFAIL || rcode == RCODE_NOTIMP ||
                   rcode == RCODE_REFUSED;

    if (!(flags & FLAG_QR) || (flags >> 11 & 15) != OPCODE_QUERY || questions > 1)
        return MATCH_WRONG;
    if (flags & FLAG_TC)
        return MATCH_TRUNCATED;
    if (questions == 1)
        return MATCH_ANSWER;
    return failure ? MATCH_BARE : MATCH_WRONG;
}

START_TEST(all_words_of_flags_and_counts_of_questions) /* LIMITS A10 */
{
    static const uint16_t counts[] = { 0, 1, 2, 3, UINT16_MAX };

    for (unsigned i = 0; i < COUNT(counts); i++) {
        for (unsigned flags = 0; flags <= UINT16_MAX; flags++) {
            struct sent sent = good();
            sent.flags = (uint16_t)flags;
            sent.questions = counts[i];
            sent.times = counts[i] < 3 ? counts[i] : 3;
            ck_assert_msg(match_of(&sent) == by_model(flags, counts[i]), "%04x, %u questions",
                          flags, counts[i]);
        }
    }
}
END_TEST

START_TEST(a_bare_reply_needs_the_id_too)
{
    struct sent sent = {
        (uint16_t)(exchange.id + 1), FLAG_QR | RCODE_SERVFAIL, 0, { exchange.name, 1, 1 }, 0
    };
    ck_assert_int_eq(match_of(&sent), MATCH_WRONG);
    sent.id--;
    ck_assert_int_eq(match_of(&sent), MATCH_BARE);
}
END_TEST

START_TEST(a_reply_cut_short_matches_nothing)
{
    struct sent sent = good();
    size_t whole = HEADER_OCTETS + exchange.name.len + 4u;

    ck_assert_int_eq(match_of(&sent), MATCH_ANSWER);
    for (size_t len = 0; len < whole; len++) {
        uint8_t *exact = arena_copy(memory.arena, reply, len);
        ck_assert_int_eq(exchange_match(&exchange, (struct bytes){ exact, len }), MATCH_WRONG);
    }
    ck_assert_int_eq(exchange_match(&exchange, (struct bytes){ reply, whole }), MATCH_ANSWER);
}
END_TEST

START_TEST(a_question_that_is_a_pointer_is_not_ours) /* LIMITS G1 */
{
    struct sent sent = good();

    (void)match_of(&sent);
    memcpy(reply + HEADER_OCTETS, "\xC0\x0C\0\x1C\0\1", 6);
    ck_assert_int_eq(exchange_match(&exchange, (struct bytes){ reply, 100 }), MATCH_WRONG);
}
END_TEST

Suite *engine_exchange_suite(void)
{
    Suite *suite = suite_create("engine/exchange");
    TCase *draw_case = tcase_create("exchange_draw"), *write_case = tcase_create("exchange_write");
    TCase *match_case = tcase_create("exchange_match");
    tcase_add_checked_fixture(draw_case, set_up, tear_down);
    tcase_set_timeout(draw_case, 20);
    tcase_add_test(draw_case, only_the_case_of_letters_is_drawn);
    tcase_add_test(draw_case, every_letter_takes_both_cases);
    tcase_add_test(draw_case, without_mixed_case_the_name_is_lowered);
    tcase_add_test(draw_case, every_letter_of_the_longest_name_is_drawn_fairly);
    tcase_add_test(draw_case, ids_are_drawn_evenly);
    suite_add_tcase(suite, draw_case);
    tcase_add_checked_fixture(write_case, set_up, tear_down);
    tcase_add_loop_test(write_case, exchange_write_asks_one_question_with_do, 0, COUNT(written));
    tcase_add_test(write_case, the_longest_question_fits);
    suite_add_tcase(suite, write_case);
    tcase_add_checked_fixture(match_case, set_up, tear_down);
    tcase_set_timeout(match_case, 20);
    tcase_add_test(match_case, an_answer_is_known_by_id_question_and_case);
    tcase_add_test(match_case, each_letter_of_another_case_is_seen);
    tcase_add_test(match_case, over_tcp_another_case_is_noted_alone);
    tcase_add_test(match_case, all_words_of_flags_and_counts_of_questions);
    tcase_add_test(match_case, a_bare_reply_needs_the_id_too);
    tcase_add_test(match_case, a_reply_cut_short_matches_nothing);
    tcase_add_test(match_case, a_question_that_is_a_pointer_is_not_ours);
    suite_add_tcase(suite, match_case);
    return suite;
}
