#include "tests/support/proof_bench.h"

#include <stdio.h>
#include <stdlib.h>

static void demand(int condition)
{
    if (condition)
        return;
    fputs("proof_bench: no memory\n", stderr);
    abort();
}

void proof_bench_up(struct proof_bench *bench)
{
    *bench = (struct proof_bench){ .turn_units = INT64_MAX };
    limits_defaults(&bench->limits);
    bench->rules = (struct dnssec_rules){ .limits = &bench->limits, .inception_skew_s = 3600 };
    bench->pool = pool_create(2 * (size_t)PROOF_BENCH_OCTETS);
    bench->crypto = crypto_create();
    demand(bench->pool != NULL && bench->crypto != NULL);
    bench->keyring = keyring_create(bench->crypto, KEYRING_KEYS);
    demand(bench->keyring != NULL);
    proof_bench_job(bench);
}

void proof_bench_down(struct proof_bench *bench)
{
    arena_destroy(bench->arena);
    keyring_destroy(bench->keyring);
    crypto_destroy(bench->crypto);
    pool_destroy(bench->pool);
}

void proof_bench_job(struct proof_bench *bench)
{
    arena_destroy(bench->arena);
    bench->arena = arena_create(bench->pool, PROOF_BENCH_OCTETS);
    demand(bench->arena != NULL);
    budget_init(&bench->budget, &bench->limits);
    bench->desk = (struct proof_desk){
        .rules = &bench->rules,
        .keyring = bench->keyring,
        .budget = &bench->budget,
        .turn_units = &bench->turn_units,
        .metrics = &bench->metrics,
        .arena = bench->arena,
        .wall = { PROOF_BENCH_WALL },
    };
}
