#include "resolver/edge/company.h"

#include "lib/base/memory.h"
#include "tests/unit/suites.h"

enum { PARTS = 2, GUESTS = 16, IN_FLIGHT = 4 };

static struct policy *policy;
static struct crowd crowd;
static struct company companies[PARTS];
static struct guest guests[GUESTS];
static struct guest_question questions[GUESTS][IN_FLIGHT];
static unsigned come;
static struct instant now;

static void set_up(void)
{
    policy = policy_create();
    ck_assert_ptr_nonnull(policy);
    policy->limits.tcp_in_flight = IN_FLIGHT;
    policy->limits.tcp_clients = 4;
    policy->limits.tcp_clients_prefix = 4;
    crowd = (struct crowd){ .quota = quota_create(&(struct siphash_key){ 1, 2 }) };
    ck_assert_ptr_nonnull(crowd.quota);
    for (unsigned i = 0; i < PARTS; i++) {
        companies[i] = (struct company){ &crowd, policy, &policy->limits, .metrics = NULL };
        company_init(&companies[i]);
    }
    now = (struct instant){ 1000 * NS_PER_MS };
    come = 0;
}

static void tear_down(void)
{
    for (unsigned i = 0; i < PARTS; i++)
        company_end(&companies[i]);
    ck_assert_ptr_null(crowd.parts);
    quota_destroy(crowd.quota);
    policy_destroy(policy);
}

static void time_passes(uint64_t ms)
{
    now = instant_after_ms(now, ms);
}

/* The connection that is closed for it leaves, as it does at a listener. */
static enum crowd_answer comes(struct company *company, const char *text, struct guest **yields)
{
    struct guest *guest = &guests[come];
    struct endpoint from;

    ck_assert_uint_lt(come, GUESTS);
    ck_assert_int_eq(endpoint_parse(text, 999, &from), ST_OK);
    *guest = (struct guest){ .questions = questions[come] };
    memset(questions[come], 0, sizeof questions[come]);
    enum crowd_answer answer = company_comes(company, &from, now, &guest->client, yields);
    if (*yields)
        company_leave(company, *yields);
    if (answer != CROWD_IN)
        return answer;
    company_enter(company, guest, now);
    come++;
    return answer;
}

static struct guest *resting(const char *from)
{
    struct guest *yields;
    ck_assert_int_eq(comes(&companies[0], from, &yields), CROWD_IN);
    ck_assert_ptr_null(yields);
    return &guests[come - 1];
}

static struct guest *busy(const char *from)
{
    struct guest *guest = resting(from);
    ck_assert_uint_eq(company_asks(&companies[0], guest, now), 0);
    return guest;
}

/* For whose place one from there comes in; NULL: for nobody's, and he does not. */
static struct guest *who_yields_to(const char *from)
{
    struct guest *yields;
    enum crowd_answer answer = comes(&companies[0], from, &yields);
    ck_assert_int_eq(answer, yields ? CROWD_IN : CROWD_FULL);
    ck_assert_uint_eq(atomic_load(&crowd.count), policy->limits.tcp_clients);
    return yields;
}

/* ---- who yields: LIMITS F9, F2 ---- */

START_TEST(who_has_most_places_yields_where_nobody_rests)
{
    struct guest *alone = busy("192.0.2.1");
    time_passes(10);
    struct guest *first = busy("192.0.2.2");
    time_passes(10);
    struct guest *second = busy("192.0.2.2");
    busy("192.0.2.2");
    time_passes(COMPANY_KEPT_MS);
    ck_assert_ptr_eq(who_yields_to("192.0.2.9"), first);
    ck_assert_ptr_eq(who_yields_to("192.0.2.8"), second);
    (void)alone;
}
END_TEST

START_TEST(a_question_may_take_200_ms_whoever_comes)
{
    struct guest *first = busy("192.0.2.2");
    for (unsigned i = 1; i < 4; i++)
        busy("192.0.2.2");
    time_passes(COMPANY_KEPT_MS - 1);
    ck_assert_ptr_null(who_yields_to("192.0.2.9"));
    time_passes(1);
    ck_assert_ptr_eq(who_yields_to("192.0.2.9"), first);
}
END_TEST

START_TEST(its_oldest_question_is_what_counts) /* others may come and go beside it */
{
    struct guest *quick = busy("192.0.2.2"), *slow = busy("192.0.2.2");
    busy("192.0.2.3");
    busy("192.0.2.3");
    time_passes(COMPANY_KEPT_MS);
    ck_assert_uint_eq(company_asks(&companies[0], quick, now), 1);
    ck_assert(company_ends(&companies[0], quick, 0, now));
    ck_assert_uint_eq(company_asks(&companies[0], slow, now), 1);
    ck_assert(company_ends(&companies[0], slow, 1, now));
    ck_assert_ptr_eq(who_yields_to("192.0.2.9"), slow);
}
END_TEST

START_TEST(nobody_yields_to_one_who_would_have_more)
{
    policy->limits.tcp_clients = COMPANY_FEW + 2;
    policy->limits.tcp_clients_prefix = COMPANY_FEW + 2;
    busy("192.0.2.1");
    busy("192.0.2.2");
    time_passes(COMPANY_KEPT_MS - 1);
    for (unsigned i = 0; i < COMPANY_FEW; i++)
        busy("192.0.2.3"); /* too young to yield */
    time_passes(1);
    ck_assert_ptr_null(who_yields_to("192.0.2.3"));
    ck_assert_ptr_nonnull(who_yields_to("192.0.2.9"));
}
END_TEST

/* The newcomer would have COMPANY_FEW places and `_i` more; so many has the one who may yield. */
START_TEST(who_has_as_many_as_the_newcomer_would_yields)
{
    static const unsigned yields_from[] = { 1, COMPANY_FEW + 1, COMPANY_FEW + 2 };
    unsigned own = COMPANY_FEW + (unsigned)_i;
    for (unsigned most = 1; most < own + 2; most++) {
        come = 0;
        policy->limits.tcp_clients = policy->limits.tcp_clients_prefix = most + own - 1;
        for (unsigned i = 0; i < most; i++)
            busy("192.0.2.1");
        time_passes(COMPANY_KEPT_MS - 1);
        for (unsigned i = 1; i < own; i++)
            busy("192.0.2.3"); /* too young to yield */
        time_passes(1);
        ck_assert((who_yields_to("192.0.2.3") != NULL) == (most >= yields_from[_i]));
        tear_down();
        set_up();
    }
}
END_TEST

START_TEST(a_client_may_have_a_few_where_the_others_have_one)
{
    struct guest *oldest = busy("192.0.2.1");
    time_passes(1);
    busy("192.0.2.2");
    busy("192.0.2.3");
    busy("192.0.2.9");
    time_passes(COMPANY_KEPT_MS);
    ck_assert_ptr_eq(who_yields_to("192.0.2.9"), oldest);
}
END_TEST

START_TEST(who_rests_yields_before_who_is_busy)
{
    for (unsigned i = 0; i < 3; i++)
        busy("192.0.2.2");
    struct guest *rests = resting("192.0.2.1");
    time_passes(COMPANY_REST_MS);
    ck_assert_ptr_eq(who_yields_to("192.0.2.9"), rests);
}
END_TEST

START_TEST(who_rests_may_do_so_for_a_while_after_each_question) /* RFC 7766 §6.2.3 */
{
    struct guest *guest = busy("192.0.2.1");
    for (unsigned i = 1; i < 4; i++)
        busy("192.0.2.2");
    time_passes(5);
    ck_assert(company_ends(&companies[0], guest, 0, now));
    time_passes(COMPANY_REST_MS - 1);
    ck_assert_ptr_null(who_yields_to("192.0.2.9"));
    time_passes(1);
    ck_assert_ptr_eq(who_yields_to("192.0.2.9"), guest);
    time_passes(COMPANY_REST_MS - 1); /* and so may one who has just come */
    ck_assert_ptr_null(who_yields_to("192.0.2.8"));
    time_passes(1);
    ck_assert_ptr_nonnull(who_yields_to("192.0.2.8"));
}
END_TEST

START_TEST(a_network_that_counts_for_many_yields_as_many_would) /* RULINGS A20 */
{
    struct guest *one = busy("192.0.2.1");
    for (unsigned i = 0; i < 3; i++)
        busy("10.0.0.1"); /* private: it counts for 16 */
    time_passes(COMPANY_KEPT_MS);
    ck_assert_ptr_eq(who_yields_to("192.0.2.9"), one);
}
END_TEST

/* ---- how many places: LIMITS F9, RULINGS A20 ---- */

static const struct {
    const char *from;
    unsigned places;
} places[] = {
    { "192.0.2.1", 2 },
    { "10.0.0.1", 4 },    /* 16 x 2, but a quarter of 16 */
    { "2001:db8::1", 2 }, /* all of a /56 together */
    { "2001:db8::ff:0:0:1", 2 },
};

START_TEST(a_client_has_places_for_what_its_network_counts_for)
{
    struct guest *yields;
    policy->limits.tcp_clients = 16;
    policy->limits.tcp_clients_prefix = 2;
    for (unsigned i = 0; i < places[_i].places; i++)
        resting(places[_i].from);
    ck_assert_int_eq(comes(&companies[0], places[_i].from, &yields), CROWD_OWN);
    resting("198.51.100.1");
}
END_TEST

/* ---- the door ---- */

START_TEST(the_door_is_closed_while_all_places_are_taken_and_nobody_yields) /* SPEC R9 */
{
    for (unsigned i = 0; i < 4; i++) {
        ck_assert(!company_is_closed(&companies[0], now));
        resting("192.0.2.1");
    }
    ck_assert(company_is_closed(&companies[0], now));
    ck_assert(!company_is_closed(&companies[1], now)); /* to be had of the other worker */
    time_passes(COMPANY_REST_MS);
    ck_assert(!company_is_closed(&companies[0], now));
}
END_TEST

/* ---- other workers ---- */

START_TEST(where_nobody_is_beside_him_another_worker_gives_a_place)
{
    struct guest *yields, *first = resting("192.0.2.1");
    for (unsigned i = 1; i < 4; i++)
        resting("192.0.2.1");
    time_passes(COMPANY_REST_MS);
    ck_assert_ptr_null(company_pays(&companies[0], now));
    ck_assert_int_eq(comes(&companies[1], "192.0.2.9", &yields), CROWD_IN);
    ck_assert_ptr_null(yields);
    ck_assert_int_eq(comes(&companies[1], "192.0.2.8", &yields), CROWD_FULL); /* one is owed */
    ck_assert_uint_eq(atomic_load(&crowd.count), 5);
    ck_assert_ptr_eq(company_pays(&companies[0], now), first);
    company_leave(&companies[0], first);
    ck_assert_uint_eq(atomic_load(&crowd.count), 4);
    ck_assert_int_eq(comes(&companies[1], "192.0.2.8", &yields), CROWD_IN); /* it is paid */
    ck_assert_ptr_eq(company_pays(&companies[0], now), &guests[1]);
    company_leave(&companies[0], &guests[1]);
    ck_assert_ptr_null(company_pays(&companies[0], now));
}
END_TEST

START_TEST(what_is_owed_is_paid_as_soon_as_somebody_may_be_sent_away)
{
    struct guest *yields;
    for (unsigned i = 0; i < 4; i++)
        busy("192.0.2.1");
    ck_assert_int_eq(comes(&companies[1], "192.0.2.9", &yields), CROWD_IN);
    ck_assert_ptr_null(company_pays(&companies[0], now));
    time_passes(COMPANY_KEPT_MS);
    ck_assert_ptr_eq(company_pays(&companies[0], now), &guests[0]);
}
END_TEST

START_TEST(what_is_owed_lapses_where_there_is_room_again)
{
    struct guest *yields;
    for (unsigned i = 0; i < 4; i++)
        busy("192.0.2.1");
    ck_assert_int_eq(comes(&companies[1], "192.0.2.9", &yields), CROWD_IN);
    ck_assert_ptr_null(company_pays(&companies[0], now)); /* nobody may be sent away yet */
    company_leave(&companies[0], &guests[0]);
    time_passes(COMPANY_KEPT_MS);
    ck_assert_ptr_null(company_pays(&companies[0], now));
    ck_assert_uint_eq(atomic_load(&crowd.count), 4);
}
END_TEST

/* ---- questions ---- */

START_TEST(questions_end_in_any_order_and_once)
{
    struct guest *guest = busy("192.0.2.1");
    for (unsigned i = 1; i < IN_FLIGHT; i++)
        ck_assert_uint_eq(company_asks(&companies[0], guest, now), i);
    ck_assert_uint_eq(guest->in_flight, IN_FLIGHT);
    questions[1][0].waits = true; /* of another, behind his */
    ck_assert(!company_ends(&companies[0], guest, IN_FLIGHT, now));
    ck_assert(company_ends(&companies[0], guest, 2, now));
    ck_assert(!company_ends(&companies[0], guest, 2, now));
    ck_assert_uint_eq(company_asks(&companies[0], guest, now), 2);
    for (unsigned i = 0; i < IN_FLIGHT; i++)
        ck_assert(company_ends(&companies[0], guest, i, now));
    ck_assert_uint_eq(guest->in_flight, 0);
    ck_assert_ptr_eq(companies[0].resting.next, &guest->node);
}
END_TEST

Suite *resolver_company_suite(void)
{
    Suite *suite = suite_create("resolver/company");
    TCase *yields = tcase_create("yields"), *others = tcase_create("others");

    tcase_add_checked_fixture(yields, set_up, tear_down);
    tcase_add_test(yields, who_has_most_places_yields_where_nobody_rests);
    tcase_add_test(yields, a_question_may_take_200_ms_whoever_comes);
    tcase_add_test(yields, its_oldest_question_is_what_counts);
    tcase_add_test(yields, nobody_yields_to_one_who_would_have_more);
    tcase_add_loop_test(yields, who_has_as_many_as_the_newcomer_would_yields, 0, 3);
    tcase_add_test(yields, a_client_may_have_a_few_where_the_others_have_one);
    tcase_add_test(yields, who_rests_yields_before_who_is_busy);
    tcase_add_test(yields, who_rests_may_do_so_for_a_while_after_each_question);
    tcase_add_test(yields, a_network_that_counts_for_many_yields_as_many_would);
    tcase_add_loop_test(yields, a_client_has_places_for_what_its_network_counts_for, 0,
                        sizeof places / sizeof *places);
    suite_add_tcase(suite, yields);
    tcase_add_checked_fixture(others, set_up, tear_down);
    tcase_add_test(others, the_door_is_closed_while_all_places_are_taken_and_nobody_yields);
    tcase_add_test(others, where_nobody_is_beside_him_another_worker_gives_a_place);
    tcase_add_test(others, what_is_owed_is_paid_as_soon_as_somebody_may_be_sent_away);
    tcase_add_test(others, what_is_owed_lapses_where_there_is_room_again);
    tcase_add_test(others, questions_end_in_any_order_and_once);
    suite_add_tcase(suite, others);
    return suite;
}
