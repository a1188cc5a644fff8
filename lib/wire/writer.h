/* writer - the one way to write a message: bounded, errors stick, names compressed.
 *
 * Shape    len <= size; once `failed`, nothing more is written. The compression table remembers at
 *          most COMPRESSION_NAMES_MAX suffixes at offsets below 16,384 (RFC 1035 §4.1.4,
 *          LIMITS G2).
 * Owns     nothing: borrows the room.
 */
#ifndef CATENA_WIRE_WRITER_H
#define CATENA_WIRE_WRITER_H

#include "lib/base/bytes.h"
#include "lib/base/limits.h"
#include "lib/wire/name.h"

struct writer {
    uint8_t *at_start;
    size_t len, size;
    bool failed;
    uint16_t suffix_count;
    uint16_t suffixes[COMPRESSION_NAMES_MAX]; /* offsets of names and suffixes already written */
    uint8_t suffix_octets[COMPRESSION_NAMES_MAX]; /* their lengths uncompressed: looked at first */
};

/* A place to return to when what follows does not fit. */
struct writer_mark {
    size_t len;
    uint16_t suffix_count;
};

void writer_init(struct writer *w, uint8_t *room, size_t size);
struct writer_mark writer_mark(const struct writer *w);
void writer_back(struct writer *w, struct writer_mark mark); /* also clears `failed` */

void writer_octets(struct writer *w, struct bytes octets);
void writer_u8(struct writer *w, uint8_t value);
void writer_u16(struct writer *w, uint16_t value);
void writer_u32(struct writer *w, uint32_t value);
void writer_u16_at(struct writer *w, size_t offset, uint16_t value); /* patches what was written */
void writer_name(struct writer *w, const struct name *name);         /* compressed; folds case */
void writer_plain_name(struct writer *w, const struct name *name);   /* as it is: RFC 3597 §4 */

#endif
