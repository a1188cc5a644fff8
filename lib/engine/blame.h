/* blame - why a fetch came to nothing: the reason that people are told.
 *
 * Shape    read from what the walk has seen at its present cut; nothing is decided here.
 * Spec     SPEC section 3 item 4; RULINGS A2, A23, A45.
 */
#ifndef CATENA_ENGINE_BLAME_H
#define CATENA_ENGINE_BLAME_H

#include "lib/engine/state.h"

/* Nobody is left to be asked. */
struct cause blame_servers(struct engine *engine, const struct fetch *fetch);
/* The time of a job that waits for `fetch` (NULL: none) is over. It stays spent, no fact about
 * anything else (A2); but where something is known that explains it, that is the reason. */
struct cause blame_deadline(struct engine *engine, const struct fetch *fetch);

#endif
