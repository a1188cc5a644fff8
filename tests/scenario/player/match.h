/* match - does a message fit an entry, and if not, what is the difference.
 *
 * Shape    sections are compared as sets of records, names folded, rdata in canonical form. What a
 *          server may leave away from a response (RFC 1034 §4.3.2: NS sets in the authority
 *          section, additional records) may be missing where files come from programs that add it;
 *          nothing else, and nothing may be there that is not expected.
 * Spec     RFC 1034 §4.3.2, RFC 2181 §5, RFC 8914, RFC 7873.
 */
#ifndef CATENA_TESTS_SCENARIO_MATCH_H
#define CATENA_TESTS_SCENARIO_MATCH_H

#include "lib/engine/engine.h"
#include "tests/scenario/player/script.h"

enum { DIFFERENCE_TEXT = 1200 };

enum optional_records { OPTIONAL_WANTED, OPTIONAL_MAY_LACK };

struct seen {
    struct message message;
    struct bytes options;
    enum transport via;
    struct script_record *sections[SECTIONS]; /* as in entries, rdata uncompressed */
};

/* False: the octets are no message. */
bool match_read(struct bytes octets, enum transport via, struct arena *arena, struct seen *seen);
/* `difference` tells what was expected and what was got. */
bool match_entry(const struct script_entry *entry, const struct seen *seen,
                 enum optional_records optional, char difference[DIFFERENCE_TEXT]);
/* "www.example. A" for messages. */
const char *match_question_text(const struct question *question, char *text, size_t size);

#endif
