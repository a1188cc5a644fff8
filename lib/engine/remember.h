/* remember - failures and the ends of signatures are kept for those who ask the same again.
 *
 * Shape    what failed for want of servers, of a proof or of work goes into the failure cache, for
 *          as long as its kind says; what failed for want of room here says nothing about a name
 *          and is not kept (RULINGS A2).
 * Spec     RFC 9520; SPEC V13; RULINGS A2, A45.
 */
#ifndef CATENA_ENGINE_REMEMBER_H
#define CATENA_ENGINE_REMEMBER_H

#include "lib/engine/state.h"

void remember_spent(struct engine *engine, const struct link_key *key, const struct cause *cause);
bool remember_briefly(const struct cause *cause); /* one that is kept as bogus */
void remember_ends(struct engine *engine, const struct fetch *fetch); /* of what was proven */
void remember_outcome(struct engine *engine, const struct fetch *fetch);

#endif
