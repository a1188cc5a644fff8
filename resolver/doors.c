#include "resolver/doors.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/memory.h"

enum {
    RECEIVE_BUFFER = 1024 * 1024, /* RULINGS A31 */
    SEND_BUFFER = 32 * 1024 /* of a connection: the system grows it to megabytes for one who never
                               reads, a thousand of them fill all that TCP may have (LIMITS F9) */
};

static void set(int fd, int level, int option, int value)
{
    (void)!setsockopt(fd, level, option, &value, sizeof value);
}

static bool is_wildcard(const struct endpoint *address)
{
    static const uint8_t zero[16];
    return memcmp(address->octets, zero, sizeof zero) == 0;
}

static void set_options(int fd, const struct endpoint *address, int type, enum listen_origin origin)
{
    bool v6 = address->family == 6;

    set(fd, SOL_SOCKET, SO_REUSEADDR, type == SOCK_STREAM);
    set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (v6)
        set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (origin == LISTEN_WRITTEN) /* the address may come up later */
        set(fd, v6 ? (int)IPPROTO_IPV6 : (int)IPPROTO_IP, v6 ? IPV6_FREEBIND : IP_FREEBIND, 1);
    if (type == SOCK_STREAM)
        set(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER); /* and of those accepted from it */
    if (type != SOCK_DGRAM)
        return;
    set(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
    if (is_wildcard(address))
        set(fd, v6 ? (int)IPPROTO_IPV6 : (int)IPPROTO_IP, v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, 1);
    /* Answers never carry path MTU of a forged ICMP message: RFC 9715 §3. */
    if (v6)
        set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
    else
        set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
}

static int open_one(const struct endpoint *address, int type, enum listen_origin origin)
{
    struct sockaddr_storage room;
    size_t len = endpoint_to_sockaddr(address, &room);
    int fd =
        socket(address->family == 6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error;

    if (fd < 0)
        return -1;
    set_options(fd, address, type, origin);
    if (bind(fd, (struct sockaddr *)&room, (socklen_t)len) == 0 &&
        (type == SOCK_DGRAM || listen(fd, LISTEN_BACKLOG) == 0))
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* Two daemons on one port would each get half of the questions without a word: SO_REUSEPORT lets
 * them. A first bind without it finds the other one. */
static bool is_taken(const struct endpoint *address, enum listen_origin origin)
{
    struct sockaddr_storage room;
    size_t len = endpoint_to_sockaddr(address, &room);
    int fd = socket(address->family == 6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool taken;

    if (fd < 0)
        return false;
    if (address->family == 6)
        set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (origin == LISTEN_WRITTEN)
        set(fd, address->family == 6 ? (int)IPPROTO_IPV6 : (int)IPPROTO_IP,
            address->family == 6 ? IPV6_FREEBIND : IP_FREEBIND, 1);
    taken = bind(fd, (struct sockaddr *)&room, (socklen_t)len) != 0 && errno == EADDRINUSE;
    close(fd);
    return taken;
}

static const char *advice(int error)
{
    switch (error) {
    case EADDRINUSE:
        return "another program listens there: stop it, or choose another address or port in "
               "`listen`";
    case EACCES:
    case EPERM:
        return "ports under 1024 need root or CAP_NET_BIND_SERVICE: start as root, or choose a "
               "port "
               "from 1024 on in `listen`";
    case EADDRNOTAVAIL: return "this machine has no such address: correct `listen`";
    case EAFNOSUPPORT: return "this machine has no such address family: take it out of `listen`";
    default: return "see `listen`";
    }
}

static bool absent(int error)
{
    return error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

static void close_door(struct door *door)
{
    int error = errno;

    if (door->udp >= 0)
        close(door->udp);
    if (door->tcp >= 0)
        close(door->tcp);
    door->udp = door->tcp = -1;
    errno = error;
}

/* For every worker, or for none. */
static enum status open_address(struct doors *doors, unsigned index, const struct endpoint *address,
                                enum listen_origin origin)
{
    for (unsigned w = 0; w < doors->workers; w++) {
        struct door *door = &doors->list[w * doors->addresses + index];
        door->wildcard = is_wildcard(address);
        door->udp = open_one(address, SOCK_DGRAM, origin);
        door->tcp = door->udp < 0 ? -1 : open_one(address, SOCK_STREAM, origin);
        if (door->tcp >= 0)
            continue;
        for (unsigned i = 0; i <= w; i++)
            close_door(&doors->list[i * doors->addresses + index]);
        return ST_IO;
    }
    return ST_OK;
}

static enum status open_free(struct doors *doors, unsigned index, const struct endpoint *address,
                             enum listen_origin origin)
{
    if (!is_taken(address, origin))
        return open_address(doors, index, address, origin);
    errno = EADDRINUSE;
    return ST_IO;
}

static enum status prepare(struct doors *doors, unsigned count, unsigned workers)
{
    *doors = (struct doors){ .addresses = count, .workers = workers };
    doors->list = memory_array((size_t)count * workers, sizeof *doors->list);
    for (unsigned i = 0; doors->list && i < count * workers; i++)
        doors->list[i].udp = doors->list[i].tcp = -1;
    return doors->list ? ST_OK : ST_NOMEM;
}

enum status doors_open(struct doors *doors, const struct endpoint *addresses, unsigned count,
                       unsigned workers, enum listen_origin origin)
{
    unsigned opened = 0;
    char text[ENDPOINT_TEXT];

    TRY(prepare(doors, count, workers));
    for (unsigned i = 0; i < count; i++) {
        const char *name = endpoint_text(&addresses[i], text);
        if (open_free(doors, i, &addresses[i], origin) == ST_OK) {
            log_line(LOG_INFO, "listening on %s, UDP and TCP", name);
            opened++;
            continue;
        }
        int error = errno;
        bool skip = origin == LISTEN_DEFAULT && absent(error);
        log_line(skip ? LOG_NOTICE : LOG_ERROR, "cannot listen on %s: %s; %s", name,
                 strerror(error), skip ? "skipped" : advice(error));
        if (!skip)
            return ST_IO;
    }
    if (opened == 0)
        log_line(LOG_ERROR, "no address to listen on is left: see `listen`");
    return opened ? ST_OK : ST_IO;
}

void doors_close(struct doors *doors)
{
    for (unsigned i = 0; doors->list && i < doors->addresses * doors->workers; i++)
        close_door(&doors->list[i]);
    memory_free(doors->list);
    *doors = (struct doors){ .list = NULL };
}
