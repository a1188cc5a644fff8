/* synthesis - the answer to a question that nobody needs to be asked, from what is proven.
 *
 * Shape    the ranges in question are found by order, and then judged as if they had come in a
 *          reply (dnssec/denial): what is not proven secure by them alone is not answered. So come
 *          NXDOMAIN, NODATA (of the name, an empty non-terminal or its wildcard), and what a
 *          wildcard stands for, an alias too. Never from an opt-out span, never below a delegation
 *          or a DNAME.
 * Owns     nothing: the link and all it holds are in the desk's arena. Its TTL is the least of the
 *          ranges', the SOA's and the SOA's minimum.
 * Time     given.
 * Errors   ST_NOTFOUND: not enough is known; whoever needs it asks. ST_LIMIT: the arena is full.
 * Spec     RFC 8198 §5, RFC 9077, RFC 8020, RFC 5155 §8; SPEC V10, I17; LIMITS C2 to C6, D3.
 */
#ifndef CATENA_CACHE_SYNTHESIS_H
#define CATENA_CACHE_SYNTHESIS_H

#include "lib/cache/denial_cache.h"
#include "lib/cache/rrset_cache.h"

struct synthesis_query {
    const struct name *zone; /* the deepest cut known at or above the name; of a DS: above it */
    const struct name *name;
    uint16_t type;
    const struct rrset *soa; /* of the zone, secure; NULL: not known, nothing is denied */
};

/* The desk's budget pays for hashes: a look should have a small one of its own. */
enum status synthesis_find(struct denial_cache *cache, const struct synthesis_query *query,
                           struct instant now, struct proof_desk *desk, struct link *link) MUST_USE;

/* RFC 8020: below a name that was proven not to exist there is none: `above` is that NXDOMAIN, and
 * what proved it must prove the longer name's too, so that a validating client believes it. */
enum status synthesis_below(const struct link *above, const struct synthesis_query *query,
                            struct proof_desk *desk, struct link *link) MUST_USE;

/* Keeps what a proven link shows of `zone`, which signed it: its ranges, its wildcard's records. */
void synthesis_learn(struct denial_cache *cache, const struct link *link, const struct name *zone,
                     struct instant now, struct arena *arena);

#endif
