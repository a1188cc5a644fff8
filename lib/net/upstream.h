/* upstream - the sockets to servers, under the engine's numbers (RULINGS B10, B11).
 *
 * Shape    number -> connected UDP socket on a drawn port, or a TCP connection: what the engine
 *          sends there is queued, what comes is told, and its end too. Slots are reached by the
 *          number's lower 16 bits and stay where they are until the end, so that an event that is
 *          already read never points to freed memory. Datagrams that came in fragments are marked
 *          (IP_RECVFRAGSIZE, LIMITS A8); path MTU is never probed, errors are never queued
 *          (LIMITS A7).
 * Owns     its sockets. Buffers are shared; a message handed to the engine is borrowed.
 * Errors   of a send or connect reach the engine as EVENT_FAILED, by class (RULINGS A23).
 * Spec     RFC 5452 §4.5, §9.2; RFC 7766 §8 (framing).
 */
#ifndef CATENA_NET_UPSTREAM_H
#define CATENA_NET_UPSTREAM_H

#include "lib/base/list.h"
#include "lib/net/loop.h"

struct upstream;

struct upstream *upstream_create(struct loop *loop); /* NULL: no memory */
void upstream_destroy(struct upstream *upstream);

void upstream_send(struct upstream *upstream, const struct send *send);
void upstream_close(struct upstream *upstream, uint32_t number);
/* Failures met while sending are told after the engine's actions are drawn, those that follow from
 * telling included; a call from within does nothing, so that a machine without a route costs a loop
 * and not a deep stack. */
void upstream_tell_failures(struct upstream *upstream);

/* ---- for upstream_udp.c and upstream_stream.c ---- */

struct stream_buffer;

struct upstream_socket {
    struct watcher watcher;
    struct upstream *upstream;
    struct list failing;
    uint32_t number;
    uint8_t via, failure;         /* enum transport, enum send_failure */
    bool connected;               /* TCP */
    struct stream_buffer *stream; /* TCP: what is still to be sent, what came */
};

struct loop *upstream_loop(const struct upstream *upstream);
uint8_t *upstream_room(struct upstream *upstream); /* MESSAGE_OCTETS_MAX for one message */
void upstream_failed(struct upstream_socket *socket, enum send_failure failure);
/* RULINGS A23, by errno. A call that is the first on its socket fails by this machine; later ones,
 * and SO_ERROR, tell what came from the path: ICMP messages that anyone may forge mark no family
 * down. */
enum send_failure upstream_own_fault(int error);
enum send_failure upstream_path_fault(int error);

void upstream_udp_open(struct upstream_socket *socket, const struct send *send);
void upstream_udp_send(struct upstream_socket *socket, struct bytes message); /* once more */
void upstream_stream_open(struct upstream_socket *socket, const struct send *send);
void upstream_stream_send(struct upstream_socket *socket, struct bytes message);
void upstream_stream_free(struct upstream_socket *socket);

#endif
