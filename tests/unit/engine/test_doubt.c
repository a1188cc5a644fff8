/* Replies that fit their question in all but the case, or came in fragments, where TCP is dead. */
#include "lib/engine/state.h"
#include "tests/unit/engine/hostile_test.h"

/* Its server gives every name back in lower case, and has no TCP. */
#define ZONE                                                                                       \
    {                                                                                              \
        "20.0.0.1:53", "victim.",                                                                  \
            "au victim. 3600 IN NS n1.victim.;ad n1.victim. 3600 IN A "                            \
            "20.0.0.3",                                                                            \
            0                                                                                      \
    }
#define SAYS(name, says)                                                                           \
    {                                                                                              \
        "20.0.0.3:53", name, says, 0                                                               \
    }

static const struct row same_each_time[] = {
    ZONE,
    SAYS("a.victim.", "an a.victim. 1 IN A 20.9.9.1"),
    SAYS("b.victim.", "an b.victim. 1 IN A 20.9.9.2"),
    { .server = NULL },
};
static const struct row other_each_time[] = {
    ZONE,
    SAYS("a.victim.", "an a.victim. 1 IN A 20.9.9.#"),
    { .server = NULL },
};
static const struct row in_another_order[] = {
    ZONE,
    SAYS("a.victim.", "an a.victim. 1 IN A 20.9.9.1;an a.victim. 1 IN A 20.9.9.2|"
                      "an a.victim. 1 IN A 20.9.9.2;an a.victim. 1 IN A 20.9.9.1"),
    { .server = NULL },
};

/* It has a DS, and lies below a stub zone of which nothing is to be proven. */
static const struct row below_a_stub[] = {
    { "20.0.0.9:53", "sub.victim.",
      "au sub.victim. 3600 IN NS n1.sub.victim.;au sub.victim. 3600 IN DS 1 13 2 "
      "0000000000000000000000000000000000000000000000000000000000000000;"
      "ad n1.sub.victim. 3600 IN A 20.0.0.3",
      0 },
    SAYS("a.sub.victim.", "an a.sub.victim. 1 IN A 20.9.9.#"),
    { .server = NULL },
};

static void set_up(void)
{
    hostile_up();
    net.policy->mixed_case = true;
    net.folds = "20.0.0.3:53";
}

static unsigned sent(const char *send)
{
    unsigned count = 0;
    for (unsigned i = 0; i < net.send_count; i++)
        count += strcmp(net.sends[i], send) == 0;
    return count;
}

/* RULINGS A6: accepted when two answers from two sockets are equal; remembered 15 min. */
START_TEST(two_equal_answers_are_believed_and_the_case_is_remembered)
{
    net.rows = same_each_time;
    ask("a.victim.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert_uint_eq(sent("20.0.0.3:53 a.victim."), 3); /* UDP, TCP, UDP */
    ask("b.victim.");
    ck_assert_uint_eq(sent("20.0.0.3:53 b.victim."), 1);
    net.now = instant_after_s(net.now, 900);
    ask("a.victim.");
    ck_assert_uint_eq(sent("20.0.0.3:53 a.victim."), 6);
}
END_TEST

START_TEST(answers_that_differ_are_not_believed)
{
    net.rows = other_each_time;
    ask("a.victim.");
    ck_assert_uint_eq(net.rcode, RCODE_SERVFAIL);
    ck_assert_uint_eq(sent("20.0.0.3:53 a.victim."), 4); /* three mismatches, and TCP */
    ck_assert_uint_eq(net.why, WHY_REPLIES_FORGED);      /* SPEC section 3 item 4 */
    ck_assert_ptr_nonnull(strstr(net.text, "attack-like"));
}
END_TEST

/* RULINGS A6: on trial is only what will be held against a proof. */
START_TEST(what_nothing_will_prove_is_not_believed_on_trial)
{
    struct zones_entry stub = { .kind = ZONES_STUB, .dnssec = ZONES_INSECURE, .server_count = 1 };

    stub.name = name_of("victim.");
    stub.servers[0] = endpoint_of("20.0.0.9");
    ck_assert_int_eq(zones_add(&net.policy->zones, &stub), ST_OK);
    net.policy->dnssec = DNSSEC_VALIDATE;
    net.rows = below_a_stub;
    ask("a.sub.victim.");
    ck_assert_uint_eq(net.rcode, RCODE_SERVFAIL);
    ck_assert_uint_eq(sent("20.0.0.3:53 a.sub.victim."), 4); /* three mismatches, and TCP */
}
END_TEST

START_TEST(the_same_records_in_another_order_are_equal)
{
    net.rows = in_another_order;
    ask("a.victim.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    ck_assert_uint_eq(net.records, 2);
    ck_assert_uint_eq(sent("20.0.0.3:53 a.victim."), 3);
}
END_TEST

/* RULINGS A6: a datagram that came in fragments goes to TCP; where that is dead, once with 512. */
START_TEST(what_comes_in_fragments_is_asked_once_with_512)
{
    net.rows = same_each_time;
    net.folds = NULL;
    net.fragments_over = _i ? 0 : 512; /* it fits 512, or not even so */
    net.fragmenting = "20.0.0.3:53";
    ask("a.victim.");
    ck_assert_uint_eq(net.rcode, _i ? RCODE_SERVFAIL : RCODE_NOERROR);
    ck_assert_uint_eq(sent("20.0.0.3:53 a.victim."), 3); /* UDP, TCP, UDP with 512 */
}
END_TEST

Suite *engine_doubt_suite(void)
{
    Suite *suite = suite_create("engine/doubt");
    TCase *tcase = tcase_create("without_tcp");

    tcase_add_checked_fixture(tcase, set_up, hostile_down);
    tcase_add_test(tcase, two_equal_answers_are_believed_and_the_case_is_remembered);
    tcase_add_test(tcase, answers_that_differ_are_not_believed);
    tcase_add_test(tcase, what_nothing_will_prove_is_not_believed_on_trial);
    tcase_add_test(tcase, the_same_records_in_another_order_are_equal);
    tcase_add_loop_test(tcase, what_comes_in_fragments_is_asked_once_with_512, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
