/* algorithm - DNSSEC algorithms and DS digests by IANA number: one row each.
 *
 * Spec     RFC 4034 §A.1, 5155, 5702, 6605, 8080, 9904, 9905; draft-westerbaan-dnssec-mldsa (18).
 */
#ifndef CATENA_CRYPTO_ALGORITHM_H
#define CATENA_CRYPTO_ALGORITHM_H

#include <stdbool.h>
#include <stdint.h>

enum signature_form { SIGNATURE_RSA = 1, SIGNATURE_ECDSA, SIGNATURE_EDDSA, SIGNATURE_MLDSA };

struct algorithm {
    const char *mnemonic;
    const char *digest;                    /* NULL: the algorithm hashes itself */
    uint8_t form;                          /* enum signature_form */
    uint16_t key_octets, signature_octets; /* 0: varies */
    bool trusted;                          /* validated by default (RFC 9905: SHA-1 is not) */
};

/* NULL: unsupported, hence insecure (RFC 4035 §5.2). */
const struct algorithm *algorithm_find(uint8_t number);
/* One bit a row, for sets of algorithms; 0: unsupported. */
uint32_t algorithm_bit(uint8_t number);
const char *algorithm_text(uint8_t number, char text[32]); /* mnemonic or "algorithm 250" */

/* Cost of one check in units of an RSA-2048 verification (LIMITS 0.2). */
uint32_t algorithm_cost(uint8_t number, uint32_t key_octets);

struct ds_digest {
    const char *mnemonic;
    uint8_t octets;
    bool trusted;
};

const struct ds_digest *ds_digest_find(uint8_t type); /* NULL: unsupported */

#endif
