#include "lib/engine/tell.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/must.h"
#include "lib/wire/type.h"

/* ---- life ---- */

void tell_joins(struct fetch *fetch, const struct fetch_wish *wish)
{
    if (!fetch->trail)
        fetch->trail = wish->waiter ? wish->waiter->trail : wish->job->trail;
}

void tell_forget(struct engine *engine)
{
    trail_destroy(engine->told);
    engine->told = NULL;
}

void tell_leave(struct engine *engine, struct job *job)
{
    if (!job->trail)
        return;
    LIST_EACH(at, &engine->fetches) {
        struct fetch *fetch = LIST_OF(at, struct fetch, all);
        if (fetch->trail == job->trail)
            fetch->trail = NULL;
    }
    tell_forget(engine);
    engine->told = job->trail;
    job->trail = NULL;
}

/* ---- the walk ---- */

/* Now, and about the keys of a zone or about the link that is looked for. */
static struct trail *turn(struct engine *engine, const struct fetch *fetch)
{
    struct trail *trail = fetch->trail;

    if (fetch->walk)
        trail_turn(trail, engine->now, &fetch->walk->at, fetch->type);
    else
        trail_turn(trail, engine->now, &fetch->name, TYPE_DNSKEY);
    return trail;
}

void tell_cached(struct engine *engine, const struct fetch *fetch, enum why why)
{
    struct trail_step step = { .kind = why == WHY_NONE ? TRAIL_CACHED : TRAIL_KEPT_FAILURE };

    if (!fetch->trail)
        return;
    step.owner = &fetch->walk->at;
    step.type = fetch->type;
    step.why = (uint16_t)why;
    trail_step(turn(engine, fetch), &step);
}

void tell_cut(struct engine *engine, const struct fetch *fetch)
{
    struct trail_step step = { .kind = TRAIL_CUT };

    if (!fetch->trail || fetch->purpose == FOR_RECORDS) /* these only ask where others walk */
        return;
    step.zone = &fetch->walk->cut.zone;
    step.count = (uint16_t)fetch->walk->selection.count;
    trail_step(turn(engine, fetch), &step);
}

/* What is asked beside the question itself, and why. */
static const char *errand(const struct fetch *fetch)
{
    switch ((enum purpose)fetch->purpose) {
    case FOR_ADDRESS: return ", for the address of a server";
    case FOR_RECORDS:
    case FOR_KEYS: return ", for the chain of trust";
    case FOR_ANSWER: break;
    }
    return "";
}

void tell_asked(struct engine *engine, const struct fetch *fetch)
{
    const struct exchange *exchange = &fetch->walk->now;
    struct trail_step step = { .kind = TRAIL_ASKED };
    char zone[NAME_TEXT], said[NAME_TEXT + 64];

    if (!fetch->trail)
        return;
    (void)snprintf(said, sizeof said, "zone %s, %s%s%s",
                   name_text(&fetch->walk->cut.zone, zone, sizeof zone),
                   exchange->via == VIA_UDP ? "UDP" : "TCP",
                   exchange->edns == EDNS_NONE ? " without EDNS" : "", errand(fetch));
    step.owner = &fetch->walk->asked.name;
    step.type = exchange->type;
    step.server = exchange->server;
    step.said = said;
    trail_step(turn(engine, fetch), &step);
}

void tell_reply(struct engine *engine, const struct fetch *fetch, const struct scrubbed *reply,
                enum reply_class class)
{
    struct trail_step step = { .kind = TRAIL_REPLIED };
    char said[64];
    struct name cut;

    if (!fetch->trail)
        return;
    (void)snprintf(said, sizeof said, "%s%s%s", classify_text(class), class == IS_ERROR ? ", " : "",
                   class == IS_ERROR ? rcode_text(reply->rcode) : "");
    step.server = fetch->walk->judged.server;
    step.said = class == IS_ANSWER ? NULL : said;
    if (class == IS_REFERRAL && reply->ns) {
        cut = rrset_owner(reply->ns);
        step.kind = TRAIL_REFERRED;
        step.zone = &cut;
        step.said = NULL;
    }
    trail_step(turn(engine, fetch), &step);
    if (!reply->foreign)
        return;
    step = (struct trail_step){ .kind = TRAIL_SCRUBBED, .server = step.server };
    trail_step(fetch->trail, &step);
}

void tell_server(struct engine *engine, const struct fetch *fetch, const struct exchange *exchange,
                 enum trail_kind kind, const char *said)
{
    struct trail_step step = { .kind = (uint8_t)kind };

    if (!fetch->trail)
        return;
    step.server = exchange->server;
    step.said = said;
    trail_step(turn(engine, fetch), &step);
}

void tell_retried(struct engine *engine, const struct fetch *fetch, const struct cause *cause)
{
    struct trail_step step = { .kind = TRAIL_RETRIED };

    if (!fetch->trail)
        return;
    step.server = fetch->walk->judged.server;
    step.why = cause->why;
    step.said = cause->text;
    trail_step(turn(engine, fetch), &step);
}

void tell_alias(struct engine *engine, const struct fetch *fetch, const struct link *link,
                const struct name *target)
{
    struct trail_step step = { .kind = TRAIL_ALIAS };

    if (!fetch->trail)
        return;
    step.owner = &link->name;
    step.type = link->kind == REPLY_DNAME ? TYPE_DNAME : TYPE_CNAME;
    step.zone = target;
    trail_step(turn(engine, fetch), &step);
}

/* ---- the chain of trust ---- */

struct trail *tell_proofs(struct engine *engine, const struct fetch *fetch)
{
    return fetch->trail ? turn(engine, fetch) : NULL;
}

void tell_anchor(struct engine *engine, const struct fetch *fetch)
{
    struct trail_step step = { .kind = TRAIL_ANCHOR };

    if (!fetch->trail)
        return;
    step.zone = &fetch->name;
    trail_step(turn(engine, fetch), &step);
}

static void judged(struct trail *trail, enum security security, const struct cause *cause)
{
    struct trail_step step = {
        .kind = TRAIL_JUDGED,
        .security = (uint8_t)security,
        .why = cause->why,
        .key_tag = cause->key_tag,
        .algorithm = cause->algorithm,
        .said = cause->text[0] != '\0' ? cause->text : NULL,
    };
    trail_step(trail, &step);
}

void tell_judged(struct engine *engine, const struct fetch *fetch, enum security security,
                 const struct cause *cause)
{
    if (fetch->trail)
        judged(turn(engine, fetch), security, cause);
}

/* What a zone's state means for all that lies in it. */
static enum security security_of(enum zone_state state)
{
    switch (state) {
    case ZONE_SECURE: return SEC_SECURE;
    case ZONE_INSECURE: return SEC_INSECURE;
    case ZONE_INDETERMINATE:
    case ZONE_NO_CUT: return SEC_INDETERMINATE;
    case ZONE_BOGUS:
    case ZONE_UNREACHABLE: return SEC_BOGUS;
    case ZONE_UNKNOWN:
    case ZONE_SPENT: break;
    }
    return SEC_UNCHECKED;
}

/* Of the zone itself, whoever asked for its keys. */
void tell_zone(struct engine *engine, const struct fetch *fetch, const struct zone_keys *keys)
{
    struct cause cause;

    if (!fetch->trail)
        return;
    cause = keys->cause;
    if (keys->state == ZONE_NO_CUT) {
        cause = cause_of(WHY_NONE);
        cause_detail(&cause, "the parent proves that no zone begins here");
    }
    trail_turn(fetch->trail, engine->now, &keys->zone, TYPE_DNSKEY);
    judged(fetch->trail, security_of(keys->state), &cause);
}

/* ---- failures ---- */

void tell_from(struct cause *cause, const struct endpoint *server)
{
    char text[ENDPOINT_TEXT];

    if (server->family && !strstr(cause->text, ", from ")) /* no name has a blank in it */
        cause_more(cause, ", from %s", endpoint_text(server, text));
}

const struct endpoint *tell_last(const struct fetch *fetch)
{
    static const struct endpoint nobody = { .family = 0 };
    const struct walk *walk = fetch ? fetch->walk : NULL;

    if (!walk)
        return &nobody;
    return walk->now.server.family ? &walk->now.server : &walk->judged.server;
}

void tell_record(struct cause *cause, const struct name *name, uint16_t type,
                 const struct fetch *fetch)
{
    const struct endpoint *server = tell_last(fetch);
    char owner[NAME_TEXT], text[ENDPOINT_TEXT], type_name[TYPE_TEXT];

    if (!must(why_row((enum why)cause->why)->class != CLASS_FINE))
        *cause = cause_of(WHY_INTERNAL); /* no failure without a reason */
    if (cause->type != 0)
        return;
    cause->type = type;
    cause_more(cause, "%s%s %s", cause->text[0] != '\0' ? ", for " : "",
               name_text(name, owner, sizeof owner), type_text(type, type_name));
    if (server->family)
        cause_more(cause, ", last asked %s", endpoint_text(server, text));
}

/* The DS or the DNSKEY set: whichever is missed, or does not hold. */
void tell_trust(struct engine *engine, struct fetch *fetch)
{
    struct trust *trust = fetch->trust;
    struct cause *cause = &trust->result.cause;
    bool of_ds = cause->why == WHY_DS_UNREACHABLE || cause->why == WHY_NO_DS ||
                 (cause->type != 0 && cause->type != TYPE_DNSKEY);
    const struct fetch_records *records = of_ds ? &trust->ds_records : &trust->key_records;

    if (why_row((enum why)cause->why)->class != CLASS_FINE) {
        tell_record(cause, &fetch->name, of_ds ? TYPE_DS : TYPE_DNSKEY, NULL);
        if (trust->result.state == ZONE_UNREACHABLE)
            cause_more(cause, ": %s", why_row((enum why)records->cause.why)->sentence);
        tell_from(cause, &records->server);
    }
    tell_zone(engine, fetch, &trust->result);
}

void tell_count(struct engine *engine, const struct cause *cause)
{
    struct metrics *metrics = engine->metrics;
    uint64_t *const counters[] = {
        [CLASS_FINE] = &metrics->servfail_local,
        [CLASS_ATTACK] = &metrics->servfail_attack,
        [CLASS_ZONE] = &metrics->servfail_zone,
        [CLASS_FORWARDER] = &metrics->servfail_forwarder,
        [CLASS_NETWORK] = &metrics->servfail_network,
        [CLASS_LOCAL] = &metrics->servfail_local,
    };
    metrics_add(counters[why_row((enum why)cause->why)->class], 1);
}
