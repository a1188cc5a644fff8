/* play - one scenario from beginning to end.
 *
 * Shape    pass: every step went as it says, and at least one of them was a check. fail: a step did
 *          not, or the file is wrong. skip: it asks for something that cannot be played, named
 *          first in the text.
 */
#ifndef CATENA_TESTS_SCENARIO_PLAY_H
#define CATENA_TESTS_SCENARIO_PLAY_H

#include "tests/scenario/player/lines.h"

enum play_verdict { PLAY_PASS, PLAY_FAIL, PLAY_SKIP };

struct play_result {
    enum play_verdict verdict;
    char text[2000];    /* of a fail or a skip */
    unsigned long step; /* where it failed; 0: before the first */
};

enum loudness { PLAY_QUIET, PLAY_ALOUD /* every message is a line */ };

void play_file(const char *path, enum loudness loudness, struct play_result *result);
/* A text of that name, as it would stand in a file. */
void play_text(const char *name, struct bytes text, struct play_result *result);

#endif
