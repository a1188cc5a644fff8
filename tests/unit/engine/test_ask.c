/* Whom the engine asks, seen from the servers: which address gets which question. */
#include "lib/engine/state.h"
#include "tests/unit/engine/hostile_test.h"

enum { RUNS = 32 };

/* A zone that its referral shows to be signed; its keys are asked for beside the question. */
static const struct row signed_zone[] = {
    { "20.0.0.1:53", ".", "", 0 },
    { "20.0.0.1:53", "victim.",
      "au victim. 3600 IN NS n1.victim.;au victim. 3600 IN NS n2.victim.;"
      "au victim. 3600 IN DS 1 13 2 "
      "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff;"
      "ad n1.victim. 3600 IN A 20.0.0.3;ad n2.victim. 3600 IN A 20.0.0.4",
      0 },
    { "20.0.0.3:53", "www.victim.", "an www.victim. 60 IN A 20.9.9.9", 0 },
    { "20.0.0.4:53", "www.victim.", "an www.victim. 60 IN A 20.9.9.9", 0 },
    { "20.0.0.3:53", "victim.", "", 0 },
    { "20.0.0.4:53", "victim.", "", 0 },
    { .server = NULL },
};

/* The first question of that name to one of the zone's own servers. */
static const char *first_sent(const char *name)
{
    for (unsigned i = 0; i < net.send_count; i++)
        if (strncmp(net.sends[i], "20.0.0.1:", 9) != 0 &&
            strcmp(strchr(net.sends[i], ' ') + 1, name) == 0)
            return net.sends[i];
    ck_abort_msg("%s was never asked for", name);
    return NULL;
}

/* RULINGS A29: a second round trip is measured, and one dead server does not stall both. */
START_TEST(the_keys_are_asked_for_at_another_address_than_the_question)
{
    net.rows = signed_zone;
    net.policy->dnssec = DNSSEC_VALIDATE;
    prng_seed_number(&net.engine->prng, (uint64_t)_i);
    ask("www.victim.");
    const char *question = first_sent("www.victim."), *keys = first_sent("victim.");
    ck_assert_msg(strncmp(question, keys, sizeof "20.0.0.3" - 1) != 0, "%s, %s", question, keys);
}
END_TEST

/* RULINGS A29, SPEC V22: they are when it comes to a proof. */
START_TEST(no_keys_are_asked_for_ahead_where_bogus_is_only_logged)
{
    net.rows = signed_zone;
    net.policy->dnssec = DNSSEC_LOG_ONLY;
    ask("www.victim.");
    ck_assert_ptr_nonnull(strstr(net.sends[0], " victim."));
    ck_assert_ptr_nonnull(strstr(net.sends[1], " www.victim."));
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
}
END_TEST

/* ---- who failed lately (SPEC I18, RULINGS A10) ---- */

#define TWO_SERVERS                                                                                \
    {                                                                                              \
        "20.0.0.1:53", "victim.",                                                                  \
            "au victim. 3600 IN NS n1.victim.;au victim. 3600 IN NS n2.victim.;"                   \
            "ad n1.victim. 3600 IN A 20.0.0.3;ad n2.victim. 3600 IN A 20.0.0.4",                   \
            0                                                                                      \
    }
#define SOUND(name)                                                                                \
    {                                                                                              \
        "20.0.0.4:53", name, "an " name " 1 IN A 20.9.9.9", 0                                      \
    }
#define LAME(name, says)                                                                           \
    {                                                                                              \
        "20.0.0.3:53", name, says, 0                                                               \
    }
#define ZONE_OF_A_LAME_SERVER(says)                                                                \
    {                                                                                              \
        TWO_SERVERS, SOUND("a.victim."), SOUND("b.victim."), SOUND("c.victim."),                   \
            LAME("a.victim.", says), LAME("b.victim.", says), LAME("c.victim.", says),             \
        {                                                                                          \
            .server = NULL                                                                         \
        }                                                                                          \
    }

static const struct row lame_zones[][8] = {
    ZONE_OF_A_LAME_SERVER("au . 3600 IN NS a.root."),
    ZONE_OF_A_LAME_SERVER("refused"),
    ZONE_OF_A_LAME_SERVER("ra;an c.victim. 1 IN A 20.9.9.8"),
};

static void let_pass(uint64_t s)
{
    net.now = instant_after_s(net.now, s);
}

static unsigned count_sent(const char *send)
{
    unsigned count = 0;
    for (unsigned i = 0; i < net.send_count; i++)
        count += strcmp(net.sends[i], send) == 0;
    return count;
}

/* Asked until the lame server was asked first; where chance does not will it, never. */
static bool met_the_lame_one(void)
{
    ask("a.victim.");
    return was_sent("20.0.0.3:53 a.victim.");
}

START_TEST(a_server_lame_for_a_zone_is_not_asked_first_for_its_time)
{
    net.rows = lame_zones[_i % 3];
    prng_seed_number(&net.engine->prng, (uint64_t)_i / 3);
    if (!met_the_lame_one())
        return;
    ask("b.victim.");
    ck_assert(!was_sent("20.0.0.3:53 b.victim."));
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
}
END_TEST

/* Its own failures are soft: where the others are silent it is asked all the same. */
START_TEST(a_lame_server_is_asked_when_nobody_else_answers)
{
    static const struct row rows[] = { TWO_SERVERS,
                                       LAME("a.victim.", "refused"),
                                       SOUND("a.victim."),
                                       LAME("b.victim.", "an b.victim. 60 IN A 20.9.9.9"),
                                       { .server = NULL } };
    net.rows = rows;
    prng_seed_number(&net.engine->prng, (uint64_t)_i);
    if (!met_the_lame_one())
        return;
    ask("b.victim.");
    ck_assert(was_sent("20.0.0.4:53 b.victim."));
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
}
END_TEST

/* RFC 9520 §2.1: SERVFAIL is of that question, and of no other. */
START_TEST(a_server_that_failed_at_a_question_is_not_asked_it_first_for_its_time)
{
    static const struct row rows[] = { TWO_SERVERS,
                                       LAME("a.victim.", "servfail"),
                                       SOUND("a.victim."),
                                       SOUND("b.victim."),
                                       LAME("b.victim.", "an b.victim. 60 IN A 20.9.9.9"),
                                       { .server = NULL } };
    net.rows = rows;
    prng_seed_number(&net.engine->prng, (uint64_t)_i);
    if (!met_the_lame_one())
        return;
    let_pass(2); /* the answer's TTL is over, the failure's time is not */
    ask("a.victim.");
    ck_assert_uint_eq(count_sent("20.0.0.3:53 a.victim."), 1);
    ck_assert_uint_eq(count_sent("20.0.0.4:53 a.victim."), 2);
}
END_TEST

/* RULINGS A23: a message that never left, or that ICMP sent back, changes no server's state. */
START_TEST(who_did_not_speak_has_not_failed)
{
    struct infra infra;

    struct endpoint server = endpoint_of("20.0.0.3");
    net.rows = &(const struct row){ .server = NULL };
    ask("a.victim.");
    infra_cache_get(net.caches->infra, &server, net.now, &infra);
    ck_assert_uint_eq(infra.fails_until.ns, 0);
}
END_TEST

/* RULINGS A5: without its question a reply acts on its exchange alone, and teaches nothing. */
START_TEST(a_bare_reply_teaches_nothing_of_its_server)
{
    static const struct row rows[2][4] = {
        { TWO_SERVERS, LAME("a.victim.", "bare;refused"), SOUND("a.victim."), { .server = NULL } },
        { TWO_SERVERS, LAME("a.victim.", "bare;servfail"), SOUND("a.victim."), { .server = NULL } },
    };
    struct infra infra;

    struct endpoint server = endpoint_of("20.0.0.3");
    net.rows = rows[_i % 2];
    prng_seed_number(&net.engine->prng, (uint64_t)_i);
    if (!met_the_lame_one())
        return;
    infra_cache_get(net.caches->infra, &server, net.now, &infra);
    ck_assert_uint_eq(infra.srtt_us, 0);
    ck_assert_uint_eq(infra.fails_until.ns, 0);
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    /* Neither is a reason to ask without EDNS: FORMERR and NOTIMP are. */
    ck_assert_uint_eq(count_sent("20.0.0.3:53 a.victim."), 1);
}
END_TEST

/* RULINGS A5: FORMERR, bare too, is answered without EDNS; what then works is remembered. */
START_TEST(no_edns_is_remembered_once_the_plain_question_worked)
{
    static const struct row rows[] = {
        { "20.0.0.1:53", "victim.",
          "au victim. 3600 IN NS n1.victim.;ad n1.victim. 3600 IN A 20.0.0.3", 0 },
        { "20.0.0.3:53", "a.victim.", "bare;formerr|an a.victim. 1 IN A 20.9.9.9", 0 },
        { "20.0.0.3:53", "b.victim.", "an b.victim. 1 IN A 20.9.9.9", 0 },
        { .server = NULL },
    };
    struct name zone;

    struct endpoint server = endpoint_of("20.0.0.3");
    zone = name_of("victim.");
    net.rows = rows;
    ask("a.victim.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert(infra_cache_lacks_edns(net.caches->infra, &server, &zone, net.now));
    let_pass(600);
    ask("b.victim."); /* which says nothing new of EDNS */
    let_pass(301);
    ck_assert(!infra_cache_lacks_edns(net.caches->infra, &server, &zone, net.now));
}
END_TEST

/* The first questions of a walk must not use up the tries of the next: RULINGS A7 counts them for
 * each question by itself. */
START_TEST(each_question_has_tries_of_its_own)
{
    static const struct row rows[] = {
        { "20.0.0.1:53", "victim.",
          "au victim. 3600 IN NS n1.victim.;ad n1.victim. 3600 IN A 20.0.0.3", 0 },
        { "20.0.0.3:53", "ent.victim.", "au victim. 60 IN SOA . . 1 2 3 4 60", 700 },
        { "20.0.0.3:53", "www.ent.victim.", "an www.ent.victim. 60 IN A 20.9.9.9", 0 },
        { .server = NULL },
    };
    net.rows = rows;
    net.policy->limits.resends = 1;
    ask("www.ent.victim.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
}
END_TEST

Suite *engine_ask_suite(void)
{
    Suite *suite = suite_create("engine/ask");
    TCase *addresses = tcase_create("addresses"), *failures = tcase_create("failures");

    tcase_add_checked_fixture(addresses, hostile_up, hostile_down);
    tcase_add_loop_test(addresses, the_keys_are_asked_for_at_another_address_than_the_question, 0,
                        RUNS);
    tcase_add_test(addresses, no_keys_are_asked_for_ahead_where_bogus_is_only_logged);
    suite_add_tcase(suite, addresses);
    tcase_add_checked_fixture(failures, hostile_up, hostile_down);
    tcase_add_loop_test(failures, a_server_lame_for_a_zone_is_not_asked_first_for_its_time, 0,
                        3 * RUNS);
    tcase_add_loop_test(failures, a_lame_server_is_asked_when_nobody_else_answers, 0, RUNS);
    tcase_add_loop_test(
        failures, a_server_that_failed_at_a_question_is_not_asked_it_first_for_its_time, 0, RUNS);
    tcase_add_test(failures, who_did_not_speak_has_not_failed);
    tcase_add_loop_test(failures, a_bare_reply_teaches_nothing_of_its_server, 0, 2 * RUNS);
    tcase_add_test(failures, no_edns_is_remembered_once_the_plain_question_worked);
    tcase_add_test(failures, each_question_has_tries_of_its_own);
    suite_add_tcase(suite, failures);
    return suite;
}
