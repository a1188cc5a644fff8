/* anchor_state - the trust points of RFC 5011 as the text of a state file, and back.
 *
 * Shape    body of the file "anchors" (state.h):
 *            zone . checked UNIXTIME ttl S expires UNIXTIME
 *            key SLOT STATE built-in|learned clean|revoked tag N since UNIXTIME seen UNIXTIME
 *                counted S hold S signers MASK DNSKEY|DS RDATA          (one line)
 *          Numbers are decimal. A zone's keys follow it by rising slot.
 * Owns     a set owns its points; at most ANCHOR_POINTS_MAX.
 * Threads  the main thread alone.
 * Errors   what is read is all or nothing: a line that is not as above, or says what no run could
 *          have written, refuses the file, and the caller begins with the anchors in force.
 * Spec     SPEC A2, LIMITS H3, RULINGS A43.
 */
#ifndef CATENA_RESOLVER_ANCHOR_STATE_H
#define CATENA_RESOLVER_ANCHOR_STATE_H

#include "lib/dnssec/rfc5011.h"
#include "resolver/state.h"

enum { ANCHOR_POINTS_MAX = 16 };

#define ANCHOR_STATE_NAME "anchors"

struct anchor_points {
    size_t count;
    struct rfc5011_point *points[ANCHOR_POINTS_MAX];
};

void anchor_points_clear(struct anchor_points *points);
/* The point of `zone`, a new one without keys if need be; NULL: no memory, or too many. */
struct rfc5011_point *anchor_points_get(struct anchor_points *points, const struct name *zone);

/* `points` is empty before; it is filled on ST_OK alone. On every failure but ST_NOTFOUND (the
 * first start) file->trouble says why; it may say something on ST_OK too (NAME.before was used).
 * The caller then adds the anchors in force to each point (rfc5011_add_anchors), whatever came. */
enum status anchor_state_load(struct state_file *file, struct anchor_points *points) MUST_USE;
/* ST_IO: the points in memory stay in force; file->trouble says why. */
enum status anchor_state_save(struct state_file *file, const struct anchor_points *points,
                              struct unixtime wall) MUST_USE;

#endif
