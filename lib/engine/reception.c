#include "lib/engine/reception.h"

#include <stdio.h>

#include "lib/base/log.h"
#include "lib/engine/deduce.h"
#include "lib/engine/local.h"
#include "lib/engine/rebind.h"
#include "lib/engine/tell.h"

void reception_drop(struct engine *engine, const struct query *query)
{
    metrics_add(&engine->metrics->client_dropped, 1);
    engine->has_answer = true;
    engine->answer = (struct action){ .kind = ACTION_DROP, .client = query->client };
}

void reception_answer(struct engine *engine, const struct query *query, size_t len)
{
    if (len == 0) {
        reception_drop(engine, query);
        return;
    }
    engine->has_answer = true;
    engine->answer = (struct action){
        .kind = ACTION_ANSWER,
        .answer = { .client = query->client, .message = { query->room.at, len } },
    };
}

/* LIMITS F5: so many errors a second to addresses that may be forged, then silence. Strangers take
 * none of what is left for the others. */
static bool may_refuse(struct engine *engine, const struct client_question *question, enum why why)
{
    struct refusals *refusals = &engine->refusals[why != WHY_NOT_ALLOWED];

    if (question->proven || question->errorless)
        return true;
    if (instant_ms_between(refusals->since, engine->now) >= 1000)
        *refusals = (struct refusals){ .since = engine->now };
    return ++refusals->count <= engine->policy->limits.refused_per_s;
}

/* One line for strangers from afar and one for those next door, who may be meant to be let in. */
static void log_stranger(const struct engine *engine, const struct endpoint *from)
{
    uint64_t key = engine->hash_key.k0 + acl_holds(&engine->policy->refuse_addresses, from);
    char text[ENDPOINT_TEXT];

    if (log_may_repeat(LOG_NOTICE, key, engine->now))
        log_line(LOG_NOTICE,
                 "refused %s: not in access.allow; `local` there lets in the private networks that "
                 "this machine is attached to",
                 endpoint_text(from, text));
}

/* LIMITS F5, F8: a refusal is no longer than its question, EDE included; but one who may ask such
 * things is told why not, and what `local:` refuses is an answer like its others (SPEC L1). */
static size_t refusal_limit(const struct engine *engine, const struct query *query,
                            const struct client_question *question, enum why why)
{
    switch (why) {
    case WHY_LOCAL_BLOCKED:
    case WHY_LOCAL_CENSORED:
    case WHY_LOCAL_FILTERED:
        return question->udp_octets < query->room.size ? question->udp_octets : query->room.size;
    case WHY_NOT_RECURSIVE:
        return acl_holds(&engine->policy->snoop, &query->from) ? query->room.size
                                                               : question->octets;
    default: return question->octets;
    }
}

void reception_say_no(struct engine *engine, const struct query *query,
                      const struct client_question *question, struct gate_judgement judgement)
{
    struct cause cause = cause_of(judgement.why);
    struct answer_error error = {
        .rcode = judgement.rcode,
        .truncated = judgement.verdict == GATE_TC,
        .causes = &cause,
        .cause_count = judgement.why != WHY_NONE,
        .limit = refusal_limit(engine, query, question, judgement.why),
    };

    if (judgement.verdict != GATE_TC && question->errorless) {
        reception_drop(engine, query);
        return;
    }
    if (judgement.rcode == RCODE_REFUSED)
        metrics_add(&engine->metrics->client_refused, 1);
    else if (judgement.verdict == GATE_TC)
        metrics_add(&engine->metrics->answers_truncated, 1);
    else
        metrics_add(&engine->metrics->client_formerr, 1);
    reception_answer(engine, query, answer_error(question, &error, query->room));
}

void reception_refuse(struct engine *engine, const struct query *query,
                      const struct client_question *question, struct gate_judgement judgement)
{
    if (judgement.why == WHY_NOT_ALLOWED)
        log_stranger(engine, &query->from);
    if (judgement.verdict != GATE_TC && !may_refuse(engine, question, judgement.why))
        reception_drop(engine, query);
    else
        reception_say_no(engine, query, question, judgement);
}

void reception_cookie(struct engine *engine, const struct query *query,
                      const struct client_question *question, enum rcode rcode)
{
    struct answer_error error = { .rcode = (uint16_t)rcode, .limit = query->room.size };

    if (question->errorless && rcode != RCODE_NOERROR) {
        reception_drop(engine, query);
        return;
    }
    metrics_add(&engine->metrics->answers_noerror, rcode == RCODE_NOERROR);
    reception_answer(engine, query, answer_error(question, &error, query->room));
}

unsigned reception_edes(const struct rendered *rendered, struct ede *ede)
{
    const struct why_row *row = why_row((enum why)rendered->why);
    if (row->ede < 0)
        return 0;
    *ede = (struct ede){ .code = (uint16_t)row->ede };
    if (row->ede == 0) /* "other": the number alone says nothing */
        (void)snprintf(ede->text, sizeof ede->text, "%s", row->sentence);
    return 1;
}

void reception_count(struct engine *engine, const struct rendered *rendered, struct bytes message)
{
    struct header header;
    if (!header_read(message, &header))
        return;
    metrics_add(&engine->metrics->answers_truncated, (header.flags & FLAG_TC) != 0);
    metrics_add(&engine->metrics->answers_noerror, header_rcode(&header) == RCODE_NOERROR);
    metrics_add(&engine->metrics->answers_nxdomain, header_rcode(&header) == RCODE_NXDOMAIN);
    metrics_add(&engine->metrics->answers_servfail, header_rcode(&header) == RCODE_SERVFAIL);
    metrics_add(&engine->metrics->answers_secure, rendered->secure);
    metrics_add(&engine->metrics->answers_insecure,
                !rendered->secure && rendered->security >= SEC_INSECURE);
}

size_t reception_servfail(struct engine *engine, const struct client_question *question,
                          const struct cause *causes, unsigned count, struct room room)
{
    struct answer_error error = {
        .rcode = RCODE_SERVFAIL,
        .causes = causes,
        .cause_count = count,
        .limit = question->udp_octets < room.size ? question->udp_octets : room.size,
    };
    metrics_add(&engine->metrics->answers_servfail, 1);
    tell_count(engine, &causes[0]);
    if (question->errorless)
        return 0;
    return answer_error(question, &error, room);
}

void reception_send(struct engine *engine, const struct query *query,
                    const struct client_question *question, const struct rendered *rendered)
{
    struct cause no;
    struct ede ede;
    struct answer_finish finish = {
        .question = question, .room = query->room, .edes = &ede, .rotation = engine->rotation++
    };
    if (answer_denied(engine->policy, question, rendered, &no)) {
        reception_answer(engine, query, reception_servfail(engine, question, &no, 1, query->room));
        engine->answer.answer.cause = no;
        return;
    }
    finish.ede_count = reception_edes(rendered, &ede);
    reception_answer(engine, query, answer_finish(rendered, &finish));
    engine->answer.answer.verdict = rendered->security;
    engine->answer.answer.cause = cause_of(rendered->secure ? WHY_SECURE : (enum why)rendered->why);
    reception_count(engine, rendered, engine->answer.answer.message);
}

static struct answer_key key_of(const struct client_question *question)
{
    unsigned flags = (question->edns.dnssec_ok ? ANSWER_DO : 0) |
                     (question->header.flags & FLAG_CD ? ANSWER_CD : 0);
    return (struct answer_key){ &question->question.name, question->question.type, (uint8_t)flags };
}

enum data_class reception_class(const struct client_question *question)
{
    return question->header.flags & FLAG_CD ? DATA_UNCHECKED : DATA_CHECKED;
}

/* RULINGS B14: a hit is copied once, to where the answer leaves from. */
bool reception_rendered(struct engine *engine, const struct query *query,
                        const struct client_question *question)
{
    struct answer_key key = key_of(question);
    struct rendered hit = { .octets = query->room.at, .size = query->room.size };
    enum status status = answer_cache_get_expected(engine->caches->answers, &key, query->expected,
                                                   engine->now, &hit);

    if (status == ST_LIMIT) { /* the room is for what this client may get: it may be less */
        hit = (struct rendered){ .octets = engine->out, .size = MESSAGE_OCTETS_MAX };
        status = answer_cache_get(engine->caches->answers, &key, engine->now, &hit);
    }
    if (status != ST_OK)
        return false;
    metrics_add(&engine->metrics->hits_answer_cache, 1);
    reception_send(engine, query, question, &hit);
    return true;
}

/* A chain of links that is known, or nothing. */
struct known_links {
    const struct link *at[LINKS_MAX];
    unsigned count;
    bool deduced; /* not all was kept: some follows from what is proven of other names */
};

/* From the rrset cache, or deduced; without RD only what is kept (SPEC R10). */
static bool find_link(struct engine *engine, const struct client_question *question,
                      const struct link_key *key, struct link *link, struct known_links *links)
{
    if (rrset_cache_find(engine->caches->rrsets, key, engine->now, engine->scratch, link) == ST_OK)
        return true;
    if ((question->header.flags & FLAG_RD) == 0)
        return false;
    links->deduced = true;
    return deduce_find(engine, key, engine->scratch, link) == ST_OK;
}

static bool links_from_cache(struct engine *engine, const struct client_question *question,
                             struct known_links *links)
{
    struct name at = question->question.name;

    links->count = 0;
    links->deduced = false;
    while (links->count <= engine->policy->limits.alias_links && links->count < LINKS_MAX) {
        struct link_key key = { &at, question->question.type, reception_class(question) };
        struct link *link = ARENA_NEW(engine->scratch, struct link);
        if (!link || local_holds(engine, &at, key.type) ||
            rebind_parts(engine, &question->question.name, &at) ||
            !find_link(engine, question, &key, link, links))
            return false;
        links->at[links->count++] = link;
        if (!link_leads_on(link, question->question.type))
            return true;
        if (link->answer_count == 0 || scrub_target(link->answer[0], &at, &at) != ST_OK)
            return false;
    }
    return false;
}

static void keep_rendered(struct engine *engine, const struct client_question *question,
                          const struct answer_rendering *rendering)
{
    struct answer_key key = key_of(question);
    if (rendering->ttl_s == 0 || !rendering->cacheable)
        return;
    (void)!answer_cache_put(engine->caches->answers, &key, &rendering->message, engine->now,
                            instant_after_s(engine->now, rendering->ttl_s));
}

static bool from_rrset_cache(struct engine *engine, const struct query *query,
                             const struct client_question *question)
{
    struct known_links links;
    struct answer_rendering *rendering = &engine->rendering;

    if (!links_from_cache(engine, question, &links))
        return false;
    struct answer_input input = {
        .links = links.at,
        .link_count = links.count,
        .question = &question->question,
        .dnssec_ok = question->edns.dnssec_ok,
    };
    rendering->message.octets = engine->out;
    rendering->message.size = MESSAGE_OCTETS_MAX;
    if (answer_render(&input, rendering) != ST_OK)
        return false;
    if (!links.deduced) { /* which may never be asked again: a flood would wash out what is */
        metrics_add(&engine->metrics->hits_rrset_cache, 1);
        keep_rendered(engine, question, rendering);
    }
    reception_send(engine, query, question, &rendering->message);
    if (engine->answer.answer.cause.why != WHY_KEY_SENTINEL)
        engine->answer.answer.cause = cause_of((enum why)rendering->why);
    return true;
}

static bool from_failure_cache(struct engine *engine, const struct query *query,
                               const struct client_question *question)
{
    struct link_key key = { &question->question.name, question->question.type,
                            reception_class(question) };
    struct failure failure;
    struct cause causes[2];

    if (failure_cache_get(engine->caches->failures, &key, engine->now, &failure) != ST_OK)
        return false;
    metrics_add(&engine->metrics->hits_failure_cache, 1);
    causes[0] = failure.cause;
    causes[1] = cause_of(WHY_CACHED_FAILURE);
    reception_answer(engine, query, reception_servfail(engine, question, causes, 2, query->room));
    bool bogus = failure.kind == FAILURE_BOGUS || failure.kind == FAILURE_BOGUS_BY_TIME;
    metrics_add(&engine->metrics->answers_bogus, bogus);
    engine->answer.answer.verdict = bogus ? SEC_BOGUS : SEC_UNCHECKED;
    engine->answer.answer.cause = failure.cause;
    return true;
}

bool reception_known(struct engine *engine, const struct query *query,
                     const struct client_question *question)
{
    return from_rrset_cache(engine, query, question) || from_failure_cache(engine, query, question);
}
