/* validator_parts - what validator.c decides with: where data belong, what is proven of a set, the
 * judgment of one answer set and of a negative reply, and the ways to end.
 *
 * Shape    every zone that matters lies at or above qname, so its number of labels names it:
 *          `known[n]` are the keys of the zone of n labels, once they were given.
 */
#ifndef CATENA_DNSSEC_VALIDATOR_PARTS_H
#define CATENA_DNSSEC_VALIDATOR_PARTS_H

#include "lib/dnssec/denial_parts.h"
#include "lib/dnssec/validator.h"

enum validator_stage {
    STAGE_CUT,      /* what is known of input.zone? */
    STAGE_SET,      /* answer[at] */
    STAGE_WILDCARD, /* answer[at] is proven and was expanded: was it needed? */
    STAGE_DENIAL,   /* a negative reply */
    STAGE_DONE
};

/* What a stage did. */
enum move {
    MOVE_ON,    /* the next stage or set; or the end, at STAGE_DONE */
    MOVE_NEEDS, /* keys of the zone of v->needed labels */
    MOVE_YIELDS /* this turn's units are used */
};

/* The SOA, NSEC and NSEC3 sets of authority as they are proven for one zone. */
struct validator_proofs {
    bool begun;
    unsigned zone;            /* its labels */
    size_t at;                /* next set of authority ... */
    struct rrsig_check check; /* ... and where it stands */
    size_t seen; /* NSEC and NSEC3 whose signatures were tried: at most limits.denial_records */
    struct rrset *sets[DENIAL_RECORDS_MAX]; /* NSEC and NSEC3 that hold */
    size_t count;
    struct cause fault; /* of those refused, the SOA's or the first; why NONE: none was */
};

struct validator {
    struct validator_input input;
    struct arena *arena;
    struct verdict verdict;
    enum validator_stage stage;
    struct zone_keys *known[NAME_LABELS_MAX + 1];
    bool out_of_memory; /* keys were given that found no room */
    unsigned needed;    /* the labels of the zone last asked for */
    size_t at;
    unsigned zone;            /* the labels of the zone that signed answer[at] ... */
    struct rrsig_check check; /* ... and where the check of it stands */
    struct reply_work reply;
    struct validator_proofs proofs;
    struct nsec3_hashes own_hashes;
};

bool validator_is_negative(const struct validator *v);

/* ---- where data belong ---- */

enum place_kind {
    PLACE_SIGNED,   /* by the zone of `labels`, whose keys are known */
    PLACE_UNSIGNED, /* nothing is signed and no insecure cut explains it */
    PLACE_NEEDED,   /* the keys of the zone of `labels` are needed first */
    PLACE_ENDED     /* known[labels] is the last word: insecure, bogus, unreachable, spent */
};

struct place {
    enum place_kind kind;
    unsigned labels;
};

/* `set`: of the answer; NULL: the negative reply as a whole. */
struct place validator_place(const struct validator *v, const struct rrset *set);

/* ---- what is proven of a set ---- */

/* RULINGS B9: `set` came in as secure, and all its RRSIGs are of one zone at or below input.zone,
 * by keys that this zone has today: `check` then tells labels and ttl_max as if it had been proven
 * here. NEEDS_KEYS: those of `zone`, to see. */
enum arrival { ARRIVED_NOT, ARRIVED, ARRIVED_NEEDS_KEYS };
enum arrival validator_arrived(const struct validator *v, const struct rrset *set,
                               const struct proof_desk *desk, struct rrsig_check *check,
                               unsigned *zone);

/* The status is final: writes it; cuts set and verdict to the TTL that `check` and a SOA allow. */
void validator_settle(struct validator *v, struct rrset *set, enum security security,
                      const struct rrsig_check *check);

/* Proves the SOA (of a negative reply) and the NSEC and NSEC3 sets of the zone of `labels`, up to
 * limits.denial_records, into v->proofs. FAILED: the SOA does not hold. */
enum proof validator_prove_authority(struct validator *v, unsigned labels, struct proof_desk *desk);
void validator_ask_denial(struct validator *v, enum denial_question question,
                          struct proof_desk *desk, struct denial_output *output);

/* ---- the ways on and to the end ---- */

struct cause validator_cause(enum why why, const struct name *owner, uint16_t type);
struct cause validator_zone_cause(const struct zone_keys *keys);
enum security validator_zone_security(enum zone_state state);

enum move validator_need(struct validator *v, unsigned labels);
/* Of several sets the worst counts (RFC 6840 §4.2). */
void validator_worsen(struct validator *v, enum security security, const struct cause *cause);
enum move validator_end(struct validator *v, enum security security, const struct cause *cause);
enum move validator_end_why(struct validator *v, enum security security, enum why why);
enum move validator_end_spent(struct validator *v, const struct rrsig_check *check,
                              const struct proof_desk *desk);
/* A check FAILED for `cause`. */
enum move validator_end_failed(struct validator *v, const struct cause *cause,
                               const struct proof_desk *desk);
/* The records that hold do not prove what they should, for `why`. */
enum move validator_end_unproven(struct validator *v, enum why why, const struct proof_desk *desk);
void validator_limit_by_zone(struct validator *v, unsigned labels); /* the verdict's TTL */
/* The zone of `labels` has the last word on the whole reply. */
enum move validator_end_by_zone(struct validator *v, unsigned labels);

/* ---- the stages ---- */

enum move validator_judge_set(struct validator *v, struct proof_desk *desk);
enum move validator_judge_wildcard(struct validator *v, struct proof_desk *desk);
enum move validator_judge_denial(struct validator *v, struct proof_desk *desk);

#endif
