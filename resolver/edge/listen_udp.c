#include "resolver/edge/listen_udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/list.h"
#include "lib/base/memory.h"

enum {
    CONTROL_OCTETS = 64,
    EXPECTED_LEAST = 4,
    NO_PLACE = UINT32_MAX,
    GENERATION_SHIFT = 32,
    INDEX_SHIFT = 48
};

struct peer {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
    uint8_t address_len, control_len;
    uint8_t control[CONTROL_OCTETS]; /* pktinfo of a wildcard socket, as it came */
};

/* A client that waits for its answer. */
struct place {
    const struct peer
        *peer; /* `kept`, or in the receive slot while its message is with the engine */
    struct peer kept;
    const struct ratelimit_keys *keys; /* while its message is with the engine; or else NULL */
    uint16_t query_octets;
    uint16_t generation;
    bool taken;
    uint32_t next_free;
};

struct send_slot {
    uint8_t octets[EDNS_UDP_OCTETS];
    struct peer peer;
    struct iovec iov;
};

struct listen_udp {
    struct watcher watcher;
    struct listen_udp_setup setup;
    int fd;
    struct place *places;
    uint32_t places_used, first_free;

    uint8_t (*in)[CLIENT_QUERY_OCTETS_MAX + 1]; /* one octet more shows what is too long */
    struct peer *from;
    struct mmsghdr in_headers[UDP_BATCH], out_headers[UDP_BATCH];
    struct iovec in_iovs[UDP_BATCH];
    uint64_t expected[UDP_BATCH];
    struct ratelimit_keys keys[UDP_BATCH];
    bool found; /* keys of this batch */
    struct send_slot *out;
    unsigned out_count;
};

static void copy_peer(struct peer *to, const struct peer *from)
{
    to->address = from->address;
    to->address_len = from->address_len;
    to->control_len = from->control_len;
    if (from->control_len > 0)
        memcpy(to->control, from->control, from->control_len);
}

/* ---- places ---- */

static uint64_t number_of(const struct listen_udp *listener, const struct place *place)
{
    return (uint64_t)(place - listener->places) | (uint64_t)place->generation << GENERATION_SHIFT |
           (uint64_t)listener->setup.index << INDEX_SHIFT;
}

static struct place *place_of(struct listen_udp *listener, uint64_t client)
{
    uint32_t index = (uint32_t)client;
    struct place *place = index < listener->places_used ? &listener->places[index] : NULL;
    return place && place->taken && place->generation == (uint16_t)(client >> GENERATION_SHIFT)
               ? place
               : NULL;
}

static struct place *take_place(struct listen_udp *listener)
{
    struct place *place = NULL;

    if (listener->first_free != NO_PLACE) {
        place = &listener->places[listener->first_free];
        listener->first_free = place->next_free;
    } else if (listener->places_used < listener->setup.waiting_max) {
        place = &listener->places[listener->places_used++];
    }
    if (place) {
        place->taken = true;
        place->generation++;
    }
    return place;
}

static void free_place(struct listen_udp *listener, struct place *place)
{
    place->taken = false;
    place->next_free = listener->first_free;
    listener->first_free = (uint32_t)(place - listener->places);
}

/* ---- sending: the one way out for datagrams to clients ---- */

void listen_udp_flush(struct listen_udp *listener)
{
    unsigned sent = 0;

    while (sent < listener->out_count) {
        int more = sendmmsg(listener->fd, listener->out_headers + sent, listener->out_count - sent,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (more < 0 && errno == EINTR)
            continue;
        sent += more > 0 ? (unsigned)more : 1; /* one that cannot leave is lost, as on any wire */
    }
    listener->out_count = 0;
}

static struct send_slot *next_slot(struct listen_udp *listener)
{
    if (listener->out_count == UDP_BATCH)
        listen_udp_flush(listener);
    return &listener->out[listener->out_count];
}

/* Receive slots stay as they are until the turn is over and all is sent; a place may be another's
 * by then. */
static void queue_slot(struct listen_udp *listener, const struct place *place, size_t len)
{
    struct send_slot *slot = &listener->out[listener->out_count];
    struct msghdr *header = &listener->out_headers[listener->out_count].msg_hdr;
    struct peer *peer = (struct peer *)place->peer;

    if (peer == &place->kept) {
        copy_peer(&slot->peer, peer);
        peer = &slot->peer;
    }
    slot->iov = (struct iovec){ slot->octets, len };
    *header = (struct msghdr){
        .msg_name = &peer->address,
        .msg_namelen = peer->address_len,
        .msg_iov = &slot->iov,
        .msg_iovlen = 1,
        .msg_control = peer->control_len ? peer->control : NULL,
        .msg_controllen = peer->control_len,
    };
    listener->out_count++;
}

/* What the gate lets out of the answer in the next slot. */
static size_t past_gate(struct listen_udp *listener, const struct place *place, size_t octets)
{
    struct send_slot *slot = &listener->out[listener->out_count];
    struct endpoint to;
    struct udp_gate_reply reply = {
        .to = &to,
        .keys = place->keys,
        .query_octets = place->query_octets,
        .message = slot->octets,
        .octets = octets,
        .now = loop_now(listener->setup.loop),
    };
    if (!endpoint_from_sockaddr(&place->peer->address.any, &to))
        return 0;
    return udp_gate_pass(listener->setup.gate, &reply);
}

void listen_udp_answer(struct listen_udp *listener, const struct answer *answer)
{
    struct place *place = place_of(listener, answer->client);
    struct send_slot *slot = next_slot(listener);

    if (!place)
        return;
    size_t octets = answer->message.len <= sizeof slot->octets ? answer->message.len : 0;
    if (answer->message.at != slot->octets && octets > 0)
        memcpy(slot->octets, answer->message.at, octets);
    if (!answer->proven)
        octets = past_gate(listener, place, octets);
    if (octets > 0)
        queue_slot(listener, place, octets);
    free_place(listener, place);
}

void listen_udp_drop(struct listen_udp *listener, uint64_t client)
{
    struct place *place = place_of(listener, client);
    if (place)
        free_place(listener, place);
}

/* ---- receiving ---- */

static void take_peer(const struct msghdr *header, struct peer *peer)
{
    peer->address_len = (uint8_t)header->msg_namelen;
    peer->control_len =
        header->msg_controllen <= CONTROL_OCTETS ? (uint8_t)header->msg_controllen : 0;
}

static void one_query(struct listen_udp *listener, unsigned i)
{
    struct msghdr *header = &listener->in_headers[i].msg_hdr;
    struct place *place = take_place(listener);
    struct send_slot *slot = next_slot(listener);
    struct event event = { .kind = EVENT_QUERY };

    if (!place) { /* all wait: dropped, the client asks again */
        metrics_add(&listener->setup.gate->metrics->client_no_place, 1);
        return;
    }
    take_peer(header, &listener->from[i]);
    place->peer = &listener->from[i];
    place->keys = listener->found ? &listener->keys[i] : NULL;
    place->query_octets = (uint16_t)listener->in_headers[i].msg_len;
    uint64_t client = number_of(listener, place);
    event.query = (struct query){
        .client = client,
        .via = VIA_UDP,
        .message = { listener->in[i], listener->in_headers[i].msg_len },
        .room = { slot->octets, sizeof slot->octets },
        .expected = listener->expected[i],
    };
    if (!endpoint_from_sockaddr(&place->peer->address.any, &event.query.from)) {
        free_place(listener, place);
        return;
    }
    loop_event(listener->setup.loop, &event);
    if (place_of(listener, client) == place) { /* it waits */
        copy_peer(&place->kept, &listener->from[i]);
        place->peer = &place->kept;
        place->keys = NULL;
    }
}

/* What the system has changed in a header is what it was before. */
static void renew(struct listen_udp *listener, unsigned i)
{
    struct msghdr *header = &listener->in_headers[i].msg_hdr;

    header->msg_namelen = sizeof listener->from[i].address;
    header->msg_controllen = listener->setup.wildcard ? CONTROL_OCTETS : 0;
}

static void prepare(struct listen_udp *listener, unsigned i)
{
    listener->in_iovs[i] = (struct iovec){ listener->in[i], sizeof listener->in[i] };
    listener->in_headers[i].msg_hdr = (struct msghdr){
        .msg_name = &listener->from[i].address,
        .msg_namelen = sizeof listener->from[i].address,
        .msg_iov = &listener->in_iovs[i],
        .msg_iovlen = 1,
        .msg_control = listener->setup.wildcard ? listener->from[i].control : NULL,
        .msg_controllen = listener->setup.wildcard ? CONTROL_OCTETS : 0,
    };
}

/* RULINGS B18: what the gate will read is on its way into the cache before the first answer. */
static void expect_clients(struct listen_udp *listener, unsigned count)
{
    struct endpoint client;

    listener->found = count >= EXPECTED_LEAST;
    for (unsigned i = 0; i < count && listener->found; i++) {
        if (endpoint_from_sockaddr(&listener->from[i].address.any, &client))
            udp_gate_expect(listener->setup.gate, &client, &listener->keys[i]);
        else
            listener->keys[i].count = 0; /* and its query is dropped */
    }
}

/* RULINGS B13: where an answer lies is fetched into the processor's cache while the ones before it
 * are at work. A few have too little to wait behind: it would cost more than it saves. */
static void expect_batch(struct listen_udp *listener, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct bytes message = { listener->in[i], listener->in_headers[i].msg_len };
        listener->expected[i] =
            count >= EXPECTED_LEAST ? loop_expect(listener->setup.loop, message) : 0;
    }
    for (unsigned i = 0; i < count; i++)
        if (listener->expected[i] != 0)
            loop_expect_entry(listener->setup.loop, listener->expected[i]);
    expect_clients(listener, count);
}

/* What a turn has no room for makes the socket ready again at once (RULINGS B16). */
static void on_ready(struct watcher *watcher, uint32_t events)
{
    struct listen_udp *listener = LIST_OF(watcher, struct listen_udp, watcher);
    unsigned left = loop_left(listener->setup.loop);
    if (listener->out_count > 0) /* a second time in one turn: their peers are in receive slots */
        listen_udp_flush(listener);
    int count = recvmmsg(watcher->fd, listener->in_headers, left < UDP_BATCH ? left : UDP_BATCH,
                         MSG_DONTWAIT, NULL);

    (void)events;
    if (count > 0)
        expect_batch(listener, (unsigned)count);
    for (int i = 0; i < count; i++) {
        one_query(listener, (unsigned)i);
        renew(listener, (unsigned)i);
    }
}

/* ---- life ---- */

struct listen_udp *listen_udp_create(const struct listen_udp_setup *setup)
{
    struct listen_udp *listener = memory_new(sizeof *listener);
    if (!listener) {
        close(setup->fd);
        return NULL;
    }
    listener->setup = *setup;
    listener->fd = setup->fd;
    listener->watcher = (struct watcher){ .ready = on_ready, .fd = setup->fd };
    listener->first_free = NO_PLACE;
    listener->places = memory_array(setup->waiting_max, sizeof *listener->places);
    listener->in = memory_array(UDP_BATCH, sizeof *listener->in);
    listener->from = memory_array(UDP_BATCH, sizeof *listener->from);
    listener->out = memory_array(UDP_BATCH, sizeof *listener->out);
    if (!listener->places || !listener->in || !listener->from || !listener->out ||
        loop_watch(setup->loop, &listener->watcher, EPOLLIN) != ST_OK) {
        listener->watcher.fd = -1;
        listen_udp_destroy(listener);
        return NULL;
    }
    for (unsigned i = 0; i < UDP_BATCH; i++)
        prepare(listener, i);
    return listener;
}

void listen_udp_stop(struct listen_udp *listener)
{
    loop_unwatch(listener->setup.loop, &listener->watcher);
}

void listen_udp_destroy(struct listen_udp *listener)
{
    if (!listener)
        return;
    if (listener->out)
        listen_udp_flush(listener);
    listen_udp_stop(listener);
    close(listener->fd);
    memory_free(listener->places);
    memory_free(listener->in);
    memory_free(listener->from);
    memory_free(listener->out);
    memory_free(listener);
}
