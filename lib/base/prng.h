/* prng - ChaCha20 with fast key erasure (RULINGS B28, LIMITS A2).
 *
 * Shape    one a worker: 32 octets of key and a block of output; used output is erased.
 *          A struct of zeros has no seed: its first draw takes one from the OS or aborts. So a prng
 *          in a page with MADV_WIPEONFORK never repeats its parent; elsewhere, do not fork with it.
 * Owns     nothing. In production seeded from the OS and reseeded every PRNG_RESEED_DRAWS draws; a
 *          reseed that the OS refuses is tried again later, and the old stream goes on meanwhile. A
 *          seed given by the caller (simulation, recording) repeats exactly and never reseeds.
 * Time     none: for the reseed each 60 s its owner calls prng_seed_os (LIMITS A2).
 * Threads  one.
 * Spec     RFC 8439 (ChaCha20), RFC 5452 §9.2 (unpredictable ids and ports).
 */
#ifndef CATENA_BASE_PRNG_H
#define CATENA_BASE_PRNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"

#define PRNG_RESEED_DRAWS 65536

struct prng {
    uint8_t key[32];
    uint8_t block[448];
    size_t used;    /* octets of `block` already handed out; == sizeof block: empty */
    uint32_t draws; /* since the last reseed */
    bool seeded_by_os;
};

enum status prng_seed_os(struct prng *prng) MUST_USE; /* getrandom; ST_IO: none to be had */
void prng_seed(struct prng *prng, const uint8_t seed[32]);
void prng_seed_number(struct prng *prng, uint64_t seed); /* for tests: a seed a person can type */

void prng_fill(struct prng *prng, void *into, size_t octets);
uint16_t prng_u16(struct prng *prng);
uint32_t prng_u32(struct prng *prng);
uint64_t prng_u64(struct prng *prng);
uint32_t prng_below(struct prng *prng, uint32_t bound); /* unbiased, [0, bound); bound > 0 */

#endif
