#include "lib/engine/appeal.h"

#include "lib/base/log.h"
#include "lib/engine/clockwatch.h"
#include "lib/engine/route.h"
#include "lib/engine/tell.h"
#include "lib/wire/type.h"

/* No referral showed that place: its DS was asked for only since this reply is not signed. */
static bool is_about_no_cut(const struct fetch *fetch)
{
    const struct known_keys *at = fetch->known;

    while (at && at->keys.state != ZONE_UNREACHABLE)
        at = at->next;
    return at && name_strictly_under(&at->keys.zone, &fetch->walk->cut.zone);
}

/* SPEC V14: another server may have the good data; where the zone's keys are at fault none has. */
static bool worth_another_server(const struct fetch *fetch, const struct verdict *verdict)
{
    switch ((enum why)verdict->cause.why) {
    case WHY_DNSKEY_MISSING:
    case WHY_DNSKEY_UNSIGNED:
    case WHY_DNSKEY_RRSIG_MISSING:
    case WHY_DNSKEY_UNREACHABLE: return false;
    case WHY_DS_UNREACHABLE: return is_about_no_cut(fetch);
    default: return true;
    }
}

static void forget_keys(struct engine *engine, struct fetch *fetch, const struct name *zone)
{
    struct known_keys **at = &fetch->known;

    while (*at) {
        if (name_equal(&(*at)->keys.zone, zone))
            *at = (*at)->next;
        else
            at = &(*at)->next;
    }
    (void)key_cache_remove(engine->caches->keys, zone);
}

static void begin_anew(struct rrset **sets, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        sets[i]->security = SEC_UNCHECKED;
}

/* RULINGS A13: a signature by a key that the kept set lacks may mean a roll since it was kept: the
 * zone's keys are fetched anew before anything is bogus. */
bool appeal_renew_keys(struct engine *engine, struct fetch *fetch, struct link *link,
                       const struct verdict *verdict)
{
    struct name zone = verdict->zone;
    struct cause cause;
    struct fetch_wish wish = {
        .key = { FOR_KEYS, DATA_CHECKED, &zone, TYPE_DNSKEY },
        .waiter = fetch,
        .skip_cache = true,
    };

    if (verdict->cause.why != WHY_KEY_MISSING || zone.len == 0)
        return false;
    begin_anew(link->answer, link->answer_count);
    begin_anew(link->authority, link->authority_count);
    forget_keys(engine, fetch, &zone);
    return fetch_begin(engine, &wish, &cause) != NULL;
}

/* Once a link. */
static bool renew_keys(struct engine *engine, struct fetch *fetch, const struct verdict *verdict)
{
    struct walk *walk = fetch->walk;
    struct link *link = walk->pending;

    if (walk->keys_renewed || !appeal_renew_keys(engine, fetch, link, verdict))
        return false;
    walk->keys_renewed = true;
    walk->validator = check_validator(engine, fetch, link, &walk->cut.zone);
    return walk->validator != NULL;
}

/* SPEC V16, log-only: what is bogus is served without AD, and said, once a zone (LIMITS H6). So is
 * what could not be checked to its end: no fact about it, so kept for a failure's time (A2). */
static void serve_bogus(struct engine *engine, struct fetch *fetch)
{
    const struct limits *limits = &engine->policy->limits;
    struct link *link = fetch->walk->pending;
    const struct cause *cause = &fetch->walk->bogus;
    uint32_t kept_s =
        cause->why == WHY_VALIDATION_LIMIT ? limits->ttl_failure_s : limits->ttl_bogus_s;
    char name[LOG_NAME], why[2 * CAUSE_OCTETS];

    metrics_add(&engine->metrics->answers_bogus, 1);
    if (log_may_repeat(LOG_WARNING, name_hash(&fetch->walk->cut.zone, &engine->hash_key),
                       engine->now))
        log_line(LOG_WARNING, "bogus, but served (dnssec log-only): %s: %s",
                 name_text(&link->name, name, sizeof name), cause_text(cause, why, sizeof why));
    begin_anew(link->answer, link->answer_count); /* or else what is bogus would be left out */
    begin_anew(link->authority, link->authority_count);
    link->security = SEC_INSECURE;
    link->why = cause->why;
    if (link->ttl_s > kept_s)
        link->ttl_s = kept_s;
    check_keep(engine, fetch, link);
}

/* The walk came by a cut of which its parent proves that it is none: a zone taken back since, or a
 * referral that was forged. The parent's servers are asked instead, once a link. */
static bool leave_cut(struct engine *engine, struct fetch *fetch)
{
    struct walk *walk = fetch->walk;
    const struct known_keys *at = fetch->known;

    while (at && !name_equal(&at->keys.zone, &walk->cut.zone))
        at = at->next;
    if (!at || at->keys.state != ZONE_NO_CUT || walk->cut_left)
        return false;
    delegation_cache_remove(engine->caches->delegations, &walk->cut.zone);
    walk->cut_left = true;
    walk->has_cut = false;
    walk->pending = NULL;
    walk->validator = NULL;
    fetch->state = FETCH_LOOK;
    fetch_ready(engine, fetch);
    return true;
}

/* Another address may be asked for the same, or looked up and then asked. */
static bool has_others(struct engine *engine, const struct fetch *fetch)
{
    struct selection_desk desk = engine_selection_desk(engine);
    return selection_left(&fetch->walk->selection, &desk) > 0 || servers_to_come(engine, fetch);
}

void appeal_lost(struct engine *engine, struct fetch *fetch)
{
    const struct walk *walk = fetch->walk;
    /* Work cut short by the limits of one reply is no proof that the data are wrong (A2, A8). */
    enum outcome outcome = walk->bogus.why == WHY_VALIDATION_LIMIT ? OUTCOME_SPENT : OUTCOME_BOGUS;

    if (check_mode(engine, fetch) == DNSSEC_LOG_ONLY)
        serve_bogus(engine, fetch);
    else
        fetch_end(engine, fetch, outcome, clock_cause(engine, &walk->bogus));
}

void appeal_cut_short(struct engine *engine, struct fetch *fetch, const struct cause *cause)
{
    if (cause->why == WHY_VALIDATION_LIMIT && check_mode(engine, fetch) == DNSSEC_LOG_ONLY) {
        fetch->walk->bogus = *cause;
        serve_bogus(engine, fetch);
    } else {
        fetch_end(engine, fetch, OUTCOME_SPENT, *cause);
    }
}

void appeal_bogus(struct engine *engine, struct fetch *fetch, const struct verdict *verdict)
{
    struct walk *walk = fetch->walk;
    struct candidate *candidate =
        walk->selection.count ? &walk->selection.list[walk->judged.candidate] : NULL;

    if (renew_keys(engine, fetch, verdict) || leave_cut(engine, fetch))
        return;
    clock_root_link(engine, fetch, walk->pending, &verdict->cause);
    if (candidate) {
        candidate->flags |= CANDIDATE_USELESS;
        if (verdict->cause.why != WHY_VALIDATION_LIMIT) /* RULINGS A2 */
            servers_failed(engine, &walk->judged, &walk->asked.name, walk->asked.type);
    }
    walk->bogus = route_blame(&walk->cut, &verdict->cause);
    tell_from(&walk->bogus, &walk->judged.server);
    if (walk->bogus_tries < BOGUS_RETRIES && worth_another_server(fetch, verdict) &&
        has_others(engine, fetch)) {
        tell_retried(engine, fetch, &verdict->cause);
        walk->bogus_tries++;
        walk->empties = walk->empty_nxdomains = 0;
        fetch->state = FETCH_ASK;
        fetch_ready(engine, fetch);
        return;
    }
    appeal_lost(engine, fetch);
}
