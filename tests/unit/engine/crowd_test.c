#include "tests/unit/engine/crowd_test.h"

#include "lib/engine/state.h"
#include "lib/policy/quota.h"

struct crowd crowd;

void crowd_up(void)
{
    static const struct siphash_key key = { 1, 2 };

    memset(&crowd, 0, sizeof crowd);
    hostile_up();
    crowd.quota = quota_create(&key);
    ck_assert_ptr_nonnull(crowd.quota);
    net.engine->quota = crowd.quota;
}

void crowd_down(void)
{
    hostile_down();
    quota_destroy(crowd.quota);
}

void crowd_forget(void)
{
    crowd = (struct crowd){ .quota = crowd.quota, .via = crowd.via, .peer = crowd.peer };
}

static void take_send(const struct send *send)
{
    char to[ENDPOINT_TEXT];

    endpoint_text(&send->to, to);
    if (crowd.sends < CROWD_SENDS)
        memcpy(crowd.to[crowd.sends++], to, sizeof to);
    if (crowd.peer && strcmp(crowd.peer, to) != 0)
        return;
    ck_assert_uint_le(send->message.len, sizeof crowd.octets);
    memcpy(crowd.octets, send->message.at, send->message.len);
    crowd.last = *send;
    crowd.last.message.at = crowd.octets;
}

static void draw(void)
{
    struct action action;
    struct header header;

    while (engine_next(net.engine, &action)) {
        crowd.drops += action.kind == ACTION_DROP;
        if (action.kind == ACTION_SEND)
            take_send(&action.send);
        if (action.kind == ACTION_ANSWER) {
            ck_assert(header_read(action.answer.message, &header));
            crowd.answers++;
            crowd.failures += header_rcode(&header) == RCODE_SERVFAIL;
            crowd.resolved += header_rcode(&header) == RCODE_NOERROR;
            crowd.last_client = action.answer.client;
            crowd.why = action.answer.cause.why;
        }
    }
}

void happens(struct event event)
{
    event.now = net.now;
    engine_handle(net.engine, &event);
    draw();
}

void time_passes(uint64_t ms)
{
    net.now = instant_after_ms(net.now, ms);
    happens((struct event){ .kind = EVENT_TIME });
}

void asks(uint64_t client, const char *from, const char *name)
{
    struct event event = question_event(name, TYPE_A, FLAG_RD);

    event.query.client = client;
    event.query.via = crowd.via;
    ck_assert_int_eq(endpoint_parse(from, 5353, &event.query.from), ST_OK);
    happens(event);
}
