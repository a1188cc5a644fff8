/* ratelimit - how many octets more than it sent may a client be sent, whose address may be forged.
 *
 * Shape    A reply's price is its excess: the octets by which it is longer than its query. Each of
 *          the networks around the client (networks.h) has a bucket that leaks; the price, divided
 *          by the network's room and rounded up, is charged to the narrowest first. The first that
 *          has no room ends it: the reply is limited, goes out as TC, no longer than its query, or,
 *          for a bucket over burst + penalty / 2, not at all every other time. So for every network
 *          and every interval of T ms, whatever is asked by whom (LIMITS 4.3):
 *              octets out <= octets in + room * (RATELIMIT_BURST + RATELIMIT_LEAK * T)
 *          and while a flood lasts octets out <= octets in. A client of TCP or with a cookie that
 *          proves its address is not limited: the caller does not ask.
 * Owns     one table of buckets for the process, 4 MiB of address space, touched where it is used.
 * Time     `now` and randomness are given.
 * Threads  any; all workers share one.
 * Spec     LIMITS 4; RULINGS A9 (at send time), A21 (modes), B18 (hints, memory).
 */
#ifndef CATENA_POLICY_RATELIMIT_H
#define CATENA_POLICY_RATELIMIT_H

#include "lib/policy/buckets.h"
#include "lib/policy/networks.h"

enum {
    RATELIMIT_BURST = 65536,    /* octets for a room of one client */
    RATELIMIT_LEAK = 16,        /* octets a ms: 128 kbit/s */
    RATELIMIT_PENALTY = 160000, /* 10 s of leaking: who goes on asking stays limited */
    RATELIMIT_PAIRS = BUCKET_PAIRS_MAX,
    RATELIMIT_PAIRS_SMALL = BUCKET_PAIRS_MAX / 8
};

enum ratelimit_mode {
    RATELIMIT_AUTO,     /* all clients outside loopback */
    RATELIMIT_ENFORCE,  /* loopback too */
    RATELIMIT_LOG_ONLY, /* as auto, but every reply goes out whole */
    RATELIMIT_OFF       /* while no public network is allowed in */
};

enum ratelimit_verdict { RATELIMIT_WHOLE, RATELIMIT_TC, RATELIMIT_DROP };

/* Part of the policy. */
struct ratelimit_rules {
    enum ratelimit_mode mode;
    struct networks networks;
};

/* Where a client's buckets are, and what room they have. */
struct ratelimit_keys {
    enum ratelimit_mode mode;
    unsigned count; /* 0: not limited */
    struct ratelimit_key {
        struct bucket_place place;
        uint32_t room;
    } at[NETWORK_WIDTHS];
};

struct ratelimit_reply {
    size_t query_octets, octets;
    struct instant now;
    uint32_t random;
};

struct ratelimit_judgement {
    enum ratelimit_verdict verdict;
    enum ratelimit_verdict found; /* the same, but in mode log-only, where the verdict is WHOLE */
    unsigned network;             /* which had no room: index of keys, from the narrowest on */
};

struct ratelimit;

/* `pairs`: RATELIMIT_PAIRS, or fewer where memory is dear. NULL: no memory. */
struct ratelimit *ratelimit_create(uint32_t pairs, const struct siphash_key *hash_key);
void ratelimit_destroy(struct ratelimit *ratelimit); /* NULL is fine */

bool ratelimit_exempts(enum ratelimit_mode mode, const struct endpoint *client);

/* Also a hint: what the judgement reads is fetched into the processor's cache meanwhile. Done for a
 * whole batch first, it costs the judgements no waiting (RULINGS B18). */
void ratelimit_find(const struct ratelimit *ratelimit, const struct ratelimit_rules *rules,
                    const struct endpoint *client, struct ratelimit_keys *keys);

/* At the moment the reply would leave (RULINGS A9). */
struct ratelimit_judgement ratelimit_judge(struct ratelimit *ratelimit,
                                           const struct ratelimit_keys *keys,
                                           const struct ratelimit_reply *reply);

/* Of all that is limited one line each 30 s may be told: true for whoever tells it. */
bool ratelimit_may_tell(struct ratelimit *ratelimit, struct instant now);
/* To be called at least each 30 s: buckets_sweep. */
void ratelimit_sweep(struct ratelimit *ratelimit, struct instant now);

#endif
