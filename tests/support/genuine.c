#include "tests/support/genuine.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/sign_raw.h"

static const char *path_of(const char *file, char path[GENUINE_PATH])
{
    const char *folder = getenv("CATENA_DATA");
    int len = snprintf(path, GENUINE_PATH, "%s/%s", folder ? folder : "../shared/data", file);

    if (len >= GENUINE_PATH || strchr(path, '\''))
        sign_broken("genuine: CATENA_DATA is too long, or has a quote");
    return path;
}

bool genuine_here(const char *file, const char *test)
{
    char path[GENUINE_PATH];

    if (access(path_of(file, path), R_OK) == 0)
        return true;
    printf("skipped: %s: no %s (CATENA_DATA names the folder of the genuine data)\n", test, path);
    return false;
}

bool genuine_all(void)
{
    const char *set = getenv("CATENA_LONG");
    return set && *set;
}

static bool is_packed(const char *file)
{
    size_t len = strlen(file);
    return len > 3 && strcmp(file + len - 3, ".xz") == 0;
}

FILE *genuine_open(const char *file)
{
    char path[GENUINE_PATH], command[GENUINE_PATH + 32];
    FILE *stream;

    path_of(file, path);
    snprintf(command, sizeof command, "exec xz -dc '%s'", path);
    /* NOLINTNEXTLINE(cert-env33-c): the names of the files are the tests' own */
    stream = is_packed(file) ? popen(command, "re") : fopen(path, "re");
    if (!stream)
        sign_broken(path);
    return stream;
}

void genuine_close(FILE *stream, const char *file)
{
    int failed;

    if (is_packed(file))
        failed = pclose(stream);
    else
        failed = fclose(stream);
    if (failed)
        sign_broken(file);
}

struct unixtime genuine_time(const char *text)
{
    struct unixtime at;
    if (!unixtime_parse(text, &at))
        sign_broken(text);
    return at;
}
