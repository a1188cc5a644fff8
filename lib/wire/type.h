/* type - the one table of RR types: mnemonic, rdata layout, what is lower-cased and compressed.
 *
 * Shape    a row a type; a layout is a string of field letters, read left to right (see field.h).
 *          Adding a row is the whole change; unknown types are opaque (RFC 3597).
 * Spec     RFC 1035 §3.3, RFC 3597, RFC 4034 §6.2 with RFC 6840 §5.1 (which names are lowered).
 */
#ifndef CATENA_WIRE_TYPE_H
#define CATENA_WIRE_TYPE_H

#include "lib/base/bytes.h"
#include "lib/base/status.h"
#include "lib/wire/reader.h"
#include "lib/wire/writer.h"

enum rrtype {
    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_CNAME = 5,
    TYPE_SOA = 6,
    TYPE_NULL = 10,
    TYPE_PTR = 12,
    TYPE_MX = 15,
    TYPE_TXT = 16,
    TYPE_SIG = 24,
    TYPE_KEY = 25,
    TYPE_AAAA = 28,
    TYPE_NXT = 30,
    TYPE_SRV = 33,
    TYPE_DNAME = 39,
    TYPE_OPT = 41,
    TYPE_DS = 43,
    TYPE_RRSIG = 46,
    TYPE_NSEC = 47,
    TYPE_DNSKEY = 48,
    TYPE_NSEC3 = 50,
    TYPE_NSEC3PARAM = 51,
    TYPE_TLSA = 52,
    TYPE_CDS = 59,
    TYPE_CDNSKEY = 60,
    TYPE_ZONEMD = 63,
    TYPE_SVCB = 64,
    TYPE_HTTPS = 65,
    TYPE_NXNAME = 128,
    TYPE_TKEY = 249,
    TYPE_TSIG = 250,
    TYPE_IXFR = 251,
    TYPE_AXFR = 252,
    TYPE_ANY = 255,
    TYPE_RESINFO = 261
};

enum { CLASS_IN = 1, CLASS_CH = 3, CLASS_NONE = 254, CLASS_ANY = 255 };

enum { TYPE_TEXT = 16 };

struct type_row {
    uint16_t number;
    const char *mnemonic;
    const char *layout;
    uint8_t flags; /* TYPE_* flags below */
};

enum {
    TYPE_LOWERS = 1,     /* rdata names are lower-cased in canonical form */
    TYPE_COMPRESSES = 2, /* rdata names may be compressed when sent: RFC 1035 types only */
    TYPE_META = 4        /* never data in a zone: OPT, TSIG, ANY ... (RFC 6895 §3.1) */
};

const struct type_row *type_find(uint16_t number);            /* NULL: unknown, treated as opaque */
const char *type_text(uint16_t number, char text[TYPE_TEXT]); /* returns text: AAAA, TYPE65280 */
bool type_from_text(const char *text, uint16_t *number);      /* any case; also TYPE12345 */
bool type_is_meta(uint16_t number);

/* Reads the rdata that `r` (a reader_part of exactly RDLENGTH octets) holds, expands compressed
 * names where RFC 3597 §4 allows them, checks the layout to the last octet (LIMITS G3) and appends
 * the uncompressed form to `into`. ST_MALFORMED, ST_LIMIT (`into` is full). */
enum status rdata_read(struct reader *r, uint16_t type, struct writer *into) MUST_USE;

/* The same check on rdata that is already uncompressed. */
enum status rdata_check(uint16_t type, struct bytes rdata) MUST_USE;

/* Canonical form (RFC 4034 §6.2): copies `rdata` to `into`, which holds rdata.len octets. */
void rdata_canonical(uint16_t type, struct bytes rdata, uint8_t *into);

/* Order of two rdatas in canonical form (RFC 4034 §6.3). */
int rdata_compare(uint16_t type, struct bytes a, struct bytes b);

/* Writes rdata with its length in front, names compressed where the type allows. */
void rdata_write(struct writer *w, uint16_t type, struct bytes rdata);

/* The `index`th (0: first) domain name in the rdata; false: there is none. */
bool rdata_name(uint16_t type, struct bytes rdata, unsigned index, struct name *name);

#endif
