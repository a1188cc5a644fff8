#include "lib/crypto/verify.h"

#include <openssl/err.h>

#include "tests/unit/dnssec/proof_test.h"

static void set_up(void)
{
    proof_up("example.");
}

static struct bytes text_bytes(const char *text)
{
    return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

static enum verify_result check(struct bytes key, const char *text, struct bytes signature)
{
    return verify(bench.keyring, key, text_bytes(text), signature);
}

/* ---- each algorithm ---- */

static const struct {
    uint8_t algorithm;
    unsigned number;
} pairs[] = {
    { 5, 0 },  { 5, 1 },  { 7, 0 },  { 7, 1 },   { 8, 0 },  { 8, 11 },
    { 8, 12 }, { 10, 0 }, { 10, 3 }, { 10, 4 },  { 13, 0 }, { 13, 11 },
    { 14, 0 }, { 14, 3 }, { 15, 0 }, { 15, 11 }, { 16, 0 }, { 16, 3 },
};

START_TEST(verify_takes_a_good_signature_and_no_other) /* RFC 3110, 5702, 6605, 8080 */
{
    struct sign_key pair = sign_key(signer, pairs[_i].algorithm, pairs[_i].number, SIGN_ZSK);
    struct bytes key = sign_dnskey(&pair, bench.arena);
    struct bytes good = sign_octets(&pair, text_bytes("some octets"), bench.arena);
    uint8_t changed[512];
    for (unsigned twice = 0; twice < 2; twice++) { /* the kept context is as new each time */
        ck_assert(check(key, "some octets", good) == VERIFY_GOOD);
        ck_assert(check(key, "some 0ctets", good) == VERIFY_BAD);
        memcpy(changed, good.at, good.len);
        changed[good.len / 2] ^= 0x10;
        ck_assert(check(key, "some octets", (struct bytes){ changed, good.len }) == VERIFY_BAD);
    }
    ck_assert_uint_eq(keyring_checks(bench.keyring), 6);
}
END_TEST

START_TEST(verify_refuses_a_signature_of_another_length)
{
    struct sign_key pair = sign_key(signer, pairs[_i].algorithm, pairs[_i].number, SIGN_ZSK);
    struct bytes key = sign_dnskey(&pair, bench.arena);
    struct bytes good = sign_octets(&pair, text_bytes("x"), bench.arena);
    uint8_t longer[514] = { 0 };
    memcpy(longer, good.at, good.len);
    for (size_t len = 0; len <= good.len + 1; len++)
        if (len != good.len)
            ck_assert_msg(check(key, "x", (struct bytes){ longer, len }) == VERIFY_BAD,
                          "%zu octets", len);
    memmove(longer + 1, longer, good.len); /* a zero in front does not make it fit */
    longer[0] = 0;
    ck_assert(check(key, "x", (struct bytes){ longer, good.len + 1 }) == VERIFY_BAD);
}
END_TEST

START_TEST(verify_uses_the_key_it_is_given) /* EdDSA shares one context among all keys */
{
    struct sign_key a = sign_key(signer, pairs[_i].algorithm, 0, SIGN_ZSK);
    struct sign_key b = sign_key(signer, pairs[_i].algorithm, 1, SIGN_ZSK);
    struct bytes of_a = sign_octets(&a, text_bytes("x"), bench.arena);
    struct bytes key_a = sign_dnskey(&a, bench.arena), key_b = sign_dnskey(&b, bench.arena);
    ck_assert(check(key_a, "x", of_a) == VERIFY_GOOD);
    ck_assert(check(key_b, "x", of_a) == VERIFY_BAD);
    ck_assert(check(key_a, "x", of_a) == VERIFY_GOOD);
}
END_TEST

START_TEST(the_tests_own_signatures_repeat) /* RULINGS B29, RFC 6979 for ECDSA */
{
    struct signer *again = signer_create();
    struct sign_key a = sign_key(signer, pairs[_i].algorithm, 0, SIGN_ZSK);
    struct sign_key b = sign_key(again, pairs[_i].algorithm, 0, SIGN_ZSK);
    struct bytes one = sign_octets(&a, text_bytes("x"), bench.arena);
    struct bytes other = sign_octets(&b, text_bytes("x"), bench.arena);
    ck_assert(bytes_equal(one, other));
    signer_destroy(again);
}
END_TEST

/* ---- ECDSA's two numbers ---- */

/* Among 600 signatures some have a half that begins with zeros or with its top bit set: each shape
 * of DER integer is met. */
START_TEST(verify_rebuilds_every_shape_of_ecdsa_numbers) /* RFC 6605 §4 */
{
    struct sign_key pair = sign_key(signer, _i ? 14 : 13, 0, SIGN_ZSK);
    struct bytes key = sign_dnskey(&pair, bench.arena);
    size_t half = _i ? 48 : 32;
    unsigned zeros = 0, high = 0, low = 0;
    char text[] = "0000";
    for (unsigned i = 0; i < 600; i++) {
        for (unsigned digit = 4, rest = i; digit-- > 0; rest /= 10)
            text[digit] = (char)('0' + rest % 10);
        struct bytes signature = sign_octets(&pair, text_bytes(text), bench.arena);
        zeros += signature.at[0] == 0 || signature.at[half] == 0;
        high += signature.at[0] >= 0x80;
        low += signature.at[0] < 0x80;
        ck_assert_msg(check(key, text, signature) == VERIFY_GOOD, "text %s", text);
    }
    ck_assert_uint_gt(zeros, 0);
    ck_assert_uint_gt(high, 0);
    ck_assert_uint_gt(low, 0);
}
END_TEST

START_TEST(verify_refuses_ecdsa_numbers_out_of_range)
{
    struct sign_key pair = sign_key(signer, 13, 0, SIGN_ZSK);
    struct bytes key = sign_dnskey(&pair, bench.arena);
    uint8_t signature[64] = { 0 };
    static const uint8_t fills[] = { 0x00, 0xFF };
    for (unsigned r = 0; r < 2; r++)
        for (unsigned s = 0; s < 2; s++) {
            memset(signature, fills[r], 32);
            memset(signature + 32, fills[s], 32);
            ck_assert(check(key, "x", (struct bytes){ signature, 64 }) == VERIFY_BAD);
        }
}
END_TEST

/* ---- keys ---- */

/* An RSA key in DNSKEY form: exponent octets, modulus of `bits` bits with `top` zeros in front. */
struct rsa_row {
    const char *why;
    struct bytes exponent;
    unsigned bits, zeros;
    uint8_t last; /* the modulus's last octet */
    enum verify_result expected;
};

#define OCTETS(literal)                                                                            \
    {                                                                                              \
        (const uint8_t *)(literal), sizeof(literal) - 1                                            \
    }

static const struct rsa_row rsa_rows[] = {
    { "the usual", OCTETS("\1\0\1"), 2048, 0, 1, VERIFY_GOOD },
    { "exponent 3", OCTETS("\3"), 2048, 0, 1, VERIFY_GOOD },
    { "1024 bits are the least", OCTETS("\3"), 1024, 0, 1, VERIFY_GOOD },
    { "1023 bits are too few", OCTETS("\3"), 1023, 0, 1, VERIFY_UNSUPPORTED },
    { "512 bits are too few", OCTETS("\3"), 512, 0, 1, VERIFY_UNSUPPORTED },
    { "4096 bits are the most", OCTETS("\3"), 4096, 0, 1, VERIFY_GOOD },
    { "4097 bits are too many", OCTETS("\3"), 4097, 0, 1, VERIFY_UNSUPPORTED },
    { "2^32 + 1 is the highest exponent", OCTETS("\1\0\0\0\1"), 2048, 0, 1, VERIFY_GOOD },
    { "2^32 + 3 is too high", OCTETS("\1\0\0\0\3"), 2048, 0, 1, VERIFY_UNSUPPORTED },
    { "an exponent of 2^40 is too high", OCTETS("\1\0\0\0\0\1"), 2048, 0, 1, VERIFY_UNSUPPORTED },
    { "an even exponent", OCTETS("\1\0\0"), 2048, 0, 1, VERIFY_UNSUPPORTED },
    { "exponent 1 proves nothing", OCTETS("\1"), 2048, 0, 1, VERIFY_UNSUPPORTED },
    { "exponent 0", OCTETS("\0"), 2048, 0, 1, VERIFY_BAD_KEY },
    { "zeros before the modulus", OCTETS("\3"), 2048, 2, 1, VERIFY_GOOD },
    { "zeros do not add bits", OCTETS("\3"), 1000, 10, 1, VERIFY_UNSUPPORTED },
    { "zeros before the exponent", OCTETS("\0\0\0\0\0\0\0\3"), 2048, 0, 1, VERIFY_GOOD },
    { "an even modulus", OCTETS("\3"), 2048, 0, 2, VERIFY_BAD_KEY },
};

enum length_form { LENGTH_SHORT, LENGTH_LONG };

static struct bytes rsa_key(const struct rsa_row *row, enum length_form form, uint8_t *room)
{
    size_t len = 0, modulus = (row->bits + 7) / 8;
    memcpy(room, "\1\0\3\10", 4);
    len = 4;
    if (form == LENGTH_LONG)
        room[len++] = 0;
    if (form == LENGTH_LONG)
        room[len++] = (uint8_t)(row->exponent.len >> 8);
    room[len++] = (uint8_t)row->exponent.len;
    memcpy(room + len, row->exponent.at, row->exponent.len);
    len += row->exponent.len;
    memset(room + len, 0, row->zeros + modulus);
    len += row->zeros;
    room[len] = (uint8_t)(1u << (row->bits + 7) % 8);
    room[len + modulus - 1] |= row->last;
    return (struct bytes){ room, len + modulus };
}

START_TEST(verify_judges_rsa_keys_by_size) /* LIMITS C8, RULINGS A44, RFC 3110 §2 */
{
    const struct rsa_row *row = &rsa_rows[_i];
    uint8_t room[1024];
    struct bytes key = rsa_key(row, LENGTH_SHORT, room);
    ck_assert_msg(verify_key_usable(bench.keyring, key) == row->expected, "%s", row->why);
    key = rsa_key(row, LENGTH_LONG, room);
    ck_assert_msg(verify_key_usable(bench.keyring, key) == row->expected, "%s, long", row->why);
}
END_TEST

START_TEST(verify_reads_exponent_lengths_over_255) /* RFC 3110 §2 */
{
    uint8_t exponent[300] = { 0 }, room[1024];
    exponent[299] = 3;
    struct rsa_row row = { "", { exponent, 300 }, 2048, 0, 1, VERIFY_GOOD };
    struct bytes key = rsa_key(&row, LENGTH_LONG, room);
    ck_assert(verify_key_usable(bench.keyring, key) == VERIFY_GOOD);
    exponent[0] = 1;
    key = rsa_key(&row, LENGTH_LONG, room);
    ck_assert(verify_key_usable(bench.keyring, key) == VERIFY_UNSUPPORTED);
}
END_TEST

START_TEST(verify_refuses_rsa_keys_that_end_early)
{
    uint8_t room[1024];
    for (unsigned form = LENGTH_SHORT; form <= LENGTH_LONG; form++) {
        struct bytes whole = rsa_key(&rsa_rows[0], (enum length_form)form, room);
        size_t head = form == LENGTH_SHORT ? 4 + 1 + 3 : 4 + 3 + 3;
        for (size_t len = 4; len <= head; len++)
            ck_assert_msg(verify_key_usable(bench.keyring, (struct bytes){ whole.at, len }) ==
                              VERIFY_BAD_KEY,
                          "%zu octets", len);
    }
}
END_TEST

START_TEST(verify_refuses_keys_of_a_wrong_length) /* RFC 6605 §4, 8080 §3 */
{
    static const struct {
        uint8_t algorithm;
        size_t octets;
    } rows[] = { { 13, 64 }, { 14, 96 }, { 15, 32 }, { 16, 57 } };
    uint8_t rdata[4 + 100] = { 1, 0, 3 };
    memset(rdata + 4, 7, 100);
    rdata[3] = rows[_i].algorithm;
    for (size_t len = 0; len <= 100; len++)
        if (len != rows[_i].octets)
            ck_assert_msg(verify_key_usable(bench.keyring, (struct bytes){ rdata, 4 + len }) ==
                              VERIFY_BAD_KEY,
                          "%zu octets", len);
}
END_TEST

START_TEST(verify_does_not_know_every_algorithm) /* RFC 4035 §5.2 */
{
    static const uint8_t unknown[] = { 0, 1, 3, 6, 12, 17, 253, 255 };
    uint8_t rdata[4 + 64] = { 1, 0, 3 };
    for (size_t i = 0; i < sizeof unknown; i++) {
        rdata[3] = unknown[i];
        ck_assert_msg(check((struct bytes){ rdata, sizeof rdata }, "x", text_bytes("y")) ==
                          VERIFY_UNSUPPORTED,
                      "algorithm %u", (unsigned)unknown[i]);
    }
    ck_assert(check((struct bytes){ rdata, 3 }, "x", text_bytes("y")) == VERIFY_BAD_KEY);
    ck_assert_uint_eq(keyring_checks(bench.keyring), 0);
}
END_TEST

START_TEST(verify_leaves_the_error_queue_of_its_host_alone) /* RULINGS B36 */
{
    uint8_t bad_point[4 + 64] = { 1, 0, 3, 13 };
    struct sign_key pair = sign_key(signer, 8, 0, SIGN_ZSK);
    struct bytes key = sign_dnskey(&pair, bench.arena);
    uint8_t signature[256] = { 1 };
    ERR_clear_error();
    ck_assert(check((struct bytes){ bad_point, sizeof bad_point }, "x", text_bytes("y")) ==
              VERIFY_BAD_KEY);
    ck_assert(check(key, "x", (struct bytes){ signature, sizeof signature }) == VERIFY_BAD);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

Suite *crypto_verify_suite(void)
{
    Suite *suite = suite_create("crypto/verify");
    TCase *tcase = tcase_create("verify");
    tcase_add_checked_fixture(tcase, set_up, proof_down);
    tcase_add_loop_test(tcase, verify_takes_a_good_signature_and_no_other, 0, ROWS(pairs));
    tcase_add_loop_test(tcase, verify_refuses_a_signature_of_another_length, 0, ROWS(pairs));
    tcase_add_loop_test(tcase, verify_uses_the_key_it_is_given, 0, ROWS(pairs));
    tcase_add_loop_test(tcase, the_tests_own_signatures_repeat, 0, ROWS(pairs));
    tcase_add_loop_test(tcase, verify_rebuilds_every_shape_of_ecdsa_numbers, 0, 2);
    tcase_add_test(tcase, verify_refuses_ecdsa_numbers_out_of_range);
    tcase_add_loop_test(tcase, verify_judges_rsa_keys_by_size, 0, ROWS(rsa_rows));
    tcase_add_test(tcase, verify_reads_exponent_lengths_over_255);
    tcase_add_test(tcase, verify_refuses_rsa_keys_that_end_early);
    tcase_add_loop_test(tcase, verify_refuses_keys_of_a_wrong_length, 0, 4);
    tcase_add_test(tcase, verify_does_not_know_every_algorithm);
    tcase_add_test(tcase, verify_leaves_the_error_queue_of_its_host_alone);
    suite_add_tcase(suite, tcase);
    return suite;
}
