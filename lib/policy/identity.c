#include "lib/policy/identity.h"

#include <string.h>

enum { PRINTABLE_FIRST = 0x20, PRINTABLE_LAST = 0x7E };

enum status identity_write(struct identity_text *into, const char *text)
{
    size_t len = strlen(text);

    if (len == 0 || len > IDENTITY_OCTETS_MAX)
        return ST_MALFORMED;
    for (size_t i = 0; i < len; i++)
        if (text[i] < PRINTABLE_FIRST || text[i] > PRINTABLE_LAST)
            return ST_MALFORMED;
    into->len = (uint8_t)len;
    memcpy(into->octets, text, len);
    return ST_OK;
}

struct bytes identity_bytes(const struct identity_text *text)
{
    return (struct bytes){ text->octets, text->len };
}

/* `wire`: a literal in lower case, whose NUL is the root. */
static bool is_named(const struct name *lower, const char *wire)
{
    size_t len = strlen(wire) + 1;

    return lower->len == len && memcmp(lower->octets, wire, len) == 0;
}

struct bytes identity_of(const struct identity *identity, const struct name *name)
{
    struct name lower = name_lower(name);

    if (is_named(&lower, "\2id\6server") || is_named(&lower, "\10hostname\4bind"))
        return identity_bytes(&identity->name);
    if (is_named(&lower, "\7version\6server") || is_named(&lower, "\7version\4bind"))
        return identity_bytes(&identity->version);
    return (struct bytes){ NULL, 0 };
}
