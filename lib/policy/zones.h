/* zones - where not to walk from the root: forward and stub zones by name.
 *
 * Shape    a short list of names, each with its servers; the deepest at or above a name counts. A
 *          zone has one entry, and its own DS lies above it, so for that it is not asked (RFC 4035
 *          §3.1.4.1).
 * Owns     its list.
 * Threads  any, read only once the policy is in force.
 * Errors   ST_MALFORMED: the name is in already; ST_LIMIT: ZONES_ENTRIES_MAX are in; ST_NOMEM.
 * Spec     SPEC U1, L6; RULINGS A13, A25; LIMITS A11, B6, B7.
 */
#ifndef CATENA_POLICY_ZONES_H
#define CATENA_POLICY_ZONES_H

#include "lib/base/endpoint.h"
#include "lib/wire/name.h"

enum zones_kind { ZONES_FORWARD /* asked with RD=1 */, ZONES_STUB /* RD=0 */ };
/* FIRST: when all fail, as if it were not there; special-use names go nowhere then (LIMITS H9). */
enum zones_order { ZONES_FIRST, ZONES_ONLY };
enum zones_dnssec {
    ZONES_AUTO,     /* what the parent chain proves: no name or no DS, then insecure */
    ZONES_INSECURE, /* nothing is validated, but what an anchor below covers */
    ZONES_REQUIRE   /* bogus unless a chain or an anchor proves the zone's keys */
};

enum { ZONES_ENTRIES_MAX = 256, ZONES_SERVERS_MAX = 12 };

struct zones_entry {
    struct name name;
    enum zones_kind kind;
    enum zones_order order; /* of a forward */
    enum zones_dnssec dnssec;
    struct endpoint servers[ZONES_SERVERS_MAX];
    unsigned server_count;
};

struct zones {
    struct zones_entry *list;
    unsigned count;
};

enum status zones_add(struct zones *zones, const struct zones_entry *entry) MUST_USE;
void zones_clear(struct zones *zones);
enum status zones_copy(const struct zones *zones, struct zones *copy)
    MUST_USE; /* into an empty one */

/* NULL: the name is walked to from the root. */
const struct zones_entry *zones_closest(const struct zones *zones, const struct name *name);
/* The same where the zone `around` (NULL: none) has failed: it and all below it are passed over. */
const struct zones_entry *zones_route(const struct zones *zones, const struct name *name,
                                      const struct name *around);
/* The entry of exactly this name; NULL: none. */
const struct zones_entry *zones_at(const struct zones *zones, const struct name *name);
/* Is this server written for the zone that `cut` belongs to? Then it may be asked (RULINGS A25). */
bool zones_lists(const struct zones *zones, const struct name *cut, const struct endpoint *server);

#endif
