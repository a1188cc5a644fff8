/* picture - a trail in words: line by line for people, step by step as JSON for programs.
 *
 * Shape    text: the walk in the order of time, the chain of trust from the root down, the outcome;
 *          a line at a time, so that no room need hold it all. JSON (RFC 8259): one object a step.
 * Owns     nothing: borrows the trail, which must not be written to meanwhile.
 */
#ifndef CATENA_EXPLAIN_PICTURE_H
#define CATENA_EXPLAIN_PICTURE_H

#include "lib/explain/trail.h"

/* Three names at their longest, each of their characters escaped, and what is said of them. */
enum { PICTURE_LINE = 6 * NAME_TEXT + 4 * CAUSE_OCTETS };

enum picture_part {
    PICTURE_WALK_TITLE,
    PICTURE_WALK,
    PICTURE_LOST,
    PICTURE_CHAIN_TITLE,
    PICTURE_SUBJECT,
    PICTURE_LINK,
    PICTURE_OUTCOME,
    PICTURE_END
};

struct picture {
    const struct trail *trail;
    enum picture_part part;
    const struct list *at, *subject;
};

struct picture picture_begin(const struct trail *trail);
/* The next line, without its end. False: there is none. */
bool picture_line(struct picture *picture, char line[PICTURE_LINE]);

/* One step as an object: {"ms":12,"step":"asked","owner":"example.","type":"NS","server":"…"}. */
void picture_json(const struct trail_step *step, char line[PICTURE_LINE]);
/* `text` as a JSON string with its quotes; <= size with NUL; returns `room`. */
char *picture_quoted(const char *text, char *room, size_t size);

#endif
