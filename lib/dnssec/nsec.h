/* nsec - pure predicates over one NSEC record (proven before, or being proven, by the caller).
 *
 * Spec     RFC 4034 §4, RFC 4035 §5.4, RFC 6840 §4.1 to §4.4, RFC 4592 (wildcards, empty
 *          non-terminals), RFC 9824 (NXNAME); LIMITS C2: a next name outside the zone
 *          proves nothing.
 */
#ifndef CATENA_DNSSEC_NSEC_H
#define CATENA_DNSSEC_NSEC_H

#include "lib/wire/rrset.h"

struct nsec {
    struct name owner, next;
    struct bytes bitmap; /* borrows the rrset */
};

/* False: not one sound NSEC record, or owner or next name not in `zone`. */
bool nsec_read(const struct rrset *set, const struct name *zone, struct nsec *nsec);

bool nsec_matches(const struct nsec *nsec, const struct name *name);
/* `name` lies strictly between owner and next (the last NSEC's next is the apex). An ancestor
 * delegation (NS without SOA) or a DNAME at the owner covers nothing below it (RFC 6840 §4.1). */
bool nsec_covers(const struct nsec *nsec, const struct name *name, const struct name *zone);
/* `name` is an empty non-terminal by this record: it covers the name and next is below it. */
bool nsec_shows_empty_nonterminal(const struct nsec *nsec, const struct name *name);
/* The closest encloser of `name`, which this record covers (RFC 4592 §3.3.1). */
struct name nsec_closest_encloser(const struct nsec *nsec, const struct name *name);

#endif
