/* trail_test - a trail, and a hand that writes it: for the tests of trail and picture. */
#ifndef CATENA_TESTS_UNIT_TRAIL_TEST_H
#define CATENA_TESTS_UNIT_TRAIL_TEST_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/pool.h"
#include "lib/explain/picture.h"
#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

static struct pool *pool;
static struct limits limits;
static struct trail *trail;

static inline struct name name(const char *text)
{
    struct name made = name_of(text);
    return made;
}

static inline struct instant at_ms(uint64_t ms)
{
    return instant_after_ms((struct instant){ .ns = 0 }, 5000 + ms);
}

static inline void begin_trail(void)
{
    struct name question = name("www.example.");
    trail = trail_create(pool, &limits, &question, TYPE_A);
    ck_assert_ptr_nonnull(trail);
    trail_turn(trail, at_ms(0), &question, TYPE_A);
}

static inline void set_up(void)
{
    limits_defaults(&limits);
    pool = pool_create((size_t)1 << 20);
    begin_trail();
}

static inline void tear_down(void)
{
    trail_destroy(trail);
    ck_assert_uint_eq(pool_used(pool), 0);
    pool_destroy(pool);
}

static inline void about(uint64_t ms, const char *subject, uint16_t type)
{
    struct name of = name(subject);
    trail_turn(trail, at_ms(ms), &of, type);
}

static inline struct trail_step step_of(enum trail_kind kind)
{
    return (struct trail_step){ .kind = (uint8_t)kind };
}

static inline void judge(enum security security, enum why why, const char *said)
{
    struct trail_step step = step_of(TRAIL_JUDGED);
    step.security = (uint8_t)security;
    step.why = (uint16_t)why;
    step.said = said;
    trail_step(trail, &step);
}

/* A signature of `zone` over a set, by key 1234 of RSASHA256, good or refused for `why`. */
static inline void signature(enum trail_kind kind, const char *owner, const char *zone,
                             enum why why)
{
    struct name of = name(owner), signer = name(zone);
    struct trail_step step = step_of(kind);
    step.owner = &of;
    step.type = TYPE_A;
    step.zone = &signer;
    step.why = (uint16_t)why;
    step.key_tag = 1234;
    step.algorithm = 8;
    step.inception = (struct unixtime){ 1767225600 }; /* 2026-01-01 */
    step.expiration = (struct unixtime){ 1769904000 };
    trail_step(trail, &step);
}

#endif
