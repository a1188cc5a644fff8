/* loop - one worker's loop, and the engine bound to it: the only place where time, sockets and the
 * engine meet.
 *
 * Shape    one epoll fd of our own holds all sockets, UDP and TCP, upstream and clients'; libuv
 *          watches that fd through a single uv_poll and gives loop, timer and wake-up (RULINGS
 *          B11). Connections of clients stand in two more, which are in that one: those of clients
 *          who come after all others have their own, so the kernel keeps both queues. A turn has
 *          parts, each of up to TURN_MESSAGES and of TURN_NS by weight (meter.h): datagrams of
 *          clients, new connections, connections, datagrams again where more of them wait, then,
 *          unless there was too much of all that, connections that come after (in each
 *          LATER_TURNSth turn whatever there was), messages of servers. Each message goes to the
 *          engine as one event, and the actions that follow are carried out; the engine's own work
 *          comes last (B16). What is left stays ready. The clock is read once a turn, the thread's
 *          own each METER_WINDOW_NS of work.
 * Owns     the libuv loop, the epoll fd, upstream sockets. Watchers belong to whoever made them.
 * Time     reads instant and unixtime for everything below.
 * Threads  one; loop_wake and loop_stop from any.
 * Errors   ST_IO with errno as the system left it.
 */
#ifndef CATENA_NET_LOOP_H
#define CATENA_NET_LOOP_H

#include "lib/engine/engine.h"

struct loop;

enum { TURN_MESSAGES = 64, TURN_NS = 500 * 1000, LATER_TURNS = 8 };

enum watched {
    WATCHES_CLIENTS,     /* datagrams */
    WATCHES_NEWCOMERS,   /* connections to accept */
    WATCHES_CONNECTIONS, /* of clients */
    WATCHES_LATER,       /* of those who come after all others */
    WATCHES_SERVER
};

/* Something with an fd. `ready` gets the epoll events that are there. */
struct watcher {
    void (*ready)(struct watcher *watcher, uint32_t events);
    int fd; /* -1: not watched */
    enum watched whose;
};

/* Where answers to clients go; `context` is the edge's. */
struct loop_clients {
    void (*answer)(void *context, const struct answer *answer);
    void (*drop)(void *context, uint64_t client);
    void (*turn_ends)(void *context); /* send what was batched */
    void *context;
};

struct loop *loop_create(struct engine *engine, const struct loop_clients *clients);
void loop_destroy(struct loop *loop); /* NULL is fine; watchers must be gone or forgotten */

enum status loop_watch(struct loop *loop, struct watcher *watcher, uint32_t events) MUST_USE;
enum status loop_change(struct loop *loop, struct watcher *watcher, uint32_t events) MUST_USE;
/* To the other queue of connections. */
enum status loop_move(struct loop *loop, struct watcher *watcher, enum watched whose,
                      uint32_t events) MUST_USE;
void loop_unwatch(struct loop *loop, struct watcher *watcher); /* idempotent; the fd stays open */

/* How many messages of this kind the present turn may still take. */
unsigned loop_left(const struct loop *loop);
void loop_again(struct loop *loop); /* there will be another turn, though nothing may come in */

struct pool *loop_pool(const struct loop *loop);   /* engine_pool */
struct meter *loop_meter(const struct loop *loop); /* engine_meter */

struct instant loop_now(const struct loop *loop); /* of the present turn */
struct unixtime loop_wall(const struct loop *loop);

/* One event to the engine, with the turn's time filled in, and the actions that follow it. */
void loop_event(struct loop *loop, struct event *event);

/* Hints before a batch of questions: engine_expect, then engine_expect_entry with what it gave. */
uint64_t loop_expect(const struct loop *loop, struct bytes message);
void loop_expect_entry(const struct loop *loop, uint64_t expected);

void loop_prime(struct loop *loop); /* engine_prime, and the actions that follow */
void loop_run(struct loop *loop);   /* until loop_stop */
void loop_once(struct loop *loop);  /* one turn; waits for something to happen */
void loop_stop(struct loop *loop);
/* Calls `called` in the loop's thread soon; the last one asked for wins. */
void loop_on_wake(struct loop *loop, void (*called)(void *context), void *context);
void loop_wake(struct loop *loop);
/* A call each `ms`; 0 ends it. */
void loop_every(struct loop *loop, uint64_t ms, void (*called)(void *context), void *context);

#ifdef CATENA_TESTING
/* From now on the loop takes this for the time; no test waits for a clock. */
void loop_pretend(struct loop *loop, struct instant now);
#endif

#endif
