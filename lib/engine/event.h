/* event - what comes into the engine and what it wants done, as small tagged structs that borrow.
 *
 * Owns     nothing: octets of an event are borrowed for the call, those of an action until the next
 *          event or engine_next.
 * Spec     DESIGN 3; RULINGS A23 (failures), B14 (room), B16 (processor time is an input).
 */
#ifndef CATENA_ENGINE_EVENT_H
#define CATENA_ENGINE_EVENT_H

#include "lib/base/endpoint.h"
#include "lib/explain/trail.h"
#include "lib/policy/policy.h"

enum transport { VIA_UDP, VIA_TCP };
struct room {
    uint8_t *at;
    size_t size;
};

/* A client's message. An ANSWER of the same call is written into `room` (RULINGS B14). */
struct query {
    uint64_t client; /* the edge's own number, handed back in ANSWER */
    struct endpoint from;
    enum transport via;
    uint32_t idle_ms; /* for how long the connection may rest, over TCP (RFC 7828 §3.3) */
    struct bytes message;
    struct room room;
    uint64_t expected; /* what engine_expect gave; 0: nothing */
    bool trail; /* it shall be told how the answer came about; no answer of the same call then */
};

/* A message that came in on an upstream socket. */
struct reply {
    uint32_t socket;
    struct bytes message;
    bool reassembled; /* the datagram came in fragments: never believed (LIMITS A8) */
};

enum send_failure {
    SEND_LOCAL,   /* this machine could not send: no server's fault (RULINGS A23) */
    SEND_NO_PORT, /* the drawn port could not be had: draw again */
    SEND_REFUSED, /* ICMP on the connected socket, TCP reset or refused */
    SEND_CUT,     /* TCP ended within an answer */
    SEND_LOST     /* TCP ended without one; nobody need have asked: the connection may be idle */
};
struct failed {
    uint32_t socket;
    enum send_failure failure;
};

enum event_kind {
    EVENT_QUERY,
    EVENT_REPLY,
    EVENT_FAILED,
    EVENT_TIME,
    EVENT_CANCEL_CLIENT,
    EVENT_SPENT,  /* processor time, where engine_meter is due to be told */
    EVENT_CONTROL /* another policy is in force: RULINGS B22 */
};

struct event {
    enum event_kind kind;
    struct instant now;
    struct unixtime wall;
    union {
        struct query query;
        struct reply reply;
        struct failed failed;
        uint64_t client;             /* EVENT_CANCEL_CLIENT: a TCP client went away */
        uint64_t spent_us;           /* EVENT_SPENT: by this thread, since it was told last */
        const struct policy *policy; /* CONTROL: the last is done with; of setup's not its limits */
    };
};

enum socket_use { SOCKET_NEW, SOCKET_AGAIN };
struct send {
    uint32_t socket; /* the engine's number; SOCKET_NEW: make it, connected to `to` */
    enum socket_use use;
    enum transport via;
    uint16_t port; /* source port of a new UDP socket */
    struct endpoint to;
    struct bytes message;
};

struct answer {
    uint64_t client;
    struct bytes message;
    bool proven;     /* the client's address is: TCP, or a cookie of ours (LIMITS 4.2) */
    uint8_t verdict; /* enum security: for `catena query` and counters */
    struct cause cause;
    const struct trail *trail; /* where one was asked for and there was memory; or else NULL */
};

enum action_kind {
    ACTION_SEND,
    ACTION_CLOSE, /* an upstream socket is no longer needed */
    ACTION_ANSWER,
    ACTION_DROP, /* the client's message gets no answer: its slot is free */
    ACTION_AGAIN /* work is left: send EVENT_TIME as soon as clients have been served */
};

struct action {
    enum action_kind kind;
    union {
        struct send send;
        uint32_t socket; /* CLOSE */
        struct answer answer;
        uint64_t client; /* DROP */
    };
};

#endif
