/* edge_test - listeners on the bench of net_test; clients and servers are sockets of one thread.
 *
 * A name that begins with "known" is in the cache; any other waits until the test serves it. */
#ifndef CATENA_TESTS_UNIT_EDGE_TEST_H
#define CATENA_TESTS_UNIT_EDGE_TEST_H

#include "resolver/edge/listen_stream.h"
#include "resolver/edge/listen_udp.h"
#include "tests/unit/net/server_test.h"

enum { STREAM_INDEX = 128, OWN_INDEX = 255, KNOWN_A = 2, KNOWN_TXT = 60 };

static struct {
    struct listen_udp *udp;
    struct udp_gate gate;
    struct listen_stream *stream;
    struct stream_gate stream_gate; /* nobody is counted */
    struct crowd crowd;
    struct company company;
    int door; /* of `stream` */
    uint16_t port;
    bool own_over;
} edge;

static inline void edge_on_answer(void *context, const struct answer *answer)
{
    (void)context;
    switch (listen_udp_index(answer->client)) {
    case OWN_INDEX: edge.own_over = true; break;
    case STREAM_INDEX: listen_stream_answer(edge.stream, answer); break;
    default: listen_udp_answer(edge.udp, answer);
    }
}

static inline void edge_on_drop(void *context, uint64_t client)
{
    (void)context;
    if (listen_udp_index(client) == STREAM_INDEX)
        listen_stream_drop(edge.stream, client);
    else
        listen_udp_drop(edge.udp, client);
}

static inline void edge_turn_ends(void *context)
{
    (void)context;
    if (edge.stream)
        listen_stream_turn(edge.stream);
    if (edge.udp)
        listen_udp_flush(edge.udp);
}

/* Into the cache, by asking the server. */
static inline void know(const char *name, uint16_t type, unsigned count)
{
    edge.own_over = false;
    bench_ask((uint64_t)OWN_INDEX << 48, 1, name, type);
    serve_udp(REPLY_WHOLE, count);
    while (!edge.own_over)
        loop_once(bench.loop);
}

/* The way out; every address of loopback passes freely unless a test's policy enforces. */
static inline void edge_gate(void)
{
    static const struct siphash_key hash_key = { 1, 2 };
    edge.gate = (struct udp_gate){ .policy = bench.policy, .metrics = &bench.metrics };
    edge.gate.ratelimit = ratelimit_create(RATELIMIT_PAIRS_SMALL, &hash_key);
    ck_assert_ptr_nonnull(edge.gate.ratelimit);
    prng_seed_number(&edge.gate.prng, 1);
}

static inline void edge_bench(void)
{
    struct loop_clients clients = { edge_on_answer, edge_on_drop, edge_turn_ends, NULL };
    server_up();
    bench_policy("127.0.0.1");
    bench_start(&clients);
    edge.crowd.quota = quota_create(&(struct siphash_key){ 5, 6 });
    ck_assert_ptr_nonnull(edge.crowd.quota);
    edge.company = (struct company){
        .crowd = &edge.crowd,
        .policy = bench.policy,
        .limits = &bench.policy->limits,
        .metrics = &bench.metrics,
    };
    company_init(&edge.company);
    edge_gate();
    know("known.test.", TYPE_A, KNOWN_A);
}

static inline void edge_end(void)
{
    listen_stream_destroy(edge.stream);
    edge.stream = NULL;
    listen_udp_destroy(edge.udp);
    edge.udp = NULL;
    company_end(&edge.company);
    quota_destroy(edge.crowd.quota);
    ratelimit_destroy(edge.gate.ratelimit);
    bench_end();
    server_down();
}

/* A client connected to `to` at the listener's port. */
static inline int client_to(int type, const char *to)
{
    struct sockaddr_in address = address_v4(to, edge.port);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline size_t jobs(void)
{
    return engine_figures(bench.engine).jobs;
}

static inline void until_jobs(size_t count)
{
    for (unsigned turns = 0; jobs() != count; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        loop_once(bench.loop);
    }
}

#endif
