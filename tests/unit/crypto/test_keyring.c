#include "lib/crypto/keyring.h"

#include "lib/base/memory.h"
#include "lib/crypto/verify.h"
#include "tests/unit/dnssec/proof_test.h"

enum { RING = 3 };

static struct keyring *ring;

static void set_up(void)
{
    proof_up("example.");
    ring = keyring_create(bench.crypto, RING);
    ck_assert_ptr_nonnull(ring);
}

static void tear_down(void)
{
    keyring_destroy(ring);
    proof_down();
}

static struct bytes dnskey_of(uint8_t algorithm, unsigned number)
{
    struct sign_key key = sign_key(signer, algorithm, number, SIGN_ZSK);
    return sign_dnskey(&key, bench.arena);
}

START_TEST(keyring_parses_a_key_once) /* RULINGS B15 */
{
    struct bytes key = dnskey_of(13, 0);
    ck_assert(verify_key_usable(ring, key) == VERIFY_GOOD);
    ck_assert_uint_eq(keyring_count(ring), 1);
    memory_fail_after(0); /* a second parse would need an entry */
    ck_assert(verify_key_usable(ring, key) == VERIFY_GOOD);
    ck_assert(!memory_fail_stop());
    ck_assert_uint_eq(keyring_count(ring), 1);
    ck_assert_ptr_eq(keyring_crypto(ring), bench.crypto);
}
END_TEST

START_TEST(keyring_holds_a_key_once_whatever_its_flags) /* RFC 5011 §2.1 */
{
    struct sign_key key = sign_key(signer, 15, 0, SIGN_KSK);
    ck_assert(verify_key_usable(ring, sign_dnskey(&key, bench.arena)) == VERIFY_GOOD);
    key.flags = SIGN_KSK_REVOKED;
    ck_assert(verify_key_usable(ring, sign_dnskey(&key, bench.arena)) == VERIFY_GOOD);
    ck_assert_uint_eq(keyring_count(ring), 1);
}
END_TEST

START_TEST(keyring_tells_algorithms_of_one_key_apart)
{
    struct sign_key key = sign_key(signer, 8, 0, SIGN_ZSK);
    ck_assert(verify_key_usable(ring, sign_dnskey(&key, bench.arena)) == VERIFY_GOOD);
    key.algorithm = 10;
    ck_assert(verify_key_usable(ring, sign_dnskey(&key, bench.arena)) == VERIFY_GOOD);
    ck_assert_uint_eq(keyring_count(ring), 2);
}
END_TEST

/* Whether the key is in the ring: with no memory to be had, only then it can be used. */
static bool is_kept(struct bytes key)
{
    memory_fail_after(0);
    bool kept = verify_key_usable(ring, key) != VERIFY_NO_MEMORY;
    (void)memory_fail_stop();
    return kept;
}

START_TEST(keyring_drops_the_key_used_longest_ago)
{
    struct bytes keys[RING + 1];
    for (unsigned i = 0; i <= RING; i++)
        keys[i] = dnskey_of(15, i);
    for (unsigned i = 0; i < RING; i++)
        ck_assert(verify_key_usable(ring, keys[i]) == VERIFY_GOOD);
    ck_assert(verify_key_usable(ring, keys[0]) == VERIFY_GOOD); /* so 1 is now the oldest */
    ck_assert(verify_key_usable(ring, keys[RING]) == VERIFY_GOOD);
    ck_assert_uint_eq(keyring_count(ring), RING);
    ck_assert(is_kept(keys[0]));
    ck_assert(!is_kept(keys[1]));
    ck_assert(is_kept(keys[2]));
    ck_assert(is_kept(keys[RING]));
}
END_TEST

START_TEST(keyring_keeps_bad_keys_too) /* LIMITS D5 */
{
    uint8_t rdata[4 + 64] = { 1, 0, 3, 13 }; /* the point (0, 0) is not on P-256 */
    struct bytes key = { rdata, sizeof rdata };
    ck_assert(verify_key_usable(ring, key) == VERIFY_BAD_KEY);
    ck_assert_uint_eq(keyring_count(ring), 1);
    ck_assert(is_kept(key));
    ck_assert(verify_key_usable(ring, key) == VERIFY_BAD_KEY);
}
END_TEST

START_TEST(keyring_does_not_keep_giants) /* at most 4 MB, RULINGS B15 */
{
    static uint8_t rdata[65535] = { 1, 0, 3, 8, 1, 3, 0x80 };
    rdata[sizeof rdata - 1] = 1;
    ck_assert(verify_key_usable(ring, (struct bytes){ rdata, sizeof rdata }) == VERIFY_UNSUPPORTED);
    rdata[3] = 13;
    ck_assert(verify_key_usable(ring, (struct bytes){ rdata, sizeof rdata }) == VERIFY_BAD_KEY);
    ck_assert_uint_eq(keyring_count(ring), 0);
}
END_TEST

START_TEST(keyring_without_memory_says_so_and_goes_on)
{
    struct bytes key = dnskey_of(13, 0);
    memory_fail_after(0);
    ck_assert(verify_key_usable(ring, key) == VERIFY_NO_MEMORY);
    ck_assert(memory_fail_stop());
    ck_assert(verify_key_usable(ring, key) == VERIFY_GOOD);
}
END_TEST

START_TEST(keyring_create_without_memory_is_null)
{
    for (uint64_t n = 0; n < 2; n++) {
        memory_fail_after(n);
        ck_assert_ptr_null(keyring_create(bench.crypto, RING));
        ck_assert(memory_fail_stop());
    }
    keyring_destroy(NULL);
}
END_TEST

Suite *crypto_keyring_suite(void)
{
    Suite *suite = suite_create("crypto/keyring");
    TCase *tcase = tcase_create("keyring");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, keyring_parses_a_key_once);
    tcase_add_test(tcase, keyring_holds_a_key_once_whatever_its_flags);
    tcase_add_test(tcase, keyring_tells_algorithms_of_one_key_apart);
    tcase_add_test(tcase, keyring_drops_the_key_used_longest_ago);
    tcase_add_test(tcase, keyring_keeps_bad_keys_too);
    tcase_add_test(tcase, keyring_does_not_keep_giants);
    tcase_add_test(tcase, keyring_without_memory_says_so_and_goes_on);
    tcase_add_test(tcase, keyring_create_without_memory_is_null);
    suite_add_tcase(suite, tcase);
    return suite;
}
