/* serving - UDP and TCP on port 53 of many addresses in one thread, for servers that tests script.
 *
 * Shape    `handle` gets a whole request and the number of the address it came to; it writes the
 *          reply and returns its length, 0 for none. When all connections are taken, the last one
 *          has to go. At an address that holds, replies over UDP wait for the next whole multiple
 *          of SERVING_HOLD_MS and leave all at once (CVE-2024-33655); each time stderr tells how
 *          many. One for which there is no place is lost.
 * Owns     its sockets until the process ends.
 * Errors   ends the process with a sentence: a lab without its server shows nothing.
 */
#ifndef CATENA_TESTS_SUPPORT_SERVING_H
#define CATENA_TESTS_SUPPORT_SERVING_H

#include <sys/socket.h>

#include "lib/base/bytes.h"

enum {
    SERVING_ADDRESSES_MAX = 64,
    SERVING_CONNECTIONS_MAX = 64,
    SERVING_REQUEST_MAX = 1024,
    SERVING_REPLY_MAX = 8192,
    SERVING_HELD_MAX = 8192, /* replies */
    SERVING_HELD_OCTETS = 1232,
    SERVING_HOLD_MS = 300 /* less than a resolver waits for a server it does not know */
};

enum transport { OVER_UDP, OVER_TCP };
enum with_tcp { UDP_ALONE, UDP_AND_TCP };

struct serving_request {
    struct bytes octets;
    unsigned address; /* in the order of serving_listen */
    enum transport transport;
};

struct serving {
    size_t (*handle)(void *context, const struct serving_request *request,
                     uint8_t reply[SERVING_REPLY_MAX]);
    void *context;
    unsigned address_count;
    int udp[SERVING_ADDRESSES_MAX], tcp[SERVING_ADDRESSES_MAX]; /* -1: none */
    struct serving_connection {
        bool used;
        unsigned address;
        int socket;
        size_t len;
        uint8_t octets[SERVING_REQUEST_MAX + 2];
    } connections[SERVING_CONNECTIONS_MAX];
    bool holds[SERVING_ADDRESSES_MAX];
    int64_t release_ms; /* of what is held; of the monotonic clock */
    size_t held_count;
    struct serving_held {
        int socket;
        struct sockaddr_storage to;
        uint16_t len;
        uint8_t octets[SERVING_HELD_OCTETS];
    } held[SERVING_HELD_MAX];
};

void serving_listen(struct serving *serving, const char *address, enum with_tcp with);
void serving_once(struct serving *serving); /* waits, then serves whoever is ready */

#endif
