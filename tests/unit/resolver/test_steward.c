#include "tests/unit/resolver/steward_test.h"

#include <sys/stat.h>

#include "lib/base/memory.h"
#include "lib/dnssec/key_tags.h"
#include "resolver/cookie_keeper.h"
#include "tests/unit/base/log_lines.h"
#include "tests/unit/resolver/known_test.h"

static uint32_t served_ttl_s = 3600;

/* Waits for the question and answers it with `set`. */
static void serve_set(const struct rrset *set)
{
    static uint8_t query[SERVER_OCTETS], reply[SERVER_OCTETS];
    size_t len = read_question(query);
    struct message question;
    struct edns_out edns = { .udp_octets = EDNS_UDP_OCTETS, .dnssec_ok = true };
    struct writer w;

    ck_assert_int_eq(message_parse((struct bytes){ query, len }, arena, &question), ST_OK);
    ck_assert_uint_eq(question.question.type, TYPE_DNSKEY);
    ck_assert(name_equal(&question.question.name, &name_root));
    ck_assert(question.edns.dnssec_ok);
    struct header header = { .id = question.header.id, .flags = FLAG_QR | FLAG_AA };
    writer_init(&w, reply, sizeof reply);
    header_write(&w, &header);
    question_write(&w, &question.question);
    unsigned records = rrset_write(&w, set, served_ttl_s, WITH_SIGNATURES);
    (void)edns_write(&w, &edns);
    message_counts_write(&w, (uint16_t[]){ 1, (uint16_t)records, 0, 1 });
    send_reply(reply, w.len);
}

static struct rfc5011_now now_of(void)
{
    return (struct rfc5011_now){ bench.policy->clock, bench.now };
}

static enum rfc5011_state state_of(unsigned which)
{
    struct keeper_row row;
    for (size_t i = 0; keeper_row(steward_keeper(steward), i, now_of(), &row); i++)
        if (row.tag == sign_tag(&ours[which]))
            return row.state;
    return ROLL_START;
}

static void until_seen(void)
{
    struct keeper_row row;
    for (unsigned turns = 0;; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        loop_once(bench.loop);
        if (keeper_row(steward_keeper(steward), 0, now_of(), &row) && row.next_s > 0)
            return;
    }
}

START_TEST(it_asks_for_the_roots_keys_when_it_begins) /* RFC 5011 §2.3 */
{
    struct keeper_row row;

    start(directory);
    turns(40); /* for an answer, however long it takes: it asks once */
    ck_assert(keeper_row(steward_keeper(steward), 0, now_of(), &row));
    ck_assert_uint_eq(row.next_s, 0);
    serve_set(set_with(1, 0));
    until_seen();
    ck_assert_int_eq(state_of(OLD), ROLL_VALID);
    ck_assert_ptr_eq(rollout_newest(rollout), first);
}
END_TEST

START_TEST(what_it_sends_is_counted_with_the_workers_and_it_is_no_client)
{
    struct metrics sum = { .upstream_packets = 1 };

    start(directory);
    serve_set(set_with(1, 0));
    until_seen();
    steward_add_up(steward, &sum);
    ck_assert_uint_gt(sum.upstream_packets, 1);
    ck_assert_uint_gt(sum.upstream_replies, 0);
    for (size_t i = 0; i < metrics_row_count; i++)
        if (strncmp(metrics_rows[i].name, "upstream_", 9) != 0)
            ck_assert_uint_eq(*(uint64_t *)((char *)&sum + metrics_rows[i].offset), 0);
}
END_TEST

START_TEST(each_question_goes_to_a_server_though_the_last_answer_still_lives)
{
    served_ttl_s = DAY_S;
    start(directory);
    for (unsigned i = 0; i < 3; i++) {
        serve_set(set_with(0, 0)); /* proves nothing: it is due again in an hour */
        until_seen();
        time_passes_ms((uint64_t)3600 * 1000);
    }
}
END_TEST

START_TEST(another_trust_makes_another_policy_and_empties_the_caches) /* RULINGS A43, B22 */
{
    struct zone_keys known = { .zone = name_root, .state = ZONE_INSECURE, .ttl_s = 3600 }, found;
    const struct rrset *ds, *keys;

    start(directory);
    key_cache_put(bench.caches->keys, &known, bench.now);
    put("www.example. 3600 IN A 192.0.2.1\n", SEC_SECURE, WHY_NONE); /* by whichever key */
    serve_set(set_with(3, 1));
    until_seen();
    ck_assert_int_eq(state_of(NEXT), ROLL_VALID);
    until_released();
    anchor_find(rollout_newest(rollout)->anchors, &name_root, &ds, &keys);
    ck_assert_ptr_null(ds);
    ck_assert_uint_eq(keys->rr_count, 1);
    ours[NEXT].flags = SIGN_KSK;
    ck_assert(bytes_equal(rrset_rdata(keys, 0), sign_dnskey(&ours[NEXT], arena)));
    until_forgotten("www.example.");
    ck_assert_int_eq(key_cache_get(bench.caches->keys, &name_root, bench.now, arena, &found),
                     ST_NOTFOUND);
    put("www.example. 3600 IN A 192.0.2.1\n", SEC_SECURE, WHY_NONE); /* begun before */
    time_passes_ms(bench.policy->limits.resolution_ms);
    until_forgotten("www.example.");
}
END_TEST

START_TEST(what_was_learned_is_in_the_first_policy_after_a_restart)
{
    const struct rrset *ds, *keys;

    start(directory);
    serve_set(set_with(3, 1));
    until_seen();
    end();
    start(directory);
    anchor_find(first->anchors, &name_root, &ds, &keys);
    ck_assert_ptr_null(ds);
    ck_assert_uint_eq(keys->rr_count, 1);
}
END_TEST

START_TEST(what_could_not_be_written_is_written_later) /* SPEC A2 */
{
    ck_assert_int_eq(rmdir(directory), 0);
    start(directory);
    ck_assert_str_ne(keeper_trouble(steward_keeper(steward)), "");
    ck_assert_int_eq(mkdir(directory, 0700), 0);
    time_passes_ms((uint64_t)3600 * 1000);
    for (unsigned turns = 0; *keeper_trouble(steward_keeper(steward)); turns++) {
        ck_assert_uint_lt(turns, 20);
        loop_once(bench.loop);
    }
}
END_TEST

START_TEST(without_auto_update_nothing_is_asked)
{
    const struct rrset *ds, *keys;

    auto_update = _i == 0;
    start(_i == 0 ? NULL : directory);
    ck_assert((steward_negative(steward) != NULL) == (_i == 1));
    turns(20);
    ck_assert(!readable(server.udp));
    ck_assert_ptr_null(steward_keeper(steward));
    anchor_find(first->anchors, &name_root, &ds, &keys);
    ck_assert_uint_eq(ds->rr_count, 2);
}
END_TEST

START_TEST(other_cookie_secrets_make_another_policy) /* RFC 9018 §5, LIMITS 4.2 */
{
    struct zone_keys known = { .zone = name_root, .state = ZONE_INSECURE, .ttl_s = 3600 }, found;
    struct prng prng;

    prng_seed_number(&prng, 1);
    cookie_secrets_draw(&bench.policy->cookie_secrets, &prng);
    start(NULL);
    time_passes_ms((uint64_t)COOKIE_ROLL_S * 1000);
    key_cache_put(bench.caches->keys, &known, bench.now);
    until_released();
    ck_assert_uint_eq(rollout_newest(rollout)->cookie_secrets.count, 2);
    ck_assert_uint_eq(rollout_newest(rollout)->cookie_secrets.at[1].k0,
                      first->cookie_secrets.at[0].k0);
    const struct policy *second = rollout_newest(rollout);
    turns(10);
    ck_assert_ptr_eq(rollout_newest(rollout), second); /* once is enough, ... */
    ck_assert_int_eq(key_cache_get(bench.caches->keys, &name_root, bench.now, arena, &found),
                     ST_OK); /* ... and nothing is in doubt */
}
END_TEST

/* Waits for the question that tells of keys of `zone`. */
static void until_told(const char *zone)
{
    static uint8_t query[SERVER_OCTETS], reply[SERVER_OCTETS];
    struct bytes octets = { query, read_question(query) };
    struct name name = name_of(zone), told;
    struct message question;

    ck_assert(key_tags_name(bench.policy->anchors, &name, &told));
    ck_assert_int_eq(message_parse(octets, arena, &question), ST_OK);
    ck_assert_uint_eq(question.question.type, TYPE_NULL);
    ck_assert(name_equal(&question.question.name, &told));
    send_reply(reply, make_reply(query, reply, REPLY_WHOLE, 0));
    turns(20);
}

START_TEST(each_zones_servers_are_told_which_keys_are_trusted_once_a_day) /* RFC 8145 §5 */
{
    struct name zone = name_of("ours.");

    ck_assert_int_eq(
        anchor_add(bench.policy->anchors, &zone, TYPE_DS, sign_ds(&ours[OLD], &zone, 2, arena)),
        ST_OK);
    bench.policy->signal = true;
    start(NULL); /* also where nothing is kept */
    for (unsigned day = 0; day < 3; day++) {
        until_told(".");
        until_told("ours.");
        ck_assert(!readable(server.udp));
        time_passes_ms((uint64_t)DAY_S * 1000 - 1);
        turns(20);
        ck_assert(!readable(server.udp)); /* not a moment too early */
        time_passes_ms(1);
    }
}
END_TEST

START_TEST(keys_that_could_not_be_had_are_told) /* SPEC A2 */
{
    static uint8_t query[SERVER_OCTETS], reply[SERVER_OCTETS];

    log_lines_begin(bench.now);
    start(directory);
    if (_i == 0) {
        serve_set(set_with(1, 0));
    } else {
        (void)read_question(query);
        send_reply(reply, make_reply(query, reply, REPLY_WHOLE, 0));
    }
    until_seen();
    ck_assert_uint_eq(log_lines_end("trust anchor .: its DNSKEY set could not be had"),
                      (unsigned)_i);
}
END_TEST

START_TEST(where_no_cookies_are_given_no_secret_is_replaced)
{
    struct prng prng;

    prng_seed_number(&prng, 1);
    if (_i == 0)
        cookie_secrets_draw(&bench.policy->cookie_secrets, &prng);
    bench.policy->cookies = _i == 1;
    start(NULL);
    time_passes_ms((uint64_t)COOKIE_ROLL_S * 1000);
    turns(10);
    ck_assert_ptr_eq(rollout_newest(rollout), first);
}
END_TEST

/* It is no client of its own. */
START_TEST(however_many_networks_are_let_in_it_asks)
{
    while (acl_add_text(&bench.policy->allow, "192.0.2.0/24") == ST_OK) {
    }
    start(directory);
    serve_set(set_with(1, 0));
    until_seen();
}
END_TEST

/* ---- memory ---- */

START_TEST(without_memory_nothing_begins_and_nothing_is_lost) /* LIMITS G5 */
{
    struct steward_setup setup = setup_with(directory);
    struct prng prng;
    bool struck = true;

    prng_seed_number(&prng, 1);
    cookie_secrets_draw(&bench.policy->cookie_secrets, &prng);
    for (uint64_t succeed = 0; struck; succeed++) {
        memory_fail_after(succeed);
        steward = steward_create(&setup);
        first = steward ? steward_first_policy(steward) : NULL;
        struck = memory_fail_stop();
        ck_assert(struck || first);
        if (first) /* what failed may be left out: a file is not read */
            ck_assert(steward_keeper(steward) && steward_negative(steward));
        end();
    }
    steward = NULL;
    first = NULL;
}
END_TEST

START_TEST(a_policy_that_there_is_no_memory_for_comes_later) /* LIMITS G5 */
{
    struct prng prng;

    prng_seed_number(&prng, 1);
    cookie_secrets_draw(&bench.policy->cookie_secrets, &prng);
    start(NULL);
    time_passes_ms((uint64_t)COOKIE_ROLL_S * 1000);
    for (uint64_t succeed = 0; rollout_newest(rollout) == first; succeed++) {
        ck_assert_uint_lt(succeed, TURNS_MAX);
        memory_fail_after(succeed);
        steward_tick(steward);
        (void)memory_fail_stop();
    }
    ck_assert_uint_eq(rollout_newest(rollout)->cookie_secrets.count, 2);
}
END_TEST

Suite *resolver_steward_suite(void)
{
    Suite *suite = suite_create("resolver/steward");
    TCase *tcase = tcase_create("steward");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, it_asks_for_the_roots_keys_when_it_begins);
    tcase_add_test(tcase, what_it_sends_is_counted_with_the_workers_and_it_is_no_client);
    tcase_add_test(tcase, each_question_goes_to_a_server_though_the_last_answer_still_lives);
    tcase_add_test(tcase, another_trust_makes_another_policy_and_empties_the_caches);
    tcase_add_test(tcase, what_was_learned_is_in_the_first_policy_after_a_restart);
    tcase_add_test(tcase, other_cookie_secrets_make_another_policy);
    tcase_add_loop_test(tcase, where_no_cookies_are_given_no_secret_is_replaced, 0, 2);
    tcase_add_test(tcase, each_zones_servers_are_told_which_keys_are_trusted_once_a_day);
    tcase_add_loop_test(tcase, keys_that_could_not_be_had_are_told, 0, 2);
    tcase_add_test(tcase, however_many_networks_are_let_in_it_asks);
    tcase_add_test(tcase, without_memory_nothing_begins_and_nothing_is_lost);
    tcase_add_test(tcase, a_policy_that_there_is_no_memory_for_comes_later);
    tcase_add_test(tcase, what_could_not_be_written_is_written_later);
    tcase_add_loop_test(tcase, without_auto_update_nothing_is_asked, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
