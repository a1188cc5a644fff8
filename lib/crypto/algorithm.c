#include "lib/crypto/algorithm.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>

/* DNSSEC algorithms by IANA number: mnemonic, digest, form, octets of key and signature (0: varies)
 * and whether trusted by default (RFC 9904). Not here and so unsupported: 1, 3 and 6 (RFC 8624
 * §3.1: never), 12 (RFC 9906). */
static const struct algorithm algorithms[] = {
    [5] = { "RSASHA1", "SHA1", SIGNATURE_RSA, 0, 0, false },               /* RFC 3110, 9905 */
    [7] = { "RSASHA1-NSEC3-SHA1", "SHA1", SIGNATURE_RSA, 0, 0, false },    /* RFC 5155, 9905 */
    [8] = { "RSASHA256", "SHA256", SIGNATURE_RSA, 0, 0, true },            /* RFC 5702 */
    [10] = { "RSASHA512", "SHA512", SIGNATURE_RSA, 0, 0, true },           /* RFC 5702 */
    [13] = { "ECDSAP256SHA256", "SHA256", SIGNATURE_ECDSA, 64, 64, true }, /* RFC 6605 */
    [14] = { "ECDSAP384SHA384", "SHA384", SIGNATURE_ECDSA, 96, 96, true }, /* RFC 6605 */
    [15] = { "ED25519", NULL, SIGNATURE_EDDSA, 32, 64, true },             /* RFC 8080 */
    [16] = { "ED448", NULL, SIGNATURE_EDDSA, 57, 114, true },              /* RFC 8080 */
    [18] = { "ML-DSA-44", NULL, SIGNATURE_MLDSA, 1312, 2420, true },       /* pure, no context */
};

/* DS digest types by IANA number. */
static const struct ds_digest ds_digests[] = {
    [1] = { "SHA-1", 20, false },  /* RFC 4034 §5.1.4, 9905 */
    [2] = { "SHA-256", 32, true }, /* RFC 4509 */
    [4] = { "SHA-384", 48, true }, /* RFC 6605 §2 */
};

#define ROWS(table) (sizeof(table) / sizeof *(table))

const struct algorithm *algorithm_find(uint8_t number)
{
    bool known = number < ROWS(algorithms) && algorithms[number].mnemonic != NULL;
    return known ? &algorithms[number] : NULL;
}

uint32_t algorithm_bit(uint8_t number)
{
    static_assert(ROWS(algorithms) <= 32, "a number is a bit");
    return algorithm_find(number) != NULL ? UINT32_C(1) << number : 0;
}

const struct ds_digest *ds_digest_find(uint8_t type)
{
    bool known = type < ROWS(ds_digests) && ds_digests[type].mnemonic != NULL;
    return known ? &ds_digests[type] : NULL;
}

const char *algorithm_text(uint8_t number, char text[32])
{
    const struct algorithm *algorithm = algorithm_find(number);
    if (algorithm != NULL)
        (void)snprintf(text, 32, "%s", algorithm->mnemonic);
    else
        (void)snprintf(text, 32, "algorithm %u", (unsigned)number);
    return text;
}

/* An RSA check grows with the square of the modulus; the exponent's few octets are in `key_octets`
 * as well and must not lift a key of 2048 bits into the next step. */
static uint32_t rsa_cost(uint32_t key_octets)
{
    if (key_octets <= 256 + 16)
        return 1;
    return key_octets <= 384 + 16 ? 3 : 4;
}

uint32_t algorithm_cost(uint8_t number, uint32_t key_octets)
{
    static const uint8_t fixed[] = { [13] = 3, [14] = 34, [15] = 5, [16] = 12, [18] = 5 };
    bool listed = number < sizeof fixed && fixed[number] != 0;
    return listed ? fixed[number] : rsa_cost(key_octets);
}
