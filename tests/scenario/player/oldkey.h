/* oldkey - keys that no validator takes any more, but old scenarios are signed with: DSA, RSA/MD5,
 * and RSA under 1,024 bits (RFC 8624 §3.1, LIMITS C8).
 *
 * Spec     RFC 2536 §2, §3; RFC 3110 §2.
 */
#ifndef CATENA_TESTS_SCENARIO_OLDKEY_H
#define CATENA_TESTS_SCENARIO_OLDKEY_H

#include "lib/base/bytes.h"

bool oldkey_is_dsa(uint8_t algorithm);
bool oldkey_is(struct bytes dnskey); /* a whole DNSKEY rdata */
/* False: the signature does not hold, or the key is none of these. */
bool oldkey_holds(struct bytes dnskey, struct bytes data, struct bytes signature);
/* Digest of the octets, types 1 and 2 of a DS; false: another type. */
bool oldkey_digest(uint8_t type, struct bytes octets, uint8_t into[64], size_t *len);

#endif
