#include "tests/support/keytrap.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "tests/support/sign_raw.h"

enum { HEAD = 4, ZONE_KEY = 0x0100, REVOKED = 0x0080, POINT_MAX = 1 + 96 };

/* The multiples of a curve's generator one by one; without a curve, numbers. */
struct points {
    EC_GROUP *group;
    EC_POINT *at;
    uint32_t number;
};

static struct points points_of(uint8_t algorithm, enum keytrap_point point)
{
    struct points points = { .number = 0 };
    if (algorithm == 15 || point == KEYTRAP_NO_POINT)
        return points;
    points.group =
        EC_GROUP_new_by_curve_name(algorithm == 13 ? NID_X9_62_prime256v1 : NID_secp384r1);
    points.at = points.group != NULL ? EC_POINT_new(points.group) : NULL;
    if (points.at == NULL || EC_POINT_set_to_infinity(points.group, points.at) != 1)
        sign_broken("no such curve");
    return points;
}

static void points_end(struct points *points)
{
    EC_POINT_free(points->at);
    EC_GROUP_free(points->group);
}

static void points_next(struct points *points, uint8_t *key, size_t len)
{
    uint8_t octets[POINT_MAX];
    points->number++;
    if (points->group == NULL) {
        memset(key, 0, len);
        key[0] = (uint8_t)(points->number >> 8);
        key[1] = (uint8_t)points->number;
        return;
    }
    const EC_POINT *generator = EC_GROUP_get0_generator(points->group);
    if (EC_POINT_add(points->group, points->at, points->at, generator, NULL) != 1 ||
        EC_POINT_point2oct(points->group, points->at, POINT_CONVERSION_UNCOMPRESSED, octets,
                           sizeof octets, NULL) != 1 + len)
        sign_broken("no point");
    memcpy(key, octets + 1, len);
}

/* As the C reference of RFC 4034 §B has it. */
static uint16_t tag_of(const uint8_t *rdata, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < len; i++)
        sum += (i & 1) != 0 ? rdata[i] : (uint32_t)rdata[i] << 8;
    sum += sum >> 16 & 0xFFFF;
    return (uint16_t)sum;
}

/* Flags that give the tag; false: these would make it no zone key, or a revoked one. The carry of
 * the sum is one of two. */
static bool flags_for(uint8_t *rdata, size_t len, uint16_t tag)
{
    rdata[0] = rdata[1] = 0;
    uint16_t without = tag_of(rdata, len);
    for (unsigned carry = 0; carry < 2; carry++) {
        uint16_t flags = (uint16_t)(tag - without - carry);
        rdata[0] = (uint8_t)(flags >> 8);
        rdata[1] = (uint8_t)flags;
        if (tag_of(rdata, len) == tag && (flags & (ZONE_KEY | REVOKED)) == ZONE_KEY)
            return true;
    }
    return false;
}

static uint8_t *need_copy(struct bytes of, struct arena *arena)
{
    uint8_t *copy = arena_copy(arena, of.at, of.len);
    if (copy == NULL)
        sign_broken("the arena is full");
    return copy;
}

void keytrap_keys(const struct sign_key *key, enum keytrap_point point, struct bytes *rdatas,
                  size_t count, struct arena *arena)
{
    struct points points = points_of(key->algorithm, point);
    struct bytes whole = sign_dnskey(key, arena);
    uint16_t tag = sign_tag(key);
    rdatas[0] = whole;
    for (size_t i = 1; i < count;) {
        uint8_t rdata[HEAD + POINT_MAX];
        memcpy(rdata, whole.at, HEAD);
        points_next(&points, rdata + HEAD, whole.len - HEAD);
        if (flags_for(rdata, whole.len, tag))
            rdatas[i++] =
                (struct bytes){ need_copy((struct bytes){ rdata, whole.len }, arena), whole.len };
    }
    points_end(&points);
}

void keytrap_signatures(struct bytes good, struct bytes *rdatas, size_t count, struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t *copy = need_copy(good, arena);
        copy[good.len - 2] ^= (uint8_t)((i + 1) >> 8);
        copy[good.len - 1] ^= (uint8_t)(i + 1);
        rdatas[i] = (struct bytes){ copy, good.len };
    }
}
