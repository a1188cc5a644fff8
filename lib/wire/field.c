#include "lib/wire/field.h"

enum {
    BITMAP_OCTETS_MAX = 32,        /* RFC 4034 §4.1.2 */
    PORT_BITMAP_OCTETS_MAX = 8192, /* RFC 1035 §3.4.2: a bit for each port */
    A6_PREFIX_MAX = 128,           /* RFC 2874 §3.1 */
    LOC_OCTETS = 16,               /* RFC 1876 §2: version 0 */
    APL_IPV4 = 1,                  /* RFC 3123 §4: address families */
    APL_IPV6 = 2,
    APL_LENGTH = 0x7f,
    RELAY_TYPE = 0x7f /* RFC 8777 §4.2.2: the high bit is D */
};

/* RFC 9460 §14.3.2 */
enum {
    PARAM_MANDATORY,
    PARAM_ALPN,
    PARAM_NO_DEFAULT_ALPN,
    PARAM_PORT,
    PARAM_IPV4HINT,
    PARAM_ECH,
    PARAM_IPV6HINT
};

/* ---- fields of one octet count ---- */

static size_t fixed_octets(char kind)
{
    switch (kind) {
    case '1':
    case 'D':
    case 'y': return 1;
    case '2':
    case 'C':
    case 'T': return 2;
    case '4':
    case 'v':
    case 't':
    case 'a': return 4;
    case 'u':
    case 'e': return 6;
    case '8':
    case 'i':
    case 'E': return 8;
    case 'q': return 16;
    default: return 0;
    }
}

/* ---- fields that carry their length ---- */

static void read_counted(struct reader *r, size_t least)
{
    uint8_t octets = reader_u8(r);

    r->failed |= octets < least;
    reader_take(r, octets);
}

/* RFC 8659 §4.1: one or more ASCII letters and digits. */
static void read_tag(struct reader *r)
{
    uint8_t octets = reader_u8(r);
    const uint8_t *tag = reader_take(r, octets);

    r->failed |= octets == 0;
    for (size_t i = 0; !r->failed && i < octets; i++) {
        uint8_t letter = tag[i] | 0x20;
        bool is_letter = letter >= 'a' && letter <= 'z', is_digit = tag[i] >= '0' && tag[i] <= '9';
        r->failed |= !is_letter && !is_digit;
    }
}

static void read_identity(struct reader *r)
{
    uint8_t identity_octets = reader_u8(r);
    reader_u8(r); /* the key's algorithm */
    uint16_t key_octets = reader_u16(r);

    reader_take(r, identity_octets);
    reader_take(r, key_octets);
}

/* ---- fields that take the rest ---- */

static void read_rest(struct reader *r, size_t least)
{
    r->failed |= reader_left(r) < least;
    reader_take(r, reader_left(r));
}

/* RFC 4034 §4.1.2: windows strictly ascending, 1 to 32 octets each. */
static void read_bitmap(struct reader *r, size_t least)
{
    int last = -1;

    r->failed |= reader_left(r) < least;
    while (reader_left(r) > 0) {
        uint8_t window = reader_u8(r), octets = reader_u8(r);
        r->failed |= window <= last || octets == 0 || octets > BITMAP_OCTETS_MAX;
        reader_take(r, octets);
        last = window;
    }
}

/* Pairs of code, length and so many octets: RFC 6891 §6.1.2. */
static void read_options(struct reader *r)
{
    while (reader_left(r) > 0) {
        reader_u16(r);
        reader_take(r, reader_u16(r));
    }
}

/* RFC 3123 §4. An address family that we do not know is judged by its length alone. */
static void read_prefixes(struct reader *r)
{
    while (reader_left(r) > 0) {
        uint16_t family = reader_u16(r);
        uint8_t prefix = reader_u8(r), octets = reader_u8(r) & APL_LENGTH;
        if (family == APL_IPV4)
            r->failed |= prefix > 32 || octets > 4;
        if (family == APL_IPV6)
            r->failed |= prefix > 128 || octets > 16;
        reader_take(r, octets);
    }
}

/* RFC 1876 §2: version 0 has a fixed size, others are not defined and thus opaque. */
static void read_location(struct reader *r)
{
    size_t octets = reader_left(r);
    uint8_t version = reader_u8(r);

    r->failed |= version == 0 && octets != LOC_OCTETS;
    reader_take(r, reader_left(r));
}

static void read_ports(struct reader *r)
{
    reader_u8(r); /* the protocol */
    r->failed |= reader_left(r) > PORT_BITMAP_OCTETS_MAX;
    reader_take(r, reader_left(r));
}

/* ---- service parameters ---- */

/* RFC 9460 §7.1.1: a non-empty list of non-empty strings. */
static bool alpn_is_sound(struct bytes value)
{
    struct reader r = reader_over(value);

    r.failed = value.len == 0;
    while (reader_left(&r) > 0)
        read_counted(&r, 1);
    return !r.failed;
}

/* RFC 9460 §8: keys strictly ascending, at least one, and never `mandatory` itself. */
static bool mandatory_is_sound(struct bytes value)
{
    struct reader r = reader_over(value);
    uint16_t last = PARAM_MANDATORY;

    r.failed = value.len == 0;
    while (reader_left(&r) > 0) {
        uint16_t key = reader_u16(&r);
        r.failed |= key <= last;
        last = key;
    }
    return !r.failed;
}

/* RFC 9460 §7: the wire form of each key it defines; other values are opaque. */
static bool parameter_is_sound(uint16_t key, struct bytes value)
{
    switch (key) {
    case PARAM_MANDATORY: return mandatory_is_sound(value);
    case PARAM_ALPN: return alpn_is_sound(value);
    case PARAM_NO_DEFAULT_ALPN: return value.len == 0;
    case PARAM_PORT: return value.len == 2;
    case PARAM_IPV4HINT: return value.len > 0 && value.len % 4 == 0;
    case PARAM_ECH: return value.len > 0;
    case PARAM_IPV6HINT: return value.len > 0 && value.len % 16 == 0;
    default: return true;
    }
}

bool field_next_parameter(struct reader *reader, uint16_t *key, struct bytes *value)
{
    if (reader_left(reader) == 0)
        return false;
    *key = reader_u16(reader);
    value->len = reader_u16(reader);
    value->at = reader_take(reader, value->len);
    return !reader->failed;
}

/* RFC 9460 §2.2: malformed unless the keys ascend strictly and each value has its key's form. */
static void read_parameters(struct reader *r)
{
    int last = -1;
    uint16_t key;
    struct bytes value;

    while (field_next_parameter(r, &key, &value)) {
        r->failed |= key <= last || !parameter_is_sound(key, value);
        last = key;
    }
}

/* ---- gateways ---- */

/* RFC 4025 §2.3 and RFC 8777 §4.2.3 number them alike; what is not assigned is opaque. */
static char gateway_kind(uint8_t number)
{
    static const char kinds[] = { FIELD_NO_GATEWAY, 'a', 'q', 'N' };
    return number < sizeof(kinds) ? kinds[number] : 'R';
}

static void read_gateway_head(struct field_walk *walk, char kind)
{
    struct reader *r = walk->reader;

    reader_u8(r); /* precedence */
    if (kind == 'r') {
        walk->gateway = gateway_kind(reader_u8(r) & RELAY_TYPE);
    } else {
        walk->gateway = gateway_kind(reader_u8(r));
        reader_u8(r); /* the key's algorithm */
    }
}

/* RFC 2874 §3.1: no prefix name when the prefix length is zero. */
static void read_a6_head(struct field_walk *walk)
{
    uint8_t prefix = reader_u8(walk->reader);

    walk->reader->failed |= prefix > A6_PREFIX_MAX;
    if (!walk->reader->failed)
        reader_take(walk->reader, (size_t)(A6_PREFIX_MAX - prefix + 7) / 8);
    walk->gateway = prefix > 0 ? 'N' : 0;
}

/* ---- the walk ---- */

static void read_name(struct field_walk *walk, char kind, struct name *name)
{
    if (kind == 'n' && walk->names == FIELD_NAMES_COMPRESSED)
        reader_name(walk->reader, name);
    else
        reader_plain_name(walk->reader, name);
}

static void read_variable(struct field_walk *walk, char kind)
{
    struct reader *r = walk->reader;

    switch (kind) {
    case 's':
    case 'z': read_counted(r, 0); break;
    case 'k': read_counted(r, 1); break;
    case 'c': read_tag(r); break;
    case 'd': reader_take(r, reader_u16(r)); break;
    case 'w': read_bitmap(r, 0); break;
    case 'W': read_bitmap(r, 1); break;
    case 'B':
    case 'L':
    case 'R': read_rest(r, 0); break;
    case 'K':
    case 'H':
    case 'X':
    case 'U': read_rest(r, 1); break;
    case 'P': read_parameters(r); break;
    case 'O': read_options(r); break;
    case 'A': read_prefixes(r); break;
    case 'l': read_location(r); break;
    case 'm': read_ports(r); break;
    case 'h': read_identity(r); break;
    case 'I':
    case 'r': read_gateway_head(walk, kind); break;
    case 'p': read_a6_head(walk); break;
    case FIELD_NO_GATEWAY: break;
    default: r->failed = true; /* a letter without a meaning fits no rdata */
    }
}

struct field_walk field_walk(struct reader *reader, const char *layout, enum field_names names)
{
    return (struct field_walk){ .reader = reader, .layout = layout, .names = names };
}

/* The kind of the next field with the starred letters resolved; 0: the layout is at its end. */
static char next_kind(struct field_walk *walk)
{
    for (;;) {
        char letter = *walk->layout;
        bool more = reader_left(walk->reader) > 0;
        bool repeats = letter == 'M' || (letter == 'S' && walk->inside_run);

        if (repeats && more)
            return letter == 'M' ? 'N' : 's';
        if (letter == 'S' && !walk->inside_run) {
            walk->inside_run = true;
            return 's';
        }
        if (letter == '\0')
            return 0;
        walk->layout++;
        if (letter == 'o' && more)
            return 's';
        if (letter == 'g' && walk->gateway != 0)
            return walk->gateway;
        if (!repeats && letter != 'o' && letter != 'g')
            return letter;
    }
}

bool field_next(struct field_walk *walk, struct field *field)
{
    struct reader *r = walk->reader;
    char kind = r->failed ? 0 : next_kind(walk);
    const uint8_t *before = r->at;

    if (kind == 0)
        return false;
    field->name.len = 0;
    if (kind == 'n' || kind == 'N')
        read_name(walk, kind, &field->name);
    else if (fixed_octets(kind) > 0)
        reader_take(r, fixed_octets(kind));
    else
        read_variable(walk, kind);
    if (r->failed)
        return false;
    field->kind = kind;
    field->octets = (struct bytes){ before, (size_t)(r->at - before) };
    return true;
}

bool field_all_read(const struct field_walk *walk)
{
    return !walk->reader->failed && *walk->layout == '\0' && reader_left(walk->reader) == 0;
}
