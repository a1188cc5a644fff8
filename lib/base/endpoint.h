/* endpoint - an IP address with a port, and prefixes of addresses.
 *
 * Shape    family 4: octets[0..4), the rest zero; family 6: all 16; family 0: none. port: host
 *          order. All octets are defined, so endpoints may be compared and hashed as memory.
 */
#ifndef CATENA_BASE_ENDPOINT_H
#define CATENA_BASE_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"

struct sockaddr;

struct endpoint {
    uint8_t octets[16];
    uint16_t port;
    uint8_t family; /* 4, 6 or 0 */
    uint8_t scope;  /* zero: link-local addresses are never asked */
};

struct prefix {
    struct endpoint base; /* port 0; bits beyond `bits` are zero */
    uint8_t bits;
};

enum { ENDPOINT_TEXT = 64 };

struct endpoint endpoint_v4(const uint8_t octets[4], uint16_t port);
struct endpoint endpoint_v6(const uint8_t octets[16], uint16_t port);
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
bool endpoint_same_address(const struct endpoint *a, const struct endpoint *b); /* port aside */

/* "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:53"; `port` where none is written.
 * */
enum status endpoint_parse(const char *text, uint16_t port, struct endpoint *endpoint) MUST_USE;
char *endpoint_text(const struct endpoint *endpoint, char text[ENDPOINT_TEXT]);

enum status prefix_parse(const char *text, struct prefix *prefix)
    MUST_USE; /* "10.0.0.0/8"; address: whole */
bool prefix_holds(const struct prefix *prefix, const struct endpoint *endpoint);

/* To and from the system's form; `room` holds a sockaddr_storage; returns its length. */
size_t endpoint_to_sockaddr(const struct endpoint *endpoint, void *room);
bool endpoint_from_sockaddr(const struct sockaddr *address, struct endpoint *endpoint);

#endif
