#include "lib/base/prng.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/suites.h"

static struct prng prng;

/* RFC 8439 §A.1, vectors 1 and 2: key and nonce of zeros, blocks 0 and 1. The first 32 octets of
 * block 0 become the next key, the rest is handed out. */
static const uint8_t next_key[32] = {
    0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90, 0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28,
    0xbd, 0xd2, 0x19, 0xb8, 0xa0, 0x8d, 0xed, 0x1a, 0xa8, 0x36, 0xef, 0xcc, 0x8b, 0x77, 0x0d, 0xc7,
};
static const uint8_t stream[96] = {
    0xda, 0x41, 0x59, 0x7c, 0x51, 0x57, 0x48, 0x8d, 0x77, 0x24, 0xe0, 0x3f, 0xb8, 0xd8, 0x4a, 0x37,
    0x6a, 0x43, 0xb8, 0xf4, 0x15, 0x18, 0xa1, 0x1c, 0xc3, 0x87, 0xb6, 0x69, 0xb2, 0xee, 0x65, 0x86,
    0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a, 0x98, 0xba, 0x97, 0x7c, 0x73, 0x2d, 0x08, 0x0d,
    0xcb, 0x0f, 0x29, 0xa0, 0x48, 0xe3, 0x65, 0x69, 0x12, 0xc6, 0x53, 0x3e, 0x32, 0xee, 0x7a, 0xed,
    0x29, 0xb7, 0x21, 0x76, 0x9c, 0xe6, 0x4e, 0x43, 0xd5, 0x71, 0x33, 0xb0, 0x74, 0xd8, 0x39, 0xd5,
    0x31, 0xed, 0x1f, 0x28, 0x51, 0x0a, 0xfb, 0x45, 0xac, 0xe1, 0x0a, 0x1f, 0x4b, 0x79, 0x4d, 0x6f,
};
/* Octets 32 to 63 of the stream of `next_key`, by OpenSSL's ChaCha20. */
static const uint8_t second_stream[32] = {
    0xaf, 0xbd, 0xad, 0x28, 0x45, 0xb9, 0x3c, 0xdb, 0xb2, 0xfe, 0x64, 0x63, 0xd2, 0xfe, 0x16, 0x2a,
    0xda, 0xe0, 0xf6, 0xe6, 0x76, 0xf0, 0x49, 0x42, 0x18, 0xf5, 0xce, 0x05, 0x96, 0xe7, 0x9f, 0x5c,
};
/* RFC 8439 §A.1, vector 3: the last octet of the key is 1, block 1. */
static const uint8_t stream_of_key_1[32] = {
    0x3a, 0xeb, 0x52, 0x24, 0xec, 0xf8, 0x49, 0x92, 0x9b, 0x9d, 0x82, 0x8d, 0xb1, 0xce, 0xd4, 0xdd,
    0x83, 0x20, 0x25, 0xe8, 0x01, 0x8b, 0x81, 0x60, 0xb8, 0x22, 0x84, 0xf3, 0xc9, 0x49, 0xaa, 0x5a,
};

static void set_up(void)
{
    static const uint8_t zeros[32];
    prng_seed(&prng, zeros);
}

START_TEST(the_stream_is_chacha20) /* RFC 8439 §2.3, §A.1 */
{
    uint8_t octets[96], key[32] = { [31] = 1 };
    prng_fill(&prng, octets, sizeof octets);
    ck_assert_mem_eq(octets, stream, sizeof stream);
    prng_seed(&prng, key);
    prng_fill(&prng, octets, 64);
    ck_assert_mem_eq(octets + 32, stream_of_key_1, 32);
}
END_TEST

START_TEST(the_first_octets_of_each_refill_become_the_key)
{
    uint8_t octets[448 + 32];
    prng_fill(&prng, octets, 1);
    ck_assert_mem_eq(prng.key, next_key, 32);
    prng_fill(&prng, octets, 447 + 32);
    ck_assert_mem_eq(octets + 447, second_stream, 32);
}
END_TEST

START_TEST(what_is_handed_out_is_erased) /* ruling B28 */
{
    static const uint8_t zeros[448];
    uint8_t octets[448];
    for (size_t len = 1; prng.used + len <= sizeof octets || prng.used == sizeof octets; len++) {
        prng_fill(&prng, octets, len);
        ck_assert_mem_eq(prng.block, zeros, prng.used);
    }
    ck_assert_uint_gt(prng.used, 400);
}
END_TEST

START_TEST(the_stream_does_not_depend_on_how_it_is_cut)
{
    struct prng other = prng;
    uint8_t whole[2000], parts[2000];
    prng_fill(&prng, whole, sizeof whole);
    for (size_t at = 0, step = 0; at < sizeof parts; step++) {
        size_t len = step % 61, left = sizeof parts - at; /* a draw of nothing moves nothing */
        len = len < left ? len : left;
        prng_fill(&other, parts + at, len);
        at += len;
    }
    ck_assert_mem_eq(whole, parts, sizeof whole);
}
END_TEST

START_TEST(numbers_are_the_octets_with_the_least_first)
{
    ck_assert_uint_eq(prng_u32(&prng), 0x7c5941da);
    ck_assert_uint_eq(prng_u64(&prng), UINT64_C(0x3fe024778d485751));
    struct prng other = prng;
    int differs = 0;
    for (int i = 0; i < 400000; i++) /* so many that each of the 65536 comes up */
        differs += prng_u16(&prng) != (prng_u32(&other) & 0xffff);
    ck_assert_int_eq(differs, 0);
}
END_TEST

START_TEST(a_seed_repeats_exactly_and_another_does_not)
{
    struct prng same, other;
    int differs = 0, agrees = 0;
    prng_seed_number(&prng, 7);
    prng_seed_number(&same, 7);
    prng_seed_number(&other, UINT64_C(7) << 56);
    for (int i = 0; i < 70000; i++) { /* never reseeded */
        uint64_t number = prng_u64(&prng);
        differs += prng_u64(&same) != number;
        agrees += prng_u64(&other) == number;
    }
    ck_assert_int_eq(differs, 0);
    ck_assert_int_eq(agrees, 0);
}
END_TEST

START_TEST(the_system_reseeds_after_its_number_of_draws) /* LIMITS A2 */
{
    ck_assert_int_eq(prng_seed_os(&prng), ST_OK);
    struct prng copy = prng;
    int differs = 0;
    for (int i = 0; i < PRNG_RESEED_DRAWS; i++)
        differs += prng_u64(&prng) != prng_u64(&copy);
    ck_assert_int_eq(differs, 0);
    ck_assert_uint_ne(prng_u64(&prng), prng_u64(&copy));
    ck_assert(prng.seeded_by_os);
}
END_TEST

START_TEST(two_seeds_of_the_system_differ)
{
    struct prng other;
    ck_assert_int_eq(prng_seed_os(&prng), ST_OK);
    ck_assert_int_eq(prng_seed_os(&other), ST_OK);
    ck_assert_uint_ne(prng_u64(&prng), prng_u64(&other));
}
END_TEST

START_TEST(a_generator_wiped_by_fork_seeds_itself) /* LIMITS A2, MADV_WIPEONFORK */
{
    struct prng other;
    memset(&prng, 0, sizeof prng);
    memset(&other, 0, sizeof other);
    uint64_t number = prng_u64(&prng);
    ck_assert_uint_ne(number, 0);
    ck_assert_uint_ne(number, prng_u64(&other));
    ck_assert(prng.seeded_by_os);
}
END_TEST

START_TEST(prng_below_stays_below)
{
    static const uint32_t bounds[] = { 1, 2, 3, 255, 256, 64512, UINT32_C(1) << 31, UINT32_MAX };
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        for (int draw = 0; draw < 1000; draw++)
            ck_assert_uint_lt(prng_below(&prng, bounds[i]), bounds[i]);
    }
}
END_TEST

/* Of 2^32 = 3 x 2^30 + 2^30 draws a plain remainder would hit the first third of the range twice,
 * a plain multiplication every third number. */
START_TEST(prng_below_prefers_no_part_of_its_range)
{
    enum { DRAWS = 300000 };
    int thirds[3] = { 0 }, each_third[3] = { 0 };
    for (int i = 0; i < DRAWS; i++) {
        uint32_t draw = prng_below(&prng, UINT32_C(3) << 30);
        thirds[draw >> 30]++;
        each_third[draw % 3]++;
    }
    for (int i = 0; i < 3; i++) { /* sigma is 258 */
        ck_assert_int_lt(abs(thirds[i] - DRAWS / 3), 5 * 258);
        ck_assert_int_lt(abs(each_third[i] - DRAWS / 3), 5 * 258);
    }
}
END_TEST

START_TEST(prng_below_a_power_of_two_draws_once)
{
    struct prng other = prng;
    for (int i = 0; i < 1000; i++)
        ck_assert_uint_eq(prng_below(&prng, UINT32_C(1) << 31), prng_u32(&other) >> 1);
}
END_TEST

Suite *base_prng_suite(void)
{
    Suite *suite = suite_create("base/prng");
    TCase *stream_case = tcase_create("prng_fill"), *seed = tcase_create("prng_seed");
    TCase *below = tcase_create("prng_below");
    tcase_add_checked_fixture(stream_case, set_up, NULL);
    tcase_add_checked_fixture(seed, set_up, NULL);
    tcase_add_checked_fixture(below, set_up, NULL);
    tcase_add_test(stream_case, the_stream_is_chacha20);
    tcase_add_test(stream_case, the_first_octets_of_each_refill_become_the_key);
    tcase_add_test(stream_case, what_is_handed_out_is_erased);
    tcase_add_test(stream_case, the_stream_does_not_depend_on_how_it_is_cut);
    tcase_add_test(stream_case, numbers_are_the_octets_with_the_least_first);
    tcase_add_test(seed, a_seed_repeats_exactly_and_another_does_not);
    tcase_add_test(seed, the_system_reseeds_after_its_number_of_draws);
    tcase_add_test(seed, two_seeds_of_the_system_differ);
    tcase_add_test(seed, a_generator_wiped_by_fork_seeds_itself);
    tcase_add_test(below, prng_below_stays_below);
    tcase_add_test(below, prng_below_prefers_no_part_of_its_range);
    tcase_add_test(below, prng_below_a_power_of_two_draws_once);
    suite_add_tcase(suite, stream_case);
    suite_add_tcase(suite, seed);
    suite_add_tcase(suite, below);
    return suite;
}
