/* The world's network: sockets, links, and what odd servers do with a question. */
#include "lib/base/memory.h"
#include "lib/wire/type.h"
#include "tests/sim/net.h"
#include "tests/sim/truth.h"

enum { THOUSAND = 1000, FORGED_AHEAD_NS = 1000, UDP_PLAIN_OCTETS = 512 };

static const uint8_t forged_address[4] = { 66, 66, 66, 66 };

/* ---- under way ---- */

struct parcel *parcel_create(struct world *world, enum parcel_kind kind, struct bytes octets,
                             uint64_t after_ns)
{
    struct parcel *parcel = memory_new(sizeof *parcel + octets.len);
    struct instant due = { world->now.ns + after_ns };

    if (!parcel)
        zone_fail("no memory", "parcel");
    parcel->due = HEAP_NODE_OUT;
    parcel->kind = kind;
    parcel->len = octets.len;
    if (octets.len > 0)
        memcpy(parcel->octets, octets.at, octets.len);
    if (heap_set(&world->under_way, &parcel->due, due) != ST_OK)
        zone_fail("too much under way", "world");
    return parcel;
}

static bool happens(struct world *world, unsigned in_a_thousand)
{
    return in_a_thousand > 0 && prng_below(&world->chance, THOUSAND) < in_a_thousand;
}

static const struct link_quality *link_to(const struct world *world, int site)
{
    return site >= 0 && world->site_links[site].delay_ms ? &world->site_links[site] : &world->link;
}

static uint64_t way_ns(struct world *world, const struct link_quality *link)
{
    uint64_t us = link->delay_ms * UINT64_C(1000);
    return (us + (link->jitter_ms ? prng_below(&world->chance, link->jitter_ms * 1000) : 0)) * 1000;
}

uint64_t net_way_ns(struct world *world, int site)
{
    return way_ns(world, link_to(world, site));
}

void net_fail_after(struct world *world, uint32_t socket, enum send_failure failure, uint64_t ns)
{
    struct parcel *parcel = parcel_create(world, PARCEL_FAILED, (struct bytes){ NULL, 0 }, ns);
    parcel->socket = socket;
    parcel->failure = failure;
}

/* ---- sockets ---- */

struct world_socket *net_socket(struct world *world, uint32_t number)
{
    for (size_t i = 0; i < WORLD_SOCKETS_MAX; i++)
        if (world->sockets[i].open && world->sockets[i].number == number)
            return &world->sockets[i];
    return NULL;
}

static struct world_socket *open_socket(struct world *world, const struct send *send)
{
    for (size_t i = 0; i < WORLD_SOCKETS_MAX; i++) {
        if (world->sockets[i].open)
            continue;
        world->sockets[i] = (struct world_socket){
            .open = true, .number = send->socket, .to = send->to, .via = send->via
        };
        world->tap.sockets_open++;
        return &world->sockets[i];
    }
    world_fail(world, "more than %d sockets are open", WORLD_SOCKETS_MAX);
    return NULL;
}

/* LIMITS A1: one outstanding question a socket, but on a connection; a socket is one server's. */
static struct world_socket *socket_for(struct world *world, const struct send *send)
{
    struct world_socket *socket = net_socket(world, send->socket);

    if (send->use == SOCKET_NEW) {
        if (socket)
            world_fail(world, "socket %u is new, and open", send->socket);
        return open_socket(world, send);
    }
    if (!socket || socket->waiting || socket->via != send->via ||
        !endpoint_equal(&socket->to, &send->to)) {
        world_fail(world, "socket %u: used again while %s", send->socket,
                   !socket           ? "closed"
                   : socket->waiting ? "its answer is due"
                                     : "another server's");
        return NULL;
    }
    return socket;
}

void net_close(struct world *world, uint32_t number)
{
    struct world_socket *socket = net_socket(world, number);

    world_log(world, "close %u", number);
    if (world->fault == FAULT_SOCKET_KEPT && !world->fault_struck) {
        world->fault_struck = true;
        return;
    }
    if (!socket) {
        world_fail(world, "socket %u is closed, and was not open", number);
        return;
    }
    socket->open = false;
    world->tap.sockets_open--;
}

static void log_send(struct world *world, const struct send *send)
{
    char to[ENDPOINT_TEXT], name[NAME_TEXT] = "?", type[TYPE_TEXT] = "?";
    struct message query;

    if (message_parse(send->message, world->scratch, &query) == ST_OK && query.has_question) {
        struct name lower = name_lower(&query.question.name);
        name_text(&lower, name, sizeof name);
        type_text(query.question.type, type);
        world->tap.dnskeys += query.question.type == TYPE_DNSKEY;
    }
    world_log(world, "send %u %s %s from %u to %s: %s %s %u", send->socket,
              send->via == VIA_TCP ? "tcp" : "udp", send->use == SOCKET_NEW ? "new" : "again",
              send->port, endpoint_text(&send->to, to), name, type,
              (unsigned)(send->message.at[0] << 8 | send->message.at[1]));
}

static void send_by_udp(struct world *world, const struct send *send, int site)
{
    const struct link_quality *link = link_to(world, site);
    unsigned copies = happens(world, link->loss) ? 0 : 1 + happens(world, link->twice);

    world->tap.udp++;
    for (; site >= 0 && copies > 0; copies--) {
        struct parcel *parcel =
            parcel_create(world, PARCEL_TO_SITE, send->message, way_ns(world, link));
        parcel->socket = send->socket;
        parcel->site = site;
        parcel->via = VIA_UDP;
    }
}

static void fail_to_send(struct world *world, const struct send *send)
{
    bool port = send->via == VIA_UDP && send->use == SOCKET_NEW && happens(world, THOUSAND / 2);
    net_fail_after(world, send->socket, port ? SEND_NO_PORT : SEND_LOCAL, 0);
}

void net_send(struct world *world, const struct send *send)
{
    struct world_socket *socket;

    log_send(world, send);
    socket = socket_for(world, send);
    if (!socket)
        return;
    socket->waiting = send->via == VIA_UDP;
    if (send->via == VIA_TCP)
        stream_asks(world, socket, send);
    if (send->to.family == 6 && world->variant & VARIANT_NO_ROUTE6)
        net_fail_after(world, send->socket, SEND_LOCAL, 0);
    else if (happens(world, world->send_failures))
        fail_to_send(world, send);
    else if (send->via == VIA_TCP)
        stream_send(world, socket, send, internet_site(world->internet, &send->to));
    else
        send_by_udp(world, send, internet_site(world->internet, &send->to));
}

/* ---- at the server ---- */

static void send_back(struct world *world, const struct parcel *parcel, struct bytes octets,
                      uint64_t ns)
{
    struct parcel *reply = parcel_create(world, PARCEL_REPLY, octets, ns);
    reply->socket = parcel->socket;
    reply->site = parcel->site;
    reply->via = parcel->via;
}

/* What somebody off the path would send: all fits but the id. */
static void forge(struct world *world, const struct parcel *parcel, const struct message *query,
                  uint64_t ns)
{
    uint8_t room[1024];
    struct writer w;
    struct bytes rdata = { forged_address, sizeof forged_address };
    struct rrset_parts parts = { .owner = &query->question.name,
                                 .type = TYPE_A,
                                 .ttl = ZONE_TTL,
                                 .rdatas = &rdata,
                                 .rr_count = 1 };
    struct header header = { .id = (uint16_t)(query->header.id ^ 0x5555),
                             .flags = FLAG_QR | FLAG_AA };
    struct rrset *set;

    if (rrset_pack(&parts, world->scratch, &set) != ST_OK)
        zone_fail("no memory", "world");
    writer_init(&w, room, sizeof room);
    header_write(&w, &header);
    question_write(&w, &query->question);
    unsigned count = rrset_write(&w, set, ZONE_TTL, WITHOUT_SIGNATURES);
    message_counts_write(&w, (const uint16_t[4]){ 1, (uint16_t)count, 0, 0 });
    send_back(world, parcel, (struct bytes){ room, w.len },
              ns > FORGED_AHEAD_NS ? ns - FORGED_AHEAD_NS : 0);
}

static void fold_case(uint8_t *room, size_t len)
{
    size_t at = HEADER_OCTETS;
    for (; at < len && room[at]; at++)
        room[at] = name_fold(room[at]);
}

/* The last octet of each address in the answer is another. False: it has none. */
static bool lie(struct world *world, uint8_t *room, size_t len)
{
    struct message message;

    if (message_parse((struct bytes){ room, len }, world->scratch, &message) != ST_OK)
        return false;
    bool lied = false;
    for (unsigned i = 0; i < message.first[SECTION_AUTHORITY]; i++)
        if (message.records[i].type == TYPE_A) {
            room[message.records[i].rdata_at + 3] ^= 1;
            lied = true;
        }
    return lied;
}

static size_t octets_for(const struct message *query, enum transport via)
{
    if (via == VIA_TCP)
        return MESSAGE_OCTETS_MAX;
    if (!query->edns.present || query->edns.udp_octets < UDP_PLAIN_OCTETS)
        return UDP_PLAIN_OCTETS;
    return query->edns.udp_octets < EDNS_UDP_OCTETS ? query->edns.udp_octets : EDNS_UDP_OCTETS;
}

/* Whoever recurses asks all zones; who may check does, unless told not to (RFC 4035 §3.2.2). */
static size_t recurse(struct world *world, struct authority_question *asked, uint8_t *room)
{
    static const bool useless[SITES_MAX];
    const struct zone *all[ZONES_MAX];
    struct truth truth;

    for (size_t i = 0; i < world->internet->zone_count; i++)
        all[i] = &world->internet->zones[i];
    asked->zones = all;
    asked->zone_count = world->internet->zone_count;
    asked->recursive = true;
    truth_find(world->internet, useless, &asked->query->question, &truth);
    bool refused = truth.security == SEC_BOGUS && !(asked->query->header.flags & FLAG_CD);
    size_t len = refused ? authority_error(asked->query, RCODE_SERVFAIL, room)
                         : authority_answer(asked, room);
    asked->zones = NULL; /* they end here */
    asked->zone_count = 0;
    return len;
}

static size_t answer(struct world *world, const struct parcel *parcel, const struct message *query,
                     uint8_t *room)
{
    const struct site *site = &world->internet->sites[parcel->site];
    unsigned odd = world->site_odd[parcel->site];
    struct message bare = *query;
    struct authority_question asked = { .zones = site->zones,
                                        .zone_count = site->zone_count,
                                        .query = query,
                                        .octets_max = odd & SITE_TRUNCATES && parcel->via == VIA_UDP
                                                          ? 0
                                                          : octets_for(query, parcel->via),
                                        .keyring = world->internet->keyring,
                                        .arena = world->scratch };

    if (odd & SITE_REFUSES)
        return authority_error(query, RCODE_REFUSED, room);
    if (odd & SITE_FAILS)
        return authority_error(query, RCODE_SERVFAIL, room);
    if (odd & SITE_NO_EDNS && query->edns.present) {
        struct message without = *query;
        without.edns.present = false;
        return authority_error(&without, RCODE_FORMERR, room);
    }
    if (odd & SITE_STRIPS) {
        bare.edns.dnssec_ok = false;
        asked.query = &bare;
    }
    return odd & SITE_FORWARDS ? recurse(world, &asked, room) : authority_answer(&asked, room);
}

static void reply_to(struct world *world, const struct parcel *parcel, const struct message *query)
{
    const struct link_quality *link = link_to(world, parcel->site);
    unsigned *odd = &world->site_odd[parcel->site];
    uint8_t *room = arena_alloc(world->scratch, MESSAGE_OCTETS_MAX);
    size_t len = room ? answer(world, parcel, query, room) : 0;
    uint64_t ns = way_ns(world, link);

    if (len == 0)
        zone_fail("an answer was not written", "world");
    if (*odd & (SITE_LIES | SITE_LIES_ONCE) && lie(world, room, len))
        *odd &= ~(unsigned)SITE_LIES_ONCE;
    if (*odd & SITE_FOLDS_CASE)
        fold_case(room, len);
    if (parcel->via == VIA_TCP) {
        stream_answers(world, parcel, room, len);
        return;
    }
    unsigned copies = happens(world, link->loss) ? 0 : 1 + happens(world, link->twice);
    if (*odd & SITE_FORGED_ONCE || happens(world, link->forged))
        forge(world, parcel, query, ns);
    *odd &= ~(unsigned)SITE_FORGED_ONCE;
    for (; copies > 0; copies--) {
        send_back(world, parcel, (struct bytes){ room, len }, ns);
        ns = way_ns(world, link);
    }
}

void net_at_site(struct world *world, const struct parcel *parcel)
{
    unsigned odd = world->site_odd[parcel->site];
    struct message query;

    if (odd & SITE_SILENT || (parcel->via == VIA_TCP && !stream_arrives(world, parcel)))
        return;
    if (odd & SITE_CLOSED) {
        net_fail_after(world, parcel->socket, SEND_REFUSED,
                       way_ns(world, link_to(world, parcel->site)));
        return;
    }
    if (message_parse((struct bytes){ parcel->octets, parcel->len }, world->scratch, &query) !=
            ST_OK ||
        !query.has_question || query.header.flags & FLAG_QR ||
        !(query.header.flags & FLAG_RD) != !(odd & SITE_FORWARDS)) {
        world_fail(world, "a question is malformed, or asks the wrong one for recursion");
        return;
    }
    reply_to(world, parcel, &query);
}
