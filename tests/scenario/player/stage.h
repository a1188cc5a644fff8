/* stage - the engine with a scenario's clock, clients and servers around it.
 *
 * Shape    time stands still until it is told to go on; then it jumps from the engine's deadline to
 *          the next reply that is due, or the other way round. Each question of the engine waits
 *          until somebody replies, or the engine closes its socket.
 * Owns     engine, caches, pool; borrows the head's policy.
 * Errors   `broken` is filled when the engine runs in circles or a table is full.
 */
#ifndef CATENA_TESTS_SCENARIO_STAGE_H
#define CATENA_TESTS_SCENARIO_STAGE_H

#include "tests/scenario/player/head.h"
#include "tests/scenario/player/play.h"

enum {
    ASKED_MAX = 512,
    DUE_MAX = 512,
    ANSWERS_MAX = 256,
    AT_ONCE_MAX = 20000,
    WAY_MS = 1, /* there and back */
    BROKEN_TEXT = 200
};

/* A question of the engine to a server. */
struct asked {
    bool open;         /* its socket is */
    bool answered;     /* a reply was given, or is under way */
    bool checked;      /* a step has seen it */
    const void *tried; /* the step at which no reply fitted it */
    uint32_t socket;
    uint64_t turn; /* the later, the higher */
    struct endpoint to;
    enum transport via;
    struct bytes message; /* memory of its own */
};

enum due_kind { DUE_REPLY, DUE_FAILURE };

struct due {
    bool used;
    enum due_kind kind;
    struct instant at;
    uint64_t turn;
    uint32_t socket;
    struct bytes message;
};

struct stage_answer {
    bool open;
    uint64_t client;
    enum transport via;
    uint8_t verdict;
    struct cause cause;
    struct bytes message; /* empty: the question was dropped */
};

struct stage {
    const struct head *head;
    struct pool *pool;
    struct arena *room; /* where answers in the same call are written */
    struct caches *caches;
    struct keyring *keyring;
    struct engine *engine;
    struct metrics metrics;
    struct instant now, began;
    int64_t wall_at_start;
    struct asked asked[ASKED_MAX];
    struct due due[DUE_MAX];
    struct stage_answer answers[ANSWERS_MAX];
    uint64_t turn;
    unsigned clients, events_at_once;
    bool again;
    enum loudness loudness;
    char broken[BROKEN_TEXT];
};

struct stage *stage_create(const struct head *head, enum loudness loudness); /* NULL: no memory */
void stage_destroy(struct stage *stage);

/* Returns the client's number. */
uint64_t stage_ask(struct stage *stage, struct bytes message, const struct endpoint *from,
                   enum transport via);
/* A reply, on its way for `ms`. */
void stage_reply(struct stage *stage, struct asked *asked, struct bytes message, uint64_t ms);
void stage_refuse(struct stage *stage, struct asked *asked); /* as by ICMP */

/* One event; false: none is due before `until`. */
bool stage_step(struct stage *stage, struct instant until);
void stage_pass(struct stage *stage, uint64_t ms);                    /* the clock alone */
bool stage_control(struct stage *stage, const struct policy *policy); /* it is in force now */
bool stage_quiet(const struct stage *stage); /* no replies under way, no jobs */
struct unixtime stage_wall(const struct stage *stage);

#endif
