/* name - a domain name by value, uncompressed.
 *
 * Shape    octets[0 .. len) are the wire form, root label included; 1 <= len <= 255 and
 *          0 <= labels <= 127 (the root not counted, as in RFC 4034 §3.1.3). len 0: no name at all.
 *          The case that was read is kept; comparisons and hashes fold ASCII letters (RFC 4343 §3).
 * Owns     its octets: copying the struct copies the name.
 * Spec     RFC 1035 §3.1, RFC 4034 §6.1, RFC 4343.
 */
#ifndef CATENA_WIRE_NAME_H
#define CATENA_WIRE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/bytes.h"
#include "lib/base/siphash.h"
#include "lib/base/status.h"

enum { NAME_OCTETS_MAX = 255, NAME_LABELS_MAX = 127, LABEL_OCTETS_MAX = 63, NAME_TEXT = 1025 };

/* Compression, RFC 1035 §4.1.4: both top bits of a length octet mark a pointer of 14 bits. */
enum { POINTER_TAG = 0xC0, POINTER_OFFSETS = 0x4000 };

struct name {
    uint8_t len;
    uint8_t labels;
    uint8_t octets[NAME_OCTETS_MAX];
};

extern const struct name name_root;

/* Length octets are at most 63 and so under 'A': whole wire forms may be folded octet by octet. */
static inline uint8_t name_fold(uint8_t octet)
{
    return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet + ('a' - 'A')) : octet;
}

/* ---- making ---- */
/* All of `wire`, no pointers. */
enum status name_from_wire(struct bytes wire, struct name *name) MUST_USE;
/* \DDD and \c; always absolute. */
enum status name_from_text(const char *text, struct name *name) MUST_USE;
/* Adds a label at the right end; a zero label ends the name. False: too long, or ended already. */
bool name_push(struct name *name, uint8_t label_len, const uint8_t *label);
/* The rightmost `labels` labels of `name`: name_suffix(www.example., 1) is example. */
struct name name_suffix(const struct name *name, unsigned labels);
struct name name_parent(const struct name *name); /* the root's parent is the root */
/* "*." + of; label + to. ST_LIMIT: over 255 octets. */
enum status name_wildcard(const struct name *of, struct name *wildcard) MUST_USE;
enum status name_prepend(struct bytes label, const struct name *to, struct name *name) MUST_USE;
/* `name` with its suffix `from` replaced by `to` (DNAME, RFC 6672 §2.2). ST_LIMIT: over 255
 * octets; ST_NOTFOUND: not under `from`. */
enum status name_substitute(const struct name *name, const struct name *from, const struct name *to,
                            struct name *result) MUST_USE;
struct name name_lower(const struct name *name); /* canonical form, RFC 4034 §6.2 */

/* ---- asking ---- */
static inline struct bytes name_bytes(const struct name *name)
{
    return (struct bytes){ name->octets, name->len };
}

struct bytes name_label(const struct name *name, unsigned index);  /* 0: leftmost; beyond: empty */
bool name_is_wildcard(const struct name *name);                    /* leftmost label is "*" */
bool name_equal(const struct name *a, const struct name *b);       /* folds case */
bool name_identical(const struct name *a, const struct name *b);   /* octet for octet */
bool name_under(const struct name *name, const struct name *zone); /* at or below */
bool name_strictly_under(const struct name *name, const struct name *zone);
unsigned name_common_labels(const struct name *a, const struct name *b); /* from the right */
int name_compare(const struct name *a, const struct name *b); /* RFC 4034 §6.1: <0, 0, >0 */
uint64_t name_hash(const struct name *name, const struct siphash_key *key); /* folds case */

/* Presentation form with the final dot, unprintable octets as \DDD; always ends with NUL; returns
 * `text`. NAME_TEXT is always enough. */
char *name_text(const struct name *name, char *text, size_t size);

#endif
