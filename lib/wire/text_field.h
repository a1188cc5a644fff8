/* text_field - reads one field of rdata from words, by its letter (lib/wire/field.h).
 *
 * Shape    `at` is what is left of a plain line (lib/wire/text_line.h). Our own reading, since ldns
 *          takes a type it does not know in a bitmap for TYPE0, and 65536 for 0.
 * Owns     nothing.
 * Errors   false: `word` (NULL: none was left) is not what `wanted` says. A full `into` sticks.
 * Spec     RFC 1035 §5.1 and the RFC of each letter.
 */
#ifndef CATENA_WIRE_TEXT_FIELD_H
#define CATENA_WIRE_TEXT_FIELD_H

#include "lib/base/bytes.h"
#include "lib/wire/name.h"
#include "lib/wire/writer.h"

struct field_text {
    char *at;
    const struct name *origin; /* what a relative name is under */
    struct writer *into;
    char *word;         /* the word read last */
    const char *wanted; /* "a number", for the sentence that explains a failure */
    char gateway;       /* the letter that g stands for */
};

bool field_read(struct field_text *text, char letter);
bool field_next_word(struct field_text *text); /* false: none is left */

/* RFC 3597 §5, what follows the word \#: the count of octets, then these in hex. */
bool field_read_generic(struct field_text *text);

/* What a string stands for, its quotes and escapes resolved in place (RFC 1035 §5.1). */
bool string_read(char *word, struct bytes *octets);
/* A relative name is under `origin`, and @ is the origin. */
bool name_read(const char *word, const struct name *origin, struct name *name);

#endif
