/* networks - the networks around a client that are counted as one, and how much room each has.
 *
 * Shape    A client counts for its own address and for the networks around it: IPv4 /32, /24 and
 *          /20, with room for 1, 16 and 64 clients; IPv6 /64, /56, /48 and /32 with 1, 4, 16 and
 *          256 (whoever forges an address is free in the other half of it). Room is multiplied by
 *          the factor of the narrowest written network that holds all of it; where none is written,
 *          by NETWORK_PRIVATE_FACTOR for private ones, else by 1. A network has at least the room
 *          of any written one inside it, so that a factor below is no empty promise.
 * Owns     the list of what is written.
 * Threads  any, read only.
 * Spec     LIMITS 4.2 (keys, factor); RULINGS A20, A21; RFC 1918, RFC 3927, RFC 4193, RFC 4291,
 *          RFC 6598.
 */
#ifndef CATENA_POLICY_NETWORKS_H
#define CATENA_POLICY_NETWORKS_H

#include "lib/base/endpoint.h"

enum {
    NETWORKS_MAX = 256,
    NETWORK_WIDTHS = 4, /* of one family, at most */
    NETWORK_PRIVATE_FACTOR = 16,
    NETWORK_FACTOR_MAX = 10000
};

struct network {
    uint64_t bits; /* of the address, from the top; zero beyond `length` */
    uint8_t family, length;
    uint32_t factor, inside; /* inside: the room of the widest network within it */
};

struct networks {
    struct network *list; /* owned */
    unsigned count;
};

/* A network around a client. Its octets tell it from all others. */
struct network_around {
    uint8_t octets[10];
    uint32_t room; /* in clients */
};

/* ST_LIMIT: NETWORKS_MAX, or no factor from 1 to NETWORK_FACTOR_MAX. ST_MALFORMED: that network is
 * written already, and which of two factors counts nobody could tell. */
enum status networks_add(struct networks *networks, const struct prefix *prefix, uint32_t factor)
    MUST_USE;
enum status networks_copy(const struct networks *networks, struct networks *copy) MUST_USE;
void networks_clear(struct networks *networks);

/* From the narrowest on; returns how many, 0 for an endpoint of no family. */
unsigned networks_around(const struct networks *networks, const struct endpoint *client,
                         struct network_around around[NETWORK_WIDTHS]);
/* How many clients the narrowest of them may stand for. */
uint32_t networks_factor(const struct networks *networks, const struct endpoint *client);

/* The network around `client` of that index, as prefix for people to read. */
struct prefix network_prefix(const struct endpoint *client, unsigned index);

bool network_is_loopback(const struct endpoint *client);
/* Nobody outside can be hit there: all of it is loopback or private (RULINGS A21). */
bool network_is_inside(const struct prefix *prefix);

#endif
