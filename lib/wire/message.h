/* message - a DNS message parsed once into views; then its records as packed rrsets.
 *
 * Shape    header fields, one question, and `count` record views in section order. Views point into
 *          the message octets. The OPT record is taken out into `edns` and is no view.
 * Owns     nothing: borrows the octets; views and sets are in the caller's arena.
 * Errors   ST_MALFORMED: not a message by RFC 1035 §4, octets after the last record (LIMITS G3),
 *          more than one OPT (RFC 6891 §6.1.1); ST_UNSUPPORTED: over RECORDS_PER_MESSAGE_MAX;
 *          ST_LIMIT: the arena is full.
 * Spec     RFC 1035 §4, RFC 6891, LIMITS G1 to G3.
 */
#ifndef CATENA_WIRE_MESSAGE_H
#define CATENA_WIRE_MESSAGE_H

#include "lib/base/arena.h"
#include "lib/wire/edns.h"
#include "lib/wire/rrset.h"

enum { HEADER_OCTETS = 12 };
enum section { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL, SECTIONS };
enum opcode { OPCODE_QUERY = 0, OPCODE_NOTIFY = 4, OPCODE_UPDATE = 5 };
enum rcode {
    RCODE_NOERROR = 0,
    RCODE_FORMERR = 1,
    RCODE_SERVFAIL = 2,
    RCODE_NXDOMAIN = 3,
    RCODE_NOTIMP = 4,
    RCODE_REFUSED = 5,
    RCODE_YXDOMAIN = 6,
    RCODE_NOTAUTH = 9,
    RCODE_BADVERS = 16,
    RCODE_BADCOOKIE = 23
};
const char *rcode_text(unsigned rcode); /* "SERVFAIL"; one that has no name here: "another rcode" */

enum header_flag {
    FLAG_QR = 0x8000,
    FLAG_AA = 0x0400,
    FLAG_TC = 0x0200,
    FLAG_RD = 0x0100,
    FLAG_RA = 0x0080,
    FLAG_AD = 0x0020,
    FLAG_CD = 0x0010
};

struct header {
    uint16_t id, flags; /* flags: the 16 bits as sent, opcode and rcode included */
    uint16_t counts[4]; /* question, answer, authority, additional */
};

struct question {
    struct name name;
    uint16_t type, class;
};

struct record {
    struct name *owner; /* names of equal offset are read once */
    uint16_t type, class;
    uint32_t ttl;
    uint16_t rdata_at, rdata_len; /* offset into the message */
    uint8_t section;
};

struct message {
    struct bytes octets;
    struct header header;
    bool has_question;
    struct question question;
    struct record *records;
    uint16_t first[SECTIONS + 1]; /* records of section s: [first[s], first[s + 1]) */
    struct edns edns;
    uint32_t name_steps; /* labels and pointers walked: what LIMITS G1 bounds */
};

struct rrset_list {
    struct rrset **at;
    size_t count;
    uint32_t probes; /* groups passed on the way: what LIMITS G2 bounds */
};

bool header_read(struct bytes octets, struct header *header); /* false: under 12 octets */

static inline unsigned header_opcode(const struct header *h)
{
    return h->flags >> 11 & 15;
}

static inline unsigned header_rcode(const struct header *h)
{
    return h->flags & 15;
}

/* QDCOUNT 0 or 1 is read; more is ST_MALFORMED. */
enum status message_parse(struct bytes octets, struct arena *arena, struct message *message)
    MUST_USE;
unsigned message_rcode(const struct message *message); /* with the OPT's upper bits */

/* The records of one section, class IN, as rrsets with their RRSIGs; RRSIGs that cover nothing in
 * the section become sets of type RRSIG, meta types are left out. One pass, keyed hash. */
enum status message_sets(const struct message *message, enum section section,
                         const struct siphash_key *key, struct arena *arena,
                         struct rrset_list *sets) MUST_USE;

/* Writing. Counts are patched by message_counts_write at the end: the message must start at 0. */
void header_write(struct writer *w, const struct header *header);
void message_counts_write(struct writer *w, const uint16_t counts[4]);
void question_write(struct writer *w, const struct question *question);
/* Returns how many records were written (records, and signatures if asked); ttl as given. Without
 * room the writer has failed, and the caller goes back to its mark: a set is whole or absent. */
enum with_signatures { WITHOUT_SIGNATURES, WITH_SIGNATURES };
unsigned rrset_write(struct writer *w, const struct rrset *set, uint32_t ttl,
                     enum with_signatures signatures);

#endif
