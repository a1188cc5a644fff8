/* deduce - answers that follow from what was proven of other names: nobody is asked for them.
 *
 * Shape    each proven link teaches the denial cache; a question that the rrset cache cannot answer
 *          is tried against it before a fetch begins. Only the zone that would be asked speaks: not
 *          one above a known cut, a zone of the configuration or a trust anchor; and nothing is
 *          said where less than a proof is asked for (a mode, a negative anchor, zones: insecure),
 *          nor what holds private addresses that are hidden (SPEC R11).
 *          What is deduced is kept nowhere: it would wash out what is.
 * Spec     RFC 8198, RFC 8020, RFC 7646; SPEC V10, I17; RULINGS B7; LIMITS B7, C2, C4, D3, F1.
 */
#ifndef CATENA_ENGINE_DEDUCE_H
#define CATENA_ENGINE_DEDUCE_H

#include "lib/engine/state.h"

enum {
    DEDUCE_BLOCKS_MAX = 512, /* SHA-1 blocks of one look: ten names at 50 iterations */
    DEDUCE_ABOVE_MAX = 8     /* names above that may have been proven not to exist */
};

/* ST_NOTFOUND: somebody has to be asked. The link is in `arena`. */
enum status deduce_find(struct engine *engine, const struct link_key *key, struct arena *arena,
                        struct link *link) MUST_USE;
/* `zone` signed what proves the link. */
void deduce_learn(struct engine *engine, const struct link *link, const struct name *zone);

#endif
