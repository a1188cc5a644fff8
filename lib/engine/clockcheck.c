#include "lib/engine/clockcheck.h"

#include <stdio.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, TIME_TEXT = 24 };

struct clock_floor clock_floor_higher(struct clock_floor a, struct clock_floor b)
{
    if (a.kind == FLOOR_NONE || b.kind == FLOOR_NONE)
        return a.kind == FLOOR_NONE ? b : a;
    return b.at.s > a.at.s ? b : a;
}

void clockcheck_begin(struct clockcheck *check, struct clock_floor floor, uint32_t slack_s)
{
    *check = (struct clockcheck){ .floor = floor, .slack_s = slack_s };
}

static bool below(const struct clockcheck *check, struct unixtime wall)
{
    return check->floor.kind != FLOOR_NONE && wall.s < check->floor.at.s - (int64_t)check->slack_s;
}

enum clock_news clockcheck_look(struct clockcheck *check, struct instant now, struct unixtime wall)
{
    bool was_behind = check->behind;

    check->behind = below(check, wall);
    if (check->behind == was_behind)
        return CLOCK_NO_NEWS;
    if (!check->behind)
        return CLOCK_CAME_RIGHT;
    if (check->repair_until.ns == 0) /* once a run, however often it falls back */
        check->repair_until = instant_after_s(now, CLOCK_REPAIR_S);
    return CLOCK_FELL_BEHIND;
}

void clockcheck_raise(struct clockcheck *check, struct unixtime inception)
{
    check->floor = clock_floor_higher(check->floor, (struct clock_floor){ inception, FLOOR_ROOT });
}

void clockcheck_proved(struct clockcheck *check)
{
    check->repair_over = check->repair_over || check->repair_until.ns != 0;
}

bool clockcheck_repairs(const struct clockcheck *check, struct instant now)
{
    return check->behind && !check->repair_over && instant_before(now, check->repair_until);
}

/* ---- for people ---- */

char *clock_distance(struct unixtime from, struct unixtime to, char *text, unsigned size)
{
    static const struct {
        int64_t s;
        const char *one;
    } units[] = { { DAY_S, "day" }, { HOUR_S, "hour" }, { MINUTE_S, "minute" }, { 1, "second" } };
    int64_t apart = from.s < to.s ? to.s - from.s : from.s - to.s;
    unsigned unit = 0;

    while (unit < 3 && apart < units[unit].s)
        unit++;
    apart /= units[unit].s;
    (void)snprintf(text, size, "%lld %s%s", (long long)apart, units[unit].one,
                   apart == 1 ? "" : "s");
    return text;
}

char *clockcheck_text(const struct clockcheck *check, struct unixtime wall, char text[CLOCK_TEXT])
{
    static const char *const floors[] = {
        [FLOOR_NONE] = "",
        [FLOOR_BUILD] = "this program was built",
        [FLOOR_STATE] = "the state directory was written",
        [FLOOR_ROOT] = "a signature of the root was made",
    };
    char says[TIME_TEXT], floor[TIME_TEXT], apart[32];

    unixtime_text(wall, says, sizeof says);
    unixtime_text(check->floor.at, floor, sizeof floor);
    (void)snprintf(text, CLOCK_TEXT, "says %s, at least %s behind: %s %s", says,
                   clock_distance(wall, check->floor.at, apart, sizeof apart),
                   floors[check->floor.kind], floor);
    return text;
}
