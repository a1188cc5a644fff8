#include "lib/engine/qmin.h"

#include "lib/wire/type.h"

/* A count of steps that no limit reaches: minimising has ended for this name. */
enum { GIVEN_UP = UINT8_MAX };

void qmin_begin(struct qmin *qmin, const struct name *name)
{
    *qmin = (struct qmin){ .labels = name->labels, .full = name->labels };
}

/* How many labels the next question adds to the `known` ones, of which `left` are not revealed.
 * RFC 9156 §2.3: one by one at first, then the rest in shares, the larger ones at the end. */
static unsigned share(const struct qmin *qmin, unsigned left, const struct limits *limits)
{
    unsigned questions = limits->qmin_steps - qmin->steps;
    if (qmin->steps < limits->qmin_single || left < questions)
        return 1;
    return left / questions;
}

static void reveal_beyond(struct qmin *qmin, unsigned known, const struct policy *policy)
{
    bool off = policy->qmin == QMIN_OFF && !qmin->seeks;
    bool over = off || qmin->steps >= policy->limits.qmin_steps;
    if (over || known >= qmin->full) {
        qmin->labels = qmin->full;
        return;
    }
    qmin->labels = (uint8_t)(known + share(qmin, qmin->full - known, &policy->limits));
    if (!qmin_is_full(qmin))
        qmin->steps++;
}

void qmin_at_cut(struct qmin *qmin, unsigned cut_labels, const struct policy *policy)
{
    reveal_beyond(qmin, cut_labels, policy);
}

void qmin_advance(struct qmin *qmin, const struct policy *policy)
{
    reveal_beyond(qmin, qmin->labels, policy);
}

void qmin_give_up(struct qmin *qmin)
{
    qmin->steps = GIVEN_UP;
    qmin->labels = qmin->full;
}

void qmin_seek(struct qmin *qmin, unsigned cut_labels, const struct policy *policy)
{
    *qmin = (struct qmin){ .labels = qmin->full, .full = qmin->full, .seeks = true };
    reveal_beyond(qmin, cut_labels, policy);
}

bool qmin_is_full(const struct qmin *qmin)
{
    return qmin->labels >= qmin->full;
}

void qmin_question(const struct qmin *qmin, const struct name *name, uint16_t type,
                   struct name *ask_name, uint16_t *ask_type)
{
    bool full = qmin_is_full(qmin);
    *ask_name = full ? *name : name_suffix(name, qmin->labels);
    *ask_type = full ? type : TYPE_A;
}
