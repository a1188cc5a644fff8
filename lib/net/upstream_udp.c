#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/net/upstream.h"

/* ---- options: each failure is tolerated where the kernel lacks the option ---- */

static void set(int fd, int level, int option, int value)
{
    (void)!setsockopt(fd, level, option, &value, sizeof value);
}

static void set_options(int fd, uint8_t family)
{
    if (family == 6) {
        set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
        set(fd, IPPROTO_IPV6, IPV6_RECVFRAGSIZE, 1);
    } else {
        set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
        set(fd, IPPROTO_IP, IP_RECVFRAGSIZE, 1);
    }
}

/* The kernel adds this message only when the datagram was put together from fragments. */
static bool was_reassembled(struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
        if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVFRAGSIZE) ||
            (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVFRAGSIZE))
            return true;
    return false;
}

/* ---- one socket ---- */

static void read_one(struct upstream_socket *socket)
{
    struct upstream *upstream = socket->upstream;
    union {
        struct cmsghdr align;
        char octets[128];
    } control;
    struct iovec iov = { upstream_room(upstream), MESSAGE_OCTETS_MAX };
    struct msghdr message = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
    };
    ssize_t got = recvmsg(socket->watcher.fd, &message, MSG_DONTWAIT);
    struct event event = { .kind = EVENT_REPLY };

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got < 0) {
        upstream_failed(socket, upstream_path_fault(errno));
        upstream_tell_failures(upstream);
        return;
    }
    event.reply = (struct reply){
        .socket = socket->number,
        .message = { upstream_room(upstream), (size_t)got },
        .reassembled = was_reassembled(&message),
    };
    loop_event(upstream_loop(upstream), &event);
}

/* A turn reads one message a socket: each has one outstanding question (RFC 5452 §9.2). */
static void on_ready(struct watcher *watcher, uint32_t events)
{
    (void)events;
    read_one(LIST_OF(watcher, struct upstream_socket, watcher));
}

/* 0, or errno; a full buffer is a lost datagram, as on any wire. */
static int send_one(struct upstream_socket *socket, struct bytes message)
{
    ssize_t sent = send(socket->watcher.fd, message.at, message.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent >= 0 || errno == EAGAIN || errno == EINTR ? 0 : errno;
}

/* The error may be an ICMP message that an earlier question met. */
void upstream_udp_send(struct upstream_socket *socket, struct bytes message)
{
    int error = send_one(socket, message);
    if (error != 0)
        upstream_failed(socket, upstream_path_fault(error));
}

static int open_connected(const struct send *send)
{
    struct sockaddr_storage to, from;
    size_t to_len = endpoint_to_sockaddr(&send->to, &to), from_len;
    struct endpoint any = { .family = send->to.family, .port = send->port };
    int fd = socket(send->to.family == 6 ? AF_INET6 : AF_INET,
                    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    set_options(fd, send->to.family);
    from_len = endpoint_to_sockaddr(&any, &from);
    if (bind(fd, (struct sockaddr *)&from, (socklen_t)from_len) == 0 &&
        connect(fd, (struct sockaddr *)&to, (socklen_t)to_len) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

void upstream_udp_open(struct upstream_socket *socket, const struct send *send)
{
    int error;

    socket->watcher.ready = on_ready;
    socket->watcher.fd = open_connected(send);
    if (socket->watcher.fd < 0) {
        upstream_failed(socket, upstream_own_fault(errno));
        return;
    }
    if (loop_watch(upstream_loop(socket->upstream), &socket->watcher, EPOLLIN) != ST_OK) {
        upstream_failed(socket, SEND_LOCAL);
        return;
    }
    error = send_one(socket, send->message);
    if (error != 0)
        upstream_failed(socket, upstream_own_fault(error));
}
