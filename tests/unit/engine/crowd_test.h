/* crowd_test - many clients at once, on the network of hostile_test: what they ask, how long they
 * wait, what they were told. */
#ifndef CATENA_TESTS_UNIT_CROWD_TEST_H
#define CATENA_TESTS_UNIT_CROWD_TEST_H

#include "tests/unit/engine/hostile_test.h"

enum { CROWD_SENDS = 64 };

struct crowd {
    struct quota *quota;
    enum transport via; /* of all who ask */
    const char *peer;   /* `last` is of questions to this server; NULL: to whichever */
    unsigned answers, failures, resolved; /* failures: SERVFAIL; resolved: NOERROR */
    unsigned drops, sends;
    char to[CROWD_SENDS][ENDPOINT_TEXT]; /* where the first questions of the engine went, ... */
    struct send last;                    /* ... and the last one, ... */
    uint8_t octets[512];                 /* ... its message */
    uint64_t last_client;                /* of the answer drawn last */
    uint16_t why;
};
extern struct crowd crowd;

void crowd_up(void); /* also hostile_up; nobody has asked yet */
void crowd_down(void);
void crowd_forget(void); /* what they were told so far */

void happens(struct event event); /* now; and whatever the engine wants is drawn */
void time_passes(uint64_t ms);
void asks(uint64_t client, const char *from, const char *name); /* for A */

#endif
