#include "lib/engine/remember.h"

/* SPEC V13: what time may mend, or servers that speak again, is not kept for long. */
bool remember_briefly(const struct cause *cause)
{
    switch ((enum why)cause->why) {
    case WHY_SIGNATURE_EXPIRED:
    case WHY_SIGNATURE_NOT_YET:
    case WHY_CLOCK_WRONG:
    case WHY_DS_UNREACHABLE:
    case WHY_RRSIG_UNEXPLAINED:
    case WHY_DNSKEY_UNREACHABLE: return true;
    default: return false;
    }
}

static void remember_failure(struct engine *engine, const struct link_key *key,
                             enum outcome outcome, const struct cause *cause)
{
    struct failure failure = { .kind = FAILURE_SERVERS, .cause = *cause };

    /* RULINGS A45: no route yet is no failure of a name; nor is it that others asked too much. */
    if (cause->why == WHY_NETWORK_ERROR || cause->why == WHY_ZONE_BUSY ||
        cause->why == WHY_SERVERS_BUSY)
        return;
    if (outcome == OUTCOME_SPENT)
        failure.kind = FAILURE_SPENT;
    else if (outcome == OUTCOME_BOGUS)
        failure.kind = remember_briefly(cause) ? FAILURE_BOGUS_BY_TIME : FAILURE_BOGUS;
    failure_cache_put(engine->caches->failures, key, &failure, engine->now);
}

void remember_spent(struct engine *engine, const struct link_key *key, const struct cause *cause)
{
    remember_failure(engine, key, OUTCOME_SPENT, cause);
}

void remember_ends(struct engine *engine, const struct fetch *fetch)
{
    const struct walk *walk = fetch->walk;

    for (unsigned labels = 0; labels <= walk->at.labels; labels++) {
        const struct zone_keys *keys = validator_keys(walk->validator, labels);
        const struct known_keys *given = fetch->known;
        while (keys && given && !name_equal(&given->keys.zone, &keys->zone))
            given = given->next;
        if (keys && given && keys->first_end.at.s < given->keys.first_end.at.s)
            key_cache_note_end(engine->caches->keys, keys, engine->now, engine->scratch);
    }
}

/* Once a fetch, however many wait for it: each failure kept makes the pause longer (RFC 9520). */
void remember_outcome(struct engine *engine, const struct fetch *fetch)
{
    struct link_key own = { &fetch->name, fetch->type, (enum data_class)fetch->class };
    struct link_key target = { &fetch->walk->at, fetch->type, (enum data_class)fetch->class };

    if (fetch->from_failure_cache)
        return;
    if (fetch->outcome == OUTCOME_ANSWERED) {
        failure_cache_clear(engine->caches->failures, &own);
        return;
    }
    remember_failure(engine, &own, (enum outcome)fetch->outcome, &fetch->cause);
    /* RFC 9520: what failed below an alias failed for all who come there; never what was spent, nor
     * that the way there was too long. */
    if (fetch->outcome != OUTCOME_SPENT && fetch->cause.why != WHY_ALIAS_LIMIT &&
        !name_equal(target.name, own.name))
        remember_failure(engine, &target, (enum outcome)fetch->outcome, &fetch->cause);
}
