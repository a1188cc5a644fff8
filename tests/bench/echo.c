/* echo - answers each datagram with itself, padded: the least that any server over UDP costs.
 *
 *     build/bench/echo ADDRESS PORT REPLY_OCTETS
 *
 * Sockets, options, waiting and batches as catena's workers have them (RULINGS A31, B12): one epoll
 * descriptor, recvmmsg, sendmmsg. What comes is sent back with QR set and zero octets behind it up
 * to REPLY_OCTETS, so that dnsperf takes it for an answer. Ends on SIGTERM. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BATCH = 64,
    OCTETS_MAX = 1232,
    RECEIVE_BUFFER = 1024 * 1024,
    HEADER_OCTETS = 12,
    FLAGS_AT = 2,
    QR = 0x80
};

struct echo {
    int fd;
    size_t reply_octets;
    struct mmsghdr headers[BATCH];
    struct iovec iovs[BATCH];
    struct sockaddr_storage from[BATCH];
    uint8_t octets[BATCH][OCTETS_MAX];
};

static void set(int fd, int level, int option, int value)
{
    (void)!setsockopt(fd, level, option, &value, sizeof value);
}

static int open_socket(const char *address, const char *port)
{
    struct sockaddr_in to = { .sin_family = AF_INET };
    long number = strtol(port, NULL, 10);
    uint8_t in_order[2] = { (uint8_t)(number >> 8), (uint8_t)number };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    __builtin_memcpy(&to.sin_port, in_order, sizeof in_order);
    if (fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1)
        return -1;
    set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    set(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
    set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
    return bind(fd, (struct sockaddr *)&to, sizeof to) == 0 ? fd : -1;
}

static void prepare(struct echo *echo, unsigned i)
{
    echo->iovs[i] = (struct iovec){ echo->octets[i], OCTETS_MAX };
    echo->headers[i].msg_hdr = (struct msghdr){
        .msg_name = &echo->from[i],
        .msg_namelen = sizeof echo->from[i],
        .msg_iov = &echo->iovs[i],
        .msg_iovlen = 1,
    };
}

static void turn(struct echo *echo)
{
    int count = recvmmsg(echo->fd, echo->headers, BATCH, MSG_DONTWAIT, NULL);
    int sent = 0;

    for (int i = 0; i < count; i++) {
        size_t len = echo->headers[i].msg_len;
        if (len >= HEADER_OCTETS)
            echo->octets[i][FLAGS_AT] |= QR;
        for (; len < echo->reply_octets; len++)
            echo->octets[i][len] = 0;
        echo->iovs[i].iov_len = len;
    }
    while (sent < count) {
        int more = sendmmsg(echo->fd, echo->headers + sent, (unsigned)(count - sent), MSG_DONTWAIT);
        sent += more > 0 ? more : errno == EINTR ? 0 : 1;
    }
    for (int i = 0; i < count; i++)
        prepare(echo, (unsigned)i);
}

int main(int argc, char **argv)
{
    static struct echo echo;
    struct epoll_event event = { .events = EPOLLIN };
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

    if (argc != 4) {
        fprintf(stderr, "usage: echo ADDRESS PORT REPLY_OCTETS\n");
        return 64;
    }
    echo.fd = open_socket(argv[1], argv[2]);
    echo.reply_octets = strtoul(argv[3], NULL, 10);
    if (echo.reply_octets > OCTETS_MAX)
        echo.reply_octets = OCTETS_MAX;
    if (echo.fd < 0 || epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, echo.fd, &event) != 0) {
        perror("echo");
        return 1;
    }
    for (unsigned i = 0; i < BATCH; i++)
        prepare(&echo, i);
    for (;;)
        if (epoll_wait(epoll_fd, &event, 1, -1) > 0)
            turn(&echo);
}
