/* world - the engine under a simulated network and clock; takes the place of lib/net and the edge.
 *
 * Shape    time jumps to the earliest of the engine's deadline and the next packet; chance comes
 *          from one seed, so the same seed gives the same log, octet for octet. Each event and
 *          action is a line of the log; `log_hash` runs over all of them.
 * Owns     caches, keyring, pool, policy, engine and all that is under way. Borrows the Internet.
 * Errors   the first broken rule stays in `failure`; nothing moves from then on.
 * Spec     DESIGN 4, RULINGS B29.
 */
#ifndef CATENA_TESTS_SIM_WORLD_H
#define CATENA_TESTS_SIM_WORLD_H

#include "lib/base/heap.h"
#include "lib/engine/engine.h"
#include "tests/sim/internet.h"

enum {
    CLIENTS_MAX = 512,
    WORLD_SOCKETS_MAX = 2048,
    EVENTS_AT_ONCE_MAX = 20000, /* more without a tick: the engine runs in circles */
    FAILURE_TEXT = 512
};

/* A way there and back; loss, twice and forged count in 1,000. */
struct link_quality {
    uint32_t delay_ms, jitter_ms; /* one way; jitter lets packets overtake each other */
    uint16_t loss, twice, forged; /* forged: a false reply with a wrong id comes first */
};

enum site_odd {
    SITE_SILENT = 1,
    SITE_CLOSED = 2,      /* ICMP port unreachable, TCP refused */
    SITE_REFUSES = 4,     /* REFUSED to everything */
    SITE_FAILS = 8,       /* SERVFAIL to everything */
    SITE_FOLDS_CASE = 16, /* gives the question back in lower case */
    SITE_NO_EDNS = 32,    /* FORMERR to an OPT */
    SITE_NO_TCP = 64,     /* refuses connections */
    SITE_MUTE_TCP = 128,  /* accepts them and says nothing */
    SITE_TRUNCATES = 256, /* TC to everything over UDP */
    SITE_LIES = 512,      /* flips an octet in the data of its answers */
    SITE_FORGED_ONCE = 1024 /* before its next reply comes one with a wrong id */
};

/* What the world does wrong on purpose, to show that a checker sees it. */
enum fault {
    FAULT_NONE,
    FAULT_ANSWER_LOST,
    FAULT_ANSWER_TWICE,
    FAULT_CLOCK_LATE,     /* the engine hears of its deadlines 2 s late */
    FAULT_AD_ADDED,       /* the answers get AD on the way */
    FAULT_AD_TAKEN,
    FAULT_DATA_CHANGED,
    FAULT_BOGUS_PASSED,   /* SERVFAIL becomes NOERROR with what the zone says */
    FAULT_FAILURE_KEPT,   /* when a job is spent, its zone's other names are made to fail */
    FAULT_SOCKET_KEPT,    /* one CLOSE is not carried out */
    FAULT_POOL_KEPT,      /* a chunk of the pool never comes back */
    FAULT_LIMITS_RAISED,  /* the engine's limits are four times those it is measured by */
    FAULT_OTHER_DRAW,     /* something draws from the generator that the seed does not know */
    FAULTS
};

enum client_flag { CLIENT_CD = 1, CLIENT_DO = 2, CLIENT_TCP = 4, CLIENT_FROM_OUTSIDE = 8 };

struct client {
    struct name name;
    uint16_t type;
    unsigned flags;
    struct instant asked_at, answered_at;
    bool asked, cancelled;
    unsigned answers;
    uint16_t rcode;
    bool ad;
    int ede; /* -1: none */
    uint8_t verdict;
    uint16_t why;
    unsigned records; /* in the answer section */
};

struct world_setup {
    const struct internet *internet;
    uint64_t seed;
    struct link_quality link;
    enum fault fault;
    bool verbose;
};

struct world_socket {
    bool open, waiting; /* waiting: for the answer to its last question */
    uint32_t number;
    struct endpoint to;
    enum transport via;
};

struct tap {
    unsigned udp, tcp, sockets_open, sockets_most;
};

struct world {
    const struct internet *internet;
    struct policy *policy;
    struct caches *caches;
    struct keyring *keyring;
    struct pool *pool, *own_pool; /* the engine's; the world's */
    void *kept_chunk;
    struct engine *engine;
    struct metrics metrics;
    struct limits measure; /* what the checkers hold the engine to */
    struct arena *scratch; /* of the present event */
    struct prng chance;
    struct instant now, began, last_answer;
    int64_t wall_at_start;
    struct heap under_way;
    struct world_socket sockets[WORLD_SOCKETS_MAX];
    struct link_quality link;                  /* of all sites but ... */
    struct link_quality site_links[SITES_MAX]; /* ... those whose delay_ms is not 0 here */
    unsigned site_odd[SITES_MAX];
    uint16_t send_failures; /* in 1,000: what this machine cannot send */
    struct client clients[CLIENTS_MAX];
    size_t client_count, open_clients;
    struct tap tap;
    size_t pool_level;
    unsigned events_at_once;
    bool quiet; /* the network does no harm: what is sound must be answered */
    enum fault fault;
    bool fault_struck, verbose, again;
    uint64_t log_hash;
    uint64_t events;
    char failure[FAILURE_TEXT];
};

struct world *world_create(const struct world_setup *setup);
void world_destroy(struct world *world);

/* A question `after_ms` from now; returns the client's number. */
size_t world_ask(struct world *world, const char *name, uint16_t type, unsigned flags,
                 uint64_t after_ms);
void world_cancel(struct world *world, size_t client, uint64_t after_ms); /* it goes away */
void world_prime(struct world *world);
void world_run(struct world *world);                 /* until every client has its answer */
void world_pass(struct world *world, uint64_t ms);   /* lets time go by */
void world_rest(struct world *world);                /* until idle; then idle must mean empty */

const struct client *world_client(const struct world *world, size_t number);
uint64_t client_ms(const struct client *client);
void world_site(struct world *world, const char *address, unsigned odd);
void world_sites_of(struct world *world, const char *apex, unsigned odd); /* all its servers */
unsigned world_packets(const struct world *world);

bool world_failed(const struct world *world);
void world_fail(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void world_log(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* world_net.c, for world.c alone. */
enum parcel_kind { PARCEL_TO_SITE, PARCEL_REPLY, PARCEL_FAILED, PARCEL_QUESTION, PARCEL_CANCEL };
struct parcel {
    struct heap_node due;
    enum parcel_kind kind;
    uint32_t socket;
    int site;
    enum transport via;
    enum send_failure failure;
    size_t client;
    size_t len;
    uint8_t octets[];
};
struct parcel *parcel_create(struct world *world, enum parcel_kind kind, struct bytes octets,
                             uint64_t after_ns);
void net_send(struct world *world, const struct send *send);
void net_close(struct world *world, uint32_t socket);
void net_at_site(struct world *world, const struct parcel *parcel);
struct world_socket *net_socket(struct world *world, uint32_t number); /* NULL: not open */

#endif
