#include "lib/crypto/verify.h"

#include <openssl/err.h>

#include "lib/crypto/algorithm.h"
#include "lib/crypto/internal.h"

enum { DER_INTEGER = 0x02, DER_SEQUENCE = 0x30 };

/* One half of the signature as a DER INTEGER: no zeros in front, but one where the top bit is set.
 * Returns the octets written. */
static size_t der_integer(uint8_t *into, const uint8_t *half, size_t len)
{
    while (len > 1 && half[0] == 0) {
        half++;
        len--;
    }
    size_t pad = half[0] >> 7;
    into[0] = DER_INTEGER;
    into[1] = (uint8_t)(pad + len);
    into[2] = 0;
    memcpy(into + 2 + pad, half, len);
    return 2 + pad + len;
}

/* RFC 6605 §4 has r | s, OpenSSL wants ECDSA-Sig-Value (RFC 3279 §2.2.3). At most 102 octets are
 * inside, so every length is one octet. */
static struct bytes der_of(struct bytes signature, uint8_t room[ECDSA_DER_MAX])
{
    size_t half = signature.len / 2;
    size_t len = 2;
    len += der_integer(room + len, signature.at, half);
    len += der_integer(room + len, signature.at + half, half);
    room[0] = DER_SEQUENCE;
    room[1] = (uint8_t)(len - 2);
    return (struct bytes){ room, len };
}

static enum verify_result result_of(int answer)
{
    return answer == 1 ? VERIFY_GOOD : key_trouble(VERIFY_BAD);
}

/* RSA and ECDSA: the digest by a kept context, the check by the key's kept one. */
static enum verify_result verify_digest(struct keyring *keyring, const struct algorithm *row,
                                        const struct key *key, struct bytes data,
                                        struct bytes signature)
{
    enum digest_kind kind = digest_kind_of(row->digest);
    uint8_t hash[DIGEST_OCTETS_MAX], room[ECDSA_DER_MAX];
    if (digest(keyring, kind, &data, 1, hash) != ST_OK)
        return VERIFY_NO_MEMORY;
    if (row->form == SIGNATURE_ECDSA)
        signature = der_of(signature, room);
    size_t hash_len = (size_t)EVP_MD_get_size(keyring->crypto->digests[kind]);
    return result_of(EVP_PKEY_verify(key->verifier, signature.at, signature.len, hash, hash_len));
}

/* EdDSA and ML-DSA take the message whole. The context is emptied first: one that has had a key
 * would go on with that key. */
static enum verify_result verify_whole(struct keyring *keyring, const struct key *key,
                                       struct bytes data, struct bytes signature)
{
    EVP_MD_CTX *context = keyring->whole;
    if (EVP_MD_CTX_reset(context) != 1 ||
        EVP_DigestVerifyInit_ex(context, NULL, NULL, keyring->crypto->library, NULL, key->pair,
                                NULL) != 1)
        return VERIFY_NO_MEMORY;
    return result_of(EVP_DigestVerify(context, signature.at, signature.len, data.at, data.len));
}

enum verify_result verify(struct keyring *keyring, struct bytes dnskey, struct bytes data,
                          struct bytes signature)
{
    const struct key *key = NULL;
    enum verify_result result = keyring_key(keyring, dnskey, &key);
    if (result != VERIFY_GOOD)
        return result;
    const struct algorithm *row = algorithm_find(dnskey.at[3]);
    if (signature.len == 0 ||
        (row->signature_octets != 0 && signature.len != row->signature_octets))
        return VERIFY_BAD;

    keyring->checks++;
    keyring->octets += data.len;
    ERR_set_mark();
    result = key->verifier != NULL ? verify_digest(keyring, row, key, data, signature)
                                   : verify_whole(keyring, key, data, signature);
    ERR_pop_to_mark();
    return result;
}

enum verify_result verify_key_usable(struct keyring *keyring, struct bytes dnskey)
{
    const struct key *key = NULL;
    return keyring_key(keyring, dnskey, &key);
}
