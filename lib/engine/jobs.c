/* Clients' questions: from the message to the answer, by way of the caches or of a fetch. */
#include "lib/base/log.h"
#include "lib/engine/blame.h"
#include "lib/engine/chaos.h"
#include "lib/engine/local.h"
#include "lib/engine/reception.h"
#include "lib/engine/remember.h"
#include "lib/engine/route.h"
#include "lib/engine/tell.h"
#include "lib/wire/type.h"

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
    job->seat.yields = HEAP_NODE_OUT;
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
    waiting_leave(engine, &job->seat);
    if (job->is_found)
        table_remove(&engine->clients, &job->by_client);
    toll_leave(engine, &job->toll);
    list_remove(&job->answering);
    list_remove(&job->over);
    list_remove(&job->all);
    tell_leave(engine, job);
    engine->job_count--;
    memory_free(job);
}

/* LIMITS H6: failures are told once a zone and reason; those of no zone, as from the failure cache
 * or for want of room here, once a reason. */
static uint64_t place_of_failure(const struct engine *engine, const struct fetch *fetch)
{
    bool has_cut = fetch && fetch->walk && fetch->walk->has_cut;
    return has_cut ? name_hash(&fetch->walk->cut.zone, &engine->hash_key) : 0;
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
    if (waited)
        job->failed_at = place_of_failure(engine, waited);
    wait_lift(&job->wait);
    if (waited)
        fetch_abandon(engine, waited);
    heap_remove(&engine->deadlines, &job->deadline);
    waiting_give_slot(engine, &job->seat);
    list_remove(&job->over);
    if (list_empty(&job->answering))
        list_push(&engine->answering, &job->answering);
}

void job_fetch_ended(struct engine *engine, struct job *job, struct fetch *fetch)
{
    job->fetch = fetch->outcome == OUTCOME_ANSWERED ? fetch : NULL;
    job->from_failure_cache = fetch->from_failure_cache;
    job->failed_at = place_of_failure(engine, fetch);
    job_end(engine, job, (enum outcome)fetch->outcome, fetch->cause);
}

void job_end_spent(struct engine *engine, struct job *job, struct cause cause)
{
    struct link_key own = { &job->question.question.name, job->question.question.type,
                            reception_class(&job->question) };
    metrics_add(&engine->metrics->jobs_spent, 1);
    remember_spent(engine, &own, &cause);
    job_end(engine, job, OUTCOME_SPENT, cause);
}

void job_yield(struct engine *engine, struct job *job, enum why why)
{
    job_end(engine, job, OUTCOME_SPENT, cause_of(why));
}

void job_deadline(struct engine *engine, struct job *job)
{
    job_end_spent(engine, job, blame_deadline(engine, job->wait.waited));
}

struct cause job_cause_of_budget(const struct budget *budget)
{
    unsigned kind = budget->over ? budget->over - 1u : 0;
    bool failures = kind == SPEND_FAILED_CHECK || kind == SPEND_FAILED_UNITS; /* KeyTrap */
    bool validation = kind >= SPEND_GOOD_CHECK && kind <= SPEND_NSEC3_BLOCKS;
    struct cause cause = cause_of(failures     ? WHY_FAILED_CHECKS
                                  : validation ? WHY_VALIDATION_LIMIT
                                               : WHY_WORK_LIMIT);
    cause_detail(&cause, "%s", budget_what_ended(budget));
    return cause;
}

void job_spent(struct engine *engine, struct job *job)
{
    job_end_spent(engine, job, job_cause_of_budget(&job->budget));
}

static uint64_t client_hash(const struct engine *engine, uint64_t client)
{
    return siphash13(&engine->hash_key, &client, sizeof client);
}

static bool be_found(struct engine *engine, struct job *job)
{
    uint64_t hash = client_hash(engine, job->client);
    job->is_found = table_insert(&engine->clients, &job->by_client, hash) == ST_OK;
    return job->is_found;
}

void job_cancel_client(struct engine *engine, uint64_t client)
{
    struct table_node *at = table_first(&engine->clients, client_hash(engine, client));

    while (at && LIST_OF(at, struct job, by_client)->client != client)
        at = table_next(at);
    if (at)
        job_destroy(engine, LIST_OF(at, struct job, by_client));
}

static bool job_begin(struct engine *engine, struct job *job)
{
    struct cause cause;
    struct fetch_wish wish = {
        .key = { FOR_ANSWER, reception_class(&job->question), &job->question.question.name,
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
    if (!job->internal && !waiting_take_slot(engine, &job->seat, job->wait.waited->since))
        return false;
    metrics_add(&engine->metrics->jobs_started, 1);
    metrics_add(&engine->metrics->jobs_joined, joined);
    return true;
}

/* LIMITS 0.1, RULINGS A20: a SERVFAIL would fail the hottest name just when it has expired. */
static bool too_many_wait(struct engine *engine, const struct client_question *question)
{
    struct fetch_key key = { FOR_ANSWER, reception_class(question), &question->question.name,
                             question->question.type };
    const struct fetch *fetch = inflight_find(engine, &key);
    return fetch && fetch->waiter_count >= engine->policy->limits.same_question;
}

/* What a question needs to become a job. */
struct entry {
    struct seat seat;
    struct toll toll;
};

static void give_back(struct engine *engine, struct entry *entry)
{
    waiting_leave(engine, &entry->seat);
    toll_leave(engine, &entry->toll);
}

/* What keeps the question out; NONE: `entry` is its. */
static enum why find_entry(struct engine *engine, const struct query *query,
                           const struct client_question *question, struct entry *entry)
{
    if (route_is_loop(engine, query, question))
        return WHY_FORWARDER_IS_US;
    if (!toll_enter(engine, query, question, &entry->toll))
        return WHY_CPU_TIME;
    if (!waiting_enter(engine, query, question, &entry->seat)) {
        metrics_add(&engine->metrics->client_crowded, 1);
        toll_leave(engine, &entry->toll);
        return WHY_CROWD;
    }
    if (waiting_has_slot(engine, &entry->seat))
        return WHY_NONE;
    give_back(engine, entry);
    return WHY_OVERLOAD;
}

static void begin_work(struct engine *engine, const struct query *query,
                       const struct client_question *question)
{
    struct cause cause;
    struct job *job;
    struct entry entry;

    if (too_many_wait(engine, question)) {
        metrics_add(&engine->metrics->same_question_dropped, 1);
        reception_drop(engine, query);
        return;
    }
    pressure_relieve(engine);
    cause = cause_of(find_entry(engine, query, question, &entry));
    job = cause.why == WHY_NONE ? job_create(engine) : NULL;
    if (job) {
        job->seat = entry.seat;
        job->toll = entry.toll;
        job->client = query->client;
        job->question = *question;
        job->question.edns.cookie = (struct bytes){ NULL, 0 }; /* borrowed from the message */
        job->via = query->via;
        if (query->trail)
            job->trail = trail_create(engine->pool, &engine->policy->limits,
                                      &question->question.name, question->question.type);
        if (be_found(engine, job) && job_begin(engine, job))
            return;
        job_destroy(engine, job);
    } else if (cause.why == WHY_NONE) {
        give_back(engine, &entry);
    }
    if (cause.why == WHY_NONE)
        cause = cause_of(WHY_OVERLOAD);
    metrics_add(&engine->metrics->jobs_refused, 1);
    tell_record(&cause, &question->question.name, question->question.type, NULL);
    reception_answer(engine, query, reception_servfail(engine, question, &cause, 1, query->room));
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

/* DESIGN 3 step 3: for those who may ask at all, and before the caches of records. What is said
 * here is no secret of the cache: it needs no RD (SPEC R10). */
static bool answered_here(struct engine *engine, const struct query *query,
                          const struct client_question *question, struct gate_judgement judgement)
{
    static const struct gate_judgement by_tcp = { GATE_TC, RCODE_NOERROR, WHY_NONE };
    const struct question *asked = &question->question;

    if (judgement.verdict != GATE_TAKE && judgement.why != WHY_NOT_RECURSIVE)
        return false;
    if (asked->type != TYPE_ANY || question->proven)
        return local_reception(engine, query, question);
    if (!local_holds(engine, &asked->name, asked->type))
        return false;
    reception_say_no(engine, query, question, by_tcp); /* RULINGS A40: the gate looks at RD first */
    return true;
}

static void take(struct engine *engine, const struct query *query,
                 const struct client_question *question)
{
    struct gate_judgement no_rd = { GATE_REFUSE, RCODE_REFUSED, WHY_NOT_RECURSIVE };

    if (!query->trail && reception_known(engine, query, question))
        return;
    if (question->header.flags & FLAG_RD)
        begin_work(engine, query, question);
    else /* LIMITS H7: without RD only what is known */
        reception_refuse(engine, query, question, no_rd);
}

static void receive(struct engine *engine, const struct query *query,
                    const struct client_question *question, struct gate_judgement judgement)
{
    bool taken = judgement.verdict == GATE_TAKE;

    if (judgement.verdict == GATE_DROP)
        reception_drop(engine, query);
    else if (judgement.verdict == GATE_COOKIE)
        reception_cookie(engine, query, question, (enum rcode)judgement.rcode);
    else if (judgement.verdict == GATE_TELL)
        chaos_answer(engine, query, question);
    else if ((taken && !query->trail && reception_rendered(engine, query, question)) ||
             answered_here(engine, query, question, judgement))
        return;
    else if (taken)
        take(engine, query, question);
    else
        reception_refuse(engine, query, question, judgement);
}

static void count_query(struct metrics *metrics, const struct query *query,
                        const struct client_question *question)
{
    bool ours = question->shown == SHOWN_OURS;
    bool first = !ours && question->edns.cookie.len == COOKIE_CLIENT_OCTETS;

    metrics_add(query->via == VIA_UDP ? &metrics->client_udp_queries : &metrics->client_tcp_queries,
                1);
    if (question->shown != SHOWN_NONE)
        metrics_add(ours    ? &metrics->cookies_ours
                    : first ? &metrics->cookies_first
                            : &metrics->cookies_other,
                    1);
}

void job_query(struct engine *engine, const struct query *query)
{
    struct client_question question;
    struct gate_judgement judgement = gate_judge(query, engine->policy, engine->wall, &question);

    count_query(engine->metrics, query, &question);
    if (engine->policy->log_queries)
        gate_log(query, &question);
    receive(engine, query, &question, judgement);
    toll_message(engine, query, &question);
    if (engine->has_answer && engine->answer.kind == ACTION_ANSWER)
        engine->answer.answer.proven = question.proven;
}

/* ---- rendering, when an answer is drawn ---- */

static void log_failure(struct engine *engine, const struct job *job)
{
    char name[LOG_NAME], type[TYPE_TEXT], why[2 * CAUSE_OCTETS];

    if (!log_may_repeat(LOG_INFO, job->failed_at + job->cause.why, engine->now))
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
    return reception_servfail(engine, &job->question, causes, 1u + job->from_failure_cache, room);
}

size_t job_render(struct engine *engine, struct job *job, struct answer *answer)
{
    struct answer_rendering *rendering = &engine->rendering;
    struct ede ede;

    answer->client = job->client;
    gate_set_nsid(&job->question, engine->policy);
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
    finish.ede_count = reception_edes(&rendering->message, &ede);
    size_t len = answer_finish(&rendering->message, &finish);
    answer->verdict = rendering->message.security;
    answer->cause = cause_of((enum why)rendering->why);
    trail_outcome(job->trail, (enum security)answer->verdict, &answer->cause);
    reception_count(engine, &rendering->message, (struct bytes){ engine->out, len });
    return len;
}
