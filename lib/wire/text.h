/* text - presentation format in and out: the one door to ldns.
 *
 * Errors   ST_MALFORMED with a sentence in `why` (what was found, where); ST_LIMIT: arena full.
 * Spec     RFC 1035 §5, RFC 3597 §5 (\# for types without a form of their own), RFC 9460, RFC 8976.
 *          What ldns reads wrongly or not at all (RESINFO, newer types) our type table reads; and
 *          nothing that came from the network is printed by ldns.
 */
#ifndef CATENA_WIRE_TEXT_H
#define CATENA_WIRE_TEXT_H

#include "lib/base/arena.h"
#include "lib/base/status.h"
#include "lib/wire/name.h"
#include "lib/wire/rrset.h"

enum { TEXT_WHY = 160, TEXT_RDATA = 8192 };

struct text_record {
    struct name owner;
    uint16_t type, class;
    uint32_t ttl;
    struct bytes rdata; /* in the arena, uncompressed */
};

/* One line "owner [ttl] [class] type rdata"; a relative owner is taken under the root, an absent
 * TTL for 0, an absent class for IN. A type that is never data in a zone is refused. */
enum status text_read_record(const char *line, struct arena *arena, struct text_record *record,
                             char why[TEXT_WHY]) MUST_USE;
/* The same with another TTL where there is none. */
enum status text_read_record_with(const char *line, uint32_t ttl, struct arena *arena,
                                  struct text_record *record, char why[TEXT_WHY]) MUST_USE;

/* All records of a zone or anchor file, one call each: `take` returns false to stop. Handles $TTL,
 * $ORIGIN, parentheses. The record's rdata lives until `take` returns. `why` counts the lines. */
struct text_source {
    const char *path;
    const struct name *origin; /* NULL: the root */
    uint32_t ttl;              /* where the file has no $TTL */
};
enum status text_read_file(const struct text_source *source,
                           bool (*take)(void *context, const struct text_record *record),
                           void *context, char why[TEXT_WHY]) MUST_USE;

/* Prints rdata; never fails: what has no form prints as RFC 3597 \# ...; returns `text`. */
char *text_rdata(uint16_t type, struct bytes rdata, char *text, size_t size);

#endif
