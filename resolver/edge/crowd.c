#include "resolver/edge/crowd.h"

enum { HALF_FULL_MS = 2000, NEARLY_FULL_MS = 200, QUARTER = 4 };

void crowd_join(struct crowd *crowd, struct crowd_part *part)
{
    part->next = crowd->parts;
    crowd->parts = part;
}

void crowd_leave(struct crowd *crowd, struct crowd_part *part)
{
    struct crowd_part **link = &crowd->parts;

    while (*link && *link != part)
        link = &(*link)->next;
    if (*link)
        *link = part->next;
}

struct crowd_client crowd_client(const struct crowd *crowd, const struct policy *policy,
                                 const struct endpoint *from)
{
    return (struct crowd_client){
        .place = quota_find_client(crowd->quota, QUOTA_CONNECTIONS, from),
        .factor = networks_factor(&policy->rate.networks, from),
    };
}

uint64_t crowd_share(const struct crowd *crowd, const struct crowd_client *client, unsigned more)
{
    return ((uint64_t)quota_count(crowd->quota, client->place) + more) * CROWD_SHARE /
           client->factor;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t places_of(const struct limits *limits, const struct crowd_client *client)
{
    uint64_t own = limits->tcp_clients_prefix, most = limits->tcp_clients / QUARTER;

    return lesser(own * client->factor, most > own ? most : own);
}

/* How many there were before. */
static unsigned come(struct crowd *crowd, struct crowd_part *part)
{
    atomic_fetch_add_explicit(&part->held, 1, memory_order_relaxed);
    return atomic_fetch_add_explicit(&crowd->count, 1, memory_order_relaxed);
}

enum crowd_answer crowd_comes(struct crowd *crowd, struct crowd_part *part,
                              const struct limits *limits, const struct crowd_client *client)
{
    if (quota_enter(crowd->quota, client->place) > places_of(limits, client)) {
        quota_leave(crowd->quota, client->place);
        return CROWD_OWN;
    }
    if (come(crowd, part) < limits->tcp_clients)
        return CROWD_IN;
    crowd_goes(crowd, part, client);
    return CROWD_FULL;
}

bool crowd_is_full(const struct crowd *crowd, const struct limits *limits)
{
    return atomic_load_explicit(&crowd->count, memory_order_relaxed) >= limits->tcp_clients;
}

struct crowd_part *crowd_lender(const struct crowd *crowd, const struct crowd_part *part)
{
    struct crowd_part *fullest = NULL;
    unsigned most = 0;

    for (struct crowd_part *other = crowd->parts; other; other = other->next) {
        unsigned held = atomic_load_explicit(&other->held, memory_order_relaxed);
        if (other == part || held <= most ||
            atomic_load_explicit(&other->owes, memory_order_relaxed))
            continue;
        fullest = other;
        most = held;
    }
    return fullest;
}

bool crowd_borrow(const struct crowd *crowd, const struct crowd_part *part)
{
    struct crowd_part *fullest = crowd_lender(crowd, part);
    return fullest && !atomic_exchange_explicit(&fullest->owes, true, memory_order_relaxed);
}

void crowd_comes_instead(struct crowd *crowd, struct crowd_part *part,
                         const struct crowd_client *client)
{
    (void)quota_enter(crowd->quota, client->place);
    (void)come(crowd, part);
}

void crowd_goes(struct crowd *crowd, struct crowd_part *part, const struct crowd_client *client)
{
    atomic_fetch_sub_explicit(&crowd->count, 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&part->held, 1, memory_order_relaxed);
    quota_leave(crowd->quota, client->place);
}

void crowd_pays(struct crowd_part *part)
{
    atomic_store_explicit(&part->owes, false, memory_order_relaxed);
}

bool crowd_owes(const struct crowd *crowd, struct crowd_part *part, const struct limits *limits)
{
    if (!atomic_load_explicit(&part->owes, memory_order_relaxed))
        return false;
    if (atomic_load_explicit(&crowd->count, memory_order_relaxed) > limits->tcp_clients)
        return true;
    crowd_pays(part);
    return false;
}

/* LIMITS F9: 2 s over half of the places taken, 200 ms over four fifths. */
uint64_t crowd_patience_ms(const struct crowd *crowd, const struct limits *limits)
{
    unsigned open = atomic_load_explicit(&crowd->count, memory_order_relaxed);
    if (open * 5 > limits->tcp_clients * 4)
        return lesser(limits->tcp_idle_ms, NEARLY_FULL_MS);
    if (open * 2 > limits->tcp_clients)
        return lesser(limits->tcp_idle_ms, HALF_FULL_MS);
    return limits->tcp_idle_ms;
}
