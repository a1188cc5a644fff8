/* unit - every Check suite of tests/unit in one program.
 *
 * The table below is generated from the lines `Suite *<name>_suite(void)`. Each suite runs in a
 * process of its own, as many at a time as there are processors: what one suite leaves on the heap
 * is not searched for leaks again after every test of the next. Check forks each test once more, so
 * a crash or a hang is that test's failure and nobody else's. CK_RUN_SUITE and CK_RUN_CASE pick one
 * suite or case; CK_FORK=no keeps all in one process, for a debugger. */
#include "tests/unit/suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static Suite *(*const suites[])(void) = {
#include "tests/unit/suites.inc"
    NULL,
};

enum { SUITE_COUNT = sizeof suites / sizeof suites[0] - 1 };

/* What one suite came to. In memory shared with the process that runs it. */
struct outcome {
    int run;
    int failed;
    pid_t pid;
    FILE *said;
};

/* Tests that expect SIGABRT would leave a core file each (ruling B32). */
static void write_no_cores(void)
{
    struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };

    if (setrlimit(RLIMIT_CORE, &none) != 0)
        perror("unit: cores stay on");
}

static void give_up(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static void run_suite(Suite *(*make)(void), struct outcome *outcome)
{
    SRunner *runner = srunner_create(make());

    srunner_run_all(runner, CK_ENV);
    outcome->run = srunner_ntests_run(runner);
    outcome->failed = srunner_ntests_failed(runner);
    srunner_free(runner);
}

static void start_suite(Suite *(*make)(void), struct outcome *outcome)
{
    outcome->failed = 1; /* what stands if the process does not live to say better */
    outcome->said = tmpfile();
    if (outcome->said == NULL)
        give_up("unit: tmpfile");
    fflush(NULL);

    pid_t pid = fork();

    if (pid < 0)
        give_up("unit: fork");
    if (pid > 0) {
        outcome->pid = pid;
        return;
    }
    if (dup2(fileno(outcome->said), STDOUT_FILENO) < 0 ||
        dup2(fileno(outcome->said), STDERR_FILENO) < 0)
        give_up("unit: dup2");
    run_suite(make, outcome);
    exit(EXIT_SUCCESS);
}

/* Prints what the suite said, unless nothing of it was asked for. */
static void end_suite(struct outcome *outcome, int status)
{
    char part[4096];
    size_t got;

    if (status != 0 && outcome->failed == 0)
        outcome->failed = 1;
    rewind(outcome->said);
    while (outcome->run + outcome->failed > 0 &&
           (got = fread(part, 1, sizeof part, outcome->said)) > 0)
        fwrite(part, 1, got, stdout);
    if (status != 0)
        printf("unit: the suite's process ended with wait status %d\n", status);
    fclose(outcome->said);
    outcome->pid = 0; /* a later suite's process may be given the same number */
}

static void await_one(struct outcome *outcomes)
{
    int status;
    pid_t pid = wait(&status);

    if (pid < 0)
        give_up("unit: wait");
    for (size_t i = 0; i < SUITE_COUNT; i++)
        if (outcomes[i].pid == pid)
            end_suite(&outcomes[i], status);
}

static void run_side_by_side(struct outcome *outcomes)
{
    long room = sysconf(_SC_NPROCESSORS_ONLN);
    long running = 0;

    for (size_t i = 0; i < SUITE_COUNT; i++) {
        if (running >= room) {
            await_one(outcomes);
            running--;
        }
        start_suite(suites[i], &outcomes[i]);
        running++;
    }
    for (; running > 0; running--)
        await_one(outcomes);
}

int main(void)
{
    const char *fork_wanted = getenv("CK_FORK");
    const size_t size = sizeof(struct outcome) * (SUITE_COUNT + 1);
    const int how = MAP_SHARED | MAP_ANONYMOUS;
    /* cppcheck-suppress invalidFunctionArg; no file: -1 is right */
    struct outcome *outcomes = mmap(NULL, size, PROT_READ | PROT_WRITE, how, -1, 0);
    int run = 0;
    int failed = 0;

    if (outcomes == MAP_FAILED)
        give_up("unit: mmap");
    write_no_cores();
    if (fork_wanted != NULL && strcmp(fork_wanted, "no") == 0)
        for (size_t i = 0; i < SUITE_COUNT; i++)
            run_suite(suites[i], &outcomes[i]);
    else
        run_side_by_side(outcomes);
    for (size_t i = 0; i < SUITE_COUNT; i++) {
        run += outcomes[i].run;
        failed += outcomes[i].failed;
    }
    printf("%d passed, %d failed\n", run > failed ? run - failed : 0, failed);
    return failed == 0 && run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
