#include "lib/engine/local.h"

#include "lib/engine/reception.h"
#include "lib/engine/tell.h"
#include "lib/wire/type.h"

static enum status ask(struct engine *engine, const struct name *name, uint16_t type,
                       struct arena *arena, struct local_found *found)
{
    const struct policy *policy = engine->policy;
    struct local_question question = { name, type, &policy->zones };

    return localname_ask(policy->local, &question, arena, found);
}

static enum reply_kind kind_of(enum local_verdict verdict)
{
    switch (verdict) {
    case LOCAL_RECORDS: return REPLY_POSITIVE;
    case LOCAL_ALIAS: return REPLY_ALIAS;
    case LOCAL_NO_NAME: return REPLY_NXDOMAIN;
    default: return REPLY_NODATA;
    }
}

/* Where an alias leads to a name that is refused or dropped, the client learns that much. */
static enum rcode rcode_of(enum local_verdict verdict)
{
    switch (verdict) {
    case LOCAL_NO_NAME: return RCODE_NXDOMAIN;
    case LOCAL_IS_REFUSED:
    case LOCAL_IS_DROPPED: return RCODE_REFUSED;
    default: return RCODE_NOERROR;
    }
}

/* RULINGS A25, LIMITS H9: insecure, whoever signs the zones around it. */
static struct link *make_link(const struct local_found *found, const struct name *name,
                              uint16_t type, struct arena *arena)
{
    struct link *link = ARENA_NEW(arena, struct link);
    struct rrset **sets = ARENA_ARRAY(arena, struct rrset *, LOCAL_SETS_MAX + 1);

    if (!link || !sets)
        return NULL;
    *link = (struct link){
        .name = *name,
        .type = type,
        .kind = (uint8_t)kind_of(found->verdict),
        .rcode = (uint8_t)rcode_of(found->verdict),
        .security = SEC_INSECURE,
        .rank = RANK_ANSWER,
        .local = true,
        .why = found->why,
        .ttl_s = found->soa ? found->soa->ttl : UINT32_MAX,
        .answer = sets,
        .answer_count = (uint16_t)found->set_count,
        .authority = sets + LOCAL_SETS_MAX,
        .authority_count = found->soa != NULL,
    };
    sets[LOCAL_SETS_MAX] = found->soa;
    for (unsigned i = 0; i < found->set_count; i++) {
        sets[i] = found->sets[i];
        if (sets[i]->ttl < link->ttl_s)
            link->ttl_s = sets[i]->ttl;
    }
    return link;
}

/* ---- to a client, in the same call ---- */

/* The chain as far as it stays here, and all of it, or 0. */
static unsigned make_links(struct engine *engine, const struct client_question *question,
                           struct local_found *found, const struct link **links)
{
    struct name at = question->question.name;
    uint16_t type = question->question.type;
    unsigned count = 0;

    while (count <= engine->policy->limits.alias_links && count < LINKS_MAX) {
        struct link *link = make_link(found, &at, type, engine->scratch);
        if (!link)
            return 0;
        links[count++] = link;
        if (link->kind != REPLY_ALIAS)
            return count;
        if (scrub_target(link->answer[0], &at, &at) != ST_OK ||
            ask(engine, &at, type, engine->scratch, found) != ST_OK ||
            found->verdict == LOCAL_PASSES)
            return 0;
    }
    return 0; /* too long, or a loop: the job will say so */
}

static bool answer(struct engine *engine, const struct query *query,
                   const struct client_question *question, struct local_found *found)
{
    const struct link *links[LINKS_MAX];
    struct answer_rendering *rendering = &engine->rendering;
    struct answer_input input = {
        .links = links,
        .link_count = make_links(engine, question, found, links),
        .question = &question->question,
        .dnssec_ok = question->edns.dnssec_ok,
    };

    if (input.link_count == 0)
        return false;
    rendering->message.octets = engine->out;
    rendering->message.size = MESSAGE_OCTETS_MAX;
    if (answer_render(&input, rendering) != ST_OK)
        return false;
    metrics_add(&engine->metrics->answers_local, 1);
    reception_send(engine, query, question, &rendering->message);
    engine->answer.answer.cause = cause_of((enum why)rendering->why);
    return true;
}

bool local_reception(struct engine *engine, const struct query *query,
                     const struct client_question *question)
{
    const struct question *asked = &question->question;
    struct local_found found;

    if (ask(engine, &asked->name, asked->type, engine->scratch, &found) != ST_OK)
        return false; /* no memory, which its fetch will find again */
    switch (found.verdict) {
    case LOCAL_PASSES: return false;
    case LOCAL_IS_DROPPED: reception_drop(engine, query); return true;
    case LOCAL_IS_REFUSED:
        reception_say_no(
            engine, query, question,
            (struct gate_judgement){ GATE_REFUSE, RCODE_REFUSED, (enum why)found.why });
        return true;
    default: return !query->trail && answer(engine, query, question, &found);
    }
}

/* ---- to a fetch ---- */

static bool applies(const struct fetch *fetch, const struct local_found *found)
{
    return found->verdict != LOCAL_PASSES && (fetch->purpose != FOR_ADDRESS || found->special);
}

/* What the engine asks for itself, on purpose, is not looked for here. */
bool local_fetch(struct engine *engine, struct fetch *fetch)
{
    const struct name *at = &fetch->walk->at;
    struct local_found found;
    struct link *link;

    if (fetch->skip_cache || (fetch->purpose != FOR_ANSWER && fetch->purpose != FOR_ADDRESS))
        return false;
    if (ask(engine, at, fetch->type, fetch->arena, &found) != ST_OK) {
        fetch_end(engine, fetch, OUTCOME_SPENT, cause_of(WHY_NO_MEMORY));
        return true;
    }
    if (!applies(fetch, &found))
        return false;
    link = make_link(&found, at, fetch->type, fetch->arena);
    if (!link) {
        fetch_end(engine, fetch, OUTCOME_SPENT, cause_of(WHY_NO_MEMORY));
        return true;
    }
    struct cause cause = cause_of((enum why)found.why);
    tell_judged(engine, fetch, SEC_INSECURE, &cause);
    fetch_take_link(engine, fetch, link);
    return true;
}

bool local_holds(struct engine *engine, const struct name *name, uint16_t type)
{
    struct local_found found;

    return ask(engine, name, type, engine->scratch, &found) != ST_OK ||
           found.verdict != LOCAL_PASSES;
}

bool local_is_special(struct engine *engine, const struct local_question *question)
{
    struct local_found found;

    return localname_ask(engine->policy->local, question, engine->scratch, &found) != ST_OK ||
           found.special;
}
