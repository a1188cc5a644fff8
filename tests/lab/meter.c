/* meter - what goes by on wires: DNS packets of a resolver, with its clients and with servers.
 *
 *     build/lab/meter on=lo on=edge door=127.0.0.1 door=9.9.9.1 [watch=198.51.100.41]...
 *
 * Each line on standard input is answered by one JSON object, what was seen up to then; at its end
 * the program ends. `door`: an address at which the resolver listens; what goes to port 53 of any
 * other is a question of its own to a server. `watch`: a server of which it is told how many
 * questions it had at once, at most: a question is in flight from when it goes by until a reply to
 * its port does, or for IN_FLIGHT_MS: then at the earliest the one who asked may have given up.
 * When it went by is what the kernel wrote on it, however late the meter comes to read it.
 * A packet on `lo` goes by twice, and is counted when it comes in.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/endpoint.h"

enum {
    WIRES_MAX = 4,
    DOORS_MAX = 8,
    WATCHED_MAX = 8,
    BATCH = 64,
    TURNS_MAX = 4096,
    HEAD_OCTETS = 80, /* as much of a packet as is looked at */
    SOCKET_OCTETS = 256 << 20,
    /* LIMITS F2: for 200 ms a question keeps its slot in any case, by catena's clock, which it
     * looks at once for many; the wire's is later by as long as a busy machine lets a turn wait. */
    IN_FLIGHT_MS = 150,
    PORTS = 1 << 16,
    QUEUE_MAX = 1 << 20, /* a power of two */
    DNS_PORT = 53,
    TCP_FLAGS_AT = 13,
    TCP_SYN = 2,
    TCP_ACK = 16
};

struct wire {
    int fd;
    int index;
    bool loopback;
    uint64_t dropped;
};

/* Questions that one server has, by the port that each came from; when, 0 for none. */
struct watched {
    struct endpoint server;
    uint64_t sent_ms[PORTS];
    unsigned in_flight, in_flight_max;
    uint64_t questions;
};

struct seen {
    uint64_t client_udp_in, client_udp_out, client_tcp_opened;
    uint64_t upstream_udp_out, upstream_udp_in, upstream_tcp_opened;
};

struct in_flight {
    uint64_t sent_ms;
    uint16_t watched, port;
};

static struct {
    struct wire wires[WIRES_MAX];
    struct pollfd polls[WIRES_MAX + 1];
    struct endpoint doors[DOORS_MAX];
    struct watched watched[WATCHED_MAX];
    unsigned wire_count, door_count, watched_count;
    struct in_flight queue[QUEUE_MAX]; /* in the order of their time, from `first` on */
    uint64_t first, next;
    struct seen seen;
} meter;

static _Noreturn void fail(const char *what, const char *found)
{
    fprintf(stderr, "meter: %s: %s\n", what, found);
    exit(1);
}

/* ---- how many a server has at once ---- */

static struct watched *watched_of(const struct endpoint *server)
{
    for (unsigned i = 0; i < meter.watched_count; i++)
        if (endpoint_same_address(&meter.watched[i].server, server))
            return &meter.watched[i];
    return NULL;
}

static void forget(struct watched *watched, uint16_t port)
{
    watched->in_flight -= watched->sent_ms[port] != 0;
    watched->sent_ms[port] = 0;
}

static void forget_old(uint64_t ms)
{
    for (; meter.first < meter.next; meter.first++) {
        const struct in_flight *oldest = &meter.queue[meter.first % QUEUE_MAX];
        struct watched *watched = &meter.watched[oldest->watched];
        if (oldest->sent_ms + IN_FLIGHT_MS > ms)
            return;
        if (watched->sent_ms[oldest->port] == oldest->sent_ms)
            forget(watched, oldest->port);
    }
}

static void remember(struct watched *watched, uint16_t port, uint64_t ms)
{
    forget(watched, port);
    if (meter.next - meter.first == QUEUE_MAX)
        fail("questions", "more at once than can be followed");
    meter.queue[meter.next++ % QUEUE_MAX] = (struct in_flight){
        .sent_ms = ms, .watched = (uint16_t)(watched - meter.watched), .port = port
    };
    watched->sent_ms[port] = ms;
    watched->questions++;
    if (++watched->in_flight > watched->in_flight_max)
        watched->in_flight_max = watched->in_flight;
}

/* ---- packets ---- */

struct packet {
    struct endpoint from, to;
    bool tcp, opens; /* the first of a connection */
    uint64_t ms;     /* when it went by */
};

static bool read_packet(const uint8_t *at, size_t len, struct packet *packet)
{
    bool six = len > 0 && at[0] >> 4 == 6;
    size_t skip = six ? 40 : len > 0 ? (size_t)(at[0] & 15) * 4 : 0, least = 8;
    const uint8_t *ends = at + skip;
    uint8_t protocol = six ? 6 : 9;

    if (len < 40 || len < skip + least)
        return false;
    protocol = at[protocol];
    packet->tcp = protocol == IPPROTO_TCP;
    if ((!packet->tcp && protocol != IPPROTO_UDP) || (packet->tcp && len <= skip + TCP_FLAGS_AT))
        return false;
    packet->opens = packet->tcp && (ends[TCP_FLAGS_AT] & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    uint16_t from = (uint16_t)(ends[0] << 8 | ends[1]), to = (uint16_t)(ends[2] << 8 | ends[3]);
    packet->from = six ? endpoint_v6(at + 8, from) : endpoint_v4(at + 12, from);
    packet->to = six ? endpoint_v6(at + 24, to) : endpoint_v4(at + 16, to);
    return true;
}

static bool is_door(const struct endpoint *address)
{
    for (unsigned i = 0; i < meter.door_count; i++)
        if (endpoint_same_address(&meter.doors[i], address))
            return true;
    return false;
}

static void question(const struct packet *packet)
{
    bool ours = is_door(&packet->to);
    struct watched *watched = watched_of(&packet->to);

    if (packet->tcp) {
        *(ours ? &meter.seen.client_tcp_opened : &meter.seen.upstream_tcp_opened) += packet->opens;
        return;
    }
    *(ours ? &meter.seen.client_udp_in : &meter.seen.upstream_udp_out) += 1;
    forget_old(packet->ms);
    if (watched)
        remember(watched, packet->from.port, packet->ms);
}

static void reply(const struct packet *packet)
{
    struct watched *watched = watched_of(&packet->from);

    if (packet->tcp)
        return;
    *(is_door(&packet->from) ? &meter.seen.client_udp_out : &meter.seen.upstream_udp_in) += 1;
    if (watched)
        forget(watched, packet->to.port);
}

static uint64_t ms_of(struct timespec at)
{
    return (uint64_t)at.tv_sec * 1000 + (uint64_t)at.tv_nsec / 1000000;
}

static uint64_t went_by_ms(struct msghdr *header)
{
    struct cmsghdr *told = CMSG_FIRSTHDR(header);
    struct timespec at;

    if (!told || told->cmsg_level != SOL_SOCKET || told->cmsg_type != SCM_TIMESTAMPNS)
        fail("a packet", "without its time");
    memcpy(&at, CMSG_DATA(told), sizeof at);
    return ms_of(at);
}

static int take(const struct wire *wire)
{
    static uint8_t heads[BATCH][HEAD_OCTETS];
    static union {
        struct cmsghdr aligned;
        uint8_t octets[CMSG_SPACE(sizeof(struct timespec))];
    } told[BATCH];
    struct sockaddr_ll from[BATCH];
    struct mmsghdr headers[BATCH];
    struct iovec iovs[BATCH];
    struct packet packet;

    for (unsigned i = 0; i < BATCH; i++) {
        iovs[i] = (struct iovec){ heads[i], HEAD_OCTETS };
        headers[i].msg_hdr = (struct msghdr){ .msg_iov = &iovs[i],
                                              .msg_iovlen = 1,
                                              .msg_name = &from[i],
                                              .msg_namelen = sizeof from[i],
                                              .msg_control = &told[i],
                                              .msg_controllen = sizeof told[i] };
    }
    int count = recvmmsg(wire->fd, headers, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++) {
        if ((wire->loopback && from[i].sll_pkttype == PACKET_OUTGOING) ||
            !read_packet(heads[i], headers[i].msg_len, &packet))
            continue;
        packet.ms = went_by_ms(&headers[i].msg_hdr);
        if (packet.to.port == DNS_PORT)
            question(&packet);
        else if (packet.from.port == DNS_PORT)
            reply(&packet);
    }
    return count;
}

/* ---- what it tells ---- */

static uint64_t dropped(void)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < meter.wire_count; i++) {
        struct tpacket_stats stats = { 0 };
        socklen_t len = sizeof stats; /* reading them begins them anew */
        (void)!getsockopt(meter.wires[i].fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len);
        meter.wires[i].dropped += stats.tp_drops;
        sum += meter.wires[i].dropped;
    }
    return sum;
}

static void tell(void)
{
    const struct seen *seen = &meter.seen;
    char text[ENDPOINT_TEXT];

    printf("{\"dropped\": %" PRIu64 ", \"client_udp_in\": %" PRIu64 ", \"client_udp_out\": %" PRIu64
           ", \"client_tcp_opened\": %" PRIu64 ", \"upstream_udp_out\": %" PRIu64
           ", \"upstream_udp_in\": %" PRIu64 ", \"upstream_tcp_opened\": %" PRIu64
           ", \"servers\": {",
           dropped(), seen->client_udp_in, seen->client_udp_out, seen->client_tcp_opened,
           seen->upstream_udp_out, seen->upstream_udp_in, seen->upstream_tcp_opened);
    for (unsigned i = 0; i < meter.watched_count; i++) {
        struct watched *watched = &meter.watched[i];
        printf("%s\"%s\": {\"questions\": %" PRIu64 ", \"in_flight_max\": %u}", i ? ", " : "",
               endpoint_text(&watched->server, text), watched->questions, watched->in_flight_max);
        watched->in_flight_max = watched->in_flight;
    }
    printf("}}\n");
    fflush(stdout);
}

/* ---- setting up ---- */

static void open_wire(const char *name)
{
    struct wire *wire = &meter.wires[meter.wire_count];
    struct sockaddr_ll address = { .sll_family = AF_PACKET };
    int octets = SOCKET_OCTETS, on = 1;
    uint8_t all[2] = { 0, ETH_P_ALL };

    if (meter.wire_count == WIRES_MAX)
        fail("too many wires", name);
    memcpy(&address.sll_protocol, all, sizeof all);
    wire->loopback = strcmp(name, "lo") == 0;
    address.sll_ifindex = (int)if_nametoindex(name);
    wire->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, address.sll_protocol);
    if (wire->fd < 0 || bind(wire->fd, (struct sockaddr *)&address, sizeof address) != 0)
        fail(name, strerror(errno));
    if (setsockopt(wire->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0)
        fail(name, strerror(errno));
    if (setsockopt(wire->fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets) != 0)
        (void)!setsockopt(wire->fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
    meter.polls[meter.wire_count++] = (struct pollfd){ .fd = wire->fd, .events = POLLIN };
}

static void set(const char *word, const char *value)
{
    enum status status = ST_OK;
    if (strcmp(word, "on") == 0)
        open_wire(value);
    else if (strcmp(word, "door") == 0 && meter.door_count < DOORS_MAX)
        status = endpoint_parse(value, 0, &meter.doors[meter.door_count++]);
    else if (strcmp(word, "watch") == 0 && meter.watched_count < WATCHED_MAX)
        status = endpoint_parse(value, 0, &meter.watched[meter.watched_count++].server);
    else
        fail("no such word, or too often", word);
    if (status != ST_OK)
        fail(word, value);
}

/* All that waited on the wires when it was asked is counted. False: nobody will ask any more. */
static bool answer(void)
{
    char line[64];
    struct timespec now;

    if (!fgets(line, sizeof line, stdin))
        return false;
    for (unsigned i = 0; i < meter.wire_count; i++)
        for (unsigned turn = 0; turn < TURNS_MAX && take(&meter.wires[i]) == BATCH; turn++)
            ;
    clock_gettime(CLOCK_REALTIME, &now);
    forget_old(ms_of(now));
    tell();
    return true;
}

static void run(void)
{
    struct pollfd *input = &meter.polls[meter.wire_count];
    bool more = true;

    *input = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
    while (more) {
        (void)!poll(meter.polls, meter.wire_count + 1, -1);
        for (unsigned i = 0; i < meter.wire_count; i++)
            if (meter.polls[i].revents != 0)
                (void)take(&meter.wires[i]);
        if (input->revents != 0)
            more = answer();
    }
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (!value)
            fail("not word=value", argv[i]);
        *value = '\0';
        set(argv[i], value + 1);
    }
    if (meter.wire_count == 0 || meter.door_count == 0)
        fail("missing", "on, door");
    run();
    return 0;
}
