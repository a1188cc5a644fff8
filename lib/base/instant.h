/* instant, unixtime - two clocks that cannot be mixed.
 *
 * Shape    instant: nanoseconds of CLOCK_BOOTTIME, for expiry, deadlines and timers.
 *          unixtime: seconds of the wall clock, for signatures, cookies and logs only.
 * Time     read by net and edge alone (instant_read, unixtime_read); everyone else is given it.
 */
#ifndef CATENA_BASE_INSTANT_H
#define CATENA_BASE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

struct instant {
    uint64_t ns;
};

struct unixtime {
    int64_t s;
};

#define NS_PER_MS     UINT64_C(1000000)
#define NS_PER_S      UINT64_C(1000000000)
#define INSTANT_NEVER ((struct instant){ UINT64_MAX })

static inline struct instant instant_after_ms(struct instant at, uint64_t ms)
{
    uint64_t room_ms = (UINT64_MAX - at.ns) / NS_PER_MS;
    return ms >= room_ms ? INSTANT_NEVER : (struct instant){ at.ns + ms * NS_PER_MS };
}

static inline struct instant instant_after_s(struct instant at, uint64_t s)
{
    return s >= UINT64_MAX / 1000 ? INSTANT_NEVER : instant_after_ms(at, s * 1000);
}

static inline bool instant_before(struct instant a, struct instant b)
{
    return a.ns < b.ns;
}

static inline struct instant instant_earlier(struct instant a, struct instant b)
{
    return a.ns < b.ns ? a : b;
}

/* 0 when `from` is not before `to`. */
static inline uint64_t instant_ms_between(struct instant from, struct instant to)
{
    return to.ns > from.ns ? (to.ns - from.ns) / NS_PER_MS : 0;
}

/* Whole seconds from `from` to `to`, rounded down; 0 when `to` is not later. A TTL that is left. */
static inline uint32_t instant_s_between(struct instant from, struct instant to)
{
    uint64_t s = to.ns > from.ns ? (to.ns - from.ns) / NS_PER_S : 0;
    return s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
}

enum { UNIXTIME_DIGITS = 15 };

struct instant instant_read(void);
struct unixtime unixtime_read(void);

/* "2026-11-22T10:31:41Z": writes <= size with NUL. */
void unixtime_text(struct unixtime at, char *text, unsigned size);

/* As RFC 4034 §3.2 writes it, "20261122103141"; returns `text`. */
char *unixtime_digits(struct unixtime at, char text[UNIXTIME_DIGITS]);

/* YYYYMMDDHHmmSS, UTC (RFC 4034 §3.2). False: not such a time; `at` is then untouched. */
bool unixtime_parse(const char *text, struct unixtime *at);

#endif
