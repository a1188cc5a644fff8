#include "tests/sim/world.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/base/list.h"
#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "lib/wire/type.h"
#include "tests/sim/checkers.h"
#include "tests/sim/net.h"

enum { LOG_LINE = 1024, LATE_MS = 2000, REST_MS_MAX = 120 * 1000, MEMORY_FAILS_WITHIN = 12 };

#define FNV_PRIME UINT64_C(0x100000001b3)

/* ---- log and failure ---- */

void world_log(struct world *world, const char *format, ...)
{
    char line[LOG_LINE];
    va_list arguments;

    int head = snprintf(line, sizeof line, "%9llu ",
                        (unsigned long long)(world->now.ns - world->began.ns) / 1000);
    va_start(arguments, format);
    vsnprintf(line + head, sizeof line - (size_t)head, format, arguments);
    va_end(arguments);
    for (const char *at = line; *at; at++)
        world->log_hash = (world->log_hash ^ (uint8_t)*at) * FNV_PRIME;
    if (world->verbose)
        puts(line);
}

bool world_failed(const struct world *world)
{
    return world->failure[0] != '\0';
}

void world_fail(struct world *world, const char *format, ...)
{
    va_list arguments;

    if (world_failed(world))
        return;
    va_start(arguments, format);
    vsnprintf(world->failure, sizeof world->failure, format, arguments);
    va_end(arguments);
    world_log(world, "broken: %s", world->failure);
}

/* ---- actions ---- */

static void carry_out(struct world *world, const struct action *action)
{
    switch (action->kind) {
    case ACTION_SEND: net_send(world, &action->send); break;
    case ACTION_CLOSE: net_close(world, action->socket); break;
    case ACTION_ANSWER:
        if (world->fault == FAULT_ANSWER_LOST && !world->fault_struck) {
            world->fault_struck = true;
            break;
        }
        checkers_answer(world, &action->answer);
        if (world->fault == FAULT_ANSWER_TWICE)
            checkers_answer(world, &action->answer);
        break;
    case ACTION_DROP: checkers_drop(world, action->client); break;
    case ACTION_AGAIN:
        world_log(world, "again");
        world->again = true;
        break;
    }
}

static void drain(struct world *world)
{
    struct action action;

    world->again = false;
    while (engine_next(world->engine, &action))
        carry_out(world, &action);
    checkers_event(world);
}

/* LIMITS G5. What is drawn from the engine afterwards, and the world itself, do not suffer. */
static void begin_memory_failure(struct world *world)
{
#ifdef CATENA_TESTING
    if (world->memory_failures > 0 && prng_below(&world->chance, 1000) < world->memory_failures) {
        uint32_t after = prng_below(&world->chance, MEMORY_FAILS_WITHIN);
        world_log(world, "allocation %u fails", after);
        memory_fail_after(after);
    }
#else
    (void)world;
#endif
}

static void end_memory_failure(void)
{
#ifdef CATENA_TESTING
    (void)memory_fail_stop();
#endif
}

/* The processor's time is whatever the world says; it does not make the clock go on. */
static void tell_spent(struct world *world)
{
    struct meter *meter = engine_meter(world->engine);
    struct event event = { .kind = EVENT_SPENT, .now = world->now };

    if (world->slowness == 0 || !meter_is_due(meter))
        return;
    event.spent_us = meter->weighed_ns / 1000 * world->slowness;
    engine_handle(world->engine, &event);
    drain(world);
}

static void handle(struct world *world, struct event *event)
{
    event->now = world->now;
    event->wall.s = world->wall_at_start + instant_s_between(world->began, world->now);
    world->events++;
    if (++world->events_at_once > EVENTS_AT_ONCE_MAX)
        world_fail(world, "%u events and the clock stands still", world->events_at_once);
    begin_memory_failure(world);
    engine_handle(world->engine, event);
    end_memory_failure();
    drain(world);
    tell_spent(world);
}

static void tell_time(struct world *world)
{
    struct event event = { .kind = EVENT_TIME };
    handle(world, &event);
}

void world_policy(struct world *world, const struct policy *policy)
{
    struct event event = { .kind = EVENT_CONTROL, .policy = policy };
    handle(world, &event);
}

/* ---- clients ---- */

static size_t write_question(const struct client *client, uint16_t id, uint8_t *room)
{
    bool with_do = client->flags & CLIENT_DO;
    struct edns_out edns = { .udp_octets = EDNS_UDP_OCTETS, .dnssec_ok = with_do };
    struct header header = {
        .id = id,
        .flags = (uint16_t)(FLAG_RD | FLAG_AD | (client->flags & CLIENT_CD ? FLAG_CD : 0)),
        .counts = { 1, 0, 0, 1 },
    };
    struct question question = { client->name, client->type, CLASS_IN };
    struct writer w;

    writer_init(&w, room, CLIENT_QUERY_OCTETS_MAX);
    header_write(&w, &header);
    question_write(&w, &question);
    (void)edns_write(&w, &edns);
    return w.len;
}

/* From here on nobody else is alone, nor is this one when others were there before. */
static void note_company(struct world *world, struct client *client)
{
    client->alone = engine_figures(world->engine).jobs == 0;
    client->packets_before = world_packets(world);
    for (size_t i = 0; i < world->client_count; i++)
        if (&world->clients[i] != client)
            world->clients[i].alone = false;
}

static void put_question(struct world *world, size_t number)
{
    struct client *client = &world->clients[number];
    uint8_t message[CLIENT_QUERY_OCTETS_MAX],
        *room = arena_alloc(world->scratch, MESSAGE_OCTETS_MAX);
    static const uint8_t addresses[][4] = { { 127, 0, 0, 1 }, { 45, 0, 0, 1 }, { 45, 0, 0, 2 } };
    unsigned at = client->flags & CLIENT_AFAR ? 1 : client->flags & CLIENT_ELSEWHERE ? 2 : 0;
    char name[NAME_TEXT], type[TYPE_TEXT];
    size_t len = write_question(client, (uint16_t)(number + 1), message);
    struct event event = { .kind = EVENT_QUERY,
                           .query = { .client = number + 1,
                                      .from = endpoint_v4(addresses[at], 5353),
                                      .via = client->flags & CLIENT_TCP ? VIA_TCP : VIA_UDP,
                                      .message = { message, len },
                                      .room = { room, MESSAGE_OCTETS_MAX },
                                      .trail = client->flags & CLIENT_TRAIL } };

    if (!room)
        zone_fail("no memory", "world");
    client->asked = true;
    client->asked_at = world->now;
    note_company(world, client);
    world_log(world, "client %zu asks %s %s%s%s", number,
              name_text(&client->name, name, sizeof name), type_text(client->type, type),
              client->flags & CLIENT_CD ? " cd" : "", client->flags & CLIENT_DO ? " do" : "");
    handle(world, &event);
}

size_t world_ask(struct world *world, const char *name, uint16_t type, unsigned flags,
                 uint64_t after_ms)
{
    size_t number = world->client_count++;
    struct client *client = &world->clients[number];

    if (number == CLIENTS_MAX || name_from_text(name, &client->name) != ST_OK)
        zone_fail("no client more, or no name", name);
    client->type = type;
    client->flags = flags;
    client->ede = -1;
    world->open_clients++;
    parcel_create(world, PARCEL_QUESTION, (struct bytes){ NULL, 0 }, after_ms * NS_PER_MS)->client =
        number;
    return number;
}

void world_cancel(struct world *world, size_t client, uint64_t after_ms)
{
    parcel_create(world, PARCEL_CANCEL, (struct bytes){ NULL, 0 }, after_ms * NS_PER_MS)->client =
        client;
}

static void cancel(struct world *world, size_t number)
{
    struct client *client = &world->clients[number];
    struct event event = { .kind = EVENT_CANCEL_CLIENT, .client = number + 1 };

    if (client->answers > 0 || client->cancelled || !client->asked)
        return;
    client->cancelled = true;
    world->open_clients--;
    world_log(world, "client %zu goes away", number);
    handle(world, &event);
}

/* ---- time ---- */

static struct parcel *first_parcel(const struct world *world)
{
    struct heap_node *node = heap_first(&world->under_way);
    return node ? LIST_OF(node, struct parcel, due) : NULL;
}

static void deliver(struct world *world, struct parcel *parcel)
{
    struct world_socket *socket = net_socket(world, parcel->socket);
    struct event event = { .kind = EVENT_REPLY,
                           .reply = { .socket = parcel->socket,
                                      .message = { parcel->octets, parcel->len } } };

    switch (parcel->kind) {
    case PARCEL_TO_SITE: net_at_site(world, parcel); break;
    case PARCEL_LINGERED: stream_lingered(world, parcel); break;
    case PARCEL_FAILED:
        event =
            (struct event){ .kind = EVENT_FAILED, .failed = { parcel->socket, parcel->failure } };
        if (!socket) /* closed meanwhile: nobody hears of it */
            break;
        world_log(world, "failed %u as %d", parcel->socket, (int)parcel->failure);
        handle(world, &event);
        break;
    case PARCEL_REPLY:
        if (!socket)
            break;
        socket->waiting = false;
        stream_hears(socket, event.reply.message);
        world_log(world, "reply on %u of %zu octets", parcel->socket, parcel->len);
        handle(world, &event);
        break;
    case PARCEL_QUESTION: put_question(world, parcel->client); break;
    case PARCEL_CANCEL: cancel(world, parcel->client); break;
    }
}

static void move_clock(struct world *world, struct instant to)
{
    if (instant_before(world->now, to)) {
        world->now = to;
        world->events_at_once = 0;
    }
    if (arena_used(world->scratch) > SCRATCH_OCTETS / 4) {
        arena_destroy(world->scratch);
        world->scratch = arena_create(world->own_pool, SCRATCH_OCTETS);
    }
}

static struct instant engine_wants(const struct world *world)
{
    struct instant deadline = engine_deadline(world->engine);
    if (world->again)
        return world->now;
    if (world->fault == FAULT_CLOCK_LATE && deadline.ns != INSTANT_NEVER.ns)
        return instant_after_ms(deadline, LATE_MS);
    return deadline;
}

/* One event; false: none is due before `until`. */
static bool step(struct world *world, struct instant until)
{
    struct parcel *parcel = first_parcel(world);
    struct instant wants = engine_wants(world);
    struct instant next = parcel ? instant_earlier(parcel->due.at, wants) : wants;

    if (world_failed(world) || next.ns == INSTANT_NEVER.ns || instant_before(until, next))
        return false;
    move_clock(world, next);
    if (!parcel || instant_before(wants, parcel->due.at)) {
        tell_time(world);
        return true;
    }
    heap_remove(&world->under_way, &parcel->due);
    deliver(world, parcel);
    memory_free(parcel);
    return true;
}

void world_prime(struct world *world)
{
    engine_prime(
        world->engine, world->now,
        (struct unixtime){ world->wall_at_start + instant_s_between(world->began, world->now) });
    drain(world);
}

void world_run(struct world *world)
{
    while (world->open_clients > 0 && step(world, INSTANT_NEVER)) {
    }
    checkers_all_answered(world);
}

void world_pass(struct world *world, uint64_t ms)
{
    struct instant until = instant_after_ms(world->now, ms);

    while (step(world, until)) {
    }
    if (!world_failed(world))
        move_clock(world, until);
}

static uint64_t idle_ms(const struct limits *limits)
{
    return limits->socket_ms > limits->stream_idle_ms ? limits->socket_ms : limits->stream_idle_ms;
}

/* Beside idle sockets nothing may be left once the last answer is out (priming may go on); those
 * are gone after limits.socket_ms, connections after limits.stream_idle_ms. */
void world_rest(struct world *world)
{
    struct instant patience = instant_after_ms(world->now, REST_MS_MAX);

    world_pass(world, 1);
    while (engine_figures(world->engine).jobs > 0 && step(world, patience)) {
    }
    if (!world_failed(world))
        tell_time(world);
    checkers_idle(world);
    world_pass(world, idle_ms(&world->policy->limits) + 1);
    while (engine_figures(world->engine).jobs > 0 && step(world, patience)) {
    }
    checkers_empty(world);
}

/* ---- for the tests ---- */

const struct client *world_client(const struct world *world, size_t number)
{
    return &world->clients[number];
}

uint64_t client_ms(const struct client *client)
{
    return instant_ms_between(client->asked_at, client->answered_at);
}

void world_site(struct world *world, const char *address, unsigned odd)
{
    struct endpoint endpoint;
    int site;

    if (endpoint_parse(address, 53, &endpoint) != ST_OK ||
        (site = internet_site(world->internet, &endpoint)) < 0)
        zone_fail("no such site", address);
    world->site_odd[site] = odd;
}

void world_sites_of(struct world *world, const char *apex, unsigned odd)
{
    const struct zone *zone = internet_zone(world->internet, apex);

    for (size_t i = 0; i < world->internet->site_count; i++)
        for (size_t k = 0; k < world->internet->sites[i].zone_count; k++)
            if (world->internet->sites[i].zones[k] == zone)
                world->site_odd[i] = odd;
}

unsigned world_packets(const struct world *world)
{
    return world->tap.udp + world->tap.tcp;
}
