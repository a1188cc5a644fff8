#include "lib/crypto/algorithm.h"

#include <string.h>

#include "tests/unit/suites.h"

START_TEST(algorithm_find_knows_what_is_validated) /* RFC 9904, SPEC V2, V3 */
{
    static const uint8_t known[] = { 5, 7, 8, 10, 13, 14, 15, 16, 18 };
    unsigned count = 0;
    for (unsigned number = 0; number < 256; number++)
        count += algorithm_find((uint8_t)number) != NULL;
    ck_assert_uint_eq(count, sizeof known);
    for (size_t i = 0; i < sizeof known; i++)
        ck_assert_msg(algorithm_find(known[i]) != NULL, "algorithm %u", (unsigned)known[i]);
}
END_TEST

START_TEST(algorithms_with_sha1_are_not_trusted) /* RFC 9905 §3 */
{
    for (unsigned number = 0; number < 256; number++) {
        const struct algorithm *row = algorithm_find((uint8_t)number);
        bool sha1 = row != NULL && row->digest != NULL && strcmp(row->digest, "SHA1") == 0;
        ck_assert_msg(row == NULL || row->trusted == !sha1, "algorithm %u", number);
    }
}
END_TEST

START_TEST(algorithm_text_names_unknown_ones_by_number)
{
    char text[32];
    ck_assert_str_eq(algorithm_text(13, text), "ECDSAP256SHA256");
    ck_assert_str_eq(algorithm_text(12, text), "algorithm 12");
    ck_assert_str_eq(algorithm_text(250, text), "algorithm 250");
}
END_TEST

static const struct {
    uint8_t number;
    uint32_t key_octets, cost;
} costs[] = {
    { 8, 128 + 4, 1 }, { 8, 256 + 4, 1 }, { 10, 256 + 7, 1 }, { 8, 384 + 4, 3 },
    { 8, 512 + 4, 4 }, { 13, 64, 3 },     { 14, 96, 34 },     { 15, 32, 5 },
    { 16, 57, 12 },    { 18, 1312, 5 },   { 5, 60000, 4 },    { 99, 0, 1 },
};

START_TEST(algorithm_cost_follows_the_measurement) /* LIMITS 0.2 */
{
    ck_assert_uint_eq(algorithm_cost(costs[_i].number, costs[_i].key_octets), costs[_i].cost);
}
END_TEST

START_TEST(ds_digest_find_knows_three_types) /* RFC 4509, 6605 §2, 9905; GOST (3) never: RFC 9906 */
{
    for (unsigned type = 0; type < 256; type++)
        ck_assert_msg((ds_digest_find((uint8_t)type) != NULL) ==
                          (type == 1 || type == 2 || type == 4),
                      "type %u", type);
    ck_assert_uint_eq(ds_digest_find(1)->octets, 20);
    ck_assert_uint_eq(ds_digest_find(2)->octets, 32);
    ck_assert_uint_eq(ds_digest_find(4)->octets, 48);
    ck_assert(!ds_digest_find(1)->trusted);
}
END_TEST

Suite *crypto_algorithm_suite(void)
{
    Suite *suite = suite_create("crypto/algorithm");
    TCase *tcase = tcase_create("tables");
    tcase_add_test(tcase, algorithm_find_knows_what_is_validated);
    tcase_add_test(tcase, algorithms_with_sha1_are_not_trusted);
    tcase_add_test(tcase, algorithm_text_names_unknown_ones_by_number);
    tcase_add_loop_test(tcase, algorithm_cost_follows_the_measurement, 0,
                        sizeof costs / sizeof *costs);
    tcase_add_test(tcase, ds_digest_find_knows_three_types);
    suite_add_tcase(suite, tcase);
    return suite;
}
