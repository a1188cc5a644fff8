#include "lib/engine/doubt.h"

#include "lib/engine/tell.h"

static uint64_t sum_of_sets(const struct siphash_key *key, const struct rrset_list *list,
                            uint64_t section)
{
    uint64_t sum = 0;
    struct bytes rdata;

    for (size_t i = 0; i < list->count; i++) {
        struct name owner = rrset_owner(list->at[i]);
        struct siphash_key own = { key->k0 ^ name_hash(&owner, key),
                                   key->k1 ^ (section << 16 | list->at[i]->type) };
        for (struct rrset_walk w = rrset_records(list->at[i]); rrset_next(&w, &rdata);)
            sum += siphash13(&own, rdata.at, rdata.len);
    }
    return sum;
}

/* Of what may be kept of a reply: the same records in another order give the same. 0: nothing that
 * could be compared. */
static uint64_t sum_of(struct engine *engine, const struct fetch *fetch, struct bytes octets)
{
    struct message message;
    struct scrubbed reply;
    uint64_t sum;

    if (message_parse(octets, engine->scratch, &message) != ST_OK ||
        scrub(&message, &fetch->walk->asked, &engine->hash_key, engine->scratch, &reply) != ST_OK)
        return 0;
    sum = siphash13(&engine->hash_key, &message.header.flags, sizeof message.header.flags);
    sum += sum_of_sets(&engine->hash_key, &reply.answer, SECTION_ANSWER);
    sum += sum_of_sets(&engine->hash_key, &reply.authority, SECTION_AUTHORITY);
    sum += sum_of_sets(&engine->hash_key, &reply.glue, SECTION_ADDITIONAL);
    return sum != 0 ? sum : 1;
}

/* Only a whole answer of a zone that is, or may be, signed will prove itself. */
static bool may_prove_itself(struct engine *engine, const struct fetch *fetch)
{
    return check_spared(engine, fetch) == WHY_NONE && qmin_is_full(&fetch->walk->qmin) &&
           servers_sign(engine, fetch) != SIGNS_NOT;
}

bool doubt_case(struct engine *engine, struct fetch *fetch, const struct exchange *exchange,
                struct bytes octets)
{
    struct candidate *candidate = &fetch->walk->selection.list[exchange->candidate];
    uint64_t before = candidate->heard;

    candidate->heard = sum_of(engine, fetch, octets);
    if (!(candidate->flags & CANDIDATE_TCP_DEAD) || before == 0 || candidate->heard == 0)
        return false;
    if (candidate->heard == before)
        candidate->flags |= CANDIDATE_FOLDS;
    else
        fetch->walk->on_trial = may_prove_itself(engine, fetch);
    return candidate->heard == before || fetch->walk->on_trial;
}

void doubt_reply(struct engine *engine, struct fetch *fetch, struct exchange *exchange,
                 unsigned seen)
{
    struct candidate *candidate = &fetch->walk->selection.list[exchange->candidate];
    bool small_too = seen & CANDIDATE_SMALL && exchange->edns == EDNS_SMALL; /* asked so once */

    tell_server(engine, fetch, exchange, TRAIL_USELESS,
                "not a reply to this question, or not whole");
    ask_close(engine, fetch, exchange);
    if (++candidate->mismatches >= engine->policy->limits.mismatches || small_too)
        candidate->flags |= CANDIDATE_USELESS;
    candidate->flags |= (uint8_t)seen;
    if (!(candidate->flags & CANDIDATE_TCP_DEAD))
        candidate->flags |= CANDIDATE_TCP;
    if (!fetch->walk->now.active)
        fetch->state = FETCH_ASK;
}

void doubt_stream(struct engine *engine, const struct reply *reply)
{
    struct fetch *fetch;

    metrics_add(&engine->metrics->upstream_mismatches, 1);
    while ((fetch = streams_end(engine->streams, reply->socket))) {
        doubt_reply(engine, fetch, &fetch->walk->now, 0);
        fetch_ready(engine, fetch);
        if (!payers_charge(engine, fetch, SPEND_OCTETS, (uint32_t)reply->message.len))
            fetch_end(engine, fetch, OUTCOME_SPENT, cause_of(WHY_WORK_LIMIT));
    }
}

static void disbelieve(struct fetch *fetch)
{
    struct walk *walk = fetch->walk;

    walk->on_trial = false;
    walk->selection.list[walk->judged.candidate].flags |= CANDIDATE_USELESS;
    fetch->state = FETCH_ASK;
}

bool doubt_class(struct fetch *fetch, enum reply_class class)
{
    if (!fetch->walk->on_trial)
        return false;
    switch (class) {
    case IS_ANSWER:
    case IS_ALIAS:
    case IS_DNAME:
    case IS_NODATA:
    case IS_NXDOMAIN: return false; /* its proof decides */
    default: disbelieve(fetch); return true;
    }
}

bool doubt_verdict(struct engine *engine, struct fetch *fetch, const struct verdict *verdict)
{
    struct walk *walk = fetch->walk;
    struct selection_desk desk = engine_selection_desk(engine);

    if (!walk->on_trial || verdict->security == SEC_UNCHECKED)
        return false;
    if (verdict->security != SEC_SECURE) {
        disbelieve(fetch);
        fetch_ready(engine, fetch);
        return true;
    }
    walk->on_trial = false;
    selection_folds(&walk->selection, walk->judged.candidate, &desk);
    return false;
}
