/* flood - questions in the name of victims, and a tap on what the victims get (LIMITS 4.5).
 *
 *     build/lab/flood interface=wire mac=02:00:00:00:00:01 to=9.9.9.1 seconds=2 rate=100000
 *                     noise=200000 victims=45.0.0.0/24 hosts=0 seed=1 questions=FILE
 *                     [factor=16] [settle=2000]
 *
 * Both ends of the wire are one interface here, on which whole frames are sent and seen: `rate` of
 * them a second from `hosts` addresses of the prefix `victims` (0: from all of them at random), and
 * `noise` more from addresses that hardly come twice. `mac`: of the other end. FILE has a line per
 * question: `NAME TYPE [random]`; with the last word each gets a label of its own in front. A reply
 * is paired with the length of its question by the id, which is the line's number; what comes to a
 * port from HONEST_PORTS on is of clients of their own behind the same wire. What came out for each
 * victim is tests/support/tap.h's to judge, with `factor` times the room; for `settle` ms after the
 * last question answers may still come. It prints one JSON object and ends.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/instant.h"
#include "lib/base/prng.h"
#include "lib/wire/name.h"
#include "lib/wire/type.h"
#include "lib/wire/writer.h"
#include "tests/support/tap.h"
#include "tests/support/udp_frame.h"

enum {
    QUESTIONS_MAX = 5120,
    FORGED_PORTS = 1024, /* from here up to where the honest begin */
    HONEST_PORTS = 65024,
    QUESTION_OCTETS = 320,
    BATCH = 64,
    FRAME_OCTETS = 2048, /* that is received */
    RANDOM_OCTETS = 8,   /* of a label of its own */
    NOISE_BITS = 22,     /* of an address of the noise that are drawn */
    LATE_FACTOR = 4,     /* so much longer than it should may it take */
    SETTLE_MS = 300,     /* what is on its way still comes */
    DNS_PORT = 53,
    SOCKET_OCTETS = 256 << 20,
    TC = 2
};

struct question {
    uint8_t octets[QUESTION_OCTETS];
    uint16_t len;
    bool random;
};

/* Of the victims, in the first half of what is sent or in the second; octets are of UDP payload. Of
 * the noise only the tap knows: too little comes for any of its addresses to be limited. */
struct half {
    uint64_t sent, octets_sent, replies, whole, truncated, octets_in, octets_out;
};

struct flood {
    int fd;
    struct sockaddr_ll wire;
    uint8_t mac[6], own_mac[6];
    struct endpoint to;
    struct prefix victims;
    uint32_t hosts, rate, noise, seconds, seed, factor, settle_ms, half_ms, sent_ms;
    struct question questions[QUESTIONS_MAX];
    size_t question_count;
    struct prng prng;
    struct tap *tap;
    struct half halves[2];
    uint64_t strays, rcodes[16];
    struct timespec begin;
    struct mmsghdr headers[BATCH];
    struct iovec iovs[BATCH];
    uint8_t frames[BATCH][FRAME_OCTETS];
};

static struct flood flood;

/* What there is to send, how fast, and what has been. */
struct course {
    uint64_t per_s, all, done;
};

static _Noreturn void fail(const char *what, const char *found)
{
    fprintf(stderr, "flood: %s: %s\n", what, found);
    exit(1);
}

/* ---- what is asked ---- */

static void add_question(const char *line, unsigned number)
{
    char name[256], type[32], word[16];
    int words = sscanf(line, "%255s %31s %15s", name, type, word);
    struct question *question = &flood.questions[number];
    struct writer w;
    struct name owner;
    uint16_t code;

    if (words < 2 || name_from_text(name, &owner) != ST_OK || !type_from_text(type, &code))
        fail("not `NAME TYPE [random]`", line);
    question->random = words == 3;
    writer_init(&w, question->octets, sizeof question->octets);
    writer_u16(&w, (uint16_t)number);
    writer_u16(&w, 0x0100); /* RD */
    writer_u16(&w, 1);
    writer_u16(&w, 0);
    writer_u16(&w, 0);
    writer_u16(&w, 1);
    if (question->random) {
        writer_u8(&w, RANDOM_OCTETS);
        writer_octets(&w, (struct bytes){ (const uint8_t *)"........", RANDOM_OCTETS });
    }
    writer_plain_name(&w, &owner);
    writer_u16(&w, code);
    writer_u16(&w, 1);
    writer_u8(&w, 0); /* OPT with DO, 1,232 octets (RFC 6891 §6.1.2) */
    writer_u16(&w, 41);
    writer_u16(&w, 1232);
    writer_u32(&w, 0x8000);
    writer_u16(&w, 0);
    if (w.failed)
        fail("too long a question", name);
    question->len = (uint16_t)w.len;
}

static void read_questions(const char *path)
{
    char line[512];
    FILE *file = fopen(path, "re");
    if (!file)
        fail(path, strerror(errno));
    while (flood.question_count < QUESTIONS_MAX && fgets(line, sizeof line, file))
        add_question(line, (unsigned)flood.question_count++);
    fclose(file);
    if (flood.question_count == 0)
        fail(path, "no questions");
}

/* The frame of that question from there; of a random one the label is drawn. */
static size_t frame(uint8_t *into, const struct endpoint *from, const struct question *question)
{
    uint8_t octets[QUESTION_OCTETS];
    struct udp_frame udp = { .mac_from = flood.own_mac, .mac_to = flood.mac, .from = *from };

    memcpy(octets, question->octets, question->len);
    for (size_t i = 0; question->random && i < RANDOM_OCTETS; i++)
        octets[13 + i] = (uint8_t)('a' + prng_below(&flood.prng, 26));
    udp.to = flood.to;
    udp.payload = (struct bytes){ octets, question->len };
    return udp_frame_write(&udp, into);
}

/* ---- who is said to ask ---- */

static struct endpoint with_bits(const struct prefix *prefix, const uint8_t bits[16])
{
    struct endpoint endpoint = prefix->base;
    for (unsigned i = prefix->bits; i < (endpoint.family == 4 ? 32u : 128u); i++)
        endpoint.octets[i / 8] |= bits[i / 8] & (uint8_t)(0x80 >> i % 8);
    endpoint.port = (uint16_t)(FORGED_PORTS + prng_below(&flood.prng, HONEST_PORTS - FORGED_PORTS));
    return endpoint;
}

static struct endpoint victim(void)
{
    uint8_t bits[16];
    struct prng of_host;
    if (flood.hosts == 0) {
        prng_fill(&flood.prng, bits, sizeof bits);
    } else {
        prng_seed_number(&of_host, prng_below(&flood.prng, flood.hosts));
        prng_fill(&of_host, bits, sizeof bits);
    }
    return with_bits(&flood.victims, bits);
}

static struct endpoint noise(void)
{
    static const uint8_t base[2][16] = { { 96 }, { 0x26, 0x01 } };
    uint8_t six = flood.to.family == 6;
    struct prefix all = { .bits = six ? 64 - NOISE_BITS : 32 - NOISE_BITS };
    uint8_t bits[16];
    all.base = six ? endpoint_v6(base[1], 0) : endpoint_v4(base[0], 0);
    prng_fill(&flood.prng, bits, sizeof bits);
    return with_bits(&all, bits);
}

/* ---- the wire ---- */

static uint32_t ms_since_begin(const struct timespec *now)
{
    int64_t ns = (now->tv_sec - flood.begin.tv_sec) * (int64_t)NS_PER_S +
                 (now->tv_nsec - flood.begin.tv_nsec);
    return ns < 0 ? 0 : (uint32_t)(ns / 1000000);
}

static uint32_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now); /* as the kernel stamps what it receives */
    return ms_since_begin(&now);
}

static struct half *half_at(uint32_t ms)
{
    return &flood.halves[ms >= flood.half_ms];
}

static void send_some(uint32_t count, uint32_t ms)
{
    struct endpoint from[BATCH];
    uint16_t lens[BATCH];
    uint32_t of_noise = flood.rate + flood.noise;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = prng_below(&flood.prng, (uint32_t)flood.question_count);
        from[i] = prng_below(&flood.prng, of_noise) < flood.noise ? noise() : victim();
        lens[i] = flood.questions[number].len;
        flood.iovs[i].iov_base = flood.frames[i];
        flood.iovs[i].iov_len = frame(flood.frames[i], &from[i], &flood.questions[number]);
        flood.headers[i].msg_hdr = (struct msghdr){ .msg_iov = &flood.iovs[i], .msg_iovlen = 1 };
    }
    int sent = sendmmsg(flood.fd, flood.headers, count, 0);
    for (int i = 0; i < sent; i++) {
        bool of_victim = prefix_holds(&flood.victims, &from[i]);
        tap_in(flood.tap, &from[i], ms);
        half_at(ms)->sent += of_victim;
        half_at(ms)->octets_sent += of_victim ? lens[i] : 0;
    }
}

/* Where the answer in that frame begins, if it is one of the server's. */
static const uint8_t *datagram_of(const uint8_t *at, size_t len)
{
    bool six = flood.to.family == 6;
    const uint8_t *ip = at + ETHER_HDR_LEN, *from = ip + (six ? 8 : 12);
    const uint8_t *udp = ip + (six ? IPV6_OCTETS : IPV4_OCTETS);

    if (len < (size_t)(udp - at) + UDP_OCTETS + 12 || at[12] != (six ? 0x86 : 0x08) ||
        ip[six ? 6 : 9] != IPPROTO_UDP || udp[0] != 0 || udp[1] != DNS_PORT)
        return NULL;
    return memcmp(from, flood.to.octets, six ? 16 : 4) == 0 ? udp : NULL;
}

static void see(const uint8_t *at, size_t len, uint32_t ms)
{
    const uint8_t *udp = datagram_of(at, len);
    if (!udp || (udp[2] << 8 | udp[3]) >= HONEST_PORTS)
        return;
    const uint8_t *message = udp + UDP_OCTETS;
    uint32_t octets = (uint32_t)(udp[4] << 8 | udp[5]) - UDP_OCTETS;
    uint32_t number = (uint32_t)(message[0] << 8 | message[1]);
    struct endpoint to = flood.to.family == 6 ? endpoint_v6(udp - 16, 0) : endpoint_v4(udp - 4, 0);
    struct half *half = half_at(ms);
    if (number >= flood.question_count) {
        flood.strays++;
        return;
    }
    uint32_t asked = flood.questions[number].len;
    flood.rcodes[message[3] & 15]++;
    tap_out(flood.tap, &to, octets > asked ? octets - asked : 0, ms);
    if (!prefix_holds(&flood.victims, &to))
        return;
    half->replies++;
    half->octets_out += octets;
    half->octets_in += asked;
    *(message[2] & TC ? &half->truncated : &half->whole) += 1;
}

static void receive_all(void)
{
    static uint8_t controls[BATCH][CMSG_SPACE(sizeof(struct timespec))];
    for (int got = BATCH; got == BATCH;) {
        for (size_t i = 0; i < BATCH; i++) {
            flood.iovs[i] = (struct iovec){ flood.frames[i], FRAME_OCTETS };
            flood.headers[i].msg_hdr = (struct msghdr){ .msg_iov = &flood.iovs[i],
                                                        .msg_iovlen = 1,
                                                        .msg_control = controls[i],
                                                        .msg_controllen = sizeof controls[i] };
        }
        got = recvmmsg(flood.fd, flood.headers, BATCH, MSG_DONTWAIT, NULL);
        for (int i = 0; i < got; i++) {
            struct cmsghdr *stamp = CMSG_FIRSTHDR(&flood.headers[i].msg_hdr);
            struct timespec at = flood.begin;
            if (stamp)
                memcpy(&at, CMSG_DATA(stamp), sizeof at);
            see(flood.frames[i], flood.headers[i].msg_len, ms_since_begin(&at));
        }
    }
}

static void send_due(struct course *course, uint32_t ms)
{
    uint64_t due = ms * course->per_s / 1000;

    due = due < course->all ? due : course->all;
    while (course->done < due) {
        uint64_t count = due - course->done < BATCH ? due - course->done : BATCH;
        send_some((uint32_t)count, ms = now_ms());
        course->done += count;
        if (course->done * 2 >= course->all && flood.half_ms == UINT32_MAX)
            flood.half_ms = ms;
        if (ms >= flood.seconds * LATE_FACTOR * 1000)
            course->all = due = course->done;
        receive_all();
    }
    if (course->done == course->all && flood.sent_ms == 0)
        flood.sent_ms = ms;
}

/* All that is due is sent, on a machine that is busy later than it should be. */
static void run(void)
{
    uint64_t per_s = (uint64_t)flood.rate + flood.noise;
    struct course course = { .per_s = per_s, .all = per_s * flood.seconds };

    clock_gettime(CLOCK_REALTIME, &flood.begin);
    for (uint32_t ms = 0; flood.sent_ms == 0 || ms < flood.sent_ms + flood.settle_ms;
         ms = now_ms()) {
        send_due(&course, ms);
        receive_all();
        nanosleep(&(struct timespec){ .tv_nsec = 500000 }, NULL);
    }
}

static void report(void)
{
    static const char *const names[] = { "first", "second" };
    struct tpacket_stats stats = { 0 };
    socklen_t len = sizeof stats;
    (void)!getsockopt(flood.fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len);
    printf("{\"dropped_by_tap\": %u, \"strays\": %" PRIu64 ", \"lost\": %s, \"keys\": %zu, "
           "\"multiplied\": %zu, \"pulse\": %u, \"ms\": %u",
           stats.tp_drops, flood.strays, tap_lost(flood.tap) ? "true" : "false",
           tap_keys(flood.tap), tap_multiplied(flood.tap), tap_pulse(flood.tap), flood.sent_ms);
    for (size_t i = 0; i < 2; i++) {
        const struct half *h = &flood.halves[i];
        printf(", \"%s\": {\"sent\": %" PRIu64 ", \"octets_sent\": %" PRIu64
               ", \"replies\": %" PRIu64 ", \"whole\": %" PRIu64 ", \"truncated\": %" PRIu64
               ", \"octets_in\": %" PRIu64 ", \"octets_out\": %" PRIu64 "}",
               names[i], h->sent, h->octets_sent, h->replies, h->whole, h->truncated, h->octets_in,
               h->octets_out);
    }
    printf(", \"levels\": [");
    for (size_t i = 0; i < TAP_LENGTHS; i++) {
        const struct tap_length *l = &tap_lengths(flood.tap)[i];
        printf("%s{\"family\": %u, \"bits\": %u, \"weight\": %u, \"worst\": %.0f}", i ? ", " : "",
               l->family, l->bits, l->weight * flood.factor, l->worst);
    }
    printf("], \"rcodes\": [");
    for (size_t i = 0; i < 16; i++)
        printf("%s%" PRIu64, i ? ", " : "", flood.rcodes[i]);
    printf("]}\n");
}

/* ---- setting up ---- */

static uint32_t number(const char *word, const char *value)
{
    char *end;
    errno = 0;
    unsigned long found = strtoul(value, &end, 10);
    if (errno || *value == '\0' || *end || found > UINT32_MAX)
        fail(word, value);
    return (uint32_t)found;
}

static void set_mac(const char *value)
{
    const char *at = value;
    for (size_t i = 0; i < 6; i++) {
        char *end;
        unsigned long octet = strtoul(at, &end, 16);
        if (end == at || octet > UINT8_MAX || *end != (i < 5 ? ':' : '\0'))
            fail("mac", value);
        flood.mac[i] = (uint8_t)octet;
        at = end + 1;
    }
}

/* All protocols, as the system wants it. */
static uint16_t every_protocol(void)
{
    static const uint8_t octets[2] = { 0, ETH_P_ALL };
    uint16_t protocol;
    memcpy(&protocol, octets, sizeof protocol);
    return protocol;
}

static void open_wire(const char *interface)
{
    int on = 1, octets = SOCKET_OCTETS;
    flood.wire = (struct sockaddr_ll){ .sll_family = AF_PACKET, .sll_protocol = every_protocol() };
    flood.wire.sll_ifindex = (int)if_nametoindex(interface);
    flood.fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, every_protocol());
    if (flood.fd < 0 || bind(flood.fd, (struct sockaddr *)&flood.wire, sizeof flood.wire) != 0 ||
        setsockopt(flood.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) != 0 ||
        setsockopt(flood.fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0)
        fail(interface, strerror(errno));
    if (setsockopt(flood.fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets) != 0)
        (void)!setsockopt(flood.fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
}

static void set_number(const char *word, const char *value)
{
    static const struct {
        const char *word;
        uint32_t *number;
    } numbers[] = {
        { "hosts", &flood.hosts },      { "rate", &flood.rate }, { "noise", &flood.noise },
        { "seconds", &flood.seconds },  { "seed", &flood.seed }, { "factor", &flood.factor },
        { "settle", &flood.settle_ms },
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (strcmp(word, numbers[i].word) == 0) {
            *numbers[i].number = number(word, value);
            return;
        }
    fail("no such word", word);
}

static void set(const char *word, const char *value)
{
    enum status status = ST_OK;
    if (strcmp(word, "questions") == 0)
        read_questions(value);
    else if (strcmp(word, "mac") == 0)
        set_mac(value);
    else if (strcmp(word, "interface") == 0)
        open_wire(value);
    else if (strcmp(word, "to") == 0)
        status = endpoint_parse(value, DNS_PORT, &flood.to);
    else if (strcmp(word, "victims") == 0)
        status = prefix_parse(value, &flood.victims);
    else
        set_number(word, value);
    if (status != ST_OK)
        fail(word, value);
}

int main(int argc, char **argv)
{
    flood.factor = 1;
    flood.settle_ms = SETTLE_MS;
    flood.half_ms = UINT32_MAX;
    for (int i = 1; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (!value)
            fail("not word=value", argv[i]);
        *value = '\0';
        set(argv[i], value + 1);
    }
    if (flood.fd == 0 || flood.question_count == 0 || flood.to.family == 0 ||
        flood.victims.base.family != flood.to.family || flood.rate == 0 || flood.seconds == 0)
        fail("missing", "interface, mac, to, victims of the same family, questions, rate, seconds");
    memcpy(flood.own_mac, flood.mac, 6);
    flood.own_mac[5] ^= 1; /* nobody looks at it */
    prng_seed_number(&flood.prng, flood.seed);
    flood.tap = tap_create(flood.seed, flood.factor);
    if (!flood.tap)
        fail("tap", "no memory");
    run();
    report();
    tap_destroy(flood.tap);
    return 0;
}
