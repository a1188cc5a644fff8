/* answer - renders what goes to a client: from links to a message, OPT at the end.
 *
 * Shape    answer_render writes header, question and sections without OPT and notes where the TTLs
 *          stand, fit for the answer cache; answer_finish makes it this client's: id, RD, CD, AD,
 *          the question's case, the turn of addresses, TC when too long (header + question + OPT),
 *          OPT with EDE.
 * Spec     RFC 1035 §4.1, RFC 2181 §9 (TC), RFC 4035 §3.2 and RFC 6840 §5.7 to §5.9 (AD, CD, DO),
 *          RFC 6891, RFC 8914; SPEC C12, C13 (rotation), V11, R8 (minimal responses); RULINGS A15,
 *          A19; LIMITS C7 (nothing goes out without a final status).
 */
#ifndef CATENA_ENGINE_ANSWER_H
#define CATENA_ENGINE_ANSWER_H

#include "lib/engine/gate.h"

struct answer_input {
    const struct link *const *links; /* the alias chain in order, the last is what ends it */
    unsigned link_count;
    const struct question *question;
    bool dnssec_ok; /* RRSIG, NSEC, NSEC3 are shown */
};

struct answer_rendering {
    struct rendered message; /* octets, len, security, why and so on; in: octets and size */
    uint16_t ttl_at[ANSWER_TTLS_MAX];
    uint32_t ttl_s; /* the least of all records: how long it may be kept */
    uint16_t why;   /* enum why: the weakest link's, for people; message.why is for the EDE */
    bool cacheable; /* all TTLs are in ttl_at; else the answer cache could not age them */
};

/* Longer than the room: the question alone with TC, not cacheable. ST_LIMIT: not even that fits. */
enum status answer_render(const struct answer_input *input, struct answer_rendering *out) MUST_USE;

/* RFC 8509 §3: a proven answer to who asks after a key of the root, which is to be SERVFAIL. */
bool answer_denied(const struct policy *policy, const struct client_question *question,
                   const struct rendered *rendered, struct cause *cause);

struct answer_finish {
    const struct client_question *question;
    struct room room; /* where the client's message is written; may be where it stands */
    const struct ede *edes;
    unsigned ede_count;
    uint16_t rotation; /* A and AAAA sets begin there, cached or not (RULINGS A45) */
};

enum { ANSWER_ROOM_MIN = 12 + 255 + 4 + 11 }; /* of every room: header, question, OPT */

/* From a rendering (or an answer cache hit) to the client's message; returns its length. */
size_t answer_finish(const struct rendered *rendered, const struct answer_finish *finish);

/* Header, question, OPT: SERVFAIL, REFUSED, FORMERR, NOTIMP, BADVERS, TC. `limit`: not longer than
 * that; EDE text, then EDE, then OPT give way. Returns the length. */
struct answer_error {
    uint16_t rcode;
    bool truncated;
    const struct cause *causes; /* each adds its EDE, if it has one */
    unsigned cause_count;
    size_t limit;
};
size_t answer_error(const struct client_question *question, const struct answer_error *error,
                    struct room room);

#endif
