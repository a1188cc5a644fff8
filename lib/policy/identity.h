/* identity - what this server tells of itself: its NSID, and the names of class CH.
 *
 * Shape    three texts; an empty one is told to nobody. All are empty unless written, so that who
 *          asks learns neither the machine nor the program (LIMITS H7, RULINGS A41).
 * Owns     its texts: copying the struct copies them.
 * Spec     RFC 5001 §3.1 (what an NSID is, is the operator's affair), RFC 4892 §2 and §3.
 */
#ifndef CATENA_POLICY_IDENTITY_H
#define CATENA_POLICY_IDENTITY_H

#include "lib/wire/name.h"

/* A reply of 512 octets has room for the longest beside its question, cookie and NSID. */
enum { IDENTITY_OCTETS_MAX = 64 };

struct identity_text {
    uint8_t len;
    uint8_t octets[IDENTITY_OCTETS_MAX];
};

struct identity {
    struct identity_text nsid;    /* to an EDNS option that asks for it */
    struct identity_text name;    /* id.server, hostname.bind */
    struct identity_text version; /* version.server, version.bind */
};

/* ST_MALFORMED: empty, longer than IDENTITY_OCTETS_MAX, or not printable ASCII. */
enum status identity_write(struct identity_text *into, const char *text) MUST_USE;
/* Empty: not told. Borrows `text`. */
struct bytes identity_bytes(const struct identity_text *text);
/* What the TXT record of a name of class CH says; empty: not told, or none of the four names. */
struct bytes identity_of(const struct identity *identity, const struct name *name);

#endif
