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
#include "lib/engine/classify.h"
#include "lib/engine/delegation.h"
#include "lib/engine/inflight.h"
#include "lib/engine/qmin.h"
#include "lib/engine/selection.h"

enum fetch_state {
    FETCH_LOOK,    /* is it in a cache? which cut? */
    FETCH_ASK,     /* choose name and server, send */
    FETCH_SENT,    /* a question is outstanding */
    FETCH_SERVERS, /* no address to ask: waits for address fetches */
    FETCH_CHECK,   /* the validator works, or waits for keys */
    FETCH_DONE
};

enum outcome {
    OUTCOME_NONE,
    OUTCOME_ANSWERED, /* links hold the answer, each with its final status */
    OUTCOME_FAILED,   /* the servers failed: `cause` */
    OUTCOME_BOGUS,    /* found bogus: `cause` */
    OUTCOME_SPENT     /* the jobs ran out; no fact about anything else (RULINGS A2) */
};

enum {
    LINKS_MAX = 44 + 1,
    KNOWN_KEYS_MAX = 160,
    BOGUS_RETRIES = 3,
    PORTS_DRAWN_MAX = 8,
    MINIMISED_TIMEOUTS = 3 /* SPEC I2 */
};

/* The walk of FOR_ANSWER, FOR_ADDRESS and FOR_RECORDS. */
struct walk {
    struct name at; /* the present link's name: the question's, then each alias target */
    struct delegation cut;
    bool has_cut;
    struct qmin qmin;
    struct selection selection;
    struct exchange now, late;  /* outstanding; timed out but still receiving (RULINGS A22) */
    struct exchange judged;     /* the one whose reply is being judged, or was last */
    struct asked asked;         /* what the outstanding question asks */
    uint16_t questions_at_cut;  /* distinct questions asked of the present cut */
    uint8_t empties;            /* replies with nothing in them, for the present question, ... */
    uint8_t empty_rcode;        /* ... and their rcode */
    uint8_t minimised_timeouts; /* at this cut */
    bool keys_renewed;          /* a zone's keys were fetched anew for this link (A13) */
    uint8_t ports_drawn;        /* drawn again because this machine would not have the port */
    uint8_t bogus_tries;
    uint8_t lookups, failed_names; /* address fetches under way; names that failed, this cut */
    uint16_t names_tried;    /* bit n: server n's addresses were looked up or found in the cache */
    bool nothing_but_local;  /* every send of this cut failed on this machine */
    bool minimised_nxdomain; /* the link under check answers a minimised question */
    bool out_of_servers;     /* only the late answer is waited for */
    bool servers_spoke;      /* some server of the present cut gave a reply of any kind */
    struct link *pending;    /* under check */
    struct validator *validator;
};

/* Raw records that came in for FOR_KEYS: by value, in its arena. */
struct fetch_records {
    bool asked, there;
    enum outcome outcome;
    struct link link; /* security SEC_SECURE when it came proven from the cache */
    struct name zone; /* the cut that answered */
    struct cause cause;
};

/* FOR_KEYS. */
enum trust_stage { TRUST_BEGIN, TRUST_DS, TRUST_DS_CHECK, TRUST_KEYS, TRUST_LINK };
struct trust {
    enum trust_stage stage;
    struct delegation cut; /* of the zone, where it is known */
    bool has_cut, fresh;   /* fresh: DS and DNSKEY were asked anew after a mismatch (A13) */
    const struct rrset *ds, *anchor_keys;
    struct link *ds_link; /* under check */
    struct validator *validator;
    struct chain_link link;
    struct fetch_records ds_records, key_records;
    struct zone_keys result;
};

/* A zone's keys that came in for this fetch: by value, in its arena. */
struct known_keys {
    struct known_keys *next;
    struct zone_keys keys;
};

struct fetch {
    struct table_node by_key;
    struct list ready, sending, all;
    bool is_ready;
    uint32_t mark; /* of the last traversal that came by */
    struct list traversal;
    struct heap_node timer;
    struct arena *arena;
    struct list waiters, needs;
    uint8_t purpose, class, state, outcome, depth;
    struct name name;
    uint16_t type;
    struct walk *walk;   /* all but FOR_KEYS */
    struct trust *trust; /* FOR_KEYS */
    const struct link *links[LINKS_MAX];
    uint8_t link_count;
    struct cause cause;
    bool speculative;        /* begun ahead of need: its failure is no one's fault (A29) */
    bool skip_cache;         /* asked anew on purpose (A13) */
    bool from_failure_cache; /* the outcome is one that was kept (EDE 13) */
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
    bool speculative, skip_cache;
};
struct fetch *fetch_begin(struct engine *engine, const struct fetch_wish *wish,
                          struct cause *cause);

void fetch_ready(struct engine *engine, struct fetch *fetch); /* it will be stepped */
void fetch_step(struct engine *engine, struct fetch *fetch);
void fetch_reply(struct engine *engine, struct fetch *fetch, const struct reply *reply);
void fetch_failed(struct engine *engine, struct fetch *fetch, const struct failed *failed);
void fetch_timer(struct engine *engine, struct fetch *fetch);
void fetch_end(struct engine *engine, struct fetch *fetch, enum outcome outcome,
               struct cause cause);
void fetch_abandon(struct engine *engine, struct fetch *fetch); /* ends it if nobody waits for it */
void fetch_destroy(struct engine *engine, struct fetch *fetch);
/* A finished link: it ends the answer, or leads on to the alias target. */
void fetch_take_link(struct engine *engine, struct fetch *fetch, const struct link *link);

#endif
