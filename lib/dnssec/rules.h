/* rules - what a proof may use and spend; handed to every function of dnssec that does work.
 *
 * Shape    borrows everything; `budget` is the tab of the moment (the engine settles it with every
 *          waiting job), `turn_units` what this loop turn may still spend over all jobs (RULINGS
 *          B16): at 0 the work stops with PROOF_CONTINUE and is resumed after AGAIN.
 * Time     `wall` is given; nothing here reads a clock.
 */
#ifndef CATENA_DNSSEC_RULES_H
#define CATENA_DNSSEC_RULES_H

#include <stdbool.h>

#include "lib/base/arena.h"
#include "lib/base/budget.h"
#include "lib/base/instant.h"
#include "lib/base/metrics.h"
#include "lib/crypto/keyring.h"
#include "lib/explain/trail.h"

enum { RULES_BELOW_MAX = 64 };

/* One number that is off at and below a name: of an algorithm or of a DS digest type. */
enum rules_kind { RULES_ALGORITHM, RULES_DIGEST };
struct rules_off {
    struct name below;
    enum rules_kind kind;
    uint8_t number;
};

/* Part of the policy: immutable while in force. */
struct dnssec_rules {
    const struct limits *limits;
    bool sha1;                  /* algorithms 5 and 7, DS digest 1 are validated (SPEC V3) */
    bool strict_algorithms;     /* not one path alone but one of every algorithm that the DS set
                                   signals: RFC 6840 §5.11, for tests of zones (SPEC V5) */
    uint8_t algorithms_off[32]; /* bit n: algorithm n counts as unsupported */
    uint8_t digests_off[32];
    struct rules_off below[RULES_BELOW_MAX]; /* off for some zones alone (SPEC V17) */
    unsigned below_count;
    uint32_t inception_skew_s, expiration_skew_s;
};

struct proof_desk {
    const struct dnssec_rules *rules;
    struct keyring *keyring;
    struct budget *budget;
    int64_t *turn_units;
    struct metrics *metrics;
    struct arena *arena; /* of the job: results and scratch */
    struct unixtime wall;
    struct trail *trail; /* what was proven and what refused is told; NULL: nobody asked */
};

enum proof {
    PROOF_GOOD,
    PROOF_FAILED,   /* bogus, for `why` */
    PROOF_CONTINUE, /* this turn's units are used: call again */
    PROOF_SPENT     /* budget, memory: no verdict about the data (RULINGS A2) */
};

/* Octets are work as well, paid for in the units of checks (LIMITS D1, D2, RULINGS A8). */
enum {
    SEARCHED_OCTETS = 32768, /* of keys that are walked through for the price of one unit, ... */
    DIGESTED_OCTETS = 8192   /* ... and of what is copied and digested for it */
};

/* Before work of `units`, of which nobody knows yet how it ends: SPENT, and the budget is over,
 * where one of its rows cannot pay; CONTINUE where this turn cannot. */
enum proof rules_afford(struct proof_desk *desk, uint32_t units);
/* What it was in the end: SPEND_GOOD_UNITS or SPEND_FAILED_UNITS. */
void rules_pay(struct proof_desk *desk, enum spend kind, uint32_t units);

/* Supported in `zone`, whose keys and DS they are: known, offered by OpenSSL here, not off, and
 * SHA-1 only where asked for. */
bool rules_allow_algorithm(const struct dnssec_rules *rules, const struct crypto *crypto,
                           const struct name *zone, uint8_t number);
bool rules_allow_digest(const struct dnssec_rules *rules, const struct crypto *crypto,
                        const struct name *zone, uint8_t type);

#endif
