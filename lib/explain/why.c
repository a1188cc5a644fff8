#include "lib/explain/why.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_OCTETS = 64 /* of " [SIGNATURE_EXPIRED, zone operator]" */ };

static const struct why_row rows[WHY_COUNT] = {
#define WHY(name, ede, class, sentence) [WHY_##name] = { #name, sentence, ede, class },
    WHYS(WHY)
#undef WHY
};

const struct why_row *why_row(enum why why)
{
    return (unsigned)why < WHY_COUNT ? &rows[why] : &rows[WHY_INTERNAL];
}

const char *outcome_class_text(enum outcome_class class)
{
    static const char *const texts[] = {
        [CLASS_FINE] = "",
        [CLASS_ATTACK] = "attack-like",
        [CLASS_ZONE] = "zone operator",
        [CLASS_FORWARDER] = "forwarder",
        [CLASS_NETWORK] = "network",
        [CLASS_LOCAL] = "local",
    };
    return (unsigned)class < sizeof texts / sizeof *texts ? texts[class] : texts[CLASS_LOCAL];
}

struct cause cause_of(enum why why)
{
    return (struct cause){ .why = (uint16_t)why };
}

void cause_detail(struct cause *cause, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(cause->text, sizeof cause->text, format, arguments);
    va_end(arguments);
}

void cause_more(struct cause *cause, const char *format, ...)
{
    size_t there = strnlen(cause->text, sizeof cause->text);
    va_list arguments;

    va_start(arguments, format);
    if (there < sizeof cause->text)
        (void)vsnprintf(cause->text + there, sizeof cause->text - there, format, arguments);
    va_end(arguments);
}

char *cause_text(const struct cause *cause, char *text, unsigned size)
{
    const struct why_row *row = why_row((enum why)cause->why);
    char label[LABEL_OCTETS] = "";
    size_t at, label_len = 0;

    if (row->class != CLASS_FINE)
        label_len = (size_t)snprintf(label, sizeof label, " [%s, %s]", row->name,
                                     outcome_class_text((enum outcome_class)row->class));
    if (strlen(row->sentence) + label_len >= size)
        label_len = 0; /* the sentence comes first */
    (void)snprintf(text, size - label_len, "%s%s%.*s", row->sentence,
                   cause->text[0] != '\0' ? ": " : "", (int)sizeof cause->text, cause->text);
    at = strlen(text);
    if (label_len > 0)
        (void)snprintf(text + at, size - at, "%s", label);
    return text;
}
