/* clockcheck - is the wall clock plausible, and may time servers be looked up unvalidated?
 *
 * Shape    a floor is a moment that has certainly passed: when this program was built, when a state
 *          file was written, the inception of a root signature that verifies. A clock below the
 *          highest floor is behind; none of the floors says that a clock is right. From the moment
 *          it is first seen behind, names of `dnssec.time-repair` are answered unvalidated, for
 *          CLOCK_REPAIR_S at most, once a run, and no longer than until a root signature holds.
 * Owns     nothing.
 * Time     given: `now` for how long the repair lasts, `wall` is what is being judged.
 * Spec     SPEC section 3 item 5, LIMITS H1, RULINGS A16.
 */
#ifndef CATENA_ENGINE_CLOCKCHECK_H
#define CATENA_ENGINE_CLOCKCHECK_H

#include <stdbool.h>

#include "lib/base/instant.h"

enum { CLOCK_REPAIR_S = 600 /* RULINGS A16 */, CLOCK_TEXT = 192 };

enum clock_floor_kind { FLOOR_NONE, FLOOR_BUILD, FLOOR_STATE, FLOOR_ROOT };

struct clock_floor {
    struct unixtime at;
    enum clock_floor_kind kind;
};

struct clock_floor clock_floor_higher(struct clock_floor a, struct clock_floor b);

/* What a look at the clock showed that was not so before. */
enum clock_news { CLOCK_NO_NEWS, CLOCK_FELL_BEHIND, CLOCK_CAME_RIGHT };

struct clockcheck {
    struct clock_floor floor;
    uint32_t slack_s; /* so far below a floor it still counts as right: that of signatures */
    bool behind, repair_over;
    bool ahead_said;             /* that it seems ahead; until a root signature holds */
    struct instant repair_until; /* while not 0 */
};

void clockcheck_begin(struct clockcheck *check, struct clock_floor floor, uint32_t slack_s);
enum clock_news clockcheck_look(struct clockcheck *check, struct instant now, struct unixtime wall);
/* A root signature that verifies begins at `inception`: that moment has passed. */
void clockcheck_raise(struct clockcheck *check, struct unixtime inception);
/* A root signature holds at the present time: there is nothing left to repair. */
void clockcheck_proved(struct clockcheck *check);
bool clockcheck_repairs(const struct clockcheck *check, struct instant now);

/* "says 1970-01-01T00:01:00Z, at least 20600 days behind: this program was built
 * 2026-05-27T09:00:00Z"; <= CLOCK_TEXT with NUL; returns text. */
char *clockcheck_text(const struct clockcheck *check, struct unixtime wall, char text[CLOCK_TEXT]);
/* "3 days", "5 hours", "40 minutes": of what two moments lie apart. */
char *clock_distance(struct unixtime from, struct unixtime to, char *text, unsigned size);

#endif
