/* macro - the ${...} calculations of scenarios.
 *
 * Shape    $name and ${$name} are variables, ${a + b * c} is reckoned from left to right without
 *          precedence, ${time} is the wall clock, ${timeout} the seconds until the next timer,
 *          ${ctime n} n as a date, ${range low value high} is value, and wrong where it is not
 *          between the two. Inner ones come first.
 * Errors   false; `why` says what is wrong.
 */
#ifndef CATENA_TESTS_SCENARIO_MACRO_H
#define CATENA_TESTS_SCENARIO_MACRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MACRO_TEXT = 1024, MACRO_NAME = 64, MACRO_VARIABLES = 64, MACRO_DEPTH = 16 };

struct macros {
    struct macro_variable {
        char name[MACRO_NAME], value[MACRO_TEXT];
    } at[MACRO_VARIABLES];
    unsigned count;
    int64_t time, timeout;
    char why[200];
};

bool macro_expand(struct macros *macros, const char *text, char result[MACRO_TEXT]);
bool macro_assign(struct macros *macros, const char *name, const char *text); /* expands it */

#endif
