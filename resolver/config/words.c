#include "resolver/config/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DISTANCE_MAX = 4 };

void words_say(char why[CONFIG_WHY], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(why, CONFIG_WHY, format, arguments);
    va_end(arguments);
    for (char *at = why; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?';
}

/* ---- the nearest word ---- */

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Edit distance (Levenshtein); both words are WORD_MAX long at most. */
static size_t distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1], len = strlen(b);

    for (size_t j = 0; j <= len; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t before = row[0];
        row[0] = i;
        for (size_t j = 1; j <= len; j++) {
            size_t above = row[j];
            row[j] = least_of(row[j] + 1, row[j - 1] + 1, before + (a[i - 1] != b[j - 1]));
            before = above;
        }
    }
    return row[len];
}

static const char *last_part(const char *word)
{
    const char *dot = strrchr(word, '.');
    return dot ? dot + 1 : word;
}

struct nearest nearest_begin(const char *asked)
{
    size_t half = strlen(last_part(asked)) / 2;
    return (struct nearest){ asked, NULL, (half < DISTANCE_MAX ? half : DISTANCE_MAX) + 1 };
}

void nearest_offer(struct nearest *nearest, const char *right)
{
    const char *asked = nearest->asked;

    if (strlen(asked) > WORD_MAX || strlen(right) > WORD_MAX)
        return;
    size_t whole = distance(asked, right);
    size_t last = distance(last_part(asked), last_part(right)) + (last_part(asked) != asked);
    size_t own = whole < last ? whole : last;
    if (own < nearest->distance) {
        nearest->distance = own;
        nearest->best = right;
    }
}
