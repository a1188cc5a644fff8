/* What proven clients' questions take of the processor, and what becomes of those who take too much
 * (LIMITS 4.2, second limiter; SPEC R5). */
#include "lib/engine/toll.h"

#include "lib/engine/state.h"
#include "tests/unit/base/log_lines.h"
#include "tests/unit/engine/crowd_test.h"
#include "tests/unit/policy/cputime_test.h"

enum { CLIENTS = 4 };

static const char burner[] = "45.0.0.1", other[] = "45.0.0.2";

static void set_up(void)
{
    crowd_up();
    crowd.via = VIA_TCP;
    cputime_up(&net.policy->rate);
    net.engine->cputime = cputime;
    ck_assert_int_eq(acl_add_text(&net.policy->allow, "0.0.0.0/0"), ST_OK);
}

static void tear_down(void)
{
    crowd_down();
    cputime_destroy(cputime);
}

/* How much is charged to it now, by how much more it takes to be judged LATER. */
static unsigned charged_us(const char *address)
{
    struct cputime_key key = key_of(address);
    unsigned us = CPUTIME_HELD_MS * CPUTIME_LATER_LEAK;
    for (; cputime_judge(cputime, &key, net.now).verdict == CPUTIME_AT_ONCE; us--)
        cputime_charge(cputime, &key, 1, net.now);
    return us + 1;
}

static struct fetch *only_fetch(void)
{
    ck_assert_uint_eq(net.engine->fetch_count, 1);
    return LIST_OF(net.engine->fetches.next, struct fetch, all);
}

static unsigned weight_of(enum spend kind, uint32_t amount)
{
    return (unsigned)(toll_weight(kind, amount) / 1000);
}

/* ---- who pays how much ---- */

START_TEST(a_message_of_a_proven_client_is_charged_to_its_network)
{
    asks(1, burner, "refused.example."); /* RD=1, and not known: work beside it */
    ck_assert_uint_ge(charged_us(burner), METER_MESSAGE / 1000);
    ck_assert_uint_eq(charged_us(other), 0);
}
END_TEST

START_TEST(nothing_is_charged_to_an_address_that_may_be_forged)
{
    crowd.via = VIA_UDP;
    asks(1, burner, "www.");
    payers_charge(net.engine, only_fetch(), SPEND_GOOD_UNITS, 1000);
    ck_assert_uint_eq(charged_us(burner), 0);
    ck_assert_uint_gt(net.engine->meter.weighed_ns, weight_of(SPEND_GOOD_UNITS, 1000) * 1000);
}
END_TEST

/* Units of verification, by how much is charged beyond what the same question takes without. */
static unsigned charged_for_units(uint32_t units, unsigned clients)
{
    for (unsigned i = 0; i < clients; i++)
        asks(i, i == 0 ? burner : other, "www.");
    if (units > 0)
        payers_charge(net.engine, only_fetch(), SPEND_GOOD_UNITS, units);
    for (unsigned i = 0; i < clients; i++)
        happens((struct event){ .kind = EVENT_CANCEL_CLIENT, .client = i });
    return charged_us(burner);
}

START_TEST(who_waits_alone_pays_all_of_it)
{
    unsigned without = charged_for_units(0, 1);
    tear_down();
    set_up();
    unsigned with = charged_for_units(100, 1);
    ck_assert_uint_ge(with - without + 1, weight_of(SPEND_GOOD_UNITS, 100));
    ck_assert_uint_le(with - without, weight_of(SPEND_GOOD_UNITS, 100) + 1);
}
END_TEST

START_TEST(who_waits_with_others_pays_his_share)
{
    unsigned without = charged_for_units(0, CLIENTS);
    tear_down();
    set_up();
    unsigned with = charged_for_units(100, CLIENTS), share = weight_of(SPEND_GOOD_UNITS, 100) / 4;
    ck_assert_uint_ge(with - without + 1, share);
    ck_assert_uint_le(with - without, share + 1);
}
END_TEST

START_TEST(what_a_weight_is_worth_is_what_the_clock_says) /* RULINGS B16: the time is given */
{
    meter_weigh(&net.engine->meter, METER_WINDOW_NS);
    happens((struct event){ .kind = EVENT_SPENT, .spent_us = 5 * METER_WINDOW_NS / 1000 });
    asks(1, burner, "www.");
    ck_assert_uint_ge(charged_us(burner), 5 * METER_MESSAGE / 1000);
}
END_TEST

START_TEST(what_is_answered_at_once_weighs_its_octets_too)
{
    static const unsigned answer = HEADER_OCTETS + 11 + 4 + 12 + 4; /* localhost. A, and one A */
    asks(1, burner, "localhost.");
    ck_assert_uint_eq(crowd.answers, 1);
    ck_assert_uint_eq(net.engine->meter.weighed_ns, METER_MESSAGE + answer * METER_ANSWER_OCTET);
    crowd.via = VIA_UDP;
    asks(1, burner, "localhost.");
    ck_assert_uint_eq(net.engine->meter.weighed_ns,
                      METER_MESSAGE + METER_DATAGRAM + 2 * answer * METER_ANSWER_OCTET);
}
END_TEST

static const struct {
    enum spend kind;
    uint64_t weight;
} kinds[SPEND_KINDS] = {
    { SPEND_QUESTION, METER_QUESTION },
    { SPEND_PACKET, METER_PACKET },
    { SPEND_OCTETS, METER_OCTET },
    { SPEND_NS_FAILED, 0 },
    { SPEND_FAILED_CHECK, 0 },
    { SPEND_FAILED_UNITS, METER_UNIT },
    { SPEND_GOOD_CHECK, 0 },
    { SPEND_GOOD_UNITS, METER_UNIT },
    { SPEND_NSEC3_BLOCKS, METER_BLOCK },
};

START_TEST(each_kind_of_work_has_its_weight_and_what_is_only_counted_has_none)
{
    ck_assert_uint_eq(toll_weight(kinds[_i].kind, 1), kinds[_i].weight);
    ck_assert_uint_eq(toll_weight(kinds[_i].kind, 1 << 30), kinds[_i].weight << 30);
}
END_TEST

START_TEST(who_owes_a_tenth_of_a_millisecond_pays_before_his_question_ends)
{
    asks(1, burner, "www.");
    struct job *job = LIST_OF(only_fetch()->waiters.next, struct wait, of_waited)->job;
    toll_owe(net.engine, &job->toll, TOLL_OWED_NS - 1 - job->toll.owed_ns);
    ck_assert_uint_eq(job->toll.owed_ns, TOLL_OWED_NS - 1);
    toll_owe(net.engine, &job->toll, 1);
    ck_assert_uint_eq(job->toll.owed_ns, 0);
    ck_assert_uint_ge(charged_us(burner), TOLL_OWED_NS / 1000);
}
END_TEST

/* Validation draws on a tab (payers.h): what was spent before it is paid already. */
START_TEST(what_validation_takes_is_charged_and_only_that)
{
    struct budget before, after;
    asks(1, burner, "www.");
    struct fetch *fetch = only_fetch();
    ck_assert(payers_tab(net.engine, fetch, &before));
    before.spent[SPEND_GOOD_UNITS] = 1000;
    after = before;
    after.spent[SPEND_GOOD_UNITS] += 100;
    unsigned without = METER_MESSAGE / 1000;
    payers_settle(net.engine, fetch, &before, &after);
    unsigned with = charged_us(burner);
    ck_assert_uint_ge(with, without + weight_of(SPEND_GOOD_UNITS, 100));
    ck_assert_uint_lt(with, without + 2 * weight_of(SPEND_GOOD_UNITS, 100));
}
END_TEST

START_TEST(who_is_not_counted_pays_nothing) /* RULINGS A21: mode auto, loopback */
{
    asks(1, "127.0.0.1", "www.");
    ck_assert_uint_eq(crowd.sends, 1);
    ck_assert_uint_eq(net.engine->paying_jobs, 0);
    happens((struct event){ .kind = EVENT_CANCEL_CLIENT, .client = 1 });
    ck_assert_uint_eq(net.engine->paying_jobs, 0);
}
END_TEST

START_TEST(where_there_is_no_limiter_nobody_pays)
{
    net.engine->cputime = NULL;
    asks(1, burner, "www.");
    ck_assert_uint_eq(crowd.sends, 1);
    ck_assert_uint_eq(net.engine->paying_jobs, 0);
    net.engine->cputime = cputime;
    ck_assert_uint_eq(charged_us(burner), 0);
}
END_TEST

/* ---- what becomes of who takes too much ---- */

START_TEST(over_three_fifths_of_a_core_no_work_is_done_and_that_is_said)
{
    takes_until(burner, CPUTIME_REFUSE, net.now);
    asks(1, burner, "www.");
    ck_assert_uint_eq(crowd.failures, 1);
    ck_assert_uint_eq(crowd.why, WHY_CPU_TIME);
    ck_assert_uint_eq(crowd.sends, 0);
    ck_assert_uint_eq(net.metrics.cpu_refused, 1);
    asks(2, other, "www.");
    ck_assert_uint_eq(crowd.sends, 1);
    ck_assert_uint_eq(crowd.answers, 1);
}
END_TEST

START_TEST(who_goes_on_is_refused_all_the_more)
{
    takes_until(burner, CPUTIME_CLOSE, net.now);
    asks(1, burner, "www.");
    ck_assert_uint_eq(crowd.failures, 1);
    ck_assert_uint_eq(crowd.why, WHY_CPU_TIME);
    ck_assert_uint_eq(crowd.sends, 0);
}
END_TEST

START_TEST(log_only_counts_and_serves_all_at_once) /* RULINGS A21 */
{
    log_lines_begin(net.now);
    takes_until(burner, CPUTIME_LATER, net.now);
    net.policy->rate.mode = RATELIMIT_LOG_ONLY;
    asks(1, burner, "www.");
    ck_assert_uint_eq(net.metrics.cpu_not, 1);
    ck_assert(!toll_waits(net.engine, only_fetch()));
    ck_assert_uint_eq(net.engine->later_jobs, 0);
    net.policy->rate.mode = RATELIMIT_AUTO;
    takes_until(burner, CPUTIME_REFUSE, net.now);
    net.policy->rate.mode = RATELIMIT_LOG_ONLY;
    asks(2, burner, "mail.");
    ck_assert_uint_eq(net.metrics.cpu_not, 2);
    ck_assert_uint_eq(net.metrics.cpu_later + net.metrics.cpu_refused, 0);
    ck_assert_uint_eq(crowd.failures, 0);
    ck_assert_uint_eq(crowd.sends, 2);
    ck_assert_uint_eq(log_lines_end("mode log-only serves them all the same"), 2);
}
END_TEST

START_TEST(of_those_who_are_refused_one_line_tells_in_30_s) /* LIMITS H6 */
{
    log_lines_begin(net.now);
    takes_until(burner, CPUTIME_REFUSE, net.now);
    takes_until(other, CPUTIME_REFUSE, net.now);
    for (unsigned i = 0; i < 5; i++) {
        asks(i, burner, "www.");
        asks(i, other, "www.");
    }
    ck_assert_uint_eq(net.metrics.cpu_refused, 10);
    ck_assert_uint_eq(log_lines_end("processor time"), 1);
}
END_TEST

START_TEST(a_forged_question_in_its_name_is_not_refused)
{
    takes_until(burner, CPUTIME_CLOSE, net.now);
    crowd.via = VIA_UDP;
    asks(1, burner, "www.");
    ck_assert_uint_eq(crowd.failures, 0);
    ck_assert_uint_eq(crowd.sends, 1);
}
END_TEST

START_TEST(it_is_served_again_when_it_has_rested)
{
    takes_until(burner, CPUTIME_REFUSE, net.now);
    time_passes(2000);
    asks(1, burner, "www.");
    ck_assert_uint_eq(crowd.failures, 0);
    ck_assert_uint_eq(crowd.sends, 1);
}
END_TEST

START_TEST(what_only_it_waits_for_rests_until_all_others_had_their_turn)
{
    takes_until(burner, CPUTIME_LATER, net.now);
    asks(1, burner, "www.");
    ck_assert_uint_eq(net.metrics.cpu_later, 1);
    ck_assert(toll_waits(net.engine, only_fetch()));
    net.engine->serves_later = true;
    ck_assert(!toll_waits(net.engine, only_fetch()));
}
END_TEST

START_TEST(what_somebody_else_waits_for_too_does_not)
{
    takes_until(burner, CPUTIME_LATER, net.now);
    asks(1, burner, "www.");
    engine_rest(net.engine, only_fetch());
    ck_assert(!list_empty(&net.engine->later));
    asks(2, other, "www."); /* where it rests already, too */
    ck_assert(!toll_waits(net.engine, only_fetch()));
    ck_assert(list_empty(&net.engine->later));
    ck_assert(!list_empty(&net.engine->resting));
}
END_TEST

/* RULINGS B16: the turn's verification is for the others first, and never for them alone. */
START_TEST(those_who_come_after_have_what_the_turn_has_left_and_a_little_always)
{
    takes_until(burner, CPUTIME_LATER, net.now);
    asks(1, burner, "www.");
    engine_rest(net.engine, only_fetch());
    net.engine->said_again = false;
    net.policy->limits.turn_units = 0;
    time_passes(0);
    ck_assert(list_empty(&net.engine->later));
    ck_assert_int_eq(net.engine->turn_units, TOLL_UNITS);
    ck_assert(!net.engine->serves_later);
}
END_TEST

START_TEST(nobody_owes_anything_when_all_have_gone)
{
    takes_until(burner, CPUTIME_LATER, net.now);
    asks(1, burner, "www.");
    asks(2, other, "mail.");
    ck_assert_uint_eq(net.engine->paying_jobs, 2);
    ck_assert_uint_eq(net.engine->later_jobs, 1);
    struct job *job = LIST_OF(net.engine->jobs.next, struct job, all);
    toll_leave(net.engine, &job->toll); /* once more, at its end, does no harm */
    for (unsigned i = 1; i <= 2; i++)
        happens((struct event){ .kind = EVENT_CANCEL_CLIENT, .client = i });
    ck_assert_uint_eq(net.engine->paying_jobs, 0);
    ck_assert_uint_eq(net.engine->later_jobs, 0);
}
END_TEST

Suite *engine_toll_suite(void)
{
    Suite *suite = suite_create("engine/toll");
    TCase *tcase = tcase_create("toll");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_message_of_a_proven_client_is_charged_to_its_network);
    tcase_add_test(tcase, nothing_is_charged_to_an_address_that_may_be_forged);
    tcase_add_test(tcase, who_waits_alone_pays_all_of_it);
    tcase_add_test(tcase, who_waits_with_others_pays_his_share);
    tcase_add_test(tcase, what_a_weight_is_worth_is_what_the_clock_says);
    tcase_add_test(tcase, what_is_answered_at_once_weighs_its_octets_too);
    tcase_add_loop_test(tcase, each_kind_of_work_has_its_weight_and_what_is_only_counted_has_none,
                        0, SPEND_KINDS);
    tcase_add_test(tcase, who_owes_a_tenth_of_a_millisecond_pays_before_his_question_ends);
    tcase_add_test(tcase, what_validation_takes_is_charged_and_only_that);
    tcase_add_test(tcase, who_is_not_counted_pays_nothing);
    tcase_add_test(tcase, where_there_is_no_limiter_nobody_pays);
    tcase_add_test(tcase, over_three_fifths_of_a_core_no_work_is_done_and_that_is_said);
    tcase_add_test(tcase, who_goes_on_is_refused_all_the_more);
    tcase_add_test(tcase, log_only_counts_and_serves_all_at_once);
    tcase_add_test(tcase, of_those_who_are_refused_one_line_tells_in_30_s);
    tcase_add_test(tcase, a_forged_question_in_its_name_is_not_refused);
    tcase_add_test(tcase, it_is_served_again_when_it_has_rested);
    tcase_add_test(tcase, what_only_it_waits_for_rests_until_all_others_had_their_turn);
    tcase_add_test(tcase, what_somebody_else_waits_for_too_does_not);
    tcase_add_test(tcase, those_who_come_after_have_what_the_turn_has_left_and_a_little_always);
    tcase_add_test(tcase, nobody_owes_anything_when_all_have_gone);
    suite_add_tcase(suite, tcase);
    return suite;
}
