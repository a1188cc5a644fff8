#include "lib/wire/writer.h"

void writer_init(struct writer *w, uint8_t *room, size_t size)
{
    w->at_start = room;
    w->len = 0;
    w->size = size;
    w->failed = false;
    w->suffix_count = 0;
}

struct writer_mark writer_mark(const struct writer *w)
{
    return (struct writer_mark){ .len = w->len, .suffix_count = w->suffix_count };
}

void writer_back(struct writer *w, struct writer_mark mark)
{
    w->len = mark.len;
    w->suffix_count = mark.suffix_count;
    w->failed = false;
}

/* The only function that moves forward, hence the only bounds check on what is written. */
static uint8_t *room_for(struct writer *w, size_t octets)
{
    if (w->failed || octets > w->size - w->len) {
        w->failed = true;
        return NULL;
    }
    uint8_t *at = w->at_start + w->len;
    w->len += octets;
    return at;
}

void writer_octets(struct writer *w, struct bytes octets)
{
    uint8_t *at = room_for(w, octets.len);
    if (at != NULL && octets.len > 0)
        memcpy(at, octets.at, octets.len);
}

void writer_u8(struct writer *w, uint8_t value)
{
    uint8_t *at = room_for(w, 1);
    if (at != NULL)
        at[0] = value;
}

static void put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

void writer_u16(struct writer *w, uint16_t value)
{
    uint8_t *at = room_for(w, 2);
    if (at != NULL)
        put_u16(at, value);
}

void writer_u32(struct writer *w, uint32_t value)
{
    writer_u16(w, (uint16_t)(value >> 16));
    writer_u16(w, (uint16_t)value);
}

void writer_u16_at(struct writer *w, size_t offset, uint16_t value)
{
    if (w->failed || offset > w->len || w->len - offset < 2)
        w->failed = true;
    else
        put_u16(w->at_start + offset, value);
}

static bool label_equal(const uint8_t *a, const uint8_t *b) /* with their length octets */
{
    if (a[0] != b[0])
        return false;
    for (unsigned i = 1; i <= a[0]; i++) {
        if (name_fold(a[i]) != name_fold(b[i]))
            return false;
    }
    return true;
}

/* The name that we wrote at `offset` is `suffix`. Our own pointers only go back, and each label
 * that is equal uses up octets of the suffix, so the walk ends. */
static bool written_at(const struct writer *w, size_t offset, const uint8_t *suffix)
{
    const uint8_t *at = w->at_start + offset;
    for (;;) {
        while (at[0] >= POINTER_TAG)
            at = w->at_start + ((size_t)(at[0] & ~POINTER_TAG) << 8 | at[1]);
        if (!label_equal(at, suffix))
            return false;
        if (at[0] == 0)
            return true;
        at += 1u + at[0];
        suffix += 1u + suffix[0];
    }
}

/* Index in the table of the suffix; COMPRESSION_NAMES_MAX when it was never written. */
static unsigned suffix_find(const struct writer *w, const uint8_t *suffix, uint8_t octets)
{
    for (unsigned i = 0; i < w->suffix_count; i++) {
        if (w->suffix_octets[i] == octets && written_at(w, w->suffixes[i], suffix))
            return i;
    }
    return COMPRESSION_NAMES_MAX;
}

/* Remembers the suffixes of `name` that begin in its first `octets` octets, about to be written. */
static void suffixes_remember(struct writer *w, const struct name *name, size_t octets)
{
    for (size_t at = 0; at < octets && name->octets[at] != 0; at += 1u + name->octets[at]) {
        if (w->suffix_count == COMPRESSION_NAMES_MAX || w->len + at >= POINTER_OFFSETS)
            return;
        w->suffixes[w->suffix_count] = (uint16_t)(w->len + at);
        w->suffix_octets[w->suffix_count++] = (uint8_t)(name->len - at);
    }
}

void writer_name(struct writer *w, const struct name *name)
{
    unsigned found = COMPRESSION_NAMES_MAX;
    size_t plain = 0; /* octets before the part that is already there */
    while (plain < name->len && name->octets[plain] != 0) {
        found = suffix_find(w, &name->octets[plain], (uint8_t)(name->len - plain));
        if (found < COMPRESSION_NAMES_MAX)
            break;
        plain += 1u + name->octets[plain];
    }
    bool points = found < COMPRESSION_NAMES_MAX;
    size_t need = points ? plain + 2 : name->len;
    if (name->len == 0 || w->failed || need > w->size - w->len) {
        w->failed = true;
        return;
    }
    suffixes_remember(w, name, plain);
    writer_octets(w, (struct bytes){ name->octets, points ? plain : name->len });
    if (points)
        writer_u16(w, (uint16_t)(POINTER_TAG << 8 | w->suffixes[found]));
}

void writer_plain_name(struct writer *w, const struct name *name)
{
    if (name->len == 0)
        w->failed = true;
    writer_octets(w, name_bytes(name));
}
