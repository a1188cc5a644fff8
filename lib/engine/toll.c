#include "lib/engine/toll.h"

#include "lib/base/log.h"
#include "lib/engine/state.h"

/* ---- what work weighs ---- */

uint64_t toll_weight(enum spend kind, uint32_t amount)
{
    static const uint32_t weights[SPEND_KINDS] = {
        [SPEND_QUESTION] = METER_QUESTION, [SPEND_PACKET] = METER_PACKET,
        [SPEND_OCTETS] = METER_OCTET,      [SPEND_FAILED_UNITS] = METER_UNIT,
        [SPEND_GOOD_UNITS] = METER_UNIT,   [SPEND_NSEC3_BLOCKS] = METER_BLOCK,
    };
    return (uint64_t)weights[kind] * amount;
}

static uint32_t message_weight(const struct engine *engine, const struct query *query)
{
    size_t answered = engine->has_answer && engine->answer.kind == ACTION_ANSWER
                          ? engine->answer.answer.message.len
                          : 0;
    uint32_t weight = query->via == VIA_UDP ? METER_DATAGRAM : METER_MESSAGE;
    return weight + (uint32_t)answered * METER_ANSWER_OCTET;
}

/* ---- who pays ---- */

static void pay(struct engine *engine, const struct cputime_key *key, uint32_t ns)
{
    cputime_charge(engine->cputime, key, meter_us(&engine->meter, ns), engine->now);
}

void toll_message(struct engine *engine, const struct query *query,
                  const struct client_question *question)
{
    struct cputime_key key;
    uint32_t weight = message_weight(engine, query);

    meter_weigh(&engine->meter, weight);
    if (!question->proven || !engine->cputime)
        return;
    cputime_find(engine->cputime, &engine->policy->rate, &query->from, &key);
    if (key.room > 0)
        pay(engine, &key, weight);
}

void toll_owe(struct engine *engine, struct toll *toll, uint32_t ns)
{
    if (toll->key.room == 0)
        return;
    toll->owed_ns += ns;
    if (toll->owed_ns < TOLL_OWED_NS)
        return;
    pay(engine, &toll->key, toll->owed_ns);
    toll->owed_ns = 0;
}

/* ---- who may have work done, and when ---- */

static uint64_t *counter(struct metrics *metrics, const struct cputime_judgement *judgement)
{
    if (judgement->verdict != judgement->found)
        return &metrics->cpu_not;
    return judgement->found == CPUTIME_LATER ? &metrics->cpu_later : &metrics->cpu_refused;
}

static const char *what_becomes_of(const struct cputime_judgement *judgement)
{
    if (judgement->verdict != judgement->found)
        return "mode log-only serves them all the same";
    if (judgement->found == CPUTIME_LATER)
        return "they are served after all others";
    return "what is not known already is refused; rate-limit.factors gives a network of your own "
           "more room";
}

static void tell(struct engine *engine, const struct query *query,
                 const struct cputime_judgement *judgement)
{
    struct prefix network = cputime_network(&query->from);
    bool later = judgement->found == CPUTIME_LATER;
    char text[ENDPOINT_TEXT];

    metrics_add(counter(engine->metrics, judgement), 1);
    if (!cputime_may_tell(engine->cputime, judgement->found, engine->now))
        return;
    log_line(later ? LOG_NOTICE : LOG_WARNING,
             "processor time: questions from %s/%u, whose address is proven, take more than %u %% "
             "of a core: %s (one such line each 30 s; SIGUSR1 logs how many)",
             endpoint_text(&network.base, text), network.bits,
             (unsigned)(later ? CPUTIME_LATER_LEAK : CPUTIME_REFUSE_LEAK) / 10,
             what_becomes_of(judgement));
}

bool toll_enter(struct engine *engine, const struct query *query,
                const struct client_question *question, struct toll *toll)
{
    *toll = (struct toll){ .owed_ns = 0 };
    if (!question->proven || !engine->cputime)
        return true;
    cputime_find(engine->cputime, &engine->policy->rate, &query->from, &toll->key);
    struct cputime_judgement judgement = cputime_judge(engine->cputime, &toll->key, engine->now);
    if (judgement.found != CPUTIME_AT_ONCE)
        tell(engine, query, &judgement);
    if (judgement.verdict >= CPUTIME_REFUSE)
        return false;
    toll->later = judgement.verdict == CPUTIME_LATER;
    toll->counted = true;
    engine->later_jobs += toll->later;
    engine->paying_jobs += toll->key.room > 0;
    return true;
}

void toll_leave(struct engine *engine, struct toll *toll)
{
    if (!toll->counted)
        return;
    if (toll->owed_ns > 0)
        pay(engine, &toll->key, toll->owed_ns);
    engine->later_jobs -= toll->later;
    engine->paying_jobs -= toll->key.room > 0;
    toll->counted = false;
}

bool toll_waits(struct engine *engine, struct fetch *fetch)
{
    return engine->later_jobs > 0 && !engine->serves_later && payers_are_later(engine, fetch);
}
