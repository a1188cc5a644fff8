/* LIMITS A1, RFC 5452 §9.2: 10^6 draws of the generator, taken as a question to a server takes
 * them: port, id, and 32 bits of case. Draws, not uses, are what must be uniform (ruling B10). */
#include "lib/base/prng.h"
#include "tests/unit/suites.h"

enum { DRAWS = 1000000, PORTS = 65536 - 1024, IDS = 65536, CASES = 256 };

static uint16_t ports[DRAWS], ids[DRAWS]; /* a port less 1024 */
static uint32_t cases[DRAWS];
static uint32_t counts[65536];

static void draw_all(void)
{
    struct prng prng;
    prng_seed_number(&prng, 1);
    for (int i = 0; i < DRAWS; i++) {
        ports[i] = (uint16_t)prng_below(&prng, PORTS);
        ids[i] = prng_u16(&prng);
        cases[i] = prng_u32(&prng);
    }
}

/* Whether chi-square lies within five sigma of its mean, which is the degrees of freedom; their
 * double is the variance. Too even is as wrong as too uneven. */
static bool is_even(uint32_t cells)
{
    double expected = (double)DRAWS / cells, chi = 0, freedom = cells - 1;
    for (uint32_t i = 0; i < cells; i++)
        chi += (counts[i] - expected) * (counts[i] - expected) / expected;
    double off = chi - freedom;
    return off * off < 25 * 2 * freedom;
}

static void clear_counts(void)
{
    for (uint32_t i = 0; i < 65536; i++)
        counts[i] = 0;
}

START_TEST(ports_are_uniform_over_their_whole_range)
{
    uint32_t seen = 0;
    clear_counts();
    for (int i = 0; i < DRAWS; i++)
        counts[ports[i]]++;
    ck_assert(is_even(PORTS));
    for (uint32_t i = 0; i < PORTS; i++)
        seen += counts[i] > 0;
    ck_assert_uint_ge(seen, 60000);
}
END_TEST

START_TEST(ids_are_uniform)
{
    clear_counts();
    for (int i = 0; i < DRAWS; i++)
        counts[ids[i]]++;
    ck_assert(is_even(IDS));
}
END_TEST

START_TEST(each_octet_of_case_is_uniform)
{
    for (unsigned shift = 0; shift < 32; shift += 8) {
        clear_counts();
        for (int i = 0; i < DRAWS; i++)
            counts[cases[i] >> shift & 0xff]++;
        ck_assert(is_even(CASES));
    }
}
END_TEST

struct series {
    const uint16_t *draws;
    double range;
};

/* Whether what follows says nothing about what went before: the sum of products of n uniform
 * deviations has variance n times the variance of each. */
static bool is_uncorrelated(struct series a, struct series b, int lag)
{
    double sum = 0, n = DRAWS - lag;
    for (int i = 0; i + lag < DRAWS; i++)
        sum += (a.draws[i] - (a.range - 1) / 2) * (b.draws[i + lag] - (b.range - 1) / 2);
    double variance_a = (a.range * a.range - 1) / 12, variance_b = (b.range * b.range - 1) / 12;
    return sum * sum < 25 * n * variance_a * variance_b;
}

static const struct series port_series = { ports, PORTS }, id_series = { ids, IDS };

START_TEST(no_draw_tells_of_the_next_of_its_kind)
{
    for (int lag = 1; lag <= 16; lag++) {
        ck_assert(is_uncorrelated(port_series, port_series, lag));
        ck_assert(is_uncorrelated(id_series, id_series, lag));
    }
}
END_TEST

START_TEST(no_draw_tells_of_the_other_kind)
{
    for (int lag = 0; lag <= 16; lag++) {
        ck_assert(is_uncorrelated(port_series, id_series, lag));
        ck_assert(is_uncorrelated(id_series, port_series, lag));
    }
}
END_TEST

/* The pair of port and id, cut into 256 x 256 cells. */
START_TEST(pairs_of_port_and_id_are_uniform)
{
    clear_counts();
    for (int i = 0; i < DRAWS; i++)
        counts[(uint32_t)ports[i] / (PORTS / 256) * 256 + ids[i] / 256]++;
    ck_assert(is_even(65536));
}
END_TEST

Suite *base_prng_draws_suite(void)
{
    Suite *suite = suite_create("base/prng_draws");
    TCase *draws = tcase_create("draws");
    tcase_add_unchecked_fixture(draws, draw_all, NULL);
    tcase_add_test(draws, ports_are_uniform_over_their_whole_range);
    tcase_add_test(draws, ids_are_uniform);
    tcase_add_test(draws, each_octet_of_case_is_uniform);
    tcase_add_test(draws, no_draw_tells_of_the_next_of_its_kind);
    tcase_add_test(draws, no_draw_tells_of_the_other_kind);
    tcase_add_test(draws, pairs_of_port_and_id_are_uniform);
    suite_add_tcase(suite, draws);
    return suite;
}
