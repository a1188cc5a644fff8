/* stream_test - a TCP listener on the bench, and clients that ask it. */
#ifndef CATENA_TESTS_UNIT_STREAM_TEST_H
#define CATENA_TESTS_UNIT_STREAM_TEST_H

#include <stdio.h>

#include "tests/unit/resolver/edge_test.h"

enum { IN_FLIGHT = 4 };

static inline void stream_set_up(void)
{
    edge_bench();
    bench.policy->limits.tcp_in_flight = IN_FLIGHT;
    struct listen_stream_setup setup = {
        .loop = bench.loop,
        .company = &edge.company,
        .gate = &edge.stream_gate,
        .fd = bound(SOCK_STREAM, "127.0.0.1", 0),
        .index = STREAM_INDEX,
    };
    int small = 4096; /* of the connections too: answers leave in parts */
    ck_assert_int_eq(setsockopt(setup.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    edge.port = port_of(setup.fd);
    edge.door = setup.fd;
    edge.stream = listen_stream_create(&setup);
    ck_assert_ptr_nonnull(edge.stream);
}

static inline int client_new(void)
{
    return client_to(SOCK_STREAM, "127.0.0.1");
}

/* Another one: each address of loopback is a client of its own. */
static inline int client_from(const char *from)
{
    struct sockaddr_in own = address_v4(from, 0), to = address_v4("127.0.0.1", edge.port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&own, sizeof own), 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static inline void send_octets(int client, const void *octets, size_t len)
{
    ck_assert_int_eq(send(client, octets, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* A question with its prefix; returns the length of both. */
static inline size_t framed_question(uint8_t into[512], uint16_t id, const char *name,
                                     uint16_t type)
{
    size_t len = question_for(into + 2, 510, id, name, type);
    into[0] = (uint8_t)(len >> 8);
    into[1] = (uint8_t)len;
    return len + 2;
}

static inline void ask(int client, uint16_t id, const char *name)
{
    uint8_t message[512];
    send_octets(client, message, framed_question(message, id, name, TYPE_A));
}

/* Questions for n0.test., n1.test. ... in one piece: none of them is known. */
static inline void ask_new(int client, uint16_t first, unsigned count)
{
    static uint8_t all[512 * 128];
    size_t len = 0;
    for (unsigned i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%u.test.", first + i);
        len += framed_question(all + len, (uint16_t)(first + i), name, TYPE_A);
    }
    send_octets(client, all, len);
}

/* The id of the next answer. */
static inline unsigned answered(int client)
{
    static uint8_t message[MESSAGE_OCTETS_MAX];
    read_whole(client, message, 2);
    read_whole(client, message + 2, (size_t)message[0] << 8 | message[1]);
    ck_assert_uint_ne(message[4] & 0x80, 0);
    return (unsigned)(message[2] << 8 | message[3]);
}

/* The connection has ended from the other side, and nothing came before its end. */
static inline void assert_ended(int client)
{
    uint8_t octet;
    until_readable(client);
    ck_assert_int_le(recv(client, &octet, 1, 0), 0);
}

/* It leaves without a farewell. */
static inline void reset(int client)
{
    struct linger linger = { 1, 0 };
    ck_assert_int_eq(setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
    close(client);
}

static inline void until_connections(unsigned count)
{
    for (unsigned turns = 0; atomic_load(&edge.crowd.count) != count; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        loop_once(bench.loop);
    }
}

static inline void tick_after_ms(uint64_t ms)
{
    time_passes_ms(ms);
    listen_stream_tick(edge.stream);
}

static inline void assert_open(int client)
{
    ck_assert(!readable(client));
}

#endif
