#include "lib/policy/cookie.h"

enum {
    VERSION = 1, /* RFC 9018 §4.1 */
    VERSION_AT = COOKIE_CLIENT_OCTETS,
    TIME_AT = 12,
    HASH_AT = 16,
    HASH_OCTETS = 8,
    MAPPED_OCTETS = 12
};

/* ---- making and checking ---- */

/* RFC 4291 §2.5.5.2: another server of the fleet may see the same client as plain IPv4. */
static struct bytes address_of(const struct endpoint *from)
{
    static const uint8_t mapped[MAPPED_OCTETS] = { [10] = 0xFF, [11] = 0xFF };

    if (from->family == 4)
        return (struct bytes){ from->octets, 4 };
    if (memcmp(from->octets, mapped, sizeof mapped) == 0)
        return (struct bytes){ from->octets + MAPPED_OCTETS, 4 };
    return (struct bytes){ from->octets, 16 };
}

/* RFC 9018 §4.4: over all that stands before the hash, as it stands there, and the address. */
static void hash_write(const struct siphash_key *secret, const uint8_t cookie[HASH_AT],
                       const struct endpoint *from, uint8_t hash[HASH_OCTETS])
{
    struct bytes address = address_of(from);
    uint8_t input[HASH_AT + 16];
    uint64_t word;

    memcpy(input, cookie, HASH_AT);
    memcpy(input + HASH_AT, address.at, address.len);
    word = siphash24(secret, input, HASH_AT + address.len);
    for (unsigned i = 0; i < HASH_OCTETS; i++)
        hash[i] = (uint8_t)(word >> 8 * i);
}

static bool hash_is_right(const struct siphash_key *secret, const struct cookie_shown *shown)
{
    uint8_t right[HASH_OCTETS], differs = 0;

    hash_write(secret, shown->cookie.at, shown->from, right);
    for (unsigned i = 0; i < HASH_OCTETS; i++) /* no faster for who has guessed the first octets */
        differs |= (uint8_t)(right[i] ^ shown->cookie.at[HASH_AT + i]);
    return differs == 0;
}

static uint32_t time_read(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* RFC 9018 §4.3: by serial number arithmetic (RFC 1982). Negative: it comes from the future. */
static int32_t age_of(const struct cookie_shown *shown)
{
    return (int32_t)((uint32_t)shown->wall.s - time_read(shown->cookie.at + TIME_AT));
}

/* The secret that the shown cookie was made with; secrets->count: none of ours, or not in time. */
static unsigned proving_secret(const struct cookie_secrets *secrets,
                               const struct cookie_shown *shown)
{
    unsigned i = 0;

    if (shown->cookie.len != COOKIE_OCTETS || shown->cookie.at[VERSION_AT] != VERSION ||
        age_of(shown) > COOKIE_LIFE_S || age_of(shown) < -COOKIE_AHEAD_S)
        return secrets->count;
    while (i < secrets->count && !hash_is_right(&secrets->at[i], shown))
        i++;
    return i;
}

bool cookie_answer(const struct cookie_secrets *secrets, const struct cookie_shown *shown,
                   uint8_t answer[COOKIE_OCTETS])
{
    unsigned secret = proving_secret(secrets, shown);
    uint32_t wall = (uint32_t)shown->wall.s;

    if (secret == 0 && secrets->count > 0 && age_of(shown) <= COOKIE_RENEW_S) {
        memcpy(answer, shown->cookie.at, COOKIE_OCTETS);
        return true;
    }
    memset(answer, 0, COOKIE_OCTETS);
    memcpy(answer, shown->cookie.at, COOKIE_CLIENT_OCTETS);
    answer[VERSION_AT] = VERSION;
    for (unsigned i = 0; i < 4; i++)
        answer[TIME_AT + i] = (uint8_t)(wall >> (24 - 8 * i));
    hash_write(&secrets->at[0], answer, shown->from, answer + HASH_AT);
    return secret < secrets->count;
}

/* ---- secrets ---- */

/* The octets are read as SipHash reads its key: the least significant first. */
static struct siphash_key key_from(const uint8_t octets[16])
{
    struct siphash_key key = { 0, 0 };

    for (unsigned i = 0; i < 8; i++) {
        key.k0 |= (uint64_t)octets[i] << 8 * i;
        key.k1 |= (uint64_t)octets[8 + i] << 8 * i;
    }
    return key;
}

void cookie_secrets_draw(struct cookie_secrets *secrets, struct prng *prng)
{
    uint8_t octets[16];

    prng_fill(prng, octets, sizeof octets);
    *secrets = (struct cookie_secrets){ .at = { key_from(octets) }, .count = 1 };
}

void cookie_secrets_roll(struct cookie_secrets *secrets, struct prng *prng)
{
    struct siphash_key old = secrets->at[0];
    unsigned had = secrets->count;

    cookie_secrets_draw(secrets, prng);
    if (had == 0)
        return;
    secrets->at[1] = old;
    secrets->count = 2;
}

static int digit_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        return (c | 0x20) - 'a' + 10;
    return -1;
}

static bool secret_read(struct bytes line, struct siphash_key *key)
{
    uint8_t octets[16] = { 0 };

    if (line.len != COOKIE_SECRET_DIGITS)
        return false;
    for (unsigned i = 0; i < COOKIE_SECRET_DIGITS; i++) {
        int value = digit_value(line.at[i]);
        if (value < 0)
            return false;
        octets[i / 2] = (uint8_t)(octets[i / 2] << 4 | value);
    }
    *key = key_from(octets);
    return true;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct bytes line_next(struct bytes *text)
{
    const uint8_t *end = memchr(text->at, '\n', text->len);
    struct bytes line = { text->at, end ? (size_t)(end - text->at) : text->len };
    size_t taken = end ? line.len + 1 : line.len;

    *text = (struct bytes){ text->at + taken, text->len - taken };
    while (line.len > 0 && is_blank(line.at[line.len - 1]))
        line.len--;
    while (line.len > 0 && is_blank(line.at[0]))
        line = (struct bytes){ line.at + 1, line.len - 1 };
    return line;
}

enum status cookie_secrets_read(struct cookie_secrets *secrets, struct bytes text)
{
    struct cookie_secrets read = { .count = 0 };

    while (text.len > 0) {
        struct bytes line = line_next(&text);
        if (line.len == 0 || line.at[0] == '#')
            continue;
        if (read.count == COOKIE_SECRETS_MAX || !secret_read(line, &read.at[read.count++]))
            return ST_MALFORMED;
    }
    if (read.count == 0)
        return ST_MALFORMED;
    *secrets = read;
    return ST_OK;
}
