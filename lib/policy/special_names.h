/* special_names - names that the public DNS does not hold: answered here, so that they never leak.
 *
 * Shape    one table of names with their kinds; each can be opened, or given a zone of its own.
 * Spec     RFC 6761 §6, RFC 6762 §12 and §22.1 (local), RFC 7686 (onion), RFC 8375 (home.arpa),
 *          RFC 9462 §8.2 (resolver.arpa), RFC 9665 (service.arpa), RFC 6303 §4 and RFC 7793 §3
 *          (reverse trees of addresses that are no public ones); SPEC L2, LIMITS H9.
 *          ipv4only.arpa is not among them: RFC 8880 §7.1, RULINGS A41.
 */
#ifndef CATENA_POLICY_SPECIAL_NAMES_H
#define CATENA_POLICY_SPECIAL_NAMES_H

#include "lib/policy/local_tree.h"

/* Into an empty tree. */
enum status special_names_add(struct local_tree *tree) MUST_USE;

#endif
