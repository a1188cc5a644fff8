#include "resolver/edge/crowd.h"

enum { HALF_FULL_MS = 2000, NEARLY_FULL_MS = 200 };

enum crowd_answer crowd_enter(struct crowd *crowd, const struct limits *limits,
                              const struct endpoint *client, struct quota_place *place)
{
    *place = quota_find_client(crowd->quota, QUOTA_CONNECTIONS, client);
    if (quota_enter(crowd->quota, *place) > limits->tcp_clients_prefix) {
        quota_leave(crowd->quota, *place);
        return CROWD_OWN;
    }
    if (atomic_fetch_add_explicit(&crowd->count, 1, memory_order_relaxed) < limits->tcp_clients)
        return CROWD_IN;
    crowd_leave(crowd, *place);
    return CROWD_FULL;
}

void crowd_leave(struct crowd *crowd, struct quota_place place)
{
    atomic_fetch_sub_explicit(&crowd->count, 1, memory_order_relaxed);
    quota_leave(crowd->quota, place);
}

static uint64_t at_most(uint64_t ms, uint64_t most)
{
    return ms < most ? ms : most;
}

/* LIMITS F9: 2 s over half of the places taken, 200 ms over four fifths. */
uint64_t crowd_patience_ms(const struct crowd *crowd, const struct limits *limits)
{
    unsigned open = atomic_load_explicit(&crowd->count, memory_order_relaxed);
    if (open * 5 > limits->tcp_clients * 4)
        return at_most(limits->tcp_idle_ms, NEARLY_FULL_MS);
    if (open * 2 > limits->tcp_clients)
        return at_most(limits->tcp_idle_ms, HALF_FULL_MS);
    return limits->tcp_idle_ms;
}
