#include "lib/wire/field.h"
#include "lib/wire/reader.h"
#include "lib/wire/text_parts.h"

/* RFC 9460 §14.3.2, RFC 9461 §5: the keys by number; later ones print as keyNNN (RFC 9460 §2.1). */
static const char *const key_names[] = {
    "mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath"
};

enum { KEYS_NAMED = sizeof(key_names) / sizeof(key_names[0]), ESCAPED_MAX = 2 * 255 };

static void print_key(struct text_out *out, uint16_t key)
{
    if (key < KEYS_NAMED)
        out_text(out, key_names[key]);
    else
        out_format(out, "key%u", (unsigned)key);
}

static void print_keys(struct text_out *out, struct bytes value)
{
    struct reader r = reader_over(value);

    for (const char *comma = ""; reader_left(&r) > 0; comma = ",") {
        out_text(out, comma);
        print_key(out, reader_u16(&r));
    }
}

/* RFC 9460 Appendix A.1: in a list, comma and backslash are escaped once more than in a string. */
static void print_list_item(struct text_out *out, struct bytes item)
{
    uint8_t escaped[ESCAPED_MAX];
    size_t len = 0;

    for (size_t i = 0; i < item.len && len + 2 <= sizeof(escaped); i++) {
        if (item.at[i] == ',' || item.at[i] == '\\')
            escaped[len++] = '\\';
        escaped[len++] = item.at[i];
    }
    out_escaped(out, (struct bytes){ escaped, len }, "");
}

static void print_alpn(struct text_out *out, struct bytes value)
{
    struct reader r = reader_over(value);

    out_text(out, "\"");
    for (const char *comma = ""; reader_left(&r) > 0; comma = ",") {
        uint8_t octets = reader_u8(&r);
        const uint8_t *item = reader_take(&r, octets);
        if (!item)
            break;
        out_text(out, comma);
        print_list_item(out, (struct bytes){ item, octets });
    }
    out_text(out, "\"");
}

static void print_addresses(struct text_out *out, struct bytes value, size_t octets)
{
    for (size_t i = 0; i + octets <= value.len && !out->cut; i += octets) {
        out_text(out, i ? "," : "");
        if (octets == 4)
            print_ipv4(out, value.at + i);
        else
            print_ipv6(out, value.at + i);
    }
}

static void print_value(struct text_out *out, uint16_t key, struct bytes value)
{
    out_text(out, "=");
    switch (key) {
    case 0: print_keys(out, value); break;
    case 1: print_alpn(out, value); break;
    case 3: out_format(out, "%u", (unsigned)(value.at[0] << 8 | value.at[1])); break;
    case 4: print_addresses(out, value, 4); break;
    case 5: out_base64(out, value); break;
    case 6: print_addresses(out, value, 16); break;
    default: out_quoted(out, value);
    }
}

void print_parameters(struct text_out *out, struct bytes parameters)
{
    struct reader r = reader_over(parameters);
    const char *space = "";
    uint16_t key;
    struct bytes value;

    while (field_next_parameter(&r, &key, &value) && !out->cut) {
        out_text(out, space);
        print_key(out, key);
        if (value.len > 0)
            print_value(out, key, value);
        space = " ";
    }
}
