/* link_test - what the suites of the rrset cache share: it, and links of all kinds, in one line
 * each. */
#ifndef CATENA_TESTS_UNIT_CACHE_LINK_TEST_H
#define CATENA_TESTS_UNIT_CACHE_LINK_TEST_H

#include <stdio.h>

#include "lib/cache/rrset_cache.h"
#include "lib/wire/message.h"
#include "tests/unit/cache/cache_test.h"

static const struct ttl_caps caps = {
    .min_s = 0, .max_s = 86400, .negative_max_s = 3600, .bogus_s = 60
};

static struct bench bench;
static struct rrset_cache *cache;

static inline void set_up(void)
{
    bench = bench_begin(STORE_OCTETS_MIN);
    cache = rrset_cache_create(bench.store, &caps);
    ck_assert_ptr_nonnull(cache);
}

static inline void tear_down(void)
{
    rrset_cache_destroy(cache);
    bench_end(&bench);
}

/* The ranks of unsigned and of signed data that a server in charge gave. */
static inline struct link link_of(const char *name, uint16_t type, enum reply_kind kind,
                                  enum security security)
{
    return (struct link){
        .name = name_of(name),
        .type = type,
        .kind = (uint8_t)kind,
        .rcode = kind == REPLY_NXDOMAIN ? RCODE_NXDOMAIN : RCODE_NOERROR,
        .security = (uint8_t)security,
        .rank = security == SEC_SECURE ? RANK_VALIDATED : RANK_ANSWER,
        .ttl_s = 300,
    };
}

/* An array of one in the arena. */
static inline struct rrset **one_set(struct rrset *set, struct arena *arena)
{
    return arena_copy(arena, &set, sizeof set);
}

static inline struct link positive(const char *name, const char *lines, enum security security,
                                   struct arena *arena)
{
    struct rrset *set = set_of(lines, arena);
    struct link link = link_of(name, set->type, REPLY_POSITIVE, security);
    set->security = link.security;
    set->rank = link.rank;
    link.answer = one_set(set, arena);
    link.answer_count = 1;
    link.ttl_s = set->ttl;
    return link;
}

static inline struct link alias(const char *name, uint16_t type, const char *target,
                                struct arena *arena)
{
    char line[600];
    snprintf(line, sizeof line, "%s 300 CNAME %s\n", name, target);
    struct link link = positive(name, line, SEC_INSECURE, arena);
    link.type = type;
    link.kind = REPLY_ALIAS;
    return link;
}

static inline struct link negative(const char *name, uint16_t type, enum reply_kind kind,
                                   struct arena *arena)
{
    struct link link = link_of(name, type, kind, SEC_INSECURE);
    link.authority =
        one_set(set_of("example. 300 SOA ns.example. root.example. 1 2 3 4 300\n", arena), arena);
    link.authority_count = 1;
    return link;
}

#endif
