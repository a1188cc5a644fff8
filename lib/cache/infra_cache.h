/* infra_cache - what is known of a server address: round trips, silence, quirks.
 *
 * Shape    address and port -> `struct infra`, copied in and out whole; kept 900 s (SPEC I6).
 *          Written only after a matched, accepted reply or our own timeout (LIMITS A9).
 * Threads  any; the last writer wins.
 */
#ifndef CATENA_CACHE_INFRA_CACHE_H
#define CATENA_CACHE_INFRA_CACHE_H

#include "lib/base/endpoint.h"
#include "lib/cache/store.h"

enum { INFRA_KEPT_S = 900 };

struct infra {
    uint32_t srtt_us, rttvar_us;     /* 0: never measured */
    uint8_t timeouts;                /* in a row; INFRA_TIMEOUTS_DEAD: dead */
    struct instant probe_at;         /* a dead server may be asked again from then on */
    struct instant folds_case_until; /* 0x20 is not used before that (SPEC I3) */
};

struct infra_cache;

struct infra_cache *infra_cache_create(struct store *store);
void infra_cache_destroy(struct infra_cache *cache);
/* A zeroed `infra` when nothing is known. */
void infra_cache_get(struct infra_cache *cache, const struct endpoint *server, struct instant now,
                     struct infra *infra);
void infra_cache_put(struct infra_cache *cache, const struct endpoint *server,
                     const struct infra *infra, struct instant now);

/* By (address, zone): no EDNS there (900 s, RULINGS A5), lame for the zone. */
enum infra_zone_flag { INFRA_NO_EDNS = 1, INFRA_LAME = 2 };
unsigned infra_cache_zone_flags(struct infra_cache *cache, const struct endpoint *server,
                                const struct name *zone, struct instant now);
void infra_cache_zone_mark(struct infra_cache *cache, const struct endpoint *server,
                           const struct name *zone, unsigned flags, struct instant now);

#endif
