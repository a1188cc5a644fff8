/* denial_zone - a small zone, in words or by chance, and the NSEC or NSEC3 chain that a signer
 * would write for it.
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
#include "lib/base/prng.h"
#include "lib/crypto/keyring.h"
#include "lib/wire/rrset.h"

enum { DENIAL_NODES_MAX = 128, DENIAL_NAMES_MAX = 1 + 4 + 16 + 64, DENIAL_TTL = 300 };

enum denial_mode { BY_NSEC, BY_NSEC3, BY_OPT_OUT };

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
/* A random one, example., with up to eight nodes of one to three of the labels a, b and *. */
void denial_zone_draw(struct prng *prng, struct denial_zone *zone);
/* The apex, and all names of one to three labels below it, each one of these up to four letters;
 * returns how many. */
size_t denial_zone_names(const struct denial_zone *zone, const char *letters,
                         struct name names[DENIAL_NAMES_MAX]);
void denial_zone_print(const struct denial_zone *zone); /* to stderr, where a test fails */
struct name denial_child(const struct name *of, const char *label);

/* ---- what is true of it ---- */
bool denial_node_has(const struct denial_node *node, const char *type);
const struct denial_node *denial_zone_node(const struct denial_zone *zone, const struct name *name);
/* A node stands at the name or below it: an empty non-terminal exists (RFC 4592 §2.2.2). */
bool denial_zone_exists(const struct denial_zone *zone, const struct name *name);
/* The name lies strictly below a delegation or a DNAME of the zone. */
bool denial_zone_cut_off(const struct denial_zone *zone, const struct name *name);
struct name denial_zone_encloser(const struct denial_zone *zone, const struct name *name);
/* What stands at the name may deny the type: it has neither that nor an alias, and stands on the
 * side of a cut that knows (RFC 6840 §4.1, §4.3). */
bool denial_zone_lacks(const struct denial_zone *zone, const struct name *name, const char *type);

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
