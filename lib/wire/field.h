/* field - walks rdata field by field, as the layout of its type says: the one reader of layouts.
 *
 * Shape    a layout is read left to right; each letter is one field, but for those marked *, which
 *          yield a field for each of their parts. Letters in capitals at the end take the rest.
 *
 *          n  domain name; on receipt it may be compressed (RFC 3597 §4)
 *          N  domain name, never compressed            M  * none or more N to the end
 *          1 2 4 8  integer of so many octets          v  4 octets: an interval in seconds
 *          D  1 octet: DNSSEC algorithm                C  2 octets: certificate (RFC 4398 §2.1)
 *          T  2 octets: RR type                        y  1 octet: DSYNC scheme (RFC 9859 §2.1)
 *          t  4 octets: time (RFC 4034 §3.1.5)
 *          u  6 octets: time (RFC 8945 §4.2)
 *          a  4 octets: IPv4                           q  16 octets: IPv6
 *          e  6 octets: EUI-48   E  8 octets: EUI-64   i  8 octets: locator (RFC 6742 §2.1.1)
 *          s  character-string                         o  * none or one s     S  * one or more s
 *          c  CAA tag (RFC 8659 §4.1)                  z  length octet, salt: 0 or more octets
 *          k  length octet, hash: 1 or more octets     d  2-octet length and so many octets
 *          w  type bitmap (RFC 4034 §4.1.2), may be empty     W  the same, not empty
 *          B  rest (base64)      K  the same, not empty       H  rest (hex), not empty
 *          X  rest (0x and hex), not empty                    L  rest (one text)
 *          U  the same, not empty                             R  rest, no form of its own
 *          P  service parameters (RFC 9460 §2.2)              O  EDNS options (RFC 6891 §6.1.2)
 *          A  address prefixes (RFC 3123 §4)                  l  location (RFC 1876 §2)
 *          m  protocol and port bitmap (RFC 1035 §3.4.2)      h  identity and key (RFC 8005 §5)
 *          I  precedence, gateway type, algorithm (RFC 4025 §2.1)
 *          r  precedence, gateway type (RFC 8777 §4.2)        p  prefix and suffix (RFC 2874 §3.1)
 *          g  * the gateway that I, r or p announced: '.' (none, no octets), a, q, N or R
 *
 * Owns     nothing: fields borrow the reader's octets.
 * Errors   reader->failed: the rdata breaks its layout.
 */
#ifndef CATENA_WIRE_FIELD_H
#define CATENA_WIRE_FIELD_H

#include "lib/base/bytes.h"
#include "lib/wire/name.h"
#include "lib/wire/reader.h"

enum { FIELD_NO_GATEWAY = '.', RDATA_OCTETS_MAX = 65535 };

struct field {
    char kind;           /* a letter from above */
    struct bytes octets; /* as they stand, lengths included; a name may be compressed */
    struct name name;    /* kind n or N: the name, expanded; otherwise its len is 0 */
};

enum field_names { FIELD_NAMES_PLAIN, FIELD_NAMES_COMPRESSED }; /* may n be compressed here? */

struct field_walk {
    struct reader *reader;
    const char *layout; /* what is left of it */
    enum field_names names;
    char gateway;    /* the kind that g stands for; 0: no field at all */
    bool inside_run; /* S has yielded one already */
};

struct field_walk field_walk(struct reader *reader, const char *layout, enum field_names names);
bool field_next(struct field_walk *walk, struct field *field); /* false: the end, or failed */
bool field_all_read(const struct field_walk *walk); /* the layout fits to the last octet */

/* A further step in a P field: key and value; the reader is over the field's octets. */
bool field_next_parameter(struct reader *reader, uint16_t *key, struct bytes *value);

#endif
