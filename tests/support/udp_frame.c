#include "tests/support/udp_frame.h"

#include <netinet/in.h>
#include <string.h>

#include "lib/wire/writer.h"

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
static uint8_t *ip_header(const struct udp_frame *frame, uint8_t *ip, size_t len)
{
    struct writer w;
    writer_init(&w, ip, IPV6_OCTETS);
    if (frame->from.family == 4) {
        writer_u32(&w, 0x45000000 | (uint32_t)(IPV4_OCTETS + len));
        writer_u32(&w, 0x4000); /* DF */
        writer_u32(&w, (64u << 24) | (IPPROTO_UDP << 16));
        writer_octets(&w, (struct bytes){ frame->from.octets, 4 });
        writer_octets(&w, (struct bytes){ frame->to.octets, 4 });
        writer_u16_at(&w, 10, folded(sum_of(ip, IPV4_OCTETS)));
        return ip + IPV4_OCTETS;
    }
    writer_u32(&w, 0x60000000);
    writer_u32(&w, (uint32_t)len << 16 | IPPROTO_UDP << 8 | 64);
    writer_octets(&w, (struct bytes){ frame->from.octets, 16 });
    writer_octets(&w, (struct bytes){ frame->to.octets, 16 });
    return ip + IPV6_OCTETS;
}

/* RFC 768; IPv6 wants the sum (RFC 8200 §8.1), IPv4 does without. */
size_t udp_frame_write(const struct udp_frame *frame, uint8_t *into)
{
    size_t len = UDP_OCTETS + frame->payload.len;
    uint8_t *udp = ip_header(frame, into + ETHERNET_OCTETS, len);
    bool four = frame->from.family == 4;
    struct writer w;

    memcpy(into, frame->mac_to, 6);
    memcpy(into + 6, frame->mac_from, 6);
    into[12] = four ? 0x08 : 0x86;
    into[13] = four ? 0x00 : 0xdd;
    writer_init(&w, udp, len);
    writer_u16(&w, frame->from.port);
    writer_u16(&w, frame->to.port);
    writer_u16(&w, (uint16_t)len);
    writer_u16(&w, 0);
    writer_octets(&w, frame->payload);
    if (!four) {
        uint32_t sum = sum_of(udp - 32, 32) + (uint32_t)len + IPPROTO_UDP;
        uint16_t checksum = folded(sum + sum_of(udp, len));
        writer_u16_at(&w, 6, checksum ? checksum : 0xffff);
    }
    return (size_t)(udp - into) + len;
}
