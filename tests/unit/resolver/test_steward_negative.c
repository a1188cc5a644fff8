/* A negative anchor at broken., a name of the root zone (SPEC V15, RFC 7646 §4). */
#include "tests/unit/resolver/known_test.h"

static unsigned keys_served;                 /* to the zone's checks */
static unsigned keys_sign = 1, keys_revoked; /* of the root's DNSKEY set: set_with */

enum broken { WHOLE, UNSIGNED_ABSENCE, UNSIGNED_DATA, UNSIGNED_KEYS };

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
    enum with_signatures keys = how == UNSIGNED_KEYS ? WITHOUT_SIGNATURES : WITH_SIGNATURES;
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
        counts[1] = (uint16_t)rrset_write(&w, set_with(keys_sign, keys_revoked), 3600, keys);
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
    struct negative_anchor anchor = { .name = name_of("broken."), .until = { wall() + DAY_S } };
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

/* Whatever mode clients have there. */
START_TEST(a_negative_anchor_stays_while_its_zone_is_broken) /* SPEC V15 */
{
    struct subtree unvalidated = { .name = name_of("broken."), .mode = DNSSEC_OFF };

    ck_assert_int_eq(subtrees_add(&bench.policy->modes, &unvalidated), ST_OK);
    keep_negative();
    start(directory);
    ck_assert(is_negative(first));
    for (unsigned i = 0; i < 2; i++) {
        recheck(_i == 0 ? UNSIGNED_ABSENCE : UNSIGNED_DATA);
        ck_assert_ptr_eq(rollout_newest(rollout), first);
        time_passes_ms((uint64_t)NEGATIVE_RECHECK_S * 1000 - 1);
        turns(5);
        ck_assert(!readable(server.udp)); /* not a moment too early */
        time_passes_ms(1);
    }
    recheck(WHOLE);
    until_released();
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
    turns(20);
    ck_assert_ptr_eq(rollout_newest(rollout), first);
    ck_assert(is_negative(first));
}
END_TEST

/* A key that was stolen, and is revoked for that, signs as it did before: our own engine believes
 * it as little as the workers' do (RFC 5011 §2.1). */
START_TEST(what_a_revoked_key_signs_ends_no_negative_anchor) /* RULINGS A43, RFC 7646 §4 */
{
    keep_negative();
    start(directory);
    recheck(UNSIGNED_KEYS); /* so that they are known for longer than until they are asked for */
    time_passes_ms((uint64_t)NEGATIVE_RECHECK_S * 1000);
    recheck(UNSIGNED_ABSENCE);
    keys_sign = 1 << OLD | 1 << NEXT;
    keys_revoked = 1 << OLD;
    time_passes_ms((uint64_t)(3600 - NEGATIVE_RECHECK_S) * 1000);
    for (unsigned turns = 0; rollout_newest(rollout) == first; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        if (readable(server.udp))
            serve_broken(UNSIGNED_ABSENCE);
        loop_once(bench.loop);
    }
    keys_sign = 1 << OLD;
    keys_revoked = 0;
    for (unsigned i = 0; i < 2; i++) {
        recheck(WHOLE);
        turns(20);
        ck_assert(is_negative(rollout_newest(rollout)));
        time_passes_ms((uint64_t)NEGATIVE_RECHECK_S * 1000);
    }
    const struct policy *second = rollout_newest(rollout);
    time_passes_ms(bench.policy->limits.resolution_ms);
    turns(5); /* all is forgotten twice over; what ends then is no reason to do so again */
    time_passes_ms((uint64_t)DAY_S * 1000);
    put("www.other. 3600 IN A 192.0.2.1\n", SEC_SECURE, WHY_NONE);
    while (rollout_newest(rollout) == second)
        loop_once(bench.loop);
    turns(5);
    ck_assert(is_known("www.other."));
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
    ck_assert(!negative_has_freed(steward_negative(steward))); /* and that was all */
}
END_TEST

/* What is kept by it has ended with it. */
START_TEST(a_negative_anchor_whose_time_is_over_ends_and_takes_nothing_with_it) /* SPEC V15 */
{
    uint32_t epoch = answer_cache_epoch(bench.caches->answers);

    keep_negative();
    start(directory);
    recheck(UNSIGNED_DATA);
    time_passes_ms((uint64_t)DAY_S * 1000);
    until_released();
    ck_assert(!is_negative(rollout_newest(rollout)));
    turns(5);
    ck_assert_uint_eq(answer_cache_epoch(bench.caches->answers), epoch);
}
END_TEST

START_TEST(a_time_that_is_not_fixed_is_not_looked_at)
{
    bench.policy->clock_fixed = false;
    bench.policy->clock = loop_wall(benchs_own);
    keep_negative();
    bench.policy->clock.s += (int64_t)2 * DAY_S;
    start(directory);
    ck_assert(is_negative(first));
}
END_TEST

Suite *resolver_steward_negative_suite(void)
{
    Suite *suite = suite_create("resolver/steward_negative");
    TCase *tcase = tcase_create("negative");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_negative_anchor_stays_while_its_zone_is_broken, 0, 2);
    tcase_add_test(tcase, the_way_to_a_zone_is_gone_once_for_all_that_is_asked_there);
    tcase_add_loop_test(tcase, a_clock_that_is_behind_ends_no_negative_anchor, 0, 2);
    tcase_add_test(tcase, what_a_revoked_key_signs_ends_no_negative_anchor);
    tcase_add_test(tcase, a_negative_anchor_whose_time_is_over_ends_and_takes_nothing_with_it);
    tcase_add_test(tcase, a_time_that_is_not_fixed_is_not_looked_at);
    tcase_add_test(tcase, what_was_not_validated_is_forgotten_when_its_zone_validates_again);
    suite_add_tcase(suite, tcase);
    return suite;
}
