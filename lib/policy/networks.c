#include "lib/policy/networks.h"

#include <string.h>

#include "lib/base/memory.h"

enum { TOP_OCTETS = 8, TOP_BITS = 64, LOOPBACK_V4 = 127 };

struct widths {
    unsigned count;
    uint8_t bits[NETWORK_WIDTHS];
    uint16_t clients[NETWORK_WIDTHS];
};

/* LIMITS 4.2. */
static const struct widths widths_v4 = { 3, { 32, 24, 20 }, { 1, 16, 64 } };
static const struct widths widths_v6 = { 4, { 64, 56, 48, 32 }, { 1, 4, 16, 256 } };

static const struct {
    uint64_t bits;
    uint8_t family, length;
} inside[] = {
    { UINT64_C(0x7f) << 56, 4, 8 },        /* loopback: RFC 1122 §3.2.1.3 */
    { UINT64_C(0x0a) << 56, 4, 8 },        /* private: RFC 1918 §3 */
    { UINT64_C(0xac10) << 48, 4, 12 },     /* private: 172.16/12 */
    { UINT64_C(0xc0a8) << 48, 4, 16 },     /* private: 192.168/16 */
    { UINT64_C(0x64400000) << 32, 4, 10 }, /* shared by a provider's customers: RFC 6598 §7 */
    { UINT64_C(0xa9fe) << 48, 4, 16 },     /* link-local: RFC 3927 §2.1 */
    { UINT64_C(0xfc) << 56, 6, 7 },        /* unique local: RFC 4193 §3.1 */
    { UINT64_C(0xfe80) << 48, 6, 10 },     /* link-local: RFC 4291 §2.5.6 */
};

static const struct widths *widths_of(uint8_t family)
{
    return family == 4 ? &widths_v4 : &widths_v6;
}

static uint64_t top_bits(const struct endpoint *endpoint)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < TOP_OCTETS; i++)
        bits = bits << 8 | endpoint->octets[i];
    return bits;
}

static uint64_t masked(uint64_t bits, unsigned length)
{
    return length == 0 ? 0 : length < TOP_BITS ? bits & UINT64_MAX << (TOP_BITS - length) : bits;
}

static unsigned common_bits(uint64_t a, uint64_t b)
{
    return a == b ? TOP_BITS : (unsigned)__builtin_clzll(a ^ b);
}

/* ---- what is written ---- */

/* The widest network that lies within `length` bits; within a part of the narrowest, that one. */
static uint32_t clients_inside(const struct widths *widths, unsigned length)
{
    unsigned i = widths->count - 1;

    while (i > 0 && widths->bits[i] < length)
        i--;
    return widths->clients[i];
}

/* Of what is narrower than a client's own network only its place in that one is kept. */
static bool is_written(const struct networks *networks, const struct network *network)
{
    for (unsigned i = 0; i < networks->count; i++)
        if (networks->list[i].family == network->family &&
            networks->list[i].length == network->length &&
            networks->list[i].bits == network->bits && network->length <= TOP_BITS)
            return true;
    return false;
}

enum status networks_add(struct networks *networks, const struct prefix *prefix, uint32_t factor)
{
    const struct widths *widths = widths_of(prefix->base.family);

    if (networks->count >= NETWORKS_MAX || factor == 0 || factor > NETWORK_FACTOR_MAX)
        return ST_LIMIT;
    struct network network = {
        .bits = top_bits(&prefix->base),
        .family = prefix->base.family,
        .length = prefix->bits,
        .factor = factor,
        .inside = factor * clients_inside(widths, prefix->bits),
    };
    if (is_written(networks, &network))
        return ST_MALFORMED;
    struct network *more = memory_resize(networks->list, networks->count + 1U, sizeof *more);
    if (!more)
        return ST_NOMEM;
    more[networks->count] = network;
    networks->list = more;
    networks->count++;
    return ST_OK;
}

enum status networks_copy(const struct networks *networks, struct networks *copy)
{
    if (networks->count == 0)
        return ST_OK;
    copy->list = memory_array(networks->count, sizeof *copy->list);
    if (!copy->list)
        return ST_NOMEM;
    memcpy(copy->list, networks->list, networks->count * sizeof *copy->list);
    copy->count = networks->count;
    return ST_OK;
}

void networks_clear(struct networks *networks)
{
    memory_free(networks->list);
    *networks = (struct networks){ .count = 0 };
}

/* ---- what is inside by nature ---- */

static bool is_inside(uint8_t family, uint64_t bits, unsigned length)
{
    for (unsigned i = 0; i < sizeof inside / sizeof *inside; i++)
        if (inside[i].family == family && inside[i].length <= length &&
            common_bits(inside[i].bits, bits) >= inside[i].length)
            return true;
    return false;
}

bool network_is_loopback(const struct endpoint *client)
{
    static const uint8_t one[16] = { [15] = 1 };

    if (client->family == 4)
        return client->octets[0] == LOOPBACK_V4;
    return client->family == 6 && memcmp(client->octets, one, sizeof one) == 0;
}

bool network_is_inside(const struct prefix *prefix)
{
    return is_inside(prefix->base.family, top_bits(&prefix->base), prefix->bits) ||
           (prefix->bits == 128 && network_is_loopback(&prefix->base));
}

/* ---- the networks around a client ---- */

struct finding {
    uint32_t factor, inside;
    unsigned length; /* of what the factor was written for */
    bool written;
};

static void find(const struct networks *networks, uint8_t family, uint64_t bits,
                 struct finding found[NETWORK_WIDTHS])
{
    const struct widths *widths = widths_of(family);

    for (unsigned n = 0; n < networks->count; n++) {
        const struct network *network = &networks->list[n];
        unsigned common = common_bits(network->bits, bits), length = network->length;
        for (unsigned i = 0; i < widths->count && network->family == family; i++) {
            if (length <= widths->bits[i] && common >= length && length >= found[i].length) {
                found[i].written = true;
                found[i].factor = network->factor;
                found[i].length = length;
            }
            if (length > widths->bits[i] && common >= widths->bits[i] &&
                network->inside > found[i].inside)
                found[i].inside = network->inside;
        }
    }
}

unsigned networks_around(const struct networks *networks, const struct endpoint *client,
                         struct network_around around[NETWORK_WIDTHS])
{
    const struct widths *widths = widths_of(client->family);
    struct finding found[NETWORK_WIDTHS] = { { .factor = 0 } };
    uint64_t bits = top_bits(client);
    /* Private ranges are wider than any network that is counted: all are inside, or none is. Beside
     * ::1 there is nobody. */
    bool private = is_inside(client->family, bits, widths->bits[0]) || network_is_loopback(client);

    if (client->family == 0)
        return 0;
    find(networks, client->family, bits, found);
    for (unsigned i = 0; i < widths->count; i++) {
        uint64_t own = masked(bits, widths->bits[i]);
        uint32_t factor = found[i].written ? found[i].factor : private ? NETWORK_PRIVATE_FACTOR : 1;
        around[i].room = factor * widths->clients[i];
        if (around[i].room < found[i].inside)
            around[i].room = found[i].inside;
        memcpy(around[i].octets, &own, sizeof own);
        around[i].octets[8] = client->family;
        around[i].octets[9] = widths->bits[i];
    }
    return widths->count;
}

uint32_t networks_factor(const struct networks *networks, const struct endpoint *client)
{
    struct network_around around[NETWORK_WIDTHS];

    return networks_around(networks, client, around) > 0 ? around[0].room : 1;
}

struct prefix network_prefix(const struct endpoint *client, unsigned index)
{
    unsigned bits = widths_of(client->family)->bits[index];
    struct prefix prefix = { .base = *client, .bits = (uint8_t)bits };
    uint64_t own = masked(top_bits(client), bits);

    prefix.base.port = 0;
    memset(prefix.base.octets, 0, sizeof prefix.base.octets);
    for (unsigned i = 0; i < TOP_OCTETS; i++)
        prefix.base.octets[i] = (uint8_t)(own >> (TOP_BITS - 8 * (i + 1)));
    return prefix;
}
