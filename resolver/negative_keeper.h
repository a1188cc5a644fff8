/* negative_keeper - negative trust anchors while they are in force: when each is looked at again,
 * and when it ends.
 *
 * Shape    the list of the state file with two moments beside each anchor. Asks nobody: says which
 *          zone is due (negative_next) and is told what was found (negative_saw). An anchor ends
 *          when its time is over, or before that when its zone needs none any more; each end is a
 *          line in the log. Names that ended before their time are told until negative_forgotten:
 *          what caches have of them was not validated.
 * Owns     list and state file. Borrows disk and directory, which live on.
 * Time     given. An anchor ends by the wall clock, and at the latest when the time that it had
 *          left at the start has passed: a clock that is set back prolongs none (LIMITS H2).
 * Threads  the main thread alone (RULINGS B22): the state file is synced in here.
 * Errors   a file of no use is told in the log; no negative anchor is then in force. One that
 *          cannot be written is tried again.
 * Spec     RFC 7646 §2, §4; SPEC V15.
 */
#ifndef CATENA_RESOLVER_NEGATIVE_KEEPER_H
#define CATENA_RESOLVER_NEGATIVE_KEEPER_H

#include "lib/policy/policy.h"
#include "resolver/negative_state.h"

enum { NEGATIVE_RECHECK_S = 300, NEGATIVE_SAVE_AGAIN_S = 3600 }; /* SPEC V15 */

struct negative_keeper;

struct negative_now {
    struct instant at;
    struct unixtime wall;
    enum state_clock clock; /* where `wall` is from */
};

/* Reads the file of `directory`. NULL: no memory. */
struct negative_keeper *negative_keeper_create(const struct state_disk *disk, const char *directory,
                                               struct negative_now now);
void negative_keeper_destroy(struct negative_keeper *keeper); /* NULL is fine */

/* Which anchor's zone is due first, to be asked for as if there were no anchor. False: none. */
bool negative_next(const struct negative_keeper *keeper, struct name *name, struct instant *due);

enum negative_finding { NEGATIVE_BROKEN, NEGATIVE_VALIDATES, NEGATIVE_UNSIGNED /* proven so */ };
void negative_saw(struct negative_keeper *keeper, const struct name *name,
                  enum negative_finding finding, struct negative_now now);
/* Ends what is over; tries again what could not be written. */
void negative_tick(struct negative_keeper *keeper, struct negative_now now);

/* Grows whenever an anchor ends: then a policy gets the others by negative_apply. */
uint64_t negative_version(const struct negative_keeper *keeper);
/* Those in force take the place of the timed ones in a policy that is not in force itself. */
enum status negative_apply(const struct negative_keeper *keeper, struct policy *policy) MUST_USE;

/* Has one ended before its time, since negative_forgotten; and lies `name` at or below such one? */
bool negative_has_freed(const struct negative_keeper *keeper);
bool negative_freed(const struct negative_keeper *keeper, const struct name *name);
void negative_forgotten(struct negative_keeper *keeper);

#endif
