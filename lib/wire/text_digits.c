#include "lib/wire/text_digits.h"

enum { NO_DIGIT = 64, PAD_GROUP = 4 };

static unsigned hex_or_base32(char c)
{
    char small = c | 0x20;

    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    return small >= 'a' && small <= 'z' ? (unsigned)(small - 'a') + 10 : NO_DIGIT;
}

static unsigned base64(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0') + 52;
    if (c == '+' || c == '/')
        return c == '+' ? 62 : 63;
    return NO_DIGIT;
}

bool digits_feed(struct digits *digits, const char *word, struct writer *into)
{
    for (; *word; word++) {
        unsigned value = digits->bits == DIGITS_BASE64 ? base64(*word) : hex_or_base32(*word);
        if (*word == '=' && digits->bits == DIGITS_BASE64) {
            digits->pads++;
            continue;
        }
        if (value >= 1u << digits->bits || digits->pads > 0)
            return false;
        digits->count++;
        digits->held = (digits->held << digits->bits | value) & 0xfff;
        digits->held_bits += digits->bits;
        if (digits->held_bits >= 8) {
            digits->held_bits -= 8;
            writer_u8(into, (uint8_t)(digits->held >> digits->held_bits));
        }
    }
    return true;
}

bool digits_end(const struct digits *digits)
{
    if (digits->held_bits >= (unsigned)digits->bits)
        return false;
    if (digits->held & ((1u << digits->held_bits) - 1))
        return false;
    if (digits->bits == DIGITS_BASE64)
        return digits->pads < 3 && (digits->count + digits->pads) % PAD_GROUP == 0;
    return true;
}
