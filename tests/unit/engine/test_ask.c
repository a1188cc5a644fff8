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

Suite *engine_ask_suite(void)
{
    Suite *suite = suite_create("engine/ask");
    TCase *addresses = tcase_create("addresses");

    tcase_add_checked_fixture(addresses, hostile_up, hostile_down);
    tcase_add_loop_test(addresses, the_keys_are_asked_for_at_another_address_than_the_question, 0,
                        RUNS);
    suite_add_tcase(suite, addresses);
    return suite;
}
