/* keyring - parsed public keys and kept contexts of one worker.
 *
 * Shape    DNSKEY rdata -> EVP_PKEY with its initialised EVP_PKEY_CTX; at most `keys` of them, the
 *          least recently used goes (RULINGS B15). Counts what it did.
 * Owns     all of it.
 * Threads  one.
 */
#ifndef CATENA_CRYPTO_KEYRING_H
#define CATENA_CRYPTO_KEYRING_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/bytes.h"
#include "lib/base/status.h"
#include "lib/crypto/crypto.h"

struct keyring;

struct keyring *keyring_create(const struct crypto *crypto, size_t keys); /* NULL: no memory */
void keyring_destroy(struct keyring *keyring);
const struct crypto *keyring_crypto(const struct keyring *keyring);
size_t keyring_count(const struct keyring *keyring);
/* Done since creation, counted where they are done: signature checks; the octets that they and the
 * digests of DS were about; SHA-1 rounds for NSEC3. */
uint64_t keyring_checks(const struct keyring *keyring);
uint64_t keyring_octets(const struct keyring *keyring);
uint64_t keyring_nsec3_rounds(const struct keyring *keyring);

#endif
