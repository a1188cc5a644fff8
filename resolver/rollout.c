#include "resolver/rollout.h"

#include "lib/base/memory.h"

/* Numbers [oldest, newest] are alive, at n % ROLLOUT_MAX; 0 is the first one, which is not ours. */
struct rollout {
    const struct policy *first;
    struct worker *const *workers;
    unsigned worker_count;
    uint64_t oldest, newest;
    struct policy *alive[ROLLOUT_MAX];
    uint64_t posted[WORKERS_MAX]; /* the highest number in each worker's mailbox, ever */
};

struct rollout *rollout_create(const struct policy *first, struct worker *const *workers,
                               unsigned count)
{
    struct rollout *rollout = count <= WORKERS_MAX ? memory_new(sizeof *rollout) : NULL;

    if (rollout) {
        rollout->first = first;
        rollout->workers = workers;
        rollout->worker_count = count;
    }
    return rollout;
}

void rollout_destroy(struct rollout *rollout)
{
    if (!rollout)
        return;
    for (unsigned i = 0; i < ROLLOUT_MAX; i++)
        policy_destroy(rollout->alive[i]);
    memory_free(rollout);
}

const struct policy *rollout_newest(const struct rollout *rollout)
{
    return rollout->newest ? rollout->alive[rollout->newest % ROLLOUT_MAX] : rollout->first;
}

struct policy *rollout_draft(const struct rollout *rollout)
{
    return policy_copy(rollout_newest(rollout));
}

static void post(struct rollout *rollout)
{
    if (rollout->newest == 0)
        return;
    for (unsigned w = 0; w < rollout->worker_count; w++)
        if (rollout->posted[w] < rollout->newest &&
            worker_post_policy(rollout->workers[w], rollout_newest(rollout), rollout->newest) ==
                ST_OK)
            rollout->posted[w] = rollout->newest;
}

/* The lowest number that some worker may still look at. */
static uint64_t lowest_in_force(const struct rollout *rollout)
{
    uint64_t lowest = rollout->newest;

    for (unsigned w = 0; w < rollout->worker_count; w++) {
        uint64_t number = worker_policy(rollout->workers[w]);
        lowest = number < lowest ? number : lowest;
    }
    return lowest;
}

bool rollout_settle(struct rollout *rollout)
{
    uint64_t lowest;

    post(rollout);
    lowest = lowest_in_force(rollout);
    for (; rollout->oldest < lowest; rollout->oldest++) {
        struct policy **gone = &rollout->alive[rollout->oldest % ROLLOUT_MAX];
        policy_destroy(*gone);
        *gone = NULL;
    }
    return lowest == rollout->newest;
}

enum status rollout_release(struct rollout *rollout, struct policy *draft)
{
    (void)rollout_settle(rollout);
    if (rollout->newest - rollout->oldest == ROLLOUT_MAX - 1)
        return ST_BUSY;
    rollout->newest++;
    rollout->alive[rollout->newest % ROLLOUT_MAX] = draft;
    post(rollout);
    return ST_OK;
}
