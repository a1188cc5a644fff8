/* subtree - what holds at and below a name: validation modes and negative trust anchors.
 *
 * Shape    a short list of names, each with a mode; the deepest at or above a name counts.
 * Owns     its list.
 * Threads  any, read only once the policy is in force.
 * Errors   ST_LIMIT: SUBTREES_MAX are in; ST_NOMEM.
 * Spec     RFC 7646 (negative trust anchors), SPEC V15, V16.
 */
#ifndef CATENA_POLICY_SUBTREE_H
#define CATENA_POLICY_SUBTREE_H

#include "lib/base/instant.h"
#include "lib/wire/name.h"

enum dnssec_mode { DNSSEC_VALIDATE, DNSSEC_LOG_ONLY, DNSSEC_OFF };

enum { SUBTREES_MAX = 256 };

struct subtree {
    struct name name;
    enum dnssec_mode mode; /* of a negative anchor: not looked at */
    struct instant until;  /* of a timed negative anchor; 0: for good */
};

struct subtrees {
    struct subtree *list;
    unsigned count;
};

enum status subtrees_add(struct subtrees *subtrees, const struct subtree *subtree) MUST_USE;
/* `copy` is empty before. ST_NOMEM: it still is. */
enum status subtrees_copy(const struct subtrees *subtrees, struct subtrees *copy) MUST_USE;
void subtrees_clear(struct subtrees *subtrees);
void subtrees_drop_timed(struct subtrees *subtrees); /* those with an end; order stays */
const struct subtree *subtrees_closest(const struct subtrees *subtrees, const struct name *name);

#endif
