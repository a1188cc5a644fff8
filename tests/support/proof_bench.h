/* proof_bench - a desk with everything a proof needs: memory, crypto, limits, budget, a wall clock.
 *
 * Shape    limits and rules are the defaults and may be changed by the test; a turn has no end.
 * Owns     all of it, from proof_bench_up to proof_bench_down.
 */
#ifndef CATENA_TESTS_SUPPORT_PROOF_BENCH_H
#define CATENA_TESTS_SUPPORT_PROOF_BENCH_H

#include "lib/base/pool.h"
#include "lib/dnssec/rules.h"

enum { PROOF_BENCH_WALL = 1790000000, PROOF_BENCH_OCTETS = 256 << 20 };

struct proof_bench {
    struct pool *pool;
    struct arena *arena;
    struct crypto *crypto;
    struct keyring *keyring;
    struct limits limits;
    struct dnssec_rules rules;
    struct budget budget;
    struct metrics metrics;
    int64_t turn_units;
    struct proof_desk desk;
};

void proof_bench_up(struct proof_bench *bench);
void proof_bench_down(struct proof_bench *bench);

/* A new job: the budget begins anew, the arena is empty. */
void proof_bench_job(struct proof_bench *bench);

#endif
