/* SipHash-c-d of Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012). */
#include "lib/base/siphash.h"

struct sip {
    uint64_t v0, v1, v2, v3;
};

static uint64_t rotated(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void sip_rounds(struct sip *s, int rounds)
{
    for (; rounds > 0; rounds--) {
        s->v0 += s->v1;
        s->v2 += s->v3;
        s->v1 = rotated(s->v1, 13) ^ s->v0;
        s->v3 = rotated(s->v3, 16) ^ s->v2;
        s->v0 = rotated(s->v0, 32);
        s->v2 += s->v1;
        s->v0 += s->v3;
        s->v1 = rotated(s->v1, 17) ^ s->v2;
        s->v3 = rotated(s->v3, 21) ^ s->v0;
        s->v2 = rotated(s->v2, 32);
    }
}

static inline void sip_word(struct sip *s, uint64_t word, int rounds)
{
    s->v3 ^= word;
    sip_rounds(s, rounds);
    s->v0 ^= word;
}

/* Up to eight octets, the first the least significant. */
static inline uint64_t little_endian(const uint8_t *at, size_t len)
{
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++)
        word |= (uint64_t)at[i] << (8 * i);
    return word;
}

static inline uint64_t sip(const struct siphash_key *key, const uint8_t *at, size_t len, int c,
                           int d)
{
    struct sip s = {
        key->k0 ^ UINT64_C(0x736f6d6570736575),
        key->k1 ^ UINT64_C(0x646f72616e646f6d),
        key->k0 ^ UINT64_C(0x6c7967656e657261),
        key->k1 ^ UINT64_C(0x7465646279746573),
    };
    size_t rest = len % 8;
    for (const uint8_t *end = rest < len ? at + (len - rest) : at; at != end; at += 8)
        sip_word(&s, little_endian(at, 8), c);
    sip_word(&s, (uint64_t)len << 56 | little_endian(at, rest), c);
    s.v2 ^= 0xff;
    sip_rounds(&s, d);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint64_t siphash13(const struct siphash_key *key, const void *octets, size_t len)
{
    return sip(key, octets, len, 1, 3);
}

uint64_t siphash24(const struct siphash_key *key, const void *octets, size_t len)
{
    return sip(key, octets, len, 2, 4);
}
