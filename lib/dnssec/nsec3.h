/* nsec3 - hashed denial: predicates over NSEC3 records of one zone and one set of parameters.
 *
 * Shape    hashes are priced in SHA-1 blocks on the desk's budget and kept in `struct nsec3_hashes`
 *          for the job by name, salt and iterations, so that no name is hashed twice (RULINGS A8).
 * Spec     RFC 5155 §3, §5, §8; RFC 6840 §4.3; RFC 9276 §3.2; LIMITS C3, D3.
 */
#ifndef CATENA_DNSSEC_NSEC3_H
#define CATENA_DNSSEC_NSEC3_H

#include "lib/dnssec/rules.h"
#include "lib/dnssec/rrsig.h"
#include "lib/wire/rrset.h"

enum { NSEC3_HASH_OCTETS = 20, NSEC3_OPT_OUT = 1, NSEC3_HASHES_KEPT = 160 };

struct nsec3 {
    uint8_t owner_hash[NSEC3_HASH_OCTETS], next_hash[NSEC3_HASH_OCTETS];
    uint8_t flags;
    uint16_t iterations;
    struct bytes salt, bitmap; /* borrow the rrset */
};

/* Zero it to begin; the rows are in the job's arena, at most NSEC3_HASHES_KEPT of them. */
struct nsec3_hashes {
    struct nsec3_hash_row *last;
    unsigned count;
};

enum nsec3_form {
    NSEC3_SOUND,
    NSEC3_UNSOUND,
    NSEC3_UNKNOWN /* hash algorithm or flags: ignored, RFC 5155 §8.1, §8.2 */
};

/* The owner must be one base32hex label directly below `zone` (LIMITS C3). */
enum nsec3_form nsec3_read(const struct rrset *set, const struct name *zone, struct nsec3 *nsec3);

/* RFC 9276 §3.2: over the limit nothing is hashed. A long salt makes a round cost more than one
 * block and so counts like more iterations. */
bool nsec3_over_limit(const struct nsec3 *nsec3, const struct limits *limits);

/* Hash of `name` by these parameters; PROOF_GOOD or PROOF_SPENT (blocks, memory). */
enum proof nsec3_hash(const struct nsec3 *parameters, const struct name *name,
                      struct nsec3_hashes *kept, struct proof_desk *desk,
                      uint8_t hash[NSEC3_HASH_OCTETS]);

/* Same iterations and salt: one hash serves both records (RFC 5155 §8.2). */
bool nsec3_same_parameters(const struct nsec3 *a, const struct nsec3 *b);

bool nsec3_matches(const struct nsec3 *nsec3, const uint8_t hash[NSEC3_HASH_OCTETS]);
/* RFC 5155 §8.3, last paragraph: from a delegation or a DNAME on, others speak. */
bool nsec3_may_enclose(const struct nsec3 *nsec3);
bool nsec3_covers(const struct nsec3 *nsec3, const uint8_t hash[NSEC3_HASH_OCTETS]);

#endif
