/* fetch - one question asked until it is final; and the walk that finds out.
 *
 * Shape    four purposes, one machine. A fetch is stepped when something it waits for has happened;
 *          a step looks at its state and does the next thing, so a needless step does nothing. Only
 *          fetch.c decides between the walk's steps: cut -> name -> server -> send; reply ->
 *          referral (cut), alias (next link), useless (next server), final (check, then keep).
 * Owns     its arena and all in it; its sockets by number.
 * Time     engine->now and engine->wall, the present event's.
 * Spec     RFC 1034 §5.3.3, RFC 9156, RFC 6672; RULINGS A1 to A13, A29.
 */
#ifndef CATENA_ENGINE_FETCH_H
#define CATENA_ENGINE_FETCH_H

#include "lib/base/heap.h"
#include "lib/engine/inflight.h"
#include "lib/engine/load.h"
#include "lib/engine/walk.h"

enum fetch_state {
    FETCH_LOOK,    /* is it in a cache? which cut? */
    FETCH_ASK,     /* choose name and server, send */
    FETCH_SENT,    /* a question is outstanding */
    FETCH_SERVERS, /* no address to ask: waits for address fetches */
    FETCH_CHECK,   /* the validator works, or waits for keys */
    FETCH_DONE
};

enum {
    LINKS_MAX = 44 + 1,
    BOGUS_RETRIES = 5, /* SPEC V14 */
    PORTS_DRAWN_MAX = 8,
    STREAMS_ENDED_MAX = 8, /* connections that end under one question, before it is a failure */
    MINIMISED_TIMEOUTS = 3 /* SPEC I2 */
};

/* A zone's keys that came in for this fetch: by value, in its arena. */
struct known_keys {
    struct known_keys *next;
    struct zone_keys keys;
};

struct fetch {
    struct table_node by_key;
    struct list ready, sending, all;
    bool is_ready, is_later; /* in `ready` or a list of those who rest; in `later` */
    uint32_t mark;           /* of the last traversal that came by */
    struct list traversal;
    struct heap_node timer;
    struct instant since; /* it was first wanted */
    struct load load;
    struct arena *arena;
    struct list waiters, needs;
    uint32_t waiter_count;
    uint8_t purpose, class, state, outcome, depth;
    struct name name;
    uint16_t type;
    struct walk *walk;   /* all but FOR_KEYS */
    struct trust *trust; /* FOR_KEYS */
    const struct link *links[LINKS_MAX];
    uint8_t link_count;
    struct cause cause;
    const struct name *around;     /* a forward zone whose servers failed: passed by; NULL: none */
    const struct name *key_around; /* as it began: part of its key (RULINGS A4) */
    bool skip_cache;               /* asked anew on purpose (A13) */
    bool by_tcp;                   /* asked over TCP while that works (A35) */
    bool from_failure_cache;       /* the outcome is one that was kept (EDE 13) */
    struct trail *trail;           /* of a job that waits for it; NULL: nobody asked (tell.h) */
    struct known_keys *known;
    struct nsec3_hashes hashes;    /* no name is hashed twice for one fetch (RULINGS A8) */
    struct server_addresses found; /* FOR_ADDRESS */
};

/* Begins or joins. NULL: a cycle (cause WHY_CYCLE), too deep, or no memory; `cause` says which. */
struct fetch_wish {
    struct fetch_key key;
    struct fetch *waiter; /* or ... */
    struct job *job;
    struct wait *job_wait;        /* ... the job's own edge */
    const struct delegation *cut; /* FOR_RECORDS, FOR_KEYS: begin there; NULL: look */
    bool skip_cache;              /* asked anew; joins only what is asked anew */
    bool by_tcp;
};
struct fetch *fetch_begin(struct engine *engine, const struct fetch_wish *wish,
                          struct cause *cause);

void fetch_ready(struct engine *engine, struct fetch *fetch); /* it will be stepped */
void fetch_step(struct engine *engine, struct fetch *fetch);
void fetch_reply(struct engine *engine, struct fetch *fetch, const struct reply *reply);
void fetch_failed(struct engine *engine, struct fetch *fetch, const struct failed *failed);
void fetch_stream_failed(struct engine *engine, const struct failed *failed); /* all on it */
void fetch_timer(struct engine *engine, struct fetch *fetch);
void fetch_end(struct engine *engine, struct fetch *fetch, enum outcome outcome,
               struct cause cause);
void fetch_abandon(struct engine *engine, struct fetch *fetch); /* ends it if nobody waits for it */
void fetch_destroy(struct engine *engine, struct fetch *fetch);
/* A finished link: it ends the answer, or leads on to the alias target. */
void fetch_take_link(struct engine *engine, struct fetch *fetch, const struct link *link);

#endif
