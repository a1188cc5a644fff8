/* lines - a scenario's text as lines of words, and what is wrong with it, said once and with its
 * place.
 *
 * Shape    a line `INCLUDE path` is replaced by the lines of that file, from the including file's
 *          folder, INCLUDE_DEPTH_MAX deep. Comments stay: only the reader of a part knows where one
 *          begins. The first flaw stays, later ones are not written over it.
 * Owns     nothing: everything is in the arena, one a scenario.
 * Errors   false, and the flaw is filled: FLAW_WRONG, the file is not of the format; FLAW_CANNOT,
 *          it asks for something that cannot be played.
 */
#ifndef CATENA_TESTS_SCENARIO_LINES_H
#define CATENA_TESTS_SCENARIO_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/arena.h"

enum {
    TEXT_OCTETS_MAX = 4 * 1024 * 1024,
    LINES_MAX = 60000,
    WORDS_MAX = 256,
    INCLUDE_DEPTH_MAX = 4,
    FLAW_TEXT = 400
};

struct line {
    const char *file, *text;
    unsigned number;
};

enum flaw_kind { FLAW_NONE, FLAW_WRONG, FLAW_CANNOT };

struct flaw {
    enum flaw_kind kind;
    const char *file;
    unsigned line;
    char text[FLAW_TEXT];
};

struct lines {
    struct arena *arena;
    struct line *at; /* LINES_MAX of them */
    size_t count, next;
    struct flaw flaw;
};

struct words {
    const char *at[WORDS_MAX];
    unsigned count;
};

bool lines_read_file(struct lines *lines, const char *path, struct arena *arena);
/* The same from a text; `name` stands in flaws, includes are looked for in its folder. */
bool lines_read_text(struct lines *lines, const char *name, struct bytes text, struct arena *arena);

const struct line *lines_next(struct lines *lines); /* NULL: there is none more */

/* Blanks part words; "..." holds blanks, and loses its marks when it is a whole word; a comment
 * begins at one of `comments`. */
bool words_split(struct lines *lines, const char *text, const char *comments, struct words *words);
bool word_is(const struct words *words, unsigned index, const char *word);
/* The text behind `count` words, without its comment. */
const char *words_after(struct lines *lines, const char *text, unsigned count);
bool word_number(const char *word, unsigned long most, unsigned long *number);
/* "name=value" with that name: its value; NULL: another word. */
const char *word_value(const char *word, const char *name);

/* Both return false. They speak of the line read last. */
bool lines_wrong(struct lines *lines, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool lines_cannot(struct lines *lines, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
