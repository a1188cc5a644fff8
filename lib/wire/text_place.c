#include <arpa/inet.h>
#include <inttypes.h>

#include "lib/wire/reader.h"
#include "lib/wire/text_parts.h"

/* ---- addresses ---- */

void print_ipv4(struct text_out *out, const uint8_t octets[4])
{
    out_format(out, "%u.%u.%u.%u", octets[0], octets[1], octets[2], octets[3]);
}

void print_ipv6(struct text_out *out, const uint8_t octets[16])
{
    char text[INET6_ADDRSTRLEN];

    if (inet_ntop(AF_INET6, octets, text, sizeof(text)))
        out_text(out, text);
}

/* ---- address prefixes: RFC 3123 §4 and §5 ---- */

struct prefix {
    uint16_t family;
    uint8_t length;
    bool negated, minimal; /* RFC 3123 §4: no trailing zero octets */
    uint8_t address[16];   /* the octets given, then zeros */
};

enum { FAMILY_IPV4 = 1, FAMILY_IPV6 = 2, NEGATED = 0x80, PREFIX_OCTETS = 0x7f };

/* False: the end. Octets beyond an address, possible in unknown families only, are left out. */
static bool next_prefix(struct reader *r, struct prefix *prefix)
{
    if (reader_left(r) == 0)
        return false;
    *prefix = (struct prefix){ .family = reader_u16(r), .length = 0 };
    prefix->length = reader_u8(r);
    uint8_t octets = reader_u8(r);
    prefix->negated = octets & NEGATED;
    octets &= PREFIX_OCTETS;
    const uint8_t *given = reader_take(r, octets);
    if (given && octets <= sizeof(prefix->address))
        memcpy(prefix->address, given, octets);
    prefix->minimal = given && (octets == 0 || given[octets - 1] != 0);
    return given != NULL;
}

bool prefixes_have_form(struct bytes prefixes)
{
    struct reader r = reader_over(prefixes);
    struct prefix prefix;

    while (next_prefix(&r, &prefix)) {
        bool known = prefix.family == FAMILY_IPV4 || prefix.family == FAMILY_IPV6;
        if (!known || !prefix.minimal)
            return false;
    }
    return true;
}

void print_prefixes(struct text_out *out, struct bytes prefixes)
{
    struct reader r = reader_over(prefixes);
    struct prefix prefix;

    for (const char *space = ""; next_prefix(&r, &prefix) && !out->cut; space = " ") {
        out_format(out, "%s%s%u:", space, prefix.negated ? "!" : "", (unsigned)prefix.family);
        if (prefix.family == FAMILY_IPV4)
            print_ipv4(out, prefix.address);
        else
            print_ipv6(out, prefix.address);
        out_format(out, "/%u", (unsigned)prefix.length);
    }
}

/* ---- locations: RFC 1876 §2 and §3 ---- */

enum {
    ARC_MIDDLE = 1u << 31,       /* the equator and the prime meridian */
    ARC_DEGREE = 3600000,        /* thousandths of a second of arc */
    ALTITUDE_BASE_CM = 10000000, /* 100,000 m below the reference spheroid */
    DIGIT_MAX = 9
};

struct location {
    uint8_t version, size, horizontal, vertical;
    uint32_t latitude, longitude, altitude;
};

static struct location location_of(struct bytes octets)
{
    struct reader r = reader_over(octets);
    struct location place = { .version = reader_u8(&r) };

    place.size = reader_u8(&r);
    place.horizontal = reader_u8(&r);
    place.vertical = reader_u8(&r);
    place.latitude = reader_u32(&r);
    place.longitude = reader_u32(&r);
    place.altitude = reader_u32(&r);
    return place;
}

static uint32_t distance(uint32_t arc)
{
    return arc >= ARC_MIDDLE ? arc - ARC_MIDDLE : ARC_MIDDLE - arc;
}

static bool precision_has_form(uint8_t precision)
{
    unsigned digit = precision >> 4, power = precision & 15;
    return digit <= DIGIT_MAX && power <= DIGIT_MAX && (digit > 0 || power == 0);
}

bool location_has_form(struct bytes location)
{
    struct location place = location_of(location);

    return place.version == 0 && precision_has_form(place.size) &&
           precision_has_form(place.horizontal) && precision_has_form(place.vertical) &&
           distance(place.latitude) <= 90 * ARC_DEGREE &&
           distance(place.longitude) <= 180 * ARC_DEGREE;
}

static void print_arc(struct text_out *out, uint32_t arc, const char *sides)
{
    uint32_t thousandths = distance(arc);

    out_format(out, "%" PRIu32 " %" PRIu32 " %" PRIu32 ".%03" PRIu32 " %c ",
               thousandths / ARC_DEGREE, thousandths / 60000 % 60, thousandths / 1000 % 60,
               thousandths % 1000, arc >= ARC_MIDDLE ? sides[0] : sides[1]);
}

static void print_metres(struct text_out *out, int64_t centimetres)
{
    uint64_t size = (uint64_t)(centimetres < 0 ? -centimetres : centimetres);

    out_format(out, "%s%" PRIu64 ".%02" PRIu64 "m", centimetres < 0 ? "-" : "", size / 100,
               size % 100);
}

/* A digit and a power of ten, in centimetres. */
static int64_t precision_cm(uint8_t precision)
{
    int64_t value = precision >> 4;

    for (unsigned power = precision & 15; power > 0; power--)
        value *= 10;
    return value;
}

void print_location(struct text_out *out, struct bytes location)
{
    struct location place = location_of(location);

    print_arc(out, place.latitude, "NS");
    print_arc(out, place.longitude, "EW");
    print_metres(out, (int64_t)place.altitude - ALTITUDE_BASE_CM);
    out_text(out, " ");
    print_metres(out, precision_cm(place.size));
    out_text(out, " ");
    print_metres(out, precision_cm(place.horizontal));
    out_text(out, " ");
    print_metres(out, precision_cm(place.vertical));
}

/* ---- well-known services: RFC 1035 §3.4.2 ---- */

void print_ports(struct text_out *out, struct bytes ports)
{
    out_format(out, "%u", ports.at[0]);
    for (size_t port = 0; port < (ports.len - 1) * 8 && !out->cut; port++) {
        if (ports.at[1 + port / 8] & 0x80 >> port % 8)
            out_format(out, " %zu", port);
    }
}
