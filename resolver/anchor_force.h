/* anchor_force - the anchors in force: what is configured, and what the trust points know of it.
 *
 * Shape    a zone's anchors are the keys that its point trusts; the anchor that nobody has where
 *          all of them are revoked (rfc5011_nobody); what is configured where it has no point, or
 *          one that knows no key: of algorithms that are not used here, which makes the zone
 *          insecure as RFC 4035 §5.2 has it.
 * Owns     the set is the caller's.
 * Errors   NULL: no memory.
 * Spec     RFC 5011 §2, SPEC A2, RULINGS A43.
 */
#ifndef CATENA_RESOLVER_ANCHOR_FORCE_H
#define CATENA_RESOLVER_ANCHOR_FORCE_H

#include "lib/dnssec/anchor.h"
#include "resolver/anchor_state.h"

bool anchor_point_has_keys(const struct rfc5011_point *point);
struct anchor_set *anchors_in_force(const struct anchor_points *points,
                                    const struct anchor_set *configured);

#endif
