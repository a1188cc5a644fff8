#include "lib/crypto/crypto.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/crypto/algorithm.h"
#include "tests/unit/suites.h"

START_TEST(crypto_offers_every_algorithm_of_this_openssl) /* SPEC V2 */
{
    static const uint8_t expected[] = { 5, 7, 8, 10, 13, 14, 15, 16 };
    struct crypto *crypto = crypto_create();
    for (size_t i = 0; i < sizeof expected; i++)
        ck_assert_msg(crypto_has_algorithm(crypto, expected[i]), "algorithm %u",
                      (unsigned)expected[i]);
    for (unsigned number = 0; number < 256; number++)
        ck_assert(algorithm_find((uint8_t)number) != NULL ||
                  !crypto_has_algorithm(crypto, (uint8_t)number));
    crypto_destroy(crypto);
}
END_TEST

START_TEST(crypto_offers_ml_dsa_where_openssl_does) /* SPEC V18 */
{
    EVP_SIGNATURE *offered = EVP_SIGNATURE_fetch(NULL, "ML-DSA-44", NULL);
    struct crypto *crypto = crypto_create();
    ck_assert(crypto_has_algorithm(crypto, 18) == (offered != NULL));
    crypto_destroy(crypto);
    EVP_SIGNATURE_free(offered);
}
END_TEST

START_TEST(crypto_offers_the_ds_digests)
{
    struct crypto *crypto = crypto_create();
    for (unsigned type = 0; type < 256; type++)
        ck_assert(crypto_has_ds_digest(crypto, (uint8_t)type) ==
                  (type == 1 || type == 2 || type == 4));
    crypto_destroy(crypto);
}
END_TEST

START_TEST(crypto_leaves_the_error_queue_of_its_host_alone) /* RULINGS B36 */
{
    ck_assert_int_eq(setenv("OPENSSL_CONF", "/nonexistent/openssl.cnf", 1), 0); /* an error */
    ERR_clear_error();
    ERR_raise(ERR_LIB_USER, 77);
    struct crypto *crypto = crypto_create();
    ck_assert_int_eq(ERR_GET_REASON(ERR_get_error()), 77);
    ck_assert_uint_eq(ERR_get_error(), 0);
    crypto_destroy(crypto);
}
END_TEST

/* The system's policy counts: a configuration whose properties no algorithm has leaves nothing, so
 * that even SHA-256 is missing. */
START_TEST(crypto_obeys_the_configured_policy)
{
    static const char text[] = "openssl_conf = top\n[top]\nalg_section = evp\n[evp]\n"
                               "default_properties = provider=none\n";
    char path[] = "/tmp/catena-test-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    ck_assert_int_eq(setenv("OPENSSL_CONF", path, 1), 0);
    struct crypto *crypto = crypto_create();
    remove(path);
    ck_assert_ptr_null(crypto);
}
END_TEST

START_TEST(crypto_create_survives_a_missing_configuration)
{
    ck_assert_int_eq(setenv("OPENSSL_CONF", "/nonexistent/openssl.cnf", 1), 0);
    struct crypto *crypto = crypto_create();
    ck_assert_ptr_nonnull(crypto);
    crypto_destroy(crypto);
}
END_TEST

START_TEST(crypto_create_without_memory_is_null)
{
    memory_fail_after(0);
    ck_assert_ptr_null(crypto_create());
    ck_assert(memory_fail_stop());
    crypto_destroy(NULL);
}
END_TEST

START_TEST(crypto_version_is_that_of_the_library)
{
    ck_assert_int_eq(strncmp(crypto_version(), "OpenSSL 3.", 10), 0);
}
END_TEST

Suite *crypto_crypto_suite(void)
{
    Suite *suite = suite_create("crypto/crypto");
    TCase *tcase = tcase_create("crypto");
    tcase_add_test(tcase, crypto_offers_every_algorithm_of_this_openssl);
    tcase_add_test(tcase, crypto_offers_ml_dsa_where_openssl_does);
    tcase_add_test(tcase, crypto_offers_the_ds_digests);
    tcase_add_test(tcase, crypto_leaves_the_error_queue_of_its_host_alone);
    tcase_add_test(tcase, crypto_obeys_the_configured_policy);
    tcase_add_test(tcase, crypto_create_survives_a_missing_configuration);
    tcase_add_test(tcase, crypto_create_without_memory_is_null);
    tcase_add_test(tcase, crypto_version_is_that_of_the_library);
    suite_add_tcase(suite, tcase);
    return suite;
}
