/* negative_state - negative trust anchors with an end: the list, and how it is kept.
 *
 * Shape    body of the file "negative-anchors" (state.h), a line each:
 *            anchor NAME until UNIXTIME reason TEXT
 *          TEXT is printable ASCII and may be empty. At most NEGATIVE_ANCHORS_MAX; one a name.
 * Owns     nothing: the list is plain data.
 * Time     `wall` says when an anchor ends, since it outlives a restart.
 * Threads  the main thread alone.
 * Errors   what is read is all or nothing; without it no negative anchor is in force, which is the
 *          safe side. ST_LIMIT: too many, or too long a time; ST_NOTFOUND: there is none.
 * Spec     RFC 7646 §2, §4; SPEC V15.
 */
#ifndef CATENA_RESOLVER_NEGATIVE_STATE_H
#define CATENA_RESOLVER_NEGATIVE_STATE_H

#include "lib/wire/name.h"
#include "resolver/state.h"

#define NEGATIVE_STATE_NAME "negative-anchors"

enum {
    NEGATIVE_ANCHORS_MAX = 128,
    NEGATIVE_S_NORMAL = 3600,
    NEGATIVE_S_MAX = 7 * 86400, /* SPEC V15; RFC 7646 §2 */
    NEGATIVE_REASON = 128
};

struct negative_anchor {
    struct name name;
    struct unixtime until;
    char reason[NEGATIVE_REASON];
};

struct negative_anchors {
    unsigned count;
    struct negative_anchor list[NEGATIVE_ANCHORS_MAX];
};

/* What `ctl nta add NAME [reason] [--for ...]` does; one that is there is replaced. The root has
 * none: that would be dnssec.mode: off. */
enum status negative_add(struct negative_anchors *anchors, const struct negative_anchor *anchor,
                         struct unixtime wall) MUST_USE;
/* The last one takes its place. */
enum status negative_remove(struct negative_anchors *anchors, const struct name *name) MUST_USE;

enum status negative_load(struct state_file *file, struct negative_anchors *anchors) MUST_USE;
enum status negative_save(struct state_file *file, const struct negative_anchors *anchors,
                          struct unixtime wall) MUST_USE;

#endif
