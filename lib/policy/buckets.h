/* buckets - leaky buckets for any number of keys in fixed memory, never read too low.
 *
 * Shape    A key's level rises by what is charged, falls by `leak` a millisecond, and is never
 *          under 0. Kept is an estimate: estimate >= level for every key, whatever others do, and
 *          estimate == level for a key that is alone. A charge that would lift the estimate over
 *          `burst` has no room: it is charged all the same, up to burst + penalty, so that who
 *          goes on asking stays over. Who acts only on charges that had room never passes `burst`.
 *
 *          2 * pairs lines of 64 octets: a time, ten loads, ten ids (1 to 65,535; 0: free). A key
 *          has an id, a line among the even ones and one among the odd ones, all from one hash.
 *          Both lines are brought to one time first. The estimate is the largest of the loads under
 *          its id in both lines and of the least load of each line; it is written to every slot
 *          with the id, or else over the lesser of the two least ones. So no line's least load ever
 *          falls but by leaking, and who loses a slot is still read at least as high (LIMITS 4.3).
 * Owns     mapped memory that is touched where keys are charged: a line of zeros is an empty one.
 * Time     milliseconds of `now`, of which a line keeps 32 bits; threads may be late by some
 *          seconds. buckets_sweep empties lines untouched for 12 days, and all after a gap that
 *          long (a suspend): none grows older than the 24.8 days that 32 bits can tell apart.
 * Threads  any; a lock for each of 1,024 stripes of lines, held for one key at a time.
 * Spec     LIMITS 4.2, 4.3; RULINGS B18 (mapped, not touched; hints), B21 (clock), B24 (locks,
 *          hash).
 */
#ifndef CATENA_POLICY_BUCKETS_H
#define CATENA_POLICY_BUCKETS_H

#include "lib/base/instant.h"
#include "lib/base/siphash.h"

enum {
    BUCKET_PAIRS_MAX = 1 << 15, /* 4 MiB */
    BUCKET_SLOTS = 10,          /* of a line */
    BUCKET_SWEEP_LINES = 64     /* of one call: all within 9 h, if called each 30 s */
};

struct bucket_rates {
    uint32_t burst, penalty; /* units; their sum is under 2^31 */
    uint32_t leak;           /* units a millisecond, at least 1 */
};

struct bucket_place {
    uint32_t line[2]; /* the first is even, the second odd */
    uint32_t id;
};

struct buckets;

/* `pairs` is a power of two up to BUCKET_PAIRS_MAX. NULL: no memory. */
struct buckets *buckets_create(uint32_t pairs, const struct bucket_rates *rates,
                               const struct siphash_key *hash_key);
void buckets_destroy(struct buckets *buckets); /* NULL is fine */

/* Where a key is kept. Its lines are fetched into the processor's cache: a hint before a charge. */
struct bucket_place buckets_find(const struct buckets *buckets, const void *key, size_t octets);

/* What is kept of a key, at the one time of its lines: `now` or later. */
struct bucket_level {
    uint32_t estimate; /* after a charge: up to `burst` it had room */
    uint32_t time_ms;
};

/* Charges `price`, under 2^31. */
struct bucket_level buckets_charge(struct buckets *buckets, const struct bucket_place *place,
                                   uint32_t price, struct instant now);
struct bucket_level buckets_read(struct buckets *buckets, const struct bucket_place *place,
                                 struct instant now);

/* Looks at the next BUCKET_SWEEP_LINES lines; to be called at least each 30 s. */
void buckets_sweep(struct buckets *buckets, struct instant now);

#endif
