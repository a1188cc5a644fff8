/* judged - which files of others fail, at which step, and by which class of lawful differences.
 *
 * Shape    a line a file: `path step class`. The path is the end of the file's own, whole names;
 *          step 0: it is no scenario at all. Classes are those of tests/scenario/README.md. A file
 *          that stands here has to fail at just that step: if not, the judgement is out of date.
 * Owns     nothing: everything is in the arena.
 * Errors   false, and `why` tells.
 */
#ifndef CATENA_TESTS_SCENARIO_JUDGED_H
#define CATENA_TESTS_SCENARIO_JUDGED_H

#include <stdbool.h>

#include "lib/base/arena.h"

enum { JUDGED_MAX = 1000, JUDGED_WHY = 200 };

struct judged {
    struct judgement {
        const char *path, *class;
        unsigned long step;
    } at[JUDGED_MAX];
    unsigned count;
};

bool judged_read(struct judged *judged, const char *path, struct arena *arena,
                 char why[JUDGED_WHY]);
/* NULL: nothing is said of it. */
const struct judgement *judged_find(const struct judged *judged, const char *path);

#endif
