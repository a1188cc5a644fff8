/* wire_test - what tests of all folders share: literals as spans, names and endpoints from text, an
 * arena. */
#ifndef CATENA_TESTS_UNIT_WIRE_TEST_H
#define CATENA_TESTS_UNIT_WIRE_TEST_H

#include "lib/base/arena.h"
#include "lib/base/endpoint.h"
#include "lib/base/pool.h"
#include "lib/wire/name.h"
#include "tests/unit/suites.h"

#define BYTES(literal)                                                                             \
    {                                                                                              \
        (const uint8_t *)(literal), sizeof(literal) - 1                                            \
    }
#define SPAN(literal) ((struct bytes)BYTES(literal))
#define ROWS(table)   (sizeof(table) / sizeof *(table))

static inline struct name name_of(const char *text)
{
    struct name name = { .len = 0 };
    ck_assert_msg(name_from_text(text, &name) == ST_OK, "%s is no name", text);
    return name;
}

static inline struct endpoint endpoint_of(const char *text)
{
    struct endpoint endpoint = { .family = 0 };
    ck_assert_msg(endpoint_parse(text, 53, &endpoint) == ST_OK, "%s is no endpoint", text);
    return endpoint;
}

static inline void assert_name(const struct name *name, const char *text)
{
    char found[NAME_TEXT];
    ck_assert_str_eq(name_text(name, found, sizeof found), text);
}

static inline void assert_bytes(struct bytes found, struct bytes expected)
{
    ck_assert_uint_eq(found.len, expected.len);
    if (expected.len > 0)
        ck_assert_mem_eq(found.at, expected.at, expected.len);
}

/* A pool and an arena for the fixtures of one test; both must be back at its end. */
struct memory_fixture {
    struct pool *pool;
    struct arena *arena;
};

static inline struct memory_fixture memory_fixture_up(size_t cap)
{
    struct memory_fixture memory;
    memory.pool = pool_create((size_t)16 << 20);
    memory.arena = arena_create(memory.pool, cap);
    ck_assert_ptr_nonnull(memory.arena);
    return memory;
}

static inline void memory_fixture_down(struct memory_fixture memory)
{
    arena_destroy(memory.arena);
    pool_destroy(memory.pool);
}

#endif
