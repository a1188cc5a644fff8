#include "lib/policy/ratelimit.h"

#include <stdatomic.h>

#include "lib/base/log.h"
#include "lib/base/memory.h"

struct ratelimit {
    struct buckets *buckets;
    _Atomic uint64_t tell_at_ms;
};

struct ratelimit *ratelimit_create(uint32_t pairs, const struct siphash_key *hash_key)
{
    static const struct bucket_rates rates = { RATELIMIT_BURST, RATELIMIT_PENALTY, RATELIMIT_LEAK };
    struct ratelimit *ratelimit = memory_new(sizeof *ratelimit);

    if (!ratelimit)
        return NULL;
    ratelimit->buckets = buckets_create(pairs, &rates, hash_key);
    if (ratelimit->buckets)
        return ratelimit;
    ratelimit_destroy(ratelimit);
    return NULL;
}

void ratelimit_destroy(struct ratelimit *ratelimit)
{
    if (!ratelimit)
        return;
    buckets_destroy(ratelimit->buckets);
    memory_free(ratelimit);
}

bool ratelimit_exempts(enum ratelimit_mode mode, const struct endpoint *client)
{
    return mode == RATELIMIT_OFF || (mode != RATELIMIT_ENFORCE && network_is_loopback(client));
}

void ratelimit_find(const struct ratelimit *ratelimit, const struct ratelimit_rules *rules,
                    const struct endpoint *client, struct ratelimit_keys *keys)
{
    struct network_around around[NETWORK_WIDTHS];

    keys->mode = rules->mode;
    keys->count = 0;
    if (ratelimit_exempts(rules->mode, client))
        return;
    keys->count = networks_around(&rules->networks, client, around);
    for (unsigned i = 0; i < keys->count; i++) {
        keys->at[i].place =
            buckets_find(ratelimit->buckets, around[i].octets, sizeof around[i].octets);
        keys->at[i].room = around[i].room;
    }
}

/* LIMITS 4.2: TC is always offered at first; once a flood has lasted, to every other one, so that
 * packets out are at most half of those in. */
static enum ratelimit_verdict limited(uint32_t level, uint32_t random)
{
    bool lasting = level > RATELIMIT_BURST + RATELIMIT_PENALTY / 2;
    return lasting && random % 2 ? RATELIMIT_DROP : RATELIMIT_TC;
}

struct ratelimit_judgement ratelimit_judge(struct ratelimit *ratelimit,
                                           const struct ratelimit_keys *keys,
                                           const struct ratelimit_reply *reply)
{
    struct ratelimit_judgement judgement = { RATELIMIT_WHOLE, RATELIMIT_WHOLE, 0 };

    if (reply->octets <= reply->query_octets)
        return judgement; /* free, and always lawful */
    uint32_t excess = (uint32_t)(reply->octets - reply->query_octets);
    for (unsigned i = 0; i < keys->count; i++) {
        const struct ratelimit_key *key = &keys->at[i];
        uint32_t price = (excess + key->room - 1) / key->room;
        uint32_t level =
            buckets_charge(ratelimit->buckets, &key->place, price, reply->now).estimate;
        if (level <= RATELIMIT_BURST)
            continue;
        judgement.found = limited(level, reply->random);
        judgement.network = i;
        break;
    }
    if (keys->mode != RATELIMIT_LOG_ONLY)
        judgement.verdict = judgement.found;
    return judgement;
}

bool ratelimit_may_tell(struct ratelimit *ratelimit, struct instant now)
{
    return log_is_due(&ratelimit->tell_at_ms, now);
}

void ratelimit_sweep(struct ratelimit *ratelimit, struct instant now)
{
    buckets_sweep(ratelimit->buckets, now);
}
