/* chain - one link of the chain of trust: from a proven DS set (or an anchor) to proven keys.
 *
 * Shape    chain_keys tries each DS against each DNSKEY, and each key so named against the RRSIGs
 *          of the DNSKEY set, until one holds (RFC 6840 §5.11: any one path suffices), or where the
 *          rules are strict until one of each algorithm has held. Resumable.
 * Spec     RFC 4035 §5.2, RFC 4509, RFC 5011 §2.1 (a revoked key proves nothing but its own
 *          revocation), RULINGS A44 (a key out of range counts as unsupported), LIMITS D2.
 */
#ifndef CATENA_DNSSEC_CHAIN_H
#define CATENA_DNSSEC_CHAIN_H

#include "lib/dnssec/ds.h"

/* What is known of a zone's keys. */
enum zone_state {
    ZONE_UNKNOWN,
    ZONE_SECURE,   /* `keys` are proven */
    ZONE_INSECURE, /* proven: no chain leads here; `cause` says why (RFC 4035 §5.2) */
    ZONE_BOGUS,
    ZONE_NO_CUT,        /* proven: no zone begins at this name */
    ZONE_INDETERMINATE, /* no anchor covers it */
    ZONE_UNREACHABLE,   /* its servers do not give what is needed; bogus for what depends on it */
    ZONE_SPENT          /* the job ran out: no fact about the zone (RULINGS A2) */
};

/* Of a zone's validated signatures the one that ends first (SPEC section 3 item 3). */
struct signature_end {
    struct unixtime at; /* 0: none was */
    uint16_t type, key_tag;
};

/* Takes `other` where it is earlier. False: it is not. */
bool signature_end_lower(struct signature_end *end, const struct signature_end *other);

struct zone_keys {
    struct name zone;
    struct signature_end first_end; /* ZONE_SECURE */
    enum zone_state state;
    uint32_t algorithms;      /* ZONE_SECURE: algorithm_bit of each whose signature every set of the
                                 zone has to have; 0: any one suffices (RFC 6840 §5.11) */
    const struct rrset *keys; /* ZONE_SECURE: the DNSKEY set, security SEC_SECURE */
    uint32_t ttl_s;           /* how long this may be kept */
    struct cause cause;
};

/* Where one link stands; zero it to begin. */
struct chain_link {
    uint32_t at;           /* the anchor key, then the DS, that is followed */
    uint16_t key;          /* the DNSKEY it is held against ... */
    bool named;            /* ... and it does name that one */
    uint16_t tried;        /* anchors and DS that were followed to their end ... */
    uint16_t out_of_range; /* ... of these the ones that name a key of a size not validated here */
    uint8_t misses;        /* digests that did not match */
    uint32_t asked, held;  /* algorithm_bit of those in range, and of those that led to a proof */
    uint32_t ttl_max;      /* once one was: the least that the good signatures allow ... */
    struct signature_end first_end; /* ... and the first of them to end */
    struct rrsig_check check;
    struct reply_work work;
    struct cause cause;
};

struct chain_input {
    const struct name *zone;
    const struct rrset *ds;      /* proven DS set or the anchor's; NULL: none */
    const struct rrset *anchors; /* the anchor's DNSKEY set; NULL: none */
    const struct rrset *dnskeys; /* as the zone's server gave it; NULL: it gave none */
};

/* PROOF_GOOD: `result` is filled (SECURE, INSECURE or BOGUS). Else CONTINUE or SPENT. */
enum proof chain_keys(struct chain_link *link, const struct chain_input *input,
                      struct proof_desk *desk, struct zone_keys *result);

#endif
