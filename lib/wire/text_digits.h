/* text_digits - octets from hex, base32hex or base64, word by word.
 *
 * Shape    a run of digits of 4, 5 or 6 bits; words may part it anywhere (RFC 4034 §2.2 and §5.3).
 * Errors   false: a character that is no digit, digits left over, padding out of place.
 * Spec     RFC 4648 §4, §7 and §8; what the last digit has too many bits must be zero (§3.5).
 */
#ifndef CATENA_WIRE_TEXT_DIGITS_H
#define CATENA_WIRE_TEXT_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/wire/writer.h"

enum digit_bits { DIGITS_HEX = 4, DIGITS_BASE32 = 5, DIGITS_BASE64 = 6 };

struct digits {
    enum digit_bits bits;
    unsigned held, held_bits;
    size_t count, pads;
};

bool digits_feed(struct digits *digits, const char *word, struct writer *into);
bool digits_end(const struct digits *digits); /* the run may end here */

#endif
