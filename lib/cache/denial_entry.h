/* denial_entry - what denial_cache keeps in the store, under numbers: one proven NSEC or NSEC3
 * each; and where a record stands among others.
 *
 * Shape    entries are bulk entries of the store. `first` is the beginning of an order key: where
 *          two differ in it, it is their order; where not, the entries tell.
 * Owns     nothing.
 * Threads  any; denial_cache holds a lock of its own around them.
 */
#ifndef CATENA_CACHE_DENIAL_ENTRY_H
#define CATENA_CACHE_DENIAL_ENTRY_H

#include "lib/cache/denial_cache.h"

/* What is sought, or is to be kept, in one zone. */
struct denial_target {
    const struct name *zone, *name;
    const uint8_t *hash; /* or NULL */
    uint64_t first;
};

struct denial_target denial_target_at(const struct denial_place *place);

struct denial_room {
    _Alignas(8) uint8_t octets[DENIAL_ENTRY_MAX];
};

/* NULL: gone or expired. The set stands in the room. */
struct rrset *denial_entry_read(struct store *store, uint64_t number, struct instant now,
                                struct denial_room *room);
enum status denial_entry_write(struct store *store, uint64_t number,
                               const struct denial_record *record, struct instant now) MUST_USE;

/* Where the entry stands, seen from the target. */
enum denial_side { ITEM_BEFORE, ITEM_SAME, ITEM_BEHIND, ITEM_DEAD };
enum denial_side denial_entry_side(struct store *store, uint64_t number,
                                   const struct denial_target *target, struct instant now);

/* Sets of wildcards (denial_cache.h). */
enum status denial_wildcard_write(struct store *store, const struct denial_record *record,
                                  struct instant now) MUST_USE;
struct rrset *denial_wildcard_read(struct store *store, const struct denial_wildcard *wildcard,
                                   struct instant now, struct denial_room *room);

#endif
