#include "resolver/edge/udp_gate.h"

#include "lib/base/log.h"
#include "lib/wire/shorten.h"

void udp_gate_expect(const struct udp_gate *gate, const struct endpoint *client,
                     struct ratelimit_keys *keys)
{
    ratelimit_find(gate->ratelimit, &gate->policy->rate, client, keys);
}

/* ---- what is counted and told ---- */

static uint64_t *counter(struct metrics *m, const struct endpoint *to, unsigned network,
                         enum ratelimit_verdict verdict)
{
    uint64_t *const v4[][2] = {
        { &m->limited_tc_v4_32, &m->limited_drop_v4_32 },
        { &m->limited_tc_v4_24, &m->limited_drop_v4_24 },
        { &m->limited_tc_v4_20, &m->limited_drop_v4_20 },
    };
    uint64_t *const v6[][2] = {
        { &m->limited_tc_v6_64, &m->limited_drop_v6_64 },
        { &m->limited_tc_v6_56, &m->limited_drop_v6_56 },
        { &m->limited_tc_v6_48, &m->limited_drop_v6_48 },
        { &m->limited_tc_v6_32, &m->limited_drop_v6_32 },
    };
    return (to->family == 4 ? v4 : v6)[network][verdict == RATELIMIT_DROP];
}

static void tell(struct udp_gate *gate, const struct udp_gate_reply *reply,
                 const struct ratelimit_judgement *judgement)
{
    struct prefix network = network_prefix(reply->to, judgement->network);
    char text[ENDPOINT_TEXT];

    if (!ratelimit_may_tell(gate->ratelimit, reply->now))
        return;
    log_line(LOG_WARNING,
             "rate limit: UDP answers to %s/%u are larger than their questions beyond measure, as "
             "when the questions are forged; %s (one such line each 30 s; SIGUSR1 logs how many)",
             endpoint_text(&network.base, text), network.bits,
             judgement->verdict == RATELIMIT_WHOLE
                 ? "mode log-only lets them go"
                 : "they are told to use TCP, or dropped: rate-limit.factors gives a network of "
                   "your own more room");
}

static void note(struct udp_gate *gate, const struct udp_gate_reply *reply,
                 const struct ratelimit_judgement *judgement)
{
    uint64_t *count =
        judgement->verdict == RATELIMIT_WHOLE
            ? &gate->metrics->limited_not
            : counter(gate->metrics, reply->to, judgement->network, judgement->verdict);
    metrics_add(count, 1);
    tell(gate, reply, judgement);
}

/* ---- what goes out ---- */

size_t udp_gate_pass(struct udp_gate *gate, const struct udp_gate_reply *reply)
{
    struct ratelimit_keys found;
    const struct ratelimit_keys *keys = reply->keys;
    struct ratelimit_reply judged = { reply->query_octets, reply->octets, reply->now, 0 };

    if (reply->octets <= reply->query_octets)
        return reply->octets;
    if (!keys) {
        udp_gate_expect(gate, reply->to, &found);
        keys = &found;
    }
    if (keys->count == 0)
        return reply->octets;
    judged.random = prng_u32(&gate->prng);
    struct ratelimit_judgement judgement = ratelimit_judge(gate->ratelimit, keys, &judged);
    if (judgement.found != RATELIMIT_WHOLE)
        note(gate, reply, &judgement);
    switch (judgement.verdict) {
    case RATELIMIT_WHOLE: return reply->octets;
    case RATELIMIT_TC: return shorten(reply->message, reply->octets, reply->query_octets);
    case RATELIMIT_DROP: break;
    }
    return 0;
}
