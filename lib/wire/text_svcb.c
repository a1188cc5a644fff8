#include "lib/wire/text_svcb.h"

#include <arpa/inet.h>
#include <strings.h>

#include "lib/wire/field.h"
#include "lib/wire/reader.h"
#include "lib/wire/text_digits.h"
#include "lib/wire/text_number.h"
#include "lib/wire/text_parts.h"

/* RFC 9460 §14.3.2, RFC 9461 §5: the keys by number; later ones print as keyNNN (RFC 9460 §2.1). */
static const char *const key_names[] = { "mandatory", "alpn", "no-default-alpn", "port",
                                         "ipv4hint",  "ech",  "ipv6hint",        "dohpath" };

enum {
    KEY_MANDATORY,
    KEY_ALPN,
    KEY_NO_DEFAULT_ALPN,
    KEY_PORT,
    KEY_IPV4HINT,
    KEY_ECH,
    KEY_IPV6HINT,
    KEYS_NAMED = sizeof(key_names) / sizeof(key_names[0])
};

enum {
    ITEM_MAX = 255,
    ESCAPED_MAX = 2 * ITEM_MAX,
    PARAMETERS_MAX = 64 /* read from one text; the registry has a dozen */
};

/* ---- out ---- */

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
    case KEY_MANDATORY: print_keys(out, value); break;
    case KEY_ALPN: print_alpn(out, value); break;
    case KEY_PORT: out_format(out, "%u", (unsigned)(value.at[0] << 8 | value.at[1])); break;
    case KEY_IPV4HINT: print_addresses(out, value, 4); break;
    case KEY_ECH: out_base64(out, value); break;
    case KEY_IPV6HINT: print_addresses(out, value, 16); break;
    default: out_quoted(out, value);
    }
}

void parameters_print(struct text_out *out, struct bytes parameters)
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

/* ---- in ---- */

struct parameter {
    uint16_t key;
    char *value; /* NULL: none */
    struct bytes octets;
};

static bool key_read(const char *word, uint16_t *key)
{
    uint64_t number;

    for (unsigned named = 0; named < KEYS_NAMED; named++) {
        if (strcasecmp(word, key_names[named]) == 0) {
            *key = (uint16_t)named;
            return true;
        }
    }
    if (strncasecmp(word, "key", 3) != 0 || !number_read(word + 3, UINT16_MAX, &number))
        return false;
    *key = (uint16_t)number;
    return true;
}

/* Copies the next item of a list, its escapes resolved, to `item`; false: none, or malformed. */
static bool next_item(struct bytes *list, char item[ITEM_MAX + 1], size_t *len)
{
    size_t at = 0;

    for (*len = 0; at < list->len && list->at[at] != ','; at++) {
        if (list->at[at] == '\\' && ++at == list->len)
            return false;
        if (*len == ITEM_MAX)
            return false;
        item[(*len)++] = (char)list->at[at];
    }
    item[*len] = '\0';
    bool more = at < list->len;
    if (more && at + 1 == list->len)
        return false; /* a comma with nothing behind it */
    at += more;
    *list = (struct bytes){ list->at + at, list->len - at };
    return *len > 0;
}

static bool read_alpn(struct bytes list, struct writer *into)
{
    char item[ITEM_MAX + 1];
    size_t len;

    while (list.len > 0) {
        if (!next_item(&list, item, &len))
            return false;
        writer_u8(into, (uint8_t)len);
        writer_octets(into, (struct bytes){ (const uint8_t *)item, len });
    }
    return true;
}

/* RFC 9460 §8: written in any order, ascending on the wire. */
static bool read_keys(struct bytes list, struct writer *into)
{
    uint16_t keys[PARAMETERS_MAX];
    size_t count = 0, len;
    char item[ITEM_MAX + 1];

    while (list.len > 0) {
        uint16_t key;
        if (count == PARAMETERS_MAX || !next_item(&list, item, &len) || !key_read(item, &key))
            return false;
        size_t at = count++;
        for (; at > 0 && keys[at - 1] > key; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
    for (size_t i = 0; i < count; i++)
        writer_u16(into, keys[i]);
    return true;
}

static bool read_addresses(struct bytes list, int family, struct writer *into)
{
    char item[ITEM_MAX + 1];
    uint8_t address[16];
    size_t len;

    while (list.len > 0) {
        if (!next_item(&list, item, &len) || inet_pton(family, item, address) != 1)
            return false;
        writer_octets(into, (struct bytes){ address, family == AF_INET ? 4 : 16 });
    }
    return true;
}

static bool read_port(const char *value, struct writer *into)
{
    uint64_t port;

    if (!number_read(value, UINT16_MAX, &port))
        return false;
    writer_u16(into, (uint16_t)port);
    return true;
}

static bool read_base64(const char *value, struct writer *into)
{
    struct digits digits = { .bits = DIGITS_BASE64 };
    return digits_feed(&digits, value, into) && digits_end(&digits);
}

/* A value's text has its quotes and escapes resolved and ends with NUL. */
static bool read_value(const struct parameter *parameter, struct writer *into)
{
    const char *value = (const char *)parameter->octets.at;

    switch (parameter->key) {
    case KEY_MANDATORY: return read_keys(parameter->octets, into);
    case KEY_ALPN: return read_alpn(parameter->octets, into);
    case KEY_NO_DEFAULT_ALPN: return parameter->octets.len == 0;
    case KEY_PORT: return read_port(value, into);
    case KEY_IPV4HINT: return read_addresses(parameter->octets, AF_INET, into);
    case KEY_ECH: return read_base64(value, into);
    case KEY_IPV6HINT: return read_addresses(parameter->octets, AF_INET6, into);
    default: writer_octets(into, parameter->octets); return true;
    }
}

/* key, key=value or key="value" */
static bool read_word(char *word, struct parameter *parameter)
{
    char *mark = strchr(word, '=');
    bool has_key;

    *parameter = (struct parameter){ .value = mark ? mark + 1 : NULL };
    if (mark)
        *mark = '\0';
    has_key = key_read(word, &parameter->key);
    if (mark)
        *mark = '=';
    if (!has_key || !mark)
        return has_key;
    if (!string_read(parameter->value, &parameter->octets))
        return false;
    parameter->value[parameter->octets.len] = '\0';
    return true;
}

static bool write_parameter(const struct parameter *parameter, struct writer *into)
{
    size_t length_at = into->len + 2;

    writer_u16(into, parameter->key);
    writer_u16(into, 0);
    if (parameter->value && !read_value(parameter, into))
        return false;
    if (into->failed || into->len - length_at - 2 > UINT16_MAX)
        return false;
    writer_u16_at(into, length_at, (uint16_t)(into->len - length_at - 2));
    return true;
}

/* RFC 9460 §8: what is listed as mandatory must be there. Asked of texts alone: what is on the wire
 * is for the client to judge (§2.4.3). */
static bool mandatory_keys_present(const struct parameter *parameters, size_t count)
{
    if (count == 0 || parameters[0].key != KEY_MANDATORY)
        return true;

    struct bytes list = parameters[0].octets;
    while (list.len > 0) {
        char item[ITEM_MAX + 1];
        size_t len, at = 0;
        uint16_t key;
        if (!next_item(&list, item, &len) || !key_read(item, &key))
            return false;
        while (at < count && parameters[at].key != key)
            at++;
        if (at == count)
            return false;
    }
    return true;
}

bool parameters_read(struct field_text *text)
{
    struct parameter parameters[PARAMETERS_MAX], read;
    size_t count = 0;

    text->wanted = "a service parameter";
    while (field_next_word(text)) {
        if (count == PARAMETERS_MAX || !read_word(text->word, &read))
            return false;
        size_t at = count++;
        for (; at > 0 && parameters[at - 1].key > read.key; at--)
            parameters[at] = parameters[at - 1];
        parameters[at] = read;
    }
    text->wanted = "a list of keys that are there";
    if (!mandatory_keys_present(parameters, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        text->wanted = "the value of a service parameter";
        text->word = parameters[i].value;
        if (!write_parameter(&parameters[i], text->into))
            return false;
    }
    return true;
}
