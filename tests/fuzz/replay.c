/* replay - runs a fuzz target over the files of its corpus, each in a process of its own, so that a
 * crash names its file and the rest still runs. Linked in place of libFuzzer's main.
 *
 * Each input lies in a block of just its size: AddressSanitizer sees the first octet too far. */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INPUT_OCTETS_MAX = 1 << 20, INPUT_SECONDS_MAX = 60 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The octets of a file in a block of just their size, which the caller frees. NULL: not read. */
static uint8_t *read_input(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        return NULL;

    long end = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    uint8_t *input = end >= 0 && end <= INPUT_OCTETS_MAX ? malloc((size_t)end) : NULL;

    rewind(file);
    if (input != NULL)
        *size = fread(input, 1, (size_t)end, file);
    (void)fclose(file);
    return input;
}

static int run_here(const char *path)
{
    size_t size = 0;
    uint8_t *input = read_input(path, &size);

    if (input == NULL)
        return EXIT_FAILURE;
    (void)alarm(INPUT_SECONDS_MAX); /* an endless loop ends here, as a failure */

    int result = LLVMFuzzerTestOneInput(input, size);

    free(input);
    return result == 0 || result == -1 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run_apart(const char *path)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0)
        exit(run_here(path)); /* exit, not _exit: the leak check runs at exit */
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        printf("failed: %s (wait status %d)\n", path, status);
        return 1;
    }
    return 0;
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    struct rlimit no_cores = { 0, 0 };
    struct dirent **inputs = NULL;
    int failed = 0;
    int count = argc == 2 ? scandir(argv[1], &inputs, is_input, alphasort) : -1;

    if (count < 0) {
        fprintf(stderr, "usage: %s FOLDER: the inputs to run\n", argv[0]);
        return EXIT_FAILURE;
    }
    (void)setrlimit(RLIMIT_CORE, &no_cores);
    (void)setvbuf(stdout, NULL, _IOLBF, 0); /* nothing buffered that a child would print again */
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];

        snprintf(path, sizeof path, "%s/%s", argv[1], inputs[i]->d_name);
        failed += run_apart(path);
        free(inputs[i]);
    }
    free(inputs);
    printf("%d passed, %d failed\n", count - failed, failed);
    return failed == 0 && count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
