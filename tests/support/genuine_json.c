/* JSON as the genuine data have it: no escapes in what is read, no doubts about its form. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/genuine.h"
#include "tests/support/sign_raw.h"

static const char *past_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static const char *past_string(const char *at)
{
    for (at++; *at != '"'; at++) {
        if (*at == '\\')
            at++;
        if (*at == '\0')
            sign_broken("genuine: a string does not end");
    }
    return at + 1;
}

/* Past the value at `at`, nested ones included. */
static const char *past_value(const char *at)
{
    unsigned depth = 0;

    do {
        if (*at == '\0')
            sign_broken("genuine: a value does not end");
        if (*at == '"') {
            at = past_string(at);
            continue;
        }
        if (*at == '{' || *at == '[')
            depth++;
        if (depth > 0 && (*at == '}' || *at == ']'))
            depth--;
        at++;
    } while (depth > 0 || !strchr(",]} \t\r\n", *at));
    return at;
}

const char *json_first(const char *array)
{
    const char *at = past_blanks(array + 1);
    return *at == ']' ? NULL : at;
}

const char *json_next(const char *value)
{
    const char *at = past_blanks(past_value(value));
    return *at == ',' ? past_blanks(at + 1) : NULL;
}

const char *json_member(const char *object, const char *key)
{
    size_t len = strlen(key);
    const char *at = past_blanks(object + 1);

    while (*at == '"') {
        bool found = strncmp(at + 1, key, len) == 0 && at[1 + len] == '"';
        at = past_blanks(past_string(at));
        at = past_blanks(at + 1);
        if (found)
            return at;
        at = past_blanks(past_value(at));
        at = *at == ',' ? past_blanks(at + 1) : "";
    }
    return NULL;
}

size_t json_text(const char *value, char *into, size_t size)
{
    size_t len = value && *value == '"' ? (size_t)(past_string(value) - value) - 2 : size;

    if (len >= size)
        sign_broken("genuine: no string, or a long one");
    memcpy(into, value + 1, len);
    into[len] = '\0';
    return len;
}

int64_t json_number(const char *value)
{
    char *end;
    int64_t number = value ? strtoll(value, &end, 10) : 0;
    if (!value || end == value)
        sign_broken("genuine: no number");
    return number;
}

static unsigned digit(char character)
{
    const char *digits = "0123456789abcdef", *at = character ? strchr(digits, character) : NULL;
    if (!at)
        sign_broken("genuine: no hex digit");
    return at ? (unsigned)(at - digits) : 0;
}

struct bytes json_hex(const char *value, struct arena *arena)
{
    size_t len = value && *value == '"' ? (size_t)(past_string(value) - value - 2) / 2 : 0;
    uint8_t *octets = arena_alloc(arena, len);

    if (len == 0 || !octets)
        sign_broken("genuine: no hex, or no memory");
    for (size_t i = 0; i < len; i++)
        octets[i] = (uint8_t)(digit(value[1 + 2 * i]) << 4 | digit(value[2 + 2 * i]));
    return (struct bytes){ octets, len };
}
