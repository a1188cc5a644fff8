#include "lib/base/must.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/log.h"

static _Atomic uint64_t failures;

bool must_failed(const char *where, const char *condition)
{
    atomic_fetch_add(&failures, 1);
    log_line(LOG_ERROR, "internal: in %s: %s does not hold", where, condition);
#ifdef CATENA_TESTING
    (void)fprintf(stderr, "must: in %s: %s does not hold\n", where, condition);
    abort();
#endif
    return false;
}

uint64_t must_failures(void)
{
    return atomic_load(&failures);
}
