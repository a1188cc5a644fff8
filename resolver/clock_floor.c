#include "resolver/clock_floor.h"

#include "lib/base/memory.h"
#include "resolver/anchor_state.h"
#include "resolver/negative_state.h"

static const struct unixtime built = {
#include "build_date.inc"
};

/* Every file that is written there (state.h). */
static const char *const names[] = { ANCHOR_STATE_NAME, NEGATIVE_STATE_NAME };

struct unixtime clock_built(void)
{
    return built;
}

struct clock_floor clock_floor_at_start(const char *state_directory)
{
    struct clock_floor floor = { built, FLOOR_BUILD };

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        struct state_file file = { &state_disk_real, state_directory, names[i], .sequence = 0 };
        char *body = NULL;
        if (state_read(&file, &body) != ST_OK)
            continue;
        memory_free(body);
        floor = clock_floor_higher(floor, (struct clock_floor){ file.written, FLOOR_STATE });
    }
    return floor;
}
