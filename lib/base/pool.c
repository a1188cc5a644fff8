#include "lib/base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "lib/base/memory.h"
#include "lib/base/poison.h"

/* A free chunk; all of it but this link is closed to everyone. */
struct kept {
    struct kept *next;
};

struct pool {
    size_t limit;         /* whole chunks */
    _Atomic size_t used;  /* used <= limit */
    pthread_mutex_t lock; /* guards the two below */
    struct kept *kept;
    size_t kept_octets; /* used + kept_octets <= limit, but for what is just changing hands */
};

/* SIZE_MAX: more than there can be. */
static size_t whole_chunks(size_t octets)
{
    if (octets > SIZE_MAX - POOL_CHUNK)
        return SIZE_MAX;
    return octets == 0 ? POOL_CHUNK : (octets + POOL_CHUNK - 1) / POOL_CHUNK * POOL_CHUNK;
}

/* The lock is held. */
static struct kept *pop_kept(struct pool *pool)
{
    struct kept *chunk = pool->kept;
    if (chunk != NULL) {
        pool->kept = chunk->next;
        pool->kept_octets -= POOL_CHUNK;
        poison_open(chunk, POOL_CHUNK);
    }
    return chunk;
}

static void *take_kept(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    void *chunk = pop_kept(pool);
    pthread_mutex_unlock(&pool->lock);
    return chunk;
}

/* Chunks that wait for reuse make room for a block of several: the limit counts both. */
static void drop_kept_above_limit(struct pool *pool)
{
    for (bool over = true; over;) {
        pthread_mutex_lock(&pool->lock);
        over = pool->kept != NULL && pool->kept_octets + atomic_load(&pool->used) > pool->limit;
        struct kept *chunk = over ? pop_kept(pool) : NULL;
        pthread_mutex_unlock(&pool->lock);
        memory_free(chunk);
    }
}

static bool count_in(struct pool *pool, size_t octets)
{
    size_t used = atomic_load(&pool->used);
    do {
        if (octets > pool->limit - used)
            return false;
    } while (!atomic_compare_exchange_weak(&pool->used, &used, used + octets));
    return true;
}

static void count_out(struct pool *pool, size_t octets)
{
    size_t before = atomic_fetch_sub(&pool->used, octets);
    assert(before >= octets);
}

struct pool *pool_create(size_t limit_octets)
{
    struct pool *pool = memory_new(sizeof *pool);
    if (pool == NULL)
        return NULL;
    pool->limit = limit_octets / POOL_CHUNK * POOL_CHUNK;
    atomic_init(&pool->used, 0);
    pthread_mutexattr_t adaptive;
    pthread_mutexattr_init(&adaptive);
    pthread_mutexattr_settype(&adaptive, PTHREAD_MUTEX_ADAPTIVE_NP);
    pthread_mutex_init(&pool->lock, &adaptive);
    pthread_mutexattr_destroy(&adaptive);
    return pool;
}

void pool_destroy(struct pool *pool)
{
    if (pool == NULL)
        return;
    assert(atomic_load(&pool->used) == 0);
    for (struct kept *chunk = pop_kept(pool); chunk != NULL; chunk = pop_kept(pool))
        memory_free(chunk);
    pthread_mutex_destroy(&pool->lock);
    memory_free(pool);
}

void *pool_take(struct pool *pool, size_t octets)
{
    size_t taken = whole_chunks(octets);
    if (!count_in(pool, taken))
        return NULL;
    void *chunk = NULL;
    if (taken == POOL_CHUNK)
        chunk = take_kept(pool);
    else
        drop_kept_above_limit(pool);
    if (chunk == NULL)
        chunk = memory_resize(NULL, 1, taken);
    if (chunk == NULL)
        count_out(pool, taken);
    return chunk;
}

void pool_give(struct pool *pool, void *chunk, size_t octets)
{
    if (chunk == NULL)
        return;
    size_t given = whole_chunks(octets);
    if (given != POOL_CHUNK) {
        memory_free(chunk);
        count_out(pool, given);
        return;
    }
    struct kept *kept = chunk;
    poison_open(chunk, POOL_CHUNK); /* an arena may have closed parts of it */
    poison_close((char *)chunk + sizeof *kept, POOL_CHUNK - sizeof *kept);
    pthread_mutex_lock(&pool->lock);
    kept->next = pool->kept;
    pool->kept = kept;
    pool->kept_octets += POOL_CHUNK;
    pthread_mutex_unlock(&pool->lock);
    count_out(pool, given);
}

size_t pool_used(const struct pool *pool)
{
    return atomic_load(&pool->used);
}

bool pool_has(const struct pool *pool, size_t octets)
{
    return pool->limit - atomic_load(&pool->used) >= octets;
}

bool pool_low(const struct pool *pool)
{
    size_t limit = pool->limit;
    return limit - atomic_load(&pool->used) < limit / 4;
}
