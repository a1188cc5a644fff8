#include "lib/wire/reader.h"

#include <assert.h>

/* LIMITS G1: no name starts inside the header, and a lawful one has no more hops than labels. */
enum { POINTER_LOWEST = 12, POINTER_HOPS_MAX = NAME_LABELS_MAX };

struct reader reader_over(struct bytes message)
{
    return (struct reader){ .start = message.at,
                            .at = message.at,
                            .end = message.len > 0 ? message.at + message.len : message.at };
}

/* The only function that moves forward, hence the only bounds check on a message. */
const uint8_t *reader_take(struct reader *r, size_t octets)
{
    assert(r->start <= r->at && r->at <= r->end);
    if (r->failed || octets > (size_t)(r->end - r->at)) {
        r->failed = true; /* sticks: callers test once, at the end */
        return NULL;
    }
    const uint8_t *taken = r->at;
    r->at += octets;
    return taken;
}

struct reader reader_part(struct reader *r, size_t octets)
{
    struct reader part = *r;
    const uint8_t *taken = reader_take(r, octets);
    part.failed = r->failed;
    part.end = taken == NULL ? part.at : r->at;
    part.steps = 0;
    return part;
}

uint8_t reader_u8(struct reader *r)
{
    const uint8_t *o = reader_take(r, 1);
    return o == NULL ? 0 : o[0];
}

uint16_t reader_u16(struct reader *r)
{
    const uint8_t *o = reader_take(r, 2);
    return o == NULL ? 0 : (uint16_t)(o[0] << 8 | o[1]);
}

uint32_t reader_u32(struct reader *r)
{
    const uint8_t *o = reader_take(r, 4);
    return o == NULL ? 0 : (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
}

uint64_t reader_u48(struct reader *r)
{
    const uint8_t *o = reader_take(r, 6);
    if (o == NULL)
        return 0;
    uint64_t value = 0;
    for (unsigned i = 0; i < 6; i++)
        value = value << 8 | o[i];
    return value;
}

static void name_failed(struct reader *r, struct name *name)
{
    r->failed = true;
    name->len = name->labels = 0;
}

/* A pointer lands before the octets read last and the walk then ends where they begin: no octet is
 * read twice for one name (RFC 9267 §2), so the walk ends. */
void reader_name(struct reader *r, struct name *name)
{
    struct reader away, *here = r; /* after a pointer `here` leaves *r behind */
    const uint8_t *floor = r->at;
    unsigned hops = 0;

    name->len = name->labels = 0;
    for (uint8_t tag = reader_u8(here); !here->failed; tag = reader_u8(here)) {
        r->steps++;
        if (tag >= POINTER_TAG) {
            size_t offset = (size_t)(tag & ~POINTER_TAG) << 8 | reader_u8(here);
            if (here->failed || offset < POINTER_LOWEST || offset >= (size_t)(floor - r->start) ||
                hops++ == POINTER_HOPS_MAX)
                break;
            away = (struct reader){ .start = r->start, .at = r->start + offset, .end = floor };
            floor = away.at;
            here = &away;
        } else if (!name_push(name, tag, reader_take(here, tag))) { /* too long, reserved type */
            break;
        } else if (tag == 0) {
            return;
        }
    }
    name_failed(r, name);
}

void reader_plain_name(struct reader *r, struct name *name)
{
    name->len = name->labels = 0;
    for (uint8_t tag = reader_u8(r); !r->failed; tag = reader_u8(r)) {
        r->steps++;
        if (!name_push(name, tag, reader_take(r, tag)))
            break;
        if (tag == 0)
            return;
    }
    name_failed(r, name);
}
