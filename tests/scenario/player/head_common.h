/* head_common - the common form of a head, `server:`, `stub-zone:`, `forward-zone:`, in our words.
 *
 * Shape    a table of keys: those that change no answer here are read over, those that say what
 *          holds here anyway must say just that, the rest becomes keys of ours. Whatever else
 *          stands there cannot be played, and is named.
 */
#ifndef CATENA_TESTS_SCENARIO_HEAD_COMMON_H
#define CATENA_TESTS_SCENARIO_HEAD_COMMON_H

#include "tests/scenario/player/head.h"

bool head_common_is(const char *text);
bool head_common_read(struct head *head, struct lines *lines, const char *text);

#endif
