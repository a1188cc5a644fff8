/* scrub - of an upstream reply, only what its sender may say and the question asked for.
 *
 * Shape    an allow-list (LIMITS B1). ANSWER keeps the first link alone: the sets of (name, type),
 *          the CNAME at the name or the DNAME above it. AUTHORITY keeps SOA, NSEC, NSEC3 and, in a
 *          referral, the NS and DS of the delegated owner. ADDITIONAL keeps the addresses of its
 *          NS names that lie in the referring zone; of an answer it keeps those of the root's own
 *          NS names, for priming. All owners at or below the zone asked, in lower
 *          case; the one exception is `ns`, which shows a lame server by an owner above the zone.
 * Owns     nothing: what is kept is copied into the arena, nothing points into the packet (RULINGS
 *          A12). What is dropped is not read further and costs no memory.
 * Errors   ST_MALFORMED: rdata that would have been kept is not of its type's form. ST_LIMIT: the
 *          arena is full. ST_UNSUPPORTED: over RECORDS_PER_MESSAGE_MAX.
 * Spec     RFC 2181 §5.4.1, RFC 5452 §6, RFC 6672 §2.2 (DNAME), RFC 9471 (glue); LIMITS B1 to B5.
 */
#ifndef CATENA_ENGINE_SCRUB_H
#define CATENA_ENGINE_SCRUB_H

#include "lib/cache/delegation_cache.h"
#include "lib/wire/message.h"

/* What was asked of whom. `name` may be a minimised one. */
struct asked {
    struct name name, zone; /* zone: the cut whose servers were asked */
    uint16_t type;
    bool of_forwarder; /* it was asked to recurse */
};

struct scrubbed {
    unsigned rcode;
    bool authoritative, recursion_available;
    struct rrset_list answer;    /* first link; several sets only for ANY (at most 8: LIMITS D4) */
    struct rrset_list authority; /* SOA, NSEC, NSEC3, each with its RRSIGs; DS in a referral */
    const struct rrset *soa;     /* one of `authority`; NULL: none */
    const struct rrset *ns;      /* at or above the name, where nothing else was said; NULL: none */
    struct rrset_list glue;      /* A and AAAA of names in `ns`, at or below `zone` */
    uint16_t *glue_of;           /* glue.at[i] are addresses of the glue_of[i]th record of `ns` or,
                                    where there is none, of the root's NS set in `answer` */
    bool foreign;                /* something was dropped: counted, not judged */
};

enum status scrub(const struct message *message, const struct asked *asked,
                  const struct siphash_key *key, struct arena *arena, struct scrubbed *out)
    MUST_USE;

/* The name that an alias link leads to: a CNAME's target, or a DNAME's substitution; may be `name`
 * itself. ST_LIMIT: it grows too long (RFC 6672 §2.2: YXDOMAIN). */
enum status scrub_target(const struct rrset *alias, const struct name *name, struct name *target)
    MUST_USE;

#endif
