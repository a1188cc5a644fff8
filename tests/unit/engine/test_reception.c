/* Clients at the door: what proves their address, who is never answered, what is refused how. */
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "tests/unit/engine/hostile_test.h"
#include "tests/unit/wire/wire_test.h"

enum { NOON = 1700000000, COOKIE_AT_LEAST = 8 };

#define CLIENT_COOKIE                                                                              \
    "\0\12\0\10"                                                                                   \
    "12345678"

static struct action action;
static struct message parsed;
static struct endpoint client;
static enum transport via;
static uint32_t idle_ms;
static int64_t wall;
static uint8_t octets[512], cookie[COOKIE_OCTETS];
static size_t asked_octets;

static void client_is(const char *address)
{
    ck_assert_int_eq(endpoint_parse(address, 40000, &client), ST_OK);
}

static void set_up(void)
{
    hostile_up();
    ck_assert_int_eq(
        cookie_secrets_read(&net.policy->cookie_secrets, SPAN("e5e973e5a6b2a43f48e7dc849e37bfcf")),
        ST_OK);
    net.policy->limits.jobs = 0; /* what is taken is answered at once: SERVFAIL, too many */
    client_is("127.0.0.1");
    via = VIA_UDP;
    idle_ms = 10000;
    wall = NOON;
}

static void say(struct bytes message)
{
    struct event event = { .kind = EVENT_QUERY,
                           .now = net.now,
                           .wall = { wall },
                           .query = { .from = client,
                                      .via = via,
                                      .idle_ms = idle_ms,
                                      .message = message,
                                      .room = { net.room, EDNS_UDP_OCTETS } } };

    asked_octets = message.len;
    arena_reset(net.arena);
    engine_handle(net.engine, &event);
    ck_assert(engine_next(net.engine, &action));
    if (action.kind == ACTION_ANSWER)
        ck_assert_int_eq(message_parse(action.answer.message, net.arena, &parsed), ST_OK);
}

/* A question, or none where `name` is NULL, with these options. */
static void ask_with(const char *name, uint16_t type, struct bytes options)
{
    struct header header = { .id = 7, .flags = FLAG_RD, .counts = { name != NULL, 0, 0, 1 } };
    struct writer w;

    writer_init(&w, octets, sizeof octets);
    header_write(&w, &header);
    if (name) {
        struct question question = { name_of(name), type, CLASS_IN };
        question_write(&w, &question);
    }
    writer_octets(&w, SPAN("\0\0\x29\4\xD0\0\0\0\0"));
    writer_u16(&w, (uint16_t)options.len);
    writer_octets(&w, options);
    ck_assert(!w.failed);
    say((struct bytes){ octets, w.len });
}

/* Keeps what came back, to be shown again. */
static struct bytes cookie_option(void)
{
    static uint8_t option[4 + COOKIE_OCTETS] = { 0, OPTION_COOKIE, 0, COOKIE_OCTETS };

    ck_assert_uint_eq(parsed.edns.cookie.len, COOKIE_OCTETS);
    memcpy(cookie, parsed.edns.cookie.at, COOKIE_OCTETS);
    memcpy(option + 4, cookie, COOKIE_OCTETS);
    return (struct bytes){ option, sizeof option };
}

static bool is_answered(unsigned rcode)
{
    return action.kind == ACTION_ANSWER && message_rcode(&parsed) == rcode;
}

/* LIMITS 4.2: by a cookie it is, whoever answers: the local names too. */
START_TEST(who_is_proven_is_so_for_names_that_are_answered_here)
{
    ask_with("localhost.", TYPE_A, SPAN(CLIENT_COOKIE));
    ck_assert(is_answered(RCODE_NOERROR) && !action.answer.proven);
    struct bytes option = cookie_option();
    ask_with("localhost.", TYPE_A, option);
    ck_assert(is_answered(RCODE_NOERROR) && action.answer.proven);
}
END_TEST

/* ---- keepalive ---- */

START_TEST(who_asks_over_tcp_is_told_how_long_it_may_rest) /* RFC 7828 §3.2.1, §3.3.2 */
{
    const struct bytes keepalive = SPAN("\0\13\0\0");
    via = VIA_TCP;
    ask_with("www.example.", TYPE_A, keepalive);
    ck_assert(is_answered(RCODE_SERVFAIL) && parsed.edns.has_keepalive);
    ck_assert_ptr_nonnull(memmem(action.answer.message.at, action.answer.message.len,
                                 "\0\13\0\2\0\x64", 6)); /* ten seconds */
    idle_ms = 200;                                       /* LIMITS F9: over four fifths */
    ask_with("www.example.", TYPE_A, keepalive);
    ck_assert_ptr_nonnull(
        memmem(action.answer.message.at, action.answer.message.len, "\0\13\0\2\0\2", 6));
    ask_with("www.example.", TYPE_A, SPAN(""));
    ck_assert(!parsed.edns.has_keepalive);
    via = VIA_UDP;
    ask_with("www.example.", TYPE_A, keepalive);
    ck_assert(is_answered(RCODE_SERVFAIL) && !parsed.edns.has_keepalive);
}
END_TEST

/* ---- cookies ---- */

START_TEST(a_client_that_shows_its_cookie_is_proven) /* RFC 7873 §5.2, LIMITS 4.2 */
{
    ask_with("www.example.", TYPE_A, SPAN(CLIENT_COOKIE));
    ck_assert(is_answered(RCODE_SERVFAIL) && !action.answer.proven);
    struct bytes option = cookie_option();
    ck_assert_mem_eq(cookie, "12345678", COOKIE_AT_LEAST);
    ask_with("www.example.", TYPE_A, option);
    ck_assert(is_answered(RCODE_SERVFAIL) && action.answer.proven);
    ck_assert_mem_eq(parsed.edns.cookie.at, cookie, COOKIE_OCTETS);

    client_is("127.0.0.2"); /* somebody else's */
    ask_with("www.example.", TYPE_A, option);
    ck_assert(is_answered(RCODE_SERVFAIL) && !action.answer.proven);
    ck_assert_mem_ne(parsed.edns.cookie.at, cookie, COOKIE_OCTETS);
    client_is("127.0.0.1");
    wall = NOON + COOKIE_LIFE_S + 1;
    ask_with("www.example.", TYPE_A, option);
    ck_assert(!action.answer.proven && parsed.edns.cookie.len == COOKIE_OCTETS);
}
END_TEST

START_TEST(over_tcp_a_client_is_proven_and_learns_its_cookie)
{
    via = VIA_TCP;
    ask_with("www.example.", TYPE_A, SPAN(CLIENT_COOKIE));
    ck_assert(action.answer.proven);
    struct bytes option = cookie_option();
    via = VIA_UDP;
    ask_with("www.example.", TYPE_A, option);
    ck_assert(action.answer.proven);
}
END_TEST

START_TEST(a_proven_client_gets_any_over_udp) /* RULINGS A40, LIMITS F7 */
{
    ask_with("www.example.", TYPE_ANY, SPAN(CLIENT_COOKIE));
    ck_assert(is_answered(RCODE_NOERROR) && parsed.header.flags & FLAG_TC);
    ck_assert_uint_le(action.answer.message.len, asked_octets);
    ck_assert(!parsed.edns.has_cookie); /* it gets that over TCP */
    ask_with("www.example.", TYPE_A, SPAN(CLIENT_COOKIE));
    ask_with("www.example.", TYPE_ANY, cookie_option());
    ck_assert(is_answered(RCODE_SERVFAIL)); /* taken: no place for it, here */
}
END_TEST

START_TEST(who_asks_for_a_cookie_alone_gets_it) /* RFC 7873 §5.4, RULINGS A37 */
{
    ask_with(NULL, 0, SPAN(CLIENT_COOKIE));
    ck_assert(is_answered(RCODE_NOERROR) && parsed.header.counts[0] == 0);
    ck_assert_uint_eq(action.answer.message.len, HEADER_OCTETS + 11 + 4 + COOKIE_OCTETS);
    struct bytes option = cookie_option();
    ask_with(NULL, 0, option);
    ck_assert(is_answered(RCODE_NOERROR) && action.answer.proven);
    wall = NOON + COOKIE_LIFE_S + 1;
    ask_with(NULL, 0, option);
    ck_assert(is_answered(RCODE_BADCOOKIE) && !action.answer.proven);
    ask_with(NULL, 0, cookie_option()); /* it came with the error */
    ck_assert(is_answered(RCODE_NOERROR) && action.answer.proven);
    ask_with(NULL, 0, SPAN("\0\3\0\0"));
    ck_assert(is_answered(RCODE_FORMERR));
}
END_TEST

START_TEST(what_became_of_cookies_is_counted)
{
    const struct metrics *metrics = &net.metrics;

    ask_with("www.example.", TYPE_A, SPAN(""));
    ck_assert_uint_eq(metrics->cookies_first + metrics->cookies_ours + metrics->cookies_other, 0);
    ask_with("www.example.", TYPE_A, SPAN(CLIENT_COOKIE));
    ck_assert_uint_eq(metrics->cookies_first, 1);
    struct bytes option = cookie_option();
    ask_with("www.example.", TYPE_A, option);
    via = VIA_TCP;
    ask_with(NULL, 0, option);
    ck_assert_uint_eq(metrics->cookies_ours, 2);
    client_is("127.0.0.2"); /* whose it is not */
    ask_with("www.example.", TYPE_A, option);
    ck_assert_uint_eq(metrics->cookies_other, 1);
    ck_assert_uint_eq(metrics->cookies_first + metrics->cookies_ours, 3);
    net.policy->cookies = false;
    ask_with("www.example.", TYPE_A, option);
    ck_assert_uint_eq(metrics->cookies_first + metrics->cookies_ours + metrics->cookies_other, 4);
}
END_TEST

START_TEST(without_cookies_the_option_is_one_that_nobody_knows)
{
    ask_with("www.example.", TYPE_A, SPAN(CLIENT_COOKIE));
    struct bytes option = cookie_option();
    net.policy->cookies = false;
    ask_with("www.example.", TYPE_A, option);
    ck_assert(!action.answer.proven && !parsed.edns.has_cookie);
    ask_with(NULL, 0, option);
    ck_assert(is_answered(RCODE_FORMERR));
    net.policy->cookies = true;
    net.policy->cookie_secrets.count = 0;
    ask_with("www.example.", TYPE_A, option);
    ck_assert(!action.answer.proven && !parsed.edns.has_cookie);
}
END_TEST

START_TEST(a_refusal_gives_no_cookie_that_makes_it_longer) /* LIMITS 4.2 */
{
    client_is("192.0.2.1");
    ask_with("www.example.", TYPE_A, SPAN(CLIENT_COOKIE));
    ck_assert(is_answered(RCODE_REFUSED) && !parsed.edns.has_cookie);
    ck_assert_uint_le(action.answer.message.len, asked_octets);
}
END_TEST

/* ---- who is never answered ---- */

START_TEST(our_own_doors_ask_nothing) /* LIMITS F6 */
{
    struct endpoint door;

    ck_assert_int_eq(endpoint_parse("127.0.0.1:53", 0, &door), ST_OK);
    ck_assert_int_eq(policy_add_own(net.policy, &door), ST_OK);
    client = door;
    ask_with("www.example.", TYPE_A, SPAN(""));
    ck_assert_int_eq(action.kind, ACTION_DROP);
    client.port = 54;
    ask_with("www.example.", TYPE_A, SPAN(""));
    ck_assert_int_eq(action.kind, ACTION_ANSWER);
    client = door;
    via = VIA_TCP; /* nobody forges that */
    ask_with("www.example.", TYPE_A, SPAN(""));
    ck_assert_int_eq(action.kind, ACTION_ANSWER);
}
END_TEST

START_TEST(kpasswd_gets_answers_but_no_error) /* LIMITS F6 */
{
    client.port = 464;
    ask_with("www.example.", TYPE_A, SPAN("")); /* SERVFAIL */
    ck_assert_int_eq(action.kind, ACTION_DROP);
    ask_with("www.example.", TYPE_AXFR, SPAN(""));
    ck_assert_int_eq(action.kind, ACTION_DROP);
    ask_with("www.example.", TYPE_ANY, SPAN(""));
    ck_assert(is_answered(RCODE_NOERROR) && parsed.header.flags & FLAG_TC);
    via = VIA_TCP;
    ask_with("www.example.", TYPE_AXFR, SPAN(""));
    ck_assert(is_answered(RCODE_NOTIMP));
}
END_TEST

/* ---- refusals ---- */

START_TEST(a_hundred_refusals_a_second_then_silence) /* LIMITS F5 */
{
    client_is("192.0.2.1");
    for (unsigned i = 0; i < 200; i++) {
        ask_with("www.example.", TYPE_A, SPAN(""));
        ck_assert_msg(action.kind == (i < 100 ? ACTION_ANSWER : ACTION_DROP), "%u", i);
    }
    net.now = instant_after_ms(net.now, 999);
    ask_with("www.example.", TYPE_A, SPAN(""));
    ck_assert_int_eq(action.kind, ACTION_DROP);
    net.now = instant_after_ms(net.now, 1);
    ask_with("www.example.", TYPE_A, SPAN(""));
    ck_assert(is_answered(RCODE_REFUSED));
}
END_TEST

START_TEST(errors_that_strangers_used_up_were_their_own)
{
    client_is("192.0.2.1");
    for (unsigned i = 0; i < 200; i++)
        ask_with("www.example.", TYPE_A, SPAN(""));
    ck_assert_int_eq(action.kind, ACTION_DROP);
    via = VIA_TCP; /* nobody forges that */
    ask_with("www.example.", TYPE_A, SPAN(""));
    ck_assert(is_answered(RCODE_REFUSED));
    via = VIA_UDP;
    client_is("127.0.0.1");
    for (unsigned i = 0; i < 200; i++) { /* who is let in has as many again */
        ask_with("www.example.", TYPE_AXFR, SPAN(""));
        ck_assert_msg(action.kind == (i < 100 ? ACTION_ANSWER : ACTION_DROP), "%u", i);
    }
    ask_with(NULL, 0, SPAN(CLIENT_COOKIE));
    ck_assert(is_answered(RCODE_NOERROR));
}
END_TEST

START_TEST(one_line_in_30_s_tells_of_strangers) /* RULINGS A41, LIMITS H6 */
{
    static char lines[8192];
    int file = memfd_create("log", 0);

    log_pretend(net.now, (struct unixtime){ NOON });
    ck_assert_int_eq(log_start(file), ST_OK);
    for (unsigned i = 0; i < 61; i++) {
        client_is(i % 2 ? "198.51.100.7" : "198.51.100.8");
        ask_with("www.example.", TYPE_A, SPAN(""));
        client_is("192.168.1.7");
        ask_with("www.example.", TYPE_A, SPAN(""));
        net.now = instant_after_ms(net.now, 500);
        log_pretend(net.now, (struct unixtime){ NOON });
    }
    log_drain();
    ssize_t len = pread(file, lines, sizeof lines - 1, 0);
    ck_assert_int_gt(len, 0);
    lines[len] = '\0';
    unsigned count = 0;
    for (const char *at = lines; (at = strstr(at, "refused ")); at++)
        count++;
    ck_assert_msg(count == 4, "%u lines: %s", count, lines);
    ck_assert_ptr_nonnull(
        strstr(lines, "refused 198.51.100.8:40000: not in access.allow; `local`"));
    ck_assert_ptr_nonnull(strstr(lines, "refused 192.168.1.7:40000"));
    log_stop();
    close(file);
}
END_TEST

Suite *engine_reception_suite(void)
{
    Suite *suite = suite_create("engine/reception");
    TCase *cookies = tcase_create("cookies");
    TCase *others = tcase_create("others");

    tcase_add_checked_fixture(cookies, set_up, hostile_down);
    tcase_add_test(cookies, who_is_proven_is_so_for_names_that_are_answered_here);
    tcase_add_test(cookies, who_asks_over_tcp_is_told_how_long_it_may_rest);
    tcase_add_test(cookies, a_client_that_shows_its_cookie_is_proven);
    tcase_add_test(cookies, over_tcp_a_client_is_proven_and_learns_its_cookie);
    tcase_add_test(cookies, a_proven_client_gets_any_over_udp);
    tcase_add_test(cookies, who_asks_for_a_cookie_alone_gets_it);
    tcase_add_test(cookies, what_became_of_cookies_is_counted);
    tcase_add_test(cookies, without_cookies_the_option_is_one_that_nobody_knows);
    tcase_add_test(cookies, a_refusal_gives_no_cookie_that_makes_it_longer);
    suite_add_tcase(suite, cookies);
    tcase_add_checked_fixture(others, set_up, hostile_down);
    tcase_add_test(others, our_own_doors_ask_nothing);
    tcase_add_test(others, kpasswd_gets_answers_but_no_error);
    tcase_add_test(others, a_hundred_refusals_a_second_then_silence);
    tcase_add_test(others, errors_that_strangers_used_up_were_their_own);
    tcase_add_test(others, one_line_in_30_s_tells_of_strangers);
    suite_add_tcase(suite, others);
    return suite;
}
