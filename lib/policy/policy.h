/* policy - the immutable set in force: what the configuration says, in the forms the engine uses.
 *
 * Shape    built whole from the options, then never changed; what changes while the program runs
 *          (anchors, negative anchors) goes into a copy that takes its place (RULINGS B22).
 * Owns     all it points to.
 * Threads  any, read only.
 */
#ifndef CATENA_POLICY_POLICY_H
#define CATENA_POLICY_POLICY_H

#include "lib/base/endpoint.h"
#include "lib/base/limits.h"
#include "lib/base/ports.h"
#include "lib/dnssec/anchor.h"
#include "lib/dnssec/rules.h"
#include "lib/policy/acl.h"
#include "lib/policy/cookie.h"
#include "lib/policy/identity.h"
#include "lib/policy/localname.h"
#include "lib/policy/private_addresses.h"
#include "lib/policy/ratelimit.h"
#include "lib/policy/subtree.h"
#include "lib/policy/time_repair.h"
#include "lib/policy/zones.h"

enum qmin_mode { QMIN_RELAXED, QMIN_STRICT, QMIN_OFF };
enum family_use { FAMILY_OFF, FAMILY_ON, FAMILY_AUTO /* where there is a route */ };

enum { HINTS_MAX = 13, OWN_MAX = 256 };

/* A root server by name with its addresses (RFC 9609). */
struct hint {
    struct name name;
    struct endpoint v4, v6; /* family 0: none */
};

struct policy {
    struct limits limits;
    struct dnssec_rules rules;
    enum dnssec_mode dnssec;          /* where no subtree says otherwise */
    struct subtrees modes;            /* the same below a name (SPEC V16) */
    struct subtrees negative_anchors; /* taken as insecure for good (RFC 7646) */
    struct zones zones;               /* where not to walk from the root */
    struct local_tree *local;         /* special-use names, and what `local:` says */
    struct private_addresses private; /* hidden of public names (SPEC R11) */
    struct subtrees time_repair;      /* answered unvalidated while the clock is behind */
    struct anchor_set *anchors;
    struct acl allow;            /* may ask */
    struct acl snoop;            /* may ask with RD=0 */
    struct ratelimit_rules rate; /* how much goes out to whom (LIMITS 4) */
    struct acl refuse_addresses; /* never asked as a server (LIMITS A11) */
    bool cookies;                /* clients get them, where there is a secret (RFC 7873) */
    struct cookie_secrets cookie_secrets;
    struct identity identity; /* what is told of ourselves */
    struct hint hints[HINTS_MAX];
    unsigned hint_count;
    uint16_t hints_port; /* 53; another in tests */
    enum qmin_mode qmin;
    bool mixed_case;
    bool priming;
    bool aggressive;  /* RFC 8198: what is proven absent is not asked for */
    bool signal;      /* tell which keys of the root are trusted (RFC 8145, RFC 8509) */
    bool log_queries; /* a line in the log for each question of a client */
    enum family_use ipv4, ipv6;
    uint32_t ttl_min_s, ttl_max_s, negative_ttl_max_s;
    bool clock_fixed;
    struct unixtime clock; /* the validation time when clock_fixed */

    struct endpoint own[OWN_MAX]; /* where we listen ourselves: never asked (SPEC I21) */
    unsigned own_count;
    struct ports closed_ports; /* no question leaves from these (RULINGS B10) */
};

/* All defaults of DESIGN 8, built-in anchors and hints included. NULL: no memory. */
struct policy *policy_create(void);
/* All of it once more, to be changed before it is in force. NULL: no memory. */
struct policy *policy_copy(const struct policy *policy);
void policy_destroy(struct policy *policy);

/* `server` is one of ours, which is not asked; ST_LIMIT: OWN_MAX of them are known. */
enum status policy_add_own(struct policy *policy, const struct endpoint *server) MUST_USE;
/* On the list of those who are never asked, or ourselves (LIMITS A11, SPEC I21). */
bool policy_never_asks(const struct policy *policy, const struct endpoint *server);

/* How answers about `name` are validated. */
enum dnssec_mode policy_mode(const struct policy *policy, const struct name *name);
/* A negative anchor covers `name`, and no positive one below it does (RFC 7646 §2, SPEC V15). */
bool policy_is_negative(const struct policy *policy, const struct name *name, struct instant now);
/* Until when it does; 0: it does not; NEVER: for good. What is kept by it is kept no longer. */
struct instant policy_negative_until(const struct policy *policy, const struct name *name,
                                     struct instant now);
/* The forward or stub zone that `name` lies in is written as insecure, and no positive anchor below
 * it covers the name (RULINGS A25). */
bool policy_is_written_insecure(const struct policy *policy, const struct name *name);

#endif
