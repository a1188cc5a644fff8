/* clockwatch - the wall clock, held against floors at every event and against the root's signatures
 * whenever these are judged; for the files of lib/engine alone.
 *
 * Shape    the engine's `clock` (clockcheck.h); a time that is written in `dnssec.clock` is
 *          believed, and nothing here happens. What the root signed and does not hold at present
 *          is tried at the times that its signatures name: if it holds then, the clock is wrong.
 *          That it is behind is said by what the root's ZSK signed alone, for that is signed when
 *          it is published. The DNSKEY sets are signed by the KSK up to three months ahead: whoever
 *          sends one of the next quarter would have a right clock taken for one that is behind, and
 *          the names of dnssec.time-repair answered unvalidated.
 * Spec     SPEC section 3 item 5, LIMITS H1, RULINGS A16.
 */
#ifndef CATENA_ENGINE_CLOCKWATCH_H
#define CATENA_ENGINE_CLOCKWATCH_H

#include "lib/engine/fetch.h"

void clock_watch(struct engine *engine); /* at every event */
bool clock_repairs(const struct engine *engine, const struct fetch *fetch);
/* A signature that is not yet valid by a clock that is behind: the clock is the cause. */
struct cause clock_cause(const struct engine *engine, const struct cause *cause);
/* A zone's DNSKEY set was judged, of which only the root's counts; or a link was found bogus. */
void clock_root_keys(struct engine *engine, struct fetch *fetch, const struct chain_input *chain,
                     const struct zone_keys *result);
void clock_root_link(struct engine *engine, struct fetch *fetch, const struct link *link,
                     const struct cause *cause);

#endif
