/* The tap of the floods: what it calls too much must be what LIMITS 4.3 calls so. */
#include "tests/support/tap.h"

#include "tests/unit/wire/wire_test.h"

enum { FACTOR = 16, SECOND_MS = 1000, EXCESS = 1000 };

static struct tap *tap;

static void set_up(void)
{
    tap = tap_create(1, 1);
    ck_assert_ptr_nonnull(tap);
}

static void tear_down(void)
{
    tap_destroy(tap);
}

static void comes_out(const char *victim, uint32_t excess, uint32_t ms)
{
    struct endpoint to = endpoint_of(victim);
    tap_in(tap, &to, ms);
    tap_out(tap, &to, excess, ms);
}

static double worst(uint8_t family, uint8_t bits)
{
    for (size_t i = 0; i < TAP_LENGTHS; i++)
        if (tap_lengths(tap)[i].family == family && tap_lengths(tap)[i].bits == bits)
            return tap_lengths(tap)[i].worst;
    ck_abort_msg("no such length: %u", bits);
    return 0;
}

START_TEST(as_much_as_leaks_never_passes_the_burst)
{
    for (uint32_t ms = 0; ms < SECOND_MS; ms++)
        comes_out("192.0.2.1", TAP_LEAK, ms);
    ck_assert_double_le(worst(4, 32), TAP_LEAK);
}
END_TEST

START_TEST(twice_as_much_as_leaks_adds_up)
{
    for (uint32_t ms = 0; ms < SECOND_MS; ms++)
        comes_out("192.0.2.1", 2 * TAP_LEAK, ms);
    ck_assert_double_eq(worst(4, 32), TAP_LEAK * (SECOND_MS + 1));
}
END_TEST

START_TEST(a_network_adds_up_what_its_hosts_get_and_leaks_by_its_weight)
{
    comes_out("192.0.2.1", EXCESS, 0);
    comes_out("192.0.2.2", EXCESS, 1);
    ck_assert_double_eq(worst(4, 32), EXCESS);
    ck_assert_double_eq(worst(4, 24), 2 * EXCESS - 16 * TAP_LEAK);
    comes_out("2001:db8::1", EXCESS, 0);
    comes_out("2001:db8::2", EXCESS, 0);
    ck_assert_double_eq(worst(6, 64), 2 * EXCESS);
}
END_TEST

START_TEST(a_factor_leaks_so_much_faster)
{
    tap_destroy(tap);
    tap = tap_create(1, FACTOR);
    ck_assert_ptr_nonnull(tap);
    for (uint32_t ms = 0; ms < SECOND_MS; ms++)
        comes_out("10.0.0.1", FACTOR * TAP_LEAK, ms);
    ck_assert_double_le(worst(4, 32), FACTOR * TAP_LEAK);
}
END_TEST

START_TEST(a_pulse_is_what_one_victim_gets_in_one_ms)
{
    comes_out("192.0.2.1", EXCESS, 7);
    comes_out("192.0.2.1", EXCESS, 7);
    comes_out("192.0.2.2", EXCESS, 7);
    comes_out("192.0.2.1", EXCESS, 8);
    ck_assert_uint_eq(tap_pulse(tap), 2 * EXCESS);
}
END_TEST

START_TEST(more_packets_out_than_in_are_told_once_a_victim)
{
    struct endpoint to = endpoint_of("192.0.2.1");
    comes_out("192.0.2.1", 0, 0);
    ck_assert_uint_eq(tap_multiplied(tap), 0);
    tap_out(tap, &to, 0, 0);
    tap_out(tap, &to, 0, 0);
    ck_assert_uint_eq(tap_multiplied(tap), 1);
    ck_assert(!tap_lost(tap));
}
END_TEST

Suite *support_tap_suite(void)
{
    Suite *suite = suite_create("support/tap");
    TCase *levels = tcase_create("levels");

    tcase_add_checked_fixture(levels, set_up, tear_down);
    tcase_add_test(levels, as_much_as_leaks_never_passes_the_burst);
    tcase_add_test(levels, twice_as_much_as_leaks_adds_up);
    tcase_add_test(levels, a_network_adds_up_what_its_hosts_get_and_leaks_by_its_weight);
    tcase_add_test(levels, a_factor_leaks_so_much_faster);
    tcase_add_test(levels, a_pulse_is_what_one_victim_gets_in_one_ms);
    tcase_add_test(levels, more_packets_out_than_in_are_told_once_a_victim);
    suite_add_tcase(suite, levels);
    return suite;
}
