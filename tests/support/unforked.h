/* unforked - runs a suite of tests in one process: Check's fork would leave threads behind, which
 * ThreadSanitizer then misses (RULINGS B32). */
#ifndef CATENA_TESTS_SUPPORT_UNFORKED_H
#define CATENA_TESTS_SUPPORT_UNFORKED_H

#include <check.h>

/* Takes the suite; prints `N passed, N failed`. The exit code of the program. */
int run_unforked(Suite *suite);

#endif
