/* log - one formatter, one bounded ring, never blocks.
 *
 * Shape    lines of at most LOG_LINE octets, "TIME LEVEL text" or one JSON object; octets outside
 *          printable ASCII, and backslash, leave as \DDD (LIMITS H5), but a backslash that begins
 *          such an escape stays, so text from log_escape is not escaped twice. At most
 *          LOG_LINES_PER_S a second, of which lines that any client can cause, INFO and DEBUG, take
 *          no more than LOG_COMMON_LINES_PER_S, and all but ERROR leave a few: whoever floods the
 *          log hides nothing in it. What is left out, repeats too, is counted and said in the next
 *          line that goes out (H6). A line that the ring has no room for is left out.
 * Owns     a ring of 1 MiB that log_drain empties to the file descriptor; before log_start lines
 *          go to standard error at once (command line tools).
 * Threads  any; log_drain from the main thread alone.
 */
#ifndef CATENA_BASE_LOG_H
#define CATENA_BASE_LOG_H

#include <stddef.h>

#include "lib/base/instant.h"
#include "lib/base/status.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

enum {
    LOG_LINE = 4096,
    LOG_NAME = 300, /* room for a name from outside: a longer one is cut (H5) */
    LOG_LINES_PER_S = 100,
    LOG_COMMON_LINES_PER_S = 80,
    LOG_GRAVE_LINES_PER_S = 5 /* kept for ERROR */
};

void log_level_set(enum log_level most); /* LOG_INFO at the beginning */
void log_format_set(enum log_format format);
enum status log_start(int fd) MUST_USE; /* from now on lines wait in the ring for log_drain */
void log_drain(void);                   /* writes what fd takes without blocking */
void log_stop(void);                    /* drains and goes back to writing at once */

void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One line a key and 30 s: false when `key` spoke less than that ago (the repeat is counted). Keys
 * of INFO and DEBUG push out none of the others. */
int log_may_repeat(enum log_level level, uint64_t key, struct instant now);
/* The same for who keeps `due_ms`, 0 at first, itself: no lock, and repeats are not counted. */
int log_is_due(_Atomic uint64_t *due_ms, struct instant now);

/* Writes `octets` with all but [A-Za-z0-9._-] and space as \DDD; ends with NUL; <= size. */
void log_escape(char *text, size_t size, const void *octets, size_t len);

#ifdef CATENA_TESTING
/* From now on the log takes these for the time; no test waits for a clock. */
void log_pretend(struct instant now, struct unixtime wall);
#endif

#endif
