#include "lib/engine/sockets.h"

#include "lib/base/list.h"
#include "lib/base/memory.h"
#include "lib/base/table.h"

enum { ACCEPTED_OCTETS = 12 /* a header */, CROWDED_PART = 8 };
enum {
    GENERATION_SHIFT = 16,
    PORT_FIRST = 1024,
    PORT_WIREGUARD_ROCE = 4791,
    PORT_MEMCACHED = 11211
};

enum socket_state { SLOT_FREE, SLOT_ASKED, SLOT_IDLE };

struct slot {
    struct list idle;            /* in order of falling idle */
    struct table_node by_server; /* while idle */
    struct fetch *fetch;
    struct stream *stream; /* of a connection */
    struct endpoint server;
    struct instant born;
    uint16_t generation;
    uint8_t state, via, uses;
    uint16_t next_free;
    bool has_accepted;
    uint16_t accepted_len; /* of the answer accepted last, and what it begins with */
    uint8_t accepted[ACCEPTED_OCTETS];
};

struct sockets {
    const struct limits *limits;
    const struct ports *closed;
    struct slot *slots;
    struct list idle;
    struct table idle_by_server;
    uint32_t count, open, used; /* slots, sockets open, slots ever used */
    uint32_t first_free;
    struct siphash_key key;
};

#define NO_SLOT UINT32_MAX

/* ---- life ---- */

struct sockets *sockets_create(const struct limits *limits, const struct ports *closed,
                               const struct siphash_key *key)
{
    struct sockets *sockets = memory_new(sizeof *sockets);
    if (!sockets)
        return NULL;
    sockets->limits = limits;
    sockets->closed = closed;
    sockets->key = *key;
    sockets->count = limits->upstream_sockets;
    sockets->first_free = NO_SLOT;
    sockets->slots = memory_array(sockets->count, sizeof *sockets->slots);
    list_init(&sockets->idle);
    if (!sockets->slots || table_init(&sockets->idle_by_server, sockets->count) != ST_OK) {
        memory_free(sockets->slots);
        memory_free(sockets);
        return NULL;
    }
    return sockets;
}

void sockets_destroy(struct sockets *sockets)
{
    if (!sockets)
        return;
    table_clear(&sockets->idle_by_server);
    memory_free(sockets->slots);
    memory_free(sockets);
}

size_t sockets_open(const struct sockets *sockets)
{
    return sockets->open;
}

/* ---- numbers ---- */

static uint32_t number_of(const struct sockets *sockets, const struct slot *slot)
{
    return (uint32_t)(slot - sockets->slots) | (uint32_t)slot->generation << GENERATION_SHIFT;
}

static struct slot *slot_of(const struct sockets *sockets, uint32_t socket)
{
    uint32_t index = socket & ((1u << GENERATION_SHIFT) - 1);
    struct slot *slot = index < sockets->used ? &sockets->slots[index] : NULL;
    return slot && slot->state != SLOT_FREE && slot->generation == socket >> GENERATION_SHIFT
               ? slot
               : NULL;
}

static struct slot *take_slot(struct sockets *sockets)
{
    struct slot *slot;

    if (sockets->first_free != NO_SLOT) {
        slot = &sockets->slots[sockets->first_free];
        sockets->first_free = slot->next_free == UINT16_MAX ? NO_SLOT : slot->next_free;
    } else if (sockets->used < sockets->count) {
        slot = &sockets->slots[sockets->used++];
    } else {
        return NULL;
    }
    slot->generation++;
    slot->stream = NULL;
    slot->has_accepted = false;
    list_init(&slot->idle);
    sockets->open++;
    return slot;
}

static void free_slot(struct sockets *sockets, struct slot *slot)
{
    slot->state = SLOT_FREE;
    slot->fetch = NULL;
    slot->next_free = sockets->first_free == NO_SLOT ? UINT16_MAX : (uint16_t)sockets->first_free;
    sockets->first_free = (uint32_t)(slot - sockets->slots);
    sockets->open--;
}

/* ---- idle ones ---- */

static uint64_t server_hash(const struct sockets *sockets, const struct endpoint *server)
{
    return siphash13(&sockets->key, server, sizeof *server);
}

static void leave_idle(struct sockets *sockets, struct slot *slot)
{
    table_remove(&sockets->idle_by_server, &slot->by_server);
    list_remove(&slot->idle);
    slot->state = SLOT_ASKED;
}

static bool worn_out(const struct sockets *sockets, const struct slot *slot, struct instant now)
{
    return slot->uses >= sockets->limits->socket_uses ||
           instant_ms_between(slot->born, now) >= sockets->limits->socket_ms;
}

static struct slot *find_idle(struct sockets *sockets, const struct endpoint *server,
                              struct instant now)
{
    struct table_node *node = table_first(&sockets->idle_by_server, server_hash(sockets, server));
    for (; node; node = table_next(node)) {
        struct slot *slot = LIST_OF(node, struct slot, by_server);
        if (endpoint_equal(&slot->server, server) && !worn_out(sockets, slot, now))
            return slot;
    }
    return NULL;
}

/* ---- taking ---- */

/* SPEC I4: any port from 1024 on, but for two that other protocols' middleboxes look at and those
 * that others wait for here. Half of them are open at least, so two draws are the mean. */
static uint16_t draw_port(const struct ports *closed, struct prng *prng)
{
    uint16_t port;
    do {
        port = (uint16_t)(PORT_FIRST + prng_below(prng, UINT16_MAX + 1u - PORT_FIRST));
    } while (port == PORT_WIREGUARD_ROCE || port == PORT_MEMCACHED || ports_hold(closed, port));
    return port;
}

enum status sockets_take(struct sockets *sockets, const struct socket_wish *wish, struct prng *prng,
                         struct fetch *fetch, struct socket_grant *grant)
{
    uint16_t port =
        draw_port(sockets->closed, prng); /* drawn always, so that a run repeats whatever is idle */
    struct slot *slot = wish->via == VIA_UDP && wish->use == SOCKET_AGAIN
                            ? find_idle(sockets, wish->server, wish->now)
                            : NULL;

    *grant = (struct socket_grant){ .use = slot ? SOCKET_AGAIN : SOCKET_NEW, .port = port };
    if (slot) {
        leave_idle(sockets, slot);
    } else if (!(slot = take_slot(sockets))) {
        return ST_LIMIT;
    } else {
        slot->server = *wish->server;
        slot->via = (uint8_t)wish->via;
        slot->born = wish->now;
        slot->uses = 0;
    }
    slot->state = SLOT_ASKED;
    slot->uses++;
    slot->fetch = fetch;
    grant->socket = number_of(sockets, slot);
    return ST_OK;
}

struct fetch *sockets_fetch(const struct sockets *sockets, uint32_t socket)
{
    const struct slot *slot = slot_of(sockets, socket);
    return slot ? slot->fetch : NULL;
}

void sockets_carry(struct sockets *sockets, uint32_t socket, struct stream *stream)
{
    struct slot *slot = slot_of(sockets, socket);
    if (slot)
        slot->stream = stream;
}

struct stream *sockets_stream(const struct sockets *sockets, uint32_t socket)
{
    const struct slot *slot = slot_of(sockets, socket);
    return slot ? slot->stream : NULL;
}

bool sockets_exists(const struct sockets *sockets, uint32_t socket)
{
    return slot_of(sockets, socket) != NULL;
}

/* ---- giving back ---- */

bool sockets_answered(struct sockets *sockets, uint32_t socket, struct instant now)
{
    struct slot *slot = slot_of(sockets, socket);

    if (!slot || slot->state != SLOT_ASKED || slot->via != VIA_UDP ||
        worn_out(sockets, slot, now) ||
        table_insert(&sockets->idle_by_server, &slot->by_server,
                     server_hash(sockets, &slot->server)) != ST_OK)
        return false;
    slot->fetch = NULL;
    slot->state = SLOT_IDLE;
    list_push(&sockets->idle, &slot->idle);
    return true;
}

void sockets_forget(struct sockets *sockets, uint32_t socket)
{
    struct slot *slot = slot_of(sockets, socket);
    if (!slot)
        return;
    if (slot->state == SLOT_IDLE)
        leave_idle(sockets, slot);
    free_slot(sockets, slot);
}

/* ---- a second copy ---- */

void sockets_accepted(struct sockets *sockets, uint32_t socket, struct bytes message)
{
    struct slot *slot = slot_of(sockets, socket);

    if (!slot || message.len < ACCEPTED_OCTETS || message.len > UINT16_MAX)
        return;
    slot->has_accepted = true;
    slot->accepted_len = (uint16_t)message.len;
    memcpy(slot->accepted, message.at, ACCEPTED_OCTETS);
}

bool sockets_is_copy(const struct sockets *sockets, uint32_t socket, struct bytes message)
{
    const struct slot *slot = slot_of(sockets, socket);
    return slot && slot->has_accepted && slot->accepted_len == message.len &&
           memcmp(slot->accepted, message.at, ACCEPTED_OCTETS) == 0;
}

/* ---- time, and no room ---- */

bool sockets_crowded(const struct sockets *sockets)
{
    return sockets->open > sockets->count - sockets->count / CROWDED_PART;
}

static struct slot *first_idle(const struct sockets *sockets)
{
    return list_empty(&sockets->idle) ? NULL : LIST_OF(sockets->idle.next, struct slot, idle);
}

/* The list is in order of falling idle, not of birth: a socket may stay up to socket_ms longer. */
struct instant sockets_deadline(const struct sockets *sockets)
{
    const struct slot *slot = first_idle(sockets);
    if (!slot)
        return INSTANT_NEVER;
    return sockets_crowded(sockets) ? (struct instant){ 0 }
                                    : instant_after_ms(slot->born, sockets->limits->socket_ms);
}

bool sockets_expire(struct sockets *sockets, struct instant now, uint32_t *socket)
{
    struct slot *slot = first_idle(sockets);
    if (!slot || instant_before(now, sockets_deadline(sockets)))
        return false;
    *socket = number_of(sockets, slot);
    leave_idle(sockets, slot);
    free_slot(sockets, slot);
    return true;
}
