#include "lib/policy/policy.h"

#include "lib/base/memory.h"
#include "tests/unit/wire/wire_test.h"

static struct policy *policy;

static void set_up_policy(void)
{
    policy = policy_create();
    ck_assert_ptr_nonnull(policy);
}

static void tear_down_policy(void)
{
    policy_destroy(policy);
}

static bool holds(const struct acl *acl, const char *address)
{
    struct endpoint endpoint = endpoint_of(address);
    return acl_holds(acl, &endpoint);
}

START_TEST(the_defaults_are_safe_and_complete) /* DESIGN 8 */
{
    ck_assert_int_eq(policy->dnssec, DNSSEC_VALIDATE);
    ck_assert_int_eq(policy->qmin, QMIN_RELAXED);
    ck_assert(policy->mixed_case && policy->priming);
    ck_assert_int_eq(policy->ipv4, FAMILY_ON);
    ck_assert_int_eq(policy->ipv6, FAMILY_AUTO);
    ck_assert_uint_eq(policy->ttl_min_s, 0);
    ck_assert_uint_eq(policy->ttl_max_s, 86400);
    ck_assert_uint_eq(policy->negative_ttl_max_s, 3600);
    ck_assert(!policy->clock_fixed);
    ck_assert_uint_eq(policy->hints_port, 53);
}
END_TEST

START_TEST(limits_are_the_default_rows)
{
    struct limits limits;
    limits_defaults(&limits);
    ck_assert_mem_eq(&policy->limits, &limits, sizeof limits);
    ck_assert_ptr_eq(policy->rules.limits, &policy->limits);
}
END_TEST

START_TEST(sha1_is_off_and_the_skew_is_an_hour) /* SPEC V3, RULINGS A16 */
{
    static const uint8_t none[32];
    ck_assert(!policy->rules.sha1);
    ck_assert_uint_eq(policy->rules.inception_skew_s, 3600);
    ck_assert_uint_eq(policy->rules.expiration_skew_s, 0);
    ck_assert_mem_eq(policy->rules.algorithms_off, none, sizeof none);
    ck_assert_mem_eq(policy->rules.digests_off, none, sizeof none);
}
END_TEST

START_TEST(only_this_machine_may_ask) /* RULINGS A41 */
{
    ck_assert(holds(&policy->allow, "127.0.0.1") && holds(&policy->allow, "::1"));
    ck_assert(holds(&policy->snoop, "127.0.0.1") && holds(&policy->snoop, "::1"));
    ck_assert(!holds(&policy->allow, "192.168.1.1") && !holds(&policy->allow, "2001:db8::1"));
    ck_assert(!holds(&policy->snoop, "192.168.1.1") && !holds(&policy->snoop, "::2"));
    ck_assert(holds(&policy->refuse_addresses, "127.0.0.1"));
    ck_assert(holds(&policy->refuse_addresses, "192.168.1.1"));
    ck_assert(!holds(&policy->refuse_addresses, "198.41.0.4"));
}
END_TEST

START_TEST(the_root_is_anchored) /* SPEC A1 */
{
    struct name name = name_of("www.example."), zone;
    const struct rrset *ds, *keys;
    ck_assert(anchor_closest(policy->anchors, &name, &zone));
    assert_name(&zone, ".");
    anchor_find(policy->anchors, &zone, &ds, &keys);
    ck_assert_ptr_nonnull(ds);
}
END_TEST

/* Another copy of the table, from the root zone: each server's letter and addresses (RFC 9609). */
START_TEST(the_hints_are_the_thirteen_root_servers)
{
    static const char *const addresses[][2] = {
        { "198.41.0.4", "2001:503:ba3e::2:30" }, { "170.247.170.2", "2801:1b8:10::b" },
        { "192.33.4.12", "2001:500:2::c" },      { "199.7.91.13", "2001:500:2d::d" },
        { "192.203.230.10", "2001:500:a8::e" },  { "192.5.5.241", "2001:500:2f::f" },
        { "192.112.36.4", "2001:500:12::d0d" },  { "198.97.190.53", "2001:500:1::53" },
        { "192.36.148.17", "2001:7fe::53" },     { "192.58.128.30", "2001:503:c27::2:30" },
        { "193.0.14.129", "2001:7fd::1" },       { "199.7.83.42", "2001:500:9f::42" },
        { "202.12.27.33", "2001:dc3::35" },
    };
    ck_assert_uint_eq(policy->hint_count, 13);
    for (unsigned i = 0; i < policy->hint_count; i++) {
        const struct hint *hint = &policy->hints[i];
        char name[] = "a.root-servers.net.";
        struct endpoint v4, v6;
        name[0] = (char)('a' + i);
        assert_name(&hint->name, name);
        v4 = endpoint_of(addresses[i][0]);
        v6 = endpoint_of(addresses[i][1]);
        ck_assert(endpoint_equal(&hint->v4, &v4));
        ck_assert(endpoint_equal(&hint->v6, &v6));
    }
}
END_TEST

START_TEST(nothing_is_left_behind_where_memory_ends) /* LIMITS G5 */
{
    bool struck = true;
    for (uint64_t succeed = 0; struck; succeed++) {
        memory_fail_after(succeed);
        struct policy *made = policy_create();
        struck = memory_fail_stop(); /* a table that cannot grow is whole all the same */
        ck_assert(struck || made != NULL);
        policy_destroy(made);
    }
    policy_destroy(NULL);
}
END_TEST

static struct policy *filled(void)
{
    struct zones_entry zone = { .name = name_of("corp.example."), .dnssec = ZONES_INSECURE };
    struct policy *made = policy_create();
    struct subtree tree = { .name = name_of("corp.example."), .mode = DNSSEC_LOG_ONLY };
    char why[TEXT_WHY];
    ck_assert_ptr_nonnull(made);
    ck_assert_int_eq(subtrees_add(&made->modes, &tree), ST_OK);
    ck_assert_int_eq(subtrees_add(&made->negative_anchors, &tree), ST_OK);
    ck_assert_int_eq(anchor_add_line(made->anchors, "example. IN DS 1 8 2 01", why), ST_OK);
    ck_assert_int_eq(anchor_add_line(made->anchors, "example. IN DNSKEY 257 3 13 AAECAw==", why),
                     ST_OK);
    ck_assert_int_eq(zones_add(&made->zones, &zone), ST_OK);
    return made;
}

START_TEST(a_copy_is_the_same_and_stands_alone) /* RULINGS B22 */
{
    struct policy *from = filled(), *copy = policy_copy(from);
    struct name name = name_of("www.corp.example."), zone = name_of("example.");
    const struct rrset *ds, *keys;

    ck_assert_ptr_nonnull(copy);
    policy_destroy(from);
    ck_assert_ptr_eq(copy->rules.limits, &copy->limits);
    ck_assert(holds(&copy->allow, "127.0.0.1") && holds(&copy->snoop, "::1"));
    ck_assert(holds(&copy->refuse_addresses, "10.0.0.1"));
    ck_assert_int_eq(policy_mode(copy, &name), DNSSEC_LOG_ONLY);
    ck_assert(policy_is_negative(copy, &name, (struct instant){ 1 }));
    ck_assert_ptr_nonnull(zones_closest(&copy->zones, &name));
    anchor_find(copy->anchors, &zone, &ds, &keys);
    ck_assert(ds != NULL && keys != NULL);
    anchor_find(copy->anchors, &name_root, &ds, &keys);
    ck_assert_uint_eq(ds->rr_count, 2);
    ck_assert_uint_eq(copy->hint_count, 13);
    name = name_of("pool.ntp.org.");
    ck_assert(time_repair_covers(&copy->time_repair, &name));
    name = name_of("www.test.");
    ck_assert_uint_eq(local_tree_deepest(copy->local, &name)->labels, 1);
    policy_destroy(copy);
}
END_TEST

START_TEST(a_copy_leaves_nothing_behind_where_memory_ends) /* LIMITS G5 */
{
    struct policy *from = filled();
    bool struck = true;
    for (uint64_t succeed = 0; struck; succeed++) {
        memory_fail_after(succeed);
        struct policy *copy = policy_copy(from);
        struck = memory_fail_stop();
        ck_assert(struck || copy != NULL);
        policy_destroy(copy);
    }
    policy_destroy(from);
}
END_TEST

Suite *policy_policy_suite(void)
{
    Suite *suite = suite_create("policy/policy");
    TCase *tcase = tcase_create("policy");
    tcase_add_checked_fixture(tcase, set_up_policy, tear_down_policy);
    tcase_add_test(tcase, the_defaults_are_safe_and_complete);
    tcase_add_test(tcase, limits_are_the_default_rows);
    tcase_add_test(tcase, sha1_is_off_and_the_skew_is_an_hour);
    tcase_add_test(tcase, only_this_machine_may_ask);
    tcase_add_test(tcase, the_root_is_anchored);
    tcase_add_test(tcase, the_hints_are_the_thirteen_root_servers);
    tcase_add_test(tcase, nothing_is_left_behind_where_memory_ends);
    tcase_add_test(tcase, a_copy_is_the_same_and_stands_alone);
    tcase_add_test(tcase, a_copy_leaves_nothing_behind_where_memory_ends);
    suite_add_tcase(suite, tcase);
    return suite;
}
