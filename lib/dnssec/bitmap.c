#include "lib/dnssec/bitmap.h"

enum { WINDOW_HEAD = 2, WINDOW_OCTETS_MAX = 32 };

struct window {
    uint8_t number;
    struct bytes bits;
};

/* Takes the next window off the front of `left`; false: it does not fit its form. */
static bool window_take(struct bytes *left, struct window *window)
{
    if (left->len < WINDOW_HEAD)
        return false;
    size_t octets = left->at[1];
    if (octets == 0 || octets > WINDOW_OCTETS_MAX || octets > left->len - WINDOW_HEAD)
        return false;
    window->number = left->at[0];
    window->bits = (struct bytes){ left->at + WINDOW_HEAD, octets };
    left->at += WINDOW_HEAD + octets;
    left->len -= WINDOW_HEAD + octets;
    return true;
}

bool bitmap_is_sound(struct bytes bitmap)
{
    struct window window;
    int before = -1;

    while (bitmap.len > 0) {
        if (!window_take(&bitmap, &window) || window.number <= before)
            return false;
        before = window.number;
    }
    return true;
}

bool bitmap_has(struct bytes bitmap, uint16_t type)
{
    struct window window;
    size_t octet = (type & 0xff) / 8;

    if (!bitmap_is_sound(bitmap))
        return false;
    while (bitmap.len > 0 && window_take(&bitmap, &window))
        if (window.number == type >> 8)
            return octet < window.bits.len && (window.bits.at[octet] & (0x80 >> type % 8)) != 0;
    return false;
}

unsigned bitmap_count(struct bytes bitmap)
{
    struct window window;
    unsigned count = 0;

    if (!bitmap_is_sound(bitmap))
        return 0;
    while (bitmap.len > 0 && window_take(&bitmap, &window))
        for (size_t i = 0; i < window.bits.len; i++)
            count += (unsigned)__builtin_popcount(window.bits.at[i]);
    return count;
}
