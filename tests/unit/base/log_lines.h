/* log_lines - what the log says between two moments of a test, counted by line.
 *
 * Time     the log takes `now` for the time from then on (log_pretend).
 * Threads  one.
 */
#ifndef CATENA_TESTS_UNIT_LOG_LINES_H
#define CATENA_TESTS_UNIT_LOG_LINES_H

#include "lib/base/instant.h"

void log_lines_begin(struct instant now); /* all levels up to INFO */
unsigned log_lines_end(const char *with); /* how many lines hold these words */

#endif
