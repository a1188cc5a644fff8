#include "tests/support/tap.h"

#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/siphash.h"

enum { PROBES_MAX = 64 };

struct cell {
    struct endpoint base; /* family 0: free. `port` holds the length of the prefix */
    double level;
    uint32_t at_ms;
    uint32_t in, out; /* packets; of the narrowest prefixes alone, as is the pulse */
    uint32_t pulse;   /* octets of excess at at_ms */
};

struct tap {
    struct cell *cells;
    size_t keys, multiplied;
    uint32_t pulse;
    unsigned factor;
    bool lost;
    struct siphash_key key;
    struct tap_length lengths[TAP_LENGTHS];
};

/* LIMITS 4.2, narrowest first. */
static const struct tap_length lengths[TAP_LENGTHS] = {
    { 4, 32, 1, 0 }, { 4, 24, 16, 0 }, { 4, 20, 64, 0 },  { 6, 64, 1, 0 },
    { 6, 56, 4, 0 }, { 6, 48, 16, 0 }, { 6, 32, 256, 0 },
};

struct tap *tap_create(uint64_t seed, unsigned factor)
{
    struct tap *tap = memory_new(sizeof *tap);
    if (!tap)
        return NULL;
    tap->key = (struct siphash_key){ seed, ~seed };
    tap->factor = factor;
    memcpy(tap->lengths, lengths, sizeof lengths);
    tap->cells = memory_array(TAP_KEYS_MAX, sizeof *tap->cells);
    if (!tap->cells) {
        memory_free(tap);
        return NULL;
    }
    return tap;
}

void tap_destroy(struct tap *tap)
{
    if (!tap)
        return;
    memory_free(tap->cells);
    memory_free(tap);
}

static struct endpoint prefix_of(const struct endpoint *victim, unsigned bits)
{
    struct endpoint base = { .family = victim->family, .port = (uint16_t)bits };
    memcpy(base.octets, victim->octets, bits / 8);
    if (bits % 8)
        base.octets[bits / 8] = victim->octets[bits / 8] & (uint8_t)(0xff00 >> bits % 8);
    return base;
}

/* NULL: the table is full, and the tap is lost. */
static struct cell *cell_of(struct tap *tap, const struct endpoint *victim, unsigned bits)
{
    struct endpoint base = prefix_of(victim, bits);
    uint64_t hash = siphash13(&tap->key, &base, sizeof base);
    for (size_t i = 0; i < PROBES_MAX; i++) {
        struct cell *cell = &tap->cells[(hash + i) % TAP_KEYS_MAX];
        if (cell->base.family == 0) {
            cell->base = base;
            tap->keys++;
            return cell;
        }
        if (endpoint_equal(&cell->base, &base))
            return cell;
    }
    tap->lost = true;
    return NULL;
}

/* Out of order by a little, as packets are: time never goes back for a cell. */
static void leak(struct cell *cell, unsigned weight, uint32_t ms)
{
    if (ms <= cell->at_ms)
        return;
    cell->pulse = 0;
    cell->level -= (double)(ms - cell->at_ms) * TAP_LEAK * weight;
    if (cell->level < 0)
        cell->level = 0;
    cell->at_ms = ms;
}

void tap_in(struct tap *tap, const struct endpoint *victim, uint32_t ms)
{
    struct cell *cell = cell_of(tap, victim, victim->family == 4 ? 32 : 64);
    if (!cell)
        return;
    cell->in++;
    leak(cell, tap->factor, ms);
}

void tap_out(struct tap *tap, const struct endpoint *victim, uint32_t excess, uint32_t ms)
{
    bool narrowest = true;
    for (size_t i = 0; i < TAP_LENGTHS; i++) {
        struct tap_length *length = &tap->lengths[i];
        struct cell *cell =
            length->family == victim->family ? cell_of(tap, victim, length->bits) : NULL;
        if (!cell)
            continue;
        leak(cell, length->weight * tap->factor, ms);
        cell->level += excess;
        if (cell->level > length->worst)
            length->worst = cell->level;
        cell->pulse += excess;
        if (narrowest && cell->pulse > tap->pulse)
            tap->pulse = cell->pulse;
        if (narrowest && ++cell->out == cell->in + 1)
            tap->multiplied++;
        narrowest = false;
    }
}

const struct tap_length *tap_lengths(const struct tap *tap)
{
    return tap->lengths;
}

size_t tap_keys(const struct tap *tap)
{
    return tap->keys;
}

size_t tap_multiplied(const struct tap *tap)
{
    return tap->multiplied;
}

uint32_t tap_pulse(const struct tap *tap)
{
    return tap->pulse;
}

bool tap_lost(const struct tap *tap)
{
    return tap->lost;
}
