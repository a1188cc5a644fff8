#include "lib/wire/text_field.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "lib/wire/field.h"
#include "lib/wire/text_digits.h"
#include "lib/wire/text_line.h"
#include "lib/wire/text_number.h"
#include "lib/wire/type.h"

enum { BITMAP_WINDOWS = 256, BITMAP_OCTETS = 32, PORT_OCTETS = 65536 / 8, STRING_OCTETS_MAX = 255 };

/* ---- words ---- */

bool field_next_word(struct field_text *text)
{
    text->word = line_word(&text->at);
    return text->word != NULL;
}

static bool any_left(const struct field_text *text)
{
    return *text->at != '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- numbers ---- */

static void write_number(struct writer *into, uint64_t value, unsigned octets)
{
    while (octets-- > 0)
        writer_u8(into, (uint8_t)(value >> octets * 8));
}

static bool read_number(struct field_text *text, unsigned octets)
{
    uint64_t value, most = octets == 8 ? UINT64_MAX : ((uint64_t)1 << octets * 8) - 1;

    text->wanted = octets == 1 ? "a number up to 255" : "a number that fits its field";
    if (!field_next_word(text) || !number_read(text->word, most, &value))
        return false;
    write_number(text->into, value, octets);
    return true;
}

static bool read_interval(struct field_text *text)
{
    uint32_t seconds;

    text->wanted = "an interval in seconds";
    if (!field_next_word(text) || !interval_read(text->word, &seconds))
        return false;
    writer_u32(text->into, seconds);
    return true;
}

static bool read_named(struct field_text *text, enum number_names names, unsigned octets)
{
    uint64_t value;

    text->wanted = "a number or a name of its registry";
    if (!field_next_word(text) ||
        !number_read_named(text->word, names, octets == 1 ? UINT8_MAX : UINT16_MAX, &value))
        return false;
    write_number(text->into, value, octets);
    return true;
}

static bool read_type(struct field_text *text)
{
    uint16_t type;

    text->wanted = "an RR type";
    if (!field_next_word(text) || !type_from_text(text->word, &type))
        return false;
    writer_u16(text->into, type);
    return true;
}

static bool read_time(struct field_text *text)
{
    uint32_t seconds;

    text->wanted = "a time as YYYYMMDDHHMMSS or in seconds";
    if (!field_next_word(text) || !time_read(text->word, &seconds))
        return false;
    writer_u32(text->into, seconds);
    return true;
}

/* ---- names ---- */

static bool is_absolute(const char *word)
{
    size_t len = strlen(word), backslashes = 0;

    if (len == 0 || word[len - 1] != '.')
        return false;
    while (backslashes + 1 < len && word[len - 2 - backslashes] == '\\')
        backslashes++;
    return backslashes % 2 == 0;
}

bool name_read(const char *word, const struct name *origin, struct name *name)
{
    struct name relative;

    if (strcmp(word, "@") == 0) {
        *name = *origin;
        return true;
    }
    if (name_from_text(word, &relative) != ST_OK)
        return false;
    if (is_absolute(word)) {
        *name = relative;
        return true;
    }
    return name_substitute(&relative, &name_root, origin, name) == ST_OK;
}

static bool read_name(struct field_text *text)
{
    struct name name;

    text->wanted = "a domain name";
    if (!field_next_word(text) || !name_read(text->word, text->origin, &name))
        return false;
    writer_plain_name(text->into, &name);
    return true;
}

/* ---- strings ---- */

/* One octet of a string, RFC 1035 §5.1; returns what follows, NULL when it is malformed. */
static const char *string_octet(const char *at, uint8_t *octet)
{
    if (*at != '\\') {
        *octet = (uint8_t)*at;
        return *at == '"' ? NULL : at + 1;
    }
    if (!is_digit(at[1])) {
        *octet = (uint8_t)at[1];
        return at[1] ? at + 2 : NULL;
    }
    if (!is_digit(at[2]) || !is_digit(at[3]))
        return NULL;
    int value = (at[1] - '0') * 100 + (at[2] - '0') * 10 + (at[3] - '0');
    *octet = (uint8_t)value;
    return value > UINT8_MAX ? NULL : at + 4;
}

bool string_read(char *word, struct bytes *octets)
{
    const char *at = word, *end = word + strlen(word);
    size_t count = 0;

    if (*at == '"' && end > at + 1 && end[-1] == '"') {
        at++;
        end--;
    }
    while (at < end) {
        uint8_t octet;
        at = string_octet(at, &octet);
        if (!at || at > end)
            return false;
        word[count++] = (char)octet;
    }
    *octets = (struct bytes){ (const uint8_t *)word, count };
    return true;
}

enum string_form { COUNTED, BARE };

static bool read_text(struct field_text *text, enum string_form form)
{
    struct bytes octets;

    text->wanted = "a string of at most 255 octets";
    if (!field_next_word(text) || !string_read(text->word, &octets))
        return false;
    if (form == COUNTED && octets.len > STRING_OCTETS_MAX)
        return false;
    if (form == COUNTED)
        writer_u8(text->into, (uint8_t)octets.len);
    writer_octets(text->into, octets);
    return true;
}

static bool read_texts(struct field_text *text)
{
    do {
        if (!read_text(text, COUNTED))
            return false;
    } while (any_left(text));
    return true;
}

/* ---- octets ---- */

/* All words that are left. */
static bool read_rest(struct field_text *text, enum digit_bits bits)
{
    struct digits digits = { .bits = bits };

    text->wanted = bits == DIGITS_BASE64 ? "base64" : "hex";
    while (any_left(text)) {
        if (!field_next_word(text) || !digits_feed(&digits, text->word, text->into))
            return false;
    }
    return digits_end(&digits);
}

static bool read_digits(struct field_text *text, const char *word, enum digit_bits bits)
{
    struct digits digits = { .bits = bits };
    return digits_feed(&digits, word, text->into) && digits_end(&digits);
}

/* One word behind an octet that counts what it holds; "-" holds nothing (RFC 5155 §3.3). */
static bool read_counted(struct field_text *text, enum digit_bits bits)
{
    struct writer *into = text->into;
    size_t length_at = into->len;

    text->wanted = bits == DIGITS_HEX ? "hex of at most 255 octets" : "base32hex";
    if (!field_next_word(text))
        return false;
    writer_u8(into, 0);
    if (strcmp(text->word, "-") != 0 && !read_digits(text, text->word, bits))
        return false;
    size_t octets = into->len - length_at - 1;
    if (into->failed || octets > UINT8_MAX)
        return false;
    into->at_start[length_at] = (uint8_t)octets;
    return true;
}

/* RFC 1706 §6: 0x and hex, dots between the digits at will. */
static bool read_nsap(struct field_text *text)
{
    struct digits digits = { .bits = DIGITS_HEX };

    text->wanted = "0x and hex";
    if (!field_next_word(text) || strncasecmp(text->word, "0x", 2) != 0)
        return false;
    for (const char *at = text->word + 2; *at; at++) {
        char digit[2] = { *at, '\0' };
        if (*at != '.' && !digits_feed(&digits, digit, text->into))
            return false;
    }
    return digits_end(&digits);
}

/* RFC 7043 §3.2 (pairs and dashes), RFC 6742 §2.1.2 (fours and colons). */
static bool read_groups(struct field_text *text, unsigned octets, unsigned group, char mark)
{
    unsigned digits = 2 * group, length = octets / group * (digits + 1) - 1;

    text->wanted = mark == '-' ? "hex in pairs with dashes" : "hex in fours with colons";
    if (!field_next_word(text) || strlen(text->word) != length)
        return false;
    for (unsigned i = 0; i < length; i += digits + 1) {
        char part[8] = "";
        memcpy(part, text->word + i, digits);
        if ((i > 0 && text->word[i - 1] != mark) || !read_digits(text, part, DIGITS_HEX))
            return false;
    }
    return true;
}

static bool read_address(struct field_text *text, int family)
{
    uint8_t octets[16];

    text->wanted = family == AF_INET ? "an IPv4 address" : "an IPv6 address";
    if (!field_next_word(text) || inet_pton(family, text->word, octets) != 1)
        return false;
    writer_octets(text->into, (struct bytes){ octets, family == AF_INET ? 4 : 16 });
    return true;
}

/* ---- bitmaps and gateways ---- */

static bool read_bitmap(struct field_text *text)
{
    uint8_t bits[BITMAP_WINDOWS][BITMAP_OCTETS] = { { 0 } };
    uint16_t type;

    text->wanted = "an RR type";
    while (any_left(text)) {
        if (!field_next_word(text) || !type_from_text(text->word, &type))
            return false;
        bits[type >> 8][type % 256 / 8] |= (uint8_t)(0x80 >> type % 8);
    }
    for (unsigned window = 0; window < BITMAP_WINDOWS; window++) {
        uint8_t octets = BITMAP_OCTETS;
        while (octets > 0 && bits[window][octets - 1] == 0)
            octets--;
        if (octets == 0)
            continue;
        writer_u8(text->into, (uint8_t)window);
        writer_u8(text->into, octets);
        writer_octets(text->into, (struct bytes){ bits[window], octets });
    }
    return true;
}

/* RFC 1035 §3.4.2. Ports by number alone: the names that some host has for them are not data. */
static bool read_ports(struct field_text *text)
{
    uint8_t bits[PORT_OCTETS] = { 0 };
    uint64_t protocol, port;
    size_t octets = 0;

    text->wanted = "a protocol and the numbers of its ports";
    if (!field_next_word(text) ||
        !number_read_named(text->word, NAMES_PROTOCOL, UINT8_MAX, &protocol))
        return false;
    while (any_left(text)) {
        if (!field_next_word(text) || !number_read(text->word, UINT16_MAX, &port))
            return false;
        bits[port / 8] |= (uint8_t)(0x80 >> port % 8);
        if (octets <= port / 8)
            octets = port / 8 + 1;
    }
    writer_u8(text->into, (uint8_t)protocol);
    writer_octets(text->into, (struct bytes){ bits, octets });
    return true;
}

static char gateway_letter(uint64_t number)
{
    static const char letters[] = { FIELD_NO_GATEWAY, 'a', 'q', 'N' };
    return number < sizeof(letters) ? letters[number] : 'R';
}

/* RFC 4025 §3.1: precedence, gateway type, algorithm; RFC 8777 §4.3: precedence, D, relay type. */
static bool read_gateway_head(struct field_text *text, char letter)
{
    uint8_t numbers[3];

    text->wanted = "a number up to 255";
    for (unsigned i = 0; i < 3; i++) {
        uint64_t value;
        if (!field_next_word(text) || !number_read(text->word, UINT8_MAX, &value))
            return false;
        numbers[i] = (uint8_t)value;
    }
    if (letter == 'I') {
        text->gateway = gateway_letter(numbers[1]);
        writer_octets(text->into, (struct bytes){ numbers, sizeof(numbers) });
        return true;
    }
    text->gateway = gateway_letter(numbers[2]);
    writer_u8(text->into, numbers[0]);
    writer_u8(text->into, (uint8_t)(numbers[1] << 7 | numbers[2]));
    return numbers[1] <= 1 && numbers[2] <= 127;
}

/* RFC 8005 §6: algorithm, identity tag, key; on the wire the lengths stand in front. */
static bool read_identity(struct field_text *text)
{
    struct writer *into = text->into;
    size_t head_at = into->len, tag_octets, key_octets;
    uint64_t algorithm;

    text->wanted = "an algorithm, a tag in hex and a key in base64";
    if (!field_next_word(text) || !number_read(text->word, UINT8_MAX, &algorithm))
        return false;
    writer_u8(into, 0);
    writer_u8(into, (uint8_t)algorithm);
    writer_u16(into, 0);
    if (!field_next_word(text) || !read_digits(text, text->word, DIGITS_HEX))
        return false;
    tag_octets = into->len - head_at - 4;
    if (!field_next_word(text) || !read_digits(text, text->word, DIGITS_BASE64))
        return false;
    key_octets = into->len - head_at - 4 - tag_octets;
    if (into->failed || tag_octets > UINT8_MAX || key_octets > UINT16_MAX)
        return false;
    into->at_start[head_at] = (uint8_t)tag_octets;
    writer_u16_at(into, head_at + 2, (uint16_t)key_octets);
    return true;
}

/* ---- the letters ---- */

static bool read_names(struct field_text *text)
{
    while (any_left(text)) {
        if (!read_name(text))
            return false;
    }
    return true;
}

static bool read_gateway(struct field_text *text)
{
    text->wanted = "the gateway that its type announces";
    switch (text->gateway) {
    case FIELD_NO_GATEWAY: return field_next_word(text) && strcmp(text->word, ".") == 0;
    case 'a': return read_address(text, AF_INET);
    case 'q': return read_address(text, AF_INET6);
    case 'N': return read_name(text);
    default: return false;
    }
}

static bool field_read_composite(struct field_text *text, char letter)
{
    switch (letter) {
    case 'n':
    case 'N': return read_name(text);
    case 'M': return read_names(text);
    case 'T': return read_type(text);
    case 'D': return read_named(text, NAMES_ALGORITHM, 1);
    case 'C': return read_named(text, NAMES_CERTIFICATE, 2);
    case 'y': return read_named(text, NAMES_SCHEME, 1);
    case 'w':
    case 'W': return read_bitmap(text);
    case 'm': return read_ports(text);
    case 'I':
    case 'r': return read_gateway_head(text, letter);
    case 'g': return read_gateway(text);
    case 'h': return read_identity(text);
    default:
        text->word = NULL;
        text->wanted = "\\# and hex, for the type has no other form";
        return false;
    }
}

bool field_read(struct field_text *text, char letter)
{
    switch (letter) {
    case '1':
    case '2':
    case '4':
    case '8': return read_number(text, (unsigned)(letter - '0'));
    case 'v': return read_interval(text);
    case 't': return read_time(text);
    case 'a': return read_address(text, AF_INET);
    case 'q': return read_address(text, AF_INET6);
    case 'e': return read_groups(text, 6, 1, '-');
    case 'E': return read_groups(text, 8, 1, '-');
    case 'i': return read_groups(text, 8, 2, ':');
    case 's':
    case 'c': return read_text(text, COUNTED);
    case 'o': return !any_left(text) || read_text(text, COUNTED);
    case 'S': return read_texts(text);
    case 'L':
    case 'U': return read_text(text, BARE);
    case 'z': return read_counted(text, DIGITS_HEX);
    case 'k': return read_counted(text, DIGITS_BASE32);
    case 'B':
    case 'K': return read_rest(text, DIGITS_BASE64);
    case 'H': return read_rest(text, DIGITS_HEX);
    case 'X': return read_nsap(text);
    default: return field_read_composite(text, letter);
    }
}

bool field_read_generic(struct field_text *text)
{
    static const char wanted[] = "a count of octets and so many octets in hex";
    uint64_t octets;
    size_t before = text->into->len;

    text->wanted = wanted;
    if (!field_next_word(text) || !number_read(text->word, RDATA_OCTETS_MAX, &octets))
        return false;
    if (!read_rest(text, DIGITS_HEX))
        return false;
    text->wanted = wanted;
    return text->into->failed || text->into->len - before == octets;
}
