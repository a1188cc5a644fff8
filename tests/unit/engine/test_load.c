/* What is in flight of a zone and to a server: who counts, who is refused, what one is worth. */
#include "lib/engine/load.h"

#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/engine/state.h"
#include "tests/unit/engine/crowd_test.h"

/* dead.one. gave one answer, and nothing more since. */
#define TO_DEAD "au dead.one. 600 IN NS ns.dead.one.;ad ns.dead.one. 600 IN A 20.0.0.2"
#define TO_BOTH                                                                                    \
    "au both.one. 600 IN NS a.both.one.;au both.one. 600 IN NS b.both.one.;"                       \
    "ad a.both.one. 600 IN A 20.0.0.3;ad b.both.one. 600 IN A 20.0.0.4"

enum { OF_ZONE = 3, OF_TOP = 6, TO_SERVER = 5 };

static const struct row rows[] = {
    { "20.0.0.1:53", "known.dead.one.", TO_DEAD, 0 },
    { "20.0.0.2:53", "known.dead.one.", "an known.dead.one. 600 IN A 192.0.2.1", 0 },
    { "20.0.0.1:53", "known.both.one.", TO_BOTH, 0 },
    { "20.0.0.3:53", "known.both.one.", "an known.both.one. 600 IN A 192.0.2.1", 0 },
    { "20.0.0.4:53", "known.both.one.", "an known.both.one. 600 IN A 192.0.2.1", 0 },
    { .server = NULL },
};

static struct infra infra;

static void many_ask(unsigned count, const char *zone)
{
    static unsigned number;
    char name[64];

    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "n%u.%s", number++, zone);
        asks(0, "127.0.0.1", name);
    }
}

static uint32_t in_flight_to(const char *server)
{
    struct endpoint endpoint = endpoint_of(server);
    return quota_count(crowd.quota,
                       quota_find(crowd.quota, QUOTA_SERVER, &endpoint, sizeof endpoint));
}

static uint32_t of_zone(const char *text)
{
    struct name zone = name_of(text);
    return quota_count(crowd.quota, quota_find(crowd.quota, QUOTA_ZONE, zone.octets, zone.len));
}

static void set_up(void)
{
    crowd_up();
    net.policy->qmin = QMIN_OFF;
    net.policy->limits.zone_in_flight = OF_ZONE;
    net.policy->limits.top_in_flight = OF_TOP;
    net.rows = rows;
    ask("known.dead.one.");
    ask("known.both.one.");
    ck_assert_uint_eq(net.rcode, RCODE_NOERROR);
    crowd_forget();
    memset(&infra, 0, sizeof infra);
}

static void set_up_small_servers(void)
{
    set_up();
    net.policy->limits.server_in_flight = TO_SERVER;
}

/* ---- zones (LIMITS F1, RULINGS A20) ---- */

START_TEST(of_a_zone_so_many_grow_old_and_the_next_end_as_they_come_of_age)
{
    many_ask(OF_ZONE + 2, "dead.one.");
    time_passes(YOUNG_MS - 1);
    ck_assert_uint_eq(crowd.answers, 0);
    ck_assert_uint_eq(of_zone("dead.one."), 0);
    ck_assert_uint_eq(engine_deadline(net.engine).ns, instant_after_ms(net.now, 1).ns);
    time_passes(1);
    ck_assert_uint_eq(crowd.failures, 2);
    ck_assert_uint_eq(crowd.why, WHY_ZONE_BUSY);
    ck_assert_uint_eq(of_zone("dead.one."), OF_ZONE);
    ck_assert_uint_eq(net.metrics.zone_crowded, 2);
}
END_TEST

START_TEST(into_a_zone_that_has_as_many_nobody_new_comes)
{
    many_ask(OF_ZONE, "dead.one.");
    time_passes(YOUNG_MS);
    unsigned sends = crowd.sends;
    asks(0, "127.0.0.1", "new.dead.one.");
    ck_assert_uint_eq(crowd.failures, 1);
    ck_assert_uint_eq(crowd.why, WHY_ZONE_BUSY);
    ck_assert_uint_eq(crowd.sends, sends);
}
END_TEST

START_TEST(others_and_what_is_known_are_answered_all_the_same)
{
    many_ask(OF_ZONE, "dead.one.");
    time_passes(YOUNG_MS);
    asks(0, "127.0.0.1", "known.dead.one.");
    ck_assert_uint_eq(crowd.answers, 1);
    asks(0, "127.0.0.1", "other.both.one.");
    ck_assert_uint_eq(crowd.failures, 0);
}
END_TEST

START_TEST(the_root_has_more_room)
{
    many_ask(OF_TOP + 1, "silent.");
    time_passes(YOUNG_MS);
    ck_assert_uint_eq(crowd.failures, 1);
    ck_assert_uint_eq(of_zone("."), OF_TOP);
}
END_TEST

/* RULINGS A2: that others asked too much is no fact about a name. */
START_TEST(once_there_is_room_the_same_may_be_asked)
{
    many_ask(OF_ZONE, "dead.one.");
    time_passes(YOUNG_MS);
    asks(0, "127.0.0.1", "new.dead.one.");
    ck_assert_uint_eq(crowd.failures, 1);
    time_passes(net.policy->limits.resolution_ms);
    ck_assert_uint_eq(crowd.failures, 1 + OF_ZONE);
    ck_assert_uint_eq(of_zone("dead.one."), 0);
    asks(0, "127.0.0.1", "new.dead.one.");
    ck_assert_uint_eq(crowd.failures, 1 + OF_ZONE);
}
END_TEST

/* So many names of dead.one. fail; how much the log has grown. */
static off_t told_of(unsigned count, int file)
{
    off_t before = lseek(file, 0, SEEK_END);

    many_ask(count, "dead.one.");
    time_passes(net.policy->limits.resolution_ms);
    log_drain();
    return lseek(file, 0, SEEK_END) - before;
}

/* LIMITS H6: random names below a zone that is down do not fill the log. */
START_TEST(failures_below_one_zone_are_told_once_in_a_while)
{
    int file = memfd_create("log", 0);

    ck_assert_int_eq(log_start(file), ST_OK);
    ck_assert_int_gt(told_of(OF_ZONE, file), 0);
    ck_assert_int_eq(told_of(OF_ZONE, file), 0);
    ck_assert_uint_eq(crowd.failures, 2 * OF_ZONE);
    log_stop();
    close(file);
}
END_TEST

/* ---- servers ---- */

START_TEST(to_a_server_so_many_are_under_way_and_no_more)
{
    many_ask(TO_SERVER, "dead.one.");
    ck_assert_uint_eq(in_flight_to("20.0.0.2"), TO_SERVER);
    ck_assert_uint_eq(crowd.answers, 0);
    asks(0, "127.0.0.1", "new.dead.one.");
    ck_assert_uint_eq(crowd.failures, 1);
    ck_assert_uint_eq(crowd.why, WHY_SERVERS_BUSY);
    ck_assert_uint_eq(crowd.sends, TO_SERVER);
    ck_assert_uint_eq(net.metrics.servers_full, 1);
    time_passes(net.policy->limits.resolution_ms);
    ck_assert_uint_eq(in_flight_to("20.0.0.2"), 0);
    asks(0, "127.0.0.1", "new.dead.one."); /* nobody remembers */
    ck_assert_uint_ne(crowd.why, WHY_CACHED_FAILURE);
    ck_assert_uint_eq(net.metrics.hits_failure_cache, 0);
}
END_TEST

START_TEST(where_one_server_is_full_the_other_is_asked)
{
    many_ask(2 * TO_SERVER, "both.one.");
    ck_assert_uint_eq(crowd.answers, 0);
    ck_assert_uint_eq(in_flight_to("20.0.0.3"), TO_SERVER);
    ck_assert_uint_eq(in_flight_to("20.0.0.4"), TO_SERVER);
    asks(0, "127.0.0.1", "new.both.one.");
    ck_assert_uint_eq(crowd.why, WHY_SERVERS_BUSY);
}
END_TEST

START_TEST(a_question_that_timed_out_is_under_way_no_more)
{
    many_ask(1, "both.one.");
    ck_assert_uint_eq(in_flight_to("20.0.0.3") + in_flight_to("20.0.0.4"), 1);
    for (unsigned i = 0; i < 20; i++) {
        ck_assert_uint_le(in_flight_to("20.0.0.3") + in_flight_to("20.0.0.4"), 1);
        net.now = engine_deadline(net.engine);
        happens((struct event){ .kind = EVENT_TIME });
        if (crowd.answers > 0)
            break;
    }
    ck_assert_uint_gt(crowd.sends, 3);
    ck_assert_uint_eq(in_flight_to("20.0.0.3") + in_flight_to("20.0.0.4"), 0);
}
END_TEST

/* ---- what a server is worth (SPEC R3) ---- */

static void results(unsigned answered, unsigned timed_out)
{
    for (unsigned i = 0; i < answered; i++)
        load_answered(&infra);
    for (unsigned i = 0; i < timed_out; i++)
        load_timed_out(&infra);
}

START_TEST(each_hundred_results_of_much_silence_halve_the_room)
{
    results(0, LOAD_WINDOW - 1);
    ck_assert_uint_eq(infra.halvings, 0);
    results(0, 1);
    ck_assert_uint_eq(infra.halvings, 1);
    ck_assert_uint_eq(infra.silent_share, 700);
    results(0, 10 * LOAD_WINDOW);
    ck_assert_uint_eq(infra.halvings, LOAD_HALVINGS_MAX);
}
END_TEST

START_TEST(thirty_in_a_hundred_are_not_too_many)
{
    for (unsigned i = 0; i < 20; i++)
        results(70, 30);
    ck_assert_uint_eq(infra.halvings, 0);
    results(69, 31);
    ck_assert_uint_eq(infra.halvings, 1); /* the smoothed share is just over */
}
END_TEST

START_TEST(who_answers_again_has_its_room_back_step_by_step)
{
    results(0, 2 * LOAD_WINDOW);
    ck_assert_uint_eq(infra.halvings, 2);
    results(LOAD_WINDOW, 0); /* of 91 % 27 are left, ... */
    ck_assert_uint_eq(infra.halvings, 2);
    results(LOAD_WINDOW, 0); /* ... then 8 */
    ck_assert_uint_eq(infra.halvings, 1);
    results(LOAD_WINDOW, 0);
    ck_assert_uint_eq(infra.halvings, 0);
    results(5 * LOAD_WINDOW, 0);
    ck_assert_uint_eq(infra.halvings, 0);
}
END_TEST

START_TEST(a_server_of_little_worth_is_asked_little)
{
    struct endpoint server;

    net.policy->limits.server_in_flight = 8;
    server = endpoint_of("20.0.0.2");
    infra_cache_get(net.caches->infra, &server, net.now, &infra);
    infra.halvings = 2;
    infra_cache_put(net.caches->infra, &server, &infra, net.now);
    many_ask(3, "dead.one.");
    ck_assert_uint_eq(in_flight_to("20.0.0.2"), 2);
    ck_assert_uint_eq(crowd.failures, 1);
}
END_TEST

Suite *engine_load_suite(void)
{
    Suite *suite = suite_create("engine/load");
    TCase *zones = tcase_create("zones"), *servers = tcase_create("servers");
    TCase *worth = tcase_create("worth");

    tcase_add_checked_fixture(zones, set_up, crowd_down);
    tcase_add_test(zones, of_a_zone_so_many_grow_old_and_the_next_end_as_they_come_of_age);
    tcase_add_test(zones, into_a_zone_that_has_as_many_nobody_new_comes);
    tcase_add_test(zones, others_and_what_is_known_are_answered_all_the_same);
    tcase_add_test(zones, the_root_has_more_room);
    tcase_add_test(zones, once_there_is_room_the_same_may_be_asked);
    tcase_add_test(zones, failures_below_one_zone_are_told_once_in_a_while);
    suite_add_tcase(suite, zones);
    tcase_add_checked_fixture(servers, set_up_small_servers, crowd_down);
    tcase_add_test(servers, to_a_server_so_many_are_under_way_and_no_more);
    tcase_add_test(servers, where_one_server_is_full_the_other_is_asked);
    tcase_add_test(servers, a_question_that_timed_out_is_under_way_no_more);
    suite_add_tcase(suite, servers);
    tcase_add_checked_fixture(worth, set_up, crowd_down);
    tcase_add_test(worth, each_hundred_results_of_much_silence_halve_the_room);
    tcase_add_test(worth, thirty_in_a_hundred_are_not_too_many);
    tcase_add_test(worth, who_answers_again_has_its_room_back_step_by_step);
    tcase_add_test(worth, a_server_of_little_worth_is_asked_little);
    suite_add_tcase(suite, worth);
    return suite;
}
