#include "tests/support/sign_raw.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAIRS_MAX = 64, HASH_MAX = 48 };

struct pair {
    uint8_t algorithm;
    unsigned number;
    EVP_PKEY *key;
};

struct signer {
    struct pair pairs[PAIRS_MAX];
    unsigned count;
};

void sign_broken(const char *what)
{
    fprintf(stderr, "sign: %s\n", what);
    abort();
}

struct signer *signer_create(void)
{
    struct signer *signer = calloc(1, sizeof *signer);
    if (signer == NULL)
        sign_broken("no memory");
    return signer;
}

void signer_destroy(struct signer *signer)
{
    for (unsigned i = 0; signer != NULL && i < signer->count; i++)
        EVP_PKEY_free(signer->pairs[i].key);
    free(signer);
}

/* The `number`th private key of tests/sim/keys/N.pem; programs run in the root of the tree. */
static EVP_PKEY *load(uint8_t algorithm, unsigned number)
{
    char path[64];
    snprintf(path, sizeof path, "tests/sim/keys/%u.pem", (unsigned)algorithm);
    FILE *file = fopen(path, "r");
    EVP_PKEY *key = NULL;
    if (file == NULL)
        sign_broken(path);
    for (unsigned i = 0; i <= number; i++) {
        EVP_PKEY_free(key);
        key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    }
    fclose(file);
    if (key == NULL)
        sign_broken("no such pair");
    return key;
}

struct sign_key sign_key(struct signer *signer, uint8_t algorithm, unsigned number, uint16_t flags)
{
    unsigned at = 0;
    while (at < signer->count &&
           (signer->pairs[at].algorithm != algorithm || signer->pairs[at].number != number))
        at++;
    if (at == PAIRS_MAX)
        sign_broken("too many pairs");
    if (at == signer->count) {
        signer->pairs[at] = (struct pair){ algorithm, number, load(algorithm, number) };
        signer->count++;
    }
    return (struct sign_key){ signer, at, flags, 3, algorithm };
}

static const struct pair *pair_of(const struct sign_key *key)
{
    return &key->signer->pairs[key->pair];
}

static BIGNUM *number_of(EVP_PKEY *key, const char *name)
{
    BIGNUM *number = NULL;
    if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
        sign_broken("a key lacks a number");
    return number;
}

/* RFC 3110 §2, with an exponent of less than 256 octets. */
static size_t rsa_public(EVP_PKEY *key, uint8_t *into)
{
    BIGNUM *e = number_of(key, OSSL_PKEY_PARAM_RSA_E), *n = number_of(key, OSSL_PKEY_PARAM_RSA_N);
    into[0] = (uint8_t)BN_num_bytes(e);
    size_t len = 1 + (size_t)BN_bn2bin(e, into + 1);
    len += (size_t)BN_bn2bin(n, into + len);
    BN_free(e);
    BN_free(n);
    return len;
}

/* RFC 6605 §4: x | y, without the octet that says "uncompressed". */
static size_t ecdsa_public(EVP_PKEY *key, uint8_t *into)
{
    uint8_t point[1 + 96];
    size_t len = 0;
    if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &len) !=
        1)
        sign_broken("no point");
    memcpy(into, point + 1, len - 1);
    return len - 1;
}

size_t sign_raw_public(const struct sign_key *key, uint8_t into[SIGN_PUBLIC_MAX])
{
    EVP_PKEY *pair = pair_of(key)->key;
    size_t len = SIGN_PUBLIC_MAX;
    if (EVP_PKEY_is_a(pair, "RSA"))
        return rsa_public(pair, into);
    if (EVP_PKEY_is_a(pair, "EC"))
        return ecdsa_public(pair, into);
    if (EVP_PKEY_get_raw_public_key(pair, into, &len) != 1)
        sign_broken("no public key");
    return len;
}

/* ---- ECDSA with the nonce of RFC 6979 §3.2; hash and group order have the same length ---- */

struct ecdsa {
    const EVP_MD *digest;
    EC_GROUP *group;
    BN_CTX *scratch;
    BIGNUM *secret, *hash, *r, *s;
    const BIGNUM *order;
    int octets; /* of hash, order and coordinates */
};

static void hmac_step(const struct ecdsa *e, uint8_t *key, uint8_t *value, int mark)
{
    uint8_t text[HASH_MAX + 1 + 2 * HASH_MAX];
    size_t len = (size_t)e->octets;
    memcpy(text, value, len);
    if (mark >= 0) {
        text[len] = (uint8_t)mark;
        BN_bn2binpad(e->secret, text + len + 1, e->octets);
        BN_bn2binpad(e->hash, text + 2 * len + 1, e->octets);
        HMAC(e->digest, key, e->octets, text, 3 * len + 1, key, NULL);
    }
    HMAC(e->digest, key, e->octets, value, len, value, NULL);
}

/* The chance of a nonce out of range is 2^-32 with P-256: the next is then taken as §3.2 (h) says,
 * without key and hash. */
static BIGNUM *nonce_of(const struct ecdsa *e)
{
    uint8_t key[HASH_MAX] = { 0 }, value[HASH_MAX];
    memset(value, 1, sizeof value);
    hmac_step(e, key, value, 0);
    hmac_step(e, key, value, 1);
    hmac_step(e, key, value, -1);
    BIGNUM *nonce = BN_bin2bn(value, e->octets, NULL);
    while (BN_is_zero(nonce) || BN_cmp(nonce, e->order) >= 0) {
        uint8_t text[HASH_MAX + 1] = { 0 };
        memcpy(text, value, (size_t)e->octets);
        HMAC(e->digest, key, e->octets, text, (size_t)e->octets + 1, key, NULL);
        HMAC(e->digest, key, e->octets, value, (size_t)e->octets, value, NULL);
        hmac_step(e, key, value, -1);
        BN_bin2bn(value, e->octets, nonce);
    }
    return nonce;
}

/* SEC 1 §4.1.3: r = (kG).x, s = (hash + r secret) / k, both modulo the order. */
static void ecdsa_numbers(const struct ecdsa *e)
{
    BIGNUM *nonce = nonce_of(e), *inverse = BN_new(), *x = BN_new();
    EC_POINT *point = EC_POINT_new(e->group);
    bool done = EC_POINT_mul(e->group, point, nonce, NULL, NULL, e->scratch) == 1 &&
                EC_POINT_get_affine_coordinates(e->group, point, x, NULL, e->scratch) == 1 &&
                BN_nnmod(e->r, x, e->order, e->scratch) == 1 &&
                BN_mod_inverse(inverse, nonce, e->order, e->scratch) != NULL &&
                BN_mod_mul(x, e->r, e->secret, e->order, e->scratch) == 1 &&
                BN_mod_add(x, x, e->hash, e->order, e->scratch) == 1 &&
                BN_mod_mul(e->s, inverse, x, e->order, e->scratch) == 1;
    EC_POINT_free(point);
    BN_free(x);
    BN_free(inverse);
    BN_free(nonce);
    if (!done)
        sign_broken("ECDSA");
}

static size_t ecdsa_sign(const struct pair *pair, struct bytes octets, uint8_t *into)
{
    bool p256 = pair->algorithm == 13;
    uint8_t hash[EVP_MAX_MD_SIZE];
    struct ecdsa e = {
        .digest = p256 ? EVP_sha256() : EVP_sha384(),
        .group = EC_GROUP_new_by_curve_name(p256 ? NID_X9_62_prime256v1 : NID_secp384r1),
        .scratch = BN_CTX_new(),
        .secret = number_of(pair->key, OSSL_PKEY_PARAM_PRIV_KEY),
        .r = BN_new(),
        .s = BN_new(),
        .octets = p256 ? 32 : 48,
    };
    e.order = EC_GROUP_get0_order(e.group);
    EVP_Digest(octets.at, octets.len, hash, NULL, e.digest, NULL);
    e.hash = BN_bin2bn(hash, e.octets, NULL);
    BN_nnmod(e.hash, e.hash, e.order, e.scratch);
    ecdsa_numbers(&e);
    BN_bn2binpad(e.r, into, e.octets);
    BN_bn2binpad(e.s, into + e.octets, e.octets);
    BN_free(e.hash);
    BN_free(e.s);
    BN_free(e.r);
    BN_clear_free(e.secret);
    BN_CTX_free(e.scratch);
    EC_GROUP_free(e.group);
    return 2 * (size_t)e.octets;
}

size_t sign_raw(const struct sign_key *key, struct bytes octets, uint8_t into[SIGN_SIGNATURE_MAX])
{
    static const char *const digests[] = {
        [5] = "SHA1", [7] = "SHA1", [8] = "SHA256", [10] = "SHA512", [16] = NULL
    };
    const struct pair *pair = pair_of(key);
    if (EVP_PKEY_is_a(pair->key, "EC"))
        return ecdsa_sign(pair, octets, into);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t len = SIGN_SIGNATURE_MAX;
    bool done = EVP_DigestSignInit_ex(context, NULL, digests[pair->algorithm], NULL, NULL,
                                      pair->key, NULL) == 1 &&
                EVP_DigestSign(context, into, &len, octets.at, octets.len) == 1;
    EVP_MD_CTX_free(context);
    if (!done)
        sign_broken("signing failed");
    return len;
}
