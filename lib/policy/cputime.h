/* cputime - how much of a processor the clients of one network take, and who stands back for that.
 *
 * Shape    An IPv4 address, or an IPv6 /56, has two leaky buckets (buckets.h) of microseconds that
 *          threads have spent for it. One leaks a fifth of a core and holds that for 1 s: over it
 *          the network's clients are served after all others (CPUTIME_LATER), which costs them
 *          nothing where there are no others. One leaks three fifths of a core, as often as the
 *          network has room (networks.h), and holds that for 1 s: over it no new work is done for
 *          it (CPUTIME_REFUSE), so that whatever it asks
 *              time for it in T ms <= room * (600 + 0.6 * T) ms + what it takes to refuse it
 *          and where refusing alone keeps it over for long, its connections end (CPUTIME_CLOSE).
 *          The caller charges clients whose address is proven: forged questions would turn this
 *          against the one they are forged in the name of.
 * Owns     two tables of buckets for the process, 1 MiB of address space, touched where used.
 * Time     `now` is given, and so is the time that was spent (meter.h).
 * Threads  any; all workers share one.
 * Spec     LIMITS 4.2 (second limiter), SPEC R5; RULINGS A21 (modes), B16 (the time is given).
 */
#ifndef CATENA_POLICY_CPUTIME_H
#define CATENA_POLICY_CPUTIME_H

#include "lib/policy/ratelimit.h"

enum {
    CPUTIME_LATER_LEAK = 200,  /* µs a ms: 20 % of a core */
    CPUTIME_REFUSE_LEAK = 600, /* 60 % */
    CPUTIME_HELD_MS = 1000,    /* a burst is as much as leaks in that time */
    CPUTIME_PENALTY_MS = 1000, /* who goes on stays over for so long */
    CPUTIME_US_MAX = 1000000,  /* of one charge: nobody pays for a clock that jumped */
    CPUTIME_PAIRS = 1 << 12,   /* 80,000 networks in each table before any two share */
    CPUTIME_PAIRS_SMALL = 1 << 9
};

enum cputime_verdict { CPUTIME_AT_ONCE, CPUTIME_LATER, CPUTIME_REFUSE, CPUTIME_CLOSE };

/* Where a client's buckets are, and what room they have. */
struct cputime_key {
    struct bucket_place place; /* in both tables */
    uint32_t room;             /* 0: not counted */
    enum ratelimit_mode mode;
};

/* `found` says what `verdict` would be but for mode log-only, where all are served at once. */
struct cputime_judgement {
    enum cputime_verdict verdict, found;
};

struct cputime;

struct cputime *cputime_create(uint32_t pairs, const struct siphash_key *hash_key); /* or NULL */
void cputime_destroy(struct cputime *cputime); /* NULL is fine */

/* `rules.mode` holds here too: off counts nobody, auto all but loopback. */
void cputime_find(const struct cputime *cputime, const struct ratelimit_rules *rules,
                  const struct endpoint *client, struct cputime_key *key);

/* `us`, at most CPUTIME_US_MAX of them, were spent for this client. */
void cputime_charge(struct cputime *cputime, const struct cputime_key *key, uint32_t us,
                    struct instant now);
struct cputime_judgement cputime_judge(struct cputime *cputime, const struct cputime_key *key,
                                       struct instant now);

/* The network of a client that is counted as one, for people to read. */
struct prefix cputime_network(const struct endpoint *client);
/* Of each verdict one line each 30 s may be told: true for whoever tells it. */
bool cputime_may_tell(struct cputime *cputime, enum cputime_verdict found, struct instant now);
void cputime_sweep(struct cputime *cputime, struct instant now); /* as ratelimit_sweep */

#endif
