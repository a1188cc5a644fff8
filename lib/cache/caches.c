#include "lib/cache/caches.h"

#include "lib/base/memory.h"

/* Within the octets that are there for all (LIMITS G4). */
static size_t index_octets(const struct caches_setup *setup)
{
    return setup->aggressive ? setup->octets / DENIAL_PART : 0;
}

static bool denials_create(struct caches *caches, const struct caches_setup *setup)
{
    if (!setup->aggressive)
        return true;
    caches->denials = denial_cache_create(caches->store, index_octets(setup), &setup->hash_key);
    return caches->denials != NULL;
}

static bool faces_create(struct caches *caches, const struct caches_setup *setup)
{
    struct store *store = caches->store;
    caches->rrsets = rrset_cache_create(store, &setup->caps);
    caches->answers = answer_cache_create(store);
    caches->delegations = delegation_cache_create(store);
    caches->keys = key_cache_create(store);
    caches->infra = infra_cache_create(store, setup->limits);
    caches->failures = failure_cache_create(store, setup->limits);
    return caches->rrsets != NULL && caches->answers != NULL && caches->delegations != NULL &&
           caches->keys != NULL && caches->infra != NULL && caches->failures != NULL;
}

struct caches *caches_create(const struct caches_setup *setup)
{
    struct caches *caches = memory_new(sizeof *caches);
    if (caches == NULL)
        return NULL;
    caches->store =
        store_create(setup->octets - index_octets(setup), setup->workers, &setup->hash_key);
    if (caches->store != NULL && faces_create(caches, setup) && denials_create(caches, setup))
        return caches;
    caches_destroy(caches);
    return NULL;
}

static bool is_told(void *context, const struct store_key *key)
{
    (void)context;
    return key->kind != KIND_INFRA;
}

void caches_flush(struct caches *caches)
{
    (void)store_sweep(caches->store, is_told, NULL);
    if (caches->denials != NULL)
        denial_cache_clear(caches->denials);
}

void caches_destroy(struct caches *caches)
{
    if (caches == NULL)
        return;
    denial_cache_destroy(caches->denials);
    failure_cache_destroy(caches->failures);
    infra_cache_destroy(caches->infra);
    key_cache_destroy(caches->keys);
    delegation_cache_destroy(caches->delegations);
    answer_cache_destroy(caches->answers);
    rrset_cache_destroy(caches->rrsets);
    store_destroy(caches->store);
    memory_free(caches);
}
