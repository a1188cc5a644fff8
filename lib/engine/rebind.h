/* rebind - private addresses of public names are taken out of what was proven, before it is kept.
 *
 * Shape    a set that holds one goes as a whole: what would be left of it could not be proven. The
 *          link is insecure then, and says why. Nothing here makes what is bogus look better: that
 *          has ended before, or (log-only) keeps its own reason.
 * Spec     SPEC R11, L1; LIMITS H8.
 */
#ifndef CATENA_ENGINE_REBIND_H
#define CATENA_ENGINE_REBIND_H

#include "lib/engine/state.h"

/* By the link's own name: before any cache sees it. */
void rebind_link(struct engine *engine, struct fetch *fetch, struct link *link);
/* By the names of the aliases that led there: the same link, or one for this fetch alone. NULL: no
 * memory. */
const struct link *rebind_chain(struct engine *engine, struct fetch *fetch,
                                const struct link *link);
/* Something would be taken out of `link`, which no fetch has looked through. */
bool rebind_would(const struct engine *engine, const struct link *link);
/* An alias of a name that hides leads to `name`, which does not: only a fetch can tell. */
bool rebind_parts(struct engine *engine, const struct name *alias, const struct name *name);

#endif
