#include "lib/engine/rebind.h"

#include "lib/engine/tell.h"

static bool hides(const struct engine *engine, const struct name *name)
{
    return private_addresses_hides_of(&engine->policy->private, name);
}

static bool has_private(const struct engine *engine, const struct link *link)
{
    for (unsigned i = 0; i < link->answer_count; i++)
        if (private_addresses_in(&engine->policy->private, link->answer[i]))
            return true;
    return false;
}

/* Each set that holds none moves forward in `kept`, which may be where they stand. */
static void take_out(struct engine *engine, struct fetch *fetch, struct link *link,
                     struct rrset **kept)
{
    struct cause cause = cause_of(WHY_PRIVATE_ADDRESS);
    unsigned count = 0;

    for (unsigned i = 0; i < link->answer_count; i++)
        if (!private_addresses_in(&engine->policy->private, link->answer[i]))
            kept[count++] = link->answer[i];
    link->answer = kept;
    link->answer_count = (uint16_t)count;
    if (count == 0)
        link->kind = REPLY_NODATA;
    if (link->security == SEC_SECURE)
        link->security = SEC_INSECURE; /* SPEC L1: no AD */
    if (why_row((enum why)link->why)->ede < 0)
        link->why = WHY_PRIVATE_ADDRESS;
    tell_judged(engine, fetch, SEC_INSECURE, &cause);
}

bool rebind_would(const struct engine *engine, const struct link *link)
{
    return hides(engine, &link->name) && has_private(engine, link);
}

void rebind_link(struct engine *engine, struct fetch *fetch, struct link *link)
{
    if (fetch->purpose == FOR_ANSWER && rebind_would(engine, link))
        take_out(engine, fetch, link, link->answer);
}

const struct link *rebind_chain(struct engine *engine, struct fetch *fetch, const struct link *link)
{
    bool hidden = false;

    for (unsigned i = 0; i < fetch->link_count; i++)
        hidden = hidden || (!fetch->links[i]->local && hides(engine, &fetch->links[i]->name));
    if (!hidden || fetch->purpose != FOR_ANSWER || !has_private(engine, link))
        return link;
    struct link *own = ARENA_NEW(fetch->arena, struct link);
    struct rrset **kept = ARENA_ARRAY(fetch->arena, struct rrset *, link->answer_count);
    if (!own || !kept)
        return NULL;
    *own = *link;
    take_out(engine, fetch, own, kept);
    return own;
}

bool rebind_parts(struct engine *engine, const struct name *alias, const struct name *name)
{
    return hides(engine, alias) && !hides(engine, name);
}
