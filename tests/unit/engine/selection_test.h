/* selection_test - candidates in a selection, a world of one infrastructure cache around them. */
#ifndef CATENA_TESTS_UNIT_SELECTION_TEST_H
#define CATENA_TESTS_UNIT_SELECTION_TEST_H

#include "lib/engine/selection.h"
#include "tests/unit/wire/wire_test.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { MS = 1000 /* µs */ };

static struct memory_fixture memory;
static struct store *store;
static struct policy policy;
static struct rtt_window window;
static struct families families;
static struct prng prng;
static struct selection selection;
static struct selection_desk desk;
static struct exchange exchange;
static struct name zone;

static inline void set_up(void)
{
    const struct siphash_key key = { 1, 2 };

    memory = memory_fixture_up((size_t)1 << 20);
    store = store_create(STORE_OCTETS_MIN, 1, &key);
    policy = (struct policy){ .mixed_case = true, .ipv4 = FAMILY_ON, .ipv6 = FAMILY_ON };
    limits_defaults(&policy.limits);
    window = (struct rtt_window){ 0 };
    families = (struct families){ 0 };
    prng_seed_number(&prng, 1);
    zone = name_of("example.");
    desk = (struct selection_desk){ .infra = infra_cache_create(store, &policy.limits),
                                    .policy = &policy,
                                    .prng = &prng,
                                    .window = &window,
                                    .families = &families,
                                    .now = { 5 * NS_PER_S } };
    selection = (struct selection){ .list = NULL };
    ck_assert_int_eq(selection_begin(&selection, memory.arena), ST_OK);
}

static inline void tear_down(void)
{
    infra_cache_destroy(desk.infra);
    store_destroy(store);
    memory_fixture_down(memory);
}

static inline struct endpoint v4(unsigned last)
{
    const uint8_t octets[] = { 192, 0, 2, (uint8_t)last };
    return endpoint_v4(octets, 53);
}

static inline struct endpoint v6(unsigned last)
{
    const uint8_t octets[16] = { 0x20, 0x01, 0x0D, 0xB8, [15] = (uint8_t)last };
    return endpoint_v6(octets, 53);
}

static inline struct candidate *add(struct endpoint server)
{
    selection_add(&selection, &server, &zone, &desk);
    return &selection.list[selection.count ? selection.count - 1 : 0];
}

/* A server with this round trip, measured before; 0: unknown. */
static inline struct candidate *server(uint32_t srtt_us)
{
    struct candidate *candidate = add(v4(1 + selection.count));
    candidate->infra.srtt_us = srtt_us;
    return candidate;
}

static inline void wait_ms(uint64_t ms)
{
    desk.now = instant_after_ms(desk.now, ms);
}

static inline int pick(void)
{
    return selection_pick(&selection, -1, &desk);
}

/* How often each of the first four is picked in 10,000 times. */
static inline const unsigned *picked(int avoid)
{
    static unsigned found[4];
    memset(found, 0, sizeof found);
    for (unsigned i = 0; i < 10000; i++) {
        int at = selection_pick(&selection, avoid, &desk);
        ck_assert(at >= 0 && at < 4);
        found[at]++;
    }
    return found;
}

static inline uint64_t ask(int index)
{
    selection_prepare(&selection, index, &exchange, &desk);
    exchange.sent_at = desk.now;
    return instant_ms_between(desk.now, exchange.deadline);
}

static inline void answer_after(uint64_t ms)
{
    wait_ms(ms);
    selection_answered(&selection, &exchange, &desk);
}

static inline struct infra known(unsigned index)
{
    struct infra infra;
    infra_cache_get(desk.infra, &selection.list[index].server, desk.now, &infra);
    return infra;
}

#endif
