/* zonemd - is a zone, as a whole, what its publisher digested?
 *
 * Shape    the zone's sets, delegations and glue included, in canonical order of owner, then type
 *          (RFC 4034 §6.1, RFC 8976 §3.3.2), no set twice; every RRSIG with the set it covers, at
 *          that set's TTL (RFC 4034 §3). Whether the ZONEMD set itself is signed, or proven absent
 *          where the zone is signed, is for the caller to judge (RFC 8976 §4 steps 1 to 3).
 * Owns     nothing; scratch of about the zone's own size is taken from `arena`.
 * Errors   ST_LIMIT: the arena is full; ST_MALFORMED: the sets are not as above, or there is not
 *          one SOA; ST_UNSUPPORTED, ST_NOMEM: OpenSSL here. No judgment then.
 * Spec     RFC 8976 §3, §4: scheme SIMPLE (1) with SHA-384 (1) and SHA-512 (2).
 */
#ifndef CATENA_DNSSEC_ZONEMD_H
#define CATENA_DNSSEC_ZONEMD_H

#include "lib/base/arena.h"
#include "lib/crypto/keyring.h"
#include "lib/wire/rrset.h"

enum zonemd_judgment {
    ZONEMD_ABSENT,       /* no ZONEMD at the apex */
    ZONEMD_UNVERIFIABLE, /* none that can be checked here: neither success nor failure */
    ZONEMD_MATCHES,      /* one of those that can be checked fits the zone (RFC 8976 §4 step 5) */
    ZONEMD_DIFFERS       /* none of them does, by serial or digest */
};

struct zonemd_zone {
    const struct name *apex;
    struct rrset *const *sets;
    size_t count;
};

enum status zonemd_judge(const struct zonemd_zone *zone, struct keyring *keyring,
                         struct arena *arena, enum zonemd_judgment *judgment) MUST_USE;

#endif
