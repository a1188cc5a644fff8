/* stream_test - one client, and a server that sends each of its questions to TCP (RFC 7766 §5). */
#ifndef CATENA_TESTS_UNIT_STREAM_TEST_H
#define CATENA_TESTS_UNIT_STREAM_TEST_H

#include "tests/unit/net/server_test.h"

static struct {
    bool over;
    unsigned answers;
    uint8_t octets[MESSAGE_OCTETS_MAX];
    size_t len;
} got;

static inline void on_answer(void *context, const struct answer *answer)
{
    (void)context;
    got.over = true;
    got.answers++;
    got.len = answer->message.len;
    memcpy(got.octets, answer->message.at, got.len);
}

static inline void on_drop(void *context, uint64_t client)
{
    (void)context;
    (void)client;
    ck_abort_msg("dropped");
}

static inline void set_up(void)
{
    struct loop_clients clients = { on_answer, on_drop, NULL, NULL };
    server_up();
    bench_policy("127.0.0.1");
    bench_start(&clients);
    got.over = false;
    got.answers = 0;
}

static inline void tear_down(void)
{
    bench_end();
    server_down();
}

static inline void ask_for(const char *name, uint16_t type)
{
    static uint8_t message[512], room[MESSAGE_OCTETS_MAX];
    static const uint8_t loopback[4] = { 127, 0, 0, 1 };
    struct event event = {
        .kind = EVENT_QUERY,
        .query = { .client = 1, .from = endpoint_v4(loopback, 5353), .via = VIA_TCP },
    };
    event.query.message =
        (struct bytes){ message, question_for(message, sizeof message, 7, name, type) };
    event.query.room = (struct room){ room, sizeof room };
    loop_event(bench.loop, &event);
}

static inline void ask(uint16_t type)
{
    ask_for("www.test.", type);
}

static inline unsigned rcode(void)
{
    return got.octets[3] & 15;
}

static inline unsigned answers(void)
{
    return (unsigned)(got.octets[6] << 8 | got.octets[7]);
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
