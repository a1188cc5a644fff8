/* anchor_xml - IANA's root-anchors.xml, read strictly: the elements of RFC 9718 §2.1 and no others.
 *
 * Shape    one zone and at most ANCHOR_XML_MAX digests, as text that is yet to be understood. No
 *          DOCTYPE, entity, CDATA, processing instruction beyond the first line, nor text between
 *          elements: what a signed file of IANA's never had is refused.
 * Owns     nothing: borrows the octets.
 * Errors   ST_MALFORMED with the line in `why`; ST_LIMIT: more digests, or a longer file.
 * Spec     RFC 9718 §2.1.
 */
#ifndef CATENA_RESOLVER_ANCHOR_XML_H
#define CATENA_RESOLVER_ANCHOR_XML_H

#include "lib/base/bytes.h"
#include "lib/base/instant.h"
#include "lib/base/status.h"

enum { ANCHOR_XML_MAX = 32, ANCHOR_XML_OCTETS_MAX = 256 * 1024, ANCHOR_XML_WHY = 160 };

/* All that a KeyDigest has; text that it has not is empty. */
struct anchor_xml_digest {
    struct bytes id, tag, algorithm, digest_type, digest, public_key, flags;
    struct unixtime from, until; /* until 0: without end */
};

struct anchor_xml {
    struct bytes zone;
    size_t count;
    struct anchor_xml_digest digests[ANCHOR_XML_MAX];
};

enum status anchor_xml_read(struct bytes octets, struct anchor_xml *xml, char why[ANCHOR_XML_WHY])
    MUST_USE;
/* Valid at `at`: validFrom <= at < validUntil. */
bool anchor_xml_valid(const struct anchor_xml_digest *digest, struct unixtime at);

#endif
