/* entry - ENTRY_BEGIN ... ENTRY_END: a message, how it is matched, how it is adjusted.
 *
 * Errors   the flaw of the lines.
 */
#ifndef CATENA_TESTS_SCENARIO_ENTRY_H
#define CATENA_TESTS_SCENARIO_ENTRY_H

#include "tests/scenario/player/keys.h"

/* What holds from entry to entry: $ORIGIN and $TTL. */
struct entry_reading {
    struct lines *lines;
    const struct script_keys *keys;
    uint32_t ttl;
    char origin[NAME_TEXT];
};

void entry_reading_begin(struct entry_reading *reading, struct lines *lines,
                         const struct script_keys *keys);
/* The line ENTRY_BEGIN has been read; reads to ENTRY_END. NULL: a flaw. */
struct script_entry *entry_read(struct entry_reading *reading);
/* "$ORIGIN name", "$TTL seconds"; false: a flaw. `is` tells whether the words are one of them. */
bool entry_directive(struct entry_reading *reading, const struct words *words, bool *is);

#endif
