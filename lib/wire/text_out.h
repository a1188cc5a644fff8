/* text_out - a bounded text: what does not fit is cut, visibly.
 *
 * Shape    len < size and text[len] is NUL, always; size 0 holds nothing. Once `cut`, nothing more
 *          is added and the text ends in "...".
 * Owns     nothing: borrows the room.
 * Spec     RFC 4648 §4 (base64), §7 (base32hex), §8 (hex); RFC 1035 §5.1 (quoted strings).
 */
#ifndef CATENA_WIRE_TEXT_OUT_H
#define CATENA_WIRE_TEXT_OUT_H

#include "lib/base/bytes.h"

struct text_out {
    char *text;
    size_t len, size;
    bool cut;
};

struct text_out text_out(char *text, size_t size);
void out_text(struct text_out *out, const char *text);
void out_format(struct text_out *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void out_hex(struct text_out *out, struct bytes octets);
void out_base32(struct text_out *out, struct bytes octets); /* extended hex, no padding */
void out_base64(struct text_out *out, struct bytes octets);
/* What is not printable ASCII as \DDD; quotes, backslashes and what `besides` names as \c. */
void out_escaped(struct text_out *out, struct bytes octets, const char *besides);
void out_quoted(struct text_out *out, struct bytes octets);

#endif
