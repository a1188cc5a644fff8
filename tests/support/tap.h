/* tap - what each victim of forged questions got, beside what was sent in its name (LIMITS 4.5).
 *
 * Shape    a model written from LIMITS 4.2 and 4.3 that shares no code with the limiter: for every
 *          prefix that the limiter counts by, an exact leaky level of the excess that came out of
 *          the wire. The inequality
 *              bytes out <= bytes in + B + r * T, in every window
 *          holds for a key exactly when its level, leaking r, never passes B.
 *          Both B and r are `factor` times as much for networks that have a factor. For the
 *          narrowest it also tells how much came in one single ms: a pulse (CVE-2024-33655).
 * Owns     its table of TAP_KEYS_MAX keys, 335 MB of address space, touched where it is used. One
 *          key more is `lost`: the run then proves nothing.
 * Time     ms of one clock, since less than 49 days.
 */
#ifndef CATENA_TESTS_SUPPORT_TAP_H
#define CATENA_TESTS_SUPPORT_TAP_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/endpoint.h"

enum { TAP_KEYS_MAX = 1 << 23, TAP_LENGTHS = 7 };
enum { TAP_BURST = 65536 /* octets */, TAP_LEAK = 16 /* octets a ms */ }; /* LIMITS 4.2 */

struct tap;

/* Of the prefixes of one length: the highest level of any, in octets, and how much it may be. */
struct tap_length {
    uint8_t family, bits;
    unsigned weight;
    double worst;
};

struct tap *tap_create(uint64_t seed, unsigned factor); /* NULL: no memory */
void tap_destroy(struct tap *tap);

void tap_in(struct tap *tap, const struct endpoint *victim, uint32_t ms);
void tap_out(struct tap *tap, const struct endpoint *victim, uint32_t excess, uint32_t ms);

const struct tap_length *tap_lengths(const struct tap *tap); /* TAP_LENGTHS of them */
size_t tap_keys(const struct tap *tap);
size_t tap_multiplied(const struct tap *tap); /* victims that got more packets than were sent */
uint32_t tap_pulse(const struct tap *tap);    /* octets of excess for one victim in one ms */
bool tap_lost(const struct tap *tap);

#endif
