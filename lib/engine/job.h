/* job - one client's question, from its arrival to its answer; for the files of lib/engine alone.
 *
 * Owns     its edge, seat and toll; the fetch it waits for belongs to the engine.
 * Spec     LIMITS 0.1; RULINGS A2 (spent is no fact), A9.
 */
#ifndef CATENA_ENGINE_JOB_H
#define CATENA_ENGINE_JOB_H

#include "lib/engine/fetch.h"
#include "lib/engine/toll.h"
#include "lib/engine/waiting.h"

struct job {
    struct list all, answering, over;
    struct table_node by_client;
    struct heap_node deadline;
    struct wait wait;
    struct seat seat;
    struct toll toll;
    struct budget budget;
    struct instant since;
    uint64_t client;
    struct client_question question;
    enum transport via;
    struct fetch *fetch; /* where the answer is read from; NULL: `cause` says why there is none */
    struct cause cause;
    enum outcome outcome;              /* of the job itself where fetch is NULL */
    uint64_t failed_at;                /* the zone, hashed; 0: none */
    struct trail *trail;               /* its own; NULL: nobody asked */
    bool internal, from_failure_cache; /* internal: priming, nobody to answer */
    bool is_found;                     /* in engine->clients */
};

void job_query(struct engine *engine, const struct query *query);
void job_fetch_ended(struct engine *engine, struct job *job, struct fetch *fetch);
void job_deadline(struct engine *engine, struct job *job);
struct cause job_cause_of_budget(const struct budget *budget); /* that is over */
void job_spent(struct engine *engine, struct job *job);        /* its budget is over */
void job_end_spent(struct engine *engine, struct job *job, struct cause cause);
void job_yield(struct engine *engine, struct job *job, enum why why); /* no fact about a name */
void pressure_relieve(struct engine *engine); /* no memory is left: the oldest ends */
void job_cancel_client(struct engine *engine, uint64_t client);
size_t job_render(struct engine *engine, struct job *job, struct answer *answer);
void job_destroy(struct engine *engine, struct job *job);
/* False: no memory; nothing was begun. */
bool job_begin_internal(struct engine *engine, const struct client_question *question);

#endif
