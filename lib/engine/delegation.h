/* delegation - from a referral, or from the hints, to a zone cut with its servers.
 *
 * Spec     RFC 1034 §5.3.3; RULINGS A7, A11 (13 names, those with glue first, the rest shuffled; 6
 *          addresses a name), A13 (two clocks), A28 (only here an RRset is ever trimmed); LIMITS B8.
 */
#ifndef CATENA_ENGINE_DELEGATION_H
#define CATENA_ENGINE_DELEGATION_H

#include "lib/base/prng.h"
#include "lib/engine/scrub.h"
#include "lib/policy/policy.h"

/* Into `arena`. DS state: UNPROVEN with the raw DS, NSEC and NSEC3 sets that came along, UNKNOWN
 * when there are none. Server TTL kept within 60 s and 86,400 s. ST_MALFORMED: no usable NS. */
struct referral_input {
    const struct scrubbed *reply;
    const struct asked *asked;
    const struct policy *policy;
    struct prng *prng;
    struct instant now;
};
enum status delegation_from_referral(const struct referral_input *input, struct arena *arena,
                                     struct delegation *delegation) MUST_USE;

/* A cut that no referral showed (RULINGS A1): the same servers, DS state UNKNOWN. */
struct delegation delegation_hidden(const struct delegation *above, const struct name *zone);

/* The root with the hints' addresses; expires never. */
enum status delegation_from_hints(const struct policy *policy, struct arena *arena,
                                  struct delegation *delegation) MUST_USE;

#endif
