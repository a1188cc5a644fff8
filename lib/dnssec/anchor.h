/* anchor - the trust anchors in force: DS or DNSKEY for any zone.
 *
 * Shape    an immutable set, zones with their DS and DNSKEY rdatas; the root's are compiled in from
 *          trust-anchors/root.ds. At most ANCHORS_MAX lines.
 * Owns     its copies.
 * Threads  immutable once built.
 * Errors   ST_MALFORMED with a sentence in `why`; ST_LIMIT.
 * Spec     RFC 4035 §4.4, RFC 5011 (its maintenance: rfc5011), SPEC A1, A7.
 */
#ifndef CATENA_DNSSEC_ANCHOR_H
#define CATENA_DNSSEC_ANCHOR_H

#include "lib/base/arena.h"
#include "lib/wire/rrset.h"
#include "lib/wire/text.h"

enum { ANCHORS_MAX = 256 };

struct anchor_set;

struct anchor_set *anchor_set_create(void);                       /* empty; NULL: no memory */
struct anchor_set *anchor_set_copy(const struct anchor_set *set); /* NULL: no memory */
void anchor_set_destroy(struct anchor_set *set);
enum status anchor_add_builtin(struct anchor_set *set) MUST_USE;
enum status anchor_add_line(struct anchor_set *set, const char *line, char why[TEXT_WHY]) MUST_USE;
enum status anchor_add_file(struct anchor_set *set, const char *path, char why[TEXT_WHY]) MUST_USE;

/* One DS or DNSKEY, held to the same rules. */
enum status anchor_add(struct anchor_set *set, const struct name *zone, uint16_t type,
                       struct bytes rdata) MUST_USE;

/* The zones that have an anchor, from index 0; false: no more. */
bool anchor_zone(const struct anchor_set *set, size_t index, struct name *zone);
/* The deepest zone with an anchor at or above `name`; false: none. */
bool anchor_closest(const struct anchor_set *set, const struct name *name, struct name *zone);
/* The anchor's DS and DNSKEY sets for exactly `zone`; each NULL when there is none of its kind. */
void anchor_find(const struct anchor_set *set, const struct name *zone, const struct rrset **ds,
                 const struct rrset **keys);
/* The same as copies in the arena, which outlive the set. */
enum status anchor_copy(const struct anchor_set *set, const struct name *zone, struct arena *arena,
                        const struct rrset **ds, const struct rrset **keys) MUST_USE;

#endif
