#include "lib/base/prng.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum { BLOCK_OCTETS = 64, REFILL_BLOCKS = 8, REFILL_OCTETS = REFILL_BLOCKS * BLOCK_OCTETS };

static uint32_t rotated(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

/* RFC 8439 §2.1. */
static inline void quarter_round(uint32_t *s, int a, int b, int c, int d)
{
    s[a] += s[b];
    s[d] = rotated(s[d] ^ s[a], 16);
    s[c] += s[d];
    s[b] = rotated(s[b] ^ s[c], 12);
    s[a] += s[b];
    s[d] = rotated(s[d] ^ s[a], 8);
    s[c] += s[d];
    s[b] = rotated(s[b] ^ s[c], 7);
}

static void twenty_rounds(uint32_t *s)
{
    for (int i = 0; i < 10; i++) {
        quarter_round(s, 0, 4, 8, 12);
        quarter_round(s, 1, 5, 9, 13);
        quarter_round(s, 2, 6, 10, 14);
        quarter_round(s, 3, 7, 11, 15);
        quarter_round(s, 0, 5, 10, 15);
        quarter_round(s, 1, 6, 11, 12);
        quarter_round(s, 2, 7, 8, 13);
        quarter_round(s, 3, 4, 9, 14);
    }
}

static uint32_t read_word(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void write_word(uint8_t *at, uint32_t word)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(word >> (8 * i));
}

/* RFC 8439 §2.3, with a nonce of zeros: no key is ever used for two refills. */
static void chacha20_block(const uint8_t key[32], uint32_t counter, uint8_t out[BLOCK_OCTETS])
{
    uint32_t start[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 }, state[16];
    for (int i = 0; i < 8; i++)
        start[4 + i] = read_word(key + 4 * i);
    start[12] = counter;
    memcpy(state, start, sizeof state);
    twenty_rounds(state);
    for (int i = 0; i < 16; i++)
        write_word(out + 4 * i, state[i] + start[i]);
    explicit_bzero(start, sizeof start);
    explicit_bzero(state, sizeof state);
}

/* Fast key erasure: the first octets of the stream replace the key that made them, so that whoever
 * reads this memory later cannot compute what was handed out before. */
static void refill(struct prng *prng)
{
    uint8_t stream[REFILL_OCTETS];
    for (uint32_t i = 0; i < REFILL_BLOCKS; i++)
        chacha20_block(prng->key, i, stream + i * BLOCK_OCTETS);
    memcpy(prng->key, stream, sizeof prng->key);
    memcpy(prng->block, stream + sizeof prng->key, sizeof prng->block);
    prng->used = 0;
    explicit_bzero(stream, sizeof stream);
}

static enum status ask_os(uint8_t *into, size_t octets)
{
    ssize_t got;
    do
        got = getrandom(into, octets, 0); /* up to 256 octets come whole, getrandom(2) */
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)octets ? ST_OK : ST_IO;
}

void prng_seed(struct prng *prng, const uint8_t seed[32])
{
    memcpy(prng->key, seed, sizeof prng->key);
    explicit_bzero(prng->block, sizeof prng->block);
    prng->used = sizeof prng->block;
    prng->draws = 1; /* 0 marks a generator without a seed */
    prng->seeded_by_os = false;
}

enum status prng_seed_os(struct prng *prng)
{
    uint8_t seed[sizeof prng->key];
    TRY(ask_os(seed, sizeof seed));
    prng_seed(prng, seed);
    explicit_bzero(seed, sizeof seed);
    prng->seeded_by_os = true;
    return ST_OK;
}

void prng_seed_number(struct prng *prng, uint64_t seed)
{
    uint8_t octets[sizeof prng->key] = { 0 };
    for (int i = 0; i < 8; i++)
        octets[i] = (uint8_t)(seed >> (8 * i));
    prng_seed(prng, octets);
}

/* A system that has no randomness to give just now costs nothing but the freshness: the old key
 * goes on for as many draws again. A generator never seeded, or wiped by fork, has no old key. */
static void count_draw(struct prng *prng)
{
    bool wiped = prng->draws == 0;
    if (wiped || prng->draws > PRNG_RESEED_DRAWS) {
        enum status seeded = prng_seed_os(prng);
        assert(seeded == ST_OK || !wiped);
        prng->draws = 1;
    }
    if (prng->seeded_by_os) /* only these are ever reseeded */
        prng->draws++;
}

void prng_fill(struct prng *prng, void *into, size_t octets)
{
    uint8_t *at = into;
    count_draw(prng);
    while (octets > 0) {
        if (prng->used == sizeof prng->block)
            refill(prng);
        size_t left = sizeof prng->block - prng->used;
        size_t part = octets < left ? octets : left;
        memcpy(at, prng->block + prng->used, part);
        explicit_bzero(prng->block + prng->used, part);
        prng->used += part;
        at += part;
        octets -= part;
    }
}

uint16_t prng_u16(struct prng *prng)
{
    return (uint16_t)prng_u32(prng);
}

uint32_t prng_u32(struct prng *prng)
{
    uint8_t octets[4];
    prng_fill(prng, octets, sizeof octets);
    return read_word(octets);
}

uint64_t prng_u64(struct prng *prng)
{
    uint8_t octets[8];
    prng_fill(prng, octets, sizeof octets);
    return (uint64_t)read_word(octets + 4) << 32 | read_word(octets);
}

/* D. Lemire, "Fast random integer generation in an interval" (2019): of the 2^32 draws the first
 * 2^32 mod bound are drawn again. Less than half are, so the loop ends. */
uint32_t prng_below(struct prng *prng, uint32_t bound)
{
    uint64_t product = (uint64_t)prng_u32(prng) * bound;
    if ((uint32_t)product < bound) {
        uint32_t excess = (UINT32_MAX - bound + 1) % bound;
        while ((uint32_t)product < excess)
            product = (uint64_t)prng_u32(prng) * bound;
    }
    return (uint32_t)(product >> 32);
}
