#include "lib/base/budget.h"

#include "tests/unit/suites.h"

/* LIMITS 0.1, per client question. */
static const struct {
    uint32_t limit;
    const char *what;
} kinds[SPEND_KINDS] = {
    [SPEND_QUESTION] = { 100, "upstream questions" },
    [SPEND_PACKET] = { 200, "upstream packets" },
    [SPEND_OCTETS] = { 100000, "upstream octets" },
    [SPEND_NS_FAILED] = { 12, "failed server names" },
    [SPEND_FAILED_CHECK] = { 16, "failed verifications" },
    [SPEND_FAILED_UNITS] = { 128, "failed verification cost" },
    [SPEND_GOOD_CHECK] = { 128, "verifications" },
    [SPEND_GOOD_UNITS] = { 1024, "verification cost" },
    [SPEND_NSEC3_BLOCKS] = { 4096, "NSEC3 hashing" },
};

static struct limits limits;
static struct budget budget;

static void set_up(void)
{
    limits_defaults(&limits);
    budget_init(&budget, &limits);
}

START_TEST(each_spend_has_its_own_limit_and_name)
{
    enum spend kind = (enum spend)_i;
    ck_assert_uint_eq(budget_limit(&budget, kind), kinds[kind].limit);
    ck_assert_str_eq(budget_what_ended(&budget), "");
    ck_assert(budget_spend(&budget, kind, kinds[kind].limit));
    ck_assert(!budget_spend(&budget, kind, 1));
    ck_assert_str_eq(budget_what_ended(&budget), kinds[kind].what);
}
END_TEST

START_TEST(at_exactly_the_limit_it_is_still_true)
{
    for (int i = 0; i < 200; i++)
        ck_assert(budget_spend(&budget, SPEND_PACKET, 1));
    ck_assert(!budget_is_over(&budget));
    ck_assert(budget_allows(&budget, SPEND_PACKET, 0));
    ck_assert(!budget_allows(&budget, SPEND_PACKET, 1));
    ck_assert(!budget_is_over(&budget)); /* asking costs nothing */
    ck_assert(!budget_spend(&budget, SPEND_PACKET, 1));
    ck_assert(budget_is_over(&budget));
}
END_TEST

START_TEST(the_first_limit_reached_is_remembered) /* ruling A2 */
{
    ck_assert(!budget_spend(&budget, SPEND_NS_FAILED, 13));
    ck_assert(!budget_spend(&budget, SPEND_QUESTION, 101));
    ck_assert_str_eq(budget_what_ended(&budget), "failed server names");
}
END_TEST

START_TEST(a_budget_that_is_over_allows_nothing_of_any_kind)
{
    ck_assert(!budget_spend(&budget, SPEND_NS_FAILED, 13));
    for (int kind = 0; kind < SPEND_KINDS; kind++) {
        ck_assert(!budget_allows(&budget, (enum spend)kind, 0));
        ck_assert(!budget_spend(&budget, (enum spend)kind, 1));
    }
}
END_TEST

START_TEST(counters_only_grow_and_never_wrap)
{
    ck_assert(budget_spend(&budget, SPEND_OCTETS, 99999));
    ck_assert(!budget_spend(&budget, SPEND_OCTETS, UINT32_MAX));
    ck_assert_uint_eq(budget.spent[SPEND_OCTETS], UINT32_MAX);
    ck_assert(!budget_spend(&budget, SPEND_OCTETS, 2));
    ck_assert_uint_eq(budget.spent[SPEND_OCTETS], UINT32_MAX);
}
END_TEST

START_TEST(the_limits_in_force_decide)
{
    limits.packets = 20;
    ck_assert(!budget_allows(&budget, SPEND_PACKET, 21));
    ck_assert(budget_spend(&budget, SPEND_PACKET, 15));
    limits.packets = 10; /* lowered below what is spent */
    ck_assert(!budget_spend(&budget, SPEND_PACKET, 0));
}
END_TEST

Suite *base_budget_suite(void)
{
    Suite *suite = suite_create("base/budget");
    TCase *spend = tcase_create("budget_spend");
    tcase_add_checked_fixture(spend, set_up, NULL);
    tcase_add_loop_test(spend, each_spend_has_its_own_limit_and_name, 0, SPEND_KINDS);
    tcase_add_test(spend, at_exactly_the_limit_it_is_still_true);
    tcase_add_test(spend, the_first_limit_reached_is_remembered);
    tcase_add_test(spend, a_budget_that_is_over_allows_nothing_of_any_kind);
    tcase_add_test(spend, counters_only_grow_and_never_wrap);
    tcase_add_test(spend, the_limits_in_force_decide);
    suite_add_tcase(suite, spend);
    return suite;
}
