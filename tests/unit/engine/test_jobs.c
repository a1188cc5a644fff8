/* Clients' questions as lib/engine/jobs.c takes them: what is counted, and what is too long. */
#include "lib/engine/expect.h"
#include "lib/engine/state.h"
#include "tests/unit/engine/hostile_test.h"

static struct answer answer;
static struct bytes asked;
static uint64_t expected; /* comes along with the next questions */

/* One answer to a question of `flags`, from what is known. */
static void known(const char *text, uint16_t flags)
{
    struct event event = question_event(text, TYPE_A, FLAG_RD | flags);
    struct action action;

    event.query.expected = expected;
    asked = event.query.message;
    engine_handle(net.engine, &event);
    ck_assert(engine_next(net.engine, &action));
    ck_assert_int_eq(action.kind, ACTION_ANSWER);
    answer = action.answer;
    ck_assert(!engine_next(net.engine, &action));
}

enum covered { WHOLE, OPT_OUT };

/* An address of `text` is in the rrset cache, with this security. */
static void learn(const char *text, enum security security, enum covered covered)
{
    static const uint8_t octets[4] = { 192, 0, 2, 1 };
    struct bytes rdata = { octets, sizeof octets };
    struct rrset *set;

    struct name name = name_of(text);
    struct rrset_parts parts = { &name, TYPE_A, 300, &rdata, 1, NULL, 0 };
    ck_assert_int_eq(rrset_pack(&parts, net.arena, &set), ST_OK);
    set->security = (uint8_t)security;
    struct link link = {
        .name = name,
        .type = TYPE_A,
        .kind = REPLY_POSITIVE,
        .security = (uint8_t)security,
        .rank = security == SEC_SECURE ? RANK_VALIDATED : RANK_ANSWER,
        .opt_out = covered == OPT_OUT,
        .ttl_s = 300,
        .answer = &set,
        .answer_count = 1,
    };
    enum data_class class = security >= SEC_INSECURE ? DATA_CHECKED : DATA_UNCHECKED;
    ck_assert_int_eq(rrset_cache_put(net.caches->rrsets, &link, class, net.now), ST_OK);
}

static void expect_counts(unsigned secure, unsigned insecure, unsigned bogus)
{
    ck_assert_uint_eq(net.metrics.answers_secure, secure);
    ck_assert_uint_eq(net.metrics.answers_insecure, insecure);
    ck_assert_uint_eq(net.metrics.answers_bogus, bogus);
}

START_TEST(answers_from_the_caches_are_counted_by_what_they_are_worth)
{
    learn("secure.", SEC_SECURE, WHOLE);
    learn("insecure.", SEC_INSECURE, WHOLE);
    learn("opt-out.", SEC_SECURE, OPT_OUT);
    learn("unchecked.", SEC_UNCHECKED, WHOLE);
    for (unsigned i = 1; i <= 3; i++) { /* the rrset cache, then the answer cache */
        known("secure.", 0);
        ck_assert_uint_eq(answer.verdict, SEC_SECURE);
        known("insecure.", 0);
        ck_assert_uint_eq(answer.verdict, SEC_INSECURE);
        known("opt-out.", 0);
        ck_assert_uint_eq(answer.verdict, SEC_SECURE);
        known("unchecked.", FLAG_CD); /* nobody has proven anything */
        ck_assert_uint_eq(answer.verdict, SEC_UNCHECKED);
        expect_counts(i, 2 * i, 0);
    }
    ck_assert_uint_eq(net.metrics.hits_rrset_cache, 4);
    ck_assert_uint_eq(net.metrics.hits_answer_cache, 8);
    ck_assert_uint_eq(net.metrics.answers_noerror, 12);
}
END_TEST

START_TEST(an_expected_question_is_the_same_hit) /* RULINGS B13 */
{
    learn("secure.", SEC_SECURE, WHOLE);
    known("secure.", 0);
    expected = engine_expect(net.engine, asked);
    ck_assert_uint_ne(expected, 0);
    engine_expect_entry(net.engine, expected);
    known("secure.", 0);
    ck_assert_uint_eq(net.metrics.hits_answer_cache, 1);
    known("SeCure.", 0);
    ck_assert_uint_eq(net.metrics.hits_answer_cache, 2);
    expected++; /* a wrong number costs the hit, never the answer */
    known("secure.", 0);
    ck_assert_uint_eq(net.metrics.hits_answer_cache, 2);
    ck_assert_uint_eq(answer.verdict, SEC_SECURE);
    expected = 0;
}
END_TEST

START_TEST(what_is_no_question_is_not_expected)
{
    learn("secure.", SEC_SECURE, WHOLE);
    known("secure.", 0);
    for (size_t len = 0; len < asked.len; len++)
        ck_assert_uint_eq(engine_expect(net.engine, (struct bytes){ asked.at, len }), 0);
    uint8_t message[512];
    memcpy(message, asked.at, asked.len);
    message[5] = 2; /* questions */
    ck_assert_uint_eq(engine_expect(net.engine, (struct bytes){ message, asked.len }), 0);
}
END_TEST

START_TEST(under_another_policy_an_answer_is_rendered_anew) /* RULINGS A19, B22 */
{
    struct event event = { .kind = EVENT_CONTROL, .now = net.now, .policy = net.policy };

    learn("www.", SEC_INSECURE, WHOLE);
    known("www.", 0);
    known("www.", 0);
    ck_assert_uint_eq(net.metrics.hits_answer_cache, 1);
    engine_handle(net.engine, &event);
    known("www.", 0);
    ck_assert_uint_eq(net.metrics.hits_rrset_cache, 2);
}
END_TEST

START_TEST(a_failure_that_is_kept_is_counted_as_the_first_was)
{
    static const char *const names[] = { "bogus.", "expired.", "lame." };
    struct failure failures[] = { { .kind = FAILURE_BOGUS },
                                  { .kind = FAILURE_BOGUS_BY_TIME },
                                  { .kind = FAILURE_SERVERS } };
    struct name name;
    struct link_key key = { &name, TYPE_A, DATA_CHECKED };

    for (unsigned i = 0; i < 3; i++) {
        name = name_of(names[i]);
        failures[i].cause = cause_of(WHY_NO_ROOT);
        failure_cache_put(net.caches->failures, &key, &failures[i], net.now);
    }
    for (unsigned i = 1; i <= 2; i++) {
        for (unsigned j = 0; j < 3; j++) {
            known(names[j], 0);
            ck_assert_uint_eq(answer.verdict, j < 2 ? SEC_BOGUS : SEC_UNCHECKED);
        }
        expect_counts(0, 0, 2 * i);
        ck_assert_uint_eq(net.metrics.answers_servfail, 3 * i);
    }
}
END_TEST

Suite *engine_jobs_suite(void)
{
    Suite *suite = suite_create("engine/jobs");
    TCase *counts = tcase_create("counts");

    tcase_add_checked_fixture(counts, hostile_up, hostile_down);
    tcase_add_test(counts, answers_from_the_caches_are_counted_by_what_they_are_worth);
    tcase_add_test(counts, an_expected_question_is_the_same_hit);
    tcase_add_test(counts, what_is_no_question_is_not_expected);
    tcase_add_test(counts, under_another_policy_an_answer_is_rendered_anew);
    tcase_add_test(counts, a_failure_that_is_kept_is_counted_as_the_first_was);
    suite_add_tcase(suite, counts);
    return suite;
}
