/* net_test - an engine and its loop on real sockets of the loopback, and a server beside them in
 * the same thread. Time stands still unless a test moves it: no timer of the engine is ever due. */
#ifndef CATENA_TESTS_UNIT_NET_TEST_H
#define CATENA_TESTS_UNIT_NET_TEST_H

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/net/loop.h"
#include "lib/wire/message.h"
#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

enum { TURNS_MAX = 1000, TURN_MS = 10, PATIENCE_MS = 20000, CACHE_OCTETS = 4 << 20 };

static struct bench {
    struct policy *policy;
    struct caches *caches;
    struct crypto *crypto;
    struct keyring *keyring;
    struct pool *pool;
    struct metrics metrics;
    struct engine *engine;
    struct loop *loop;
    struct instant now;
} bench;

static struct {
    int udp, tcp;
    uint16_t port;
    struct sockaddr_in peer; /* of the question read last */
} server;

/* ---- the engine's side ---- */

/* Unsigned, plain questions, and `address` for the only root server. */
static inline void bench_policy(const char *address)
{
    struct policy *policy = bench.policy = policy_create();

    ck_assert_ptr_nonnull(policy);
    policy->dnssec = DNSSEC_OFF;
    policy->qmin = QMIN_OFF;
    policy->priming = false;
    policy->hints_port = server.port;
    policy->hints[0] = (struct hint){ .name = name_of("root.test.") };
    struct endpoint *hint = strchr(address, ':') ? &policy->hints[0].v6 : &policy->hints[0].v4;
    ck_assert_int_eq(endpoint_parse(address, server.port, hint), ST_OK);
    policy->hint_count = 1;
    policy->ipv6 = FAMILY_ON;
    acl_clear(&policy->refuse_addresses);
    local_tree_clear(policy->local, LOCAL_SPECIAL); /* the names below test. come from the server */
}

static inline void no_matter(void *context)
{
    (void)context;
}

static inline void bench_start(const struct loop_clients *clients)
{
    struct caches_setup caches = { .octets = CACHE_OCTETS, .workers = 1 };

    caches.limits = &bench.policy->limits;
    caches.caps = (struct ttl_caps){ 0, 86400, 3600, 60 };
    bench.pool = pool_create((size_t)8 << 20);
    bench.caches = caches_create(&caches);
    bench.crypto = crypto_create();
    bench.keyring = keyring_create(bench.crypto, 16);
    struct engine_setup setup = {
        .policy = bench.policy,
        .caches = bench.caches,
        .keyring = bench.keyring,
        .pool = bench.pool,
        .metrics = &bench.metrics,
    };
    prng_seed_number(&setup.prng, (uint64_t)getpid()); /* its ports: suites run side by side */
    bench.engine = engine_create(&setup);
    ck_assert_ptr_nonnull(bench.engine);
    bench.loop = loop_create(bench.engine, clients);
    ck_assert_ptr_nonnull(bench.loop);
    bench.now = (struct instant){ 1000 * NS_PER_S };
    loop_pretend(bench.loop, bench.now);
    loop_every(bench.loop, TURN_MS, no_matter, NULL); /* a turn ends, whatever happens */
}

static inline void bench_end(void)
{
    loop_destroy(bench.loop);
    engine_destroy(bench.engine);
    keyring_destroy(bench.keyring);
    crypto_destroy(bench.crypto);
    caches_destroy(bench.caches);
    pool_destroy(bench.pool);
    policy_destroy(bench.policy);
}

static inline void time_passes_ms(uint64_t ms)
{
    bench.now = instant_after_ms(bench.now, ms);
    loop_pretend(bench.loop, bench.now);
}

static inline bool readable(int fd)
{
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
    return poll(&poll_fd, 1, 0) > 0;
}

/* Turns of the loop until `fd` has something to read. */
static inline void until_readable(int fd)
{
    for (unsigned turns = 0; !readable(fd); turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        loop_once(bench.loop);
    }
}

/* A question as clients send it. */
static inline size_t question_for(uint8_t *into, size_t room, uint16_t id, const char *name,
                                  uint16_t type)
{
    struct question question = { name_of(name), type, CLASS_IN };
    struct header header = { .id = id, .flags = FLAG_RD, .counts = { 1, 0, 0, 0 } };
    struct writer w;

    writer_init(&w, into, room);
    header_write(&w, &header);
    question_write(&w, &question);
    return w.len;
}

/* A client of this machine asks over TCP. */
static inline void bench_ask(uint64_t client, uint16_t id, const char *name, uint16_t type)
{
    static uint8_t message[512], room[MESSAGE_OCTETS_MAX];
    struct event event = {
        .kind = EVENT_QUERY,
        .query = { .client = client,
                   .from = endpoint_of("127.0.0.1:5353"),
                   .via = VIA_TCP,
                   .message = { message, question_for(message, sizeof message, id, name, type) },
                   .room = { room, sizeof room } },
    };
    loop_event(bench.loop, &event);
}

#endif
