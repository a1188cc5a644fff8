/* engine - the resolver as a state machine: exactly one event in, then actions until none is left.
 *
 * Shape    events and actions are those of event.h. No clock, socket, file or
 *          thread is touched in here; time, randomness and packets come in (DESIGN 3).
 *              engine_handle(engine, &event);
 *              while (engine_next(engine, &action)) carry_out(&action);
 *              ... send EVENT_TIME no later than engine_deadline(engine).
 * Owns     its jobs and fetches. Event octets are borrowed for the call, action octets and trails
 *          until the next event or engine_next. Caches, policy, pool, keyring, metrics outlive it.
 * Threads  one; a worker has one engine, workers share the caches.
 * Errors   what fails ends its job with SERVFAIL and a reason; the engine itself never fails.
 * Spec     RFC 1034 §5.3.3, RFC 5452, RFC 9156, RFC 4035 §4; LIMITS 0.1.
 */
#ifndef CATENA_ENGINE_ENGINE_H
#define CATENA_ENGINE_ENGINE_H

#include "lib/base/metrics.h"
#include "lib/base/prng.h"
#include "lib/cache/caches.h"
#include "lib/crypto/keyring.h"
#include "lib/engine/clockcheck.h"
#include "lib/engine/event.h"
#include "lib/policy/cputime.h"
#include "lib/policy/meter.h"

struct engine_setup {
    const struct policy *policy;
    struct caches *caches;
    struct keyring *keyring;
    struct pool *pool;
    struct quota *quota;     /* borrowed; NULL: no client, zone or server is counted */
    struct cputime *cputime; /* borrowed; NULL: no client pays for processor time */
    struct metrics *metrics;
    struct prng prng; /* seeded */
    struct clock_floor clock_floor;
};

struct engine *engine_create(const struct engine_setup *setup); /* NULL: no memory */
void engine_destroy(struct engine *engine);

/* A new seed from the system, each minute (RULINGS B28). ST_IO: none to be had, the old goes on. */
enum status engine_reseed(struct engine *engine) MUST_USE;
void engine_handle(struct engine *engine, const struct event *event);
bool engine_next(struct engine *engine, struct action *action);
struct instant engine_deadline(const struct engine *engine);
struct pool *engine_pool(const struct engine *engine); /* for buffers around it: RULINGS B17 */
/* What is done around it is weighed there too. Once it is due, EVENT_SPENT is. */
struct meter *engine_meter(struct engine *engine);

/* Asks the root for its servers and keys beside whatever else goes on (RFC 9609, RULINGS A35). */
void engine_prime(struct engine *engine, struct instant now, struct unixtime wall);

struct engine_figures {
    size_t jobs, fetches, sockets;
    bool root_answered; /* a root server ever gave an answer to this engine */
};
struct engine_figures engine_figures(const struct engine *engine);

#endif
