/* failure_cache - questions that failed, so that they are not asked again at once (RFC 9520).
 *
 * Shape    (name, type, CD) -> cause and how often in a row. Kept: servers 5 s, doubling to 300 s
 *          (limits rows ttl_failure_s, ttl_failure_max_s); bogus ttl_bogus_s, but bogus by time and
 *          spent ttl_failure_s and never longer (SPEC V13, RULINGS A2). In a row: of one kind, each
 *          within ttl_failure_max_s of the end of the one before, no success between.
 * Threads  any.
 */
#ifndef CATENA_CACHE_FAILURE_CACHE_H
#define CATENA_CACHE_FAILURE_CACHE_H

#include "lib/base/limits.h"
#include "lib/cache/rrset_cache.h"
#include "lib/explain/why.h"

enum failure_kind { FAILURE_SERVERS, FAILURE_BOGUS, FAILURE_BOGUS_BY_TIME, FAILURE_SPENT };

struct failure {
    uint8_t kind;  /* enum failure_kind */
    uint8_t times; /* in a row, kept by the cache */
    struct cause cause;
};

/* RFC 9520 §3.2: how long the last of so many failures in a row is kept. */
enum { FAILURE_TIMES_MAX = 32 };
uint32_t failure_kept_s(const struct limits *limits, unsigned times);

struct failure_cache;

struct failure_cache *failure_cache_create(struct store *store, const struct limits *limits);
void failure_cache_destroy(struct failure_cache *cache);
void failure_cache_put(struct failure_cache *cache, const struct link_key *key,
                       const struct failure *failure, struct instant now);
enum status failure_cache_get(struct failure_cache *cache, const struct link_key *key,
                              struct instant now, struct failure *failure) MUST_USE;
void failure_cache_clear(struct failure_cache *cache, const struct link_key *key); /* it worked */

#endif
