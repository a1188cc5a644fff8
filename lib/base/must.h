/* must - a condition on a job's state that only our own bug can break.
 *
 * False: one log line, one count; aborts in tests and fuzzing (CATENA_TESTING); then false, and the
 * caller ends its job with SERVFAIL, why = internal. No hidden flow. Threads: any.
 */
#ifndef CATENA_BASE_MUST_H
#define CATENA_BASE_MUST_H

#include <stdbool.h>
#include <stdint.h>

#define must(condition) ((condition) || must_failed(__func__, #condition))

bool must_failed(const char *where, const char *condition); /* always false */
uint64_t must_failures(void);                               /* since the process began */

#endif
