/* anchor_keeper - trust anchors that update themselves: from the configuration and the state file,
 * through each DNSKEY set that is seen, to the anchors of the policy in force.
 *
 * Shape    a trust point for each zone that has an anchor, ANCHOR_POINTS_MAX of them; anchors of
 *          zones beyond stay as configured. Asks nobody: says which zone is due (keeper_next) and
 *          is told what came (keeper_saw). What is configured or built in is the floor, but for
 *          keys that revoked themselves; the zone whose keys are all revoked has an anchor that
 *          nobody has (rfc5011_nobody).
 * Owns     points, state file, what a look needs. Borrows the setup, which lives on.
 * Time     given; all of it in the form of the moment that it is.
 * Threads  the main thread alone (RULINGS B22): the state file is synced in here.
 * Errors   a state file that cannot be read or written stops nothing: one line in the log, and once
 *          a day, says what is wrong (SPEC A2); keeper_trouble has it for `anchor status`. What
 *          records a revocation is saved twice: an older file put back undoes none.
 * Spec     RFC 5011, SPEC A2, A6, RULINGS A43, LIMITS H3.
 */
#ifndef CATENA_RESOLVER_ANCHOR_KEEPER_H
#define CATENA_RESOLVER_ANCHOR_KEEPER_H

#include "lib/policy/policy.h"
#include "resolver/anchor_state.h"

struct anchor_keeper;

struct keeper_setup {
    const struct policy *policy; /* its anchors are the floor; its rules and limits */
    const struct crypto *crypto;
    struct pool *pool;
    const struct state_disk *disk;
    const char *directory;
};

struct anchor_keeper *keeper_create(const struct keeper_setup *setup, struct rfc5011_now now);
void keeper_destroy(struct anchor_keeper *keeper);

/* Whose DNSKEY set is due first, and when. False: there is no point. */
bool keeper_next(const struct anchor_keeper *keeper, struct name *zone, struct instant *due);
/* The set that came with its signatures, unproven; NULL: none came. The next time is set. */
void keeper_saw(struct anchor_keeper *keeper, const struct name *zone, const struct rrset *set,
                struct rfc5011_now now);
/* Tries again what could not be written, now and then. */
void keeper_tick(struct anchor_keeper *keeper, struct rfc5011_now now);

/* Grows whenever other keys are trusted than before: then keeper_anchors makes another set. */
uint64_t keeper_version(const struct anchor_keeper *keeper);
/* Grows with it when a key that was trusted may be so no longer: what it proved is in doubt. */
uint64_t keeper_shrunk(const struct anchor_keeper *keeper);
struct anchor_set *keeper_anchors(const struct anchor_keeper *keeper); /* NULL: no memory */

/* One key of one point, for `anchor status` (SPEC A6). */
struct keeper_row {
    struct name zone;
    uint16_t tag;
    uint8_t algorithm;
    bool trusted, configured; /* configured: built in or written; else learned by RFC 5011 */
    enum rfc5011_state state;
    struct unixtime since, seen; /* seen: in a proven set; 0: never */
    struct unixtime hold_end;    /* of the state's hold-down; 0: it has none */
    struct unixtime checked;     /* the zone's last proven set; 0: never */
    uint32_t next_s;             /* until its set is asked for again */
};

struct keeper_row keeper_row_of(const struct rfc5011_point *point, unsigned slot,
                                struct unixtime wall); /* but for next_s */
bool keeper_row(const struct anchor_keeper *keeper, size_t index, struct rfc5011_now now,
                struct keeper_row *row);                        /* from index 0; false: no more */
const char *keeper_trouble(const struct anchor_keeper *keeper); /* "": the state file is well */

#endif
