#include "lib/engine/blame.h"

/* No question to this cut went out, and just now none can: no server's fault (RULINGS A23, A45). */
static bool is_cut_off(struct engine *engine, const struct walk *walk)
{
    struct selection_desk desk = engine_selection_desk(engine);
    bool down = walk->selection.count > 0 && !walk->sent_away;

    for (unsigned i = 0; i < walk->selection.count; i++)
        down = down && desk.family_down[walk->selection.list[i].server.family == 6];
    return down;
}

/* LIMITS A4: one who could have answered was drowned out, and nobody else spoke. */
static bool is_drowned_out(struct engine *engine, const struct walk *walk)
{
    bool any = false;

    for (unsigned i = 0; i < walk->selection.count; i++)
        any = any || walk->selection.list[i].mismatches >= engine->policy->limits.mismatches;
    return any && !walk->servers_spoke;
}

struct cause blame_servers(struct engine *engine, const struct fetch *fetch)
{
    const struct walk *walk = fetch->walk;
    struct cause cause = cause_of(WHY_SERVERS_SILENT);
    const char *said =
        walk->last_class > 0 ? classify_text((enum reply_class)(walk->last_class - 1)) : NULL;
    char zone[NAME_TEXT];

    if (is_drowned_out(engine, walk))
        cause = cause_of(WHY_REPLIES_FORGED);
    else if (walk->cut.source == FROM_FORWARD && !is_cut_off(engine, walk))
        cause = cause_of(walk->servers_spoke ? WHY_FORWARDERS_USELESS : WHY_FORWARDERS_SILENT);
    else if (walk->servers_spoke)
        cause = cause_of(WHY_SERVERS_USELESS);
    else if (is_cut_off(engine, walk))
        cause = cause_of(WHY_NETWORK_ERROR);
    else if (walk->selection.count == 0)
        cause = cause_of(WHY_SERVERS_UNKNOWN);
    else if (walk->cut.zone.labels == 0)
        cause = cause_of(WHY_NO_ROOT);
    cause_detail(&cause, "zone %s%s%s", name_text(&walk->cut.zone, zone, sizeof zone),
                 said ? ", last reply: " : "", said ? said : "");
    return cause;
}

/* What was found wrong while others were looked for; or that nobody has spoken so far. */
struct cause blame_deadline(struct engine *engine, const struct fetch *fetch)
{
    const struct walk *walk = fetch ? fetch->walk : NULL;

    if (walk && walk->bogus.why != WHY_NONE)
        return walk->bogus;
    if (walk && fetch->state != FETCH_CHECK && walk->sent_away && !walk->servers_spoke)
        return blame_servers(engine, fetch);
    return cause_of(WHY_DEADLINE);
}
