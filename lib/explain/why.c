#include "lib/explain/why.h"

#include <stdarg.h>
#include <stdio.h>

static const struct why_row rows[WHY_COUNT] = {
#define WHY(name, ede, class, sentence) [WHY_##name] = { #name, sentence, ede, class },
    WHYS(WHY)
#undef WHY
};

const struct why_row *why_row(enum why why)
{
    return (unsigned)why < WHY_COUNT ? &rows[why] : &rows[WHY_INTERNAL];
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

char *cause_text(const struct cause *cause, char *text, unsigned size)
{
    const struct why_row *row = why_row((enum why)cause->why);
    (void)snprintf(text, size, "%s%s%.*s", row->sentence, cause->text[0] != '\0' ? ": " : "",
                   (int)sizeof cause->text, cause->text);
    return text;
}
