/* clock_floor - what this machine's clock cannot be below when the daemon starts.
 *
 * Shape    the later of when the sources of this program were last changed and when a file of the
 *          state directory was last written. Root signatures raise it later (clockcheck.h).
 * Threads  the main thread, before any other.
 * Errors   a state file that cannot be read, or is not sound, is no floor.
 * Spec     LIMITS H1; SPEC section 3 item 5.
 */
#ifndef CATENA_RESOLVER_CLOCK_FLOOR_H
#define CATENA_RESOLVER_CLOCK_FLOOR_H

#include "lib/engine/clockcheck.h"

struct unixtime clock_built(
    void); /* SOURCE_DATE_EPOCH, else the newest commit's or source's date */
struct clock_floor clock_floor_at_start(const char *state_directory);

#endif
