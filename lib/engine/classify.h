/* classify - what kind of reply is this? (RULINGS A10, SPEC I25)
 *
 * Spec     RFC 1034 §5.3.3 step 4, RFC 2308 §2, RFC 6672 §3.
 */
#ifndef CATENA_ENGINE_CLASSIFY_H
#define CATENA_ENGINE_CLASSIFY_H

#include "lib/engine/scrub.h"

enum reply_class {
    IS_ANSWER,         /* the sets asked for */
    IS_ALIAS,          /* a CNAME at the name */
    IS_DNAME,          /* a DNAME above the name, below or at the zone */
    IS_NODATA,         /* NOERROR, no answer, SOA at or above the name (or NSEC/NSEC3 alone) */
    IS_NXDOMAIN,       /* the same, but with an SOA always (RULINGS A10) */
    IS_REFERRAL,       /* NS strictly below the zone, at or above the name, alone; AA ignored */
    IS_EMPTY,          /* NOERROR or NXDOMAIN with nothing to show for it: next server once */
    IS_LAME,           /* NS of the zone itself or above it, no SOA */
    IS_RECURSION_LAME, /* AA=0 and RA=1: used only if no other server does better */
    IS_TOO_LONG,       /* YXDOMAIN: a DNAME makes the name too long */
    IS_ERROR           /* any other rcode */
};

enum reply_class classify(const struct scrubbed *reply, const struct asked *asked);
const char *classify_text(enum reply_class class);

#endif
