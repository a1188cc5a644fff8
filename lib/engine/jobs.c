/* Clients' questions: from the message to the answer, by way of the caches or of a fetch. */
#include <stdio.h>

#include "lib/base/log.h"
#include "lib/engine/route.h"
#include "lib/engine/tell.h"
#include "lib/wire/type.h"

/* ---- answers of the same call ---- */

static void answer_now(struct engine *engine, const struct query *query, size_t len)
{
    engine->has_answer = true;
    engine->answer = (struct action){
        .kind = ACTION_ANSWER,
        .answer = { .client = query->client, .message = { query->room.at, len } },
    };
}

static void drop(struct engine *engine, const struct query *query)
{
    metrics_add(&engine->metrics->client_dropped, 1);
    engine->has_answer = true;
    engine->answer = (struct action){ .kind = ACTION_DROP, .client = query->client };
}

/* LIMITS F5: so many refusals a second, then silence. */
static bool may_refuse(struct engine *engine)
{
    if (instant_ms_between(engine->refused_since, engine->now) >= 1000) {
        engine->refused_since = engine->now;
        engine->refused_this_second = 0;
    }
    return ++engine->refused_this_second <= engine->policy->limits.refused_per_s;
}

static void refuse(struct engine *engine, const struct query *query,
                   const struct client_question *question, struct gate_judgement judgement)
{
    struct cause cause = cause_of(judgement.why);
    struct answer_error error = {
        .rcode = judgement.rcode,
        .truncated = judgement.verdict == GATE_TC,
        .causes = &cause,
        .cause_count = judgement.why != WHY_NONE,
        .limit = question->octets + (judgement.rcode == RCODE_BADVERS ? 11 : 0),
    };

    if (judgement.why == WHY_NOT_RECURSIVE && acl_holds(&engine->policy->snoop, &query->from))
        error.limit = query->room.size; /* one who may ask such things is told why not */

    if (judgement.verdict != GATE_TC && !may_refuse(engine)) {
        drop(engine, query);
        return;
    }
    if (judgement.rcode == RCODE_REFUSED)
        metrics_add(&engine->metrics->client_refused, 1);
    else if (judgement.verdict == GATE_TC)
        metrics_add(&engine->metrics->answers_truncated, 1);
    else
        metrics_add(&engine->metrics->client_formerr, 1);
    answer_now(engine, query, answer_error(question, &error, query->room));
}

static unsigned edes_of(const struct rendered *rendered, struct ede *ede)
{
    const struct why_row *row = why_row((enum why)rendered->why);
    if (row->ede < 0)
        return 0;
    *ede = (struct ede){ .code = (uint16_t)row->ede };
    if (row->ede == 0) /* "other": the number alone says nothing */
        (void)snprintf(ede->text, sizeof ede->text, "%s", row->sentence);
    return 1;
}

static void count_answer(struct engine *engine, const struct rendered *rendered,
                         struct bytes message)
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

static size_t servfail(struct engine *engine, const struct client_question *question,
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
    return answer_error(question, &error, room);
}

static void send_rendered(struct engine *engine, const struct query *query,
                          const struct client_question *question, const struct rendered *rendered)
{
    struct cause no;
    struct ede ede;
    struct answer_finish finish = {
        .question = question, .room = query->room, .edes = &ede, .rotation = engine->rotation++
    };
    if (answer_denied(engine->policy, question, rendered, &no)) {
        answer_now(engine, query, servfail(engine, question, &no, 1, query->room));
        engine->answer.answer.cause = no;
        return;
    }
    finish.ede_count = edes_of(rendered, &ede);
    answer_now(engine, query, answer_finish(rendered, &finish));
    engine->answer.answer.verdict = rendered->security;
    engine->answer.answer.cause = cause_of(rendered->secure ? WHY_SECURE : (enum why)rendered->why);
    count_answer(engine, rendered, engine->answer.answer.message);
}

static struct answer_key key_of(const struct client_question *question)
{
    unsigned flags = (question->edns.dnssec_ok ? ANSWER_DO : 0) |
                     (question->header.flags & FLAG_CD ? ANSWER_CD : 0);
    return (struct answer_key){ &question->question.name, question->question.type, (uint8_t)flags };
}

static enum data_class class_of(const struct client_question *question)
{
    return question->header.flags & FLAG_CD ? DATA_UNCHECKED : DATA_CHECKED;
}

/* RULINGS B14: a hit is copied once, to where the answer leaves from. */
static bool from_answer_cache(struct engine *engine, const struct query *query,
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
    send_rendered(engine, query, question, &hit);
    return true;
}

/* The whole chain of links from the rrset cache, or nothing. */
static unsigned links_from_cache(struct engine *engine, const struct client_question *question,
                                 const struct link **links)
{
    struct name at = question->question.name;
    unsigned count = 0;

    while (count <= engine->policy->limits.alias_links && count < LINKS_MAX) {
        struct link_key key = { &at, question->question.type, class_of(question) };
        struct link *link = ARENA_NEW(engine->scratch, struct link);
        if (!link || rrset_cache_find(engine->caches->rrsets, &key, engine->now, engine->scratch,
                                      link) != ST_OK)
            return 0;
        links[count++] = link;
        if (link->kind != REPLY_ALIAS && link->kind != REPLY_DNAME)
            return count;
        if (link->answer_count == 0 || scrub_target(link->answer[0], &at, &at) != ST_OK)
            return 0;
    }
    return 0;
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
    const struct link *links[LINKS_MAX];
    struct answer_rendering *rendering = &engine->rendering;
    unsigned count = links_from_cache(engine, question, links);
    struct answer_input input = {
        .links = links,
        .link_count = count,
        .question = &question->question,
        .dnssec_ok = question->edns.dnssec_ok,
    };

    if (count == 0)
        return false;
    rendering->message.octets = engine->out;
    rendering->message.size = MESSAGE_OCTETS_MAX;
    if (answer_render(&input, rendering) != ST_OK)
        return false;
    metrics_add(&engine->metrics->hits_rrset_cache, 1);
    keep_rendered(engine, question, rendering);
    send_rendered(engine, query, question, &rendering->message);
    if (engine->answer.answer.cause.why != WHY_KEY_SENTINEL)
        engine->answer.answer.cause = cause_of((enum why)rendering->why);
    return true;
}

static bool from_failure_cache(struct engine *engine, const struct query *query,
                               const struct client_question *question)
{
    struct link_key key = { &question->question.name, question->question.type, class_of(question) };
    struct failure failure;
    struct cause causes[2];

    if (failure_cache_get(engine->caches->failures, &key, engine->now, &failure) != ST_OK)
        return false;
    metrics_add(&engine->metrics->hits_failure_cache, 1);
    causes[0] = failure.cause;
    causes[1] = cause_of(WHY_CACHED_FAILURE);
    answer_now(engine, query, servfail(engine, question, causes, 2, query->room));
    bool bogus = failure.kind == FAILURE_BOGUS || failure.kind == FAILURE_BOGUS_BY_TIME;
    metrics_add(&engine->metrics->answers_bogus, bogus);
    engine->answer.answer.verdict = bogus ? SEC_BOGUS : SEC_UNCHECKED;
    engine->answer.answer.cause = failure.cause;
    return true;
}

/* ---- jobs ---- */

static struct job *job_create(struct engine *engine)
{
    struct job *job = memory_new(sizeof *job);
    if (!job)
        return NULL;
    budget_init(&job->budget, engine->limits);
    list_init(&job->answering);
    list_init(&job->over);
    job->deadline = HEAP_NODE_OUT;
    job->since = engine->now;
    list_push(&engine->jobs, &job->all);
    engine->job_count++;
    return job;
}

void job_destroy(struct engine *engine, struct job *job)
{
    struct fetch *waited = job->wait.waited;
    wait_lift(&job->wait);
    if (waited)
        fetch_abandon(engine, waited);
    heap_remove(&engine->deadlines, &job->deadline);
    list_remove(&job->answering);
    list_remove(&job->over);
    list_remove(&job->all);
    tell_leave(engine, job);
    engine->job_count--;
    memory_free(job);
}

/* The job is over; its answer is rendered when it is drawn. */
static void job_end(struct engine *engine, struct job *job, enum outcome outcome,
                    struct cause cause)
{
    struct fetch *waited = job->wait.waited;

    job->outcome = outcome;
    job->cause = cause;
    if (outcome != OUTCOME_ANSWERED)
        tell_record(&job->cause, &job->question.question.name, job->question.question.type, waited);
    wait_lift(&job->wait);
    if (waited)
        fetch_abandon(engine, waited);
    heap_remove(&engine->deadlines, &job->deadline);
    list_remove(&job->over);
    if (list_empty(&job->answering))
        list_push(&engine->answering, &job->answering);
}

void job_fetch_ended(struct engine *engine, struct job *job, struct fetch *fetch)
{
    job->fetch = fetch->outcome == OUTCOME_ANSWERED ? fetch : NULL;
    job->from_failure_cache = fetch->from_failure_cache;
    job_end(engine, job, (enum outcome)fetch->outcome, fetch->cause);
}

void job_end_spent(struct engine *engine, struct job *job, struct cause cause)
{
    struct link_key own = { &job->question.question.name, job->question.question.type,
                            class_of(&job->question) };
    metrics_add(&engine->metrics->jobs_spent, 1);
    remember_spent(engine, &own, &cause);
    job_end(engine, job, OUTCOME_SPENT, cause);
}

void job_deadline(struct engine *engine, struct job *job)
{
    job_end_spent(engine, job, cause_of(WHY_DEADLINE));
}

void job_spent(struct engine *engine, struct job *job)
{
    unsigned kind = job->budget.over ? job->budget.over - 1u : 0;
    bool validation = kind >= SPEND_FAILED_CHECK && kind <= SPEND_NSEC3_BLOCKS;
    struct cause cause = cause_of(validation ? WHY_VALIDATION_LIMIT : WHY_WORK_LIMIT);
    cause_detail(&cause, "%s", budget_what_ended(&job->budget));
    job_end_spent(engine, job, cause);
}

void job_cancel_client(struct engine *engine, uint64_t client)
{
    LIST_EACH(at, &engine->jobs) {
        struct job *job = LIST_OF(at, struct job, all);
        if (!job->internal && job->client == client) {
            job_destroy(engine, job);
            return;
        }
    }
}

static bool job_begin(struct engine *engine, struct job *job)
{
    struct cause cause;
    struct fetch_wish wish = {
        .key = { FOR_ANSWER, class_of(&job->question), &job->question.question.name,
                 job->question.question.type },
        .job = job,
        .job_wait = &job->wait,
        .skip_cache = job->internal, /* priming asks, whatever is known (RFC 9609 §3.3) */
        .by_tcp = job->internal,     /* and believes no addresses in a datagram (RULINGS A35) */
    };
    bool joined = inflight_find(engine, &wish.key) != NULL;
    uint64_t patience_ms = engine->policy->limits.resolution_ms;

    if (heap_set(&engine->deadlines, &job->deadline, instant_after_ms(engine->now, patience_ms)) !=
        ST_OK)
        return false;
    if (!fetch_begin(engine, &wish, &cause)) {
        job_end(engine, job, OUTCOME_SPENT, cause);
        return true;
    }
    metrics_add(&engine->metrics->jobs_started, 1);
    metrics_add(&engine->metrics->jobs_joined, joined);
    return true;
}

/* LIMITS 0.1, RULINGS A20: a SERVFAIL would fail the hottest name just when it has expired. */
static bool too_many_wait(struct engine *engine, const struct client_question *question)
{
    struct fetch_key key = { FOR_ANSWER, class_of(question), &question->question.name,
                             question->question.type };
    const struct fetch *fetch = inflight_find(engine, &key);
    return fetch && fetch->waiter_count >= engine->policy->limits.same_question;
}

static void begin_work(struct engine *engine, const struct query *query,
                       const struct client_question *question)
{
    bool is_loop = route_is_loop(engine, query, question);
    struct cause cause = cause_of(is_loop ? WHY_FORWARDER_IS_US : WHY_OVERLOAD);
    struct job *job;

    if (too_many_wait(engine, question)) {
        drop(engine, query);
        return;
    }
    pressure_relieve(engine);
    job = engine->job_count < engine->policy->limits.jobs && !is_loop ? job_create(engine) : NULL;
    if (job) {
        job->client = query->client;
        job->question = *question;
        job->question.edns.cookie = (struct bytes){ NULL, 0 }; /* borrowed from the message */
        job->via = query->via;
        if (query->trail)
            job->trail = trail_create(engine->pool, &engine->policy->limits,
                                      &question->question.name, question->question.type);
        if (job_begin(engine, job))
            return;
        job_destroy(engine, job);
    }
    metrics_add(&engine->metrics->jobs_refused, 1);
    tell_record(&cause, &question->question.name, question->question.type, NULL);
    answer_now(engine, query, servfail(engine, question, &cause, 1, query->room));
    engine->answer.answer.cause = cause;
}

bool job_begin_internal(struct engine *engine, const struct client_question *question)
{
    struct job *job = job_create(engine);
    if (!job)
        return false;
    job->internal = true;
    job->question = *question;
    if (job_begin(engine, job))
        return true;
    job_destroy(engine, job);
    return false;
}

void job_query(struct engine *engine, const struct query *query)
{
    struct client_question question;
    struct gate_judgement judgement = gate_judge(query, engine->policy, &question);

    if (query->via == VIA_UDP)
        metrics_add(&engine->metrics->client_udp_queries, 1);
    else
        metrics_add(&engine->metrics->client_tcp_queries, 1);
    if (engine->policy->log_queries)
        gate_log(query, &question);
    if (judgement.verdict == GATE_DROP) {
        drop(engine, query);
    } else if (judgement.verdict != GATE_TAKE) {
        refuse(engine, query, &question, judgement);
    } else if (query->trail || (!from_answer_cache(engine, query, &question) &&
                                !from_rrset_cache(engine, query, &question) &&
                                !from_failure_cache(engine, query, &question))) {
        if (question.header.flags & FLAG_RD)
            begin_work(engine, query, &question);
        else /* LIMITS H7: without RD only what is known */
            refuse(engine, query, &question,
                   (struct gate_judgement){ GATE_REFUSE, RCODE_REFUSED, WHY_NOT_RECURSIVE });
    }
}

/* ---- rendering, when an answer is drawn ---- */

static void log_failure(struct engine *engine, const struct job *job)
{
    char name[NAME_TEXT], type[TYPE_TEXT], why[2 * CAUSE_OCTETS];
    uint64_t key = name_hash(&job->question.question.name, &engine->hash_key) + job->cause.why;

    if (!log_may_repeat(key, engine->now))
        return;
    log_line(
        LOG_INFO, "servfail %s %s: %s", name_text(&job->question.question.name, name, sizeof name),
        type_text(job->question.question.type, type), cause_text(&job->cause, why, sizeof why));
}

static size_t render_failure(struct engine *engine, struct job *job, struct answer *answer)
{
    struct cause causes[2] = { job->cause, cause_of(WHY_CACHED_FAILURE) };
    struct room room = { engine->out, MESSAGE_OCTETS_MAX };

    answer->verdict = job->outcome == OUTCOME_BOGUS ? SEC_BOGUS : SEC_UNCHECKED;
    answer->cause = job->cause;
    metrics_add(&engine->metrics->answers_bogus, job->outcome == OUTCOME_BOGUS);
    log_failure(engine, job);
    trail_outcome(job->trail, (enum security)answer->verdict, &job->cause);
    return servfail(engine, &job->question, causes, 1u + job->from_failure_cache, room);
}

size_t job_render(struct engine *engine, struct job *job, struct answer *answer)
{
    struct answer_rendering *rendering = &engine->rendering;
    struct ede ede;

    answer->client = job->client;
    if (!job->fetch)
        return render_failure(engine, job, answer);
    struct answer_input input = {
        .links = job->fetch->links,
        .link_count = job->fetch->link_count,
        .question = &job->question.question,
        .dnssec_ok = job->question.edns.dnssec_ok,
    };
    rendering->message.octets = engine->out;
    rendering->message.size = MESSAGE_OCTETS_MAX;
    if (answer_render(&input, rendering) != ST_OK) {
        job->cause = cause_of(WHY_INTERNAL);
        return render_failure(engine, job, answer);
    }
    if (answer_denied(engine->policy, &job->question, &rendering->message, &job->cause))
        return render_failure(engine, job, answer);
    struct answer_finish finish = {
        .question = &job->question,
        .room = { engine->out, MESSAGE_OCTETS_MAX },
        .edes = &ede,
        .rotation = engine->rotation++,
    };
    finish.ede_count = edes_of(&rendering->message, &ede);
    size_t len = answer_finish(&rendering->message, &finish);
    answer->verdict = rendering->message.security;
    answer->cause = cause_of((enum why)rendering->why);
    trail_outcome(job->trail, (enum security)answer->verdict, &answer->cause);
    count_answer(engine, &rendering->message, (struct bytes){ engine->out, len });
    return len;
}
