/* What is told of this server itself: names of class CH, and its NSID on whatever goes out. */
#include "tests/unit/engine/hostile_test.h"
#include "tests/unit/wire/wire_test.h"

#define NSID_OPTION "\0\3\0\0"

static const struct row rows[] = {
    { "20.0.0.1:53", "www.zone.", "an www.zone. 300 A 192.0.2.10", 0 },
    { "20.0.0.1:53", "zone.", "an zone. 300 A 192.0.2.9", 0 },
    { NULL, NULL, NULL, 0 },
};

static void set_up(void)
{
    struct identity *identity;

    hostile_up();
    net.rows = rows;
    identity = &net.policy->identity;
    ck_assert_int_eq(identity_write(&identity->nsid, "fra-3"), ST_OK);
    ck_assert_int_eq(identity_write(&identity->name, "resolver 3"), ST_OK);
    ck_assert_int_eq(identity_write(&identity->version, "catena"), ST_OK);
}

/* ---- class CH ---- */

static void ask_chaos(const char *name)
{
    net.asking.class = CLASS_CH;
    net.asking.type = TYPE_TXT;
    ask(name);
}

static const struct {
    const char *name, *text;
} told[] = {
    { "id.server.", "resolver 3" },     { "hostname.bind.", "resolver 3" },
    { "HostName.BIND.", "resolver 3" }, { "version.server.", "catena" },
    { "version.bind.", "catena" },
};

START_TEST(a_name_of_class_ch_is_told_what_was_written) /* RFC 4892 §2, §3 */
{
    ask_chaos(told[_i].name);
    const struct record *record = net.message.records;
    ck_assert_uint_eq(net.message.header.flags, FLAG_QR | FLAG_RD | FLAG_RA);
    ck_assert_uint_eq(net.records, 1);
    ck_assert_uint_eq(net.message.header.counts[2] + net.message.header.counts[3], 0);
    assert_name(record->owner, told[_i].name);
    ck_assert_uint_eq(record->type, TYPE_TXT);
    ck_assert_uint_eq(record->class, CLASS_CH);
    ck_assert_uint_eq(record->ttl, 0);
    size_t octets = strlen(told[_i].text);
    ck_assert_uint_eq(record->rdata_len, 1 + octets);
    const uint8_t *rdata = net.message.octets.at + record->rdata_at;
    ck_assert_uint_eq(rdata[0], octets);
    ck_assert_mem_eq(rdata + 1, told[_i].text, octets);
    ck_assert_uint_eq(net.metrics.answers_local, 1);
    ck_assert_uint_eq(net.send_count, 0);
}
END_TEST

START_TEST(nothing_is_told_by_default_or_of_other_names) /* LIMITS H7, RULINGS A41 */
{
    ask_chaos("authors.bind.");
    ck_assert_uint_eq(net.rcode, RCODE_REFUSED);
    ask_chaos("a.id.server.");
    ck_assert_uint_eq(net.rcode, RCODE_REFUSED);
    net.asking.type = TYPE_A;
    ask("id.server.");
    ck_assert_uint_eq(net.rcode, RCODE_REFUSED);
    net.policy->identity.version = (struct identity_text){ .len = 0 };
    ask_chaos("version.bind.");
    ck_assert_uint_eq(net.rcode, RCODE_REFUSED);
    ck_assert_uint_eq(net.records, 0);
    ck_assert_uint_eq(net.send_count, 0);
}
END_TEST

START_TEST(a_name_of_class_ch_has_nothing_to_do_with_that_of_class_in)
{
    ask_chaos("version.bind.");
    ck_assert_uint_eq(net.records, 1);
    net.asking.class = CLASS_IN;
    ask("version.bind.");
    ck_assert_uint_eq(net.records, 0);
    ck_assert_uint_gt(net.send_count, 0);
}
END_TEST

/* ---- NSID ---- */

static bool holds(struct bytes option)
{
    return memmem(net.message.octets.at, net.message.octets.len, option.at, option.len) != NULL;
}

static bool has_nsid(void)
{
    return holds(SPAN("\0\3\0\5fra-3"));
}

static void asks_for_nsid(void)
{
    net.asking.options = SPAN(NSID_OPTION);
}

START_TEST(an_answer_has_the_nsid_looked_up_kept_and_rendered) /* RFC 5001 §2.2 */
{
    asks_for_nsid();
    for (unsigned i = 0; i < 3; i++) {
        ask("www.zone.");
        ck_assert_msg(net.records == 1 && has_nsid(), "time %u", i);
    }
    ck_assert_uint_eq(net.metrics.hits_rrset_cache, 1);
    ck_assert_uint_eq(net.metrics.hits_answer_cache, 1);
    net.asking.options = SPAN("");
    ask("www.zone.");
    ck_assert(net.records == 1 && net.message.edns.present && !has_nsid());
    net.asking.options = (struct bytes){ NULL, 0 };
    ask("www.zone.");
    ck_assert(net.records == 1 && !net.message.edns.present && !has_nsid());
}
END_TEST

START_TEST(a_failure_a_local_name_and_what_is_told_have_the_nsid_too) /* RFC 5001 §2.2 */
{
    asks_for_nsid();
    ask("dead.");
    ck_assert(net.rcode == RCODE_SERVFAIL && net.message.edns.has_ede && has_nsid());
    ask("dead."); /* from the failure cache */
    ck_assert(net.rcode == RCODE_SERVFAIL && net.message.edns.has_ede && has_nsid());
    ask("localhost.");
    ck_assert(net.records == 1 && has_nsid());
    ask_chaos("id.server.");
    ck_assert(net.records == 1 && has_nsid());
}
END_TEST

START_TEST(a_refusal_has_the_nsid_where_the_question_was_as_long) /* LIMITS F8 */
{
    net.asking.class = 2;
    asks_for_nsid();
    ask("www.zone.");
    ck_assert(net.rcode == RCODE_REFUSED && net.message.edns.present && !has_nsid());
    net.asking.options = SPAN("\0\3\0\0\0\14\0\1\0");
    ask("www.zone.");
    ck_assert(net.rcode == RCODE_REFUSED && has_nsid());
    net.asking.class = CLASS_IN;
    net.asking.type = TYPE_ANY; /* TC */
    asks_for_nsid();
    ask("www.zone.");
    ck_assert(net.message.header.flags & FLAG_TC && !has_nsid());
}
END_TEST

static void policy_is(const struct policy *policy)
{
    struct event event = { .kind = EVENT_CONTROL, .now = net.now, .policy = policy };

    engine_handle(net.engine, &event);
    drain();
}

START_TEST(who_waited_is_told_the_nsid_of_the_policy_in_force) /* RULINGS B22 */
{
    struct policy *next = policy_copy(net.policy);

    ck_assert_ptr_nonnull(next);
    ck_assert_int_eq(identity_write(&next->identity.nsid, "fra-33"), ST_OK);
    asks_for_nsid();
    ask_first("www.zone.");
    ck_assert(!net.answered);
    policy_is(next);
    wait_for_answer();
    ck_assert(net.records == 1 && holds(SPAN("\0\3\0\6fra-33")));
    policy_is(net.policy);
    policy_destroy(next);
}
END_TEST

START_TEST(without_an_nsid_nobody_gets_one) /* RULINGS A41 */
{
    net.policy->identity.nsid = (struct identity_text){ .len = 0 };
    asks_for_nsid();
    ask("localhost.");
    ck_assert(net.message.edns.present && !net.message.edns.has_nsid);
    ask("www.zone.");
    ck_assert(net.message.edns.present && !net.message.edns.has_nsid);
}
END_TEST

START_TEST(what_a_client_puts_into_the_option_is_not_looked_at) /* RFC 5001 §2.1 */
{
    net.asking.options = SPAN("\0\3\0\3you\0\3\0\0");
    ask("localhost.");
    ck_assert(net.records == 1 && has_nsid());
    ck_assert_uint_eq(net.message.edns.option_count, 1);
}
END_TEST

Suite *engine_chaos_suite(void)
{
    Suite *suite = suite_create("engine/chaos");
    TCase *chaos = tcase_create("chaos");
    TCase *nsid = tcase_create("nsid");

    tcase_add_checked_fixture(chaos, set_up, hostile_down);
    tcase_add_loop_test(chaos, a_name_of_class_ch_is_told_what_was_written, 0,
                        sizeof told / sizeof *told);
    tcase_add_test(chaos, nothing_is_told_by_default_or_of_other_names);
    tcase_add_test(chaos, a_name_of_class_ch_has_nothing_to_do_with_that_of_class_in);
    suite_add_tcase(suite, chaos);
    tcase_add_checked_fixture(nsid, set_up, hostile_down);
    tcase_add_test(nsid, an_answer_has_the_nsid_looked_up_kept_and_rendered);
    tcase_add_test(nsid, a_failure_a_local_name_and_what_is_told_have_the_nsid_too);
    tcase_add_test(nsid, a_refusal_has_the_nsid_where_the_question_was_as_long);
    tcase_add_test(nsid, who_waited_is_told_the_nsid_of_the_policy_in_force);
    tcase_add_test(nsid, without_an_nsid_nobody_gets_one);
    tcase_add_test(nsid, what_a_client_puts_into_the_option_is_not_looked_at);
    suite_add_tcase(suite, nsid);
    return suite;
}
