/* company - the TCP connections of one worker: who is busy, who rests, who yields his place.
 *
 * Shape    a guest is busy while a question of his is in flight, and rests otherwise, the longest
 *          first. Where all places are taken, who has rested longest yields to a newcomer, if it
 *          was long enough to ask something. Where nobody rests it is one of the client that has
 *          the most places for what it counts for, and at least as many as the newcomer's where
 *          those are more than COMPANY_FEW; of these the one whose oldest question is oldest, but
 *          none within COMPANY_KEPT_MS: to ask slow questions for ever keeps no place (as LIMITS F2
 *          of slots). While nobody can yield newcomers wait at the door. Whoever is asked to by
 *          another worker (crowd.h) yields in the same way. A guest is part of its connection.
 * Owns     its lists. Policy, metrics and crowd outlive it.
 * Threads  its worker's, but for what of it is part of the crowd.
 * Spec     LIMITS F9, F2; RFC 7766 §6.2.3, §6.2.4.
 */
#ifndef CATENA_EDGE_COMPANY_H
#define CATENA_EDGE_COMPANY_H

#include "lib/base/instant.h"
#include "lib/base/list.h"
#include "lib/base/metrics.h"
#include "resolver/edge/crowd.h"

enum {
    COMPANY_REST_MS = 10,  /* kept, whoever else wants the place */
    COMPANY_KEPT_MS = 200, /* the same for one with a question in flight */
    COMPANY_FEW = 4        /* connections of one client, who asks for several names at once */
};

struct company {
    struct crowd *crowd;         /* of the process */
    const struct policy *policy; /* the one in force (RULINGS B22) */
    const struct limits *limits; /* the first one's */
    struct metrics *metrics;
    struct crowd_part part;
    struct list busy, resting;
};

/* A question in flight. */
struct guest_question {
    struct list node; /* among those that wait, the oldest first, or those that are free */
    struct instant since;
    bool waits;
};

struct guest {
    struct list node; /* in `busy` or `resting` */
    struct list waiting, free;
    struct guest_question *questions; /* limits.tcp_in_flight */
    struct crowd_client client;
    unsigned in_flight;
    struct instant idle_since;
};

/* crowd, policy, limits and metrics are set. From the main thread: crowd.h. */
void company_init(struct company *company);
void company_end(struct company *company); /* all have left */

/* All places are taken, and nobody yields yet, whoever comes. */
bool company_is_closed(const struct company *company, struct instant now);

/* CROWD_FULL: nobody yields to this one. CROWD_IN and a guest in `yields`: that one is to be
 * closed now. */
enum crowd_answer company_comes(struct company *company, const struct endpoint *from,
                                struct instant now, struct crowd_client *client,
                                struct guest **yields);
/* He may be closed already: company_leave was called, or is next. */
void company_enter(struct company *company, struct guest *guest, struct instant now);
void company_leave(struct company *company, struct guest *guest);

/* Who is to be closed since another worker let somebody in; NULL: nobody. Once for each turn. */
struct guest *company_pays(struct company *company, struct instant now);

/* The number of a question that begins; there are fewer than limits.tcp_in_flight. */
unsigned company_asks(struct company *company, struct guest *guest, struct instant now);
/* It has ended. False: there is none of this number. */
bool company_ends(struct company *company, struct guest *guest, unsigned question,
                  struct instant now);

#endif
