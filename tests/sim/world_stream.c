/* The world's connections: what the engine may do with them, and what odd servers do. */
#include "lib/wire/message.h"
#include "tests/sim/net.h"

enum {
    AFTERWARDS_NS = 1000,
    LINGER_MS = 200,    /* of SITE_HANGS_UP_IDLE */
    SLOW_FIRST_MS = 400 /* of SITE_SLOW_FIRST */
};

static uint16_t id_of(struct bytes message)
{
    return (uint16_t)(message.at[0] << 8 | message.at[1]);
}

/* ---- at our end ---- */

/* SPEC I9, RFC 7766 §6.2.2. Beyond the number that is kept all must be busy. */
static void check_new(struct world *world, const struct send *send)
{
    unsigned of_server = 0, open = 0, idle = 0;

    for (size_t i = 0; i < WORLD_SOCKETS_MAX; i++) {
        const struct world_socket *socket = &world->sockets[i];
        if (!socket->open || socket->via != VIA_TCP)
            continue;
        open++;
        idle += socket->asked > 0 && socket->outstanding == 0;
        of_server += endpoint_equal(&socket->to, &send->to);
    }
    world->tap.streams++;
    if (of_server > world->measure.server_streams)
        world_fail(world, "%u connections to one server", of_server);
    if (open > world->measure.streams && idle > 1) /* one: this */
        world_fail(world, "%u connections, %u of them idle", open, idle);
}

/* RFC 7766 §6.2.1: an id is outstanding once. */
void stream_asks(struct world *world, struct world_socket *socket, const struct send *send)
{
    uint16_t id = id_of(send->message);

    if (send->use == SOCKET_NEW)
        check_new(world, send);
    for (unsigned i = 0; i < socket->outstanding; i++)
        if (socket->ids[i] == id)
            world_fail(world, "connection %u: id %u is outstanding", send->socket, id);
    if (socket->asked >= world->measure.stream_questions || socket->asked >= STREAM_ASKED_MAX) {
        world_fail(world, "connection %u: question %u", send->socket, socket->asked + 1);
        return;
    }
    socket->ids[socket->outstanding++] = id;
    socket->asked++;
    if (socket->outstanding > world->tap.pipelined_most)
        world->tap.pipelined_most = socket->outstanding;
}

void stream_hears(struct world_socket *socket, struct bytes message)
{
    for (unsigned i = 0; i < socket->outstanding; i++)
        if (socket->ids[i] == id_of(message)) {
            socket->ids[i] = socket->ids[--socket->outstanding];
            return;
        }
}

/* ---- on the way ---- */

/* Nothing is lost, and questions arrive in order; a connection costs a way there and back before
 * the first, and a silent server never accepts. */
void stream_send(struct world *world, struct world_socket *socket, const struct send *send,
                 int site)
{
    unsigned odd = site >= 0 ? world->site_odd[site] : SITE_SILENT;
    uint64_t there_and_back = net_way_ns(world, site) + net_way_ns(world, site);

    world->tap.tcp++;
    if (odd & SITE_SILENT)
        return;
    if (send->use == SOCKET_NEW) {
        socket->ready = (struct instant){ world->now.ns + there_and_back };
        if (odd & (SITE_CLOSED | SITE_NO_TCP))
            net_fail_after(world, send->socket, SEND_REFUSED, there_and_back);
    }
    if (odd & (SITE_CLOSED | SITE_NO_TCP))
        return;
    struct instant due = instant_before(world->now, socket->ready) ? socket->ready : world->now;
    due.ns += net_way_ns(world, site);
    due = instant_before(due, socket->last) ? socket->last : due;
    socket->last = (struct instant){ due.ns + AFTERWARDS_NS };
    struct parcel *parcel =
        parcel_create(world, PARCEL_TO_SITE, send->message, due.ns - world->now.ns);
    parcel->socket = send->socket;
    parcel->site = site;
    parcel->via = VIA_TCP;
}

/* ---- at the server ---- */

/* Nothing is heard of its end before what it said until then. */
static void hang_up(struct world *world, struct world_socket *socket, int site)
{
    uint64_t ns = net_way_ns(world, site);
    uint64_t last =
        socket->last_reply.ns > world->now.ns ? socket->last_reply.ns - world->now.ns : 0;

    socket->hung_up = true;
    net_fail_after(world, socket->number, SEND_LOST, (ns > last ? ns : last) + AFTERWARDS_NS);
}

bool stream_arrives(struct world *world, const struct parcel *parcel)
{
    struct world_socket *socket = net_socket(world, parcel->socket);
    unsigned odd = world->site_odd[parcel->site];

    if (!socket || odd & SITE_MUTE_TCP)
        return false;
    if (socket->hung_up) { /* a reset */
        net_fail_after(world, parcel->socket, SEND_REFUSED, net_way_ns(world, parcel->site));
        return false;
    }
    socket->arrived++;
    return !(odd & SITE_STALLS && socket->arrived == 1);
}

static void say(struct world *world, struct world_socket *socket, const struct parcel *parcel,
                struct bytes octets, uint64_t ns)
{
    struct parcel *reply = parcel_create(world, PARCEL_REPLY, octets, ns);
    struct instant due = { world->now.ns + ns };

    reply->socket = parcel->socket;
    reply->site = parcel->site;
    reply->via = VIA_TCP;
    if (instant_before(socket->last_reply, due))
        socket->last_reply = due;
}

void stream_answers(struct world *world, const struct parcel *parcel, uint8_t *octets, size_t len)
{
    struct world_socket *socket = net_socket(world, parcel->socket);
    unsigned *odd = &world->site_odd[parcel->site];
    uint64_t ns = net_way_ns(world, parcel->site);
    bool first = socket->arrived == 1;

    if (*odd & SITE_STRAY_ONCE) {
        *odd &= ~(unsigned)SITE_STRAY_ONCE;
        octets[0] ^= 0x55;
        say(world, socket, parcel, (struct bytes){ octets, len }, ns);
        octets[0] ^= 0x55;
        ns += AFTERWARDS_NS;
    }
    if (*odd & SITE_SLOW_FIRST && first)
        ns += SLOW_FIRST_MS * NS_PER_MS;
    say(world, socket, parcel, (struct bytes){ octets, len }, ns);
    if (*odd & SITE_HANGS_UP)
        hang_up(world, socket, parcel->site);
    if (*odd & SITE_HANGS_UP_IDLE) {
        struct parcel *linger = parcel_create(world, PARCEL_LINGERED, (struct bytes){ NULL, 0 },
                                              ns + LINGER_MS * NS_PER_MS);
        linger->socket = parcel->socket;
        linger->site = parcel->site;
        linger->arrived = socket->arrived;
    }
}

void stream_lingered(struct world *world, const struct parcel *parcel)
{
    struct world_socket *socket = net_socket(world, parcel->socket);

    if (socket && !socket->hung_up && socket->arrived == parcel->arrived)
        hang_up(world, socket, parcel->site);
}
