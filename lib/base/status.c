#include "lib/base/status.h"

#include <stddef.h>

static const char *const names[] = {
    [ST_OK] = "OK",
    [ST_NOTFOUND] = "NOTFOUND",
    [ST_MALFORMED] = "MALFORMED",
    [ST_LIMIT] = "LIMIT",
    [ST_UNSUPPORTED] = "UNSUPPORTED",
    [ST_NOMEM] = "NOMEM",
    [ST_IO] = "IO",
    [ST_BUSY] = "BUSY",
};

const char *status_name(enum status status)
{
    size_t number = (size_t)status;
    return number < sizeof names / sizeof *names ? names[number] : "UNKNOWN";
}
