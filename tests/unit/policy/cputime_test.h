/* cputime_test - the limiter of processor time, and those who take it by their addresses. */
#ifndef CATENA_TESTS_UNIT_CPUTIME_TEST_H
#define CATENA_TESTS_UNIT_CPUTIME_TEST_H

#include "lib/policy/cputime.h"
#include "tests/unit/wire/wire_test.h"

static const struct siphash_key cputime_hash_key = { 3, 4 };
static struct cputime *cputime; /* cputime_destroy() is the fixture's */
static const struct ratelimit_rules *counted_by;

static inline void cputime_up(const struct ratelimit_rules *rules)
{
    counted_by = rules;
    cputime = cputime_create(CPUTIME_PAIRS, &cputime_hash_key);
    ck_assert_ptr_nonnull(cputime);
}

static inline struct cputime_key key_of(const char *address)
{
    struct endpoint client = endpoint_of(address);
    struct cputime_key key;
    cputime_find(cputime, counted_by, &client, &key);
    return key;
}

/* All at once, until it is judged so. */
static inline void takes_until(const char *address, enum cputime_verdict verdict,
                               struct instant now)
{
    struct cputime_key key = key_of(address);
    while (cputime_judge(cputime, &key, now).verdict != verdict)
        cputime_charge(cputime, &key, 1000, now);
}

#endif
