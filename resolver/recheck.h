/* recheck - does a zone under a negative anchor validate, were there no anchor?
 *
 * Shape    one question after the other, until one is answered badly or all are answered well. A
 *          name has one of the two types asked for at most, but for the apex of a zone with NSEC:
 *          so that signed data and proofs of absence are both looked at.
 * Owns     nothing; all zero before the first question, and again after the last.
 * Spec     RFC 7646 §4, SPEC V15.
 */
#ifndef CATENA_RESOLVER_RECHECK_H
#define CATENA_RESOLVER_RECHECK_H

#include "lib/engine/engine.h"
#include "resolver/negative_keeper.h"

struct recheck {
    unsigned answered;
    enum negative_finding finding; /* of those that were answered */
};

uint16_t recheck_type(const struct recheck *recheck); /* to be asked for next, without CD */
/* What came; NULL: nothing did. True: that was the last, and `finding` is of all of them. */
bool recheck_came(struct recheck *recheck, const struct answer *answer,
                  enum negative_finding *finding);

#endif
