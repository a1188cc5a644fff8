#include "lib/dnssec/rules.h"

#include "tests/support/proof_bench.h"
#include "tests/unit/wire/wire_test.h"

static struct proof_bench bench;
static struct name zone; /* whose keys and DS they are */

static void set_up(void)
{
    proof_bench_up(&bench);
    zone = name_root;
}

static void tear_down(void)
{
    proof_bench_down(&bench);
}

static bool algorithm(unsigned number)
{
    return rules_allow_algorithm(&bench.rules, bench.crypto, &zone, (uint8_t)number);
}

static bool digest(unsigned type)
{
    return rules_allow_digest(&bench.rules, bench.crypto, &zone, (uint8_t)type);
}

/* A set of numbers as 256 bits of text would be unreadable: the list, ended by 0. */
static bool is_in(unsigned number, const uint8_t *list)
{
    while (*list != 0 && *list != number)
        list++;
    return *list != 0;
}

START_TEST(the_defaults_are_those_of_the_specification) /* SPEC V2, V3 */
{
    static const uint8_t algorithms[] = { 8, 10, 13, 14, 15, 16, 0 }, digests[] = { 2, 4, 0 };
    for (unsigned number = 0; number < 256; number++) {
        ck_assert_msg(number == 18 || algorithm(number) == is_in(number, algorithms),
                      "algorithm %u", number);
        ck_assert_msg(digest(number) == is_in(number, digests), "digest %u", number);
    }
    ck_assert(algorithm(18) == crypto_has_algorithm(bench.crypto, 18));
}
END_TEST

START_TEST(sha1_is_validated_only_where_asked_for) /* RFC 9905, SPEC V3 */
{
    static const uint8_t algorithms[] = { 5, 7, 8, 10, 13, 14, 15, 16, 0 };
    static const uint8_t digests[] = { 1, 2, 4, 0 };
    bench.rules.sha1 = true;
    for (unsigned number = 0; number < 256; number++) {
        ck_assert_msg(number == 18 || algorithm(number) == is_in(number, algorithms),
                      "algorithm %u", number);
        ck_assert_msg(digest(number) == is_in(number, digests), "digest %u", number);
    }
}
END_TEST

/* SPEC V17: an algorithm does not drag the digest of the same number along, nor the reverse. */
START_TEST(what_is_off_is_unsupported_and_nothing_else)
{
    bench.rules.algorithms_off[8 / 8] |= 1u << 8 % 8;
    bench.rules.digests_off[4 / 8] |= 1u << 4 % 8;
    ck_assert(!algorithm(8));
    ck_assert(algorithm(10));
    ck_assert(!digest(4));
    ck_assert(digest(2));
    bench.rules.algorithms_off[2 / 8] |= 1u << 2 % 8;
    ck_assert(digest(2));
    bench.rules.digests_off[13 / 8] |= 1u << 13 % 8;
    ck_assert(algorithm(13));
}
END_TEST

static void take_off(enum rules_kind kind, uint8_t number, const char *below)
{
    struct rules_off *off = &bench.rules.below[bench.rules.below_count++];

    *off = (struct rules_off){ .kind = kind, .number = number };
    off->below = name_of(below);
}

static const struct {
    const char *zone;
    bool allowed;
} zones[] = {
    { "example.", false }, { "EXAMPLE.", false }, { "a.b.example.", false },
    { ".", true },         { "test.", true },     { "notexample.", true },
};

START_TEST(what_is_off_below_a_name_is_off_for_zones_at_and_below_it) /* SPEC V17 */
{
    take_off(RULES_ALGORITHM, 13, "other.test.");
    take_off(RULES_ALGORITHM, 8, "example.");
    take_off(RULES_DIGEST, 4, "example.");
    zone = name_of(zones[_i].zone);
    ck_assert(algorithm(8) == zones[_i].allowed);
    ck_assert(digest(4) == zones[_i].allowed);
    ck_assert(algorithm(13));
    ck_assert(digest(2));
}
END_TEST

START_TEST(nothing_of_the_same_number_is_off_with_it_below_a_name) /* SPEC V17 */
{
    bench.rules.sha1 = true;
    take_off(RULES_ALGORITHM, 2, ".");
    take_off(RULES_ALGORITHM, 5, ".");
    take_off(RULES_DIGEST, 8, ".");
    ck_assert(digest(1)); /* SHA-1, as in algorithm 5 */
    ck_assert(digest(2));
    ck_assert(!algorithm(5));
    ck_assert(algorithm(8));
}
END_TEST

Suite *dnssec_rules_suite(void)
{
    Suite *suite = suite_create("dnssec/rules");
    TCase *tcase = tcase_create("rules");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_defaults_are_those_of_the_specification);
    tcase_add_test(tcase, sha1_is_validated_only_where_asked_for);
    tcase_add_test(tcase, what_is_off_is_unsupported_and_nothing_else);
    tcase_add_loop_test(tcase, what_is_off_below_a_name_is_off_for_zones_at_and_below_it, 0,
                        sizeof zones / sizeof *zones);
    tcase_add_test(tcase, nothing_of_the_same_number_is_off_with_it_below_a_name);
    suite_add_tcase(suite, tcase);
    return suite;
}
