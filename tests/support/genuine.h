/* genuine - signed data of the real DNS that tests read: zones, recorded chains, captures. They lie
 * outside the tree, below ${CATENA_DATA:-../shared/data}.
 *
 * Shape    a file is named by its path below that folder; one that ends in .xz is unpacked on the
 *          way. JSON is read in place: a value is the text that begins with it.
 * Owns     a zone's sets are in the arena.
 * Errors   what is there and cannot be read prints a line and aborts: it is the test that is wrong.
 */
#ifndef CATENA_TESTS_SUPPORT_GENUINE_H
#define CATENA_TESTS_SUPPORT_GENUINE_H

#include <stdio.h>

#include "lib/base/arena.h"
#include "lib/base/instant.h"
#include "lib/wire/rrset.h"

enum { GENUINE_PATH = 512, GENUINE_LINE = 256 * 1024 };

/* False: the file is not there; a line on standard output then says that `test` is skipped. */
bool genuine_here(const char *file, const char *test);
bool genuine_all(void); /* CATENA_LONG is set: everything, not a sample */

FILE *genuine_open(const char *file);
void genuine_close(FILE *stream, const char *file);
struct unixtime genuine_time(const char *text); /* YYYYMMDDHHmmSS */

/* ---- zones ---- */

enum { GENUINE_RECORDS_MAX = 65536 };

/* The sets with their signatures in canonical order of owner, then type (RFC 4034 §6.1). */
struct genuine_zone {
    struct rrset **sets;
    size_t count, records, signatures; /* records: in the file, RRSIGs and doubles included */
};

void genuine_read_zone(const char *file, const struct name *origin, struct arena *arena,
                       struct genuine_zone *zone);
/* NULL: there is none. */
struct rrset *genuine_find(const struct genuine_zone *zone, const struct name *owner,
                           uint16_t type);

/* ---- JSON ---- */

const char *json_member(const char *object, const char *key); /* NULL: none of that name */
const char *json_first(const char *array);                    /* NULL: empty */
const char *json_next(const char *value);                     /* the next of an array; NULL: none */
/* A string without escapes, as it stands; its length. */
size_t json_text(const char *value, char *into, size_t size);
int64_t json_number(const char *value);
/* A string of hex digits; in the arena. */
struct bytes json_hex(const char *value, struct arena *arena);

#endif
