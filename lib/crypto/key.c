/* key - public keys from DNSKEY octets to OpenSSL. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "lib/crypto/algorithm.h"
#include "lib/crypto/internal.h"

enum { RSA_BITS_MIN = 1024, RSA_BITS_MAX = 4096 }; /* LIMITS C8 */

enum verify_result key_trouble(enum verify_result otherwise)
{
    bool memory = ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;
    return memory ? VERIFY_NO_MEMORY : otherwise;
}

/* Builds a key of `type` from `params`, which it takes. */
static enum verify_result from_params(const struct crypto *crypto, const char *type,
                                      OSSL_PARAM *params, EVP_PKEY **pair)
{
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(crypto->library, type, NULL);
    bool made = params != NULL && maker != NULL && EVP_PKEY_fromdata_init(maker) == 1 &&
                EVP_PKEY_fromdata(maker, pair, EVP_PKEY_PUBLIC_KEY, params) == 1;
    enum verify_result result = made ? VERIFY_GOOD : key_trouble(VERIFY_BAD_KEY);
    if (!made)
        *pair = NULL;
    EVP_PKEY_CTX_free(maker);
    OSSL_PARAM_free(params);
    return result;
}

static struct bytes without_zeros(struct bytes number)
{
    while (number.len > 0 && number.at[0] == 0) {
        number.at++;
        number.len--;
    }
    return number;
}

static size_t bits_of(struct bytes number) /* without zeros in front, not empty */
{
    size_t bits = 8 * (number.len - 1);
    for (unsigned top = number.at[0]; top != 0; top >>= 1)
        bits++;
    return bits;
}

/* RFC 3110 §2: exponent length in one octet, or zero and two octets; exponent; modulus. Leading
 * zeros are prohibited there; peers take such a key by its value, and so do we. */
static bool rsa_split(struct bytes octets, struct bytes *exponent, struct bytes *modulus)
{
    size_t head = 1, length = octets.len > 0 ? octets.at[0] : 0;
    if (octets.len >= 3 && length == 0) {
        head = 3;
        length = (size_t)octets.at[1] << 8 | octets.at[2];
    }
    if (length == 0 || octets.len <= head + length)
        return false;
    *exponent = without_zeros((struct bytes){ octets.at + head, length });
    *modulus =
        without_zeros((struct bytes){ octets.at + head + length, octets.len - head - length });
    return exponent->len > 0 && modulus->len > 0 && (modulus->at[modulus->len - 1] & 1) == 1;
}

/* LIMITS C8: odd, 3 to 2^32 + 1. */
static bool exponent_in_range(struct bytes exponent)
{
    uint64_t value = 0;
    for (size_t i = 0; i < exponent.len && exponent.len <= 5; i++)
        value = value << 8 | exponent.at[i];
    return value >= 3 && value <= (UINT64_C(1) << 32) + 1 && (value & 1) == 1;
}

static enum verify_result rsa_open(const struct crypto *crypto, struct bytes octets,
                                   EVP_PKEY **pair)
{
    struct bytes exponent, modulus;
    if (!rsa_split(octets, &exponent, &modulus))
        return VERIFY_BAD_KEY;
    size_t bits = bits_of(modulus);
    if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX || !exponent_in_range(exponent))
        return VERIFY_UNSUPPORTED;

    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *n = BN_bin2bn(modulus.at, (int)modulus.len, NULL);
    BIGNUM *e = BN_bin2bn(exponent.at, (int)exponent.len, NULL);
    bool ready = builder != NULL && n != NULL && e != NULL &&
                 OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
                 OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1;
    OSSL_PARAM *params = ready ? OSSL_PARAM_BLD_to_param(builder) : NULL;
    enum verify_result result =
        params != NULL ? from_params(crypto, "RSA", params, pair) : VERIFY_NO_MEMORY;
    BN_free(e);
    BN_free(n);
    OSSL_PARAM_BLD_free(builder);
    return result;
}

/* RFC 6605 §4: x | y, which OpenSSL wants as an uncompressed point; it refuses what is not on the
 * curve. */
static enum verify_result ecdsa_open(const struct crypto *crypto, const struct algorithm *row,
                                     struct bytes octets, EVP_PKEY **pair)
{
    const char *group = row->key_octets == 64 ? "P-256" : "P-384";
    uint8_t point[1 + 96] = { 0x04 };
    memcpy(point + 1, octets.at, row->key_octets);

    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    bool ready =
        builder != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point,
                                         1 + (size_t)row->key_octets) == 1;
    OSSL_PARAM *params = ready ? OSSL_PARAM_BLD_to_param(builder) : NULL;
    enum verify_result result =
        params != NULL ? from_params(crypto, "EC", params, pair) : VERIFY_NO_MEMORY;
    OSSL_PARAM_BLD_free(builder);
    return result;
}

static enum verify_result raw_open(const struct crypto *crypto, const struct algorithm *row,
                                   struct bytes octets, EVP_PKEY **pair)
{
    *pair =
        EVP_PKEY_new_raw_public_key_ex(crypto->library, row->mnemonic, NULL, octets.at, octets.len);
    return *pair != NULL ? VERIFY_GOOD : key_trouble(VERIFY_BAD_KEY);
}

/* The context that is kept and used again for each signature (RULINGS B15). A crypto policy that
 * forbids the digest says so here, hence UNSUPPORTED (SPEC V2). */
static enum verify_result prepare(const struct crypto *crypto, const struct algorithm *row,
                                  struct key *key)
{
    const EVP_MD *digest = crypto->digests[digest_kind_of(row->digest)];
    if (row->digest == NULL)
        return VERIFY_GOOD;
    if (digest == NULL)
        return VERIFY_UNSUPPORTED;
    key->verifier = EVP_PKEY_CTX_new_from_pkey(crypto->library, key->pair, NULL);
    bool ready = key->verifier != NULL && EVP_PKEY_verify_init(key->verifier) == 1 &&
                 (row->form != SIGNATURE_RSA ||
                  EVP_PKEY_CTX_set_rsa_padding(key->verifier, RSA_PKCS1_PADDING) == 1) &&
                 EVP_PKEY_CTX_set_signature_md(key->verifier, digest) == 1;
    return ready ? VERIFY_GOOD : key_trouble(VERIFY_UNSUPPORTED);
}

static enum verify_result open_marked(const struct crypto *crypto, const struct algorithm *row,
                                      struct bytes octets, struct key *key)
{
    enum verify_result result;
    if (row->form == SIGNATURE_RSA)
        result = rsa_open(crypto, octets, &key->pair);
    else if (octets.len != row->key_octets)
        result = VERIFY_BAD_KEY;
    else if (row->form == SIGNATURE_ECDSA)
        result = ecdsa_open(crypto, row, octets, &key->pair);
    else
        result = raw_open(crypto, row, octets, &key->pair);
    return result == VERIFY_GOOD ? prepare(crypto, row, key) : result;
}

enum verify_result key_open(const struct crypto *crypto, uint8_t algorithm, struct bytes octets,
                            struct key *key)
{
    const struct algorithm *row = algorithm_find(algorithm);
    struct key opened = { .pair = NULL };
    if (row == NULL)
        return VERIFY_UNSUPPORTED;

    ERR_set_mark();
    enum verify_result result = open_marked(crypto, row, octets, &opened);
    if (result == VERIFY_GOOD)
        *key = opened;
    else
        key_close(&opened);
    ERR_pop_to_mark();
    return result;
}

void key_close(struct key *key)
{
    EVP_PKEY_CTX_free(key->verifier);
    EVP_PKEY_free(key->pair);
    *key = (struct key){ .pair = NULL };
}
