/* caches - the store and all its faces, made and destroyed together; shared by all workers. */
#ifndef CATENA_CACHE_CACHES_H
#define CATENA_CACHE_CACHES_H

#include "lib/cache/answer_cache.h"
#include "lib/cache/delegation_cache.h"
#include "lib/cache/denial_cache.h"
#include "lib/cache/failure_cache.h"
#include "lib/cache/infra_cache.h"
#include "lib/cache/key_cache.h"
#include "lib/cache/rrset_cache.h"

struct caches {
    struct store *store;
    struct rrset_cache *rrsets;
    struct answer_cache *answers;
    struct delegation_cache *delegations;
    struct key_cache *keys;
    struct infra_cache *infra;
    struct failure_cache *failures;
    struct denial_cache *denials; /* NULL: not wanted */
};

/* Of all together; DENIAL_PART of it is for the order of ranges (RULINGS A28, B7). */
enum { CACHES_OCTETS_MIN = 2 * 1024 * 1024, DENIAL_PART = 16 };

struct caches_setup {
    size_t octets;
    unsigned workers;
    bool aggressive; /* RFC 8198: ranges are kept */
    struct siphash_key hash_key;
    struct ttl_caps caps;
    const struct limits *limits; /* must live on */
};

struct caches *caches_create(
    const struct caches_setup *setup); /* NULL: no memory, or too few octets */
void caches_destroy(struct caches *caches);
/* Removes what servers said and what it was found to be worth; what they are like stays. */
void caches_flush(struct caches *caches);

#endif
