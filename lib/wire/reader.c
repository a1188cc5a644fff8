#include "lib/wire/reader.h"

#include <assert.h>

/* LIMITS G1: no name starts inside the header, and a lawful one has no more hops than labels. */
enum { POINTER_LOWEST = 12, POINTER_HOPS_MAX = NAME_LABELS_MAX };

struct reader reader_over(struct bytes message)
{
    static const uint8_t nothing[1]; /* an absent pointer must not be added to, not even zero */
    const uint8_t *start = message.at == NULL ? nothing : message.at;
    return (struct reader){ .start = start, .at = start, .end = start + message.len };
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

/* Appends one label with its length octet, which was read last. False: octets are missing, the
 * length is of a reserved type, or no room is left for the root. */
static bool label_append(struct reader *r, struct name *name, uint8_t tag)
{
    const uint8_t *label = reader_take(r, tag);
    size_t len = name->len + 1u + tag;
    if (label == NULL || tag > LABEL_OCTETS_MAX || len >= NAME_OCTETS_MAX)
        return false;
    memcpy(&name->octets[name->len], label - 1, 1u + tag);
    name->len = (uint8_t)len;
    name->labels++;
    return true;
}

static void name_end(struct name *name)
{
    name->octets[name->len++] = 0;
}

static void name_refuse(struct reader *r, struct name *name)
{
    r->failed = true;
    name->len = name->labels = 0;
}

/* A pointer lands before the octets read last and the walk then ends where they begin: no octet is
 * read twice for one name (RFC 9267 §2), so the walk ends. */
void reader_name(struct reader *r, struct name *name)
{
    struct reader here = *r; /* a copy: from the first pointer on it is elsewhere */
    const uint8_t *floor = r->at, *behind = NULL;
    unsigned hops = 0;
    uint8_t tag;

    name->len = name->labels = 0;
    for (tag = reader_u8(&here); tag != 0; tag = reader_u8(&here)) {
        here.steps++;
        if (tag < POINTER_TAG) {
            if (!label_append(&here, name, tag))
                break;
            continue;
        }
        size_t offset = (size_t)(tag & ~POINTER_TAG) << 8 | reader_u8(&here);
        if (here.failed || offset < POINTER_LOWEST || offset >= (size_t)(floor - r->start) ||
            hops++ == POINTER_HOPS_MAX)
            break;
        if (behind == NULL)
            behind = here.at;
        here.end = floor;
        here.at = floor = r->start + offset;
    }
    r->at = behind == NULL ? here.at : behind;
    r->steps = here.steps + (tag == 0);
    if (tag == 0 && !here.failed)
        name_end(name);
    else
        name_refuse(r, name);
}

void reader_plain_name(struct reader *r, struct name *name)
{
    uint8_t tag;
    name->len = name->labels = 0;
    for (tag = reader_u8(r); tag != 0; tag = reader_u8(r)) {
        r->steps++;
        if (!label_append(r, name, tag))
            break;
    }
    if (tag == 0 && !r->failed)
        name_end(name);
    else
        name_refuse(r, name);
}
