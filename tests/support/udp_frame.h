/* udp_frame - a datagram in a whole Ethernet frame, from whichever address is wanted.
 *
 * Owns     nothing; plain octets.
 * Spec     RFC 768, RFC 791 §3.1, RFC 8200 §3 and §8.1.
 */
#ifndef CATENA_TESTS_SUPPORT_UDP_FRAME_H
#define CATENA_TESTS_SUPPORT_UDP_FRAME_H

#include "lib/base/bytes.h"
#include "lib/base/endpoint.h"

enum {
    ETHERNET_OCTETS = 14,
    IPV4_OCTETS = 20,
    IPV6_OCTETS = 40,
    UDP_OCTETS = 8,
    UDP_FRAME_ROOM = ETHERNET_OCTETS + IPV6_OCTETS + UDP_OCTETS /* beside the payload */
};

struct udp_frame {
    const uint8_t *mac_from, *mac_to; /* 6 octets each */
    struct endpoint from, to;         /* of one family */
    struct bytes payload;
};

/* Its length. `into` has UDP_FRAME_ROOM beside the payload. */
size_t udp_frame_write(const struct udp_frame *frame, uint8_t *into);

#endif
