/* gate - a client's message judged before any work: drop it, refuse it, or take its question.
 *
 * Shape    the message is read as far as it goes, so that even a refusal carries the question.
 * Time     `wall` is what cookies are made and proven by.
 * Spec     RFC 1035 §4.1.1, RFC 6891 §6.1.3 (BADVERS), RFC 7873 §5.2 and §5.4 (a cookie that is not
 *          ours counts as none), RFC 5001 §2.2 (NSID), RFC 4892 (class CH), RFC 8482 and RULINGS
 *          A40 (ANY), RFC 5358; LIMITS F5, F6, F8, H7:
 *          opcode 0, one question (or a cookie and none: RULINGS A37), no answer, no authority, at
 *          most an OPT in additional; never an answer longer than the question for a refusal, EDE
 *          included.
 */
#ifndef CATENA_ENGINE_GATE_H
#define CATENA_ENGINE_GATE_H

#include "lib/engine/engine.h"
#include "lib/wire/message.h"

enum shown_cookie { SHOWN_NONE, SHOWN_COOKIE, SHOWN_OURS }; /* none: or cookies are off */

struct client_question {
    struct header header;     /* as sent */
    struct question question; /* case as sent; an empty name: it could not be read */
    struct edns edns;         /* cookie and the like borrow the message */
    uint16_t udp_octets;      /* 512 without EDNS, else least of theirs and ours; TCP: 65,535 */
    size_t octets;            /* of the whole message */
    bool proven;              /* the address is the sender's: TCP, or a cookie of ours */
    enum shown_cookie shown;
    uint8_t cookie[COOKIE_OCTETS]; /* goes back, but for SHOWN_NONE */
    uint16_t keepalive;            /* to be told, in 100 ms; 0: nothing (RFC 7828 §3.3.2) */
    struct bytes nsid;             /* to be told; borrows the policy; empty: nothing */
    bool errorless;                /* no error may go back: LIMITS F6 */
};

enum gate_verdict {
    GATE_TAKE,   /* a question to answer */
    GATE_DROP,   /* no answer at all */
    GATE_REFUSE, /* answer with `rcode` and, where it fits, the EDE of `why` */
    GATE_COOKIE, /* nothing was asked but a cookie: answer with `rcode` (RFC 7873 §5.4) */
    GATE_TELL,   /* a name of class CH that policy->identity has a text for */
    GATE_TC      /* answer with TC alone: come back over TCP */
};

struct gate_judgement {
    enum gate_verdict verdict;
    uint16_t rcode;
    enum why why;
};

/* `question` is written for all but GATE_DROP. RD=0 is taken only from policy->snoop;
 * `question->header` tells, and such a question is answered from the cache or refused
 * (WHY_NOT_RECURSIVE). */
struct gate_judgement gate_judge(const struct query *query, const struct policy *policy,
                                 struct unixtime wall, struct client_question *question);

/* The NSID of the policy in force, for one who asked for it: again when a question has waited. */
void gate_set_nsid(struct client_question *question, const struct policy *policy);

/* `log.queries`: who asked what, whatever becomes of it. The log bounds how many lines a second. */
void gate_log(const struct query *query, const struct client_question *question);

#endif
