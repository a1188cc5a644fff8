/* stream_test - one client, and a server that sends each of its questions to TCP (RFC 7766 §5). */
#ifndef CATENA_TESTS_UNIT_STREAM_TEST_H
#define CATENA_TESTS_UNIT_STREAM_TEST_H

#include "tests/unit/net/asker_test.h"

static inline void ask(uint16_t type)
{
    ask_for("www.test.", type);
}

/* ---- the server's end of the connection ---- */

static uint8_t query[SERVER_OCTETS], reply[SERVER_OCTETS];

/* Its prefix says how long it is. */
static inline void read_query(int fd)
{
    read_whole(fd, query, 2);
    size_t len = (size_t)query[0] << 8 | query[1];
    read_whole(fd, query, len);
    ck_assert_uint_ge(len, question_end(query));
}

static inline int accepted(void)
{
    until_readable(server.tcp);
    int fd = accept(server.tcp, NULL, NULL);
    ck_assert_int_ge(fd, 0);
    read_query(fd);
    ck_assert(!readable(fd)); /* and no octet more */
    return fd;
}

static inline int asked_over_tcp(uint16_t type)
{
    ask(type);
    serve_udp(REPLY_TC, 0);
    return accepted();
}

/* A reply with its prefix; returns the length of both. */
static inline size_t framed(unsigned count)
{
    size_t len = make_reply(query, reply + 2, REPLY_WHOLE, count);
    reply[0] = (uint8_t)(len >> 8);
    reply[1] = (uint8_t)len;
    return len + 2;
}

static inline void send_part(int fd, const uint8_t *octets, size_t len)
{
    ck_assert_int_eq(send(fd, octets, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* Turns until the client has its answer. Whoever asks on is sent away: with TC over UDP, with a
 * closed connection over TCP. */
static inline void until_over(void)
{
    for (unsigned turns = 0; !got.over; turns++) {
        ck_assert_uint_lt(turns, TURNS_MAX);
        if (readable(server.udp))
            serve_udp(REPLY_TC, 0);
        else if (readable(server.tcp))
            close(accept(server.tcp, NULL, NULL));
        else
            loop_once(bench.loop);
    }
}

enum ending { CLOSED, RESET };

static inline void break_off(int fd, enum ending how)
{
    struct linger linger = { 1, 0 };
    if (how == RESET)
        ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
    close(fd);
}

#endif
