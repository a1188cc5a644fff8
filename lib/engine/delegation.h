/* delegation - from a referral, or from the hints, to a zone cut with its servers.
 *
 * Spec     RFC 1034 §5.3.3; RULINGS A7, A11 (13 names, those with glue first, the rest shuffled;
 *          6 addresses a name), A13 (two clocks), A28 (an RRset is trimmed only here, and where
 *          scrub takes the NS set of a referral); LIMITS B8, E1, E2.
 */
#ifndef CATENA_ENGINE_DELEGATION_H
#define CATENA_ENGINE_DELEGATION_H

#include "lib/base/prng.h"
#include "lib/engine/scrub.h"
#include "lib/policy/policy.h"

/* Into `arena`; the sets stay the reply's. DS state: UNPROVEN with the raw DS set that came along,
 * or else the NSEC and NSEC3 sets; UNKNOWN when there are none. The servers' TTL, the least of NS
 * and glue used, is kept within 60 s and 86,400 s. ST_MALFORMED: no usable NS; ST_LIMIT. */
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

/* What the configuration says: the entry's servers, by address alone; expires never. */
enum status delegation_from_zones(const struct zones_entry *entry, struct arena *arena,
                                  struct delegation *delegation) MUST_USE;

/* The root with the hints' addresses; expires never. */
enum status delegation_from_hints(const struct policy *policy, struct arena *arena,
                                  struct delegation *delegation) MUST_USE;

#endif
