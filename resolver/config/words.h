/* words - what error messages of the configuration are made of: one line, and the nearest right
 * word.
 *
 * Threads  any; nothing is kept.
 */
#ifndef CATENA_CONFIG_WORDS_H
#define CATENA_CONFIG_WORDS_H

#include <stddef.h>

enum { CONFIG_WHY = 1024, WORD_MAX = 127 };

/* One sentence; what is no printable character becomes '?', so that a file cannot paint the
 * terminal. */
void words_say(char why[CONFIG_WHY], const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The right word that `asked` was meant for: begin, offer each, read `best` (NULL: none is near).
 * */
struct nearest {
    const char *asked, *best;
    size_t distance; /* only what is nearer than that will do */
};

struct nearest nearest_begin(const char *asked);
/* Words with dots may also differ by the section they stand in. */
void nearest_offer(struct nearest *nearest, const char *right);

#endif
