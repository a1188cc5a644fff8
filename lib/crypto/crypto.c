#include "lib/crypto/crypto.h"

#include <openssl/conf.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "lib/base/memory.h"
#include "lib/crypto/algorithm.h"
#include "lib/crypto/internal.h"

/* The points G of P-256 and P-384 (SEC 2, FIPS 186-4 §D.1.2): keys that exist for sure. */
static const uint8_t p256_point[64] = {
    0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
    0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16,
    0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
};
static const uint8_t p384_point[96] = {
    0xaa, 0x87, 0xca, 0x22, 0xbe, 0x8b, 0x05, 0x37, 0x8e, 0xb1, 0xc7, 0x1e, 0xf3, 0x20, 0xad, 0x74,
    0x6e, 0x1d, 0x3b, 0x62, 0x8b, 0xa7, 0x9b, 0x98, 0x59, 0xf7, 0x41, 0xe0, 0x82, 0x54, 0x2a, 0x38,
    0x55, 0x02, 0xf2, 0x5d, 0xbf, 0x55, 0x29, 0x6c, 0x3a, 0x54, 0x5e, 0x38, 0x72, 0x76, 0x0a, 0xb7,
    0x36, 0x17, 0xde, 0x4a, 0x96, 0x26, 0x2c, 0x6f, 0x5d, 0x9e, 0x98, 0xbf, 0x92, 0x92, 0xdc, 0x29,
    0xf8, 0xf4, 0x1d, 0xbd, 0x28, 0x9a, 0x14, 0x7c, 0xe9, 0xda, 0x31, 0x13, 0xb5, 0xf0, 0xb8, 0xc0,
    0x0a, 0x60, 0xb1, 0xce, 0x1d, 0x7e, 0x81, 0x9d, 0x7a, 0x43, 0x1d, 0x7c, 0x90, 0xea, 0x0e, 0x5f,
};

/* A key of the form that `row` wants: for RSA e = 3 and n = 2^2047 + 1, since only its size is
 * looked at; for the others a point of the curve, or any octets. */
static struct bytes sample_key(const struct algorithm *row, uint8_t room[KEY_OCTETS_MAX])
{
    memset(room, 0, KEY_OCTETS_MAX);
    if (row->form == SIGNATURE_RSA) {
        room[0] = 1;
        room[1] = 3;
        room[2] = 0x80;
        room[2 + 255] = 1;
        return (struct bytes){ room, 2 + 256 };
    }
    if (row->form == SIGNATURE_ECDSA)
        return row->key_octets == 64 ? (struct bytes){ p256_point, sizeof p256_point }
                                     : (struct bytes){ p384_point, sizeof p384_point };
    return (struct bytes){ room, row->key_octets };
}

/* Whether a signature of this algorithm could be checked: the key is taken and the check prepared.
 * A policy that forbids a digest or a curve refuses one of the two (SPEC V2). */
static bool probe(const struct crypto *crypto, uint8_t number)
{
    uint8_t room[KEY_OCTETS_MAX];
    const struct algorithm *row = algorithm_find(number);
    struct key key;
    if (row == NULL || key_open(crypto, number, sample_key(row, room), &key) != VERIFY_GOOD)
        return false;
    EVP_MD_CTX *whole = key.verifier == NULL ? EVP_MD_CTX_new() : NULL;
    bool offered = key.verifier != NULL ||
                   (whole != NULL && EVP_DigestVerifyInit_ex(whole, NULL, NULL, crypto->library,
                                                             NULL, key.pair, NULL) == 1);
    EVP_MD_CTX_free(whole);
    key_close(&key);
    return offered;
}

/* As OpenSSL does it for its own default context, a missing file, and a line that does not work
 * here, are no reason to stop; what the file does say is in force. */
static void load_system_config(struct crypto *crypto)
{
    char *path = CONF_get1_default_config_file();
    if (path != NULL)
        (void)OSSL_LIB_CTX_load_config(crypto->library, path);
    OPENSSL_free(path);
}

static void fetch_all(struct crypto *crypto)
{
    static const char *const names[DIGEST_KINDS] = {
        [DIGEST_SHA1] = "SHA1",
        [DIGEST_SHA256] = "SHA256",
        [DIGEST_SHA384] = "SHA384",
        [DIGEST_SHA512] = "SHA512",
    };
    for (unsigned kind = DIGEST_SHA1; kind < DIGEST_KINDS; kind++)
        crypto->digests[kind] = EVP_MD_fetch(crypto->library, names[kind], NULL);
    for (unsigned number = 0; number < 256; number++)
        if (probe(crypto, (uint8_t)number))
            crypto->offered[number / 8] |= (uint8_t)(1u << number % 8);
}

struct crypto *crypto_create(void)
{
    struct crypto *crypto = memory_new(sizeof *crypto);
    if (crypto == NULL)
        return NULL;

    ERR_set_mark();
    crypto->library = OSSL_LIB_CTX_new();
    if (crypto->library != NULL) {
        load_system_config(crypto);
        fetch_all(crypto);
    }
    ERR_pop_to_mark();
    if (crypto->digests[DIGEST_SHA256] == NULL) {
        crypto_destroy(crypto);
        return NULL;
    }
    return crypto;
}

void crypto_destroy(struct crypto *crypto)
{
    if (crypto == NULL)
        return;
    for (unsigned kind = 0; kind < DIGEST_KINDS; kind++)
        EVP_MD_free(crypto->digests[kind]);
    OSSL_LIB_CTX_free(crypto->library);
    memory_free(crypto);
}

bool crypto_has_algorithm(const struct crypto *crypto, uint8_t algorithm)
{
    return (crypto->offered[algorithm / 8] >> algorithm % 8 & 1) == 1;
}

bool crypto_has_ds_digest(const struct crypto *crypto, uint8_t digest_type)
{
    enum digest_kind kind = digest_kind_of_ds(digest_type);
    return kind != 0 && crypto->digests[kind] != NULL;
}

const char *crypto_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}
