/* verify - one signature check: algorithm, DNSKEY, octets, signature.
 *
 * Spec     RFC 3110 and 5702 (RSA), 6605 (ECDSA, r|s), 8080 (Ed25519, Ed448); RSA modulus 1024 to
 *          4096 bits, exponent odd, at most 2^32 + 1 (LIMITS C8).
 */
#ifndef CATENA_CRYPTO_VERIFY_H
#define CATENA_CRYPTO_VERIFY_H

#include "lib/crypto/keyring.h"

enum verify_result {
    VERIFY_GOOD,
    VERIFY_BAD,         /* the signature does not hold, or its form is wrong */
    VERIFY_BAD_KEY,     /* the key cannot be decoded: counts as a failure (LIMITS D5) */
    VERIFY_UNSUPPORTED, /* algorithm not offered here, or key size out of range (RULINGS A44) */
    VERIFY_NO_MEMORY    /* local trouble: the job is spent, nothing is bogus */
};

/* `dnskey` is the whole DNSKEY rdata; it is parsed once and kept in the ring. */
enum verify_result verify(struct keyring *keyring, struct bytes dnskey, struct bytes data,
                          struct bytes signature);

/* Judges a key without a signature: GOOD (usable), BAD_KEY or UNSUPPORTED. */
enum verify_result verify_key_usable(struct keyring *keyring, struct bytes dnskey);

#endif
