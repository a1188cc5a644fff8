#include "lib/net/upstream.h"

#include <errno.h>
#include <unistd.h>

#include "lib/base/memory.h"

enum { SLOTS = 65536, SLOT_MASK = SLOTS - 1 };

struct upstream {
    struct loop *loop;
    struct upstream_socket **slots; /* SLOTS pointers, touched as they are used */
    struct list failing;            /* to be told to the engine */
    bool telling;
    uint8_t *room;
};

struct upstream *upstream_create(struct loop *loop)
{
    struct upstream *upstream = memory_new(sizeof *upstream);
    if (!upstream)
        return NULL;
    upstream->loop = loop;
    list_init(&upstream->failing);
    upstream->slots = memory_array(SLOTS, sizeof *upstream->slots);
    upstream->room = memory_new(MESSAGE_OCTETS_MAX);
    if (!upstream->slots || !upstream->room) {
        upstream_destroy(upstream);
        return NULL;
    }
    return upstream;
}

static void shut(struct upstream_socket *socket)
{
    int fd = socket->watcher.fd;

    list_remove(&socket->failing);
    if (fd < 0)
        return;
    loop_unwatch(socket->upstream->loop, &socket->watcher);
    close(fd);
    upstream_stream_free(socket);
}

void upstream_destroy(struct upstream *upstream)
{
    if (!upstream)
        return;
    for (unsigned i = 0; upstream->slots && i < SLOTS; i++) {
        if (!upstream->slots[i])
            continue;
        shut(upstream->slots[i]);
        memory_free(upstream->slots[i]);
    }
    memory_free(upstream->slots);
    memory_free(upstream->room);
    memory_free(upstream);
}

struct loop *upstream_loop(const struct upstream *upstream)
{
    return upstream->loop;
}

uint8_t *upstream_room(struct upstream *upstream)
{
    return upstream->room;
}

enum send_failure upstream_own_fault(int error)
{
    return error == EADDRINUSE || error == EACCES ? SEND_NO_PORT : SEND_LOCAL;
}

enum send_failure upstream_path_fault(int error)
{
    switch (error) {
    case EPERM: /* a packet filter of ours */
    case ENOBUFS:
    case ENOMEM:
    case ENETDOWN: return SEND_LOCAL;
    default: return SEND_REFUSED;
    }
}

void upstream_failed(struct upstream_socket *socket, enum send_failure failure)
{
    socket->failure = (uint8_t)failure;
    if (list_empty(&socket->failing))
        list_push(&socket->upstream->failing, &socket->failing);
}

void upstream_tell_failures(struct upstream *upstream)
{
    struct list *node;

    if (upstream->telling)
        return;
    upstream->telling = true;
    while ((node = list_pop(&upstream->failing))) {
        struct upstream_socket *socket = LIST_OF(node, struct upstream_socket, failing);
        struct event event = {
            .kind = EVENT_FAILED,
            .failed = { socket->number, (enum send_failure)socket->failure },
        };
        loop_event(upstream->loop, &event); /* the engine closes the number */
    }
    upstream->telling = false;
}

static struct upstream_socket *slot_for(struct upstream *upstream, uint32_t number)
{
    struct upstream_socket **slot = &upstream->slots[number & SLOT_MASK];
    if (!*slot) {
        *slot = memory_new(sizeof **slot);
        if (!*slot)
            return NULL;
        (*slot)->upstream = upstream;
        (*slot)->watcher = (struct watcher){ .fd = -1, .whose = WATCHES_SERVER };
        list_init(&(*slot)->failing);
    }
    return *slot;
}

void upstream_send(struct upstream *upstream, const struct send *send)
{
    struct upstream_socket *socket = slot_for(upstream, send->socket);

    if (!socket)
        return; /* lost: the engine's timer speaks */
    bool open = socket->watcher.fd >= 0 && socket->number == send->socket;
    if (send->use == SOCKET_AGAIN && send->via == VIA_TCP) {
        if (open) /* or else the engine hears, or heard, of its end */
            upstream_stream_send(socket, send->message);
        return;
    }
    if (send->use == SOCKET_AGAIN && open) {
        upstream_udp_send(socket, send->message);
        return;
    }
    shut(socket);
    socket->number = send->socket;
    socket->via = (uint8_t)send->via;
    if (send->via == VIA_TCP)
        upstream_stream_open(socket, send);
    else
        upstream_udp_open(socket, send);
}

void upstream_close(struct upstream *upstream, uint32_t number)
{
    struct upstream_socket *socket = upstream->slots[number & SLOT_MASK];
    if (socket && socket->number == number)
        shut(socket);
}
