#include "tests/scenario/player/oldkey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

enum {
    HEAD = 4, /* flags, protocol, algorithm */
    ALGORITHM = 3,
    Q_OCTETS = 20,
    SIGNATURE = 41,
    P_LEAST = 64,
    DER_MAX = 128,
    T_MAX = 8,
    ASN1_SEQUENCE = 0x30,
    MODULUS_LEAST = 128 /* octets; what is shorter is not taken: LIMITS C8 */
};

bool oldkey_is_dsa(uint8_t algorithm)
{
    return algorithm == 3 || algorithm == 6;
}

/* NULL: no RSA algorithm. */
static const EVP_MD *rsa_digest(uint8_t algorithm)
{
    switch (algorithm) {
    case 1: return EVP_md5();
    case 5:
    case 7: return EVP_sha1();
    case 8: return EVP_sha256();
    case 10: return EVP_sha512();
    default: return NULL;
    }
}

/* RFC 3110 §2, the short form: exponent's length, exponent, modulus. */
static bool rsa_parts(struct bytes dnskey, struct bytes *exponent, struct bytes *modulus)
{
    size_t len = dnskey.len > HEAD + 1 ? dnskey.at[HEAD] : 0;

    if (len == 0 || dnskey.len <= HEAD + 1 + len || !rsa_digest(dnskey.at[ALGORITHM]))
        return false;
    *exponent = (struct bytes){ dnskey.at + HEAD + 1, len };
    *modulus = (struct bytes){ exponent->at + len, dnskey.len - HEAD - 1 - len };
    return true;
}

bool oldkey_is(struct bytes dnskey)
{
    struct bytes exponent, modulus;

    if (dnskey.len <= HEAD)
        return false;
    return oldkey_is_dsa(dnskey.at[ALGORITHM]) ||
           (rsa_parts(dnskey, &exponent, &modulus) &&
            (modulus.len < MODULUS_LEAST || dnskey.at[ALGORITHM] == 1));
}

/* RFC 2536 §2: T, Q, then P, G, Y of 64 + 8 T octets each. */
static bool dsa_numbers(struct bytes dnskey, struct bytes into[4])
{
    const uint8_t *at = dnskey.at + HEAD;
    size_t octets = P_LEAST + 8u * at[0];

    if (at[0] > T_MAX || dnskey.len != HEAD + 1 + Q_OCTETS + 3 * octets)
        return false;
    at++;
    for (unsigned i = 0; i < 4; i++) {
        into[i] = (struct bytes){ at, i == 0 ? Q_OCTETS : octets };
        at += into[i].len;
    }
    return true;
}

struct key_parts {
    const char *kind;
    const char *const *names;
    struct bytes values[4];
    unsigned count;
};

static bool key_parts(struct bytes dnskey, struct key_parts *parts)
{
    static const char *const dsa[4] = { OSSL_PKEY_PARAM_FFC_Q, OSSL_PKEY_PARAM_FFC_P,
                                        OSSL_PKEY_PARAM_FFC_G, OSSL_PKEY_PARAM_PUB_KEY };
    static const char *const rsa[2] = { OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_N };

    if (oldkey_is_dsa(dnskey.at[ALGORITHM])) {
        *parts = (struct key_parts){ .kind = "DSA", .names = dsa, .count = 4 };
        return dsa_numbers(dnskey, parts->values);
    }
    *parts = (struct key_parts){ .kind = "RSA", .names = rsa, .count = 2 };
    return rsa_parts(dnskey, &parts->values[0], &parts->values[1]);
}

static EVP_PKEY *make_key(struct bytes dnskey)
{
    struct key_parts parts;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *numbers[4] = { NULL };
    bool fine = build && key_parts(dnskey, &parts);
    EVP_PKEY *key = NULL;

    for (unsigned i = 0; fine && i < parts.count; i++) {
        numbers[i] = BN_bin2bn(parts.values[i].at, (int)parts.values[i].len, NULL);
        fine = numbers[i] && OSSL_PARAM_BLD_push_BN(build, parts.names[i], numbers[i]) == 1;
    }
    OSSL_PARAM *params = fine ? OSSL_PARAM_BLD_to_param(build) : NULL;
    EVP_PKEY_CTX *context = params ? EVP_PKEY_CTX_new_from_name(NULL, parts.kind, NULL) : NULL;
    if (context && EVP_PKEY_fromdata_init(context) == 1)
        (void)EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    for (unsigned i = 0; i < 4; i++)
        BN_free(numbers[i]);
    return key;
}

/* RFC 2536 §3: T, R, S. The oldest files have it as ASN.1 already. */
static int make_der(struct bytes signature, uint8_t *der)
{
    if (signature.len > 2 && signature.len < DER_MAX && signature.at[0] == ASN1_SEQUENCE) {
        memcpy(der, signature.at, signature.len);
        return (int)signature.len;
    }
    if (signature.len != SIGNATURE)
        return 0;
    DSA_SIG *sig = DSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature.at + 1, Q_OCTETS, NULL);
    BIGNUM *s = BN_bin2bn(signature.at + 1 + Q_OCTETS, Q_OCTETS, NULL);
    int len = sig && r && s && DSA_SIG_set0(sig, r, s) ? i2d_DSA_SIG(sig, &der) : 0;

    DSA_SIG_free(sig);
    return len;
}

bool oldkey_holds(struct bytes dnskey, struct bytes data, struct bytes signature)
{
    bool dsa = oldkey_is_dsa(dnskey.at[ALGORITHM]);
    const EVP_MD *digest = dsa ? EVP_sha1() : rsa_digest(dnskey.at[ALGORITHM]);
    uint8_t der[DER_MAX];
    EVP_PKEY *key = digest ? make_key(dnskey) : NULL;
    EVP_MD_CTX *context = key ? EVP_MD_CTX_new() : NULL;

    if (dsa)
        signature = (struct bytes){ der, (size_t)make_der(signature, der) };
    bool holds = context && signature.len > 0 &&
                 EVP_DigestVerifyInit(context, NULL, digest, NULL, key) == 1 &&
                 EVP_DigestVerify(context, signature.at, signature.len, data.at, data.len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return holds;
}

bool oldkey_digest(uint8_t type, struct bytes octets, uint8_t into[64], size_t *len)
{
    const EVP_MD *digest = type == 1 ? EVP_sha1() : type == 2 ? EVP_sha256() : NULL;
    unsigned size = 0;

    if (!digest || EVP_Digest(octets.at, octets.len, into, &size, digest, NULL) != 1)
        return false;
    *len = size;
    return true;
}
