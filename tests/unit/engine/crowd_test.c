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
    crowd = (struct crowd){ .quota = crowd.quota, .via = crowd.via };
}

static void draw(void)
{
    struct action action;

    while (engine_next(net.engine, &action)) {
        crowd.drops += action.kind == ACTION_DROP;
        if (action.kind == ACTION_SEND && crowd.sends < CROWD_SENDS)
            endpoint_text(&action.send.to, crowd.to[crowd.sends++]);
        if (action.kind == ACTION_ANSWER) {
            crowd.answers++;
            crowd.failures += (action.answer.message.at[3] & 15) == RCODE_SERVFAIL;
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
    struct header header = { .id = 1, .flags = FLAG_RD, .counts = { 1, 0, 0, 0 } };
    struct question question = { .type = TYPE_A, .class = CLASS_IN };
    struct event event = { .kind = EVENT_QUERY };
    uint8_t octets[512];
    struct writer w;

    ck_assert_int_eq(name_from_text(name, &question.name), ST_OK);
    writer_init(&w, octets, sizeof octets);
    header_write(&w, &header);
    question_write(&w, &question);
    event.query = (struct query){ .client = client,
                                  .via = crowd.via,
                                  .message = { octets, w.len },
                                  .room = { net.room, sizeof net.room } };
    ck_assert_int_eq(endpoint_parse(from, 5353, &event.query.from), ST_OK);
    happens(event);
}
