#include "lib/policy/cputime.h"

#include <stdatomic.h>

#include "lib/base/log.h"
#include "lib/base/memory.h"

enum {
    PARTS = 256 /* of a µs, in which loads are kept: a share of a room may be less than one */
};

struct cputime {
    struct buckets *later, *refuse;
    _Atomic uint64_t tell_at_ms[CPUTIME_CLOSE + 1];
};

static const struct bucket_rates later_rates = { CPUTIME_HELD_MS * CPUTIME_LATER_LEAK * PARTS,
                                                 CPUTIME_PENALTY_MS *CPUTIME_LATER_LEAK *PARTS,
                                                 CPUTIME_LATER_LEAK *PARTS };
static const struct bucket_rates refuse_rates = { CPUTIME_HELD_MS * CPUTIME_REFUSE_LEAK * PARTS,
                                                  CPUTIME_PENALTY_MS *CPUTIME_REFUSE_LEAK *PARTS,
                                                  CPUTIME_REFUSE_LEAK *PARTS };

struct cputime *cputime_create(uint32_t pairs, const struct siphash_key *hash_key)
{
    struct cputime *cputime = memory_new(sizeof *cputime);

    if (!cputime)
        return NULL;
    cputime->later = buckets_create(pairs, &later_rates, hash_key);
    cputime->refuse = buckets_create(pairs, &refuse_rates, hash_key);
    if (cputime->later && cputime->refuse)
        return cputime;
    cputime_destroy(cputime);
    return NULL;
}

void cputime_destroy(struct cputime *cputime)
{
    if (!cputime)
        return;
    buckets_destroy(cputime->later);
    buckets_destroy(cputime->refuse);
    memory_free(cputime);
}

/* Of the networks around a client: the /32, the /56. */
static unsigned width_of(const struct endpoint *client)
{
    return client->family == 6;
}

void cputime_find(const struct cputime *cputime, const struct ratelimit_rules *rules,
                  const struct endpoint *client, struct cputime_key *key)
{
    struct network_around around[NETWORK_WIDTHS];

    *key = (struct cputime_key){ .mode = rules->mode };
    if (ratelimit_exempts(rules->mode, client) ||
        networks_around(&rules->networks, client, around) == 0)
        return;
    const struct network_around *own = &around[width_of(client)];
    key->place = buckets_find(cputime->later, own->octets, sizeof own->octets);
    key->room = around[0].room;
}

/* The tables have one hash key and one size, so one place is right in both. */
void cputime_charge(struct cputime *cputime, const struct cputime_key *key, uint32_t us,
                    struct instant now)
{
    uint32_t price = (us < CPUTIME_US_MAX ? us : CPUTIME_US_MAX) * PARTS;

    if (key->room == 0 || us == 0)
        return;
    (void)buckets_charge(cputime->later, &key->place, price, now);
    price = price / key->room + (price % key->room != 0); /* never too low, as buckets.h has it */
    (void)buckets_charge(cputime->refuse, &key->place, price, now);
}

/* Over the one is who is over the other: it leaks faster, and takes no more. */
static enum cputime_verdict find(struct cputime *cputime, const struct cputime_key *key,
                                 struct instant now)
{
    if (buckets_read(cputime->later, &key->place, now).estimate <= later_rates.burst)
        return CPUTIME_AT_ONCE;
    uint32_t level = buckets_read(cputime->refuse, &key->place, now).estimate;
    if (level > refuse_rates.burst + refuse_rates.penalty / 2)
        return CPUTIME_CLOSE;
    return level > refuse_rates.burst ? CPUTIME_REFUSE : CPUTIME_LATER;
}

struct cputime_judgement cputime_judge(struct cputime *cputime, const struct cputime_key *key,
                                       struct instant now)
{
    struct cputime_judgement judgement = { CPUTIME_AT_ONCE, CPUTIME_AT_ONCE };

    if (key->room > 0)
        judgement.found = find(cputime, key, now);
    if (key->mode != RATELIMIT_LOG_ONLY)
        judgement.verdict = judgement.found;
    return judgement;
}

struct prefix cputime_network(const struct endpoint *client)
{
    return network_prefix(client, width_of(client));
}

bool cputime_may_tell(struct cputime *cputime, enum cputime_verdict found, struct instant now)
{
    return log_is_due(&cputime->tell_at_ms[found], now);
}

void cputime_sweep(struct cputime *cputime, struct instant now)
{
    buckets_sweep(cputime->later, now);
    buckets_sweep(cputime->refuse, now);
}
