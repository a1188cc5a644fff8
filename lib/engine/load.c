#include "lib/engine/load.h"

#include "lib/engine/state.h"

enum { SHARE_WHOLE = 1000, SHARE_HIGH = 300, SHARE_LOW = 100 };

static bool counts(const struct engine *engine, const struct fetch *fetch)
{
    return engine->quota && !fetch->by_tcp && fetch->walk->cut.source != FROM_FORWARD;
}

/* ---- of a zone ---- */

static uint32_t zone_room(const struct engine *engine, const struct fetch *fetch)
{
    const struct limits *limits = &engine->policy->limits;
    return fetch->walk->cut.zone.labels <= 1 ? limits->top_in_flight : limits->zone_in_flight;
}

void load_leave_zone(struct engine *engine, struct fetch *fetch)
{
    list_remove(&fetch->load.young);
    if (fetch->load.counted)
        quota_leave(engine->quota, fetch->load.zone);
    fetch->load.counted = false;
}

bool load_enter_zone(struct engine *engine, struct fetch *fetch)
{
    struct load *load = &fetch->load;

    load_leave_zone(engine, fetch);
    if (!counts(engine, fetch))
        return true;
    struct name zone = name_lower(&fetch->walk->cut.zone);
    load->zone = quota_find(engine->quota, QUOTA_ZONE, zone.octets, zone.len);
    if (quota_count(engine->quota, load->zone) >= zone_room(engine, fetch))
        return false;
    load->since = engine->now;
    list_push(&engine->young, &load->young);
    return true;
}

struct instant load_deadline(const struct engine *engine)
{
    if (list_empty(&engine->young))
        return INSTANT_NEVER;
    const struct fetch *first = LIST_OF(engine->young.next, struct fetch, load.young);
    return instant_after_ms(first->load.since, YOUNG_MS);
}

void load_age(struct engine *engine)
{
    while (!instant_before(engine->now, load_deadline(engine))) {
        struct fetch *fetch = LIST_OF(list_pop(&engine->young), struct fetch, load.young);
        fetch->load.counted = true;
        if (quota_enter(engine->quota, fetch->load.zone) <= zone_room(engine, fetch))
            continue;
        metrics_add(&engine->metrics->zone_crowded, 1);
        fetch_end(engine, fetch, OUTCOME_SPENT, load_cause(fetch, WHY_ZONE_BUSY));
    }
}

struct cause load_cause(const struct fetch *fetch, enum why why)
{
    struct cause cause = cause_of(why);
    char zone[NAME_TEXT];

    cause_detail(&cause, "zone %s", name_text(&fetch->walk->cut.zone, zone, sizeof zone));
    return cause;
}

/* ---- to a server ---- */

static struct quota_place server_place(const struct engine *engine, const struct endpoint *server)
{
    return quota_find(engine->quota, QUOTA_SERVER, server, sizeof *server);
}

bool load_server_is_full(const struct engine *engine, const struct fetch *fetch,
                         const struct candidate *candidate)
{
    uint32_t room = engine->policy->limits.server_in_flight >> candidate->infra.halvings;

    return counts(engine, fetch) &&
           quota_count(engine->quota, server_place(engine, &candidate->server)) >=
               (room > 0 ? room : 1);
}

void load_enter_server(struct engine *engine, const struct fetch *fetch, struct exchange *exchange)
{
    if (!counts(engine, fetch))
        return;
    exchange->counted_at = server_place(engine, &exchange->server);
    exchange->counted = true;
    (void)quota_enter(engine->quota, exchange->counted_at);
}

void load_leave_server(struct engine *engine, struct exchange *exchange)
{
    if (exchange->counted)
        quota_leave(engine->quota, exchange->counted_at);
    exchange->counted = false;
}

/* As BIND weighs it: a smoothed share, of which the last window makes 7 tenths. */
static void weigh(struct infra *infra)
{
    if (++infra->results < LOAD_WINDOW)
        return;
    uint32_t share = (uint32_t)infra->silences * SHARE_WHOLE / infra->results;
    infra->silent_share = (uint16_t)((3 * infra->silent_share + 7 * share) / 10);
    infra->results = infra->silences = 0;
    if (infra->silent_share > SHARE_HIGH && infra->halvings < LOAD_HALVINGS_MAX)
        infra->halvings++;
    else if (infra->silent_share < SHARE_LOW && infra->halvings > 0)
        infra->halvings--;
}

void load_answered(struct infra *infra)
{
    weigh(infra);
}

void load_timed_out(struct infra *infra)
{
    infra->silences++;
    weigh(infra);
}
