#include "lib/policy/quota.h"

#include <stdatomic.h>
#include <string.h>

#include "lib/base/memory.h"

enum { ROWS = 2, V6_CLIENT_OCTETS = 7 /* a /56 */ };

struct quota {
    struct siphash_key key;
    atomic_uint counts[ROWS][QUOTA_PLACES];
};

struct quota *quota_create(const struct siphash_key *key)
{
    struct quota *quota = memory_new(sizeof *quota);
    if (quota)
        quota->key = *key;
    return quota;
}

void quota_destroy(struct quota *quota)
{
    memory_free(quota);
}

struct quota_place quota_find(const struct quota *quota, enum quota_kind kind, const void *key,
                              size_t octets)
{
    struct siphash_key of_kind = { quota->key.k0 ^ kind, quota->key.k1 };
    uint64_t hash = siphash13(&of_kind, key, octets);
    return (struct quota_place){ { (uint16_t)hash, (uint16_t)(hash >> 32) } };
}

struct quota_place quota_find_client(const struct quota *quota, enum quota_kind kind,
                                     const struct endpoint *client)
{
    uint8_t network[1 + V6_CLIENT_OCTETS] = { client->family };
    memcpy(network + 1, client->octets, client->family == 4 ? 4 : V6_CLIENT_OCTETS);
    return quota_find(quota, kind, network, sizeof network);
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

uint32_t quota_enter(struct quota *quota, struct quota_place place)
{
    uint32_t before[ROWS];
    for (unsigned i = 0; i < ROWS; i++)
        before[i] =
            atomic_fetch_add_explicit(&quota->counts[i][place.at[i]], 1, memory_order_relaxed);
    return lesser(before[0], before[1]) + 1;
}

void quota_leave(struct quota *quota, struct quota_place place)
{
    for (unsigned i = 0; i < ROWS; i++)
        atomic_fetch_sub_explicit(&quota->counts[i][place.at[i]], 1, memory_order_relaxed);
}

uint32_t quota_count(const struct quota *quota, struct quota_place place)
{
    return lesser(atomic_load_explicit(&quota->counts[0][place.at[0]], memory_order_relaxed),
                  atomic_load_explicit(&quota->counts[1][place.at[1]], memory_order_relaxed));
}
