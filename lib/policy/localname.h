/* localname - names that are answered here: special-use names, records and zones of `local:`, and
 * those of a hosts file.
 *
 * Shape    the deepest zone at or above a name counts, be it one of the tree or a forward or stub
 *          zone of `zones:`; at one name what is written counts before what is built in, and a
 *          record that is written counts wherever it stands. A name with records has no other
 *          types, but for one of a hosts file, which tells of addresses alone; what a static zone
 *          lacks, does not exist. A DS at the top of a zone that the public DNS delegates, or may,
 *          is for the zone above to tell: who validates below us learns from there that the zone
 *          is unsigned (RFC 4035 §3.1.4.1, RFC 8375 §4).
 * Owns     nothing; what is found is packed into the caller's arena.
 * Threads  any, once the policy is in force.
 * Errors   ST_MALFORMED with a sentence in `why`; ST_LIMIT: LOCAL_NAMES_MAX, or the arena is full;
 *          ST_NOMEM.
 * Spec     SPEC L1, L2; LIMITS H9; RULINGS A25, A41 (not ipv4only.arpa), A45; RFC 6303 §3.
 */
#ifndef CATENA_POLICY_LOCALNAME_H
#define CATENA_POLICY_LOCALNAME_H

#include "lib/explain/why.h"
#include "lib/policy/local_tree.h"
#include "lib/policy/zones.h"
#include "lib/wire/text.h"

enum {
    LOCAL_SETS_MAX = 8,       /* of an answer to ANY: RULINGS A40 */
    LOCAL_TTL_S = 3600,       /* of records written without one */
    LOCAL_ABSENCE_S = 300,    /* in zones that are written, so that a change is seen soon */
    SPECIAL_ABSENCE_S = 10800 /* RFC 6303 §3 */
};

enum local_verdict {
    LOCAL_PASSES,  /* it is looked for elsewhere */
    LOCAL_RECORDS, /* `sets` */
    LOCAL_ALIAS,   /* one set, a CNAME, to be followed */
    LOCAL_NO_TYPE, /* NODATA, with `soa` */
    LOCAL_NO_NAME, /* NXDOMAIN, with `soa` */
    LOCAL_IS_REFUSED,
    LOCAL_IS_DROPPED
};

struct local_question {
    const struct name *name;
    uint16_t type;
    const struct zones *zones; /* where not to walk from the root */
};

struct local_found {
    enum local_verdict verdict;
    uint16_t why; /* enum why */
    bool special; /* the zone it stands in is built in: never asked for, whoever wants to know */
    struct rrset *sets[LOCAL_SETS_MAX];
    unsigned set_count;
    struct rrset *soa;
};

/* `found` is written on ST_OK alone. */
enum status localname_ask(const struct local_tree *tree, const struct local_question *question,
                          struct arena *arena, struct local_found *found) MUST_USE;

/* ---- making the tree; ST_MALFORMED of a zone: it is in already ---- */
/* `blocked`: what an answer of the kinds from nxdomain on gives as its reason. */
enum status localname_add_zone(struct local_tree *tree, const struct name *name,
                               enum local_kind kind, enum why blocked) MUST_USE;
/* Special-use names at and below it are asked for like any other. */
enum status localname_open(struct local_tree *tree, const struct name *name) MUST_USE;
/* Whether there are any at it, above or below. */
bool localname_has_special(const struct local_tree *tree, const struct name *name);
/* One record in presentation format. */
enum status localname_add_line(struct local_tree *tree, enum local_source source, const char *line,
                               char why[TEXT_WHY]) MUST_USE;
/* Records that no question could ever find, since a zone around them answers first. */
enum status localname_check(const struct local_tree *tree, char why[TEXT_WHY]) MUST_USE;

#endif
