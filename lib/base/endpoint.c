#include "lib/base/endpoint.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static_assert(sizeof(struct endpoint) == 20,
              "no octet is padding: endpoints are compared as memory");
static_assert(ENDPOINT_TEXT >= INET6_ADDRSTRLEN + sizeof("[]:65535"), "an address and a port fit");

struct endpoint endpoint_v4(const uint8_t octets[4], uint16_t port)
{
    struct endpoint endpoint = { .family = 4, .port = port };
    memcpy(endpoint.octets, octets, 4);
    return endpoint;
}

struct endpoint endpoint_v6(const uint8_t octets[16], uint16_t port)
{
    struct endpoint endpoint = { .family = 6, .port = port };
    memcpy(endpoint.octets, octets, 16);
    return endpoint;
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

bool endpoint_same_address(const struct endpoint *a, const struct endpoint *b)
{
    return a->family == b->family && memcmp(a->octets, b->octets, sizeof a->octets) == 0;
}

/* ---- text ---- */

/* Decimal digits alone, no sign, no blanks: what strtoul would let pass. */
static bool number_from_text(const char *text, unsigned max, unsigned *number)
{
    unsigned value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && value <= max; at++)
        value = value * 10 + (unsigned)(*at - '0');
    if (at == text || *at != '\0' || value > max)
        return false;
    *number = value;
    return true;
}

/* The first `len` characters are an address and nothing else. */
static bool address_from_text(const char *text, size_t len, struct endpoint *endpoint)
{
    char address[INET6_ADDRSTRLEN];
    if (len >= sizeof address)
        return false;
    memcpy(address, text, len);
    address[len] = '\0';

    struct endpoint made = { .family = memchr(address, ':', len) != NULL ? 6 : 4 };
    if (inet_pton(made.family == 6 ? AF_INET6 : AF_INET, address, made.octets) != 1)
        return false;
    *endpoint = made;
    return true;
}

/* Finds the address and returns what follows it, ":port" or the end. An IPv6 address has colons of
 * its own, so its port is written behind brackets (RFC 3986 §3.2.2). */
static const char *split(const char *text, const char **address, size_t *len)
{
    const char *colon = strchr(text, ':');
    *address = text;
    if (*text == '[') {
        const char *close = strchr(text, ']');
        if (close == NULL || colon == NULL || colon > close)
            return NULL;
        *address = text + 1;
        *len = (size_t)(close - *address);
        return close + 1;
    }
    bool has_port = colon != NULL && strchr(colon + 1, ':') == NULL;
    *len = has_port ? (size_t)(colon - text) : strlen(text);
    return text + *len;
}

enum status endpoint_parse(const char *text, uint16_t port, struct endpoint *endpoint)
{
    const char *address;
    size_t len;
    unsigned number = port;
    const char *rest = split(text, &address, &len);
    if (rest == NULL || (*rest != '\0' && *rest != ':'))
        return ST_MALFORMED;
    if (*rest == ':' && !number_from_text(rest + 1, UINT16_MAX, &number))
        return ST_MALFORMED;

    struct endpoint made;
    if (!address_from_text(address, len, &made))
        return ST_MALFORMED;
    made.port = (uint16_t)number;
    *endpoint = made;
    return ST_OK;
}

/* Port 0 is no port: only the address is written. */
char *endpoint_text(const struct endpoint *endpoint, char text[ENDPOINT_TEXT])
{
    char address[INET6_ADDRSTRLEN] = "none";
    bool six = endpoint->family == 6;
    if (endpoint->family != 0)
        inet_ntop(six ? AF_INET6 : AF_INET, endpoint->octets, address, sizeof address);
    if (endpoint->family == 0 || endpoint->port == 0)
        snprintf(text, ENDPOINT_TEXT, "%s", address);
    else
        snprintf(text, ENDPOINT_TEXT, six ? "[%s]:%u" : "%s:%u", address, endpoint->port);
    return text;
}

/* ---- prefixes ---- */

static unsigned address_bits(const struct endpoint *endpoint)
{
    return endpoint->family == 6 ? 128 : endpoint->family == 4 ? 32 : 0;
}

/* The octet at `index` of a mask of `bits` bits. */
static uint8_t mask_octet(unsigned bits, unsigned index)
{
    unsigned before = index * 8;
    if (bits <= before)
        return 0;
    return bits >= before + 8 ? 0xFF : (uint8_t)(0xFF00u >> (bits - before));
}

enum status prefix_parse(const char *text, struct prefix *prefix)
{
    const char *slash = strchr(text, '/');
    size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
    struct prefix made;
    if (!address_from_text(text, len, &made.base))
        return ST_MALFORMED;

    unsigned bits = address_bits(&made.base);
    if (slash != NULL && !number_from_text(slash + 1, bits, &bits))
        return ST_MALFORMED;
    made.bits = (uint8_t)bits;
    for (unsigned i = 0; i < sizeof made.base.octets; i++)
        made.base.octets[i] &= mask_octet(bits, i);
    *prefix = made;
    return ST_OK;
}

bool prefix_holds(const struct prefix *prefix, const struct endpoint *endpoint)
{
    if (prefix->base.family != endpoint->family || endpoint->family == 0)
        return false;
    unsigned whole = prefix->bits / 8;
    if (memcmp(prefix->base.octets, endpoint->octets, whole) != 0)
        return false;
    return prefix->bits % 8 == 0 || ((prefix->base.octets[whole] ^ endpoint->octets[whole]) &
                                     mask_octet(prefix->bits, whole)) == 0;
}

/* ---- the system's form ---- */

/* A port there is two octets, the most significant first. */
static void port_put(uint16_t port, void *field)
{
    uint8_t octets[2] = { (uint8_t)(port >> 8), (uint8_t)port };
    memcpy(field, octets, sizeof octets);
}

static uint16_t port_get(const void *field)
{
    uint8_t octets[2];
    memcpy(octets, field, sizeof octets);
    return (uint16_t)(octets[0] << 8 | octets[1]);
}

size_t endpoint_to_sockaddr(const struct endpoint *endpoint, void *room)
{
    memset(room, 0, sizeof(struct sockaddr_storage));
    if (endpoint->family == 4) {
        struct sockaddr_in *v4 = room;
        v4->sin_family = AF_INET;
        port_put(endpoint->port, &v4->sin_port);
        memcpy(&v4->sin_addr, endpoint->octets, sizeof v4->sin_addr);
        return sizeof *v4;
    }
    if (endpoint->family == 6) {
        struct sockaddr_in6 *v6 = room;
        v6->sin6_family = AF_INET6;
        port_put(endpoint->port, &v6->sin6_port);
        memcpy(&v6->sin6_addr, endpoint->octets, sizeof v6->sin6_addr);
        v6->sin6_scope_id = endpoint->scope;
        return sizeof *v6;
    }
    return 0;
}

bool endpoint_from_sockaddr(const struct sockaddr *address, struct endpoint *endpoint)
{
    const void *any = address;
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = any;
        *endpoint = endpoint_v4((const uint8_t *)&v4->sin_addr, port_get(&v4->sin_port));
        return true;
    }
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = any;
        *endpoint = endpoint_v6((const uint8_t *)&v6->sin6_addr, port_get(&v6->sin6_port));
        return true;
    }
    return false;
}
