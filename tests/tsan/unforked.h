/* unforked - runs a suite of tests in one process: Check's fork would leave threads behind, which
 * ThreadSanitizer then misses (RULINGS B32). Here and not in tests/support, which the lab's and the
 * bench's programs link where Check need not be installed. */
#ifndef CATENA_TESTS_TSAN_UNFORKED_H
#define CATENA_TESTS_TSAN_UNFORKED_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* Takes the suite; prints `N passed, N failed`. The exit code of the program. */
static inline int run_unforked(Suite *suite)
{
    SRunner *runner = srunner_create(suite);

    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    int ran = srunner_ntests_run(runner), failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    printf("%d passed, %d failed\n", ran - failed, failed);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
