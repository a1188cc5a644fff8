#include "resolver/cgroup.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS_MAX = 64 /* lines: version 1 has one for each controller, of which there are 14 */ };

/* A version of the interface: where it is mounted, and what a limit is called there. */
struct hierarchy {
    const char *mount, *file;
};

static const struct hierarchy version_2 = { "/sys/fs/cgroup", "memory.max" };
static const struct hierarchy version_1 = { "/sys/fs/cgroup/memory", "memory.limit_in_bytes" };

/* "max" is no number, hence no limit. */
static uint64_t limit_in(const char *path)
{
    char line[64] = "", *end;
    FILE *file = fopen(path, "re");
    unsigned long long octets;

    if (!file)
        return UINT64_MAX;
    if (!fgets(line, sizeof line, file))
        line[0] = '\0';
    fclose(file);
    errno = 0;
    octets = strtoull(line, &end, 10);
    return end != line && line[0] != '-' && errno == 0 ? octets : UINT64_MAX;
}

/* The least of `group`, which is cut short on the way, and of all above it. */
static uint64_t least_above(const char *root, const struct hierarchy *hierarchy, char *group)
{
    char path[PATH_MAX];
    uint64_t least = UINT64_MAX;

    if (strstr(group, "/..")) /* outside of what this process sees */
        group[0] = '\0';
    for (;;) {
        int len = snprintf(path, sizeof path, "%s%s%s/%s", root, hierarchy->mount, group,
                           hierarchy->file);
        uint64_t limit = len > 0 && len < PATH_MAX ? limit_in(path) : UINT64_MAX;
        char *last = strrchr(group, '/');
        least = limit < least ? limit : least;
        if (!last)
            return least;
        *last = '\0';
    }
}

/* Is "memory" one of "cpu,memory"? */
static bool names_memory(char *controllers)
{
    char *rest = controllers;

    for (char *one = strsep(&rest, ","); one; one = strsep(&rest, ","))
        if (strcmp(one, "memory") == 0)
            return true;
    return false;
}

/* "0::/group" of version 2, "4:memory:/group" of version 1. */
static uint64_t limit_of_line(const char *root, char *line)
{
    char *rest = line, *number, *controllers;

    line[strcspn(line, "\n")] = '\0';
    number = strsep(&rest, ":");
    controllers = strsep(&rest, ":");
    if (!rest || rest[0] != '/')
        return UINT64_MAX;
    if (strcmp(number, "0") == 0 && controllers[0] == '\0')
        return least_above(root, &version_2, rest);
    return names_memory(controllers) ? least_above(root, &version_1, rest) : UINT64_MAX;
}

uint64_t cgroup_memory_max(const char *root)
{
    char line[PATH_MAX];
    uint64_t least = UINT64_MAX;

    (void)snprintf(line, sizeof line, "%s/proc/self/cgroup", root);
    FILE *file = fopen(line, "re");
    for (unsigned i = 0; file && i < GROUPS_MAX && fgets(line, sizeof line, file); i++) {
        uint64_t limit = limit_of_line(root, line);
        least = limit < least ? limit : least;
    }
    if (file)
        fclose(file);
    return least;
}
