/* qmin - which name to reveal next (RFC 9156).
 *
 * Shape    pure arithmetic on label counts: from the cut's labels to the full name, at most
 *          limits.qmin_steps questions, the first limits.qmin_single with one label more each, the
 *          rest divided evenly. Type A is asked until the full name is reached (RFC 9156 §2.1).
 */
#ifndef CATENA_ENGINE_QMIN_H
#define CATENA_ENGINE_QMIN_H

#include "lib/policy/policy.h"
#include "lib/wire/name.h"

struct qmin {
    uint8_t steps;  /* minimised questions asked so far for this name, over all cuts */
    uint8_t labels; /* labels to reveal in the present question */
    uint8_t full;   /* labels of the whole name */
    bool seeks;     /* a cut that may lie between, whatever the policy says of minimising */
};

/* Begins for a new name. */
void qmin_begin(struct qmin *qmin, const struct name *name);
/* At a new cut: the next question reveals more than the cut's labels. */
void qmin_at_cut(struct qmin *qmin, unsigned cut_labels, const struct policy *policy);
/* The minimised name existed, or is an empty non-terminal: reveal more. */
void qmin_advance(struct qmin *qmin, const struct policy *policy);
/* Relaxed: no more minimising for this name (any rcode but NOERROR, a CNAME on the way, time-outs),
 * at this cut and at all that follow. */
void qmin_give_up(struct qmin *qmin);
/* Label by label from the cut, since a cut may lie between: the parent of a DS. */
void qmin_seek(struct qmin *qmin, unsigned cut_labels, const struct policy *policy);
bool qmin_is_full(const struct qmin *qmin);
/* What to ask: the minimised name and type A, or the name itself and its type. */
void qmin_question(const struct qmin *qmin, const struct name *name, uint16_t type,
                   struct name *ask_name, uint16_t *ask_type);

#endif
