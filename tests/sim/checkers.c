#include "tests/sim/checkers.h"

#include <stdio.h>

#include "lib/base/pool.h"
#include "lib/explain/picture.h"
#include "lib/wire/type.h"
#include "tests/sim/truth.h"

enum { FETCHES_A_JOB = 8 };

/* ---- the answer's words ---- */

struct told {
    struct message message;
    struct rrset_list sets;
    const struct rrset *last; /* of the type asked for */
};

static bool read_answer(struct world *world, const struct answer *answer,
                        const struct client *client, struct told *told)
{
    static const struct siphash_key key = { 1, 2 };

    if (message_parse(answer->message, world->scratch, &told->message) != ST_OK ||
        message_sets(&told->message, SECTION_ANSWER, &key, world->scratch, &told->sets) != ST_OK)
        return false;
    told->last = NULL;
    for (size_t i = 0; i < told->sets.count; i++)
        if (told->sets.at[i]->type == client->type)
            told->last = told->sets.at[i];
    return true;
}

static bool same_records(const struct rrset *a, const struct rrset *b)
{
    if (!a || !b)
        return a == b;
    if (a->rr_count != b->rr_count)
        return false;
    for (unsigned i = 0; i < a->rr_count; i++)
        if (!bytes_equal(rrset_rdata(a, i), rrset_rdata(b, i)))
            return false;
    return true;
}

static void useless_sites(const struct world *world, bool *useless)
{
    for (size_t i = 0; i < world->internet->site_count; i++)
        useless[i] = world->site_odd[i] &
                     (SITE_SILENT | SITE_CLOSED | SITE_REFUSES | SITE_FAILS | SITE_LIES);
}

/* ---- one answer ---- */

static void planted(struct world *world, struct client *client, struct told *told)
{
    if (world->fault == FAULT_AD_ADDED && client->rcode != RCODE_SERVFAIL)
        client->ad = true;
    if (world->fault == FAULT_AD_TAKEN)
        client->ad = false;
    if (world->fault == FAULT_DATA_CHANGED)
        told->last = NULL;
    if (world->fault == FAULT_BOGUS_PASSED)
        client->rcode = RCODE_NOERROR;
}

/* SPEC O7, G3, section 3 item 4: no failure without reason, class and record. */
static void judge_reason(struct world *world, size_t number, const struct cause *cause)
{
    const struct client *client = &world->clients[number];
    const struct why_row *row = why_row((enum why)cause->why);

    if (client->rcode != RCODE_SERVFAIL)
        return;
    if (row->class == CLASS_FINE || row->ede < 0 || cause->text[0] == '\0' || cause->type == 0)
        world_fail(world, "client %zu: SERVFAIL for %s, of type %u: \"%s\"", number, row->name,
                   cause->type, cause->text);
}

/* What was asked for is there, and says what the answer says. */
static void judge_trail(struct world *world, size_t number, const struct answer *answer)
{
    static char line[PICTURE_LINE];
    struct picture picture;
    size_t len = 0;

    if (!answer->trail)
        return;
    if (answer->trail->security != answer->verdict || answer->trail->cause.why != answer->cause.why)
        world_fail(world, "client %zu: the trail's verdict is another one", number);
    picture = picture_begin(answer->trail);
    while (picture_line(&picture, line) && len + strlen(line) + 2 < sizeof world->picture)
        len += (size_t)snprintf(world->picture + len, sizeof world->picture - len, "%s\n", line);
}

static void judge_failure(struct world *world, size_t number, const struct truth *truth)
{
    const struct client *client = &world->clients[number];
    bool overload = (client->why == WHY_OVERLOAD && world->variant & VARIANT_FEW_JOBS) ||
                    (client->why == WHY_CPU_TIME && client->flags & CLIENT_AFAR);
    bool bogus = truth->security == SEC_BOGUS && !(client->flags & CLIENT_CD);
    bool excused =
        bogus || !truth->reachable || truth->fails || truth->may_fail || !world->quiet || overload;

    if (client->ede < 0)
        world_fail(world, "client %zu: SERVFAIL and no reason with it", number);
    if (!excused)
        world_fail(world, "client %zu: SERVFAIL (%s) for what is there", number,
                   why_row((enum why)client->why)->name);
}

/* What was so before the keys were rolled may be told while its TTL lasts. */
static bool was_so(const struct world *world, const struct client *client, const struct told *told)
{
    const bool useless[SITES_MAX] = { false };
    struct question question = { client->name, client->type, CLASS_IN };
    struct truth truth;

    if (!world->earlier)
        return false;
    truth_find(world->earlier, useless, &question, &truth);
    return same_records(told->last, truth.set);
}

static bool somebody_lies(const struct world *world)
{
    for (size_t i = 0; i < world->internet->site_count; i++)
        if (world->site_odd[i] & SITE_LIES)
            return true;
    return false;
}

static void judge_data(struct world *world, size_t number, const struct truth *truth,
                       const struct told *told)
{
    const struct client *client = &world->clients[number];
    bool checked = !(client->flags & CLIENT_CD);

    if (told->message.header.flags & FLAG_TC && !(client->flags & CLIENT_TCP))
        return; /* it does not fit: to be asked again over TCP */
    if (!checked && somebody_lies(world))
        return; /* with CD a lie is told as it came */
    if (client->rcode != truth->rcode)
        world_fail(world, "client %zu: rcode %u, it is %u", number, client->rcode, truth->rcode);
    else if (!same_records(told->last, truth->set) && !was_so(world, client, told))
        world_fail(world, "client %zu: not the records that the zone has", number);
    else if ((client->ad || client->verdict == SEC_SECURE) && truth->security != SEC_SECURE)
        world_fail(world, "client %zu: called secure, and there is no chain", number);
    else if (checked && truth->security == SEC_BOGUS && !world->truth_is_bent)
        world_fail(world, "client %zu: bogus data was passed on", number);
    else if (checked && truth->security == SEC_SECURE && !client->ad)
        world_fail(world, "client %zu: proven, and not told so", number);
    else if (!checked && client->ad)
        world_fail(world, "client %zu: AD with CD", number);
}

static void judge_time(struct world *world, size_t number)
{
    const struct client *client = &world->clients[number];

    if (client->answers > 1)
        world_fail(world, "client %zu: answered %u times", number, client->answers);
    if (client->cancelled)
        world_fail(world, "client %zu: answered when it had gone", number);
    if (client_ms(client) > world->measure.resolution_ms)
        world_fail(world, "client %zu: answered after %llu ms", number,
                   (unsigned long long)client_ms(client));
    if (client->alone && world_packets(world) - client->packets_before > world->measure.packets)
        world_fail(world, "client %zu: it cost %u packets", number,
                   world_packets(world) - client->packets_before);
}

static void note(struct world *world, size_t number, const struct answer *answer, struct told *told)
{
    struct client *client = &world->clients[number];

    client->answers++;
    client->answered_at = world->last_answer = world->now;
    if (client->answers == 1)
        world->open_clients--;
    client->rcode = (uint16_t)message_rcode(&told->message);
    client->ad = told->message.header.flags & FLAG_AD;
    client->ede = told->message.edns.has_ede ? told->message.edns.ede_code : -1;
    client->verdict = answer->verdict;
    client->why = answer->cause.why;
    client->records = told->message.first[SECTION_AUTHORITY];
    planted(world, client, told);
    world_log(world, "answer to %zu: rcode %u%s ede %d verdict %u records %u %s %s", number,
              client->rcode, client->ad ? " ad" : "", client->ede, client->verdict, client->records,
              why_row((enum why)client->why)->name, answer->cause.text);
}

/* A spent job must leave nothing that another name's job could find: this plants just that. */
static void keep_failure(struct world *world)
{
    struct name name;
    struct link_key key = { &name, TYPE_A, DATA_CHECKED };
    struct failure failure = { .kind = FAILURE_SERVERS, .cause = cause_of(WHY_SERVERS_SILENT) };

    failure.cause.type = TYPE_A;
    cause_detail(&failure.cause, "planted");
    if (name_from_text("www.bank.t1.", &name) == ST_OK)
        failure_cache_put(world->caches->failures, &key, &failure, world->now);
}

void checkers_answer(struct world *world, const struct answer *answer)
{
    size_t number = (size_t)answer->client - 1;
    bool useless[SITES_MAX];
    struct told told;
    struct truth truth;

    if (number >= world->client_count || !world->clients[number].asked) {
        world_fail(world, "an answer to nobody");
        return;
    }
    struct client *client = &world->clients[number];
    if (!read_answer(world, answer, client, &told)) {
        world_fail(world, "client %zu: its answer does not parse", number);
        return;
    }
    memcpy(world->told, answer->message.at, answer->message.len);
    world->told_len = answer->message.len;
    note(world, number, answer, &told);
    judge_time(world, number);
    useless_sites(world, useless);
    struct question question = { client->name, client->type, CLASS_IN };
    truth_find(world->internet, useless, &question, &truth);
    judge_trail(world, number, answer);
    judge_reason(world, number, &answer->cause);
    if (client->rcode == RCODE_SERVFAIL)
        judge_failure(world, number, &truth);
    else
        judge_data(world, number, &truth, &told);
    if (world->fault == FAULT_FAILURE_KEPT && client->rcode == RCODE_SERVFAIL)
        keep_failure(world);
}

/* A question is dropped when too many wait for the same one, or for want of memory. */
void checkers_drop(struct world *world, uint64_t of)
{
    struct client *client = &world->clients[of - 1];
    unsigned waiting = 0;

    client->dropped = true;
    world->open_clients--;
    world_log(world, "client %llu is dropped", (unsigned long long)of - 1);
    for (size_t i = 0; i < world->client_count; i++) {
        const struct client *other = &world->clients[i];
        waiting += other->asked && !other->cancelled && !other->dropped && other->answers == 0 &&
                   other->type == client->type && name_equal(&other->name, &client->name);
    }
    if (waiting < world->measure.same_question && !world->memory_failures)
        world_fail(world, "client %llu: dropped while %u wait", (unsigned long long)of - 1,
                   waiting);
}

void checkers_all_answered(struct world *world)
{
    for (size_t i = 0; i < world->client_count; i++) {
        const struct client *client = &world->clients[i];
        if (client->asked && !client->cancelled && !client->dropped && client->answers == 0)
            world_fail(world, "client %zu: never answered", i);
    }
}

void checkers_innocent(struct world *world, size_t number)
{
    const struct client *client = &world->clients[number];

    if (!world_failed(world) && (client->answers != 1 || !client->ad))
        world_fail(world, "client %zu: innocent, and rcode %u (%s)", number, client->rcode,
                   why_row((enum why)client->why)->name);
}

/* ---- bounds ---- */

void checkers_event(struct world *world)
{
    struct engine_figures figures = engine_figures(world->engine);
    const struct limits *limits = &world->measure;
    uint64_t jobs = world->client_count + 1u + (world->now.ns - world->began.ns) / NS_PER_S;

    if (figures.jobs > limits->jobs || figures.fetches > (size_t)limits->jobs * FETCHES_A_JOB)
        world_fail(world, "%zu jobs and %zu fetches in flight", figures.jobs, figures.fetches);
    if (figures.sockets > limits->upstream_sockets || figures.sockets != world->tap.sockets_open)
        world_fail(world, "the engine counts %zu sockets, %u are open", figures.sockets,
                   world->tap.sockets_open);
    if (world->tap.udp + world->tap.tcp > limits->packets * jobs)
        world_fail(world, "%u packets for %llu jobs", world->tap.udp + world->tap.tcp,
                   (unsigned long long)jobs);
    if (world->metrics.must_failed)
        world_fail(world, "a condition of the engine's own is broken");
}

void checkers_idle(struct world *world)
{
    struct engine_figures figures = engine_figures(world->engine);

    if (world_failed(world))
        return;
    if (figures.jobs > 0 || figures.fetches > 0)
        world_fail(world, "idle, with %zu jobs and %zu fetches", figures.jobs, figures.fetches);
    for (size_t i = 0; i < WORLD_SOCKETS_MAX; i++)
        if (world->sockets[i].open && world->sockets[i].waiting)
            world_fail(world, "idle, and socket %u waits for an answer", world->sockets[i].number);
}

void checkers_empty(struct world *world)
{
    checkers_idle(world);
    if (world_failed(world))
        return;
    if (world->tap.sockets_open > 0)
        world_fail(world, "idle, and %u sockets are open", world->tap.sockets_open);
    if (pool_used(world->pool) != world->pool_level)
        world_fail(world, "idle, and %zu octets of the pool are out; it began with %zu",
                   pool_used(world->pool), world->pool_level);
}
