/* acl - lists of prefixes: who may ask, whom we never ask. */
#ifndef CATENA_POLICY_ACL_H
#define CATENA_POLICY_ACL_H

#include "lib/base/endpoint.h"

enum { ACL_MAX = 512 };

struct acl {
    struct prefix *prefixes; /* owned */
    unsigned count;
};

enum status acl_add(struct acl *acl, const struct prefix *prefix) MUST_USE; /* ST_LIMIT: ACL_MAX */
enum status acl_add_text(struct acl *acl, const char *prefix) MUST_USE;
/* `copy` is empty before. ST_NOMEM: it still is. */
enum status acl_copy(const struct acl *acl, struct acl *copy) MUST_USE;
void acl_clear(struct acl *acl);
bool acl_holds(const struct acl *acl, const struct endpoint *endpoint); /* v4-mapped as v4 */

/* How much of `whole` the list holds, in parts of ACL_SHARE_ALL, rounded down for each prefix. */
#define ACL_SHARE_ALL (UINT64_C(1) << 60)
uint64_t acl_share(const struct acl *acl, const struct prefix *whole);

/* LIMITS A11: loopback, unspecified, mapped, link-local, multicast, broadcast, private. */
enum status acl_add_never_asked(struct acl *acl) MUST_USE;

#endif
