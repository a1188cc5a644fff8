/* rrset - one RRset with the RRSIGs that cover it, packed in one block: the unit that everyone
 * passes around.
 *
 * Shape    header, then the owner (as read, uncompressed), then rr_count records and sig_count
 *          RRSIG rdatas, each a 2-octet length (host order) and the rdata uncompressed. Records
 *          stand in canonical order without doubles (RFC 4034 §6.3), RRSIGs in octet order, so
 *          equal sets have equal octets. `size` counts all of it and is a multiple of 8.
 * Owns     itself: one memcpy copies it; it holds no pointer. Class is always IN.
 * Spec     RFC 2181 §5, RFC 4034 §6, RFC 2181 §5.2 (ttl: the least of the records').
 */
#ifndef CATENA_WIRE_RRSET_H
#define CATENA_WIRE_RRSET_H

#include "lib/base/arena.h"
#include "lib/base/bytes.h"
#include "lib/base/status.h"
#include "lib/wire/name.h"

/* RFC 4033 §5; what a final answer may hold is all but SEC_UNCHECKED. */
enum security { SEC_UNCHECKED, SEC_BOGUS, SEC_INDETERMINATE, SEC_INSECURE, SEC_SECURE };

/* RFC 2181 §5.4.1, from weak to strong; validated data outranks all (LIMITS B9). */
enum rank { RANK_REFERRAL, RANK_ANSWER_NOT_AUTHORITATIVE, RANK_ANSWER, RANK_VALIDATED };

struct rrset {
    uint32_t size;
    uint32_t ttl;
    uint16_t type;
    uint16_t rr_count;
    uint8_t sig_count;
    uint8_t security; /* enum security */
    uint8_t rank;     /* enum rank */
    uint8_t owner_len;
    uint8_t owner_labels;
    uint8_t unused[3]; /* zero */
    uint8_t octets[];
};

struct rrset_parts {
    const struct name *owner;
    uint16_t type;
    uint32_t ttl;
    const struct bytes *rdatas;
    size_t rr_count;
    const struct bytes *sigs; /* RRSIG rdatas; at most RRSIGS_PER_RRSET_MAX are kept */
    size_t sig_count;
};

/* Packs into `arena`; sorts and drops doubles. rr_count 0 (signatures alone) is allowed. */
enum status rrset_pack(const struct rrset_parts *parts, struct arena *arena, struct rrset **set)
    MUST_USE;
enum status rrset_copy(const struct rrset *from, struct arena *arena, struct rrset **set) MUST_USE;

/* A block of `size` octets from outside (a snapshot) is a sound rrset: all lengths fit, and all
 * rdata is of its type's form. */
bool rrset_is_sound(const void *block, size_t size);

struct name rrset_owner(const struct rrset *set);
bool rrset_owner_is(const struct rrset *set, const struct name *name); /* folds case */
/* Same owner, type, records, signatures, octet for octet; ttl, security and rank do not count. */
bool rrset_same_octets(const struct rrset *a, const struct rrset *b);

/* Walking:  for (struct rrset_walk w = rrset_records(set); rrset_next(&w, &rdata);) ... */
struct rrset_walk {
    const uint8_t *at;
    unsigned left;
};

struct rrset_walk rrset_records(const struct rrset *set);
struct rrset_walk rrset_signatures(const struct rrset *set);
bool rrset_next(struct rrset_walk *walk, struct bytes *rdata);
struct bytes rrset_rdata(const struct rrset *set, unsigned index); /* empty when there is none */

#endif
