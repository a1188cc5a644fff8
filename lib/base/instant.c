#include "lib/base/instant.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

enum { DAY_S = 86400 };

struct calendar {
    int64_t year;
    unsigned month, day, hour, minute, second;
};

static struct timespec read_clock(clockid_t clock)
{
    struct timespec now;
    int failed = clock_gettime(clock, &now);
    assert(failed == 0); /* both clocks have existed since Linux 2.6.39 */
    return now;
}

struct instant instant_read(void)
{
    struct timespec now = read_clock(CLOCK_BOOTTIME);
    return (struct instant){ (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec };
}

struct unixtime unixtime_read(void)
{
    return (struct unixtime){ read_clock(CLOCK_REALTIME).tv_sec };
}

/* Days from 1970-01-01, in the Gregorian calendar. The year is counted from March, so that the day
 * a leap year adds is its last, and in eras of 400 years, which all have 146097 days. */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
    int64_t from_march = month > 2 ? year : year - 1;
    int64_t era = (from_march >= 0 ? from_march : from_march - 399) / 400;
    int64_t year_of_era = from_march - era * 400;
    int64_t day_of_year = (153 * (int64_t)((month + 9) % 12) + 2) / 5 + (int64_t)day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

/* The inverse; `at` lies in the years 0 to 9999. */
static struct calendar calendar_of(struct unixtime at)
{
    int64_t second = ((at.s % DAY_S) + DAY_S) % DAY_S;
    int64_t day = (at.s - second) / DAY_S + 719468; /* from 0000-03-01 */
    int64_t era = (day >= 0 ? day : day - 146096) / 146097;
    int64_t of_era = day - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153; /* 0 is March */
    return (struct calendar){
        .year = year + era * 400 + (month >= 10),
        .month = (unsigned)(month < 10 ? month + 3 : month - 9),
        .day = (unsigned)(of_year - (153 * month + 2) / 5 + 1),
        .hour = (unsigned)(second / 3600),
        .minute = (unsigned)(second / 60 % 60),
        .second = (unsigned)(second % 60),
    };
}

/* What lies outside four digits of year is shown as the first or last moment that has them. */
void unixtime_text(struct unixtime at, char *text, unsigned size)
{
    int64_t first = days_of(0, 1, 1) * DAY_S, end = days_of(10000, 1, 1) * DAY_S;
    at.s = at.s < first ? first : at.s >= end ? end - 1 : at.s;
    struct calendar c = calendar_of(at);
    char whole[sizeof "2026-11-22T10:31:41Z"] = "";
    (void)snprintf(whole, sizeof whole, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)c.year % 10000,
                   c.month % 100, c.day % 100, c.hour % 100, c.minute % 100, c.second % 100);
    (void)snprintf(text, size, "%s", whole);
}

char *unixtime_digits(struct unixtime at, char text[UNIXTIME_DIGITS])
{
    char whole[sizeof "2026-11-22T10:31:41Z"];
    size_t digits = 0;

    unixtime_text(at, whole, sizeof whole);
    for (const char *c = whole; *c != '\0' && digits + 1 < UNIXTIME_DIGITS; c++)
        if (*c >= '0' && *c <= '9')
            text[digits++] = *c;
    text[digits] = '\0';
    return text;
}

/* Reads `digits` decimal digits; false at anything else, the end of the text included. */
static bool number(const char **text, unsigned digits, unsigned *value)
{
    *value = 0;
    for (; digits > 0; digits--, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        *value = *value * 10 + (unsigned)(**text - '0');
    }
    return true;
}

/* Whether the day exists: beyond the end of its month, it is a day of the next. */
static bool day_exists(unsigned year, unsigned month, unsigned day)
{
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    struct calendar same = calendar_of((struct unixtime){ days_of(year, month, day) * DAY_S });
    return same.month == month;
}

bool unixtime_parse(const char *text, struct unixtime *at)
{
    unsigned year, month, day, hour, minute, second;
    if (!number(&text, 4, &year) || !number(&text, 2, &month) || !number(&text, 2, &day) ||
        !number(&text, 2, &hour) || !number(&text, 2, &minute) || !number(&text, 2, &second))
        return false;
    if (*text != '\0' || !day_exists(year, month, day) || hour > 23 || minute > 59 || second > 59)
        return false;
    at->s = days_of(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second;
    return true;
}
