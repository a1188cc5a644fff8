/* inflight - fetches that are under way, joined by what they are for; who waits for whom.
 *
 * Shape    a fetch is found by (purpose, name, type, data class, forward zone that is passed by)
 *          and shared by all who want it. A wait is an edge from a waiter (a client's job or
 *          another fetch) to a fetch. Before an edge is laid, what the fetch waits for is
 *          followed: if that reaches the joiner there is a cycle and no edge (RULINGS A3). A fetch
 *          lives while a job that is reached through its waiters has budget (payers.h), and dies
 *          with the last.
 * Owns     the edges (in the waiter's memory); fetches belong to the engine.
 * Spec     RFC 5452 §5 (birthday), LIMITS A3, E3, E4; RULINGS A3, A4.
 */
#ifndef CATENA_ENGINE_INFLIGHT_H
#define CATENA_ENGINE_INFLIGHT_H

#include "lib/base/list.h"
#include "lib/base/table.h"
#include "lib/engine/engine.h"

enum purpose {
    FOR_ANSWER,  /* a client's question: aliases followed, every link validated */
    FOR_ADDRESS, /* addresses of a server name: never validated (RULINGS A4) */
    FOR_RECORDS, /* DNSKEY at the zone, or DS at its parent, as the server gives them */
    FOR_KEYS     /* what a zone's keys are worth: asks nobody itself, waits for the others */
};

struct fetch;
struct job;

struct fetch_key {
    enum purpose purpose;
    enum data_class class;
    const struct name *name;
    uint16_t type;
};

struct wait {
    struct list of_waited; /* in waited->waiters */
    struct list of_waiter; /* in waiter->needs; self-linked for a job */
    struct fetch *waited;
    struct fetch *waiter; /* NULL: a job waits */
    struct job *job;
};

/* Does `from` wait, directly or through others, for `target`? */
bool inflight_reaches(struct engine *engine, struct fetch *from, const struct fetch *target);

/* Somebody who comes after nobody waits for it now, and so for all that it waits for (toll.h). */
void inflight_raise(struct engine *engine, struct fetch *from);
/* Once in a traversal, which begins by raising engine->mark. */
void inflight_visit(struct engine *engine, struct list *frontier, struct fetch *fetch);

struct fetch *inflight_find(struct engine *engine, const struct fetch_key *key);
/* The same among fetches that pass by the forward zone `around` (NULL: none): with the name that
 * tells whom they ask (RULINGS A4). */
struct fetch *inflight_find_around(struct engine *engine, const struct fetch_key *key,
                                   const struct name *around);
enum status inflight_insert(struct engine *engine, struct fetch *fetch) MUST_USE;
void wait_lay(struct wait *wait, struct fetch *waited, struct fetch *waiter, struct job *job);
void wait_lift(struct wait *wait);

#endif
