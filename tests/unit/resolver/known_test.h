/* known_test - records in the caches of the steward's workers, and until they are gone. */
#ifndef CATENA_TESTS_UNIT_KNOWN_TEST_H
#define CATENA_TESTS_UNIT_KNOWN_TEST_H

#include "tests/unit/resolver/steward_test.h"

static inline bool is_known(const char *name)
{
    struct name owner = name_of(name);
    struct link_key key = { &owner, TYPE_A, DATA_CHECKED };
    struct link found;
    return rrset_cache_find(bench.caches->rrsets, &key, bench.now, arena, &found) == ST_OK;
}

static inline void put(const char *lines, enum security security, enum why why)
{
    struct rrset *set = sign_text(lines, arena);
    struct link link = { .name = rrset_owner(set),
                         .type = TYPE_A,
                         .kind = REPLY_POSITIVE,
                         .security = (uint8_t)security,
                         .why = (uint16_t)why,
                         .ttl_s = 3600,
                         .answer = &set,
                         .answer_count = 1 };
    ck_assert_int_eq(rrset_cache_put(bench.caches->rrsets, &link, DATA_CHECKED, bench.now), ST_OK);
}

static inline void until_forgotten(const char *name)
{
    for (unsigned turns = 0; is_known(name); turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        loop_once(bench.loop);
    }
}

#endif
