/* sign - signed test data from the key pairs in tests/sim/keys: DNSKEY, DS and RRSIG.
 *
 * Shape    tests/sim/keys/N.pem holds the pairs of algorithm N, made once (RULINGS B29): twelve of
 *          8, 13 and 15, four of 10, 14 and 16, two of 5 and 7. RSA has 2048 bits; besides, pair 12
 *          of 8 has 1024 bits, 13 has 512, pair 4 of 10 has 4096. Same input, same octets: ECDSA
 *          takes its nonce from key and digest (RFC 6979), RSA and EdDSA need none.
 * Owns     a signer owns its parsed pairs; keys borrow the signer. All results are in the arena.
 * Threads  one a signer.
 * Errors   none: what cannot be done prints a line and aborts, since it is the test that is wrong.
 * Spec     RFC 4034 §3.1.8.1. The signed octets are built here, not by lib/dnssec/canonical, so
 *          that the two can contradict each other.
 */
#ifndef CATENA_TESTS_SUPPORT_SIGN_H
#define CATENA_TESTS_SUPPORT_SIGN_H

#include "lib/base/arena.h"
#include "lib/base/instant.h"
#include "lib/wire/rrset.h"

enum { SIGN_ZSK = 256, SIGN_KSK = 257, SIGN_KSK_REVOKED = 385 };

struct signer;

struct signer *signer_create(void);
void signer_destroy(struct signer *signer); /* NULL is fine */

/* A pair in a role; by value. Change a field to make an odd DNSKEY of the same pair. */
struct sign_key {
    const struct signer *signer;
    unsigned pair; /* the signer's own number */
    uint16_t flags;
    uint8_t protocol; /* 3 */
    uint8_t algorithm;
};

/* Pair `number` (from 0) of `algorithm`. */
struct sign_key sign_key(struct signer *signer, uint8_t algorithm, unsigned number, uint16_t flags);
struct bytes sign_dnskey(const struct sign_key *key, struct arena *arena); /* DNSKEY rdata */
uint16_t sign_tag(const struct sign_key *key);
/* DS rdata for this key at `owner`; digest type 1, 2 or 4. */
struct bytes sign_ds(const struct sign_key *key, const struct name *owner, uint8_t digest_type,
                     struct arena *arena);

/* Whole sets, without signatures. */
struct rrset *sign_dnskey_set(const struct name *zone, const struct sign_key *keys, size_t count,
                              struct arena *arena); /* TTL 3600 */
struct rrset *sign_ds_set(const struct name *zone, const struct sign_key *keys, size_t count,
                          struct arena *arena); /* SHA-256, TTL 3600 */
/* Lines "owner ttl IN type rdata", each ended by \n, of one owner and type. */
struct rrset *sign_text(const char *lines, struct arena *arena);

/* What of an RRSIG is not what it should be; the fields of the same name then count. The signature
 * is made over the octets as changed, so that only the rule under test can refuse it. */
enum sign_odd {
    SIGN_ODD_LABELS = 1,
    SIGN_ODD_ORIGINAL_TTL = 2,
    SIGN_ODD_TAG = 4,
    SIGN_ODD_ALGORITHM = 8,
    SIGN_ODD_TYPE = 16,
    SIGN_ODD_SIGNATURE = 32 /* the signature's last octet is flipped */
};

struct sign_with {
    const struct sign_key *key;
    const struct name *zone; /* the signer's name */
    uint32_t inception, expiration;
    unsigned odd; /* SIGN_ODD_*, 0: nothing */
    uint8_t labels, algorithm;
    uint16_t tag, type;
    uint32_t original_ttl;
};

/* A copy of `set` with one RRSIG more for each of `with`; those that it has stay. */
struct rrset *sign_set(const struct rrset *set, const struct sign_with *with, size_t count,
                       struct arena *arena);
/* The plain case: one key, nothing odd. `window` is [inception, expiration]. */
struct rrset *sign_plain(const struct rrset *set, const struct sign_key *key,
                         const struct name *zone, const uint32_t window[2], struct arena *arena);
/* The same records and signatures at another owner: what a wildcard is expanded to (RFC 4592). */
struct rrset *sign_at(const struct rrset *set, const struct name *owner, struct arena *arena);
/* The same records without signatures. */
struct rrset *sign_stripped(const struct rrset *set, struct arena *arena);

/* Signature over any octets, as it stands in an RRSIG. */
struct bytes sign_octets(const struct sign_key *key, struct bytes octets, struct arena *arena);

#endif
