/* stream_gate - how a TCP client's network stands with the processor's time: now, later, never.
 *
 * Shape    asks policy/cputime, counts, and tells the log once each 30 s whose connections it ends.
 *          What a connection itself takes is charged here; its questions are, in the engine.
 * Owns     nothing: limiter, policy and counters outlive it; the limiter is shared by all workers.
 * Time     that of the turn: the caller gives it.
 * Threads  one a worker.
 * Spec     LIMITS 4.2 (second limiter), SPEC R5.
 */
#ifndef CATENA_EDGE_STREAM_GATE_H
#define CATENA_EDGE_STREAM_GATE_H

#include "lib/base/metrics.h"
#include "lib/policy/cputime.h"
#include "lib/policy/meter.h"
#include "lib/policy/policy.h"

struct stream_gate {
    struct cputime *cputime;     /* NULL: nobody is counted */
    const struct policy *policy; /* the one in force (RULINGS B22) */
    struct metrics *metrics;
};

struct stream_gate_client {
    struct endpoint from;
    struct cputime_key key;
};

/* Who has just been accepted; the meter is that of the thread that did it. */
void stream_gate_enter(const struct stream_gate *gate, struct stream_gate_client *client,
                       struct meter *meter, struct instant now);
/* CPUTIME_CLOSE is counted: the connection ends. */
enum cputime_verdict stream_gate_judge(const struct stream_gate *gate,
                                       const struct stream_gate_client *client, struct instant now);

#endif
