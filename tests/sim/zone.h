/* zone - one zone of the scripted Internet: made from a plan in words, signed, held as rrsets.
 *
 * Shape    `sets` are the zone's own sets and its cuts' NS, DS and glue; what is authoritative is
 *          signed. The denial chain stands apart in `chain`, in its own order.
 * Owns     nothing: everything is in the arena of the Internet it belongs to.
 * Errors   none: what cannot be done prints a line and aborts, since it is the test that is wrong.
 * Spec     RFC 1034 §4.2, RFC 4035 §2, RFC 5155 §7.1.
 */
#ifndef CATENA_TESTS_SIM_ZONE_H
#define CATENA_TESTS_SIM_ZONE_H

#include "lib/crypto/keyring.h"
#include "lib/policy/policy.h"
#include "tests/support/denial_zone.h"
#include "tests/support/sign.h"

enum {
    ZONE_SETS_MAX = 160,
    CROWD_NAMES = 120,
    ZONE_CHAIN_MAX = DENIAL_NODES_MAX * 4,
    ZONE_TTL = 3600,
    ZONE_DENIAL_TTL = 600
};

enum zone_denial { DENIED_BY_NSEC, DENIED_BY_NSEC3, DENIED_WITH_OPT_OUT };

/* What is wrong with a zone, or odd. */
enum zone_odd {
    ODD_EXPIRED = 1,   /* all its signatures have expired */
    ODD_WRONG_DS = 2,  /* the parent's DS names a key that it does not have */
    ODD_STRIPPED = 4,  /* the sets of www have lost their signatures */
    ODD_NO_DENIAL = 8, /* nothing proves what is absent */
    ODD_TRAP = 16,     /* each set of burnN has three wrong signatures before the good one */
    ODD_BIG_KEYS = 32, /* so many keys that their set does not fit a datagram */
    ODD_MAZE = 64,     /* nothing wrong, but a long way */
    ODD_PRIVATE = 128, /* nobody delegates to it */
    ODD_KEYTRAP = 256, /* 500 keys of one tag; with each answer 500 signatures that fail */
    ODD_CROWDED = 512  /* CROWD_NAMES names beside those of the plan */
};

/* `servers`: words "name=address[,address]", or "name" for a name whose address stands elsewhere;
 * "@root" for the servers of the hints. `records`: lines "owner TYPE rdata", owner relative to the
 * apex, @ for the apex itself. */
struct zone_plan {
    const char *apex, *servers;
    uint8_t algorithm; /* 0: unsigned */
    enum zone_denial denial;
    unsigned odd;
    const char *records;
};

struct zone {
    const struct zone_plan *plan;
    struct name apex;
    const struct zone *parent; /* NULL: the root */
    struct sign_key key;
    enum security truth; /* of an ordinary set in it */
    bool taken_back;     /* it or a zone above it is delegated no more */
    const struct rrset *sets[ZONE_SETS_MAX];
    size_t set_count;
    struct rrset *chain[ZONE_CHAIN_MAX];
    size_t chain_count;
};

/* What zones are made with. */
struct zone_works {
    struct arena *arena;
    struct signer *signer;
    struct keyring *keyring;
    const struct hint *hints; /* HINTS_MAX of them: the servers of @root */
    int64_t wall;             /* signatures hold around it ... */
    bool root_keys_ahead;     /* ... but of the root's keys from a month after it on */
    bool root_forged_ahead;   /* so do all others of the root, and were made by nobody */
};

enum found {
    FOUND_DATA,
    FOUND_CNAME,
    FOUND_DNAME, /* `set` is the DNAME, `encloser` its owner */
    FOUND_CUT,   /* `set` is the NS set of the cut */
    FOUND_NODATA,
    FOUND_NXDOMAIN
};

struct finding {
    enum found kind;
    const struct rrset *set;
    bool by_wildcard;
    struct name encloser; /* the closest one, where the name itself does not exist */
};

void zone_fail(const char *what, const char *where) __attribute__((noreturn));
const struct rrset *zone_set(const struct zone *zone, const struct name *owner, uint16_t type);
bool zone_exists(const struct zone *zone, const struct name *name); /* empty non-terminals do */
/* RFC 1034 §4.3.2 step 3, RFC 4592 §3.3.1, RFC 6672 §3.2. */
void zone_find(const struct zone *zone, const struct name *name, uint16_t type,
               struct finding *finding);

/* NSEC or NSEC3 record that matches or covers a name; NULL: there is none. */
const struct rrset *zone_nsec_at(const struct zone *zone, const struct name *name);
const struct rrset *zone_nsec_over(const struct zone *zone, const struct name *name);
enum nsec3_part { NSEC3_MATCHES, NSEC3_COVERS };
const struct rrset *zone_nsec3(const struct zone *zone, struct keyring *keyring,
                               const struct name *name, enum nsec3_part part);

/* zone_build.c. `zones[0..count)`: the plans' zones, parents before children; fills zones[at]. */
void zone_build(struct zone *zones, size_t count, size_t at, const struct zone_works *works);

#endif
