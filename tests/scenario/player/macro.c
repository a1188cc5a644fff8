#include "tests/scenario/player/macro.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/instant.h"

static bool wrong(struct macros *macros, const char *what, const char *text)
{
    snprintf(macros->why, sizeof macros->why, "%s: %.120s", what, text);
    return false;
}

static const char *lookup(const struct macros *macros, const char *name, size_t len)
{
    for (unsigned i = 0; i < macros->count; i++)
        if (strlen(macros->at[i].name) == len && strncmp(macros->at[i].name, name, len) == 0)
            return macros->at[i].value;
    return NULL;
}

static bool put(struct macros *macros, char result[MACRO_TEXT], size_t *len, const char *text)
{
    size_t more = strlen(text);

    if (*len + more + 1 > MACRO_TEXT)
        return wrong(macros, "too long", text);
    memcpy(result + *len, text, more + 1);
    *len += more;
    return true;
}

static size_t name_octets(const char *at)
{
    size_t len = 0;
    while (isalnum((unsigned char)at[len]) || at[len] == '_')
        len++;
    return len;
}

/* ---- what stands inside ${}, its inner ones already replaced ---- */

static bool number(const char **at, long double *value)
{
    char *end;
    *value = strtold(*at, &end);
    bool is = end != *at;
    *at = end + strspn(end, " \t");
    return is;
}

static bool reckon(struct macros *macros, const char *text, char result[MACRO_TEXT])
{
    const char *at = text + strspn(text, " \t");
    long double sum, next;

    if (!number(&at, &sum))
        return wrong(macros, "no number", text);
    while (*at) {
        char sign = *at++;
        if (!strchr("+-*/", sign) || !number(&at, &next) || (sign == '/' && next == 0))
            return wrong(macros, "cannot be reckoned", text);
        sum = sign == '+'   ? sum + next
              : sign == '-' ? sum - next
              : sign == '*' ? sum * next
                            : sum / next;
    }
    snprintf(result, MACRO_TEXT, sum == (long double)(int64_t)sum ? "%.0Lf" : "%.6Lf", sum);
    return true;
}

static bool range(struct macros *macros, const char *text, char result[MACRO_TEXT])
{
    long double low, value, high;
    const char *at = text;

    if (!number(&at, &low) || !number(&at, &value) || !number(&at, &high))
        return wrong(macros, "range wants three numbers", text);
    if (value < low || value > high)
        return wrong(macros, "out of range", text);
    snprintf(result, MACRO_TEXT, "%.0Lf", value);
    return true;
}

static bool evaluate(struct macros *macros, const char *inner, char result[MACRO_TEXT])
{
    inner += strspn(inner, " \t");
    if (strcmp(inner, "time") == 0) {
        snprintf(result, MACRO_TEXT, "%lld", (long long)macros->time);
    } else if (strcmp(inner, "timeout") == 0) {
        snprintf(result, MACRO_TEXT, "%lld", (long long)macros->timeout);
    } else if (strncmp(inner, "ctime ", 6) == 0) {
        if (!reckon(macros, inner + 6, result))
            return false;
        struct unixtime at = { strtoll(result, NULL, 10) };
        unixtime_text(at, result, 32);
    } else if (strncmp(inner, "range ", 6) == 0) {
        return range(macros, inner + 6, result);
    } else {
        return reckon(macros, inner, result);
    }
    return true;
}

/* The brace that closes the one at `at`; NULL: none. */
static const char *closing(const char *at)
{
    unsigned depth = 0;
    for (; *at; at++) {
        if (*at == '{')
            depth++;
        if (*at == '}' && --depth == 0)
            return at;
    }
    return NULL;
}

static bool expand(struct macros *macros, const char *text, char result[MACRO_TEXT],
                   unsigned depth);

static bool expand_braces(struct macros *macros, const char **at, char result[MACRO_TEXT],
                          unsigned depth)
{
    const char *end = closing(*at + 1);
    char inner[MACRO_TEXT], expanded[MACRO_TEXT];

    if (!end || (size_t)(end - *at) >= sizeof inner)
        return wrong(macros, "braces do not close", *at);
    snprintf(inner, sizeof inner, "%.*s", (int)(end - *at - 2), *at + 2);
    *at = end + 1;
    return expand(macros, inner, expanded, depth + 1) && evaluate(macros, expanded, result);
}

static bool expand(struct macros *macros, const char *text, char result[MACRO_TEXT], unsigned depth)
{
    char part[MACRO_TEXT];
    size_t len = 0;

    result[0] = '\0';
    if (depth > MACRO_DEPTH)
        return wrong(macros, "nested too deep", text);
    while (*text) {
        size_t name = text[0] == '$' ? name_octets(text + 1) : 0;
        if (text[0] == '$' && text[1] == '{') {
            if (!expand_braces(macros, &text, part, depth))
                return false;
        } else if (name > 0) {
            const char *value = lookup(macros, text + 1, name);
            if (!value)
                return wrong(macros, "no such variable", text);
            snprintf(part, sizeof part, "%s", value);
            text += name + 1;
        } else {
            part[0] = *text++;
            part[1] = '\0';
        }
        if (!put(macros, result, &len, part))
            return false;
    }
    return true;
}

bool macro_expand(struct macros *macros, const char *text, char result[MACRO_TEXT])
{
    return expand(macros, text, result, 0);
}

bool macro_assign(struct macros *macros, const char *name, const char *text)
{
    struct macro_variable *variable = NULL;
    char value[MACRO_TEXT];

    if (!macro_expand(macros, text, value))
        return false;
    for (unsigned i = 0; i < macros->count; i++)
        if (strcmp(macros->at[i].name, name) == 0)
            variable = &macros->at[i];
    if (!variable) {
        if (macros->count == MACRO_VARIABLES || strlen(name) >= MACRO_NAME)
            return wrong(macros, "too many variables, or too long", name);
        variable = &macros->at[macros->count++];
        snprintf(variable->name, sizeof variable->name, "%s", name);
    }
    snprintf(variable->value, sizeof variable->value, "%s", value);
    return true;
}
