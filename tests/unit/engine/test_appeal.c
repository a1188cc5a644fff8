/* Who is asked before what one server says counts: the others, once their addresses are known. */
#include "lib/engine/state.h"
#include "tests/unit/engine/hostile_test.h"

enum { RUNS = 16 };

/* The address of one server comes with the referral; it is a resolver that was never told of the
 * zone. The other one's takes three questions to find. */
#define LAME_ONE(says)                                                                             \
    { "20.0.0.1:53", "victim.",                                                                    \
      "au victim. 3600 IN NS n1.victim.;au victim. 3600 IN NS n2.far.;"                            \
      "ad n1.victim. 3600 IN A 20.0.0.3",                                                          \
      0 },                                                                                         \
        { "20.0.0.3:53", "www.victim.", says, 0 },                                                 \
    {                                                                                              \
        "20.0.0.1:53", "far.", "au far. 3600 IN NS n.far.;ad n.far. 3600 IN A 20.0.0.5", 0         \
    }

#define SOUND_ONE                                                                                  \
    { "20.0.0.5:53", "n2.far.", "an n2.far. 3600 IN A 20.0.0.4", 200 },                            \
    {                                                                                              \
        "20.0.0.4:53", "www.victim.", "an www.victim. 60 IN A 20.9.9.9", 0                         \
    }

static const struct row lame_and_sound[][6] = {
    { LAME_ONE("ra;an www.victim. 60 IN A 20.6.6.6"), SOUND_ONE, { .server = NULL } },
    { LAME_ONE("refused"), SOUND_ONE, { .server = NULL } },
    { LAME_ONE("servfail"), SOUND_ONE, { .server = NULL } },
};

/* RULINGS A10: recursion-lame, used only if there is no other server. */
START_TEST(a_lame_server_counts_only_when_no_other_can_be_found)
{
    net.rows = lame_and_sound[_i % 3];
    prng_seed_number(&net.engine->prng, (uint64_t)_i);
    ask("www.victim.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert(was_sent("20.0.0.4:53 www.victim."));
}
END_TEST

START_TEST(a_lame_server_is_believed_when_the_others_have_no_address)
{
    static const struct row rows[] = { LAME_ONE("ra;an www.victim. 60 IN A 20.6.6.6"),
                                       { "20.0.0.5:53", "n2.far.", "nx", 0 },
                                       { .server = NULL } };
    net.rows = rows;
    ask("www.victim.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert(was_sent("20.0.0.5:53 n2.far."));
}
END_TEST

/* RULINGS A10, LIMITS B2: never for NS. Where it refers to nobody goes. */
START_TEST(a_lame_server_refers_nobody)
{
    static const struct row rows[] = {
        LAME_ONE(""),
        { "20.0.0.5:53", "n2.far.", "nx", 0 },
        { "20.0.0.3:53", "sub.victim.",
          "ra;au sub.victim. 3600 IN NS n.sub.victim.;ad n.sub.victim. 3600 IN A 20.0.0.6", 0 },
        { "20.0.0.6:53", "www.sub.victim.", "an www.sub.victim. 60 IN A 20.6.6.6", 0 },
        { .server = NULL },
    };
    net.rows = rows;
    ask("www.sub.victim.");
    ck_assert(was_sent("20.0.0.3:53 sub.victim."));
    ck_assert(!was_sent("20.0.0.6:53 www.sub.victim."));
    ck_assert_uint_eq(net.rcode, RCODE_SERVFAIL);
}
END_TEST

/* RULINGS A10, RFC 2308 §3: a second like it is believed. One says that the name is empty, another
 * that it is none: they are not alike, and the third is asked. */
START_TEST(replies_that_are_empty_in_two_ways_are_not_alike)
{
    static const struct row rows[] = {
        { "20.0.0.1:53", "victim.",
          "au victim. 3600 IN NS n1.victim.;au victim. 3600 IN NS n2.victim.;"
          "au victim. 3600 IN NS n3.victim.;ad n1.victim. 3600 IN A 20.0.0.3;"
          "ad n2.victim. 3600 IN A 20.0.0.4;ad n3.victim. 3600 IN A 20.0.0.5",
          0 },
        { "20.0.0.3:53", "www.victim.", "", 0 },
        { "20.0.0.4:53", "www.victim.", "nx", 0 },
        { "20.0.0.5:53", "www.victim.", "an www.victim. 60 IN A 20.9.9.9", 0 },
        { .server = NULL },
    };
    net.rows = rows;
    prng_seed_number(&net.engine->prng, (uint64_t)_i);
    ask("www.victim.");
    ck_assert_uint_eq(net.records, 1);
}
END_TEST

/* RULINGS A11: so many names that fail, and no more, whatever is still hoped for. */
START_TEST(no_more_names_are_looked_up_than_may_fail)
{
    static const struct row rows[] = {
        { "20.0.0.1:53", "victim.",
          "au victim. 60 IN NS n1.victim.;"
          "au victim. 60 IN NS n.a.;au victim. 60 IN NS n.b.;au victim. 60 IN NS n.c.;"
          "au victim. 60 IN NS n.d.;au victim. 60 IN NS n.e.;au victim. 60 IN NS n.f.;"
          "au victim. 60 IN NS n.g.;au victim. 60 IN NS n.h.;au victim. 60 IN NS n.i.;"
          "ad n1.victim. 60 IN A 20.0.0.3",
          0 },
        { "20.0.0.3:53", "www.victim.", "ra;an www.victim. 60 IN A 20.6.6.6", 0 },
        { "20.0.0.1:53", "n.a.", "nx", 0 },
        { "20.0.0.1:53", "n.b.", "nx", 0 },
        { "20.0.0.1:53", "n.c.", "nx", 0 },
        { "20.0.0.1:53", "n.d.", "nx", 0 },
        { "20.0.0.1:53", "n.e.", "nx", 0 },
        { "20.0.0.1:53", "n.f.", "nx", 0 },
        { "20.0.0.1:53", "n.g.", "nx", 0 },
        { "20.0.0.1:53", "n.h.", "nx", 0 },
        { "20.0.0.1:53", "n.i.", "nx", 0 },
        { .server = NULL },
    };
    char send[] = "20.0.0.1:53 n.a.";
    unsigned looked_up = 0;

    net.rows = rows;
    ask("www.victim.");
    for (unsigned n = 0; n < 9; n++) {
        send[sizeof send - 3] = (char)('a' + n);
        looked_up += was_sent(send);
    }
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert_uint_ge(looked_up, 1);
    /* The last that may fail is looked up beside others. */
    const struct limits *limits = &net.policy->limits;
    ck_assert_uint_le(looked_up, limits->ns_failed_zone + limits->ns_lookups - 1);
}
END_TEST

Suite *engine_appeal_suite(void)
{
    Suite *suite = suite_create("engine/appeal");
    TCase *others = tcase_create("others");

    tcase_add_checked_fixture(others, hostile_up, hostile_down);
    tcase_add_loop_test(others, a_lame_server_counts_only_when_no_other_can_be_found, 0, 3 * RUNS);
    tcase_add_test(others, a_lame_server_is_believed_when_the_others_have_no_address);
    tcase_add_test(others, a_lame_server_refers_nobody);
    tcase_add_loop_test(others, replies_that_are_empty_in_two_ways_are_not_alike, 0, RUNS);
    tcase_add_test(others, no_more_names_are_looked_up_than_may_fail);
    suite_add_tcase(suite, others);
    return suite;
}
