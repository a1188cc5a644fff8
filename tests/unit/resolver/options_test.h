/* options_test - what the suites of the configuration share: options, and files to read from. */
#ifndef CATENA_TESTS_UNIT_OPTIONS_TEST_H
#define CATENA_TESTS_UNIT_OPTIONS_TEST_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "resolver/config/table.h"
#include "tests/unit/resolver/options_same.h"

static struct options *options;
static char why[CONFIG_WHY];

static inline void set_up(void)
{
    options = options_create();
    ck_assert_ptr_nonnull(options);
    why[0] = '\0';
}

static inline void tear_down(void)
{
    options_destroy(options);
}

static inline enum status assign(const char *assignment)
{
    return options_read_assignment(options, assignment, why);
}

static inline bool said(const char *part)
{
    return strstr(why, part) != NULL;
}

/* A file with `text`, gone again with file_gone. */
static char file_path[64];

static inline const char *file_with(const char *text)
{
    snprintf(file_path, sizeof file_path, "/tmp/catena-options-XXXXXX");
    int fd = mkstemp(file_path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return file_path;
}

static inline void file_gone(void)
{
    unlink(file_path);
}

static inline enum status read_file(const char *text)
{
    enum status status = options_read_file(options, file_with(text), why);
    file_gone();
    return status;
}

#endif
