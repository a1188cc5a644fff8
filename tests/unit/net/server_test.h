/* server_test - the scripted server of net_test: reads one question, writes one reply. */
#ifndef CATENA_TESTS_UNIT_SERVER_TEST_H
#define CATENA_TESTS_UNIT_SERVER_TEST_H

#include "tests/unit/net/net_test.h"

enum { SERVER_OCTETS = 65537, TXT_OCTETS = 200 };
enum server_flags { REPLY_WHOLE = 0x84, REPLY_TC = 0x86 }; /* the third octet of a header */

static inline struct sockaddr_in address_v4(const char *text, uint16_t port)
{
    struct sockaddr_storage room;
    struct sockaddr_in address;
    struct endpoint endpoint;
    ck_assert_int_eq(endpoint_parse(text, port, &endpoint), ST_OK);
    ck_assert_uint_eq(endpoint_to_sockaddr(&endpoint, &room), sizeof address);
    memcpy(&address, &room, sizeof address);
    return address;
}

static inline uint16_t port_of(int fd)
{
    struct sockaddr_storage address;
    struct endpoint endpoint;
    socklen_t len = sizeof address;
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    ck_assert(endpoint_from_sockaddr((struct sockaddr *)&address, &endpoint));
    return endpoint.port;
}

/* -1 when the address is taken. */
static inline int bound(int type, const char *text, uint16_t port)
{
    struct sockaddr_in address = address_v4(text, port);
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        (type == SOCK_DGRAM || listen(fd, 64) == 0))
        return fd;
    close(fd);
    return -1;
}

/* UDP and TCP on one free port of 127.0.0.1. */
static inline void server_up(void)
{
    for (unsigned tried = 0; tried < 100; tried++) {
        server.udp = bound(SOCK_DGRAM, "127.0.0.1", 0);
        server.port = port_of(server.udp);
        server.tcp = bound(SOCK_STREAM, "127.0.0.1", server.port);
        if (server.tcp >= 0)
            return;
        close(server.udp);
    }
    ck_abort_msg("no port is free");
}

static inline void server_down(void)
{
    close(server.udp);
    if (server.tcp >= 0)
        close(server.tcp);
}

static inline void turns(unsigned count)
{
    while (count-- > 0)
        loop_once(bench.loop);
}

static inline size_t read_question(uint8_t *query)
{
    socklen_t len = sizeof server.peer;
    until_readable(server.udp);
    ssize_t got =
        recvfrom(server.udp, query, SERVER_OCTETS, 0, (struct sockaddr *)&server.peer, &len);
    ck_assert_int_gt(got, 12);
    return (size_t)got;
}

static inline size_t question_end(const uint8_t *query)
{
    size_t at = 12;
    while (query[at] != 0)
        at += 1u + query[at];
    return at + 5;
}

/* The question and `count` records of its type, A or TXT. */
static inline size_t make_reply(const uint8_t *query, uint8_t *reply, enum server_flags flags,
                                unsigned count)
{
    size_t at = question_end(query);
    bool txt = query[at - 3] == TYPE_TXT;

    memcpy(reply, query, at);
    memcpy(reply + 2, (uint8_t[]){ (uint8_t)flags, 0, 0, 1 }, 4);
    memcpy(reply + 6, (uint8_t[]){ (uint8_t)(count >> 8), (uint8_t)count, 0, 0, 0, 0 }, 6);
    for (unsigned i = 0; i < count; i++) {
        const uint8_t begin[] = { 0xc0, 12, 0, query[at - 3], 0, 1, 0, 0, 1, 44, 0 };
        size_t len = txt ? TXT_OCTETS + 1 : 4;
        uint8_t *rdata = reply + at + sizeof begin + 1 + (size_t)i * (sizeof begin + 1 + len);
        memcpy(rdata - 1 - sizeof begin, begin, sizeof begin);
        memset(rdata, 'x', len);
        rdata[-1] = (uint8_t)len;
        memcpy(rdata, (uint8_t[]){ txt ? TXT_OCTETS : 192, (uint8_t)i }, 2);
    }
    return at + (size_t)count * (12u + (txt ? TXT_OCTETS + 1 : 4));
}

static inline void send_reply(const uint8_t *reply, size_t len)
{
    ck_assert_int_eq(
        sendto(server.udp, reply, len, 0, (struct sockaddr *)&server.peer, sizeof server.peer),
        (ssize_t)len);
}

/* One question is read and answered over UDP. */
static inline void serve_udp(enum server_flags flags, unsigned count)
{
    static uint8_t query[SERVER_OCTETS], reply[SERVER_OCTETS];
    (void)read_question(query);
    send_reply(reply, make_reply(query, reply, flags, count));
}

static inline void read_whole(int fd, uint8_t *into, size_t len)
{
    for (size_t got = 0; got < len;) {
        until_readable(fd);
        ssize_t more = recv(fd, into + got, len - got, 0);
        ck_assert_int_gt(more, 0);
        got += (size_t)more;
    }
}

#endif
