/* authority - what an authoritative server of the scripted Internet answers.
 *
 * Shape    one question in, one message out. The deepest of the server's zones answers, a question
 *          for DS at an apex the zone above it. Over the size that fits: TC and nothing else.
 * Spec     RFC 1034 §4.3.2, RFC 4035 §3.1, RFC 5155 §7.2, RFC 6672 §3, RFC 2308 §3.
 */
#ifndef CATENA_TESTS_SIM_AUTHORITY_H
#define CATENA_TESTS_SIM_AUTHORITY_H

#include "lib/wire/message.h"
#include "tests/sim/zone.h"

struct authority_question {
    const struct zone *const *zones; /* that the server has */
    size_t zone_count;
    const struct message *query;
    size_t octets_max; /* of the answer */
    bool recursive;    /* the zones are all there are, and answered for as a resolver does */
    struct keyring *keyring;
    struct arena *arena; /* scratch */
};

/* The zone that answers; NULL: none of them does. */
const struct zone *authority_zone(const struct zone *const *zones, size_t count,
                                  const struct question *question);

/* Writes the answer; returns its length. REFUSED where no zone answers. */
size_t authority_answer(const struct authority_question *asked, uint8_t *room);
/* A header with this rcode and the question; with OPT when the query had one. */
size_t authority_error(const struct message *query, enum rcode rcode, uint8_t *room);

#endif
