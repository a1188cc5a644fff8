/* denial_zone - a small zone in words, and the NSEC or NSEC3 chain a signer would write for it.
 *
 * Shape    nodes are names of the zone with the types they hold; what lies below a delegation or a
 *          DNAME gets no record. Sets come unsigned and unjudged, in no promised order.
 * Owns     nothing: sets are in the arena.
 * Errors   none: what cannot be done prints a line and aborts, since it is the test that is wrong.
 * Spec     RFC 4034 §4, RFC 5155 §7.1.
 */
#ifndef CATENA_TESTS_SUPPORT_DENIAL_ZONE_H
#define CATENA_TESTS_SUPPORT_DENIAL_ZONE_H

#include "lib/base/arena.h"
#include "lib/crypto/keyring.h"
#include "lib/wire/rrset.h"

enum { DENIAL_NODES_MAX = 128, DENIAL_TTL = 300 };

struct denial_zone {
    struct name apex;
    struct denial_node {
        struct name name;
        char types[64]; /* "A TXT", without RRSIG and NSEC */
    } nodes[DENIAL_NODES_MAX];
    size_t count;
};

/* Lines "owner TYPE TYPE ..."; the first is the apex. */
void denial_zone_read(const char *lines, struct denial_zone *zone);

/* ---- what is true of it ---- */
bool denial_node_has(const struct denial_node *node, const char *type);
const struct denial_node *denial_zone_node(const struct denial_zone *zone, const struct name *name);
/* A node stands at the name or below it: an empty non-terminal exists (RFC 4592 §2.2.2). */
bool denial_zone_exists(const struct denial_zone *zone, const struct name *name);
/* The name lies strictly below a delegation or a DNAME of the zone. */
bool denial_zone_cut_off(const struct denial_zone *zone, const struct name *name);

/* ---- single records ---- */
struct rrset *denial_nsec(const char *owner, const char *next, const char *types,
                          struct arena *arena);

/* One NSEC3 chain's parameters. */
struct denial_chain {
    struct keyring *keyring;
    const char *salt; /* hex, "" for none */
    uint16_t iterations;
    uint8_t flags;
};

void denial_hash(const struct denial_chain *chain, const struct name *name, uint8_t hash[20]);
char *denial_base32hex(const uint8_t hash[20], char text[33]);
/* An NSEC3 of `zone` from one hash to another. */
struct denial_span {
    uint8_t from[20], to[20];
    const char *types;
};
struct rrset *denial_nsec3(const struct denial_chain *chain, const struct name *zone,
                           const struct denial_span *span, struct arena *arena);

/* ---- whole chains; `sets` holds DENIAL_NODES_MAX * 4; returns how many there are ---- */
size_t denial_zone_nsec(const struct denial_zone *zone, struct arena *arena, struct rrset **sets);
/* With the opt-out flag, unsigned delegations and what leads to them alone are left out. */
size_t denial_zone_nsec3(const struct denial_zone *zone, const struct denial_chain *chain,
                         struct arena *arena, struct rrset **sets);

#endif
