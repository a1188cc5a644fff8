/* local - what policy/localname answers, as links: to a client in the same call, or to a fetch.
 *
 * Shape    a client's question is held against it before any cache (DESIGN 3 step 3), with all the
 *          aliases that stay here; an alias that leads away becomes a job, whose fetch finds the
 *          same first link. A fetch looks here at each name of an alias chain, so that no special
 *          name leaks by way of an alias; and for a server's addresses at special names alone,
 *          since what is blocked for clients may still serve zones that are not.
 * Spec     SPEC L1, L2, L12; LIMITS H9; RFC 1035 §4.1.1 (AA); RULINGS A45.
 */
#ifndef CATENA_ENGINE_LOCAL_H
#define CATENA_ENGINE_LOCAL_H

#include "lib/engine/state.h"

/* True: the question is answered, refused or dropped. */
bool local_reception(struct engine *engine, const struct query *query,
                     const struct client_question *question);
/* True: the fetch's present name is answered here; the link is taken, or the fetch has ended. */
bool local_fetch(struct engine *engine, struct fetch *fetch);
/* A question that is answered here: what the caches hold of it does not count. */
bool local_holds(struct engine *engine, const struct name *name, uint16_t type);
/* It would be answered here as a special-use name, were `zones` all that the configuration has. */
bool local_is_special(struct engine *engine, const struct local_question *question);

#endif
