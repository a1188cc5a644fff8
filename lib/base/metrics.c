#include "lib/base/metrics.h"

#include <inttypes.h>
#include <stdio.h>

const struct metrics_row metrics_rows[] = {
#define METRIC(name, what) { #name, what, offsetof(struct metrics, name) },
    METRICS(METRIC)
#undef METRIC
};

const size_t metrics_row_count = sizeof metrics_rows / sizeof *metrics_rows;

static const uint64_t *counter(const struct metrics *metrics, const struct metrics_row *row)
{
    return (const uint64_t *)(const void *)((const char *)metrics + row->offset);
}

void metrics_add_up(struct metrics *sum, const struct metrics *part)
{
#define METRIC(name, what) sum->name += __atomic_load_n(&part->name, __ATOMIC_RELAXED);
    METRICS(METRIC)
#undef METRIC
}

size_t metrics_json(const struct metrics *metrics, char *text, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i <= metrics_row_count; i++) {
        char *at = len < size ? text + len : NULL;
        size_t room = len < size ? size - len : 0;
        if (i == metrics_row_count) {
            len += (size_t)snprintf(at, room, "}");
            break;
        }
        const struct metrics_row *row = &metrics_rows[i];
        uint64_t count = __atomic_load_n(counter(metrics, row), __ATOMIC_RELAXED);
        char mark = i == 0 ? '{' : ',';
        len += (size_t)snprintf(at, room, "%c\"%s\":%" PRIu64, mark, row->name, count);
    }
    return len;
}
