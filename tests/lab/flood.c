/* flood - questions in the name of victims, and a tap on what the victims get (LIMITS 4.5).
 *
 *     build/lab/flood interface=wire mac=02:00:00:00:00:01 to=9.9.9.1 seconds=2 rate=100000
 *                     noise=200000 victims=45.0.0.0/24 hosts=0 seed=1 questions=FILE
 *                     [honest=ADDRESS]...
 *
 * Both ends of the wire are one interface here, on which whole frames are sent and seen: `rate` of
 * them a second from `hosts` addresses of the prefix `victims` (0: from all of them at random), and
 * `noise` more from addresses that hardly come twice. `mac`: of the other end. FILE has a line per
 * question: `NAME TYPE [random]`; with the last word each gets a label of its own in front. A reply
 * is paired with the length of its question by the id, which is the line's number; what comes for
 * `honest` under another id, or for one who is no victim, is theirs. What came out for each victim
 * is tests/support/tap.h's to judge. It prints one JSON object and ends.
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

enum {
    QUESTIONS_MAX = 5120,
    HONEST_MAX = 8, /* clients of their own behind the same wire: what is theirs is not looked at */
    QUESTION_OCTETS = 320,
    BATCH = 64,
    FRAME_OCTETS = 2048,
    RANDOM_OCTETS = 8, /* of a label of its own */
    NOISE_BITS = 22,   /* of an address of the noise that are drawn */
    SETTLE_MS = 300,   /* after the last question, what is on its way still comes */
    DNS_PORT = 53,
    SOCKET_OCTETS = 256 << 20,
    IPV4_OCTETS = 20,
    IPV6_OCTETS = 40,
    UDP_OCTETS = 8,
    TC = 2
};

struct question {
    uint8_t octets[QUESTION_OCTETS];
    uint16_t len;
    bool random;
};

/* Of the victims, in the first half of the run or in the second. Octets of UDP payload. What is of
 * the noise is the tap's alone: too little comes for any of its addresses to be limited. */
struct half {
    uint64_t sent, replies, whole, truncated, octets_in, octets_out;
};

struct flood {
    int fd;
    struct sockaddr_ll wire;
    uint8_t mac[6], own_mac[6];
    struct endpoint to;
    struct prefix victims;
    struct endpoint honest[HONEST_MAX];
    size_t honest_count;
    uint32_t hosts, rate, noise, seconds;
    uint64_t seed;
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

/* ---- frames ---- */

static uint32_t sum_of(const uint8_t *at, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < len; i += 2)
        sum += (uint32_t)(at[i] << 8 | at[i + 1]);
    return len % 2 ? sum + (uint32_t)(at[len - 1] << 8) : sum;
}

static uint16_t folded(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* The header before a datagram of `len` octets, and where that begins. */
static uint8_t *ip_header(uint8_t *ip, const struct endpoint *from, size_t len)
{
    struct writer w;
    writer_init(&w, ip, IPV6_OCTETS);
    if (from->family == 4) {
        writer_u32(&w, 0x45000000 | (uint32_t)(IPV4_OCTETS + len));
        writer_u32(&w, 0x4000); /* DF */
        writer_u32(&w, (64u << 24) | (IPPROTO_UDP << 16));
        writer_octets(&w, (struct bytes){ from->octets, 4 });
        writer_octets(&w, (struct bytes){ flood.to.octets, 4 });
        writer_u16_at(&w, 10, folded(sum_of(ip, IPV4_OCTETS)));
        return ip + IPV4_OCTETS;
    }
    writer_u32(&w, 0x60000000);
    writer_u32(&w, (uint32_t)len << 16 | IPPROTO_UDP << 8 | 64);
    writer_octets(&w, (struct bytes){ from->octets, 16 });
    writer_octets(&w, (struct bytes){ flood.to.octets, 16 });
    return ip + IPV6_OCTETS;
}

/* RFC 768; IPv6 wants the sum (RFC 8200 §8.1), IPv4 does without. */
static size_t frame(uint8_t *into, const struct endpoint *from, const struct question *question)
{
    size_t len = UDP_OCTETS + question->len;
    uint8_t *udp = ip_header(into + ETHER_HDR_LEN, from, len);
    struct writer w;

    memcpy(into, flood.mac, 6);
    memcpy(into + 6, flood.own_mac, 6);
    into[12] = from->family == 4 ? 0x08 : 0x86;
    into[13] = from->family == 4 ? 0x00 : 0xdd;
    writer_init(&w, udp, len);
    writer_u16(&w, from->port);
    writer_u16(&w, DNS_PORT);
    writer_u16(&w, (uint16_t)len);
    writer_u16(&w, 0);
    writer_octets(&w, (struct bytes){ question->octets, question->len });
    if (question->random)
        for (size_t i = 0; i < RANDOM_OCTETS; i++)
            udp[UDP_OCTETS + 13 + i] = (uint8_t)('a' + prng_below(&flood.prng, 26));
    if (from->family == 6) {
        uint32_t sum = sum_of(udp - 32, 32) + (uint32_t)len + IPPROTO_UDP;
        uint16_t checksum = folded(sum + sum_of(udp, len));
        writer_u16_at(&w, 6, checksum ? checksum : 0xffff);
    }
    return (size_t)(udp - into) + len;
}

/* ---- who is said to ask ---- */

static struct endpoint with_bits(const struct prefix *prefix, const uint8_t bits[16])
{
    struct endpoint endpoint = prefix->base;
    for (unsigned i = prefix->bits; i < (endpoint.family == 4 ? 32u : 128u); i++)
        endpoint.octets[i / 8] |= bits[i / 8] & (uint8_t)(0x80 >> i % 8);
    endpoint.port = (uint16_t)(1024 + prng_below(&flood.prng, 64000));
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

static uint64_t ms_since_begin(const struct timespec *now)
{
    int64_t ns = (now->tv_sec - flood.begin.tv_sec) * (int64_t)NS_PER_S +
                 (now->tv_nsec - flood.begin.tv_nsec);
    return ns < 0 ? 0 : (uint64_t)ns / 1000000;
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now); /* as the kernel stamps what it receives */
    return ms_since_begin(&now);
}

static struct half *half_at(uint64_t ms)
{
    return &flood.halves[ms * 2 >= (uint64_t)flood.seconds * 1000];
}

static void send_some(uint32_t count, uint64_t ms)
{
    struct endpoint from[BATCH];
    uint32_t of_noise = flood.rate + flood.noise;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = prng_below(&flood.prng, (uint32_t)flood.question_count);
        from[i] = prng_below(&flood.prng, of_noise) < flood.noise ? noise() : victim();
        flood.iovs[i].iov_base = flood.frames[i];
        flood.iovs[i].iov_len = frame(flood.frames[i], &from[i], &flood.questions[number]);
        flood.headers[i].msg_hdr = (struct msghdr){ .msg_iov = &flood.iovs[i], .msg_iovlen = 1 };
    }
    int sent = sendmmsg(flood.fd, flood.headers, count, 0);
    for (int i = 0; i < sent; i++) {
        tap_in(flood.tap, &from[i], ms);
        half_at(ms)->sent += prefix_holds(&flood.victims, &from[i]);
    }
}

static bool is_honest(const struct endpoint *client)
{
    for (size_t i = 0; i < flood.honest_count; i++)
        if (endpoint_same_address(client, &flood.honest[i]))
            return true;
    return false;
}

static void see(const uint8_t *at, size_t len, uint64_t ms)
{
    bool six = flood.to.family == 6;
    size_t skip = ETHER_HDR_LEN + (six ? IPV6_OCTETS : IPV4_OCTETS);
    if (len < skip + UDP_OCTETS + 12 || at[12] != (six ? 0x86 : 0x08) ||
        at[ETHER_HDR_LEN + (six ? 6 : 9)] != IPPROTO_UDP || at[skip + 1] != DNS_PORT)
        return;
    const uint8_t *udp = at + skip, *message = udp + UDP_OCTETS;
    uint32_t octets = (uint32_t)(udp[4] << 8 | udp[5]) - UDP_OCTETS;
    uint32_t number = (uint32_t)(message[0] << 8 | message[1]);
    struct endpoint to =
        six ? endpoint_v6(at + ETHER_HDR_LEN + 24, 0) : endpoint_v4(at + ETHER_HDR_LEN + 16, 0);
    struct half *half = half_at(ms);
    bool theirs = is_honest(&to) && !prefix_holds(&flood.victims, &to); /* by any id */
    if (theirs || number >= flood.question_count) {
        flood.strays += !is_honest(&to);
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

static void run(void)
{
    uint64_t per_s = (uint64_t)flood.rate + flood.noise, last_ms = flood.seconds * 1000u;
    clock_gettime(CLOCK_REALTIME, &flood.begin);
    for (uint64_t ms = 0, done = 0; ms < last_ms + SETTLE_MS; ms = now_ms()) {
        uint64_t due = (ms < last_ms ? ms : last_ms) * per_s / 1000;
        while (done < due) {
            uint32_t count = due - done > BATCH ? BATCH : (uint32_t)(due - done);
            send_some(count, now_ms());
            done += count;
            receive_all();
        }
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
           "\"multiplied\": %zu",
           stats.tp_drops, flood.strays, tap_lost(flood.tap) ? "true" : "false",
           tap_keys(flood.tap), tap_multiplied(flood.tap));
    for (size_t i = 0; i < 2; i++)
        printf(", \"%s\": {\"sent\": %" PRIu64 ", \"replies\": %" PRIu64 ", \"whole\": %" PRIu64
               ", \"truncated\": %" PRIu64 ", \"octets_in\": %" PRIu64 ", \"octets_out\": %" PRIu64
               "}",
               names[i], flood.halves[i].sent, flood.halves[i].replies, flood.halves[i].whole,
               flood.halves[i].truncated, flood.halves[i].octets_in, flood.halves[i].octets_out);
    printf(", \"levels\": [");
    for (size_t i = 0; i < TAP_LENGTHS; i++) {
        const struct tap_length *l = &tap_lengths(flood.tap)[i];
        printf("%s{\"family\": %u, \"bits\": %u, \"weight\": %u, \"worst\": %.0f}", i ? ", " : "",
               l->family, l->bits, l->weight, l->worst);
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
    if (strcmp(word, "hosts") == 0)
        flood.hosts = number(word, value);
    else if (strcmp(word, "rate") == 0)
        flood.rate = number(word, value);
    else if (strcmp(word, "noise") == 0)
        flood.noise = number(word, value);
    else if (strcmp(word, "seconds") == 0)
        flood.seconds = number(word, value);
    else if (strcmp(word, "seed") == 0)
        flood.seed = number(word, value);
    else
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
    else if (strcmp(word, "honest") == 0 && flood.honest_count < HONEST_MAX)
        status = endpoint_parse(value, 0, &flood.honest[flood.honest_count++]);
    else
        set_number(word, value);
    if (status != ST_OK)
        fail(word, value);
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
    if (flood.fd == 0 || flood.question_count == 0 || flood.to.family == 0 ||
        flood.victims.base.family != flood.to.family || flood.rate == 0 || flood.seconds == 0)
        fail("missing", "interface, mac, to, victims of the same family, questions, rate, seconds");
    memcpy(flood.own_mac, flood.mac, 6);
    flood.own_mac[5] ^= 1; /* nobody looks at it */
    prng_seed_number(&flood.prng, flood.seed);
    flood.tap = tap_create(flood.seed);
    if (!flood.tap)
        fail("tap", "no memory");
    run();
    report();
    tap_destroy(flood.tap);
    return 0;
}
