/* unit - every Check suite of tests/unit in one program.
 *
 * The table below is generated from the lines `Suite *<name>_suite(void)`. Check forks each test,
 * so a crash or a hang is that test's failure and nobody else's. CK_RUN_SUITE and CK_RUN_CASE pick
 * one suite or case; CK_FORK=no keeps all in one process, for a debugger. */
#include "tests/unit/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static Suite *(*const suites[])(void) = {
#include "tests/unit/suites.inc"
    NULL,
};

/* Tests that expect SIGABRT would leave a core file each (ruling B32). */
static void write_no_cores(void)
{
    struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };

    if (setrlimit(RLIMIT_CORE, &none) != 0)
        perror("unit: cores stay on");
}

int main(void)
{
    SRunner *runner = srunner_create(NULL);

    write_no_cores();
    for (size_t i = 0; suites[i] != NULL; i++)
        srunner_add_suite(runner, suites[i]());
    srunner_run_all(runner, CK_ENV);

    int run = srunner_ntests_run(runner);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    printf("%d passed, %d failed\n", run - failed, failed);
    return failed == 0 && run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
