/* digest - SHA-1, SHA-256, SHA-384 or SHA-512 over a list of spans, by the keyring's contexts. */
#ifndef CATENA_CRYPTO_DIGEST_H
#define CATENA_CRYPTO_DIGEST_H

#include "lib/crypto/keyring.h"

enum { DIGEST_OCTETS_MAX = 64 };
enum digest_kind { DIGEST_SHA1 = 1, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512 };

/* ST_UNSUPPORTED: OpenSSL here does not offer it. */
enum status digest(struct keyring *keyring, enum digest_kind kind, const struct bytes *spans,
                   size_t count, uint8_t into[DIGEST_OCTETS_MAX]) MUST_USE;

/* DS digest type (1, 2, 4) over owner and DNSKEY rdata, RFC 4034 §5.1.4. */
enum status digest_ds(struct keyring *keyring, uint8_t type, struct bytes lower_owner,
                      struct bytes dnskey, uint8_t into[DIGEST_OCTETS_MAX]) MUST_USE;

/* NSEC3 hash (RFC 5155 §5): SHA-1, `iterations` extra rounds; 20 octets. */
enum status digest_nsec3(struct keyring *keyring, struct bytes lower_name, struct bytes salt,
                         unsigned iterations, uint8_t hash[20]) MUST_USE;

#endif
