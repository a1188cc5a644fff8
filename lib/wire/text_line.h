/* text_line - logical lines of a master file, made plain: comments, parentheses and line ends gone,
 * words one space apart.
 *
 * Shape    a line that began with blanks keeps one (RFC 1035 §5.1: the owner is the last one).
 *          Quotes and escapes stand as they were; a quoted string is a word of its own, unless it
 *          follows other text without a space (RFC 9460 §2.1).
 * Owns     nothing: borrows the room.
 * Spec     RFC 1035 §5.1.
 */
#ifndef CATENA_WIRE_TEXT_LINE_H
#define CATENA_WIRE_TEXT_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* An rdata of 65,535 octets, each as \DDD, and what may stand around it. */
enum { TEXT_LINE_MAX = 4 * 65536 + 8192 };

enum line_event {
    LINE_MORE,
    LINE_READY,  /* a line stands in text, perhaps an empty one; line_next begins another */
    LINE_BROKEN, /* quotes or parentheses that do not match, a NUL, a backslash at a line's end */
    LINE_TOO_LONG
};

struct text_line {
    char *text;
    size_t len, size;
    unsigned depth; /* open parentheses */
    bool quoted, comment, escape, gap, whole_word_quoted;
};

struct text_line text_line(char *room, size_t size);
enum line_event line_feed(struct text_line *line, int character); /* EOF: the end of the file */
void line_next(struct text_line *line);

/* The next word of a plain line, ended with NUL in place; NULL: none is left. */
char *line_word(char **at);

#endif
