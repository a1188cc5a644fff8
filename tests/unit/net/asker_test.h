/* asker_test - the bench's one client, and what it is told. */
#ifndef CATENA_TESTS_UNIT_ASKER_TEST_H
#define CATENA_TESTS_UNIT_ASKER_TEST_H

#include "tests/unit/net/server_test.h"

static struct {
    bool over; /* since it asked last */
    unsigned answers;
    uint8_t octets[MESSAGE_OCTETS_MAX];
    struct cause cause;
} got;

static inline void on_answer(void *context, const struct answer *answer)
{
    (void)context;
    got.over = true;
    got.answers++;
    got.cause = answer->cause;
    memcpy(got.octets, answer->message.at, answer->message.len);
}

static inline void on_drop(void *context, uint64_t client)
{
    (void)context;
    (void)client;
    ck_abort_msg("dropped");
}

static inline void start(const char *root)
{
    struct loop_clients clients = { on_answer, on_drop, NULL, NULL };
    bench_policy(root);
    bench_start(&clients);
}

static inline void set_up(void)
{
    server_up();
    start("127.0.0.1");
}

static inline void tear_down(void)
{
    bench_end();
    server_down();
}

static inline void ask_for(const char *name, uint16_t type)
{
    got.over = false;
    bench_ask(1, 7, name, type);
}

static inline unsigned rcode(void)
{
    return got.octets[3] & 15;
}

static inline unsigned answers(void)
{
    return (unsigned)(got.octets[6] << 8 | got.octets[7]);
}

#endif
