/* budget - what one client question may still cost, sub-questions and validation included.
 *
 * Shape    counters that only grow, against `limits`; never reset (CVE-2026-50045). The first limit
 *          reached is remembered: the job is then spent (RULINGS A2), no fact about any zone.
 * Owns     nothing; borrows the limits, which live as long as the policy.
 * Spec     LIMITS 0.1.
 */
#ifndef CATENA_BASE_BUDGET_H
#define CATENA_BASE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/limits.h"

enum spend {
    SPEND_QUESTION,     /* one distinct upstream question */
    SPEND_PACKET,       /* one packet to a server */
    SPEND_OCTETS,       /* octets received from servers */
    SPEND_NS_FAILED,    /* one failed NS name */
    SPEND_FAILED_CHECK, /* one failed verification ... */
    SPEND_FAILED_UNITS, /* ... and its cost units */
    SPEND_GOOD_CHECK,
    SPEND_GOOD_UNITS,
    SPEND_NSEC3_BLOCKS,
    SPEND_KINDS
};

struct budget {
    const struct limits *limits;
    uint32_t spent[SPEND_KINDS];
    uint8_t over; /* 0, or 1 + the spend that ended it */
};

void budget_init(struct budget *budget, const struct limits *limits);

/* Counts `amount`. False: that was more than there is; the budget is over from now on. At exactly
 * the limit it is still true. */
bool budget_spend(struct budget *budget, enum spend kind, uint32_t amount);
bool budget_allows(const struct budget *budget, enum spend kind, uint32_t amount);
bool budget_is_over(const struct budget *budget);
uint32_t budget_limit(const struct budget *budget, enum spend kind);
const char *budget_what_ended(const struct budget *budget); /* "upstream packets", ...; "" if not */

#endif
