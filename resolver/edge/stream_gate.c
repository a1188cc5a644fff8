#include "resolver/edge/stream_gate.h"

#include "lib/base/log.h"

void stream_gate_enter(const struct stream_gate *gate, struct stream_gate_client *client,
                       struct meter *meter, struct instant now)
{
    meter_weigh(meter, METER_CONNECTION);
    client->key.room = 0;
    if (!gate->cputime)
        return;
    cputime_find(gate->cputime, &gate->policy->rate, &client->from, &client->key);
    cputime_charge(gate->cputime, &client->key, meter_us(meter, METER_CONNECTION), now);
}

static void tell(const struct stream_gate *gate, const struct stream_gate_client *client,
                 struct instant now)
{
    struct prefix network = cputime_network(&client->from);
    char text[ENDPOINT_TEXT];

    if (!cputime_may_tell(gate->cputime, CPUTIME_CLOSE, now))
        return;
    log_line(LOG_WARNING,
             "processor time: %s/%u goes on asking over TCP when it is refused for taking more "
             "than %d %% of a core: its connections are ended (one such line each 30 s; SIGUSR1 "
             "logs how many)",
             endpoint_text(&network.base, text), network.bits, CPUTIME_REFUSE_LEAK / 10);
}

enum cputime_verdict stream_gate_judge(const struct stream_gate *gate,
                                       const struct stream_gate_client *client, struct instant now)
{
    if (client->key.room == 0)
        return CPUTIME_AT_ONCE;
    enum cputime_verdict verdict = cputime_judge(gate->cputime, &client->key, now).verdict;
    if (verdict == CPUTIME_CLOSE) {
        metrics_add(&gate->metrics->cpu_closed, 1);
        tell(gate, client, now);
    }
    return verdict;
}
