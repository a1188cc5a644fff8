#include "tests/unit/engine/gate_packets.h"

#include <string.h>

/* One message in the making. */
struct maker {
    struct prng *prng;
    const struct model_world *world;
    const struct model_client *client;
    struct packet *packet;
};

static bool once_in(struct maker *m, uint32_t times)
{
    return prng_below(m->prng, times) == 0;
}

static void put_octet(struct maker *m, unsigned octet)
{
    if (m->packet->len < PACKET_OCTETS)
        m->packet->octets[m->packet->len++] = (uint8_t)octet;
}

static void put_two(struct maker *m, unsigned value)
{
    put_octet(m, value >> 8);
    put_octet(m, value);
}

static void put_random(struct maker *m, unsigned octets)
{
    while (octets-- > 0)
        put_octet(m, prng_u16(m->prng));
}

static unsigned one_of(struct maker *m, const uint16_t *from, unsigned count)
{
    return from[prng_below(m->prng, count)];
}

/* ---- the question ---- */

/* No name that anybody knows can be made of these. */
static void put_label(struct maker *m, unsigned octets)
{
    static const char letters[] = "xyzXYZ019-_";

    put_octet(m, octets);
    while (octets-- > 0)
        put_octet(m, (uint8_t)letters[prng_below(m->prng, sizeof letters - 1)]);
}

static void put_name(struct maker *m)
{
    unsigned labels = prng_below(m->prng, 5);

    if (once_in(m, 40)) { /* 193 octets, and the last label makes it 255, or 256 */
        for (unsigned i = 0; i < 3; i++)
            put_label(m, 63);
        labels = 1;
        put_label(m, 58 + prng_below(m->prng, 4));
    }
    while (labels-- > 0)
        put_label(m, 1 + prng_below(m->prng, once_in(m, 10) ? 63 : 9));
    if (once_in(m, 40)) /* a pointer, a label of a kind that is none */
        put_two(m, 0x4000u * (1 + prng_below(m->prng, 3)) | prng_below(m->prng, 64));
    else
        put_octet(m, 0);
}

/* One of class CH that may be known, or is almost one that is. */
static void put_known_name(struct maker *m)
{
    static const char *const names[] = { "\2id\6server",      "\10hostname\4bind",
                                         "\7version\6server", "\7version\4bind",
                                         "\7authors\4bind",   "\6server" };
    const char *name = names[prng_below(m->prng, 6)];

    for (; *name; name++)
        put_octet(m, (unsigned)*name ^ (*name >= 'a' && once_in(m, 4) ? 0x20u : 0));
    put_octet(m, 0);
}

static void put_question(struct maker *m)
{
    static const uint16_t types[] = { 1,   28,  2,   6,   48,  65,  255, 255, 255, 41,
                                      249, 250, 251, 252, 253, 254, 0,   128, 200, 65535 };
    static const uint16_t classes[] = { 3, 255, 254, 0, 2, 257 };

    if (once_in(m, 20)) {
        put_known_name(m);
        put_two(m, once_in(m, 8) ? one_of(m, types, 20) : 16);
        put_two(m, once_in(m, 8) ? one_of(m, classes, 6) : 3);
        return;
    }
    put_name(m);
    put_two(m, once_in(m, 2) ? 1 : once_in(m, 4) ? prng_u16(m->prng) : one_of(m, types, 20));
    put_two(m, once_in(m, 12) ? one_of(m, classes, 6) : 1);
}

/* ---- options ---- */

/* One of ours, as old as it happens to be; now and then with something wrong in it. */
static void put_our_cookie(struct maker *m)
{
    static const int32_t ages[] = { 0,    0,    0,  1,    1799, 1800,  1801,     3599,
                                    3600, 3601, -1, -300, -301, 86400, INT32_MIN };
    uint32_t made = m->world->wall - (uint32_t)ages[prng_below(m->prng, 15)];
    uint8_t cookie[24] = { [8] = 1 };

    prng_fill(m->prng, cookie, 8);
    if (once_in(m, 8))
        prng_fill(m->prng, cookie + 9, 3); /* RFC 9018 §4.2: reserved, and not looked at */
    for (unsigned i = 0; i < 4; i++)
        cookie[12 + i] = (uint8_t)(made >> (24 - 8 * i));
    if (once_in(m, 20))
        cookie[8] = (uint8_t)prng_u16(m->prng);
    model_cookie(m->world->siphash, m->world->secrets[once_in(m, 4)], m->client, cookie,
                 cookie + 16);
    if (once_in(m, 10))
        cookie[prng_below(m->prng, 24)] ^= (uint8_t)(1u << prng_below(m->prng, 8));
    put_two(m, 10);
    put_two(m, 24);
    for (unsigned i = 0; i < sizeof cookie; i++)
        put_octet(m, cookie[i]);
}

static void put_option(struct maker *m)
{
    static const uint16_t codes[] = { 3, 8, 10, 11, 12, 15, 26946 };
    unsigned code = one_of(m, codes, 7);
    unsigned octets = prng_below(m->prng, code == 10 ? 46 : code == 11 || code == 15 ? 4 : 20);

    if (once_in(m, 4)) {
        put_our_cookie(m);
        return;
    }
    if (code == 10 && !once_in(m, 4))
        octets = 8;
    if (code == 11 && !once_in(m, 4))
        octets = 0;
    put_two(m, code);
    put_two(m, octets);
    put_random(m, octets);
}

static void put_options(struct maker *m)
{
    unsigned count = prng_below(m->prng, 4);

    if (once_in(m, 60)) { /* about as many as are read, or by far too many */
        for (count = once_in(m, 4) ? 1000 : 31 + prng_below(m->prng, 4); count > 0; count--) {
            put_two(m, 3);
            put_two(m, 0);
        }
        return;
    }
    while (count-- > 0)
        put_option(m);
    if (once_in(m, 60) && m->packet->len < 4080) { /* about as long as a message may be */
        unsigned octets = 4096 - 8 + prng_below(m->prng, 8) - (unsigned)m->packet->len;
        put_two(m, 12);
        put_two(m, octets);
        put_random(m, octets);
    }
}

static void put_opt(struct maker *m)
{
    static const uint16_t sizes[] = { 0, 511, 512, 600, 1232, 1232, 4096, 65535 };
    size_t length_at;
    unsigned length;

    put_octet(m, once_in(m, 40) ? 1 + prng_below(m->prng, 3) : 0);
    put_two(m, once_in(m, 40) ? one_of(m, sizes, 8) : 41);
    put_two(m, one_of(m, sizes, 8));
    put_octet(m, once_in(m, 10) ? prng_u16(m->prng) : 0);
    put_octet(m, once_in(m, 15) ? prng_u16(m->prng) : 0);
    put_two(m, once_in(m, 10) ? prng_u16(m->prng) : once_in(m, 2) ? 0x8000 : 0);
    length_at = m->packet->len;
    put_two(m, 0);
    put_options(m);
    length = (unsigned)(m->packet->len - length_at - 2);
    if (once_in(m, 40))
        length += prng_below(m->prng, 5) - 2;
    m->packet->octets[length_at] = (uint8_t)(length >> 8);
    m->packet->octets[length_at + 1] = (uint8_t)length;
}

/* ---- the whole ---- */

static void put_header(struct maker *m, unsigned questions, unsigned additional)
{
    static const uint16_t odd[] = { 0, 1, 2, 3, 255, 256, 65535 };
    uint16_t counts[4] = { (uint16_t)questions, 0, 0, (uint16_t)additional };
    unsigned flags = once_in(m, 2) ? 0x100 : prng_u16(m->prng);

    if (!once_in(m, 20))
        flags &= 0x7FFF;
    if (once_in(m, 2))
        flags &= 0x87FF;
    if (once_in(m, 8))
        counts[prng_below(m->prng, 4)] = (uint16_t)one_of(m, odd, 7);
    put_two(m, prng_u16(m->prng));
    put_two(m, flags);
    for (unsigned i = 0; i < 4; i++)
        put_two(m, counts[i]);
}

static void spoil(struct maker *m)
{
    struct packet *packet = m->packet;
    unsigned hits = once_in(m, 5) ? 1 + prng_below(m->prng, 3) : 0;

    while (hits-- > 0)
        packet->octets[prng_below(m->prng, (uint32_t)packet->len)] = (uint8_t)prng_u16(m->prng);
    if (once_in(m, 25))
        packet->len = prng_below(m->prng, (uint32_t)packet->len);
}

void packet_make(struct prng *prng, const struct model_world *world,
                 const struct model_client *client, struct packet *packet)
{
    struct maker m = { prng, world, client, packet };
    unsigned questions = once_in(&m, 12) ? prng_below(prng, 3) : 1;
    unsigned opts = once_in(&m, 40) ? 2 : once_in(&m, 3) ? 0 : 1;

    packet->len = 0;
    put_header(&m, questions, opts);
    for (unsigned i = 0; i < questions; i++)
        put_question(&m);
    for (unsigned i = 0; i < opts; i++)
        put_opt(&m);
    if (once_in(&m, 30))
        put_random(&m, 1 + prng_below(prng, 20));
    spoil(&m);
}
