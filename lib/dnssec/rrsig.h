/* rrsig - does a signature hold over an RRset at time t?
 *
 * Shape    a check of one RRset tries its RRSIGs against the zone's keys, cheapest refusals first
 *          (form, signer, labels, times, tag), crypto last and counted. `struct rrsig_check` is
 *          where it stands, so that it can be continued without doing anything twice (RULINGS A12).
 * Spec     RFC 4034 §3, §6; RFC 4035 §5.3; RFC 6840 §5.4, §5.11; RFC 1982; LIMITS C1, D1, D5.
 */
#ifndef CATENA_DNSSEC_RRSIG_H
#define CATENA_DNSSEC_RRSIG_H

#include "lib/dnssec/rules.h"
#include "lib/explain/why.h"
#include "lib/wire/rrset.h"

struct rrsig {
    uint16_t type_covered;
    uint8_t algorithm, labels;
    uint32_t original_ttl, expiration, inception;
    uint16_t key_tag;
    struct name signer;
    struct bytes signature; /* borrows the rdata */
    struct bytes rdata;
};

struct dnskey {
    uint16_t flags, tag;
    uint8_t protocol, algorithm;
    struct bytes key; /* borrows the rdata */
    struct bytes rdata;
};

enum { DNSKEY_ZONE = 0x0100, DNSKEY_REVOKE = 0x0080, DNSKEY_SEP = 0x0001 };

bool rrsig_parse(struct bytes rdata, struct rrsig *rrsig);
bool dnskey_parse(struct bytes rdata, struct dnskey *key);
uint16_t dnskey_tag(struct bytes rdata); /* RFC 4034 §B */
/* The labels of an owner as an RRSIG counts them: not the root, not a leading asterisk (RFC 4034
 * §3.1.3). An RRSIG with fewer labels than that covers what a wildcard was expanded to. */
unsigned rrsig_owner_labels(const struct name *owner);

/* Where the check of one RRset stands; zero it to begin, but for `wanted`. */
struct rrsig_check {
    uint8_t sig;             /* next RRSIG */
    uint16_t key;            /* next key within it */
    uint8_t sigs_tried;      /* RRSIGs that reached crypto */
    uint8_t keys_tried;      /* for the present RRSIG's tag and algorithm */
    uint8_t labels;          /* GOOD: its Labels; under rrsig_owner_labels: a wildcard's */
    uint32_t wanted;         /* algorithm_bit of each that has to hold; 0: any one suffices */
    uint32_t held;           /* ... and of each that did */
    uint32_t ttl_max;        /* GOOD: least of original TTL and seconds to expiration */
    struct unixtime expires; /* GOOD: end of the signature ... */
    uint16_t key_tag;        /* ... and the key that made it */
    struct cause cause;      /* FAILED: the most telling refusal; SPENT: what ran out */
};

/* Counters of one reply, shared by all its checks (LIMITS: per response). */
struct reply_work {
    uint32_t good, failed;
};

/* `keys`: the zone's proven DNSKEY set; its owner is the only signer allowed. A limit of one reply
 * that is reached makes it FAILED with WHY_VALIDATION_LIMIT: another server may do better. */
enum proof rrsig_prove(struct rrsig_check *check, const struct rrset *set, const struct rrset *keys,
                       struct reply_work *reply, struct proof_desk *desk);

/* The same check of a DNSKEY set with one of its keys alone: DS-named keys, RFC 5011. The signer is
 * the set's owner. A revoked key is allowed: that is how it revokes itself (RFC 5011 §2.1). */
enum proof rrsig_prove_with_key(struct rrsig_check *check, const struct rrset *set,
                                const struct dnskey *key, struct reply_work *reply,
                                struct proof_desk *desk);

/* The signer of the first well-formed RRSIG whose signer is `zone` or below it and at or above the
 * owner (for a DS: strictly above), the deepest such; false: none. */
bool rrsig_signer(const struct rrset *set, const struct name *zone, struct name *signer);

#endif
