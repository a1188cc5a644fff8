#include "tests/support/serving.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what, const char *why)
{
    fprintf(stderr, "serving: %s: %s\n", what, why);
    exit(1);
}

static int open_socket(const char *address, int type)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = type };
    struct addrinfo *found = NULL;
    int on = 1, s = -1;

    if (getaddrinfo(address, "53", &hints, &found) != 0)
        die(address, "not an address");
    s = socket(found->ai_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s < 0 || setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(s, found->ai_addr, found->ai_addrlen) != 0 ||
        (type == SOCK_STREAM && listen(s, 64) != 0))
        die(address, strerror(errno));
    freeaddrinfo(found);
    return s;
}

void serving_listen(struct serving *serving, const char *address, enum with_tcp with)
{
    unsigned at = serving->address_count++;

    if (at >= SERVING_ADDRESSES_MAX)
        die(address, "too many addresses");
    serving->udp[at] = open_socket(address, SOCK_DGRAM);
    serving->tcp[at] = with == UDP_AND_TCP ? open_socket(address, SOCK_STREAM) : -1;
}

/* ---- answers that are held ---- */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void hold(struct serving *serving, int s, struct bytes reply,
                 const struct sockaddr_storage *to)
{
    struct serving_held *held = &serving->held[serving->held_count];

    if (serving->held_count == SERVING_HELD_MAX || reply.len > sizeof held->octets)
        return;
    if (serving->held_count == 0)
        serving->release_ms = (now_ms() / SERVING_HOLD_MS + 1) * SERVING_HOLD_MS;
    held->socket = s;
    held->to = *to;
    held->len = (uint16_t)reply.len;
    memcpy(held->octets, reply.at, reply.len);
    serving->held_count++;
}

/* In how many ms what is held has to be looked after: -1 for nothing. */
static int release_when_due(struct serving *serving)
{
    int64_t left = serving->release_ms - now_ms();
    size_t lost = 0;

    if (serving->held_count == 0 || left > 0)
        return serving->held_count == 0 ? -1 : (int)left;
    for (size_t i = 0; i < serving->held_count; i++) {
        struct serving_held *held = &serving->held[i];
        lost += sendto(held->socket, held->octets, held->len, 0, (struct sockaddr *)&held->to,
                       sizeof held->to) < 0;
    }
    fprintf(stderr, "serving: let go %zu answers at once\n", serving->held_count - lost);
    serving->held_count = 0;
    return -1;
}

/* ---- requests ---- */

static void serve_datagrams(struct serving *serving, unsigned address)
{
    uint8_t octets[SERVING_REQUEST_MAX], reply[SERVING_REPLY_MAX];
    struct sockaddr_storage from;
    socklen_t from_len = sizeof from;
    int s = serving->udp[address];
    ssize_t got;

    while ((got = recvfrom(s, octets, sizeof octets, 0, (struct sockaddr *)&from, &from_len)) >=
           0) {
        struct serving_request request = { { octets, (size_t)got }, address, OVER_UDP };
        size_t len = serving->handle(serving->context, &request, reply);
        if (serving->holds[address] && len > 0)
            hold(serving, s, (struct bytes){ reply, len }, &from);
        else if (len > 0 && sendto(s, reply, len, 0, (struct sockaddr *)&from, from_len) < 0)
            perror("serving: sendto");
        from_len = sizeof from;
    }
}

static void connection_close(struct serving_connection *c)
{
    close(c->socket);
    c->used = false;
}

static void accept_connection(struct serving *serving, unsigned address)
{
    struct serving_connection *c = serving->connections;
    struct serving_connection *end = c + SERVING_CONNECTIONS_MAX;
    int s = accept4(serving->tcp[address], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    while (c < end && c->used)
        c++;
    if (s >= 0 && c == end)
        connection_close(--c);
    if (s >= 0)
        *c = (struct serving_connection){ .used = true, .address = address, .socket = s };
}

/* Answers every whole message that has come; false: the connection is of no more use. */
static bool serve_messages(struct serving *serving, struct serving_connection *c)
{
    uint8_t reply[SERVING_REPLY_MAX + 2];

    while (c->len >= 2) {
        size_t want = (size_t)c->octets[0] << 8 | c->octets[1];
        struct serving_request request = { { c->octets + 2, want }, c->address, OVER_TCP };
        if (want > SERVING_REQUEST_MAX)
            return false;
        if (c->len < want + 2)
            return true;
        size_t len = serving->handle(serving->context, &request, reply + 2);
        reply[0] = (uint8_t)(len >> 8);
        reply[1] = (uint8_t)len;
        if (len > 0 && send(c->socket, reply, len + 2, MSG_NOSIGNAL) != (ssize_t)(len + 2))
            return false;
        c->len -= want + 2;
        memmove(c->octets, c->octets + want + 2, c->len);
    }
    return true;
}

static void serve_connection(struct serving *serving, struct serving_connection *c)
{
    ssize_t got = recv(c->socket, c->octets + c->len, sizeof c->octets - c->len, 0);

    if (got > 0)
        c->len += (size_t)got;
    if ((got < 0 && errno != EAGAIN) || got == 0 || !serve_messages(serving, c))
        connection_close(c);
}

/* Three rows of pollfds: UDP, TCP listeners, connections. */
void serving_once(struct serving *serving)
{
    struct pollfd fds[2 * SERVING_ADDRESSES_MAX + SERVING_CONNECTIONS_MAX];
    struct pollfd *udp = fds, *tcp = fds + SERVING_ADDRESSES_MAX;
    struct pollfd *streams = fds + 2 * SERVING_ADDRESSES_MAX;

    for (unsigned i = 0; i < SERVING_ADDRESSES_MAX; i++) {
        bool used = i < serving->address_count;
        udp[i] = (struct pollfd){ .fd = used ? serving->udp[i] : -1, .events = POLLIN };
        tcp[i] = (struct pollfd){ .fd = used ? serving->tcp[i] : -1, .events = POLLIN };
    }
    for (size_t i = 0; i < SERVING_CONNECTIONS_MAX; i++) {
        struct serving_connection *c = &serving->connections[i];
        streams[i] = (struct pollfd){ .fd = c->used ? c->socket : -1, .events = POLLIN };
    }
    if (poll(fds, sizeof fds / sizeof fds[0], release_when_due(serving)) < 0 && errno != EINTR)
        die("poll", strerror(errno));
    for (size_t i = 0; i < SERVING_CONNECTIONS_MAX; i++)
        if (streams[i].fd >= 0 && streams[i].revents)
            serve_connection(serving, &serving->connections[i]);
    for (unsigned i = 0; i < serving->address_count; i++) {
        if (udp[i].revents)
            serve_datagrams(serving, i);
        if (tcp[i].revents)
            accept_connection(serving, i);
    }
}
