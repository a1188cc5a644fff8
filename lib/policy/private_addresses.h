/* private_addresses - records that lead a public name to an address of the house: DNS rebinding.
 *
 * Shape    a list of prefixes that are hidden (none: the filter is off), and names at and below
 *          which they are shown all the same. What is within an address counts as that address:
 *          IPv4-mapped, NAT64 (RFC 6052 §2.1) and 6to4 (RFC 3056 §2).
 * Owns     its lists.
 * Threads  any, read only once the policy is in force.
 * Spec     SPEC R11, LIMITS H8; RFC 9460 §7.3 (address hints).
 */
#ifndef CATENA_POLICY_PRIVATE_ADDRESSES_H
#define CATENA_POLICY_PRIVATE_ADDRESSES_H

#include "lib/policy/acl.h"
#include "lib/policy/subtree.h"
#include "lib/wire/rrset.h"

struct private_addresses {
    struct acl hidden;
    struct subtrees shown; /* the modes are not looked at */
};

enum status private_addresses_copy(const struct private_addresses *addresses,
                                   struct private_addresses *copy) MUST_USE; /* an empty one */
void private_addresses_clear(struct private_addresses *addresses);

/* What `name` says about private addresses is hidden. */
bool private_addresses_hides_of(const struct private_addresses *addresses, const struct name *name);
/* A record of the set holds such an address: A, AAAA, or a hint of SVCB or HTTPS. */
bool private_addresses_in(const struct private_addresses *addresses, const struct rrset *set);

#endif
