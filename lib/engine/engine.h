/* engine - the resolver as a state machine: exactly one event in, then actions until none is left.
 *
 * Shape    events and actions are small tagged structs that borrow. No clock, socket, file or
 *          thread is touched in here; time, randomness and packets come in (DESIGN 3).
 *              engine_handle(engine, &event);
 *              while (engine_next(engine, &action)) carry_out(&action);
 *              ... send EVENT_TIME no later than engine_deadline(engine).
 * Owns     its jobs and fetches. Event octets are borrowed for the call, action octets and trails
 *          until the next event or engine_next. Caches, policy, pool, keyring, metrics outlive it.
 * Threads  one; a worker has one engine, workers share the caches.
 * Errors   what fails ends its job with SERVFAIL and a reason; the engine itself never fails.
 * Spec     RFC 1034 §5.3.3, RFC 5452, RFC 9156, RFC 4035 §4; LIMITS 0.1.
 */
#ifndef CATENA_ENGINE_ENGINE_H
#define CATENA_ENGINE_ENGINE_H

#include "lib/base/endpoint.h"
#include "lib/base/metrics.h"
#include "lib/base/prng.h"
#include "lib/cache/caches.h"
#include "lib/crypto/keyring.h"
#include "lib/engine/clockcheck.h"
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

struct engine_setup {
    const struct policy *policy;
    struct caches *caches;
    struct keyring *keyring;
    struct pool *pool;
    struct quota *quota; /* borrowed; NULL: no client, zone or server is counted */
    struct metrics *metrics;
    struct prng prng; /* seeded */
    struct clock_floor clock_floor;
};

struct engine *engine_create(const struct engine_setup *setup); /* NULL: no memory */
void engine_destroy(struct engine *engine);

/* A new seed from the system, each minute (RULINGS B28). ST_IO: none to be had, the old goes on. */
enum status engine_reseed(struct engine *engine) MUST_USE;
void engine_handle(struct engine *engine, const struct event *event);
bool engine_next(struct engine *engine, struct action *action);
struct instant engine_deadline(const struct engine *engine);
struct pool *engine_pool(const struct engine *engine); /* for buffers around it: RULINGS B17 */

/* Asks the root for its servers and keys beside whatever else goes on (RFC 9609, RULINGS A35). */
void engine_prime(struct engine *engine, struct instant now, struct unixtime wall);

struct engine_figures {
    size_t jobs, fetches, sockets;
    bool root_answered; /* a root server ever gave an answer to this engine */
};
struct engine_figures engine_figures(const struct engine *engine);

#endif
