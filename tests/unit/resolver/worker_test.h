/* worker_test - WORKERS real workers behind doors of 127.0.0.1, and clients that ask them what the
 * gate answers by itself. */
#ifndef CATENA_TESTS_UNIT_WORKER_TEST_H
#define CATENA_TESTS_UNIT_WORKER_TEST_H

#include "resolver/worker.h"
#include "tests/unit/net/server_test.h"

enum { WORKERS = 2, WAIT_MS = 20000 };

static struct doors doors;
static struct worker *workers[WORKERS];
static struct crowd crowd;
static struct ratelimit *worker_ratelimit;

static inline struct worker *worker_made(unsigned index)
{
    struct worker_setup setup = {
        .policy = bench.policy,
        .caches = bench.caches,
        .crypto = bench.crypto,
        .pool = bench.pool,
        .crowd = &crowd,
        .ratelimit = worker_ratelimit,
        .doors = doors.list + (size_t)index * doors.addresses,
        .door_count = doors.addresses,
    };
    return worker_create(&setup);
}

/* bench_policy() has been called: what it holds may have been changed. */
static inline void workers_up(void)
{
    static const struct siphash_key hash_key = { 1, 2 };
    struct loop_clients nobody = { .context = NULL };
    struct endpoint address;

    worker_ratelimit = ratelimit_create(RATELIMIT_PAIRS_SMALL, &hash_key);
    ck_assert_ptr_nonnull(worker_ratelimit);
    bench_start(&nobody); /* for caches, pool and crypto */
    crowd.quota = quota_create(&(struct siphash_key){ 5, 6 });
    ck_assert_ptr_nonnull(crowd.quota);
    ck_assert_int_eq(endpoint_parse("127.0.0.1", server.port, &address), ST_OK);
    server_down();
    log_level_set(LOG_ERROR);
    ck_assert_int_eq(doors_open(&doors, &address, 1, WORKERS, LISTEN_WRITTEN), ST_OK);
    for (unsigned i = 0; i < WORKERS; i++) {
        workers[i] = worker_made(i);
        ck_assert_ptr_nonnull(workers[i]);
    }
}

static inline void workers_down(void)
{
    for (unsigned i = 0; i < WORKERS; i++)
        worker_destroy(workers[i]);
    doors_close(&doors);
    quota_destroy(crowd.quota);
    ratelimit_destroy(worker_ratelimit);
    bench_end();
}

static inline void workers_start(void)
{
    for (unsigned i = 0; i < WORKERS; i++)
        ck_assert_int_eq(worker_start(workers[i]), ST_OK);
}

static inline int client_of(int type)
{
    struct sockaddr_in address = address_v4("127.0.0.1", server.port);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline void wait_for(int fd)
{
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
    ck_assert_int_eq(poll(&poll_fd, 1, WAIT_MS), 1);
}

/* A question that the gate answers by itself: a type that is no data. The RCODE of the answer. */
static inline unsigned client_ask(int client, int type, uint16_t id)
{
    uint8_t message[512] = { 0 };
    size_t prefix = type == SOCK_STREAM ? 2 : 0;
    size_t len = question_for(message + prefix, 500, id, "x.test.", 254);
    message[prefix ? 1 : sizeof message - 1] = (uint8_t)len;
    ck_assert_int_eq(send(client, message, prefix + len, 0), (ssize_t)(prefix + len));
    wait_for(client);
    ck_assert_int_ge(recv(client, message, prefix + 12, MSG_WAITALL), 12);
    ck_assert_uint_eq((unsigned)(message[prefix] << 8 | message[prefix + 1]), id);
    ck_assert_uint_ne(message[prefix + 2] & 0x80, 0);
    return message[prefix + 3] & 15;
}

#endif
