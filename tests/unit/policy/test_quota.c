#include "lib/policy/quota.h"

#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/prng.h"
#include "tests/unit/wire/wire_test.h"

enum { KEYS = 3000, STEPS = 200000 };

static struct quota *quota;
static const struct siphash_key hash_key = { 1, 2 };

static void set_up(void)
{
    quota = quota_create(&hash_key);
    ck_assert_ptr_nonnull(quota);
}

static void tear_down(void)
{
    quota_destroy(quota);
}

static uint32_t count_of(const char *client)
{
    struct endpoint endpoint = endpoint_of(client);
    return quota_count(quota, quota_find_client(quota, QUOTA_WAITING, &endpoint));
}

START_TEST(who_is_alone_is_counted_exactly)
{
    struct endpoint client = endpoint_of("192.0.2.1");
    struct quota_place place = quota_find_client(quota, QUOTA_WAITING, &client);
    for (uint32_t i = 1; i <= 300; i++)
        ck_assert_uint_eq(quota_enter(quota, place), i);
    for (uint32_t i = 300; i-- > 0;) {
        quota_leave(quota, place);
        ck_assert_uint_eq(quota_count(quota, place), i);
    }
}
END_TEST

START_TEST(an_address_of_ipv4_and_a_56_of_ipv6_are_one_client) /* LIMITS F9 */
{
    struct endpoint four = endpoint_of("192.0.2.1"), six = endpoint_of("2001:db8:1:200::1");
    (void)quota_enter(quota, quota_find_client(quota, QUOTA_WAITING, &four));
    (void)quota_enter(quota, quota_find_client(quota, QUOTA_WAITING, &six));
    ck_assert_uint_eq(count_of("192.0.2.1"), 1);
    ck_assert_uint_eq(count_of("192.0.2.2"), 0);
    ck_assert_uint_eq(count_of("2001:db8:1:2ff::9"), 1);
    ck_assert_uint_eq(count_of("2001:db8:1:300::1"), 0);
}
END_TEST

START_TEST(one_key_of_two_kinds_is_two)
{
    struct endpoint client = endpoint_of("192.0.2.1");
    (void)quota_enter(quota, quota_find_client(quota, QUOTA_CONNECTIONS, &client));
    ck_assert_uint_eq(count_of("192.0.2.1"), 0);
    struct quota_place zone = quota_find(quota, QUOTA_ZONE, "\3com", 5);
    struct quota_place server = quota_find(quota, QUOTA_SERVER, "\3com", 5);
    ck_assert_int_ne(memcmp(&zone, &server, sizeof zone), 0);
}
END_TEST

/* Beside an exact count for each: never below it, and rarely above (LIMITS 0.1). */
START_TEST(with_thousands_at_once_no_count_is_below_the_truth)
{
    static uint32_t truth[KEYS];
    struct prng prng;
    unsigned above = 0;
    prng_seed_number(&prng, 7);
    memset(truth, 0, sizeof truth);
    for (unsigned step = 0; step < STEPS; step++) {
        uint32_t key = prng_below(&prng, KEYS);
        struct quota_place place = quota_find(quota, QUOTA_WAITING, &key, sizeof key);
        if (truth[key] > 0 && prng_below(&prng, 2) == 0) {
            quota_leave(quota, place);
            truth[key]--;
        } else {
            ck_assert_uint_ge(quota_enter(quota, place), ++truth[key]);
        }
        ck_assert_uint_ge(quota_count(quota, place), truth[key]);
        above += quota_count(quota, place) > truth[key];
    }
    ck_assert_uint_lt(above, STEPS / 50);
    for (uint32_t key = 0; key < KEYS; key++)
        for (; truth[key] > 0; truth[key]--)
            quota_leave(quota, quota_find(quota, QUOTA_WAITING, &key, sizeof key));
    for (uint32_t key = 0; key < KEYS; key++)
        ck_assert_uint_eq(quota_count(quota, quota_find(quota, QUOTA_WAITING, &key, sizeof key)),
                          0);
}
END_TEST

START_TEST(without_memory_there_is_none)
{
    memory_fail_after(0);
    ck_assert_ptr_null(quota_create(&hash_key));
    ck_assert(memory_fail_stop());
    quota_destroy(NULL);
}
END_TEST

Suite *policy_quota_suite(void)
{
    Suite *suite = suite_create("policy/quota");
    TCase *tcase = tcase_create("counts");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, who_is_alone_is_counted_exactly);
    tcase_add_test(tcase, an_address_of_ipv4_and_a_56_of_ipv6_are_one_client);
    tcase_add_test(tcase, one_key_of_two_kinds_is_two);
    tcase_add_test(tcase, with_thousands_at_once_no_count_is_below_the_truth);
    tcase_add_test(tcase, without_memory_there_is_none);
    suite_add_tcase(suite, tcase);
    return suite;
}
