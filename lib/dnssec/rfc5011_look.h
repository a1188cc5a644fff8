/* rfc5011_look - what a DNSKEY set shows to a trust point: which keys are its own, who signed; and
 * which keys of anchors, or of a point's other memory, are its own.
 *
 * Shape    only signatures that decide something are checked: those of trusted keys, of built-in
 *          ones that may be called back, and of keys that revoke themselves; counted and bounded
 *          as every proof (LIMITS D1, D2). Resumable: zero the look to begin.
 * Owns     nothing: the sight borrows the set and the desk's arena.
 * Spec     RFC 5011 §2.1, §2.2; RFC 4034 §5 (DS), SPEC A2.
 */
#ifndef CATENA_DNSSEC_ROLL_LOOK_H
#define CATENA_DNSSEC_ROLL_LOOK_H

#include "lib/dnssec/rfc5011.h"
#include "lib/dnssec/rrsig.h"

struct rfc5011_look {
    struct rfc5011_sight sight;
    bool gathered;
    uint8_t at;     /* next of sight.keys to check */
    uint8_t misses; /* DS digests that did not match */
    struct rrsig_check check;
    struct reply_work work;
};

/* PROOF_GOOD: the sight is complete (whether anything is proven, rfc5011_step says). CONTINUE and
 * SPENT as in rrsig_prove; after SPENT there is no sight: ask again at the retry interval. */
enum proof rfc5011_look(struct rfc5011_look *look, const struct rfc5011_point *point,
                        const struct rrset *set, struct proof_desk *desk);

/* Makes the anchors in force (anchor_find; each may be NULL) the built-in keys of `point`: those it
 * does not know are added as VALID; a learned one is adopted; one that was built in before stays in
 * its state, and a revoked one stays revoked. Slots that were built in and are so no more count as
 * learned; of these a DS never seen is dropped. DS of an algorithm or digest not used here are left
 * out. False: not all found a slot. */
bool rfc5011_add_anchors(struct rfc5011_point *point, const struct rrset *ds,
                         const struct rrset *keys, struct proof_desk *desk);

/* Adds to `point`, as a state file has it and with its anchors, what `known` learnt of the same
 * zone while the file could not be read: every revocation, whose proof is the revoked key's own;
 * and the keys that `known` trusts, unless the file records the revocation of one that it trusted,
 * for then nothing that such a key vouched for counts (RULINGS A43). False: not all found a slot.
 * */
bool rfc5011_carry(struct rfc5011_point *point, const struct rfc5011_point *known,
                   struct proof_desk *desk);

#endif
