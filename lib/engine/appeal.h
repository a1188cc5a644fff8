/* appeal - what is tried before a verdict of bogus stands.
 *
 * Shape    a key that is missing: the zone's keys are fetched anew, once a link; a cut that is
 *          proven to be none: it is left, once; a reply that proves wrong: another server is asked,
 *          BOGUS_RETRIES times. What then is bogus ends the fetch, or in log-only mode is served.
 * Spec     SPEC V14, V16; RULINGS A2, A8, A13.
 */
#ifndef CATENA_ENGINE_APPEAL_H
#define CATENA_ENGINE_APPEAL_H

#include "lib/engine/state.h"

/* The link under check was found bogus: the fetch goes on in another way, or ends. */
void appeal_bogus(struct engine *engine, struct fetch *fetch, const struct verdict *verdict);
/* Nobody else could be asked: walk->bogus, of walk->pending, stands. */
void appeal_lost(struct engine *engine, struct fetch *fetch);

/* The check of walk->pending ended before its end: no verdict (RULINGS A2). */
void appeal_cut_short(struct engine *engine, struct fetch *fetch, const struct cause *cause);

/* `link` lacks a key that its zone may have by now: asked for anew. True: it is to be judged from
 * the start, by what comes. False: that is not what is wrong, or it cannot be done. */
bool appeal_renew_keys(struct engine *engine, struct fetch *fetch, struct link *link,
                       const struct verdict *verdict);

#endif
