#include "tests/unit/base/log_lines.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/log.h"

static FILE *file;

void log_lines_begin(struct instant now)
{
    file = tmpfile();
    ck_assert_ptr_nonnull(file);
    log_level_set(LOG_INFO);
    log_pretend(now, (struct unixtime){ 1790000000 });
    ck_assert_int_eq(log_start(fileno(file)), ST_OK);
}

unsigned log_lines_end(const char *with)
{
    char line[LOG_LINE + 1];
    unsigned count = 0;

    log_stop();
    rewind(file);
    while (fgets(line, sizeof line, file))
        count += strstr(line, with) != NULL;
    fclose(file);
    return count;
}
