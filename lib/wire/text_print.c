#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "lib/wire/field.h"
#include "lib/wire/text.h"
#include "lib/wire/text_out.h"
#include "lib/wire/text_parts.h"
#include "lib/wire/text_svcb.h"
#include "lib/wire/type.h"

enum { DSYNC_NOTIFY = 1, IDENTITY_HEAD = 4 };

static uint64_t integer(struct bytes octets)
{
    uint64_t value = 0;

    for (size_t i = 0; i < octets.len; i++)
        value = value << 8 | octets.at[i];
    return value;
}

static struct bytes from(struct bytes octets, size_t offset)
{
    return (struct bytes){ octets.at + offset, octets.len - offset };
}

/* ---- one field ---- */

/* RFC 4034 §3.2. The era is the one that begins in 1970: a text must not depend on the clock. */
static void print_time(struct text_out *out, struct bytes octets)
{
    time_t seconds = (time_t)integer(octets);
    struct tm parts;
    char text[32];

    if (gmtime_r(&seconds, &parts) && strftime(text, sizeof(text), "%Y%m%d%H%M%S", &parts) > 0)
        out_text(out, text);
}

static void print_type(struct text_out *out, uint16_t type)
{
    char text[TYPE_TEXT];
    out_text(out, type_text(type, text));
}

static void print_bitmap(struct text_out *out, struct bytes bitmap)
{
    struct reader r = reader_over(bitmap);
    const char *space = "";

    while (reader_left(&r) > 0 && !out->cut) {
        unsigned window = reader_u8(&r), octets = reader_u8(&r);
        const uint8_t *bits = reader_take(&r, octets);
        for (unsigned bit = 0; bits && bit < octets * 8; bit++) {
            if (!(bits[bit / 8] & 0x80 >> bit % 8))
                continue;
            out_text(out, space);
            print_type(out, (uint16_t)(window << 8 | bit));
            space = " ";
        }
    }
}

static void print_groups(struct text_out *out, struct bytes octets, size_t group, const char *mark)
{
    for (size_t i = 0; i + group <= octets.len; i += group) {
        out_text(out, i ? mark : "");
        for (size_t j = i; j < i + group; j++)
            out_format(out, "%02x", octets.at[j]);
    }
}

/* RFC 8005 §6: algorithm, identity tag, key; the lengths follow from the texts. */
static void print_identity(struct text_out *out, struct bytes octets)
{
    size_t tag_octets = octets.at[0];

    out_format(out, "%u ", octets.at[1]);
    out_hex(out, (struct bytes){ octets.at + IDENTITY_HEAD, tag_octets });
    out_text(out, " ");
    out_base64(out, from(octets, IDENTITY_HEAD + tag_octets));
}

static void print_relay_head(struct text_out *out, struct bytes octets)
{
    out_format(out, "%u %u %u", octets.at[0], octets.at[1] >> 7, octets.at[1] & 0x7f);
}

static void print_counted(struct text_out *out, struct bytes octets)
{
    out_format(out, "%zu", octets.len);
    if (octets.len > 0)
        out_text(out, " ");
    out_base64(out, octets);
}

static void print_salt(struct text_out *out, struct bytes octets)
{
    if (octets.len == 0)
        out_text(out, "-");
    out_hex(out, octets);
}

static void print_scheme(struct text_out *out, uint8_t scheme)
{
    if (scheme == DSYNC_NOTIFY)
        out_text(out, "NOTIFY");
    else
        out_format(out, "%u", scheme);
}

static void print_name(struct text_out *out, const struct name *name)
{
    char text[NAME_TEXT];
    out_text(out, name_text(name, text, sizeof(text)));
}

/* Kinds whose text depends on more than a number or a run of octets. */
static void print_composite(struct text_out *out, const struct field *field)
{
    struct bytes octets = field->octets;

    switch (field->kind) {
    case 'n':
    case 'N': print_name(out, &field->name); break;
    case 'a': print_ipv4(out, octets.at); break;
    case 'q': print_ipv6(out, octets.at); break;
    case 'w':
    case 'W': print_bitmap(out, octets); break;
    case 'P': parameters_print(out, octets); break;
    case 'A': print_prefixes(out, octets); break;
    case 'l': print_location(out, octets); break;
    case 'm': print_ports(out, octets); break;
    case 'h': print_identity(out, octets); break;
    case 'I': out_format(out, "%u %u %u", octets.at[0], octets.at[1], octets.at[2]); break;
    case 'r': print_relay_head(out, octets); break;
    case 'y': print_scheme(out, octets.at[0]); break;
    case 'T': print_type(out, (uint16_t)integer(octets)); break;
    default: out_text(out, "."); /* FIELD_NO_GATEWAY */
    }
}

static void print_field(struct text_out *out, const struct field *field)
{
    struct bytes octets = field->octets;

    switch (field->kind) {
    case '1':
    case '2':
    case '4':
    case '8':
    case 'u':
    case 'v':
    case 'C':
    case 'D': out_format(out, "%" PRIu64, integer(octets)); break;
    case 't': print_time(out, octets); break;
    case 'e':
    case 'E': print_groups(out, octets, 1, "-"); break;
    case 'i': print_groups(out, octets, 2, ":"); break;
    case 's': out_quoted(out, from(octets, 1)); break;
    case 'c': out_escaped(out, from(octets, 1), ""); break;
    case 'L':
    case 'U': out_quoted(out, octets); break;
    case 'z': print_salt(out, from(octets, 1)); break;
    case 'k': out_base32(out, from(octets, 1)); break;
    case 'd': print_counted(out, from(octets, 2)); break;
    case 'B':
    case 'K': out_base64(out, octets); break;
    case 'H': out_hex(out, octets); break;
    case 'X':
        out_text(out, "0x");
        out_hex(out, octets);
        break;
    default: print_composite(out, field);
    }
}

/* ---- the whole ---- */

/* Zeros that RFC 4034 §4.1.2 has a sender leave out would not be there when the text is read. */
static bool bitmap_has_form(struct bytes bitmap)
{
    struct reader r = reader_over(bitmap);

    while (reader_left(&r) > 0) {
        reader_u8(&r);
        unsigned octets = reader_u8(&r);
        const uint8_t *bits = reader_take(&r, octets);
        if (!bits || bits[octets - 1] == 0)
            return false;
    }
    return true;
}

/* False: the text would be read as other octets, or the presentation format cannot say it. */
static bool field_has_form(const struct field *field)
{
    switch (field->kind) {
    case 'R':
    case 'O':
    case 'p': return false;
    case 'w':
    case 'W': return bitmap_has_form(field->octets);
    case 'A': return prefixes_have_form(field->octets);
    case 'l': return location_has_form(field->octets);
    case 'm': return field->octets.len == 1 || field->octets.at[field->octets.len - 1] != 0;
    case 'h':
        return field->octets.at[0] > 0 &&
               field->octets.len > IDENTITY_HEAD + (size_t)field->octets.at[0];
    default: return true;
    }
}

/* The layout to print by; NULL: the rdata has no form but that of RFC 3597 §5. */
static const char *printable_layout(uint16_t type, struct bytes rdata)
{
    const struct type_row *row = type_find(type);

    if (!row || rdata.len == 0 || rdata_check(type, rdata) != ST_OK)
        return NULL;

    struct reader r = reader_over(rdata);
    struct field_walk walk = field_walk(&r, row->layout, FIELD_NAMES_PLAIN);
    struct field field;
    while (field_next(&walk, &field)) {
        if (!field_has_form(&field))
            return NULL;
    }
    return row->layout;
}

static bool is_silent(const struct field *field)
{
    return field->octets.len == 0 && strchr("BwP", field->kind) != NULL;
}

static void print_fields(struct text_out *out, const char *layout, struct bytes rdata)
{
    struct reader r = reader_over(rdata);
    struct field_walk walk = field_walk(&r, layout, FIELD_NAMES_PLAIN);
    struct field field;

    for (const char *space = ""; field_next(&walk, &field) && !out->cut;) {
        if (is_silent(&field))
            continue;
        out_text(out, space);
        print_field(out, &field);
        space = " ";
    }
}

char *text_rdata(uint16_t type, struct bytes rdata, char *text, size_t size)
{
    struct text_out out = text_out(text, size);
    const char *layout = printable_layout(type, rdata);

    if (layout) {
        print_fields(&out, layout, rdata);
    } else {
        out_format(&out, rdata.len ? "\\# %zu " : "\\# %zu", rdata.len);
        out_hex(&out, rdata);
    }
    return text;
}
