/* script_read - from the lines behind the head to ranges and steps.
 *
 * Errors   false, and the flaw of the lines is filled. Whatever is in the file: never more.
 */
#ifndef CATENA_TESTS_SCENARIO_SCRIPT_READ_H
#define CATENA_TESTS_SCENARIO_SCRIPT_READ_H

#include "tests/scenario/player/entry.h"

bool script_read(struct lines *lines, const struct script_keys *keys, struct script *script);
/* The lines up to one that is `end`, as they are. */
bool script_read_file(struct lines *lines, const char *name, const char *end,
                      struct script_file **file);

#endif
