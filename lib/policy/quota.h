/* quota - how many of something each client, zone or server has at this moment.
 *
 * Shape    one fixed table of counters for the process. A key has two places, from one keyed hash;
 *          its count is the lesser of the two. So a count is never below the truth, whatever others
 *          do, and above it only where both places are shared with somebody: nobody outside knows
 *          who shares. No allocation, no lock, nothing to run out of.
 * Owns     512 KiB of address space, touched where it is used.
 * Threads  any; all workers share one (RULINGS B23).
 * Spec     LIMITS 0.1 (rows of concurrency), 4.2 (third limiter), F9; RULINGS A20, B23.
 */
#ifndef CATENA_POLICY_QUOTA_H
#define CATENA_POLICY_QUOTA_H

#include "lib/base/endpoint.h"
#include "lib/base/siphash.h"

enum { QUOTA_PLACES = 1 << 16 }; /* of each of the two rows */

/* What is counted. The same key under two of them is two keys. */
enum quota_kind { QUOTA_CONNECTIONS, QUOTA_WAITING, QUOTA_ZONE, QUOTA_SERVER };

struct quota;

struct quota_place {
    uint16_t at[2];
};

struct quota *quota_create(const struct siphash_key *key); /* NULL: no memory */
void quota_destroy(struct quota *quota);                   /* NULL is fine */

struct quota_place quota_find(const struct quota *quota, enum quota_kind kind, const void *key,
                              size_t octets);
/* Of a client: IPv4 /32, IPv6 /56; who forges or owns an address has all around it. */
struct quota_place quota_find_client(const struct quota *quota, enum quota_kind kind,
                                     const struct endpoint *client);

uint32_t quota_enter(struct quota *quota, struct quota_place place); /* the count, with this one */
void quota_leave(struct quota *quota, struct quota_place place); /* once for each that entered */
uint32_t quota_count(const struct quota *quota, struct quota_place place);

#endif
