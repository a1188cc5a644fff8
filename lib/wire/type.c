#include "lib/wire/type.h"

#include <stdio.h>
#include <strings.h>

#include "lib/wire/field.h"
#include "lib/wire/type_table.h"

enum { LOWERED_NAMES_MAX = 2 /* of any row: SOA, MINFO, RP, PX */ };

static const char opaque[] = "R";

/* ---- types ---- */

const struct type_row *type_find(uint16_t number)
{
    size_t low = 0, high = type_row_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (type_rows[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < type_row_count && type_rows[low].number == number ? &type_rows[low] : NULL;
}

const char *type_text(uint16_t number, char text[TYPE_TEXT])
{
    const struct type_row *row = type_find(number);

    if (row)
        snprintf(text, TYPE_TEXT, "%s", row->mnemonic);
    else
        snprintf(text, TYPE_TEXT, "TYPE%u", (unsigned)number);
    return text;
}

/* RFC 3597 §5: the word TYPE and the decimal number. */
static bool number_from_text(const char *text, uint16_t *number)
{
    unsigned value = 0;

    if (strncasecmp(text, "TYPE", 4) != 0 || text[4] == '\0')
        return false;
    for (const char *digit = text + 4; *digit; digit++) {
        if (*digit < '0' || *digit > '9')
            return false;
        value = value * 10 + (unsigned)(*digit - '0');
        if (value > UINT16_MAX)
            return false;
    }
    *number = (uint16_t)value;
    return true;
}

bool type_from_text(const char *text, uint16_t *number)
{
    for (size_t i = 0; i < type_row_count; i++) {
        if (strcasecmp(text, type_rows[i].mnemonic) == 0) {
            *number = type_rows[i].number;
            return true;
        }
    }
    return number_from_text(text, number);
}

/* RFC 6895 §3.1: 128 to 255 are questions and meta types, 0 is never data; and OPT. */
bool type_is_meta(uint16_t number)
{
    return number == 0 || (number >= 128 && number <= 255) || number == TYPE_OPT;
}

/* ---- rdata ---- */

static const char *layout_of(uint16_t type)
{
    const struct type_row *row = type_find(type);
    return row ? row->layout : opaque;
}

static bool has_flag(uint16_t type, uint8_t flag)
{
    const struct type_row *row = type_find(type);
    return row && row->flags & flag;
}

/* An absent pointer must not be added to, not even zero. */
static struct reader reader_over_rdata(struct bytes rdata)
{
    static const uint8_t nothing[1];
    return reader_over(rdata.len ? rdata : (struct bytes){ nothing, 0 });
}

static void expand(struct field_walk *walk, struct writer *into)
{
    struct field field;

    while (field_next(walk, &field)) {
        if (field.name.len)
            writer_plain_name(into, &field.name);
        else
            writer_octets(into, field.octets);
    }
}

/* A name that pointers made longer may carry the rdata over what its length can say: malformed. */
enum status rdata_read(struct reader *r, uint16_t type, struct writer *into)
{
    if (into->failed)
        return ST_LIMIT;

    struct field_walk walk = field_walk(r, layout_of(type), FIELD_NAMES_COMPRESSED);
    struct writer_mark before = writer_mark(into);
    expand(&walk, into);

    bool full = into->failed;
    bool sound = field_all_read(&walk) && into->len - before.len <= RDATA_OCTETS_MAX;
    if (full || !sound)
        writer_back(into, before);
    if (!sound)
        return ST_MALFORMED;
    return full ? ST_LIMIT : ST_OK;
}

enum status rdata_check(uint16_t type, struct bytes rdata)
{
    struct reader r = reader_over_rdata(rdata);
    struct field_walk walk = field_walk(&r, layout_of(type), FIELD_NAMES_PLAIN);
    struct field field;

    while (field_next(&walk, &field))
        continue;
    return field_all_read(&walk) && rdata.len <= RDATA_OCTETS_MAX ? ST_OK : ST_MALFORMED;
}

/* ---- canonical form ---- */

/* Where an rdata holds octets to lower, as offsets [from, to). A length octet of a label is at
 * most 63, below 'A': a whole name may be folded octet by octet. */
struct lowered {
    unsigned count;
    size_t from[LOWERED_NAMES_MAX], to[LOWERED_NAMES_MAX];
};

static struct lowered lowered_parts(uint16_t type, struct bytes rdata)
{
    struct lowered parts = { .count = 0 };
    struct reader r = reader_over_rdata(rdata);
    struct field_walk walk = field_walk(&r, layout_of(type), FIELD_NAMES_PLAIN);
    struct field field;

    if (!has_flag(type, TYPE_LOWERS))
        return parts;
    while (parts.count < LOWERED_NAMES_MAX && field_next(&walk, &field)) {
        if (field.name.len == 0)
            continue;
        parts.from[parts.count] = (size_t)(field.octets.at - rdata.at);
        parts.to[parts.count] = parts.from[parts.count] + field.octets.len;
        parts.count++;
    }
    return parts;
}

static uint8_t lower(uint8_t octet)
{
    return octet >= 'A' && octet <= 'Z' ? octet + ('a' - 'A') : octet;
}

void rdata_canonical(uint16_t type, struct bytes rdata, uint8_t *into)
{
    struct lowered parts = lowered_parts(type, rdata);

    if (rdata.len)
        memcpy(into, rdata.at, rdata.len);
    for (unsigned part = 0; part < parts.count; part++) {
        for (size_t i = parts.from[part]; i < parts.to[part]; i++)
            into[i] = lower(rdata.at[i]);
    }
}

static uint8_t canonical_octet(struct bytes rdata, const struct lowered *parts, size_t at)
{
    for (unsigned part = 0; part < parts->count; part++) {
        if (at >= parts->from[part] && at < parts->to[part])
            return lower(rdata.at[at]);
    }
    return rdata.at[at];
}

int rdata_compare(uint16_t type, struct bytes a, struct bytes b)
{
    if (!has_flag(type, TYPE_LOWERS))
        return bytes_compare(a, b);

    struct lowered a_parts = lowered_parts(type, a), b_parts = lowered_parts(type, b);
    size_t shared = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < shared; i++) {
        int order = canonical_octet(a, &a_parts, i) - canonical_octet(b, &b_parts, i);
        if (order)
            return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

/* ---- writing ---- */

/* False: the rdata is not of its type's form; what was written must go. */
static bool write_compressed(struct writer *w, uint16_t type, struct bytes rdata)
{
    struct reader r = reader_over_rdata(rdata);
    struct field_walk walk = field_walk(&r, layout_of(type), FIELD_NAMES_PLAIN);
    struct field field;

    while (field_next(&walk, &field)) {
        if (field.name.len)
            writer_name(w, &field.name);
        else
            writer_octets(w, field.octets);
    }
    return field_all_read(&walk);
}

void rdata_write(struct writer *w, uint16_t type, struct bytes rdata)
{
    if (w->failed || rdata.len > RDATA_OCTETS_MAX) {
        w->failed = true;
        return;
    }

    size_t length_at = w->len;
    writer_u16(w, 0);
    struct writer_mark start = writer_mark(w);
    if (w->failed)
        return;
    if (!has_flag(type, TYPE_COMPRESSES)) {
        writer_octets(w, rdata);
    } else if (!write_compressed(w, type, rdata)) {
        writer_back(w, start);
        writer_octets(w, rdata);
    }
    if (!w->failed)
        writer_u16_at(w, length_at, (uint16_t)(w->len - start.len));
}

bool rdata_name(uint16_t type, struct bytes rdata, unsigned index, struct name *name)
{
    struct reader r = reader_over_rdata(rdata);
    struct field_walk walk = field_walk(&r, layout_of(type), FIELD_NAMES_PLAIN);
    struct field field;

    while (field_next(&walk, &field)) {
        if (field.name.len && index-- == 0) {
            *name = field.name;
            return true;
        }
    }
    return false;
}
