/* validator - is this reply proven? A step machine: keys in; a need or a verdict out.
 *
 * Shape    one validation judges one link: the reply to (qname, qtype) from the servers of `zone`.
 *          validator_step returns what it needs next; the caller brings the zone's keys with
 *          validator_give and steps again. Each zone is asked for once; all of them lie at or below
 *          `zone` and at or above qname. The status of every RRset judged is written into the set
 *          itself (SEC_*), TTLs are cut to what signatures and SOA allow (RFC 4035 §5.3.3, RFC 2308
 *          §5). What no proof needed stays SEC_UNCHECKED and may not be given out: answer sets
 *          beyond VALIDATOR_SETS_MAX, and in authority all but the SOA, NSEC and NSEC3 that serve.
 *          A verdict reached on a set is kept there: nothing is verified twice (RULINGS A12). A set
 *          whose octets equal a secure cached one arrives as SEC_SECURE and costs nothing (B9).
 * Owns     nothing: all is in the job's arena; the input's sets must live as long.
 * Spec     RFC 4035 §5, RFC 5155 §8, RFC 6840, RFC 6672 §5.3; LIMITS C1 to C7; RULINGS A1: where a
 *          signer or SOA owner lies strictly between the cut and the name there is a cut: its keys
 *          are needed. Unsigned data below a signed cut: keys of each label downward, until one is
 *          insecure (then the data are) or none is left (then they are bogus).
 */
#ifndef CATENA_DNSSEC_VALIDATOR_H
#define CATENA_DNSSEC_VALIDATOR_H

#include "lib/dnssec/chain.h"
#include "lib/dnssec/denial.h"

enum { VALIDATOR_SETS_MAX = 8 }; /* answer sets judged: LIMITS D4 */

enum reply_kind {
    REPLY_POSITIVE, /* answer[0..] are the sets of (qname, qtype); several for ANY */
    REPLY_ALIAS,    /* answer[0] is the CNAME at qname */
    REPLY_DNAME,    /* answer[0] is the DNAME above qname (the CNAME is rebuilt by the caller) */
    REPLY_NODATA,
    REPLY_NXDOMAIN
};

struct validator_input {
    struct name qname, zone; /* zone: deepest known cut at or above qname (for a DS: above it) */
    uint16_t qtype;
    enum reply_kind kind;
    struct rrset **answer, **authority;
    size_t answer_count, authority_count;
    struct nsec3_hashes *hashes; /* the job's, shared by its validations; NULL: this one's own */
};

enum validator_step { VALIDATOR_NEED_KEYS, VALIDATOR_CONTINUE, VALIDATOR_DONE };

struct verdict {
    enum security security;    /* of the whole link; SEC_UNCHECKED: the job is spent */
    struct cause cause;        /* why it is insecure, bogus or spent */
    enum denial_answer denial; /* DS questions that were denied: what the denial said, whether the
                                 security is SECURE or INSECURE; DENIAL_UNPROVEN otherwise */
    bool opt_out;              /* an opt-out span took part: security is SEC_INSECURE, no AD (RFC
                                 5155 §9.2), though SOA and NSEC3 themselves are secure */
    bool wildcard;             /* the answer was expanded from a wildcard */
    uint32_t ttl_s;            /* the link may be kept that long; 0: nothing says how long */
    struct name zone;          /* the zone that signed it: the deepest cut found on the way */
};

struct validator;

/* NULL: the arena is full. */
struct validator *validator_create(const struct validator_input *input, struct arena *arena);

/* NEED_KEYS: `needed` is the zone. DONE: validator_verdict may be read. */
enum validator_step validator_step(struct validator *v, struct proof_desk *desk,
                                   struct name *needed);
void validator_give(struct validator *v, const struct zone_keys *keys); /* copied by value */
const struct verdict *validator_verdict(const struct validator *v);
/* What was given of the zone of so many labels, with the first end of what it signed; or NULL. */
const struct zone_keys *validator_keys(const struct validator *v, unsigned labels);

#endif
