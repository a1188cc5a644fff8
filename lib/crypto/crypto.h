/* crypto - the process's OpenSSL: one library context of our own, everything fetched at start.
 *
 * Shape    knows octets only: no names, no policy, no time. What OpenSSL (and the system's crypto
 *          policy, loaded explicitly) offers is probed once (SPEC V2, RULINGS B36).
 * Owns     the context and every fetched method; keyrings borrow it and must be gone before.
 * Threads  immutable after creation; shared by all workers.
 */
#ifndef CATENA_CRYPTO_CRYPTO_H
#define CATENA_CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stdint.h>

struct crypto;

struct crypto *crypto_create(void); /* NULL: no memory, or OpenSSL has not even SHA-256 */
void crypto_destroy(struct crypto *crypto);

/* Offered by OpenSSL here and now: DNSSEC algorithm number; DS digest type. */
bool crypto_has_algorithm(const struct crypto *crypto, uint8_t algorithm);
bool crypto_has_ds_digest(const struct crypto *crypto, uint8_t digest_type);
const char *crypto_version(void); /* "OpenSSL 3.0.22 ..." */

#endif
