/* cache_test - what the cache suites share: a store, an arena, instants, names and sets by text. */
#ifndef CATENA_TESTS_UNIT_CACHE_TEST_H
#define CATENA_TESTS_UNIT_CACHE_TEST_H

#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "lib/cache/store.h"
#include "lib/wire/text.h"
#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

/* What a test stands on; made and ended by its fixture. */
struct bench {
    struct pool *pool;
    struct arena *arena;
    struct store *store;
};

static const struct siphash_key bench_key = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

static inline struct bench bench_begin(size_t octets)
{
    struct bench bench = { .pool = pool_create((size_t)64 << 20) };
    ck_assert_ptr_nonnull(bench.pool);
    bench.arena = arena_create(bench.pool, (size_t)32 << 20);
    bench.store = store_create(octets, 1, &bench_key);
    ck_assert_ptr_nonnull(bench.arena);
    ck_assert_ptr_nonnull(bench.store);
    return bench;
}

static inline void bench_end(struct bench *bench)
{
    store_destroy(bench->store);
    arena_destroy(bench->arena);
    pool_destroy(bench->pool);
}

/* For loops that read a lot: what the arena held is gone. */
static inline void bench_fresh_arena(struct bench *bench)
{
    arena_destroy(bench->arena);
    bench->arena = arena_create(bench->pool, (size_t)32 << 20);
    ck_assert_ptr_nonnull(bench->arena);
}

/* Tests begin an hour after boot, so that instants before may be written too. */
static inline struct instant at_s(uint64_t s)
{
    return (struct instant){ (3600 + s) * NS_PER_S };
}

/* Records of one set, RRSIGs that cover it among them: lines "owner ttl type rdata" that end with
 * '\n'. */
static inline struct rrset *set_of(const char *lines, struct arena *arena)
{
    struct text_record record, first = { .ttl = 0 };
    struct bytes rdatas[300], sigs[8];
    struct rrset *set;
    char line[512], why[TEXT_WHY];
    size_t rdata_count = 0, sig_count = 0;
    while (*lines != '\0') {
        size_t len = strcspn(lines, "\n");
        ck_assert_uint_lt(len, sizeof line);
        memcpy(line, lines, len);
        line[len] = '\0';
        lines += len + 1;
        ck_assert_msg(text_read_record(line, arena, &record, why) == ST_OK, "%s: %s", line, why);
        if (record.type == TYPE_RRSIG)
            sigs[sig_count++] = record.rdata;
        else
            rdatas[rdata_count++] = record.rdata;
        if (rdata_count + sig_count == 1 || record.type != TYPE_RRSIG)
            first = record;
    }
    struct rrset_parts parts = { &first.owner, first.type, first.ttl, rdatas,
                                 rdata_count,  sigs,       sig_count };
    ck_assert_int_eq(rrset_pack(&parts, arena, &set), ST_OK);
    return set;
}

static inline struct rrset *secure_set_of(const char *lines, struct arena *arena)
{
    struct rrset *set = set_of(lines, arena);
    set->security = SEC_SECURE;
    set->rank = RANK_VALIDATED;
    return set;
}

#endif
