/* edns - the OPT record: read, judged, written.
 *
 * Shape    present or not; size, DO, version, and the options we know as spans of the message. Of a
 *          doubled option the first counts; over EDNS_OPTIONS_MAX options: malformed.
 * Owns     nothing: borrows the message.
 * Spec     RFC 6891, 7873 (COOKIE), 8914 (EDE), 7828 (keepalive), 7830 (padding), 5001 (NSID).
 */
#ifndef CATENA_WIRE_EDNS_H
#define CATENA_WIRE_EDNS_H

#include "lib/base/bytes.h"
#include "lib/wire/reader.h"
#include "lib/wire/writer.h"

enum edns_option {
    OPTION_NSID = 3,
    OPTION_CLIENT_SUBNET = 8,
    OPTION_COOKIE = 10,
    OPTION_KEEPALIVE = 11,
    OPTION_PADDING = 12,
    OPTION_EDE = 15
};

struct edns {
    bool present, dnssec_ok, compact_ok; /* DO; CO (RFC 9824 §5) */
    uint8_t version, extended_rcode;
    uint16_t udp_octets; /* as sent; values under 512 count as 512 (RFC 6891 §6.2.3) */
    uint16_t option_count;
    bool has_cookie, has_nsid, has_keepalive, has_padding, has_ede;
    struct bytes cookie; /* 8, or 16 to 40 octets; another length is malformed */
    uint16_t ede_code;   /* the first EDE's */
};

enum { EDE_TEXT_OCTETS = 200, EDES_MAX = 3 };

struct ede {
    uint16_t code;
    char text[EDE_TEXT_OCTETS + 1]; /* UTF-8, may be empty */
};

/* What we write: every field that is not zero adds its option. */
struct edns_out {
    uint16_t udp_octets;
    uint16_t rcode; /* all 12 bits; the upper 8 go into the OPT */
    bool dnssec_ok;
    struct bytes cookie; /* empty: none */
    struct bytes nsid;   /* empty: none */
    uint16_t keepalive;  /* in 100 ms; 0: none */
    const struct ede *edes;
    unsigned ede_count;
};

/* Reads an OPT: class and ttl as on the wire, the options in `r` to its end. Options of a version
 * other than 0 are not looked at (RFC 6891 §6.1.3: BADVERS). An option of unlawful form makes a
 * query ST_MALFORMED; in a reply it is as if it were not there: it was not asked for, and what
 * stands beside it is as good as before (SPEC I20). */
enum edns_of { EDNS_OF_QUERY, EDNS_OF_REPLY };
enum status edns_read(struct reader *r, uint16_t udp_octets, uint32_t ttl, enum edns_of of,
                      struct edns *edns) MUST_USE;

/* Appends an OPT record. EDE text is cut, or left out where that leaves but a few letters, then
 * EDEs dropped, when space is short; an option that does not fit is left out. False: even the bare
 * 11 octets do not fit (nothing is written then). */
bool edns_write(struct writer *w, const struct edns_out *out);

#endif
