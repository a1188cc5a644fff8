/* denial - the questions about absence that a resolver asks, answered from NSEC or NSEC3 records
 * whose signatures have already been proven (LIMITS C6).
 *
 * Shape    one call, one question. Records of another zone than `zone`, unsound ones, and all
 *          beyond limits.denial_records are left out (LIMITS D4). NSEC is tried first, then NSEC3.
 *          A set counts as proven for its very owner: none that was expanded from a wildcard.
 * Spec     RFC 4035 §5.4, RFC 5155 §8.4 to §8.9, RFC 6840 §4, RFC 7129, RFC 9276 §3.2, RFC 9824.
 */
#ifndef CATENA_DNSSEC_DENIAL_H
#define CATENA_DNSSEC_DENIAL_H

#include "lib/dnssec/nsec3.h"
#include "lib/explain/why.h"

enum denial_question {
    DENIAL_NAME,     /* the name does not exist, nor a wildcard for it (NXDOMAIN) */
    DENIAL_TYPE,     /* the name exists, or a wildcard for it does, without this type or CNAME; a
                        proof that neither exists is none: it contradicts NOERROR (RFC 5155 §8.5) */
    DENIAL_WILDCARD, /* the name itself does not exist, so that the wildcard was needed */
    DENIAL_DS        /* no DS at this name, seen from its parent `zone` */
};

enum denial_answer {
    DENIAL_PROVEN,
    DENIAL_PROVEN_INSECURE, /* proven, but through opt-out or iterations over the limit: no AD,
                               `why` says NSEC3_ITERATIONS or OPT_OUT (RFC 5155 §9.2, RULINGS A14,
                               A15) */
    DENIAL_DELEGATION,      /* DENIAL_DS: an unsigned delegation stands here (NS, no DS, no SOA), or
                               may stand in an opt-out span (`opt_out` is then set) */
    DENIAL_NO_CUT,          /* DENIAL_DS: the name exists without NS: no zone begins here */
    DENIAL_NO_NAME,         /* DENIAL_DS: the name does not exist in `zone` */
    DENIAL_UNPROVEN,
    DENIAL_SPENT
};

struct denial_input {
    enum denial_question question;
    const struct name *zone, *name;
    uint16_t type;             /* DENIAL_TYPE */
    unsigned wildcard_labels;  /* DENIAL_WILDCARD: the RRSIG's Labels field */
    struct rrset *const *sets; /* proven sets; others than NSEC and NSEC3 are skipped */
    size_t count;
    struct nsec3_hashes *hashes;
};

struct denial_output {
    enum denial_answer answer;
    enum why why;
    bool opt_out;                 /* an opt-out span took part in the proof */
    struct name closest_encloser; /* where one was found; len 0 otherwise */
};

void denial_judge(const struct denial_input *input, struct proof_desk *desk,
                  struct denial_output *output);

#endif
