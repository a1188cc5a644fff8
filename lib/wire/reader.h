/* reader - the one way to read octets: one bounds check, errors stick, pointers only go back.
 *
 * Shape    start <= at <= end; octets [at, end) remain. Once `failed`, reads yield 0 or NULL.
 * Owns     nothing: borrows the message.
 * Spec     RFC 1035 §4.1.4, RFC 9267; LIMITS G1: a pointer lands at >= 12 and before the octets of
 *          the name read so far; at most NAME_LABELS_MAX hops a name.
 */
#ifndef CATENA_WIRE_READER_H
#define CATENA_WIRE_READER_H

#include "lib/base/bytes.h"
#include "lib/wire/name.h"

struct reader {
    const uint8_t *start, *at, *end;
    bool failed;
    uint32_t steps; /* labels and pointers walked by names: what LIMITS G1 bounds */
};

struct reader reader_over(struct bytes message);
/* A reader of [at, at + octets) whose names may point back into the whole message. */
struct reader reader_part(struct reader *r, size_t octets);

const uint8_t *reader_take(struct reader *r, size_t octets);
uint8_t reader_u8(struct reader *r);
uint16_t reader_u16(struct reader *r);
uint32_t reader_u32(struct reader *r);
uint64_t reader_u48(struct reader *r);
void reader_name(struct reader *r, struct name *name);       /* compression allowed */
void reader_plain_name(struct reader *r, struct name *name); /* a pointer is an error */

static inline size_t reader_left(const struct reader *r)
{
    return r->failed ? 0 : (size_t)(r->end - r->at);
}

static inline size_t reader_offset(const struct reader *r)
{
    return (size_t)(r->at - r->start);
}

#endif
