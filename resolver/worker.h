/* worker - one thread: a loop, an engine and its own listening sockets; caches are shared.
 *
 * Owns     loop, engine, keyring, metrics, listeners. Shared parts are borrowed and outlive it.
 * Threads  worker_start makes the thread; everything else here is called from the main thread.
 *          Letters go by a mailbox: the worker locks nothing but that (RULINGS B22).
 */
#ifndef CATENA_WORKER_H
#define CATENA_WORKER_H

#include "lib/engine/engine.h"
#include "resolver/edge/crowd.h"
#include "resolver/doors.h"

struct worker;

struct worker_setup {
    const struct policy *policy;
    struct caches *caches;
    const struct crypto *crypto;
    struct pool *pool;
    struct ratelimit *ratelimit; /* of the process */
    struct cputime *cputime;     /* likewise */
    struct clock_floor clock_floor;
    struct crowd *crowd; /* TCP clients of the process */
    struct door *doors;  /* taken: door_count of them */
    unsigned door_count;
};

struct worker *worker_create(
    const struct worker_setup *setup); /* NULL: no memory, or no randomness */
enum status worker_start(struct worker *worker) MUST_USE;
/* Another policy, in force there soon; `number` grows with each. It lives on until worker_policy
 * has reached a higher number; the setup's lives as long as the worker, whose limits it holds.
 * ST_BUSY: the mailbox is full, try again later. */
enum status worker_post_policy(struct worker *worker, const struct policy *policy, uint64_t number)
    MUST_USE;
uint64_t worker_policy(const struct worker *worker); /* the one in force there; 0: the setup's */
/* Asks it to answer what is in flight, for `patience_ms` at most, and to end. */
void worker_stop(struct worker *worker, unsigned patience_ms);
void worker_join(struct worker *worker);
void worker_destroy(struct worker *worker);
const struct metrics *worker_metrics(const struct worker *worker);

#endif
