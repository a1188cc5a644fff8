#include "lib/base/limits.h"

#include <string.h>

const struct limits_row limits_rows[] = {
#define LIMIT(name, minimum, normal, maximum, reason)                                              \
    { #name, reason, minimum, normal, maximum, offsetof(struct limits, name) },
    LIMITS(LIMIT)
#undef LIMIT
};

const size_t limits_row_count = sizeof limits_rows / sizeof *limits_rows;

static void put(struct limits *limits, const struct limits_row *row, uint32_t value)
{
    memcpy((char *)limits + row->offset, &value, sizeof value);
}

void limits_defaults(struct limits *limits)
{
    for (size_t i = 0; i < limits_row_count; i++)
        put(limits, &limits_rows[i], limits_rows[i].normal);
}

const struct limits_row *limits_find(const char *name)
{
    for (size_t i = 0; i < limits_row_count; i++) {
        if (strcmp(limits_rows[i].name, name) == 0)
            return &limits_rows[i];
    }
    return NULL;
}

bool limits_set(struct limits *limits, const struct limits_row *row, uint32_t value)
{
    if (value < row->minimum || value > row->maximum)
        return false;
    put(limits, row, value);
    return true;
}
