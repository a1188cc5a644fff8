/* internet - the scripted Internet: zones by plan, and the sites that serve them.
 *
 * Shape    a site is an address; its zones are those whose plan names it. The thirteen addresses of
 *          the hints serve the root, arpa and root-servers.net. Immutable once built: what a run
 *          does to it (dead servers, slow links) is the world's.
 * Owns     an arena, a signer, a keyring.
 * Errors   none: what cannot be done prints a line and aborts, since it is the test that is wrong.
 */
#ifndef CATENA_TESTS_SIM_INTERNET_H
#define CATENA_TESTS_SIM_INTERNET_H

#include "lib/policy/policy.h"
#include "tests/sim/authority.h"

enum { ZONES_MAX = 64, SITES_MAX = 128, SITE_ZONES_MAX = 16 };

struct site {
    struct endpoint address;
    const struct zone *zones[SITE_ZONES_MAX];
    size_t zone_count;
};

struct internet {
    struct pool *pool;
    struct arena *arena;
    struct crypto *crypto;
    struct keyring *keyring;
    struct signer *signer;
    struct unixtime wall;
    struct zone zones[ZONES_MAX];
    size_t zone_count;
    struct site sites[SITES_MAX];
    size_t site_count;
    char anchor[256]; /* the root's DS as a line */
};

enum internet_kind {
    KEYS_FIRST,
    KEYS_ROLLED,        /* zones without children have another key */
    KEYS_ALL_ROLLED,    /* all zones have but the root, whose key is the anchor */
    ZONE_TAKEN_BACK,    /* t2. delegates deep.t2. no more; the servers of that day still serve it */
    WITH_PRIVATE_ZONES, /* that nobody delegates to: internet_private_plans */
    ROOT_KEYS_AHEAD,    /* the root's DNSKEY set is the one that is signed for next month */
    ROOT_FORGED_AHEAD   /* its other sets are, by signatures that are not its own */
};

/* All of one wall time look alike but for what the kind says. */
struct internet *internet_create(struct unixtime wall, enum internet_kind kind);
void internet_destroy(struct internet *internet); /* NULL is fine */

int internet_site(const struct internet *internet, const struct endpoint *address); /* -1: none */
const struct zone *internet_zone(const struct internet *internet, const char *apex);

/* internet_plans.c: parents before children; ends with apex NULL. */
extern const struct zone_plan internet_plans[], internet_private_plans[];

#endif
