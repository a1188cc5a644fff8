#include "lib/wire/text_out.h"

#include <stdarg.h>
#include <stdio.h>

enum { PIECE_MAX = 1100 /* over NAME_TEXT, the longest piece */ };

struct text_out text_out(char *text, size_t size)
{
    if (size > 0)
        text[0] = '\0';
    return (struct text_out){ .text = text, .size = size, .cut = size == 0 };
}

/* Room for the final NUL and for the dots that mark a cut is kept free. */
static void out_octets(struct text_out *out, const char *text, size_t len)
{
    static const char dots[] = "...";

    if (out->cut)
        return;
    if (len < out->size - out->len) {
        memcpy(out->text + out->len, text, len);
        out->len += len;
        out->text[out->len] = '\0';
        return;
    }
    out->cut = true;
    if (out->size < sizeof(dots))
        return;
    if (out->len > out->size - sizeof(dots))
        out->len = out->size - sizeof(dots);
    memcpy(out->text + out->len, dots, sizeof(dots));
    out->len += sizeof(dots) - 1;
}

void out_text(struct text_out *out, const char *text)
{
    out_octets(out, text, strlen(text));
}

void out_format(struct text_out *out, const char *format, ...)
{
    char piece[PIECE_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(piece, sizeof(piece), format, arguments);
    va_end(arguments);
    out_text(out, piece);
}

void out_hex(struct text_out *out, struct bytes octets)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < octets.len && !out->cut; i++) {
        char pair[2] = { digits[octets.at[i] >> 4], digits[octets.at[i] & 15] };
        out_octets(out, pair, sizeof(pair));
    }
}

/* The digit of `bits` bits that begins at bit `at`; octets beyond the end count as zero. */
static unsigned digit_at(struct bytes octets, size_t at, unsigned bits)
{
    size_t octet = at / 8;
    unsigned pair = (unsigned)octets.at[octet] << 8;

    if (octet + 1 < octets.len)
        pair |= octets.at[octet + 1];
    return pair >> (16 - at % 8 - bits) & ((1u << bits) - 1);
}

void out_base32(struct text_out *out, struct bytes octets)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

    for (size_t at = 0; at < octets.len * 8 && !out->cut; at += 5)
        out_octets(out, &digits[digit_at(octets, at, 5)], 1);
}

void out_base64(struct text_out *out, struct bytes octets)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t at = 0; at < octets.len * 8 && !out->cut; at += 6)
        out_octets(out, &digits[digit_at(octets, at, 6)], 1);
    if (octets.len % 3)
        out_text(out, octets.len % 3 == 1 ? "==" : "=");
}

void out_escaped(struct text_out *out, struct bytes octets, const char *besides)
{
    for (size_t i = 0; i < octets.len && !out->cut; i++) {
        uint8_t octet = octets.at[i];
        if (octet < ' ' || octet > '~')
            out_format(out, "\\%03u", octet);
        else if (octet == '"' || octet == '\\' || strchr(besides, octet))
            out_format(out, "\\%c", octet);
        else
            out_octets(out, (const char *)&octet, 1);
    }
}

void out_quoted(struct text_out *out, struct bytes octets)
{
    out_text(out, "\"");
    out_escaped(out, octets, "");
    out_text(out, "\"");
}
