/* canonical - the octets that an RRSIG signs.
 *
 * Spec     RFC 4034 §3.1.8.1, §6.2, §6.3; wildcard owner restored by the Labels field, RFC 4035
 *          §5.3.2.
 */
#ifndef CATENA_DNSSEC_CANONICAL_H
#define CATENA_DNSSEC_CANONICAL_H

#include "lib/dnssec/rrsig.h"

/* How many octets that will be; 0: the signature has more labels than the owner. */
size_t canonical_signed_octets(const struct rrset *set, const struct rrsig *rrsig);
/* RRSIG rdata without the signature, then each RR in canonical form and order; in `arena`. */
enum status canonical_signed_data(const struct rrset *set, const struct rrsig *rrsig,
                                  struct arena *arena, struct bytes *data) MUST_USE;

#endif
