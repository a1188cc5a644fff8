/* chaos - what this server says of itself in class CH, rendered for one client.
 *
 * Shape    the gate lets only such a question through; its answer is a record of TTL 0, which no
 *          cache ever sees, and goes the way of every other answer from there on.
 * Spec     RFC 4892 §2 and §3, RFC 1035 §3.3.14 (TXT); LIMITS H7, RULINGS A41.
 */
#ifndef CATENA_ENGINE_CHAOS_H
#define CATENA_ENGINE_CHAOS_H

#include "lib/engine/state.h"

void chaos_answer(struct engine *engine, const struct query *query,
                  const struct client_question *question);

#endif
