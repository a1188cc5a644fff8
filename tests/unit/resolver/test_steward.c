#include "resolver/steward.h"

#include <stdlib.h>

#include "lib/dnssec/key_tags.h"
#include "tests/support/sign.h"
#include "tests/unit/net/server_test.h"

/* The root is one server on the loopback; time stands still but where a test moves it. */

enum { PATH = 128, WALL = 1790000000, DAY_S = 86400, OLD = 0, NEXT, OURS };

static struct signer *signer;
static struct sign_key ours[OURS];
static struct steward *steward;
static struct rollout *rollout;
static struct policy *first;
static struct loop *benchs_own;
static struct arena *arena;
static char directory[PATH];
static struct clock_floor clock_floor;
static unsigned keys_served; /* to the zone's checks */

static uint32_t wall(void)
{
    return (uint32_t)bench.policy->clock.s;
}

static void on_tick(void *context)
{
    (void)context;
    steward_tick(steward);
}

static void start(const char *state)
{
    struct steward_setup setup = { .policy = bench.policy,
                                   .crypto = bench.crypto,
                                   .pool = bench.pool,
                                   .caches = bench.caches,
                                   .clock_floor = clock_floor,
                                   .disk = &state_disk_real,
                                   .directory = state,
                                   .auto_update = true };
    steward = steward_create(&setup);
    ck_assert_ptr_nonnull(steward);
    first = steward_first_policy(steward);
    rollout = rollout_create(first, NULL, 0);
    ck_assert(first != NULL && rollout != NULL);
    bench.loop = steward_loop(steward);
    bench.now = loop_now(bench.loop);
    loop_pretend(bench.loop, bench.now);
    steward_begin(steward, rollout);
    loop_every(bench.loop, TURN_MS, on_tick, NULL);
}

static void end(void)
{
    steward_destroy(steward);
    rollout_destroy(rollout);
    policy_destroy(first);
}

static void set_up(void)
{
    struct loop_clients nobody = { .context = NULL };

    log_level_set(LOG_ERROR);
    server_up();
    bench_policy("127.0.0.1");
    bench_start(&nobody);
    benchs_own = bench.loop;
    arena = arena_create(bench.pool, 1 << 20);
    signer = signer_create();
    anchor_set_destroy(bench.policy->anchors);
    bench.policy->anchors = anchor_set_create();
    for (unsigned i = 0; i < OURS; i++) {
        ours[i] = sign_key(signer, 13, i, SIGN_KSK);
        ck_assert_int_eq(anchor_add(bench.policy->anchors, &name_root, TYPE_DS,
                                    sign_ds(&ours[i], &name_root, 2, arena)),
                         ST_OK);
    }
    bench.policy->signal = false;
    bench.policy->clock_fixed = true;
    bench.policy->clock = (struct unixtime){ WALL };
    snprintf(directory, sizeof directory, "/tmp/catena-steward-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void remove_file(const char *name)
{
    char path[2 * PATH];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    unlink(path);
}

static void tear_down(void)
{
    end();
    remove_file("anchors");
    remove_file("anchors.before");
    remove_file(NEGATIVE_STATE_NAME);
    remove_file(NEGATIVE_STATE_NAME ".before");
    rmdir(directory);
    signer_destroy(signer);
    arena_destroy(arena);
    bench.loop = benchs_own;
    bench_end();
    server_down();
}

/* The root's DNSKEY set with both keys; bits of those that sign and of those that are revoked. */
static struct rrset *set_with(unsigned signs, unsigned revoked)
{
    struct sign_with with[OURS];
    size_t count = 0;

    for (unsigned i = 0; i < OURS; i++) {
        ours[i].flags = revoked >> i & 1 ? SIGN_KSK_REVOKED : SIGN_KSK;
        if (signs >> i & 1)
            with[count++] = (struct sign_with){ .key = &ours[i],
                                                .zone = &name_root,
                                                .inception = wall() - DAY_S,
                                                .expiration = wall() + 21 * DAY_S };
    }
    return sign_set(sign_dnskey_set(&name_root, ours, OURS, arena), with, count, arena);
}

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
    unsigned records = rrset_write(&w, set, 3600, WITH_SIGNATURES);
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
    start(directory);
    serve_set(set_with(1, 0));
    until_seen();
    ck_assert_int_eq(state_of(OLD), ROLL_VALID);
    ck_assert_ptr_eq(rollout_newest(rollout), first);
}
END_TEST

START_TEST(what_it_sends_is_counted_with_the_workers_and_it_is_no_client)
{
    struct metrics sum = { .upstream_packets = 1, .client_tcp_queries = 1 };

    start(directory);
    serve_set(set_with(1, 0));
    until_seen();
    steward_add_up(steward, &sum);
    ck_assert_uint_gt(sum.upstream_packets, 1);
    ck_assert_uint_gt(sum.upstream_replies, 0);
    ck_assert_uint_eq(sum.client_tcp_queries, 1);
    ck_assert_uint_eq(sum.answers_noerror, 0);
}
END_TEST

START_TEST(each_question_goes_to_a_server_though_the_last_answer_still_lives)
{
    start(directory);
    for (unsigned i = 0; i < 3; i++) {
        serve_set(set_with(1, 0)); /* TTL 3600 */
        until_seen();
        time_passes_ms(3600 * 1000);
    }
}
END_TEST

static bool is_known(const char *name)
{
    struct name owner = name_of(name);
    struct link_key key = { &owner, TYPE_A, DATA_CHECKED };
    struct link found;
    return rrset_cache_find(bench.caches->rrsets, &key, bench.now, arena, &found) == ST_OK;
}

static void put(const char *lines, enum security security, enum why why)
{
    struct rrset *set = sign_text(lines, arena);
    struct link link = { .name = rrset_owner(set),
                         .type = TYPE_A,
                         .kind = REPLY_POSITIVE,
                         .security = (uint8_t)security,
                         .why = (uint16_t)why,
                         .ttl_s = 3600,
                         .answer = &set,
                         .answer_count = 1 };
    ck_assert_int_eq(rrset_cache_put(bench.caches->rrsets, &link, DATA_CHECKED, bench.now), ST_OK);
}

static void until_forgotten(const char *name)
{
    for (unsigned turns = 0; is_known(name); turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        loop_once(bench.loop);
    }
}

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
    for (unsigned turns = 0; rollout_newest(rollout) == first; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        loop_once(bench.loop);
    }
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

START_TEST(without_auto_update_nothing_is_asked)
{
    const struct rrset *ds, *keys;

    start(NULL);
    for (unsigned turns = 0; turns < 20; turns++)
        loop_once(bench.loop);
    ck_assert(!readable(server.udp));
    ck_assert_ptr_null(steward_keeper(steward));
    anchor_find(first->anchors, &name_root, &ds, &keys);
    ck_assert_uint_eq(ds->rr_count, 2);
}
END_TEST

START_TEST(the_roots_servers_are_told_which_keys_are_trusted_once_a_day) /* RFC 8145 §5 */
{
    static uint8_t query[SERVER_OCTETS], reply[SERVER_OCTETS];
    struct message question;
    struct name told;

    bench.policy->signal = true;
    ck_assert(key_tags_name(bench.policy->anchors, &name_root, &told));
    start(NULL); /* also where nothing is kept */
    for (unsigned day = 0; day < 3; day++) {
        size_t len = read_question(query);
        ck_assert_int_eq(message_parse((struct bytes){ query, len }, arena, &question), ST_OK);
        ck_assert_uint_eq(question.question.type, TYPE_NULL);
        ck_assert(name_equal(&question.question.name, &told));
        send_reply(reply, make_reply(query, reply, REPLY_WHOLE, 0));
        for (unsigned turns = 0; turns < 20; turns++)
            loop_once(bench.loop);
        ck_assert(!readable(server.udp));
        time_passes_ms((uint64_t)DAY_S * 1000);
    }
}
END_TEST

/* ---- a negative anchor at broken., a name of the root zone ---- */

enum broken { WHOLE, UNSIGNED_ABSENCE, UNSIGNED_DATA };

static const struct rrset *signed_set(const char *lines)
{
    const uint32_t window[] = { wall() - DAY_S, wall() + DAY_S };
    ours[OLD].flags = SIGN_KSK;
    return sign_plain(sign_text(lines, arena), &ours[OLD], &name_root, window, arena);
}

/* The root's keys; of broken. the NSEC, and with it that there is no SOA. */
static void serve_broken(enum broken how)
{
    static uint8_t query[SERVER_OCTETS], reply[SERVER_OCTETS];
    const struct rrset *nsec = signed_set("broken. 3600 IN NSEC . A RRSIG NSEC\n");
    const struct rrset *soa = signed_set(". 3600 IN SOA a. b. 1 1800 900 604800 3600\n");
    enum with_signatures data = how == UNSIGNED_DATA ? WITHOUT_SIGNATURES : WITH_SIGNATURES;
    enum with_signatures absence = how == UNSIGNED_ABSENCE ? WITHOUT_SIGNATURES : WITH_SIGNATURES;
    struct bytes octets = { query, read_question(query) };
    struct edns_out edns = { .udp_octets = EDNS_UDP_OCTETS, .dnssec_ok = true };
    uint16_t counts[] = { 1, 0, 0, 1 };
    struct message question;
    struct writer w;

    ck_assert_int_eq(message_parse(octets, arena, &question), ST_OK);
    struct header header = { .id = question.header.id, .flags = FLAG_QR | FLAG_AA };
    writer_init(&w, reply, sizeof reply);
    header_write(&w, &header);
    question_write(&w, &question.question);
    if (question.question.type == TYPE_DNSKEY) {
        keys_served++;
        counts[1] = (uint16_t)rrset_write(&w, set_with(1, 0), 3600, WITH_SIGNATURES);
    } else if (question.question.type == TYPE_NSEC) {
        counts[1] = (uint16_t)rrset_write(&w, nsec, 3600, data);
    } else {
        counts[2] = (uint16_t)rrset_write(&w, soa, 3600, absence);
        counts[2] += (uint16_t)rrset_write(&w, nsec, 3600, absence);
    }
    (void)edns_write(&w, &edns);
    message_counts_write(&w, counts);
    send_reply(reply, w.len);
}

static void keep_negative(void)
{
    static struct negative_anchors anchors;
    struct state_file file = { &state_disk_real, directory, NEGATIVE_STATE_NAME, .sequence = 0 };
    struct negative_anchor anchor = { .name = name_of("broken."), .until = { wall() + 3600 } };
    struct unixtime now = { wall() };

    anchors.count = 0;
    ck_assert_int_eq(negative_add(&anchors, &anchor, now), ST_OK);
    ck_assert_int_eq(negative_save(&file, &anchors, now), ST_OK);
}

/* Serves until the zone has been looked at. */
static void recheck(enum broken how)
{
    struct name name;
    struct instant due = bench.now;

    for (unsigned turns = 0;
         negative_next(steward_negative(steward), &name, &due) && !instant_before(bench.now, due);
         turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        if (readable(server.udp))
            serve_broken(how);
        loop_once(bench.loop);
    }
}

static bool is_negative(const struct policy *policy)
{
    struct name name = name_of("www.broken.");
    return policy_is_negative(policy, &name, bench.now);
}

START_TEST(a_negative_anchor_stays_while_its_zone_is_broken) /* SPEC V15 */
{
    keep_negative();
    start(directory);
    ck_assert(is_negative(first));
    for (unsigned i = 0; i < 2; i++) {
        recheck(_i == 0 ? UNSIGNED_ABSENCE : UNSIGNED_DATA);
        ck_assert_ptr_eq(rollout_newest(rollout), first);
        time_passes_ms((uint64_t)NEGATIVE_RECHECK_S * 1000 - 1);
        for (unsigned turns = 0; turns < 5; turns++)
            loop_once(bench.loop);
        ck_assert(!readable(server.udp)); /* not a moment too early */
        time_passes_ms(1);
    }
    recheck(WHOLE);
    for (unsigned turns = 0; rollout_newest(rollout) == first; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        loop_once(bench.loop);
    }
    ck_assert(!is_negative(rollout_newest(rollout)));
}
END_TEST

/* For the trust anchor once, for both questions about broken. once: of the root's keys nothing is
 * in doubt when a name below it is looked at. */
START_TEST(the_way_to_a_zone_is_gone_once_for_all_that_is_asked_there) /* SPEC V15 */
{
    keep_negative();
    start(directory);
    recheck(WHOLE);
    ck_assert_uint_eq(keys_served, 2);
}
END_TEST

/* The repair lets nothing unvalidated into what the end of a negative anchor hangs on. */
START_TEST(a_clock_that_is_behind_ends_no_negative_anchor) /* RULINGS A16, RFC 7646 §4 */
{
    struct subtree repaired = { .name = name_of("broken.") };

    bench.policy->clock_fixed = false;
    bench.policy->clock = loop_wall(benchs_own);
    clock_floor = (struct clock_floor){ { bench.policy->clock.s + 400 * DAY_S }, FLOOR_BUILD };
    ck_assert_int_eq(subtrees_add(&bench.policy->time_repair, &repaired), ST_OK);
    keep_negative();
    start(directory);
    recheck(_i == 0 ? UNSIGNED_ABSENCE : UNSIGNED_DATA);
    for (unsigned turns = 0; turns < 20; turns++)
        loop_once(bench.loop);
    ck_assert_ptr_eq(rollout_newest(rollout), first);
    ck_assert(is_negative(first));
}
END_TEST

START_TEST(what_was_not_validated_is_forgotten_when_its_zone_validates_again) /* RFC 7646 §4 */
{
    uint32_t epoch = answer_cache_epoch(bench.caches->answers);

    keep_negative();
    start(directory);
    put("www.broken. 3600 IN A 192.0.2.1\n", SEC_INSECURE, WHY_NEGATIVE_ANCHOR);
    put("www.other. 3600 IN A 192.0.2.1\n", SEC_INSECURE, WHY_NEGATIVE_ANCHOR);
    recheck(WHOLE);
    until_forgotten("www.broken.");
    ck_assert(is_known("www.other."));
    ck_assert_uint_ne(answer_cache_epoch(bench.caches->answers), epoch);
    put("www.broken. 3600 IN A 192.0.2.1\n", SEC_INSECURE,
        WHY_NEGATIVE_ANCHOR); /* by a question begun before */
    time_passes_ms(bench.policy->limits.resolution_ms);
    until_forgotten("www.broken.");
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
    tcase_add_test(tcase, the_roots_servers_are_told_which_keys_are_trusted_once_a_day);
    tcase_add_test(tcase, without_auto_update_nothing_is_asked);
    tcase_add_loop_test(tcase, a_negative_anchor_stays_while_its_zone_is_broken, 0, 2);
    tcase_add_test(tcase, the_way_to_a_zone_is_gone_once_for_all_that_is_asked_there);
    tcase_add_loop_test(tcase, a_clock_that_is_behind_ends_no_negative_anchor, 0, 2);
    tcase_add_test(tcase, what_was_not_validated_is_forgotten_when_its_zone_validates_again);
    suite_add_tcase(suite, tcase);
    return suite;
}
