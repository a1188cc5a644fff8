/* waiting - the clients that wait: how many of one network, who yields a slot, who is left unheard.
 *
 * Shape    Clients of one network may wait for so many answers at once, in the whole process: each
 *          that does is counted from its job's birth to its end. Those on this machine may take all
 *          slots. A worker has limits.jobs slots for jobs that are not over. Who takes one while
 *          fewer than half are kept keeps it; any other yields it to a newcomer once all are taken,
 *          the oldest first, but not within KEPT_MS. A network that has more waiting than a plain
 *          one may have, such as a private one by its factor, pushes out none but its own: free
 *          slots are its, as many as its factor says, the others' are not. A job is as old as the
 *          question it joined: to ask once more makes nothing younger (CVE-2026-42534). An answer
 *          that took long is not sent to a forgeable address whose network waits for many
 *          (CVE-2024-33655).
 * Owns     nothing: a seat is part of its job.
 * Spec     LIMITS F2, F3, 0.1 (rows of concurrency); SPEC R4; RULINGS A9, A20, B23.
 */
#ifndef CATENA_ENGINE_WAITING_H
#define CATENA_ENGINE_WAITING_H

#include "lib/base/heap.h"
#include "lib/engine/gate.h"
#include "lib/policy/quota.h"

enum { KEPT_MS = 200 /* LIMITS F2: a question may not be pushed out sooner */ };

/* What a job takes up. */
struct seat {
    struct heap_node yields;    /* in engine->yielding, by the first arrival; kept: out */
    struct quota_place network; /* where it is counted */
    bool counted, kept;
    bool may_be_late; /* its answer may be held back for the time it took */
};

/* False: as many as may wait already. */
bool waiting_enter(struct engine *engine, const struct query *query,
                   const struct client_question *question, struct seat *seat);
void waiting_leave(struct engine *engine, struct seat *seat); /* once more does no harm */

/* Makes room where it may, for who has entered. False: all are taken, and none is to be had. */
bool waiting_has_slot(struct engine *engine, const struct seat *newcomer);
/* It is begun, asked first at `since`. False: no memory. */
bool waiting_take_slot(struct engine *engine, struct seat *seat, struct instant since);
void waiting_give_slot(struct engine *engine, struct seat *seat); /* the job is over */

/* The answer, which is there, came too late for one whose address may be forged. */
bool waiting_is_late(const struct engine *engine, const struct seat *seat, struct instant since);

#endif
