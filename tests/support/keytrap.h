/* keytrap - what CVE-2023-50387 is made of: many keys of one tag, many signatures that fail.
 *
 * Shape    a key's tag is a sum over its rdata (RFC 4034 §B), the flags included, of which thirteen
 *          bits are reserved (§2.1.1) and ignored: they make up for whatever key is put in.
 * Owns     nothing: rdatas are in the arena. Same input, same octets.
 * Errors   none: what cannot be done prints a line and aborts, since it is the test that is wrong.
 */
#ifndef CATENA_TESTS_SUPPORT_KEYTRAP_H
#define CATENA_TESTS_SUPPORT_KEYTRAP_H

#include "tests/support/sign.h"

enum { KEYTRAP_KEYS = 500, KEYTRAP_SIGNATURES = 500 };

/* KEYTRAP_NO_POINT: as long as a key of its algorithm is, and none (LIMITS D5, CVE-2025-8677). */
enum keytrap_point { KEYTRAP_POINT, KEYTRAP_NO_POINT };

/* `count` DNSKEY rdatas with the tag and the algorithm (13, 14, 15) of `key`, which is the first of
 * them; all are zone keys, none is revoked, no two have the same key. */
void keytrap_keys(const struct sign_key *key, enum keytrap_point point, struct bytes *rdatas,
                  size_t count, struct arena *arena);
/* `count` RRSIG rdatas, each like `good` with another signature, which does not hold. */
void keytrap_signatures(struct bytes good, struct bytes *rdatas, size_t count, struct arena *arena);

#endif
