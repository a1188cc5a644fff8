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
#include "tests/sim/client.h"
#include "tests/sim/internet.h"
#include "tests/sim/link.h"

enum {
    CLIENTS_MAX = 1024,
    WORLD_SOCKETS_MAX = 2048,
    EVENTS_AT_ONCE_MAX = 20000, /* more without a tick: the engine runs in circles */
    FAILURE_TEXT = 512,
    SCRATCH_OCTETS = 4 * 1024 * 1024
};

#define LOG_HASH_BASIS UINT64_C(0xcbf29ce484222325) /* of FNV-1a */

/* What the world does wrong on purpose, to show that a checker sees it. */
enum fault {
    FAULT_NONE,
    FAULT_ANSWER_LOST,
    FAULT_ANSWER_TWICE,
    FAULT_CLOCK_LATE, /* the engine hears of its deadlines 2 s late */
    FAULT_AD_ADDED,   /* the answers get AD on the way */
    FAULT_AD_TAKEN,
    FAULT_DATA_CHANGED,
    FAULT_BOGUS_PASSED,  /* SERVFAIL becomes NOERROR with what the zone says */
    FAULT_FAILURE_KEPT,  /* when a job is spent, its zone's other names are made to fail */
    FAULT_SOCKET_KEPT,   /* one CLOSE is not carried out */
    FAULT_POOL_KEPT,     /* a chunk of the pool never comes back */
    FAULT_LIMITS_RAISED, /* the engine's limits are four times those it is measured by */
    FAULT_OTHER_DRAW,    /* something draws from the generator that the seed does not know */
    FAULTS
};

/* What is not as it is by default. */
enum variant {
    VARIANT_NO_IPV6 = 1,
    VARIANT_NO_ROUTE6 = 2, /* IPv6 is on, and this machine has no way there */
    VARIANT_QMIN_STRICT = 4,
    VARIANT_QMIN_OFF = 8,
    VARIANT_PLAIN_CASE = 16,
    VARIANT_SHORT_TURNS = 32, /* verification has to rest after few checks */
    VARIANT_FEW_JOBS = 64,
    VARIANT_CLOCK_FLOOR = 128, /* the program was built when the signatures began */
    VARIANT_NOT_AGGRESSIVE = 256
};

struct world_setup {
    const struct internet *internet;
    uint64_t seed;
    struct link_quality link;
    unsigned variant;
    enum fault fault;
    bool verbose;
};

struct world {
    const struct internet *internet, *earlier; /* earlier: before keys were rolled; NULL: never */
    struct policy *policy;
    struct caches *caches;
    struct keyring *keyring;
    struct quota *quota;
    struct cputime *cputime;
    unsigned slowness; /* what work weighs takes that many times as long; 0: nobody looks */
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
    uint16_t send_failures;   /* in 1,000: what this machine cannot send */
    uint16_t memory_failures; /* in 1,000 events: one allocation fails */
    unsigned variant;
    struct client clients[CLIENTS_MAX];
    size_t client_count, open_clients;
    struct tap tap;
    size_t pool_level;
    unsigned events_at_once;
    bool truth_is_bent; /* by policy: what is bogus may be told, without AD */
    bool quiet;         /* the network does no harm: what is sound must be answered */
    enum fault fault;
    bool fault_struck, verbose, again;
    uint64_t log_hash;
    uint64_t events;
    char picture[16384];              /* of the last trail that was asked for */
    uint8_t told[MESSAGE_OCTETS_MAX]; /* the last answer */
    size_t told_len;
    char failure[FAILURE_TEXT];
};

struct world *world_create(const struct world_setup *setup);
void world_destroy(struct world *world);

/* A question `after_ms` from now; returns the client's number. */
size_t world_ask(struct world *world, const char *name, uint16_t type, unsigned flags,
                 uint64_t after_ms);
void world_cancel(struct world *world, size_t client, uint64_t after_ms); /* it goes away */
void world_prime(struct world *world);
void world_policy(struct world *world, const struct policy *policy); /* in force from now on */
void world_run(struct world *world);               /* until every client has its answer */
void world_pass(struct world *world, uint64_t ms); /* lets time go by */
void world_rest(struct world *world);              /* until idle; then idle must mean empty */

const struct client *world_client(const struct world *world, size_t number);
uint64_t client_ms(const struct client *client);
void world_site(struct world *world, const char *address, unsigned odd);
void world_sites_of(struct world *world, const char *apex, unsigned odd); /* all its servers */
unsigned world_packets(const struct world *world);

bool world_failed(const struct world *world);
void world_fail(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_log(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
