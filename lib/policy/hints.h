/* hints - where to begin: names and addresses of the root servers (RFC 9609).
 *
 * Shape    HINTS_MAX servers of the policy, each with at most one address a family; those compiled
 *          in come from trust-anchors/root.hints. Hints are never served to a client.
 * Errors   ST_MALFORMED with a sentence in `why`; ST_LIMIT: more servers than HINTS_MAX. The hints
 *          of the policy are written only on ST_OK.
 */
#ifndef CATENA_POLICY_HINTS_H
#define CATENA_POLICY_HINTS_H

#include "lib/policy/policy.h"

/* Both replace the hints that are there. Records other than NS of the root, and A and AAAA of the
 * servers so named, are passed over. */
enum status hints_set_builtin(struct policy *policy) MUST_USE;
enum status hints_set_file(struct policy *policy, const char *path, char why[TEXT_WHY]) MUST_USE;

#endif
