/* internal - what the files of lib/crypto share; nobody else includes it.
 *
 * Shape    every call into OpenSSL stands between ERR_set_mark and ERR_pop_to_mark, so that a host
 *          program's own error queue is as it was (RULINGS B36).
 */
#ifndef CATENA_CRYPTO_INTERNAL_H
#define CATENA_CRYPTO_INTERNAL_H

#include <openssl/evp.h>

#include "lib/base/list.h"
#include "lib/base/siphash.h"
#include "lib/base/table.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/verify.h"

enum {
    DIGEST_KINDS = DIGEST_SHA512 + 1, /* index: enum digest_kind; 0 is none */
    KEY_OCTETS_MAX = 1400,            /* of a kept key: ML-DSA-44 has 1312, RSA-4096 some 520 */
    ECDSA_DER_MAX = 2 + 2 * (2 + 49)  /* P-384: each integer may need a zero octet in front */
};

struct crypto {
    OSSL_LIB_CTX *library;
    EVP_MD *digests[DIGEST_KINDS]; /* NULL: not offered */
    uint8_t offered[32];           /* bit n: algorithm n */
};

/* A public key ready to verify. `verifier` is set for RSA and ECDSA, which are given a digest; the
 * others take the whole message in one call. */
struct key {
    EVP_PKEY *pair;
    EVP_PKEY_CTX *verifier;
};

/* One key of the ring. `verdict` other than VERIFY_GOOD: there is no key, and that is kept too, so
 * that a bad key costs its parse once (LIMITS D5). */
struct keyring_entry {
    struct table_node in_table;
    struct list in_order; /* the head's next was used last */
    struct key key;
    enum verify_result verdict;
    uint16_t len;
    uint8_t octets[]; /* algorithm, then the key field of the DNSKEY */
};

struct keyring {
    const struct crypto *crypto;
    struct table table;
    struct list order;
    struct siphash_key hash_key;
    uint64_t checks, octets, nsec3_rounds;
    EVP_MD_CTX *digests[DIGEST_KINDS];
    EVP_MD_CTX *whole; /* for the algorithms that hash themselves */
};

/* RFC 3110 §2, RFC 6605 §4, RFC 8080 §3: from the key field of a DNSKEY. `key` is filled on
 * VERIFY_GOOD only. key_close takes a key of zeros too. */
enum verify_result key_open(const struct crypto *crypto, uint8_t algorithm, struct bytes octets,
                            struct key *key);
void key_close(struct key *key);

/* VERIFY_NO_MEMORY when that is what OpenSSL complained about last, else `otherwise`. */
enum verify_result key_trouble(enum verify_result otherwise);

/* The key of a DNSKEY's rdata, parsed now or before; *key borrows the ring until the next call. */
enum verify_result keyring_key(struct keyring *keyring, struct bytes dnskey,
                               const struct key **key);

enum digest_kind digest_kind_of(const char *name); /* "SHA1", ...; 0: NULL or unknown */
enum digest_kind digest_kind_of_ds(uint8_t type);  /* 0: unknown */

#endif
