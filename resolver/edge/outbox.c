#include "resolver/edge/outbox.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PREFIX_OCTETS = 2 }; /* RFC 1035 §4.2.2 */

/* How much of it has gone; -1: the connection is dead. */
static ssize_t send_parts(int fd, struct iovec *parts, size_t count)
{
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = count };
    ssize_t sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : sent;
}

enum status outbox_write(struct buffer *unsent, struct pool *pool, int fd)
{
    struct iovec all = { unsent->at, unsent->len };
    ssize_t sent = send_parts(fd, &all, 1);
    if (sent < 0)
        return ST_IO;
    buffer_leave(unsent, pool, (size_t)sent);
    return ST_OK;
}

enum status outbox_send(struct buffer *unsent, struct pool *pool, int fd, struct bytes message)
{
    uint8_t prefix[PREFIX_OCTETS] = { (uint8_t)(message.len >> 8), (uint8_t)message.len };
    struct iovec parts[] = { { prefix, sizeof prefix }, { (void *)message.at, message.len } };
    ssize_t sent = unsent->len > 0 ? 0 : send_parts(fd, parts, 2);
    size_t rest = PREFIX_OCTETS;

    if (sent < 0)
        return ST_IO;
    for (unsigned i = 0; i < 2; i++, rest = message.len) {
        size_t gone = (size_t)sent < rest ? (size_t)sent : rest;
        struct bytes left = { (const uint8_t *)parts[i].iov_base + gone, rest - gone };
        TRY(buffer_append(unsent, pool, left, OUTBOX_MAX));
        sent -= (ssize_t)gone;
    }
    return ST_OK;
}

void outbox_close(const struct buffer *unsent, int fd)
{
    struct linger at_once = { 1, 0 };
    unsigned farewell_ms = OUTBOX_FAREWELL_MS;

    if (unsent->len > 0)
        (void)!setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    else
        (void)!setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &farewell_ms, sizeof farewell_ms);
    close(fd);
}
