/* infra_cache - what is known of a server address: round trips, silence, quirks, failures.
 *
 * Shape    address and port -> `struct infra`, copied in and out whole; kept 900 s (SPEC I6).
 *          Written only after a matched, accepted reply or our own timeout (LIMITS A9). Beside it
 *          (address, zone) -> no EDNS there, kept 900 s (RULINGS A5); and failures, by (address,
 *          zone) and by (address, name, type): limits.ttl_failure_s, doubling to ttl_failure_max_s
 *          for each in a row, which is within that time of the end of the one before.
 * Threads  any; the last writer wins.
 * Spec     SPEC I6, I18; RFC 9520 §3.2; RULINGS A5, A10.
 */
#ifndef CATENA_CACHE_INFRA_CACHE_H
#define CATENA_CACHE_INFRA_CACHE_H

#include "lib/base/endpoint.h"
#include "lib/base/limits.h"
#include "lib/cache/store.h"

enum { INFRA_KEPT_S = 900 };

struct infra {
    uint32_t srtt_us, rttvar_us;     /* 0: never measured */
    uint8_t timeouts;                /* in a row; INFRA_TIMEOUTS_DEAD: dead */
    uint8_t results, silences;       /* of the present window: engine/load.h */
    uint8_t halvings;                /* of what may be in flight to it */
    uint16_t silent_share;           /* of 1,000 results, smoothed over the windows before */
    struct instant probe_at;         /* a dead server may be asked again from then on */
    struct instant folds_case_until; /* 0x20 is not used before that (SPEC I3) */
    struct instant fails_until;      /* before that some failure of it may be kept */
};

struct infra_cache;

struct infra_cache *infra_cache_create(struct store *store, const struct limits *limits);
void infra_cache_destroy(struct infra_cache *cache);
/* A zeroed `infra` when nothing is known. */
void infra_cache_get(struct infra_cache *cache, const struct endpoint *server, struct instant now,
                     struct infra *infra);
void infra_cache_put(struct infra_cache *cache, const struct endpoint *server,
                     const struct infra *infra, struct instant now);

bool infra_cache_lacks_edns(struct infra_cache *cache, const struct endpoint *server,
                            const struct name *zone, struct instant now);
void infra_cache_put_no_edns(struct infra_cache *cache, const struct endpoint *server,
                             const struct name *zone, struct instant now);

/* What a server fails at. Names so long that this is no key are not remembered. */
struct infra_task {
    const struct endpoint *server;
    const struct name *name;
    uint16_t type; /* 0: all of the zone of that name, for which it is lame */
};
bool infra_cache_fails(struct infra_cache *cache, const struct infra_task *task,
                       struct instant now);
/* Once more; the server's `fails_until` moves with it. */
void infra_cache_failed(struct infra_cache *cache, const struct infra_task *task,
                        struct instant now);
void infra_cache_worked(struct infra_cache *cache, const struct infra_task *task);

#endif
