/* proof_test - a bench for proofs, and a signer of one zone beside it. */
#ifndef CATENA_TESTS_UNIT_PROOF_TEST_H
#define CATENA_TESTS_UNIT_PROOF_TEST_H

#include "tests/support/proof_bench.h"
#include "tests/support/sign.h"
#include "tests/unit/wire/wire_test.h"

static struct proof_bench bench;
static struct signer *signer;
static struct name zone;
static const uint32_t window[2] = { PROOF_BENCH_WALL - 1000, PROOF_BENCH_WALL + 1000 };

static inline void proof_up(const char *zone_name)
{
    proof_bench_up(&bench);
    signer = signer_create();
    zone = name_of(zone_name);
}

static inline void proof_down(void)
{
    signer_destroy(signer);
    proof_bench_down(&bench);
}

#endif
