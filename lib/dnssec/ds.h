/* ds - which DNSKEYs a DS set names.
 *
 * Spec     RFC 4034 §5, RFC 4035 §5.2, RFC 4509 §3 (SHA-1 DS ignored where a better one stands),
 *          RFC 6840 §5.2; LIMITS D2: at most ds_tried DS, ds_misses digests that do not match.
 */
#ifndef CATENA_DNSSEC_DS_H
#define CATENA_DNSSEC_DS_H

#include "lib/dnssec/rrsig.h"

struct ds {
    uint16_t key_tag;
    uint8_t algorithm, digest_type;
    struct bytes digest;
};

enum { DS_SHA1 = 1 };

bool ds_parse(struct bytes rdata, struct ds *ds);
/* Algorithm and digest type, of a DS of `zone`. */
bool ds_usable(const struct ds *ds, const struct name *zone, const struct proof_desk *desk);
/* Is one of the set usable and better than SHA-1? Then those with SHA-1 do not count. */
bool ds_set_beyond_sha1(const struct rrset *ds_set, const struct proof_desk *desk);

/* Has the set a DS whose algorithm and digest type are both validated here? False: `why` tells
 * which is unsupported, and the zone is insecure (RFC 4035 §5.2). */
bool ds_set_usable(const struct rrset *ds_set, const struct proof_desk *desk, enum why *why);

/* Does `key` of `owner` match `ds`? Unsupported digest: false. */
bool ds_matches(const struct ds *ds, const struct name *owner, const struct dnskey *key,
                struct proof_desk *desk);

#endif
