/* route - which way a name is asked: through a forward or stub zone of the configuration, or by a
 * walk from the root; and what that means for the answer.
 *
 * Shape    the way follows from the name alone, but for a forward zone whose servers failed: a
 *          fetch that passes it by says so in `around`, and what it asks on the way inherits that.
 *          No cut that is kept leads past a forwarder, and none of a forwarder's is kept (LIMITS
 *          B6). Another policy may come at any time (RULINGS B22), so no entry is kept either.
 * Spec     SPEC U1, L6, I3; RULINGS A4, A13, A25; RFC 6840 §5.9; LIMITS A11, B6, B7.
 */
#ifndef CATENA_ENGINE_ROUTE_H
#define CATENA_ENGINE_ROUTE_H

#include "lib/engine/fetch.h"

struct client_question;

/* The name that the way is chosen by: a DS lies above its owner. */
struct name route_name(const struct name *name, uint16_t type);
/* What a fetch passes by because the one that waits for it does; NULL: nothing. In its arena. */
const struct name *route_inherited(const struct fetch *waiter, const struct name *name,
                                   uint16_t type);

/* The cut to begin at, into the walk. False: no memory. */
bool route_find_cut(struct engine *engine, struct fetch *fetch);
/* May a cut that is kept at this zone's name be used? Not where another way is written. */
bool route_may_use_kept(const struct engine *engine, const struct fetch *fetch);

/* Forwarders of order first, all of which have been silent. */
bool route_is_silent(struct engine *engine, const struct fetch *fetch);
/* True: forwarders that failed are passed by, and the walk looks for its cut anew. */
bool route_fall_back(struct engine *engine, struct fetch *fetch);
/* RD, CD and case of a question to a forwarder. */
void route_prepare(const struct engine *engine, const struct fetch *fetch,
                   struct exchange *exchange);
/* Has the question come back from a server it was sent to, since that is this resolver itself? */
bool route_is_loop(struct engine *engine, const struct query *query,
                   const struct client_question *question);

/* The cause of a bogus answer, where it is a forwarder's fault. */
struct cause route_blame(const struct delegation *cut, const struct cause *cause);
/* What a zone's keys are worth, whose records came by way of a forwarder or that zones: names. */
void route_judge_keys(struct engine *engine, const struct fetch *fetch, struct zone_keys *keys);

#endif
